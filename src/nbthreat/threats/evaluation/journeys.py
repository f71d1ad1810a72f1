"""Journeys: path questions followed through one graph, all at once, a bit a journey."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from nbthreat.threats.evaluation.index import SystemIndex
from nbthreat.threats.graph import Reached, columns, rows, spread


class Journey(NamedTuple):
    """What one bit may do. Path questions with equal journeys share it."""

    begins: int  # the elements at which it starts
    barred: int  # the elements it may not touch
    passes: int  # the flows it may take


def travel(
    journeys: Collection[Journey], index: SystemIndex, *, forward: bool, budget: int
) -> tuple[Reached, list[int]]:
    """Follow all journeys, bit n for the n-th; `forward` journeys are followed back from where they end.

    Returns how they spread, and for each journey the elements at which it arrives by at least one flow. Raises
    BudgetSpentError after `budget` flows looked at.
    """
    size, every = len(index.elements), (1 << len(journeys)) - 1
    found = spread(
        index.graph.entering if forward else index.graph.leaving,
        starts=rows([journey.begins & ~journey.barred for journey in journeys], size),
        enters=[every & ~barred for barred in rows([journey.barred for journey in journeys], size)],
        relays=index.relays,
        passes=rows([journey.passes for journey in journeys], len(index.flows)),
        budget=budget,
    )
    return found, columns(found.arrived, len(journeys))
