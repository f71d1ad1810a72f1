"""XLSX: a book as an Excel file in which every cell is a string, the same bytes for the same book."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

from nbthreat.base.errors import NbthreatError
from nbthreat.publishing.export.formats import archive
from nbthreat.publishing.export.formats.sheets import LANGUAGE, Book, Sheet, book
from nbthreat.publishing.publication import Publication

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


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
