"""Publication: the whole assessment as JSON that loses nothing, its schema, and publications read back.

`read_json`, `read_csv` and `xlsx.read` give what was written; written again it is the same, to the byte.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from nbthreat.base.errors import NbthreatError, quoted
from nbthreat.base.text import csv_text
from nbthreat.publishing.export.formats.sheets import Sheet
from nbthreat.publishing.export.news import Earlier
from nbthreat.publishing.export.tables import PUBLICATION, as_json, as_table
from nbthreat.publishing.publication import COLUMNS, Marking, State, Verdict
from nbthreat.system import documents
from nbthreat.system.documents.schema import DRAFT

BYTES_LIMIT = 200 << 20


def read_json(data: bytes) -> dict[str, Any]:
    """Return a publication in JSON as plain data. Raises NbthreatError where it is none that can be read."""
    try:
        if len(data) > BYTES_LIMIT:
            raise NbthreatError(f"the publication is larger than {BYTES_LIMIT >> 20} MB; it is not read.")
        read = documents.of_json(data)
    except (ValueError, RecursionError) as error:
        raise NbthreatError(f"the publication is not JSON that can be read: {error}.") from None
    if not isinstance(read, dict) or read.get("publication") != PUBLICATION:
        raise NbthreatError(
            f"the file is no publication of this format: it must say 'publication': {PUBLICATION}. "
            "`nbthreat register --to json` writes one."
        )
    rows = read.get("register")
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows) or not isinstance(read.get("system"), str):
        raise NbthreatError("the publication holds no register of a system.")
    return read


def write_json(publication: Mapping[str, Any]) -> str:
    """Return plain data as the JSON it was read from."""
    return as_json(publication)


def earlier(data: bytes) -> Earlier:
    """Return what a publication in JSON said, to compare with. Raises NbthreatError where it is none."""
    read = read_json(data)
    library = read.get("library")
    said = library if isinstance(library, dict) else {}
    return Earlier(
        system=read["system"],
        assessed=str(read.get("assessed", "")),
        library=f"{said.get('name', '')} {said.get('version', '')}".strip(),
        rows={row["key"]: row for row in read["register"]},
        marking=Marking.of(str(read.get("marking", ""))),
    )


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and "key" in row and all(isinstance(value, str) for value in row.values())


def read_csv(data: bytes) -> Sheet:
    """Return the register in a CSV, its cells as they stand. Raises NbthreatError where it is none."""
    limit = csv.field_size_limit(BYTES_LIMIT)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise NbthreatError(f"the CSV cannot be read: {error}.") from None
    finally:
        csv.field_size_limit(limit)
    if not rows or "key" not in rows[0]:
        raise NbthreatError("the CSV has no column called 'key', so it is no register.")
    header, *body = rows
    uneven = next((n for n, row in enumerate(body, start=2) if len(row) != len(header)), None)
    if uneven:
        raise NbthreatError(f"the CSV's row {uneven} has {quoted(len(body[uneven - 2]))} cells, not {len(header)}.")
    return Sheet("Register", header, tuple(body))


def write_csv(sheet: Sheet) -> str:
    """Return a table as the CSV it was read from."""
    return as_table((sheet.columns, *sheet.rows))


def records(sheet: Sheet) -> tuple[dict[str, str], ...]:
    """Return a table's rows by column, as text without the apostrophes that kept spreadsheets from calculating."""
    return tuple({name: csv_text(text) for name, text in zip(sheet.columns, row, strict=True)} for row in sheet.rows)


# The schema


def publication_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a publication in JSON."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    texts = {"type": "array", "items": text}
    which = {"name": text, "version": text, "sha256": digest}
    step = {"type": "integer", "minimum": 1, "maximum": 5}
    return {
        "$schema": DRAFT,
        "title": "Publication",
        "description": "Everything that is known of one system's threats at one time, as nbthreat publishes it.",
        **_record(
            {
                "publication": {"const": PUBLICATION},
                "marking": {
                    "enum": [marking.label for marking in Marking],
                    "description": "Who may see it: a label of the Traffic Light Protocol 2.0.",
                },
                "system": {"type": "string", "description": "The system's id."},
                "library": _with_packs(_record(which), _listed({**which, "overrides": texts})),
                "complete": {"type": "boolean", "description": "Whether every threat could be asked to the end."},
                "findings": _listed(
                    {
                        "key": text,
                        "threat": text,
                        "title": text,
                        "state": {"enum": [*(state.value for state in State), None]},
                        "subject": texts,
                        "path": texts,
                        "because": text,
                        "rating": {
                            "anyOf": [_record({"likelihood": step, "impact": step, "level": step}), {"type": "null"}]
                        },
                        "principles": texts,
                        "references": {"type": "object", "additionalProperties": texts},
                        "unknown": texts,
                    }
                ),
                "questions": _listed({"id": text, "text": text, "subject": texts, "settles": texts}),
                "open_questions": {"type": ["integer", "null"], "minimum": 0},
                "incomplete": texts,
                "assessed": {"type": "string", "format": "date"},
                "stale": flag,
                "changed": texts,
                "to_review": texts,
                "register": _listed(dict.fromkeys(COLUMNS, text)),
                "coverage": _listed(
                    {
                        "provision": text,
                        "etsi": text,
                        "modality": {"enum": ["shall", "should"]},
                        "verdict": {"enum": [verdict.value for verdict in Verdict]},
                        "because": text,
                        "findings": texts,
                        "offers": texts,
                    }
                ),
                "signed": {"anyOf": [_signed(text, texts), {"type": "null"}]},
                "withheld": {
                    "description": "What is not shown; the digest is of what it was made from, after the salt.",
                    **_record(
                        {
                            "risks": {"type": "integer", "minimum": 0},
                            "classes": texts,
                            "rules": {"type": "integer", "minimum": 1},
                            "salt": text,
                            "digest": {"type": "string", "pattern": "^([0-9a-f]{64})?$"},
                        }
                    ),
                },
            }
        ),
    }


def _signed(text: dict[str, Any], texts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is said of a sign-off."""
    day = {"type": "string", "format": "date"}
    said = {
        "by": text,
        "on": day,
        "decision": text,
        "conditions": text,
        "marking": text,
        "digest": text,
        "changes": {"type": "integer", "minimum": 0},
        "differences": texts,
    }
    return {"description": "How the last sign-off stands to what is published.", **_record(said)}


def _record(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _with_packs(library: dict[str, Any], packs: dict[str, Any]) -> dict[str, Any]:
    return {**library, "properties": {**library["properties"], "packs": packs}}


def _listed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _record(properties)}
