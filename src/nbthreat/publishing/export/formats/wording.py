"""Wording for other programs: our texts made safe where a reader would see markup in them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from nbthreat.system.diagram.wording import shown

_COMMONMARK = re.compile(r"([\\`*_\[\]<>])")
_WIKI = re.compile(r"([\\{}\[\]|!*_^~#])")


def plain(text: object, limit: int | None = None) -> str:
    """Return `text` in one line with nothing hidden in it, cut to `limit` characters where it is longer."""
    safe = shown(str(text))
    return safe if limit is None or len(safe) <= limit else safe[: limit - 1].rstrip() + "…"


def commonmark(text: object) -> str:
    """Return `text` so that a reader of CommonMark shows it as it is: OSCAL's descriptions are such."""
    return _COMMONMARK.sub(r"\\\1", plain(text)).replace("&", "&amp;")


def wiki(text: object) -> str:
    """Return `text` so that Jira's wiki markup shows it as it is."""
    return _WIKI.sub(r"\\\1", plain(text))


def short(key: str) -> str:
    """Return 16 letters and digits that stand for `key` wherever it is too long or has the wrong characters."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def as_json(data: Any) -> str:
    """Return data as JSON that people can read, the same text for the same data."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
