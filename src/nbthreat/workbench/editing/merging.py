"""Merging: two boards that grew from one, brought together thing by thing and field by field.

Things are matched by id, so nothing is doubled and a rename is a rename. What one side took away and the other
still needs is kept; where both changed the same field, the caller says whose word counts, and is told which it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbthreat.decisions.register import joined
from nbthreat.system.changes import compare
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import FrozenMap, System
from nbthreat.workbench.editing.board import PARTS, Board

_SAID = 12


def differences(before: Board, after: Board) -> tuple[str, ...]:
    """Return in words what differs from one board to another, at most a dozen lines."""
    labels = {**before.system.labels(), **after.system.labels()}
    said = []
    for change in compare(before.system, after.system):
        label = labels.get(change.subject, change.subject)
        if change.before == "there":
            said.append(f"{label} was taken away")
        elif change.after == "there":
            said.append(f"{label} was added")
        else:
            said.append(f"{label}: {change.what} is now {change.after or 'not said'}")
    if before.system.layout != after.system.layout:
        said.append("boxes were moved")
    if before.register != after.register:
        said.append("decisions in the register changed")
    return tuple(said[:_SAID]) + ((f"and {len(said) - _SAID} more",) if len(said) > _SAID else ())


def merge(base: Board, mine: Board, theirs: Board, *, prefer_mine: bool = True) -> tuple[Board, tuple[str, ...]]:
    """Return both sides' changes to `base` on one board, and the fields that both changed, in words.

    Raises ModelError where the two together are no system, as when one id names two kinds of thing.
    """
    merger = _Merger(prefer_mine)
    fields: dict[str, Any] = {
        part: merger.things(*(getattr(board.system, part) for board in (base, mine, theirs))) for part in PARTS
    }
    for name in record_fields(System):
        if name not in PARTS and name != "id":
            sides = (getattr(board.system, name) for board in (base, mine, theirs))
            fields[name] = merger.value("the system", name, *sides)
    _mend(fields, mine.system, theirs.system)
    register: dict[str, Any] = {
        name: merger.things(*(getattr(board.register, name) for board in (base, mine, theirs)), key=key)
        for name, key in _KEYED.items()
    }
    for name, what in (("reviewed", "its review"), ("appetite", "its tolerance"), ("schedule", "its next review")):
        sides = (getattr(board.register, name) for board in (base, mine, theirs))
        register[name] = merger.value("the register", what, *sides)
    both = joined(mine.register, theirs.register, register.pop("decisions"))
    merged = Board(System(id=mine.system.id, **fields), replace(both, **register))
    return merged, tuple(merger.clashes)


_KEYED = {"decisions": "key", "set_aside": "key", "not_applicable": "provision", "answers": "key", "inherited": "key"}


class _Merger:
    """Brings two sides together that grew from one, noting the fields that both changed."""

    def __init__(self, prefer_mine: bool) -> None:  # noqa: FBT001 - it is the only thing to say
        self.clashes: list[str] = []
        self._prefer_mine = prefer_mine

    def things(
        self, base: tuple[Any, ...], mine: tuple[Any, ...], theirs: tuple[Any, ...], *, key: str = "id"
    ) -> tuple[Any, ...]:
        """Return the things of both sides, matched by `key`, mine in my order first."""
        old, ours, other = ({getattr(item, key): item for item in side} for side in (base, mine, theirs))
        found = []
        for id in dict.fromkeys([*ours, *other]):
            if id in ours and id in other:
                found.append(self._thing(old.get(id), ours[id], other[id]))
            elif id not in old:
                found.append(ours.get(id) or other[id])
            else:  # one side took it away: that holds unless the other changed it meanwhile
                left = ours.get(id) or other[id]
                if left != old[id]:
                    self.clashes.append(f"{_called(left)} was taken away on one side and changed on the other")
                    found.append(left)
        return tuple(found)

    def _thing(self, base: Any, mine: Any, theirs: Any) -> Any:
        if theirs in (mine, base):
            return mine
        if mine == base:
            return theirs
        fields = {
            name: self.value(_called(mine), name, getattr(base, name, None), getattr(mine, name), getattr(theirs, name))
            for name in record_fields(type(mine))
        }
        return replace(mine, **fields)

    def value(self, of: str, what: str, base: Any, mine: Any, theirs: Any) -> Any:
        """Return one field of both sides."""
        if theirs in (mine, base):
            return mine
        if mine == base:
            return theirs
        if isinstance(mine, FrozenMap) and isinstance(theirs, FrozenMap):
            return self._map(of, what, base or FrozenMap(), mine, theirs)
        if what not in self._QUIET:
            self.clashes.append(f"{of}: {what}")
        return mine if self._prefer_mine else theirs

    _QUIET = frozenset({"layout"})  # where a box stands is nothing to quarrel about

    def _map(
        self, of: str, what: str, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
    ) -> Any:
        found = {}
        for key in dict.fromkeys([*mine, *theirs]):
            name = what if what in self._QUIET else f"{what} {key}"
            value = self.value(of, name, base.get(key), mine.get(key), theirs.get(key))
            if value is not None:
                found[key] = value
        return FrozenMap(found)


def _called(thing: Any) -> str:
    return str(getattr(thing, "name", "") or getattr(thing, "id", "") or getattr(thing, "key", ""))


def _mend(fields: dict[str, Any], mine: System, theirs: System) -> None:
    """Bring back what one side took away and something that is left still points at."""

    def missing(part: str, wanted: set[str | None]) -> None:
        there = {field.id for field in fields[part]}
        known = {item.id: item for side in (theirs, mine) for item in getattr(side, part)}
        fields[part] += tuple(known[id] for id in sorted(name for name in wanted if name) if id not in there)

    missing("elements", {end for flow in fields["flows"] for end in (flow.source, flow.target)})
    missing("boundaries", {field.boundary for field in fields["elements"]})
    for _ in range(len(fields["boundaries"]) + 1):
        missing("boundaries", {field.within for field in fields["boundaries"]})
    held = {asset for field in fields["elements"] for asset in field.holds or ()}
    missing("assets", held | {asset for field in fields["flows"] for asset in field.carries or ()})
    _break_circles(fields)
    there = {field.id for part in ("elements", "boundaries") for field in fields[part]}
    fields["layout"] = FrozenMap((id, at) for id, at in fields["layout"].items() if id in there)


def _break_circles(fields: dict[str, Any]) -> None:
    """Lift a boundary out where each side put one into the other."""
    within = {field.id: field.within for field in fields["boundaries"]}
    for start, around in list(within.items()):
        seen, here = {start}, around
        while here is not None:
            if here in seen:
                within[start] = None
                break
            seen.add(here)
            here = within[here]
    fields["boundaries"] = tuple(replace(field, within=within[field.id]) for field in fields["boundaries"])
