"""Merging: whatever field of a system or register two people change, no change is lost and each clash is told."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers import TODAY, decision
from nbthreat.base.errors import ModelError, NbthreatError
from nbthreat.base.risk import Level
from nbthreat.decisions.merging import Merged, Side, merge_registers, merge_systems
from nbthreat.decisions.merging.registers import merged_log
from nbthreat.decisions.register import Acknowledged, Act, Decision, Dismissal, LogEntry, Occasion, Register, Treatment
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary

EMPTY = Register(system="desk")
LATER = date(2030, 1, 1)

# A value of every record, with something in every field, and other values for each field


class Place(NamedTuple):
    """Where in a value a field is, and its type."""

    path: tuple[Any, ...]
    kind: Any


def filled(cls: type[Any], **given: Any) -> Any:
    """A record with something in each field, made from the types of its fields."""
    fields = {name: given.get(name, example(kind, name)) for name, (_, kind) in record_fields(cls).items()}
    return cls(**fields)


def example(kind: Any, name: str) -> Any:
    """Some value of a type, as a field of that name may hold it."""
    if name in EXAMPLES:
        return EXAMPLES[name]
    return next(iter(candidates(kind)))


def candidates(kind: Any) -> Iterator[Any]:
    """Values of a type, each unlike the others."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        for argument in arguments:
            if argument is not types.NoneType:
                yield from candidates(argument)
        if types.NoneType in arguments:
            yield None
    elif origin is tuple and arguments[-1] is Ellipsis:
        several = [*candidates(arguments[0])]
        yield from ((value,) for value in several)
        yield tuple(several[:2])
        yield ()
    elif origin is tuple:
        yield from zip(*(candidates(argument) for argument in arguments), strict=True)
    elif origin is FrozenMap:
        yield FrozenMap({"first": next(iter(candidates(arguments[0])))})
    elif is_dataclass(kind):
        yield filled(typing.cast("type[Any]", kind))
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from kind
    else:
        yield from PRIMITIVES[kind]


PRIMITIVES: dict[Any, list[Any]] = {
    str: ["x1", "x2", "a", "b", "p", "q", "k", "l", "R-011", "R-012", "evasion@supplier/core", "0" * 64, ""],
    bool: [True, False],
    int: [3, 4, 5, 1, 0],
    float: [2.5, 3.5, 1.0],
    date: [TODAY, TODAY + timedelta(days=1), LATER, LATER + timedelta(days=1)],
}

EXAMPLES: dict[str, Any] = {
    "packs": ("packs/ours",),
    "expires": LATER,
    "frequency": (1.0, 2.0),
    "loss": (10.0, 20.0),
    "withdrawn": LATER,
    "number": "R-001",
    "supplier": "supplier",
    "appetite": Level.LOW,
    "tolerance": Level.MODERATE,
}

SYSTEM = filled(
    System,
    id="s",
    layout=FrozenMap({"a": (1.0, 2.0)}),
    assets=(filled(Asset, id="k"), filled(Asset, id="l")),
    boundaries=(filled(TrustBoundary, id="p", within=None), filled(TrustBoundary, id="q", within=None)),
    elements=tuple(filled(Element, id=id, also="x2", boundary="p", holds=("k",)) for id in "ab"),
    flows=tuple(filled(Flow, id=id, source="a", target="b", carries=("k",)) for id in "fg"),
    packs=("packs/ours",),
    overrides=("x9",),
)


def filled_register() -> Register:
    """A register with something in each field, but the log and the numbers, which have a test of their own."""
    given: dict[str, Any] = {}
    for name, (_, kind) in record_fields(Register).items():
        if name in ("log", "numbers_given", "decisions", "inherited", "system"):
            continue
        inner = [argument for argument in (kind, *typing.get_args(kind)) if is_dataclass(argument)]
        if not inner:
            given[name] = example(kind, name)
            continue
        record = filled(typing.cast("type[Any]", inner[0]))
        given[name] = (record,) if typing.get_origin(kind) is tuple else record
    made = filled(Decision, key="d@x", keys=("e@x",), treatment=Treatment.ACCEPT)
    handed = filled(typing.get_args(record_fields(Register)["inherited"][1])[0], key="evasion@supplier/core")
    return Register(system="s", decisions=(made,), inherited=(handed,), numbers_given=1, **given)


REGISTER = filled_register()
APART = {("numbers_given",), ("log",)}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[Place]:
    """Every field of a value and of all in it, but what a record in a list is known by."""
    for n, (name, (_, kind)) in enumerate(record_fields(type(value)).items()):
        here = (*path, name)
        if (path and isinstance(path[-1], int) and n == 0) or name in ("number", "supplier") or here in APART:
            continue
        yield from _places_in(getattr(value, name), kind, here)


