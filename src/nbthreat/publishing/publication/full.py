"""The full publication: for the organisation and its clients. Everything but the risks that are for fewer people."""

from __future__ import annotations

from nbthreat.decisions.assessment import Assessment, risk_data
from nbthreat.decisions.register import Decision, Marking, Risk, Standing, badges, counts, set_aside
from nbthreat.decisions.verdicts import Coverage
from nbthreat.publishing.publication.controls import Board
from nbthreat.publishing.publication.library_text import (
    ThreatTexts,
    principle_text,
    provision_text,
    said_generally,
    source,
)
from nbthreat.publishing.publication.values import (
    COLUMNS,
    Asked,
    Decided,
    Found,
    Identity,
    Line,
    Looked,
    Part,
    Publication,
    Said,
    Unsaid,
    Withheld,
)
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary
from nbthreat.threats.library import Library, Shape
from nbthreat.threats.matching import Finding, State
from nbthreat.threats.matching.questions import text_of

_SAID = {None: "not known", True: "yes", False: "no"}


def full(assessment: Assessment, audience: Marking, label: Marking) -> Publication:
    """Return everything that is for `audience`, AMBER or above, under a label."""
    hidden = frozenset(risk.key for risk in assessment.risks if risk.decision and risk.decision.audience > audience)
    risks = tuple(risk for risk in assessment.risks if risk.key not in hidden)
    findings = tuple(one for one in assessment.ranked if one.key not in hidden)
    system, library, reviewed = assessment.system, assessment.library, assessment.register.reviewed
    desk = _Desk(assessment, findings)
    rows = {risk.key: _row(risk) for risk in risks}
    found = {one.key: desk.found(one, because=rows[one.key]["because"]) for one in findings}
    questions = tuple(
        Asked(
            id=one.id,
            text=one.text,
            subjects=one.subjects,
            places=tuple(desk.label(id) for id in one.subjects),
            settles=tuple(key for key in one.settles if key not in hidden),
        )
        for one in assessment.questions
        if not hidden.issuperset(one.settles)
    )
    return Publication(
        marking=label,
        system=Identity(
            id=system.id, name=system.name, version=system.version, owner=system.owner, purpose=system.purpose
        ),
        library=source(library),
        today=assessment.today,
        complete=assessment.match.complete,
        incomplete=assessment.match.incomplete,
        stale=assessment.stale,
        changed=assessment.changed_things,
        to_review=tuple(key for key in assessment.to_review if key not in hidden),
        counts=FrozenMap(counts(risks)),
        findings=tuple(found.values()),
        lines=tuple(_line(risk, rows[risk.key], found.get(risk.key)) for risk in risks),
        questions=questions,
        open_questions=len(questions),
        undecided=sum(
            risk.standing is Standing.NEW and risk.finding is not None and risk.finding.state is State.OPEN
            for risk in risks
        ),
        lapsed=sum(risk.standing is Standing.LAPSED for risk in risks),
        principles=tuple(
            principle_text(principle, tuple(_said(one, hidden, library) for one in rows))
            for principle, rows in assessment.principles
        ),
        drawing=_drawing(system),
        shapes=FrozenMap((one.id, Shape(library.shape(one.technology)).value) for one in system.elements),
        badges=FrozenMap(badges(risks)),
        labels=FrozenMap(desk.labels),
        assets=tuple(desk.asset(one) for one in system.assets),
        elements=tuple(Part(id=one.id, label=desk.label(one.id), note=one.note) for one in system.elements),
        measures=tuple(desk.board.measures(set_aside(risks))),
        reviewed=Looked(on=reviewed.on, by=reviewed.by) if reviewed else None,
        withheld=Withheld(risks=len(hidden), classes=("everything about those risks",) if hidden else ()),
    )


class _Desk:
    """What every finding asks of the system and the library, worked out once."""

    def __init__(self, assessment: Assessment, findings: tuple[Finding, ...]) -> None:
        self.system, self.library = assessment.system, assessment.library
        self.labels = assessment.system.labels()
        self.texts = ThreatTexts(assessment.library)
        self.board = Board(assessment.system, assessment.library, findings)

    def label(self, id: str) -> str:
        """Return what people call a part."""
        return self.labels.get(id, id)

    def found(self, one: Finding, *, because: str) -> Found:
        """Return a finding with its reasons."""
        path, rating = one.path, one.rating
        return Found(
            key=one.key,
            threat=self.texts.of(one.threat),
            state=one.state,
            level=rating.level,
            rating=rating,
            subject=one.subject,
            place=self.label(one.subject),
            because=because,
            path=path,
            steps=tuple(self.label(id) for id in path),
            unknown=tuple(
                Unsaid(
                    id=each.id,
                    subject=each.subject,
                    question=text_of(self.library, each.atom, [self.label(each.subject)]),
                )
                for each in one.unknown
            ),
            touches=self.board.touches(one),
            there=self.board.there(one),
            missing=self.board.missing(one),
        )

    def asset(self, one: Asset) -> Part:
        """Return a line of the inventory."""
        return Part(
            id=one.id,
            label=self.label(one.id),
            note=one.note,
            kind=self.library.kinds[one.kind].name,
            sensitivity=one.sensitivity.value if one.sensitivity else "not known",
            personal=_SAID[one.personal],
            held_by=tuple(self.label(each.id) for each in self.system.elements if one.id in (each.holds or ())),
            carried_by=tuple(self.label(each.id) for each in self.system.flows if one.id in (each.carries or ())),
        )


def _row(risk: Risk) -> FrozenMap[str]:
    said = risk_data(risk)
    said["advice"] = (
        "\n".join(f"{one.to.value}: {one.text}" for one in risk.decision.communicate) if risk.decision else ""
    )
    return FrozenMap((column, said[column]) for column in COLUMNS)


def _line(risk: Risk, row: FrozenMap[str], found: Found | None) -> Line:
    return Line(
        key=risk.key,
        title=risk.title,
        standing=risk.standing,
        row=row,
        finding=found,
        decision=_decided(risk.decision) if risk.decision else None,
        current=risk.current,
        residual=risk.residual,
    )


def _decided(one: Decision) -> Decided:
    return Decided(treatment=one.treatment, owner=one.owner, rationale=one.rationale, by=one.by, on=one.on, due=one.due)


def _said(one: Coverage, hidden: frozenset[str], library: Library) -> Said:
    """Return what is said of a provision; where the register decides it, without a word on what is hidden."""
    because = said_generally(one).because if hidden and one.provision.record else one.because
    return Said(
        provision=provision_text(one.provision),
        verdict=one.verdict,
        because=because,
        findings=tuple(key for key in one.findings if key not in hidden),
        controls=tuple(library.controls[id].name for id in one.controls),
        offers=one.offers,
    )


def _drawing(system: System) -> System:
    """Return what of a system is drawn: no answers, no settings, no notes."""
    return System(
        id=system.id,
        name=system.name,
        version=system.version,
        assets=tuple(Asset(id=one.id, name=one.name, kind=one.kind) for one in system.assets),
        boundaries=tuple(
            TrustBoundary(id=one.id, name=one.name, trust=one.trust, within=one.within) for one in system.boundaries
        ),
        elements=tuple(
            Element(id=one.id, name=one.name, technology=one.technology, boundary=one.boundary)
            for one in system.elements
        ),
        flows=tuple(
            Flow(id=one.id, name=one.name, source=one.source, target=one.target, carries=one.carries)
            for one in system.flows
        ),
        layout=FrozenMap(system.layout.items()),
    )
