"""What a decision says besides its treatment: three ratings, advice, assurance, and the tolerance it is held to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers import SURPLUS, SYSTEMS, TODAY, decision, desk, everywhere, found, library
from nbthreat.base.errors import DocumentError, RegisterError
from nbthreat.base.risk import Level, Rating
from nbthreat.decisions.assessment import Assessment, assess, assess_file, risk_data
from nbthreat.decisions.register import (
    Acceptance,
    Advice,
    Appetite,
    Assurance,
    Audience,
    Confidence,
    Handling,
    Marking,
    Register,
    Residual,
    Schedule,
    Standing,
    Treatment,
    current_rating,
    decision_for,
    read_register,
    reconcile,
)
from nbthreat.decisions.verdicts import Verdict
from nbthreat.system import documents
from nbthreat.threats.library import Cost
from nbthreat.threats.matching import Finding, State

EMPTY = Register(system="desk")
LOW = Residual(likelihood=Level.VERY_LOW, impact=Level.MODERATE, because="Pictures are refused at the door.")


def surplus() -> Finding:
    """The one open finding; it rates moderate."""
    return next(finding for finding in found(desk()) if finding.key == SURPLUS)


def looked(register: Register) -> Assessment:
    """The help desk with a register."""
    return assess(desk(), library(), register, today=TODAY)


def row(register: Register, key: str = SURPLUS) -> dict[str, str]:
    """One line of the register as text."""
    return next(risk_data(risk) for risk in looked(register).risks if risk.key == key)


def test_current_is_inherent_until_something_surely_stands_against_it() -> None:
    """What is mitigated is very unlikely and as bad as ever; what is possible is as inherent."""
    states = set()
    for system in (desk(), everywhere(desk(), "controls", answer=True)):
        for finding in found(system):
            inherent, current = finding.rating, current_rating(finding)
            mitigated = finding.state is State.MITIGATED
            expected = Rating(likelihood=Level.VERY_LOW, impact=inherent.impact) if mitigated else inherent
            states.add(finding.state)
            assert expected == current
    assert set(State) == states


def test_residual_is_what_people_say_read_from_the_same_grid() -> None:
    """Beside inherent and current; nothing where nobody said."""
    register = EMPTY.deciding(decision_for(surplus(), "mitigate", owner="Team", rationale="Block.", residual=LOW))

    assert ("moderate", "moderate", "very low") == tuple(
        row(register)[name] for name in ("level", "current", "residual")
    )
    assert "" == row(EMPTY)["residual"]


def test_a_residual_below_the_current_level_says_because_of_what() -> None:
    """The same level or a higher one needs no reason."""
    unsaid = replace(LOW, because=" ")
    with pytest.raises(RegisterError, match="residual level, very low, is below the current one, moderate"):
        decision_for(surplus(), "mitigate", owner="Team", rationale="Block.", residual=unsaid)

    same = Residual(likelihood=Level.MODERATE, impact=Level.MODERATE)
    assert decision_for(surplus(), "mitigate", owner="Team", rationale="Block.", residual=same).residual == same


def test_a_residual_that_a_file_leaves_unexplained_is_told_at_3_1_3() -> None:
    """A register written by hand is not believed either."""
    register = EMPTY.deciding(decision(SURPLUS, residual=replace(LOW, because="")))
    covered = looked(register).covered("3.1.3")

    assert (Verdict.NOT_SATISFIED, "1 residual ratings do not say because of what.") == (
        covered.verdict,
        covered.because,
    )


def test_what_remains_above_tolerance_needs_somebody_who_accepts_it() -> None:
    """A plan alone is not enough where it leaves more than is tolerated."""
    high = Residual(likelihood=Level.HIGH, impact=Level.HIGH)
    register = EMPTY.deciding(decision(SURPLUS, residual=high))
    assert "1 risks stay above moderate and nobody accepted what remains." == looked(register).covered("3.1.3").because

    ends = Acceptance(approver="Board", on=TODAY, expires=TODAY + timedelta(days=30), reason="Pilot.")
    accepted = register.deciding(decision(SURPLUS, treatment=Treatment.ACCEPT, acceptance=ends, residual=high))
    assert Verdict.NOT_SATISFIED is not looked(accepted).covered("3.1.3").verdict


@pytest.mark.parametrize(("tolerance", "verdict"), [(Level.LOW, Verdict.NOT_SATISFIED), (Level.MODERATE, None)])
def test_the_tolerance_of_a_register_is_the_line(tolerance: Level, verdict: Verdict | None) -> None:
    """Moderate where nobody said; the open finding is moderate."""
    register = EMPTY.tolerating(Appetite(tolerance=tolerance, by="Board", on=TODAY))
    covered = looked(register).covered("3.1.3")

    assert Level.MODERATE is EMPTY.tolerance
    assert (verdict or looked(EMPTY).covered("3.1.3").verdict) is covered.verdict
    assert ("above low" in covered.because) == (tolerance is Level.LOW)


def test_nobody_takes_more_than_they_tolerate() -> None:
    """The appetite is at most the tolerance."""
    with pytest.raises(RegisterError, match="cannot be greater than the tolerance"):
        Appetite(appetite=Level.HIGH, tolerance=Level.LOW, by="Board", on=TODAY)


@pytest.mark.parametrize(("days", "standing"), [(0, Standing.DECIDED), (1, Standing.LAPSED)])
def test_an_assurance_that_has_run_out_opens_the_risk_again(days: int, standing: Standing) -> None:
    """As an acceptance does; the first that ends counts."""
    papers = tuple(Assurance(what="Report", by="Vendor", expires=TODAY + timedelta(days=more)) for more in (200, 100))
    register = EMPTY.deciding(decision(SURPLUS, treatment=Treatment.TRANSFER, assurance=papers))
    risks = reconcile(register, found(desk()), today=TODAY + timedelta(days=100 + days))

    assert standing is next(risk.standing for risk in risks if risk.key == SURPLUS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Advice(to=Audience.OPERATOR, text=" "),
        lambda: Assurance(what="", by="Vendor", expires=TODAY),
        lambda: Assurance(what="Report", by="\n", expires=TODAY),
    ],
)
def test_advice_and_assurance_say_something(make: Any) -> None:
    """White space is nothing."""
    with pytest.raises(RegisterError):
        make()


def test_advice_that_was_not_told_yet_is_counted_at_3_2() -> None:
    """Writing it down is half of it."""
    advice = tuple(Advice(to=to, text="Check what it says.") for to in Audience)
    register = EMPTY.deciding(decision(SURPLUS, communicate=advice))

    assert "2 pieces of advice are written and not yet told." == looked(register).covered("3.2").because


def full() -> Register:
    """A decision with one of everything."""
    return EMPTY.deciding(
        decision_for(
            surplus(),
            "mitigate",
            owner="Desk team",
            rationale="Block it.",
            keys=("evasion@helper",),
            due=TODAY,
            residual=LOW,
            confidence=Confidence.LOW,
            plan="Block pictures at the gateway; then test.",
            cost=Cost.SMALL,
            communicate=(Advice(to=Audience.END_USER, text="Send no pictures: nobody looks at them.", told=TODAY),),
            assurance=(Assurance(what="Report on the model", by="Vendor", expires=TODAY + timedelta(days=9)),),
        )
    )


def test_everything_a_decision_says_reads_back_and_stands_in_its_line() -> None:
    """Also on the lines of the others that were decided with it."""
    assert full() == documents.loads(Register, documents.dump(full()).encode(), Path("x")).value
    names = ("number", "current", "residual", "confidence", "plan", "cost")
    expected = ("R-001", "moderate", "very low", "low", "Block pictures at the gateway; then test.", "S")

    assert expected == tuple(row(full())[name] for name in names)
    assert "R-001" == row(full(), "evasion@helper")["number"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("likelihood: 1", "likelihood: 0"),
        ("confidence: low", "confidence: sure"),
        ("cost: S", "cost: XL"),
        ("to: end-user", "to: everybody"),
    ],
)
def test_what_is_on_no_scale_is_told_at_its_line(tmp_path: Path, said: str, wrong: str) -> None:
    """With what would do."""
    text = documents.dump(full())
    assert said in text
    (tmp_path / "desk.register.yaml").write_text(text.replace(said, wrong), encoding="utf-8")
    line = text[: text.index(said)].count("\n") + 1

    with pytest.raises(DocumentError, match=rf"register\.yaml:{line}: "):
        read_register(tmp_path / "desk.yaml", id="desk")


def test_a_review_that_is_overdue_is_told_and_changes_no_verdict() -> None:
    """A model is stale by what changed, not by the calendar."""
    reviewed = EMPTY.reviewing(desk(), library(), by="Analyst", on=TODAY)
    late = reviewed.scheduling(Schedule(next=TODAY - timedelta(days=1), by="Analyst", on=TODAY))

    assert "The next review was due on 2026-11-29." in str(looked(late))
    assert not looked(late).stale
    assert looked(reviewed).covered("3.1.1") == looked(late).covered("3.1.1")


@pytest.mark.parametrize("threat", ["indirect-prompt-injection", "discriminatory-outcome"])
def test_f3_the_use_sets_the_inherent_rating_in_the_register(threat: str) -> None:
    """High for a recruiter, low for a summariser of internal papers: the same threats, another context."""
    levels = {
        name: {
            row["level"]
            for risk in assess_file(SYSTEMS / f"chatbot-{name}.yaml", today=TODAY, library=library()).risks
            if (row := risk_data(risk))["key"].startswith(f"{threat}@")
        }
        for name in ("recruiter", "summariser")
    }

    assert {"high"} == levels["recruiter"]
    assert levels["summariser"] <= {"low"}


@pytest.mark.parametrize(
    ("label", "marking"),
    [
        ("TLP:CLEAR", Marking.CLEAR),
        ("amber+strict", Marking.AMBER_STRICT),
        (" tlp:green ", Marking.GREEN),
        ("TLP:PURPLE", Marking.RED),
        ("TLP:WHITE", Marking.RED),
        ("", Marking.RED),
    ],
)
def test_what_is_no_label_is_for_the_fewest(label: str, marking: Marking) -> None:
    """A slip of the pen never shows a register to more people."""
    assert Marking.of(label) is marking


def test_who_may_see_a_register_is_kept_and_logged(tmp_path: Path) -> None:
    """Nobody said is RED; what was said before stays in the log, and the file reads back the same."""
    assert EMPTY.marking is Marking.RED
    first = EMPTY.handled(Handling(marking="TLP:RED", private=("Project Heron",), by="Risk manager", on=TODAY))
    then = first.handled(Handling(marking="TLP:AMBER", by="Risk manager", on=TODAY))
    assert then.marking is Marking.AMBER
    assert [entry.act.value for entry in then.log] == ["marked", "marked"]
    assert "Project Heron" in then.log[1].before
    documents.save(documents.new(then, tmp_path / "desk.register.yaml"), then)
    assert documents.read(Register, tmp_path / "desk.register.yaml").value == then


def test_a_risk_may_be_for_fewer_than_its_register() -> None:
    """A risk without a label of its own is for whoever may see the register."""
    assert decision(SURPLUS).audience is Marking.CLEAR
    assert replace(decision(SURPLUS), marking="TLP:AMBER").audience is Marking.AMBER
    assert replace(decision(SURPLUS), marking="mauve").audience is Marking.RED
