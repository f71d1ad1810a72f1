"""The evaluation: its scoring on cases made by hand, and the figures that must not slip."""

from __future__ import annotations

from dataclasses import replace

import asking
import drawings
import incidents
import mutation
import peers
import pytest
import reading
import scoring
import size
import unseen
from scoring import Expected, Sighting
from tables import table

from helpers import desk, library
from nbthreat.system.model import Answers
from nbthreat.threats.matching import PRESSING, UNSETTLED, State

WANTED = (
    Expected(id="T1.001", at=frozenset({"door"})),
    Expected(id="T2", at=frozenset({"roof", "f1"}), secondary=True),
)
ELSEWHERE = Sighting(cites=frozenset({"T1.001"}), subject="cellar")
OURS = drawings.worked() | drawings.starters() | drawings.cases()
DRAWN = OURS | drawings.samples()
needs_shared = pytest.mark.skipif(not incidents.FILE.is_file(), reason="what is expected is not beside this checkout")


def test_a_technique_counts_only_where_it_is_expected() -> None:
    """To say everything everywhere earns nothing."""
    at_the_door = replace(ELSEWHERE, subject="door")

    assert 0.0 == scoring.recall(WANTED, [ELSEWHERE], lenient=True)
    assert 0.5 == scoring.recall(WANTED, [at_the_door], lenient=False)
    assert 0.5 == scoring.recall(WANTED, [ELSEWHERE], place=scoring.anywhere, lenient=False)


def test_lenient_takes_a_parent_and_a_part_and_no_sibling() -> None:
    """Strict takes the very id."""
    parent = Sighting(cites=frozenset({"T1"}), subject="door")
    sibling = Sighting(cites=frozenset({"T1.002"}), subject="door")

    assert [False, True] == [scoring.found(WANTED[0], [parent], lenient=lenient) for lenient in (False, True)]
    assert not scoring.found(WANTED[0], [sibling], lenient=True)
    assert scoring.found(WANTED[1], [Sighting(cites=frozenset({"T2.009"}), subject="roof")], lenient=True)


def test_a_finding_is_at_all_of_its_places_and_stands_at_one() -> None:
    """A flow by which the danger comes is such a place; another flow is none."""
    passing = Sighting(cites=frozenset({"T2"}), subject="cellar", places=frozenset({"cellar", "f1"}))

    assert scoring.found(WANTED[1], [passing], lenient=True)
    assert not scoring.found(WANTED[1], [passing], place=scoring.standing, lenient=True)
    assert not scoring.found(WANTED[1], [replace(passing, places=frozenset({"f2"}))], lenient=True)


def test_what_is_said_everywhere_is_found_in_wrong_places_too() -> None:
    """And what is said where it belongs is not."""
    belongs = (Sighting(cites=frozenset({"T1.001"}), subject="door"), Sighting(cites=frozenset({"T2"}), subject="roof"))
    everywhere = tuple(replace(sighting, places=frozenset({"door", "roof", "f1"})) for sighting in belongs)

    assert 0.0 == scoring.misplaced(WANTED, belongs)
    assert 1.0 == scoring.misplaced(WANTED, everywhere)


def test_without_the_debatable_ones_they_are_neither_found_nor_missed() -> None:
    """The share is of what is left; of nothing, everything is found."""
    at_the_door = replace(ELSEWHERE, subject="door")

    assert 1.0 == scoring.recall(WANTED, [at_the_door], lenient=False, secondary=False)
    assert 1.0 == scoring.recall(WANTED[1:], [], lenient=False, secondary=False)


def test_precision_looks_at_the_first_ones_shown() -> None:
    """In the order shown."""
    right = replace(ELSEWHERE, subject="door")

    assert 1.0 == scoring.precision(WANTED, [right, ELSEWHERE], 1)
    assert 0.5 == scoring.precision(WANTED, [right, ELSEWHERE], 12)
    assert 0.0 == scoring.precision(WANTED, [], 12)


