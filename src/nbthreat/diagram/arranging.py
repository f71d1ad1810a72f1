"""Arranging: where the boxes go when nobody put them anywhere.

What people placed stays where it is. For the rest the Graphviz program `dot` is asked where there is one and the
system is not too large for it; otherwise boxes are laid in columns along the flows, which needs nothing but Python.
Either way boxes do not overlap, and a boundary covers nothing that is not in it.
"""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from nbthreat.diagram.geometry import (
    BOX_HEIGHT,
    BOX_WIDTH,
    HEADROOM,
    PADDING,
    Index,
    Point,
    Rect,
    boundary_rects,
    box,
    chains,
    outermost_first,
)
from nbthreat.model import FrozenMap, System

COLUMN_GAP = 128.0
ROW_GAP = 64.0

DOT_LIMIT = 300
DOT_FLOW_LIMIT = 400
"""Elements or boundaries, and flows, above which `dot` is not asked: it would take longer than a person waits."""
DOT_SECONDS = 4.0

_POINTS_PER_INCH = 72
_CLEARANCE = 20.0  # least room round a box that is fitted in between others
_RINGS = 5  # how far from its wish a free place is looked for
_SHELF = 8  # boxes in a row beneath everything, where there was no free place
_COLUMN_LIMIT = 5  # blocks up to which a column is never cut
_WIDEST = 8  # columns up to which a picture is never folded
_SHAPE = 3.0  # width by height that folding is to bring about
_SWEEPS = 4  # times each column is sorted
_TRIES = 12  # boundaries that are tried a second time

Edge = tuple[str, str]
Size = tuple[float, float]
T = TypeVar("T")


def arrange(system: System) -> FrozenMap[Point]:
    """Return the middle of each element's box, in the author's order of elements.

    Positions in `system.layout` are returned as they are. The others get a place that overlaps none of them.
    """
    stored = system.layout
    places: Mapping[str, Point] = stored
    if len(stored) < len(system.elements):
        found = _by_dot(system) or _by_columns(system)
        places = _fitted(system, found) if stored else found
    return FrozenMap((element.id, places[element.id]) for element in system.elements)


# By Graphviz


def _by_dot(system: System) -> dict[str, Point] | None:
    """Return where `dot` puts the elements; None where there is no dot, it fails, or it is not asked."""
    program = shutil.which("dot")
    counts = len(system.elements), len(system.boundaries)
    if program is None or max(counts) > DOT_LIMIT or len(system.flows) > DOT_FLOW_LIMIT:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a program from PATH, no shell, and input without any user's text
            [program, "-Tplain"],
            input=_dot_source(system),
            capture_output=True,
            encoding="utf-8",
            timeout=DOT_SECONDS,
            check=True,
        ).stdout
        places = _dot_places(answer, [element.id for element in system.elements])
    except (OSError, ArithmeticError, ValueError, LookupError, subprocess.SubprocessError):
        return None
    return places if _is_sound(system, places) else None


def _is_sound(system: System, places: Mapping[str, Point]) -> bool:
    """Say whether no box overlaps another, nor a boundary that it is not in."""
    taken = Index()
    for place in places.values():
        taken.add(str(place), box(place))
    of, reaches = chains(system), boundary_rects(system, places)
    return len(set(places.values())) == len(places) and all(
        taken.at(box(place)) == 1
        and not any(reach.overlaps(box(place)) for outer, reach in reaches.items() if outer not in of[id_])
        for id_, place in places.items()
    )


def _dot_source(system: System) -> str:
    """Return the system in DOT: boxes of one size named by number, so that nothing anybody wrote is in it."""
    import graphviz

    size = {"width": _inches(BOX_WIDTH), "height": _inches(BOX_HEIGHT)}
    numbers = {element.id: f"n{n}" for n, element in enumerate(system.elements)}
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "nodesep": _inches(ROW_GAP),
            "ranksep": _inches(COLUMN_GAP),
            "splines": "false",
            "newrank": "true",
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": "", **size},
        edge_attr={"arrowhead": "none"},
    )
    clusters = {
        id_: graphviz.Digraph(name=f"cluster_{n}", graph_attr={"margin": str(PADDING), "label": _dot_headroom()})
        for n, id_ in enumerate(outermost_first(system))
    }
    for element in system.elements:
        place = graph if element.boundary is None else clusters[element.boundary]
        place.node(numbers[element.id])
    within = {boundary.id: boundary.within for boundary in system.boundaries}
    for id_ in reversed(outermost_first(system)):
        outer = within[id_]
        (graph if outer is None else clusters[outer]).subgraph(clusters[id_])
    said: dict[Edge, None] = {}
    for flow in system.flows:
        if flow.source != flow.target and (flow.target, flow.source) not in said:  # an answer must not turn the picture
            said[flow.source, flow.target] = None
    for source, target in said:
        graph.edge(numbers[source], numbers[target])
    return str(graph.source)


