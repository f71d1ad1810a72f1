"""What an upgrade of a library changes for a system, and what a new edition of ATLAS has that the crosswalk has not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from helpers import CHECKOUT, SURPLUS, TODAY, decision, desk, library
from nbthreat import cli
from nbthreat.base.errors import DocumentError
from nbthreat.decisions.register import Dismissal, Register, read_register
from nbthreat.decisions.upgrade import Outcome, upgrade
from nbthreat.system import documents
from nbthreat.threats.curation import atlas
from nbthreat.threats.library import Library, built_in
from small_pack import OURS, small_project

REFERENCE = CHECKOUT.parent / "shared" / "reference" / "threats" / "atlas"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the ATLAS data file is not beside this checkout")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a help desk with one open finding."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    return path


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A library in which one threat was replaced by another, one rates higher, one is retired and one is new."""
    folder = tmp_path / "newer"
    shutil.copytree(built_in(), folder)
    old = found(folder, "surplus-capability")
    text = old.read_text(encoding="utf-8").replace("id: surplus-capability\n", "id: unneeded-capability\n")
    (old.parent / "unneeded-capability.yaml").write_text(f"{text}replaces: [surplus-capability]\n", encoding="utf-8")
    old.unlink()
    rated = found(folder, "model-inversion")
    rated.write_text(rated.read_text(encoding="utf-8").replace("impact: 4", "impact: 1"), encoding="utf-8")
    gone = found(folder, "model-extraction")
    text = gone.read_text(encoding="utf-8")
    gone.write_text(text.replace("status: reviewed", "status: retired"), encoding="utf-8")
    return folder


def found(folder: Path, id: str) -> Path:
    """The file of a threat."""
    (path,) = (folder / "threats").rglob(f"{id}.yaml")
    return path


def decided(path: Path, *keys: str) -> Register:
    """Decide about findings, and keep it in the register beside the system."""
    kept = read_register(path, id="desk")
    register = kept.value
    for key in keys:
        register = register.deciding(decision(key))
    documents.save(kept, register)
    return register


# Upgrades


def test_an_upgrade_tells_threats_findings_and_decisions(path: Path, newer: Path) -> None:
    """A decision moves with the threat that replaced its own; what is no longer found stays said."""
    register = decided(path, SURPLUS, "model-extraction@helper", "model-inversion@helper")
    after = Library.load(newer)

    seen = upgrade(desk(), library(), after, register, today=TODAY)

    assert (("unneeded-capability",), ("model-extraction", "surplus-capability")) == (seen.added, seen.retired)
    assert ("model-inversion", ("rating",)) in seen.changed
    changes = {finding_change.key: (finding_change.before, finding_change.after) for finding_change in seen.findings}
    assert "" == changes[SURPLUS][1] == changes["unneeded-capability@helper"][0]
    assert changes[SURPLUS][0] == changes["unneeded-capability@helper"][1]
    outcomes = {
        decision_change.key: (decision_change.number, decision_change.outcome, decision_change.to)
        for decision_change in seen.decisions
    }
    assert ("R-001", Outcome.MOVED, "unneeded-capability@helper") == outcomes[SURPLUS]
    assert ("R-002", Outcome.NO_LONGER_FOUND, "") == outcomes["model-extraction@helper"]
    assert Outcome.KEPT == outcomes["model-inversion@helper"][1]
    assert len(seen.before.findings) + 1 == len(seen.findings) + seen.unchanged
    assert ("to clarify, moderate if it applies", "to clarify, very low if it applies") == changes[
        "model-inversion@helper"
    ]


def test_a_reason_for_not_applying_moves_with_the_threat_as_a_decision_does(newer: Path) -> None:
    """Onto the replacement; unless that one was decided about, and then what was said of the old one stays behind."""
    aside = Dismissal(key=SURPLUS, reason="Needed soon.", by="Lead", on=TODAY)
    after = Library.load(newer)
    register = Register(system="desk").dismissing(aside)
    moved = upgrade(desk(), library(), after, register, today=TODAY).decisions
    register = register.deciding(decision("unneeded-capability@helper"))
    stayed = upgrade(desk(), library(), after, register, today=TODAY).decisions

    assert [(SURPLUS, "", Outcome.MOVED, "unneeded-capability@helper")] == [
        (change.key, change.number, change.outcome, change.to) for change in moved
    ]
    assert [("unneeded-capability@helper", Outcome.KEPT), (SURPLUS, Outcome.NO_LONGER_FOUND)] == [
        (change.key, change.outcome) for change in stayed
    ]