def test_a_permutation_takes_only_the_findings_of_others() -> None:
    """The own findings, however good, do not count."""
    expected = {"one": WANTED[:1], "two": WANTED[1:]}
    seen = {"one": [ELSEWHERE], "two": [Sighting(cites=frozenset({"T2"}), subject="roof")]}

    assert 0.0 == scoring.permuted(expected, seen)
    assert 1.0 == scoring.permuted(expected, {"one": seen["two"], "two": seen["one"]})


def test_the_baseline_counts_in_all_incidents_but_one() -> None:
    """By number, then by id."""
    lists = {"one": ["a", "b"], "two": ["b", "c"], "three": ["z", "z"]}

    assert ("b", "a") == scoring.top(lists, "three", 2)
    assert ("z", "b", "c") == scoring.top(lists, "one", 9)


def test_a_table_is_aligned_and_survives_a_bar() -> None:
    """Numbers to the right, words to the left."""
    expected = "| what | n    |\n| ---- | ---: |\n| a/b  | 0.50 |".replace("| n    |", "|    n |")
    assert expected == table(["what", "n"], [["a|b", 0.5]])
    assert table(["what"], []) == "(none)"


@pytest.mark.parametrize("name", DRAWN)
def test_a_hardened_twin_is_quiet(name: str) -> None:
    """With every control in place nothing is open, and nothing possible."""
    found = drawings.matched(drawings.hardened(DRAWN[name]))
    assert (0, 0) == (found.count(State.OPEN), sum(map(found.count, UNSETTLED)))


@pytest.mark.parametrize("name", OURS)
def test_a_fresh_drawing_is_not_drowned(name: str) -> None:
    """At most six findings, open and possible, for an element."""
    found = drawings.matched(drawings.fresh(DRAWN[name]))
    assert sum(map(found.count, PRESSING)) <= 6 * len(DRAWN[name].elements)


def test_fresh_says_nothing_and_hardened_only_controls() -> None:
    """What is drawn stays as it was."""
    bare, hard = drawings.fresh(desk()), drawings.hardened(desk())

    assert Answers() == bare.element("helper").controls
    assert desk().flows == bare.flows
    assert hard.element("helper").controls["unused-capability-block"]
    assert desk().element("helper").facts == hard.element("helper").facts


def test_a_predicate_loses_a_clause_wherever_it_is_used() -> None:
    """Inside other conditions too; another predicate stays as it was."""
    used, other = mutation.c.Is("used", mutation.c.FactIs("a")), mutation.c.Is("other", mutation.c.FactIs("a"))
    new = mutation.c.FactIs("b")
    before = mutation.c.All((used, mutation.c.Reach(end=mutation.c.Not(used), here=other)))

    after = mutation.with_predicate(before, "used", new)

    changed = mutation.c.Is("used", new)
    assert mutation.c.All((changed, mutation.c.Reach(end=mutation.c.Not(changed), here=other))) == after


@needs_shared
def test_every_place_that_is_expected_is_drawn() -> None:
    """The drawings have the elements and flows that the expectations name, and nothing is expected of another."""
    drawn = drawings.cases()

    assert set(drawn) == set(incidents.expectations())
    for name, expected in incidents.expectations().items():
        ids = {element.id for element in (*drawn[name].elements, *drawn[name].flows)}
        assert set() == {place for item in expected for place in item.at} - ids
        assert set() == {item.id for item in expected} - set(library().catalogues["atlas"].ids)


@needs_shared
def test_another_systems_findings_say_less() -> None:
    """The expectations of an incident are met by its own drawing, not by any."""
    wanted, drawn = incidents.expectations(), drawings.cases()
    seen = {name: incidents.sightings(system) for name, system in drawn.items()}
    own = scoring.mean(scoring.recall(wanted[name], seen[name], place=scoring.anywhere, lenient=True) for name in drawn)

    assert scoring.permuted(wanted, seen) < own - 0.2


def test_settling_every_question_one_way_or_the_other_keeps_its_order() -> None:
    """The best answers settle no less than the worst, and both are shares."""
    _, weight, best, worst = asking.settled(drawings.fresh(desk()))

    assert weight > 0
    assert 0.0 <= worst <= best <= 1.0


