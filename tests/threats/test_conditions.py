"""Conditions: read from nodes, every name checked, every fault at its line."""

from __future__ import annotations

import pytest

from nbthreat.system.documents import nodes
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import (
    DEPTH_LIMIT,
    SIZE_LIMIT,
    Condition,
    Parser,
    Subject,
    Taxonomy,
    in_words,
    parts,
    walk,
)
from small_library import VOCABULARY

PATH = c.Reach(c.TechnologyIs(("person",)), without=("encryption",))


def parse(
    text: str,
    subject: Subject = Subject.ELEMENT,
    *,
    predicates: dict[str, str] | None = None,
    path: c.Reach | None = None,
) -> tuple[Condition | None, list[tuple[int, str]]]:
    """Return the condition written in `text`, and the line and the words of every fault in it."""
    # a condition need not be a mapping, a file must be one: it stands under a key of its own
    file = nodes.parse(("when:\n  " + text.strip("\n").replace("\n", "\n  ")).encode(), "conditions.yaml").root
    node = file.get("when")
    assert node is not None
    named = {name: nodes.parse(when.encode(), "predicates.yaml").root for name, when in (predicates or {}).items()}
    faults: list[tuple[int, str]] = []
    parser = Parser(VOCABULARY, named)
    found = parser.parse(node, subject, lambda at, message: faults.append((at.line - 1, message)), path=path)
    return found, faults


def good(text: str, subject: Subject = Subject.ELEMENT, *, path: c.Reach | None = None) -> Condition | None:
    """Return the condition in a text that has no faults."""
    found, faults = parse(text, subject, path=path)
    assert [] == faults
    return found


def fault(
    text: str, subject: Subject = Subject.ELEMENT, *, predicates: dict[str, str] | None = None
) -> tuple[int, str]:
    """Return the line and the words of the one fault in a text that has no condition."""
    found, faults = parse(text, subject, predicates=predicates)
    assert found is None
    (item,) = faults
    return item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("technology: agent", c.TechnologyIs(("agent",))),
        ("technology: [agent, store]", c.TechnologyIs(("agent", "store"))),
        ("trust: none", c.TrustIs(("none",))),
        ("fact: public", c.FactIs("public")),
        ("not: {control: filter}", c.Not(c.ControlIs("filter"))),
        ("all: [{trust: high}, {provides: tools}]", c.All((c.TrustIs(("high",)), c.Provides("tools")))),
        ("any: [{surplus: any}]", c.Any_((c.Surplus("any"),))),
        ("holds: {kind: text, personal: true}", c.Holds(c.Asset_(kind=("text",), personal=True))),
        ("receives: {carries: {personal: false}}", c.Receives(c.Carries(c.Asset_(personal=False)))),
        ("sends: {crosses: any}", c.Sends(c.Crosses())),
        ("sends: {crosses: {to: [none, partner]}}", c.Sends(c.Crosses((), ("none", "partner")))),
        ("receives: {source: {trust: none}}", c.Receives(c.SourceIs(c.TrustIs(("none",))))),
        ("system: {stakes: [high, critical]}", c.OnSystem(c.StakesIs(("high", "critical")))),
        ("system: {some: {technology: agent}}", c.OnSystem(c.Some(c.TechnologyIs(("agent",))))),
    ],
)
def test_conditions_are_read(text: str, expected: Condition) -> None:
    """Each key makes its own kind of condition."""
    assert expected == good(text)


def test_the_three_ways_to_ask_for_a_path() -> None:
    """From where, to where, or both: then the second end is what the subject must be."""
    agent, store = c.TechnologyIs(("agent",)), c.TechnologyIs(("store",))
    asset = c.Asset_(kind=("text",))

    assert c.Reach(agent) == good("reached_from: {from: {technology: agent}}")
    assert c.Reach(store, asset=asset, forward=True) == good(
        "reaches: {to: {technology: store}, carries: {kind: text}}"
    )
    assert c.Reach(agent, store, None, ("filter",)) == good(
        "path: {from: {technology: agent}, to: {technology: store}, without: filter}"
    )


