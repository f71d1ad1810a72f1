"""What is said in a register, in words on one line: what the log keeps of a decision when another takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

from nbthreat.system.documents.shaping import default_of, key_of, record_fields
from nbthreat.system.documents.writing import inline

_SAID_ELSEWHERE = frozenset({"key", "keys", "number", "title", "provision", "by", "on"})


def said(value: Any) -> str:
    """Return what is said in a value, on one line, in the order of its class: 'treatment avoid; owner Desk team'."""
    words = []
    for name, (field, _) in record_fields(type(value)).items():
        content = getattr(value, name)
        if name not in _SAID_ELSEWHERE and content != default_of(field):
            words.append(f"{key_of(name)} {worded(content)}")
    return "; ".join(words)


def all_said(values: Iterable[Any]) -> str:
    """Return what is said in several values, one after the other."""
    return " | ".join(map(said, values))


def worded(content: Any) -> str:
    """Return any field of a record on one line, a record in it with all its fields."""
    if is_dataclass(content):
        return f"({_everything(content)})"
    if isinstance(content, tuple) and any(map(is_dataclass, content)):
        return ", ".join(map(worded, content))
    return content if isinstance(content, str) else inline(content)


def _everything(value: Any) -> str:
    content: Mapping[str, Any] = {name: getattr(value, name) for name in record_fields(type(value))}
    return "; ".join(f"{key_of(name)} {worded(item)}" for name, item in content.items() if item not in ("", None, ()))
