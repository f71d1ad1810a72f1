"""What ruff and mypy do not ask: one name for one class, words that say something, and nothing of one machine.

python tests/lint.py    # faults at file:line, and exit code 1 where there are any; notes beside them
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
LINES_LIMIT = 400
HOSTS = (r"registry\.npm[j]s\.org", r"registry\.yarnpkg\.com", r"pypi\.(?:org|python\.org)", r"python[h]osted\.org")
HOMES = ("home", "Users", "root", "work", "workspace", "builds", "opt", "mnt", "srv")
OF_ONE_MACHINE = (
    *(re.compile(rf"//[\w.-]*{host}") for host in HOSTS),
    *(re.compile(rf"(?<![\w.~/*-])/{home}/(?!ann/)[\w.-]+/") for home in HOMES),
    re.compile(r"(?<!\w)[A-Z]:[\\/]+Users[\\/]+(?!ann\b)\w+"),
)
"""Addresses of registries, and paths that begin in somebody's home or workplace; Ann is nobody, and lives in tests."""


def names_of_two_classes(files: Iterable[Path]) -> Iterator[str]:
    """Yield a fault for each class whose name another class in these files has, in the order of the files."""
    first: dict[str, str] = {}
    for path in files:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                where = f"{_shown(path)}:{node.lineno}"
                if node.name in first:
                    yield f"{where}: a second class {node.name}; the first is at {first[node.name]}. Rename either."
                first.setdefault(node.name, where)


def files_of_one_name(files: Iterable[Path]) -> Iterator[str]:
    """Yield a fault for each of these files that pytest would take for another, since both have one name."""
    first: dict[str, Path] = {}
    for path in files:
        if path.name.startswith("test_") and first.setdefault(path.name, path) != path:
            yield f"{_shown(path)}: {_shown(first[path.name])} has the same name, so pytest stops. Rename either."


def variables_called_one(files: Iterable[Path]) -> Iterator[str]:
    """Yield a fault for each place in these files where a variable or an argument gets the name `one`."""
    for path in files:
        for node in ast.walk(_tree(path)):
            stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "one"
            captured = isinstance(node, ast.MatchAs | ast.MatchStar) and node.name == "one"
            if stored or captured or (isinstance(node, ast.arg) and node.arg == "one"):
                yield f"{_shown(path)}:{node.lineno}: a variable `one`. Name it for what it holds."


def of_one_machine(files: Iterable[Path]) -> Iterator[str]:
    """Yield a fault for each line of these files that names a registry's address or a path of some machine."""
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), 1):
            found = next(filter(None, (pattern.search(line) for pattern in OF_ONE_MACHINE)), None)
            if found:
                yield f"{_shown(path)}:{number}: {found[0]!r} is of one machine or one registry. Leave it out."


def long_files(files: Iterable[Path]) -> Iterator[str]:
    """Yield a note for each of these files that has more lines than one sits down to read."""
    for path in files:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LINES_LIMIT:
            yield f"{_shown(path)}: {lines} lines; over {LINES_LIMIT} a file is worth dividing."


def folders_of_one_file(files: Iterable[Path]) -> Iterator[str]:
    """Yield a note for each folder with a single one of these files in it, and no folder of them below."""
    paths = [*files]
    inside = Counter(path.parent for path in paths if path.name not in {"__init__.py", "conftest.py"})
    above = {folder for path in paths for folder in path.parents[1:]}
    for folder, count in sorted(inside.items()):
        if count == 1 and folder not in above:
            yield f"{_shown(folder)}: a folder of one file; it may be a file of the folder above."


def tracked(checkout: Path) -> list[Path]:
    """Return the files that git knows in a checkout, sorted; none where there is no git or no checkout."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    paths = (checkout / name for name in listed.decode().split("\0") if name)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _shown(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else path.name


def main() -> int:
    """Print faults and notes; return 1 where there is a fault."""
    package, tests = (sorted((CHECKOUT / name).rglob("*.py")) for name in ("src/nbthreat", "tests"))
    faults = [
        *names_of_two_classes(package),
        *files_of_one_name(tests),
        *variables_called_one([*package, *tests]),
        *of_one_machine(tracked(CHECKOUT)),
    ]
    notes = [*long_files([*package, *tests]), *folders_of_one_file([*package, *tests])]
    print(*(f"note: {note}" for note in notes), *faults, sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
