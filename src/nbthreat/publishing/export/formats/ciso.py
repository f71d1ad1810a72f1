"""CISO Assistant: assets, applied controls and risks as the sheets it imports, and the Code as a library for it.

Its rules, as its import has them: cells of controls and assets are split at line ends, bars, semicolons and commas,
so they hold ids alone, which the sheets of assets and controls bring along; a label that its matrix does not know
becomes "undefined" without a word, so the library carries the matrix whose labels these sheets use; any word for a
treatment but its own becomes "open". A row whose reference is new is matched by its name, whatever the case, so no two
rows of a sheet have one name; and none has a name that is read as a number or as nothing. A filtering label is at most
36 letters, digits, "_" and "-". Import the library first, then assets, then controls, then risks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import chain, count
from typing import Any

import yaml

from nbthreat.base.risk import GRID, Level, Rating
from nbthreat.base.text import plain, short
from nbthreat.publishing.export.formats import xlsx
from nbthreat.publishing.export.formats.navigator import COLOURS
from nbthreat.publishing.export.formats.sheets import Book, Sheet, cell
from nbthreat.publishing.publication import PrincipleText, Publication, PublishedFinding, RegisterLine, Standing, State

ASSETS = ("ref_id", "name", "description", "type")
CONTROLS = ("ref_id", "name", "description", "status", "category", "priority", "effort")
RISKS = (
    "ref_id", "name", "description", "inherent_proba", "inherent_impact", "inherent_level", "existing_controls",
    "current_proba", "current_impact", "current_level", "additional_controls", "residual_proba", "residual_impact",
    "residual_level", "treatment", "assets", "justification", "filtering_labels",
)  # fmt: skip
LABELS = {level: level.label.capitalize() for level in Level}
"""The steps of our matrix as its labels say them: 'Very low' … 'Very high'."""
_TREATMENTS = frozenset({"mitigate", "accept", "avoid", "transfer"})
_SEPARATOR = "|"
_LABEL_LIMIT = 36
_MISSING = frozenset({"#n/a", "#n/a n/a", "#na", "<na>", "n/a", "na", "none", "null", "true", "false"})
"""What a reader of spreadsheets takes for a missing value or a truth, in lower case."""
_NAME_LIMIT, _ID_LIMIT, _JUSTIFICATION_LIMIT = 199, 100, 1_999
"""Each text's is one less than its own, for an apostrophe may come before a text."""
_CODE = "uk-ai-cyber-security-code"


def ciso_assets(publication: Publication) -> bytes:
    """Return the assets as primary, and the elements they are on as supporting, in one sheet."""
    parts = [*((part, "PR") for part in publication.assets), *((part, "SP") for part in publication.elements)]
    names = _distinct((part.label, part.id) for part, _ in parts)
    rows = [
        (_id(publication, part.id), name, plain(part.note), kind)
        for (part, kind), name in zip(parts, names, strict=True)
    ]
    return _sheet(publication, "assets", ASSETS, rows)


def ciso_controls(publication: Publication) -> bytes:
    """Return the controls that the system's findings hang on: those that are there, and those that could be."""
    priorities = {5: "1", 4: "2", 3: "3", 2: "4", 1: "4"}
    names = _distinct((measure.name, measure.id) for measure in publication.measures)
    rows = [
        (
            _id(publication, measure.id),
            name,
            plain(measure.what),
            measure.status,
            "technical" if measure.technical else "process",
            priorities[measure.level],
            measure.cost,
        )
        for measure, name in zip(publication.measures, names, strict=True)
    ]
    return _sheet(publication, "applied_controls", CONTROLS, rows)


def ciso_risks(publication: Publication) -> bytes:
    """Return what is found as risk scenarios in one sheet."""
    found = [(line, line.finding) for line in publication.lines if line.finding]
    names = _distinct((_risk_name(finding), finding.subject) for _, finding in found)
    rows = [_risk(line, finding, name, publication) for (line, finding), name in zip(found, names, strict=True)]
    return _sheet(publication, "risk_assessment", RISKS, rows)


def _risk_name(finding: PublishedFinding) -> str:
    return f"{finding.threat.title}: {finding.place}" if finding.place else finding.threat.title


def _risk(line: RegisterLine, finding: PublishedFinding, name: str, publication: Publication) -> tuple[str, ...]:
    threat = finding.threat
    unclear = finding.state is State.TO_CLARIFY  # what nobody knows to apply is rated once it is clear
    return (
        _within(finding.key),
        name,
        plain(f"{finding.because} {threat.summary}".strip()),
        *_steps(None if unclear else finding.rating),
        _listed(publication, finding.there),
        *_steps(None if unclear else line.current or finding.rating),
        _listed(publication, finding.missing),
        *_steps(line.residual),
        _treatment(line),
        _listed(publication, finding.touches),
        plain(line.row["rationale"], _JUSTIFICATION_LIMIT),
        _SEPARATOR.join(
            ("nbthreat", *([_label(finding.state.value)] if finding.state else []), _label(publication.marking.label))
        ),
    )  # fmt: skip


