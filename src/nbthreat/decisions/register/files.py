"""Where a register lives: in a file beside its system's."""

from __future__ import annotations

from pathlib import Path

from nbthreat.base.errors import DocumentError, Problem, quoted
from nbthreat.decisions.register.book import Register
from nbthreat.system import documents
from nbthreat.system.documents import Document


def register_path(system: Path) -> Path:
    """Return where the register of the system in that file lives: beside it."""
    return system.with_name(f"{system.stem}.register.yaml")


def read_register(system: Path, *, id: str) -> Document[Register]:
    """Read the register beside a system file; an empty one where there is none yet.

    Raises DocumentError where the file has faults, or is the register of another system.
    """
    path = register_path(system)
    if not path.exists():
        return documents.new(Register(system=id), path)
    document = documents.read(Register, path)
    if document.value.system != id:
        message = f"this register is of {quoted(document.value.system)}, and the system beside it is {quoted(id)}."
        raise DocumentError(document.faults((Problem(("system",), message),)))
    return document
