"""Registers: what was decided stays decided, and nothing that was decided is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from helpers import SURPLUS, TODAY, decision, desk, found, library
from nbthreat.base.errors import Conflict, DocumentError, RegisterError
from nbthreat.decisions.assessment import assess, risk_data
from nbthreat.decisions.register import (
    Acceptance,
    Decision,
    Dismissal,
    NotApplicable,
    Register,
    Standing,
    Treatment,
    decision_for,
    read_register,
    reconcile,
    register_path,
    touched,
)
from nbthreat.decisions.upgrade import upgrade
from nbthreat.system import documents
from nbthreat.system.model import FrozenMap
from nbthreat.threats.library import Library, Status
from nbthreat.threats.matching import Finding, State


def decided(findings: tuple[Finding, ...]) -> Register:
    """A register with a decision on every finding."""
    register = Register(system="desk")
    for finding in findings:
        decision = decision_for(
            finding, "mitigate", owner="Desk team", rationale=f"Because of {finding.key}.", on=TODAY
        )
        register = register.deciding(decision)
    return register


def accepted(until: date) -> Decision:
    """The surplus accepted until that day."""
    acceptance = Acceptance(approver="Head of service", on=TODAY, expires=until, reason="Low harm in the pilot.")
    return Decision(
        key=SURPLUS, treatment=Treatment.ACCEPT, owner="Desk team", rationale="A pilot.", acceptance=acceptance
    )


def test_a_finding_nobody_decided_is_new() -> None:
    """A fresh register has a line for each finding, by key."""
    findings = found(desk())
    risks = reconcile(Register(system="desk"), findings, today=TODAY)

    assert sorted(finding.key for finding in findings) == [risk.key for risk in risks]
    assert {Standing.NEW} == {risk.standing for risk in risks}


@pytest.mark.parametrize(
    "again",
    [
        lambda system: system,
        lambda system: replace(
            system,
            name="Service desk",
            elements=tuple(replace(element, name=f"{element.label}, renamed") for element in system.elements),
            flows=tuple(replace(flow, name=f"{flow.label}, renamed") for flow in system.flows),
        ),
        lambda system: replace(
            system,
            elements=system.elements[::-1],
            flows=system.flows[::-1],
            boundaries=system.boundaries[::-1],
            assets=system.assets[::-1],
        ),
        lambda system: replace(system, layout=FrozenMap({"app": (10.0, 20.0)})),
    ],
    ids=["run again", "renamed", "permuted", "moved"],
)
def test_decisions_survive(again: object) -> None:
    """A new run, new names, another order in the file, another place on the drawing: each line keeps its decision."""
    register = decided(found(desk()))
    risks = reconcile(register, found(again(desk())), today=TODAY)  # type: ignore[operator]

    assert {other.key: other for other in register.decisions} == {risk.key: risk.decision for risk in risks}
    assert {Standing.DECIDED} == {risk.standing for risk in risks}


def test_decisions_survive_in_any_order_of_the_register() -> None:
    """The order of decisions in the file changes no line."""
    findings = found(desk())
    decisions = decided(findings).decisions[:3]
    lines = {
        reconcile(Register(system="desk", decisions=order), findings, today=TODAY) for order in permutations(decisions)
    }

    assert 1 == len(lines)


def with_replacement(*old: str) -> Library:
    """The library, in which the threat of surplus capabilities has a new name and replaces others."""
    threats = [
        replace(threat, id="idle-capability", replaces=old) if threat.id == "surplus-capability" else threat
        for threat in library().threats
    ]
    where = {**library().where, "idle-capability": "idle-capability.yaml"}
    return replace(library(), threats=tuple(sorted(threats, key=lambda threat: threat.id)), where=where)


def test_a_decision_passes_to_the_threat_that_replaces_its_own() -> None:
    """A library that renames a threat loses nobody's decision."""
    register = decided(found(desk()))
    risks = {
        risk.key: risk for risk in assess(desk(), with_replacement("surplus-capability"), register, today=TODAY).risks
    }

    assert SURPLUS not in risks
    moved = risks["idle-capability@helper"]
    assert Standing.DECIDED is moved.standing
    assert moved.decision is not None
    assert SURPLUS == moved.decision.key
    assert {Standing.DECIDED} == {risk.standing for risk in risks.values()}


