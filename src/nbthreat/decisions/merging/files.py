"""Merging the text of two files that grew from one: values by their fields, comments by where they stand.

Where the two clash, the text holds both, between the marks that git uses, so that it is not read until somebody chose.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.decisions.merging.registers import merge_registers
from nbthreat.decisions.merging.systems import Merged, merge_systems
from nbthreat.decisions.merging.threeway import Clash, Side
from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.documents import nodes
from nbthreat.system.model import System

MARK = nodes.MERGED_MARK
"""What stands behind the marks around a clash, so that reading the file can say what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedText:
    """The text of a merged file, where the two sides clash, and what else a person should know."""

    text: str
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = ()


def merge_files(base: bytes, ours: bytes, theirs: bytes, *, path: Path, prefer: Side | None = None) -> MergedText:
    """Return the merged text of two system files, or two registers; `base` is empty where both sides made the file.

    Where `prefer` is None, fields that clash stand in the text twice, between marks. A base that cannot be read counts
    as none: then more clashes. Raises DocumentError where one of the sides cannot be read, ModelError or RegisterError
    where the two together cannot stand and a side is preferred.
    """
    cls: type[Any] = Register if _is_register(ours, path) else System
    mine, other = (documents.loads(cls, side, path) for side in (ours, theirs))
    notes = []
    try:
        old = documents.loads(cls, base, path) if base.strip() else None
    except DocumentError:
        old = None
        notes.append("what both sides grew from cannot be read, so all that differs between them clashes.")
    sides = (old.value if old else None, mine.value, other.value)
    texts = (old.text if old else "", mine.text, other.text)
    if prefer:
        merged = _merge(*sides, prefer=prefer)
        return MergedText(text=_text(merged.value, *texts), clashes=merged.clashes, notes=(*notes, *merged.notes))
    try:
        both = [_merge(*sides, prefer=side, keep_changed=False) for side in Side]
        clashes, values = both[0].clashes, [merged.value for merged in both]
        notes += both[0].notes
    except NbthreatError as error:
        clashes = (
            Clash(where="both sides together", what=str(error), ours="all that is ours", theirs="all of theirs"),
        )
        values = [mine.value, other.value]
    first, second = (_text(value, *texts) for value in values)
    if first == second:
        return MergedText(text=first, notes=(*notes, *map(str, clashes)))
    return MergedText(text=_marked(first, second), clashes=clashes, notes=tuple(notes))


def _is_register(data: bytes, path: Path) -> bool:
    root = nodes.parse(data, str(path)).root
    return root.get("system") is not None and root.get("id") is None


def _merge(base: Any, ours: Any, theirs: Any, **how: Any) -> Merged[Any]:
    merge: Any = merge_registers if isinstance(ours, Register) else merge_systems
    merged: Merged[Any] = merge(base, ours, theirs, **how)
    return merged


def _text(value: Any, base: str, ours: str, theirs: str) -> str:
    """Return a value as text with the comments of both sides; those that one side took away go."""
    lines = documents.dump(value).splitlines()
    old, mine, other = (_commented(lines, documents.dump(value, comments_from=text)) for text in (base, ours, theirs))
    out = []
    for n, line in enumerate([*lines, ""]):
        above = _comments(old[n][0], mine[n][0], other[n][0])
        tail = _comments(old[n][1], mine[n][1], other[n][1])
        indent = line[: len(line) - len(line.lstrip())]
        out += [indent + comment for comment in (*above, *tail[1:])]
        if n < len(lines):
            out.append(line + (f"  {tail[0]}" if tail else ""))
    return "\n".join(out) + "\n"


Comments = list[tuple[list[str], list[str]]]


def _commented(lines: list[str], text: str) -> Comments:
    """Return the comments above and behind each line of a text that has no more than these lines and comments."""
    found: Comments = [([], []) for _ in (*lines, "")]
    n = 0
    for written in text.splitlines():
        if written.lstrip().startswith("#"):
            found[n][0].append(written.strip())
            continue
        tail = written[len(lines[n]) :].strip()
        found[n][1].extend([tail] if tail else [])
        n += 1
    return found


def _comments(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    gone = [comment for comment in base if comment not in ours or comment not in theirs]
    return [comment for comment in dict.fromkeys([*ours, *theirs]) if comment not in gone]


def _marked(ours: str, theirs: str) -> str:
    """Return two texts as one, with marks around the lines in which they differ."""
    first, second = ours.splitlines(), theirs.splitlines()
    out: list[str] = []
    for what, *span in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        mine, other = first[span[0] : span[1]], second[span[2] : span[3]]
        if what == "equal":
            out += mine
        else:
            out += [f"<<<<<<< ours {MARK}", *mine, "=======", *other, f">>>>>>> theirs {MARK}"]
    return "\n".join(out) + "\n"
