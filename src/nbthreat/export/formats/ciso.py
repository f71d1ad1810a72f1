"""CISO Assistant: assets, applied controls and risks as the sheets it imports, and the Code as a library for it.

Its rules, as its import has them: cells of controls and assets are split at line ends, bars, semicolons and commas,
so they hold ids alone, which the sheets of assets and controls bring along; a label that its matrix does not know
becomes "undefined" without a word, so the library carries the matrix whose labels these sheets use; any word for a
treatment but its own becomes "open". Import the library first, then assets, then controls, then risks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import yaml

from nbthreat import conditions
from nbthreat.assessment import Assessment, risk_data
from nbthreat.conditions import Subject
from nbthreat.export.formats import xlsx
from nbthreat.export.formats.navigator import COLOURS
from nbthreat.export.formats.sheets import Book, Sheet, cell
from nbthreat.export.formats.wording import plain, short
from nbthreat.library import Library, Modality, Threat
from nbthreat.matching import Finding, State
from nbthreat.model import System
from nbthreat.register import Risk, Standing
from nbthreat.risk import GRID, Level, Rating

ASSETS = ("ref_id", "name", "description", "type")
CONTROLS = ("ref_id", "name", "description", "status", "category", "priority", "effort")
RISKS = (
    "ref_id", "name", "description", "inherent_proba", "inherent_impact", "inherent_level", "existing_controls",
    "current_proba", "current_impact", "current_level", "additional_controls", "residual_proba", "residual_impact",
    "residual_level", "treatment", "assets", "justification", "filtering_labels",
)  # fmt: skip
LABELS = {level: level.label.capitalize() for level in Level}
"""The steps of our matrix as its labels say them: 'Very low' … 'Very high'."""
_SHORT = {level: "".join(word[0] for word in level.label.upper().split()) for level in Level}
_TREATMENTS = frozenset({"mitigate", "accept", "avoid", "transfer"})
_SEPARATOR = "|"
_NAME_LIMIT, _ID_LIMIT, _JUSTIFICATION_LIMIT = 199, 100, 1_999
"""Each text's is one less than its own, for an apostrophe may come before a text."""
_CODE = "uk-ai-cyber-security-code"


def ciso_assets(assessment: Assessment) -> bytes:
    """Return the assets as primary, and the elements they are on as supporting, in one sheet."""
    system = assessment.system
    labels = system.labels()
    rows = [
        (_id(system, one.id), plain(labels[one.id], _NAME_LIMIT), plain(one.note), "PR") for one in system.assets
    ] + [(_id(system, one.id), plain(labels[one.id], _NAME_LIMIT), plain(one.note), "SP") for one in system.elements]
    return _sheet(assessment, "assets", ASSETS, rows)


def ciso_controls(assessment: Assessment) -> bytes:
    """Return the controls that the system's findings hang on: those that are there, and those that could be."""
    system, library = assessment.system, assessment.library
    named = sorted({name for one in assessment.findings for name in stand_against(one.threat)} & set(library.controls))
    worst: dict[str, int] = {}
    for one in assessment.findings:
        for name in stand_against(one.threat) if one.state is not State.MITIGATED else ():
            worst[name] = max(worst.get(name, 1), int(one.rating.level))
    priorities = {5: "1", 4: "2", 3: "3", 2: "4", 1: "4"}
    rows = [
        (
            _id(system, name),
            plain(library.controls[name].name, _NAME_LIMIT),
            plain(library.controls[name].what),
            status(system, name),
            "technical" if library.controls[name].of != ("system",) else "process",
            priorities[worst.get(name, 1)],
            library.controls[name].cost.value,
        )
        for name in named
    ]
    return _sheet(assessment, "applied_controls", CONTROLS, rows)


def ciso_risks(assessment: Assessment) -> bytes:
    """Return what is found as risk scenarios in one sheet."""
    board = _Board(assessment)
    rows = [_risk(risk, risk.finding, board) for risk in assessment.risks if risk.finding]
    return _sheet(assessment, "risk_assessment", RISKS, rows)


