"""Frozen dataclasses ⇄ plain data: what travels in messages instead of in files.

Plain data is made of dicts, lists, text, numbers, booleans and None. It is read as strictly as a file is: the same
shapes, the same limits, the same words for what is wrong.
"""

from __future__ import annotations

import json
import math
from dataclasses import is_dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from nbthreat.base.errors import DocumentError, Fault, quoted
from nbthreat.system.documents import nodes
from nbthreat.system.documents.shaping import Reader, Report, Shaper, default_of, record_fields
from nbthreat.system.model import FrozenMap

T = TypeVar("T")

TEXT_LIMIT = 1_000_000
"""Characters in one message, all together."""
NODES_LIMIT = 100_000
DEPTH_LIMIT = 12


class Raw:
    """The type of a field that holds plain data as it came, checked for size and kind only."""


def plain(value: Any, *, defaults: bool = False) -> Any:
    """Return a value as plain data; fields that have their default are left out unless `defaults`."""
    if is_dataclass(value):
        found = {}
        for name, (field, _) in record_fields(type(value)).items():
            content = getattr(value, name)
            if defaults or content != default_of(field):
                found[name] = plain(content, defaults=defaults)
        return found
    if isinstance(value, FrozenMap):
        return {key: plain(item, defaults=defaults) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item, defaults=defaults) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


def of_json(data: bytes) -> Any:
    """Return what JSON in UTF-8 says, as plain data.

    Raises ValueError where it is none, where a key stands twice, or where a number is none; RecursionError where it is
    too deep.
    """
    return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def shaped(cls: type[T], data: object, what: str = "") -> T:
    """Return plain data as a `cls`. Raises DocumentError, with everything that is wrong, where it is not one."""
    shaper = Shaper(what or cls.__name__.lower(), {Raw: _raw}, nulls=True)
    value = shaper.record(cls, node_of(data), what)
    if shaper.faults:
        raise DocumentError(shaper.faults)
    return value


def node_of(data: object) -> nodes.Node:
    """Return plain data as nodes. Raises DocumentError where it is too large, or not plain."""
    return _Reader().node(data, 0)


class _Reader:
    """Reads one message, within limits."""

    def __init__(self) -> None:
        self.nodes = 0
        self.text = 0

    def node(self, data: object, depth: int) -> nodes.Node:
        self.nodes += 1
        if self.nodes > NODES_LIMIT or depth > DEPTH_LIMIT:
            raise _refused("the message is too large. Do it in smaller steps.")
        if isinstance(data, str):
            return nodes.Scalar(self._checked(data), plain=False, line=1)
        if isinstance(data, bool):
            return nodes.Scalar("true" if data else "false", plain=True, line=1)
        if data is None:
            return nodes.Scalar("null", plain=True, line=1)
        if isinstance(data, int | float):
            if not math.isfinite(data) or abs(data) > 1e15:  # noqa: PLR2004 - beyond it a browser's numbers are not whole
                raise _refused("a number in the message is not a number people use.")
            return nodes.Scalar(_number(data), plain=True, line=1)
        if isinstance(data, list | tuple):
            return nodes.Sequence(tuple(self.node(item, depth + 1) for item in data), line=1)
        if isinstance(data, dict):
            return nodes.Mapping(tuple(self._entry(key, value, depth) for key, value in data.items()), line=1)
        raise _refused(f"the message holds something that is not plain data: {quoted(type(data).__name__)}.")

    def _entry(self, key: object, data: object, depth: int) -> nodes.MappingEntry:
        if not isinstance(key, str):
            raise _refused("a key in the message is not text.")
        return nodes.MappingEntry(self._checked(key), 1, self.node(data, depth + 1))

    def _checked(self, text: str) -> str:
        self.text += len(text)
        if self.text > TEXT_LIMIT:
            raise _refused("the message is too large. Do it in smaller steps.")
        wrong = nodes.forbidden_in(text)
        if wrong:
            raise _refused(f"{quoted(text)} holds {wrong}, which no text needs. Type it again.")
        return text


def _number(data: float) -> str:
    return str(int(data)) if float(data).is_integer() else repr(float(data))


def _raw(node: nodes.Node, report: Report) -> object:
    """Read a node back as plain data."""
    if isinstance(node, nodes.Mapping):
        return {entry.key: _raw(entry.node, report) for entry in node.entries}
    if isinstance(node, nodes.Sequence):
        return [_raw(item, report) for item in node.items]
    if not node.plain:
        return node.text
    known = {"true": True, "false": False, "null": None}
    if node.text in known:
        return known[node.text]
    return float(node.text) if any(sign in node.text for sign in ".e") else int(node.text)


_: Reader = _raw


def _refused(message: str) -> DocumentError:
    return DocumentError([Fault("message", 1, message)])
