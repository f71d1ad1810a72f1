"""`nbthreat check` reads the register beside the system, and every command tells what its log does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers import SURPLUS, decision, desk
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.decisions.register import Register, register_path
from nbthreat.system import documents

EMPTY = Register(system="desk")
BOTH = EMPTY.deciding(decision("a@x")).deciding(decision("b@x"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The help desk in a file."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    return path


def beside(path: Path, register: Register, old: str = "", new: str = "") -> Path:
    """Write a register beside a system, with one text in it replaced where it stands last."""
    before, found, after = documents.dump(register).rpartition(old) if old else (documents.dump(register), "", "")
    register_path(path).write_text(f"{before}{new if found else ''}{after}", encoding="utf-8")
    return register_path(path)


def line_of(path: Path, text: str, times: int = 1) -> int:
    """On which line of a file a text stands for the n-th time."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [n for n, line in enumerate(lines, 1) if text in line][times - 1]


@pytest.mark.parametrize("which", ["system", "register", "both"])
def test_a_register_is_checked_with_its_system_whichever_is_named(
    path: Path, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    """Once, where both are named."""
    register = beside(path, BOTH)
    named = {"system": [path], "register": [register], "both": [path, register]}[which]

    assert FINE == main(["check", *map(str, named)])
    assert f"{path}: fine. 3 elements, 2 flows; 2 decisions.\n" == capsys.readouterr().out


FAULTS = [
    ("    number: R-002\n", "    number: R-001\n", "number: R-001", "R-001 is the number of two risks", 2),
    ("  - number: 2\n", "  - number: 1\n", "- number: 1", "the log has an entry 1 before this one. Make this one 2", 2),
    ("  - number: 2\n", "  - number: 3\n", "- number: 3", "the log has no entry 2, but 3 there", 1),
    ("owner: Desk team\n", "owner: Desk team\n    colour: red\n", "colour", "unknown key 'colour'", 1),
    ("numbers_given: 2\n", "<<<<<<< HEAD\nnumbers_given: 2\n", "<<<<<<<", "`nbthreat merge FILE`", 1),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_fault_in_a_register_is_told_at_its_own_line(
    path: Path, capsys: pytest.CaptureFixture[str], fault: tuple[str, str, str, str, int]
) -> None:
    """The second of two, and with the faults of the system beside it."""
    old, new, mark, message, times = fault
    register = beside(path, BOTH, old, new)

    assert BAD_INPUT == main(["check", str(path)])
    told = capsys.readouterr().err
    assert f"{register}:{line_of(register, mark, times)}: " in told
    assert message in told

    path.write_text(path.read_text(encoding="utf-8") + "size: 1\n", encoding="utf-8")
    assert BAD_INPUT == main(["check", str(register)])
    told = capsys.readouterr().err
    assert message in told
    assert "unknown key 'size'" in told


def test_a_register_without_its_system_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not taken for a system."""
    assert BAD_INPUT == main(["check", str(tmp_path / "desk.register.yaml")])
    assert "there is no system beside this register. It belongs to 'desk.yaml'." in capsys.readouterr().err


UNLOGGED = replace(BOTH, decisions=(replace(BOTH.decisions[0], owner="Somebody else"), BOTH.decisions[1]))


@pytest.mark.parametrize(
    "command",
    [
        ["check", "desk.yaml"],
        ["match", "desk.yaml"],
        ["review", "desk.yaml"],
        ["review", "desk.yaml", "--all", "--by", "Lead"],
        ["handle", "desk.yaml", "--marking", "GREEN", "--by", "Lead"],
        ["register", "desk.yaml", "--to", "csv"],
        ["handover", "desk.yaml", "--to", "out.yaml"],
        ["sign", "desk.yaml", "--by", "Lead", "--decision", "approved"],
    ],
    ids=" ".join,
)
def test_what_the_log_does_not_tell_is_noted_by_every_command(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """In one line: which findings it is about. What the log tells is not."""
    monkeypatch.chdir(path.parent)
    beside(path, UNLOGGED)

    main(command)
    note = "note: desk.register.yaml: the log does not tell what is said of a@x."
    assert [note] == [line for line in capsys.readouterr().err.splitlines() if "the log" in line]

    beside(path, BOTH.deciding(decision(SURPLUS)))
    main(command)
    assert "the log does not tell" not in capsys.readouterr().err
