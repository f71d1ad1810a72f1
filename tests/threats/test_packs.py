"""Packs: threats of an organisation's own, beside the library; what they override somebody has allowed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from helpers import TODAY, full, library
from nbthreat import cli
from nbthreat.base.errors import DocumentError, OperationError
from nbthreat.decisions.assessment import assess_file
from nbthreat.decisions.register import Register, read_register
from nbthreat.publishing.export.formats import FORMATS
from nbthreat.publishing.export.formats.publication import publication_schema
from nbthreat.system import documents
from nbthreat.system.documents.schema import json_schema
from nbthreat.system.model import System
from nbthreat.threats.library import Library, Status, built_in
from nbthreat.threats.matching import as_data, match
from nbthreat.workbench.editing import Session
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.merging import merge
from small_pack import NAMED, OURS, SYSTEM, small_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with a pack in it and, in a folder of its own, a system file that names it."""
    return small_project(tmp_path)


@pytest.fixture
def desk(project: Path) -> Path:
    """The system file."""
    return project / "systems" / "desk.yaml"


@pytest.fixture
def session(desk: Path) -> Iterator[Session]:
    """A session about the system file."""
    other = Session.open(desk)
    yield other
    other.close()


def overriding(project: Path, id: str = "excessive-agency") -> Path:
    """Let the pack redefine a threat of the library."""
    (source,) = built_in().rglob(f"{id}.yaml")
    target = project / "ours" / "threats" / f"{id}.yaml"
    shutil.copy(source, target)
    return target


def refused(path: Path) -> list[tuple[str, int, str]]:
    """What is wrong with a system and its packs: the name of the file, the line and the message of each fault."""
    with pytest.raises(DocumentError) as error:
        assess_file(path, today=TODAY)
    return [(Path(fault.file).name, fault.line, fault.message) for fault in error.value.faults]


def written(path: Path, text: str) -> Path:
    """Write a file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# Beside the library


def test_a_pack_is_asked_beside_the_library(desk: Path) -> None:
    """Its threats are found like any other; without it they are not."""
    both = assess_file(desk, today=TODAY)
    (desk.parent / "plain.yaml").write_text(SYSTEM, encoding="utf-8")
    alone = assess_file(desk.parent / "plain.yaml", today=TODAY)

    assert f"{OURS}@model" in {finding.key for finding in both.findings}
    assert {finding.key for finding in alone.findings} == {finding.key for finding in both.findings} - {f"{OURS}@model"}
    assert len(library().threats) + 1 == len(both.library.threats)


def test_which_packs_it_was_is_told_everywhere(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name, version and content go into the match, the published register and the review."""
    found = assess_file(desk, today=TODAY)
    (pack,) = found.library.packs
    capsys.readouterr()

    assert ("acme", "0.1.0", 64, "../ours", ()) == (
        pack.name,
        pack.version,
        len(pack.sha256),
        pack.folder,
        pack.overrides,
    )
    assert [{"name": "acme", "version": "0.1.0", "sha256": pack.sha256, "overrides": []}] == as_data(found.match)[
        "library"
    ]["packs"]
    assert "packs" not in as_data(match(replace(found.system, packs=()), library()))["library"]
    for format in FORMATS:
        if format.name in ("html", "md", "json", "oscal", "sarif", "navigator"):
            assert pack.sha256 in format.data(full(found)).decode(), format.name
    data = json.loads(next(format for format in FORMATS if format.name == "json").data(full(found)))
    assert [] == list(Draft202012Validator(publication_schema()).iter_errors(data))
    assert 0 == cli.main(["review", str(desk), "--all", "--by", "Lead"])
    assert (pack,) == read_register(desk, id="desk").value.reviewed.packs  # type: ignore[union-attr]


