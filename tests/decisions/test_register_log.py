"""The log and the numbers of a register: nothing that was said is lost, and no number names two risks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import TODAY, decision, desk, found, library
from nbthreat.base.errors import DocumentError, RegisterError
from nbthreat.base.risk import Level
from nbthreat.decisions.register import (
    Act,
    Appetite,
    ChangeAnswer,
    Dismissal,
    Effect,
    Inherited,
    LogEntry,
    NotApplicable,
    Occasion,
    Register,
    Schedule,
    Trigger,
    occasion,
    read_register,
)
from nbthreat.system import documents

EMPTY = Register(system="desk")


def numbers(register: Register) -> dict[str, str]:
    """Which finding has which number."""
    return {key: other.number for other in register.decisions for key in other.findings}


# Numbers


def test_numbers_are_given_in_order_and_kept() -> None:
    """A second decision about the same finding keeps the first one's."""
    register = EMPTY.deciding(decision("a@x")).deciding(decision("b@x")).deciding(decision("a@x", "Again."))

    assert {"a@x": "R-001", "b@x": "R-002"} == numbers(register)
    assert 2 == register.numbers_given


def test_a_number_is_not_given_again_when_what_had_it_is_gone() -> None:
    """The highest is remembered, also by a file."""
    register = EMPTY.deciding(decision("a@x")).deciding(decision("b@x")).reopening("b@x")
    read = documents.loads(Register, documents.dump(register).encode(), Path("x")).value

    assert "R-003" == numbers(read.deciding(decision("c@x")))["c@x"]


def test_a_finding_that_is_decided_again_after_it_was_reopened_has_its_number_back() -> None:
    """Who holds an older print finds it."""
    register = EMPTY.deciding(decision("a@x")).deciding(decision("b@x")).reopening("a@x").deciding(decision("a@x"))

    assert {"b@x": "R-002", "a@x": "R-001"} == numbers(register)


def test_a_finding_that_had_two_numbers_has_the_last_one_back() -> None:
    """Unless another has it; then the one before."""
    register = EMPTY.deciding(decision("a@x"), decision("b@x", keys=("a@x",))).reopening("a@x")

    assert "R-001" == numbers(register.deciding(decision("a@x")))["a@x"]
    assert "R-002" == numbers(register.reopening("b@x").deciding(decision("a@x")))["a@x"]


def test_one_decision_gathers_several_findings_under_one_number() -> None:
    """A finding is under one decision only: a new one takes it from the old."""
    register = EMPTY.deciding(decision("a@x", keys=("b@x", "c@x"))).deciding(decision("b@x"))

    assert {"a@x": "R-001", "c@x": "R-001", "b@x": "R-002"} == numbers(register)
    assert register.about("c@x") == register.about("a@x")
    assert register.about("z@x") is None
    assert "R-001: treatment mitigate" in register.log[-1].before


def test_reopening_one_of_several_leaves_the_others_decided() -> None:
    """Where the leading one goes, the next leads, under the same number; with the last the decision goes."""
    register = EMPTY.deciding(decision("a@x", keys=("b@x",))).reopening("a@x")

    assert {"b@x": "R-001"} == numbers(register)
    assert {"b@x": "R-001", "a@x": "R-002"} == numbers(register.deciding(decision("a@x")))
    assert () == register.reopening("b@x").decisions


def test_a_number_that_is_brought_along_is_refused() -> None:
    """Numbers are the register's to give; what was read from it can be put back."""
    register = EMPTY.deciding(decision("a@x"))

    assert register.decisions == register.deciding(register.decisions[0]).decisions
    for number in ("R-001", "R-007"):
        with pytest.raises(RegisterError, match=r"this one is R-002"):
            register.deciding(decision("b@x", number=number))
    with pytest.raises(RegisterError, match="is no number of a risk"):
        decision("b@x", number="7")


def test_a_decision_names_a_finding_once() -> None:
    """Twice is a slip of the pen."""
    with pytest.raises(RegisterError, match="names a finding twice"):
        decision("a@x", keys=("b@x", "a@x"))


def test_two_risks_of_one_number_in_a_file_are_told_with_the_next_free_one(tmp_path: Path) -> None:
    """As after two people's files were merged by hand."""
    register = EMPTY.deciding(decision("a@x")).deciding(decision("b@x"))
    path = tmp_path / "desk.register.yaml"
    path.write_text(documents.dump(register).replace("R-002", "R-001", 1), encoding="utf-8")

    with pytest.raises(
        DocumentError, match=r"R-001 is the number of two risks, 'a@x' and 'b@x'\. Give one of them R-003"
    ):
        read_register(tmp_path / "desk.yaml", id="desk")


