"""Publication: the schema of the whole assessment as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbthreat.publishing.publication import COLUMNS, NOT_TOLD, Marking, State, Verdict
from nbthreat.publishing.publication.reading import PUBLICATION
from nbthreat.system.documents.schema import DRAFT


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
                        "rating_steps": texts,
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
                        "verdict": {"enum": [*(verdict.value for verdict in Verdict), NOT_TOLD]},
                        "because": text,
                        "findings": texts,
                        "offers": texts,
                    }
                ),
                "signed": {"anyOf": [_signed(text, texts), {"type": "null"}]},
                "withheld": {
                    "description": "What is not shown, and by which version of the rules.",
                    **_record(
                        {
                            "risks": {"type": "integer", "minimum": 0},
                            "classes": texts,
                            "rules": {"type": "integer", "minimum": 1},
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