def _dot_headroom() -> str:
    """Return a cluster label that takes up a boundary label's room and says nothing."""
    table = f'<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{BOX_WIDTH:.0f}" HEIGHT="{HEADROOM - PADDING:.0f}">'
    return f"<{table}<TR><TD></TD></TR></TABLE>>"


def _inches(length: float) -> str:
    return f"{length / _POINTS_PER_INCH:.4f}"


def _dot_places(plain: str, ids: Sequence[str]) -> dict[str, Point]:
    """Return the places in dot's `plain` answer; ArithmeticError, ValueError or LookupError where it is not one."""
    lines = [line.split() for line in plain.splitlines()]
    found = {
        words[1]: (round(float(words[2]) * _POINTS_PER_INCH), -round(float(words[3]) * _POINTS_PER_INCH))
        for words in lines
        if words[:1] == ["node"]
    }
    return _from_origin({id_: found[f"n{n}"] for n, id_ in enumerate(ids)})


def _from_origin(places: Mapping[str, Point]) -> dict[str, Point]:
    """Return the same picture with its leftmost and topmost box at nought."""
    left = min((x for x, _ in places.values()), default=0.0)
    top = min((y for _, y in places.values()), default=0.0)
    return {id_: (x - left, y - top) for id_, (x, y) in places.items()}


# By columns


def _by_columns(system: System) -> dict[str, Point]:
    """Return places in columns along the flows, boundary by boundary from the innermost out.

    Laid once as if nothing were outside a boundary; then, one boundary after the other, its contents are drawn
    towards where their flows lead outside, and that is kept where it makes the flows shorter. Only names and the
    order of flows decide, not the order of elements.
    """
    pulls: dict[str, list[float]] = {}
    best = _laid(system, pulls)
    for boundary in outermost_first(system)[:_TRIES]:
        drawn = {**pulls, **_pulls(system, best, boundary)}
        places = _laid(system, drawn)
        if _length(system, places) < _length(system, best):
            pulls, best = drawn, places
    return best


def _length(system: System, places: Mapping[str, Point]) -> int:
    return round(sum(math.dist(places[flow.source], places[flow.target]) for flow in system.flows))


def _laid(system: System, pulls: Mapping[str, Sequence[float]]) -> dict[str, Point]:
    """Return places in columns; `pulls` are the heights, in rows from the middle, where flows leave a boundary to."""
    within: dict[str, str | None] = {boundary.id: boundary.within for boundary in system.boundaries}
    inside: defaultdict[str | None, list[str]] = defaultdict(list)
    for element in system.elements:
        inside[element.boundary].append(element.id)
    sizes: dict[str, Size] = {element.id: (BOX_WIDTH, BOX_HEIGHT) for element in system.elements}
    edges, _ = _lifted(system)
    corners: dict[str, Point] = {}
    for id_ in reversed(outermost_first(system)):
        if inside[id_]:
            found, (width, height) = _laid_out(sorted(inside[id_]), edges[id_], sizes, pulls)
            corners.update({block: (x + PADDING, y + HEADROOM) for block, (x, y) in found.items()})
            sizes[id_] = (width + 2 * PADDING, height + HEADROOM + PADDING)
            inside[within[id_]].append(id_)
    corners.update(_laid_out(sorted(inside[None]), edges[None], sizes, pulls)[0])
    for id_ in outermost_first(system):
        outer = within[id_]
        if id_ in corners and outer is not None:
            corners[id_] = _moved(corners[id_], corners[outer])
    middle = (BOX_WIDTH / 2, BOX_HEIGHT / 2)
    return _from_origin(
        {
            element.id: _moved(_moved(corners[element.id], middle), corners.get(element.boundary or "", (0.0, 0.0)))
            for element in system.elements
        }
    )


