"""Indexes: what a system says, turned into sets of its elements and flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import count
from operator import itemgetter
from typing import Any, TypeVar

from nbthreat.system.model import Answers, Element, Flow, System
from nbthreat.threats.conditions import Subject, Vocabulary
from nbthreat.threats.evaluation.relaying import Relaying, differ
from nbthreat.threats.graph import Graph, bits

T = TypeVar("T")
Answer = tuple[int, int]
"""Two sets, (yes, maybe): the subjects for which it is surely so, and those for which it is so or unknown."""
Said = Mapping[str, Answer]
"""By name of a fact or control: the subjects of which it is said to be so, and those of which it is denied."""


class End(StrEnum):
    """An end of a flow. What is asked of the elements there is answered in sets of flows."""

    SOURCE = "source"
    TARGET = "target"


Place = Subject | End


class SystemIndex:
    """What one system says, as sets of its elements and of its flows."""

    def __init__(self, system: System, vocabulary: Vocabulary) -> None:
        self.graph = Graph.of(system)
        elements = {element.id: element for element in system.elements}
        flows = {flow.id: flow for flow in system.flows}
        self.elements: tuple[Element, ...] = tuple([elements[id] for id in self.graph.ids])
        self.flows: tuple[Flow, ...] = tuple([flows[id] for id in self.graph.flows])
        every_flow = (1 << len(flows)) - 1
        self.full: dict[Place, int] = {
            Subject.ELEMENT: (1 << len(elements)) - 1,
            Subject.FLOW: every_flow,
            Subject.SYSTEM: 1,
            End.SOURCE: every_flow,
            End.TARGET: every_flow,
        }
        self._ends: dict[Place, Callable[[Sequence[str]], tuple[str, ...]]] = {
            End.SOURCE: _picker([~n for n in reversed(self.graph.sources)]),
            End.TARGET: _picker([~n for n in reversed(self.graph.targets)]),
        }
        self._moved: dict[tuple[Place, int], int] = {}
        self._inside: dict[int, int] = {}

        size = len(elements)
        trust = _trust_inside(system)
        kinds = [element.technologies for element in self.elements]
        self.technology = _grouped([(name, n) for n, names in enumerate(kinds) for name in names], size)
        self.trust = _grouped(zip([trust[element.boundary] for element in self.elements], count()), size)
        self.relays = [any(vocabulary.relays.get(name, True) for name in names) for names in kinds]
        transparent = [n for n, names in enumerate(kinds) if all(map(vocabulary.transparent.get, names))]
        self.relaying = Relaying(self.graph, transparent)
        self._index_assets([any(vocabulary.keeps.get(name, False) for name in names) for names in kinds])
        things: dict[Subject, tuple[Element | Flow | System, ...]]
        things = {Subject.ELEMENT: self.elements, Subject.FLOW: self.flows, Subject.SYSTEM: (system,)}
        self.facts = {
            subject: _said([subject.facts for subject in every], vocabulary.facts) for subject, every in things.items()
        }
        self.controls = {
            subject: _said([subject.controls for subject in every], vocabulary.controls)
            for subject, every in things.items()
        }

    def _index_assets(self, keeps: Sequence[bool]) -> None:
        """Index what flows carry and elements hold. A store that keeps data also holds what flows bring it."""
        targets, elements, flows = self.graph.targets, len(self.elements), len(self.flows)
        carried = [(asset, n) for n, flow in enumerate(self.flows) for asset in flow.carries or ()]
        held = [(asset, n) for n, element in enumerate(self.elements) for asset in element.holds or ()]
        held += [(asset, targets[n]) for asset, n in carried if keeps[targets[n]]]
        unsaid = [n for n, flow in enumerate(self.flows) if flow.carries is None]
        self.carried = _grouped(carried, flows)
        self.carries_unsaid = bits(unsaid, flows)
        self.held = _grouped(held, elements)
        self.holds_unsaid = bits(
            [n for n, element in enumerate(self.elements) if element.holds is None and keeps[n]], elements
        )
        self.brought_unsaid = bits([targets[n] for n in unsaid if keeps[targets[n]]], elements)

    @cached_property
    def crossing(self) -> Answer:
        """The flows from one boundary to another, as (yes, maybe)."""
        yes: list[int] = []
        unsure: list[int] = []
        inside = [element.boundary for element in self.elements]
        for n, (source, target) in enumerate(zip(self.graph.sources, self.graph.targets, strict=True)):
            left, entered = inside[source], inside[target]
            if left is None or entered is None:
                if source != target:
                    unsure.append(n)
            elif left != entered:
                yes.append(n)
        surely = bits(yes, len(self.flows))
        return surely, surely | bits(unsure, len(self.flows))

    @cached_property
    def boundaries(self) -> dict[str | None, int]:
        """The elements in each boundary; those that nobody put in one under None."""
        return _grouped(zip([element.boundary for element in self.elements], count()), len(self.elements))

    def apart(self, these: int, those: int) -> tuple[bool, bool]:
        """Return whether an element of one set and one of the other surely are, and may be, in different boundaries."""
        unsaid = self.boundaries.get(None, 0)
        left, entered = self._boundaries_of(these), self._boundaries_of(those)
        surely = differ(left, entered)
        lost, found = these & unsaid, those & unsaid
        return surely, surely or bool((lost and entered) or (left and found)) or differ(lost, found)

    def _boundaries_of(self, elements: int) -> int:
        """Return the boundaries that have one of `elements` inside, as a set of their numbers."""
        found = self._inside.get(elements)
        if found is None:
            inside = [within for name, within in self.boundaries.items() if name is not None]
            found = self._inside[elements] = bits(
                [n for n, within in enumerate(inside) if within & elements], len(inside)
            )
        return found

    def at(self, place: Place, elements: int) -> int:
        """Return the flows that have one of `elements` at that end; where `place` is no end, `elements` as they are."""
        pick = self._ends.get(place)
        if pick is None or not elements:
            return elements
        found = self._moved.get((place, elements))
        if found is None:
            digits = f"{elements:0{len(self.elements)}b}"
            found = self._moved[place, elements] = int("".join(pick(digits)) or "0", 2)
        return found


def _picker(places: Sequence[int]) -> Callable[[Sequence[T]], tuple[T, ...]]:
    """Return a function that takes from a sequence what stands at `places`, in their order."""
    if len(places) > 1:
        return itemgetter(*places)  # many times faster than a loop, but a single place would give no tuple
    return lambda row: tuple([row[place] for place in places])


def _trust_inside(system: System) -> dict[str | None, str | None]:
    """Return the trust that holds inside each boundary: what the innermost one says that says anything."""
    boundaries = {boundary.id: boundary for boundary in system.boundaries}
    said: dict[str | None, str | None] = {None: None}
    for start in boundaries:
        trail: list[str] = []
        here: str | None = start
        while here is not None and here not in said and boundaries[here].trust is None:
            trail.append(here)
            here = boundaries[here].within
        found = said[here] if here in said else str(boundaries[str(here)].trust)
        said.update(dict.fromkeys(trail, found))
        said.setdefault(here, found)
    return said


def _grouped(pairs: Iterable[tuple[Any, int]], size: int) -> dict[Any, int]:
    found: dict[Any, list[int]] = defaultdict(list)
    for key, n in pairs:
        found[key].append(n)
    return {key: bits(numbers, size) for key, numbers in found.items()}


_YES = bytes.maketrans(b"\0\1\2", b"010")
_NO = bytes.maketrans(b"\0\1\2", b"100")


def _said(answers: Collection[Answers], known: Collection[str]) -> Said:
    """Return, for each known name of which anything is said, the subjects that say yes and those that say no.

    `answers` are those of the subjects, in their order. Each name gets a line with one byte for each subject, which is
    translated to the binary digits of a set.
    """
    unsaid = b"\2" * len(answers)
    unknown = bytearray(unsaid)  # one line for all names that are not known, and so never asked for
    lines = defaultdict(lambda: unknown, {name: bytearray(unsaid) for name in known})
    place = len(answers)
    for said in answers:
        place -= 1  # the first subject is the last digit
        for name, so in said.items():
            lines[name][place] = so
    return {
        name: (int(lines[name].translate(_YES), 2), int(lines[name].translate(_NO), 2))
        for name in known
        if lines[name] != unsaid
    }
