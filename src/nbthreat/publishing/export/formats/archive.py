"""Archives: ZIP files that are the same bytes for the same parts, and others' read within bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from nbthreat.base.errors import NbthreatError

PARTS_LIMIT = 500
BYTES_LIMIT = 200 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(parts: Mapping[str, bytes], *, stored: frozenset[str] = frozenset()) -> bytes:
    """Return parts as a ZIP file in their order, without times or owners; those `stored` are not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            entry.create_system = 0  # whatever the machine
            made.writestr(entry, data)
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the parts of a ZIP file, read in memory. Raises NbthreatError where it is none, or too large."""
    parts: dict[str, bytes] = {}
    room = BYTES_LIMIT
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > PARTS_LIMIT:
                raise NbthreatError(f"the file holds {len(entries)} parts, more than the {PARTS_LIMIT} that are read.")
            for entry in entries:
                with packed.open(entry) as part:
                    read = part.read(room + 1)
                room -= len(read)
                if room < 0:
                    raise NbthreatError(f"the file unpacks to more than {BYTES_LIMIT >> 20} MB; it is not read.")
                parts[entry.filename] = read
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise NbthreatError(f"the file is not a spreadsheet that can be read: {error}.") from None
    return parts


def parse(data: bytes) -> ET.Element:
    """Return the root of an XML part. Raises NbthreatError where it is not UTF-8, or has a document type."""
    try:
        text = data.decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise NbthreatError("the file holds a document type, which no spreadsheet needs; it is not read.")
        return ET.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise NbthreatError(f"the file cannot be read: {error}.") from None
