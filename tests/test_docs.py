"""README and docs: what they say to type works, and what they link to is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import CHECKOUT, SYSTEMS, library

PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)(?P<target>[^)#\s]+)")
TARGET = re.compile(r"`make (?P<name>[a-z][\w-]*)|^make (?P<line>[a-z][\w-]*)", re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    """Return the code on a page that is marked as of a language, in the order of the page."""
    return [
        found["text"] for found in BLOCK.finditer(page.read_text(encoding="utf-8")) if language == found["language"]
    ]


def name_of(page: Path) -> str:
    """Return where a page lies in the checkout."""
    return page.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_the_python_on_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    """In a folder with the system that the page speaks of."""
    shutil.copy(SYSTEMS / "chatbot.yaml", tmp_path)
    code = "\n".join(blocks(page, "python"))

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr


def test_the_system_file_in_the_readme_can_be_read(tmp_path: Path) -> None:
    """As it stands there."""
    (shown,) = (text for text in blocks(CHECKOUT / "README.md", "yaml") if text.startswith("nbthreat: 1\n"))
    (tmp_path / "helpdesk.yaml").write_text(shown, encoding="utf-8")

    assert ("ask",) == tuple(flow.id for flow in library().read_system(tmp_path / "helpdesk.yaml").value.flows)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_links_to_files_that_are_there(page: Path) -> None:
    """From the folder that it lies in."""
    targets = [found["target"] for found in LINK.finditer(page.read_text(encoding="utf-8"))]

    assert [] == [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_commands_of_make_that_there_are(page: Path) -> None:
    """`make` followed by something else is another program's business."""
    there = set(re.findall(r"^([a-z][\w-]*):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found["name"] or found["line"] for found in TARGET.finditer(page.read_text(encoding="utf-8"))}

    assert {"demo", "test"} <= there
    assert set() == named - there


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_a_place_in_the_package_that_a_page_names_is_there(name: str) -> None:
    """Below the package, or from the top of the checkout."""
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    places = re.findall(r"`([a-z_]+(?:/[a-z_]+)+/?(?:\.[a-z]+)?)`", text)

    assert places
    assert [] == [
        place for place in places if not any((root / place).exists() for root in (CHECKOUT, CHECKOUT / "src/nbthreat"))
    ]
