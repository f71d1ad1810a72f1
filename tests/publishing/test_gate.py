"""The gate: what fails a build, what does not, and what is handed to the screens that read SARIF."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers import CHECKOUT, SURPLUS, SYSTEMS, TODAY, decision, desk, everywhere, full, library, sarif_faults
from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.base.risk import Level, Stakes
from nbthreat.cli import BAD_INPUT, FINDINGS, FINE, INCOMPLETE, main
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Acceptance, Inherited, Occasion, Register, Treatment, read_register
from nbthreat.publishing.exchange.baseline import Baseline, read_baseline
from nbthreat.publishing.exchange.gate import BaselineStatus, Gate, gate
from nbthreat.publishing.export.formats import sarif
from nbthreat.publishing.export.tables import register_json
from nbthreat.publishing.signing import Approval, Statement, sign, sign_file, signed_path
from nbthreat.system import documents
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.matching import UNSETTLED, State

INJECTION = "direct-prompt-injection@helper"
"""Open and high at a help desk where every fact is so and no control is there."""
LOW = "system-prompt-leakage@helper"
ENDS = date(2026, 12, 31)


def bare() -> System:
    """A help desk with nothing against anything: three open findings are high."""
    return everywhere(everywhere(desk(), "controls", answer=False), "facts", answer=True)


def guarded() -> System:
    """A help desk with everything against everything."""
    return everywhere(everywhere(desk(), "controls", answer=True), "facts", answer=True)


def looked(system: System, register: Register | None = None, today: date = TODAY) -> Assessment:
    return assess(system, library(), register, today=today)


def baseline(assessment: Assessment, folder: Path) -> Baseline:
    """What a sign-off of that, read from a file, knows."""
    said = Statement(by="Risk owner", on=TODAY, decision=Approval.APPROVED, marking=assessment.register.marking)
    file = folder / "desk.signed.json"
    file.write_bytes(sign(assessment, said, salt="salt")[1].written())
    return read_baseline(file)


def failing(found: Gate) -> dict[str, BaselineStatus]:
    return {open_risk.risk.key: open_risk.sort for open_risk in found.failing}


def grown() -> System:
    """The bare help desk with a second model."""
    second = replace(bare().element("helper"), id="second", name="Second")
    way = replace(bare().flow("pass"), id="pass-on", target="second")
    return replace(bare(), elements=(*bare().elements, second), flows=(*bare().flows, way))


def silent(system: System) -> System:
    """The system without a word of its controls."""
    none: FrozenMap[bool] = FrozenMap()
    elements = tuple(replace(element, controls=none) for element in system.elements)
    return replace(
        system, controls=none, elements=elements, flows=tuple(replace(flow, controls=none) for flow in system.flows)
    )


def accepting(key: str, expires: date = ENDS) -> Register:
    acceptance = Acceptance(approver="Board", on=TODAY, expires=expires, reason="Small.")
    return Register(system="desk").deciding(decision(key, treatment=Treatment.ACCEPT, acceptance=acceptance, on=TODAY))


# What fails


def test_what_the_baseline_had_open_does_not_fail(tmp_path: Path) -> None:
    """However bad it is: that is for the register."""
    now = looked(bare())
    found = gate(now, baseline(now, tmp_path), Level.VERY_LOW)

    assert {} == failing(found)
    assert {BaselineStatus.UNCHANGED} == {open_risk.sort for open_risk in found.lines}
    assert now.count(State.OPEN) == len(found.lines)
    assert "Gate at very low: nothing fails." == list(found.told())[-1]


def test_a_new_high_risk_fails_and_a_new_low_one_does_not(tmp_path: Path) -> None:
    """Where nothing was known of them, or they were merely possible, or there was no such part."""
    before = baseline(looked(desk()), tmp_path)
    found = gate(looked(bare()), before, Level.HIGH)

    high = {finding.key for finding in looked(bare()).findings if finding.rating.level >= Level.HIGH}
    assert dict.fromkeys(high, BaselineStatus.NEW) == failing(found)
    assert len(high) > 1
    assert LOW in {open_risk.risk.key for open_risk in found.lines if open_risk.sort is BaselineStatus.NEW}

    found = gate(looked(grown()), baseline(looked(bare()), tmp_path), Level.LOW)
    assert failing(found)
    assert {("second", BaselineStatus.NEW)} == {(key.partition("@")[2], sort) for key, sort in failing(found).items()}


def test_a_lapsed_acceptance_fails_as_reopened(tmp_path: Path) -> None:
    """Nothing but time has passed."""
    register = accepting(INJECTION)
    before = baseline(looked(bare(), register), tmp_path)

    assert {} == failing(gate(looked(bare(), register), before, Level.HIGH))
    later = gate(looked(bare(), register, today=ENDS + timedelta(days=1)), before, Level.HIGH)
    assert {INJECTION: BaselineStatus.REOPENED} == failing(later)
    assert next(later.told()).startswith("reopened  high      ")


def test_a_lapsed_acceptance_of_what_is_merely_possible_fails_too(tmp_path: Path) -> None:
    """It was known, accepted for a time, and the time is over."""
    register = accepting(INJECTION)
    assert State.POSSIBLE is looked(desk()).match[INJECTION].state
    before = baseline(looked(desk(), register), tmp_path)

    later = looked(desk(), register, today=ENDS + timedelta(days=1))
    assert {INJECTION: BaselineStatus.REOPENED} == failing(gate(later, before, Level.HIGH))
    known = baseline(later, tmp_path)
    assert {} == failing(gate(later, known, Level.HIGH))


def test_a_control_that_is_taken_away_fails_as_reopened(tmp_path: Path) -> None:
    """Also where its answer is merely deleted: what is not known is not there."""
    before = baseline(looked(guarded()), tmp_path)
    assert {} == failing(gate(looked(guarded()), before, Level.VERY_LOW))

    for system in (everywhere(guarded(), "controls", answer=False), silent(guarded())):
        found = failing(gate(looked(system), before, Level.HIGH))
        assert BaselineStatus.REOPENED is found[INJECTION]
        assert {BaselineStatus.REOPENED} == set(found.values())


def test_a_decision_taken_back_fails_as_reopened_and_a_new_one_passes(tmp_path: Path) -> None:
    """A standing decision is what a gate asks for."""
    decided = Register(system="desk").deciding(decision(INJECTION, on=TODAY))
    before = baseline(looked(bare(), decided), tmp_path)

    assert {INJECTION: BaselineStatus.REOPENED} == failing(gate(looked(bare()), before, Level.HIGH))
    assert {} == failing(gate(looked(bare(), decided), baseline(looked(guarded()), tmp_path), Level.VERY_HIGH))
    fresh = gate(looked(bare(), decided), baseline(looked(guarded()), tmp_path), Level.HIGH)
    assert INJECTION not in failing(fresh)
    assert failing(fresh)


def test_a_risk_that_is_raised_fails_and_one_that_is_lowered_does_not(tmp_path: Path) -> None:
    """More is at stake than when it was signed."""
    low, high = replace(bare(), stakes=Stakes.LOW), replace(bare(), stakes=Stakes.CRITICAL)
    raised = gate(looked(high), baseline(looked(low), tmp_path), Level.HIGH)

    assert failing(raised)
    assert {BaselineStatus.RAISED} == set(failing(raised).values())
    assert {} == failing(gate(looked(low), baseline(looked(high), tmp_path), Level.VERY_LOW))


def test_what_is_renamed_or_removed_passes(tmp_path: Path) -> None:
    """A finding is known by its key, not by what people call things."""
    before = baseline(looked(bare()), tmp_path)
    named = replace(bare(), elements=tuple(replace(element, name="Renamed") for element in bare().elements))
    assert {} == failing(gate(looked(named), before, Level.VERY_LOW))

    app = replace(
        bare(), elements=tuple(element for element in bare().elements if element.id != "helper"), flows=bare().flows[:1]
    )
    found = gate(looked(app), before, Level.VERY_LOW)
    assert {} == failing(found)
    assert INJECTION in {line.key for line in found.absent}


def test_a_new_inherited_risk_fails_until_somebody_decides(tmp_path: Path) -> None:
    """A supplier handed it over; nothing of ours is found."""
    key = "evasion@supplier/model"
    said: dict[str, Any] = {"title": "Evasion", "supplier": "supplier", "on": TODAY}
    inherited = Inherited(key=key, likelihood=Level.HIGH, impact=Level.HIGH, **said)
    register = Register(system="desk").inheriting("supplier", [inherited], at=Occasion(on=TODAY, by="Analyst"))
    before = baseline(looked(guarded()), tmp_path)

    found = gate(looked(guarded(), register), before, Level.HIGH)
    assert {key: BaselineStatus.NEW} == failing(found)
    results = json.loads(sarif.sarif(full(looked(guarded(), register)), found.comparison()))["runs"][0]["results"]
    [told] = [result for result in results if result["properties"]["key"] == key]
    assert ("new", "fail", "error") == (told["baselineState"], told["kind"], told["level"])
    decided = register.deciding(decision(key, on=TODAY))
    assert {} == failing(gate(looked(guarded(), decided), before, Level.HIGH))


def test_what_is_possible_is_counted_and_said(tmp_path: Path) -> None:
    """It does not fail, and nobody can think that it is not there."""
    found = gate(looked(desk()), baseline(looked(desk()), tmp_path), Level.HIGH)

    assert {} == failing(found)
    assert len(found.possible) > 1
    sorts = [sum(risk.finding.state is state for risk in found.possible if risk.finding) for state in UNSETTLED]
    assert len(found.possible) == sum(sorts)
    assert all(sorts)
    hanging = f"{sorts[0]} possible and {sorts[1]} to clarify at high or above, 0 of them new, hang on what nobody said"
    assert f"{hanging}: `nbthreat match`." in found.told()
    second = replace(desk().element("helper"), id="second")
    larger = replace(desk(), elements=(*desk().elements, second), flows=(*desk().flows, grown().flow("pass-on")))
    found = gate(looked(larger), baseline(looked(desk()), tmp_path), Level.MODERATE)
    assert any(" of them new, " in line and ", 0 of them" not in line for line in found.told())


def test_a_threat_that_took_the_place_of_another_is_not_new(tmp_path: Path) -> None:
    """Its line goes on under the new key."""
    before = baseline(looked(bare()), tmp_path)
    threats = tuple(
        replace(threat, id="new-injection", replaces=("direct-prompt-injection",))
        if threat.id == "direct-prompt-injection"
        else threat
        for threat in library().threats
    )
    renewed = replace(library(), threats=threats)
    found = gate(assess(bare(), renewed, today=TODAY), before, Level.HIGH)

    assert {} == failing(found)
    assert INJECTION not in {line.key for line in found.absent}


# Baselines


def test_a_publication_is_a_baseline_as_good_as_a_sign_off(tmp_path: Path) -> None:
    """The lines are the same."""
    for now in (looked(desk()), looked(bare(), accepting(INJECTION)), looked(guarded())):
        file = tmp_path / "desk.register.json"
        file.write_text(register_json(full(now)), "utf-8")
        assert baseline(now, tmp_path).lines == read_baseline(file).lines
        told = list(gate(now, read_baseline(file), Level.HIGH).told())
        assert "The baseline is a publication: criticality, technologies and packs were not compared." in told


def test_what_is_no_baseline_is_refused(tmp_path: Path) -> None:
    """Of another system, tampered with, of no known form, with lines that say nothing."""
    file = tmp_path / "desk.signed.json"
    known = baseline(looked(bare()), tmp_path)
    with pytest.raises(NbthreatError, match="the baseline is of the system 'desk', not of 'other'"):
        gate(looked(replace(bare(), id="other")), known, Level.HIGH)
    file.write_text(file.read_text("utf-8").replace('"standing": "new"', '"standing": "set aside"', 1), "utf-8")
    with pytest.raises(DocumentError, match="tampered with"):
        read_baseline(file)
    for text in ("", "{}", "[]", '{"publication": 1, "system": "desk", "register": [{"key": "a@b"}]}'):
        other = tmp_path / "desk.json"
        other.write_text(text, "utf-8")
        with pytest.raises(NbthreatError, match=r"desk\.json:1: "):
            read_baseline(other)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(NbthreatError, match="no signature"):
        read_baseline(tmp_path / "desk.json", allowed=tmp_path)


# The command


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A help desk in a project of its own, signed."""
    monkeypatch.chdir(tmp_path)
    path = Path("desk.yaml")
    documents.save(documents.new(bare(), path), bare())
    seen = assess(bare(), library(), today=TODAY)
    sign_file(path, seen, Statement(by="Owner", on=TODAY, decision=Approval.APPROVED, marking=seen.register.marking))
    return path