def test_the_content_of_a_pack_is_part_of_the_content_of_the_library(project: Path, desk: Path) -> None:
    """A word changed in a pack is a new library, and asks for another look."""
    before = Library.for_system(desk).sha256
    head = project / "ours" / "library.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("0.1.0", "0.2.0"), encoding="utf-8")

    assert len({library().sha256, before, Library.for_system(desk).sha256}) == 3


def test_a_pack_brings_words_of_its_own(project: Path, desk: Path) -> None:
    """Technologies, facts, predicates, kinds and catalogues are laid over those that are there."""
    ours = project / "ours"
    technology = "technologies: [{id: acme-llm, name: Ours, what: It runs here., within: own-llm}]\n"
    written(ours / "technologies.yaml", technology)
    fact = '{id: acme-old, name: Old, what: It is old., question: "Is {name} old?", of: [acme-llm]}'
    written(ours / "facts.yaml", f"facts: [{fact}]\n")
    written(ours / "predicates.yaml", "predicates: [{id: acme-rusty, what: Old., when: {fact: acme-old}}]\n")
    text = (ours / "threats" / f"{OURS}.yaml").read_text(encoding="utf-8")
    written(ours / "threats" / f"{OURS}.yaml", text.replace("to: {technology: hosted-llm}", "to: {is: acme-rusty}"))
    system = NAMED.replace("hosted-llm}", "acme-llm, facts: {acme-old: true}}")
    desk.write_text(system, encoding="utf-8")

    found = assess_file(desk, today=TODAY)

    assert "acme-llm" in found.library.vocabulary.technologies.under(["own-llm"])
    assert f"{OURS}@model" in {finding.key for finding in found.findings}
    assert any(finding.subject == "model" and finding.threat.id != OURS for finding in found.findings)


def test_a_pack_brings_tools_of_its_own(project: Path, desk: Path) -> None:
    """Its list adds to the one that is there: tools, and parts of tools."""
    ours = project / "ours"
    path = ours / "threats" / f"{OURS}.yaml"
    text = path.read_text(encoding="utf-8")
    assert 1 == text.count("tool: by hand, what: ")
    written(
        path,
        text.replace(
            "tool: by hand, what: ",
            "tool: acme-scan, what: deep}\n  - {tool: garak, what: acme}\n  - {tool: by hand, what: ",
        ),
    )

    before = [message for _, _, message in refused(desk)]
    written(ours / "test_tools.yaml", "tools: {acme-scan: [deep], garak: [acme]}\n")
    found = Library.for_system(desk)

    assert ["unknown tool 'acme-scan'" in before[0], "garak has no 'acme'" in before[1]] == [True, True], before
    assert "dan" in found.tools["garak"]
    assert "acme" in found.tools["garak"]
    assert "acme" not in found.published.tools["garak"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("controls/more.yaml", "controls: [{id: encryption, CONTROL}]", "'encryption' is in nbthreat already"),
        (
            "predicates.yaml",
            "predicates: [{id: outsider, what: No., when: {trust: none}}]",
            "'outsider' is in nbthreat",
        ),
        ("provisions/14.yaml", "principle: 14\n", "a pack adds no provisions"),
        ("catalogues/reasons.yaml", "omissions: []\n", "leaves out no ids of a catalogue"),
        ("threat/new.yaml", "id: new\n", "nothing is read from 'threat'. Did you mean 'threats'?"),
        ("threats/new.yml", "id: new\n", "files of a library are called .yaml"),
        (
            "facts.yaml",
            "facts: [{id: x, name: X, what: X., question: X?, of: [tol]}]",
            "technology 'tol'. Did you mean",
        ),
    ],
)
def test_a_pack_adds_and_changes_no_word(project: Path, desk: Path, file: str, text: str, message: str) -> None:
    """What the library says keeps its meaning, and nothing in a pack goes unread."""
    control = "name: E, what: E., question: E?, ask: operator, of: [store], cost: S, evidence: E., provisions: []"
    written(project / "ours" / file, text.replace("CONTROL", control))

    assert any((Path(file).name == name and message in said) for name, _, said in refused(desk)), refused(desk)


