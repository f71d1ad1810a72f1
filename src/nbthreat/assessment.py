"""Assessments: one frozen look at a system. Findings, register, coverage of the Code, what changed and what is open.

Verdicts are given only where records can decide. Missing records make a provision *inconclusive*; one that the Code
merely recommends is never reported as a failure; and a whole that is fine is not called so, for it is not ours to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbthreat.changes import Change, Difference, compare
from nbthreat.conditions import Subject
from nbthreat.evaluation import BUDGET, paths
from nbthreat.library import Library, Modality, Principle, Provision
from nbthreat.matching import Finding, Match, State, match
from nbthreat.model import System
from nbthreat.register import Movement, Register, Risk, Standing, movement, read_register, reconcile, touched

if TYPE_CHECKING:
    import pandas as pd


class Verdict(StrEnum):
    """What the records say of a provision."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not satisfied"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One provision: what the records say, why, which findings touch it, and reasons for which it may not apply."""

    provision: Provision
    verdict: Verdict
    because: str
    findings: tuple[str, ...] = ()  # keys of open and possible findings that cite it
    controls: tuple[str, ...] = ()  # ids of the controls that are evidence for it
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """Everything about one system at one time."""

    system: System
    library: Library
    match: Match
    register: Register
    today: date
    changes: tuple[Change, ...] = ()  # since the drawing it was compared with
    budget: int = BUDGET  # steps that following paths may take

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, by key."""
        return self.match.findings

    @cached_property
    def risks(self) -> tuple[Risk, ...]:
        """The lines of the register: found now, decided before, or both."""
        return reconcile(self.register, self.findings, today=self.today)

    @cached_property
    def ranked(self) -> tuple[Finding, ...]:
        """Open findings, then possible ones; the most pressing first."""
        return tuple(sorted(self.findings, key=lambda one: (*one.rank, one.key)))

    @cached_property
    def movement(self) -> Movement:
        """What moved since the last review and the decisions."""
        return movement(self.register, self.risks)

    @cached_property
    def unanswered(self) -> tuple[Difference, ...]:
        """What changed since the last review and asks for an answer, by id; nothing where there was no review."""
        return self.register.unanswered(self.system, self.library)

    @cached_property
    def stale(self) -> bool:
        """Whether something changed that nobody has looked at since: a review counts, or a drawing compared with."""
        return bool(self.unanswered if self.register.reviewed else self.changes)

    @cached_property
    def changed_things(self) -> tuple[str, ...]:
        """The ids of what changed and nobody has looked at; a new library is none."""
        if self.register.reviewed is None:
            return tuple(sorted({change.subject for change in self.changes}))
        return tuple(sorted({one.subject for one in self.unanswered if one.rule != "new library"}))

    @cached_property
    def to_review(self) -> tuple[str, ...]:
        """The keys of the findings to be looked at again because of what changed."""
        if self.register.reviewed is None:
            return touched(self.changes, self.findings)
        again = {key for one in self.unanswered for key in self.touched_by(one)}
        return tuple(finding.key for finding in self.findings if finding.key in again)

    def touched_by(self, difference: Difference) -> tuple[str, ...]:
        """Return the keys of the findings that a difference touches; of a new library, those that are new by it."""
        if difference.rule == "new library":
            return (*self.movement.new, *self.movement.reopened)
        return touched((difference,), self.findings)

    @cached_property
    def coverage(self) -> tuple[Coverage, ...]:
        """All 72 provisions, in the Code's order."""
        return tuple(
            self._covered(provision) for principle in self.library.principles for provision in principle.provisions
        )

    def covered(self, provision: str) -> Coverage:
        """Return what the records say of one provision; KeyError where there is none."""
        for one in self.coverage:
            if one.provision.id == provision:
                return one
        raise KeyError(provision)

    @cached_property
    def principles(self) -> tuple[tuple[Principle, tuple[Coverage, ...]], ...]:
        """The coverage by principle."""
        by_id = {one.provision.id: one for one in self.coverage}
        return tuple((each, tuple(by_id[one.id] for one in each.provisions)) for each in self.library.principles)

    def count(self, state: State | str) -> int:
        """Return how many findings are in a state."""
        return self.match.count(state)

    def _covered(self, provision: Provision) -> Coverage:
        verdict, because = self._verdict(provision)
        answer = self.match.evaluation.answer
        offers = tuple(one.because for one in provision.not_applicable_when if answer(one.when, Subject.SYSTEM)[0])
        if offers and verdict is Verdict.SATISFIED:  # a duty that never arose is not one that was met
            verdict, because = Verdict.INCONCLUSIVE, "It may not apply here; somebody has to say so."
        if provision.modality is Modality.SHOULD and verdict is Verdict.NOT_SATISFIED:
            verdict, because = Verdict.INCONCLUSIVE, f"{because} The Code recommends it; this is advice."
        return Coverage(
            provision=provision,
            verdict=verdict,
            because=because,
            findings=tuple(
                one.key
                for one in self.ranked
                if one.state is not State.MITIGATED and provision.id in one.threat.provisions
            ),
            controls=tuple(sorted(one.id for one in self.library.controls.values() if provision.id in one.provisions)),
            offers=offers,
        )

    def _verdict(self, provision: Provision) -> tuple[Verdict, str]:
        for one in self.register.not_applicable:
            if one.provision == provision.id:
                return Verdict.NOT_APPLICABLE, f"{one.reason} (said by {one.by}, {one.on.isoformat()})"
        if provision.record:
            return _RECORDS[provision.record](self)
        if provision.satisfied_when is None:
            return Verdict.INCONCLUSIVE, "The drawing cannot tell; it needs a person's statement and its evidence."
        yes, maybe = self.match.evaluation.answer(provision.satisfied_when, Subject.SYSTEM)
        if yes:
            return Verdict.SATISFIED, "By what the drawing and the answers say."
        if maybe and self.match.evaluation.unfinished.intersection(paths(provision.satisfied_when)):
            return Verdict.INCONCLUSIVE, "It could not be followed to the end."
        if maybe:
            return Verdict.INCONCLUSIVE, "Something it hangs on has not been said."
        return Verdict.NOT_SATISFIED, "By what the drawing and the answers say."

    def findings_frame(self) -> pd.DataFrame:
        """Return the findings as a table, worst first: a row a finding."""
        import pandas as pd

        rows = [
            {
                "key": one.key,
                "title": one.threat.title,
                "state": one.state.value,
                "level": one.rating.level.label,
                "likelihood": int(one.rating.likelihood),
                "impact": int(one.rating.impact),
                "because": one.because,
            }
            for one in self.ranked
        ]
        return pd.DataFrame(rows, columns=["key", "title", "state", "level", "likelihood", "impact", "because"])

    def register_frame(self) -> pd.DataFrame:
        """Return the register as a table, by key: a row a risk."""
        import pandas as pd

        rows = [risk_data(risk) for risk in self.risks]
        return pd.DataFrame(rows, columns=list(RISK_COLUMNS))

    def coverage_frame(self) -> pd.DataFrame:
        """Return the coverage as a table: a row a provision, in the Code's order."""
        import pandas as pd

        rows = [
            {
                "provision": one.provision.id,
                "etsi": one.provision.etsi,
                "modality": one.provision.modality.value,
                "verdict": one.verdict.value,
                "because": one.because,
                "findings": len(one.findings),
                "offers": " ".join(one.offers),
            }
            for one in self.coverage
        ]
        columns = ["provision", "etsi", "modality", "verdict", "because", "findings", "offers"]
        return pd.DataFrame(rows, columns=columns)

    def __str__(self) -> str:
        return summary(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": summary(self), **{mime: show(self) for mime, show in _SHOWN_BY.items()}}


_SHOWN_BY: dict[str, Callable[[Assessment], str]] = {}


def shown_by(mime: str, show: Callable[[Assessment], str]) -> None:
    """Have notebooks show assessments by what `show` returns, of the type `mime`: a room above says how they look."""
    _SHOWN_BY[mime] = show


RISK_COLUMNS = (
    "key", "title", "subject", "state", "standing", "likelihood", "impact", "level", "treatment", "owner", "due",
    "rationale", "accepted_by", "accepted_until", "because", "path", "provisions", "number", "current", "residual",
    "confidence", "plan", "cost",
)  # fmt: skip


def risk_data(risk: Risk) -> dict[str, str]:
    """Return a line of the register as text by column; `level` is inherent, and levels are words."""
    finding, decision = risk.finding, risk.decision
    acceptance = decision.acceptance if decision else None
    rating = risk.inherent
    return {
        "key": risk.key,
        "title": risk.title,
        "subject": risk.key.partition("@")[2],
        "state": finding.state.value if finding else "",
        "standing": risk.standing.value,
        "likelihood": str(int(rating.likelihood)) if rating else "",
        "impact": str(int(rating.impact)) if rating else "",
        "level": rating.level.label if rating else "",
        "treatment": decision.treatment.value if decision else "",
        "owner": decision.owner if decision else "",
        "due": decision.due.isoformat() if decision and decision.due else "",
        "rationale": decision.rationale if decision else "",
        "accepted_by": acceptance.approver if acceptance else "",
        "accepted_until": acceptance.expires.isoformat() if acceptance else "",
        "because": finding.because if finding else "",
        "path": " > ".join(finding.path) if finding else "",
        "provisions": " ".join(finding.threat.provisions) if finding else "",
        "number": risk.number,
        "current": risk.current.level.label if risk.current else "",
        "residual": risk.residual.level.label if risk.residual else "",
        "confidence": decision.confidence.value if decision and decision.confidence else "",
        "plan": decision.plan if decision else "",
        "cost": decision.cost.value if decision and decision.cost else "",
    }


def summary(assessment: Assessment) -> str:
    """Return an assessment in a few lines of plain text."""
    counts = ", ".join(f"{assessment.count(state)} {state.value}" for state in State)
    lines = [f"{assessment.system.name}: {counts}; {len(assessment.match.questions)} questions."]
    if not assessment.match.complete:
        lines.append(f"INCOMPLETE: not followed to the end: {', '.join(assessment.match.incomplete)}.")
    if assessment.stale:
        lines.append(f"Changed since it was last looked at: {', '.join(assessment.changed_things) or 'the library'}.")
    schedule = assessment.register.schedule
    if schedule and schedule.next < assessment.today:
        lines.append(f"The next review was due on {schedule.next.isoformat()}.")
    lines += [
        f"  {one.state.value:<9} {one.rating.level.label:<9} {one.threat.title} ({one.key})"
        for one in assessment.ranked[:8]
        if one.state is not State.MITIGATED
    ]
    return "\n".join(lines)


def assess(
    system: System,
    library: Library | None = None,
    register: Register | None = None,
    *,
    since: System | None = None,
    today: date,
    budget: int = BUDGET,
) -> Assessment:
    """Look at a system: match it, lay its register beside, and compare it with an earlier drawing if one is given.

    Matching takes at most `budget` steps, and so do the verdicts; what is not finished then is told as incomplete.
    """
    library = library or Library.load()
    return Assessment(
        system=system,
        library=library,
        match=match(system, library, budget=budget),
        register=register or Register(system=system.id),
        today=today,
        changes=compare(since, system) if since else (),
        budget=budget,
    )


def assess_file(
    path: str | Path,
    *,
    today: date,
    since: str | Path | None = None,
    library: Library | None = None,
    budget: int = BUDGET,
) -> Assessment:
    """Read a system file, its packs and the register beside it, and look at them.

    `library` is what the packs are laid over. Raises DocumentError with every fault.
    """
    base = library or Library.load()
    library = Library.for_system(path, base)
    document = library.read_system(path)
    register = read_register(Path(path), id=document.value.id).value
    before = Library.for_system(since, base).read_system(since).value if since else None
    return assess(document.value, library, register, since=before, today=today, budget=budget)


def _every_finding_decided(assessment: Assessment) -> tuple[Verdict, str]:
    if not assessment.match.complete:
        return Verdict.INCONCLUSIVE, "Some threats could not be followed to the end."
    waiting = [risk for risk in assessment.risks if _waits(risk)]
    unsettled = assessment.count(State.POSSIBLE)
    if waiting or unsettled:
        return Verdict.INCONCLUSIVE, f"{len(waiting)} open findings without a decision, {unsettled} not settled."
    return Verdict.SATISFIED, "Threats were analysed, and every open finding has a decision."


def _changes_reviewed(assessment: Assessment) -> tuple[Verdict, str]:
    if assessment.stale:
        things = ", ".join(assessment.changed_things) or "the library"
        return Verdict.NOT_SATISFIED, f"Changed and not looked at again: {things}."
    if assessment.register.reviewed is None:
        return Verdict.INCONCLUSIVE, "No review is recorded yet."
    return Verdict.SATISFIED, f"Nothing changed since the review of {assessment.register.reviewed.on.isoformat()}."


def _surplus_treated(assessment: Assessment) -> tuple[Verdict, str]:
    mine = [risk for risk in assessment.risks if risk.finding and "3.1.2" in risk.finding.threat.provisions]
    if any(_waits(risk) for risk in mine):
        return Verdict.NOT_SATISFIED, "A capability nobody needs is there, and nothing is decided about it."
    if any(risk.finding and risk.finding.state is State.POSSIBLE for risk in mine):
        return Verdict.INCONCLUSIVE, "Whether there are capabilities nobody needs has not been said."
    said = any(element.provides is not None for element in assessment.system.elements)
    if not said:
        return Verdict.INCONCLUSIVE, "No capabilities are recorded."
    return Verdict.SATISFIED, "Every capability that is there is needed, closed off, or decided about."


def _risks_treated(assessment: Assessment) -> tuple[Verdict, str]:
    line = assessment.register.tolerance
    above = [risk for risk in assessment.risks if _waits(risk) and risk.current and risk.current.level > line]
    if above:
        return Verdict.NOT_SATISFIED, f"{len(above)} open risks above {line.label} have no treatment and no acceptance."
    remains = {
        risk.number
        for risk in assessment.risks
        if risk.decision and risk.decision.acceptance is None
        if risk.standing is Standing.DECIDED and risk.residual and risk.residual.level > line
    }
    if remains:
        return Verdict.NOT_SATISFIED, f"{len(remains)} risks stay above {line.label} and nobody accepted what remains."
    unexplained = {risk.number for risk in assessment.risks if risk.unexplained}
    if unexplained:
        return Verdict.NOT_SATISFIED, f"{len(unexplained)} residual ratings do not say because of what."
    if assessment.count(State.POSSIBLE):
        return Verdict.INCONCLUSIVE, "Possible findings are not settled yet."
    return Verdict.SATISFIED, f"No open risk above {line.label} is without a treatment or an acceptance."


def _unresolved_passed_on(assessment: Assessment) -> tuple[Verdict, str]:
    unresolved = [risk.key for risk in assessment.risks if _waits(risk)]
    if unresolved:
        return Verdict.INCONCLUSIVE, f"{len(unresolved)} open findings: tell operators and end-users, or resolve them."
    advice = [one for decision in assessment.register.decisions for one in decision.communicate]
    untold = sum(one.told is None for one in advice)
    if untold:
        return Verdict.INCONCLUSIVE, f"{untold} pieces of advice are written and not yet told."
    return Verdict.INCONCLUSIVE, "Whether operators and end-users were told needs a person's statement."


def _waits(risk: Risk) -> bool:
    is_open = risk.inherited is not None or (risk.finding is not None and risk.finding.state is State.OPEN)
    return is_open and risk.standing in (Standing.NEW, Standing.INHERITED, Standing.LAPSED)


_RECORDS: Mapping[str, Callable[[Assessment], tuple[Verdict, str]]] = {
    "every-finding-decided": _every_finding_decided,
    "changes-reviewed": _changes_reviewed,
    "surplus-treated": _surplus_treated,
    "risks-treated": _risks_treated,
    "unresolved-passed-on": _unresolved_passed_on,
}
