"""Routing: the line each flow takes round the boxes, and the free spot beside it where its label is read.

A line is one cubic curve. Lines are chosen in the author's order and labels from the shortest line to the longest,
each the best of a few candidates, so that large systems do not take long.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbthreat.system.diagram.geometry import Point, Rect, RectIndex, around, box
from nbthreat.system.model import Flow

BOW = 46.0
"""How far apart flows between the same two elements are bowed, in the middle."""

_CHOICES = 7
_CLEARANCE = 7.0
_STANDOFF = 3.0
_SAMPLE = 26.0
_FEWEST_SAMPLES, _MOST_SAMPLES = 10, 50
_ALONG = (0.5, 0.44, 0.56, 0.38, 0.62, 0.31, 0.69, 0.24, 0.76, 0.17, 0.83)
_BESIDE = (0.5, 0.3, 0.7)
_RINGS = 14
_RING = 26.0

_ON_BOX, _ON_LABEL, _ON_TITLE, _ON_LINE, _OFF_LINE = 10_000.0, 1_000.0, 300.0, 6.0, 40.0
"""What a label costs for each box, label, boundary title and piece of line under it, and for being off its own line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A cubic curve from the edge of one box to the edge of another."""

    start: Point
    bend: tuple[Point, Point]
    end: Point

    def at(self, part: float) -> Point:
        """Return the point that is `part` of the way along, from 0 to 1."""
        rest = 1 - part
        first, second, third, last = rest**3, 3 * rest * rest * part, 3 * rest * part * part, part**3
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = self.start, *self.bend, self.end
        return (
            first * x1 + second * x2 + third * x3 + last * x4,
            first * y1 + second * y2 + third * y3 + last * y4,
        )

    def samples(self) -> list[Point]:
        """Return points along the line, about as far apart as a line of text is high, but not very many."""
        count = min(_MOST_SAMPLES, max(_FEWEST_SAMPLES, round(math.dist(self.start, self.end) / _SAMPLE)))
        return [self.at(n / count) for n in range(count + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a label is read, and the point of its line that it belongs to where it could not stand on it."""

    rect: Rect
    leader: Point | None = None


def lines(flows: Sequence[Flow], middles: Mapping[str, Point], titles: Iterable[Rect]) -> dict[str, Curve]:
    """Return the line of each flow, by flow id: apart from others between the same elements, and round other boxes."""
    boxes, texts = RectIndex(), RectIndex()
    for id_, middle in middles.items():
        boxes.add(id_, box(middle).grown(_CLEARANCE))
    for title in titles:
        texts.add("", title)
    groups: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in flows:
        groups[min(flow.source, flow.target), max(flow.source, flow.target)].append(flow)
    found: dict[str, Curve] = {}
    for (first, second), group in groups.items():
        if first == second:
            found.update({flow.id: _loop(middles[first], n) for n, flow in enumerate(group, start=1)})
        else:
            found.update(_bowed(group, middles, boxes, texts))
    return found


def _loop(middle: Point, size: int) -> Curve:
    """Return a line from the top of a box up and back to it; flows mostly come and go at the sides."""
    rect = box(middle)
    half, out = 14.0 + 10.0 * size, 12.0 + 36.0 * size
    (x, _), y = middle, rect.top - _STANDOFF
    return Curve(start=(x - half, y), bend=((x - half - 10, y - out), (x + half + 10, y - out)), end=(x + half, y))


def _bowed(
    group: Sequence[Flow], middles: Mapping[str, Point], boxes: RectIndex, texts: RectIndex
) -> Iterator[tuple[str, Curve]]:
    """Yield a line for each flow between the same two elements, no two with the same bow."""
    free = _bows(len(group))
    for flow in group:
        ends = (flow.source, flow.target)
        side = 1 if flow.source < flow.target else -1
        best, least = free[0], math.inf
        for bow in free[:_CHOICES]:
            if abs(bow) >= least:
                break
            points = _curve(middles[ends[0]], middles[ends[1]], side * bow).samples()
            cost = abs(bow) + sum(boxes.over(point, but=ends) * 100 + texts.over(point) * 40 for point in points)
            if cost < least:
                best, least = bow, cost
        free.remove(best)
        yield flow.id, _curve(middles[ends[0]], middles[ends[1]], side * best)