def _places_in(content: Any, kind: Any, here: tuple[Any, ...]) -> Iterator[Place]:
    arguments = typing.get_args(kind)
    if isinstance(content, FrozenMap):
        yield from (Place((*here, key), arguments[0] | None) for key in (*content, "b"))
    elif is_dataclass(content):
        yield from places(content, here)
    elif isinstance(content, tuple) and is_dataclass(arguments[0]) and len(here) == 1:
        for n, record in enumerate(content):
            yield from places(record, (*here, n))
    else:
        yield Place(here, kind)


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What stands in a value at a place."""
    for step in path:
        value = (
            value.get(step)
            if isinstance(value, FrozenMap)
            else value[step]
            if isinstance(step, int)
            else getattr(value, step)
        )
    return value


def put(value: Any, path: tuple[Any, ...], content: Any) -> Any:
    """The value with something else at a place."""
    if not path:
        return content
    step, *rest = path
    if isinstance(value, FrozenMap):
        return FrozenMap({key: item for key, item in {**value, step: content}.items() if item is not None})
    inner = put(at(value, (step,)), tuple(rest), content)
    if isinstance(step, int):
        return tuple(inner if n == step else item for n, item in enumerate(value))
    return replace(value, **{step: inner})


def changes(value: Any, place: Place) -> list[Any]:
    """Two other values for a place, or one where the type has no more, each of which can stand there."""
    found: list[Any] = []
    for content in candidates(place.kind):
        known = [at(value, place.path), *found]
        if any(type(content) is type(other) and content == other for other in known):
            continue
        try:
            put(value, place.path, content)
        except NbthreatError:
            continue
        found.append(content)
    return found[:2]


def merged(base: Any, ours: Any, theirs: Any, prefer: Side = Side.OURS) -> Merged[Any]:
    """The merge of two systems or two registers."""
    merge: Any = merge_systems if isinstance(base, System) else merge_registers
    return merge(base, ours, theirs, prefer=prefer)


ALL = [(value, place) for value in (SYSTEM, REGISTER) for place in places(value)]
NAMES = [f"{type(value).__name__}.{'.'.join(map(str, place.path))}" for value, place in ALL]
UNTOLD = "layout"


def test_every_field_of_every_record_is_tried() -> None:
    """The places reach into each record that a system or a register can hold."""
    reached = {place.path[0] for value, place in ALL if value is REGISTER}

    assert {*record_fields(Register)} - {"numbers_given", "log"} == reached
    assert {*record_fields(System)} == {place.path[0] for value, place in ALL if value is SYSTEM}
    assert {"acceptance", "residual", "estimate"} <= {str(place.path[2]) for _, place in ALL if len(place.path) > 3}
    assert all(changes(value, place) for value, place in ALL)


@pytest.mark.parametrize(("value", "place"), ALL, ids=NAMES)
def test_a_field_changed_on_one_side_or_alike_on_both_is_taken_and_nobody_is_asked(value: Any, place: Place) -> None:
    """Whichever side changed it."""
    changed = put(value, place.path, changes(value, place)[0])

    for ours, theirs in ((changed, value), (value, changed), (changed, changed)):
        assert Merged(value=changed) == merged(value, ours, theirs)


@pytest.mark.parametrize(("value", "place"), ALL, ids=NAMES)
def test_a_field_changed_differently_on_both_sides_is_one_clash_and_the_preferred_side_counts(
    value: Any, place: Place
) -> None:
    """The clash says what both say; where a box stands, nobody is asked."""
    two = changes(value, place)
    if len(two) == 1:
        pytest.skip("the field has but one other value")
    ours, theirs = (put(value, place.path, content) for content in two)

    for prefer, expected in ((Side.OURS, ours), (Side.THEIRS, theirs)):
        found = merged(value, ours, theirs, prefer)
        assert expected == found.value
        assert (0 if place.path[0] == UNTOLD else 1) == len(found.clashes)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_two_fields_changed_one_on_each_side_are_both_kept(data: st.DataObject) -> None:
    """Without a clash: but for parts of a review, which were seen at once, and boundaries in each other."""
    value = data.draw(st.sampled_from([SYSTEM, REGISTER]))
    mine, other = (data.draw(st.sampled_from([place for of, place in ALL if of is value])) for _ in range(2))
    assume(mine.path != other.path)
    first, second = changes(value, mine)[-1], changes(value, other)[-1]
    ours, theirs = put(value, mine.path, first), put(value, other.path, second)
    try:
        put(ours, other.path, second)
    except NbthreatError:
        found = merged(value, ours, theirs)
        assert found.clashes, "what cannot stand together is told"
        assert first == at(found.value, mine.path)
        return
    review = mine.path[0] == other.path[0] == "reviewed" and not {"by", "on", "date"} & {mine.path[1], other.path[1]}
    found = merged(value, ours, theirs)

    if review:
        assert ours.reviewed == found.value.reviewed
        assert 1 == len(found.clashes)
    else:
        assert (first, second) == (at(found.value, mine.path), at(found.value, other.path))
        assert () == found.clashes


def test_a_yes_that_became_a_one_is_a_change() -> None:
    """To Python 1 is true; in a drawing it is not."""
    yes, number = (
        replace(SYSTEM, elements=(replace(SYSTEM.elements[0], settings=FrozenMap({"n": value})), SYSTEM.elements[1]))
        for value in (True, 1)
    )

    assert True is not merge_systems(yes, yes, number).value.elements[0].settings["n"]
    assert True is merge_systems(number, yes, number).value.elements[0].settings["n"]


def test_what_both_sides_add_apart_is_all_there_and_where_there_was_nothing_both_count() -> None:
    """Also without a common beginning, as when both made the file."""
    for base in (replace(SYSTEM, elements=(), flows=(), layout=FrozenMap()), None):
        ours, theirs = (replace(SYSTEM, elements=(thing,), flows=(), layout=FrozenMap()) for thing in SYSTEM.elements)
        assert {"a", "b"} == {element.id for element in merge_systems(base, ours, theirs).value.elements}


def test_what_was_taken_away_and_changed_stays_and_is_told() -> None:
    """Unless the caller wants the preferred side's word on it, too."""
    gone = replace(SYSTEM, flows=SYSTEM.flows[1:])
    changed = replace(SYSTEM, flows=(replace(SYSTEM.flows[0], note="Weekly."), SYSTEM.flows[1]))

    for prefer in Side:
        kept = merge_systems(SYSTEM, gone, changed, prefer=prefer)
        assert "Weekly." == kept.value.flow("f").note
        assert 1 == len(kept.clashes)
    assert ["g"] == [flow.id for flow in merge_systems(SYSTEM, gone, changed, keep_changed=False).value.flows]


