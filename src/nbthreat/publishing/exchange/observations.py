"""What a change does to a register besides opening risks: what it decides, sets aside, mitigates, lowers or removes.

None of it need be wrong. But each may hide a risk that is there, so whoever approves the change is told of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from nbthreat.base.errors import clean
from nbthreat.base.risk import Level
from nbthreat.base.text import listed
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Act, Decision, Dismissal, Risk, Standing, Treatment, said
from nbthreat.publishing.exchange.baseline import UNDECIDED, Baseline, BaselineLine
from nbthreat.publishing.publication.controls import ControlsByFinding
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import UNSETTLED, State

LONGEST_ACCEPTANCE = timedelta(days=3 * 366)
"""An acceptance that runs longer than this is told as one without a real end."""

_SHOWN_NAME = 100
_SHOWN_LIST = 200


class ObservationKind(StrEnum):
    """What a change does. Those about a risk are told where it is at the level of the gate or above."""

    ACCEPTED = "accepted"  # newly, or by somebody else, or until another day
    NO_END = "no-end"  # accepted for longer than anybody can answer for
    DECIDED = "decided"  # to be mitigated, transferred or avoided: newly, or otherwise than before
    NOT_APPLICABLE = "not-applicable"  # newly set aside
    RAISED = "raised"  # above the level at which it was decided or set aside, and neither was looked at again
    MITIGATED = "mitigated"  # by controls that are newly claimed
    POSSIBLE = "possible"  # or to clarify, newly, as nobody said what it hangs on
    LOWERED = "lowered"  # from the level of the gate to below it
    GONE = "gone"  # not mitigated in the baseline, and no longer found
    NOT_FOUND = "not-found"  # newly decided, of what is not found or on no part that is there
    CRITICALITY = "criticality"
    TECHNOLOGY = "technology"  # of an element, which may be new or gone
    PACKS = "packs"  # which packs, overrides and library the threats come from


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that a change does, about a risk or a part."""

    kind: ObservationKind
    subject: str  # key of a finding, or id of a part
    title: str
    detail: str

    @property
    def words(self) -> str:
        """All of it on one line, for people."""
        return f"{clean(self.title, _SHOWN_NAME)} ({clean(self.subject, _SHOWN_NAME)}): {self.detail}"


@dataclass(frozen=True, slots=True)
class ComparedRisk:
    """A line of the register now, beside the line that it had in the baseline; None where it had none."""

    risk: Risk
    before: BaselineLine | None

    @property
    def level(self) -> Level | None:
        """The level with no control counted; None where nothing is found."""
        return self.risk.inherent.level if self.risk.inherent else None

    @property
    def pending(self) -> bool:
        """Whether it is not mitigated, and no decision holds."""
        mitigated = self.risk.finding is not None and self.risk.finding.state is State.MITIGATED
        return self.risk.standing in UNDECIDED and self.level is not None and not mitigated


def observed(
    assessment: Assessment,
    baseline: Baseline,
    floor: Level,
    compared: Iterable[ComparedRisk],
    absent: Iterable[BaselineLine],
) -> tuple[Observation, ...]:
    """Return what a change does, by kind in the order of the kinds, and in each by subject.

    `compared` are all lines of the register, and `absent` the lines of the baseline that none of these goes on.
    """
    found = [
        *_Risks(assessment, floor).observations(compared),
        *_gone(absent, floor),
        *_of_drawing(assessment.system, baseline),
        *_of_packs(assessment.system, assessment.library, baseline),
    ]
    order = list(ObservationKind)
    return tuple(sorted(found, key=lambda observation: (order.index(observation.kind), observation.subject)))


