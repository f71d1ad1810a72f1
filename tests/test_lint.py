"""Our own lints: each finds its bad example, leaves a good one alone, and the checkout passes them all."""

from __future__ import annotations

from pathlib import Path

import pytest

import lint
from helpers import CHECKOUT

SOURCE = sorted((CHECKOUT / "src" / "nbthreat").rglob("*.py"))
TESTS = sorted((CHECKOUT / "tests").rglob("*.py"))


def written(folder: Path, **texts: str) -> list[Path]:
    """Write a Python file for each text, and return their paths in order."""
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.py")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def test_a_class_has_a_name_of_its_own(tmp_path: Path) -> None:
    """In one file or in two, at the top or inside another."""
    good = written(tmp_path, a="class Line: ...\n", b="class Curve: ...\n")
    bad = written(tmp_path, c="class Line: ...\n", d="class Box:\n    class Line: ...\n")

    assert [] == list(lint.names_of_two_classes(good))
    assert ["c.py:1", "d.py:2"] == [fault.partition(": ")[0] for fault in lint.names_of_two_classes([*good, *bad])]


def test_a_test_file_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Whatever folder it is in, for pytest imports it by its name alone."""
    folders = [tmp_path / name for name in ("here", "there")]
    for folder in folders:
        folder.mkdir()
    files = [file for folder in folders for file in written(folder, test_a="", conftest="")]

    assert [] == list(lint.files_of_one_name(files[:2]))
    assert ["test_a.py"] == [fault.partition(": ")[0] for fault in lint.files_of_one_name(files)]


@pytest.mark.parametrize(
    "line",
    [
        "one = 1",
        "one: int = 1",
        "for one in (): ...",
        "[one for one in ()]",
        "one, two = 1, 2",
        "lambda one: 1",
        "def f(*, one): ...",
        "if (one := 1): ...",
        "with open('f') as one: ...",
        "match 1:\n    case one: ...",
        "match [1]:\n    case [*one]: ...",
    ],
)
def test_no_variable_is_called_one(tmp_path: Path, line: str) -> None:
    """However it gets its name."""
    bad = written(tmp_path, bad=f"pass\n{line}\n")

    (fault,) = lint.variables_called_one(bad)
    assert fault.startswith("bad.py:")


def test_the_word_one_is_free_elsewhere(tmp_path: Path) -> None:
    """In text, and as a part of a name."""
    assert [] == list(lint.variables_called_one(written(tmp_path, good="at_one = 'one'\nprint(at_one)\n")))


@pytest.mark.parametrize(
    "line",
    [
        '"resolved": "https://registry.npm' + 'js.org/react/-/react-19.0.0.tgz"',
        "--index-url https://py" + "pi.org/simple",
        "https://files.python" + "hosted.org/packages/a.whl",
        "cd /ho" + "me/somebody/nbthreat",
        "path = '/wo" + "rk/main/src'",
        "C:\\Us" + "ers\\somebody\\nbthreat",
    ],
)
def test_nothing_is_of_one_machine(tmp_path: Path, line: str) -> None:
    """Neither where packages come from nor where somebody works; in files of any kind."""
    bad = tmp_path / "package-lock.json"
    bad.write_text(f"first\n{line}\n", encoding="utf-8")

    (fault,) = lint.of_one_machine([bad])
    assert fault.startswith("package-lock.json:2: ")


def test_other_addresses_and_paths_may_be_named(tmp_path: Path) -> None:
    """Relative ones, those of everybody's machine, and Ann's, who is made up."""
    lines = ("https://example.org/home/page/1", "/usr/bin/env bash", "docs/srv/plan/a.md", "/home/ann/drawing.yaml")
    good = written(tmp_path, good="\n".join(lines))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\xff")

    assert [] == list(lint.of_one_machine([*good, tmp_path / "picture.png"]))


def test_long_files_and_lonely_ones_are_noted(tmp_path: Path) -> None:
    """A note fails nothing: somebody thinks about it."""
    (tmp_path / "alone").mkdir()
    (tmp_path / "pair").mkdir()
    long, short = written(tmp_path / "pair", long="pass\n" * 401, short="pass\n" * 400)
    (alone,) = written(tmp_path / "alone", alone="pass\n")

    assert ["long.py"] == [note.partition(":")[0] for note in lint.long_files([long, short])]
    assert ["alone"] == [note.partition(":")[0] for note in lint.folders_of_one_file([long, short, alone])]


def test_the_checkout_has_no_fault() -> None:
    """What `make lint` says, without the notes."""
    assert [] == list(lint.names_of_two_classes(SOURCE))
    assert [] == list(lint.files_of_one_name(TESTS))
    assert [] == list(lint.variables_called_one([*SOURCE, *TESTS]))
    assert [] == list(lint.of_one_machine(lint.tracked(CHECKOUT)))
