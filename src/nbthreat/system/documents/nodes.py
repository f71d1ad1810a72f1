"""Text → nodes: strict, bounded YAML, every node with the line it began on.

The text is read as a stream of events, never composed into objects by the YAML library: composing is what
overflows the stack on deep nesting, doubles merge keys until memory ends, and forgets duplicate keys.
What a scalar means (a number, a date, a yes) is decided later, by the field it is read into.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from nbthreat.base.errors import DocumentError, Fault, Place, Problem, clean, quoted
from nbthreat.system.documents import syntax
from nbthreat.system.documents.syntax import DEPTH_LIMIT, LOADER

BYTES_LIMIT = 5_000_000
NODES_LIMIT = 400_000
SCALAR_LIMIT = 100_000

_PLAIN_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE)
MERGED_MARK = "(nbthreat merge)"
"""What stands behind the marks of a conflict in a file that `nbthreat merge` wrote."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_NUMBERS = r"""
      (?:)|~|null                                                                    # nothing
      |[-+]?(?:0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+)                                      # integers in other bases
      |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?                              # numbers, sexagesimal too
      |[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:e[-+]?[0-9]+)?                # floats: digits before an exponent
      |[-+]?\.(?:inf|nan)|[-+][0-9_]*
      |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?                                   # dates and times
