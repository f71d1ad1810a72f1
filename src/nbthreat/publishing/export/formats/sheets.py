"""Sheets: an assessment as a book of plain tables, for the writers of spreadsheets.

Every cell is text. No cell can be read as a formula, none holds what a spreadsheet cannot, and one that is too long is
cut where everyone sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from nbthreat.base.text import csv_cell, shown
from nbthreat.publishing.publication import COLUMNS, Publication

LANGUAGE = "en-GB"
CELL_LIMIT = 32_767
"""The most that a cell of a spreadsheet holds, in UTF-16 units."""

TITLES = {
    "Register": "Every finding and every decision, by key",
    "Findings": "Every finding with its reason and its references",
    "Questions": "What to ask people, and which findings hang on it",
    "Coverage": "What the records say of each provision of the Code",
    "Assets": "What the system holds and carries",
    "About": "What this file is and how it was made",
}
"""The sheets, in order, and what each is called aloud."""

_CUT = " [cut here: {} more characters, which the JSON publication has]"
_ENDS = _CUT[-20:]
_NARROWEST, _WIDEST = 10, 60
_MEASURED = 200  # rows that a column's width is taken from


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a header and rows of text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def title(self) -> str:
        """What the table is, for those who cannot see it."""
        return TITLES.get(self.name, self.name)

    @property
    def widths(self) -> tuple[int, ...]:
        """A width for each column, in characters; what is longer is wrapped."""
        sample = (self.columns, *self.rows[:_MEASURED])
        longest = [max(map(len, column)) for column in zip(*sample, strict=True)]
        return tuple(min(_WIDEST, max(_NARROWEST, number + 2)) for number in longest)


@dataclass(frozen=True, slots=True)
class Book:
    """Tables that belong together, what they are of, and the day they were made for."""

    title: str
    on: date
    sheets: tuple[Sheet, ...]
    marking: str = ""  # and how a sign-off stands; printed at the top and the bottom of every sheet of paper


@lru_cache(maxsize=8_192)
def cell(text: str) -> str:
    """Return `text` as a cell holds it: nothing hidden in it, no formula, and not too long."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return cut(csv_cell("\n".join(shown(line) for line in lines)))


def cut(text: str, limit: int = CELL_LIMIT) -> str:
    """Return `text`, or as much of it as a cell holds with a note that there was more."""
    if len(text) <= limit // 2 or len(text.encode("utf-16-le")) <= 2 * limit:
        return text
    left = limit - len(_CUT) - len(str(len(text)))
    kept = text.encode("utf-16-le")[: 2 * left].decode("utf-16-le", "ignore")
    return kept + _CUT.format(len(text) - len(kept))


def _is_cut(text: str) -> bool:
    return len(text) > CELL_LIMIT // 2 and text.endswith(_ENDS)


def book(publication: Publication) -> Book:
    """Return the assessment as six sheets."""
    bodies = {
        "Register": (("marking", *COLUMNS), _register(publication)),
        "Findings": (_FINDINGS, _findings(publication)),
        "Questions": (_QUESTIONS, _questions(publication)),
        "Coverage": (_COVERAGE, _coverage(publication)),
        "Assets": (_ASSETS, _assets(publication)),
    }
    shortened = 0
    sheets = []
    for name, (columns, rows) in bodies.items():
        made = []
        for row in rows:
            made.append(tuple(cell(text) for text in row))
            shortened += sum(map(_is_cut, made[-1]))
        sheets.append(Sheet(name, tuple(columns), tuple(made)))
    about = tuple(tuple(cell(text) for text in row) for row in _about(publication, shortened))
    sheets.append(Sheet("About", ("item", "value"), about))
    title = f"Risk register: {shown(publication.system.name)}"
    return Book(title, publication.today, tuple(sheets), publication.banner)


