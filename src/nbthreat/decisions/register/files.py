"""Where a register lives: in a file beside its system's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbthreat.base.errors import DocumentError, Fault, Problem, clean, quoted
from nbthreat.decisions.register.register import Register
from nbthreat.system import documents
from nbthreat.system.documents import Document

_SUFFIX = ".register.yaml"
_SHOWN = 300  # characters of a path


def register_path(system: Path) -> Path:
    """Return where the register of the system in that file lives: beside the file itself, not beside a link to it.

    >>> register_path(Path("chat.yaml")).name
    'chat.register.yaml'
    """
    return documents.beside(system, _SUFFIX)


def register_beside_link(system: Path) -> Fault | None:
    """Return a note of a register that lies beside a link to a system file and is not read; None where there is none.

    Somebody may have decided in it under the name of the link.
    """
    real, beside_link = register_path(system), system.with_name(f"{system.stem}{_SUFFIX}")
    there = documents.real_path(beside_link)
    if there == documents.real_path(real) or not there.exists():
        return None
    message = f"is not read: it lies beside a link, and the register of the system is {clean(str(real), _SHOWN)}."
    return Fault(str(beside_link), 1, message)


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

    It has a note where another register lies beside a link to the system. Raises DocumentError where the file has
    faults, or is the register of another system.
    """
    path, note = register_path(system), register_beside_link(system)
    if not path.exists():
        document = documents.new(Register(system=id), path, about=(system,))
    else:
        document = documents.read(Register, path)
    if document.value.system != id:
        message = f"this register is of {quoted(document.value.system)}, and the system beside it is {quoted(id)}."
        raise DocumentError(document.faults((Problem(("system",), message),)))
    return replace(document, notes=(*document.notes, note)) if note else document
