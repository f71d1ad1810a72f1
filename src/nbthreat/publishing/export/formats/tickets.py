"""Tickets: what is to be done, as a CSV that Jira imports: one ticket for each open risk that somebody must act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbthreat.base.text import csv_cell, plain, short, wiki
from nbthreat.publishing.export.tables import as_table
from nbthreat.publishing.publication import Publication, PublishedFinding, RegisterLine, Standing, State, Treatment

COLUMNS = ("Summary", "Issue Type", "Priority", "Description", "Labels", "Labels", "Labels", "Labels", "Due date")
PRIORITIES = {1: "Lowest", 2: "Low", 3: "Medium", 4: "High", 5: "Highest"}
SUMMARY_LIMIT = 254  # one less than Jira's own: an apostrophe may come before it
_SETTLED = (Standing.SET_ASIDE, Standing.NO_LONGER_FOUND)


def tickets(publication: Publication) -> str:
    """Return the tickets, worst first. Dates are year-month-day; nobody is assigned; a label says who may see it.

    There is no byte order mark: Jira asks for the encoding, UTF-8 by default, and takes its first column by name.
    """
    rows: list[Sequence[str]] = [COLUMNS]
    by_key = {line.key: line for line in publication.lines}
    for found in publication.findings:
        line = by_key[found.key]
        if found.state is State.OPEN and _to_do(line):
            rows.append([csv_cell(text) for text in _row(line, found, publication)])
    return as_table(rows)


def _to_do(line: RegisterLine) -> bool:
    if line.standing in _SETTLED:
        return False
    accepted = line.decision is not None and line.decision.treatment is Treatment.ACCEPT
    return not accepted or line.standing is Standing.LAPSED


def _row(line: RegisterLine, finding: PublishedFinding, publication: Publication) -> Iterator[str]:
    decision, threat, system = line.decision, finding.threat, publication.system.id
    yield plain(f"{threat.title}: {finding.place}" if finding.place else threat.title, SUMMARY_LIMIT)
    yield "Task"
    yield PRIORITIES[finding.level or 1]
    yield "\n".join(
        wiki(line)
        for line in (
            finding.because,
            threat.summary,
            f"Path: {' → '.join(finding.steps)}" if finding.steps else "",
            f"Decided: {decision.treatment.value}. {decision.rationale} Owner: {decision.owner}." if decision else "",
            f"When this would be wrong: {threat.wrong_when}",
            f"Provisions of the Code: {', '.join(threat.provisions)}" if threat.provisions else "",
            f"Finding {finding.key} of {system}, assessed on {publication.today.isoformat()}",
        )
        if line
    )
    yield "nbthreat"
    yield threat.id
    yield f"nbthreat-{short(f'{system}/{finding.key}')}"  # the same in every import
    yield publication.marking.label
    yield decision.due.isoformat() if decision and decision.due else ""
