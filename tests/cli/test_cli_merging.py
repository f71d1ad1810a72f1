"""`nbthreat merge`: with real git, real branches, and as git's merge driver."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from helpers import CHECKOUT, TODAY, decision, desk
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.cli.merging import CLASHES
from nbthreat.decisions.register import Handling, Register, read_register
from nbthreat.system import documents

NAME = "desk.register.yaml"


class Repository:
    """A git repository with a system and its register, merged by nbthreat."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "A")
        self.path = folder / "desk.yaml"
        documents.save(documents.new(desk(), self.path), desk())

    def git(self, *arguments: str, code: int = 0) -> str:
        """Run git, and say what it printed."""
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src"), "GIT_EDITOR": "true"}
        ran = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert code == ran.returncode, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    @property
    def register(self) -> Register:
        """The register as it stands on disk."""
        return read_register(self.path, id="desk").value

    def decide(self, key: str, why: str = "Said so.", day: date = TODAY) -> None:
        """Decide about a finding, and commit."""
        kept = read_register(self.path, id="desk")
        documents.save(kept, kept.value.deciding(decision(key, why, on=day)))
        self.commit(key)

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", message)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """One decision on main, and the driver installed."""
    repository = Repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    repository.git("add", "-A")
    assert FINE == main(["merge", "--install"])
    repository.decide("a@x")
    return repository


def numbers(register: Register) -> dict[str, str]:
    """Which finding has which number."""
    return {key: item.number for item in register.decisions for key in item.findings}


EXPECTED = {"a@x": "R-001", "b@x": "R-002", "c@x": "R-003"}


def branches(repository: Repository, *names: str) -> None:
    """A branch for each finding, all from main, each with a decision about it, a day after the other."""
    for n, name in enumerate(names):
        repository.git("checkout", "-q", "-b", name, "main")
        repository.decide(f"{name}@x", day=date(2026, 12, n + 1))


def test_install_names_the_registers_and_the_systems_once(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second time adds nothing."""
    attributes = (repository.folder / ".gitattributes").read_text(encoding="utf-8")

    assert ["*.register.yaml merge=nbthreat", "/desk.yaml merge=nbthreat"] == attributes.splitlines()
    assert FINE == main(["merge", "--install"])
    assert attributes == (repository.folder / ".gitattributes").read_text(encoding="utf-8")
    assert "0 lines added, 2 there" in capsys.readouterr().out


@pytest.mark.parametrize(("here", "there"), [("b", "c"), ("c", "b")])
def test_two_branches_that_decide_about_two_findings_merge_in_either_direction(
    repository: Repository, here: str, there: str
) -> None:
    """Nobody is asked, and both directions come to the same."""
    branches(repository, "b", "c")
    repository.git("checkout", "-q", here)
    repository.git("merge", "-q", "--no-edit", there)

    assert EXPECTED == numbers(repository.register)
    assert 3 == repository.register.numbers_given
    assert ["decided", "decided", "decided", "renumbered"] == [entry.act for entry in repository.register.log]


def test_a_branch_is_rebased_on_another(repository: Repository) -> None:
    """Each of its commits in turn."""
    branches(repository, "b", "c")
    repository.decide("d@x", day=date(2026, 12, 3))
    repository.git("rebase", "-q", "b")

    assert {*EXPECTED, "d@x"} == {*numbers(repository.register)}
    assert 4 == len({*numbers(repository.register).values()})
    assert "R-002" == numbers(repository.register)["b@x"]


def test_a_picked_decision_is_merged_later_without_being_doubled(repository: Repository) -> None:
    """The log has its entry once."""
    branches(repository, "b", "c")
    repository.git("checkout", "-q", "b")
    repository.git("cherry-pick", "c")
    picked = repository.register
    assert EXPECTED == numbers(picked)

    repository.git("merge", "-q", "--no-edit", "c")

    assert EXPECTED == numbers(repository.register)
    decided = [entry.about for entry in repository.register.log if entry.act == "decided"]
    assert [("a@x",), ("b@x",), ("c@x",)] == decided


def test_three_branches_come_together(repository: Repository) -> None:
    """And a fourth that was merged into two of them."""
    branches(repository, "b", "c", "d")
    repository.git("checkout", "-q", "main")
    for name in ("d", "c", "b"):
        repository.git("merge", "-q", "--no-edit", name)

    register = repository.register
    assert {"a@x", "b@x", "c@x", "d@x"} == {*numbers(register)}
    assert 4 == len({*numbers(register).values()})
    days = [entry.on for entry in register.log if entry.on]
    assert sorted(days) == days


