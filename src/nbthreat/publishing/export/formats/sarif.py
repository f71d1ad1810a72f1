"""SARIF 2.1.0: findings as results, for the screens that show what scanners found.

A result keeps its fingerprint as long as its finding keeps its key. Open findings fail, possible ones ask for review,
those to clarify are what SARIF calls open, mitigated ones pass; what somebody accepted or set aside is suppressed, with
the reason. Beside a baseline each result says how it stands to it, and what the baseline had and is gone is told as
absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from nbthreat.base.risk import LEVELS, Level
from nbthreat.base.text import plain, short
from nbthreat.publishing.export.tables import as_json
from nbthreat.publishing.publication import (
    BaselineComparison,
    NotedChange,
    Publication,
    RegisterLine,
    Standing,
    State,
    ThreatText,
    Treatment,
)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS = {State.OPEN: "fail", State.POSSIBLE: "review", State.TO_CLARIFY: "open", State.MITIGATED: "pass"}
_LEVELS = {1: "note", 2: "note", 3: "warning", 4: "error", 5: "error"}
_CHANGE = "change-"  # before the kind of a change: the id of its rule
_SEVERITY = {1: "1.0", 2: "3.0", 3: "5.5", 4: "8.0", 5: "9.5"}
"""What code-scanning screens sort by; ours has five steps, theirs runs to ten."""


def sarif(publication: Publication, against: BaselineComparison | None = None) -> str:
    """Return the findings as one SARIF run; beside a baseline also what is inherited, what is gone and what differs."""
    threats = sorted({found.threat.id: found.threat for found in publication.findings}.items())
    noted = _noted(publication, against)
    kinds = sorted({f"{_CHANGE}{change.kind}" for change in noted})
    places = _Locations(publication, [*(id for id, _ in threats), *kinds])
    worst: dict[str, Level] = {}
    for found in publication.findings:
        if found.level and found.state is not State.TO_CLARIFY:
            worst[found.threat.id] = max(found.level, worst.get(found.threat.id, found.level))
    library = publication.library
    run = {
        "tool": {
            "driver": {
                "name": "nbthreat",
                "version": _version(),
                "rules": [*(_rule(threat, worst.get(id)) for id, threat in threats), *map(_change_rule, kinds)],
            }
        },
        "automationDetails": {"id": f"nbthreat/{publication.system.id}/"},
        "columnKind": "unicodeCodePoints",
        "results": [
            *_results(publication, places, against),
            *(_note(change, places) for change in noted),
        ],
        "properties": {
            "marking": publication.marking.label,
            "notShown": publication.withheld.risks,
            "library": f"{library.name} {library.version}",
            "librarySha256": library.sha256,
            **({"packs": [pack.words for pack in library.packs]} if library.packs else {}),
            "complete": publication.complete,
        },
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


class _Locations:
    """Where rules stand in the run, and where the parts of a system are."""

    def __init__(self, publication: Publication, rules: list[str]) -> None:
        self.rules = {id: n for n, id in enumerate(rules)}
        self._system = publication.system.id
        self._file = quote(publication.file.encode("utf-8", "surrogateescape"))
        self._lines = publication.lines_in_file
        self._labels = publication.labels
        flows = (flow.id for flow in publication.drawing.flows)
        self._kinds = {**dict.fromkeys(flows, "flow"), self._system: "system"}

    def location(self, id: str) -> dict[str, Any]:
        """Return a part as SARIF's location: the part, and where its file is told, the line of that on which it begins.

        Where the file is not told there is none: one made up would point to a file that is not there.
        """
        region = {"startLine": self._lines.get(id, 1)}
        physical = {"artifactLocation": {"uri": self._file}, "region": region}
        return {
            **({"physicalLocation": physical} if self._file else {}),
            "logicalLocations": [
                {
                    "name": plain(self._labels.get(id, id)),
                    "fullyQualifiedName": plain(f"{self._system}/{id}") if id != self._system else id,
                    "kind": self._kinds.get(id, "element"),
                }
            ],
        }

    def kinds(self, kinds: str) -> dict[str, Any]:
        """Return what kinds of parts something is at, where the parts are not named; the system where neither is."""
        name = plain(kinds) or self._system
        return {"logicalLocations": [{"name": name, "kind": "element" if kinds else "system"}]}


def _version() -> str:
    try:
        return version("nbthreat")
    except PackageNotFoundError:
        return "0"


def _rule(threat: ThreatText, worst: Level | None) -> dict[str, Any]:
    return {
        "id": threat.id,
        "name": "".join(part.capitalize() for part in threat.id.split("-")),
        "shortDescription": {"text": _message(threat.title)},
        "fullDescription": {"text": _message(threat.summary)},
        "help": {"text": _message(f"When this would be wrong: {threat.wrong_when}")},
        "defaultConfiguration": {"level": _LEVELS[worst] if worst else "none"},
        "properties": {
            "tags": ["security", *threat.stride],
            **({"security-severity": _SEVERITY[worst]} if worst else {}),
            "provisions": list(threat.provisions),
            "references": {name: list(ids) for name, ids in threat.references.items()},
        },
    }


def _noted(publication: Publication, against: BaselineComparison | None) -> list[NotedChange]:
    """Return what else a change does, without what is about risks that this audience is not shown."""
    if against is None or publication.public:
        return []
    shown = {line.key for line in publication.lines} | against.absent.keys()
    return [change for change in against.noted if "@" not in change.subject or change.subject in shown]


def _change_rule(id: str) -> dict[str, Any]:
    kind = id.removeprefix(_CHANGE).replace("-", " ")
    text = f"A change besides new risks, to be looked at: {kind}"
    return {"id": id, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "note"}}


def _note(change: NotedChange, places: _Locations) -> dict[str, Any]:
    rule = f"{_CHANGE}{change.kind}"
    return {
        "ruleId": rule,
        "ruleIndex": places.rules[rule],
        "kind": "fail",  # what SARIF asks of a result that has a level
        "level": "note",
        "message": {"text": _message(change.words)},
        "locations": [places.location(change.subject.partition("@")[2] or change.subject)],
        "partialFingerprints": {"nbthreatChange/v1": short(f"{change.kind} {change.subject} {change.words}")},
        "properties": {"about": plain(change.subject)},
        "baselineState": "new",
    }


def _results(
    publication: Publication, places: _Locations, against: BaselineComparison | None
) -> Iterator[dict[str, Any]]:
    for line in publication.lines:
        if line.finding:
            made = _result(line, places)
        elif against and line.key in against.states and line.row["level"]:
            level = _LEVELS[LEVELS[line.row["level"]]]
            made = {**_bare(line.key, line.title, places), "level": level, "kind": "fail"}
        else:
            continue
        yield {**made, "baselineState": against.states[line.key]} if against else made
    for key, title in against.absent.items() if against else ():
        yield {**_bare(key, title, places), "baselineState": "absent"}


def _bare(key: str, title: str, places: _Locations) -> dict[str, Any]:
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


def _result(line: RegisterLine, places: _Locations) -> dict[str, Any]:
    finding = line.finding
    if finding is None:
        raise AssertionError  # asked only of what is found
    made: dict[str, Any] = {
        "ruleId": finding.threat.id,
        "ruleIndex": places.rules[finding.threat.id],
        "kind": _KINDS[finding.state] if finding.state else "informational",
        "level": _LEVELS[finding.level] if finding.level and finding.state is State.OPEN else "none",
        "message": {"text": _message(finding.because or finding.threat.title)},
        "locations": [places.location(finding.subject)] if finding.subject else [places.kinds(finding.place)],
        "partialFingerprints": {"nbthreatFindingKey/v1": short(finding.key)},
        "properties": {
            "key": finding.key,
            **({"riskLevel": finding.level_words} if finding.level else {}),
            "standing": line.standing.value,
        },
    }
    flow = [{"location": places.location(id)} for id in finding.path]
    if flow:
        made["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    suppressed = _suppression(line)
    if suppressed:
        made["suppressions"] = [suppressed]
    return made


def _suppression(line: RegisterLine) -> dict[str, Any] | None:
    decision = line.decision
    if line.standing is Standing.DECIDED and decision and decision.treatment is Treatment.ACCEPT:
        why = plain(decision.rationale) or "Accepted; why is not shown."
        return {"kind": "external", "status": "accepted", "justification": why}
    if line.standing is Standing.SET_ASIDE:
        return {"kind": "external", "status": "accepted", "justification": "Set aside: it does not apply here."}
    return None


def _message(text: str) -> str:
    """Return a plain-text message in which nothing is a link or a placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    safe = plain(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return safe.replace("{", "{{").replace("}", "}}")
