"""Systems: values that cannot exist with anything dangling, double or circular in them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from nbthreat.base.errors import ModelError
from nbthreat.system.model import (
    NAME_LIMIT,
    TEXT_LIMIT,
    Asset,
    Element,
    Flow,
    FrozenMap,
    System,
    TrustBoundary,
    bad_id,
)


def chat(**changed: Any) -> System:
    """A user asks an assistant in a room; the question is the only asset."""
    parts: dict[str, Any] = {
        "id": "chat",
        "name": "Chat",
        "assets": (Asset(id="question", kind="prompt"),),
        "boundaries": (TrustBoundary(id="room"),),
        "elements": (
            Element(id="user", technology="person", name="A user"),
            Element(id="assistant", technology="model", boundary="room", holds=("question",)),
        ),
        "flows": (Flow(id="ask", source="user", target="assistant", carries=("question",)),),
    }
    return System(**{**parts, **changed})


def problems(**changed: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the place and the message of everything that is wrong with a changed chat."""
    with pytest.raises(ModelError) as refused:
        chat(**changed)
    return [(problem.place, problem.message) for problem in refused.value.problems]


def only(**changed: Any) -> tuple[tuple[str | int, ...], str]:
    """Return the place and the message of the one thing that is wrong."""
    (problem,) = problems(**changed)
    return problem


def test_a_sound_system_finds_its_parts() -> None:
    """Elements and flows are found by id; what is not there is a KeyError."""
    system = chat()

    assert "A user" == system.element("user").label
    assert "ask" == system.flow("ask").label
    with pytest.raises(KeyError):
        system.element("ask")
    with pytest.raises(KeyError):
        system.flow("user")


def test_a_system_cannot_change() -> None:
    """An edit makes a new value."""
    with pytest.raises(FrozenInstanceError):
        chat().name = "Other"  # type: ignore[misc]


def test_systems_of_the_same_parts_are_one_value() -> None:
    """Equal, and equal as keys."""
    assert chat() == chat()
    assert 1 == len({chat(), chat()})


@pytest.mark.parametrize("good", ["a", "7", "vector-store-2", "a--b", "a" * 64])
def test_good_ids(good: str) -> None:
    """Small letters, digits, and hyphens that are neither first nor last."""
    assert bad_id(good) is None


@pytest.mark.parametrize("bad", ["", "-a", "a-", "A", "a_b", "a b", "é", "a\n", "a/b", "..", "a" * 65])
def test_bad_ids(bad: str) -> None:
    """Everything else is refused, with the rule."""
    assert "small letters a-z" in (bad_id(bad) or "")


@pytest.mark.parametrize("device", ["con", "nul", "com1", "lpt9"])
def test_an_id_is_not_a_device(device: str) -> None:
    """A file of that name could not be kept on some machines."""
    assert f"'{device}-1'" in (bad_id(device) or "")


def test_an_id_is_used_once() -> None:
    """Even things of different kinds do not share one."""
    place, message = only(boundaries=(TrustBoundary(id="room"), TrustBoundary(id="question")))

    assert ("boundaries", 1, "id") == place
    assert "id 'question' is used twice, first in assets. Ids are one of a kind." == message


def test_no_part_has_the_id_of_the_system() -> None:
    """What is said of the one would be taken for what is said of the other."""
    place, message = only(id="question")

    assert ("assets", 0, "id") == place
    assert message.startswith("id 'question' is the system's own. Change one of the two")


