"""The command line: what people and their scripts can rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import SURPLUS, SYSTEMS, TODAY, library
from nbthreat.base.errors import DocumentError
from nbthreat.cli import BAD_INPUT, FINDINGS, FINE, FORMATS, INCOMPLETE, main
from nbthreat.decisions.register import Dismissal, Register, register_path
from nbthreat.publishing.export.formats import BY_NAME
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.matching import UNSETTLED, State, as_data, match

TOOLS = Path(sys.executable).parent
CHATBOT = SYSTEMS / "chatbot.yaml"
DESK = """\
nbthreat: 1
id: desk
name: Help desk
boundaries:
  - {id: internet, name: Internet, trust: none}
  - {id: ours, name: Us, trust: high}
assets:
  - {id: question, name: Question, kind: user-input}
elements:
  - {id: caller, name: Caller, technology: end-user, boundary: internet}
  - {id: app, name: Desk, technology: application, boundary: ours}
  - id: helper
    name: Helper
    technology: own-llm
    boundary: ours
    provides: [text, image]
    needs: [text]
    controls: {unused-capability-block: false}
flows:
  - {id: ask, name: Ask, source: caller, target: app, carries: [question]}
  - {id: pass, name: Pass on, source: app, target: helper, carries: [question]}
"""
BAD = DESK.replace("technology: own-llm", "technology: own-lm").replace("target: helper", "target: helpr")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A small system with an open finding and several possible ones."""
    path = tmp_path / "desk.yaml"
    path.write_text(DESK, encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """The same with two faults in it."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD, encoding="utf-8")
    return path


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run nbthreat in a process of its own, as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "nbthreat.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder and below: its path and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_check_says_that_a_good_file_is_fine(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its counts, and no word on stderr."""
    assert FINE == main(["check", str(desk)])

    assert (f"{desk}: fine. 3 elements, 2 flows.\n", "") == capsys.readouterr()


def test_check_notes_a_flow_that_ends_where_it_begins(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be meant; a person is told all the same."""
    desk.write_text(DESK + "  - {id: loop, source: app, target: app}\n", encoding="utf-8")

    assert FINE == main(["check", str(desk)])

    line = DESK.count("\n") + 1
    assert f"note: {desk}:{line}: flow loop ends where it begins.\n" == capsys.readouterr().err


def test_match_tells_what_is_open_why_and_what_to_ask(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line and a reason for each finding, the questions, and the counts at the end."""
    assert FINE == main(["match", str(desk)])

    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("open ") and line.endswith("(surplus-capability@helper)") for line in told)
    assert any(line.startswith("ask: ") for line in told)
    found = match(library().read_system(desk).value, library())
    counts = {state: sum(finding.state is state for finding in found.findings) for state in State}
    assert ", ".join(f"{count} {state.value}" for state, count in counts.items()) == told[-1]


def test_json_has_the_promised_shape_exactly(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts hang on these keys: a new one is a change of the format."""
    assert FINE == main(["match", str(desk), "--json"])

    data = json.loads(capsys.readouterr().out)
    assert ["system", "library", "complete", "findings", "questions"] == list(data)
    assert "desk" == data["system"]
    assert {"name": "nbthreat", "version": library().version, "sha256": library().sha256} == data["library"]
    assert data["complete"] is True
    assert data["findings"]
    assert data["questions"]
    for item in data["findings"]:
        assert [
            "key", "threat", "title", "state", "subject", "path", "places", "because", "certain", "rating",
            "rating_steps", "missing", "principles", "references", "unknown", "rank",
        ] == list(item)  # fmt: skip
        assert ["likelihood", "impact", "level"] == list(item["rating"])
        assert {int} == {type(number) for number in item["rating"].values()}
        assert item["state"] in [state.value for state in State]
        assert [item["key"]] == [f"{item['threat']}@{subject}" for subject in item["subject"]]
        assert bool(item["unknown"]) == (item["state"] in UNSETTLED)
    assert list(range(1, len(data["findings"]) + 1)) == sorted(item["rank"] for item in data["findings"])
    for item in data["questions"]:
        assert ["id", "text", "subject", "settles"] == list(item)
        assert set(UNSETTLED) >= {two["state"] for two in data["findings"] if two["key"] in item["settles"]}


def test_json_is_the_same_to_the_byte_in_every_process(desk: Path) -> None:
    """Whatever order sets and hashes have there."""
    first, second = (run("match", desk, "--json", PYTHONHASHSEED=seed) for seed in ("1", "4711"))

    assert (0, "") == (first.returncode, first.stderr)
    assert first.stdout == second.stdout
    assert "desk" == json.loads(first.stdout)["system"]


@pytest.mark.parametrize(
    ("floor", "code"), [("very-low", FINDINGS), ("low", FINDINGS), ("moderate", FINDINGS), ("high", FINE)]
)
def test_fail_on_fails_on_open_findings_of_that_level_or_above(desk: Path, floor: str, code: int) -> None:
    """A pipeline can stop; possible findings alone stop nothing."""
    found = match(library().read_system(desk).value, library())
    levels = [finding.rating.level.label for finding in found.findings if finding.state is State.OPEN]

    assert ["moderate"] == levels
    assert code == main(["match", str(desk), "--fail-on", floor])
    assert code == main(["match", str(desk), "--json", "--fail-on", floor])


def test_match_leaves_out_what_was_set_aside_and_says_so(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither listed as open nor failing; told with its reason, and counted as what it is."""
    aside = Dismissal(key=SURPLUS, title="Surplus", reason="Not reachable.", by="Desk team", on=TODAY)
    documents.publish(register_path(desk), documents.dump(Register(system="desk").dismissing(aside)).encode())

    assert FINE == main(["match", str(desk), "--fail-on", "very-low"])
    told = capsys.readouterr().out.splitlines()
    title = library().threat("surplus-capability").title
    assert ["          Not reachable."] == [told[n + 1] for n, line in enumerate(told) if SURPLUS in line]
    assert f"set aside {title} ({SURPLUS})" in told
    assert not any(line.startswith("open ") for line in told)
    [counts] = [line for line in told if line.startswith("0 open, ")]
    assert counts.endswith(" mitigated, 1 set aside")

    assert FINE == main(["match", str(desk), "--json", "--fail-on", "very-low"])
    assert SURPLUS in {load["key"] for load in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["match"],
        ["match", "--json"],
        ["explain", "--", "surplus-capability@helper"],
        ["register", "--to", ",".join(FORMATS)],
    ],
    ids=" ".join,
)
def test_a_bad_file_is_refused_with_every_fault_and_nothing_is_written(
    bad: Path, tmp_path: Path, command: list[str]
) -> None:
    """Exit code 2, each fault at its line, no traceback, no file."""
    before = files(tmp_path)
    name, *rest = [item for item in command if item != "--"]
    more = ["--output", tmp_path / "out"] if name == "register" else []
    key = rest if name == "explain" else []

    done = run(name, bad, *(key or rest), *more)

    assert (BAD_INPUT, "") == (done.returncode, done.stdout)
    assert "Traceback" not in done.stderr
    assert all(line.startswith(f"{bad}:") for line in done.stderr.splitlines())
    assert "'helpr'" in done.stderr
    assert before == files(tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Exit code 2 and one line."""
    done = run("check", tmp_path / "nowhere.yaml")

    assert (BAD_INPUT, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
    assert "cannot be read: No such file or directory." in done.stderr


def test_of_several_systems_one_bad_one_keeps_all_from_being_published(desk: Path, bad: Path, tmp_path: Path) -> None:
    """All are read before anything is written."""
    done = run("register", desk, bad, "--output", tmp_path / "out")

    assert (BAD_INPUT, "") == (done.returncode, done.stdout)
    assert not (tmp_path / "out").exists()


def test_two_systems_of_one_file_name_do_not_overwrite_each_other(desk: Path, tmp_path: Path) -> None:
    """The second would be published over the first; that is refused."""
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "desk.yaml"
    other.write_text(DESK, encoding="utf-8")

    done = run("register", desk, other, "--output", tmp_path / "out")

    assert BAD_INPUT == done.returncode
    assert "Traceback" not in done.stderr


def test_an_output_that_is_a_file_is_refused(desk: Path) -> None:
    """Exit code 2, no traceback, and the file stays as it is."""
    done = run("register", desk, "--output", desk)

    assert (BAD_INPUT, "") == (done.returncode, done.stdout)
    assert "Traceback" not in done.stderr
    assert DESK == desk.read_text(encoding="utf-8")


def test_a_source_date_that_is_no_number_is_refused(desk: Path, tmp_path: Path) -> None:
    """Exit code 2 and no traceback."""
    done = run("register", desk, "--output", tmp_path / "out", SOURCE_DATE_EPOCH="yesterday")

    assert BAD_INPUT == done.returncode
    assert "Traceback" not in done.stderr
    assert "SOURCE_DATE_EPOCH" in done.stderr


def test_an_unknown_format_is_refused_before_anything_is_read(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names of those there are."""
    assert BAD_INPUT == main(["register", str(desk), "--to", "html,docx", "--output", str(tmp_path / "out")])

    assert f"unknown format 'docx'. Known here: {', '.join(FORMATS)}.\n" == capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_register_writes_each_format_beside_the_others(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says where."""
    out = tmp_path / "out"

    names = [name for name in FORMATS if name != "pdf"]  # which takes a browser
    assert FINE == main(["register", str(desk), "--to", ",".join(names), "--output", str(out)])

    expected = [out / f"desk-TLP-RED.register.{BY_NAME[name].suffix if name in BY_NAME else name}" for name in names]
    assert sorted(expected) == sorted(out.iterdir())
    assert [f"Help desk: {path}" for path in expected] == capsys.readouterr().out.splitlines()


def test_two_publications_of_one_day_are_the_same_to_the_byte(desk: Path, tmp_path: Path) -> None:
    """So that a reader sees what changed, and nothing else."""
    for seed in ("1", "4711"):
        done = run(
            "register", desk, "--to", ",".join(name for name in BY_NAME if name != "pdf"), "--output", tmp_path / seed,
            PYTHONHASHSEED=seed, SOURCE_DATE_EPOCH="1800000000",
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr

    assert files(tmp_path / "1") == files(tmp_path / "4711")


def test_explain_says_why_a_finding_is_there(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its state, its sentence and both clause trees."""
    assert FINE == main(["explain", str(desk), "surplus-capability@helper"])

    told = capsys.readouterr().out.splitlines()
    assert f"{library().threat('surplus-capability').title} at Helper: open" == told[0]
    assert any(line.startswith("yes     applies") for line in told)
    assert any(line.startswith("no      mitigated") for line in told)


def test_explain_says_what_a_possible_finding_hangs_on(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each thing nobody said, and of what."""
    assert FINE == main(["explain", str(desk), "direct-prompt-injection@helper"])

    told = capsys.readouterr().out
    assert told.splitlines()[0].endswith("at Helper: possible")
    asked = library().controls["input-screening"].question.replace("{name}", "Helper")
    assert f"not known: control/input-screening at Helper: {asked}\n" in told
    [seen] = library().threat("direct-prompt-injection").seen
    assert f"seen: {seen.what} ({seen.source})\n" in told


def test_explain_says_why_a_threat_is_silent(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was found, and one can see which condition kept it away."""
    assert FINE == main(["explain", str(desk), "surplus-capability@app"])

    told = capsys.readouterr().out.splitlines()
    assert f"{library().threat('surplus-capability').title} at Desk: does not apply" == told[0]
    assert any(line.startswith("no      applies") for line in told)
    assert "    no      technology is generative-model" in told


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("surplus@helper", "there is no threat 'surplus' in nbthreat"),
        ("surplus-capability@nobody", "the system has no element 'nobody'."),
        ("surplus-capability@pass", "the system has no element 'pass'."),
        ("surplus-capability", "the system has no element ''."),
        ("", "there is no threat '' in nbthreat"),
    ],
)
def test_explain_refuses_a_key_that_means_nothing(
    desk: Path, capsys: pytest.CaptureFixture[str], key: str, message: str
) -> None:
    """Exit code 2, and which half of the key it was."""
    assert BAD_INPUT == main(["explain", str(desk), key])

    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith(message)


def test_a_spent_budget_makes_a_match_incomplete_and_hides_nothing(desk: Path) -> None:
    """What could not be followed to the end is named, and stays possible."""
    system = library().read_system(desk).value
    full, spent = match(system, library()), match(system, library(), budget=1)

    assert full.complete
    assert not spent.complete
    assert "direct-prompt-injection" in spent.incomplete
    assert as_data(spent)["complete"] is False
    there = {finding.key for finding in full.findings if finding.state is not State.MITIGATED}
    assert there <= {finding.key for finding in spent.findings if finding.state is not State.MITIGATED}
    sure = {finding.key for finding in spent.findings if finding.state is State.OPEN}
    assert sure <= {finding.key for finding in full.findings if finding.state is State.OPEN}


def test_a_budget_that_is_used_up_makes_a_match_incomplete(capsys: pytest.CaptureFixture[str]) -> None:
    """On a worked system: exit code 3 and the word, in text and in JSON; with enough of it, as without one."""
    assert FINE == main(["match", str(CHATBOT)])
    full = capsys.readouterr()

    assert INCOMPLETE == main(["match", str(CHATBOT), "--budget", "1", "--fail-on", "very-low"])
    spent = capsys.readouterr()
    assert INCOMPLETE == main(["match", str(CHATBOT), "--budget", "1", "--json"])
    data = capsys.readouterr()
    assert FINE == main(["match", str(CHATBOT), "--budget", "1000000"])
    assert full == capsys.readouterr()

    assert "" == full.err
    assert "incomplete" not in full.out
    assert spent.out.splitlines()[-1].endswith("; incomplete")
    assert spent.err.startswith("incomplete: not followed to the end: ")
    assert json.loads(data.out)["complete"] is False
    assert spent.err == data.err


def test_a_budget_bounds_what_is_explained_and_published_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3 where it matters; the published register says so itself."""
    out = ["--to", "md,json", "--output", str(tmp_path)]

    assert INCOMPLETE == main(["register", str(CHATBOT), *out, "--budget", "1"])
    assert f"{library().read_system(CHATBOT).value.name}: incomplete: not followed" in capsys.readouterr().err
    assert "**Incomplete:**" in (tmp_path / "chatbot-1.0-TLP-RED.register.md").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "chatbot-1.0-TLP-RED.register.json").read_bytes())["incomplete"]
    assert FINE == main(["register", str(CHATBOT), *out])
    assert "Incomplete" not in (tmp_path / "chatbot-1.0-TLP-RED.register.md").read_text(encoding="utf-8")
    system = library().read_system(CHATBOT).value
    key = next(
        finding.key for finding in match(system, library()).findings if finding.threat.id == "direct-prompt-injection"
    )
    assert FINE == main(["explain", str(CHATBOT), key])
    assert INCOMPLETE == main(["explain", str(CHATBOT), key, "--budget", "1"])


@pytest.mark.parametrize("steps", ["0", "-1", "many", "1e6", "", "9" * 5_000, "\u0661"])
def test_a_budget_is_a_whole_number(steps: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a short word on what it was."""
    with pytest.raises(SystemExit) as left:
        main(["match", str(CHATBOT), f"--budget={steps}"])

    err = capsys.readouterr().err
    assert BAD_INPUT == left.value.code
    assert err.splitlines()[-1].endswith("is not a whole number from 1 up")
    assert len(err) < 600


def test_unknown_names_and_dangling_ids_are_told_at_once(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of lines, so that nobody mends one kind only to be told of the other."""
    assert BAD_INPUT == main(["check", str(bad)])

    lines = [BAD[: BAD.index(part)].count("\n") + 1 for part in ("own-lm", "helpr")]
    first, second = capsys.readouterr().err.splitlines()
    assert f"{bad}:{lines[0]}: unknown technology 'own-lm'. Did you mean 'own-llm'?" == first
    assert second.startswith(f"{bad}:{lines[1]}: there is no element 'helpr'.")


def test_a_system_that_was_read_without_a_library_can_be_checked_afterwards(desk: Path) -> None:
    """The same faults at the same lines as when both are done at once."""
    assert documents.read(System, desk) == library().check_system(documents.read(System, desk))
    desk.write_text(DESK.replace("own-llm", "own-lm"), encoding="utf-8")

    with pytest.raises(DocumentError) as at_once:
        library().read_system(desk)
    with pytest.raises(DocumentError) as afterwards:
        library().check_system(documents.read(System, desk))

    assert at_once.value.faults == afterwards.value.faults


def test_jupyter_threat_is_the_same_command(desk: Path) -> None:
    """`jupyter threat check` works wherever Jupyter does."""
    done = subprocess.run(
        [str(TOOLS / "jupyter"), "threat", "check", str(desk)], capture_output=True, text=True, timeout=60, check=False
    )

    assert (0, f"{desk}: fine. 3 elements, 2 flows.\n") == (done.returncode, done.stdout)


@pytest.mark.parametrize(
    "command",
    [[], ["check"], ["match"], ["explain"], ["register"], ["demo"], ["library"], ["library", "check"]],
    ids=lambda command: " ".join(command) or "nbthreat",
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It begins with how the command is used."""
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])

    assert 0 == left.value.code
    assert capsys.readouterr().out.startswith(" ".join(["usage: nbthreat", *command]))


@pytest.mark.parametrize("arguments", [[], ["match"], ["nonsense"], ["match", "x.yaml", "--fail-on", "awful"]], ids=str)
def test_a_call_that_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with the usage."""
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert BAD_INPUT == left.value.code
    assert capsys.readouterr().err.startswith("usage: nbthreat")


def test_library_check_runs_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the library that comes with nbthreat: all hold."""
    assert FINE == main(["library", "check"])

    out, err = capsys.readouterr()
    assert "" == err
    seen = sum(bool(threat.seen) for threat in library().threats)
    assert out.endswith(
        f": nbthreat {library().version}, {len(library().threats)} threats, {len(library().controls)} controls; "
        f"{seen} of the threats name an incident or a study.\n"
    )


def test_a_library_that_is_not_there_is_refused(desk: Path, tmp_path: Path) -> None:
    """Exit code 2, and no traceback."""
    for arguments in (["match", desk, "--library", tmp_path / "none"], ["library", "check", tmp_path / "none"]):
        done = run(*arguments)
        assert (BAD_INPUT, "") == (done.returncode, done.stdout)
        assert f"{tmp_path / 'none'}:1: there is no library here: not a folder.\n" == done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_cannot_show_an_arrow_still_gets_an_answer(desk: Path, encoding: str) -> None:
    """Paths are told with arrows; an old terminal shows them in another way."""
    done = run("match", desk, PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert (0, "") == (done.returncode, done.stderr)


def test_a_reader_that_goes_away_early_is_no_error(desk: Path) -> None:
    """`nbthreat match | head -1` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "nbthreat.cli", "match", str(desk), "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)

    assert (0, "") == (done.returncode, done.stderr)


def test_library_find_lists_the_threats_that_say_all_of_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, by id, and how many of how many there are."""
    wanted = [threat.id for threat in library().asked if threat.says(["prompt", "injection"])]
    assert FINE == main(["library", "find", "Prompt", "injection"])
    *lines, told = capsys.readouterr().out.splitlines()
    assert wanted == [line.partition(":")[0] for line in lines]
    assert "direct-prompt-injection" in wanted
    assert f"{len(wanted)} of {len(library().asked)} threats." == told
