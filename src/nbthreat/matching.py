"""Matching: which threats of a Library apply to a System, where, and why.

`match` is the only door. It reads nothing and changes nothing: same System, same Library, same findings in the same
order. A finding that hangs on something nobody said is *possible*, and a question says what would settle it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

from nbthreat import conditions as c
from nbthreat.conditions import Condition, Subject
from nbthreat.evaluation import BUDGET, Atom, Evaluation, atom_of, atoms
from nbthreat.graph import members
from nbthreat.library import PLACEHOLDER, Library, Threat
from nbthreat.model import System
from nbthreat.risk import Rating

_NAMES_SHOWN = 3
_CLAUSES_DEEP = 12


class State(StrEnum):
    """What is known of a finding."""

    OPEN = "open"  # it applies, and nothing stands against it
    POSSIBLE = "possible"  # something nobody said decides it
    MITIGATED = "mitigated"  # it would apply, and something stands against it


class Value(StrEnum):
    """What a condition answers."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a reason: in words, what it answered here, and the conditions inside it."""

    text: str
    value: Value
    parts: tuple[Clause, ...] = ()

    def lines(self, indent: int = 0) -> Iterator[str]:
        """Yield the tree as indented lines."""
        yield f"{'  ' * indent}{self.value.value:<8}{self.text}"
        for part in self.parts:
            yield from part.lines(indent + 1)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something nobody said, and of what."""

    atom: Atom
    subject: str

    @property
    def id(self) -> str:
        """The word by which a question is called: 'control/input-filter'."""
        return question_id(self.atom)


@dataclass(frozen=True, slots=True)
class Finding:
    """A threat applies to `subject`, or may: why is told when asked."""

    threat: Threat
    subject: str
    state: State
    _match: Match = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        """Stable from run to run, so that decisions can hang on it: 'indirect-prompt-injection@assistant'."""
        return f"{self.threat.id}@{self.subject}"

    @property
    def path(self) -> tuple[str, ...]:
        """One shortest way the danger comes by: element and flow ids in turn; empty where there is no path."""
        return self._match.path(self)

    @property
    def because(self) -> str:
        """Why, in one sentence with the names people use."""
        return self._match.because(self)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What nobody said and this finding hangs on."""
        return self._match.unknown(self)

    @property
    def why(self) -> tuple[Clause, ...]:
        """The clause trees: whether it applies and, if anything can stand against it, whether that does."""
        return self._match.why(self.threat, self.subject)

    @property
    def rating(self) -> Rating:
        """How likely and how bad, where this system's stakes are at stake."""
        return self.threat.rating.of(self._match.system.stakes)


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask people; each answer changes some possible findings."""

    id: str
    atom: Atom
    text: str
    subjects: tuple[str, ...]
    settles: tuple[str, ...]  # keys of the possible findings that an answer changes
    if_yes: tuple[str, ...]  # those a yes changes
    if_no: tuple[str, ...]


def match(system: System, library: Library, *, budget: int = BUDGET) -> Match:
    """Ask every threat of `library` about every part of `system`.

    Spends at most `budget` steps; what could not be finished is named in `Match.incomplete` and stays possible.
    """
    return Match(system, library, budget)


class Match:
    """The findings about one system, and everything that can be asked of them."""

    def __init__(self, system: System, library: Library, budget: int = BUDGET) -> None:
        self.system = system
        self.library = library
        self._evaluation = Evaluation(system, library.vocabulary, budget=budget)
        asked = [one for threat in self._threats for one in (threat.applies_when, threat.mitigated_when) if one]
        self._evaluation.prepare(asked)
        self.findings: tuple[Finding, ...] = tuple(self._found())

    @property
    def _threats(self) -> Iterator[Threat]:
        return (threat for threat in self.library.threats if threat.status.value != "retired")

    @property
    def complete(self) -> bool:
        """Whether every threat could be asked to the end."""
        return not self.incomplete

    @cached_property
    def incomplete(self) -> tuple[str, ...]:
        """The ids of the threats whose paths could not be followed to the end within the budget."""
        unfinished = self._evaluation.unfinished
        return tuple(
            threat.id
            for threat in self._threats
            if unfinished and any(part in unfinished for one in _conditions(threat) for part in c.walk(one))
        )

    def __getitem__(self, key: str) -> Finding:
        """Return the finding with that key; KeyError where there is none."""
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> dict[str, Finding]:
        return {finding.key: finding for finding in self.findings}

    def _states(self, threat: Threat, evaluation: Evaluation) -> tuple[int, int, int]:
        """Return the subjects at which a threat is open, possible, mitigated."""
        yes, maybe = evaluation.answer(threat.applies_when, threat.subject)
        if not maybe:
            return 0, 0, 0
        surely = perhaps = 0
        if threat.mitigated_when is not None:
            surely, perhaps = evaluation.answer(threat.mitigated_when, threat.subject)
        is_open = yes & ~perhaps
        return is_open, maybe & ~surely & ~is_open, maybe & surely

    def _ids(self, subject: Subject) -> tuple[str, ...]:
        if subject is Subject.SYSTEM:
            return (self.system.id,)
        return self._evaluation.graph.ids if subject is Subject.ELEMENT else self._evaluation.graph.flows

    def _found(self) -> Iterator[Finding]:
        for threat in self._threats:
            is_open, possible, mitigated = self._states(threat, self._evaluation)
            if not (is_open or possible or mitigated):
                continue
            ids = self._ids(threat.subject)
            for n in members(is_open | possible | mitigated):
                bit = 1 << n
                state = State.OPEN if is_open & bit else State.POSSIBLE if possible & bit else State.MITIGATED
                yield Finding(threat, ids[n], state, self)

    def _number(self, subject: Subject, id: str) -> int:
        return self._ids(subject).index(id)

    def _value(self, condition: Condition, subject: Subject, n: int) -> Value:
        yes, maybe = self._evaluation.answer(condition, subject)
        return Value.YES if yes >> n & 1 else Value.UNKNOWN if maybe >> n & 1 else Value.NO

    def why(self, threat: Threat, subject: str) -> tuple[Clause, ...]:
        """Return the clause trees of a threat at a subject, fired or not: *why*, and *why not*. KeyError if unknown."""
        if subject not in self._ids(threat.subject):
            raise KeyError(subject)
        n = self._number(threat.subject, subject)
        found = [Clause("applies", *self._clause(threat.applies_when, threat.subject, n))]
        if threat.mitigated_when is not None:
            found.append(Clause("mitigated", *self._clause(threat.mitigated_when, threat.subject, n)))
        return tuple(found)

    def _clause(self, condition: Condition, subject: Subject, n: int) -> tuple[Value, tuple[Clause, ...]]:
        inner = self._clause_of(condition, subject, n, 0)
        return inner.value, (inner,)

    def _clause_of(self, condition: Condition, subject: Subject, n: int, deep: int) -> Clause:
        text = c.in_words(condition)
        value = self._value(condition, subject, n)
        inner: list[Clause] = []
        if deep < _CLAUSES_DEEP:
            inner = [self._clause_of(part, kind, m, deep + 1) for part, kind, m in self._inside(condition, subject, n)]
        if isinstance(condition, c.Reach) and value is not Value.NO:
            names = " → ".join(self.label(id) for id in self._way(condition, n))
            text = f"{text}: {names}"
        return Clause(text, value, tuple(inner))

    def _inside(self, condition: Condition, subject: Subject, n: int) -> Iterator[tuple[Condition, Subject, int]]:
        """Yield the conditions inside one, each with the subject it is asked of here."""
        graph = self._evaluation.graph
        match condition:
            case c.Receives(part=part) | c.Sends(part=part):
                edges = graph.entering if isinstance(condition, c.Receives) else graph.leaving
                for _, flow in edges[n]:
                    yield part, Subject.FLOW, flow
            case c.SourceIs(part=part):
                yield part, Subject.ELEMENT, graph.sources[n]
            case c.TargetIs(part=part):
                yield part, Subject.ELEMENT, graph.targets[n]
            case c.OnSystem(part=part):
                yield part, Subject.SYSTEM, 0
            case c.Some(part=part):
                _, maybe = self._evaluation.answer(part, Subject.ELEMENT)
                for m in members(maybe):
                    yield part, Subject.ELEMENT, m
            case c.Reach(here=here, end=end):
                if here is not None:
                    yield here, Subject.ELEMENT, n
                way = self._way_numbers(condition, n)
                if way:
                    yield end, Subject.ELEMENT, way[0][0]
            case _:
                for part in c.parts(condition):
                    yield part, subject, n

    def _way_numbers(self, reach: c.Reach, n: int) -> tuple[list[int], list[int]] | None:
        """Return element and flow numbers of one shortest way, surest first; the subject last, or first if forward."""
        found = self._evaluation.spreads.get(reach)
        if found is None:
            return None
        spread, surely, perhaps = found
        for bit in (surely, perhaps):
            if spread.arrived[n] & bit:
                return spread.way(n, bit)
        return None

    def _way(self, reach: c.Reach, n: int) -> tuple[str, ...]:
        way = self._way_numbers(reach, n)
        if way is None:
            return ()
        graph = self._evaluation.graph
        elements, flows = way
        ids = [graph.ids[elements[0]]]
        for flow, element in zip(flows, elements[1:], strict=True):
            ids += [graph.flows[flow], graph.ids[element]]
        return tuple(ids[::-1] if reach.forward else ids)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return self.system.labels()

    def label(self, id: str) -> str:
        """Return what people call the thing with that id."""
        return self._labels.get(id, id)

    def path(self, finding: Finding) -> tuple[str, ...]:
        """Return one shortest way the danger comes by: element and flow ids in turn, or nothing."""
        reach = finding.threat.path
        return self._way(reach, self._number(Subject.ELEMENT, finding.subject)) if reach else ()

    def because(self, finding: Finding) -> str:
        """Return why, in one sentence with the names people use."""
        path = self.path(finding)
        flows = path[1::2] or ((finding.subject,) if finding.threat.subject is Subject.FLOW else ())
        elements = path[::2] or self._ends(finding)
        said = {
            "subject": self.label(finding.subject),
            "source": self.label(path[0]) if path else self.label(finding.subject),
            "path": " → ".join(self.label(id) for id in path[::2]) or self.label(finding.subject),
            "assets": _listed([self.label(id) for id in self._assets(flows)]) or "what is not said",
            "boundaries": _listed([self.label(id) for id in self._boundaries(elements)]) or "no boundary",
        }
        return PLACEHOLDER.sub(lambda found: said[found.group(1)], finding.threat.because)

    def _ends(self, finding: Finding) -> tuple[str, ...]:
        if finding.threat.subject is not Subject.FLOW:
            return ()
        flow = self.system.flow(finding.subject)
        return (flow.source, flow.target)

    def _assets(self, flows: tuple[str, ...]) -> list[str]:
        return list(dict.fromkeys(asset for id in flows for asset in self.system.flow(id).carries or ()))

    def _boundaries(self, elements: tuple[str, ...]) -> list[str]:
        """Return the boundaries entered or left on the way, each once, in order."""
        found: dict[str, None] = {}
        inside = [self.system.element(id).boundary for id in elements]
        for before, after in pairwise(inside):
            if before != after:
                found.update(dict.fromkeys(one for one in (before, after) if one))
        return list(found)

    def unknown(self, finding: Finding) -> tuple[Unknown, ...]:
        """Return what nobody said and the finding hangs on, in the order of its conditions."""
        if finding.state is not State.POSSIBLE:
            return ()
        n = self._number(finding.threat.subject, finding.subject)
        found: dict[Unknown, None] = {}
        for condition in _conditions(finding.threat):
            for one in self._unknown(condition, finding.threat.subject, n):
                found[one] = None
        return tuple(found)

    def _unknown(self, condition: Condition, subject: Subject, n: int) -> Iterator[Unknown]:
        if self._value(condition, subject, n) is not Value.UNKNOWN:
            return
        atom = atom_of(condition)
        if isinstance(condition, c.Holds) and self._evaluation.elements[n].holds is not None:
            yield from self._unknown_inflows(n)
        elif atom is not None:
            yield Unknown(atom, self._ids(subject)[n])
        if isinstance(condition, c.Reach):
            yield from self._unknown_on_way(condition, n)
        for part, kind, m in self._inside(condition, subject, n):
            yield from self._unknown(part, kind, m)

    def _unknown_inflows(self, n: int) -> Iterator[Unknown]:
        """Yield the flows into a store of which nobody said what they carry, or else what it holds itself."""
        graph = self._evaluation.graph
        unsaid = [flow for _, flow in graph.entering[n] if self._evaluation.flows[flow].carries is None]
        yield from (Unknown(Atom("carries"), graph.flows[flow]) for flow in unsaid)
        if not unsaid:
            yield Unknown(Atom("holds"), graph.ids[n])

    def _unknown_on_way(self, reach: c.Reach, n: int) -> Iterator[Unknown]:
        way = self._way_numbers(reach, n)
        if way is None:
            return
        elements, flows = way
        for flow in flows:
            if reach.asset and self._value(c.Carries(reach.asset), Subject.FLOW, flow) is Value.UNKNOWN:
                yield Unknown(Atom("carries"), self._evaluation.graph.flows[flow])
        for name in reach.without:
            for subject, numbers in ((Subject.ELEMENT, elements), (Subject.FLOW, flows)):
                for number in numbers:
                    if self._value(c.ControlIs(name), subject, number) is Value.UNKNOWN:
                        yield Unknown(Atom("control", name), self._ids(subject)[number])

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The fewest questions found under which every possible finding stands, most settling first."""
        possible = {finding.key: finding for finding in self.findings if finding.state is State.POSSIBLE}
        asked: dict[Atom, dict[str, None]] = defaultdict(dict)
        for finding in possible.values():
            for one in finding.unknown:
                asked[one.atom][one.subject] = None
        candidates = [self._question(atom, tuple(sorted(asked[atom]))) for atom in sorted(asked)]
        weight = {key: int(finding.rating.level) for key, finding in possible.items()}
        chosen: list[Question] = []
        left = set(possible)
        while candidates and left:
            best = max(
                candidates,
                key=lambda question: (sum(weight[k] for k in left.intersection(question.settles)), question.id),
            )
            if not left.intersection(best.settles):
                break
            chosen.append(best)
            candidates.remove(best)
            left.difference_update(best.settles)
        return tuple(chosen)

    @cached_property
    def _possible(self) -> dict[str, int]:
        return {threat.id: self._states(threat, self._evaluation)[1] for threat in self._threats}

    def _question(self, atom: Atom, subjects: tuple[str, ...]) -> Question:
        changed = {answer: self._changed(atom, answer=answer) for answer in (True, False)}
        settles = tuple(sorted({*changed[True], *changed[False]}))
        text = question_text(self.library, atom, tuple(self.label(id) for id in subjects))
        return Question(question_id(atom), atom, text, subjects, settles, changed[True], changed[False])

    def _changed(self, atom: Atom, *, answer: bool) -> tuple[str, ...]:
        """Return the keys of the possible findings whose state an answer changes."""
        supposed = self._evaluation.supposing(atom, answer)
        touched = [threat for threat in self._threats if any(atom in atoms(one) for one in _conditions(threat))]
        supposed.prepare([one for threat in touched for one in _conditions(threat)])
        keys: list[str] = []
        for threat in touched:
            before = self._possible[threat.id]
            _, after, _ = self._states(threat, supposed)
            ids = self._ids(threat.subject)
            keys += [f"{threat.id}@{ids[n]}" for n in members(before & ~after)]
        return tuple(sorted(keys))


