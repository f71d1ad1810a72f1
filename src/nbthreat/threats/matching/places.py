"""Places: every part of a drawing that a finding is about, from where the danger enters to where it does harm.

A finding has one subject. It is also about every way by which the danger comes or goes on, and about the flows and
neighbours that meet its conditions. A part that may meet them counts; one that surely does not is left out.
"""

from __future__ import annotations

from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Evaluation


def places(evaluation: Evaluation, applies: Condition, subject: Subject, id: str) -> tuple[str, ...]:
    """Return the id of a subject, then of the elements and then of the flows for which `applies` holds, or may."""
    found = _Visited(evaluation)
    found.add(applies, subject, {evaluation.number(subject, id)})
    ids = [evaluation.ids(kind)[n] for kind in (Subject.ELEMENT, Subject.FLOW) for n in sorted(found.numbers[kind])]
    return tuple(dict.fromkeys((id, *ids)))


class _Visited:
    """The elements and flows found so far, by number."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.numbers: dict[Subject, set[int]] = {Subject.ELEMENT: set(), Subject.FLOW: set()}

    def add(self, condition: Condition, subject: Subject, among: set[int]) -> None:
        """Add the places for which `condition` holds of subjects in `among`, or may."""
        _, maybe = self.evaluation.answer(condition, subject)
        holds = {n for n in among if maybe >> n & 1}
        if not holds:
            return
        match condition:
            case c.All(parts=parts) | c.Any_(parts=parts):
                for part in parts:
                    self.add(part, subject, holds)
            case c.Is(part=part):
                self.add(part, subject, holds)
            case c.Receives(part=part):
                self._by_flows(part, {flow for n in holds for _, flow in self.graph.entering[n]}, self.graph.sources)
            case c.Sends(part=part):
                self._by_flows(part, {flow for n in holds for _, flow in self.graph.leaving[n]}, self.graph.targets)
            case c.SourceIs(part=part) | c.TargetIs(part=part):
                self.add(part, Subject.ELEMENT, self._past_relays(condition, holds))
            case c.Reach(here=here, end=end):
                if here is not None:
                    self.add(here, subject, holds)
                self.add(end, Subject.ELEMENT, self._ways(condition, holds))
            case _:
                pass

    def _by_flows(self, condition: Condition, among: set[int], far_ends: tuple[int, ...]) -> None:
        """Add the flows in `among` of which `condition` holds or may, their far ends, and its places."""
        _, maybe = self.evaluation.answer(condition, Subject.FLOW)
        flows = {n for n in among if maybe >> n & 1}
        self.numbers[Subject.FLOW] |= flows
        self.numbers[Subject.ELEMENT].update(far_ends[n] for n in flows)
        self.add(condition, Subject.FLOW, flows)

    def _past_relays(self, condition: c.SourceIs | c.TargetIs, flows: set[int]) -> set[int]:
        """Add what lies between flows and those for whom they meet `condition`; return these."""
        found: set[int] = set()
        for flow in flows:
            for element, (elements, between) in self.evaluation.ends(condition, flow):
                found.add(element)
                if between:
                    self.numbers[Subject.ELEMENT].update(elements)
                    self.numbers[Subject.FLOW].update(between)
        return found

    def _ways(self, reach: c.Reach, lands: set[int]) -> set[int]:
        """Add every way that data may take to the elements `lands`; return the elements where those ways start."""
        found = self.evaluation.spreads.get(reach)
        if found is None:
            return set()
        spread, _, bit = found
        passes = self.evaluation.path_searches(reach)[1].passes
        relays = self.evaluation.index.relays
        edges = self.graph.leaving if reach.forward else self.graph.entering
        begins: set[int] = set()
        looked, ahead = set(lands), list(lands)
        while ahead:
            for there, flow in edges[ahead.pop()]:
                starts = bool(spread.starts[there] & bit)
                passed = bool(spread.arrived[there] & bit) and relays[there]
                if not passes >> flow & 1 or not (starts or passed):
                    continue
                self.numbers[Subject.ELEMENT].add(there)
                self.numbers[Subject.FLOW].add(flow)
                if starts:
                    begins.add(there)
                if passed and there not in looked:
                    looked.add(there)
                    ahead.append(there)
        return begins
