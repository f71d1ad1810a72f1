"""Changes: what differs between two drawings of one system, and how much each difference weighs.

A threat model is as old as the last change nobody looked at: any new or changed setting asks for another look.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from nbthreat.system import documents
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.documents.writing import inline
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, Setting, System, TrustBoundary

_PARTS = {"assets": "asset", "boundaries": "boundary", "elements": "element", "flows": "flow"}
_NOT_SECURITY = frozenset({"layout"})
_SHORT = 16  # digits of a short fingerprint
_MADE: deque[tuple[System, str]] = deque(maxlen=4)
"""Fingerprints of the last systems that were asked for: each entry of a log asks again, and large ones take long."""


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
    """Return every difference but of places on the drawing, by thing and then by field.

    >>> from nbthreat.system.model import Element, System
    >>> before = System(id="chat", name="Chat", elements=(Element(id="bot", technology="application"),))
    >>> after = replace(before, elements=(replace(before.elements[0], name="Helper"),))
    >>> [str(change) for change in compare(before, after)]
    ['bot: name "" → Helper']
    """
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
    for known, made in _MADE:
        if known is system:  # not merely equal: to Python 1 is true, and here it is not
            return made
    made = _fingerprint(system)
    _MADE.append((system, made))
    return made


def _fingerprint(system: System) -> str:
    parts: dict[str, Any] = {
        part: tuple(sorted(map(_ordered, getattr(system, part)), key=lambda thing: thing.id)) for part in _PARTS
    }
    return _digest(_ordered(replace(system, layout=FrozenMap(), **parts)))


def fingerprints(system: System) -> FrozenMap[str]:
    """Return a short name for the content of each element, flow, boundary and asset, and of the system's own, by id."""
    found = {system.id: _digest(_ordered(_bare(system)))[:_SHORT]}
    for thing in _things(system):
        found[thing.id] = _digest(_ordered(thing))[:_SHORT]
    return FrozenMap(sorted(found.items()))


class Weight(StrEnum):
    """How much a change asks for (11.2): a major one is looked at as a new version would be."""

    MAJOR = "major"
    MINOR = "minor"


class Rule(NamedTuple):
    """A kind of difference: how much it weighs, and the reason."""

    weight: Weight
    because: str


RULES: Mapping[str, Rule] = {
    "new flow across": Rule(Weight.MAJOR, "data passes between places of different trust by a way nobody looked at"),
    "new flow": Rule(Weight.MINOR, "it joins parts that lie in the same boundary"),
    "new technology": Rule(Weight.MAJOR, "each technology brings threats of its own"),
    "new element": Rule(Weight.MINOR, "it is another one of a technology that was looked at"),
    "new kind of asset": Rule(Weight.MAJOR, "something can be lost now that was not there to lose"),
    "new asset": Rule(Weight.MINOR, "it is another one of a kind that was looked at"),
    "new boundary": Rule(Weight.MAJOR, "who is trusted with what is inside has changed"),
    "changed setting": Rule(Weight.MAJOR, "configuration decides what an attacker meets (3.1.1)"),
    "changed": Rule(Weight.MAJOR, "what threats are asked of is no longer what it was"),
    "removed": Rule(Weight.MAJOR, "what stood against a threat may have gone with it"),
    "renamed": Rule(Weight.MINOR, "only what people call it has changed"),
    "new library": Rule(Weight.MAJOR, "it may know threats that nobody has looked at here"),
}
"""Every kind of difference. Where a box stands on the drawing is none: moving it changes no fingerprint."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was at a review, and which asks for one answer.

    `before` and `after` are values of settings, names, or short fingerprints; '' where there was or is nothing.
    """

    rule: str  # one of RULES
    subject: str  # id
    what: str  # the setting
    before: str
    after: str

    @property
    def key(self) -> str:
        """By which it is answered: 'helper', 'helper.name', 'helper.settings.temperature'."""
        aspect = {"changed setting": f".settings.{self.what}", "renamed": ".name"}
        return self.subject + aspect.get(self.rule, "")

    @property
    def weight(self) -> Weight:
        """Major or minor."""
        return RULES[self.rule].weight

    @property
    def because(self) -> str:
        """Why it weighs so."""
        return RULES[self.rule].because

    def __str__(self) -> str:
        if self.rule in ("changed setting", "renamed"):
            return f"{self.key}: {self.before or '(nothing)'} → {self.after or '(nothing)'}"
        return f"{self.subject}: {self.rule}"


