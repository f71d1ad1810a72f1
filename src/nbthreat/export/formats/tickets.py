"""Tickets: what is to be done, as a CSV that Jira imports: one ticket for each open risk that somebody must act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nbthreat.assessment import Assessment
from nbthreat.export.formats.wording import plain, short, wiki
from nbthreat.export.tables import as_table, csv_cell
from nbthreat.matching import State
from nbthreat.register import Risk, Standing, Treatment

COLUMNS = ("Summary", "Issue Type", "Priority", "Description", "Labels", "Labels", "Labels", "Due date")
PRIORITIES = {1: "Lowest", 2: "Low", 3: "Medium", 4: "High", 5: "Highest"}
SUMMARY_LIMIT = 254  # one less than Jira's own: an apostrophe may come before it
_SETTLED = (Standing.SET_ASIDE, Standing.NO_LONGER_FOUND)


def tickets(assessment: Assessment) -> str:
    """Return the tickets, worst first. Dates are year-month-day; nobody is assigned."""
    rows: list[Sequence[str]] = [COLUMNS]
    by_key = {risk.key: risk for risk in assessment.risks}
    labels = assessment.system.labels()
    for one in assessment.ranked:
        risk = by_key[one.key]
        if one.state is State.OPEN and _to_do(risk):
            rows.append([csv_cell(text) for text in _row(risk, assessment, labels)])
    return as_table(rows)


def _to_do(risk: Risk) -> bool:
    if risk.standing in _SETTLED:
        return False
    accepted = risk.decision is not None and risk.decision.treatment is Treatment.ACCEPT
    return not accepted or risk.standing is Standing.LAPSED


def _row(risk: Risk, assessment: Assessment, labels: Mapping[str, str]) -> Iterator[str]:
    finding, decision = risk.finding, risk.decision
    if finding is None:
        raise AssertionError  # only what is found becomes a ticket
    yield plain(f"{finding.threat.title}: {labels.get(finding.subject, finding.subject)}", SUMMARY_LIMIT)
    yield "Task"
    yield PRIORITIES[finding.rating.level]
    yield "\n".join(
        wiki(line)
        for line in (
            finding.because,
            finding.threat.summary,
            f"Path: {' → '.join(labels.get(id, id) for id in finding.path)}" if finding.path else "",
            f"Decided: {decision.treatment.value}. {decision.rationale} Owner: {decision.owner}." if decision else "",
            f"When this would be wrong: {finding.threat.wrong_when}",
            f"Provisions of the Code: {', '.join(finding.threat.provisions)}" if finding.threat.provisions else "",
            f"Finding {finding.key} of {assessment.system.id}, assessed on {assessment.today.isoformat()}",
        )
        if line
    )
    yield "nbthreat"
    yield finding.threat.id
    yield f"nbthreat-{short(f'{assessment.system.id}/{finding.key}')}"  # the same in every import
    yield decision.due.isoformat() if decision and decision.due else ""
