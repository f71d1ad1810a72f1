"""Reasons: why a threat applies to a subject, by which path, and what nobody said that would decide it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from nbthreat.base.text import listed
from nbthreat.system.model import Element, Flow
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Atom, Evaluation, atom_of
from nbthreat.threats.graph import Reached, members
from nbthreat.threats.library import PLACEHOLDER, Threat

_WAY_ENDS = 8  # names at either end of a long way, in a sentence
_CLAUSES_DEEP = 12


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
        """The id of the question about it: 'control/input-screening'."""
        return self.atom.id


class Reasons:
    """The reasons behind the answers of one evaluation, worked out when they are asked for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.system = evaluation.system

    def _value(self, condition: Condition, subject: Subject, n: int) -> Value:
        yes, maybe = self.evaluation.answer(condition, subject)
        return Value.YES if yes >> n & 1 else Value.UNKNOWN if maybe >> n & 1 else Value.NO

    def why(self, threat: Threat, subject: str) -> tuple[Clause, ...]:
        """Return the clause tree of when a threat applies to a subject and, if there is one, of when it is mitigated.

        Also where it does not apply. KeyError where there is no such subject.
        """
        n = self.evaluation.number(threat.subject, subject)
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
            inner = [self._clause_of(part, kind, m, deep + 1) for part, kind, m in self.inside(condition, subject, n)]
        if isinstance(condition, c.Reach) and value is not Value.NO:
            names = " → ".join(self.label(id) for id in self._way(condition, n))
            text = f"{text}: {names}"
        return Clause(text, value, tuple(inner))

    def inside(self, condition: Condition, subject: Subject, n: int) -> Iterator[tuple[Condition, Subject, int]]:
        """Yield the conditions inside one, each with the subject it is asked of here."""
        graph = self.evaluation.graph
        match condition:
            case c.Receives(part=part) | c.Sends(part=part):
                edges = graph.entering if isinstance(condition, c.Receives) else graph.leaving
                for _, flow in edges[n]:
                    yield part, Subject.FLOW, flow
            case c.SourceIs(part=part) | c.TargetIs(part=part):
                near = graph.sources[n] if isinstance(condition, c.SourceIs) else graph.targets[n]
                for m in [m for m, _ in self.evaluation.ends(condition, n)] or [near]:
                    yield part, Subject.ELEMENT, m
            case c.OnSystem(part=part):
                yield part, Subject.SYSTEM, 0
            case c.Some(part=part):
                _, maybe = self.evaluation.answer(part, Subject.ELEMENT)
                for m in members(maybe):
                    yield part, Subject.ELEMENT, m
            case c.Reach(here=here, end=end):
                if here is not None:
                    yield here, Subject.ELEMENT, n
                way = self.way_numbers(condition, n)
                if way:
                    yield end, Subject.ELEMENT, way[0][0]
            case _:
                for part in c.parts(condition):
                    yield part, subject, n

    def way_numbers(self, reach: c.Reach, n: int) -> tuple[list[int], list[int]] | None:
        """Return element and flow numbers of one shortest way, surest first; the subject last, or first if forward."""
        found = self._arrival(reach, n)
        return found[0].way(n, found[1]) if found else None

    def distance(self, reach: c.Reach, n: int) -> int:
        """Return how many elements lie on the way that `way_numbers` tells; 0 where there is none."""
        found = self._arrival(reach, n)
        return found[0].length(n, found[1]) if found else 0

    def _arrival(self, reach: c.Reach, n: int) -> tuple[Reached, int] | None:
        """Return the spread of a path question that comes to an element, and its bit there, the surest first."""
        found = self.evaluation.spreads.get(reach)
        if found is None:
            return None
        spread, surely, perhaps = found
        return next(((spread, bit) for bit in (surely, perhaps) if spread.arrived[n] & bit), None)

    def _way(self, reach: c.Reach, n: int) -> tuple[str, ...]:
        way = self.way_numbers(reach, n)
        if way is None:
            return ()
        graph = self.evaluation.graph
        elements, flows = way
        ids = [graph.ids[elements[0]]]
        for flow, element in zip(flows, elements[1:], strict=True):
            ids += [graph.flows[flow], graph.ids[element]]
        return tuple(ids[::-1] if reach.forward else ids)

    @cached_property
    def _elements(self) -> dict[str, Element]:
        return {element.id: element for element in self.system.elements}

    @cached_property
    def _flows(self) -> dict[str, Flow]:
        return {flow.id: flow for flow in self.system.flows}

    @cached_property
    def _labels(self) -> dict[str, str]:
        return self.system.labels()

    def label(self, id: str) -> str:
        """Return what people call the thing with that id."""
        return self._labels.get(id, id)

    def path(self, threat: Threat, subject: str) -> tuple[str, ...]:
        """Return one way of the danger, element and flow ids in turn; () where the conditions ask about no way.

        It leads from where the danger enters to the subject, and on to where it does harm, as far as the conditions
        ask about that.
        """
        if threat.subject is not Subject.ELEMENT:
            return ()
        n = self.evaluation.number(Subject.ELEMENT, subject)
        comes, goes = self._comes(threat.path or threat.applies_when, n), self._goes(threat.applies_when, n)
        return comes + goes[1:] if comes else goes

    def _comes(self, condition: Condition, n: int) -> tuple[str, ...]:
        """Return the way to an element for which a condition holds; () where it asks about no way to it."""
        match condition:
            case c.Reach(forward=False):
                return self._further_back(condition, self._way(condition, n))
            case c.Receives(part=part):
                flow = self._surest(part, [flow for _, flow in self.evaluation.graph.entering[n]])
                if flow is None:
                    return ()
                graph = self.evaluation.graph
                return self._further_back(
                    condition, (*self._past_relays(part, flow)[::-1], graph.flows[flow], graph.ids[n])
                )
            case c.All() | c.Any_() | c.Is():
                return next(filter(None, (self._comes(part, n) for part in self._holding(condition, n))), ())
            case _:
                return ()

    def _further_back(self, condition: c.Reach | c.Receives, way: tuple[str, ...]) -> tuple[str, ...]:
        """Return `way` with the way that leads to its start before it, where the condition asks about one."""
        if not way:
            return way
        start = self.evaluation.number(Subject.ELEMENT, way[0])
        if isinstance(condition, c.Reach):
            again = self._way(condition, start) if self.evaluation.index.relays[start] else ()
            before = self._comes(condition.end, start) or again
        else:
            sources = [part.part for part in self._ends_asked(condition.part) if isinstance(part, c.SourceIs)]
            before = next(filter(None, (self._comes(part, start) for part in sources)), ())
        return before + way[1:] if before and set(before[:-1]).isdisjoint(way) else way

    @staticmethod
    def _ends_asked(condition: Condition) -> list[c.SourceIs | c.TargetIs]:
        """Return what a condition on a flow asks of the elements at its ends."""
        parts = condition.parts if isinstance(condition, c.All) else (condition,)
        return [part for part in parts if isinstance(part, c.SourceIs | c.TargetIs)]

    def _past_relays(self, condition: Condition, flow: int, *, forward: bool = False) -> tuple[str, ...]:
        """Return the way from one end of a flow to whoever is there for it, past transparent elements: ids in turn.

        The way leads to an element that meets what `condition` asks of that end; where it asks nothing, the element
        at the end is all.
        """
        graph = self.evaluation.graph
        kind = c.TargetIs if forward else c.SourceIs
        for part in self._ends_asked(condition):
            found = self.evaluation.ends(part, flow) if isinstance(part, kind) else []
            if found:
                _, (elements, flows) = found[0]
                between = zip(flows, elements[1:], strict=True)
                return (graph.ids[elements[0]], *(id for by, at in between for id in (graph.flows[by], graph.ids[at])))
        return (graph.ids[(graph.targets if forward else graph.sources)[flow]],)

    def _goes(self, condition: Condition, n: int) -> tuple[str, ...]:
        """Return the way from an element for which a condition holds; () where it asks about no way from it."""
        match condition:
            case c.Reach(forward=True):
                way = self._way(condition, n)
                return way if way and way[-1] != way[0] else ()
            case c.Reach(here=here) if here is not None:
                return self._goes(here, n)
            case c.Sends(part=part):
                flow = self._surest(part, [flow for _, flow in self.evaluation.graph.leaving[n]])
                return () if flow is None else (*self._ids(n, flow), *self._past_relays(part, flow, forward=True))
            case c.All() | c.Any_() | c.Is():
                return next(filter(None, (self._goes(part, n) for part in self._holding(condition, n))), ())
            case _:
                return ()

    def _holding(self, condition: c.All | c.Any_ | c.Is, n: int) -> list[Condition]:
        """Return the parts of a condition that hold of an element or may; of alternatives the surest first."""
        values = [(part, self._value(part, Subject.ELEMENT, n)) for part in c.parts(condition)]
        if isinstance(condition, c.Any_):
            values.sort(key=lambda answered: answered[1] is not Value.YES)
        return [part for part, value in values if value is not Value.NO]

    def _surest(self, condition: Condition, flows: list[int]) -> int | None:
        """Return the first flow of which a condition holds, else the first of which it may; None without either."""
        values = [(self._value(condition, Subject.FLOW, flow), flow) for flow in flows]
        ranked = [(value is not Value.YES, flow) for value, flow in values if value is not Value.NO]
        return min(ranked, default=(True, None))[1]

    def _ids(self, element: int, flow: int) -> tuple[str, str]:
        return self.evaluation.graph.ids[element], self.evaluation.graph.flows[flow]

    def because(self, threat: Threat, subject: str) -> str:
        """Return why, in one sentence with the names people use."""
        path = self._way(threat.path, self.evaluation.number(Subject.ELEMENT, subject)) if threat.path else ()
        flows = path[1::2] or ((subject,) if threat.subject is Subject.FLOW else ())
        elements = path[::2] or self._ends(threat, subject)
        said = {
            "subject": self.label(subject),
            "source": self.label(path[0]) if path else self.label(subject),
            "path": self._in_a_row(path[::2]) or self.label(subject),
            "assets": listed([self.label(id) for id in self._assets(flows)]) or "what is not said",
            "boundaries": listed([self.label(id) for id in self._boundaries(elements)]) or "no boundary",
        }
        return PLACEHOLDER.sub(lambda found: said[found.group(1)], threat.because)

    def _in_a_row(self, ids: Sequence[str]) -> str:
        """Return the names of the elements on a way; of a long one its beginning, its end and how many lie between."""
        left_out = len(ids) - 2 * _WAY_ENDS
        if left_out <= 1:
            return " → ".join(map(self.label, ids))
        first, last = ids[:_WAY_ENDS], ids[-_WAY_ENDS:]
        return " → ".join([*map(self.label, first), f"{left_out:,} more", *map(self.label, last)])

    def _ends(self, threat: Threat, subject: str) -> tuple[str, ...]:
        if threat.subject is not Subject.FLOW:
            return ()
        flow = self._flows[subject]
        return (flow.source, flow.target)

    def _assets(self, flows: tuple[str, ...]) -> list[str]:
        return list(dict.fromkeys(asset for id in flows for asset in self._flows[id].carries or ()))

    def _boundaries(self, elements: tuple[str, ...]) -> list[str]:
        """Return the boundaries entered or left on the way, each once, in order."""
        found: dict[str, None] = {}
        inside = [self._elements[id].boundary for id in elements]
        for before, after in pairwise(inside):
            if before != after:
                found.update(dict.fromkeys(name for name in (before, after) if name))
        return list(found)

    def unknown(self, threat: Threat, subject: str, asked: Iterable[Condition] | None = None) -> tuple[Unknown, ...]:
        """Return what nobody said that decides a threat at a subject, in the order of its conditions, each once.

        With `asked`, what decides those of its conditions.
        """
        n = self.evaluation.number(threat.subject, subject)
        return tuple(
            dict.fromkeys(
                unknown
                for condition in (threat.conditions if asked is None else asked)
                for unknown in self._unknown(condition, threat.subject, n)
            )
        )

    def _unknown(self, condition: Condition, subject: Subject, n: int) -> Iterator[Unknown]:
        if self._value(condition, subject, n) is not Value.UNKNOWN:
            return
        atom = atom_of(condition)
        if isinstance(condition, c.Holds) and self.evaluation.elements[n].holds is not None:
            yield from self._unknown_inflows(n)
        elif atom is not None:
            yield Unknown(atom, self.evaluation.ids(subject)[n])
        if isinstance(condition, c.Reach):
            yield from self._unknown_on_way(condition, n)
        for part, kind, m in self.inside(condition, subject, n):
            yield from self._unknown(part, kind, m)

    def _unknown_inflows(self, n: int) -> Iterator[Unknown]:
        """Yield what each flow into a store carries where nobody said; where all is said, what the store holds."""
        graph = self.evaluation.graph
        unsaid = [flow for _, flow in graph.entering[n] if self.evaluation.flows[flow].carries is None]
        yield from (Unknown(Atom("carries"), graph.flows[flow]) for flow in unsaid)
        if not unsaid:
            yield Unknown(Atom("holds"), graph.ids[n])

    def _unknown_on_way(self, reach: c.Reach, n: int) -> Iterator[Unknown]:
        way = self.way_numbers(reach, n)
        if way is None:
            return
        elements, flows = way
        for flow in flows:
            if reach.asset and self._value(c.Carries(reach.asset), Subject.FLOW, flow) is Value.UNKNOWN:
                yield Unknown(Atom("carries"), self.evaluation.graph.flows[flow])
        for name in reach.without:
            for subject, numbers in ((Subject.ELEMENT, elements), (Subject.FLOW, flows)):
                for number in numbers:
                    if self._value(c.ControlIs(name), subject, number) is Value.UNKNOWN:
                        yield Unknown(Atom("control", name), self.evaluation.ids(subject)[number])
