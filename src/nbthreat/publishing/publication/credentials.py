"""Credentials: what looks like a password or a key in what is about to be published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from nbthreat.publishing.publication.values import Publication

PATTERNS = {
    "an AWS access key id": re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    "an AWS secret access key": re.compile(
        r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[0-9])"
        r"(?=[A-Za-z0-9]*[/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
    ),
    "a GitHub token": re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})"),
    "a GitLab token": re.compile(r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}"),
    "a Slack token": re.compile(r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    "a Google key": re.compile(r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
    "a key for a model's interface": re.compile(r"(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,})"),
    "a JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    "a password in an address": re.compile(r"://[^\s/:@'\"<>]+:[^\s/@'\"<>]+@[^\s/]"),
    "a password": re.compile(
        r"(?i)(?<![a-z])(?:password|passwd|pwd|api[_-]?key|client[_-]?secret)\s*[=:]\s*['\"]?(?=\S*[0-9])[^\s'\"]{8,}"
    ),
}
"""What a credential looks like, by what it is."""

_SHOWN = 4


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """Something that looks like a credential: what, where in the publication, and how it begins."""

    where: str  # 'drawing.elements.a.name'
    what: str
    begins: str

    def __str__(self) -> str:
        return f"{self.where}: looks like {self.what} ({self.begins}…)"


def credentials(publication: Publication) -> tuple[Credential, ...]:
    """Return what looks like a credential in anything that any format may show, each once, by where it stands."""
    found: dict[tuple[str, str], Credential] = {}
    seen: set[str] = set()
    for where, text in _texts("", publication):
        if text in seen:
            continue
        seen.add(text)
        for what, name in credentials_in(text):
            found.setdefault((what, name), Credential(where, what, name[:_SHOWN]))
    return tuple(sorted(found.values()))


def credentials_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield what looks like a credential in a text: what it is, and its letters."""
    for what, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            yield what, match.group()


def _texts(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text in a value with where it stands: by field, and by id or key where there is one."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(f"{where}.{name}", item)
    elif isinstance(value, tuple):
        for n, item in enumerate(value, 1):
            yield from _texts(f"{where}.{getattr(item, 'id', None) or getattr(item, 'key', None) or n}", item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(f"{where}.{each.name}".lstrip("."), getattr(value, each.name))
