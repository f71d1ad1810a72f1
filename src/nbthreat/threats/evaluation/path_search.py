"""Path search: many path questions followed through one graph at once, one bit each."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from nbthreat.threats.evaluation.index import SystemIndex
from nbthreat.threats.graph import Reached, spread, transpose_to_rows, transpose_to_sets


class PathSearch(NamedTuple):
    """Where one search starts and may go. Path questions with equal searches share a bit."""

    begins: int  # the elements at which it starts
    barred: int  # the elements it may not touch
    passes: int  # the flows it may take


def search(
    searches: Collection[PathSearch], index: SystemIndex, *, forward: bool, budget: int
) -> tuple[Reached, list[int]]:
    """Follow all searches together, the n-th as bit n; `forward` ones against the flows, back from where data lands.

    Returns how the bits spread, and for each search the set of elements it reaches by at least one flow. Raises
    BudgetSpentError after `budget` flows looked at.
    """
    size, every = len(index.elements), (1 << len(searches)) - 1
    found = spread(
        index.graph.entering if forward else index.graph.leaving,
        starts=transpose_to_rows([path.begins & ~path.barred for path in searches], size),
        enters=[every & ~barred for barred in transpose_to_rows([path.barred for path in searches], size)],
        relays=index.relays,
        passes=transpose_to_rows([path.passes for path in searches], len(index.flows)),
        budget=budget,
    )
    return found, transpose_to_sets(found.arrived, len(searches))
