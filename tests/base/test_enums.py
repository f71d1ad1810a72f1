"""Enums in records: a text becomes the member it names, and what names none is a problem at its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nbthreat.base.enums import EnumField, convert_enums, enum_fields, member
from nbthreat.base.errors import Problem
from nbthreat.base.risk import Level, Stakes
from nbthreat.system.model import FrozenMap, Trust


@dataclass(frozen=True, slots=True)
class Place:
    """A record with an enum in each way that is checked."""

    trust: Trust = Trust.NONE
    level: Level | None = None
    stakes: tuple[Stakes, ...] = ()
    name: str = ""


def place(**given: Any) -> Place:
    """Return a place in which anything may stand."""
    return Place(**given)


def test_the_fields_of_enums_are_told_by_their_types() -> None:
    """One, one or nothing, and many; a text is none."""
    assert (
        EnumField("trust", Trust, is_tuple=False, is_optional=False),
        EnumField("level", Level, is_tuple=False, is_optional=True),
        EnumField("stakes", Stakes, is_tuple=True, is_optional=False),
    ) == enum_fields(Place)


def test_an_enum_in_a_mapping_is_refused_where_the_record_is_first_made() -> None:
    """So nobody can believe that it is checked."""

    @dataclass
    class Rates:
        by_name: FrozenMap[Level]

    Rates.__annotations__["by_name"] = FrozenMap[Level]
    with pytest.raises(TypeError, match="by_name holds an enum in a way that is not checked"):
        enum_fields(Rates)


def test_texts_become_members() -> None:
    """Of a list too; a numbered one may be given by its number or its label."""
    made = place(trust="high", level="very low", stakes=["low", Stakes.HIGH])

    assert [] == convert_enums(made)
    assert Place(Trust.HIGH, Level.VERY_LOW, (Stakes.LOW, Stakes.HIGH)) == made
    assert (Trust, Level, tuple) == (type(made.trust), type(made.level), type(made.stakes))
    assert [Level.HIGH] * 3 == [member(Level, given) for given in (4, "high", Level.HIGH)]


def test_every_field_that_names_no_member_is_told() -> None:
    """Each at its place, with the nearest where there is one; what is right stays right."""
    made = place(trust="hihg", level=7, stakes=("low", "critcal"), name="hihg")

    assert [
        Problem(("trust",), "trust must be one of none, partner, high, not 'hihg'. Did you mean 'high'?"),
        Problem(("level",), "level must be a whole number from 1 to 5, not '7'."),
        Problem(
            ("stakes",), "stakes must be one of low, moderate, high, critical, not 'critcal'. Did you mean 'critical'?"
        ),
    ] == convert_enums(made)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"trust": None}, "not 'None'"),
        ({"trust": Stakes.HIGH}, "not Stakes.HIGH"),
        ({"trust": True}, "not 'True'"),
        ({"trust": ["none"]}, "not '['none']'"),
        ({"level": True}, "not 'True'"),
        ({"level": 1.0}, "not '1.0'"),
        ({"level": Trust.HIGH}, "not Trust.HIGH"),
        ({"stakes": "low"}, "a tuple of one of low, moderate, high, critical, not 'low'"),
        ({"stakes": None}, "not 'None'"),
        ({"stakes": (None,)}, "not 'None'"),
    ],
)
def test_what_is_like_a_member_and_is_none_is_a_problem(given: dict[str, Any], found: str) -> None:
    """Python takes some of these for equal to a member."""
    [problem] = convert_enums(place(**given))

    assert found in problem.message
