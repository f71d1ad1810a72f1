"""Nodes → frozen dataclasses: the type of each field says what may stand there.

Every fault is collected before one error is raised. Fields may be `str`, `bool`, `int`, `float`, `date`, an enum,
a dataclass, `X | None`, `tuple[X, ...]`, `tuple[float, float]`, `FrozenMap[X]`, a union of scalars, or a type the
caller brings a reader for.
"""

from __future__ import annotations

import functools
import math
import operator
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum, IntEnum
from itertools import islice
from typing import Any, TypeVar

from nbthreat.base.enums import described
from nbthreat.base.errors import Fault, ModelError, Problem, RegisterError, did_you_mean, hint, quoted
from nbthreat.system.documents import nodes
from nbthreat.system.model import FrozenMap

T = TypeVar("T")

Report = Callable[[nodes.Node | nodes.MappingEntry, str], None]
"""How a reader says that something is wrong at a node."""

Reader = Callable[[nodes.Node, Report], object]
"""Reads one node into one value; reports what is wrong instead of raising."""

Check = Callable[[Any], Iterable[Problem]]
"""Yields what else is wrong with a value; asked with its mere attributes, as they were read, before it is made."""

BAD: Any = object()
"""What a node becomes that could not be read; the fault has been reported."""

_NUMBER_LENGTH = 40
_WRITTEN = {"on": "date"}  # a key that some readers of YAML take for true
_CHECKED = 1_000  # problems a check may tell: the near name for each takes time, and nobody reads as many
_FIELDS: dict[Any, dict[str, tuple[Field[Any], Any]]] = {}  # resolving types is slow, and they never change