@pytest.mark.parametrize(
    ("text", "expected_line", "expected"),
    [
        ("tecnology: agent", 1, "unknown condition 'tecnology' for an element. Did you mean 'technology'?"),
        ("technology: agnt", 1, "unknown technology 'agnt'. Did you mean 'agent'?"),
        ("technology: []", 1, "technology must be a name or a list of names, not an empty list."),
        ("trust: some", 1, "unknown trust 'some'. Known here: high, none, partner."),
        ("not:\n  control: filtre", 2, "unknown control 'filtre'. Did you mean 'filter'?"),
        ("all:\n  - fact: public\n  - fact: remember", 3, "unknown fact 'remember'. Did you mean 'remembers'?"),
        ("provides: {}", 1, "provides must be one name."),
        ("is: dangerous", 1, "unknown predicate 'dangerous'."),
        ("holds:\n  kind: docment", 2, "unknown kind of asset 'docment'. Did you mean 'document'?"),
        ("holds:\n  kin: text", 2, "unknown key 'kin'. Did you mean 'kind'?"),
        ("holds:\n  personal: maybe", 2, "unknown answer 'maybe'. Known here: false, true."),
        ("holds: {}", 1, "an asset is described by kind, sensitivity and personal, as in {kind: document}."),
        ("reached_from: {carries: {kind: text}}", 1, "reached_from has no from."),
        ("reaches: {form: x}", 1, "unknown key 'form' in reaches. Known here: carries, to, without."),
        ("path:\n  from: {trust: none}", 1, "path has no to."),
        ("path: agent", 1, "path is a mapping of from, to, carries and without."),
        ("any: []", 1, "any needs a list of at least one condition."),
        ("all: {trust: none}", 1, "all needs a list of at least one condition."),
        ("trust: none\nfact: public", 1, "a condition has exactly one key, not 2. Join several with all: or any:."),
        ("sends: {crosses: wall}", 1, "crosses is 'any', or a mapping of from and to with a trust each."),
    ],
)
def test_faults_stand_at_their_line(text: str, expected_line: int, expected: str) -> None:
    """What is wrong is said where it is, with what would do."""
    assert (expected_line, expected) == fault(text)


def test_text_is_not_a_condition() -> None:
    """No expression is ever read out of a text."""
    expected = "a condition is a mapping such as {technology: agent}; text is not a condition."

    assert (1, expected) == fault("technology == 'agent'")
    assert (2, expected) == fault("all:\n  - __import__('os').getcwd()")


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("crosses: any", Subject.ELEMENT, "unknown condition 'crosses' for an element. It can be asked of: flow."),
        ("technology: agent", Subject.FLOW, "unknown condition 'technology' for a flow. It can be asked of: element."),
        ("stakes: high", Subject.FLOW, "unknown condition 'stakes' for a flow. It can be asked of: system."),
        ("trust: none", Subject.SYSTEM, "unknown condition 'trust' for the system. It can be asked of: element."),
        ("fact: regulated", Subject.ELEMENT, "fact 'regulated' can never be said of an element (see its 'of')."),
        ("control: filter", Subject.FLOW, "control 'filter' can never be said of a flow (see its 'of')."),
        ("control: encryption", Subject.SYSTEM, "control 'encryption' can never be said of the system (see its 'of')."),
    ],
)
def test_a_question_for_something_else_is_a_fault(text: str, subject: Subject, expected: str) -> None:
    """What can never be so is not quietly no: the reader hears of what it can be asked."""
    assert (1, expected) == fault(text, subject)


def test_every_fault_is_told_at_once() -> None:
    """A condition with three faults gives three, and no condition."""
    found, faults = parse("all:\n  - trust: some\n  - fact: nobody\n  - any:\n    - control: none")

    assert found is None
    assert [2, 3, 5] == [line for line, _ in faults]


def test_conditions_are_not_deeper_than_anybody_reads() -> None:
    """Just deep enough is read; one more is a fault."""
    expected = f"a condition may be {DEPTH_LIMIT} deep and have {SIZE_LIMIT} parts; this is more."

    good("{not: " * DEPTH_LIMIT + "{trust: none}" + "}" * DEPTH_LIMIT)

    assert (1, expected) == fault("{not: " * (DEPTH_LIMIT + 1) + "{trust: none}" + "}" * (DEPTH_LIMIT + 1))