def test_boundaries_put_into_each_other_are_a_clash_and_stay_where_the_preferred_side_has_them() -> None:
    """Each of the two alone would do."""
    (p, q), rest = SYSTEM.boundaries, ()
    ours = replace(SYSTEM, boundaries=(replace(p, within="q"), q, *rest))
    theirs = replace(SYSTEM, boundaries=(p, replace(q, within="p"), *rest))

    for prefer, expected in ((Side.OURS, ours), (Side.THEIRS, theirs)):
        found = merge_systems(SYSTEM, ours, theirs, prefer=prefer)
        assert expected.boundaries == found.value.boundaries
        assert found.clashes


def test_an_id_that_names_two_kinds_of_thing_is_no_system() -> None:
    """The caller is told; nothing is made of it."""
    ours = replace(SYSTEM, assets=(*SYSTEM.assets, filled(Asset, id="new")))
    theirs = replace(SYSTEM, boundaries=(*SYSTEM.boundaries, filled(TrustBoundary, id="new", within=None)))

    with pytest.raises(ModelError, match="used twice"):
        merge_systems(SYSTEM, ours, theirs)


# Decisions


def dismissal(key: str, reason: str = "Not used.") -> Dismissal:
    """Some reason why a finding does not apply."""
    return Dismissal(key=key, reason=reason, on=TODAY)


def numbers(register: Register) -> dict[str, str]:
    """Which finding has which number."""
    return {key: item.number for item in register.decisions for key in item.findings}


@pytest.mark.parametrize("prefer", Side)
def test_two_acknowledgements_of_one_place_both_stand_beside_a_change_of_each(prefer: Side) -> None:
    """They are of two values: a place holds another one later. Only two words on one value are a clash."""
    first, second = (
        Acknowledged(digest=digest, where="drawing.name", what="a key", reason="An example.", by="A", date=TODAY)
        for digest in ("salt:1", "salt:2")
    )
    base = EMPTY.acknowledging(first)
    added = base.acknowledging(second)
    worded, other = (replace(first, reason=reason) for reason in ("From the manual.", "Made up."))

    both = merge_registers(base, added, base.acknowledging(worded), prefer=prefer)
    assert ({worded, second}, ()) == ({*both.value.acknowledged}, both.clashes)
    assert [Act.ACKNOWLEDGED] * 3 == [entry.act for entry in both.value.log]

    clash = merge_registers(base, added.acknowledging(other), base.acknowledging(worded), prefer=prefer)
    kept = other if prefer is Side.OURS else worded
    assert {kept, second} == {*clash.value.acknowledged}
    assert [("drawing.name", "reason")] == [(told.where, told.what) for told in clash.clashes]


