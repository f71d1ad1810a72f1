"""Merging two drawings that grew from one: things are matched by id, so that a rename is a rename."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, Generic, TypeVar

from nbthreat.decisions.merging.threeway import Clash, Merger, Side, called
from nbthreat.system.documents.shaping import default_of, record_fields
from nbthreat.system.model import Element, FrozenMap, System

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Generic[T]):
    """What two sides come to together, where they clash, and what else a person should know."""

    value: T
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = ()


def merge_systems(
    base: System | None, ours: System, theirs: System, *, prefer: Side = Side.OURS, keep_changed: bool = True
) -> Merged[System]:
    """Return the changes of both sides to a drawing; `base` is None where both sides made it.

    What one side took away and something of the other points at stays, and a note says so. Where two boxes were moved
    differently, nobody is asked. Raises ModelError where the two together are no system, as when one id names two
    kinds of thing.

    >>> old = System(id="chat", name="Chat")
    >>> merge_systems(old, replace(old, owner="Team"), replace(old, version="2")).value
    ... # doctest: +ELLIPSIS
    System(id='chat', name='Chat', version='2', owner='Team', ...)
    >>> [clash.told for clash in merge_systems(old, replace(old, owner="A"), replace(old, owner="B")).clashes]
    ['the system: owner: ours says A, theirs says B']
    """
    merger = Merger(prefer, keep_changed=keep_changed)
    fields: dict[str, Any] = {}
    for name, (field, kind) in record_fields(System).items():
        old = getattr(base, name) if base else default_of(field)
        if is_collection(kind):
            fields[name] = merger.collection(old, getattr(ours, name), getattr(theirs, name))
        else:
            fields[name] = merger.value("the system", name, old, getattr(ours, name), getattr(theirs, name))
    notes = list(_mend(fields, ours, theirs))
    while _break_circle(fields, ours, theirs, merger):
        notes += _mend(fields, ours, theirs)
    fields["elements"] = tuple(_said_once(element, ours, theirs, merger) for element in fields["elements"])
    there = {thing.id for part in ("elements", "boundaries") for thing in fields[part]}
    fields["layout"] = FrozenMap((id, at) for id, at in fields["layout"].items() if id in there)
    return Merged(value=System(**fields), clashes=tuple(merger.clashes), notes=tuple(notes))


def is_collection(kind: Any) -> bool:
    """Return whether a field of that type holds records, any number of them."""
    return typing.get_origin(kind) is tuple and is_dataclass(typing.get_args(kind)[0])


def _mend(fields: dict[str, Any], ours: System, theirs: System) -> Iterator[str]:
    """Bring back what one side took away and something that is left still points at; yield what that was."""

    def missing(part: str, wanted: set[str | None]) -> Iterator[str]:
        there = {thing.id for thing in fields[part]}
        known = {thing.id: thing for side in (theirs, ours) for thing in getattr(side, part)}
        for id in sorted(id for id in wanted if id and id not in there):
            fields[part] += (known[id],)
            yield f"{called(known[id])} was taken away on one side; something on the other needs it, so it stays."

    yield from missing("elements", {end for flow in fields["flows"] for end in (flow.source, flow.target)})
    yield from missing("boundaries", {element.boundary for element in fields["elements"]})
    for _ in range(len(fields["boundaries"]) + 1):
        yield from missing("boundaries", {boundary.within for boundary in fields["boundaries"]})
    held = {asset for element in fields["elements"] for asset in element.holds or ()}
    yield from missing("assets", held | {asset for flow in fields["flows"] for asset in flow.carries or ()})


def _said_once(element: Element, ours: System, theirs: System, merger: Merger) -> Element:
    """Return an element that is not of one technology twice: what it is comes from the preferred side then."""
    if element.also != element.technology:
        return element
    sides = [next((known for known in side.elements if known.id == element.id), element) for side in (ours, theirs)]
    words = [" and ".join(known.technologies) for known in sides]
    merger.clash(called(element), "technology and also", *words)
    chosen = merger.preferred(*sides)
    return replace(element, technology=chosen.technology, also=chosen.also)


def _break_circle(fields: dict[str, Any], ours: System, theirs: System, merger: Merger) -> bool:
    """Put boundaries that the two sides put into each other back where the preferred side has them.

    Return whether there were any; there may be more.
    """
    within = {boundary.id: boundary.within for boundary in fields["boundaries"]}
    sides = [{boundary.id: boundary.within for boundary in side.boundaries} for side in (ours, theirs)]
    kept = merger.preferred(*sides)
    for start in within:
        seen = [start]
        while (around := within[seen[-1]]) is not None and around not in seen:
            seen.append(around)
        if around is None:
            continue
        for id in seen[seen.index(around) :]:
            if id in kept and kept[id] != within[id]:
                within[id] = merger.clash(id, "within", *(side.get(id) for side in sides))
        fields["boundaries"] = tuple(replace(thing, within=within[thing.id]) for thing in fields["boundaries"])
        return True
    return False
