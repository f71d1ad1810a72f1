"""Terms: what must not stand in anything for the community or for everybody, and which of it is no secret after all."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from nbthreat.base.text import shown
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Audience, Marking, Register
from nbthreat.system.model import Asset, Element, Flow, TrustBoundary
from nbthreat.threats.library import Contents, Library

SHORTEST = 4
"""Shorter names and ids are everywhere; only what somebody named as private is looked for however short it is."""
_WORD = re.compile(r"[^\W_]+")
_ALIAS = re.compile(r"[abef][0-9]+")
"""What public forms themselves call parts; who calls a part so says nothing by it."""
_SENTENCES = re.compile(r"(?<=[.!?;:])\s+|[\r\n]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is private: `anywhere` even inside a longer word, `whole` as words of their own. Both are as people said."""

    anywhere: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def but(self, known: str) -> Terms:
        """Return these terms without those of `whole` that stand in a text that everybody knows."""
        found = {folded(hit) for hit in Search(Terms(whole=self.whole)).hits(known)}
        return Terms(self.anywhere, tuple(name for name in self.whole if folded(name) not in found))


def folded(text: str) -> str:
    """Return a text as its words alone, in small letters, with one space between them and at both ends."""
    return f" {' '.join(_WORD.findall(unicodedata.normalize('NFKC', text).casefold()))} "


class Search:
    """Finds terms in texts, whatever stands between their words and however they are written."""

    def __init__(self, terms: Terms) -> None:
        self._whole: dict[tuple[str, ...], str] = {}
        self._inside: dict[str, str] = {}
        for term in terms.whole:
            self._add(term, whole=term.isascii())  # scripts without spaces have no words of their own
        for term in terms.anywhere:
            self._add(term, whole=term.isascii() and len(folded(term).replace(" ", "")) < SHORTEST)
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for words in self._whole:
            self._lengths[words[0]].add(len(words))

    def _add(self, term: str, *, whole: bool) -> None:
        words = tuple(folded(term).split())
        if words and whole:
            self._whole[words] = term
        elif term.strip():  # nothing but signs, such as an emoji, is looked for as it is
            self._inside[" ".join(words) or unicodedata.normalize("NFKC", term).casefold().strip()] = term

    def hits(self, text: str) -> Iterator[str]:
        """Yield the terms that stand in a text, each once, sorted."""
        plain, raw = folded(text), unicodedata.normalize("NFKC", text).casefold()
        seen = {term for form, term in self._inside.items() if form in plain or form in raw}
        words = plain.split()
        for n, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                term = self._whole.get(tuple(words[n : n + length]))
                if term is not None:
                    seen.add(term)
        yield from sorted(seen)


def private_terms(assessment: Assessment, audience: Marking, *more: str) -> Terms:
    """Return everything that is not for `audience`, GREEN or CLEAR, and `more`, such as the name of the file.

    Names, ids, notes, settings; reasons, rationale, approval, evidence; what was handed over, answered and set aside;
    and the words that the register itself calls private.
    """
    register = assessment.register
    told = {folded(piece) for text in _told(register, audience) for piece in _pieces(text)}
    private = (*_of_system(assessment), *_of_packs(assessment.library))
    said = dict.fromkeys([*more, *(piece for text in private for piece in _pieces(text))])
    written = (piece for text in _of_register(assessment, audience) for piece in _pieces(text))
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


def _of_system(assessment: Assessment) -> Iterator[str]:
    system = assessment.system
    yield system.purpose
    things: tuple[Asset | TrustBoundary | Element | Flow, ...]
    things = (*system.assets, *system.boundaries, *system.elements, *system.flows)
    for thing in things:
        yield from (thing.id, thing.name, thing.note)
    for element in system.elements:
        yield from (value for value in element.settings.values() if isinstance(value, str))


def _of_packs(library: Library) -> Iterator[str]:
    """Yield what packs are called, and what they add to the library or say otherwise."""
    known = library.published
    for pack in library.packs:
        yield from (pack.name, pack.folder, pack.sha256)
    for threat in library.threats:
        if not any(other.id == threat.id for other in known.threats):
            yield from (threat.id, threat.title, threat.summary)
    for mine, theirs in ((library.technologies, known.technologies), (library.controls, known.controls)):
        for id, value in mine.items():
            if id not in theirs:
                yield from (id, value.name, value.what)


def _of_register(assessment: Assessment, audience: Marking) -> Iterator[str]:
    register = assessment.register
    for decision in register.decisions:
        yield from (decision.rationale, decision.by, decision.title)
        if decision.acceptance:
            yield from (decision.acceptance.approver, decision.acceptance.reason)
        if decision.residual:
            yield decision.residual.because
        if decision.estimate:
            yield decision.estimate.factor
        for assurance in decision.assurance:
            yield from (assurance.what, assurance.by)
        if decision.audience > audience:
            yield from (decision.owner, decision.plan, *(advice.text for advice in decision.communicate))
        elif audience is Marking.CLEAR:
            yield decision.plan
    for aside in register.set_aside:
        yield from (aside.reason, aside.by)
    for none in register.not_applicable:
        yield from (none.reason, none.by)
    for taken in register.inherited:
        yield from (taken.supplier, taken.part, taken.title, taken.summary, taken.reason, *taken.expects)
        yield from (advice.text for advice in taken.advice)
    for answer in register.answers:
        yield from (answer.because, answer.by)
    if register.appetite:
        yield register.appetite.statement
    if register.reviewed:
        yield register.reviewed.by
        yield from register.reviewed.names.values()
    for entry in register.log:
        yield from (entry.by, entry.why)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text that a person wrote in a value."""
    if type(value) is str:
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.items()))
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from _texts(item)
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