def test_nothing_changes_between_a_library_and_itself() -> None:
    """Whatever was decided or set aside is kept."""
    aside = Dismissal(key=SURPLUS, reason="Needed soon.", by="Lead", on=TODAY)
    register = Register(system="desk").dismissing(aside)

    seen = upgrade(desk(), library(), library(), register, today=TODAY)

    assert ((), (), (), ()) == (seen.added, seen.changed, seen.retired, seen.findings)
    assert [(SURPLUS, Outcome.KEPT)] == [
        (decision_change.key, decision_change.outcome) for decision_change in seen.decisions
    ]


def test_an_upgrade_is_told_in_words_and_as_data(path: Path, newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both say the same, and neither changes a file."""
    decided(path, SURPLUS)
    before = {item: item.read_bytes() for item in path.parent.glob("*.yaml")}

    assert 0 == cli.main(["library", "diff", str(built_in()), str(newer), str(path)])
    words = capsys.readouterr().out
    assert 0 == cli.main(["library", "diff", str(built_in()), str(newer), str(path), "--json"])
    data = json.loads(capsys.readouterr().out)

    assert "threats retired: model-extraction, surplus-capability\n" in words
    assert f"decision {SURPLUS} (R-001): moved to unneeded-capability@helper\n" in words
    assert "decisions: 0 kept, 1 moved, 0 no longer found." in words
    assert ["model-extraction", "surplus-capability"] == data["threats"]["retired"]
    assert [{"key": SURPLUS, "number": "R-001", "fate": "moved", "to": "unneeded-capability@helper"}] == (
        data["decisions"]
    )
    assert data["before"]["sha256"] == library().sha256 != data["after"]["sha256"]
    assert before == {item: item.read_bytes() for item in path.parent.glob("*.yaml")}


def test_a_library_that_lacks_a_word_of_the_system_is_told_at_its_line(
    path: Path, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing can be said of an upgrade with which the system could not be read."""
    text = path.read_text(encoding="utf-8").replace("technology: own-llm", "technology: acme-llm")
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("acme-llm")].count("\n") + 1

    assert 2 == cli.main(["library", "diff", str(built_in()), str(newer), str(path)])
    assert f"{path}:{line}: with {built_in()}: unknown technology 'acme-llm'" in capsys.readouterr().err


def test_a_new_version_of_a_pack_takes_the_place_of_the_one_the_system_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it would override besides is told; the system file has to allow it."""
    project = small_project(tmp_path)
    system = project / "systems" / "desk.yaml"
    newer = tmp_path / "ours-2"
    shutil.copytree(project / "ours", newer)
    threat = newer / "threats" / f"{OURS}.yaml"
    text = threat.read_text(encoding="utf-8")
    (newer / "threats" / "acme-tickets-out.yaml").write_text(
        text.replace(f"id: {OURS}", "id: acme-tickets-out") + f"replaces: [{OURS}]\n", encoding="utf-8"
    )
    threat.unlink()
    head = newer / "library.yaml"
    said = head.read_text(encoding="utf-8").replace("0.1.0", "0.2.0")
    head.write_text(f"{said}silences: [weights-theft]\n", encoding="utf-8")
    decided(system, f"{OURS}@model")
    capsys.readouterr()

    assert 0 == cli.main(["library", "diff", str(project / "ours"), str(newer), str(system)])
    told = capsys.readouterr()

    assert f"decision {OURS}@model (R-001): moved to acme-tickets-out@model" in told.out
    assert f"threats retired: {OURS}, weights-theft\n" in told.out
    assert "acme 0.1.0 (" in told.out
    assert "acme 0.2.0 (" in told.out
    assert "overrides 'weights-theft': it is refused until the system file says so" in told.err


# ATLAS

FORM_6 = """\
---
collection:
  id: atlas
  name: ATLAS Data
  version: 2026.11.0
tactics:
  - {id: AML.TA0002, name: Reconnaissance}
techniques:
  - id: AML.T0051
    name: LLM Prompt Injection
  - id: AML.T0051.003
    name: Through a Mirror
  - id: AML.T0200
    name: Entirely New