@pytest.mark.parametrize(
    ("changed", "expected_place", "expected"),
    [
        (
            {"flows": (Flow(id="ask", source="usr", target="assistant"),)},
            ("flows", 0, "source"),
            "there is no element 'usr'. Did you mean 'user'?",
        ),
        (
            {"flows": (Flow(id="ask", source="user", target="assistant", carries=("answer",)),)},
            ("flows", 0, "carries"),
            "there is no asset 'answer'. Known here: question.",
        ),
        (
            {"elements": (Element(id="user", technology="person", boundary="hall"),), "flows": ()},
            ("elements", 0, "boundary"),
            "there is no boundary 'hall'. Known here: room.",
        ),
        (
            {
                "elements": (
                    Element(id="user", technology="person", holds=("questions",)),
                    Element(id="assistant", technology="model"),
                )
            },
            ("elements", 0, "holds"),
            "there is no asset 'questions'. Did you mean 'question'?",
        ),
        (
            {"boundaries": (TrustBoundary(id="room", within="house"),)},
            ("boundaries", 0, "within"),
            "there is no boundary 'house'. Known here: room.",
        ),
        (
            {"layout": FrozenMap({"users": (0.0, 0.0)})},
            ("layout", "users"),
            "there is no element 'users'. Did you mean 'user'?",
        ),
    ],
)
def test_nothing_dangles(changed: dict[str, Any], expected_place: tuple[str | int, ...], expected: str) -> None:
    """Every id that is used is one that is there; a near miss gets a hint."""
    assert (expected_place, expected) == only(**changed)


def test_boundaries_do_not_contain_each_other() -> None:
    """A circle is told once, and spelled out."""
    rooms = (
        TrustBoundary(id="room", within="house"),
        TrustBoundary(id="house", within="town"),
        TrustBoundary(id="town", within="house"),
    )

    assert (
        ("boundaries", 0, "within"),
        "boundaries contain each other in a circle: house > town > house.",
    ) == only(boundaries=rooms)


@pytest.mark.parametrize("position", [(float("nan"), 0.0), (0.0, float("inf")), (0.0, -1e7)])
def test_positions_are_numbers_a_drawing_can_hold(position: tuple[float, float]) -> None:
    """Not endless, not far away, and numbers at all."""
    place, message = only(layout=FrozenMap({"user": position}))

    assert ("layout", "user") == place
    assert "must be two numbers" in message


def test_a_system_has_a_name() -> None:
    """Blanks are not a name."""
    assert ("name",) == only(name="  ")[0]


def test_texts_are_not_endless() -> None:
    """Names and notes have a limit; what is just within it stays."""
    chat(name="n" * NAME_LIMIT, purpose="p" * TEXT_LIMIT)

    assert (("name",), "name is longer than 1000 characters.") == only(name="n" * (NAME_LIMIT + 1))
    assert ("boundaries", 0, "note") == only(boundaries=(TrustBoundary(id="room", note="n" * (TEXT_LIMIT + 1)),))[0]


def test_everything_wrong_is_told_at_once() -> None:
    """Nobody has to try again for each fault."""
    assert [("id",), ("name",), ("layout", "nobody")] == [
        place for place, _ in problems(id="Chat", name="", layout=FrozenMap({"nobody": (0.0, 0.0)}))
    ]


def test_labels_are_what_people_say() -> None:
    """The name where there is one, else the id."""
    assert {"user": "A user", "assistant": "assistant", "chat": "Chat"}.items() <= chat().labels().items()


def test_a_system_is_a_graph_for_those_who_want_one() -> None:
    """Elements are nodes, flows are edges with their ids as keys, parallel ones and loops included."""
    again = (
        Flow(id="ask", source="user", target="assistant"),
        Flow(id="ask-again", source="user", target="assistant"),
        Flow(id="think", source="assistant", target="assistant"),
    )

    graph = chat(flows=again).to_networkx()

    assert ["assistant", "user"] == sorted(graph.nodes)
    assert ["ask", "ask-again", "think"] == sorted(key for _, _, key in graph.edges(keys=True))
    assert "model" == graph.nodes["assistant"]["element"].technology


def test_a_frozen_map_is_what_it_holds() -> None:
    """Order is kept for reading and does not tell two maps apart; nothing can be put in."""
    frozen_map, other = FrozenMap({"a": True, "b": False}), FrozenMap([("b", False), ("a", True)])

    assert frozen_map == other
    assert hash(frozen_map) == hash(other)
    assert ["b", "a"] == list(other)
    assert FrozenMap({"a": True}) != frozen_map
    with pytest.raises(TypeError):
        frozen_map["c"] = True  # type: ignore[index]
