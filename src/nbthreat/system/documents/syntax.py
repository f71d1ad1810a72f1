"""Why text is no YAML: the line of the fault, the character that causes it, and what would do.

What the YAML library says is a hint at most: its words, its limits and its idea of the line change from one release to
the next. What is told here is found out from the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import yaml

from nbthreat.base.errors import Fault, clean

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its event stream is used
DEPTH_LIMIT = 32

_ODD = "\u00a0\u00ad\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff"
"""Characters that look like a space or like nothing, as the inside of a class in a regular expression."""
_ODD_CHARACTER = re.compile(f"[{_ODD}]")
_ODD_STRUCTURE = re.compile(rf"^[ {_ODD}]*(?:[-?][ {_ODD}]+)*|(?<=:)[{_ODD}]+|[ {_ODD}]+(?=:[ {_ODD}\n])")
"""Where a line holds what makes it YAML: its indentation, its dashes, and what stands around the colon of a key."""
_TAB = re.compile(r"(?:[-?]|[ ])*\t")
_LINE = re.compile("[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|$)")
_TRIES = 10
_SUSPECTS = 3
_LARGE = 500_000  # characters: reading such a text again takes its time


def fault_in(text: str, file: str, error: yaml.YAMLError) -> list[Fault]:
    """Return what is wrong with a text on which the YAML library gave up with `error`, in order of lines."""
    line = _line_of(error)
    deep = _too_deep(text, error)
    if deep:
        return [Fault(file, deep, too_deep())]
    lines = _LINE.findall(text)
    odd = list(_blamed(lines, line))
    if odd:
        return [Fault(file, number, _said(character)) for number, character in sorted(odd)]
    problem = clean(str(getattr(error, "problem", None) or error)).rstrip(".")
    message = (
        f"not YAML: {problem}. Look at this line and the one above it: a quote or bracket that is not closed, "
        "an indentation that differs, or a ':' without a space behind it."
    )
    return [Fault(file, line, message)]


def too_deep() -> str:
    """Return what to say of a text that is nested too deeply."""
    return f"nested deeper than {DEPTH_LIMIT} levels. Write it flatter."


def explained(faults: Iterable[Fault], text: str) -> tuple[Fault, ...]:
    r"""Return faults, each with the odd character that its line holds, for nobody can see it there.

    >>> explained([Fault("a.yaml", 1, "unknown key.")], "na\u200bme: a")[0].message
    'unknown key. The line holds a zero width space (U+200B), which nobody sees: delete it if it is not meant.'
    """
    faults = tuple(faults)
    if text.isascii():
        return faults
    lines = _LINE.findall(text)
    told = []
    for fault in faults:
        odd = _ODD_CHARACTER.search(lines[fault.line - 1]) if fault.line <= len(lines) else None
        told.append(replace(fault, message=f"{fault.message} {_hidden(odd.group())}") if odd else fault)
    return tuple(told)


def _line_of(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(mark.line) + 1 if mark else 1


def _too_deep(text: str, error: yaml.YAMLError) -> int | None:
    """Return the line on which a text is too deep before the place of the error, or None.

    The library looks far ahead, and may give up on depth before it tells of what is not deep at all.
    """
    mark = getattr(error, "problem_mark", None)
    depth = 0
    try:
        for event in yaml.parse(text[: mark.index] if mark else "", Loader=LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEPTH_LIMIT:
                    return event.start_mark.line + 1 if event.start_mark else 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return None
    return None


def _blamed(lines: list[str], line: int) -> Iterator[tuple[int, str]]:
    """Yield (line, character) for each character to blame: where the library gave up, and where it would next."""
    large = sum(map(len, lines)) > _LARGE
    for _ in range(1 if large else _TRIES):
        found = _culprit(lines, line, suspects=1 if large else _SUSPECTS)
        if not found:
            return
        number, character, lines = found
        yield number, character
        line = _line_reached(lines)


def _culprit(lines: list[str], line: int, *, suspects: int) -> tuple[int, str, list[str]] | None:
    """Return the line and the character that keep the library from reading beyond `line`, and the lines without it.

    None where there is none: a character is to blame where the text is read further with a space in its place.
    """
    if line > len(lines):
        return None
    if _TAB.match(lines[line - 1]):
        return line, "\t", [*lines[: line - 1], lines[line - 1].replace("\t", "  "), *lines[line:]]
    odd = ((number, _odd_in_structure(lines[number - 1])) for number in range(line, 0, -1))
    for number, character in islice((suspect for suspect in odd if suspect[1]), suspects):
        for mended in _mended(lines[number - 1]):
            tried = [*lines[: number - 1], mended, *lines[number:]]
            if _line_reached(tried) > line:
                return number, character, tried
    return None


def _odd_in_structure(line: str) -> str:
    """Return the first odd character in what makes a line YAML, or nothing."""
    spans = () if line.isascii() else _ODD_STRUCTURE.finditer(line)
    return next((odd.group() for span in spans if (odd := _ODD_CHARACTER.search(span.group()))), "")


def _mended(line: str) -> tuple[str, str]:
    """Return a line with ordinary spaces where odd characters stand in its structure, and without those nobody sees."""

    def spaced(span: re.Match[str]) -> str:
        return _ODD_CHARACTER.sub(" ", span.group())

    def bare(span: re.Match[str]) -> str:
        return _ODD_CHARACTER.sub(lambda odd: " " if _is_space(odd.group()) else "", span.group())

    return _ODD_STRUCTURE.sub(spaced, line), _ODD_STRUCTURE.sub(bare, line)


def _line_reached(lines: list[str]) -> int:
    """Return the line on which the library gives up, or one beyond the last where it does not."""
    try:
        for _ in yaml.parse("".join(lines), Loader=LOADER):
            pass
    except yaml.YAMLError as error:
        return _line_of(error)
    return len(lines) + 1


def _is_space(character: str) -> bool:
    return unicodedata.category(character) == "Zs"


def _named(character: str) -> str:
    name = "tab" if character == "\t" else unicodedata.name(character, "character without a name").lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name} (U+{ord(character):04X})"


def _said(character: str) -> str:
    if character == "\t":
        return f"{_named(character)} stands in the indentation. Indent with spaces."
    if _is_space(character):
        return f"{_named(character)} stands where a space belongs. Put an ordinary space in its place."
    return f"{_named(character)} stands here, and nobody sees it. Delete it; behind a ':' or '-' belongs a space."


def _hidden(character: str) -> str:
    if _is_space(character):
        return f"The line holds {_named(character)}: put an ordinary space in its place if it is not meant."
    return f"The line holds {_named(character)}, which nobody sees: delete it if it is not meant."
