"""Answers: what every condition answers for every subject of one system, in three values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from nbthreat.system.model import Asset, Element, Sensitivity, System
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject, Vocabulary
from nbthreat.threats.evaluation.index import Answer, End, Place, SystemIndex
from nbthreat.threats.evaluation.path_search import PathSearch, search
from nbthreat.threats.evaluation.relaying import Beyond, asks_for_relay, own_leaves
from nbthreat.threats.evaluation.unknowns import Atom, atom_of, atoms, depth, paths
from nbthreat.threats.graph import BudgetSpentError, Reached, bits, members

BUDGET = 50_000_000
"""Flows that may be looked at in one evaluation: far beyond any real system, and a bound for a hostile one."""


class Evaluation:
    """The answers about one system, each worked out once and kept.

    A condition on elements can be asked of flows too: of the element at one `End` of each.

    >>> from nbthreat import Element, Flow, Library, System
    >>> user, model = Element(id="user", technology="end-user"), Element(id="model", technology="hosted-llm")
    >>> flow = Flow(id="ask", source="user", target="model")
    >>> system = System(id="chat", name="Chat", elements=(user, model), flows=(flow,))
    >>> evaluation = Evaluation(system, Library.load().vocabulary)
    >>> evaluation.ids(Subject.ELEMENT)
    ('model', 'user')
    >>> evaluation.answer(c.TechnologyIs(("hosted-llm",)), Subject.ELEMENT)
    (1, 1)
    >>> evaluation.answer(c.ControlIs("input-screening"), Subject.ELEMENT)
    (0, 1)
    >>> evaluation.answer(c.Reach(c.TechnologyIs(("end-user",))), Subject.ELEMENT)
    (1, 1)
    """

    def __init__(self, system: System, vocabulary: Vocabulary, *, budget: int = BUDGET) -> None:
        self.system = system
        self.vocabulary = vocabulary
        self.index = SystemIndex(system, vocabulary)
        self.graph = self.index.graph
        self.elements = self.index.elements
        self.flows = self.index.flows
        self.full = self.index.full
        self.steps_left = budget
        self.unfinished: set[Condition] = set()
        self.spreads: dict[c.Reach, tuple[Reached, int, int]] = {}  # the spread, its bit for sure and for maybe
        self._known: dict[tuple[Place, Condition], Answer] = {}
        self._numbers: dict[Subject, dict[str, int]] = {}
        self._supposed: Mapping[Atom, bool] = {}
        self._before: tuple[Evaluation, Atom] | None = None  # what is asked of all that a supposition does not touch

    def supposing(self, atom: Atom, answer: bool) -> Evaluation:  # noqa: FBT001 - yes or no is the point
        """Return an evaluation of the same system in which whatever nobody said about `atom` is `answer`.

        What this evaluation supposes already stays as it is: the first supposition about an atom counts.
        """
        supposed = object.__new__(Evaluation)
        supposed.__dict__.update(self.__dict__)
        supposed.unfinished = set()
        supposed.spreads = {reach: found for reach, found in self.spreads.items() if atom not in atoms(reach)}
        supposed._known = {}
        supposed._supposed = {atom: answer, **self._supposed}
        supposed._before = (self, atom)
        return supposed

    def ids(self, subject: Subject) -> tuple[str, ...]:
        """Return the ids of all subjects of that kind; each stands at its number."""
        if subject is Subject.SYSTEM:
            return (self.system.id,)
        return self.graph.ids if subject is Subject.ELEMENT else self.graph.flows

    def number(self, subject: Subject, id: str) -> int:
        """Return the number of the subject of that kind called `id`; KeyError where there is none."""
        if subject not in self._numbers:
            self._numbers[subject] = {id: n for n, id in enumerate(self.ids(subject))}
        return self._numbers[subject][id]

    def prepare(self, asked: Iterable[Condition]) -> None:
        """Answer every path question inside the conditions `asked`, all of one depth and direction together."""
        by_depth: dict[int, dict[c.Reach, None]] = defaultdict(dict)
        for condition in asked:
            for reach in paths(condition):
                if (Subject.ELEMENT, reach) not in self._known and self._untouched(reach) is None:
                    by_depth[depth(reach)][reach] = None
        for level in sorted(by_depth):
            for forward in (False, True):
                group = [reach for reach in by_depth[level] if reach.forward is forward]
                if group:
                    self._reach(group, forward=forward)

    def answer(self, condition: Condition, place: Place) -> Answer:
        """Return (yes, maybe): the subjects for which it is surely so, and those for which it is so or unknown."""
        key = (place, condition)
        found = self._known.get(key)
        if found is None:
            before = self._untouched(condition)
            if before:
                return before.answer(condition, place)
            if isinstance(place, End) and not isinstance(condition, _ASKED_ANYWHERE):
                yes, maybe = self.answer(condition, Subject.ELEMENT)
                found = self.index.at(place, yes), self.index.at(place, maybe)
            else:
                found = _ANSWERS[type(condition)](self, condition, place)
                if self._supposed and not isinstance(condition, c.Holds):
                    found = self._as_supposed(atom_of(condition), found)
            self._known[key] = found
        return found

    def _untouched(self, condition: Condition) -> Evaluation | None:
        """Return the evaluation without the last supposition where that cannot change what `condition` answers."""
        if self._before is None or self._before[1] in atoms(condition):
            return None
        return self._before[0]

    def states(self, applies: Condition, mitigated: Condition | None, subject: Subject) -> tuple[int, int, int, int]:
        """Return four sets of subjects: where a threat is open, possible, to clarify and mitigated; no two overlap."""
        yes, maybe = self.answer(applies, subject)
        surely, perhaps = self.answer(mitigated, subject) if maybe and mitigated else (0, 0)
        return yes & ~perhaps, yes & perhaps & ~surely, maybe & ~yes & ~surely, maybe & surely

    def _as_supposed(self, atom: Atom | None, found: Answer) -> Answer:
        """Return `found`, the answer of a leaf that asks about `atom`, with every unknown as it is supposed to be."""
        supposed = self._supposed.get(atom) if atom else None
        if supposed is None:
            return found
        yes, maybe = found
        return (maybe, maybe) if supposed else (yes, yes)

    def _all(self, condition: c.All, place: Place) -> Answer:
        yes = maybe = self.full[place]
        for part in condition.parts:
            part_yes, part_maybe = self.answer(part, place)
            yes, maybe = yes & part_yes, maybe & part_maybe
        return yes, maybe

    def _any(self, condition: c.Any_, place: Place) -> Answer:
        yes = maybe = 0
        for part in condition.parts:
            part_yes, part_maybe = self.answer(part, place)
            yes, maybe = yes | part_yes, maybe | part_maybe
        return yes, maybe

    def _not(self, condition: c.Not, place: Place) -> Answer:
        yes, maybe = self.answer(condition.part, place)
        return self.full[place] & ~maybe, self.full[place] & ~yes

    def _same(self, condition: c.Is, place: Place) -> Answer:
        return self.answer(condition.part, place)

    def _fact(self, condition: c.FactIs, subject: Subject) -> Answer:
        said = self.index.facts[subject].get(condition.name, (0, 0))
        return self._term(self.vocabulary.facts[condition.name], said, subject)

    def _control(self, condition: c.ControlIs, subject: Subject) -> Answer:
        said = self.index.controls[subject].get(condition.name, (0, 0))
        return self._term(self.vocabulary.controls[condition.name], said, subject)

    def _term(self, term: c.Term, said: Answer, subject: Subject) -> Answer:
        yes, no = said
        if subject is Subject.ELEMENT:
            where = self._technologies(term.of)
            # what one of two technologies rules out, the other may bring
            other = self._technologies(term.of - term.denied_by)
            implied = self._technologies(term.implied_by) & ~no
            denied = self._technologies(term.denied_by) & ~other & ~yes
        else:
            where = self.full[subject] if (term.of_flows if subject is Subject.FLOW else term.of_system) else 0
            implied = denied = 0
        phase = self.system.lifecycle
        if phase in term.implied_in:
            implied |= where & ~no
        if phase in term.denied_in:
            denied |= where & ~yes
        return where & (yes | implied), where & ~(no | denied & ~implied)

    def _technologies(self, names: Iterable[str], place: Place = Subject.ELEMENT) -> int:
        found = 0
        for name in names:
            found |= self.index.at(place, self.index.technology.get(name, 0))
        return found

    def _technology_is(self, condition: c.TechnologyIs, place: Place) -> Answer:
        tree = self.vocabulary.technologies
        yes = self._technologies(tree.under(condition.names), place)
        return yes, yes | self._technologies(tree.unsure(condition.names), place)

    def _trust_is(self, condition: c.TrustIs, place: Place) -> Answer:
        yes = 0
        for trust in condition.values:
            yes |= self.index.at(place, self.index.trust.get(trust, 0))
        return yes, yes | self.index.at(place, self.index.trust.get(None, 0))

    def _about(self, wanted: c.Asset_, where: Mapping[str, int], unsaid: int) -> Answer:
        yes, maybe = 0, unsaid
        kinds = self.vocabulary.kinds
        surely, perhaps = kinds.under(wanted.kind), kinds.unsure(wanted.kind)
        for asset in self.system.assets:
            as_wanted = _is_asset(asset, wanted, surely, perhaps)
            if as_wanted is not False:
                maybe |= where.get(asset.id, 0)
            if as_wanted is True:
                yes |= where.get(asset.id, 0)
        return yes, maybe

    def _holds(self, condition: c.Holds, _subject: Subject) -> Answer:
        found = self._about(condition.asset, self.index.held, self.index.holds_unsaid)
        yes, maybe = self._as_supposed(Atom("holds"), found)
        surely_brought, brought = self._as_supposed(Atom("carries"), (0, self.index.brought_unsaid))
        return yes | surely_brought, yes | maybe | brought

    def _carries(self, condition: c.Carries, _subject: Subject) -> Answer:
        return self._about(condition.asset, self.index.carried, self.index.carries_unsaid)

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
        yes, maybe = (bits((ends[n] for n in members(flows)), size) if flows else 0 for flows in found)
        return yes, maybe

    def _receives(self, condition: c.Receives, _subject: Subject) -> Answer:
        return self._touching(self.answer(condition.part, Subject.FLOW), self.graph.targets)

    def _sends(self, condition: c.Sends, _subject: Subject) -> Answer:
        return self._touching(self.answer(condition.part, Subject.FLOW), self.graph.sources)

    def _source_is(self, condition: c.SourceIs, _subject: Subject) -> Answer:
        return self._past_relays(condition, self.answer(condition.part, End.SOURCE), forward=False)

    def _target_is(self, condition: c.TargetIs, _subject: Subject) -> Answer:
        return self._past_relays(condition, self.answer(condition.part, End.TARGET), forward=True)

    def _past_relays(self, condition: c.SourceIs | c.TargetIs, found: Answer, *, forward: bool) -> Answer:
        """Return `found`, what is so of the elements at an end of each flow, with transparent ones looked through."""
        if not self.index.relaying.flows[forward]:
            return found
        yes, maybe = found
        try:
            for beyond, sure, unsure in self._seen_past_relays(condition.part, forward=forward):
                yes, maybe = yes & ~beyond.flows, maybe & ~beyond.flows
                yes, maybe = yes | (beyond.flows if sure else 0), maybe | (beyond.flows if unsure else 0)
        except BudgetSpentError:
            return self._unfinished_past_relays(condition, found, (forward,))
        return yes, maybe

    def _unfinished_past_relays(self, condition: Condition, found: Answer, ends: Iterable[bool]) -> Answer:
        """Return `found` with every flow unknown that has a transparent element at one of `ends` (true: the target)."""
        self.steps_left = 0
        self.unfinished.add(condition)
        unknown = bits((n for end in ends for n in self.index.relaying.flows[end]), len(self.flows))
        return found[0] & ~unknown, found[1] | unknown

    def _beyond(self, *, forward: bool) -> tuple[Beyond, ...]:
        relaying, before = self.index.relaying, self.index.relaying.steps
        found = relaying.beyond(forward=forward, budget=self.steps_left)
        self.steps_left -= relaying.steps - before
        return found

    def _seen_past_relays(self, part: Condition, *, forward: bool) -> Iterator[tuple[Beyond, int, int]]:
        """Yield what is beyond transparent elements, and of that the elements for which `part` is, and may be, so."""
        named = asks_for_relay(part, self.vocabulary)
        for beyond in self._beyond(forward=forward):
            asked = beyond.elements | (beyond.passed if named else 0)
            yes, maybe = self._from_behind(part, beyond, forward=forward)
            yield beyond, yes & asked, maybe & asked

    def _from_behind(self, part: Condition, beyond: Beyond, *, forward: bool) -> Answer:
        """Answer `part` for elements beyond a relay: a control that stands on every way to one counts as its own."""
        if not any(isinstance(leaf, c.ControlIs) for leaf in own_leaves(part)):
            return self.answer(part, Subject.ELEMENT)
        inside = [self._from_behind(inner, beyond, forward=forward) for inner in c.parts(part)]
        match part:
            case c.ControlIs():
                yes, maybe = self.answer(part, Subject.ELEMENT)
                if not maybe & beyond.passed:
                    return yes, maybe
                relays = self.index.relaying.elements
                far = beyond.elements & ~relays  # a relay that stands for itself has its own controls only
                clear = self._reached(maybe & relays, beyond, forward=forward)
                may_be_clear = self._reached(yes & relays, beyond, forward=forward)
                return yes | far & ~may_be_clear, maybe | far & ~clear
            case c.All():
                return reduce(lambda left, right: (left[0] & right[0], left[1] & right[1]), inside)
            case c.Any_():
                return reduce(lambda left, right: (left[0] | right[0], left[1] | right[1]), inside)
            case c.Not():
                every = self.full[Subject.ELEMENT]
                return every & ~inside[0][1], every & ~inside[0][0]
            case _:
                return inside[0]

    def ends(self, condition: c.SourceIs | c.TargetIs, flow: int) -> list[tuple[int, tuple[list[int], list[int]]]]:
        """Return the elements at an end of a flow for which `condition` holds or may, the surest first.

        Each comes with the way between it and the flow, from the flow on: the transparent elements and the element,
        and the flows between them.
        """
        forward = isinstance(condition, c.TargetIs)
        near = (self.graph.targets if forward else self.graph.sources)[flow]
        if not self.index.relaying.elements >> near & 1 or condition in self.unfinished:
            return [(near, ([near], []))]
        for beyond, yes, maybe in self._seen_past_relays(condition.part, forward=forward):
            if beyond.flows >> flow & 1:
                found = [*members(yes), *members(maybe & ~yes)]
                return [(n, self.index.relaying.way(flow, n, forward=forward)) for n in found]
        return []

    def _reached(self, barred: int, beyond: Beyond, *, forward: bool) -> int:
        relaying, before = self.index.relaying, self.index.relaying.steps
        found = relaying.reached(barred, forward=forward, budget=self.steps_left)
        self.steps_left -= relaying.steps - before
        return found[beyond.relay]

    def _crosses(self, condition: c.Crosses, _subject: Subject) -> Answer:
        surely, perhaps = self.index.crossing
        for values, end in ((condition.source, End.SOURCE), (condition.target, End.TARGET)):
            if values:
                trusted, may_be = self.answer(c.TrustIs(values), end)
                surely, perhaps = surely & trusted, perhaps & may_be
        try:
            return self._crosses_past_relays(condition, (surely, perhaps))
        except BudgetSpentError:
            return self._unfinished_past_relays(condition, (surely, perhaps), (True, False))

    def _crosses_past_relays(self, condition: c.Crosses, found: Answer) -> Answer:
        """Return `found` with every flow that touches transparent elements crossing what lies between its real ends."""
        relaying = self.index.relaying
        touching = sorted({*relaying.flows[True], *relaying.flows[False]})
        if not touching:
            return found
        full = self.full[Subject.ELEMENT]
        (left, may_leave), (entered, may_enter) = (
            self.answer(c.TrustIs(values), Subject.ELEMENT) if values else (full, full)
            for values in (condition.source, condition.target)
        )
        said = full & ~self.index.boundaries.get(None, 0)
        ends: dict[tuple[bool, int], int] = {}
        for forward in (True, False):
            for beyond in self._beyond(forward=forward):
                together = beyond.elements | (beyond.passed & said)
                ends.update(((forward, n), together) for n in members(beyond.flows))
        yes, maybe = [], []
        for n in touching:
            source = ends.get((False, n), 1 << self.graph.sources[n])
            target = ends.get((True, n), 1 << self.graph.targets[n])
            if self.index.apart(source & left, target & entered)[0]:
                yes.append(n)
            if self.index.apart(source & may_leave, target & may_enter)[1]:
                maybe.append(n)
        others = self.full[Subject.FLOW] & ~bits(touching, len(self.flows))
        size = len(self.flows)
        return (found[0] & others) | bits(yes, size), (found[1] & others) | bits(maybe, size)

    def _on_system(self, condition: c.OnSystem, place: Place) -> Answer:
        yes, maybe = self.answer(condition.part, Subject.SYSTEM)
        return (self.full[place] if yes else 0), (self.full[place] if maybe else 0)

    def _some(self, condition: c.Some, _subject: Subject) -> Answer:
        yes, maybe = self.answer(condition.part, Subject.ELEMENT)
        return int(bool(yes)), int(bool(maybe))

    def _system_value(self, condition: c.StakesIs | c.LifecycleIs, _subject: Subject) -> Answer:
        said = self.system.stakes if isinstance(condition, c.StakesIs) else self.system.lifecycle
        return int(said in condition.values), int(said is None or said in condition.values)

    def _one_reach(self, condition: c.Reach, _subject: Subject) -> Answer:
        self.prepare([condition])
        return self._known[Subject.ELEMENT, condition]

    def _barred(self, controls: tuple[str, ...], subject: Subject) -> Answer:
        """Return (yes, maybe): the subjects that have one of `controls`."""
        return self.answer(c.Any_(tuple(map(c.ControlIs, controls))), subject)

    def _reach(self, group: Sequence[c.Reach], *, forward: bool) -> None:
        """Answer path questions of one direction together; where the budget is spent, each is unknown everywhere."""
        numbers: dict[PathSearch, int] = {}
        pairs = [[numbers.setdefault(path, len(numbers)) for path in self.path_searches(reach)] for reach in group]
        try:
            found, arrived = search(numbers, self.index, forward=forward, budget=self.steps_left)
        except BudgetSpentError:
            self.steps_left = 0
            self.unfinished.update(group)
            for reach in group:
                self._known[Subject.ELEMENT, reach] = (0, self.full[Subject.ELEMENT])
            return
        self.steps_left -= found.steps
        everywhere = (self.full[Subject.ELEMENT], self.full[Subject.ELEMENT])
        for reach, (sure, unsure) in zip(group, pairs, strict=True):
            yes, maybe = everywhere if reach.here is None else self.answer(reach.here, Subject.ELEMENT)
            self._known[Subject.ELEMENT, reach] = (arrived[sure] & yes, arrived[unsure] & maybe)
            self.spreads[reach] = (found, 1 << sure, 1 << unsure)

    def path_searches(self, reach: c.Reach) -> tuple[PathSearch, PathSearch]:
        """Return a search along what is surely clear, and one along what may be."""
        begins, may_begin = self.answer(reach.end, Subject.ELEMENT)
        everything = self.full[Subject.FLOW]
        carry, may_carry = (
            self.answer(c.Carries(reach.asset), Subject.FLOW) if reach.asset else (everything, everything)
        )
        barred, may_bar = self._barred(reach.without, Subject.ELEMENT)
        shut, may_shut = self._barred(reach.without, Subject.FLOW)
        return PathSearch(begins, may_bar, carry & ~may_shut), PathSearch(may_begin, barred, may_carry & ~shut)


def surplus(element: Element, name: str) -> bool | None:
    """Return whether an element has a capability ('any': some) that the system does not need; None where unsaid.

    >>> surplus(Element(id="model", technology="hosted-llm", provides=("code",), needs=()), "any")
    True
    >>> surplus(Element(id="model", technology="hosted-llm"), "any") is None
    True
    """
    if element.provides is None:
        return None
    provided = set(element.provides) if name == "any" else {name} & set(element.provides)
    if not provided:
        return False
    return None if element.needs is None else bool(provided - set(element.needs))


def _is_asset(asset: Asset, wanted: c.Asset_, kinds: frozenset[str], unsure: frozenset[str]) -> bool | None:
    """Return whether an asset is as wanted; None where nobody said.

    `kinds` are the kinds that are wanted, `unsure` the generic ones that may turn out to be. What is public is about
    nobody in particular unless somebody says so.
    """
    answers: list[bool | None] = []
    if wanted.kind:
        answers.append(True if asset.kind in kinds else None if asset.kind in unsure else False)
    if wanted.sensitivity:
        answers.append(None if asset.sensitivity is None else asset.sensitivity in wanted.sensitivity)
    if wanted.personal is not None:
        unsaid = False if asset.sensitivity is Sensitivity.PUBLIC else None
        personal = unsaid if asset.personal is None else asset.personal
        answers.append(None if personal is None else personal is wanted.personal)
    if False in answers:
        return False
    return None if None in answers else True


_ASKED_ANYWHERE = (c.All, c.Any_, c.Not, c.Is, c.TechnologyIs, c.TrustIs, c.OnSystem)
"""What is answered at the end of a flow part by part: many conditions share their parts, few are the same."""
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
    c.SourceIs: Evaluation._source_is,
    c.TargetIs: Evaluation._target_is,
    c.Crosses: Evaluation._crosses,
    c.OnSystem: Evaluation._on_system,
    c.Some: Evaluation._some,
    c.StakesIs: Evaluation._system_value,
    c.LifecycleIs: Evaluation._system_value,
    c.Reach: Evaluation._one_reach,
}
