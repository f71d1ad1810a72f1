"""Enum fields: whatever record a system or a register is made of, a misspelt word in it is refused, and a right one
is the member that it names.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbthreat.base.enums import EnumField, enum_fields, member
from nbthreat.base.errors import ModelError, RegisterError
from nbthreat.base.risk import Level
from nbthreat.decisions.register import (
    Acceptance,
    Appetite,
    ChangeAnswer,
    Decision,
    Inherited,
    Register,
    Residual,
    Schedule,
    Spread,
    Treatment,
)
from nbthreat.system import documents
from nbthreat.system.model import System

DAY = date(2026, 11, 30)
RIGHT: dict[type[Any], dict[str, Any]] = {
    Appetite: {"appetite": Level.VERY_LOW, "tolerance": Level.VERY_HIGH},
    ChangeAnswer: {"because": "It is the same."},
    Decision: {"acceptance": Acceptance(approver="Lead", on=DAY, expires=date(2027, 1, 1), reason="r")},
    Inherited: {"key": "threat@supplier/part", "supplier": "supplier"},
    Spread: {"frequency": (1.0, 2.0), "loss": (1.0, 2.0)},
}
"""What fields have to say so that the record can be, whatever its enums say."""


def records(*roots: type[Any]) -> Iterator[type[Any]]:
    """Yield each dataclass that these hold, however deep, and they themselves."""
    found: dict[type[Any], None] = {}
    waiting: list[Any] = list(roots)
    while waiting:
        kind = waiting.pop()
        waiting += typing.get_args(kind)
        if is_dataclass(kind) and isinstance(kind, type) and kind not in found:
            found[kind] = None
            waiting += typing.get_type_hints(kind).values()
    yield from found


FIELDS = [(record, field) for record in records(System, Register) for field in enum_fields(record)]


def made(record: type[Any], **said: Any) -> Any:
    """Return a record in which every field that has to say something says something."""
    kinds = typing.get_type_hints(record)
    needed = {
        field.name: sample(kinds[field.name])
        for field in fields(record)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return record(**{**needed, **RIGHT.get(record, {}), **said})


def sample(kind: Any) -> Any:
    """Return something of that type."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        return made(kind)
    return {str: "a", int: 1, date: DAY}[kind]


def error_of(record: type[Any]) -> type[Exception]:
    """Return what a record raises that cannot be."""
    return ModelError if record.__module__ == System.__module__ else RegisterError


def words(field: EnumField) -> list[tuple[Any, Enum]]:
    """Return what people may write for each member of a field."""
    texts = [(known.name.replace("_", " ").lower(), known) for known in field.enum if isinstance(known.value, int)]
    return [(known.value, known) for known in field.enum] + texts


@given(st.sampled_from(FIELDS), st.data())
def test_a_misspelt_word_is_refused_with_the_nearest(found: tuple[type[Any], EnumField], data: st.DataObject) -> None:
    """In every such field of every record, with where it is and what is known there."""
    record, field = found
    right = data.draw(st.sampled_from([word for word, _ in words(field) if isinstance(word, str)]))
    at = data.draw(st.integers(0, len(right)))
    wrong = right[:at] + data.draw(st.sampled_from("aemnrstxz")) + right[at:]
    assume(wrong not in [word for word, _ in words(field)])

    with pytest.raises(error_of(record), match=rf"{field.name} must be .*, not '{wrong}'\. Did you mean '"):
        made(record, **{field.name: (wrong,) if field.is_tuple else wrong})


@given(st.sampled_from(FIELDS), st.data())
def test_a_right_word_is_the_member_it_names(found: tuple[type[Any], EnumField], data: st.DataObject) -> None:
    """The record is equal to that of the member, and written the same."""
    record, field = found
    word, expected = data.draw(st.sampled_from(words(field)))

    by_word = made(record, **{field.name: (word,) if field.is_tuple else word})
    by_member = made(record, **{field.name: (expected,) if field.is_tuple else expected})

    said = getattr(by_word, field.name)
    assert expected is (said[0] if field.is_tuple else said)
    assert by_member == by_word
    assert documents.dump(by_member) == documents.dump(by_word)


def test_the_records_that_people_write_are_among_those_tried() -> None:
    """The walk through the types does find them."""
    assert {System, Decision, Residual, Schedule, ChangeAnswer} <= {record for record, _ in FIELDS}
    assert {"sensitivity", "trust", "lifecycle", "stakes", "treatment", "triggers"} <= {
        field.name for _, field in FIELDS
    }


def test_a_decision_says_which_finding_it_was_about() -> None:
    """And a word that is right decides: an acceptance is asked for."""
    with pytest.raises(RegisterError, match=r"^'a@b': treatment must be .* not 'mitgate'\. Did you mean 'mitigate'\?$"):
        made(Decision, key="a@b", treatment="mitgate")
    with pytest.raises(RegisterError, match="to accept a risk takes an acceptance"):
        made(Decision, treatment="accept", acceptance=None)
    assert member(Treatment, "accept") is made(Decision, treatment="accept").treatment
