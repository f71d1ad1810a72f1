"""Rectangles: the sizes everything is drawn at, what lies on what, and how far a boundary reaches.

All lengths are in user units of the drawing, one of which is one CSS pixel; y grows downwards.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from nbthreat.system.model import System

Point = tuple[float, float]

BOX_WIDTH = 160.0
BOX_HEIGHT = 66.0
PADDING = 26.0
"""Room between a boundary and what is in it: left, right and below."""
HEADROOM = 50.0
"""Room above, where the boundary's own label goes."""
COLUMN_GAP = 128.0
ROW_GAP = 64.0
"""Room between boxes beside each other, and above each other, where nobody placed them."""


class Rect(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top

    @property
    def middle(self) -> Point:
        """The point in the middle of it."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlaps(self, other: Rect) -> bool:
        """Say whether the two share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Rect) -> bool:
        """Say whether `other` lies wholly in this one."""
        return self == self.with_(other)

    def with_(self, other: Rect) -> Rect:
        """Return the least rectangle round both."""
        return Rect(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def grown(self, by: float) -> Rect:
        """Return this rectangle, larger by as much on every side."""
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def bounded(self) -> Rect:
        """Return how far a boundary reaches whose contents fill this rectangle."""
        return Rect(self.left - PADDING, self.top - HEADROOM, self.right + PADDING, self.bottom + PADDING)


def around(middle: Point, width: float, height: float) -> Rect:
    """Return the rectangle of that size round a point."""
    x, y = middle
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def box(middle: Point) -> Rect:
    """Return the box of an element that is at `middle`."""
    return around(middle, BOX_WIDTH, BOX_HEIGHT)


class RectIndex:
    """Named rectangles, found quickly by where they are. It grows; nothing is taken out.

    `cell` is about the size of what is put in.
    """

    def __init__(self, cell: float = 160.0) -> None:
        self._cell = cell
        self._cells: defaultdict[tuple[int, int], list[tuple[str, Rect]]] = defaultdict(list)

    def add(self, name: str, rect: Rect) -> None:
        """Put in `rect`, which counts as `name`; a point is a rectangle of no size."""
        for cell in self._under(rect):
            self._cells[cell].append((name, rect))

    def at(self, rect: Rect, *, but: Collection[str] = ()) -> int:
        """Return how many rectangles `rect` overlaps, without those named in `but`."""
        near = [self._cells[cell] for cell in self._under(rect) if cell in self._cells]
        left, top, right, bottom = rect
        return len(
            {
                (name, other)
                for some in near
                for name, other in some
                if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom and name not in but
            }
        )

    def over(self, point: Point, *, but: Collection[str] = ()) -> int:
        """Return how many rectangles the point is in, without those named in `but`."""
        x, y = point
        near = self._cells.get((math.floor(x / self._cell), math.floor(y / self._cell)), ())
        return sum(
            name not in but for name, (left, top, right, bottom) in near if left < x < right and top < y < bottom
        )

    def _under(self, rect: Rect) -> list[tuple[int, int]]:
        columns = range(math.floor(rect.left / self._cell), math.floor(rect.right / self._cell) + 1)
        rows = range(math.floor(rect.top / self._cell), math.floor(rect.bottom / self._cell) + 1)
        return [(column, row) for column in columns for row in rows]


def outermost_first(system: System) -> tuple[str, ...]:
    """Return the ids of all boundaries, each after the one it is in, by id where nothing else decides."""
    inside: defaultdict[str | None, list[str]] = defaultdict(list)
    for boundary in system.boundaries:
        inside[boundary.within].append(boundary.id)
    waiting = sorted(inside[None], reverse=True)
    order = []
    while waiting:
        here = waiting.pop()
        order.append(here)
        waiting.extend(sorted(inside[here], reverse=True))
    return tuple(order)


def chains(system: System) -> dict[str, tuple[str, ...]]:
    """Return, for each element, the boundaries it is in, outermost first."""
    within = {boundary.id: boundary.within for boundary in system.boundaries}
    of_boundary: dict[str | None, tuple[str, ...]] = {None: ()}
    for id_ in outermost_first(system):
        of_boundary[id_] = (*of_boundary[within[id_]], id_)
    return {element.id: of_boundary[element.boundary] for element in system.elements}


def boundary_rects(
    system: System, positions: Mapping[str, Point], empty: Mapping[str, Rect] | None = None
) -> dict[str, Rect]:
    """Return how far each boundary reaches, outermost first.

    Those with no element anywhere inside are left out, but for those whose own rectangle is in `empty`.
    """
    order = outermost_first(system)
    within = {boundary.id: boundary.within for boundary in system.boundaries}
    contents: dict[str, Rect] = {}

    def put(into: str | None, rect: Rect) -> None:
        if into is not None:
            contents[into] = contents[into].with_(rect) if into in contents else rect

    for element in system.elements:
        if element.id in positions:
            put(element.boundary, box(positions[element.id]))
    found = dict(empty or {})
    for id_ in reversed(order):
        if id_ in contents:
            found[id_] = contents[id_].bounded()
        if id_ in found:
            put(within[id_], found[id_])
    return {id_: found[id_] for id_ in order if id_ in found}


def moved(place: Point, by: Point) -> Point:
    """Return `place` further right and down by so much."""
    return place[0] + by[0], place[1] + by[1]


def from_origin(places: Mapping[str, Point]) -> dict[str, Point]:
    """Return the same picture with its leftmost and topmost box at nought."""
    left = min((x for x, _ in places.values()), default=0.0)
    top = min((y for _, y in places.values()), default=0.0)
    return {id_: (x - left, y - top) for id_, (x, y) in places.items()}