BASE = EMPTY.deciding(decision("a@x", keys=("b@x",), on=TODAY))


def test_two_decisions_about_two_findings_need_nobody_and_neither_depends_on_whose_side_is_whose() -> None:
    """The one decided first keeps the number that both gave; the log tells of the new one."""
    early = BASE.deciding(decision("d@x", on=TODAY))
    late = BASE.deciding(decision("c@x", on=TODAY + timedelta(days=1)))

    for ours, theirs in ((early, late), (late, early)):
        both = merge_registers(BASE, ours, theirs)
        assert () == both.clashes
        assert {"a@x": "R-001", "b@x": "R-001", "d@x": "R-002", "c@x": "R-003"} == numbers(both.value)
        assert 3 == both.value.numbers_given
        assert [("a@x", "b@x"), ("d@x",), ("c@x",), ("c@x",)] == [entry.about for entry in both.value.log]
        last = both.value.log[-1]
        assert (Act.RENUMBERED, "R-002", "R-003", 4) == (last.act, last.before, last.risk, last.number)


def test_a_number_that_was_given_away_does_not_come_back_with_its_finding() -> None:
    """A finding that was renumbered, reopened and decided again has the number of the log's last word."""
    both = merge_registers(
        BASE,
        BASE.deciding(decision("d@x", on=TODAY)),
        BASE.deciding(decision("c@x", on=TODAY + timedelta(days=1))),
    ).value
    again = both.reopening("d@x").deciding(decision("e@x")).reopening("c@x").deciding(decision("c@x"))

    assert {"e@x": "R-004", "c@x": "R-003"}.items() <= numbers(again).items()
    assert "R-002" == numbers(again.reopening("e@x").deciding(decision("d@x")))["d@x"]


CLASHING = [
    ("decided and not applicable", BASE.deciding(decision("c@x")), BASE.dismissing(dismissal("c@x"))),
    ("decided anew and not applicable", BASE.deciding(decision("a@x", "More.")), BASE.dismissing(dismissal("a@x"))),
    ("reopened and not applicable", BASE.reopening("b@x"), BASE.dismissing(dismissal("b@x"))),
    ("in two decisions", BASE.deciding(decision("c@x", keys=("d@x",))), BASE.deciding(decision("d@x"))),
    ("taken out and elsewhere", BASE.deciding(decision("b@x")), BASE.deciding(decision("c@x", keys=("b@x",)))),
    ("two reasons", BASE.dismissing(dismissal("c@x")), BASE.dismissing(dismissal("c@x", "Elsewhere."))),
]


@pytest.mark.parametrize("prefer", Side)
@pytest.mark.parametrize(("ours", "theirs"), [pair for _, *pair in CLASHING], ids=[name for name, *_ in CLASHING])
def test_what_contradicts_each_other_is_told_and_the_preferred_side_counts(
    ours: Register, theirs: Register, prefer: Side
) -> None:
    """Never both at once; what each side said stays in the log."""
    found = merge_registers(BASE, ours, theirs, prefer=prefer)

    assert found.clashes
    chosen = ours if prefer is Side.OURS else theirs
    contested = {key for side in (ours, theirs) for entry in side.log[1:] for key in entry.about}
    shared = {key for key in contested if all(any(key in e.about for e in side.log[1:]) for side in (ours, theirs))}
    for key in shared:
        of = [item for item in found.value.decisions if key in item.findings]
        aside = [item for item in found.value.set_aside if item.key == key]
        assert len(of) + len(aside) <= 1
        assert [item for item in chosen.set_aside if item.key == key] == aside
        if not aside:
            assert (chosen.about(key) is None) == (not of)
            assert not of or chosen.about(key).rationale == of[0].rationale  # type: ignore[union-attr]
    said = {replace(entry, number=0) for side in (ours, theirs) for entry in side.log}
    assert said <= {replace(entry, number=0) for entry in found.value.log}


def test_a_finding_that_one_side_left_alone_stays_as_the_other_has_it() -> None:
    """Set aside over a decision, decided over what was set aside, reopened: nobody is asked."""
    aside = BASE.dismissing(dismissal("c@x"))
    for base, changed in (
        (BASE, BASE.dismissing(dismissal("a@x"))),
        (aside, aside.deciding(decision("c@x"))),
        (BASE, BASE.reopening("a@x")),
        (aside, aside.reopening("c@x")),
    ):
        for sides in ((base, changed), (changed, base)):
            assert Merged(value=changed) == merge_registers(base, *sides)


