"""What conditions answer: held against the oracle on random systems, and told by small examples."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nbthreat.system.model import Answers, Asset, Element, Flow, System, Trust, TrustBoundary
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Atom, Evaluation, atoms, depth
from oracle import Oracle, Value
from random_systems import CONTROLS, FACTS, QUESTIONS, asked_of, reaches, said_everywhere, said_more, systems
from small_library import VOCABULARY

THOROUGHLY = settings(
    derandomize=True,
    deadline=None,
    max_examples=300,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
"""The same examples every time, so that a failure stays until it is mended."""
TERMS = st.sampled_from([("facts", fact) for fact in FACTS] + [("controls", control) for control in CONTROLS])
"""What a fact or control is said in, and its name."""
BRIEFLY = settings(THOROUGHLY, max_examples=120)
Question = tuple[Condition, Subject]


def read(evaluation: Evaluation, condition: Condition, subject: Subject) -> dict[str, Value]:
    """Return what a condition answers, by the id of the subject: True, False, or None for unknown."""
    yes, possibly = evaluation.answer(condition, subject)
    assert 0 == yes & ~possibly
    ids = {
        Subject.ELEMENT: evaluation.graph.ids,
        Subject.FLOW: evaluation.graph.flows,
        Subject.SYSTEM: (evaluation.system.id,),
    }[subject]
    assert 0 == possibly >> len(ids)
    return {name: True if yes >> n & 1 else None if possibly >> n & 1 else False for n, name in enumerate(ids)}


def answer(system: System, condition: Condition, subject: Subject = Subject.ELEMENT) -> dict[str, Value]:
    """Return what a condition answers about a system, evaluated afresh."""
    return read(Evaluation(system, VOCABULARY), condition, subject)


def things(system: System, subject: Subject) -> tuple[Any, ...]:
    """Return everything of that kind in a system."""
    return {Subject.ELEMENT: system.elements, Subject.FLOW: system.flows, Subject.SYSTEM: (system,)}[subject]


def line(*technologies: str, **said: Any) -> System:
    """Return elements e0, e1, … with a flow f0, f1, … from each to the next."""
    elements = tuple(Element(id=f"e{n}", technology=name) for n, name in enumerate(technologies))
    flows = tuple(Flow(id=f"f{n}", source=f"e{n}", target=f"e{n + 1}") for n in range(len(elements) - 1))
    return System(id="line", name="Line", elements=elements, flows=flows, **said)


def controlled(system: System, where: str, control: str, *, there: bool = True) -> System:
    """Return `system` with a control said of one element or flow."""
    said = Answers({control: there})
    return replace(
        system,
        elements=tuple(
            replace(element, controls=said) if element.id == where else element for element in system.elements
        ),
        flows=tuple(replace(flow, controls=said) if flow.id == where else flow for flow in system.flows),
    )


@THOROUGHLY
@given(systems(), QUESTIONS)
def test_every_answer_is_the_oracle_s(system: System, question: Question) -> None:
    """A condition answers, at every subject, what trying every way one by one would answer."""
    condition, subject = question
    oracle = Oracle(system, VOCABULARY)

    expected = {thing.id: oracle.ask(condition, thing) for thing in things(system, subject)}

    assert expected == answer(system, condition, subject)


@THOROUGHLY
@given(systems(), st.lists(reaches(2), min_size=1, max_size=4))
def test_paths_asked_together_do_not_mix(system: System, asked: list[Condition]) -> None:
    """Path questions that travel in one pass answer what each would answer alone."""
    oracle = Oracle(system, VOCABULARY)
    evaluation = Evaluation(system, VOCABULARY)

    evaluation.prepare(asked)

    for condition in asked:
        expected = {element.id: oracle.ask(condition, element) for element in system.elements}
        assert expected == read(evaluation, condition, Subject.ELEMENT)


@BRIEFLY
@given(systems(), QUESTIONS, st.integers(0, 999))
def test_the_order_of_a_file_changes_no_answer(system: System, question: Question, seed: int) -> None:
    """Elements, flows, boundaries and assets may stand in any order."""
    parts = ("elements", "flows", "boundaries", "assets")
    shuffled = {part: random.Random(seed).sample(getattr(system, part), len(getattr(system, part))) for part in parts}  # noqa: S311

    other = replace(system, **{part: tuple(found) for part, found in shuffled.items()})

    assert answer(system, *question) == answer(other, *question)


@BRIEFLY
@given(systems(), QUESTIONS)
def test_renaming_changes_no_answer(system: System, question: Question) -> None:
    """What people call a thing, and what they note about it, is not asked."""

    def called(found: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(item, name="the same name", note="agent") for item in found)

    other = replace(
        system,
        name="Another",
        elements=called(system.elements),
        flows=called(system.flows),
        boundaries=called(system.boundaries),
        assets=called(system.assets),
    )

    assert answer(system, *question) == answer(other, *question)


@BRIEFLY
@given(systems(), QUESTIONS, st.permutations(range(10)))
def test_new_ids_carry_the_answers_along(system: System, question: Question, order: list[int]) -> None:
    """Ids only tell things apart: exchange them, and the answers follow."""
    new = {f"{letter}{n}": f"{letter}{order[n]}" for letter in "abef" for n in range(10)}

    def many(found: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if found is None else tuple(new[item] for item in found)

    other = replace(
        system,
        assets=tuple(replace(asset, id=new[asset.id]) for asset in system.assets),
        boundaries=tuple(
            replace(boundary, id=new[boundary.id], within=new.get(boundary.within or ""))
            for boundary in system.boundaries
        ),
        elements=tuple(
            replace(element, id=new[element.id], boundary=new.get(element.boundary or ""), holds=many(element.holds))
            for element in system.elements
        ),
        flows=tuple(
            replace(flow, id=new[flow.id], source=new[flow.source], target=new[flow.target], carries=many(flow.carries))
            for flow in system.flows
        ),
    )

    expected = {new.get(name, name): value for name, value in answer(system, *question).items()}
    assert expected == answer(other, *question)


@THOROUGHLY
@given(systems(), QUESTIONS, st.data())
def test_knowing_more_never_turns_a_sure_answer_round(system: System, question: Question, data: st.DataObject) -> None:
    """Saying what nobody said may settle an unknown, and leaves every yes a yes and every no a no."""
    more = list(said_more(system))
    assume(more)
    before = answer(system, *question)

    after = answer(data.draw(st.sampled_from(more)), *question)

    sure = {name: value for name, value in before.items() if value is not None}
    assert sure == {name: after[name] for name in sure}


@THOROUGHLY
@given(
    systems(),
    QUESTIONS,
    TERMS,
    st.booleans(),
)
def test_supposing_is_as_good_as_saying(system: System, question: Question, term: tuple[str, str], said: bool) -> None:  # noqa: FBT001
    """To suppose an answer is to write it wherever nobody said otherwise, and to ask again."""
    what, name = term
    evaluation = Evaluation(system, VOCABULARY)
    before = read(evaluation, *question)

    supposed = read(evaluation.supposing(Atom(what[:-1], name), said), *question)

    assert answer(said_everywhere(system, what, name, answer=said), *question) == supposed
    assert before == read(evaluation, *question)


@THOROUGHLY
@given(systems(), QUESTIONS, st.lists(st.tuples(TERMS, st.booleans()), min_size=2, max_size=3))
def test_suppositions_stack(system: System, question: Question, supposed: list[tuple[tuple[str, str], bool]]) -> None:
    """To suppose one thing after another is to write them all, one after another; the first word on a thing stands."""
    evaluation = Evaluation(system, VOCABULARY)
    read(evaluation, *question)
    written = system

    for (what, name), said in supposed:
        evaluation = evaluation.supposing(Atom(what[:-1], name), said)
        written = said_everywhere(written, what, name, answer=said)

    assert answer(written, *question) == read(evaluation, *question)


def test_what_is_held_and_what_is_carried_can_be_supposed_together() -> None:
    """A store that nobody described holds what it is supposed to hold, or what it is supposed to be brought."""
    evaluation = Evaluation(line("agent", "store"), VOCABULARY)
    holds, carries = Atom("holds"), Atom("carries")
    condition = c.Holds(c.Asset_(kind=("document",)))

    def at_store(*supposed: tuple[Atom, bool]) -> Value:
        found = evaluation
        for atom, said in supposed:
            found = found.supposing(atom, said)
        return read(found, condition, Subject.ELEMENT)["e1"]

    assert at_store() is None
    assert at_store((holds, False)) is None
    assert True is at_store((holds, False), (carries, True))
    assert False is at_store((holds, False), (carries, False))
    assert False is at_store((carries, False), (holds, False))


@THOROUGHLY
@given(systems(), reaches(2))
def test_a_way_is_real_clear_and_shortest(system: System, reach: c.Reach) -> None:
    """The way that is shown is one that data can travel, flow by flow, and none is shorter."""
    evaluation = Evaluation(system, VOCABULARY)
    oracle = Oracle(system, VOCABULARY)
    found = read(evaluation, reach, Subject.ELEMENT)
    spread, surely, perhaps = evaluation.spreads[reach]

    for n, element in enumerate(evaluation.elements):
        for bit, possibly in ((surely, False), (perhaps, True)):
            if found[element.id] is not True and not (possibly and found[element.id] is None):
                continue
            elements, flows = spread.way(n, bit)
            if reach.forward:
                elements, flows = elements[::-1], flows[::-1]
            way = tuple(evaluation.flows[flow] for flow in flows)
            assert element.id == evaluation.graph.ids[elements[0 if reach.forward else -1]]
            assert [evaluation.graph.ids[element] for element in elements] == [
                way[0].source,
                *(flow.target for flow in way),
            ]
            assert [flow.target for flow in way[:-1]] == [flow.source for flow in way[1:]]
            assert oracle.clear(way, reach, possibly=possibly)
            assert oracle.shortest(reach, element, possibly=possibly) == len(way)


@BRIEFLY
@given(systems(), QUESTIONS, st.integers(0, 12))
def test_a_spent_budget_only_makes_answers_unknown(system: System, question: Question, budget: int) -> None:
    """What could not be finished is unknown and listed; no answer turns round for want of time."""
    short = Evaluation(system, VOCABULARY, budget=budget)
    full = answer(system, *question)

    found = read(short, *question)

    assert found == {name: value if found[name] is not None else None for name, value in full.items()}
    assert short.unfinished or full == found
    assert short.unfinished <= {part for part in c.walk(question[0]) if isinstance(part, c.Reach)}


@BRIEFLY
@given(systems(), asked_of(Subject.ELEMENT), st.sampled_from([*FACTS, *CONTROLS]), st.booleans())
def test_only_the_atoms_of_a_condition_change_its_answer(
    system: System,
    condition: Condition,
    name: str,
    said: bool,  # noqa: FBT001
) -> None:
    """A fact or control that is not among a condition's atoms can be answered either way and changes nothing."""
    what = "facts" if name in FACTS else "controls"
    assume(Atom(what[:-1], name) not in atoms(condition))

    assert answer(system, condition) == answer(said_everywhere(system, what, name, answer=said), condition)