class Shaper:
    """Reads the nodes of one file into values, collecting faults."""

    def __init__(self, file: str, readers: Mapping[object, Reader] | None = None, *, nulls: bool = False) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.renamed: list[tuple[int, str]] = []  # lines with a key that is written otherwise today, and the key
        self._readers = readers or {}
        self._nulls = nulls  # in a message null says "none"; in a file it is a slip of the pen

    def report(self, node: nodes.Node | nodes.MappingEntry, message: str) -> None:
        """Note that something is wrong at `node`."""
        self.faults.append(Fault(self.file, node.line, message))

    def record(
        self, cls: type[T], node: nodes.Node, what: str = "", *, also: tuple[str, ...] = (), check: Check | None = None
    ) -> T:
        """Return `node` as the dataclass `cls`, or BAD; keys in `also` are the caller's and left alone.

        What `check` has against it and what the class itself has are told together.
        """
        what = what or cls.__name__.lower()
        if not isinstance(node, nodes.Mapping):
            self.report(node, f"{what} must be a mapping of keys and values, not {_what(node)}.")
            return typing.cast("T", BAD)
        known = record_fields(cls)
        written = {key_of(name): name for name in known}
        values: dict[str, Any] = {}
        bad = False
        for entry in node.entries:
            if entry.key in also:
                continue
            name = written.get(entry.key, entry.key)
            if name not in known:
                self.report(entry, f"unknown key {quoted(entry.key)} in {what}.{hint(entry.key, written)}")
                bad = True
                continue
            if name in values:
                self.report(entry, f"{what} says {quoted(key_of(name))} and {quoted(name)}, which are one. Keep one.")
            if entry.key not in written:
                self.renamed.append((entry.line, entry.key))
            values[name] = self.value(known[name][1], entry.node, entry.key)
            bad = bad or values[name] is BAD
        missing = [name for name, (field, _) in known.items() if name not in values and _required(field)]
        for name in missing:
            self.report(node, f"{what} has no {key_of(name)}. Add '{key_of(name)}: …'.")
        if bad or missing:
            return typing.cast("T", BAD)
        problems: list[Problem] = []
        if check:
            unsaid = {name: default_of(field) for name, (field, _) in known.items()}
            problems += islice(check(types.SimpleNamespace(**{**unsaid, **values})), _CHECKED)
        made = BAD
        try:
            made = cls(**values)
        except ModelError as error:
            problems += error.problems
        except RegisterError as error:
            problems.append(Problem(error.place, str(error), error.first))
        self.faults += [nodes.fault_of(node, problem, self.file) for problem in problems]
        return typing.cast("T", BAD if problems else made)

    def value(self, kind: Any, node: nodes.Node, name: str) -> Any:
        """Return `node` as a value of the type `kind`, or BAD."""
        if kind in self._readers:
            before = len(self.faults)
            value = self._readers[kind](node, self.report)
            return BAD if len(self.faults) > before else value
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            if self._nulls and types.NoneType in typing.get_args(kind) and _is_null(node):
                return None
            kinds = [arg for arg in typing.get_args(kind) if arg is not types.NoneType]
            said = functools.reduce(operator.or_, kinds)
            if said in self._readers:
                return self.value(said, node, name)
            return self._setting(node, name) if len(kinds) > 1 else self.value(kinds[0], node, name)
        if origin is tuple:
            return self._tuple(typing.get_args(kind), node, name)
        if origin is FrozenMap:
            return self._map(typing.get_args(kind)[0], node, name)
        if is_dataclass(kind):
            return self.record(typing.cast("type[Any]", kind), node, name)
        if not isinstance(node, nodes.Scalar):
            self.report(node, f"{name} must be {_noun(kind)}, not {_what(node)}.")
            return BAD
        return self._scalar(kind, node, name)

    def _tuple(self, kinds: tuple[Any, ...], node: nodes.Node, name: str) -> Any:
        if not isinstance(node, nodes.Sequence):
            self.report(node, f"{name} must be a list, not {_what(node)}.")
            return BAD
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(node.items)
        elif len(kinds) != len(node.items):
            self.report(node, f"{name} must have {len(kinds)} items, not {len(node.items)}.")
            return BAD
        entry = f"an item of {name}"
        values = [self.value(kind, item, entry) for kind, item in zip(kinds, node.items, strict=True)]
        return BAD if any(value is BAD for value in values) else tuple(values)

    def _map(self, kind: Any, node: nodes.Node, name: str) -> Any:
        if not isinstance(node, nodes.Mapping):
            self.report(node, f"{name} must be a mapping of names and values, not {_what(node)}.")
            return BAD
        values = {entry.key: self.value(kind, entry.node, entry.key) for entry in node.entries}
        return BAD if any(value is BAD for value in values.values()) else FrozenMap(values)

    def _scalar(self, kind: Any, node: nodes.Scalar, name: str) -> Any:
        retyped = node.plain and nodes.RETYPED.fullmatch(node.text)
        if kind is str:
            if retyped:
                self.report(
                    node, f"{name} must be text, and {_unquoted(node)} could be read as something else. Quote it."
                )
                return BAD
            return node.text
        if node.plain and node.text in ("", "~", "null"):
            self.report(node, f"{name} has no value. Give it one, or leave the key out: what is not said is not known.")
            return BAD
        value = _read_scalar(kind, node)
        if value is BAD:
            known = [str(member.value) for member in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
            near = did_you_mean(node.text, known)
            self.report(node, f"{name} must be {_noun(kind)}, not {_unquoted(node)}.{near}")
        return value

    def _setting(self, node: nodes.Node, name: str) -> Any:
        if not isinstance(node, nodes.Scalar):
            self.report(node, f"{name} must be one value, not {_what(node)}.")
            return BAD
        if not node.plain or not nodes.RETYPED.fullmatch(node.text):
            return node.text
        for kind in (bool, int, float):
            value = _read_scalar(kind, node)
            if value is not BAD:
                return value
        self.report(node, f"{name} could be read in two ways: {_unquoted(node)}. Quote it.")
        return BAD


def _is_null(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Scalar) and node.plain and node.text == "null"


def record_fields(cls: Any) -> dict[str, tuple[Field[Any], Any]]:
    """Return the fields of a dataclass in order, each with its resolved type, by name."""
    if cls not in _FIELDS:
        kinds = typing.get_type_hints(cls)
        said = [field for field in fields(cls) if field.init and not field.name.startswith("_")]
        _FIELDS[cls] = {field.name: (field, kinds[field.name]) for field in said}
    return _FIELDS[cls]


def key_of(name: str) -> str:
    """Return the key under which a field is written; under its own name it is read as well.

    >>> key_of("on"), key_of("owner")
    ('date', 'owner')
    """
    return _WRITTEN.get(name, name)


def default_of(field: Field[Any]) -> Any:
    """Return what a field is when nobody says, or MISSING."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _read_scalar(kind: Any, node: nodes.Scalar) -> Any:
    text = node.text
    if kind is bool:
        return {"true": True, "false": False}.get(text, BAD) if node.plain else BAD
    if kind is date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return BAD
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return next((member for member in kind if str(int(member)) == text and node.plain), BAD)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((member for member in kind if member.value == text), BAD)
    if not node.plain or len(text) > _NUMBER_LENGTH:
        return BAD
    if kind is int:
        return int(text) if re.fullmatch(r"-?(?:0|[1-9][0-9]*)", text) else BAD
    if kind is float:
        number = float(text) if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?", text) else math.nan
        return number if math.isfinite(number) else BAD
    raise TypeError(f"no way to read a {kind!r}")


def _noun(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return described(kind)
    nouns = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        date: "a date like 2026-11-30",
    }
    return nouns.get(kind, "one value")


def _what(node: nodes.Node) -> str:
    if isinstance(node, nodes.Mapping):
        return "a mapping"
    if isinstance(node, nodes.Sequence):
        return "a list"
    return "nothing" if node.plain and node.text in ("", "~", "null") else quoted(node.text)


def _unquoted(node: nodes.Scalar) -> str:
    return quoted(node.text) if node.text else "nothing"
