"""OSCAL: the register as a plan of action and milestones (NIST OSCAL 1.1.3, JSON).

Every id is made from the system's and the finding's, so that the next export names the same risk the same. What OSCAL
has no field for stands in properties of our own namespace.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from nbthreat.assessment import Assessment, risk_data
from nbthreat.export.formats.wording import as_json, commonmark, plain
from nbthreat.matching import State
from nbthreat.register import Risk, Standing, Treatment

VERSION = "1.1.3"
NAMESPACE = "https://nbthreat.invalid/ns/oscal"
"""Names our properties and scales; it is a name and no address."""
ATLAS = "https://atlas.mitre.org"
_PROPERTIES = ("key", "number", "state", "standing", "treatment", "owner")
_IDS = uuid.UUID("6d9c5b1e-4f0a-5c1f-9a55-3f3f2f6f6c11")


def oscal(assessment: Assessment) -> str:
    """Return the register as an OSCAL plan of action and milestones."""
    return as_json({"plan-of-action-and-milestones": _plan(assessment)})


def _plan(assessment: Assessment) -> dict[str, Any]:
    system = assessment.system
    ids = _Ids(system.id, system.labels())
    risks = [_risk(risk, ids) for risk in assessment.risks]
    waiting = [(risk, made) for risk, made in zip(assessment.risks, risks, strict=True) if made["status"] != "closed"]
    observations = [_observation(risk, assessment, ids) for risk in assessment.risks if risk.finding]
    items = [_item(risk, made, ids) for risk, made in waiting] or [
        {
            "uuid": ids.of("item", "none"),
            "title": "Nothing to do",
            "description": "No risk is open, possible or being treated.",
        }
    ]
    plan = {
        "uuid": ids.of("plan", assessment.today.isoformat()),
        "metadata": {
            "title": f"Risk register: {commonmark(system.name)}",
            "last-modified": _instant(assessment.today),
            "version": plain(system.version) or "not-said",
            "oscal-version": VERSION,
            "props": [
                _prop("threat-library", f"{assessment.library.name} {assessment.library.version}"),
                _prop("threat-library-sha256", assessment.library.sha256),
                *(_prop("threat-library-pack", pack.words) for pack in assessment.library.packs),
                _prop("complete", "yes" if assessment.match.complete else "no"),
            ],
        },
        "system-id": {"identifier-type": NAMESPACE, "id": system.id},
        "local-definitions": {
            "components": [
                {
                    "uuid": ids.tool,
                    "type": "software",
                    "title": "nbthreat",
                    "description": "Matches a drawing of the system against a library of threats.",
                    "status": {"state": "operational"},
                }
            ]
        },
        "observations": observations,
        "risks": risks,
        "poam-items": items,
    }
    return {name: value for name, value in plan.items() if value}


class _Ids:
    """Identifiers that stay the same from export to export, and what people call the system's parts."""

    def __init__(self, system: str, labels: Mapping[str, str]) -> None:
        self._system = system
        self._labels = labels
        self.tool = str(uuid.uuid5(_IDS, "nbthreat"))

    def of(self, kind: str, key: str) -> str:
        """Return the identifier of a thing of that kind."""
        return str(uuid.uuid5(_IDS, f"{self._system}/{kind}/{key}"))

    def label(self, id: str) -> str:
        """Return what people call a part."""
        return self._labels.get(id, id)


def _risk(risk: Risk, ids: _Ids) -> dict[str, Any]:
    row, finding, decision = risk_data(risk), risk.finding, risk.decision
    because = row["because"] or "It is no longer found."
    made: dict[str, Any] = {
        "uuid": ids.of("risk", risk.key),
        "title": commonmark(f"{risk.title or risk.key} at {ids.label(row['subject'])}"),
        "description": commonmark(finding.threat.summary if finding else because),
        "statement": commonmark(because),
        "props": [_prop(name, row[name]) for name in _PROPERTIES if plain(row.get(name, ""))],
        "status": _status(risk),
        "origins": [_origin(ids)],
    }
    if finding:
        atlas = [one for one in finding.threat.references.get("atlas", ()) if one.startswith("AML.T")]
        if atlas:
            made["threat-ids"] = [{"system": ATLAS, "id": f"{ATLAS}/techniques/{one}"} for one in atlas]
        made["characterizations"] = [_characterization(row, ids)]
    if decision:
        if decision.due:
            made["deadline"] = _instant(decision.due)
        made["remediations"] = [
            {
                "uuid": ids.of("response", risk.key),
                "lifecycle": "planned",
                "title": commonmark(f"{decision.treatment.value.capitalize()}: {risk.title or risk.key}"),
                "description": commonmark(decision.rationale),
            }
        ]
        if decision.on:
            made["risk-log"] = {"entries": [_entry(risk, ids)]}
    if finding:
        made["related-observations"] = [{"observation-uuid": ids.of("observation", risk.key)}]
    return made


def _status(risk: Risk) -> str:
    gone = risk.finding is None or risk.finding.state is State.MITIGATED
    if risk.standing in (Standing.SET_ASIDE, Standing.NO_LONGER_FOUND) or gone:
        return "closed"
    if risk.decision is None or risk.standing in (Standing.NEW, Standing.LAPSED):
        return "open"
    return "deviation-approved" if risk.decision.treatment is Treatment.ACCEPT else "remediating"


def _entry(risk: Risk, ids: _Ids) -> dict[str, Any]:
    decision = risk.decision
    if decision is None or decision.on is None:
        raise AssertionError  # asked only where there is one
    by = f" By {decision.by}." if decision.by else ""
    return {
        "uuid": ids.of("log", f"{risk.key}/{decision.on.isoformat()}"),
        "title": f"Decided: {decision.treatment.value}",
        "description": commonmark(f"{decision.rationale}{by}"),
        "start": _instant(decision.on),
        "status-change": _status(risk),
    }


def _characterization(row: dict[str, str], ids: _Ids) -> dict[str, Any]:
    names = ("likelihood", "impact", "level", "current", "residual")
    facets = [
        {"name": name.replace("_", "-"), "system": f"{NAMESPACE}/nist-sp-800-30-table-i-2", "value": plain(row[name])}
        for name in names
        if plain(row.get(name, ""))
    ]
    return {"origin": _origin(ids), "facets": facets}


def _observation(risk: Risk, assessment: Assessment, ids: _Ids) -> dict[str, Any]:
    row = risk_data(risk)
    path = risk.finding.path if risk.finding else ()
    return {
        "uuid": ids.of("observation", risk.key),
        "title": commonmark(risk.title),
        "description": commonmark(" → ".join(ids.label(id) for id in path) or row["because"]),
        "methods": ["EXAMINE"],
        "types": ["finding"],
        "collected": _instant(assessment.today),
    }


def _item(risk: Risk, made: dict[str, Any], ids: _Ids) -> dict[str, Any]:
    item = {
        "uuid": ids.of("item", risk.key),
        "title": made["title"],
        "description": made["statement"],
        "related-risks": [{"risk-uuid": made["uuid"]}],
    }
    if "related-observations" in made:
        item["related-observations"] = made["related-observations"]
    return item


def _origin(ids: _Ids) -> dict[str, Any]:
    return {"actors": [{"type": "tool", "actor-uuid": ids.tool}]}


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": plain(value)}


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
