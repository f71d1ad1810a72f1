"""The last look: nothing private may stand in any byte of what goes to the community or to everybody.

It looks at the finished files and knows nothing of how they were made. One hit, and nothing is written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from nbthreat.base.errors import NbthreatError, clean
from nbthreat.publishing.publication.credentials import credentials_in
from nbthreat.publishing.publication.decoding import decoded
from nbthreat.publishing.publication.search import Hit, Search, Terms
from nbthreat.publishing.publication.views import FileText, views, without_names

_URL = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>\\)\]}]+")
_MAIL = re.compile(r"(?i)[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_DOTTED = re.compile(r"(?<![\w.-])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w-]|\.[0-9])")
_COLONS = re.compile(r"(?i)(?<![\w:.])(?:[0-9a-f]{1,4}:|:)(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])")
_ROOTS = "home|users|root|var|etc|tmp|opt|srv|mnt|media|usr|data|work|private|volumes|workspace|app|proc|dev|run"
_PATH = re.compile(
    rf"(?i)(?<![\w<./:])/(?:{_ROOTS})/[\w.@-]+|\b[a-z]:\\[\w.$-]+|\\\\[\w.-]+\\[\w.$-]+|(?<!\w)~/[\w.-]+"
)
_LIVE = {
    "a comment": re.compile(r"<!--"),
    "a script": re.compile(r"(?i)<script"),
    "a handler of events": re.compile(r"(?i)<[^<>]+\son[a-z]+\s*="),
    "an output of a notebook": re.compile(r'"(?:outputs|execution_count)"\s*:\s*(?!\[\s*\]|null)'),
    "the state of widgets": re.compile(r'"(?:widgets|application/vnd\.jupyter[^"]*)"\s*:'),
}
_ADDRESSES = (
    ("an address of the web", _URL),
    ("a mail address", _MAIL),
    ("a path", _PATH),
    ("the key of a finding", re.compile(r"(?<![\w-])[a-z0-9][a-z0-9-]+@[a-z0-9][a-z0-9-]*")),
)
_NAMESPACES = frozenset(
    {"www.w3.org", "schemas.openxmlformats.org", "schemas.microsoft.com", "purl.org", "openoffice.org"}
    | {"docs.oasis-open.org", "json-schema.org", "nbthreat.invalid", "atlas.mitre.org"}
)
"""Hosts that stand in names of formats and in references, and say nothing of whoever publishes."""
_AROUND = 24
_SHOWN = 10


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """One thing that must not be published: in which file and part, what it is, and what stands around it."""

    file: str
    what: str
    around: str

    def __str__(self) -> str:
        return f"{clean(self.file, 200)}: {self.what}: …{clean(self.around, 120)}…"


class LeakError(NbthreatError):
    """Something private stands in what was about to be published. Nothing was written."""

    def __init__(self, leaks: tuple[Leak, ...]) -> None:
        self.leaks = leaks
        lines = [str(leak) for leak in leaks[:_SHOWN]]
        if len(leaks) > _SHOWN:
            lines.append(f"and {len(leaks) - _SHOWN} more")
        lines.append("Nothing was written. Say it in other words, or publish for fewer people.")
        super().__init__("\n".join(lines))


def lint(files: Mapping[str, bytes], private: Terms, *, known: str = "") -> tuple[Leak, ...]:
    """Return everything in finished files, by name, that must not be there: no file may be written where there is any.

    Private terms, whatever the letters' case and however they are encoded; addresses of any kind, paths, credentials;
    comments, scripts, outputs of notebooks. What stands in the `known` text is no secret, but for the terms that the
    register itself calls private.
    """
    search = Search(private.but(known))
    hosts = ({_host(match.group()) for match in _URL.finditer(known)} | _NAMESPACES) - {""}
    known_words = _folded(known)
    found: dict[tuple[str, str], Leak] = {}
    for name, data in files.items():
        for view in views(name, data):
            for what, around in _leaks(view, search, hosts, known, known_words):
                found.setdefault((view.part, what), Leak(view.part, what, around))
    return tuple(sorted(found.values()))


def _leaks(view: FileText, search: Search, hosts: set[str], known: str, known_words: str) -> Iterator[tuple[str, str]]:
    text = view.text
    for hit in search.hits(without_names(text) if view.markup else text):
        if not hit.disguised or _folded(hit.written) not in known_words:
            yield _told(hit), hit.around
    for said in decoded(without_names(text) if view.markup else text):
        for hit in search.hits(said):
            yield f"{_told(hit)}, encoded", hit.around
    for what, name in credentials_in(text):
        yield f"what looks like {what}", name[:4]
    for what, pattern in _LIVE.items() if view.raw else ():
        for match in pattern.finditer(text):
            yield what, _around(text, match.start(), len(match.group()))
    for what, pattern in _ADDRESSES if not view.escaped else _ADDRESSES[:2]:
        for match in pattern.finditer(text):
            mine = match.group()
            if (what != "an address of the web" or _host(mine) not in hosts) and mine not in known:
                yield what, _around(text, match.start(), len(mine))
    for pattern in (_DOTTED, _COLONS):
        for match in pattern.finditer(text):
            if _is_address(match.group()) and match.group() not in known:
                yield "an address of a machine", _around(text, match.start(), len(match.group()))


def _told(hit: Hit) -> str:
    return f"the private term {clean(hit.term)!r}{' in disguise' if hit.disguised else ''}"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _around(text: str, at: int, length: int) -> str:
    return " ".join(text[max(0, at - _AROUND) : at + length + _AROUND].split())


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not address.is_unspecified
