"""Enums in records: the text that a person writes for a member, held against the type of the field it is given for."""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import fields
from enum import Enum, IntEnum
from typing import Any, NamedTuple

from nbthreat.base.errors import Problem, did_you_mean, quoted


class EnumField(NamedTuple):
    """A field of a record that holds members of an enum: one, or a tuple of them."""

    name: str
    enum: type[Enum]
    is_tuple: bool
    is_optional: bool


@functools.cache
def enum_fields(record: type[Any]) -> tuple[EnumField, ...]:
    """Return the fields of a dataclass that hold an enum, `Enum | None` or `tuple[Enum, ...]`, in order.

    Raises TypeError for an enum anywhere else in a type, such as in a mapping.
    """
    kinds = typing.get_type_hints(record)
    return tuple(found for field in fields(record) if (found := _enum_field(field.name, kinds[field.name])))


def _enum_field(name: str, kind: Any) -> EnumField | None:
    options = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    is_optional = types.NoneType in options
    for option in options:
        if _is_enum(option):
            return EnumField(name, option, is_tuple=False, is_optional=is_optional)
        arguments = typing.get_args(option)
        if typing.get_origin(option) is tuple and arguments[1:] == (Ellipsis,) and _is_enum(arguments[0]):
            return EnumField(name, arguments[0], is_tuple=True, is_optional=is_optional)
        if any(_is_enum(argument) for argument in arguments):
            raise TypeError(f"{name} holds an enum in a way that is not checked: {kind}")
    return None


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def convert_enums(record: object) -> list[Problem]:
    """Replace each text or number in an enum's field of `record` by its member; return a problem for each without one.

    For a dataclass's `__post_init__`: the record may be frozen. A member stays as it is, and so does None where the
    type of the field allows it.
    """
    problems = []
    kind: Any = type(record)
    for field in enum_fields(kind):
        given = getattr(record, field.name)
        if type(given) is field.enum or (given is None and field.is_optional):
            continue
        try:
            made = _members(field, given) if field.is_tuple else member(field.enum, given)
        except ValueError as error:
            problems.append(Problem((field.name,), f"{field.name} must be {error}"))
        else:
            if made is not given:
                object.__setattr__(record, field.name, made)
    return problems


def _members(field: EnumField, given: Any) -> tuple[Enum, ...]:
    if not isinstance(given, tuple | list):
        raise ValueError(f"a tuple of {described(field.enum)}, not {quoted(given)}.")  # noqa: TRY004 - told as a problem
    if isinstance(given, tuple) and all(type(part) is field.enum for part in given):
        return given
    return tuple(member(field.enum, part) for part in given)


def member(enum: type[Enum], given: object) -> Enum:
    """Return the member of `enum` that is meant by `given`: itself, its value, or the label of a numbered one.

    Raises ValueError, which says what may stand there, for anything else: also for a member of another enum and for
    True, which to Python is 1.

    >>> from nbthreat.base.risk import Level, Stakes
    >>> member(Stakes, "high"), member(Level, 4) is member(Level, "high")
    (<Stakes.HIGH: 'high'>, True)
    >>> member(Stakes, "hgih")
    Traceback (most recent call last):
    ValueError: one of low, moderate, high, critical, not 'hgih'. Did you mean 'high'?
    """
    if isinstance(given, enum):
        return given
    members = _members_by_text(enum)
    is_plain = isinstance(given, str | int) and not isinstance(given, bool | Enum)
    if is_plain and given in members:
        return members[given]
    found = f"{type(given).__name__}.{given.name}" if isinstance(given, Enum) else quoted(given)
    texts = [text for text in members if isinstance(text, str)]
    near = did_you_mean(given, texts) if isinstance(given, str) and is_plain else ""
    raise ValueError(f"{described(enum)}, not {found}.{near}")


@functools.cache
def _members_by_text(enum: type[Enum]) -> dict[object, Enum]:
    """Return each member by what may be given for it."""
    by_value: dict[object, Enum] = {known.value: known for known in enum}
    if issubclass(enum, IntEnum):
        by_value |= {name.replace("_", " ").lower(): known for name, known in enum.__members__.items()}
    return by_value


def described(enum: type[Enum]) -> str:
    """Return what may stand for a member of `enum`, as an error says it.

    >>> from nbthreat.base.risk import Level, Stakes
    >>> described(Stakes), described(Level)
    ('one of low, moderate, high, critical', 'a whole number from 1 to 5')
    """
    if issubclass(enum, IntEnum):
        return f"a whole number from {min(enum).value} to {max(enum).value}"
    return "one of " + ", ".join(str(known.value) for known in enum)