def _steps(rating: Rating | None) -> tuple[str, str, str]:
    """Return likelihood, impact and level in the matrix's own labels; nothing where nobody rated."""
    if rating is None:
        return "", "", ""
    return LABELS[rating.likelihood], LABELS[rating.impact], LABELS[rating.level]


def _treatment(line: RegisterLine) -> str:
    if line.standing is Standing.SET_ASIDE:
        return "cancelled"
    if line.decision and line.standing is Standing.DECIDED and line.decision.treatment.value in _TREATMENTS:
        return line.decision.treatment.value
    return "open"


def _distinct(named: Iterable[tuple[str, str]]) -> list[str]:
    """Return a name for each (name, id) that no other has, whatever the case, and that is read as a name.

    Where several share a name, or one could be taken for something else, its id stands behind it; where there is no
    id, or that is not enough, a number does.
    """
    pairs = [(cell(plain(name, _NAME_LIMIT)), id) for name, id in named]
    shared = Counter(name.casefold() for name, _ in pairs)
    taken: set[str] = set()
    distinct = []
    for name, id in pairs:
        clear = shared[name.casefold()] == 1 and not _is_no_name(name)
        suffixes = chain([""] if clear else [], [f" ({id})"] if id else [], (f" ({n})" for n in count(1)))
        tried = (cell(f"{plain(name, _NAME_LIMIT - len(suffix))}{suffix}".strip()) for suffix in suffixes)
        distinct.append(next(made for made in tried if made.casefold() not in taken))
        taken.add(distinct[-1].casefold())
    return distinct


def _is_no_name(text: str) -> bool:
    """Return whether a reader of spreadsheets takes a text for a number, a truth or nothing."""
    try:
        float(text)
    except ValueError:
        return text.casefold() in _MISSING or not any(map(str.isalpha, text))
    return True


def _label(text: str) -> str:
    """Return a label as it is allowed there: 'TLP-AMBER-STRICT'."""
    return re.sub(r"[^\w-]", "-", text)[:_LABEL_LIMIT]


def _id(publication: Publication, id: str) -> str:
    return _within(f"{publication.system.id}.{id}")


def _within(id: str) -> str:
    """Return an id, or where it is too long, what it begins with and a digest of all of it."""
    return id if len(id) <= _ID_LIMIT else f"{id[:80]}-{short(id)}"


def _listed(publication: Publication, ids: Iterable[str]) -> str:
    return _SEPARATOR.join(_id(publication, id) for id in ids)


def _sheet(publication: Publication, name: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    cells = tuple(tuple(cell(text) for text in row) for row in rows)
    title = f"{name}: {plain(publication.system.name)}"
    return xlsx.write(Book(title, publication.today, (Sheet(name, columns, cells),), publication.banner))


# The library


def ciso_library(publication: Publication) -> str:
    """Return the Code's principles and provisions, in our words, and our risk matrix as a library to import."""
    return yaml.safe_dump(library_data(publication), sort_keys=False, allow_unicode=True, width=110)


def library_data(publication: Publication) -> dict[str, Any]:
    """Return that library as plain data."""
    library = publication.library
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
        "objects": {"framework": _framework(publication), "risk_matrix": [_matrix()]},
    }


def _framework(publication: Publication) -> dict[str, Any]:
    return {
        "urn": f"urn:nbthreat:risk:framework:{_CODE}",
        "ref_id": _CODE,
        "name": "UK Code of Practice for the Cyber Security of AI",
        "description": "13 principles, 72 provisions; 'shall' for what is required, 'should' for what is recommended.",
        "requirement_nodes": [node for principle in publication.principles for node in _nodes(principle)],
    }


def _nodes(principle: PrincipleText) -> Iterable[dict[str, Any]]:
    urn = f"urn:nbthreat:risk:req_node:{_CODE}:{principle.principle}"
    yield {
        "urn": urn,
        "assessable": False,
        "depth": 1,
        "ref_id": str(principle.principle),
        "name": principle.title,
        "description": f"Phase: {principle.phase}.",
    }
    for row in principle.rows:
        provision = row.provision
        force = "Required" if provision.modality == "shall" else "Recommended"
        node: dict[str, Any] = {
            "urn": f"urn:nbthreat:risk:req_node:{_CODE}:{provision.id}",
            "assessable": True,
            "depth": 2,
            "parent_urn": urn,
            "ref_id": provision.id,
            "description": provision.summary,
            "annotation": (
                f"{force}, of: {', '.join(party.replace('-', ' ') for party in provision.obliged)}. "
                f"EN 304 223: {provision.etsi}."
            ),
        }
        if provision.evidence:
            node["typical_evidence"] = "\n".join(f"- {example}" for example in provision.evidence)
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
        "abbreviation": level.code,
        "name": LABELS[level],
        "description": f"{of}: {level.label}",
        "hexcolor": COLOURS[level - 1],
    }
