"""Evaluations: what every condition answers for every subject of one system, in three values.

An answer for a whole system is a pair of sets (yes, maybe): the subjects for which it is surely so, and those for
which it is not surely not. All path questions of one depth travel through the graph together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from nbthreat import conditions as c
from nbthreat.conditions import Condition, Subject, Vocabulary
from nbthreat.graph import BudgetSpentError, Graph, Spread, bits, members, spread
from nbthreat.model import Asset, Element, Flow, System

Answer = tuple[int, int]
BUDGET = 50_000_000
"""Flows that may be looked at in one evaluation: far beyond any real system, and a bound for a hostile one."""


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """One thing nobody said yet: a fact or control by name, or what something carries, holds, is or is trusted as."""

    kind: str
    name: str = ""


def atom_of(condition: Condition) -> Atom | None:
    """Return what would have to be said for a leaf to have an answer."""
    match condition:
        case c.FactIs(name=name):
            return Atom("fact", name)
        case c.ControlIs(name=name):
            return Atom("control", name)
        case c.TechnologyIs():
            return Atom("technology")
        case c.TrustIs() | c.Crosses():
            return Atom("trust")
        case c.Holds():
            return Atom("holds")
        case c.Carries():
            return Atom("carries")
        case c.Provides() | c.Surplus():
            return Atom("capabilities")
        case c.StakesIs():
            return Atom("stakes")
        case c.LifecycleIs():
            return Atom("lifecycle")
    return None


@cache
def atoms(condition: Condition) -> frozenset[Atom]:
    """Return everything unsaid that could change what `condition` answers."""
    found = {atom for part in c.walk(condition) if (atom := atom_of(part))}
    for part in c.walk(condition):
        if isinstance(part, c.Holds):
            found.add(Atom("carries"))
        if isinstance(part, c.Reach):
            found.update(Atom("control", name) for name in part.without)
            if part.asset:
                found.add(Atom("carries"))
    return frozenset(found)


@cache
def depth(condition: Condition) -> int:
    """Return how many path questions stand inside one another."""
    inner = max((depth(part) for part in c.parts(condition)), default=0)
    return inner + isinstance(condition, c.Reach)


class Evaluation:
    """The answers of one system; asked once, kept."""

    def __init__(self, system: System, vocabulary: Vocabulary, *, budget: int = BUDGET) -> None:
        self.system = system
        self.vocabulary = vocabulary
        self.graph = Graph.of(system)
        self.elements: tuple[Element, ...] = tuple(sorted(system.elements, key=lambda element: element.id))
        self.flows: tuple[Flow, ...] = tuple(sorted(system.flows, key=lambda flow: flow.id))
        self.steps_left = budget
        self.unfinished: set[c.Reach] = set()
        self.spreads: dict[c.Reach, tuple[Spread, int, int]] = {}  # the spread, its bit for sure and for maybe
        self.full = {
            Subject.ELEMENT: (1 << len(self.elements)) - 1,
            Subject.FLOW: (1 << len(self.flows)) - 1,
            Subject.SYSTEM: 1,
        }
        self._known: dict[tuple[Subject, Condition], Answer] = {}
        self._suppose: tuple[Atom, bool] | None = None
        self._index()

    def supposing(self, atom: Atom, answer: bool) -> Evaluation:  # noqa: FBT001 - yes or no is the point
        """Return what would be answered if everything unsaid about `atom` were `answer`."""
        other = object.__new__(Evaluation)
        other.__dict__.update(self.__dict__)
        other.unfinished = set()
        other.spreads = {reach: found for reach, found in self.spreads.items() if atom not in atoms(reach)}
        other._known = {key: found for key, found in self._known.items() if atom not in atoms(key[1])}
        other._suppose = (atom, answer)
        return other

    def _index(self) -> None:
        size = len(self.elements)
        self._technology: dict[str, int] = _grouped(
            ((element.technology, n) for n, element in enumerate(self.elements)), size
        )
        self._facts = {Subject.ELEMENT: _said((element.facts for element in self.elements), size)}
        self._said_controls = {Subject.ELEMENT: _said((element.controls for element in self.elements), size)}
        self._facts[Subject.FLOW] = _said((flow.facts for flow in self.flows), len(self.flows))
        self._said_controls[Subject.FLOW] = _said((flow.controls for flow in self.flows), len(self.flows))
        self._facts[Subject.SYSTEM] = _said((self.system.facts,), 1)
        self._said_controls[Subject.SYSTEM] = _said((self.system.controls,), 1)
        self._carried: dict[str, int] = _grouped(
            ((asset, n) for n, flow in enumerate(self.flows) for asset in flow.carries or ()), len(self.flows)
        )
        self._carries_unsaid = bits((n for n, flow in enumerate(self.flows) if flow.carries is None), len(self.flows))
        keeps = [self.vocabulary.keeps.get(element.technology, False) for element in self.elements]
        held = [(asset, n) for n, element in enumerate(self.elements) for asset in element.holds or ()]
        for n, flow in enumerate(self.flows):
            if flow.carries and keeps[self.graph.targets[n]]:
                held += [(asset, self.graph.targets[n]) for asset in flow.carries]
        self._held: dict[str, int] = _grouped(held, size)
        self._holds_unsaid = bits((n for n, e in enumerate(self.elements) if e.holds is None and keeps[n]), size)
        into = (self.graph.targets[n] for n, flow in enumerate(self.flows) if flow.carries is None)
        self._brought_unsaid = bits((n for n in into if keeps[n]), size)
        self._relays = [self.vocabulary.relays.get(element.technology, True) for element in self.elements]
        boundaries = {boundary.id: boundary for boundary in self.system.boundaries}

        said: dict[str | None, str | None] = {None: None}  # the trust that holds inside each boundary
        for start in boundaries:
            trail: list[str] = []
            here: str | None = start
            while here is not None and here not in said and boundaries[here].trust is None:
                trail.append(here)
                here = boundaries[here].within
            found = said[here] if here in said else str(boundaries[str(here)].trust)
            said.update(dict.fromkeys(trail, found))
            said.setdefault(here, found)

        self._trust: dict[str | None, int] = _grouped(
            ((said[element.boundary], n) for n, element in enumerate(self.elements)), size
        )

    def prepare(self, asked: Iterable[Condition]) -> None:
        """Answer every path question inside `asked`, all of one depth together."""
        by_depth: dict[int, dict[c.Reach, None]] = defaultdict(dict)
        for condition in asked:
            for part in c.walk(condition):
                if isinstance(part, c.Reach) and (Subject.ELEMENT, part) not in self._known:
                    by_depth[depth(part)][part] = None
        for level in sorted(by_depth):
            self._reach(tuple(by_depth[level]))

    def answer(self, condition: Condition, subject: Subject) -> Answer:
        """Return (yes, maybe) for every subject of that kind."""
        key = (subject, condition)
        found = self._known.get(key)
        if found is None:
            found = _ANSWERS[type(condition)](self, condition, subject)
            if self._suppose and atom_of(condition) == self._suppose[0] and not isinstance(condition, c.Holds):
                found = self._supposed(found)
            self._known[key] = found
        return found

    def _supposed(self, found: Answer) -> Answer:
        yes, maybe = found
        return (maybe, maybe) if self._suppose and self._suppose[1] else (yes, yes)

    def _all(self, condition: c.All, subject: Subject) -> Answer:
        yes = maybe = self.full[subject]
        for part in condition.parts:
            one, other = self.answer(part, subject)
            yes, maybe = yes & one, maybe & other
        return yes, maybe

    def _any(self, condition: c.Any_, subject: Subject) -> Answer:
        yes = maybe = 0
        for part in condition.parts:
            one, other = self.answer(part, subject)
            yes, maybe = yes | one, maybe | other
        return yes, maybe

    def _not(self, condition: c.Not, subject: Subject) -> Answer:
        yes, maybe = self.answer(condition.part, subject)
        return self.full[subject] & ~maybe, self.full[subject] & ~yes

    def _same(self, condition: c.Is, subject: Subject) -> Answer:
        return self.answer(condition.part, subject)

    def _technologies(self, names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= self._technology.get(name, 0)
        return found

    def _fact(self, condition: c.FactIs, subject: Subject) -> Answer:
        return self._term(self.vocabulary.facts[condition.name], self._facts[subject], condition.name, subject)

    def _control(self, condition: c.ControlIs, subject: Subject) -> Answer:
        return self._term(
            self.vocabulary.controls[condition.name], self._said_controls[subject], condition.name, subject
        )

    def _term(self, term: c.Term, said: dict[tuple[str, bool], int], name: str, subject: Subject) -> Answer:
        yes, no = said.get((name, True), 0), said.get((name, False), 0)
        if subject is Subject.ELEMENT:
            where = self._technologies(term.of)
            implied, denied = self._technologies(term.implied_by) & ~no, self._technologies(term.denied_by) & ~yes
        else:
            where = self.full[subject] if (term.of_flows if subject is Subject.FLOW else term.of_system) else 0
            implied = denied = 0
        return where & (yes | implied), where & ~(no | denied)

    def _technology_is(self, condition: c.TechnologyIs, _subject: Subject) -> Answer:
        tree = self.vocabulary.technologies
        yes = self._technologies(tree.under(condition.names))
        return yes, yes | self._technologies(tree.unsure(condition.names))

    def _trust_is(self, condition: c.TrustIs, _subject: Subject) -> Answer:
        yes = 0
        for value in condition.values:
            yes |= self._trust.get(value, 0)
        return yes, yes | self._trust.get(None, 0)

    def _assets(self, wanted: c.Asset_) -> tuple[list[str], list[str]]:
        yes, maybe = [], []
        tree = self.vocabulary.kinds
        for asset in self.system.assets:
            value = _is_asset(asset, wanted, tree)
            if value is not False:
                maybe.append(asset.id)
            if value is True:
                yes.append(asset.id)
        return yes, maybe

    def _about(self, asset: c.Asset_, where: dict[str, int], unsaid: int) -> Answer:
        yes, maybe = 0, unsaid
        surely, perhaps = self._assets(asset)
        for id in surely:
            yes |= where.get(id, 0)
        for id in perhaps:
            maybe |= where.get(id, 0)
        return yes, maybe

    def _holds(self, condition: c.Holds, _subject: Subject) -> Answer:
        yes, maybe = self._about(condition.asset, self._held, self._holds_unsaid)
        brought = self._brought_unsaid
        if self._suppose and self._suppose[0] == Atom("holds"):
            yes, maybe = self._supposed((yes, maybe))
        if self._suppose and self._suppose[0] == Atom("carries"):
            yes, brought = (yes | brought, brought) if self._suppose[1] else (yes, 0)
        return yes, yes | maybe | brought

    def _carries(self, condition: c.Carries, _subject: Subject) -> Answer:
        return self._about(condition.asset, self._carried, self._carries_unsaid)

    def _provides(self, condition: c.Provides, _subject: Subject) -> Answer:
        return self._each_element(
            lambda element: None if element.provides is None else condition.name in element.provides
        )

    def _surplus(self, condition: c.Surplus, _subject: Subject) -> Answer:
        return self._each_element(lambda element: surplus(element, condition.name))

    def _each_element(self, ask: Callable[[Element], bool | None]) -> Answer:
        answers = [ask(element) for element in self.elements]
        size = len(answers)
        yes = bits((n for n, value in enumerate(answers) if value), size)
        return yes, yes | bits((n for n, value in enumerate(answers) if value is None), size)

    def _touching(self, found: Answer, ends: tuple[int, ...]) -> Answer:
        size = len(self.elements)
        yes, maybe = (bits((ends[n] for n in members(one)), size) if one else 0 for one in found)
        return yes, maybe

    def _receives(self, condition: c.Receives, _subject: Subject) -> Answer:
        return self._touching(self.answer(condition.part, Subject.FLOW), self.graph.targets)

    def _sends(self, condition: c.Sends, _subject: Subject) -> Answer:
        return self._touching(self.answer(condition.part, Subject.FLOW), self.graph.sources)

    def _end_is(self, condition: c.SourceIs | c.TargetIs, _subject: Subject) -> Answer:
        edges = self.graph.leaving if isinstance(condition, c.SourceIs) else self.graph.entering
        size, full = len(self.flows), self.full[Subject.ELEMENT]
        found: list[int] = []
        for one in self.answer(condition.part, Subject.ELEMENT):
            if one in (0, full):
                found.append(self.full[Subject.FLOW] if one else 0)
            else:
                found.append(bits((flow for n in members(one) for _, flow in edges[n]), size))
        return found[0], found[1]

    def _crosses(self, condition: c.Crosses, _subject: Subject) -> Answer:
        size = len(self.flows)
        yes: list[int] = []
        unsure: list[int] = []
        for n in range(size):
            source, target = self.elements[self.graph.sources[n]], self.elements[self.graph.targets[n]]
            if source is target:
                continue
            if source.boundary is None or target.boundary is None:
                unsure.append(n)
            elif source.boundary != target.boundary:
                yes.append(n)
        surely = bits(yes, size)
        perhaps = surely | bits(unsure, size)
        for values, end in ((condition.source, c.SourceIs), (condition.target, c.TargetIs)):
            if values:
                one, other = self.answer(end(c.TrustIs(values)), Subject.FLOW)
                surely, perhaps = surely & one, perhaps & other
        return surely, perhaps

    def _on_system(self, condition: c.OnSystem, subject: Subject) -> Answer:
        yes, maybe = self.answer(condition.part, Subject.SYSTEM)
        return (self.full[subject] if yes else 0), (self.full[subject] if maybe else 0)

    def _some(self, condition: c.Some, _subject: Subject) -> Answer:
        yes, maybe = self.answer(condition.part, Subject.ELEMENT)
        return int(bool(yes)), int(bool(maybe))

    def _system_value(self, condition: c.StakesIs | c.LifecycleIs, _subject: Subject) -> Answer:
        value = self.system.stakes if isinstance(condition, c.StakesIs) else self.system.lifecycle
        return int(value in condition.values), int(value is None or value in condition.values)

    def _one_reach(self, condition: c.Reach, _subject: Subject) -> Answer:
        self.prepare([condition])
        return self._known[Subject.ELEMENT, condition]

    def barred(self, controls: tuple[str, ...], subject: Subject) -> Answer:
        """Return (surely, perhaps) the subjects on which one of `controls` stands."""
        surely = perhaps = 0
        for name in controls:
            one, other = self.answer(c.ControlIs(name), subject)
            surely, perhaps = surely | one, perhaps | other
        return surely, perhaps

    def _reach(self, asked: tuple[c.Reach, ...]) -> None:
        for forward in (False, True):
            group = tuple(reach for reach in asked if reach.forward is forward)
            if group:
                self._reach_together(group, self.graph.entering if forward else self.graph.leaving)

    def _reach_together(self, group: tuple[c.Reach, ...], edges: tuple[tuple[tuple[int, int], ...], ...]) -> None:
        size, count = len(self.elements), len(group)
        every = (1 << 2 * count) - 1
        starts, enters, lands = [0] * size, [every] * size, [0] * size
        everywhere = 0
        ways: dict[tuple[c.Asset_ | None, tuple[str, ...]], int] = defaultdict(int)
        for n, reach in enumerate(group):
            pair = (1 << n, 1 << (n + count))
            surely, perhaps = self.barred(reach.without, Subject.ELEMENT)
            begin = self.answer(reach.end, Subject.ELEMENT)
            for bit, begins, bars in zip(pair, begin, (perhaps, surely), strict=True):
                for i in members(begins & ~bars):
                    starts[i] |= bit
                for i in members(bars):
                    enters[i] &= ~bit
            if reach.here is None:
                everywhere |= pair[0] | pair[1]
            else:
                for bit, allowed in zip(pair, self.answer(reach.here, Subject.ELEMENT), strict=True):
                    for i in members(allowed):
                        lands[i] |= bit
            ways[reach.asset, reach.without] |= pair[0]
        passes = self._passes(ways, count)
        try:
            found = spread(
                edges, starts=starts, enters=enters, relays=self._relays, passes=passes, budget=self.steps_left
            )
        except BudgetSpentError:
            self.steps_left = 0
            self.unfinished.update(group)
            for reach in group:
                self._known[Subject.ELEMENT, reach] = (0, self.full[Subject.ELEMENT])
            return
        self.steps_left -= found.steps
        landed: list[list[int]] = [[] for _ in range(2 * count)]
        for i, arrived in enumerate(found.arrived):
            here = arrived & (lands[i] | everywhere)
            while here:
                low = here & -here
                landed[low.bit_length() - 1].append(i)
                here ^= low
        for n, reach in enumerate(group):
            self._known[Subject.ELEMENT, reach] = (bits(landed[n], size), bits(landed[n + count], size))
            self.spreads[reach] = (found, 1 << n, 1 << (n + count))

    def _passes(self, ways: dict[tuple[c.Asset_ | None, tuple[str, ...]], int], count: int) -> list[int]:
        always, special = 0, []
        full = self.full[Subject.FLOW]
        for (asset, without), mask in ways.items():
            surely, perhaps = self.answer(c.Carries(asset), Subject.FLOW) if asset else (full, full)
            bar_surely, bar_perhaps = self.barred(without, Subject.FLOW)
            for mask_of, allowed in ((mask, surely & ~bar_perhaps), (mask << count, perhaps & ~bar_surely)):
                if allowed == full:
                    always |= mask_of
                else:
                    special.append((mask_of, allowed))
        passes = [always] * len(self.flows)
        for mask, allowed in special:
            for n in members(allowed):
                passes[n] |= mask
        return passes


def surplus(element: Element, name: str) -> bool | None:
    """Return whether an element has a capability ('any': some) that the system does not need; None where unsaid."""
    if element.provides is None:
        return None
    provided = set(element.provides) if name == "any" else {name} & set(element.provides)
    if not provided:
        return False
    return None if element.needs is None else bool(provided - set(element.needs))


def _is_asset(asset: Asset, wanted: c.Asset_, tree: c.Tree) -> bool | None:
    answers: list[bool | None] = []
    if wanted.kind:
        kind = (
            True if asset.kind in tree.under(wanted.kind) else None if asset.kind in tree.unsure(wanted.kind) else False
        )
        answers.append(kind)
    if wanted.sensitivity:
        answers.append(None if asset.sensitivity is None else asset.sensitivity in wanted.sensitivity)
    if wanted.personal is not None:
        answers.append(None if asset.personal is None else asset.personal is wanted.personal)
    if False in answers:
        return False
    return None if None in answers else True


def _grouped(pairs: Iterable[tuple[Any, int]], size: int) -> dict[Any, int]:
    found: dict[Any, list[int]] = defaultdict(list)
    for key, n in pairs:
        found[key].append(n)
    return {key: bits(numbers, size) for key, numbers in found.items()}


def _said(answers: Iterable[Any], size: int) -> dict[tuple[str, bool], int]:
    return _grouped(((item, n) for n, said in enumerate(answers) if said for item in said.items()), size)


_ANSWERS: dict[type, Callable[..., Answer]] = {
    c.All: Evaluation._all,
    c.Any_: Evaluation._any,
    c.Not: Evaluation._not,
    c.Is: Evaluation._same,
    c.FactIs: Evaluation._fact,
    c.ControlIs: Evaluation._control,
    c.TechnologyIs: Evaluation._technology_is,
    c.TrustIs: Evaluation._trust_is,
    c.Holds: Evaluation._holds,
    c.Carries: Evaluation._carries,
    c.Provides: Evaluation._provides,
    c.Surplus: Evaluation._surplus,
    c.Receives: Evaluation._receives,
    c.Sends: Evaluation._sends,
    c.SourceIs: Evaluation._end_is,
    c.TargetIs: Evaluation._end_is,
    c.Crosses: Evaluation._crosses,
    c.OnSystem: Evaluation._on_system,
    c.Some: Evaluation._some,
    c.StakesIs: Evaluation._system_value,
    c.LifecycleIs: Evaluation._system_value,
    c.Reach: Evaluation._one_reach,
}
