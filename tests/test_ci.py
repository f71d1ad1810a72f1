"""CI: the script that runs everything brings along what a bare machine lacks, and nothing where nothing is lacking."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers import CHECKOUT

SCRIPT = CHECKOUT / ".ci" / "run"
PRESENT = ("basename", "bash", "dirname", "env")
TOLD = '#!/bin/sh\necho "$(basename "$0") $* frontend=$DEBIAN_FRONTEND" >>"$TOLD"\n'

pytestmark = pytest.mark.skipif(not SCRIPT.is_file() or os.name == "nt", reason="only a checkout has the script")


def done_on(folder: Path, programs: dict[str, str]) -> tuple[list[str], subprocess.CompletedProcess[str]]:
    """Run the script on a machine of hardly any programs but these; return what it called, and how it ended."""
    checkout, bin_ = folder / "checkout", folder / "bin"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(SCRIPT, checkout / ".ci" / "run")
    bin_.mkdir()
    for name in PRESENT:
        (bin_ / name).symlink_to(shutil.which(name) or name)
    for name, text in programs.items():
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    told = folder / "told"
    told.touch()
    done = subprocess.run(
        [checkout / ".ci" / "run"],
        env={"PATH": str(bin_), "TOLD": str(told)},
        capture_output=True,
        text=True,
        check=False,
    )
    return told.read_text().splitlines(), done


MADE = ["make test", "make test-browser SET=browser_all"]
LOOKED_FOR = ("make", "git", "chromium", "dot", "soffice", "ssh-keygen")
NOTHING = "#!/bin/sh\n"
SUDO = '#!/bin/sh\nexec "$@"\n'
FONTS = "#!/bin/sh\necho font\n"
NO_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n'


def test_a_bare_machine_gets_what_the_tests_need(tmp_path: Path) -> None:
    """A package for each program that is looked for, asked for once, without a question and without a word."""
    told, done = done_on(tmp_path, {"python3": NO_VENV, "sudo": SUDO, "apt-get": TOLD, "make": TOLD})

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    update, install, *made = told
    assert MADE == [call.partition(" frontend=")[0] for call in made]
    for call in (update, install):
        assert " -y -qq " in call
        assert " Acquire::Retries=" in call
        assert call.endswith(" frontend=noninteractive")
    assert " update " in update
    asked = install.partition(" install ")[2].split()
    assert {"make", "python3-venv", "chromium", "graphviz", "libreoffice-calc", "openssh-client"} <= set(asked)
    assert {"fonts-dejavu-core", "fonts-liberation2"} <= set(asked)


def test_a_machine_that_has_everything_is_left_alone(tmp_path: Path) -> None:
    """No package is asked for: only the tests are run."""
    there = dict.fromkeys(("apt-get", *LOOKED_FOR), TOLD)

    told, done = done_on(tmp_path, {**there, "python3": NOTHING, "fc-list": FONTS, "sudo": SUDO})

    assert (0, MADE) == (done.returncode, [call.partition(" frontend=")[0] for call in told]), done.stderr


@pytest.mark.parametrize("lacking", [*LOOKED_FOR, "fc-list", "python3"])
def test_one_thing_that_is_lacking_is_enough(tmp_path: Path, lacking: str) -> None:
    """Whichever it is; and where it cannot be had, the tests are not run on half a machine."""
    there = dict.fromkeys(LOOKED_FOR, TOLD) | {"fc-list": FONTS, "python3": NOTHING}
    del there[lacking]

    told, done = done_on(tmp_path, {**there, "sudo": SUDO, "apt-get": f"{TOLD}exit 100\n"})

    assert 100 == done.returncode
    assert 1 == len(told)
    assert told[0].startswith("apt-get ")