def test_what_begins_with_a_dot_is_no_part_of_a_pack(project: Path, desk: Path) -> None:
    """A pack may be a checkout of its own, and have its checks in it."""
    before = Library.for_system(desk).sha256
    written(project / "ours" / ".github" / "workflows" / "check.yaml", "on: push\n")

    assert before == Library.for_system(desk).sha256


# What may be overridden


@pytest.mark.parametrize("how", ["redefines", "replaces", "silences"])
def test_a_pack_overrides_only_what_the_system_file_allows(project: Path, desk: Path, how: str) -> None:
    """It is refused at its line, and taken with the word of whoever owns the system; what is gone is retired."""
    threat, head = project / "ours" / "threats" / f"{OURS}.yaml", project / "ours" / "library.yaml"
    if how == "redefines":
        overriding(project)
    elif how == "replaces":
        threat.write_text(threat.read_text(encoding="utf-8") + "replaces: [excessive-agency]\n", encoding="utf-8")
    else:
        head.write_text(head.read_text(encoding="utf-8") + "silences: [excessive-agency]\n", encoding="utf-8")
    said = [f"the pack {how} the threat 'excessive-agency', which the system file does not allow"]

    assert said == [message.partition(" with ")[0] for _, line, message in refused(desk) if line > 0]

    desk.write_text(f"{NAMED}overrides: [excessive-agency]\n", encoding="utf-8")
    found = assess_file(desk, today=TODAY).library

    assert ("excessive-agency",) == found.packs[0].overrides
    assert (how != "redefines") == (found.threat("excessive-agency").status is Status.RETIRED)
    assert ("excessive-agency" in {threat.id for threat in found.asked}) == (how == "redefines")
    assert "overrides excessive-agency" in found.packs[0].words


def test_what_may_be_overridden_and_is_not_is_a_slip(desk: Path) -> None:
    """A leave that nobody uses would be there for the next version of a pack."""
    desk.write_text(f"{NAMED}overrides: [excessive-agency]\n", encoding="utf-8")

    assert [("desk.yaml", 12, "no pack of this system overrides 'excessive-agency'. Take it out.")] == refused(desk)


def test_one_pack_overrides_another_only_where_it_may(project: Path, desk: Path) -> None:
    """Ids are one of a kind among packs, too."""
    shutil.copytree(project / "ours", project / "theirs")
    shutil.rmtree(project / "theirs" / "controls")
    desk.write_text(f"{SYSTEM}packs: [../ours, ../theirs]\n", encoding="utf-8")

    assert any(f"redefines the threat '{OURS}'" in message for _, _, message in refused(desk))


def test_silencing_what_is_not_there_is_a_slip(project: Path, desk: Path) -> None:
    """The nearest name is given."""
    head = project / "ours" / "library.yaml"
    head.write_text(head.read_text(encoding="utf-8") + "silences: [excesive-agency]\n", encoding="utf-8")

    assert [
        ("library.yaml", 7, "there is no threat 'excesive-agency' to silence. Did you mean 'excessive-agency'?")
    ] == (refused(desk))


# Where a pack may lie


@pytest.mark.parametrize(
    "name", ["/etc", "~/ours", "https://example.org/pack", "C:ours", "..\\ours", "", "ours//x", "a\tb", "-rf"]
)
def test_a_pack_is_a_folder_as_seen_from_the_system(desk: Path, name: str) -> None:
    """Nothing else names one."""
    desk.write_text(f"{SYSTEM}packs: [{json.dumps(name)}]\n", encoding="utf-8")

    ((file, line, message),) = refused(desk)

    assert ("desk.yaml", 11) == (file, line)
    assert "is not a folder as seen from this file's" in message