OLD = """nbthreat: 1
system: desk

reviewed:
  on: 2026-10-01
  by: Analyst
  system: 0f
  library: 1f
  things:
    desk: 2f

set_aside:
  - key: c@x
    reason: Not used.
    on: 2026-10-01

decisions:
  - key: a@x
    treatment: avoid
    owner: Desk team
    rationale: Switched off.
  - key: b@x
    treatment: mitigate
    owner: Desk team
    rationale: Soon.
"""


def test_an_old_file_reads_and_gets_its_numbers_with_the_next_decision(tmp_path: Path) -> None:
    """In the order of the file; written as it is, only the key of days differs."""
    path = tmp_path / "desk.register.yaml"
    path.write_text(OLD, encoding="utf-8")
    old = read_register(tmp_path / "desk.yaml", id="desk").value

    assert documents.dump(old) == OLD.replace(" on: ", " date: ")
    assert {"a@x": "", "b@x": ""} == numbers(old)
    assert {"a@x": "R-001", "b@x": "R-002", "d@x": "R-003"} == numbers(old.deciding(decision("d@x")))


# The log


def inherited(key: str = "evasion@model/core") -> Inherited:
    """Something a supplier handed over."""
    supplier = key.partition("@")[2].partition("/")[0]
    return Inherited(key=key, title="Evasion", supplier=supplier, likelihood=Level.HIGH, impact=Level.HIGH, on=TODAY)


ACTS: list[tuple[Act, Any]] = [
    (Act.DECIDED, lambda item, at: item.deciding(decision("a@x"), at=at)),
    (Act.SET_ASIDE, lambda item, at: item.dismissing(Dismissal(key="b@x", reason="Not used.", on=TODAY), at)),
    (Act.REOPENED, lambda item, at: item.reopening("z@x", at)),
    (Act.REVIEWED, lambda item, _: item.reviewing(desk(), library(), by="Analyst", on=TODAY)),
    (Act.EXCLUDED, lambda item, at: item.excluding(NotApplicable(provision="8.1.2", reason="W", by="L", on=TODAY), at)),
    (Act.ANSWERED, lambda item, at: item.answering(
        ChangeAnswer(key="helper", before="0", after="1", effect=Effect.REASSESSED, by="Analyst", on=TODAY), at
    )),
    (Act.TOLERATED, lambda item, at: item.tolerating(Appetite(by="Board", on=TODAY), at)),
    (Act.SCHEDULED, lambda item, at: item.scheduling(
        Schedule(next=TODAY + timedelta(days=90), triggers=(Trigger.MODEL,), by="Analyst", on=TODAY), at
    )),
    (Act.INHERITED, lambda item, at: item.inheriting("model", [inherited()], at=at)),
    (Act.UNDONE, lambda item, at: EMPTY.after(item, at, what="Decide")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "do"), ACTS, ids=[str(act) for act, _ in ACTS])
def test_everything_that_is_said_goes_into_the_log(act: Act, do: Any) -> None:
    """With the day, the role, and the marks of drawing and library."""
    at = occasion(desk(), library(), by="Analyst", on=TODAY)
    before = EMPTY.deciding(decision("z@x"))
    after = do(before, at)

    assert before.log == after.log[:-1]
    entry = after.log[-1]
    assert (2, act, TODAY, "Analyst") == (entry.number, entry.act, entry.on, entry.by)
    assert (at.system, at.library) == (entry.system, entry.library)
    assert after == documents.loads(Register, documents.dump(after).encode(), Path("x")).value


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a@x", "b@x", ""]), st.none() | st.integers(-3, 3)), max_size=8))
def test_no_entry_of_the_log_is_of_an_earlier_day_than_the_one_above_it(steps: list[tuple[str, int | None]]) -> None:
    """Where a clock went back, it has the day of the one above; a day that nobody said stays unsaid."""
    register = EMPTY
    for key, days in steps:
        day = None if days is None else TODAY + timedelta(days=days)
        at = Occasion(on=day, by="Lead")
        register = register.deciding(decision(key), at=at) if key else register.signing(at, what="approved")
        assert (day is None) == (register.log[-1].on is None)

    dated = [entry.on for entry in register.log if entry.on]
    assert sorted(dated) == dated
    assert not dated or max(TODAY + timedelta(days=days) for _, days in steps if days is not None) == dated[-1]


def test_reopening_keeps_what_was_said_in_the_log() -> None:
    """Also what was decided before there was a log."""
    old = replace(EMPTY, decisions=(decision("a@x", "Because the filter is there.", plan="Filter, then test."),))
    entry = old.reopening("a@x", Occasion(on=TODAY, by="Lead"), why="The filter is gone.").log[-1]

    assert (Act.REOPENED, ("a@x",), "R-001", "The filter is gone.") == (entry.act, entry.about, entry.risk, entry.why)
    for said in (
        "treatment mitigate",
        "owner Desk team",
        "rationale Because the filter is there.",
        "Filter, then test.",
    ):
        assert said in entry.before