def stand_against(threat: Threat) -> tuple[str, ...]:
    """Return the ids of the controls that a threat's own condition says stand against it."""
    if threat.mitigated_when is None:
        return ()
    found: set[str] = set()
    for one in conditions.walk(threat.mitigated_when):
        if isinstance(one, conditions.ControlIs):
            found.add(one.name)
        elif isinstance(one, conditions.Reach):
            found.update(one.without)
    return tuple(sorted(found))


def status(system: System, control: str) -> str:
    """Return how far a control is: 'active' where it is said of everything asked, 'in_progress' of some, 'to_do'."""
    answers = (system.controls, *(one.controls for one in system.elements), *(one.controls for one in system.flows))
    said = [one[control] for one in answers if control in one]
    if not any(said):
        return "to_do"
    return "active" if all(said) else "in_progress"


class _Board:
    """What every row asks of the system, worked out once."""

    def __init__(self, assessment: Assessment) -> None:
        system = assessment.system
        named = {one.threat.id: stand_against(one.threat) for one in assessment.findings}
        known = assessment.library.controls
        self.system = system
        self.labels = system.labels()
        self.flows = {one.id: one for one in system.flows}
        self.named = {id: [name for name in names if name in known] for id, names in named.items()}
        self.status = {name: status(system, name) for names in self.named.values() for name in names}

    def there(self, finding: Finding) -> list[str]:
        """Return the controls that stand against a finding already, whole or, where it is mitigated, in part."""
        enough = ("active", "in_progress") if finding.state is State.MITIGATED else ("active",)
        return [name for name in self.named[finding.threat.id] if self.status[name] in enough]

    def touched(self, finding: Finding) -> list[str]:
        """Return the ids of what a finding is about: the element, or both ends of the flow and what it carries."""
        if finding.threat.subject is Subject.ELEMENT:
            return [finding.subject]
        flow = self.flows.get(finding.subject)
        return [*dict.fromkeys((flow.source, flow.target)), *(flow.carries or ())] if flow else []


def _risk(risk: Risk, finding: Finding, board: _Board) -> tuple[str, ...]:
    row, system = risk_data(risk), board.system
    there = board.there(finding)
    missing = [name for name in board.named[finding.threat.id] if name not in there]
    subject = board.labels.get(finding.subject, finding.subject)
    return (
        finding.key if len(finding.key) <= _ID_LIMIT else f"{finding.key[:80]}-{short(finding.key)}",
        plain(f"{finding.threat.title}: {subject}", _NAME_LIMIT),
        plain(f"{finding.because} {finding.threat.summary}"),
        *_steps(finding.rating),
        _listed(system, there),
        *_steps(getattr(risk, "current", None) or finding.rating),
        _listed(system, missing),
        *_steps(getattr(risk, "residual", None)),
        _treatment(risk),
        _listed(system, board.touched(finding)),
        plain(row["rationale"], _JUSTIFICATION_LIMIT),
        _SEPARATOR.join(("nbthreat", finding.state.value)),
    )  # fmt: skip


def _steps(rating: Rating | None) -> tuple[str, str, str]:
    """Return likelihood, impact and level in the matrix's own labels; nothing where nobody rated."""
    if rating is None:
        return "", "", ""
    return LABELS[rating.likelihood], LABELS[rating.impact], LABELS[rating.level]


def _treatment(risk: Risk) -> str:
    if risk.standing is Standing.SET_ASIDE:
        return "cancelled"
    if risk.decision and risk.standing is Standing.DECIDED and risk.decision.treatment.value in _TREATMENTS:
        return risk.decision.treatment.value
    return "open"


def _id(system: System, id: str) -> str:
    return f"{system.id}.{id}"


def _listed(system: System, ids: Iterable[str]) -> str:
    return _SEPARATOR.join(_id(system, id) for id in ids)


