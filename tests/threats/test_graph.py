"""Sets of numbers as one integer, and bits that travel through a graph."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbthreat.system.model import Element, Flow, System
from nbthreat.threats.graph import (
    BudgetSpentError,
    Graph,
    Reached,
    bits,
    members,
    spread,
    transpose_to_rows,
    transpose_to_sets,
)


def drawn(*flows: tuple[str, str]) -> Graph:
    """Return the graph of elements a to e and flows f0, f1, … between them."""
    return Graph.of(
        System(
            id="drawn",
            name="Drawn",
            elements=tuple(Element(id=name, technology="model") for name in "edcba"),
            flows=tuple(Flow(id=f"f{n}", source=source, target=target) for n, (source, target) in enumerate(flows)),
        )
    )


def travel(
    graph: Graph, starts: str, *, stops: str = "", barred: str = "", shut: tuple[int, ...] = (), budget: int = 99
) -> Reached:
    """Let one bit start at some elements; it does not travel on from `stops`, enter `barred` or pass `shut` flows."""
    return spread(
        graph.leaving,
        starts=[int(name in starts) for name in graph.ids],
        enters=[int(name not in barred) for name in graph.ids],
        relays=[name not in stops for name in graph.ids],
        passes=[int(n not in shut) for n in range(len(graph.flows))],
        budget=budget,
    )


def reached(found: Reached) -> str:
    """Return the names of the elements at which the bit arrived."""
    return "".join("abcde"[n] for n, arrived in enumerate(found.arrived) if arrived)


@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(st.integers(0, 300)))
def test_a_set_keeps_its_members(numbers: list[int]) -> None:
    """Numbers that are packed come out again, each once, lowest first."""
    assert sorted(set(numbers)) == list(members(bits(numbers, 301)))


@pytest.mark.parametrize("step", [1, 2, 9, 10, 11, 300])
def test_the_members_of_dense_and_of_sparse_sets_come_in_order(step: int) -> None:
    """However far apart they are."""
    assert list(range(0, 301, step)) == list(members(bits(range(0, 301, step), 301)))


@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(st.integers(0, 2**9 - 1), max_size=20))
def test_sets_turned_round_and_round_again_are_the_same(sets: list[int]) -> None:
    """A number is in a set, or the set is in the row of that number: it is one thing."""
    turned = transpose_to_rows(sets, 9)

    expected = [[n for n, item in enumerate(sets) if item >> number & 1] for number in range(9)]
    assert expected == [list(members(row)) for row in turned]
    assert sets == transpose_to_sets(turned, len(sets))


def test_an_empty_set_is_nought() -> None:
    """No members, no bits, whatever the size."""
    assert 0 == bits([], 0)
    assert [] == list(members(0))


def test_numbers_follow_the_ids_and_not_the_file() -> None:
    """Elements written last to first are numbered first to last."""
    graph = drawn(("b", "a"), ("a", "c"))

    assert ("a", "b", "c", "d", "e") == graph.ids
    assert (1, 0) == graph.sources
    assert (0, 2) == graph.targets
    assert ((2, 1),) == graph.leaving[0]
    assert ((1, 0),) == graph.entering[0]


def test_a_bit_goes_wherever_flows_lead() -> None:
    """It follows the arrows, and has not arrived where it only began."""
    assert "bcd" == reached(travel(drawn(("a", "b"), ("b", "c"), ("a", "d"), ("e", "a")), "a"))


def test_a_bit_can_come_back_to_its_start() -> None:
    """A circle of flows brings it home; that is an arrival."""
    assert "abc" == reached(travel(drawn(("a", "b"), ("b", "c"), ("c", "a")), "a"))


def test_what_does_not_relay_is_reached_and_not_passed() -> None:
    """The bit arrives there and stays."""
    assert "b" == reached(travel(drawn(("a", "b"), ("b", "c")), "a", stops="b"))


def test_a_start_needs_not_relay() -> None:
    """Where a bit begins it may leave."""
    assert "bc" == reached(travel(drawn(("a", "b"), ("b", "c")), "a", stops="a"))


def test_a_bit_stays_out_where_it_may_not_enter_or_pass() -> None:
    """A barred element and a shut flow each end the way; an open flow beside the shut one does not."""
    flows = (("a", "b"), ("b", "c"), ("a", "b"))

    assert "" == reached(travel(drawn(*flows), "a", barred="b"))
    assert "b" == reached(travel(drawn(*flows), "a", shut=(1,)))
    assert "bc" == reached(travel(drawn(*flows), "a", shut=(0,)))
    assert "" == reached(travel(drawn(*flows), "a", shut=(0, 2)))


def test_bits_travel_together_and_apart() -> None:
    """Two questions in one pass keep their own starts and their own bars."""
    graph = drawn(("a", "b"), ("b", "c"))

    found = spread(
        graph.leaving, starts=[1, 2, 0, 0, 0], enters=[3, 3, 2, 3, 3], relays=[True] * 5, passes=[3, 3], budget=99
    )

    assert [0, 1, 2, 0, 0] == found.arrived


def test_a_way_is_the_shortest_and_comes_from_the_nearest_start() -> None:
    """Elements from start to end, and the flows between them."""
    flows = (("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"))

    assert ([0, 3], [3]) == travel(drawn(*flows), "a").way(3, 1)
    assert ([0, 1, 2, 3], [0, 1, 2]) == travel(drawn(*flows), "a", shut=(3,)).way(3, 1)
    assert ([2, 3], [2]) == travel(drawn(*flows), "ac", shut=(3,)).way(3, 1)


def test_a_way_round_a_circle_ends_where_it_began() -> None:
    """The way home names the start twice."""
    assert ([0, 1, 0], [0, 1]) == travel(drawn(("a", "b"), ("b", "a")), "a").way(0, 1)


def test_a_budget_that_is_just_enough_is_enough() -> None:
    """Two flows cost two steps; with one step it says so instead of stopping half-way."""
    graph = drawn(("a", "b"), ("b", "c"))

    assert 2 == travel(graph, "a", budget=2).steps
    with pytest.raises(BudgetSpentError):
        travel(graph, "a", budget=1)
