"""Spreadsheets: text in every cell, nothing to calculate or follow, and the same bytes each time."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from helpers import SURPLUS, SYSTEMS, TODAY, desk, full, library
from hostile import corpus, decided, hostile, hostile_system
from nbthreat.base.text import csv_cell, csv_text
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Register, decision_for
from nbthreat.publishing.export.formats import BY_NAME, ods, sheets, xlsx
from nbthreat.publishing.export.formats.sheets import CELL_LIMIT, TITLES, Book, Sheet
from nbthreat.publishing.publication import COLUMNS

WRITERS = {"xlsx": xlsx.write, "ods": ods.write}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


@cache
def chatbot() -> Assessment:
    """A worked system."""
    return assess(library().read_system(SYSTEMS / "chatbot.yaml").value, library(), today=TODAY)


@cache
def attacked() -> Assessment:
    """Every text of the hostile collection in a system and in the decisions about it; ours where it is not there."""
    texts = corpus()
    return decided(hostile_system(texts), texts) if texts else hostile()


def parts(data: bytes) -> dict[str, str]:
    """The parts of a spreadsheet as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def small(text: str) -> Book:
    """A book of one cell."""
    return Book("Small", TODAY, (Sheet("Register", ("key",), ((text,),)),))


def test_a_book_has_a_sheet_for_everything_that_is_asked_for() -> None:
    """Register, findings, questions, coverage, assets and what the file is."""
    made = sheets.book(full(chatbot()))

    assert tuple(TITLES) == tuple(sheet.name for sheet in made.sheets)
    by_name = {sheet.name: sheet for sheet in made.sheets}
    assert ("marking", *COLUMNS) == by_name["Register"].columns
    assert len(chatbot().risks) == len(by_name["Register"].rows)
    assert len(chatbot().findings) == len(by_name["Findings"].rows)
    assert 72 == len(by_name["Coverage"].rows)
    assert ("Language", "en-GB") in by_name["About"].rows
    for sheet in made.sheets:
        assert len(sheet.columns) == len(set(sheet.columns))
        assert all(len(row) == len(sheet.columns) for row in sheet.rows)


