"""Aliases: a system drawn without a name of its own, each part called by the kind of thing it is and a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from nbthreat.publishing.publication.library_text import public_kind, public_technology
from nbthreat.system.model import Asset, Element, Flow, System, TrustBoundary
from nbthreat.threats.library import AssetKind, Library, Technology

_SYSTEM, _FLOW = "The system", "Data flow"


def with_aliases(system: System, library: Library) -> System:
    """Return the drawing with aliases: 'Vector store 1' in 'Boundary 1'. Ids are e1, f1, b1 and a1."""
    assets, elements = _Aliases("a"), _Aliases("e")
    for asset in system.assets:
        assets.add(asset.id, public_kind(library, asset.kind))
    for element in system.elements:
        elements.add(element.id, public_technology(library, element.technology))
    around = {boundary.id: f"b{n}" for n, boundary in enumerate(system.boundaries, 1)}
    return System(
        id=system.id,
        name=system.name,
        version=system.version,
        assets=tuple(Asset(id=id, name=name, kind=kind) for id, name, kind in assets.made.values()),
        boundaries=tuple(
            TrustBoundary(
                id=around[boundary.id],
                name=f"Boundary {n}",
                trust=boundary.trust,
                within=around[boundary.within] if boundary.within else None,
            )
            for n, boundary in enumerate(system.boundaries, 1)
        ),
        elements=tuple(
            Element(
                id=elements.made[element.id][0],
                name=elements.made[element.id][1],
                technology=elements.made[element.id][2],
                also=_other(library, element),
                boundary=around[element.boundary] if element.boundary else None,
            )
            for element in system.elements
        ),
        flows=tuple(
            Flow(
                id=f"f{n}",
                name=f"{_FLOW} {n}",
                source=elements.made[flow.source][0],
                target=elements.made[flow.target][0],
                carries=None if flow.carries is None else tuple(assets.made[id][0] for id in flow.carries),
            )
            for n, flow in enumerate(system.flows, 1)
        ),
    )


def _other(library: Library, element: Element) -> str | None:
    """Return the second technology of an element as everybody may know it; None where that tells nothing more."""
    found = None if element.also is None else public_technology(library, element.also).id
    return None if found == public_technology(library, element.technology).id else found


class _Aliases:
    """What parts are called instead of their names: by their own id, an id, a name and a kind."""

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._counted: Counter[str] = Counter()
        self.made: dict[str, tuple[str, str, str]] = {}

    def add(self, id: str, kind: Technology | AssetKind) -> None:
        """Give the next part of a kind its alias."""
        self._counted[kind.id] += 1
        self.made[id] = f"{self._letter}{len(self.made) + 1}", f"{kind.name} {self._counted[kind.id]}", kind.id


def boundaries_only(system: System) -> System:
    """Return nothing of the drawing but its boundaries, numbered, each in the one it is in."""
    around = {boundary.id: f"b{n}" for n, boundary in enumerate(system.boundaries, 1)}
    return System(
        id=system.id,
        name=system.name,
        version=system.version,
        boundaries=tuple(
            TrustBoundary(
                id=around[boundary.id],
                name=f"Boundary {n}",
                within=around[boundary.within] if boundary.within else None,
            )
            for n, boundary in enumerate(system.boundaries, 1)
        ),
    )


def size_in_words(system: System) -> str:
    """Return how large a system is, in words."""
    parts, around = len(system.elements), len(system.boundaries)
    of_parts = f"{parts} part{'' if parts == 1 else 's'}"
    return f"The system has {of_parts} in {around} trust {'boundary' if around == 1 else 'boundaries'}."


def counted_by_kind(subjects: Iterable[str], system: System, library: Library) -> str:
    """Return what kinds of things some subjects are, and how many of each: 'Vector store (2), Data flow'."""
    elements = {element.id: element for element in system.elements}
    flows = {flow.id for flow in system.flows}
    counted: Counter[str] = Counter()
    for id in subjects:
        if id in elements:
            counted[public_technology(library, elements[id].technology).name] += 1
        elif id in flows:
            counted[_FLOW] += 1
        elif id == system.id:
            counted[_SYSTEM] += 1
    return ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(counted.items()))
