"""Staleness: what changed since a review, how much it weighs, and the one answer that each change asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from helpers import SURPLUS, SYSTEMS, TODAY, decision, desk, found, library
from nbthreat.base.errors import RegisterError
from nbthreat.base.risk import Stakes
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Act, ChangeAnswer, Effect, Movement, Register, Standing, movement, reconcile
from nbthreat.decisions.verdicts import Verdict
from nbthreat.system.changes import RULES, Difference, Weight
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary


def reviewed(system: System | None = None) -> Register:
    """A register in which somebody has looked at a system."""
    system = system or desk()
    return Register(system=system.id).reviewing(system, library(), by="Analyst", on=TODAY, findings=found(system))


def helper(**fields: object) -> System:
    """The help desk with another helper."""
    caller, app, model = desk().elements
    return replace(desk(), elements=(caller, app, replace(model, **fields)))


CHANGES: list[tuple[str, str, Weight, Callable[[System], System]]] = [
    ("new flow across", "tell", Weight.MAJOR, lambda system: replace(
        system, flows=(*system.flows, Flow(id="tell", source="helper", target="caller")))),
    ("new flow", "back", Weight.MINOR, lambda system: replace(
        system, flows=(*system.flows, Flow(id="back", source="helper", target="app")))),
    ("new technology", "store", Weight.MAJOR, lambda system: replace(
        system, elements=(*system.elements, Element(id="store", technology="vector-store", boundary="ours")))),
    ("new element", "other", Weight.MINOR, lambda system: replace(
        system, elements=(*system.elements, Element(id="other", technology="application", boundary="ours")))),
    ("new kind of asset", "cvs", Weight.MAJOR, lambda system: replace(
        system, assets=(*system.assets, Asset(id="cvs", kind="document")))),
    ("new asset", "again", Weight.MINOR, lambda system: replace(
        system, assets=(*system.assets, Asset(id="again", kind="user-input")))),
    ("new boundary", "zone", Weight.MAJOR, lambda system: replace(
        system, boundaries=(*system.boundaries, TrustBoundary(id="zone")))),
    ("changed setting", "helper.settings.temperature", Weight.MAJOR, lambda _: helper(
        settings=FrozenMap({"temperature": 2, "tools": False}))),
    ("changed", "helper", Weight.MAJOR, lambda _: helper(provides=("text",))),
    ("new technology", "helper", Weight.MAJOR, lambda _: helper(technology="hosted-llm")),
    ("changed", "desk", Weight.MAJOR, lambda system: replace(system, stakes=Stakes.CRITICAL)),
    ("removed", "pass", Weight.MAJOR, lambda system: replace(system, flows=system.flows[:1])),
    ("renamed", "helper.name", Weight.MINOR, lambda _: helper(name="Helping hand")),
    ("renamed", "desk.name", Weight.MINOR, lambda system: replace(system, name="Service desk")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "key", "weight", "change"), CHANGES, ids=[f"{change[0]}: {change[1]}" for change in CHANGES]
)
def test_each_change_is_told_with_its_weight_and_asks_for_one_answer(
    rule: str, key: str, weight: Weight, change: Callable[[System], System]
) -> None:
    """Answered, it asks no more; and so with the old drawing, whose answer stays in the log."""
    after, register = change(desk()), reviewed()
    [difference] = register.unanswered(after, library())
    assert (rule, key, weight, RULES[rule].because) == (
        difference.rule,
        difference.key,
        difference.weight,
        difference.because,
    )
    assert difference.subject in str(difference)

    answered = register.answering(answer(difference))
    assert () == answered.unanswered(after, library())
    assert () == register.unanswered(desk(), library())
    assert Act.ANSWERED is answered.log[-1].act


def answer(difference: Difference, effect: Effect = Effect.NONE) -> ChangeAnswer:
    """Somebody's word on a change."""
    return ChangeAnswer(
        key=difference.key,
        before=difference.before,
        after=difference.after,
        effect=effect,
        because="It was tested.",
        by="Analyst",
        on=TODAY,
    )


def test_every_rule_is_tried() -> None:
    """But that of a new library, which is no change of the drawing."""
    assert set(RULES) == {rule for rule, *_ in CHANGES} | {"new library"}
    assert all(rule.because for rule in RULES.values())


def test_a_box_that_is_moved_on_the_drawing_changes_nothing() -> None:
    """Into another boundary is something else: that is a change of the thing."""
    moved = replace(desk(), layout=FrozenMap({"helper": (5.0, 5.0)}))

    assert () == reviewed().unanswered(moved, library())
    [difference] = reviewed().unanswered(helper(boundary="internet"), library())
    assert ("changed", Weight.MAJOR) == (difference.rule, difference.weight)


def test_several_changes_of_one_thing_are_told_each() -> None:
    """With the values before and after."""
    after = helper(name="Hand", settings=FrozenMap({"temperature": 0.5, "seed": "x"}), provides=("text",))

    assert [
        "helper.name: Helper → Hand",
        "helper.settings.seed: (nothing) → x",
        "helper.settings.temperature: 1 → 0.5",
        "helper.settings.tools: false → (nothing)",
        "helper: changed",
    ] == [str(difference) for difference in reviewed().unanswered(after, library())]


def test_an_answer_holds_only_for_the_change_it_was_given_for() -> None:
    """A further change asks again."""
    system, other = (helper(settings=FrozenMap({"temperature": n, "tools": False})) for n in (2, 3))
    register = reviewed().answering(answer(reviewed().unanswered(system, library())[0]))

    assert () == register.unanswered(system, library())
    assert ["helper.settings.temperature"] == [difference.key for difference in register.unanswered(other, library())]


