"""ODS: a book as an OpenDocument spreadsheet in which every cell is a string.

Written here and not by a library: there is no way to write a formula, a link or a time, so none is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nbthreat.publishing.export.formats import archive
from nbthreat.publishing.export.formats.sheets import LANGUAGE, Book, Sheet, book
from nbthreat.publishing.export.page import TLP_COLOURS
from nbthreat.publishing.publication import Publication

MIME = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "meta": "meta",
        "config": "config",
        "manifest": "manifest",
        "fo": "xsl-fo-compatible",
    }.items()
)
_MORE = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ooo="http://openoffice.org/2004/office"'
_FROZEN = (
    ("HorizontalSplitMode", "short", 0),
    ("VerticalSplitMode", "short", 2),
    ("HorizontalSplitPosition", "int", 0),
    ("VerticalSplitPosition", "int", 1),
    ("ActiveSplitRange", "short", 2),
    ("PositionLeft", "int", 0),
    ("PositionRight", "int", 0),
    ("PositionTop", "int", 0),
    ("PositionBottom", "int", 1),
)
"""How a view says that the first row stays when one scrolls: name, type, value."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MILLIMETRES = 1.9  # a character's width
_CELL = '<table:table-cell table:style-name="{}" office:value-type="string">{}</table:table-cell>'
_BODY = '<table:table-row table:style-name="row">{}</table:table-row>'


def ods(publication: Publication) -> bytes:
    """Return the register as an ODS file of six sheets."""
    return write(book(publication))


def write(contents: Book) -> bytes:
    """Return a book as an ODS file: a table a sheet, its header row repeated and frozen, its text wrapped."""
    parts = {
        "mimetype": MIME,
        "content.xml": _content(contents),
        "styles.xml": _styles(contents),
        "meta.xml": _meta(contents),
        "settings.xml": _settings(contents),
        "META-INF/manifest.xml": _manifest(),
    }
    return archive.pack({name: text.encode() for name, text in parts.items()}, stored=frozenset({"mimetype"}))


def _root(name: str, inside: str) -> str:
    return f'{_HEAD}<office:{name} {_NAMESPACES} {_MORE} office:version="1.3">{inside}</office:{name}>\n'


def _content(contents: Book) -> str:
    widths = sorted({width for sheet in contents.sheets for width in sheet.widths})
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * _MILLIMETRES:.1f}mm"/></style:style>'
        for width in widths
    )
    cells = (
        '<style:style style:name="table" style:family="table" style:master-page-name="marked">'
        '<style:table-properties table:display="true"/></style:style>'
        '<style:style style:name="row" style:family="table-row">'
        '<style:table-row-properties style:use-optimal-row-height="true"/></style:style>'
        '<style:style style:name="cell" style:family="table-cell">'
        '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/></style:style>'
        '<style:style style:name="head" style:family="table-cell">'
        '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top" '
        'fo:border-bottom="1pt solid #000000"/><style:text-properties fo:font-weight="bold"/></style:style>'
    )
    tables = "".join(_table(sheet) for sheet in contents.sheets)
    return _root(
        "document-content",
        f"<office:automatic-styles>{columns}{cells}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>",
    )


def _table(sheet: Sheet) -> str:
    columns = "".join(f'<table:table-column table:style-name="w{width}"/>' for width in sheet.widths)
    rows = "".join(_BODY.format(_row(row, "cell")) for row in sheet.rows)
    return (
        f'<table:table table:name="{escape(sheet.name)}" table:style-name="table">'
        f"<table:title>{escape(sheet.title)}</table:title>"
        f"<table:desc>{escape(sheet.title)}. The first row names the columns.</table:desc>"
        f"{columns}<table:table-header-rows><table:table-row>{_row(sheet.columns, 'head')}"
        f"</table:table-row></table:table-header-rows>{rows}</table:table>"
    )


def _row(cells: tuple[str, ...], style: str) -> str:
    return "".join(_CELL.format(style, "".join(_paragraphs(text))) if text else "<table:table-cell/>" for text in cells)


def _paragraphs(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield f"<text:p>{escape(line)}</text:p>"


def _styles(contents: Book) -> str:
    """Return the styles, among them sheets of paper that say at the top and the bottom who may see them."""
    label = f'<text:p text:style-name="label">{escape(contents.marking)}</text:p>'
    ink = TLP_COLOURS.get(contents.marking.partition(",")[0], "#ffffff")
    margin = '<style:header-footer-properties fo:min-height="9mm" fo:margin-{}="2mm"/>'
    return _root(
        "document-styles",
        '<office:styles><style:default-style style:family="table-cell"><style:text-properties '
        'fo:language="en" fo:country="GB"/></style:default-style></office:styles>'
        '<office:automatic-styles><style:style style:name="label" style:family="paragraph">'
        '<style:paragraph-properties fo:text-align="center"/><style:text-properties fo:font-size="14pt" '
        f'fo:font-weight="bold" fo:color="{ink}" fo:background-color="#000000"/></style:style>'
        '<style:page-layout style:name="paper"><style:page-layout-properties style:print-orientation="landscape"/>'
        f"<style:header-style>{margin.format('bottom')}</style:header-style>"
        f"<style:footer-style>{margin.format('top')}</style:footer-style></style:page-layout></office:automatic-styles>"
        '<office:master-styles><style:master-page style:name="marked" style:page-layout-name="paper">'
        f"<style:header>{label}</style:header><style:footer>{label}</style:footer>"
        "</style:master-page></office:master-styles>",
    )


def _meta(contents: Book) -> str:
    on = f"{contents.on.isoformat()}T00:00:00"
    return _root(
        "document-meta",
        f"<office:meta><dc:title>{escape(contents.title)}</dc:title>"
        f"<dc:subject>{escape(contents.marking)}</dc:subject><dc:language>{LANGUAGE}</dc:language>"
        f"<meta:creation-date>{on}</meta:creation-date><dc:date>{on}</dc:date></office:meta>",
    )


def _settings(contents: Book) -> str:
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'
        for name, kind, value in _FROZEN
    )
    entries = "".join(
        f'<config:config-item-map-entry config:name="{escape(sheet.name)}">{items}</config:config-item-map-entry>'
        for sheet in contents.sheets
    )
    first = escape(contents.sheets[0].name)
    return _root(
        "document-settings",
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        f'<config:config-item-map-named config:name="Tables">{entries}</config:config-item-map-named>'
        f'<config:config-item config:name="ActiveTable" config:type="string">{first}</config:config-item>'
        "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set></office:settings>",
    )


def _manifest() -> str:
    entries = {"/": MIME, **dict.fromkeys(("content.xml", "styles.xml", "meta.xml", "settings.xml"), "text/xml")}
    files = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries.items()
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return f'{_HEAD}<manifest:manifest xmlns:manifest="{space}" manifest:version="1.3">{files}</manifest:manifest>\n'
