"""Graphs: which elements data can come from, all questions in one pass, one bit a question.

Elements and flows are numbered in the order of their ids, so that the order in a file changes nothing. A set of
elements or flows is one Python integer, bit n for number n.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbthreat.model import System

Parents = list[list[tuple[int, int, int]]]
"""For each element, in order of arrival: (bits that arrived, element they came from, flow they came by)."""


class BudgetSpentError(Exception):
    """More steps were needed than were allowed; the caller says so to people."""


def bits(numbers: Iterable[int], size: int) -> int:
    """Return the set of `numbers`, each below `size`, in time linear in their count."""
    digits = bytearray(b"0") * (size + 1)
    for n in numbers:
        digits[size - n] = 49  # a one
    return int(digits, 2)


def members(found: int) -> Iterator[int]:
    """Yield the numbers in a set, lowest first."""
    text = bin(found)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


@dataclass(frozen=True, slots=True)
class Graph:
    """The numbers of a system's elements and flows, and what touches what."""

    ids: tuple[str, ...]
    flows: tuple[str, ...]
    sources: tuple[int, ...]  # by flow number
    targets: tuple[int, ...]
    leaving: tuple[tuple[tuple[int, int], ...], ...]  # by element number: (target, flow)
    entering: tuple[tuple[tuple[int, int], ...], ...]  # by element number: (source, flow)

    @classmethod
    def of(cls, system: System) -> Graph:
        """Number the elements and flows of `system`."""
        ids = tuple(sorted(element.id for element in system.elements))
        number = {id: n for n, id in enumerate(ids)}
        flows = sorted(system.flows, key=lambda flow: flow.id)
        leaving: list[list[tuple[int, int]]] = [[] for _ in ids]
        entering: list[list[tuple[int, int]]] = [[] for _ in ids]
        for n, flow in enumerate(flows):
            source, target = number[flow.source], number[flow.target]
            leaving[source].append((target, n))
            entering[target].append((source, n))
        return cls(
            ids=ids,
            flows=tuple(flow.id for flow in flows),
            sources=tuple(number[flow.source] for flow in flows),
            targets=tuple(number[flow.target] for flow in flows),
            leaving=tuple(map(tuple, leaving)),
            entering=tuple(map(tuple, entering)),
        )


@dataclass(slots=True)
class Spread:
    """Where each bit got to, and how."""

    starts: list[int]  # by element: bits that begin there
    arrived: list[int]  # by element: bits that came by at least one flow
    parents: Parents
    steps: int = 0

    def way(self, element: int, bit: int) -> tuple[list[int], list[int]]:
        """Return one shortest way by which `bit` reached `element`: elements from its start, and the flows between."""
        elements, flows = [element], []
        here = element
        while True:
            here, flow = next((come, by) for found, come, by in self.parents[here] if found & bit)
            elements.append(here)
            flows.append(flow)
            if self.starts[here] & bit:
                return elements[::-1], flows[::-1]


def spread(
    edges: tuple[tuple[tuple[int, int], ...], ...],
    *,
    starts: list[int],
    enters: list[int],
    relays: list[bool],
    passes: list[int],
    budget: int,
) -> Spread:
    """Let bits travel along `edges` (`Graph.leaving`, or `Graph.entering` to go backwards), breadth first.

    By element: `starts` holds the bits that begin there, `enters` those that may arrive, `relays` whether any travel
    on. By flow: `passes` holds the bits it lets through. Raises BudgetSpentError after `budget` flows looked at.
    """
    count = len(edges)
    arrived = [0] * count
    parents: Parents = [[] for _ in range(count)]
    seen = starts[:]
    steps = 0
    wave = {n: found for n, found in enumerate(starts) if found}
    while wave:
        following: dict[int, int] = {}
        for here, travelling in wave.items():
            steps += len(edges[here])
            for there, flow in edges[here]:
                fresh = travelling & passes[flow] & enters[there] & ~arrived[there]
                if not fresh:
                    continue
                arrived[there] |= fresh
                parents[there].append((fresh, here, flow))
                onward = fresh & ~seen[there] if relays[there] else 0
                if onward:
                    seen[there] |= onward
                    following[there] = following.get(there, 0) | onward
        if steps > budget:
            raise BudgetSpentError
        wave = following
    return Spread(starts=starts, arrived=arrived, parents=parents, steps=steps)