def in_two(*ids: str) -> Library:
    """The library, in which these threats together replace that of surplus capabilities."""
    old = next(threat for threat in library().threats if threat.id == "surplus-capability")
    others = [threat for threat in library().threats if threat is not old]
    new = [replace(old, id=id, replaces=("surplus-capability",)) for id in ids]
    where = {**library().where, **{id: f"{id}.yaml" for id in ids}}
    threats = tuple(sorted((*others, *new), key=lambda threat: threat.id))
    return replace(library(), threats=threats, where=where)


SAID = {
    "decided": Register(system="desk").deciding(decision(SURPLUS)),
    "not applicable": Register(system="desk").dismissing(Dismissal(key=SURPLUS, reason="Moot.", on=TODAY)),
}


@pytest.mark.parametrize("register", SAID.values(), ids=SAID)
def test_what_was_said_of_a_threat_that_became_two_is_said_of_neither(register: Register) -> None:
    """Both are new and say where to look again; the old line stays. Nothing hangs on which of the two are found."""
    asked = in_two("idle-capability", "spare-ability")
    seen = assess(desk(), asked, register, today=TODAY)
    risks = {risk.key: risk for risk in seen.risks}

    assert Standing.NO_LONGER_FOUND is risks[SURPLUS].standing
    for key in ("idle-capability@helper", "spare-ability@helper"):
        assert (Standing.NEW, None, None) == (risks[key].standing, risks[key].decision, risks[key].dismissal)
        assert (SURPLUS,) == risks[key].formerly
        said = risk_data(risks[key])
        assert f"Decided under {SURPLUS} before that became several threats, look again." == said["formerly"]
        assert not said["rationale"]
        assert key in {finding.key for finding in seen.pressing}
    without_second = [finding for finding in seen.findings if finding.key != "spare-ability@helper"]
    again = reconcile(register, without_second, today=TODAY, replacements=asked.replacements)
    assert Standing.NEW is next(risk for risk in again if risk.key == "idle-capability@helper").standing


@pytest.mark.parametrize("register", SAID.values(), ids=SAID)
def test_what_was_said_of_a_threat_that_one_other_replaced_moves_and_leaves_no_line_behind(register: Register) -> None:
    """Decided or not applicable."""
    risks = {risk.key: risk for risk in assess(desk(), in_two("idle-capability"), register, today=TODAY).risks}

    assert SURPLUS not in risks
    moved = risks["idle-capability@helper"]
    assert moved.standing in (Standing.DECIDED, Standing.SET_ASIDE)
    assert register.decisions == (() if moved.decision is None else (moved.decision,))
    assert register.set_aside == (() if moved.dismissal is None else (moved.dismissal,))


def in_steps(*steps: tuple[str, tuple[str, ...]]) -> Library:
    """The library after several editions: in each, one threat was retired for others, the first for surplus ones."""
    old = library().threat("surplus-capability")
    threats = {threat.id: threat for threat in library().threats}
    for retired, ids in steps:
        threats[retired] = replace(threats[retired], status=Status.RETIRED)
        threats |= {id: replace(old, id=id, replaces=(retired,)) for id in ids}
    where = {id: f"{id}.yaml" for id in threats}
    return replace(library(), threats=tuple(threat for _, threat in sorted(threats.items())), where=where)


CHAIN = in_steps(("surplus-capability", ("idle-capability",)), ("idle-capability", ("spare-ability",)))
SPLITS = in_steps(("surplus-capability", ("first", "second")), ("second", ("third", "fourth")))


@pytest.mark.parametrize("register", SAID.values(), ids=SAID)
def test_what_was_said_goes_on_through_a_chain_of_replacements(register: Register) -> None:
    """Under the key of the last threat; an upgrade tells the same."""
    risks = {risk.key: risk for risk in assess(desk(), CHAIN, register, today=TODAY).risks}
    (told,) = upgrade(desk(), library(), CHAIN, register, today=TODAY).decisions

    assert SURPLUS not in risks
    assert risks["spare-ability@helper"].standing in (Standing.DECIDED, Standing.SET_ASIDE)
    assert (SURPLUS, "spare-ability@helper") == (told.key, told.to)


