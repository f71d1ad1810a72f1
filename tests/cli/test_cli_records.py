"""The commands that look after a register: what they print, what they write, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers import SURPLUS, SYSTEMS, TODAY, decision, desk, found
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.decisions.register import Act, Effect, Estimate, Register, Spread, read_register, register_path
from nbthreat.publishing.exchange.handover import Handover
from nbthreat.system import documents


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The help desk in a file."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    return path


def changed(path: Path) -> None:
    """Turn a setting and give a thing another name."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("temperature: 1", "temperature: 2").replace("name: Helper", "name: Hand"), "utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = FINE) -> list[str]:
    """What a command prints, line by line."""
    assert code == main(list(map(str, arguments)))
    return "".join(capsys.readouterr()).splitlines()


def test_review_lists_what_changed_and_takes_one_answer_each(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With weight, reason and what it touches; when all are answered, nothing asks any more."""
    assert "No review is recorded yet: --all --by ROLE records one." == run(capsys, "review", path)[0]
    run(capsys, "review", path, "--all", "--by", "Analyst")
    changed(path)

    told = run(capsys, "review", path)
    assert "minor  helper.name: Helper → Hand (only what people call it has changed)" == told[0]
    assert told[2].startswith("major  helper.settings.temperature: 1 → 2 (configuration decides")
    assert f"       touches {SURPLUS}" in told[3] or SURPLUS in told[3]
    assert "Asking for an answer: 1 major, 1 minor." == told[4]

    run(capsys, "review", path, "--no-effect", "helper.name", "--because", "A name.", "--by", "Analyst")
    told = run(capsys, "review", path, "--re-assessed", "helper.settings.temperature", "--by", "Analyst")
    assert "Nothing changed that asks for an answer." == told[0]
    register = read_register(path, id="desk").value
    assert [Effect.NONE, Effect.REASSESSED] == [change_answer.effect for change_answer in register.answers]
    assert [Act.REVIEWED, Act.ANSWERED, Act.ANSWERED] == [entry.act for entry in register.log]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--no-effect", "helper.name", "--because", "A name."], "say with --by which role says so."),
        (["--no-effect", "helper.name", "--by", "Analyst"], "no effect needs a reason"),
        (["--re-assessed", "helpr", "--by", "Analyst"], "no change 'helpr' asks for an answer. What does: helper.name"),
    ],
)
def test_an_answer_that_cannot_stand_is_refused_and_nothing_is_written(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Without a role, without a reason, about nothing that changed."""
    run(capsys, "review", path, "--all", "--by", "Analyst")
    changed(path)
    before = register_path(path).read_bytes()

    assert said in "\n".join(run(capsys, "review", path, *arguments, code=BAD_INPUT))
    assert before == register_path(path).read_bytes()


def test_match_and_register_tell_what_moved_where_there_is_a_register(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And say nothing of it where there is none."""
    count = len(found(desk()))
    assert run(capsys, "match", path)[-1].endswith("mitigated")

    run(capsys, "review", path, "--all", "--by", "Analyst")
    line = f"0 new, 0 gone, {count} unchanged"
    assert line == run(capsys, "match", path)[-1]
    assert f"Help desk: {line}" in run(capsys, "register", path, "--to", "csv", "--output", tmp_path / "out")
    assert "unchanged" not in run(capsys, "match", path, "--json")[-1]


def test_a_bundle_goes_from_one_system_to_another(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a notice beside it; what it brings is in the register of the other, and in what is published of it."""
    bundle, other = tmp_path / "bundle.yaml", tmp_path / "chatbot.yaml"
    other.write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())

    told = run(capsys, "handover", path, "--to", bundle)
    assert [
        f"{bundle}: 1 unresolved; for people: {tmp_path / 'bundle.md'}",
        f"note: no advice of what to do about {SURPLUS}",
    ] == told
    assert (tmp_path / "bundle.md").read_text(encoding="utf-8").startswith("# What remains to be dealt with: Help desk")
    assert "desk" == documents.read(Handover, bundle).value.supplier

    told = run(capsys, "handover", other, "--take", bundle, "--by", "Operations")
    assert [f"{register_path(other)}: 1 inherited from Help desk, 0 withdrawn by it."] == told
    assert ["desk"] == [inherited.supplier for inherited in read_register(other, id="chatbot").value.inherited]
    run(capsys, "register", other, "--to", "csv,md,html,json", "--output", tmp_path / "out")
    for name in ("csv", "md", "html", "json"):
        published = (tmp_path / "out" / f"chatbot-1.0-TLP-RED.register.{name}").read_text(encoding="utf-8")
        assert "Unneeded model capability" in published
        assert "inherited" in published
    run(capsys, "handover", path, "--to", bundle)


def test_a_bundle_is_not_written_over_what_is_none(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the keyboard costs nobody a drawing."""
    before = path.read_bytes()

    assert "there is a file that is no bundle" in run(capsys, "handover", path, "--to", path, code=BAD_INPUT)[0]
    assert (
        "a bundle is a .yaml file" in run(capsys, "handover", path, "--to", path.with_suffix(".md"), code=BAD_INPUT)[0]
    )
    assert before == path.read_bytes()


def test_what_is_no_bundle_is_not_taken(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told at its line, and no register is written."""
    assert "unknown key" in "".join(run(capsys, "handover", path, "--take", path, code=BAD_INPUT))
    assert not register_path(path).exists()


def test_quantify_prints_both_sides_in_words_and_in_points(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And refuses where nobody gave a number."""
    assert "no decision has an estimate" in run(capsys, "quantify", path, code=BAD_INPUT)[0]
    spread = Spread(frequency=(0.5, 2), loss=(100, 10_000))
    register = Register(system="desk").deciding(decision(SURPLUS, on=TODAY, estimate=Estimate(inherent=spread)))
    documents.save(read_register(path, id="desk"), register)

    told = run(capsys, "quantify", path, "--trials", 500)
    assert "500 simulated years" in told[0]
    assert told[2].startswith("R-001 ")
    data = json.loads("\n".join(run(capsys, "quantify", path, "--trials", 500, "--json")))
    assert ["trials", "seed", "words", "risks", "exceedance"] == list(data)
    assert data["words"] == told[0]


def test_the_next_review_is_scheduled_and_told_and_the_log_knows(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What asks for one earlier stays unless it is said anew."""
    run(capsys, "review", path, "--next", "9000-03-01", "--trigger", "model, incident", "--by", "Lead")
    told = run(capsys, "review", path, "--next", "9000-04-01", "--by", "Lead")

    assert "The next review is due on 9000-04-01." == told[-1]
    register = read_register(path, id="desk").value
    assert register.schedule is not None
    assert ("9000-04-01", ("model", "incident"), "Lead") == (
        register.schedule.next.isoformat(), register.schedule.triggers, register.schedule.by
    )  # fmt: skip
    assert [Act.SCHEDULED, Act.SCHEDULED] == [entry.act for entry in register.log]


def test_the_tolerance_is_said_and_the_log_knows(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The appetite stays as it was said."""
    run(capsys, "tolerance", path, "--level", "high", "--appetite", "moderate", "--by", "Board")
    told = run(capsys, "tolerance", path, "--level", "moderate", "--statement", "Less.", "--by", "Board")

    assert [f"{register_path(path)}: tolerance moderate, appetite moderate."] == told
    register = read_register(path, id="desk").value
    assert register.appetite is not None
    assert ("moderate", "moderate", "Less.") == (
        register.appetite.tolerance.label, register.appetite.appetite.label, register.appetite.statement
    )  # fmt: skip
    assert [(Act.TOLERATED, "Board"), (Act.TOLERATED, "Board")] == [(entry.act, entry.by) for entry in register.log]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "--next", "2001-01-01", "--by", "Lead"), "that day is gone"),
        (("review", "--next", "9000-01-01"), "say with --by which role says so"),
        (("review", "--next", "9000-01-01", "--by", "Lead", "--trigger", "modle"), "Did you mean 'model'?"),
        (("review", "--trigger", "model", "--by", "Lead"), "--trigger goes with --next"),
        (
            ("tolerance", "--level", "low", "--appetite", "high", "--by", "Board"),
            "cannot be greater than the tolerance",
        ),
        (("tolerance", "--level", "low", "--by", " "), "say with --by which role says so"),
    ],
)
def test_a_schedule_or_tolerance_that_cannot_be_is_refused_and_nothing_is_written(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """In words."""
    command, *rest = arguments

    assert said in "".join(run(capsys, command, path, *rest, code=BAD_INPUT))
    assert not register_path(path).exists()