def _pulls(system: System, places: Mapping[str, Point], boundary: str) -> dict[str, list[float]]:
    """Return, for each block in a boundary with flows out of it, how far from its middle those lead, in rows."""
    reach = boundary_rects(system, places).get(boundary)
    _, outward = _lifted(system)
    pulls: defaultdict[str, list[float]] = defaultdict(list)
    for block, container, far in outward:
        if reach and container == boundary:
            pulls[block].append((places[far][1] - reach.middle[1]) / (BOX_HEIGHT + ROW_GAP))
    return pulls


def _moved(place: Point, by: Point) -> Point:
    return place[0] + by[0], place[1] + by[1]


def _lifted(system: System) -> tuple[defaultdict[str | None, list[Edge]], list[tuple[str, str, str]]]:
    """Return the flows as the blocks see them: boundaries with all that is in them, and elements.

    First, for each boundary and for the space outside all, the flows between the blocks that lie directly in it.
    Then, for each flow that leaves a boundary, the block there, the boundary, and the element at the far end.
    """
    of = chains(system)
    edges: defaultdict[str | None, list[Edge]] = defaultdict(list)
    outward: list[tuple[str, str, str]] = []
    for flow in system.flows:
        if flow.source == flow.target:
            continue
        one, other = (*of[flow.source], flow.source), (*of[flow.target], flow.target)
        depth = next(n for n, (source, target) in enumerate(zip(one, other, strict=False)) if source != target)
        edges[one[depth - 1] if depth else None].append((one[depth], other[depth]))
        for near, far in ((one, flow.target), (other, flow.source)):
            outward += [(block, container, far) for container, block in pairwise(near[depth:])]
    return edges, outward


def _laid_out(
    blocks: Sequence[str], edges: Iterable[Edge], sizes: Mapping[str, Size], pulls: Mapping[str, Sequence[float]]
) -> tuple[dict[str, Point], Size]:
    """Return the upper left corner of each block, and the size of it all.

    Where there are very many columns they are folded into bands beneath each other, as lines of text are.
    """
    columns = _columns(blocks, list(dict.fromkeys(edges)), pulls)
    corners, (width, height) = _band(columns, sizes)
    bands = round(math.sqrt(width / height / _SHAPE)) if len(columns) > _WIDEST else 1
    if bands <= 1:
        return corners, (width, height)
    right = below = 0.0
    for part in _parts(columns, math.ceil(len(columns) / bands)):
        found, (width, height) = _band(part, sizes)
        corners.update({block: _moved(corner, (0.0, below)) for block, corner in found.items()})
        right, below = max(right, width), below + height + 2 * ROW_GAP
    return corners, (right, below - 2 * ROW_GAP)


def _band(columns: Sequence[Sequence[str]], sizes: Mapping[str, Size]) -> tuple[dict[str, Point], Size]:
    """Return the upper left corner of each block, and the size of it all, with columns centred on one line."""
    heights = [sum(sizes[block][1] for block in column) + ROW_GAP * (len(column) - 1) for column in columns]
    tallest = max(heights, default=0.0)
    corners: dict[str, Point] = {}
    x = right = 0.0
    for column, height in zip(columns, heights, strict=True):
        inset = PADDING if all(sizes[block][1] > BOX_HEIGHT for block in column) else 0.0  # boundaries bring room along
        x = max(0.0, x - inset)
        width = max(sizes[block][0] for block in column)
        y = (tallest - height) / 2
        for block in column:
            corners[block] = (x + (width - sizes[block][0]) / 2, y)
            y += sizes[block][1] + ROW_GAP
        right = x + width
        x = right + COLUMN_GAP - inset
    return corners, (right, tallest)


def _columns(blocks: Sequence[str], edges: Sequence[Edge], pulls: Mapping[str, Sequence[float]]) -> list[list[str]]:
    """Return the blocks in columns, left to right, each from top to bottom; long ones are cut."""
    order, kept = _without_circles(blocks, edges)
    ranks = _ranks(order, kept)
    by_rank: defaultdict[int, list[str]] = defaultdict(list)
    for block in order:
        by_rank[ranks[block]].append(block)
    columns = _untangled([by_rank[rank] for rank in sorted(by_rank)], edges, pulls)
    longest = max(_COLUMN_LIMIT, math.ceil(math.sqrt(len(blocks))))
    return [part for column in columns for part in _parts(column, longest)]


