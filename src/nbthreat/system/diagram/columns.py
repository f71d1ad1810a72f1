"""By columns: boxes laid along the flows, boundary by boundary, which needs nothing but Python."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from nbthreat.system.diagram.geometry import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_GAP,
    HEADROOM,
    PADDING,
    ROW_GAP,
    Point,
    boundary_rects,
    chains,
    from_origin,
    moved,
    outermost_first,
)
from nbthreat.system.model import System

_COLUMN_LIMIT = 5  # blocks up to which a column is never cut
_WIDEST = 8  # columns up to which a picture is never folded
_SHAPE = 3.0  # width by height that folding is to bring about
_SWEEPS = 4  # times each column is sorted
_TRIES = 12  # boundaries that are tried a second time

Edge = tuple[str, str]
Size = tuple[float, float]
T = TypeVar("T")


def by_columns(system: System) -> dict[str, Point]:
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
            corners[id_] = moved(corners[id_], corners[outer])
    middle = (BOX_WIDTH / 2, BOX_HEIGHT / 2)
    return from_origin(
        {
            element.id: moved(moved(corners[element.id], middle), corners.get(element.boundary or "", (0.0, 0.0)))
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
        sources, targets = (*of[flow.source], flow.source), (*of[flow.target], flow.target)
        depth = next(n for n, (source, target) in enumerate(zip(sources, targets, strict=False)) if source != target)
        edges[sources[depth - 1] if depth else None].append((sources[depth], targets[depth]))
        for near, far in ((sources, flow.target), (targets, flow.source)):
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
        corners.update({block: moved(corner, (0.0, below)) for block, corner in found.items()})
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
        trail, pending = {start}, [(start, iter(after[start]))]
        while pending:
            block, rest = pending[-1]
            following = next(rest, None)
            if following is None:
                pending.pop()
                trail.discard(block)
                finished.append(block)
            elif following not in trail:
                kept[block].append(following)
                if following not in seen:
                    seen.add(following)
                    trail.add(following)
                    pending.append((following, iter(after[following])))
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
