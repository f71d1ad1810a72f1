"""Relaying: what a flow comes from and leads to where a queue, gateway, proxy or bus stands at its end.

A transparent element only hands on. A condition about the neighbour at such an end asks whoever stands beyond it,
through as many transparent elements as there are in a row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Vocabulary
from nbthreat.threats.graph import Graph, Reached, bits, spread, transpose_to_sets


@dataclass(frozen=True, slots=True)
class Beyond:
    """Flows that touch the same transparent element, and what stands beyond it as they see it."""

    relay: int  # the number of the element
    flows: int
    elements: int  # where they come from, or lead to; the element itself where nothing else is beyond it
    passed: int  # the transparent elements on the way, the first one included


class Relaying:
    """What is beyond the transparent elements of one graph, worked out when it is first asked for."""

    def __init__(self, graph: Graph, transparent: list[int]) -> None:
        self.graph = graph
        self.numbers = transparent  # the transparent elements, lowest first
        self.elements = bits(transparent, len(graph.ids))
        flows = range(len(graph.flows)) if transparent else ()
        # by `forward`: the flows with a transparent element at the end that is looked through
        self.flows = {
            True: [n for n in flows if self.elements >> graph.targets[n] & 1],
            False: [n for n in flows if self.elements >> graph.sources[n] & 1],
        }
        self._reached: dict[tuple[bool, int], dict[int, int]] = {}
        self._beyond: dict[bool, tuple[Beyond, ...]] = {}
        self.steps = 0

    def reached(self, barred: int, *, forward: bool, budget: int) -> dict[int, int]:
        """Return, by transparent element, the elements that data gets to from it, or `forward=False` comes from.

        It travels through transparent elements that are not `barred`; from one that is, it gets nowhere. Raises
        BudgetSpentError after `budget` flows looked at.
        """
        key = (forward, barred)
        if key not in self._reached:
            found = self._spread([n for n in self.numbers if not barred >> n & 1], forward=forward, budget=budget)
            sets = transpose_to_sets(found.arrived, len(self.numbers))
            self._reached[key] = dict(zip(self.numbers, sets, strict=True))
        return self._reached[key]

    def _spread(self, through: list[int], *, forward: bool, budget: int) -> Reached:
        size, every = len(self.graph.ids), (1 << len(self.numbers)) - 1
        place = {n: 1 << bit for bit, n in enumerate(self.numbers)}
        starts, relays = [0] * size, [False] * size
        for n in through:
            starts[n], relays[n] = place[n], True
        found = spread(
            self.graph.leaving if forward else self.graph.entering,
            starts=starts,
            enters=[every] * size,
            relays=relays,
            passes=[every] * len(self.graph.flows),
            budget=budget,
        )
        self.steps += found.steps
        return found

    def beyond(self, *, forward: bool, budget: int) -> tuple[Beyond, ...]:
        """Return what is beyond the target (`forward`) or the source of each flow that has a transparent one there.

        Whoever is at the flow's other end is not beyond: no way ends where it began. Raises BudgetSpentError.
        """
        if forward not in self._beyond:
            reached = self.reached(0, forward=forward, budget=budget)
            near, far = self._ends(forward=forward)
            grouped: dict[tuple[int, int], list[int]] = defaultdict(list)
            for n in self.flows[forward]:
                relay = near[n]
                others = reached[relay] & ~self.elements & ~(1 << far[n])
                grouped[relay, others or 1 << relay].append(n)
            self._beyond[forward] = tuple(
                Beyond(relay, bits(flows, len(self.graph.flows)), others, reached[relay] & self.elements | 1 << relay)
                for (relay, others), flows in grouped.items()
            )
        return self._beyond[forward]

    def _ends(self, *, forward: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the end of each flow that is looked through, and its other end."""
        return (self.graph.targets, self.graph.sources) if forward else (self.graph.sources, self.graph.targets)

    def way(self, flow: int, element: int, *, forward: bool) -> tuple[list[int], list[int]]:
        """Return one shortest way from the end of `flow` to `element` through transparent ones: elements and flows.

        Both begin at the flow: the elements with that at its end, the flows with the one that comes after it.
        """
        near, _ = self._ends(forward=forward)
        edges = self.graph.leaving if forward else self.graph.entering
        start = near[flow]
        came: dict[int, tuple[int, int]] = {start: (start, flow)}
        ahead = [start]
        for here in ahead:
            if not self.elements >> here & 1:
                continue
            for there, by in edges[here]:
                if there not in came:
                    came[there] = (here, by)
                    ahead.append(there)
        elements, flows = [], []
        while element != start:
            elements.append(element)
            element, by = came[element]
            flows.append(by)
        return [start, *elements[::-1]], flows[::-1]


@cache
def own_leaves(condition: Condition) -> tuple[Condition, ...]:
    """Return the leaves in `condition` that are asked of the element itself, and of no flow or other element.

    >>> own_leaves(c.All((c.ControlIs("filter"), c.Sends(c.TargetIs(c.ControlIs("log"))))))[0]
    ControlIs(name='filter')
    """
    if isinstance(condition, c.All | c.Any_ | c.Not | c.Is):
        return tuple(leaf for part in c.parts(condition) for leaf in own_leaves(part))
    return (condition,)


def asks_for_relay(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Return whether a condition on an element names a transparent technology, so that one it finds there counts."""
    return any(
        vocabulary.transparent.get(name, False)
        for leaf in own_leaves(condition)
        if isinstance(leaf, c.TechnologyIs)
        for name in leaf.names
    )


def differ(these: int, those: int) -> bool:
    """Return whether two sets have a member each that are not the same."""
    return bool(these and those) and (these != those or bool(these & (these - 1)))
