"""The reduced publications: for the community (GREEN) and for everybody (CLEAR).

Risks are told by their number or by their threat, places by what kind of thing they are. What could be used against the
system today is told to the community by title, level and treatment, and to everybody as a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbthreat.base.risk import Level, Rating
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Audience, Decision, Marking, Risk, Standing
from nbthreat.decisions.verdicts import Coverage
from nbthreat.publishing.publication.aliases import boundaries_only, counted_by_kind, size_in_words, with_aliases
from nbthreat.publishing.publication.audiences import for_fewer
from nbthreat.publishing.publication.library_text import (
    ThreatTexts,
    known_threat,
    principle_text,
    said_generally,
    said_to_nobody,
    source,
)
from nbthreat.publishing.publication.records import (
    COLUMNS,
    Decided,
    Identity,
    Looked,
    Publication,
    PublishedFinding,
    RegisterLine,
    Said,
    Withheld,
)
from nbthreat.system.model import FrozenMap
from nbthreat.threats.library import Shape, Threat
from nbthreat.threats.matching import State

GREEN_WITHHOLDS = (
    "names and ids of parts", "paths and reasons", "rationale and approval", "evidence and assurance",
    "answers and questions", "what was set aside", "the log", "money", "exact dates",
)  # fmt: skip
CLEAR_WITHHOLDS = (
    *GREEN_WITHHOLDS[:-1], "undecided risks", "levels of single risks", "plans", "kinds of parts and flows", "dates",
    "verdicts on provisions",
)  # fmt: skip
_WORST = {state: n for n, state in enumerate((*State, None))}


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Lines of the register that are told as one: of one decision, or of one threat that nobody decided about."""

    key: str
    threat: Threat
    decision: Decision | None
    risks: tuple[Risk, ...]

    @property
    def exposed(self) -> bool:
        """Whether it is High or Very High anywhere and nothing surely stands against it there."""
        return any(
            risk.current is not None
            and risk.current.level >= Level.HIGH
            and (risk.finding is None or risk.finding.state is not State.MITIGATED)
            for risk in self.risks
        )

    @property
    def rating(self) -> Rating | None:
        """The worst rating now; None where it is no longer found."""
        ratings = [risk.current for risk in self.risks if risk.current]
        return max(ratings, key=lambda rating: (rating.level, rating.impact), default=None)

    @property
    def state(self) -> State | None:
        """The worst state; None where it is not found."""
        states = [risk.finding.state for risk in self.risks if risk.finding]
        return min(states, key=_WORST.__getitem__, default=None)

    @property
    def standing(self) -> Standing:
        """How it stands to what is found: lapsed where any of it is."""
        order = (Standing.LAPSED, *Standing)
        return min((risk.standing for risk in self.risks), key=order.index)


def reduced(assessment: Assessment, audience: Marking, label: Marking) -> Publication:
    """Return what is for `audience`, GREEN or CLEAR, under a label."""
    gathered, shown = _gathered(assessment, audience)
    clear = audience is Marking.CLEAR
    texts = ThreatTexts(assessment.library)
    lines = tuple(_clear(group, texts) if clear else _green(group, texts, assessment) for group in gathered)
    found = [line.finding for line in lines if line.finding]
    system, library, reviewed = assessment.system, assessment.library, assessment.register.reviewed
    drawing = boundaries_only(system) if clear else with_aliases(system, library)
    return Publication(
        marking=label,
        system=Identity(id=system.id, name=system.name, version=system.version, owner=system.owner),
        library=source(library, public=True),
        today=assessment.today,
        complete=assessment.match.complete,
        stale=assessment.stale,
        levels=None if clear else _counted(each.level for each in found if each.state is not State.TO_CLARIFY),
        residuals=_counted(group.risks[0].residual.level for group in gathered if group.risks[0].residual),
        findings=tuple(
            sorted(
                found,
                key=lambda each: (
                    each.state is State.TO_CLARIFY,
                    -int(each.level or 0),
                    _WORST[each.state],
                    each.threat.id,
                    each.key,
                ),
            )
        ),
        lines=lines,
        open_questions=None if clear else len(assessment.questions),
        principles=tuple(
            principle_text(principle, tuple(_said(coverage, assessment, told=not clear) for coverage in rows))
            for principle, rows in assessment.principles
        ),
        drawing=drawing,
        shapes=FrozenMap((element.id, Shape(library.shape(element.technology)).value) for element in drawing.elements),
        words=size_in_words(system) if clear else "",
        reviewed=Looked(on=reviewed.on) if reviewed and not clear else None,
        withheld=Withheld(risks=len(assessment.risks) - shown, classes=CLEAR_WITHHOLDS if clear else GREEN_WITHHOLDS),
    )


def _said(coverage: Coverage, assessment: Assessment, *, told: bool) -> Said:
    """Return the verdict on a provision where it is told: else it could tell which single control is missing."""
    handling = assessment.register.handling
    if told or (handling and coverage.provision.id in handling.verdicts):
        return said_generally(coverage)
    return said_to_nobody(coverage)