def _sheet(assessment: Assessment, name: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    cells = tuple(tuple(cell(text) for text in row) for row in rows)
    title = f"{name}: {plain(assessment.system.name)}"
    return xlsx.write(Book(title, assessment.today, (Sheet(name, columns, cells),)))


# The library


def ciso_library(assessment: Assessment) -> str:
    """Return the Code's principles and provisions, in our words, and our risk matrix as a library to import."""
    return yaml.safe_dump(library_data(assessment.library), sort_keys=False, allow_unicode=True, width=110)


def library_data(library: Library) -> dict[str, Any]:
    """Return that library as plain data."""
    return {
        "urn": f"urn:nbthreat:risk:library:{_CODE}",
        "locale": "en",
        "ref_id": _CODE,
        "name": "UK Code of Practice for the Cyber Security of AI",
        "description": (
            "The 13 principles and 72 provisions of the voluntary Code of 31 January 2025, summarised in the words of "
            "nbthreat and not in the Code's own, each with its number in ETSI EN 304 223, and the risk matrix that "
            "nbthreat reads its levels from. Read the Code itself before you claim to follow it."
        ),
        "copyright": f"The summaries: the nbthreat developers, {library.name} {library.version}, BSD-3-Clause.",
        "version": 1,
        "publication_date": date(2026, 11, 23),
        "provider": "nbthreat",
        "packager": "nbthreat",
        "objects": {"framework": _framework(library), "risk_matrix": [_matrix()]},
    }


def _framework(library: Library) -> dict[str, Any]:
    return {
        "urn": f"urn:nbthreat:risk:framework:{_CODE}",
        "ref_id": _CODE,
        "name": "UK Code of Practice for the Cyber Security of AI",
        "description": "13 principles, 72 provisions; 'shall' for what is required, 'should' for what is recommended.",
        "requirement_nodes": [node for principle in library.principles for node in _nodes(principle)],
    }


def _nodes(principle: Any) -> Iterable[dict[str, Any]]:
    urn = f"urn:nbthreat:risk:req_node:{_CODE}:{principle.principle}"
    yield {
        "urn": urn,
        "assessable": False,
        "depth": 1,
        "ref_id": str(principle.principle),
        "name": principle.title,
        "description": f"Phase: {principle.phase}.",
    }
    for one in principle.provisions:
        force = "Required" if one.modality is Modality.SHALL else "Recommended"
        node: dict[str, Any] = {
            "urn": f"urn:nbthreat:risk:req_node:{_CODE}:{one.id}",
            "assessable": True,
            "depth": 2,
            "parent_urn": urn,
            "ref_id": one.id,
            "description": one.summary,
            "annotation": (
                f"{force}, of: {', '.join(party.value.replace('-', ' ') for party in one.obliged)}. "
                f"EN 304 223: {one.etsi}."
            ),
        }
        if one.evidence:
            node["typical_evidence"] = "\n".join(f"- {each}" for each in one.evidence)
        yield node


def _matrix() -> dict[str, Any]:
    return {
        "urn": f"urn:nbthreat:risk:matrix:{_CODE}-5x5",
        "ref_id": "nist-sp-800-30-i-2",
        "name": "NIST SP 800-30 table I-2, 5x5",
        "description": "Levels by likelihood (rows) and impact (columns), read from the grid and not multiplied.",
        "probability": [_step(level, "Likelihood") for level in Level],
        "impact": [_step(level, "Impact") for level in Level],
        "risk": [{**_step(level, "Risk"), "hexcolor": COLOURS[level - 1]} for level in Level],
        "grid": [[number - 1 for number in row] for row in GRID],
    }


def _step(level: Level, of: str) -> dict[str, Any]:
    return {
        "id": int(level) - 1,
        "abbreviation": _SHORT[level],
        "name": LABELS[level],
        "description": f"{of}: {level.label}",
        "hexcolor": COLOURS[level - 1],
    }