class Snapshot(Protocol):
    """What is remembered of a system: see `snapshot`. What an older file does not remember is empty."""

    @property
    def things(self) -> FrozenMap[str]:
        """Short fingerprint by id."""

    @property
    def names(self) -> FrozenMap[str]:
        """Name by id, where there is one."""

    @property
    def settings(self) -> FrozenMap[Setting]:
        """Value by 'element.setting'."""

    @property
    def technologies(self) -> tuple[str, ...]:
        """Of the elements, each once."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the assets, each once."""


def snapshot(system: System) -> dict[str, Any]:
    """Return what is remembered of a system to tell later what changed: the fields of a `Snapshot`, and `system`."""
    named = ((thing.id, thing.name) for thing in (system, *_things(system)) if thing.name)
    settings = (
        (f"{element.id}.{name}", value) for element in system.elements for name, value in element.settings.items()
    )
    return {
        "system": fingerprint(system),
        "things": fingerprints(system),
        "names": FrozenMap(sorted(named)),
        "settings": FrozenMap(sorted(settings, key=lambda pair: pair[0])),
        "technologies": tuple(sorted({name for element in system.elements for name in element.technologies})),
        "kinds": tuple(sorted({asset.kind for asset in system.assets})),
    }


def differences(seen: Snapshot, system: System) -> Iterator[Difference]:
    """Yield how a system differs from what was seen of it, by id.

    A thing is *renamed* or has a *changed setting* where putting the old name and settings back makes it as it was;
    where it does not, it is also *changed*. Of a snapshot in an older file only *changed* can be told.
    """
    now = fingerprints(system)
    there = {thing.id: thing for thing in _things(system)}
    inside = {element.id: element.boundary for element in system.elements}
    settings: defaultdict[str, dict[str, Setting]] = defaultdict(dict)
    for key, value in seen.settings.items():
        id, _, name = key.partition(".")
        settings[id][name] = value
    for id in sorted({*now, *seen.things}):
        before, after = seen.things.get(id, ""), now.get(id, "")
        if before == after:
            continue
        if not after:
            yield Difference("removed", id, "", before, "")
        elif not before:
            yield Difference(_new(there.get(id, system), seen, inside), id, "", "", after)
        else:
            yield from _changed(seen, there.get(id, system), settings[id], before, after)


def _new(thing: Any, seen: Snapshot, inside: Mapping[str, str | None]) -> str:
    match thing:
        case Flow():
            source, target = inside[thing.source], inside[thing.target]
            return "new flow across" if source != target or source is None else "new flow"
        case Element():
            return "new element" if set(thing.technologies) <= set(seen.technologies) else "new technology"
        case Asset():
            return "new asset" if thing.kind in seen.kinds else "new kind of asset"
        case TrustBoundary():
            return "new boundary"
    return "changed"  # the system itself, under another id


def _changed(seen: Snapshot, thing: Any, old: Mapping[str, Setting], before: str, after: str) -> Iterator[Difference]:
    was = thing
    if seen.names:
        was = replace(was, name=seen.names.get(thing.id, ""))
        if was.name != thing.name:
            yield Difference("renamed", thing.id, "", was.name, thing.name)
    if seen.names and isinstance(thing, Element):
        was = replace(was, settings=FrozenMap(old))
        for name in sorted({*old, *thing.settings}):
            if _said(old.get(name)) != _said(thing.settings.get(name)):
                values = _said(old.get(name)), _said(thing.settings.get(name))
                yield Difference("changed setting", thing.id, name, *values)
    bare = _bare(was) if isinstance(was, System) else was
    if _digest(_ordered(bare))[:_SHORT] != before:
        new = (
            isinstance(thing, Element)
            and bool(seen.technologies)
            and not set(thing.technologies) <= set(seen.technologies)
        )
        yield Difference("new technology" if new else "changed", thing.id, "", before, after)


def _things(system: System) -> Iterator[Any]:
    for part in _PARTS:
        yield from getattr(system, part)


def _bare(system: System) -> System:
    """Return the system without its parts and places."""
    return replace(system, assets=(), boundaries=(), elements=(), flows=(), layout=FrozenMap())


def _digest(thing: Any) -> str:
    return hashlib.sha256(documents.dump(thing).encode("utf-8", "surrogatepass")).hexdigest()


def _ordered(thing: Any) -> Any:
    """Return a thing with what it says of itself in the order of names."""
    said = {name: getattr(thing, name) for name in record_fields(type(thing))}
    sorted_maps = {
        name: FrozenMap(sorted(frozen_map.items()))
        for name, frozen_map in said.items()
        if isinstance(frozen_map, FrozenMap)
    }
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
