"""Assessments: verdicts only where records can decide, and staleness until somebody has looked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

import nbthreat
from helpers import SURPLUS, SYSTEMS, TODAY, desk, everywhere, library
from nbthreat.base.risk import Level, Stakes
from nbthreat.decisions.assessment import RISK_COLUMNS, Assessment, assess, assess_file
from nbthreat.decisions.register import Acceptance, Dismissal, NotApplicable, Register, decision_for
from nbthreat.decisions.verdicts import Verdict
from nbthreat.system.model import Answers, Asset, Element, Flow, FrozenMap, Sensitivity, System, Trust, TrustBoundary
from nbthreat.threats.conditions import requirements
from nbthreat.threats.library import Modality
from nbthreat.threats.matching import UNSETTLED, State


def look(system: System, register: Register | None = None, since: System | None = None) -> Assessment:
    """Assess a system on the same day, with the same library, as a notebook does."""
    return nbthreat.assess(system, library(), register, since=since, today=TODAY)


def everything_said(system: System, *, controls: bool, facts: bool) -> System:
    """The system with every control and every fact answered the same wherever it can be said, and of all its data."""
    sensitivity = Sensitivity.CONFIDENTIAL if facts else Sensitivity.PUBLIC
    assets = tuple(replace(asset, sensitivity=sensitivity, personal=facts) for asset in system.assets)
    return everywhere(everywhere(replace(system, assets=assets), "controls", answer=controls), "facts", answer=facts)


def reviewed(register: Register, system: System | None = None) -> Register:
    """The register with a review of the system as it is."""
    return register.reviewing(system or desk(), library(), by="Analyst", on=TODAY)


def all_decided(assessment: Assessment) -> Register:
    """A register with a decision on every finding."""
    register = assessment.register
    for finding in assessment.findings:
        register = register.deciding(
            decision_for(finding, "mitigate", owner="Desk team", rationale="Planned.", on=TODAY)
        )
    return register


@pytest.mark.parametrize("controls", [True, False])
@pytest.mark.parametrize("facts", [True, False])
def test_a_recommendation_is_never_not_satisfied(*, controls: bool, facts: bool) -> None:
    """Whatever is said, advice that is not followed is no failure."""
    seen = look(everything_said(desk(), controls=controls, facts=facts))
    should = {coverage.verdict for coverage in seen.coverage if coverage.provision.modality is Modality.SHOULD}
    shall = {coverage.verdict for coverage in seen.coverage if coverage.provision.modality is Modality.SHALL}

    assert Verdict.NOT_SATISFIED not in should
    assert (not controls) <= (Verdict.NOT_SATISFIED in shall)


def test_a_recommendation_that_is_not_followed_says_that_it_is_advice() -> None:
    """So that nobody takes inconclusive for unknown."""
    seen = look(everything_said(desk(), controls=False, facts=True))
    advice = [
        coverage for coverage in seen.coverage if coverage.because.endswith("The Code recommends it; this is advice.")
    ]

    assert advice
    assert {Modality.SHOULD} == {coverage.provision.modality for coverage in advice}
    assert {Verdict.INCONCLUSIVE} == {coverage.verdict for coverage in advice}


def test_what_nobody_said_is_inconclusive() -> None:
    """With nothing answered at all, the drawing alone satisfies and fails next to nothing."""
    seen = look(System(id="desk", name="Desk", elements=(Element(id="thing", technology="own-llm"),)))

    covered = seen.covered("5.3")
    assert (Verdict.INCONCLUSIVE, "Not said to be there: Incident response plan.") == (covered.verdict, covered.because)
    assert {Verdict.INCONCLUSIVE, Verdict.NOTHING_DRAWN} == {coverage.verdict for coverage in seen.coverage}


@pytest.mark.parametrize(
    ("said", "verdict"),
    [({}, Verdict.INCONCLUSIVE), ({"incident-plan": True}, Verdict.SATISFIED), ({"incident-plan": False}, None)],
    ids=["not said", "yes", "no"],
)
def test_an_answer_gives_a_verdict(said: dict[str, bool], verdict: Verdict | None) -> None:
    """Yes satisfies; no fails what the Code requires, and leaves open what it recommends."""
    covered = look(replace(desk(), controls=FrozenMap(said))).covered("5.3")
    required = covered.provision.modality is Modality.SHALL

    assert (verdict or (Verdict.NOT_SATISFIED if required else Verdict.INCONCLUSIVE)) is covered.verdict


def test_nothing_is_satisfied_by_absence() -> None:
    """Nothing drawn satisfies nothing, whoever reviewed it; nor does one part satisfy what is about others."""
    empty = System(id="desk", name="Desk")
    for register in (None, reviewed(Register(system="desk"), empty)):
        assert Verdict.SATISFIED not in {covered.verdict for covered in look(empty, register).coverage}
    person = replace(empty, elements=(Element(id="caller", technology="end-user"),))
    for facts in (True, False):
        seen = look(everything_said(person, controls=True, facts=facts))
        for covered in seen.coverage:
            about_parts = requirements(covered.provision.satisfied_when) if covered.provision.satisfied_when else ()
            if about_parts:
                assert Verdict.NOTHING_DRAWN is covered.verdict, covered.provision.id
                assert covered.because.endswith("Draw it, or say so, if that is wrong.")


ASKED = {
    provision.id: requirements(provision.satisfied_when)
    for principle in library().principles
    for provision in principle.provisions
    if provision.satisfied_when is not None
}
PARTS = [id for id, pairs in ASKED.items() if pairs]


def everything_drawn() -> System:
    """A system with a part of each technology, and data that come to each from outside."""
    technologies = [name for name, technology in library().technologies.items() if not technology.generic]
    assets = [Asset(id=name, kind=name) for name, kind in library().kinds.items() if not kind.generic]
    carries = tuple(asset.id for asset in assets)
    return System(
        id="all",
        name="All",
        assets=tuple(assets),
        boundaries=(TrustBoundary(id="internet", trust=Trust.NONE),),
        elements=(
            Element(id="outside", name="Outside", technology="end-user", boundary="internet"),
            *(Element(id=name, name=name, technology=name, holds=carries) for name in technologies),
        ),
        flows=tuple(
            Flow(id=f"to-{n}", source="outside", target=name, carries=carries) for n, name in enumerate(technologies)
        ),
    )


@pytest.mark.parametrize("id", PARTS)
def test_a_provision_about_parts_is_satisfied_broken_left_open_and_about_nothing(id: str) -> None:
    """By what is said of the parts it is about, which the verdict names; and a person can say it does not apply."""
    drawn = everything_drawn()
    with_all, with_none = (everything_said(drawn, controls=controls, facts=True) for controls in (True, False))
    required = library().provision(id).modality is Modality.SHALL

    met = look(with_all).covered(id)
    assert met.verdict in (Verdict.SATISFIED, Verdict.INCONCLUSIVE if met.offers else Verdict.SATISFIED)
    assert met.offers or met.because.startswith("By what is drawn and said: ")
    broken = look(with_none).covered(id)
    assert (Verdict.NOT_SATISFIED if required else Verdict.INCONCLUSIVE) is broken.verdict
    assert broken.because.startswith("Said not to be there: ")
    unsaid = replace(
        with_all,
        elements=tuple(replace(element, controls=Answers()) for element in with_all.elements),
        flows=tuple(replace(flow, controls=Answers()) for flow in with_all.flows),
        controls=Answers(),
    )
    assert Verdict.INCONCLUSIVE is look(unsaid).covered(id).verdict
    assert Verdict.NOTHING_DRAWN is look(System(id="all", name="All")).covered(id).verdict
    no = NotApplicable(provision=id, reason="Not ours.", by="Lead", on=TODAY)
    assert Verdict.NOT_APPLICABLE is look(with_none, Register(system="all").excluding(no)).covered(id).verdict


@pytest.mark.parametrize("id", [id for id, pairs in ASKED.items() if not pairs])
def test_a_provision_about_the_whole_system_follows_its_answers(id: str) -> None:
    """Yes, no and nothing said; each verdict names the control."""
    said = {answer: everywhere(desk(), "controls", answer=answer) for answer in (True, False)}
    met, broken, unsaid = (look(system).covered(id) for system in (said[True], said[False], desk()))

    assert Verdict.SATISFIED is met.verdict or met.offers
    assert broken.verdict in (Verdict.NOT_SATISFIED, Verdict.INCONCLUSIVE)
    assert (broken.provision.modality is Modality.SHALL) is (Verdict.NOT_SATISFIED is broken.verdict)
    assert Verdict.INCONCLUSIVE is unsaid.verdict
    names = met.because.removeprefix("Said of the whole system: ")
    assert met.offers or names in broken.because


def test_a_verdict_names_no_more_than_what_lacks() -> None:
    """Of two controls that 5.4.2 asks for together, the one that is there is not called missing; 12.2 alike."""
    kept = Element(id="set", name="Cases", technology="dataset", holds=("cases",))
    asset = Asset(id="cases", kind="training-data", sensitivity=Sensitivity.RESTRICTED)
    half = replace(kept, controls=FrozenMap({"access-control": True, "encryption": False}))
    system = System(id="desk", name="Desk", assets=(asset,), elements=(half,))
    assert "Said not to be there: Encryption (Cases)." == look(system).covered("5.4.2").because

    watched = replace(system, controls=FrozenMap({"misuse-detection": True}))
    names = {id: library().controls[id].name for id in ("misuse-detection", "behaviour-monitoring")}
    because = look(watched).covered("12.2").because
    assert f"Not said to be there: {names['behaviour-monitoring']}." == because


def test_where_neither_drawing_nor_register_can_tell_a_person_is_needed() -> None:
    """It stays inconclusive, whatever is said."""
    seen = look(everything_said(desk(), controls=True, facts=False))
    silent = [
        coverage
        for coverage in seen.coverage
        if not coverage.provision.record and coverage.provision.satisfied_when is None
    ]

    assert silent
    assert {Verdict.INCONCLUSIVE} == {coverage.verdict for coverage in silent}


def test_an_offer_is_only_an_offer_until_somebody_takes_it() -> None:
    """A duty that may never have arisen is not called met; taken, it is not applicable, and says by whom."""
    offered = look(desk()).covered("8.1.2")
    assert offered.offers
    assert Verdict.NOTHING_DRAWN is offered.verdict

    taken = NotApplicable(provision="8.1.2", reason="Nothing is released.", by="Lead", on=TODAY)
    covered = look(desk(), Register(system="desk").excluding(taken)).covered("8.1.2")

    assert Verdict.NOT_APPLICABLE is covered.verdict
    assert "Nothing is released. (said by Lead, 2026-11-30)" == covered.because


def test_a_provision_with_an_offer_is_never_satisfied_by_itself() -> None:
    """Over all 72 and every way of answering."""
    for controls in (True, False):
        for facts in (True, False):
            seen = look(everything_said(desk(), controls=controls, facts=facts))
            assert Verdict.SATISFIED not in {coverage.verdict for coverage in seen.coverage if coverage.offers}


def test_coverage_has_every_provision_once_and_in_order() -> None:
    """72 of them under 13 principles; one that does not exist is a KeyError."""
    seen = look(desk())

    assert 72 == len({coverage.provision.id for coverage in seen.coverage}) == len(seen.coverage)
    assert list(range(1, 14)) == [principle.principle for principle, _ in seen.principles]
    assert list(seen.coverage) == [coverage for _, covered in seen.principles for coverage in covered]
    with pytest.raises(KeyError):
        seen.covered("14.1")


def test_a_provision_lists_the_findings_and_controls_that_touch_it() -> None:
    """Those that are open or possible; a mitigated one rests."""
    seen = look(desk())

    assert SURPLUS in seen.covered("3.1.2").findings
    blocked = replace(desk().elements[2], controls=FrozenMap({"unused-capability-block": True}))
    assert SURPLUS not in look(replace(desk(), elements=(*desk().elements[:2], blocked))).covered("3.1.2").findings
    assert "incident-plan" in seen.covered("5.3").controls


def set_aside(assessment: Assessment, *keys: str) -> Register:
    """The register of an assessment, with findings set aside."""
    register = assessment.register
    for key in keys:
        register = register.dismissing(Dismissal(key=key, reason="Not reachable.", by="Desk team", on=TODAY))
    return register


def test_what_was_set_aside_counts_nowhere_and_is_told_everywhere() -> None:
    """In no state, in no list of what presses, under no provision; the summary says how many there are."""
    before = look(desk())
    maybe = next(finding for finding in before.ranked if finding.state is State.POSSIBLE)
    after = look(desk(), set_aside(before, SURPLUS, maybe.key))

    assert [number - 1 for number in map(before.count, ("open", "possible"))] == [
        *map(after.count, ("open", "possible"))
    ]
    assert (0, 2) == (before.count("set aside"), after.count("set aside"))
    assert before.count(State.MITIGATED) == after.count(State.MITIGATED)
    assert {SURPLUS, maybe.key} == {finding.key for finding in before.pressing} - {
        finding.key for finding in after.pressing
    }
    assert set(before.findings) == set(after.findings)
    assert "set aside" not in str(before)
    assert ", 2 set aside; " in str(after).splitlines()[0]
    assert (SURPLUS in str(before), SURPLUS in str(after)) == (True, False)
    assert SURPLUS in before.covered("3.1.2").findings
    assert SURPLUS not in after.covered("3.1.2").findings


def test_nothing_is_asked_for_what_was_set_aside() -> None:
    """A question goes with the last finding that it would settle, and never speaks of one that was set aside."""
    before = look(desk())
    question = before.questions[-1]
    after = look(desk(), set_aside(before, *question.settles))

    assert question.id not in {question.id for question in after.questions}
    assert not set(question.settles) & {key for question in after.questions for key in question.settles}
    waiting = {finding.key for finding in after.pressing if finding.state in UNSETTLED}
    assert waiting <= {key for question in after.questions for key in question.settles}


def test_a_count_of_what_is_no_state_is_an_error() -> None:
    """And not 0, which would be taken for an answer."""
    with pytest.raises(KeyError):
        look(desk()).count("opne")


def test_setting_the_last_unsettled_finding_aside_settles_3_1_and_says_so() -> None:
    """It was decided that it does not apply: that is neither undecided nor passed over in silence."""
    before = look(desk())
    maybe = [finding for finding in before.findings if finding.state in UNSETTLED]
    *most, last = maybe
    waiting = look(desk(), set_aside(look(desk(), all_decided(before)), *(finding.key for finding in most)))
    done = look(desk(), reviewed(set_aside(look(desk(), all_decided(before)), *(finding.key for finding in maybe))))

    for provision in ("3.1", "3.1.3"):
        assert Verdict.INCONCLUSIVE is waiting.covered(provision).verdict
        assert Verdict.SATISFIED is done.covered(provision).verdict
        assert done.covered(provision).because.endswith(f" Set aside, with a reason: {len(maybe)}.")
    assert f"1 not settled. Set aside, with a reason: {len(most)}." in waiting.covered("3.1").because
    assert last.state in UNSETTLED


def test_3_1_is_satisfied_when_every_finding_is_settled_and_decided() -> None:
    """Possible findings and open ones without a decision keep it open."""
    assert Verdict.INCONCLUSIVE is look(desk()).covered("3.1").verdict

    said = everything_said(desk(), controls=False, facts=True)
    open_ = look(said)
    assert [0, 0] == [open_.count(state) for state in UNSETTLED]
    assert Verdict.INCONCLUSIVE is open_.covered("3.1").verdict
    decided = look(said, all_decided(open_)).covered("3.1")
    assert Verdict.INCONCLUSIVE is decided.verdict
    assert "no review is recorded yet" in decided.because
    assert Verdict.SATISFIED is look(said, reviewed(all_decided(open_), said)).covered("3.1").verdict


def test_an_acceptance_that_ran_out_counts_as_no_decision() -> None:
    """3.1 and 3.1.3 ask again on the day after."""
    said = everything_said(desk(), controls=False, facts=True)
    register = reviewed(all_decided(look(said)), said)
    bad = next(finding for finding in look(said).ranked if finding.rating.level > Level.MODERATE)
    acceptance = Acceptance(approver="Head", on=TODAY, expires=TODAY + timedelta(days=1), reason="A pilot.")
    register = register.deciding(
        decision_for(bad, "accept", owner="Desk team", rationale="A pilot.", acceptance=acceptance)
    )

    def on(days: int) -> Assessment:
        return assess(said, library(), register, today=TODAY + timedelta(days=days))

    assert Verdict.SATISFIED is on(1).covered("3.1").verdict
    assert Verdict.SATISFIED is on(1).covered("3.1.3").verdict
    assert Verdict.INCONCLUSIVE is on(2).covered("3.1").verdict
    assert Verdict.NOT_SATISFIED is on(2).covered("3.1.3").verdict


def changed(system: System) -> System:
    """The same with a setting of the model turned on."""
    helper = system.elements[2]
    return replace(
        system,
        elements=(*system.elements[:2], replace(helper, settings=FrozenMap({"temperature": 1, "tools": True}))),
    )


def test_3_1_1_follows_a_change_its_review_and_its_undoing() -> None:
    """Not satisfied while nobody has looked; satisfied after; not again when the review is of something else."""
    before, after = desk(), changed(desk())
    assert Verdict.INCONCLUSIVE is look(before).covered("3.1.1").verdict

    stale = look(after, since=before)
    assert stale.stale
    assert ("helper",) == stale.changed_things
    assert SURPLUS in stale.to_review
    assert (Verdict.NOT_SATISFIED, "Changed and not looked at again: Helper.") == (
        stale.covered("3.1.1").verdict,
        stale.covered("3.1.1").because,
    )

    register = Register(system="desk").reviewing(after, library(), by="Analyst", on=TODAY)
    reviewed = look(after, register, since=before)
    assert not reviewed.stale
    assert () == reviewed.to_review
    assert (Verdict.SATISFIED, "Nothing changed since the review of 2026-11-30.") == (
        reviewed.covered("3.1.1").verdict,
        reviewed.covered("3.1.1").because,
    )

    undone = look(before, register)
    assert undone.stale
    assert ("helper",) == undone.changed_things
    assert Verdict.NOT_SATISFIED is undone.covered("3.1.1").verdict
    assert Verdict.SATISFIED is look(changed(before), register).covered("3.1.1").verdict


def test_a_new_library_asks_for_another_look() -> None:
    """It may know threats that nobody has thought about yet; what was compared with is not blamed."""
    register = Register(system="desk").reviewing(changed(desk()), library(), by="Analyst", on=TODAY)
    newer = replace(library(), sha256="0" * 64)
    seen = assess(changed(desk()), newer, register, since=desk(), today=TODAY)

    assert seen.stale
    assert "Changed and not looked at again: the library." == seen.covered("3.1.1").because


@pytest.mark.parametrize(
    "again",
    [
        lambda system: replace(system, elements=system.elements[::-1], flows=system.flows[::-1]),
        lambda system: replace(
            system,
            elements=(
                *system.elements[:2],
                replace(system.elements[2], settings=FrozenMap({"tools": False, "temperature": 1})),
            ),
        ),
        lambda system: replace(system, layout=FrozenMap({"app": (1.0, 2.0)})),
    ],
    ids=["permuted", "settings in another order", "moved"],
)
def test_what_changes_nothing_leaves_a_review_standing(again: Callable[[System], System]) -> None:
    """Order and places are not security."""
    register = Register(system="desk").reviewing(desk(), library(), by="Analyst", on=TODAY)

    assert not look(again(desk()), register).stale


@pytest.mark.parametrize(
    "again",
    [
        lambda system: replace(system, stakes=Stakes.CRITICAL),
        lambda system: replace(system, facts=FrozenMap({"acted-on-directly": True})),
        lambda system: replace(system, controls=FrozenMap({"incident-plan": False})),
    ],
    ids=["stakes", "fact", "control"],
)
def test_a_change_of_the_system_as_a_whole_is_named_after_a_review(again: Callable[[System], System]) -> None:
    """It was the system that changed, not the library, and findings about it are looked at again."""
    register = Register(system="desk").reviewing(desk(), library(), by="Analyst", on=TODAY)
    seen = look(again(desk()), register)

    assert seen.stale
    assert ("desk",) == seen.changed_things
    assert "Changed and not looked at again: Help desk." == seen.covered("3.1.1").because


def test_a_spent_review_of_nothing_is_nothing() -> None:
    """Without a review and without an earlier drawing there is nothing to be stale against."""
    seen = look(desk())

    assert not seen.stale
    assert "No review is recorded yet." == seen.covered("3.1.1").because


def test_ranked_shows_the_worst_first() -> None:
    """Open before possible before mitigated, then by level; what may not apply at all counts one level less."""
    seen = look(everything_said(desk(), controls=False, facts=True))
    order = list(State)
    ranks = [(order.index(finding.state), int(not finding.certain) - finding.rating.level) for finding in seen.ranked]

    assert sorted(ranks) == ranks
    assert set(seen.findings) == set(seen.ranked)


def test_a_notebook_shows_text_or_html_that_runs_nothing() -> None:
    """Plain text where nothing else can be shown."""
    shown = look(desk())._repr_mimebundle_()

    assert {"text/plain", "text/html"} == set(shown)
    assert str(look(desk())) == shown["text/plain"]
    assert shown["text/plain"].startswith("Help desk: 1 open, ")
    assert SURPLUS in shown["text/plain"]
    for banned in ("<script", "<iframe", "javascript:", " onload=", " onerror=", "http-equiv"):
        assert banned not in shown["text/html"].casefold()


def test_an_assessment_alone_shows_itself_as_text() -> None:
    """How it looks is said by a room above; without that room a notebook still shows something."""
    code = (
        "import datetime\n"
        "from nbthreat.decisions.assessment import assess, shown_by\n"
        "from nbthreat.system.model import System\n"
        "seen = assess(System(id='desk', name='Desk'), today=datetime.date(2026, 11, 30))\n"
        "print(*seen._repr_mimebundle_())\n"
        "shown_by('text/x-name', lambda one: one.system.name)\n"
        "print(seen._repr_mimebundle_()['text/x-name'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert ["text/plain", "Desk"] == done.stdout.splitlines()


def test_verdicts_that_were_not_followed_to_the_end_say_so() -> None:
    """A budget that is used up leaves open what hangs on a path, and is not taken for something nobody said."""
    spent = nbthreat.assess(desk(), library(), today=TODAY, budget=1)

    assert not spent.match.complete
    covered = spent.covered("5.4.1")
    assert (Verdict.INCONCLUSIVE, "It could not be followed to the end.") == (covered.verdict, covered.because)
    assert "It could not be followed to the end." not in {coverage.because for coverage in look(desk()).coverage}
    assert "INCOMPLETE: not followed to the end: " in str(spent)


def test_names_in_a_notebook_are_text() -> None:
    """However they are spelt."""
    hostile = replace(desk(), name="<script>x()</script>", elements=(*desk().elements[:2], replace(
        desk().elements[2], name='"><img src=x onerror=x()>'
    )))  # fmt: skip
    html = look(hostile)._repr_mimebundle_()["text/html"]

    assert "<script" not in html
    assert "<img src=x" not in html


def test_each_table_has_a_row_for_each_thing() -> None:
    """Findings, lines of the register, provisions: in the order of the assessment."""
    seen = look(desk())
    findings, register, coverage = seen.findings_frame(), seen.register_frame(), seen.coverage_frame()

    assert [finding.key for finding in seen.ranked] == list(findings["key"])
    assert [risk.key for risk in seen.risks] == list(register["key"])
    assert list(RISK_COLUMNS) == list(register.columns)
    assert [coverage.provision.id for coverage in seen.coverage] == list(coverage["provision"])


def test_tables_of_nothing_have_their_columns() -> None:
    """So that what is built on them does not break on a quiet system."""
    seen = look(System(id="nothing", name="Nothing"))

    assert (0, "key") == (len(seen.findings_frame()), seen.findings_frame().columns[0])
    assert list(RISK_COLUMNS) == list(seen.register_frame().columns)
    assert 72 == len(seen.coverage_frame())


def test_an_assessment_is_of_the_day_it_is_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the one clock, which a build can set."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(86_400 * 365))

    assert date(1971, 1, 1) == nbthreat.today()
    assert date(1971, 1, 1) == assess(desk(), library()).today == assess_file(SYSTEMS / "chatbot.yaml").today
    assert TODAY == assess(desk(), library(), today=TODAY).today
