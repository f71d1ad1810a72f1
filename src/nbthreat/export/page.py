"""Pages: the register as one HTML file that runs nothing and asks nothing of any network, and as Markdown.

Our own templates, escaping everything; the text of a system is never part of a template.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from nbthreat import diagram
from nbthreat.assessment import Assessment, Verdict, risk_data
from nbthreat.diagram.wording import shown
from nbthreat.library import Shape
from nbthreat.matching import Finding, State
from nbthreat.risk import GRID, Level

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:^$@=])")
_TOP = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the heat map."""

    likelihood: Level
    impact: Level
    level: Level
    count: int


def html(assessment: Assessment) -> str:
    """Return the register as one HTML page: no script, no remote request, a policy that forbids both."""
    css = _css()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("register.html.j2")
        .render(
            **_content(assessment),
            css=Markup(css),  # noqa: S704 - our own file
            policy=f"default-src 'none'; style-src 'sha256-{digest}'",
        )
    )


def fragment(assessment: Assessment) -> str:
    """Return the findings and the drawing as a piece of HTML for a notebook."""
    return _environment().get_template("fragment.html.j2").render(**_content(assessment))


def markdown(assessment: Assessment) -> str:
    """Return the register as Markdown in which nothing of the system's text is markup."""
    return _environment().get_template("register.md.j2").render(**_content(assessment))


def escape_markdown(text: object) -> str:
    """Return `text` so that Markdown shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(shown(str(text)).split())).replace("\\<", "&lt;").replace("\\&", "&amp;")


@cache
def _css() -> str:
    return (files("nbthreat.export") / "templates" / "register.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nbthreat.export"),
        # Markdown is escaped by a filter of its own.
        autoescape=lambda name: not (name or "").endswith(".md.j2"),  # noqa: S701
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escape_markdown
    environment.filters["v"] = lambda text: shown(str(text))
    return environment


def _content(assessment: Assessment) -> dict[str, Any]:
    findings = [one for one in assessment.ranked if one.state is not State.MITIGATED]
    labels = assessment.system.labels()
    return {
        "a": assessment,
        "system": assessment.system,
        "library": assessment.library,
        "findings": findings,
        "mitigated": [one for one in assessment.ranked if one.state is State.MITIGATED],
        "top": [one for one in findings if one.state is State.OPEN][:_TOP],
        "counts": {state.value: assessment.count(state) for state in State},
        "risks": [risk_data(risk) for risk in assessment.risks],
        "questions": assessment.match.questions,
        "heat": _heat(findings),
        "levels": list(Level),
        "verdicts": {verdict.value: sum(one.verdict is verdict for one in assessment.coverage) for verdict in Verdict},
        "references": {one.key: _references(assessment, one) for one in findings},
        "labels": labels,
        "label": lambda id: labels.get(id, id),  # noqa: A006 - the word people use
        "anchor": anchor,
        "drawing": Markup(drawing(assessment)),  # noqa: S704 - built as a tree of elements, which escapes its text
        "drawing_words": diagram.describe(assessment.system),
    }


def anchor(key: str) -> str:
    """Return an id for a place on the page that no text of a system can choose."""
    return "r-" + hashlib.sha256(key.encode()).hexdigest()[:12]


def drawing(assessment: Assessment) -> str:
    """Return the system as SVG, with the count of open and possible findings at each element."""
    badges: dict[str, tuple[int, int]] = {}
    for one in assessment.findings:
        is_open, possible = badges.get(one.subject, (0, 0))
        badges[one.subject] = (is_open + (one.state is State.OPEN), possible + (one.state is State.POSSIBLE))
    shapes = {one.id: Shape(assessment.library.shape(one.technology)).value for one in assessment.system.elements}
    picture: str = diagram.svg(assessment.system, shapes=shapes, badges=badges)
    return picture


def _heat(findings: list[Finding]) -> list[list[Cell]]:
    """Return the grid of open findings, the most likely row first."""
    rows = []
    for likelihood in reversed(Level):
        row = []
        for impact in Level:
            count = sum(
                one.state is State.OPEN and (one.rating.likelihood, one.rating.impact) == (likelihood, impact)
                for one in findings
            )
            row.append(Cell(likelihood, impact, Level(GRID[likelihood - 1][impact - 1]), count))
        rows.append(row)
    return rows


def _references(assessment: Assessment, finding: Finding) -> str:
    shown = []
    for key, ids in finding.threat.references.items():
        catalogue = assessment.library.catalogues[key]
        edition = f" {catalogue.edition}" if catalogue.edition else ""
        shown.append(f"{catalogue.name}{edition}: {', '.join(ids)}")
    return "; ".join(shown)
