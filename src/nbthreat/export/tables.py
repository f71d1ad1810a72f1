"""Tables and plain data: CSV that no spreadsheet takes for a formula, JSON that loses nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from nbthreat.assessment import RISK_COLUMNS, Assessment, risk_data
from nbthreat.matching import as_data

PUBLICATION = 1
"""The version of the JSON form; `nbthreat schema publication` prints its schema."""

_STARTS_FORMULA = re.compile(r"(^|[\r\n])([^\S\r\n]*)(?=[=+\-@\t\uff1d\uff0b\uff0d\uff20|%])")
_GUARDED = re.compile(r"(^|[\r\n])'")
_NUMBER = re.compile(r"[-+]?[0-9][0-9 .,]*")


def csv_cell(text: str) -> str:
    """Return `text` so that no spreadsheet reads a formula in it: an apostrophe before what could start one.

    Plain numbers, and phone numbers that are nothing but digits, stay as they are.
    """
    if _NUMBER.fullmatch(text):
        return text
    guarded = _STARTS_FORMULA.sub(r"\1'\2", text)
    return "'" + guarded if text[:1] in "\t\r" and not guarded.startswith("'") and text else guarded


def csv_text(cell: str) -> str:
    """Return what a guarded cell says: the apostrophes before what could start a formula are taken away again."""
    bare = _GUARDED.sub(r"\1", cell)
    return bare if bare != cell and csv_cell(bare) == cell else cell


def register_csv(assessment: Assessment) -> str:
    """Return the register as CSV: a header line, then a line a risk, by key; lines end in CR LF as RFC 4180 has it."""
    rows = (risk_data(risk) for risk in assessment.risks)
    return as_table((RISK_COLUMNS, *([csv_cell(row[column]) for column in RISK_COLUMNS] for row in rows)))


def as_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def register_data(assessment: Assessment) -> dict[str, Any]:
    """Return the whole assessment as plain data."""
    return {
        "publication": PUBLICATION,
        **as_data(assessment.match),
        "incomplete": list(assessment.match.incomplete),
        "assessed": assessment.today.isoformat(),
        "stale": assessment.stale,
        "changed": list(assessment.changed_things),
        "to_review": list(assessment.to_review),
        "register": [risk_data(risk) for risk in assessment.risks],
        "coverage": [
            {
                "provision": one.provision.id,
                "etsi": one.provision.etsi,
                "modality": one.provision.modality.value,
                "verdict": one.verdict.value,
                "because": one.because,
                "findings": list(one.findings),
                "offers": list(one.offers),
            }
            for one in assessment.coverage
        ],
    }


def register_json(assessment: Assessment) -> str:
    """Return the whole assessment as JSON."""
    return json.dumps(register_data(assessment), indent=1, ensure_ascii=False) + "\n"
