"""Path search: path questions followed through one graph, all at once, one bit each."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from nbthreat.threats.evaluation.index import SystemIndex
from nbthreat.threats.graph import Reached, columns, rows, spread


class PathSearch(NamedTuple):
    """What one bit may do. Path questions with equal searches share a bit."""

    begins: int  # the elements at which it starts
    barred: int  # the elements it may not touch
    passes: int  # the flows it may take


def search(
    searches: Collection[PathSearch], index: SystemIndex, *, forward: bool, budget: int
) -> tuple[Reached, list[int]]:
    """Follow all searches, bit n for the n-th; `forward` searches are followed back from where they end.

    Returns how they spread, and for each path the elements at which it arrives by at least one flow. Raises
    BudgetSpentError after `budget` flows looked at.
    """
    size, every = len(index.elements), (1 << len(searches)) - 1
    found = spread(
        index.graph.entering if forward else index.graph.leaving,
        starts=rows([path.begins & ~path.barred for path in searches], size),
        enters=[every & ~barred for barred in rows([path.barred for path in searches], size)],
        relays=index.relays,
        passes=rows([path.passes for path in searches], len(index.flows)),
        budget=budget,
    )
    return found, columns(found.arrived, len(searches))
