"""Changes: what differs between two drawings of one system, and which findings that touches.

A threat model is as old as the last change nobody looked at: any new or changed setting asks for another look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nbthreat import documents
from nbthreat.documents.shaping import record_fields
from nbthreat.documents.writing import inline
from nbthreat.model import FrozenMap, System

_PARTS = {"assets": "asset", "boundaries": "boundary", "elements": "element", "flows": "flow"}
_NOT_SECURITY = frozenset({"layout"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: of which thing, in what, from what to what ('' where it was not or is no longer)."""

    subject: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.what} {self.before or '(nothing)'} → {self.after or '(nothing)'}"


def compare(before: System, after: System) -> tuple[Change, ...]:
    """Return every difference but of places on the drawing, by thing and then by field."""
    found = list(_fields(before, after, before.id))
    for part, word in _PARTS.items():
        old = {thing.id: thing for thing in getattr(before, part)}
        new = {thing.id: thing for thing in getattr(after, part)}
        for id in sorted({*old, *new}):
            if id in old and id in new:
                found += _fields(old[id], new[id], id)
            else:
                found.append(Change(id, word, "there" if id in old else "", "there" if id in new else ""))
    return tuple(found)


def fingerprint(system: System) -> str:
    """Return a name for all of a system but the places on its drawing: SHA-256 in hexadecimal.

    The order in which things were written does not matter.
    """
    parts: dict[str, Any] = {
        part: tuple(sorted(map(_ordered, getattr(system, part)), key=lambda one: one.id)) for part in _PARTS
    }
    return _digest(_ordered(replace(system, layout=FrozenMap(), **parts)))


def fingerprints(system: System) -> FrozenMap[str]:
    """Return a short name for the content of each element, flow, boundary and asset, and of the system's own, by id."""
    bare = replace(system, assets=(), boundaries=(), elements=(), flows=(), layout=FrozenMap())
    found = {system.id: _digest(_ordered(bare))[:16]}
    for part in _PARTS:
        for thing in getattr(system, part):
            found[thing.id] = _digest(_ordered(thing))[:16]
    return FrozenMap(sorted(found.items()))


def _digest(thing: Any) -> str:
    return hashlib.sha256(documents.dump(thing).encode("utf-8", "surrogatepass")).hexdigest()


def _ordered(thing: Any) -> Any:
    """Return a thing with what it says of itself in the order of names."""
    said = {name: getattr(thing, name) for name in record_fields(type(thing))}
    sorted_maps = {name: FrozenMap(sorted(one.items())) for name, one in said.items() if isinstance(one, FrozenMap)}
    return replace(thing, **sorted_maps)


def _fields(before: object, after: object, id: str) -> Iterator[Change]:
    for name in record_fields(type(before)):
        old, new = getattr(before, name), getattr(after, name)
        if old == new or name in _PARTS or name in _NOT_SECURITY:
            continue
        if isinstance(old, FrozenMap):
            for key in sorted({*old, *new}):
                if old.get(key) != new.get(key):
                    yield Change(id, f"{name} {key}", _said(old.get(key)), _said(new.get(key)))
        else:
            yield Change(id, name, _said(old), _said(new))


def _said(value: object) -> str:
    return "" if value is None else inline(value)
