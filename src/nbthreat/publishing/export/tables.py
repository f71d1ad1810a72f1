"""Tables and plain data: CSV that no spreadsheet takes for a formula, JSON that loses nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from nbthreat.base.text import csv_cell
from nbthreat.publishing.publication import COLUMNS, Publication, PublishedFinding, SignedState, Source
from nbthreat.publishing.publication.reading import PUBLICATION

BYTE_ORDER_MARK = "\ufeff"


def register_csv(publication: Publication) -> str:
    """Return the register as CSV: a header line, then a line a risk, by key; lines end in CR LF as RFC 4180 has it.

    It begins with a byte order mark, without which a spreadsheet that is opened by a double click takes UTF-8 for
    another encoding. The first column says on every line who may see it.
    """
    label = publication.marking.label
    rows = ([label, *(csv_cell(line.row[column]) for column in COLUMNS)] for line in publication.lines)
    return BYTE_ORDER_MARK + as_table((("marking", *COLUMNS), *rows))


def as_json(data: Any) -> str:
    """Return data as JSON that people can read, the same text for the same data."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def as_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def register_data(publication: Publication) -> dict[str, Any]:
    """Return the whole publication as plain data."""
    withheld = publication.withheld
    return {
        "publication": PUBLICATION,
        "marking": publication.marking.label,
        "system": publication.system.id,
        "library": _library(publication.library),
        "complete": publication.complete,
        "findings": [_finding(found) for found in sorted(publication.findings, key=lambda finding: finding.key)],
        "questions": [
            {"id": asked.id, "text": asked.text, "subject": list(asked.subjects), "settles": list(asked.settles)}
            for asked in publication.questions
        ],
        "open_questions": publication.open_questions,
        "incomplete": list(publication.incomplete),
        "assessed": publication.today.isoformat(),
        "stale": publication.stale,
        "changed": list(publication.changed),
        "to_review": list(publication.to_review),
        "register": [dict(line.row) for line in publication.lines],
        "coverage": [
            {
                "provision": said.provision.id,
                "etsi": said.provision.etsi,
                "modality": said.provision.modality,
                "verdict": said.words,
                "because": said.because,
                "findings": list(said.findings),
                "offers": list(said.offers),
            }
            for said in publication.coverage
        ],
        "signed": _signed(publication.signed) if publication.signed else None,
        "withheld": {
            "risks": withheld.risks,
            "classes": list(withheld.classes),
            "rules": withheld.rules,
        },
    }


def _signed(signed_state: SignedState) -> dict[str, Any]:
    return {
        "by": signed_state.by,
        "on": signed_state.on.isoformat(),
        "decision": signed_state.decision.value,
        "conditions": signed_state.conditions,
        "marking": signed_state.marking,
        "digest": signed_state.digest,
        "changes": signed_state.changes,
        "differences": list(signed_state.differences),
    }


def _finding(found: PublishedFinding) -> dict[str, Any]:
    rating = found.rating
    return {
        "key": found.key,
        "threat": found.threat.id,
        "title": found.threat.title,
        "state": found.state.value if found.state else None,
        "subject": [found.subject] if found.subject else [],
        "path": list(found.path),
        "because": found.because,
        "rating": rating and {"likelihood": rating.likelihood, "impact": rating.impact, "level": rating.level},
        "rating_steps": list(found.rating_steps),
        "principles": list(found.threat.provisions),
        "references": {key: list(ids) for key, ids in found.threat.references.items()},
        "unknown": [f"{fact.id}@{fact.subject}" for fact in found.unknown],
    }


def _library(source: Source) -> dict[str, Any]:
    said: dict[str, Any] = {"name": source.name, "version": source.version, "sha256": source.sha256}
    packs = [
        {"name": pack.name, "version": pack.version, "sha256": pack.sha256, "overrides": list(pack.overrides)}
        for pack in source.packs
    ]
    return {**said, "packs": packs} if packs else said


def register_json(publication: Publication) -> str:
    """Return the whole publication as JSON."""
    return json.dumps(register_data(publication), indent=1, ensure_ascii=False) + "\n"
