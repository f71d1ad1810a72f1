"""Where a register lives: in a file beside its system's."""

from __future__ import annotations

from pathlib import Path

from nbthreat.base.errors import DocumentError, Fault, Problem, quoted
from nbthreat.decisions.register.book import Register
from nbthreat.system import documents
from nbthreat.system.documents import Document


def register_path(system: Path) -> Path:
    """Return where the register of the system in that file lives: beside it."""
    return system.with_name(f"{system.stem}.register.yaml")


def system_path(path: Path) -> Path:
    """Return the system file that a register lies beside; the path itself where it is none of a register.

    Raises DocumentError where there is no system beside a register.
    """
    name = path.name.removesuffix(".register.yaml")
    if name == path.name:
        return path
    systems = [path.with_name(f"{name}{suffix}") for suffix in (".yaml", ".yml")]
    found = next((system for system in systems if system.exists()), None)
    if found is None:
        message = f"there is no system beside this register. It belongs to {quoted(systems[0].name)}."
        raise DocumentError([Fault(str(path), 1, message)])
    return found


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
