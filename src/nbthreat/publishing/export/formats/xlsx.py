"""XLSX: a book as an Excel file in which every cell is a string, and reading such a file back.

What is written is the same bytes for the same book. What is read may come from anyone: its size is bounded, and a
document type in it is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from nbthreat.base.errors import NbthreatError
from nbthreat.publishing.export.formats import archive
from nbthreat.publishing.export.formats.sheets import LANGUAGE, Book, Sheet, book
from nbthreat.publishing.publication import Publication

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_ESCAPED = re.compile("_x([0-9A-F]{4})_")
_REFERENCE = re.compile("([A-Z]{1,3})[0-9]+")


def xlsx(publication: Publication) -> bytes:
    """Return the register as an XLSX file of six sheets."""
    return write(book(publication))


def write(contents: Book) -> bytes:
    """Return a book as an XLSX file: a table a sheet, its header row frozen, its text wrapped."""
    from xlsxwriter.workbook import Workbook

    out = io.BytesIO()
    made = Workbook(out, _OPTIONS)
    on = datetime(contents.on.year, contents.on.month, contents.on.day)  # noqa: DTZ001 - a day, of no zone
    made.set_properties({"title": contents.title, "subject": contents.marking, "author": "", "created": on})
    for sheet in contents.sheets:
        _write_sheet(made, sheet, contents.marking)
    made.close()
    with zipfile.ZipFile(out) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    core = "docProps/core.xml"
    end = b"</cp:coreProperties>"
    parts[core] = parts[core].replace(end, f"<dc:language>{LANGUAGE}</dc:language>".encode() + end)
    return archive.pack(parts)


def _write_sheet(made: Workbook, sheet: Sheet, marking: str) -> None:
    page = made.add_worksheet(sheet.name)
    header = made.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
    body = made.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for row, cells in enumerate((sheet.columns, *sheet.rows)):
        for column, text in enumerate(cells):
            if text and page.write_string(row, column, text, body if row else header):
                raise NbthreatError(f"{sheet.name}: row {row + 1} does not fit into an XLSX file.")
    last = len(sheet.columns) - 1
    if sheet.rows:
        page.add_table(
            0, 0, len(sheet.rows), last,
            {
                "name": f"table_{sheet.name}",
                "title": sheet.title,
                "description": f"{sheet.title}. The first row names the columns.",
                "columns": [{"header": column, "header_format": header} for column in sheet.columns],
                "style": "Table Style Light 1",
            },
        )  # fmt: skip
    if marking:
        page.set_header(f'&C&"-,Bold"&14{marking}')
        page.set_footer(f'&C&"-,Bold"&14{marking}')
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def read(data: bytes) -> Book:
    """Return the book in an XLSX file, its cells as they stand. Raises NbthreatError where it is none."""
    parts = archive.unpack(data)
    try:
        shared = _shared(parts)
        targets = {
            node.get("Id"): str(node.get("Target"))
            for node in archive.parse(parts["xl/_rels/workbook.xml.rels"]).iter(f"{_PACKAGE}Relationship")
        }
        sheets = []
        for node in archive.parse(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet"):
            target = targets[node.get(f"{_REL}id")].removeprefix("/").removeprefix("xl/")
            grid = list(_rows(archive.parse(parts[f"xl/{target}"]), shared))
            wide = len(grid[0]) if grid else 0
            whole = [tuple((row + [""] * wide)[:wide]) for row in grid]
            sheets.append(Sheet(str(node.get("name")), whole[0] if whole else (), tuple(whole[1:])))
        core = archive.parse(parts["docProps/core.xml"])
        on = date.fromisoformat((core.findtext(f"{_TERMS}created") or "")[:10])
    except (KeyError, ValueError, IndexError) as error:
        raise NbthreatError(f"the XLSX file cannot be read: {error}.") from None
    return Book(core.findtext(f"{_DC}title") or "", on, tuple(sheets), core.findtext(f"{_DC}subject") or "")


def _shared(parts: dict[str, bytes]) -> list[str]:
    if "xl/sharedStrings.xml" not in parts:
        return []
    return [_text(node) for node in archive.parse(parts["xl/sharedStrings.xml"]).iter(f"{_MAIN}si")]


def _rows(page: ET.Element, shared: list[str]) -> Iterator[list[str]]:
    for row in page.iter(f"{_MAIN}row"):
        cells: list[str] = []
        for node in row.iter(f"{_MAIN}c"):
            named = _REFERENCE.fullmatch(node.get("r") or "")
            column = _column(named.group(1)) if named else len(cells)
            cells += [""] * (column - len(cells))
            cells.append(_cell(node, shared))
        yield cells


def _cell(node: ET.Element, shared: list[str]) -> str:
    kind = node.get("t")
    if kind == "inlineStr":
        return _text(node)
    value = node.findtext(f"{_MAIN}v") or ""
    return shared[int(value)] if kind == "s" else value


def _text(node: ET.Element) -> str:
    phonetic = {each for run in node.iter(f"{_MAIN}rPh") for each in run.iter()}
    text = "".join(each.text or "" for each in node.iter(f"{_MAIN}t") if each not in phonetic)
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
