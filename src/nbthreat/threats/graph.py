"""Graphs: which elements data can come from; many questions in one pass, each as one bit.

Elements and flows are numbered in the order of their ids, so that the order in a file changes nothing. A set of
elements or flows is one Python integer, bit n for number n.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, count

from nbthreat.system.model import System

Parents = list[list[tuple[int, int, int]]]
"""For each element, in order of arrival: (bits that arrived, element they came from, flow they came by)."""


class BudgetSpentError(Exception):
    """More steps were needed than were allowed; the caller says so to people."""


def bits(numbers: Iterable[int], size: int) -> int:
    """Return the set of `numbers`, each below `size`, in time linear in `size`."""
    digits = bytearray(b"0") * (size + 1)
    for n in numbers:
        digits[size - n] = 49  # a one
    return int(digits, 2)


_FLAGS = bytes.maketrans(b"01", b"\0\1")
_SPARSE = 10  # numbers a member, from which on it is faster to look for the next one than to look at all


def members(found: int) -> Iterable[int]:
    """Return the numbers in a set, lowest first."""
    if found.bit_count() * _SPARSE < found.bit_length():
        return _members_far_apart(found)
    return compress(count(), bin(found)[:1:-1].encode().translate(_FLAGS))


def _members_far_apart(found: int) -> Iterator[int]:
    text = bin(found)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def transpose_to_rows(sets: Iterable[int], size: int) -> list[int]:
    """Return, for each number below `size`, which of `sets` it is in: bit n for the n-th.

    >>> transpose_to_rows([0b01, 0b11], 2)
    [3, 2]
    """
    together: dict[int, int] = defaultdict(int)  # many sets are alike, and then one look is enough
    for n, numbers in enumerate(sets):
        together[numbers] |= 1 << n
    found = [0] * size
    for numbers, mask in together.items():
        for n in members(numbers):
            found[n] |= mask
    return found


def transpose_to_sets(rows: Sequence[int], size: int) -> list[int]:
    """Return the `size` sets that `transpose_to_rows` makes `rows` of.

    >>> transpose_to_sets([3, 2], 2)
    [1, 3]
    """
    if not rows:
        return [0] * size
    digits = "".join([f"{row:0{size}b}" for row in reversed(rows)])
    return [int(digits[size - 1 - n :: size], 2) for n in range(size)]


Edges = tuple[tuple[tuple[int, int], ...], ...]
"""For each element: (element at the other end, flow)."""


@dataclass(frozen=True)
class Graph:
    """The numbers of a system's elements and flows, and what touches what."""

    ids: tuple[str, ...]
    flows: tuple[str, ...]
    sources: tuple[int, ...]  # by flow number
    targets: tuple[int, ...]

    @classmethod
    def of(cls, system: System) -> Graph:
        """Number the elements and flows of `system`."""
        ids = tuple(sorted([element.id for element in system.elements]))
        number = {id: n for n, id in enumerate(ids)}
        drawn = {flow.id: flow for flow in system.flows}
        flows = [drawn[id] for id in sorted(drawn)]
        return cls(
            ids=ids,
            flows=tuple([flow.id for flow in flows]),
            sources=tuple([number[flow.source] for flow in flows]),
            targets=tuple([number[flow.target] for flow in flows]),
        )

    @cached_property
    def leaving(self) -> Edges:
        """By element number: (target, flow)."""
        return self._edges(self.sources, self.targets)

    @cached_property
    def entering(self) -> Edges:
        """By element number: (source, flow)."""
        return self._edges(self.targets, self.sources)

    def _edges(self, here: tuple[int, ...], there: tuple[int, ...]) -> Edges:
        found: list[list[tuple[int, int]]] = [[] for _ in self.ids]
        for n, (near, far) in enumerate(zip(here, there, strict=True)):
            found[near].append((far, n))
        return tuple(map(tuple, found))


@dataclass(slots=True)
class Reached:
    """Where each bit got to, and how."""

    starts: list[int]  # by element: bits that begin there
    arrived: list[int]  # by element: bits that came by at least one flow
    parents: Parents
    steps: int = 0
    _lengths: dict[tuple[int, int], int] = field(default_factory=dict)

    def length(self, element: int, bit: int) -> int:
        """Return how many elements lie on one shortest way by which `bit` reached `element`, its ends included.

        What is found out on the way back is kept: in a long row the ways of all elements share their beginnings.
        """
        here, back = element, []
        while (known := self._lengths.get((here, bit), 0)) == 0:
            back.append(here)
            here = next(come for found, come, _ in self.parents[here] if found & bit)
            if self.starts[here] & bit:
                known = 1
                break
        for far in reversed(back):
            known += 1
            self._lengths[far, bit] = known
        return known

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
    edges: Edges, *, starts: list[int], enters: list[int], relays: list[bool], passes: list[int], budget: int
) -> Reached:
    """Let bits travel along `edges` (`Graph.leaving`, or `Graph.entering` to go backwards), breadth first.

    By element: `starts` holds the bits that begin there, `enters` those that may arrive, `relays` whether any travel
    on. By flow: `passes` holds the bits it lets through. Raises BudgetSpentError after `budget` flows looked at.
    """
    awaited = enters[:]  # the bits that may still arrive
    seen = starts[:]
    parents: Parents = [[] for _ in edges]
    steps = 0
    wave = {n: found for n, found in enumerate(starts) if found}
    while wave:
        following: dict[int, int] = {}
        for here, travelling in wave.items():
            steps += len(edges[here])
            for there, flow in edges[here]:
                fresh = travelling & passes[flow] & awaited[there]
                if not fresh:
                    continue
                awaited[there] ^= fresh
                parents[there].append((fresh, here, flow))
                onward = fresh & ~seen[there] if relays[there] else 0
                if onward:
                    seen[there] |= onward
                    following[there] = following.get(there, 0) | onward
        if steps > budget:
            raise BudgetSpentError
        wave = following
    arrived = [able ^ left for able, left in zip(enters, awaited, strict=True)]
    return Reached(starts=starts, arrived=arrived, parents=parents, steps=steps)