def test_a_field_that_both_changed_is_told_with_both_values_and_check_says_what_to_do(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other decisions are merged; when a line was chosen, the file reads."""
    repository.git("checkout", "-q", "-b", "other")
    repository.decide("b@x")
    repository.decide("a@x", "Theirs.")
    repository.git("checkout", "-q", "main")
    repository.decide("a@x", "Ours.")

    said = repository.git("merge", "--no-edit", "other", code=1)

    assert "R-001: rationale: ours says Ours., theirs says Theirs." in said
    path = repository.folder / NAME
    text = path.read_text(encoding="utf-8")
    assert BAD_INPUT == main(["check", str(path)])
    assert "Keep the lines of one side, and remove the others and the marks." in capsys.readouterr().err
    kept = [
        line
        for hunk in text.split("<<<<<<< ours (nbthreat merge)\n")
        for line in (hunk.split("=======\n")[0] + hunk.partition(">>>>>>> theirs (nbthreat merge)\n")[2]).splitlines()
    ]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert {"a@x": "Ours.", "b@x": "Said so."} == {item.key: item.rationale for item in repository.register.decisions}


def test_a_conflict_that_git_made_is_mended_afterwards(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the driver was not installed; until then, reading says that choosing a side loses something."""
    repository.git("config", "--remove-section", "merge.nbthreat")
    branches(repository, "b", "c")
    repository.git("merge", "--no-edit", "b", code=1)
    with pytest.raises(documents.DocumentError, match="loses what the other decided: `nbthreat merge FILE`"):
        read_register(repository.path, id="desk")

    assert FINE == main(["merge", str(repository.folder / NAME)])

    assert EXPECTED == numbers(repository.register)
    assert BAD_INPUT == main(["merge", "desk.yaml"])
    assert "git has no two sides of it" in capsys.readouterr().err


def files(tmp_path: Path, *values: object) -> list[str]:
    """Three files, base, ours and theirs; None is an empty one."""
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, value in zip(paths, values, strict=True):
        path.write_text(documents.dump(value) if value else "", encoding="utf-8")
    return [str(path) for path in paths]


EMPTY = Register(system="desk")


def marked(label: str, *private: str) -> Register:
    """A register marked for somebody, with private words."""
    return EMPTY.handled(Handling(marking=label, private=private, by="Owner", on=TODAY))


def test_marking_and_private_words_are_merged_as_well(tmp_path: Path) -> None:
    """Also without git, and without a common beginning."""
    for base in (EMPTY, None):
        paths = files(tmp_path, base, marked("TLP:RED", "Project Falcon"), EMPTY.deciding(decision("a@x")))
        assert FINE == main(["merge", *paths])
        merged = documents.read(Register, paths[1]).value
        assert ("TLP:RED", ("Project Falcon",)) == (merged.handling.marking, merged.handling.private)  # type: ignore[union-attr]
        assert 1 == len(merged.decisions)


@pytest.mark.parametrize(("option", "expected"), [("--ours", "TLP:RED"), ("--theirs", "TLP:CLEAR")])
def test_a_side_can_be_preferred(tmp_path: Path, option: str, expected: str) -> None:
    """Then no clash is left in the file."""
    paths = files(tmp_path, EMPTY, marked("TLP:RED"), marked("TLP:CLEAR"))

    assert FINE == main(["merge", option, *paths])
    assert expected == documents.read(Register, paths[1]).value.handling.marking  # type: ignore[union-attr]


def test_comments_of_both_sides_stay(tmp_path: Path) -> None:
    """Those that one side took away go."""
    base = documents.dump(desk()).replace("  - id: helper\n", "  # old\n  - id: helper\n")
    paths = files(tmp_path, desk(), desk(), desk())
    Path(paths[0]).write_text(base, encoding="utf-8")
    Path(paths[1]).write_text(base.replace("name: Help desk", "name: Help desk  # ours"), encoding="utf-8")
    Path(paths[2]).write_text(base.replace("  # old\n", "").replace("  - id: app", "  # theirs\n  - id: app"), "utf-8")

    assert FINE == main(["merge", *paths])

    text = Path(paths[1]).read_text(encoding="utf-8")
    assert "name: Help desk  # ours\n" in text
    assert "  # theirs\n  - id: app\n" in text
    assert "# old" not in text


def test_a_side_that_cannot_be_read_is_merged_line_by_line_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides stand in the file."""
    paths = files(tmp_path, EMPTY, marked("TLP:RED"), EMPTY)
    Path(paths[2]).write_text(documents.dump(EMPTY) + "colour: red\n", encoding="utf-8")

    assert BAD_INPUT == main(["merge", *paths])

    assert "unknown key 'colour'" in capsys.readouterr().err
    text = Path(paths[1]).read_text(encoding="utf-8")
    assert "colour: red" in text
    assert "TLP:RED" in text


def test_two_that_are_no_system_together_are_left_between_marks(tmp_path: Path) -> None:
    """As where one id names two kinds of thing."""
    text = documents.dump(desk())
    paths = files(tmp_path, desk(), desk(), desk())
    Path(paths[1]).write_text(text.replace("assets:\n", "assets:\n  - id: new\n    kind: text\n"), encoding="utf-8")
    Path(paths[2]).write_text(text.replace("boundaries:\n", "boundaries:\n  - id: new\n"), encoding="utf-8")

    assert CLASHES == main(["merge", *paths])
    with pytest.raises(documents.DocumentError, match="both sides changed this"):
        documents.read(Register, paths[1])
