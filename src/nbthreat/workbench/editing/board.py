"""Boards: what is edited together, where its boxes stand, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nbthreat.decisions.register import Register
from nbthreat.system import diagram
from nbthreat.system.diagram.geometry import BOX_HEIGHT, BOX_WIDTH, Point, Rect, around, boundary_rects
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary

PARTS: Mapping[str, type[Any]] = {
    "elements": Element,
    "flows": Flow,
    "boundaries": TrustBoundary,
    "assets": Asset,
}
"""The parts of a system that have ids, by the name of the field that holds them."""

NOUNS = {"elements": "element", "flows": "flow", "boundaries": "boundary", "assets": "asset"}

Thing = Element | Flow | TrustBoundary | Asset

EMPTY_WIDTH = BOX_WIDTH + 60
EMPTY_HEIGHT = BOX_HEIGHT + 80
"""The size of a boundary with nothing in it, in pixels of the drawing."""

GAP = 40.0


@dataclass(frozen=True, slots=True)
class Board:
    """A drawing and what was decided about it: what one person edits, and one undo goes back over."""

    system: System
    register: Register

    def with_system(self, **fields: Any) -> Board:
        """Return this board with fields of its system changed. Raises ModelError where such a system cannot exist."""
        return replace(self, system=replace(self.system, **fields))


def things(system: System) -> Iterator[tuple[str, Thing]]:
    """Yield everything that has an id, each with the part it is in."""
    for part in PARTS:
        for thing in getattr(system, part):
            yield part, thing


def part_of(system: System, id: str) -> str | None:
    """Return the part in which the thing called `id` is, or None."""
    return next((part for part, thing in things(system) if thing.id == id), None)


class Places:
    """Where everything stands, also what nobody placed; once given, a place stays until somebody moves the thing."""

    def __init__(self) -> None:
        self._given: dict[str, Point] = {}

    def of(self, system: System) -> dict[str, Point]:
        """Return the middle of each element's box and of each empty boundary, by id."""
        missing = [element.id for element in system.elements if element.id not in system.layout]
        if any(id not in self._given for id in missing):
            known = {id: self._given[id] for id in missing if id in self._given}
            self._given.update(diagram.arrange(replace(system, layout=FrozenMap({**system.layout, **known}))))
        found = {element.id: system.layout.get(element.id) or self._given[element.id] for element in system.elements}
        for id in empty_boundaries(system):
            found[id] = system.layout.get(id) or self._given.setdefault(id, free_place(found.values()))
        return found


def empty_boundaries(system: System) -> list[str]:
    """Return the ids of the boundaries in which there is neither an element nor another boundary."""
    full = {element.boundary for element in system.elements} | {boundary.within for boundary in system.boundaries}
    return [boundary.id for boundary in system.boundaries if boundary.id not in full]


def free_place(taken: Any) -> Point:
    """Return a place beneath everything, at the left."""
    points = list(taken)
    if not points:
        return (0.0, 0.0)
    return min(x for x, _ in points), max(y for _, y in points) + EMPTY_HEIGHT + GAP


def regions(system: System, places: Mapping[str, Point]) -> dict[str, Rect]:
    """Return how far each boundary reaches, outermost first; empty ones have a size of their own."""
    empty = {id: around(places[id], EMPTY_WIDTH, EMPTY_HEIGHT) for id in empty_boundaries(system) if id in places}
    return boundary_rects(system, places, empty)
