"""OSCAL: the register as a plan of action and milestones (NIST OSCAL 1.1.3, JSON).

Every id is made from the system's and the finding's, so that the next export names the same risk the same. What OSCAL
has no field for stands in properties of our own namespace.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from nbthreat.base.text import commonmark, plain
from nbthreat.publishing.export.tables import as_json
from nbthreat.publishing.publication import Publication, RegisterLine, Standing, State, Treatment

VERSION = "1.1.3"
NAMESPACE = "https://nbthreat.invalid/ns/oscal"
"""Names our properties and scales; it is a name and no address."""
ATLAS = "https://atlas.mitre.org"
_PROPERTIES = ("key", "number", "state", "standing", "treatment", "owner")
_IDS = uuid.UUID("6d9c5b1e-4f0a-5c1f-9a55-3f3f2f6f6c11")


def oscal(publication: Publication) -> str:
    """Return the register as an OSCAL plan of action and milestones."""
    return as_json({"plan-of-action-and-milestones": _plan(publication)})


def _plan(publication: Publication) -> dict[str, Any]:
    system, library = publication.system, publication.library
    ids = _Ids(system.id, publication.labels)
    risks = [_risk(line, ids) for line in publication.lines]
    waiting = [(line, made) for line, made in zip(publication.lines, risks, strict=True) if made["status"] != "closed"]
    observations = [_observation(line, publication, ids) for line in publication.lines if line.finding]
    items = [_item(line, made, ids) for line, made in waiting] or [
        {
            "uuid": ids.of("item", "none"),
            "title": "Nothing to do",
            "description": "No risk is open, possible, to clarify or being treated."
            if not publication.public
            else "Nothing is shown.",
        }
    ]
    plan = {
        "uuid": ids.of("plan", publication.today.isoformat()),
        "metadata": {
            "title": f"Risk register: {commonmark(system.name)}",
            "last-modified": _instant(publication.today),
            "version": plain(system.version) or "not-said",
            "oscal-version": VERSION,
            "props": [
                _prop("marking", publication.marking.label),
                _prop("threat-library", f"{library.name} {library.version}"),
                _prop("threat-library-sha256", library.sha256),
                *(_prop("threat-library-pack", pack.words) for pack in library.packs),
                _prop("complete", "yes" if publication.complete else "no"),
                *([_prop("not-shown", publication.withheld.sentence)] if publication.withheld.risks else []),
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


def _risk(line: RegisterLine, ids: _Ids) -> dict[str, Any]:
    row, finding, decision = line.row, line.finding, line.decision
    because = row["because"] or ("It is no longer found." if finding is None else finding.threat.summary)
    at = f" at {ids.label(row['subject'])}" if row["subject"] else ""
    made: dict[str, Any] = {
        "uuid": ids.of("risk", line.key),
        "title": commonmark(f"{line.title or line.key}{at}"),
        "description": commonmark(finding.threat.summary if finding else because),
        "statement": commonmark(because),
        "props": [_prop(name, row[name]) for name in _PROPERTIES if plain(row[name])],
        "status": _status(line),
        "origins": [_origin(ids)],
    }
    if finding:
        techniques = [id for id in finding.threat.references.get("atlas", ()) if id.startswith("AML.T")]
        if techniques:
            made["threat-ids"] = [{"system": ATLAS, "id": f"{ATLAS}/techniques/{id}"} for id in techniques]
        rated = _characterization(row, ids)
        if rated["facets"]:
            made["characterizations"] = [rated]
    if decision:
        if decision.due:
            made["deadline"] = _instant(decision.due)
        made["remediations"] = [
            {
                "uuid": ids.of("response", line.key),
                "lifecycle": "planned",
                "title": commonmark(f"{decision.treatment.value.capitalize()}: {line.title or line.key}"),
                "description": commonmark(decision.rationale or row["plan"] or "Why is not shown."),
            }
        ]
        if decision.on:
            made["risk-log"] = {"entries": [_entry(line, ids)]}
    if finding:
        made["related-observations"] = [{"observation-uuid": ids.of("observation", line.key)}]
    return made


def _status(line: RegisterLine) -> str:
    gone = line.finding is None or line.finding.state is State.MITIGATED
    if line.standing in (Standing.SET_ASIDE, Standing.NO_LONGER_FOUND) or gone:
        return "closed"
    if line.decision is None or line.standing in (Standing.NEW, Standing.LAPSED):
        return "open"
    return "deviation-approved" if line.decision.treatment is Treatment.ACCEPT else "remediating"


def _entry(line: RegisterLine, ids: _Ids) -> dict[str, Any]:
    decision = line.decision
    if decision is None or decision.on is None:
        raise AssertionError  # asked only where there is one
    by = f" By {decision.by}." if decision.by else ""
    return {
        "uuid": ids.of("log", f"{line.key}/{decision.on.isoformat()}"),
        "title": f"Decided: {decision.treatment.value}",
        "description": commonmark(f"{decision.rationale}{by}"),
        "start": _instant(decision.on),
        "status-change": _status(line),
    }


def _characterization(row: Mapping[str, str], ids: _Ids) -> dict[str, Any]:
    names = ("likelihood", "impact", "level", "current", "residual")
    facets = [
        {"name": name.replace("_", "-"), "system": f"{NAMESPACE}/nist-sp-800-30-table-i-2", "value": plain(row[name])}
        for name in names
        if plain(row[name]) and not (row["state"] == State.TO_CLARIFY and name in ("level", "current"))
    ]
    return {"origin": _origin(ids), "facets": facets}


def _observation(line: RegisterLine, publication: Publication, ids: _Ids) -> dict[str, Any]:
    steps = line.finding.steps if line.finding else ()
    return {
        "uuid": ids.of("observation", line.key),
        "title": commonmark(line.title),
        "description": commonmark(" → ".join(steps) or line.row["because"] or line.title),
        "methods": ["EXAMINE"],
        "types": ["finding"],
        "collected": _instant(publication.today),
    }


def _item(line: RegisterLine, made: dict[str, Any], ids: _Ids) -> dict[str, Any]:
    entry = {
        "uuid": ids.of("item", line.key),
        "title": made["title"],
        "description": made["statement"],
        "related-risks": [{"risk-uuid": made["uuid"]}],
    }
    if "related-observations" in made:
        entry["related-observations"] = made["related-observations"]
    return entry


def _origin(ids: _Ids) -> dict[str, Any]:
    return {"actors": [{"type": "tool", "actor-uuid": ids.tool}]}


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": plain(value)}


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