class _Risks:
    """What is told of each line of a register."""

    def __init__(self, assessment: Assessment, floor: Level) -> None:
        self._assessment = assessment
        self._logged_words: defaultdict[tuple[Act, str], set[str]] = defaultdict(set)
        for entry in assessment.register.log:
            for key in entry.about:
                self._logged_words[entry.act, key].add(entry.what)
        self._floor = floor
        self._labels = assessment.system.labels()
        self._controls = ControlsByFinding(assessment.system, assessment.library, assessment.findings)

    def observations(self, compared: Iterable[ComparedRisk]) -> Iterator[Observation]:
        for line in compared:
            for kind, detail in self._told(line):
                yield Observation(kind, line.risk.key, line.risk.title, detail)

    def _told(self, line: ComparedRisk) -> Iterator[tuple[ObservationKind, str]]:
        risk, before, level = line.risk, line.before, line.level
        if risk.standing is Standing.NO_LONGER_FOUND:
            yield from self._not_found(line)
        elif level is None or level < self._floor:
            if before and before.pending and before.level and before.level >= self._floor:
                yield ObservationKind.LOWERED, f"from {before.level.label} to {level.label if level else 'none'}."
        else:
            yield from self._decided(line)
            yield from self._raised(line)
            yield from self._found(line)

    def _decided(self, line: ComparedRisk) -> Iterator[tuple[ObservationKind, str]]:
        risk, before = line.risk, line.before
        if risk.standing is Standing.SET_ASIDE and risk.dismissal:
            if before is None or before.standing is not Standing.SET_ASIDE:
                yield ObservationKind.NOT_APPLICABLE, f"set aside {self._by(risk.dismissal, risk.key)}."
        elif risk.standing is Standing.DECIDED and risk.decision:
            decision = risk.decision
            if before and before.standing is Standing.DECIDED and _same(before, decision):
                return
            if decision.treatment is Treatment.ACCEPT and decision.acceptance:
                taken = decision.acceptance
                who = f"by {clean(taken.approver, _SHOWN_NAME) or 'nobody named'} until {taken.expires.isoformat()}"
                yield ObservationKind.ACCEPTED, f"accepted {who}, {self._logged(decision, risk.key)}."
            else:
                due = f"due {decision.due.isoformat()}" if decision.due else "with no due date"
                does = f"{decision.treatment.value}, {due}, decided {self._by(decision, risk.key)}"
                yield ObservationKind.DECIDED, f"{does}."
            if decision.acceptance and decision.acceptance.expires - self._assessment.today > LONGEST_ACCEPTANCE:
                yield ObservationKind.NO_END, f"accepted until {decision.acceptance.expires.isoformat()}."

    def _raised(self, line: ComparedRisk) -> Iterator[tuple[ObservationKind, str]]:
        before, level = line.before, line.level
        if before is None or before.level is None or level is None or level <= before.level:
            return
        if before.standing is line.risk.standing and before.standing in (Standing.DECIDED, Standing.SET_ASIDE):
            yield ObservationKind.RAISED, f"{before.standing.value} at {before.level.label}, now {level.label}."

    def _found(self, line: ComparedRisk) -> Iterator[tuple[ObservationKind, str]]:
        risk, before = line.risk, line.before
        if risk.finding is None or risk.standing is Standing.SET_ASIDE:
            return
        was = f"{before.state or 'not found'} in the baseline" if before else "not in the baseline"
        if risk.finding.state is State.MITIGATED:
            if before is None or before.state != State.MITIGATED or not before.level or before.level < self._floor:
                library = self._assessment.library
                names = [library.controls[name].name for name in self._controls.there(risk.finding)]
                by = f"by what is claimed: {clean(listed(names), _SHOWN_LIST)}" if names else "by what the drawing says"
                yield ObservationKind.MITIGATED, f"{by}; {was}."
        elif risk.finding.state in UNSETTLED and line.pending and not _was_unsettled(before, self._floor):
            unclear = risk.finding.state is State.TO_CLARIFY
            what = "nobody said whether it applies" if unclear else "hangs on what nobody said"
            yield ObservationKind.POSSIBLE, f"{what}; {was}."

    def _not_found(self, line: ComparedRisk) -> Iterator[tuple[ObservationKind, str]]:
        """Yield that something is decided of a risk that is not there, where the baseline had no such decision."""
        risk, before = line.risk, line.before
        said_of = risk.decision or risk.dismissal
        if said_of is None or (before and before.standing not in (Standing.NEW, Standing.INHERITED)):
            return
        part = risk.key.partition("@")[2]
        where = "it is not found there" if part in self._labels else f"there is no part {clean(part, _SHOWN_NAME)}"
        yield ObservationKind.NOT_FOUND, f"{where}, and it is decided {self._by(said_of, risk.key)}."

    def _by(self, said_of: Decision | Dismissal, key: str) -> str:
        return f"by {clean(said_of.by, _SHOWN_NAME) or 'nobody named'}, {self._logged(said_of, key)}"

    def _logged(self, said_of: Decision | Dismissal, key: str) -> str:
        """Return whether the log has it that this was said of the finding of that key, in words."""
        act = Act.DECIDED if isinstance(said_of, Decision) else Act.SET_ASIDE
        return "in the log" if said(said_of) in self._logged_words[act, key] else "not in the log"