def test_a_fresh_element_leaves_open_what_nobody_said() -> None:
    """A control that could be there and is not mentioned is unknown; one that cannot be there is a no."""
    system = line("agent", "person")

    assert {"e0": None, "e1": False} == answer(system, c.ControlIs("filter"))


def test_a_fact_follows_from_the_technology_unless_somebody_says_otherwise() -> None:
    """Implied is yes, denied is no, and what a person says goes before both."""
    said = Answers({"remembers": False})
    system = System(
        id="facts",
        name="Facts",
        elements=(
            Element(id="implied", technology="vector-store"),
            Element(id="denied", technology="model"),
            Element(id="contradicted", technology="vector-store", facts=said),
            Element(id="open", technology="agent"),
        ),
    )

    expected = {"implied": True, "denied": False, "contradicted": False, "open": None}
    assert expected == answer(system, c.FactIs("remembers"))


def test_a_generic_technology_may_be_any_of_its_kinds() -> None:
    """Who drew only a thing has not said that it is no agent."""
    system = line("thing", "agent", "model", "store")

    assert {"e0": None, "e1": True, "e2": False, "e3": False} == answer(system, c.TechnologyIs(("agent",)))
    assert {"e0": None, "e1": True, "e2": True, "e3": False} == answer(system, c.TechnologyIs(("model",)))
    assert {"e0": True, "e1": True, "e2": True, "e3": True} == answer(system, c.TechnologyIs(("thing",)))


