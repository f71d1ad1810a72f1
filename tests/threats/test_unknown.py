"""Unknown is not no: what nobody said stays open through every condition, every path, every finding and question."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from helpers import library
from nbthreat.base.risk import Level
from nbthreat.system.model import Answers, Asset, Element, Flow, Lifecycle, System, TrustBoundary
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Evaluation
from nbthreat.threats.library import Library, Threat, ThreatRating
from nbthreat.threats.matching import UNSETTLED, State, match
from nbthreat.threats.matching.questions import questions
from nbthreat.threats.matching.reasons import Reasons, Value
from small_library import VOCABULARY

YES, UNKNOWN, NO = Value.YES, Value.UNKNOWN, Value.NO
NOT = {YES: NO, UNKNOWN: UNKNOWN, NO: YES}
ORDER = (NO, UNKNOWN, YES)
"""Of several, `all` is the least and `any` the greatest."""


def said(answer: Value, *names: str) -> Answers:
    """What somebody said of some facts or controls, nothing where it is not known."""
    return Answers({} if answer is UNKNOWN else dict.fromkeys(names, answer is YES))


def one_model(**fields: Any) -> System:
    """A system of one model, with what is said of it."""
    return System(id="s", name="S", elements=(Element(id="m", technology="model", **fields),))


def value(system: System, condition: Condition, subject: Subject = Subject.ELEMENT, n: int = 0) -> Value:
    """What a condition answers for the n-th subject; the clause that a person reads says the same."""
    evaluation = Evaluation(system, VOCABULARY)
    yes, maybe = (bool(found >> n & 1) for found in evaluation.answer(condition, subject))
    assert maybe or not yes
    found = YES if yes else UNKNOWN if maybe else NO
    assert found is Reasons(evaluation)._value(condition, subject, n)
    return found


@pytest.mark.parametrize(("first", "second"), list(product(ORDER, ORDER)))
def test_all_any_and_not_keep_the_three_values_apart(first: Value, second: Value) -> None:
    """Every pair of answers, in conditions of conditions."""
    system = one_model(controls=said(first, "filter"), facts=said(second, "public"))
    left, right = c.ControlIs("filter"), c.FactIs("public")

    assert (first, second) == (value(system, left), value(system, right))
    assert NOT[first] is value(system, c.Not(left))
    assert first is value(system, c.Not(c.Not(left)))
    assert first is value(system, c.Is("it", left))
    assert min(first, second, key=ORDER.index) is value(system, c.All((left, right)))
    assert max(first, second, key=ORDER.index) is value(system, c.Any_((left, right)))
    assert NOT[max(first, second, key=ORDER.index)] is value(system, c.Not(c.Any_((left, right))))
    assert max(first, second, key=ORDER.index) is value(system, c.Some(c.Any_((left, right))), Subject.SYSTEM)


ASSET = Asset(id="a", kind="prompt")
UNSAID: list[tuple[str, Condition, Subject, System]] = [
    ("a control", c.ControlIs("filter"), Subject.ELEMENT, one_model()),
    ("a fact", c.FactIs("public"), Subject.ELEMENT, one_model()),
    ("a control of the system", c.ControlIs("oversight"), Subject.SYSTEM, one_model()),
    ("a fact of the system", c.OnSystem(c.FactIs("regulated")), Subject.ELEMENT, one_model()),
    (
        "what it is",
        c.TechnologyIs(("model",)),
        Subject.ELEMENT,
        System(id="s", name="S", elements=(Element(id="m", technology="thing"),)),
    ),
    ("trust", c.TrustIs(("high",)), Subject.ELEMENT, one_model()),
    (
        "trust of a boundary",
        c.TrustIs(("high",)),
        Subject.ELEMENT,
        replace(
            one_model(boundary=None),
            boundaries=(TrustBoundary(id="b"),),
            elements=(Element(id="m", technology="model", boundary="b"),),
        ),
    ),
    ("capabilities", c.Provides("tools"), Subject.ELEMENT, one_model()),
    ("surplus", c.Surplus("tools"), Subject.ELEMENT, one_model(provides=("tools",))),
    ("surplus of what is not said", c.Surplus("any"), Subject.ELEMENT, one_model(needs=())),
    ("stakes", c.StakesIs(("high",)), Subject.SYSTEM, one_model()),
    ("phase", c.LifecycleIs(("design",)), Subject.SYSTEM, one_model()),
    (
        "what a store holds",
        c.Holds(c.Asset_(kind=("prompt",))),
        Subject.ELEMENT,
        System(id="s", name="S", elements=(Element(id="m", technology="store"),)),
    ),
    (
        "sensitivity",
        c.Holds(c.Asset_(sensitivity=("public",))),
        Subject.ELEMENT,
        replace(one_model(), assets=(ASSET,), elements=(Element(id="m", technology="store", holds=("a",)),)),
    ),
    (
        "personal",
        c.Holds(c.Asset_(personal=False)),
        Subject.ELEMENT,
        replace(one_model(), assets=(ASSET,), elements=(Element(id="m", technology="store", holds=("a",)),)),
    ),
]


@pytest.mark.parametrize(
    ("condition", "subject", "system"), [case[1:] for case in UNSAID], ids=[case[0] for case in UNSAID]
)
def test_what_nobody_said_is_open_and_so_is_its_opposite(
    condition: Condition, subject: Subject, system: System
) -> None:
    """Of every leaf that somebody can leave unsaid."""
    assert UNKNOWN is value(system, condition, subject)
    assert UNKNOWN is value(system, c.Not(condition), subject)


def two(answer: Value = NO, *, on: str = "m", carries: tuple[str, ...] | None = ("a",)) -> System:
    """An agent that sends something to a model, with an answer about controls on one of the three; no on the others."""
    controls = {id: said(answer if id == on else NO, "encryption" if id == "f" else "filter") for id in "mzf"}
    return System(
        id="s",
        name="S",
        assets=(ASSET,),
        elements=(
            Element(id="m", technology="model", controls=controls["m"]),
            Element(id="z", technology="agent", controls=controls["z"]),
        ),
        flows=(Flow(id="f", source="z", target="m", carries=carries, controls=controls["f"]),),
    )


@pytest.mark.parametrize("answer", ORDER)
@pytest.mark.parametrize("on", ["m", "z", "f"])
@pytest.mark.parametrize("forward", [True, False])
def test_a_control_that_may_stand_on_a_way_leaves_the_way_open(answer: Value, on: str, forward: bool) -> None:  # noqa: FBT001
    """Neither clear nor barred: at the start, on the way, at the end."""
    end = (
        c.TechnologyIs(("agent",))
        if not forward
        else c.All((c.TechnologyIs(("model",)), c.Not(c.TechnologyIs(("agent",)))))
    )
    reach = c.Reach(end, without=("filter", "encryption"), forward=forward)

    assert NOT[answer] is value(two(answer, on=on), reach, n=1 if forward else 0)


@pytest.mark.parametrize(("carries", "expected"), [(("a",), YES), (None, UNKNOWN), ((), NO)])
def test_a_flow_of_which_nobody_said_what_it_carries_may_carry_anything(
    carries: tuple[str, ...] | None, expected: Value
) -> None:
    """On a way as well."""
    system = two(carries=carries)
    wanted = c.Asset_(kind=("prompt",))

    assert expected is value(system, c.Carries(wanted), Subject.FLOW)
    assert expected is value(system, c.Reach(c.TechnologyIs(("agent",)), asset=wanted))
    assert expected is value(system, c.Receives(c.Carries(wanted)))
    assert expected is value(system, c.Sends(c.Carries(wanted)), n=1)


@pytest.mark.parametrize(
    ("condition", "subject", "system"),
    [
        (c.SourceIs(c.ControlIs("filter")), Subject.FLOW, two(UNKNOWN, on="z")),
        (c.TargetIs(c.ControlIs("filter")), Subject.FLOW, two(UNKNOWN, on="m")),
        (c.Crosses(), Subject.FLOW, two()),
        (c.Carries(c.Asset_(kind=("prompt",))), Subject.FLOW, replace(two(), assets=(Asset(id="a", kind="text"),))),
        (c.Reach(c.TechnologyIs(("agent",)), here=c.ControlIs("filter")), Subject.ELEMENT, two(UNKNOWN, on="m")),
    ],
    ids=["source", "target", "boundary", "generic kind of asset", "where a way ends"],
)
def test_what_nobody_said_of_a_flow_or_its_ends_is_open_and_so_is_its_opposite(
    condition: Condition, subject: Subject, system: System
) -> None:
    """Of every condition that looks at more than the subject."""
    assert UNKNOWN is value(system, condition, subject)
    assert UNKNOWN is value(system, c.Not(condition), subject)


# Budget

BACK = c.Reach(c.TechnologyIs(("agent",)))
FORTH = c.Reach(c.TechnologyIs(("model",)), forward=True)
INNER = c.Reach(FORTH)


def test_a_budget_is_spent_once_however_many_groups_share_it() -> None:
    """The steps of all groups count together: any budget below their sum leaves something open, and says what."""
    system = two()
    spent = []
    for asked in ([BACK], [FORTH], [INNER]):
        evaluation = Evaluation(system, VOCABULARY, budget=1_000)
        evaluation.prepare(asked)
        spent.append(1_000 - evaluation.steps_left)
    everything = Evaluation(system, VOCABULARY, budget=1_000)
    everything.prepare([BACK, INNER])
    needed = 1_000 - everything.steps_left

    assert spent[0] > 0
    assert spent[1] > 0
    assert spent[2] > spent[1]
    assert spent[0] + spent[2] == needed
    for budget in range(needed + 1):
        evaluation = Evaluation(system, VOCABULARY, budget=budget)
        evaluation.prepare([BACK, INNER])
        assert (budget < needed) == bool(evaluation.unfinished), budget
        assert evaluation.steps_left == 0 or budget >= needed
        for reach in evaluation.unfinished:
            assert (0, 3) == evaluation.answer(reach, Subject.ELEMENT)


# Findings and questions


def threat(
    id: str, applies_when: Condition, mitigated_when: Condition | None = None, level: Level = Level.MODERATE
) -> Threat:
    """A threat of elements, as likely as it is bad."""
    return replace(
        library().threat("direct-prompt-injection"),
        id=id,
        subject=Subject.ELEMENT,
        applies_when=applies_when,
        mitigated_when=mitigated_when,
        rating=ThreatRating(likelihood=level, impact=level, why="Said so."),
    )


def asking(*threats: Threat) -> Library:
    """The library with these threats alone."""
    return replace(library(), threats=tuple(sorted(threats, key=lambda threat: threat.id)))


def own_model(**fields: Any) -> System:
    """A system of one model of our own."""
    return System(id="s", name="S", elements=(Element(id="m", technology="own-llm", **fields),))


@pytest.mark.parametrize(("applies", "mitigated"), list(product(ORDER, ORDER)))
def test_where_a_finding_stands_follows_from_both_answers(applies: Value, mitigated: Value) -> None:
    """Open is sure of both, mitigated of a defence, possible that it applies; the rest is unclear."""
    asked = asking(threat("t", c.FactIs("online-learning"), c.ControlIs("unused-capability-block")))
    system = own_model(facts=said(applies, "online-learning"), controls=said(mitigated, "unused-capability-block"))
    expected = (
        None
        if applies is NO
        else State.MITIGATED
        if mitigated is YES
        else State.OPEN
        if (applies, mitigated) == (YES, NO)
        else State.POSSIBLE
        if applies is YES
        else State.TO_CLARIFY
    )

    found = match(system, asked).findings

    assert ([expected] if expected else []) == [finding.state for finding in found]
    assert [applies is YES] * len(found) == [finding.certain for finding in found]
    assert [expected in UNSETTLED] * len(found) == [bool(finding.unknown) for finding in found]
    if expected is State.TO_CLARIFY:
        (unclear,) = found
        assert ["fact/online-learning"] == [unknown.id for unknown in unclear.unknown]
        assert unclear.because.startswith(
            f"Not known: {unclear.match.asked(unclear.unknown[0])} If the threat applies: "
        )
        assert f"{unclear.rating.level.label} if it applies" == unclear.level_words


def test_what_the_life_cycle_says_is_not_asked() -> None:
    """A fact that the phase decides is decided, unless somebody says otherwise, and asked where no phase is said."""
    asked = asking(replace(threat("t", c.FactIs("changing-hands")), subject=Subject.SYSTEM))
    states = {
        phase: [finding.state for finding in match(replace(own_model(), lifecycle=phase), asked).findings]
        for phase in (None, *Lifecycle)
    }
    said_so = replace(own_model(), lifecycle=Lifecycle.DESIGN, facts=said(YES, "changing-hands"))

    assert {None: [State.TO_CLARIFY], Lifecycle.END_OF_LIFE: [State.OPEN]} == {
        phase: found for phase, found in states.items() if found
    }
    assert [State.OPEN] == [finding.state for finding in match(said_so, asked).findings]


def test_what_weighs_more_is_asked_first_though_it_settles_less() -> None:
    """One finding of the highest level before three of the lowest; of equal weight, the question that settles more."""
    few, many = c.FactIs("online-learning"), c.ControlIs("unused-capability-block")
    lowest = [threat(f"low-{n}", c.Not(many), level=Level.VERY_LOW) for n in range(3)]

    heavy = match(own_model(), asking(threat("high", few, level=Level.VERY_HIGH), *lowest)).questions
    light = match(own_model(), asking(threat("high", few, level=Level.VERY_LOW), *lowest)).questions

    assert ["fact/online-learning", "control/unused-capability-block"] == [question.id for question in heavy]
    assert ["control/unused-capability-block", "fact/online-learning"] == [question.id for question in light]
    assert (("high@m",), ("high@m",), ("high@m",)) == (heavy[0].settles, heavy[0].if_yes, heavy[0].if_no)


def test_a_question_is_asked_only_where_it_settles_what_those_before_it_do_not() -> None:
    """Either of two answers can settle the finding; only one question is asked, and it says which answer does."""
    either = threat("either", c.Any_((c.FactIs("online-learning"), c.ControlIs("unused-capability-block"))))

    (asked,) = match(own_model(), asking(either)).questions

    assert "fact/online-learning" == asked.id
    assert (("either@m",), ("either@m",), ()) == (asked.settles, asked.if_yes, asked.if_no)


def test_questions_about_some_findings_settle_no_others() -> None:
    """A question that would settle others too names only those it was asked for."""
    fact = c.FactIs("online-learning")
    found = match(own_model(), asking(threat("a", fact), threat("b", fact)))

    (about_all,) = found.questions
    (about_first,) = questions(found.library, found.reasons, found.findings[:1])

    assert ("a@m", "b@m") == about_all.settles
    assert ("a@m",) == about_first.settles


def test_what_could_not_be_followed_is_told_and_stays_to_clarify() -> None:
    """By the threat's id, and of no threat that asks no way."""
    walked = threat("walked", c.Reach(c.TechnologyIs(("end-user",))))
    stood = threat("stood", c.FactIs("online-learning"))
    system = replace(
        own_model(),
        elements=(*own_model().elements, Element(id="z", technology="end-user")),
        flows=(Flow(id="f", source="z", target="m"),),
    )

    short, full = (match(system, asking(walked, stood), budget=budget) for budget in (0, 100))

    assert (False, ("walked",)) == (short.complete, short.incomplete)
    assert State.TO_CLARIFY is short["walked@m"].state
    assert (True, ()) == (full.complete, full.incomplete)
    assert State.OPEN is full["walked@m"].state


