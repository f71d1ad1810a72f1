"""Spreadsheets: text in every cell, nothing to calculate or follow, the same bytes each time, read back the same."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from python_calamine import CalamineWorkbook

from helpers import SURPLUS, SYSTEMS, TODAY, desk, full, library
from hostile import corpus, decided, hostile, hostile_system
from nbthreat.base.errors import NbthreatError
from nbthreat.base.text import csv_cell
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Register, decision_for
from nbthreat.publishing.export.formats import archive, ods, publication, sheets, xlsx
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


def test_an_xlsx_file_read_and_written_again_is_the_same_to_the_byte() -> None:
    """What is cut stays cut, and no apostrophe is added."""
    for assessment in (chatbot(), attacked()):
        written = xlsx.xlsx(full(assessment))
        assert sheets.book(full(assessment)) == xlsx.read(written)
        assert written == xlsx.write(xlsx.read(written))


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
    assert xlsx.read(xlsx.write(small(cell))) == small(cell)


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

    assert xlsx.read(xlsx.xlsx(full(bare))) == sheets.book(full(bare))
    assert CalamineWorkbook.from_filelike(io.BytesIO(ods.ods(full(bare)))).sheet_names == list(TITLES)


def packed(entries: dict[str, bytes]) -> bytes:
    """A ZIP file."""
    return archive.pack(entries)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a spreadsheet"),
        (b"PK\x03\x04" + b"x" * 40, "not a spreadsheet"),
        (packed({"a": b"b"}), "cannot be read"),
        (
            packed({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "xl/_rels/workbook.xml.rels": b"<a/>"}),
            "type",
        ),
        (packed({"xl/_rels/workbook.xml.rels": b"<a>"}), "cannot be read"),
        (packed({"xl/_rels/workbook.xml.rels": "<a/>".encode("utf-16")}), "cannot be read"),
        (packed({f"{n}": b"" for n in range(501)}), "501 parts"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_words(data: bytes, says: str) -> None:
    """No traceback, whatever the bytes."""
    with pytest.raises(NbthreatError, match=says):
        xlsx.read(data)


def test_a_bomb_is_refused_while_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What its header says of its size is not believed."""
    monkeypatch.setattr(archive, "BYTES_LIMIT", 1 << 20)

    with pytest.raises(NbthreatError, match="more than 1 MB"):
        archive.unpack(packed({"a": b"0" * (2 << 20)}))


def test_rows_come_back_as_they_were_said() -> None:
    """By column, without the apostrophes."""
    made = Book("Small", TODAY, (Sheet("Register", ("key", "owner"), (("a@b", csv_cell("=1+1")),)),))

    [item] = publication.records(xlsx.read(xlsx.write(made)).sheets[0])

    assert {"key": "a@b", "owner": "=1+1"} == item


SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize("name", WRITERS)
def test_libreoffice_shows_the_same_text(name: str, tmp_path: Path) -> None:
    """Opened and saved as CSV, the register says what our own CSV says."""
    import csv

    book = sheets.book(full(attacked()))
    (tmp_path / f"a.{name}").write_bytes(WRITERS[name](book))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    into = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", into, "--outdir", tmp_path, tmp_path / f"a.{name}"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    [made] = tmp_path.glob("*.csv")
    rows = list(csv.reader(io.StringIO(made.read_text(encoding="utf-8"))))

    assert [list(row) for row in (book.sheets[0].columns, *book.sheets[0].rows)] == rows


def test_a_day_is_a_day_everywhere() -> None:
    """What is written is the day of the assessment and not of the writing."""
    assert date(2026, 11, 30) == xlsx.read(xlsx.xlsx(full(chatbot()))).on
    assert "2026-11-30T00:00:00" in parts(ods.ods(full(chatbot())))["meta.xml"]