def test_no_effect_needs_a_reason() -> None:
    """That it was assessed again needs none."""
    [difference] = reviewed().unanswered(helper(name="Hand"), library())

    with pytest.raises(RegisterError, match="no effect needs a reason"):
        replace(answer(difference), because=" ")
    assert replace(answer(difference, Effect.REASSESSED), because="")


def test_a_review_takes_up_all_changes_and_their_answers() -> None:
    """The answers stay in the log."""
    after = helper(name="Hand")
    register = reviewed().answering(answer(reviewed().unanswered(after, library())[0]))
    again = register.reviewing(after, library(), by="Lead", on=TODAY)

    assert () == again.answers
    assert () == again.unanswered(after, library())
    assert register.log == again.log[:-1]


def test_without_a_review_there_is_nothing_to_answer() -> None:
    """Nothing is known to have changed."""
    assert () == Register(system="desk").unanswered(desk(), library())


def test_of_an_older_review_it_is_told_only_that_a_thing_changed() -> None:
    """It remembers no names and no settings."""
    review = reviewed().reviewed
    assert review
    old = replace(review, names=FrozenMap(), settings=FrozenMap(), technologies=(), kinds=())
    register = replace(reviewed(), reviewed=old)

    assert () == register.unanswered(desk(), library())
    assert ["helper: changed"] == [
        str(difference) for difference in register.unanswered(helper(name="Hand"), library())
    ]


def test_a_new_library_is_a_change_that_touches_what_is_new_by_it() -> None:
    """And can be answered as any."""
    newer = replace(library(), sha256="0" * 64)
    review = reviewed().reviewed
    assert review
    known = FrozenMap((key, state) for key, state in review.found.items() if key != SURPLUS)
    register = replace(reviewed(), reviewed=replace(review, found=known))
    seen = assess(desk(), newer, register, today=TODAY)

    [difference] = seen.unanswered
    assert ("new library", Weight.MAJOR, (SURPLUS,)) == (
        difference.rule,
        difference.weight,
        seen.touched_by(difference),
    )
    assert (SURPLUS,) == seen.to_review
    assert not assess(desk(), newer, register.answering(answer(difference)), today=TODAY).stale


# The worked systems


def worked(name: str) -> System:
    """A worked system."""
    return library().read_system(SYSTEMS / f"{name}.yaml").value


@pytest.mark.parametrize(
    ("before", "after", "setting", "threat"),
    [
        ("chatbot", "chatbot-feedback", "feedback-enabled", "feedback-poisoning"),
        ("fraud-detection", "fraud-detection-threshold", "threshold", "evasion"),
        ("llm-platform", "llm-platform-authentication", "", "unauthorised-model-access"),
    ],
    ids=["F5", "F7", "F10"],
)
def test_a_changed_setting_asks_its_one_answer_and_the_old_value_clears_it(
    before: str, after: str, setting: str, threat: str
) -> None:
    """The setting is named with both values, the findings it touches are listed, and the log keeps it all."""
    old, new = worked(before), worked(after)
    register = reviewed(old)

    def seen(system: System, by: Register) -> Assessment:
        return assess(system, library(), by, today=TODAY)

    stale = seen(replace(new, id=old.id), register)
    changed = [difference for difference in stale.unanswered if difference.rule == "changed setting"]
    assert changed
    assert all(difference.weight is Weight.MAJOR and difference.before != difference.after for difference in changed)
    assert not setting or any(setting in difference.what for difference in changed)
    assert Verdict.NOT_SATISFIED is stale.covered("3.1.1").verdict
    assert threat in {key.partition("@")[0] for key in (*stale.to_review, *stale.movement.new)}

    answered = register
    for difference in stale.unanswered:
        answered = answered.answering(answer(difference, Effect.REASSESSED))
    assert Verdict.SATISFIED is seen(replace(new, id=old.id), answered).covered("3.1.1").verdict

    restored = seen(old, answered)
    assert not restored.stale
    assert len(stale.unanswered) == sum(entry.act is Act.ANSWERED for entry in restored.register.log)


# What moved


def moved(register: Register, system: System) -> Movement:
    """What moved between a register and a system."""
    return movement(register, reconcile(register, found(system), today=TODAY))


def test_everything_is_new_to_an_empty_register_and_nothing_to_one_just_reviewed() -> None:
    """Told in a line."""
    count = len(found(desk()))

    assert f"{count} new, 0 gone, 0 unchanged" == str(moved(Register(system="desk"), desk()))
    assert f"0 new, 0 gone, {count} unchanged" == str(moved(reviewed(), desk()))


def test_what_comes_goes_and_comes_back_is_told() -> None:
    """Each line is of one sort, and none is forgotten."""
    register = reviewed().deciding(decision(SURPLUS))
    without = helper(provides=("text",))
    more = replace(desk(), elements=(*desk().elements, replace(desk().elements[2], id="second")))

    gone = moved(register, without)
    assert (SURPLUS,) == gone.gone
    new = moved(register, more)
    assert "surplus-capability@second" in new.new
    for system, told in ((without, gone), (more, new)):
        assert len({*told.new, *told.unchanged, *told.reopened}) == len(found(system))


def test_what_stood_against_a_threat_and_is_gone_reopens_it() -> None:
    """As an acceptance does that has run out."""
    blocked = helper(controls=FrozenMap({"unused-capability-block": True}))
    told = moved(reviewed(blocked), desk())

    assert (SURPLUS,) == told.reopened
    assert str(told).endswith(", 1 reopened")
    lines = reconcile(reviewed(blocked), found(desk()), today=TODAY)
    assert Standing.NEW is next(risk.standing for risk in lines if risk.key == SURPLUS)