_FINDINGS = (
    "key", "threat", "title", "state", "level", "likelihood", "impact", "place", "because", "path", "provisions",
    "references", "what would settle it", "when this would be wrong", "how it would show",
)  # fmt: skip
_QUESTIONS = ("question", "places", "settles", "findings")
_COVERAGE = (
    "principle", "provision", "EN 304 223", "modality", "what it asks", "records say", "because", "findings",
    "controls",
)  # fmt: skip
_ASSETS = ("asset", "id", "kind", "sensitivity", "personal data", "held by", "carried by")


def _register(publication: Publication) -> Iterator[tuple[str, ...]]:
    for line in publication.lines:
        yield publication.marking.label, *(line.row[column] for column in COLUMNS)


def _findings(publication: Publication) -> Iterator[tuple[str, ...]]:
    for found in publication.findings:
        yield (
            found.key,
            found.threat.id,
            found.threat.title,
            found.state.value if found.state else "",
            found.level_words,
            str(int(found.rating.likelihood)) if found.rating else "",
            str(int(found.rating.impact)) if found.rating else "",
            found.place,
            found.because,
            " > ".join(found.steps),
            " ".join(found.threat.provisions),
            found.threat.catalogues,
            "\n".join(fact.question for fact in found.unknown),
            found.threat.wrong_when,
            found.threat.detect,
        )


def _questions(publication: Publication) -> Iterator[tuple[str, ...]]:
    for asked in publication.questions:
        yield asked.text, "\n".join(asked.places), str(len(asked.settles)), "\n".join(asked.settles)


def _coverage(publication: Publication) -> Iterator[tuple[str, ...]]:
    for principle in publication.principles:
        for said in principle.rows:
            yield (
                f"{principle.principle}. {principle.title}",
                said.provision.id,
                said.provision.etsi,
                said.provision.modality,
                said.provision.summary,
                said.words,
                " ".join([said.because, *(f"May not apply: {offer}" for offer in said.offers)]),
                "\n".join(said.findings),
                "\n".join(said.controls),
            )


def _assets(publication: Publication) -> Iterator[tuple[str, ...]]:
    for part in publication.assets:
        held, carried = "\n".join(part.held_by), "\n".join(part.carried_by)
        yield part.label, part.id, part.kind, part.sensitivity, part.personal, held, carried


def _about(publication: Publication, shortened: int) -> Iterator[tuple[str, str]]:
    system, library, withheld = publication.system, publication.library, publication.withheld
    yield "Marking", publication.marking.label
    yield "Title", f"Risk register: {system.name}"
    yield "System", system.id
    yield "Version", system.version or "not said"
    yield "Owner", system.owner or "not said"
    yield "Assessed on", publication.today.isoformat()
    if publication.counts:
        yield "Findings", ", ".join(f"{count} {state}" for state, count in publication.counts.items())
    for name, counted in (("Levels now", publication.levels), ("Levels expected to remain", publication.residuals)):
        if counted is not None:
            yield name, ", ".join(f"{count} {level}" for level, count in counted.items())
    if publication.open_questions is not None:
        yield "Questions still open", str(publication.open_questions)
    if not publication.complete:
        named = ": " + ", ".join(publication.incomplete) if publication.incomplete else ", not every threat"
        yield "Incomplete", f"Not followed to the end{named}"
    if withheld.classes:
        yield "Not shown", " ".join([withheld.sentence, "; ".join(withheld.classes)]).strip()
        yield "Rules of redaction, version", str(withheld.rules)
    if publication.words:
        yield "Picture in words", publication.words
    if publication.signed:
        yield "Sign-off", publication.signed.words
        yield "Sign-off, digest", publication.signed.digest
    yield "Threat library", f"{library.name} {library.version}"
    yield "Threat library, SHA-256", library.sha256
    for pack in library.packs:
        yield "Pack", pack.words
    yield "Levels", "Read from the grid of NIST SP 800-30 revision 1, table I-2; they are not multiplied"
    yield "Language", LANGUAGE
    yield "Cells", "Every cell is text; an apostrophe stands before what a spreadsheet could take for a formula"
    yield "Cells that were cut", str(shortened)
    for name, title in TITLES.items():
        yield f"Sheet {name}", title