def test_conditions_are_not_longer_than_anybody_reads() -> None:
    """The `any` is a part too; the first part too many is told at its line."""
    expected = f"a condition may be {DEPTH_LIMIT} deep and have {SIZE_LIMIT} parts; this is more."

    good("any:\n" + "- trust: none\n" * (SIZE_LIMIT - 1))

    assert (SIZE_LIMIT + 1, expected) == fault("any:\n" + "- trust: none\n" * SIZE_LIMIT)


def test_a_predicate_stands_for_its_condition() -> None:
    """It is read once and keeps its name, for reasons to be readable."""
    found, faults = parse("not: {is: outside}", predicates={"outside": "trust: none"})

    assert [] == faults
    assert c.Not(c.Is("outside", c.TrustIs(("none",)))) == found


@pytest.mark.parametrize("round_trip", [{"one": "is: one"}, {"one": "not: {is: two}", "two": "is: one"}])
def test_predicates_do_not_go_in_circles(round_trip: dict[str, str]) -> None:
    """A circle ends in a fault where it is used, and not in an endless reading."""
    line, message = fault("all:\n  - is: one", predicates=round_trip)

    assert 2 == line
    assert "in a circle: one > " in message


def test_a_predicate_with_faults_is_a_fault_where_it_is_used() -> None:
    """The fault itself is told, so that the way to it is short."""
    line, message = fault("is: odd", predicates={"odd": "trust: some"})

    assert 1 == line
    assert "unknown trust 'some'" in message


@pytest.mark.parametrize("key", ["along", "on"])
def test_along_every_path_means_no_way_without_the_control(key: str) -> None:
    """The short form takes over the threat's path and bars one control more; older packs said `on`."""
    found = good(f"any:\n  - {{control: filter, {key}: every-path}}", path=PATH)

    assert c.Any_((c.Not(c.Reach(PATH.end, without=("encryption", "filter"))),)) == found


@pytest.mark.parametrize("key", ["along", "on"])
def test_along_every_path_needs_a_path(key: str) -> None:
    """Without one nobody could say which path is meant; and 'along' means nothing else."""
    needs = "'along: every-path' needs exactly one path in the top level of applies_when."
    nothing_else = "'along' is for 'along: every-path'; a control alone is asked of the subject."

    assert (2, needs) == fault(f"any:\n  - {{control: filter, {key}: every-path}}")
    assert (1, nothing_else) == fault(f"{{control: filter, {key}: subject}}")


def test_one_key_in_its_old_and_its_new_form_is_refused() -> None:
    """Nobody could say which of the two is meant."""
    line, message = fault("{control: filter, on: every-path, along: every-path}")

    assert (1, "a condition has exactly one key, not 3. Join several with all: or any:.") == (line, message)


def test_walking_meets_everything_inside_once() -> None:
    """Outer before inner; a path asks what the subject is before where it starts."""
    here, end = c.TrustIs(("high",)), c.FactIs("public")
    reach = c.Reach(end, here)

    assert (here, end) == parts(reach)
    assert [c.Not(reach), reach, here, end] == list(walk(c.Not(reach)))


def test_conditions_in_words() -> None:
    """Reasons are read by people."""
    assert "technology is agent or store" == in_words(c.TechnologyIs(("agent", "store")))
    assert "crosses a boundary from none" == in_words(c.Crosses(("none",)))
    assert "data can reach it from an element that meets, carrying text, personal data, meeting no filter" == in_words(
        c.Reach(c.FactIs("public"), asset=c.Asset_(kind=("text",), personal=True), without=("filter",))
    )


def test_a_tree_knows_what_is_a_kind_of_what() -> None:
    """Upwards, downwards, and which general names leave a particular one open."""
    tree = Taxonomy({"thing": None, "model": "thing", "agent": "model", "store": "thing"}, generic=["thing"])

    assert ("agent", "model", "thing") == tree.line("agent")
    assert {"model", "agent"} == tree.under(["model"])
    assert {"thing"} == tree.unsure(["agent"])
    assert frozenset() == tree.unsure(["thing"])
    assert frozenset() == tree.unsure(["thing", "agent"])


def test_a_tree_that_bites_its_tail_is_still_read_to_an_end() -> None:
    """Names in a circle are refused elsewhere; asking must not hang before that."""
    assert ("a", "b") == Taxonomy({"a": "b", "b": "a"}).line("a")