def test_a_change_that_decides_changes_the_state() -> None:
    """Of a capability that nobody needs, the control that blocks it is all there is."""
    threat = library().threat("surplus-capability")
    found = list(mutation.changes(threat, library()))

    assert found
    assert all(item.decisive for item in found if item.kind == "control")


def test_a_clause_that_nothing_tells_is_found() -> None:
    """A condition beside which the same condition stands again has one clause too many."""
    threat = library().threat("surplus-capability")
    padded = replace(threat, applies_when=mutation.c.All((threat.applies_when, threat.applies_when)))

    assert mutation.holds(threat, library())
    assert mutation.holds(padded, library())
    assert 2 <= sum(where == "applies_when" for where, _ in mutation.untold(padded, library()))


def test_what_nothing_uses_is_listed() -> None:
    """A control that no threat names is unused; a library without threats uses none."""
    empty = replace(library(), threats=())

    assert tuple(sorted(library().controls)) == size.unused_controls(empty)
    assert set(size.unread_facts(library())) <= set(size.unread_facts(empty))


def test_every_control_is_used_and_every_fact_read() -> None:
    """Nothing is asked that changes nothing."""
    assert () == size.unused_controls(library())
    assert () == size.unread_facts(library())


def test_what_other_tools_say_is_set_beside_threats_that_exist() -> None:
    """Each of theirs has a threat of ours, or a ground why none."""
    drawn = drawings.samples()
    known = {threat.id for threat in library().threats}
    for sample in peers.listed():
        assert sample.id in drawn
        ids = [id for theirs in sample.theirs for id in theirs.ids]
        assert len(ids) == len(set(ids))
        for theirs in sample.theirs:
            assert theirs.ours or theirs.ground, theirs.title
            assert set() == set(theirs.ours) - known


def test_found_silent_or_a_reason() -> None:
    """In that order."""
    ours = peers.Theirs(ids=("x",), title="X", ours=("threat",))
    reason = replace(ours, ours=(), ground=peers.Ground.TRADITIONAL_IT)

    assert "found" == peers.standing(ours, {"threat"})
    assert "silent" == peers.standing(ours, set())
    assert "traditional-it" == peers.standing(reason, set())


def test_every_open_finding_has_been_read() -> None:
    """On the worked systems and the starters; `evaluate.py --only reading` lists those without a line."""
    assert [] == reading.unread()


def test_hardly_an_open_finding_is_wrong() -> None:
    """At most one in twenty."""
    counted = reading.marks()
    assert counted[reading.Mark.WRONG] <= sum(counted.values()) / 20


def test_every_reading_gives_its_reason() -> None:
    """A mark alone helps nobody."""
    assert all(line.why.endswith(".") for read in reading.lines().values() for line in read.values())


def test_what_is_expected_of_the_unseen_systems_is_there_to_be_found() -> None:
    """Each technique is one of the pinned edition, each place is in its drawing."""
    drawn = drawings.unseen()
    wanted = unseen.expectations()

    assert set(drawn) == set(wanted)
    assert {each.id for item in wanted.values() for each in item} <= set(library().catalogues["atlas"].ids)
    for name, expected in wanted.items():
        places = {element.id for element in (*drawn[name].elements, *drawn[name].flows)}
        assert not {id for each in expected for id in each.at} - places, name


def test_the_unseen_systems_are_found_no_worse_than_they_were() -> None:
    """And quietly, and not at all where every control is in place."""
    drawn, wanted = drawings.unseen(), unseen.expectations()
    seen = {name: incidents.sightings(system) for name, system in drawn.items()}

    assert scoring.mean(scoring.recall(wanted[name], seen[name], lenient=False) for name in wanted) >= 0.88
    for system in drawn.values():
        live = drawings.live(drawings.matched(drawings.fresh(system)))
        assert sum(finding.certain for finding in live) <= 6 * len(system.elements)
        assert not drawings.live(drawings.matched(drawings.hardened(system)))
