"""Content: a digest of what a library says, which does not depend on how its files are laid out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from nbthreat.system.documents import nodes
from nbthreat.threats.conditions import Is


def content_sha256(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 of values as they are, in 64 small hexadecimal digits.

    Every field of every record counts, and so does the order of lists; the order of keys, lines, comments and quotes
    do not. A field that was added later counts once it says something, so that a library from before keeps its digest.

    >>> content_sha256({"a": 1, "b": ("x", "y")}) == content_sha256({"b": ("x", "y"), "a": 1})
    True
    >>> content_sha256({"a": ("x", "y")}) == content_sha256({"a": ("y", "x")})
    False
    """
    text = json.dumps(said, default=_bare, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _bare(value: Any) -> Any:
    """Return a value that JSON cannot hold as one that it can; a record becomes its class's name and its fields."""
    kind = type(value)
    if kind is nodes.Mapping:
        return {entry.key: _text(entry.node) for entry in value.entries}
    if kind is nodes.Sequence:
        return [_text(item) for item in value.items]
    if kind is nodes.Scalar:
        return _text(value)
    if kind is Is:
        return ["Is", value.name]  # what the name stands for is said once, where it is defined
    if is_dataclass(kind):
        said = {name: getattr(value, name) for name in _field_names(kind)}
        return [kind.__name__, {name: field for name, field in said.items() if field or name not in _ADDED_LATER}]
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no way to tell what {value!r} says")


def _text(node: nodes.Node) -> Any:
    """Return the text of a scalar, and any other node as it is.

    A plain scalar that YAML may read as a number, a date or a boolean is marked, so that `5` and `"5"` differ.
    """
    if isinstance(node, nodes.Scalar):
        return ["plain", node.text] if node.plain and nodes.RETYPED.fullmatch(node.text) else node.text
    return node


_ADDED_LATER = frozenset({"also", "reduced_when", "implied_in", "denied_in"})


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))
