"""Plain data → one text: the same data gives the same bytes, in the spirit of RFC 8785.

Keys are sorted, nothing is spaced, a number that is whole is written as such: 1.0 is 1, and true is not. Letters stay
the very ones that were written: two spellings of one accent are two texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nbthreat.system import documents


def data_of(value: object) -> Any:
    """Return a value as plain data in which whole numbers are whole."""
    return _whole(documents.plain(value))


def canonical(data: object) -> bytes:
    """Return plain data as canonical JSON. Raises ValueError for what is no number.

    >>> canonical({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def same(first: object, second: object) -> bool:
    """Return whether two pieces of plain data are the same to the byte: 1 is not true."""
    return canonical(first) == canonical(second)


def digest(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data in hexadecimal."""
    return hashlib.sha256(canonical(data)).hexdigest()


def _whole(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _whole(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_whole(element) for element in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data
