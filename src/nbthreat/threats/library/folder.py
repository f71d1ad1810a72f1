"""Folders: the files of a library, read within limits, and where each may stand."""

from __future__ import annotations

from pathlib import Path

from nbthreat.base.errors import Fault, LibraryError, hint, quoted
from nbthreat.system import documents

FILES_LIMIT = 2_000
BYTES_LIMIT = 5_000_000
"""How much of a folder is read at all: far beyond any library of threats."""

_FILES = frozenset(
    {
        "library.yaml",
        "technologies.yaml",
        "asset_kinds.yaml",
        "capabilities.yaml",
        "facts.yaml",
        "predicates.yaml",
        "rating_steps.yaml",
        "test_tools.yaml",
    }
)
_FOLDERS = frozenset({"catalogues", "controls", "provisions", "threats"})


def files_in(root: Path) -> tuple[dict[str, bytes], list[Fault]]:
    """Return every YAML file in a folder by its name there, in order, and what stands where nothing is read from.

    What begins with a dot is left alone, and so is a README. Raises LibraryError where there is no folder, or far too
    much in it.
    """
    if not root.is_dir():
        raise LibraryError([Fault(str(root), 1, "there is no library here: not a folder.")])
    found: dict[str, bytes] = {}
    faults: list[Fault] = []
    room = BYTES_LIMIT
    for path in _paths(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            faults.append(Fault(str(path), 1, "links out of the library are not followed."))
        elif path.suffix in (".yaml", ".yml") and path.is_file():
            if path.stem.casefold() == "readme":
                continue  # of the folder, and no part of the library
            wrong = _misplaced(name)
            if wrong:
                faults.append(Fault(str(path), 1, wrong))
                continue
            found[name] = documents.read_bytes(path)
            room -= len(found[name])
            if room < 0:
                raise LibraryError(
                    [Fault(str(root), 1, f"more than {BYTES_LIMIT // 1_000_000} MB of files; no library.")]
                )
    return found, faults


def _paths(root: Path) -> list[Path]:
    found: list[Path] = []
    waiting = [root]
    while waiting:
        for path in waiting.pop().iterdir():
            if path.name.startswith("."):
                continue
            found.append(path)
            if len(found) > FILES_LIMIT:
                raise LibraryError([Fault(str(root), 1, f"more than {FILES_LIMIT} files; this is no library.")])
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
    return sorted(found)


def _misplaced(name: str) -> str | None:
    """Return why a file is not read, or None: a threat that nobody reads would be silent for ever."""
    if name.endswith(".yml"):
        return "files of a library are called .yaml, and this one would not be read."
    first, _, rest = name.partition("/")
    known = _FOLDERS if rest else _FILES
    if first not in known:
        return f"nothing is read from {quoted(first)}.{hint(first, known)}"
    return None
