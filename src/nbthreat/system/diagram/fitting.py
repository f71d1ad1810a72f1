"""Fitting: room for the boxes nobody placed between those that somebody did."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping

from nbthreat.system.diagram.geometry import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_GAP,
    HEADROOM,
    Point,
    Rect,
    RectIndex,
    boundary_rects,
    box,
    chains,
    moved,
)
from nbthreat.system.model import System

_CLEARANCE = 20.0  # least room round a box that is fitted in between others
_RINGS = 5  # how far from its wish a free place is looked for
_ROW_LENGTH = 8  # boxes in a row beneath everything, where there was no free place


def fitted(system: System, wishes: Mapping[str, Point]) -> dict[str, Point]:
    """Return the stored places and, for every other element, the free place nearest to where it would have been."""
    free = _FreePlaces(system)
    shifts = _shifts(system, wishes)
    for element in system.elements:
        if element.id not in system.layout:
            shift = shifts.get(element.boundary, shifts[None])
            free.take(element.id, moved(wishes[element.id], shift))
    return free.places


def _shifts(system: System, wishes: Mapping[str, Point]) -> dict[str | None, Point]:
    """Return how far people moved things, by boundary, and under None on the whole: medians, whole numbers."""
    moves: defaultdict[str | None, list[Point]] = defaultdict(list)
    for element in system.elements:
        if element.id in system.layout:
            (x, y), (was_x, was_y) = system.layout[element.id], wishes[element.id]
            for group in dict.fromkeys((element.boundary, None)):
                moves[group].append((x - was_x, y - was_y))
    return {
        group: (round(statistics.median(x for x, _ in some)), round(statistics.median(y for _, y in some)))
        for group, some in moves.items()
    }


class _FreePlaces:
    """What is taken so far, and so where there is room."""

    def __init__(self, system: System) -> None:
        self.places: dict[str, Point] = dict(system.layout)
        self._chains = chains(system)
        self._reach = boundary_rects(system, self.places)
        self._taken = RectIndex()
        for id_, place in self.places.items():
            self._taken.add(id_, box(place))
        rects = [*self._reach.values(), *(box(place) for place in self.places.values())]
        self._left = min(rect.left for rect in rects) + BOX_WIDTH / 2
        self._below = max(rect.bottom for rect in rects)
        self._row: list[Point] = []

    def take(self, id_: str, wish: Point) -> None:
        """Give the element the free place nearest to its wish, or one beneath everything."""
        near = (place for place in _rings(wish) if self._is_free(place) and not self._misleads(id_, place))
        place = next(near, None) or self._beneath()
        self.places[id_] = place
        self._taken.add(id_, box(place))
        self._reach.update(self._grown(id_, place))
        self._below = max(self._below, box(place).bottom, *(self._reach[outer].bottom for outer in self._chains[id_]))

    def _is_free(self, place: Point) -> bool:
        return not self._taken.at(box(place).grown(_CLEARANCE))

    def _grown(self, id_: str, place: Point) -> dict[str, Rect]:
        """Return how far the element's boundaries would reach with it at `place`."""
        grown = {}
        rect = box(place)
        for outer in reversed(self._chains[id_]):
            rect = rect.bounded()
            rect = self._reach[outer].with_(rect) if outer in self._reach else rect
            grown[outer] = rect
        return grown

    def _misleads(self, id_: str, place: Point) -> bool:
        """Say whether something would seem to be in a boundary that it is not in."""
        chain = self._chains[id_]
        rect = box(place)
        if any(reach.overlaps(rect) for outer, reach in self._reach.items() if outer not in chain):
            return True
        grown = {outer: reach for outer, reach in self._grown(id_, place).items() if reach != self._reach.get(outer)}
        return any(
            reach.overlaps(box(other))
            for outer, reach in grown.items()
            for name, other in self.places.items()
            if outer not in self._chains[name]
        )

    def _beneath(self) -> Point:
        """Return the next place in a row beneath everything; a full or cluttered row is followed by another."""
        while not (self._row and self._is_free(self._row[-1])):
            if self._row:
                self._row.pop()
            else:
                y = self._below + HEADROOM + BOX_HEIGHT
                self._row = [(self._left + n * (BOX_WIDTH + COLUMN_GAP), y) for n in reversed(range(_ROW_LENGTH))]
        return self._row.pop()


def _rings(wish: Point) -> Iterator[Point]:
    """Yield the wish, then places in ever wider rings round it, nearest first."""
    across, down = (BOX_WIDTH + _CLEARANCE) / 2, (BOX_HEIGHT + _CLEARANCE) / 2
    steps = [(i, j) for i in range(-_RINGS, _RINGS + 1) for j in range(-_RINGS, _RINGS + 1)]
    for i, j in sorted(steps, key=lambda step: (math.hypot(step[0] * across, step[1] * down), step)):
        yield wish[0] + i * across, wish[1] + j * down