def test_a_decision_whose_leading_finding_left_is_still_the_same_one() -> None:
    """What the other side changed of it is not lost."""
    found = merge_registers(BASE, BASE.reopening("a@x"), BASE.deciding(decision("a@x", keys=("b@x",), plan="Soon.")))

    assert [("b@x", "R-001", "Soon.")] == [(item.key, item.number, item.plan) for item in found.value.decisions]
    assert () == found.clashes


# The log

ENTRIES = st.builds(
    LogEntry,
    number=st.just(0),
    act=st.sampled_from([Act.DECIDED, Act.REVIEWED]),
    on=st.none() | st.dates(TODAY, TODAY + timedelta(days=4)),
    why=st.sampled_from("abc"),
)


def numbered(*entries: LogEntry) -> tuple[LogEntry, ...]:
    """The entries as a log."""
    return tuple(replace(entry, number=n) for n, entry in enumerate(entries, 1))


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRIES, max_size=3), st.lists(ENTRIES, max_size=4), st.lists(ENTRIES, max_size=4))
def test_the_log_holds_every_entry_of_both_sides_whichever_is_ours(
    begun: list[LogEntry], ours: list[LogEntry], theirs: list[LogEntry]
) -> None:
    """As often as the side that has it more often; numbered without a gap; dates go back only where a side's did."""
    days = [entry.on for entry in (*begun, *ours)], [entry.on for entry in (*begun, *theirs)]
    in_order = all([*filter(None, side)] == sorted(filter(None, side)) for side in days)
    first, second = numbered(*begun, *ours), numbered(*begun, *theirs)
    log = merged_log(first, second)

    assert log == merged_log(second, first)
    assert [*range(1, len(log) + 1)] == [entry.number for entry in log]
    unnumbered = [replace(entry, number=0) for entry in log]
    for entry in unnumbered:
        most = max((*begun, *ours).count(entry), (*begun, *theirs).count(entry))
        assert most == unnumbered.count(entry)
    assert {*begun, *ours, *theirs} == {*unnumbered}
    if in_order:
        dated = [entry.on for entry in log if entry.on]
        assert sorted(dated) == dated


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["decide", "dismiss", "reopen"]),
        st.sampled_from(["a@x", "b@x", "c@x", "d@x"]),
        st.sampled_from(["Soon.", "Later."]),
        st.integers(0, 2),
    ),
    max_size=4,
)


def stepped(register: Register, steps: list[tuple[str, str, str, int]]) -> Register:
    """The register after some decisions."""
    for what, key, why, days in steps:
        at = Occasion(on=TODAY + timedelta(days=days), by="Lead")
        match what:
            case "decide":
                register = register.deciding(decision(key, why), at=at)
            case "dismiss":
                register = register.dismissing(dismissal(key, why), at)
            case "reopen":
                register = register.reopening(key, at)
    return register


@settings(max_examples=150, deadline=None)
@given(STEPS, STEPS, STEPS, st.sampled_from(Side))
def test_whatever_two_decide_each_finding_is_as_one_of_them_has_it(
    begun: Any, mine: Any, other: Any, prefer: Side
) -> None:
    """What one side alone touched is as that side has it; no clash, and the two directions come to the same."""
    base = stepped(BASE, begun)
    ours, theirs = stepped(base, mine), stepped(base, other)
    found = merge_registers(base, ours, theirs, prefer=prefer)
    both = found.value

    def view(register: Register, key: str) -> Any:
        """What the register says of a finding in the end: not applicable goes before a decision."""
        item = register.about(key)
        aside = [(known.reason, known.by) for known in register.set_aside if known.key == key]
        return aside or (item and (item.owner, item.rationale))

    assert len(numbers(both)) == sum(len(item.findings) for item in both.decisions)
    for key in ("a@x", "b@x", "c@x", "d@x"):
        was, my, their = (view(register, key) for register in (base, ours, theirs))
        if found.clashes:
            assert view(both, key) in (my, their)
        else:
            assert (their if my == was else my) == view(both, key)
            assert was in (my, their) or my == their
    if not found.clashes:
        turned = merge_registers(base, theirs, ours, prefer=prefer).value
        assert numbers(both) == numbers(turned)
        assert both.log == turned.log
    assert both == merge_registers(both, both, both).value
    assert both.numbers_given >= max(ours.numbers_given, theirs.numbers_given)