def _parts(things: Sequence[T], longest: int) -> Iterator[list[T]]:
    """Cut a column, or a row of columns, into as few parts as needed, all about as long."""
    count = math.ceil(len(things) / longest)
    for n in range(count):
        yield list(things[n * len(things) // count : (n + 1) * len(things) // count])


def _without_circles(blocks: Sequence[str], edges: Sequence[Edge]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the blocks so that every flow kept leads forwards, and the flows kept.

    Whatever would lead back, such as the answer to a question, is left out; it is the flow said first that counts.
    """
    after: dict[str, list[str]] = {block: [] for block in blocks}
    for source, target in edges:
        if source not in after[target]:
            after[source].append(target)
    entered = {target for targets in after.values() for target in targets}
    said = {source: -n for n, (source, _) in reversed(list(enumerate(edges)))}
    starts = sorted(blocks, key=lambda block: (block in entered, -said.get(block, -len(edges)), block))
    kept: dict[str, list[str]] = {block: [] for block in blocks}
    finished: list[str] = []
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        trail, here = {start}, [(start, iter(after[start]))]
        while here:
            block, rest = here[-1]
            following = next(rest, None)
            if following is None:
                here.pop()
                trail.discard(block)
                finished.append(block)
            elif following not in trail:
                kept[block].append(following)
                if following not in seen:
                    seen.add(following)
                    trail.add(following)
                    here.append((following, iter(after[following])))
    return finished[::-1], kept


def _ranks(order: Sequence[str], kept: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the column of each block: after all that flow into it or, where nothing does, just before the next."""
    ranks = dict.fromkeys(order, 0)
    entered = set()
    for block in order:
        for following in kept[block]:
            ranks[following] = max(ranks[following], ranks[block] + 1)
            entered.add(following)
    for block in order:
        if kept[block] and block not in entered:
            ranks[block] = min(ranks[following] for following in kept[block]) - 1
    return ranks


def _untangled(
    columns: list[list[str]], edges: Sequence[Edge], pulls: Mapping[str, Sequence[float]]
) -> list[list[str]]:
    """Return the columns with each block moved towards the height of those it has flows with, here and outside."""
    near: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        near[source].append(target)
        near[target].append(source)
    for sweep in range(_SWEEPS):
        heights = {block: n - (len(column) - 1) / 2 for column in columns for n, block in enumerate(column)}
        for column in columns if sweep % 2 == 0 else reversed(columns):
            drawn = {block: [*(heights[other] for other in near[block]), *pulls.get(block, ())] for block in column}
            wanted = sorted((statistics.fmean(drawn[block] or [heights[block]]), block) for block in column)
            column[:] = [block for _, block in wanted]
            heights.update({block: n - (len(column) - 1) / 2 for n, block in enumerate(column)})
    return columns


# Between what people placed


def _fitted(system: System, wishes: Mapping[str, Point]) -> dict[str, Point]:
    """Return the stored places and, for every other element, the free place nearest to where it would have been."""
    free = _FreePlaces(system)
    shifts = _shifts(system, wishes)
    for element in system.elements:
        if element.id not in system.layout:
            shift = shifts.get(element.boundary, shifts[None])
            free.take(element.id, _moved(wishes[element.id], shift))
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
        self._taken = Index()
        for id_, place in self.places.items():
            self._taken.add(id_, box(place))
        rects = [*self._reach.values(), *(box(place) for place in self.places.values())]
        self._left = min(rect.left for rect in rects) + BOX_WIDTH / 2
        self._below = max(rect.bottom for rect in rects)
        self._shelf: list[Point] = []

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
        """Return the next place on a shelf beneath everything; a full or cluttered shelf is followed by another."""
        while not (self._shelf and self._is_free(self._shelf[-1])):
            if self._shelf:
                self._shelf.pop()
            else:
                y = self._below + HEADROOM + BOX_HEIGHT
                self._shelf = [(self._left + n * (BOX_WIDTH + COLUMN_GAP), y) for n in reversed(range(_SHELF))]
        return self._shelf.pop()


def _rings(wish: Point) -> Iterator[Point]:
    """Yield the wish, then places in ever wider rings round it, nearest first."""
    across, down = (BOX_WIDTH + _CLEARANCE) / 2, (BOX_HEIGHT + _CLEARANCE) / 2
    steps = [(i, j) for i in range(-_RINGS, _RINGS + 1) for j in range(-_RINGS, _RINGS + 1)]
    for i, j in sorted(steps, key=lambda step: (math.hypot(step[0] * across, step[1] * down), step)):
        yield wish[0] + i * across, wish[1] + j * down
