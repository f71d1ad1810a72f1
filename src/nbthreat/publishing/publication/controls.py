"""Controls: which of them a threat names, how far each of them is, and which stand against a finding already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator

from nbthreat.base.risk import Level
from nbthreat.publishing.publication.records import Measure
from nbthreat.system.model import System
from nbthreat.threats.conditions import Subject
from nbthreat.threats.library import Library, Threat
from nbthreat.threats.matching import Finding, State


def stand_against(threat: Threat) -> tuple[str, ...]:
    """Return the ids of the controls that a threat's own conditions say stand against it or lower it, sorted."""
    return tuple(sorted({atom.name for atom in threat.defences}))


def statuses(system: System) -> dict[str, str]:
    """Return how far each control is that is spoken of.

    It is 'active' where it is said of everything asked, 'in_progress' where of some, and else 'to_do'.
    """
    said: defaultdict[str, set[bool]] = defaultdict(set)
    for answers in (
        system.controls,
        *(element.controls for element in system.elements),
        *(flow.controls for flow in system.flows),
    ):
        for name, answer in answers.items():
            said[name].add(answer)
    return {name: _STATUS[frozenset(answers)] for name, answers in said.items()}


_STATUS = {frozenset({True}): "active", frozenset({True, False}): "in_progress", frozenset({False}): "to_do"}


class ControlsByFinding:
    """What is asked of the controls of a system for each finding, worked out once."""

    def __init__(self, system: System, library: Library, findings: Iterable[Finding]) -> None:
        self._findings = tuple(findings)
        self._flows = {flow.id: flow for flow in system.flows}
        self._library = library
        threats = {finding.threat.id: finding.threat for finding in self._findings}
        self._named = {
            id: [name for name in stand_against(threat) if name in library.controls] for id, threat in threats.items()
        }
        known = statuses(system)
        self._status = {name: known.get(name, "to_do") for names in self._named.values() for name in names}

    def there(self, finding: Finding) -> tuple[str, ...]:
        """Return the controls that stand against a finding already, whole or, where it is mitigated, in part."""
        enough = ("active", "in_progress") if finding.state is State.MITIGATED else ("active",)
        return tuple(name for name in self._named[finding.threat.id] if self._status[name] in enough)

    def missing(self, finding: Finding) -> tuple[str, ...]:
        """Return the controls that could stand against a finding and do not."""
        there = self.there(finding)
        return tuple(name for name in self._named[finding.threat.id] if name not in there)

    def touches(self, finding: Finding) -> tuple[str, ...]:
        """Return the ids of what a finding is about: the element, or both ends of the flow and what it carries."""
        if finding.threat.subject is Subject.ELEMENT:
            return (finding.subject,)
        flow = self._flows.get(finding.subject)
        return (*dict.fromkeys((flow.source, flow.target)), *(flow.carries or ())) if flow else ()

    def measures(self, aside: Container[str]) -> Iterator[Measure]:
        """Yield the controls that the findings hang on, by id: those that are there, and those that could be.

        `aside` are the keys of findings that were set aside: no control is needed against those.
        """
        worst: dict[str, Level] = {}
        for finding in self._findings:
            weighs = finding.state is not State.MITIGATED and finding.key not in aside
            for name in self._named[finding.threat.id] if weighs else ():
                worst[name] = max(worst.get(name, Level.VERY_LOW), finding.rating.level)
        for name in sorted(self._status):
            control = self._library.controls[name]
            yield Measure(
                id=name,
                name=control.name,
                what=control.what,
                status=self._status[name],
                technical=control.of != ("system",),
                level=worst.get(name, Level.VERY_LOW),
                cost=control.cost.value,
            )
