"""A gate for the builds of other projects: what is open now, against what a sign-off or a publication already had.

It fails on what is new, on what came back, and on what got worse; what the baseline had open stays its business. What
is merely possible or to clarify does not fail, unless the baseline knew it mitigated: then what stood against it is no
longer known. What else a change does is told, always, and fails where it is asked to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.base.errors import NbthreatError, clean, quoted
from nbthreat.base.risk import Level
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Risk, Standing
from nbthreat.publishing.exchange.baseline import UNDECIDED, Baseline, BaselineLine
from nbthreat.publishing.exchange.observations import ComparedRisk, Observation, ObservationKind, observed
from nbthreat.publishing.publication import BaselineComparison, NotedChange
from nbthreat.system.model import FrozenMap
from nbthreat.threats.matching import UNSETTLED, State

_SHOWN = 10
_SHOWN_TITLE = 100


class BaselineStatus(StrEnum):
    """How something that is open now stands to the baseline."""

    NEW = "new"  # the baseline did not have it, or only as unsettled
    REOPENED = "reopened"  # decided, mitigated or gone then
    RAISED = "raised"  # open then too, at a lower level
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """One risk that is open now, and how it stands to the baseline."""

    risk: Risk
    level: Level
    sort: BaselineStatus


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate found: everything that is open, the worst first; what the baseline had and is gone, by key; and what
    else the change does, by kind.
    """

    floor: Level
    lines: tuple[OpenRisk, ...]
    possible: tuple[Risk, ...]  # what may turn out to be open, at the floor or above
    absent: tuple[BaselineLine, ...]
    states: FrozenMap[str]  # how each line of the register stands to the baseline, as SARIF says it, by key
    observations: tuple[Observation, ...] = ()
    strict: frozenset[ObservationKind] = frozenset()  # the kinds of observations it fails on
    compares_drawing: bool = True  # whether the baseline holds criticality, technologies and packs

    @property
    def failing(self) -> tuple[OpenRisk, ...]:
        """The open risks that the gate fails on, the worst first."""
        return tuple(
            open_risk
            for open_risk in self.lines
            if open_risk.sort is not BaselineStatus.UNCHANGED and open_risk.level >= self.floor
        )

    @property
    def refused(self) -> tuple[Observation, ...]:
        """What else the gate fails on, as it was asked to."""
        return tuple(observation for observation in self.observations if observation.kind in self.strict)

    @property
    def fails(self) -> bool:
        """Whether it fails at all."""
        return bool(self.failing or self.refused)

    def told(self) -> Iterator[str]:
        """Yield the summary: what fails, then every kind of observation that there is one of, then the counts."""
        failing = self.failing
        for open_risk in failing[:_SHOWN]:
            title, key = (clean(text, _SHOWN_TITLE) for text in (open_risk.risk.title, open_risk.risk.key))
            yield f"{open_risk.sort.value:<9} {open_risk.level.label:<9} {title} ({key})"
        if len(failing) > _SHOWN:
            yield f"and {len(failing) - _SHOWN} more"
        for kind in ObservationKind:
            yield from self._observed(kind)
        counts = ", ".join(
            f"{sum(open_risk.sort is sort for open_risk in self.lines)} {sort.value}" for sort in BaselineStatus
        )
        yield f"Open at any level: {counts}; {len(self.absent)} no longer found."
        if self.possible:
            new = sum(self.states[risk.key] == "new" for risk in self.possible)
            sorts = Counter(risk.finding.state for risk in self.possible if risk.finding)
            counted = " and ".join(f"{sorts[state]} {state.value}" for state in UNSETTLED if sorts[state])
            which = f"{counted} at {self.floor.label} or above, {new} of them new,"
            yield f"{which} hang on what nobody said: `nbthreat match`."
        if not self.compares_drawing:
            yield "The baseline is a publication: criticality, technologies and packs were not compared."
        count = len(failing) + len(self.refused)
        yield f"Gate at {self.floor.label}: {f'{count} fail' if count else 'nothing fails'}."

    def _observed(self, kind: ObservationKind) -> Iterator[str]:
        found = [observation for observation in self.observations if observation.kind is kind]
        fails = "fails: " if kind in self.strict else ""
        for observation in found[:_SHOWN]:
            yield f"{fails}{kind.value}: {observation.words}"
        if len(found) > _SHOWN:
            yield f"{fails}{kind.value}: and {len(found) - _SHOWN} more"

    def comparison(self) -> BaselineComparison:
        """Return how each line stands to the baseline, and what else the change does, as a published form says it."""
        return BaselineComparison(
            states=self.states,
            absent=FrozenMap((line.key, line.title) for line in self.absent),
            noted=tuple(
                NotedChange(kind=observation.kind.value, subject=observation.subject, words=observation.words)
                for observation in self.observations
            ),
        )