def test_nothing_leads_out_of_the_project(project: Path, desk: Path) -> None:
    """Not with dots, and not by a link to a pack or in one."""
    outside = project.parent / "outside"
    shutil.copytree(project / "ours", outside)
    desk.write_text(f"{SYSTEM}packs: [../../outside]\n", encoding="utf-8")

    assert [("desk.yaml", 11)] == [(file, line) for file, line, message in refused(desk) if "lies outside" in message]

    (project / "link").symlink_to(outside)
    desk.write_text(f"{SYSTEM}packs: [../link]\n", encoding="utf-8")

    assert [("desk.yaml", 11)] == [(file, line) for file, line, message in refused(desk) if "lies outside" in message]

    desk.write_text(NAMED, encoding="utf-8")
    (project / "ours" / "threats" / "more").symlink_to(outside / "threats")

    assert [("more", 1, "links out of the library are not followed.")] == refused(desk)


def test_without_a_checkout_a_pack_lies_in_the_working_folder(
    project: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or beside the system; what is elsewhere is not read."""
    (project / ".git").rmdir()
    monkeypatch.chdir(project.parent / "checkout" / "systems")

    assert "lies outside" in refused(desk)[0][2]

    monkeypatch.chdir(project)

    assert f"{OURS}@model" in {finding.key for finding in assess_file(desk, today=TODAY).findings}


def test_a_folder_full_of_files_is_no_pack(project: Path, desk: Path) -> None:
    """It is given up on, and not read to the end."""
    for n in range(2_001):
        (project / "ours" / f"{n}.txt").touch()

    assert "more than 2000 files" in refused(desk)[0][2]


def test_a_pipe_in_a_pack_keeps_nobody_waiting(project: Path, desk: Path) -> None:
    """It is no file."""
    os.mkfifo(project / "ours" / "threats" / "pipe.yaml")

    assert f"{OURS}@model" in {finding.key for finding in assess_file(desk, today=TODAY).findings}


def test_a_whole_library_is_no_pack(project: Path, desk: Path) -> None:
    """Nor is a pack of another library."""
    head = project / "ours" / "library.yaml"
    text = head.read_text(encoding="utf-8")
    head.write_text(text.replace("beside: nbthreat", "beside: other"), encoding="utf-8")

    assert "stands beside 'other', and is no pack of 'nbthreat'" in refused(desk)[0][2]

    head.write_text(text.replace("beside: nbthreat", ""), encoding="utf-8")

    assert any("is a whole library, and is no pack" in message for _, _, message in refused(desk))


def test_a_system_is_never_asked_without_the_packs_it_names(desk: Path) -> None:
    """Read with a library that lacks them it is refused, also where the key is written in escapes."""
    with pytest.raises(DocumentError, match=r"desk.yaml:11: the pack '../ours' was not read yet"):
        library().read_system(desk)
    desk.write_text(NAMED.replace("packs:", '"\\u0070acks":'), encoding="utf-8")

    assert "was not read yet" in refused(desk)[0][2]


def test_matching_with_a_pack_stays_within_its_budget(project: Path, desk: Path) -> None:
    """Four thousand different ways to ask are asked as far as the budget goes, and then told as incomplete."""
    names = sorted(library().technologies)
    text = (project / "ours" / "threats" / f"{OURS}.yaml").read_text(encoding="utf-8")
    begins, ends = text.partition("applies_when:")[0], text[text.index("wrong_when:") :]
    for n in range(100):
        ways = (
            f"{{path: {{from: {{technology: [{names[n % 50]}, {name}]}}, to: {{technology: model}}}}}}"
            for name in names[:40]
        )
        listed = "\n    - ".join(ways)
        made = f'{begins}applies_when:\n  any:\n    - {listed}\nbecause: "{{subject}} is reached."\n{ends}'
        written(project / "ours" / "threats" / f"acme-{n}.yaml", made.replace(f"id: {OURS}", f"id: acme-{n}"))
    flows = "".join(f"  - {{id: f{n}, source: part-{n // 60}, target: part-{n % 60}}}\n" for n in range(3_600))
    elements = "".join(f"  - {{id: part-{n}, technology: own-llm}}\n" for n in range(60))
    desk.write_text(
        f"nbthreat: 1\nid: d\nname: D\nelements:\n{elements}flows:\n{flows}packs: [../ours]\n", encoding="utf-8"
    )
    asked = Library.for_system(desk)
    system = asked.read_system(desk).value

    began = time.process_time()
    found = match(system, asked, budget=1_000)
    spent = time.process_time() - began

    assert "acme-0" in found.incomplete
    assert found.evaluation.steps_left >= 0
    assert "open" not in {finding.state for finding in found.findings if finding.threat.id in found.incomplete}
    assert spent < 60  # guards against a hang alone


# In a file and on a board


def test_packs_are_written_and_described_like_any_other_field(desk: Path) -> None:
    """Same value, same bytes; and editors know them."""
    system = documents.read(System, desk).value
    text = documents.dump(replace(system, overrides=("excessive-agency",)))

    assert text.endswith('packs: ["../ours"]\noverrides: [excessive-agency]\n')
    assert ("../ours",) == documents.loads(System, text.encode(), desk).value.packs
    assert {"packs", "overrides"} <= set(json_schema(System, version=1)["properties"])


def test_a_board_keeps_its_packs(session: Session, desk: Path) -> None:
    """Drawing, undoing, beginning anew and saving change nothing of them."""
    assert f"{OURS}@model" in {finding.key for finding in session.assessment.findings}

    session.do(m.DoChange(ids=("model",), set={"controls": {"output-screening": True}}))
    session.do(m.DoUndo())
    session.do(m.DoChange(ids=("tickets",), set={"controls": {"acme-ticket-redaction": True}}))
    session.do(m.DoSave())

    assert documents.read(System, desk).value.packs == ("../ours",)
    assert "mitigated" == session.assessment.match[f"{OURS}@model"].state

    session.do(m.DoBegin(starter="agent-with-tools"))

    assert ("../ours",) == session.system.packs
    assert any(threat.id == OURS for threat in session.library.threats)


def test_a_page_that_began_without_packs_asks_for_their_words(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank drawing knows only the library: the file that is opened in its place may bring more."""
    monkeypatch.chdir(desk.parent)
    session = Session.open()
    try:
        known, heard = session.revision, []
        session.listen(heard.append)
        session.do(m.DoBegin(starter="file:desk.yaml"))

        assert known < heard[0]["base"]
        assert any(item["id"] == "acme-ticket-redaction" for item in session.welcome()["vocabulary"]["controls"])
    finally:
        session.close()


def test_packs_are_for_the_file_to_name(session: Session) -> None:
    """No message from a browser, and no text pasted into one, has a folder read."""
    with pytest.raises(OperationError, match="no 'packs' to change"):
        session.do(m.DoChange(ids=("desk",), set={"packs": ["../.."]}))
    with pytest.raises(OperationError, match="was not read yet"):
        session.do(m.DoBegin(text=NAMED.replace("../ours", "../other")))


def test_packs_named_by_somebody_else_meanwhile_ask_to_open_the_file_again(session: Session, desk: Path) -> None:
    """They are not taken in while the library on the board is another."""
    desk.write_text(SYSTEM, encoding="utf-8")
    session._background.watch()

    with pytest.raises(OperationError, match=r"no longer names the pack '../ours'. Open the file again"):
        session.do(m.DoMerge(prefer=m.PreferredSide.MINE))


def test_packs_of_two_sides_come_together() -> None:
    """One side's change is taken; where both changed them it is a clash, and told."""
    base = Board(System(id="s", name="S"), Register(system="s"))
    mine = base.with_system(packs=("ours",))
    theirs = base.with_system(packs=("theirs",), name="T")

    merged, clashes = merge(base, mine, base.with_system(name="T"))

    assert (("ours",), "T", ()) == (merged.system.packs, merged.system.name, clashes)
    assert ("the system: packs",) == merge(base, mine, theirs)[1]


# Looking after packs


def test_a_new_pack_holds_and_is_never_laid_over_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it comes with is right; a folder with something in it is left alone."""
    ours = tmp_path / "ours"

    assert 0 == cli.main(["library", "new", str(ours)])
    assert 0 == cli.main(["library", "check", str(ours)])
    assert 0 == cli.main(["library", "test", str(ours)])
    said = capsys.readouterr()
    assert "4 examples of 1 threats: 4 hold, 0 fail." in said.out
    assert "" == said.err
    assert "acme 0.1.0, 1 threats, beside nbthreat" in said.out
    assert 2 == cli.main(["library", "new", str(ours)])
    assert 2 == cli.main(["library", "new", str(ours / "README.md")])
    assert "there is something already" in capsys.readouterr().err


def test_what_does_not_hold_is_told_example_by_example(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole pack is run, and its exit code says that something fails."""
    threat = project / "ours" / "threats" / f"{OURS}.yaml"
    text = threat.read_text(encoding="utf-8")
    threat.write_text(text.replace("technology: own-llm", "technology: hosted-llm"), encoding="utf-8")
    capsys.readouterr()

    assert 2 == cli.main(["library", "test", str(project / "ours")])
    out = capsys.readouterr().out
    assert "  silent fails  The same, with a model of our own.\n         possible at model\n" in out
    assert "  fires  holds" in out
    assert "  asks   holds" in out
    assert 2 == cli.main(["library", "check", str(project / "ours")])


def test_a_pack_is_checked_with_the_library_it_refers_to(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen in a built-in name is told with the near one, at its line."""
    threat = project / "ours" / "threats" / f"{OURS}.yaml"
    text = threat.read_text(encoding="utf-8").replace("from: {technology: store}", "from: {technology: stroe}")
    threat.write_text(text, encoding="utf-8")
    line = text[: text.index("stroe")].count("\n") + 1

    assert 2 == cli.main(["library", "check", str(project / "ours")])
    assert f"{threat}:{line}: unknown technology 'stroe'. Did you mean 'store'?" in capsys.readouterr().err


def test_a_key_that_is_written_otherwise_today_is_noted_once_a_file(
    project: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pack that says `on` loads, and says the same as before; its check succeeds, and names the first line."""
    threat = project / "ours" / "threats" / f"{OURS}.yaml"
    new = Library.for_system(desk)
    text = threat.read_text(encoding="utf-8").replace("along: every-path", "on: every-path")
    twice = text.replace(
        "mitigated_when:\n  control: acme-ticket-redaction\n  on: every-path\n",
        "mitigated_when:\n  all:\n    - control: acme-ticket-redaction\n      on: every-path\n"
        "    - {control: acme-ticket-redaction, on: every-path}\n",
    )
    threat.write_text(text, encoding="utf-8")
    old = Library.for_system(desk)
    threat.write_text(twice, encoding="utf-8")
    capsys.readouterr()

    assert 0 == cli.main(["library", "check", str(project / "ours")])
    line = twice[: twice.index("on: every-path")].count("\n") + 1
    note = f"note: {threat}:{line}: the key 'on' is written 'along' today: some programs read it as true.\n"
    assert note == capsys.readouterr().err
    assert new.sha256 == old.sha256 != Library.for_system(desk).sha256


def test_what_a_pack_overrides_is_noted(project: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To its author, and to everybody who uses it."""
    overriding(project)
    desk.write_text(f"{NAMED}overrides: [excessive-agency]\n", encoding="utf-8")

    assert 0 == cli.main(["library", "check", str(project / "ours")])
    assert "acme overrides excessive-agency of nbthreat" in capsys.readouterr().err
    assert 0 == cli.main(["match", str(desk)])
    assert "acme overrides excessive-agency of nbthreat" in capsys.readouterr().err