def test_what_a_decision_takes_the_place_of_is_in_the_log() -> None:
    """An earlier decision, and that it was set aside."""
    register = EMPTY.deciding(decision("a@x", "First.")).dismissing(Dismissal(key="a@x", reason="Moot.", on=TODAY))
    register = register.deciding(decision("a@x", "Second."))

    assert () == register.set_aside
    assert "rationale First." in register.log[-1].before
    assert "set aside: reason Moot." in register.log[-1].before


def test_reopening_what_was_never_decided_says_nothing() -> None:
    """The register is as it was."""
    assert EMPTY.reopening("a@x") == EMPTY


def test_an_entry_that_somebody_cut_out_of_the_log_is_missed() -> None:
    """The entries are numbered without a gap."""
    log = EMPTY.deciding(decision("a@x")).deciding(decision("b@x")).deciding(decision("c@x")).log

    with pytest.raises(RegisterError, match="the log has no entry 2, but 3 there"):
        Register(system="desk", log=(log[0], log[2]))


KEYS = tuple(f"{letter}@x" for letter in "abcd")
STEPS = st.one_of(
    st.tuples(st.just("decide"), st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("reopen"), st.sampled_from(KEYS)),
    st.tuples(st.just("dismiss"), st.sampled_from(KEYS)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("review"), st.none()),
)
SAYING = ("decide", "reopen", "dismiss")


def stepped(past: list[Register], step: tuple[str, Any], n: int) -> Register:
    """The register after one more step; undoing goes back so many steps."""
    here, (what, of) = past[-1], step
    match what:
        case "decide":
            return here.deciding(decision(of[0], f"Reason {n}.", keys=tuple(of[1:])))
        case "reopen":
            return here.reopening(of)
        case "dismiss":
            return here.dismissing(Dismissal(key=of, reason=f"Reason {n}.", on=TODAY))
        case "undo":
            return past[max(0, len(past) - 1 - of)].after(here, Occasion(), what="undo")
    return here.reviewing(desk(), library(), by="Analyst", on=TODAY)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=15))
def test_whatever_is_done_no_entry_is_lost_and_no_number_names_two_risks(steps: list[tuple[str, Any]]) -> None:
    """A number goes only to findings that had it before; each reason ever given stands in the log."""
    past = [EMPTY]
    bearers: dict[str, set[str]] = {}
    for n, step in enumerate(steps):
        past.append(stepped(past, step, n))
        before, after = past[-2:]
        assert before.log == after.log[: len(before.log)]
        assert before.numbers_given <= after.numbers_given
        for other in after.decisions:
            known = bearers.setdefault(other.number, set(other.findings))
            assert known & set(other.findings), "a number went to another risk"
            known |= set(other.findings)
        assert len(numbers(after)) == sum(len(other.findings) for other in after.decisions)
        if step[0] in ("decide", "dismiss"):
            assert any(f"Reason {n}." in entry.why for entry in after.log)
    assert past[-1] == documents.loads(Register, documents.dump(past[-1]).encode(), Path("x")).value


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS.filter(lambda step: step[0] in SAYING), max_size=15), st.integers(0, 5))
def test_many_said_at_once_are_what_they_are_one_after_the_other(steps: list[tuple[str, Any]], earlier: int) -> None:
    """Equal registers and logs."""
    begun = EMPTY.deciding(*(decision(key) for key in KEYS[:earlier]))
    past, draft = [begun], begun.draft()
    for n, step in enumerate(steps):
        past.append(stepped(past, step, n))
        match step:
            case "decide", (first, *others):
                draft.decide(decision(first, f"Reason {n}.", keys=tuple(others)))
            case "reopen", key:
                draft.reopen(key)
            case "dismiss", key:
                draft.dismiss(Dismissal(key=key, reason=f"Reason {n}.", on=TODAY))
        assert {key: past[-1].about(key) for key in KEYS} == {key: draft.about(key) for key in KEYS}

    assert past[-1] == begun.drafted(draft)


def test_several_decisions_are_made_in_their_order() -> None:
    """Each sees those before it."""
    said = (decision("a@x", keys=("b@x",)), decision("b@x", "Apart."), decision("a@x", "Alone."))

    assert EMPTY.deciding(said[0]).deciding(said[1]).deciding(said[2]) == EMPTY.deciding(*said)


def test_an_entry_reads_as_it_was_written() -> None:
    """With what stands in a sentence of people: colons, quotes, line breaks."""
    entry = LogEntry(number=1, act=Act.DECIDED, about=("a@x",), what='a: "b"; c\nd', why="# no comment")
    register = replace(EMPTY, log=(entry,))

    assert register == documents.loads(Register, documents.dump(register).encode(), Path("x")).value


def test_a_review_remembers_what_was_found() -> None:
    """By key and state."""
    findings = found(desk())
    register = EMPTY.reviewing(desk(), library(), by="Analyst", on=TODAY, findings=findings)

    assert register.reviewed is not None
    assert {finding.key: finding.state.value for finding in findings} == dict(register.reviewed.found)
