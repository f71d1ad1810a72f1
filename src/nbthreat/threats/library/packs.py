"""Packs: the folders of threats that a system file names, found where they may lie and nowhere else.

Who wrote the system file may not be who opens it: a pack lies in the same project, and nothing leads out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbthreat.base.errors import DocumentError, Problem, quoted
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.library.contents import LibraryHead


def packs_of(path: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Yield (folder, its name in the file, what it may override) of each pack that a system file names.

    Raises DocumentError with every fault of a file that names packs and cannot be read, and with every pack that lies
    where it may not.
    """
    try:
        data = documents.read_bytes(path)
    except DocumentError:
        return  # whoever reads the system says so
    if b"packs" not in data:
        return  # spares most systems a second reading; one written with escapes is refused when it is checked
    read = documents.loads(System, data, path)
    root, home = project_of(path), documents.followed(path).parent
    found: list[Path] = []
    problems = []
    for n, name in enumerate(read.value.packs):
        folder = (home / name).resolve()
        if not folder.is_relative_to(root):
            message = f"pack {quoted(name)} lies outside the project, {quoted(root)}: it is not read."
            problems.append(Problem(("packs", n), message))
        elif folder in found:
            problems.append(Problem(("packs", n), f"pack {quoted(name)} is the same folder as another one. Keep one."))
        found.append(folder)
    if problems:
        raise DocumentError(read.faults(tuple(problems)))
    for name in read.value.packs:
        yield home / name, name, read.value.overrides


def name_of(folder: Path) -> str:
    """Return what the pack in a folder calls itself. Raises DocumentError where it does not say."""
    return documents.read(LibraryHead, folder / "library.yaml").value.name


def project_of(path: Path) -> Path:
    """Return the folder that packs of the system in that file must lie in.

    It is the checkout around the file; without one the working folder, where the file is inside it; else its own.
    """
    own = documents.real_path(path).parent
    checkout = next((parent for parent in (own, *own.parents) if (parent / ".git").exists()), None)
    here = Path.cwd()
    return checkout or (here if own.is_relative_to(here) else own)