def test_trust_is_what_the_innermost_boundary_says_that_says_anything() -> None:
    """A boundary that keeps silent leaves the word to the one round it."""
    system = System(
        id="rooms",
        name="Rooms",
        boundaries=(
            TrustBoundary(id="outer", trust=Trust.HIGH),
            TrustBoundary(id="silent", within="outer"),
            TrustBoundary(id="cage", within="silent", trust=Trust.NONE),
            TrustBoundary(id="apart"),
        ),
        elements=tuple(
            Element(id=f"in-{room}", technology="model", boundary=room) for room in ("outer", "silent", "cage", "apart")
        ),
    )

    expected = {"in-outer": True, "in-silent": True, "in-cage": False, "in-apart": None}
    assert expected == answer(system, c.TrustIs(("high",)))


def test_a_store_holds_what_flows_into_it() -> None:
    """A store that keeps has what a flow brought it, though its own list says nothing of it."""
    system = System(
        id="keeping",
        name="Keeping",
        assets=(Asset(id="paper", kind="document"),),
        elements=(
            Element(id="writer", technology="model", holds=()),
            Element(id="archive", technology="store", holds=()),
            Element(id="reader", technology="model", holds=()),
        ),
        flows=(
            Flow(id="put", source="writer", target="archive", carries=("paper",)),
            Flow(id="get", source="archive", target="reader", carries=("paper",)),
        ),
    )

    expected = {"writer": False, "archive": True, "reader": False}
    assert expected == answer(system, c.Holds(c.Asset_(kind=("document",))))


def test_what_a_store_holds_is_open_while_a_flow_into_it_is() -> None:
    """Nobody said what flows in, so nobody can be sure that the store has none of it."""
    system = System(
        id="keeping",
        name="Keeping",
        assets=(Asset(id="paper", kind="document"),),
        elements=(Element(id="writer", technology="model"), Element(id="archive", technology="store", holds=())),
        flows=(Flow(id="put", source="writer", target="archive"),),
    )

    assert answer(system, c.Holds(c.Asset_(kind=("document",))))["archive"] is None


@pytest.mark.parametrize("where", ["e0", "f0", "e1", "f1", "e2"])
@pytest.mark.parametrize("forward", [False, True])
def test_a_control_bars_wherever_it_stands_on_the_way(where: str, forward: bool) -> None:  # noqa: FBT001
    """At the start, on a flow, in between or where the data lands: one is enough, and nowhere said is unknown."""
    ends = ("store", "vector-store") if forward else ("vector-store", "store")
    system = line(ends[0], "store", ends[1])
    reach = c.Reach(c.TechnologyIs(("vector-store",)), without=("encryption",), forward=forward)
    subject = "e0" if forward else "e2"

    assert answer(system, reach)[subject] is None
    assert False is answer(controlled(system, where, "encryption"), reach)[subject]
    for place in ("e0", "f0", "e1", "f1", "e2"):
        system = controlled(system, place, "encryption", there=False)
    assert True is answer(system, reach)[subject]


@pytest.mark.parametrize(
    ("technologies", "expected"),
    [
        (("agent", "model", "store"), True),
        (("agent", "person", "store"), False),
        (("agent", "store", "person"), True),
    ],
)
def test_data_does_not_travel_on_through_people(technologies: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001
    """A person in between ends the way; a person at its end does not."""
    assert expected is answer(line(*technologies), c.Reach(c.TechnologyIs(("agent",))))["e2"]


def test_a_person_can_be_where_a_way_starts() -> None:
    """What a person sends travels, though nothing travels through a person."""
    assert True is answer(line("person", "model", "store"), c.Reach(c.TechnologyIs(("person",))))["e2"]


def test_data_comes_back_to_where_it_started() -> None:
    """A way may end where it began, over one flow that loops or over others; standing still is no way."""
    system = replace(line("agent", "model"), flows=(Flow(id="loop", source="e0", target="e0"),))

    assert {"e0": True, "e1": False} == answer(system, c.Reach(c.TechnologyIs(("agent",))))


def test_a_spent_budget_leaves_every_answer_open_and_says_so() -> None:
    """Nothing is quietly left out: the question is listed, and unknown everywhere."""
    evaluation = Evaluation(line("agent", "model", "store"), VOCABULARY, budget=0)
    reach = c.Reach(c.TechnologyIs(("agent",)))

    assert {"e0": None, "e1": None, "e2": None} == read(evaluation, reach, Subject.ELEMENT)
    assert {reach} == evaluation.unfinished


def test_a_sufficient_budget_leaves_nothing_unfinished() -> None:
    """Two flows need two steps."""
    evaluation = Evaluation(line("agent", "model", "store"), VOCABULARY, budget=2)
    reach = c.Reach(c.TechnologyIs(("agent",)))

    assert {"e0": False, "e1": True, "e2": True} == read(evaluation, reach, Subject.ELEMENT)
    assert set() == evaluation.unfinished


def test_depth_counts_paths_inside_paths() -> None:
    """Only path questions count, and only where one stands inside another."""
    leaf = c.TechnologyIs(("agent",))

    assert 0 == depth(c.Not(leaf))
    assert 1 == depth(c.All((c.Reach(leaf), c.Reach(leaf, forward=True))))
    assert 2 == depth(c.Reach(leaf, here=c.Not(c.Reach(leaf))))


def test_the_atoms_of_a_path_are_what_could_bar_it_and_what_it_carries() -> None:
    """What could change a path's answer is in its conditions, in its controls and in what flows carry."""
    reach = c.Reach(c.FactIs("public"), asset=c.Asset_(kind=("text",)), without=("filter",))

    assert {Atom("fact", "public"), Atom("control", "filter"), Atom("carries")} == atoms(reach)