# What is told of the unknown


def unsaid(system: System, applies: Condition, mitigated: Condition | None = None) -> list[str]:
    """What nobody said and a threat hangs on at the model, as findings tell it."""
    found = Reasons(Evaluation(system, VOCABULARY)).unknown(threat("t", applies, mitigated), "m")
    return [f"{unknown.id}@{unknown.subject}" for unknown in found]


PUBLIC, FILTER = c.FactIs("public"), c.ControlIs("filter")


@pytest.mark.parametrize(
    ("system", "applies", "mitigated", "expected"),
    [
        (one_model(), PUBLIC, None, ["fact/public@m"]),
        (one_model(), c.Not(PUBLIC), FILTER, ["fact/public@m", "control/filter@m"]),
        (one_model(), c.All((PUBLIC, c.Not(PUBLIC))), PUBLIC, ["fact/public@m"]),
        (one_model(facts=said(YES, "public")), PUBLIC, FILTER, ["control/filter@m"]),
        (one_model(facts=said(NO, "public")), PUBLIC, FILTER, ["control/filter@m"]),
        (one_model(facts=said(YES, "public")), c.All((PUBLIC, FILTER)), None, ["control/filter@m"]),
        (one_model(facts=said(NO, "public")), c.All((PUBLIC, FILTER)), None, []),
        (one_model(facts=said(YES, "public")), c.Any_((PUBLIC, FILTER)), None, []),
        (one_model(facts=said(NO, "public")), c.Any_((PUBLIC, FILTER)), None, ["control/filter@m"]),
        (one_model(), c.OnSystem(c.Some(FILTER)), None, ["control/filter@m"]),
    ],
)
def test_only_what_is_unknown_and_decides_is_told(
    system: System, applies: Condition, mitigated: Condition | None, expected: list[str]
) -> None:
    """Each thing once, in the order of the conditions; nothing where the other parts decide already."""
    assert expected == unsaid(system, applies, mitigated)