"""
_NOT_TEXT_KEY = re.compile(_NUMBERS, re.VERBOSE | re.IGNORECASE)
RETYPED = re.compile(r"y|n|yes|no|on|off|true|false|=|<<|" + _NUMBERS, re.VERBOSE | re.IGNORECASE)
"""What some reader of YAML takes for something else than text when it stands without quotes."""

_BREAK = re.compile(r"\r\n?|\n")
_STACKED_MARKS = 8


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `plain` where it stood without quotes."""

    text: str
    plain: bool
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """Nodes in order."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class MappingEntry:
    """One key of a mapping, the line the key stands on, and what it maps to."""

    key: str
    line: int
    node: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in order, every key once."""

    entries: tuple[MappingEntry, ...]
    line: int

    def get(self, key: str) -> Node | None:
        """Return what `key` maps to, or None."""
        return next((entry.node for entry in self.entries if entry.key == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class NodeTree:
    """A file as nodes, what about it a person should know though it can be read, and its text without a mark."""

    root: Mapping
    notes: tuple[Fault, ...] = ()
    text: str = ""


def text_of(data: bytes, file: str) -> tuple[str, tuple[Fault, ...]]:
    """Return the text in `data` and notes about how it was written.

    Raises DocumentError where it is too large, not UTF-8, empty, or holds characters no text needs.
    """
    if len(data) > BYTES_LIMIT:
        raise DocumentError([Fault(file, 1, f"the file has {len(data)} bytes; at most {BYTES_LIMIT} are read.")])
    notes: list[Fault] = []
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and data[2:4] != b"\0\0":
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise DocumentError([Fault(file, 1, "not UTF-8 text. Save it as UTF-8.")]) from None
        notes.append(Fault(file, 1, "written as UTF-16; it will be saved as UTF-8."))
    elif _looks_like_utf_16(data):
        raise DocumentError([Fault(file, 1, "not UTF-8 text: it looks like UTF-16; save it as UTF-8.")])
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            message = f"not UTF-8 text: byte {error.start} cannot be read. Save the file as UTF-8."
            raise DocumentError([Fault(file, line, message)]) from None
    if not text.strip():
        raise DocumentError([Fault(file, 1, "the file is empty.")])
    conflict = _CONFLICT.search(text)
    if conflict:
        line = _line(text, conflict.start())
        raise DocumentError([Fault(file, line, _conflict(text[conflict.start() :].split("\n", 1)[0]))])
    bad = [Fault(file, _line(text, found.start()), _forbidden(found.group())) for found in _FORBIDDEN.finditer(text)]
    if bad:
        raise DocumentError(bad[:5])
    return text, tuple(notes)


def parse(data: bytes, file: str) -> NodeTree:
    """Return the nodes of a YAML file.

    Raises DocumentError with every fault that can be told: anchors, aliases, merge keys, tags, duplicate
    keys and control characters all at once; broken syntax, depth and size end the reading where they stand.
    """
    text, notes = text_of(data, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise DocumentError([*builder.faults, *syntax.fault_in(text, file, error)]) from None
    except yaml.YAMLError as error:
        at = getattr(error, "position", 0) or 0
        raise DocumentError([Fault(file, _line(text, at), f"not YAML: {clean(str(error))}.")]) from None
    if builder.faults:
        raise DocumentError(builder.faults)
    if builder.root is None:
        raise DocumentError([Fault(file, 1, "the file holds nothing but comments.")])
    if not isinstance(builder.root, Mapping):
        raise DocumentError([Fault(file, builder.root.line, "the top level must be a mapping: keys and values.")])
    return NodeTree(builder.root, (*notes, *builder.notes), text)


class _Builder:
    """Builds nodes from events on a stack of its own, so that depth is a number and not the machine's stack."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self._open: list[tuple[type[yaml.Event], int, list[Node]]] = []
        self._count = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        self._count += 1
        if self._count > NODES_LIMIT:
            self._stop(line, f"more than {NODES_LIMIT} values in one file.")
        if getattr(event, "anchor", None):
            self._fault(line, "anchors (&) and aliases (*) are not read here. Write the value out.")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in _PLAIN_TAGS:
            self._fault(line, f"tag {quoted(getattr(event, 'tag', ''))} is not read here. Leave it out.")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "more than one document in the file ('---'). Keep one.")
            if event.version and event.version > (1, 2):
                self._fault(line, "written for a YAML version that is not known here.")
        elif isinstance(event, yaml.AliasEvent):
            self._add(Scalar("", plain=True, line=line))
        elif isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event, line))
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._open) >= DEPTH_LIMIT:
                self._stop(line, syntax.too_deep())
            self._open.append((type(event), line, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            kind, began, children = self._open.pop()
            mapping = issubclass(kind, yaml.MappingStartEvent)
            self._add(self._mapping(children, began) if mapping else Sequence(tuple(children), began))

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][2].append(node)
        else:
            self.root = node

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Scalar:
        text: str = event.value
        if len(text) > SCALAR_LIMIT:
            self._fault(line, f"a value of {len(text)} characters; at most {SCALAR_LIMIT} are read.")
            text = ""
        for found in _FORBIDDEN.finditer(text):
            self._fault(line, _forbidden(found.group()))
            break
        self._warn_of_deceptive(text, line)
        return Scalar(text, plain=not event.style, line=line)

    def _warn_of_deceptive(self, text: str, line: int) -> None:
        found = None if text.isascii() else _INVISIBLE.search(text)
        if found:
            code = f"U+{ord(found.group()):04X}"
            self.notes.append(Fault(self.file, line, f"holds an invisible or direction-changing character, {code}."))
        stacked = 0 if text.isascii() else _longest_stack(text)
        if stacked > _STACKED_MARKS:
            self.notes.append(Fault(self.file, line, f"stacks {stacked} accents on one letter."))

    def _mapping(self, children: list[Node], line: int) -> Mapping:
        entries: list[MappingEntry] = []
        first: dict[str, int] = {}
        for key, node in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar) or (key.plain and _NOT_TEXT_KEY.fullmatch(key.text)) or not key.text:
                shown = quoted(key.text) if isinstance(key, Scalar) else "a collection"
                self._fault(key.line, f"key {shown} is not text. Quote it, or write a name.")
            elif key.text == "<<" and key.plain:
                self._fault(key.line, "merge keys (<<) are not read here. Write the values out.")
            elif (name := unicodedata.normalize("NFC", key.text)) in first:
                self._fault(key.line, f"key {quoted(name)} stands twice, first on line {first[name]}. Keep one.")
            else:
                first[name] = key.line
                entries.append(MappingEntry(name, key.line, node))
        return Mapping(tuple(entries), line)

    def _fault(self, line: int, message: str) -> None:
        self.faults.append(Fault(self.file, line, message))

    def _stop(self, line: int, message: str) -> None:
        self._fault(line, message)
        raise DocumentError(self.faults)


def packed(node: Node) -> list[Any]:
    """Return a node as plain lists, fit for JSON."""
    if isinstance(node, Scalar):
        return [node.line, node.text, node.plain]
    if isinstance(node, Sequence):
        return [node.line, [packed(item) for item in node.items]]
    return [node.line, [[entry.key, entry.line, packed(entry.node)] for entry in node.entries], None, None]


def unpacked(data: list[Any]) -> Node:
    """Return the node that `packed` made these lists from."""
    if len(data) == _PACKED_SCALAR:
        return Scalar(data[1], data[2], data[0])
    if len(data) == _PACKED_SEQUENCE:
        return Sequence(tuple(map(unpacked, data[1])), data[0])
    return Mapping(tuple(MappingEntry(key, line, unpacked(node)) for key, line, node in data[1]), data[0])


_PACKED_SEQUENCE, _PACKED_SCALAR = 2, 3
"""How long the lists are that stand for each kind of node."""


def line_of(node: Node, place: Place) -> int:
    """Return the line where `place` stands, or the nearest line above it that does."""
    line = node.line
    for step in place:
        if isinstance(node, Mapping):
            entry = next((entry for entry in node.entries if entry.key == step), None)
            if entry is None:
                break
            line, node = entry.line, entry.node
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line


def fault_of(node: Node, problem: Problem, file: str) -> Fault:
    """Return a problem of a value as a fault of the file whose root, or part, is `node`: at its line."""
    also = f" The first is on line {line_of(node, problem.first)}." if problem.first else ""
    return Fault(file, line_of(node, problem.place), problem.message + also)


def places(node: Node, place: Place = ()) -> Iterator[tuple[int, Place]]:
    """Yield (line, place) for every key and item, outer before inner; an item with an id is placed by its id."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.line, (*place, entry.key)
            yield from places(entry.node, (*place, entry.key))
    elif isinstance(node, Sequence):
        for n, item in enumerate(node.items):
            name = item.get("id") if isinstance(item, Mapping) else None
            step = name.text if isinstance(name, Scalar) else n
            yield item.line, (*place, step)
            yield from places(item, (*place, step))


def _looks_like_utf_16(data: bytes) -> bool:
    """Return whether text without a mark is in UTF-16: a file of ours begins with two letters that UTF-8 has too."""
    return [bool(byte) for byte in data[:4]] in ([True, False, True, False], [False, True, False, True])


def _line(text: str, at: int) -> int:
    return sum(1 for found in _BREAK.finditer(text) if found.end() <= at) + 1


def forbidden_in(text: str) -> str | None:
    """Return the first character of `text` that may stand in no file, in words, or None."""
    found = _FORBIDDEN.search(text)
    return f"the control or non-character U+{ord(found.group()):04X}" if found else None


def _conflict(mark: str) -> str:
    if mark.rstrip().endswith(MERGED_MARK):
        return "both sides changed this. Keep the lines of one side, and remove the others and the marks."
    return (
        "unresolved git merge conflict. To choose a side loses what the other decided: "
        "`nbthreat merge FILE` brings both together."
    )


def _forbidden(character: str) -> str:
    return f"holds the control or non-character U+{ord(character):04X}, which no name needs. Remove it."


def _longest_stack(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest
