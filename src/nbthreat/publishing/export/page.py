"""Pages: the register as one HTML file that runs nothing and asks nothing of any network, as slides, and as Markdown.

Our own templates, escaping everything; the text of a system is never part of a template.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from nbthreat.base.risk import GRID, Level
from nbthreat.base.text import escape_markdown, shown
from nbthreat.publishing.export.news import LineChange, compare
from nbthreat.publishing.export.tables import register_json
from nbthreat.publishing.publication import (
    NOT_TOLD,
    Marking,
    PrincipleText,
    Publication,
    PublishedFinding,
    Said,
    State,
    Verdict,
)
from nbthreat.publishing.publication.reading import Earlier
from nbthreat.system import diagram
from nbthreat.system.model import FrozenMap

_TOP = 10
_PLACED = frozenset(
    {"key", "title", "subject", "state", "standing", "likelihood", "impact", "level", "treatment", "owner", "due"}
    | {"rationale", "accepted_by", "accepted_until", "because", "path", "provisions", "number", "residual"}
)
"""The columns that the page's table and articles show; whatever else a line says stands in the risk's own list."""
TLP_COLOURS = {
    Marking.RED.label: "#ff2b2b",
    Marking.AMBER_STRICT.label: "#ffc000",
    Marking.AMBER.label: "#ffc000",
    Marking.GREEN.label: "#33ff00",
    Marking.CLEAR.label: "#ffffff",
}
"""The colours of the Traffic Light Protocol 2.0, each on black."""
_INSTRUCTION = re.compile(r"\{([%{#]).*?[%}#]\}", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"')
_PICTURED = 60  # the most that a path is drawn with; a longer one is told in words


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the heat map."""

    likelihood: Level
    impact: Level
    level: Level
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How a principle stands: its verdicts, and the findings that cite it where they are shown."""

    principle: PrincipleText
    verdicts: dict[str, int]
    findings: int


def html(publication: Publication, earlier: Earlier | None = None) -> str:
    """Return the register as one HTML page: no script, no remote request, a policy that forbids both.

    Where an `earlier` publication is given, the page says what changed since.
    """
    digest = hashlib.sha256(register_json(publication).encode("utf-8", "backslashreplace")).hexdigest()
    return _page("register", _content(publication) | _news(publication, earlier) | {"digest": digest})


def briefing(publication: Publication, earlier: Earlier | None = None) -> str:
    """Return the register as about ten slides in one HTML page, as inert as the register; printed, one a sheet."""
    return _page("briefing", _content(publication) | _news(publication, earlier))


def _page(name: str, content: dict[str, Any]) -> str:
    css = _css(name) + _labelled(content["marking"], content["banner"])
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    page = _environment().get_template(f"{name}.html.j2")
    return page.render(**content, css=Markup(css), policy=policy)  # noqa: S704 - our own file


def _labelled(label: str, banner: str) -> str:
    """Return the style that prints a banner at the top and the bottom of every sheet, in its label's colours."""
    ink = f"color: {TLP_COLOURS[label]}; background: #000; font: 700 12pt/6mm system-ui, sans-serif;"
    size = "width: max-content; max-width: 100%; height: max-content; padding: 0 3mm; margin: auto;"
    box = f'content: "{banner}"; {ink} {size}'
    corners = "".join(f"@{place}-center {{ {box} }} " for place in ("top", "bottom"))
    return f".tlp {{ color: {TLP_COLOURS[label]}; }}\n@page {{ {corners}}}\n"


def fragment(publication: Publication) -> str:
    """Return the findings and the drawing as a piece of HTML for a notebook, trusted or not."""
    return _environment().get_template("fragment.html.j2").render(**_content(publication))


def markdown(publication: Publication, earlier: Earlier | None = None) -> str:
    """Return the register as Markdown in which nothing of the system's text is markup."""
    content = _content(publication) | _news(publication, earlier)
    return _environment().get_template("register.md.j2").render(**content)


@cache
def templates() -> str:
    """Return our own words on all pages, as they stand in the templates; what names a value there is no such word."""
    found = sorted((files("nbthreat.publishing.export") / "templates").iterdir(), key=lambda path: path.name)
    texts = "\n".join(file.read_text(encoding="utf-8") for file in found)
    return _INSTRUCTION.sub(lambda tag: " ".join(_QUOTED.findall(tag.group())), texts)


@cache
def _css(name: str) -> str:
    return (files("nbthreat.publishing.export") / "templates" / f"{name}.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nbthreat.publishing.export"),
        # Markdown is escaped by a filter of its own.
        autoescape=lambda name: not (name or "").endswith(".md.j2"),  # noqa: S701
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escape_markdown
    environment.filters["data_uri"] = _data_uri
    environment.filters["v"] = lambda text: shown(str(text))
    environment.filters["brief"] = lambda text, limit=180: _brief(shown(str(text)), limit)
    return environment


def _content(publication: Publication) -> dict[str, Any]:
    findings = [found for found in publication.findings if found.state is not State.MITIGATED]
    by_threat = sorted(
        {found.threat.id: found.threat for found in findings}.values(), key=lambda threat_text: threat_text.id
    )
    aside = publication.set_aside
    pressing = [found for found in findings if found.key not in aside]
    counts = publication.counts
    return {
        "a": publication,
        "marking": publication.marking.label,
        "banner": publication.banner,
        "system": publication.system,
        "library": publication.library,
        "findings": findings,
        "mitigated": [found for found in publication.findings if found.state is State.MITIGATED],
        "aside": aside,
        "top": [found for found in pressing if found.state is not State.TO_CLARIFY][:_TOP],
        "picture": lambda finding: Markup(path_drawing(publication, finding)),  # noqa: S704 - as the drawing
        "threats": by_threat,
        "tallies": _tallies(publication),
        "counts": counts,
        "lines": publication.lines,
        "more": {line.key: _more(line.row) for line in publication.lines},
        "questions": publication.questions,
        "heat": _heat(pressing) if counts else None,
        "levels": list(Level),
        "verdicts": _counted(publication.coverage, publication),
        "label": publication.label,
        "anchor": anchor,
        "drawing": lambda: Markup(drawing(publication)),  # noqa: S704 - built as a tree of elements, which escapes text
        "drawing_words": publication.words or diagram.describe(publication.drawing),
    }


def _more(row: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what a line of the register says beyond the columns that the page has a place for."""
    return [(name.replace("_", " ").capitalize(), text) for name, text in row.items() if text and name not in _PLACED]


def anchor(key: str) -> str:
    """Return an id for a place on the page that no text of a system can choose."""
    return "r-" + hashlib.sha256(key.encode()).hexdigest()[:12]


def drawing(publication: Publication) -> str:
    """Return the system as SVG, with the counts of findings at each element where that is shown."""
    if publication.words:
        return diagram.outline(publication.drawing)
    return diagram.svg(publication.drawing, shapes=publication.shapes, badges=publication.badges)


def _data_uri(svg: str) -> str:
    """Return a drawing as the address of an image: notebooks nobody trusts yet show images, but no SVG in HTML."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def path_drawing(publication: Publication, finding: PublishedFinding) -> str:
    """Return the path of a finding as a small SVG of nothing but what lies on it; '' where there is none to draw."""
    on = set(finding.path)
    system = publication.drawing
    elements = tuple(element for element in system.elements if element.id in on)
    if not elements or len(on) > _PICTURED:
        return ""
    outer = {boundary.id: boundary.within for boundary in system.boundaries}
    around: set[str] = set()
    for element in elements:
        inside = element.boundary
        while inside and inside not in around:
            around.add(inside)
            inside = outer.get(inside)
    small = replace(
        system,
        id=f"path-{hashlib.sha256(finding.key.encode()).hexdigest()[:12]}",
        elements=elements,
        flows=tuple(flow for flow in system.flows if flow.id in on),
        boundaries=tuple(boundary for boundary in system.boundaries if boundary.id in around),
        layout=FrozenMap(),
    )
    return diagram.svg(small, shapes=publication.shapes, lit=finding.path)


def _news(publication: Publication, earlier: Earlier | None) -> dict[str, Any]:
    return {
        "earlier": earlier,
        "differences": compare(earlier, publication) if earlier else (),
        "sorts": list(LineChange),
    }


def _heat(findings: list[PublishedFinding]) -> list[list[Cell]]:
    """Return the grid of open findings, the most likely row first."""
    rows = []
    for likelihood in reversed(Level):
        row = []
        for impact in Level:
            count = sum(
                found.state is State.OPEN and (found.rating.likelihood, found.rating.impact) == (likelihood, impact)
                for found in findings
                if found.rating
            )
            row.append(Cell(likelihood, impact, Level(GRID[likelihood - 1][impact - 1]), count))
        rows.append(row)
    return rows


def _counted(rows: Iterable[Said], publication: Publication) -> dict[str, int]:
    """Return how many provisions have each verdict; where some are not told, only the verdicts that are, and those."""
    told = {said.words for said in publication.coverage}
    names = [verdict.value for verdict in Verdict]
    names = [name for name in [*names, NOT_TOLD] if name in told] if NOT_TOLD in told else names
    counted = Counter(said.words for said in rows)
    return {name: counted[name] for name in names}


def _tallies(publication: Publication) -> list[Tally]:
    return [
        Tally(
            principle,
            _counted(principle.rows, publication),
            len({key for said in principle.rows for key in said.findings}),
        )
        for principle in publication.principles
    ]


def _brief(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0].rstrip(",;:.") + " …"