@pytest.mark.parametrize("register", SAID.values(), ids=SAID)
def test_what_was_said_of_a_threat_that_was_split_twice_is_said_of_none(register: Register) -> None:
    """Each of the threats that are asked about now is new and says where to look again."""
    risks = {risk.key: risk for risk in assess(desk(), SPLITS, register, today=TODAY).risks}
    (told,) = upgrade(desk(), library(), SPLITS, register, today=TODAY).decisions

    assert Standing.NO_LONGER_FOUND is risks[SURPLUS].standing
    assert "second@helper" not in risks
    for id in ("first", "third", "fourth"):
        assert (Standing.NEW, (SURPLUS,)) == (risks[f"{id}@helper"].standing, risks[f"{id}@helper"].formerly)
    assert "" == told.to


@pytest.mark.parametrize("step", [1, -1])
def test_of_two_decisions_along_a_chain_the_last_one_made_goes_on(step: int) -> None:
    """Whatever their order in the file; the other one keeps a line of its own."""
    decisions = (decision(SURPLUS, on=TODAY), decision("idle-capability@helper", on=TODAY + timedelta(days=1)))
    register = Register(system="desk", decisions=decisions[::step])
    risks = {risk.key: risk for risk in assess(desk(), CHAIN, register, today=TODAY).risks}

    assert decisions[1] == risks["spare-ability@helper"].decision
    assert (Standing.NO_LONGER_FOUND, decisions[0]) == (risks[SURPLUS].standing, risks[SURPLUS].decision)


def test_a_decision_moves_onto_nothing_that_does_not_apply() -> None:
    """What was said of the new threat itself holds, and the decision about the old one stays visible."""
    register = SAID["decided"].dismissing(Dismissal(key="spare-ability@helper", reason="Moot.", on=TODAY))
    risks = {risk.key: risk for risk in assess(desk(), CHAIN, register, today=TODAY).risks}

    moved = risks["spare-ability@helper"]
    assert (Standing.SET_ASIDE, None) == (moved.standing, moved.decision)
    assert risks[SURPLUS].decision is not None


def test_what_does_not_apply_moves_onto_no_decision_about_the_replacement_itself() -> None:
    """That one was made of the new threat."""
    register = SAID["not applicable"].deciding(decision("idle-capability@helper"))
    risks = {risk.key: risk for risk in assess(desk(), in_two("idle-capability"), register, today=TODAY).risks}

    assert Standing.DECIDED is risks["idle-capability@helper"].standing
    assert Standing.NO_LONGER_FOUND is risks[SURPLUS].standing


def test_without_replaces_the_old_line_stays_and_the_new_one_is_new() -> None:
    """Only what the library says is carried over."""
    register = decided(found(desk()))
    risks = {risk.key: risk for risk in reconcile(register, found(desk(), with_replacement()), today=TODAY)}

    assert Standing.NO_LONGER_FOUND is risks[SURPLUS].standing
    assert Standing.NEW is risks["idle-capability@helper"].standing


@pytest.mark.parametrize(
    "keys",
    list(permutations([SURPLUS, "spare-ability@helper", "idle-capability@helper"])),
    ids=lambda keys: " ".join(key.partition("@")[0] for key in keys),
)
def test_no_decision_is_lost_where_one_threat_replaces_several(keys: tuple[str, ...]) -> None:
    """Whatever tmoved order, each of them is on some line, and that of the replacement itself stands at it."""
    register = Register(system="desk", decisions=tuple(decision(key, rationale=key) for key in keys))
    asked = with_replacement("surplus-capability", "spare-ability")
    risks = reconcile(register, found(desk(), asked), today=TODAY, replacements=asked.replacements)

    assert sorted(keys) == sorted(risk.decision.key for risk in risks if risk.decision)
    moved = next(risk for risk in risks if risk.key == "idle-capability@helper")
    assert moved.decision is not None
    assert "idle-capability@helper" == moved.decision.key


