"""The full publication: for the organisation and its clients. Everything but the risks that are for fewer people."""

from __future__ import annotations

from nbthreat.decisions.assessment import Assessment, risk_data
from nbthreat.decisions.register import Decision, Marking, Risk, Standing, badges, counts, set_aside
from nbthreat.decisions.verdicts import Coverage
from nbthreat.publishing.publication.audiences import for_fewer
from nbthreat.publishing.publication.controls import ControlsByFinding
from nbthreat.publishing.publication.library_text import (
    ThreatTexts,
    principle_text,
    provision_text,
    said_generally,
    source,
)
from nbthreat.publishing.publication.records import (
    COLUMNS,
    Decided,
    Identity,
    InventoryItem,
    Looked,
    OpenQuestion,
    Publication,
    PublishedFinding,
    RegisterLine,
    Said,
    UnansweredFact,
    Withheld,
)
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary
from nbthreat.threats.library import Library, Shape
from nbthreat.threats.matching import Finding, State
from nbthreat.threats.matching.questions import text_of

_SAID = {None: "not known", True: "yes", False: "no"}


def full(assessment: Assessment, audience: Marking, label: Marking) -> Publication:
    """Return everything that is for `audience`, AMBER or above, under a label."""
    hidden = for_fewer(assessment.risks, audience)
    risks = tuple(risk for risk in assessment.risks if risk.key not in hidden)
    findings = tuple(finding for finding in assessment.ranked if finding.key not in hidden)
    system, library, reviewed = assessment.system, assessment.library, assessment.register.reviewed
    described = _Descriptions(assessment, findings)
    rows = {risk.key: _row(risk) for risk in risks}
    found = {finding.key: described.found(finding, because=rows[finding.key]["because"]) for finding in findings}
    questions = tuple(
        OpenQuestion(
            id=question.id,
            text=question.text,
            subjects=question.subjects,
            places=tuple(described.label(id) for id in question.subjects),
            settles=tuple(key for key in question.settles if key not in hidden),
        )
        for question in assessment.questions
        if not hidden.issuperset(question.settles)
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
            principle_text(principle, tuple(_said(coverage, hidden, library) for coverage in rows))
            for principle, rows in assessment.principles
        ),
        drawing=_drawing(system),
        shapes=FrozenMap((element.id, Shape(library.shape(element.technology)).value) for element in system.elements),
        badges=FrozenMap(badges(risks)),
        labels=FrozenMap(described.labels),
        assets=tuple(described.asset(asset) for asset in system.assets),
        elements=tuple(
            InventoryItem(id=element.id, label=described.label(element.id), note=element.note)
            for element in system.elements
        ),
        measures=tuple(described.controls.measures(set_aside(risks))),
        reviewed=Looked(on=reviewed.on, by=reviewed.by) if reviewed else None,
        withheld=Withheld(risks=len(hidden), classes=("everything about those risks",) if hidden else ()),
    )


class _Descriptions:
    """What a publication says of findings and parts of a system, with the texts of the library made once."""

    def __init__(self, assessment: Assessment, findings: tuple[Finding, ...]) -> None:
        self.system, self.library = assessment.system, assessment.library
        self.labels = assessment.system.labels()
        self.texts = ThreatTexts(assessment.library)
        self.controls = ControlsByFinding(assessment.system, assessment.library, findings)

    def label(self, id: str) -> str:
        """Return what people call a part."""
        return self.labels.get(id, id)

    def found(self, finding: Finding, *, because: str) -> PublishedFinding:
        """Return a finding with its reasons."""
        path, rating = finding.path, finding.rating
        return PublishedFinding(
            key=finding.key,
            threat=self.texts.of(finding.threat),
            state=finding.state,
            level=rating.level,
            rating=rating,
            subject=finding.subject,
            place=self.label(finding.subject),
            because=because,
            path=path,
            steps=tuple(self.label(id) for id in path),
            unknown=tuple(
                UnansweredFact(
                    id=each.id,
                    subject=each.subject,
                    question=text_of(self.library, each.atom, [self.label(each.subject)]),
                )
                for each in finding.unknown
            ),
            touches=self.controls.touches(finding),
            there=self.controls.there(finding),
            missing=self.controls.missing(finding),
            rating_steps=tuple(map(str, finding.rating_steps)),
        )

    def asset(self, asset: Asset) -> InventoryItem:
        """Return a line of the inventory."""
        return InventoryItem(
            id=asset.id,
            label=self.label(asset.id),
            note=asset.note,
            kind=self.library.kinds[asset.kind].name,
            sensitivity=asset.sensitivity.value if asset.sensitivity else "not known",
            personal=_SAID[asset.personal],
            held_by=tuple(
                self.label(element.id) for element in self.system.elements if asset.id in (element.holds or ())
            ),
            carried_by=tuple(self.label(flow.id) for flow in self.system.flows if asset.id in (flow.carries or ())),
        )


def _row(risk: Risk) -> FrozenMap[str]:
    said = risk_data(risk)
    said["advice"] = (
        "\n".join(f"{advice.to.value}: {advice.text}" for advice in risk.decision.communicate) if risk.decision else ""
    )
    return FrozenMap((column, said[column]) for column in COLUMNS)


def _line(risk: Risk, row: FrozenMap[str], found: PublishedFinding | None) -> RegisterLine:
    return RegisterLine(
        key=risk.key,
        title=risk.title,
        standing=risk.standing,
        row=row,
        finding=found,
        decision=_decided(risk.decision) if risk.decision else None,
        current=risk.current,
        residual=risk.residual,
    )


def _decided(decision: Decision) -> Decided:
    return Decided(
        treatment=decision.treatment,
        owner=decision.owner,
        rationale=decision.rationale,
        by=decision.by,
        on=decision.on,
        due=decision.due,
    )


def _said(coverage: Coverage, hidden: frozenset[str], library: Library) -> Said:
    """Return what is said of a provision; where the register decides it, without a word on what is hidden."""
    because = said_generally(coverage).because if hidden and coverage.provision.record else coverage.because
    return Said(
        provision=provision_text(coverage.provision),
        verdict=coverage.verdict,
        because=because,
        findings=tuple(key for key in coverage.findings if key not in hidden),
        controls=tuple(library.controls[id].name for id in coverage.controls),
        offers=coverage.offers,
    )


def _drawing(system: System) -> System:
    """Return what of a system is drawn: no answers, no settings, no notes."""
    return System(
        id=system.id,
        name=system.name,
        version=system.version,
        assets=tuple(Asset(id=asset.id, name=asset.name, kind=asset.kind) for asset in system.assets),
        boundaries=tuple(
            TrustBoundary(id=boundary.id, name=boundary.name, trust=boundary.trust, within=boundary.within)
            for boundary in system.boundaries
        ),
        elements=tuple(
            Element(
                id=element.id,
                name=element.name,
                technology=element.technology,
                also=element.also,
                boundary=element.boundary,
            )
            for element in system.elements
        ),
        flows=tuple(
            Flow(id=flow.id, name=flow.name, source=flow.source, target=flow.target, carries=flow.carries)
            for flow in system.flows
        ),
        layout=FrozenMap(system.layout.items()),
    )
