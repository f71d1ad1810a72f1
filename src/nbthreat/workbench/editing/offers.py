"""Offers: journals that are left to a person, each with what taking it in would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbthreat.base.errors import clean
from nbthreat.decisions.register import Register, said
from nbthreat.system.documents.shaping import record_fields
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.journal import Found, Left
from nbthreat.workbench.editing.merging import differences

_LENGTH = 200
_MANY = 50
_APART = ("system", "numbers_given", "log")
"""What of a register no decision is in, or all of them are in again."""


@dataclass(frozen=True, slots=True)
class OfferedEdits:
    """A journal that waits for a person."""

    path: Path
    left: Left | None
    why: str
    is_whole: bool
    view: dict[str, Any]  # as the status shows it


def offer(found: Found, board: Board, *, why: str = "") -> OfferedEdits:
    """Return a journal as it is shown to a person who has `board` open. `why` is said in place of the journal's own."""
    left, why = found.left, why or found.why
    before = (left.base if left and left.base else board) if left else board
    after = left.board if left else board
    changes = [*differences(before, after), *_of_register(before.register, after.register)]
    view = {
        "name": found.path.name,
        "why": clean(why, _LENGTH),
        "readable": left is not None,
        "edits": left.steps if left else 0,
        "until": left.at if left else "",
        "changes": [clean(change, _LENGTH) for change in changes],
        "decisions": sum(1 for _ in _changed(before.register, after.register)),
        "roles": [clean(role) for role in sorted(set(_roles(before.register, after.register)))[:_MANY]],
    }
    return OfferedEdits(found.path, left, why, found.is_whole, view)


def _of_register(before: Register, after: Register) -> Iterator[str]:
    """Yield in words what is said for a whole register and differs: its handling, its tolerance and the like."""
    for name, (_, kind) in record_fields(Register).items():
        new = getattr(after, name)
        if name not in _APART and not _is_list(kind) and new != getattr(before, name):
            yield f"the register's {name} is now {said(new) if new is not None else 'not said'}"


def _changed(before: Register, after: Register) -> Iterator[tuple[Any, Any]]:
    """Yield what each side says of the same, where the two differ: decisions, dismissals and all that is like them."""
    for name, (_, kind) in record_fields(Register).items():
        if name in _APART:
            continue
        sides = [getattr(register, name) for register in (before, after)]
        if not _is_list(kind):
            sides = [(side,) if side is not None else () for side in sides]
        old, new = ({_key(entry): entry for entry in side} for side in sides)
        for key in dict.fromkeys([*old, *new]):
            if old.get(key) != new.get(key):
                yield old.get(key), new.get(key)


def _key(entry: Any) -> Any:
    """Return the first field of an entry of a list, by which it is known; of what is said once, its type."""
    first = next(iter(record_fields(type(entry))))
    return getattr(entry, first) if first in ("key", "provision") else type(entry)


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is tuple


def _roles(before: Register, after: Register) -> Iterator[str]:
    """Yield the role of everybody who decided or approved something in which `after` differs, or is in its log."""
    entries = [entry for _, entry in _changed(before, after)]
    entries += after.log[len(before.log) :] if before.log == after.log[: len(before.log)] else after.log
    for entry in entries:
        for said_by in (entry, getattr(entry, "acceptance", None)):
            for field in ("by", "approver"):
                role = getattr(said_by, field, "")
                if role:
                    yield role
