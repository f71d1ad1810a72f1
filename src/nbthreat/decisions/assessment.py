"""Assessments: one frozen look at a system. Findings, register, coverage of the Code, what changed and what is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbthreat.base import day
from nbthreat.decisions import verdicts
from nbthreat.decisions.register import (
    Movement,
    Register,
    Risk,
    Standing,
    counted,
    counts,
    movement,
    read_register,
    reconcile,
    set_aside,
    touched,
)
from nbthreat.decisions.verdicts import Coverage
from nbthreat.system.changes import Change, Difference, compare
from nbthreat.system.model import System
from nbthreat.threats.evaluation import BUDGET
from nbthreat.threats.library import Library, Principle
from nbthreat.threats.matching import UNSETTLED, Finding, Match, State, match
from nbthreat.threats.matching.questions import Question, questions

if TYPE_CHECKING:
    import pandas as pd


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
        replacements = self.library.replacements
        return reconcile(self.register, self.findings, today=self.today, replacements=replacements)

    @cached_property
    def ranked(self) -> tuple[Finding, ...]:
        """All findings by state, as `State` lists them; in each the most pressing first."""
        return self.match.ranked

    @cached_property
    def pressing(self) -> tuple[Finding, ...]:
        """The findings that are not mitigated and that nobody set aside, the most pressing first."""
        aside = set_aside(self.risks)
        return tuple(
            finding for finding in self.ranked if finding.state is not State.MITIGATED and finding.key not in aside
        )

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The fewest questions found for the unsettled findings that nobody set aside, most settling first."""
        aside = set_aside(self.risks)
        if not aside:
            return self.match.questions
        waiting = [finding for finding in self.findings if finding.state in UNSETTLED and finding.key not in aside]
        return questions(self.library, self.match.reasons, waiting)

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
        return tuple(sorted({difference.subject for difference in self.unanswered if difference.rule != "new library"}))

    @cached_property
    def to_review(self) -> tuple[str, ...]:
        """The keys of the findings to be looked at again because of what changed."""
        if self.register.reviewed is None:
            return touched(self.changes, self.findings)
        again = {key for difference in self.unanswered for key in self.touched_by(difference)}
        return tuple(finding.key for finding in self.findings if finding.key in again)

    def touched_by(self, difference: Difference) -> tuple[str, ...]:
        """Return the keys of the findings that a difference touches; of a new library, those that are new by it."""
        if difference.rule == "new library":
            return (*self.movement.new, *self.movement.reopened)
        return touched((difference,), self.findings)

    @cached_property
    def coverage(self) -> tuple[Coverage, ...]:
        """All 72 provisions, in the Code's order."""
        return verdicts.coverage(
            verdicts.Records(
                match=self.match,
                pressing=self.pressing,
                register=self.register,
                risks=self.risks,
                stale=self.stale,
                changed=self.changed_things,
            )
        )

    def covered(self, provision: str) -> Coverage:
        """Return what the records say of one provision; KeyError where there is none."""
        for coverage in self.coverage:
            if coverage.provision.id == provision:
                return coverage
        raise KeyError(provision)

    @cached_property
    def principles(self) -> tuple[tuple[Principle, tuple[Coverage, ...]], ...]:
        """The coverage by principle."""
        by_id = {coverage.provision.id: coverage for coverage in self.coverage}
        return tuple(
            (each, tuple(by_id[provision.id] for provision in each.provisions)) for each in self.library.principles
        )

    def count(self, state: State | str) -> int:
        """Return how many findings are in a state; those set aside are in none but 'set aside'. KeyError if unknown."""
        return counts(self.risks)[state]

    def findings_frame(self) -> pd.DataFrame:
        """Return the findings as a table, worst first: a row a finding."""
        import pandas as pd

        rows = [
            {
                "key": finding.key,
                "title": finding.threat.title,
                "state": finding.state.value,
                "level": finding.rating.level.label,
                "likelihood": int(finding.rating.likelihood),
                "impact": int(finding.rating.impact),
                "because": finding.because,
            }
            for finding in self.ranked
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
                "provision": coverage.provision.id,
                "etsi": coverage.provision.etsi,
                "modality": coverage.provision.modality.value,
                "verdict": coverage.verdict.value,
                "because": coverage.because,
                "findings": len(coverage.findings),
                "offers": " ".join(coverage.offers),
            }
            for coverage in self.coverage
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
    "confidence", "plan", "cost", "formerly",
)  # fmt: skip


def risk_data(risk: Risk) -> dict[str, str]:
    """Return a line of the register as text by column; `level` is inherent, and levels are words."""
    finding, decision = risk.finding, risk.decision
    acceptance = decision.acceptance if decision else None
    aside = risk.dismissal if risk.standing is Standing.SET_ASIDE else None
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
        "rationale": aside.reason if aside else decision.rationale if decision else "",
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
        "formerly": _look_again(risk),
    }


def _look_again(risk: Risk) -> str:
    """Return a sentence on what was said before a threat became several; '' where nothing was."""
    return (
        f"Decided under {', '.join(risk.formerly)} before that became several threats, look again."
        if risk.formerly
        else ""
    )


def summary(assessment: Assessment) -> str:
    """Return an assessment in a few lines of plain text."""
    lines = [f"{assessment.system.name}: {counted(assessment.risks)}; {len(assessment.questions)} questions."]
    if not assessment.match.complete:
        lines.append(f"INCOMPLETE: not followed to the end: {', '.join(assessment.match.incomplete)}.")
    if assessment.stale:
        lines.append(f"Changed since it was last looked at: {', '.join(assessment.changed_things) or 'the library'}.")
    schedule = assessment.register.schedule
    if schedule and schedule.next < assessment.today:
        lines.append(f"The next review was due on {schedule.next.isoformat()}.")
    lines += [
        f"  {finding.state.value:<10} {finding.level_words:<20} {finding.threat.title} ({finding.key})"
        for finding in assessment.pressing[:8]
    ]
    return "\n".join(lines)


def assess(
    system: System,
    library: Library | None = None,
    register: Register | None = None,
    *,
    since: System | None = None,
    today: date | None = None,
    budget: int = BUDGET,
) -> Assessment:
    """Return the assessment of a system with a register, compared with an earlier drawing where one is given.

    `today` is the day on which acceptances and reviews are looked at; by default, the day it is. Matching takes at most
    `budget` steps, and so do the verdicts; what is not finished then is told as incomplete.

    >>> from nbthreat.system.model import Element
    >>> system = System(id="desk", name="Desk", elements=(Element(id="model", technology="hosted-llm"),))
    >>> assessment = assess(system)
    >>> {risk.standing.value for risk in assessment.risks}
    {'new'}
    """
    library = library or Library.load()
    return Assessment(
        system=system,
        library=library,
        match=match(system, library, budget=budget),
        register=register or Register(system=system.id),
        today=today or day.today(),
        changes=compare(since, system) if since else (),
        budget=budget,
    )


def assess_file(
    path: str | Path,
    *,
    today: date | None = None,
    since: str | Path | None = None,
    library: Library | None = None,
    budget: int = BUDGET,
) -> Assessment:
    """Return the assessment of a system file, with its packs and the register beside it, as `assess` does.

    `library` is what the packs are laid over, and `since` an earlier file of the system. Raises DocumentError with
    every fault.
    """
    base = library or Library.load()
    library = Library.for_system(path, base)
    document = library.read_system(path)
    register = read_register(Path(path), id=document.value.id).value
    before = Library.for_system(since, base).read_system(since).value if since else None
    return assess(document.value, library, register, since=before, today=today, budget=budget)