@pytest.mark.parametrize("name", WRITERS)
def test_others_read_what_was_written(name: str) -> None:
    """By a reader that is not ours, cell for cell."""
    book = sheets.book(full(chatbot()))

    opened = CalamineWorkbook.from_filelike(io.BytesIO(WRITERS[name](book)))

    assert [sheet.name for sheet in book.sheets] == opened.sheet_names
    for sheet in book.sheets:
        assert [list(row) for row in (sheet.columns, *sheet.rows)] == opened.get_sheet_by_name(sheet.name).to_python()


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_book_is_the_same_bytes(name: str) -> None:
    """No time, no place and no chance is in them."""
    first, second = (WRITERS[name](sheets.book(full(chatbot()))) for _ in range(2))

    assert first == second
    times = {item.date_time for item in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert {(1980, 1, 1, 0, 0, 0)} == times


def test_nothing_in_an_xlsx_file_is_a_formula_or_leads_anywhere() -> None:
    """Every cell is a string; no link, no relation to anything outside."""
    found = parts(xlsx.xlsx(full(attacked())))

    for name, text in found.items():
        assert "http://127.0.0.1" not in text or name == "xl/sharedStrings.xml"
        assert 'TargetMode="External"' not in text
        if name.startswith("xl/worksheets/sheet"):
            page = ET.fromstring(text)  # noqa: S314 - our own
            assert [] == [node.tag for tag in ("f", "hyperlink") for node in page.iter(MAIN + tag)]
            assert {"s"} == {node.get("t") for node in page.iter(f"{MAIN}c") if len(node)}
    assert not any("vba" in name or "externalLink" in name for name in found)


def test_nothing_in_an_ods_file_is_a_formula_or_leads_anywhere() -> None:
    """Every cell is a string; no link, no script, no event."""
    found = parts(ods.ods(full(attacked())))

    assert "mimetype" == next(iter(found))
    for name, text in found.items():
        if name == "mimetype":
            continue
        root = ET.fromstring(text)  # noqa: S314 - our own
        for node in root.iter():
            assert not node.tag.endswith(("}a", "}script", "}event-listener", "}object", "}image")), node.tag
            assert not any(key.endswith(("}formula", "}href")) for key in node.attrib), node.attrib
        cells = [node for node in root.iter(f"{TABLE}table-cell") if len(node)]
        assert all("string" == cell.get(f"{OFFICE}value-type") for cell in cells)


def test_every_cell_is_guarded_as_in_the_csv() -> None:
    """Who saves the spreadsheet as CSV and opens it again finds no formula either."""
    for sheet in sheets.book(full(attacked())).sheets:
        for row in sheet.rows:
            assert [] == [text for text in row if csv_cell(text) != text]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("letter", ["x", "\U0001f600", "é"])
def test_a_text_too_long_for_a_cell_is_cut_where_everyone_sees_it(name: str, letter: str) -> None:
    """Never dropped, never longer than a cell, and never in the middle of a letter."""
    kept = sheets.cell(letter * 40_000)

    assert len(kept.encode("utf-16-le")) <= 2 * CELL_LIMIT
    assert kept.endswith("more characters, which the JSON publication has]")
    count = int(kept.split("[cut here: ")[1].split()[0])
    assert 40_000 == count + kept.index(" [cut here: ")
    opened = CalamineWorkbook.from_filelike(io.BytesIO(WRITERS[name](small(kept))))
    assert [["key"], [kept]] == opened.get_sheet_by_name("Register").to_python()


def test_what_was_cut_is_counted_on_the_last_sheet() -> None:
    """So that a reader knows to look at the JSON."""
    system = desk()
    register = Register(system="desk")
    finding = assess(system, library(), today=TODAY).match[SURPLUS]
    decision = decision_for(finding, "mitigate", owner="Desk team", rationale="r" * 40_000, on=TODAY)

    whole = dict(sheets.book(full(assess(system, library(), register, today=TODAY))).sheets[-1].rows)
    short = dict(sheets.book(full(assess(system, library(), register.deciding(decision), today=TODAY))).sheets[-1].rows)

    assert ("0", "1") == (whole["Cells that were cut"], short["Cells that were cut"])


ODD = ("a\x00b", "a\x07b", "\ud800", "\ufffe", "_x0041_", "a\r\nb", " a ", "\u202e", "e\u0301")


@pytest.mark.parametrize("text", ODD, ids=ascii)
@pytest.mark.parametrize("name", WRITERS)
def test_odd_characters_are_spelt_out_and_never_break_a_file(name: str, text: str) -> None:
    """A reader that is not ours opens the file and finds the cell."""
    cell = sheets.cell(text)

    opened = CalamineWorkbook.from_filelike(io.BytesIO(WRITERS[name](small(cell))))

    assert [["key"], [cell]] == opened.get_sheet_by_name("Register").to_python()


def test_a_spreadsheet_can_be_used_by_everyone() -> None:
    """One header row that is marked, repeated and frozen; a title, a language; texts for who cannot see a table."""
    workbook = parts(xlsx.xlsx(full(chatbot())))
    document = parts(ods.ods(full(chatbot())))

    assert "<dc:title>Risk register: Chatbot</dc:title>" in workbook["docProps/core.xml"]
    assert "<dc:language>en-GB</dc:language>" in workbook["docProps/core.xml"]
    assert "<dc:creator></dc:creator>" in workbook["docProps/core.xml"]
    for n, name in enumerate(TITLES, start=1):
        page = workbook[f"xl/worksheets/sheet{n}.xml"]
        assert 'state="frozen"' in page
        assert "mergeCell" not in page
        assert TITLES[name] in workbook[f"xl/tables/table{n}.xml"]
    assert "<dc:language>en-GB</dc:language>" in document["meta.xml"]
    assert 'fo:language="en" fo:country="GB"' in document["styles.xml"]
    assert len(TITLES) == document["content.xml"].count("<table:table-header-rows>")
    assert len(TITLES) == document["content.xml"].count("<table:title>")
    assert len(TITLES) == document["settings.xml"].count("VerticalSplitPosition")
    assert "spanned" not in document["content.xml"]


def test_an_empty_register_is_a_book_too() -> None:
    """With headers and no rows."""
    bare = assess(replace(desk(), elements=(), flows=(), assets=()), library(), today=TODAY)

    for name, write in WRITERS.items():
        opened = CalamineWorkbook.from_filelike(io.BytesIO(write(sheets.book(full(bare)))))
        assert list(TITLES) == opened.sheet_names, name
        for sheet in sheets.book(full(bare)).sheets:
            read = opened.get_sheet_by_name(sheet.name).to_python()
            assert [list(row) for row in (sheet.columns, *sheet.rows)] == read


SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


NEEDS_LIBREOFFICE = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on this machine")


def converted(file: Path, into: str, *options: str) -> Path:
    """What LibreOffice makes of a file."""
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = [
        str(SOFFICE),
        profile,
        "--headless",
        *options,
        "--convert-to",
        into,
        "--outdir",
        file.parent / "made",
        file,
    ]
    subprocess.run(command, check=True, capture_output=True)
    [made] = (file.parent / "made").iterdir()
    return made


@NEEDS_LIBREOFFICE
def test_a_csv_reads_in_libreoffice_as_it_was_written(tmp_path: Path) -> None:
    """Arrows, umlauts and other scripts, with no mark in a cell.

    UTF-8 is what its dialog proposes for a file with the mark. Without a dialog it has to be told: LibreOffice 7.4
    takes any CSV for Windows-1252 then, whatever it begins with.
    """
    made = full(multilingual())
    file = tmp_path / "register.csv"
    file.write_bytes(BY_NAME["csv"].data(made))

    opened = (
        CalamineWorkbook.from_path(str(converted(file, "xlsx", "--infilter=Text - txt - csv (StarCalc):44,34,UTF8")))
        .get_sheet_by_index(0)
        .to_python()
    )
    written = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert "marking" == opened[0][0] == written[0][0]
    for name in ("title", "because", "rationale"):
        column = written[0].index(name)
        assert [row[column] for row in written] == [str(row[column]) for row in opened]
    assert NAMES <= set("".join(str(cell) for row in opened for cell in row))


def test_a_csv_begins_with_one_byte_order_mark_that_no_reader_takes_for_text() -> None:
    """So the first column keeps its name; Jira's has none, for it would be in its first column's name."""
    for assessment in (chatbot(), attacked(), multilingual()):
        data = BY_NAME["csv"].data(full(assessment))
        assert data.startswith(codecs.BOM_UTF8)
        frame = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig", dtype=str, keep_default_na=False)
        assert ("marking", *COLUMNS) == tuple(frame.columns)
        assert [line.row["title"] for line in full(assessment).lines] == [csv_text(text) for text in frame["title"]]
        assert not any(str(cell).startswith("\ufeff") for row in frame.to_numpy() for cell in row)
        assert BY_NAME["tickets"].data(full(assessment)).startswith(b"Summary,")


NAMES = set("→äöüßéЖדλ漢")


@cache
def multilingual() -> Assessment:
    """A worked system some of whose parts have names in other scripts."""
    system = library().read_system(SYSTEMS / "chatbot.yaml").value
    first, *others = system.elements
    register = Register(system=system.id)
    name = "".join(sorted(NAMES))
    renamed = replace(system, elements=tuple(replace(element, name=name) for element in (first, *others)))
    finding = assess(renamed, library(), today=TODAY).findings[0]
    said = decision_for(finding, "mitigate", owner="Team", rationale=f"Für {name}", on=TODAY)
    return assess(renamed, library(), register.deciding(said), today=TODAY)


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("name", WRITERS)
def test_libreoffice_shows_the_same_text(name: str, tmp_path: Path) -> None:
    """Opened and saved as CSV, the register says what our own CSV says."""
    book = sheets.book(full(attacked()))
    (tmp_path / f"a.{name}").write_bytes(WRITERS[name](book))
    into = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
    made = converted(tmp_path / f"a.{name}", into)
    rows = list(csv.reader(io.StringIO(made.read_text(encoding="utf-8"))))

    assert [list(row) for row in (book.sheets[0].columns, *book.sheets[0].rows)] == rows


def test_a_day_is_a_day_everywhere() -> None:
    """What is written is the day of the assessment and not of the writing."""
    assert "2026-11-30T00:00:00Z</dcterms:created>" in parts(xlsx.xlsx(full(chatbot())))["docProps/core.xml"]
    assert "2026-11-30T00:00:00" in parts(ods.ods(full(chatbot())))["meta.xml"]