def test_what_is_no_longer_found_is_marked_and_keeps_its_title_and_decision() -> None:
    """The model was swapped for one without the surplus; what was decided can still be read."""
    register = decided(found(desk()))
    app, helper = desk().elements[1], replace(desk().elements[2], provides=("text",))
    now = replace(desk(), elements=(desk().elements[0], app, helper))
    risks = {risk.key: risk for risk in reconcile(register, found(now), today=TODAY)}

    gone = risks[SURPLUS]
    assert Standing.NO_LONGER_FOUND is gone.standing
    assert gone.finding is None
    assert library().threat("surplus-capability").title == gone.title
    assert f"Because of {SURPLUS}." == (gone.decision.rationale if gone.decision else "")


def test_nothing_is_ever_deleted() -> None:
    """Not where the whole system is gone; and when it comes back, so does every decision."""
    findings = found(desk())
    register = decided(findings)
    empty = reconcile(register, (), today=TODAY)

    assert sorted(other.key for other in register.decisions) == [risk.key for risk in empty]
    assert {Standing.NO_LONGER_FOUND} == {risk.standing for risk in empty}
    assert {Standing.DECIDED} == {risk.standing for risk in reconcile(register, findings, today=TODAY)}


@pytest.mark.parametrize(
    ("days", "standing"), [(-1, Standing.DECIDED), (0, Standing.DECIDED), (1, Standing.LAPSED), (400, Standing.LAPSED)]
)
def test_an_acceptance_that_has_run_out_opens_the_risk_again(days: int, standing: Standing) -> None:
    """It holds to the end of its last day; who accepted it can still be read."""
    end = TODAY + timedelta(days=90)
    register = Register(system="desk", decisions=(accepted(end),))
    risks = reconcile(register, found(desk()), today=end + timedelta(days=days))
    risk = next(risk for risk in risks if risk.key == SURPLUS)

    assert standing is risk.standing
    assert accepted(end) == risk.decision


def test_to_accept_takes_an_acceptance() -> None:
    """Nobody accepts a risk by a word alone."""
    finding = next(finding for finding in found(desk()) if finding.key == SURPLUS)

    with pytest.raises(RegisterError, match="takes an acceptance: approver, reason and end"):
        decision_for(finding, Treatment.ACCEPT, owner="Desk team", rationale="We live with it.")


def test_an_acceptance_ends_after_it_begins() -> None:
    """One that is over when it starts accepts nothing."""
    with pytest.raises(RegisterError, match="ends before it begins"):
        accepted(TODAY)


@pytest.mark.parametrize(("owner", "rationale"), [("", "Why."), ("Team", ""), (" ", "Why."), ("Team", "\n")])
def test_a_decision_needs_an_owner_and_a_rationale(owner: str, rationale: str) -> None:
    """White space is neither."""
    with pytest.raises(RegisterError, match="needs an owner and a rationale"):
        Decision(key=SURPLUS, treatment=Treatment.AVOID, owner=owner, rationale=rationale)


def test_an_unknown_treatment_is_refused_with_the_nearest_name() -> None:
    """There are four."""
    finding = next(finding for finding in found(desk()) if finding.key == SURPLUS)

    with pytest.raises(RegisterError, match=r"unknown treatment 'mitigat'\. Did you mean 'mitigate'\?"):
        decision_for(finding, "mitigat", owner="Desk team", rationale="Why.")


def test_a_second_decision_takes_the_place_of_the_first() -> None:
    """In the same place in the order, under the same number."""
    register = Register(system="desk", decisions=(decision("a@x"), decision("b@x")))
    changed = register.deciding(decision("a@x", rationale="Better said."))

    better = replace(decision("a@x", rationale="Better said."), number="R-001")
    assert (better, replace(decision("b@x"), number="R-002")) == changed.decisions
    assert (decision("a@x"), decision("b@x")) == register.decisions


def test_a_provision_is_excluded_once() -> None:
    """The later reason stands."""
    first, second = (NotApplicable(provision="8.1.2", reason=why, by="Lead", on=TODAY) for why in ("One.", "Two."))

    assert (second,) == Register(system="desk").excluding(first).excluding(second).not_applicable


