"""The oldest releases that pyproject.toml allows: prints a constraint for each package that it names.

`make test-lowest` installs from these, so that the floors are known to hold.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
FLOOR = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:>=|==)\s*(?P<version>[0-9][^\s,;]*)")


def requirements(project: Path = PYPROJECT) -> list[str]:
    """Return every requirement of the package and of its extras, in the order of the file."""
    said = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    return [*said["dependencies"], *(need for extra in said["optional-dependencies"].values() for need in extra)]


def lowest(needs: list[str]) -> Iterator[str]:
    """Yield `name==version` with the floor of each requirement. Raises ValueError for one that has no floor."""
    for need in needs:
        found = FLOOR.match(need)
        if found is None:
            raise ValueError(f"{PYPROJECT.name}: {need!r} has no floor. Say the oldest release as {need}>=1.0.")
        yield f"{found['name']}=={found['version']}"


if __name__ == "__main__":
    print(*sorted(lowest(requirements()), key=str.casefold), sep="\n")
