"""Reading a register that was published as JSON, to compare a later one with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError, Fault, NbthreatError
from nbthreat.decisions.register import Marking
from nbthreat.system import documents

PUBLICATION = 1
"""The version of the JSON form; `nbthreat schema publication` prints its schema."""

BYTES_LIMIT = 200 << 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """A register as it was published before."""

    system: str
    assessed: str
    library: str
    rows: Mapping[str, Mapping[str, str]]  # by key
    marking: Marking = Marking.RED
    sha256: str = ""  # of the library; '' where it is not said


def read_json(data: bytes) -> dict[str, Any]:
    """Return a publication in JSON as plain data. Raises NbthreatError where it is none that can be read."""
    try:
        if len(data) > BYTES_LIMIT:
            raise NbthreatError(f"the publication is larger than {BYTES_LIMIT >> 20} MB; it is not read.")
        read = documents.of_json(data)
    except (ValueError, RecursionError) as error:
        raise NbthreatError(f"the publication is not JSON that can be read: {error}.") from None
    if not isinstance(read, dict) or read.get("publication") != PUBLICATION:
        raise NbthreatError(
            f"the file is no publication of this format: it must say 'publication': {PUBLICATION}. "
            "`nbthreat register --to json` writes one."
        )
    rows = read.get("register")
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows) or not isinstance(read.get("system"), str):
        raise NbthreatError("the publication holds no register of a system.")
    return read


def earlier(data: bytes) -> Earlier:
    """Return what a publication in JSON said, to compare with. Raises NbthreatError where it is none."""
    read = read_json(data)
    library = read.get("library")
    said = library if isinstance(library, dict) else {}
    return Earlier(
        system=read["system"],
        assessed=str(read.get("assessed", "")),
        library=f"{said.get('name', '')} {said.get('version', '')}".strip(),
        rows={row["key"]: row for row in read["register"]},
        marking=Marking.of(str(read.get("marking", ""))),
        sha256=str(said.get("sha256", "")),
    )


def read_earlier(path: Path) -> Earlier:
    """Read a publication in JSON, to compare with. Raises DocumentError where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return earlier(file.read(BYTES_LIMIT + 1))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise DocumentError([Fault(str(path), 1, f"cannot be read: {reason}.")]) from None
    except NbthreatError as error:
        raise DocumentError([Fault(str(path), 1, str(error))]) from None


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and "key" in row and all(isinstance(value, str) for value in row.values())
