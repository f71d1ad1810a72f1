"""Frozen dataclasses → text: same value, same bytes, and the comments a person wrote stay where they belong.

One field a line, so that a change of one field is a change of one line. Fields stand in the order of the class;
what has its default is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

import yaml

from nbthreat.base.errors import Place
from nbthreat.system.documents import nodes
from nbthreat.system.documents.nodes import RETYPED
from nbthreat.system.documents.shaping import default_of, key_of, record_fields
from nbthreat.system.documents.syntax import LOADER
from nbthreat.system.model import FrozenMap

_SAFE_PLAIN = re.compile(r"[A-Za-z0-9/_][A-Za-z0-9 ,.;()/'!?&+=@%*_-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One line to write, and the places of the value that begin on it, outermost first."""

    indent: int
    text: str
    places: tuple[Place, ...]


def dump(value: Any, *, version: int, comments_from: str = "") -> str:
    """Return the canonical text of a dataclass, with the comments of `comments_from`, the text it came from."""
    lines = [OutputLine(0, f"nbthreat: {version}", (("nbthreat",),)), *_record_lines(value, 0, ())]
    before, after = _anchored(comments_from, {place for line in lines for place in line.places})
    out: list[str] = []
    for line in lines:
        if not line.indent and line.text.endswith(":") and not line.text.startswith("- "):
            out.append("")
        own = [comment for place in line.places for comment in before.pop(place, ())]
        tails = [comment for place in line.places for comment in after.pop(place, ())]
        out += [" " * line.indent + comment for comment in (*own, *tails[1:])]
        out.append(" " * line.indent + line.text + (f"  {tails[0]}" if tails else ""))
    out += before.pop((), ())
    return "\n".join(out) + "\n"


def _record_lines(value: Any, indent: int, place: Place) -> Iterator[OutputLine]:
    for name, (field, _) in record_fields(type(value)).items():
        content = getattr(value, name)
        if content != default_of(field):
            yield from _field_lines(key_of(name), content, indent, (*place, key_of(name)))


def _field_lines(name: str, content: Any, indent: int, place: Place) -> Iterator[OutputLine]:
    if isinstance(content, tuple) and any(is_dataclass(item) for item in content):
        yield OutputLine(indent, f"{name}:", (place,))
        for n, item in enumerate(content):
            yield from _item_lines(item, indent + 2, (*place, getattr(item, "id", n)))
    elif isinstance(content, FrozenMap) and content:
        yield OutputLine(indent, f"{name}:", (place,))
        for key, value in content.items():
            yield OutputLine(indent + 2, f"{scalar(key)}: {inline(value)}", ((*place, key),))
    elif is_dataclass(content):
        yield OutputLine(indent, f"{name}:", (place,))
        yield from _record_lines(content, indent + 2, place)
    else:
        yield OutputLine(indent, f"{name}: {inline(content)}", (place,))


def _item_lines(item: Any, indent: int, place: Place) -> Iterator[OutputLine]:
    inner = list(_record_lines(item, indent + 2, place))
    first, *rest = inner
    yield OutputLine(indent, f"- {first.text}", (place, *first.places))
    yield from rest


def inline(content: Any) -> str:
    """Return a value on one line."""
    if isinstance(content, tuple):
        return "[" + ", ".join(_in_list(item) for item in content) + "]"
    if isinstance(content, FrozenMap):
        return "{" + ", ".join(f"{_in_list(key)}: {_in_list(value)}" for key, value in content.items()) + "}"
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, Enum):
        return inline(content.value)
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, float):
        text = str(int(content)) if content.is_integer() else repr(content)
        return text if "." in text else text.replace("e", ".0e")  # to YAML 1.1 '1e-05' is text
    if isinstance(content, int):
        return str(content)
    return scalar(content)


def _in_list(content: Any) -> str:
    """Return a value as an item of a list on one line, where a comma or a bracket would end it."""
    plain = inline(content)
    if isinstance(content, str) and plain == content and not content.replace("-", "").isalnum():
        return f'"{content}"'
    return plain


def scalar(text: str) -> str:
    """Return `text` as YAML: plain where nobody could misread it, else in double quotes."""
    if _SAFE_PLAIN.fullmatch(text) and not RETYPED.fullmatch(text) and not text.endswith(" "):
        return text
    escaped = "".join(_ESCAPES.get(character) or _escaped(character) for character in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character.isprintable() or character.isalnum():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - the last two-byte code


Anchored = dict[Place, list[str]]


def _anchored(text: str, kept: set[Place]) -> tuple[Anchored, Anchored]:
    """Return the comments of `text` by the place they stand before, and by the place they stand behind.

    A comment whose place is gone moves to the nearest place around it that is still there, so none is lost.
    """
    before: Anchored = defaultdict(list)
    after: Anchored = defaultdict(list)
    comments = list(_comments(text)) if "#" in text else []
    if not comments:
        return before, after
    starts: dict[int, Place] = {}
    for line, place in nodes.places(nodes.parse(text.encode(), "").root):
        starts.setdefault(line, place)
    lines = sorted(starts)
    for line, comment, alone in comments:
        at = next((start for start in lines if start >= line), None) if alone else line
        if not alone and at not in starts:
            at = max((start for start in lines if start <= line), default=None)
        place = starts[at] if at is not None else ()
        survivor = place
        while survivor and survivor not in kept:
            survivor = survivor[:-1]
        (before if alone or survivor != place or not survivor else after)[survivor].append(comment)
    return before, after


def _comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, comment, whether it stands alone on its line)."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark:
            start, end = event.start_mark, event.end_mark
            for line in range(start.line, end.line + 1):
                header = line == start.line and event.style in ("|", ">")  # behind it stands nothing but a comment
                first = (1 << 30 if header else start.column) if line == start.line else 0
                last = end.column if line == end.line else 1 << 30
                spans[line].append((first, last))
    for n, written in enumerate(text.splitlines()):
        for found in re.finditer(r"(?:^|(?<=\s))#", written):
            if not any(first <= found.start() < last for first, last in spans[n]):
                yield n + 1, written[found.start() :].rstrip(), not written[: found.start()].strip()
                break