def _bows(count: int) -> list[float]:
    """Return how far to bow `count` flows and some more, smallest first."""
    even = count % 2
    steps = [n + (0.0 if even else 0.5) for n in range(-(count // 2) - _CHOICES, count // 2 + _CHOICES)]
    return sorted((step * BOW for step in steps), key=lambda bow: (abs(bow), bow))


def _curve(source: Point, target: Point, bow: float) -> Curve:
    """Return a line between two boxes that passes `bow` beside the middle, to the left of its way."""
    (x, y), (to_x, to_y) = source, target
    length = math.dist(source, target)
    across = ((to_y - y) / length, (x - to_x) / length) if length else (0.0, 1.0)
    over = ((x + to_x) / 2 + across[0] * bow * 2, (y + to_y) / 2 + across[1] * bow * 2)
    start, end = _edge(source, over), _edge(target, over)
    return Curve(start=start, bend=(_between(start, over), _between(end, over)), end=end)


def _between(here: Point, there: Point) -> Point:
    """Return the point two thirds of the way: what makes a cubic curve of a curve with one bend."""
    return here[0] + (there[0] - here[0]) * 2 / 3, here[1] + (there[1] - here[1]) * 2 / 3


def _edge(middle: Point, towards: Point) -> Point:
    """Return where the way from the middle of a box leaves it, a little outside."""
    rect = box(middle).grown(_STANDOFF)
    dx, dy = towards[0] - middle[0], towards[1] - middle[1]
    reaches = [half / abs(d) for half, d in ((rect.width / 2, dx), (rect.height / 2, dy)) if d]
    part = min([*reaches, 1.0]) if reaches else 0.0
    return middle[0] + dx * part, middle[1] + dy * part


def spots(
    routes: Mapping[str, Curve],
    sizes: Mapping[str, tuple[float, float]],
    boxes: Iterable[Rect],
    titles: Iterable[Rect],
) -> dict[str, Spot]:
    """Return where the label of each flow stands, by flow id; `sizes` are widths and heights.

    A label stands on its line where there is room, and else beside it; it does not stand on a box while there is
    room within some 360 units.
    """
    board = _Board(routes, boxes, titles)
    order = sorted(routes, key=lambda id_: math.dist(routes[id_].start, routes[id_].end))
    return {id_: board.place(id_, *sizes[id_]) for id_ in order}


class _Board:
    """What labels must keep off, and the labels that stand already."""

    def __init__(self, routes: Mapping[str, Curve], boxes: Iterable[Rect], titles: Iterable[Rect]) -> None:
        self._routes = routes
        self._boxes, self._titles, self._labels, self._lines = RectIndex(), RectIndex(), RectIndex(), RectIndex(_RING)
        for index, rects in ((self._boxes, boxes), (self._titles, titles)):
            for n, rect in enumerate(rects):
                index.add(str(n), rect.grown(2))
        for id_, line in routes.items():
            for x, y in line.samples():
                self._lines.add(id_, Rect(x, y, x, y))

    def place(self, id_: str, width: float, height: float) -> Spot:
        """Put the label of a flow down at its cheapest place."""
        line = self._routes[id_]
        best, least = Spot(rect=around(line.at(0.5), width, height)), math.inf
        for part in _ALONG:
            rect = around(line.at(part), width, height)
            cost = self._cost(id_, rect, abs(part - 0.5) * 30, least)
            if cost < least:
                best, least = Spot(rect=rect), cost
        if least >= _ON_TITLE:
            best = self._beside(id_, best, least)
        self._labels.add(id_, best.rect.grown(2))
        return best

    def _beside(self, id_: str, best: Spot, least: float) -> Spot:
        """Return the nearest place beside the line that costs less."""
        line = self._routes[id_]
        for ring in range(1, _RINGS + 1):
            for part in _BESIDE:
                for place in _ring(line.at(part), ring * _RING):
                    rect = around(place, best.rect.width, best.rect.height)
                    cost = self._cost(id_, rect, _OFF_LINE + ring, least)
                    if cost < least:
                        best, least = Spot(rect=rect, leader=line.at(part)), cost
            if least < _ON_TITLE:
                break
        return best

    def _cost(self, id_: str, rect: Rect, cost: float, enough: float) -> float:
        """Add what a label costs there to `cost`, dearest first; once that is `enough`, it is not worth looking on."""
        for index, price in ((self._boxes, _ON_BOX), (self._labels, _ON_LABEL), (self._titles, _ON_TITLE)):
            cost += index.at(rect) * price
            if cost >= enough:
                return cost
        return cost + self._lines.at(rect, but=(id_,)) * _ON_LINE


def _ring(middle: Point, radius: float) -> Iterator[Point]:
    """Yield points round `middle`, below and above first, where there is most often room."""
    turns = 12
    for n in range(turns):
        angle = math.pi / 2 + (1 if n % 2 else -1) * math.pi * ((n + 1) // 2) / (turns / 2)
        yield middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)