def full() -> Register:
    """A register with one of everything."""
    return (
        Register(system="desk")
        .deciding(decision_for(found(desk())[0], "transfer", owner="Desk team", rationale="Insured.", due=TODAY))
        .deciding(accepted(TODAY + timedelta(days=90)))
        .excluding(NotApplicable(provision="8.1.2", reason="Nothing is released.", by="Lead", on=TODAY))
        .reviewing(desk(), library(), by="Analyst", on=TODAY)
    )


def test_a_register_lies_beside_its_system_and_is_read_back_the_same(tmp_path: Path) -> None:
    """Where there is none yet, it is empty."""
    path = tmp_path / "desk.yaml"
    empty = read_register(path, id="desk")

    assert Register(system="desk") == empty.value
    documents.save(empty, full())
    assert tmp_path / "desk.register.yaml" == register_path(path)
    assert full() == read_register(path, id="desk").value


def test_a_persons_comment_in_a_register_is_kept(tmp_path: Path) -> None:
    """Through a further decision made by a program."""
    path = tmp_path / "desk.yaml"
    documents.save(read_register(path, id="desk"), full())
    text = register_path(path).read_text(encoding="utf-8")
    first = f"  - key: {full().decisions[0].key}\n"
    assert first in text
    comments = ("# Kept by the desk team.\n", "  # Ask again in spring.\n")
    register_path(path).write_text(comments[0] + text.replace(first, comments[1] + first), encoding="utf-8")

    old = read_register(path, id="desk")
    saved = documents.save(old, old.value.deciding(decision("evasion@helper")))

    written = register_path(path).read_text(encoding="utf-8")
    assert saved.text == written
    for comment in comments:
        assert comment in written
    assert full().deciding(decision("evasion@helper")).decisions == read_register(path, id="desk").value.decisions


def test_two_people_who_decide_at_once_are_told(tmp_path: Path) -> None:
    """The second writes nothing; the first's decision stands."""
    path = tmp_path / "desk.yaml"
    document, other = read_register(path, id="desk"), read_register(path, id="desk")
    documents.save(document, document.value.deciding(decision("a@x")))

    with pytest.raises(Conflict):
        documents.save(other, other.value.deciding(decision("b@x")))

    assert (replace(decision("a@x"), number="R-001"),) == read_register(path, id="desk").value.decisions


def test_an_acceptance_missing_in_a_file_is_told_at_its_line(tmp_path: Path) -> None:
    """A register written by hand is held to the same rules."""
    path = tmp_path / "desk.register.yaml"
    path.write_text(
        "nbthreat: 1\nsystem: desk\ndecisions:\n"
        "  - key: evasion@helper\n    treatment: accept\n    owner: Desk team\n    rationale: We live with it.\n",
        encoding="utf-8",
    )

    with pytest.raises(DocumentError, match="takes an acceptance") as refused:
        read_register(tmp_path / "desk.yaml", id="desk")

    assert [(str(path), 4)] == [(fault.file, fault.line) for fault in refused.value.faults]


def test_a_change_touches_the_findings_that_stand_on_it() -> None:
    """At tmoved subject or on tmoved path; what is mitigated rests."""
    from nbthreat.system.changes import compare

    flow = replace(desk().flows[0], controls=FrozenMap({"encryption": True}))
    changes = compare(desk(), replace(desk(), flows=(flow, desk().flows[1])))
    keys = touched(changes, found(desk()))

    assert ["ask: controls encryption (nothing) → true"] == [str(change) for change in changes]
    assert "direct-prompt-injection@helper" in keys
    assert SURPLUS not in keys
    assert State.MITIGATED not in {finding.state for finding in found(desk()) if finding.key in keys}


def test_the_register_of_another_system_is_not_used(tmp_path: Path) -> None:
    """A file that was copied with its neighbour's name is told at its line."""
    system = tmp_path / "desk.yaml"
    register_path(system).write_text("nbthreat: 1\nsystem: other\n", encoding="utf-8")

    with pytest.raises(DocumentError, match=r"desk\.register\.yaml:2: this register is of 'other'"):
        read_register(system, id="desk")
