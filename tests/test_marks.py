"""Marks: what `make test-core` leaves out says so by itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from helpers import CHECKOUT

TESTS = """
import pytest

@pytest.fixture
def browser(): ...

@pytest.fixture
def page(browser): ...

without = pytest.mark.skipif(False, reason="LibreOffice is not on this machine")

def test_stays(): ...

@pytest.mark.skipif(False, reason="not on Windows")
def test_stays_though_it_may_be_skipped(): ...

def test_asks_for_a_browser(browser): ...

def test_asks_for_one_by_way_of_another_fixture(page): ...

@without
def test_is_skipped_without_a_program(): ...

@pytest.mark.parametrize("form", ["stays", pytest.param("asks", marks=without)])
def test_asks_for_a_program_for_one_parameter(form): ...

@pytest.mark.outside
def test_says_so_by_hand(): ...
"""


def test_what_asks_for_a_program_is_marked_by_itself(tmp_path: Path) -> None:
    """By a fixture, whoever takes it, or by what it is skipped without; one parameter alone, too."""
    shutil.copy(CHECKOUT / "tests" / "conftest.py", tmp_path)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(TESTS, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-m", "not outside", "tests"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout
    assert {
        "test_stays",
        "test_stays_though_it_may_be_skipped",
        "test_asks_for_a_program_for_one_parameter[stays]",
    } == {line.partition("::")[2] for line in done.stdout.splitlines() if line.startswith("PASSED")}