@pytest.mark.parametrize(("on", "control"), [("m", "filter"), ("z", "filter"), ("f", "encryption")])
def test_of_a_way_the_control_that_nobody_mentioned_is_told(on: str, control: str) -> None:
    """Where it could stand: at the start, on the flow, at the end."""
    reach = c.Reach(c.TechnologyIs(("agent",)), without=("filter", "encryption"))

    assert [f"control/{control}@{on}"] == unsaid(two(UNKNOWN, on=on), reach)
    assert [] == unsaid(two(NO), reach)
    assert [] == unsaid(two(YES, on=on), reach)


def test_of_a_way_what_its_flows_carry_and_where_it_starts_is_told() -> None:
    """Nobody said what the flow carries; nobody said what the thing it comes from is."""
    agent, carried = c.TechnologyIs(("agent",)), c.Asset_(kind=("prompt",))
    thing = Element(id="z", technology="thing", controls=said(NO, "filter"))
    from_thing = replace(two(), elements=(two().element("m"), thing))

    assert ["carries@f"] == unsaid(two(carries=None), c.Reach(agent, asset=carried))
    assert ["carries@f"] == unsaid(two(carries=None), c.Receives(c.Carries(carried)))
    assert ["technology@z"] == unsaid(from_thing, c.Reach(agent))


@pytest.mark.parametrize(
    ("holds", "brings", "expected"),
    [
        (None, {"f": ()}, ["holds@m"]),
        ((), {"f": None}, ["carries@f"]),
        ((), {"f": (), "g": None}, ["carries@g"]),
        (("secret",), {"f": ()}, ["holds@m"]),
        ((), {"f": ()}, []),
    ],
)
def test_of_a_store_what_it_holds_or_is_brought_is_told(
    holds: tuple[str, ...] | None, brings: dict[str, tuple[str, ...] | None], expected: list[str]
) -> None:
    """The flows of which nobody said what they carry; else the store, where nobody said how sensitive a thing is."""
    system = System(
        id="s",
        name="S",
        assets=(Asset(id="secret", kind="prompt"),),
        elements=(Element(id="m", technology="store", holds=holds), Element(id="z", technology="agent")),
        flows=tuple(Flow(id=id, source="z", target="m", carries=carries) for id, carries in brings.items()),
    )

    assert expected == unsaid(system, c.Holds(c.Asset_(sensitivity=("restricted",))))


def path(applies: Condition, **facts: dict[str, bool]) -> tuple[str, ...]:
    """The way by which a threat comes to a model that has a flow from each of two agents; `facts` are said by id."""
    system = System(
        id="s",
        name="S",
        elements=(
            Element(id="a", technology="agent", facts=Answers(facts.get("a", {}))),
            Element(id="b", technology="agent", facts=Answers(facts.get("b", {}))),
            Element(id="m", technology="model"),
        ),
        flows=(
            Flow(id="f0", source="a", target="m", facts=Answers(facts.get("f0", {}))),
            Flow(id="f1", source="b", target="m", facts=Answers(facts.get("f1", {}))),
        ),
    )
    evaluation = Evaluation(system, VOCABULARY)
    evaluation.prepare([applies])
    return Reasons(evaluation).path(threat("t", applies), "m")


SO, NOT_SO = {"public": True}, {"public": False}


def test_a_path_is_the_surest_there_is() -> None:
    """What is said comes before what may be, whatever the order of ids; what surely is not so is no path."""
    first, second = ("a", "f0", "m"), ("b", "f1", "m")

    assert first == path(c.Receives(PUBLIC))
    assert second == path(c.Receives(PUBLIC), f1=SO)
    assert second == path(c.Receives(PUBLIC), f0=NOT_SO)
    assert () == path(c.Receives(PUBLIC), f0=NOT_SO, f1=NOT_SO)
    assert first == path(c.Reach(PUBLIC))
    assert second == path(c.Reach(PUBLIC), b=SO)
    assert second == path(c.Reach(PUBLIC), a=NOT_SO)
    assert second == path(c.Any_((c.Receives(PUBLIC), c.Reach(PUBLIC))), b=SO)
    assert second == path(c.Any_((c.Receives(PUBLIC), c.Reach(PUBLIC))), f0=NOT_SO, f1=NOT_SO, b=SO)
