"""Views of a file: everything in it that somebody could read, as text, however it is packed or written.

A file is seen several times over: as it stands, and with what its format does to text undone. Nothing of it is run.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NAMES = re.compile(r"(</?)[A-Za-z][\w:.-]*|(?<=[\s\"'])[A-Za-z_:][\w:.-]*(?==[\"'])(?=[^<>]*>)")
"""Names of tags and of what is said in them: words of the format, and no text."""
_TAGS = re.compile(r"<[^<>]*>")
_ESCAPED_LETTER = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)
_CELLS = re.compile(r'\s(?:r|ref|sqref|topLeftCell|activeCell)="[A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?"')
"""Where a cell of a sheet is: not something anybody says."""
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_STRING = re.compile(
    rb"(?:/([A-Za-z]+)\s*)?(?:\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)|<([0-9A-Fa-f\s]{2,})>)", re.DOTALL
)
"""A string of a PDF, in brackets or in hexadecimal, with the key that it is the value of where it is one's."""
_NO_TEXT = frozenset({b"Registry", b"Ordering", b"Lang", b"CreationDate", b"ModDate"})
"""Keys whose values are words of the format and dates."""
_PRINTER = re.compile(r"Skia/PDF m[0-9]+")
"""What the printing program calls itself."""
_INFLATED_LIMIT = 64 << 20
_PRINTABLE = bytes([*range(32, 127), 9, 10, 13])


def without_names(markup: str) -> str:
    """Return a page or a document without the names of its tags and their attributes; values and text stay.

    >>> without_names('<meta charset="utf-8"/>Meta')
    '< ="utf-8"/>Meta'
    """
    return _NAMES.sub(lambda found: found.group(1) or "", markup)


@dataclass(frozen=True, slots=True)
class FileText:
    """A text in a file, and in which part of the file it is."""

    part: str
    text: str
    raw: bool = False  # as it stands, with nothing undone
    markup: bool = False  # the names of its tags are its format's
    escaped: bool = False  # its backslashes are its format's


def views(name: str, data: bytes) -> Iterator[FileText]:
    """Yield everything that can be read in a file; its own name first."""
    yield FileText(f"the name of {name}", name)
    if data.startswith(b"PK\x03\x04"):
        yield from _packed(name, data)
    elif data.startswith(b"%PDF-"):
        yield from _printed(name, data)
    else:
        yield from _written(name, data.decode("utf-8", "backslashreplace"))


def _written(name: str, text: str) -> Iterator[FileText]:
    read = _as_json(text)
    yield FileText(name, text, raw=True, markup=text.lstrip()[:1] == "<", escaped=read is not None)
    if read is not None:
        yield FileText(name, "\n".join(_strings(read)))
    plain = html.unescape(text)
    if "<" in text:
        yield FileText(name, html.unescape(_TAGS.sub(" ", text)), escaped=read is not None)
        yield FileText(name, html.unescape(_TAGS.sub("", text)), escaped=read is not None)
    if plain != text:
        yield FileText(name, plain, escaped=read is not None)
    if "\\" in text:
        yield FileText(name, _BACKSLASHED.sub(r"\1", plain))


def _as_json(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if "\\" in value:
            yield _BACKSLASHED.sub(r"\1", value)
    elif isinstance(value, list):
        for element in value:
            yield from _strings(element)
    elif isinstance(value, dict):
        for key, content in value.items():
            yield str(key)
            yield from _strings(content)


def _packed(name: str, data: bytes) -> Iterator[FileText]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        yield FileText(name, packed.comment.decode("utf-8", "replace"))
        for member in packed.infolist():
            part = f"{name}, {member.filename}"
            yield FileText(part, member.filename)
            yield FileText(part, f"{member.comment.decode('utf-8', 'replace')} {member.extra.decode('latin-1')}")
            text = _CELLS.sub(" ", packed.read(member).decode("utf-8", "backslashreplace"))
            unescaped = _ESCAPED_LETTER.sub(lambda found: chr(int(found.group(1), 16)), text)
            for written in dict.fromkeys((text, unescaped)):
                yield from _written(part, written)


def _printed(name: str, data: bytes) -> Iterator[FileText]:
    """Yield what a PDF says outside its glyphs: titles, the outline, its properties, text drawn as it is written.

    Its keys, names and character maps are syntax, and no text.
    """
    said = [*_pdf_strings(_STREAM.sub(b" ", data))]
    for match in _STREAM.finditer(data):
        unpacked = match.group(1)
        with contextlib.suppress(zlib.error):
            unpacked = zlib.decompressobj().decompress(unpacked, _INFLATED_LIMIT)
        if b"<x:xmpmeta" in unpacked or b"<rdf:RDF" in unpacked:
            yield from _written(name, unpacked.decode("utf-8", "backslashreplace"))
        elif b"begincmap" not in unpacked and _mostly_printable(unpacked):  # no font, picture or character map
            said += _pdf_strings(unpacked)
    for text in dict.fromkeys(("\n".join(said), "".join(said))):  # words may be drawn letter by letter
        yield FileText(name, text)


def _mostly_printable(data: bytes) -> bool:
    return len(data.translate(None, _PRINTABLE)) * 10 < len(data)


def _pdf_strings(body: bytes) -> Iterator[str]:
    """Yield every string of a PDF but those that its syntax itself needs."""
    for match in _STRING.finditer(body):
        key, literal, digits = match.groups()
        if key in _NO_TEXT:
            continue
        if literal is not None:
            text = _pdf_text(re.sub(rb"\\(.)", rb"\1", literal, flags=re.DOTALL))
        else:
            digits = b"".join(digits.split())
            text = _pdf_text(bytes.fromhex(digits[: len(digits) // 2 * 2].decode()))
        if key != b"Producer" or not _PRINTER.fullmatch(text):
            yield text


def _pdf_text(data: bytes) -> str:
    return data[2:].decode("utf-16-be", "replace") if data.startswith(b"\xfe\xff") else data.decode("latin-1")
