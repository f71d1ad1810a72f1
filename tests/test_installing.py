"""Installing: the commands install what was tested together, and both ends of what is allowed can be tried."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from helpers import CHECKOUT
from lowest import lowest, requirements

CONSTRAINTS = CHECKOUT / "binder" / "constraints.txt"
LINES = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
PINS = {
    canonicalize_name(need.name): need for need in (Requirement(line) for line in LINES if not line.startswith("#"))
}
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")


def version_of(need: Requirement) -> str:
    """Return the one version that a constraint allows."""
    (said,) = need.specifier
    assert "==" == said.operator
    return said.version


@pytest.mark.parametrize("need", requirements())
def test_what_we_ask_for_is_constrained_to_a_release_that_we_allow(need: str) -> None:
    """Every requirement of the package and of its extras, and the floor of each is allowed too."""
    asked = Requirement(need)
    floor = Requirement(next(lowest([need])))

    assert asked.specifier.contains(version_of(PINS[canonicalize_name(asked.name)]))
    assert asked.specifier.contains(version_of(floor))
    assert canonicalize_name(asked.name) == canonicalize_name(floor.name)


def test_a_constraint_is_a_name_and_a_version() -> None:
    """In the order of names; from wherever somebody's pip gets its packages, and whatever file it gets."""
    pinned = [line for line in LINES if not line.startswith("#")]

    assert sorted(pinned, key=str.upper) == pinned
    assert len(pinned) == len(PINS)
    for need in PINS.values():
        assert (None, None, set()) == (need.url, need.marker, need.extras)
        Version(version_of(need))


def test_a_requirement_without_a_floor_is_refused() -> None:
    """Nobody could try its oldest release."""
    assert ["a.b-c==1.2", "d==3"] == list(lowest(["a.b-c>=1.2,<4; python_version > '3'", "d==3"]))
    for need in ("pandas", "pandas<3"):
        with pytest.raises(ValueError, match="has no floor"):
            list(lowest([need]))


def installs(*arguments: str) -> list[str]:
    """Return the lines of a `make` that would install something, as make would run them with a new environment."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", "VENV=build/none", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if " install " in line]


@needs_make
@pytest.mark.parametrize("target", ["demo", "test", "bench", "workbench"])
def test_whatever_is_installed_is_constrained(target: str) -> None:
    """For the package and for what builds it, by pips old and new."""
    found = installs(target)

    assert found
    for line in found:
        assert f"PIP_CONSTRAINT={CONSTRAINTS}" in line
        assert f"PIP_BUILD_CONSTRAINT={CONSTRAINTS}" in line


@needs_make
def test_both_ends_are_installed_without_the_constraints() -> None:
    """Each in an environment of its own."""
    for end in ("newest", "lowest"):
        found = installs(f"test-{end}")

        assert found
        for line in found:
            assert f"PIP_CONSTRAINT={CHECKOUT / 'build' / end}.txt" in line
            assert f" .venv-{end}/bin/python -m pip" in line


def test_the_folder_that_binder_reads_installs_the_same() -> None:
    """What opens in a browser is what was tested."""
    script = (CHECKOUT / "binder" / "postBuild").read_text(encoding="utf-8")

    assert f"--constraint {CONSTRAINTS.relative_to(CHECKOUT).as_posix()} ." in script
    assert Path(CHECKOUT / "binder" / "environment.yml").is_file()
