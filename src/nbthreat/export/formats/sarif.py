"""SARIF 2.1.0: findings as results, for the screens that show what scanners found.

A result keeps its fingerprint as long as its finding keeps its key. Open findings fail, possible ones ask for review,
mitigated ones pass; what somebody accepted or set aside is suppressed, with the reason. Beside a baseline each result
says how it stands to it, and what the baseline had and is gone is told as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from nbthreat.assessment import Assessment
from nbthreat.export.formats.wording import as_json, plain, short
from nbthreat.library import Threat
from nbthreat.matching import State
from nbthreat.model import System
from nbthreat.register import Risk, Standing, Treatment
from nbthreat.risk import Level

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS = {State.OPEN: "fail", State.POSSIBLE: "review", State.MITIGATED: "pass"}
_LEVELS = {1: "note", 2: "note", 3: "warning", 4: "error", 5: "error"}
_SEVERITY = {1: "1.0", 2: "3.0", 3: "5.5", 4: "8.0", 5: "9.5"}
"""What code-scanning screens sort by; ours has five steps, theirs runs to ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """How each line of the register stands to a baseline, by key, and the titles of those that are gone, by key."""

    states: Mapping[str, str]  # 'new', 'updated' or 'unchanged'
    absent: Mapping[str, str] = field(default_factory=dict)
    file: str = ""  # where the system stands below the root of the project, with /; '' for its published name


def sarif(assessment: Assessment, against: Against | None = None) -> str:
    """Return the findings as one SARIF run; with a baseline also inherited risks, and what is gone."""
    threats = sorted({one.threat.id: one.threat for one in assessment.findings}.items())
    places = _Places(assessment.system, [id for id, _ in threats], against.file if against else "")
    worst: dict[str, Level] = {}
    for one in assessment.findings:
        worst[one.threat.id] = max(one.rating.level, worst.get(one.threat.id, one.rating.level))
    packs = assessment.library.packs
    run = {
        "tool": {
            "driver": {
                "name": "nbthreat",
                "version": _version(),
                "rules": [_rule(threat, worst[id]) for id, threat in threats],
            }
        },
        "automationDetails": {"id": f"nbthreat/{assessment.system.id}/"},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(assessment, places, against)),
        "properties": {
            "library": f"{assessment.library.name} {assessment.library.version}",
            "librarySha256": assessment.library.sha256,
            **({"packs": [pack.words for pack in packs]} if packs else {}),
            "complete": assessment.match.complete,
        },
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


class _Places:
    """Where rules stand in the run, and where the parts of a system are."""

    def __init__(self, system: System, rules: list[str], file: str) -> None:
        self.rules = {id: n for n, id in enumerate(rules)}
        self._system = system.id
        self._file = quote(file) or f"{system.id}.yaml"
        self._labels = system.labels()
        self._kinds = {**dict.fromkeys((one.id for one in system.flows), "flow"), system.id: "system"}

    def location(self, id: str) -> dict[str, Any]:
        """Return a part as SARIF's location: the drawing's file, and the part in it."""
        return {
            "physicalLocation": {"artifactLocation": {"uri": self._file}, "region": {"startLine": 1}},
            "logicalLocations": [
                {
                    "name": plain(self._labels.get(id, id)),
                    "fullyQualifiedName": plain(f"{self._system}/{id}") if id != self._system else id,
                    "kind": self._kinds.get(id, "element"),
                }
            ],
        }


def _version() -> str:
    try:
        return version("nbthreat")
    except PackageNotFoundError:
        return "0"


def _rule(threat: Threat, worst: Level) -> dict[str, Any]:
    return {
        "id": threat.id,
        "name": "".join(part.capitalize() for part in threat.id.split("-")),
        "shortDescription": {"text": _message(threat.title)},
        "fullDescription": {"text": _message(threat.summary)},
        "help": {"text": _message(f"When this would be wrong: {threat.wrong_when}")},
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {
            "tags": ["security", *(one.value for one in threat.stride)],
            "security-severity": _SEVERITY[worst],
            "provisions": list(threat.provisions),
            "references": {name: list(ids) for name, ids in threat.references.items()},
        },
    }


def _results(assessment: Assessment, places: _Places, against: Against | None) -> Iterator[dict[str, Any]]:
    for risk in assessment.risks:
        if risk.finding:
            made = _result(risk, places)
        elif against and risk.key in against.states and risk.inherent:
            made = {**_bare(risk.key, risk.title, places), "level": _LEVELS[risk.inherent.level], "kind": "fail"}
        else:
            continue
        yield {**made, "baselineState": against.states[risk.key]} if against else made
    for key, title in against.absent.items() if against else ():
        yield {**_bare(key, title, places), "baselineState": "absent"}


def _bare(key: str, title: str, places: _Places) -> dict[str, Any]:
    """Return what can be said of a line of which nothing is found now."""
    threat, _, subject = key.partition("@")
    rule = {"ruleIndex": places.rules[threat]} if threat in places.rules else {}
    return {
        "ruleId": plain(threat),
        **rule,
        "kind": "notApplicable",
        "level": "none",
        "message": {"text": _message(title)},
        "locations": [places.location(subject)],
        "partialFingerprints": {"nbthreatFindingKey/v1": short(key)},
        "properties": {"key": plain(key)},
    }


def _result(risk: Risk, places: _Places) -> dict[str, Any]:
    finding = risk.finding
    if finding is None:
        raise AssertionError  # asked only of what is found
    made: dict[str, Any] = {
        "ruleId": finding.threat.id,
        "ruleIndex": places.rules[finding.threat.id],
        "kind": _KINDS[finding.state],
        "level": _LEVELS[finding.rating.level] if finding.state is State.OPEN else "none",
        "message": {"text": _message(finding.because)},
        "locations": [places.location(finding.subject)],
        "partialFingerprints": {"nbthreatFindingKey/v1": short(finding.key)},
        "properties": {"key": finding.key, "riskLevel": finding.rating.level.label, "standing": risk.standing.value},
    }
    flow = [{"location": places.location(id)} for id in finding.path]
    if flow:
        made["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    suppressed = _suppression(risk)
    if suppressed:
        made["suppressions"] = [suppressed]
    return made


def _suppression(risk: Risk) -> dict[str, Any] | None:
    accepted = risk.standing is Standing.DECIDED and risk.decision and risk.decision.treatment is Treatment.ACCEPT
    if accepted and risk.decision:
        return {"kind": "external", "status": "accepted", "justification": plain(risk.decision.rationale)}
    if risk.standing is Standing.SET_ASIDE:
        return {"kind": "external", "status": "accepted", "justification": "Set aside: it does not apply here."}
    return None


def _message(text: str) -> str:
    """Return a plain-text message in which nothing is a link or a placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    safe = plain(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return safe.replace("{", "{{").replace("}", "}}")