def _gathered(assessment: Assessment, audience: Marking) -> tuple[list[_Gathered], int]:
    """Return what is shown, by key, and how many lines of the register that is."""
    decided: defaultdict[str, list[Risk]] = defaultdict(list)
    undecided: defaultdict[str, list[Risk]] = defaultdict(list)
    withheld = for_fewer(assessment.risks, audience)
    for risk in assessment.risks:
        threat = known_threat(assessment.library, risk.key if risk.finding is None else risk.finding.key)
        if threat is None or risk.dismissal is not None or risk.key in withheld:
            continue
        if risk.decision is None:
            undecided[threat.id].append(risk)
        else:
            decided[_number(risk.decision, assessment)].append(risk)
    made = [_told(key, risks, assessment) for key, risks in decided.items()]
    if audience is Marking.CLEAR:
        made = [gathered for gathered in made if not gathered.exposed]
    else:
        made += [_told(key, risks, assessment) for key, risks in undecided.items()]
    return sorted(made, key=lambda gathered: gathered.key), sum(len(gathered.risks) for gathered in made)


def _number(decision: Decision, assessment: Assessment) -> str:
    """Return the number of a decision; in older files, where there is none, its place among the decisions."""
    return decision.number or f"D-{assessment.register.decisions.index(decision) + 1:03}"


def _told(key: str, risks: Sequence[Risk], assessment: Assessment) -> _Gathered:
    worst = max(risks, key=lambda risk: int(risk.current.level) if risk.current else 0)
    threat = known_threat(assessment.library, worst.key)
    if threat is None:
        raise AssertionError  # only such as are known were gathered
    return _Gathered(key, threat, worst.decision, tuple(risks))


def _green(gathered: _Gathered, texts: ThreatTexts, assessment: Assessment) -> RegisterLine:
    decision, rating = gathered.decision, gathered.rating
    row = {"key": gathered.key, "title": gathered.threat.title, "standing": gathered.standing.value}
    if rating:
        row["level"] = row["current"] = rating.level.label
    if decision:
        row |= {"number": decision.number, "treatment": decision.treatment.value}
    if gathered.exposed:
        found = PublishedFinding(
            key=gathered.key, threat=texts.of(gathered.threat), level=rating.level if rating else None
        )
        return _line(gathered, row, found, Decided(treatment=decision.treatment) if decision else None)
    where = counted_by_kind(
        (risk.finding.subject for risk in gathered.risks if risk.finding), assessment.system, assessment.library
    )
    row["subject"] = where
    row["provisions"] = " ".join(gathered.threat.provisions)
    if gathered.state:
        row["state"] = gathered.state.value
    if rating:
        row |= {"likelihood": str(int(rating.likelihood)), "impact": str(int(rating.impact))}
    residual = gathered.risks[0].residual
    if decision:
        row |= {
            "owner": decision.owner,
            "plan": decision.plan,
            "confidence": decision.confidence.value if decision.confidence else "",
            "residual": residual.level.label if residual else "",
            "due": f"{decision.due.year} Q{(decision.due.month + 2) // 3}" if decision.due else "",
            "advice": _advice(decision),
        }
    found = PublishedFinding(
        key=gathered.key,
        threat=texts.of(gathered.threat),
        state=gathered.state,
        level=rating.level if rating else None,
        rating=rating,
        place=where,
    )
    made = Decided(treatment=decision.treatment, owner=decision.owner) if decision else None
    return _line(gathered, row, found, made, residual)


def _clear(gathered: _Gathered, texts: ThreatTexts) -> RegisterLine:
    decision = gathered.decision
    if decision is None:
        raise AssertionError  # everybody is told only of what was decided
    row = {
        "key": gathered.key,
        "title": gathered.threat.title,
        "standing": gathered.standing.value,
        "number": decision.number,
        "treatment": decision.treatment.value,
        "owner": decision.owner,
        "provisions": " ".join(gathered.threat.provisions),
        "advice": _advice(decision),
    }
    found = PublishedFinding(key=gathered.key, threat=texts.of(gathered.threat))
    return _line(gathered, row, found, Decided(treatment=decision.treatment, owner=decision.owner))


def _line(
    gathered: _Gathered,
    row: dict[str, str],
    found: PublishedFinding,
    decision: Decided | None,
    residual: Rating | None = None,
) -> RegisterLine:
    return RegisterLine(
        key=gathered.key,
        title=gathered.threat.title,
        standing=gathered.standing,
        row=FrozenMap((column, row.get(column, "")) for column in COLUMNS),
        finding=found,
        decision=decision,
        current=found.rating,
        residual=residual,
    )


def _advice(decision: Decision) -> str:
    """Return what those who use the system are told."""
    return "\n".join(advice.text for advice in decision.communicate if advice.to is Audience.END_USER)


def _counted(levels: Iterable[Level | None]) -> FrozenMap[int] | None:
    """Return how many there are of each level, the highest first; None where no level is said."""
    counted = Counter(level for level in levels if level)
    if not counted:
        return None
    return FrozenMap((level.label, counted[level]) for level in reversed(Level))
