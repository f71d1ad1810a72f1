"""Terms: what must not stand in anything for the community or for everybody, and which of it is no secret after all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from nbthreat.base.text import shown
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import (
    Acknowledged,
    Audience,
    ChangeAnswer,
    Decision,
    Dismissal,
    Handling,
    Inherited,
    LogEntry,
    Marking,
    NotApplicable,
    Register,
    Review,
)
from nbthreat.publishing.publication.search import SHORTEST, Terms, folded
from nbthreat.system.model import Asset, Element, System
from nbthreat.threats.library import Contents, Library, Pack

PUBLIC_FIELDS: Mapping[type, frozenset[str]] = {
    System: frozenset({"id", "name", "version", "owner", "layout", "overrides"}),
    Asset: frozenset({"kind"}),
    Element: frozenset({"technology", "also", "provides", "needs"}),
    Register: frozenset({"system"}),
    Decision: frozenset({"key", "keys", "number", "marking"}),
    Dismissal: frozenset({"key"}),
    NotApplicable: frozenset({"provision"}),
    ChangeAnswer: frozenset({"key"}),
    Handling: frozenset({"marking", "private", "verdicts"}),
    Acknowledged: frozenset({"digest", "where", "what"}),
    Inherited: frozenset({"key", "version"}),
    Review: frozenset({"system", "library", "technologies", "kinds", "found"}),
    Pack: frozenset({"version", "overrides"}),
    LogEntry: frozenset({"about", "risk", "what", "before", "system", "library"}),
}
"""Fields whose texts are no secret by themselves, and why.

What a publication tells of its system; words of the library, which a pack's own are not; keys of findings and
addresses, which are looked for as such; numbers, versions, labels and fingerprints; the words called private, which are
looked for more closely; and what the log repeats, in sentences of its own. Every other text of a record is private.
"""
_ALIAS = re.compile(r"[abef][0-9]+")
"""What public forms themselves call parts; who calls a part so says nothing by it."""
_SENTENCES = re.compile(r"(?<=[.!?;:])\s+|[\r\n]+")


def private_terms(assessment: Assessment, audience: Marking, *more: str) -> Terms:
    """Return everything that is not for `audience`, GREEN or CLEAR, and `more`, such as the name of the file.

    Every text in the system and its register but what `PUBLIC_FIELDS` lists and what is told of risks that are shown;
    and the words that the register itself calls private.
    """
    register = assessment.register
    told = {folded(piece) for text in _told(register, audience) for piece in _pieces(text)}
    private = (*private_texts(assessment.system), *_of_packs(assessment.library))
    said = dict.fromkeys([*more, *(piece for text in private for piece in _pieces(text))])
    written = (piece for text in private_texts(register) for piece in _pieces(text))
    said.update(dict.fromkeys(name for name in written if folded(name) not in told))
    whole = tuple(name for name in said if len(name.strip()) >= SHORTEST and not _ALIAS.fullmatch(name))
    named = register.handling.private if register.handling else ()
    return Terms(anywhere=tuple(name for name in named if name.strip()), whole=whole)


def _pieces(text: str) -> tuple[str, ...]:
    """Return a text, as it was written and as it is shown, and its sentences."""
    return (text, shown(text), *_SENTENCES.split(text))


def _told(register: Register, audience: Marking) -> Iterator[str]:
    """Yield what is said of risks that are shown: who says the same of others gives nothing away."""
    for decision in register.decisions:
        if decision.audience <= audience:
            yield from (
                decision.owner,
                *(advice.text for advice in decision.communicate if advice.to is Audience.END_USER),
            )
            if audience is not Marking.CLEAR:
                yield decision.plan


def _of_packs(library: Library) -> Iterator[str]:
    """Yield what packs are called, and what they add to the library or say otherwise."""
    known = library.published
    for pack in library.packs:
        yield from (pack.name, pack.folder, pack.sha256)
    for threat in library.threats:
        if not any(published.id == threat.id for published in known.threats):
            yield from (threat.id, threat.title, threat.summary)
    for mine, theirs in ((library.technologies, known.technologies), (library.controls, known.controls)):
        for id, term in mine.items():
            if id not in theirs:
                yield from (id, term.name, term.what)


def private_texts(value: Any) -> Iterator[str]:
    """Yield every text in a record and in the records it holds, but of the fields that `PUBLIC_FIELDS` lists."""
    if type(value) is str:
        yield value
    elif isinstance(value, Mapping):
        for key, content in value.items():
            yield from private_texts(key)
            yield from private_texts(content)
    elif isinstance(value, tuple):
        for content in value:
            yield from private_texts(content)
    elif is_dataclass(value):
        public = PUBLIC_FIELDS.get(type(value), frozenset())
        for field in fields(value):
            if field.name not in public:
                yield from private_texts(getattr(value, field.name))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text that a person wrote in a value."""
    if type(value) is str:
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.items()))
    elif isinstance(value, tuple | list | frozenset):
        for content in value:
            yield from _texts(content)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def lexicon(library: Contents) -> str:
    """Return everything that the library says to people: whoever uses these words gives nothing away."""
    parts: Iterable[Any] = (
        library.name, library.version, tuple(library.technologies.values()), tuple(library.kinds.values()),
        tuple(library.capabilities.values()), tuple(library.facts.values()), tuple(library.controls.values()),
        tuple((catalogue.name, catalogue.edition, catalogue.source) for catalogue in library.catalogues.values()),
    )  # fmt: skip
    threats = tuple(
        (
            threat.id,
            threat.title,
            threat.summary,
            threat.wrong_when,
            threat.detect,
            threat.rating.why,
            dict(threat.references),
            threat.seen,
        )
        for threat in library.threats
    )
    provisions = tuple(
        (principle.title, provision.id, provision.etsi, provision.summary, provision.evidence)
        for principle in library.principles
        for provision in principle.provisions
    )
    return "\n".join(_texts((parts, threats, provisions)))