def test_the_gate_ends_with_a_code_for_what_it_found(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 nothing new, 1 something, 2 bad input, 3 incomplete; and the worst stands first."""
    arguments = ["gate", str(path), "--baseline", str(signed_path(path))]
    assert FINE == main(arguments)
    assert "Gate at high: nothing fails." in capsys.readouterr().out

    path.write_text(documents.dump(grown()), "utf-8")
    assert FINDINGS == main(arguments)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("new       high ")
    new = [line for line in told if line.startswith("new ")]
    assert f"Gate at high: {len(new)} fail." == told[-1]
    assert len(told) < 16
    assert FINE == main([*arguments, "--fail-on", "very-high"])
    assert INCOMPLETE == main([*arguments, "--fail-on", "very-high", "--budget", "1"])
    assert "incomplete" in capsys.readouterr().err
    assert BAD_INPUT == main([*arguments[:-1], "none.json"])
    assert BAD_INPUT == main([*arguments, "--allowed-signers", "none"])
    file = signed_path(path)
    file.write_text(file.read_text("utf-8").replace("Owner", "0wner"), "utf-8")
    assert BAD_INPUT == main(arguments)
    assert "tampered with" in capsys.readouterr().err


def test_another_library_than_the_baselines_is_pointed_out(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """New threats may be its doing, not the drawing's."""
    seen = assess(bare(), replace(library(), version="1999.1"), today=TODAY)
    said = Statement(by="Owner", on=TODAY, decision=Approval.APPROVED, marking=seen.register.marking)
    old = sign(seen, said, salt="x")[1]
    Path("old.signed.json").write_bytes(old.written())

    assert FINE == main(["gate", str(path), "--baseline", "old.signed.json"])
    assert "the baseline with nbthreat 1999.1" in capsys.readouterr().err


def test_sarif_says_how_each_result_stands_to_the_baseline(path: Path) -> None:
    """New, updated, unchanged or absent; with the fingerprint it always had, at the file it is about."""
    removed = tuple(flow for flow in grown().flows if flow.id != "ask")
    path.write_text(documents.dump(replace(grown(), flows=removed)), "utf-8")
    register = accepting(SURPLUS)
    documents.save(read_register(path, id="desk"), replace(register, log=()))
    main(["gate", str(path), "--baseline", str(signed_path(path)), "--sarif", "out.sarif"])

    log = json.loads(Path("out.sarif").read_text("utf-8"))
    assert [] == sarif_faults(log)
    [run] = log["runs"]
    states: dict[str, set[str]] = {}
    results = [result for result in run["results"] if not result["ruleId"].startswith("change-")]
    for item in results:
        states.setdefault(item["baselineState"], set()).add(item["properties"]["key"])
    assert {"new", "updated", "unchanged", "absent"} == set(states)
    assert {SURPLUS} == states["updated"]
    assert all(key.endswith(("@second", "@app", "@helper", "@desk")) for key in states["new"])
    now = looked(library().read_system(path).value)
    before = looked(bare())
    assert {finding.key for finding in before.findings} - {finding.key for finding in now.findings} == states["absent"]
    alone = json.loads(sarif.sarif(full(now)))["runs"][0]["results"]
    prints = {item["properties"]["key"]: item["partialFingerprints"] for item in results}
    assert {item["properties"]["key"]: item["partialFingerprints"] for item in alone}.items() <= prints.items()
    assert not any("baselineState" in item for item in alone)
    places = {item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in run["results"]}
    assert {"desk.yaml"} == places
    for item in run["results"]:
        assert ("none" == item["level"]) == ("fail" != item["kind"])
        assert item["message"]["text"]
        if "ruleIndex" in item:
            assert item["ruleId"] == run["tool"]["driver"]["rules"][item["ruleIndex"]]["id"]


def test_several_systems_are_checked_at_once_and_every_fault_is_told(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a hook before a commit asks for it."""
    worked = SYSTEMS / "chatbot.yaml"
    assert FINE == main(["check", str(path), str(worked)])
    assert 2 == len(capsys.readouterr().out.splitlines())
    for name in ("one.yaml", "two.yaml"):
        Path(name).write_text("nbthreat: 1\nid: x\n", "utf-8")
    assert BAD_INPUT == main(["check", "one.yaml", str(path), "two.yaml"])
    told = capsys.readouterr()
    assert "desk.yaml: fine." in told.out
    assert "one.yaml:1: " in told.err
    assert "two.yaml:1: " in told.err


# What other projects are given


def test_the_hooks_run_what_they_say(path: Path) -> None:
    """Their entries are commands of ours, and run."""
    hooks = {item["id"]: item for item in yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert {"nbthreat-check", "nbthreat-gate"} == set(hooks)
    arguments = {
        "nbthreat-check": [str(path)],
        "nbthreat-gate": [str(path), "--baseline", str(signed_path(path))],
    }
    for id, hook in hooks.items():
        assert {"id", "name", "description", "entry", "language"} <= set(hook)
        program, *entry = hook["entry"].split()
        assert "nbthreat" == program
        command = [sys.executable, "-m", program, *entry, *arguments[id]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (FINE, "") == (done.returncode, done.stderr), id


def test_the_examples_for_other_projects_are_yaml_and_call_what_there_is() -> None:
    """In docs/gate.md."""
    text = (CHECKOUT / "docs" / "gate.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    read = [yaml.safe_load(block) for block in blocks]

    [workflow] = [item for item in read if "jobs" in item]
    assert any("nbthreat gate" in step.get("run", "") for step in workflow["jobs"]["gate"]["steps"])
    [hooks] = [item for item in read if "repos" in item]
    assert {"nbthreat-check", "nbthreat-gate"} == {hook["id"] for hook in hooks["repos"][0]["hooks"]}