_STRUCTURE = {
    "technology": "What exactly is {name}? It is drawn only in general.",
    "trust": "Inside which trust boundary is {name}, and how far are those inside trusted?",
    "holds": "What data does {name} hold, how sensitive is it, and is any of it about people?",
    "carries": "What does {name} carry?",
    "capabilities": "What can {name} do, and which of that does the system need?",
    "stakes": "What is at stake when {name} is wrong or misused?",
    "lifecycle": "In which phase of its life is {name}?",
}


def question_id(atom: Atom) -> str:
    """Return the word by which a question is called."""
    return f"{atom.kind}/{atom.name}" if atom.name else atom.kind


def question_text(library: Library, atom: Atom, names: tuple[str, ...]) -> str:
    """Return a question as it is read aloud, about the things with these names."""
    if atom.kind == "control":
        text = library.controls[atom.name].question
    elif atom.kind == "fact":
        text = library.facts[atom.name].question
    else:
        text = _STRUCTURE[atom.kind]
    more = len(names) - _NAMES_SHOWN
    shown = [*names[:_NAMES_SHOWN], f"{more} more"] if more > 0 else list(names)
    return text.replace("{name}", _listed(shown))


def _conditions(threat: Threat) -> tuple[Condition, ...]:
    return (threat.applies_when,) if threat.mitigated_when is None else (threat.applies_when, threat.mitigated_when)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def as_data(match: Match) -> dict[str, Any]:
    """Return a match as plain data, in a fixed order: what `nbthreat match --json` prints."""
    return {
        "system": match.system.id,
        "library": {
            "name": match.library.name,
            "version": match.library.version,
            "sha256": match.library.sha256,
        },
        "complete": match.complete,
        "findings": [finding_data(finding) for finding in match.findings],
        "questions": [
            {"id": one.id, "text": one.text, "subject": list(one.subjects), "settles": list(one.settles)}
            for one in match.questions
        ],
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    rating = finding.rating
    return {
        "key": finding.key,
        "threat": finding.threat.id,
        "title": finding.threat.title,
        "state": finding.state.value,
        "subject": [finding.subject],
        "path": list(finding.path),
        "because": finding.because,
        "rating": {"likelihood": rating.likelihood, "impact": rating.impact, "level": rating.level},
        "principles": list(finding.threat.provisions),
        "references": {key: list(ids) for key, ids in finding.threat.references.items()},
        "unknown": [f"{one.id}@{one.subject}" for one in finding.unknown],
    }


def check_examples(library: Library) -> list[tuple[str, str]]:
    """Run every threat's own examples; return (threat id, what is wrong) for each that does not hold."""
    from nbthreat.library import examples

    wrong: list[tuple[str, str]] = []
    for threat in library.threats:
        faults: list[Any] = []
        found = examples(threat, library.where[threat.id], faults)
        wrong += [(threat.id, str(fault)) for fault in faults]
        if found is None:
            continue
        for kind, cases in (("fires", found.fires), ("silent", found.silent), ("asks", found.asks)):
            for case in cases:
                wrong += [
                    (threat.id, f"{kind}, {case.what!r}: {message}")
                    for message in _example_faults(library, threat, kind, case)
                ]
    return wrong


def _example_faults(library: Library, threat: Threat, kind: str, case: Any) -> Iterator[str]:
    from nbthreat.errors import ModelError

    try:
        system = case.system()
    except ModelError as error:
        yield str(error)
        return
    problems = [problem.message for problem in library.problems(system)]
    if problems:
        yield from problems
        return
    mine = [finding for finding in match(system, library).findings if finding.threat.id == threat.id]
    if kind == "silent":
        for finding in mine:
            if finding.state is not State.MITIGATED:
                yield f"{finding.state.value} at {finding.subject}"
        return
    expected = State.OPEN if kind == "fires" else State.POSSIBLE
    here = next((finding for finding in mine if finding.subject == case.at), None)
    if here is None or here.state is not expected:
        seen = here.state.value if here else "nothing"
        yield f"expected {expected.value} at {case.at or '(at: is missing)'}, found {seen}"
    elif kind == "asks":
        asked = {one.atom.name or one.atom.kind for one in here.unknown}
        missing = sorted(set(case.expects) - asked)
        if missing:
            yield f"does not ask for {', '.join(missing)}; it asks for {', '.join(sorted(asked))}"