def _same(before: BaselineLine, decision: Decision) -> bool:
    """Return whether a decision does what the baseline's did: the same treatment, accepted by whom until when."""
    acceptance = decision.acceptance
    taken = (acceptance.approver, acceptance.expires.isoformat()) if acceptance else ("", "")
    return (before.treatment, before.accepted_by, before.accepted_until) == (decision.treatment.value, *taken)


def _was_unsettled(before: BaselineLine | None, floor: Level) -> bool:
    if before is None or before.state not in UNSETTLED or not before.pending:
        return False
    return before.level is not None and before.level >= floor


def _gone(absent: Iterable[BaselineLine], floor: Level) -> Iterator[Observation]:
    for line in absent:
        if line.pending and line.level and line.level >= floor:
            was = f"{line.level.label} and {line.state or line.standing.value} in the baseline"
            yield Observation(ObservationKind.GONE, line.key, line.title, f"{was}, no longer found.")


def _of_drawing(system: System, baseline: Baseline) -> Iterator[Observation]:
    before = baseline.drawing
    if before is None:
        return
    criticality = system.stakes.value if system.stakes else ""
    if criticality != before.criticality:
        detail = _moved(before.criticality or "not said", criticality or "not said")
        yield Observation(ObservationKind.CRITICALITY, system.id, system.name, detail)
    names = system.labels()
    now = {element.id: " and ".join(element.technologies) for element in system.elements}
    for id in sorted({*now, *before.technologies}):
        if now.get(id) != before.technologies.get(id):
            detail = _moved(before.technologies.get(id, "no such element"), now.get(id, "no longer there"))
            yield Observation(ObservationKind.TECHNOLOGY, id, names.get(id, id), detail)


def _of_packs(system: System, library: Library, baseline: Baseline) -> Iterator[Observation]:
    before = baseline.drawing
    named: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = (
        {"packs": (before.packs, system.packs), "overrides": (before.overrides, system.overrides)} if before else {}
    )
    for what, (old, new) in named.items():
        if old != new:
            yield Observation(ObservationKind.PACKS, system.id, system.name, f"{what}: {_moved(_all(old), _all(new))}")
    sha256 = library.published.sha256 if baseline.public else library.sha256
    if baseline.library_sha256 and baseline.library_sha256 != sha256:
        overridden = sorted({id for pack in library.packs for id in pack.overrides})
        laid = f", with {', '.join(f'{pack.name} {pack.version}' for pack in library.packs)}" if library.packs else ""
        over = f" overriding {', '.join(overridden)}" if overridden else ""
        told = _moved(baseline.library, f"{library.name} {library.version}{laid}{over}")
        yield Observation(ObservationKind.PACKS, system.id, system.name, f"another threat library is asked: {told}")


def _all(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _moved(before: str, now: str) -> str:
    return f"{clean(before, _SHOWN_LIST)} → {clean(now, _SHOWN_LIST)}."
