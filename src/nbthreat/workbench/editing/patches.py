"""Patches: what turns one board into the next, as plain data, and the board it gives when it is laid over the first."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, get_args, get_origin

from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import FrozenMap, System
from nbthreat.workbench.editing.board import PARTS, Board


def patch(before: Board, after: Board) -> dict[str, Any]:
    """Return as plain data what turns one board into the other."""
    found: dict[str, Any] = {}
    old, new = before.system, after.system
    if old is not new:
        for name in record_fields(System):
            if name not in (*PARTS, "layout") and getattr(old, name) != getattr(new, name):
                found.setdefault("system", {})[name] = documents.plain(getattr(new, name))
        if old.layout is not new.layout:
            placed = {id: list(place) for id, place in new.layout.items() if old.layout.get(id) != place}
            found["layout"] = {**placed, **dict.fromkeys(id for id in old.layout if id not in new.layout)}
        for part in PARTS:
            if getattr(old, part) is getattr(new, part):
                continue
            was, now = ({thing.id: thing for thing in getattr(side, part)} for side in (old, new))
            changed = {id: documents.plain(thing) for id, thing in now.items() if was.get(id) is not thing}
            changed |= dict.fromkeys(id for id in was if id not in now)
            if changed:
                found[part] = changed
            kept = [id for id in was if id in now]
            if list(now) != kept + [id for id in now if id not in was]:
                found.setdefault("order", {})[part] = list(now)
    if before.register is not after.register:
        found["register"] = _register_patch(before.register, after.register)
    return found


def patched(board: Board, change: Mapping[str, Any]) -> Board:
    """Return the board that `patch` said comes next; only what it names is read, however large the board is.

    Raises NbthreatError, LookupError, TypeError, ValueError or AttributeError where it does not fit.
    """
    system = board.system
    fields: dict[str, Any] = {}
    if "system" in change:
        named = {name: value for name, value in change["system"].items() if name not in (*PARTS, "layout")}
        bare = documents.shaped(System, {"id": system.id, "name": system.name, **named})
        fields.update({name: getattr(bare, name) for name in named})
    if "layout" in change:
        at = {**system.layout, **{id: _place(place) for id, place in change["layout"].items()}}
        fields["layout"] = FrozenMap((id, place) for id, place in at.items() if place is not None)
    order = change.get("order", {})
    for part, kind in PARTS.items():
        if part in change or part in order:
            now = {thing.id: thing for thing in getattr(system, part)}
            for id, data in change.get(part, {}).items():
                if data is None:
                    now.pop(id, None)
                else:
                    now[id] = documents.shaped(kind, data)
            fields[part] = tuple(now[id] for id in order[part]) if part in order else tuple(now.values())
    register = board.register
    if "register" in change:
        register = _register_patched(register, change["register"])
    return Board(replace(system, **fields) if fields else system, register)


def _place(data: Any) -> tuple[float, float] | None:
    if data is None:
        return None
    x, y = data
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in (x, y)):
        raise TypeError("a place is two numbers")
    return float(x), float(y)


def _register_patch(before: Register, after: Register) -> dict[str, Any]:
    """Return the fields in which two registers differ; of a list [from, to, what stands there now]."""
    found: dict[str, Any] = {}
    for name in record_fields(Register):
        old, new = getattr(before, name), getattr(after, name)
        if old is new or old == new:
            continue
        if isinstance(new, tuple):
            start = _alike(old, new)
            end = _alike(reversed(old[start:]), reversed(new[start:]))
            found[name] = [start, len(old) - end, [documents.plain(entry) for entry in new[start : len(new) - end]]]
        else:
            found[name] = documents.plain(new)
    return found


def _register_patched(register: Register, change: Mapping[str, Any]) -> Register:
    """Return a register with what `_register_patch` says is different."""
    fields: dict[str, Any] = {}
    single: dict[str, Any] = {}
    for name, value in change.items():
        kind = record_fields(Register)[name][1]
        if get_origin(kind) is not tuple:
            single[name] = value
            continue
        start, end, new = value
        if not (isinstance(start, int) and isinstance(end, int)):
            raise TypeError("a part of a list is between two numbers")
        old = getattr(register, name)
        fields[name] = (*old[:start], *(_entry(get_args(kind)[0], data) for data in new), *old[end:])
    if single:
        bare = documents.shaped(Register, {"system": register.system, **single})
        fields.update({name: getattr(bare, name) for name in single})
    return replace(register, **fields)


def _entry(kind: Any, data: Any) -> Any:
    if kind is str or typing.get_origin(kind) is not None:
        raise TypeError("the lists of a register are of records")
    return documents.shaped(kind, data)


def _alike(these: Iterable[Any], those: Iterable[Any]) -> int:
    """Return how many of two lists are the same from their beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(these, those, strict=False)))