_SARIF = {BaselineStatus.NEW: "new", BaselineStatus.REOPENED: "updated", BaselineStatus.RAISED: "updated"}


def gate(
    assessment: Assessment, baseline: Baseline, floor: Level, strict: Collection[ObservationKind] = frozenset()
) -> Gate:
    """Compare what is open with a baseline, and tell what else differs; `strict` are the kinds of that which fail.

    Raises NbthreatError where the baseline is of another system.
    """
    if baseline.system != assessment.system.id:
        raise NbthreatError(
            f"the baseline is of the system {quoted(baseline.system)}, not of {quoted(assessment.system.id)}."
        )
    lines: list[OpenRisk] = []
    states: dict[str, str] = {}
    known: set[str] = set()
    possible: list[Risk] = []
    compared: list[ComparedRisk] = []
    for risk in assessment.risks:
        before = _line(baseline, risk)
        compared.append(ComparedRisk(risk, before))
        rating = risk.current
        if rating is None or risk.standing is Standing.NO_LONGER_FOUND:
            continue
        known.update({risk.key, before.key if before else risk.key})
        states[risk.key] = _state(before, risk)
        if risk.standing not in UNDECIDED:
            continue
        state = risk.finding.state if risk.finding else State.OPEN
        lost = before is not None and before.state == State.MITIGATED
        if state is State.OPEN or (state in UNSETTLED and (lost or risk.standing is Standing.LAPSED)):
            sort = _sort(before, rating.level)
            lines.append(OpenRisk(risk, rating.level, sort))
            states[risk.key] = _SARIF.get(sort, states[risk.key])
        elif state in UNSETTLED and rating.level >= floor:
            possible.append(risk)
    order = list(BaselineStatus)
    lines.sort(
        key=lambda open_risk: (
            open_risk.sort is BaselineStatus.UNCHANGED,
            -open_risk.level,
            order.index(open_risk.sort),
            open_risk.risk.key,
        )
    )
    had = (line for line in baseline.lines.values() if line.standing is not Standing.NO_LONGER_FOUND)
    gone = sorted((line for line in had if line.key not in known), key=lambda line: line.key)
    return Gate(
        floor=floor,
        lines=tuple(lines),
        possible=tuple(possible),
        absent=tuple(gone),
        states=FrozenMap(states),
        observations=observed(assessment, baseline, floor, compared, gone),
        strict=frozenset(strict),
        compares_drawing=baseline.drawing is not None,
    )


def _line(baseline: Baseline, risk: Risk) -> BaselineLine | None:
    """Return the line that a risk had, under the key of a threat that has been replaced since if need be."""
    replaced = risk.finding.threat.replaces if risk.finding else ()
    subject = risk.key.partition("@")[2]
    keys = (risk.key, *(f"{threat}@{subject}" for threat in replaced))
    return next((baseline.lines[key] for key in keys if key in baseline.lines), None)


def _sort(before: BaselineLine | None, level: Level) -> BaselineStatus:
    if before is None:
        return BaselineStatus.NEW
    if before.open:
        return BaselineStatus.RAISED if before.level is None or level > before.level else BaselineStatus.UNCHANGED
    undecided = before.standing in UNDECIDED and before.state in UNSETTLED
    return BaselineStatus.NEW if undecided else BaselineStatus.REOPENED


def _state(before: BaselineLine | None, risk: Risk) -> str:
    if before is None or before.standing is Standing.NO_LONGER_FOUND:
        return "new"
    state = risk.finding.state.value if risk.finding else ""
    if before.state == State.POSSIBLE and state == State.TO_CLARIFY:  # earlier releases called both possible
        state = before.state
    return "unchanged" if (before.state, before.standing) == (state, risk.standing) else "updated"
