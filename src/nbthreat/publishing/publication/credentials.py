"""Credentials: what looks like a password or a key in what is about to be published.

A placeholder is none: a variable, a mask, a word such as 'changeme', a vendor's documented example. What only looks
like one can be acknowledged in the register, value by value.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from nbthreat.decisions.register import Acknowledged
from nbthreat.publishing.publication.records import Publication

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
    "a password in an address": re.compile(r"://[^\s/:@'\"<>]+:(?P<value>[^\s/@'\"<>]+)@[^\s/]"),
    "a password": re.compile(
        r"(?i)(?<![a-z])(?:password|passwd|pwd|api[_-]?key|client[_-]?secret)\s*[=:]\s*['\"]?(?=\S*[0-9])(?P<value>[^\s'\"]{8,})"
    ),
}
"""What a credential looks like, by what it is."""

_NAME = r"[A-Za-z_][\w.-]*"
_VARIABLE = re.compile(
    rf"\$\{{{_NAME}(?::?[?+][^{{}}]*)?\}}|\${_NAME}|\$\({_NAME}\)|%{_NAME}%|\{{\{{[^{{}}]*\}}\}}|\$\{{\{{[^{{}}]*\}}\}}"
    rf"|\{{{_NAME}\}}|<[^<>]*>|%\({_NAME}\)s|#\{{[^{{}}]*\}}|@@?{_NAME}@@?|__{_NAME}__|\[{_NAME}\]"
    rf"|(?:env|vault|secrets?|process\.env|os\.environ)[:.]{_NAME}"
)
"""A variable in the usual spellings, or a word in brackets: somebody else puts the value there."""
_WITH_DEFAULT = re.compile(rf"\$\{{{_NAME}:?[-=](?P<default>[^{{}}]*)\}}")
_MASK = re.compile(r"[xX*•●·.…_#?-]+")
_SAID_INSTEAD = """
redacted removed hidden masked omitted secret example sample dummy placeholder changeme changeit change me it this
replace replaceme todo tbd none null password passwd passphrase pass pwd pw token key apikey api value user your my
the a here goes insert enter put real actual test fake not
"""
_PLACE_WORDS = frozenset(_SAID_INSTEAD.split())
_YOURS = re.compile(r"(?i)(?:<|\[)?(?:your|insert|enter|put|replace)[-_ ][a-z_ -]*(?:>|\])?")
_VENDORS = re.compile(
    r"sk-(?:proj-|svcacct-|ant-(?:api[0-9]{2}-)?)?|hf_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|AKIA|ASIA"
)
"""How keys of some vendors begin, real ones and placeholders alike."""
_DOCUMENTED = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{9}EXAMPLE|[A-Za-z0-9/+]{30}EXAMPLEKEY"
    r"|eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ\."
)
"""Keys that vendors print in their manuals; the last is the token every page about such tokens shows."""
_KEY_END = re.compile(r"-----END ")

_SHOWN = 4


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """Something that looks like a credential: what, where in the publication, and how it begins."""

    where: str  # 'drawing.elements.a.name'
    what: str
    begins: str
    value: str = field(default="", repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.where}: looks like {self.what} ({self.begins}…)"


def credentials(publication: Publication, acknowledged: Iterable[Acknowledged] = ()) -> tuple[Credential, ...]:
    """Return what looks like a credential in anything that any format may show, each once, by where it stands.

    What somebody acknowledged in the register to be none is left out, as long as it is the very same.
    """
    found: dict[tuple[str, str], Credential] = {}
    seen: set[str] = set()
    known = tuple(acknowledged)
    for where, text in texts(publication):
        if text in seen:
            continue
        seen.add(text)
        for what, value in credentials_in(text):
            if not any(same_value(entry.digest, value) for entry in known):
                found.setdefault((what, value), Credential(where, what, value[:_SHOWN], value))
    return tuple(sorted(found.values()))


def credentials_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield what looks like a credential in a text, and is no placeholder: what it is, and its letters.

    >>> list(credentials_in("postgres://app:${DB_PASSWORD}@db/orders"))
    []
    """
    for what, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            value = match.groupdict().get("value", match.group())
            if what == "a private key":
                rest = text[match.end() :]
                end = _KEY_END.search(rest)
                value = "".join(rest[: end.start()].replace("\\n", "").split()) if end else ""
            if not is_placeholder(value):
                yield what, match.group()


def is_placeholder(value: str) -> bool:
    """Return whether a value plainly stands for another: a variable, a mask, a word that says so, a known example.

    >>> [is_placeholder(value) for value in ("${DB_PASSWORD}", "sk-xxxxxxxx", "changeme", "Kettle-42-moss")]
    [True, True, True, False]
    """
    if _DOCUMENTED.fullmatch(value) or _VARIABLE.fullmatch(value) or _YOURS.fullmatch(value):
        return True
    default = _WITH_DEFAULT.fullmatch(value)
    if default:
        return not default["default"] or is_placeholder(default["default"])
    rest = _VENDORS.sub("", value, count=1) if _VENDORS.match(value) else value
    if not rest:
        return False
    words = [word for word in re.split(r"[^A-Za-z0-9]+", rest.casefold()) if word]
    return (
        _MASK.fullmatch(rest) is not None
        or (bool(words) and all(word in _PLACE_WORDS or not word.strip("x") for word in words))
        or (rest != value and _YOURS.fullmatch(rest) is not None)
    )


def digest_of(value: str, salt: str) -> str:
    """Return what the register keeps of an acknowledged value: the salt, and a digest that is slow to guess against."""
    made = hashlib.scrypt(value.encode("utf-8", "surrogatepass"), salt=salt.encode(), n=1 << 12, r=8, p=1, dklen=16)
    return f"{salt}:{made.hex()}"


def same_value(digest: str, value: str) -> bool:
    """Return whether a digest is that of a value."""
    salt, _, _ = digest.partition(":")
    return hmac.compare_digest(digest_of(value, salt).encode(), digest.encode("utf-8", "surrogatepass"))


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield where each text in a value stands, and the text: by field, and by id or key where there is one."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, content in value.items():
            yield from texts(content, f"{where}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for n, record in enumerate(value, 1):
            yield from texts(record, f"{where}.{getattr(record, 'id', None) or getattr(record, 'key', None) or n}")
    elif is_dataclass(value):
        for named in fields(value):
            yield from texts(getattr(value, named.name), f"{where}.{named.name}".lstrip("."))