case-studies:
  - id: AML.CS0001
    name: Botnet Domain Generation Algorithm (DGA) Detection Evasion
    procedure: [{tactic: AML.TA0002, technique: AML.T0051}]
  - id: AML.CS0900
    name: It Happened
relationships:
  - {source: AML.T0051.003, target: AML.T0051, type: subtechnique-of}
"""


def test_the_newer_form_is_read_as_the_older_one_is(tmp_path: Path) -> None:
    """Things are found by their ids wherever they stand: in lists, or each under its id."""
    listed, keyed = tmp_path / "ATLAS-2026.11.yaml", tmp_path / "keyed.yaml"
    listed.write_text(FORM_6, encoding="utf-8")
    keyed.write_text(
        "collection: {version: 2026.11.0}\ntechniques:\n  AML.T0051: {name: LLM Prompt Injection}\n"
        "  AML.T0200: {name: Entirely New}\n",
        encoding="utf-8",
    )

    published, other = atlas.read(listed), atlas.read(keyed)
    techniques, _, _, cases = atlas.news(published, library())

    assert "2026.11.0" == published.version == other.version
    assert (
        ("AML.T0051.003", "LLM Prompt Injection: Through a Mirror"),
        ("AML.T0200", "Entirely New"),
    ) == techniques.new
    assert (("AML.CS0900", "It Happened"),) == cases.new
    assert 1 == cases.unchanged
    assert (("AML.T0200", "Entirely New"),) == atlas.news(other, library())[0].new


def test_who_cites_what_is_new_or_gone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that whoever keeps the library knows which threats to look at."""
    path = tmp_path / "ATLAS.yaml"
    path.write_text(FORM_6, encoding="utf-8")

    assert 0 == cli.main(["library", "atlas-diff", str(path)])
    out = capsys.readouterr().out

    assert "ATLAS 2026.11.0, beside 2026.09 as pinned here" in out
    assert "  new       AML.T0200 Entirely New\n" in out
    assert "AML.T0051.003 LLM Prompt Injection: Through a Mirror (its kin is cited by " in out
    assert "  missing   AML.T0020 Training Data Poisoning (cited by " in out


@needs_reference
def test_the_published_file_differs_by_what_is_known_to_have_changed() -> None:
    """5.6.0 beside the ids pinned from 2026.09: renamed, added and moved as the tables of changes say."""
    known = json.loads((REFERENCE / "atlas_2026_09_delta.json").read_text(encoding="utf-8"))
    techniques, mitigations, tactics, cases = atlas.news(atlas.read(REFERENCE / "ATLAS.yaml"), library())

    assert known["renamed_techniques"] == {id: ours for id, ours, _ in techniques.renamed}
    assert known["retired"] == dict(techniques.formerly)
    added = {item["id"]: item["name"] for item in known["added_techniques"]}
    assert added == {**dict(techniques.gone), **{id: added[id] for id in known["retired"].values()}}
    assert () == techniques.new
    assert known["renamed_mitigations"] == {id: ours for id, ours, _ in mitigations.renamed}
    assert known["renamed_tactics"] == {id: ours for id, ours, _ in tactics.renamed}
    assert ((), (), ()) == (cases.new, cases.renamed, cases.gone)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: ATLAS\nname: ATLAS\n", "there is no technique in it"),
        ("a: &x {id: AML.T0001, name: A}\nb: *x\n", "anchors"),
        ("a: !!python/object:os.system {id: AML.T0001}\n", "tag"),
        ("a: {id: AML.T0001, name: A}\nb: {id: AML.T0001, name: B}\n", "AML.T0001 has two names, 'A' and 'B'"),
        ("[" * 40 + "]" * 40, "nested deeper than 32"),
        ('a: {id: AML.T0001, name: "\\x07"}\n', r"U+0007"),
    ],
)
def test_a_data_file_is_read_strictly(tmp_path: Path, text: str, message: str) -> None:
    """It comes from elsewhere: what is not plain is refused at its line."""
    path = tmp_path / "ATLAS.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError) as refused:
        atlas.read(path)

    assert message in str(refused.value)
    assert str(refused.value).startswith(f"{path}:")


def test_a_data_file_is_not_read_for_ever(tmp_path: Path) -> None:
    """Five megabytes hold any edition."""
    path = tmp_path / "ATLAS.yaml"
    path.write_text("# " + "x" * 6_000_000, encoding="utf-8")

    with pytest.raises(DocumentError):
        atlas.read(path)
