"""Search: private terms found in texts, as they were said and in disguise.

A disguise changes how a term looks and leaves it readable: other signs between its letters or none, letters that look
alike, letters nobody sees, the word backwards. What encodes a text is for `decoding`.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from nbthreat.publishing.publication.spelling import (
    LOOK_ALIKE,
    PLAIN,
    WRITTEN_OUT,
    Letters,
    Spelling,
    extent,
    spaceless,
)

SHORTEST = 4
"""Fewer letters are everywhere: such a term is found as a word of its own only."""
SURE = 8
"""So many letters in a row are no accident, wherever words begin and end."""
_LIKELY = 6
_OVERRIDES = re.compile("[\u202b\u202e\u2067\u2068]")
_MIXED_CASE = re.compile(r"[a-z]I|[A-Z]l[A-Z]")
_AROUND = 24


@dataclass(frozen=True, slots=True)
class Terms:
    """What is private: `anywhere` even inside a longer word, `whole` as words of their own. Both are as people said."""

    anywhere: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def but(self, known: str) -> Terms:
        """Return these terms without those of `whole` that stand in a text that everybody knows."""
        found = {hit.term for hit in Search(Terms(whole=self.whole)).hits(known, plain_only=True)}
        letters = {PLAIN.letters(term).text for term in found}
        return Terms(
            self.anywhere,
            tuple(term for term in self.whole if term not in found and PLAIN.letters(term).text not in letters),
        )


def folded(text: str) -> str:
    """Return a text as its words alone, in small letters, without accents, with a space between them and at both ends.

    >>> folded("Müller & Söhne")
    ' muller sohne '
    """
    made = PLAIN.letters(text)
    return f" {' '.join(made.text[a:b] for a, b in zip(made.breaks, made.breaks[1:], strict=False))} "


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A term found: as it was said or in disguise, how it is written there, and what stands around it."""

    term: str
    disguised: bool
    written: str
    around: str


@dataclass(frozen=True, slots=True)
class _Needle:
    """The letters that a term is found by."""

    term: str
    letters: str
    within: frozenset[int]  # where its own words end
    weight: int  # its letters; those of scripts that need few of them count twice
    inside: bool  # whether it is found inside a longer word
    backwards: bool = False

    def accepted(self, text: Letters, start: int) -> bool:
        """Return whether its letters at a place are the term, and no accident of neighbouring words."""
        end = start + len(self.letters)
        breaks = text.breaks_within(start, end)
        own = text.at_break(start) and text.at_break(end)
        if self.backwards:
            return own
        if not self.inside:
            return own and (breaks == self.within or self.weight >= _LIKELY)
        if self.weight < SHORTEST:
            return own and (breaks <= self.within or len(breaks) == len(self.letters) - 1)
        return breaks <= self.within or self.weight >= SURE or own


class _Needles:
    """The terms in one spelling, found quickly in a text of that spelling."""

    def __init__(self, needles: Iterable[_Needle]) -> None:
        self._inside: list[_Needle] = []
        self._words: defaultdict[str, list[_Needle]] = defaultdict(list)
        for needle in needles:
            if needle.inside:
                self._inside.append(needle)
            elif needle.letters:
                self._words[needle.letters[:SHORTEST]].append(needle)
        self._lengths = sorted({len(beginning) for beginning in self._words})

    def found(self, text: Letters) -> Iterator[tuple[_Needle, int]]:
        """Yield which of them stand in a text, and where."""
        for needle in self._inside:
            at = text.text.find(needle.letters)
            while at >= 0:
                if needle.accepted(text, at):
                    yield needle, at
                at = text.text.find(needle.letters, at + 1)
        if not self._words:
            return
        for start in text.breaks:
            for length in self._lengths:
                for needle in self._words.get(text.text[start : start + length], ()):
                    if text.text.startswith(needle.letters, start) and needle.accepted(text, start):
                        yield needle, start


class Search:
    r"""Finds terms in texts, whatever stands between their letters and however they are written.

    >>> [hit.term for hit in Search(Terms(anywhere=("Zephyrbank",))).hits("the Z3phyr\u00ad-bank")]
    ['Zephyrbank']
    """

    def __init__(self, terms: Terms) -> None:
        self._signs: dict[str, str] = {}
        said = [(term, spaceless(term) or not _of_latin(term)) for term in dict.fromkeys(terms.whole)]
        said += [(term, True) for term in dict.fromkeys(terms.anywhere)]
        for term, _ in said:
            if term.strip() and not PLAIN.letters(term).text:  # nothing but signs, such as an emoji
                self._signs[unicodedata.normalize("NFKC", term).casefold().strip()] = term
        self._plain = _Needles(_needles(said, PLAIN))
        self._written_out = _Needles(_needles(said, WRITTEN_OUT))
        self._look_alike = _Needles(_needles(said, LOOK_ALIKE))
        self._codes = _Needles(_turned(terms.anywhere))
        self._spelt_out = any(
            PLAIN.letters(term).text != WRITTEN_OUT.letters(term).text for term, _ in said if not term.isascii()
        )

    def hits(self, text: str, *, plain_only: bool = False) -> Iterator[Hit]:
        """Yield the terms that stand in a text, sorted, each as it was said once and in every disguise it has there.

        With `plain_only`, a term counts only in its own letters, and where it stands is left out.
        """
        found: dict[tuple[str, bool, str], Hit] = {}
        for hit in self._all(text, plain_only=plain_only):
            found.setdefault((hit.term, hit.disguised, hit.written), hit)
        yield from sorted(found.values())

    def _all(self, text: str, *, plain_only: bool) -> Iterator[Hit]:
        raw = unicodedata.normalize("NFKC", text).casefold() if self._signs else ""
        for form, term in self._signs.items():
            if form in raw:
                yield Hit(term, disguised=False, written=form, around=form)
        plain = _Read(PLAIN, text)
        seen = set()
        for needle, start in self._plain.found(plain.letters):
            same = plain.letters.breaks_within(start, start + len(needle.letters)) == needle.within
            if (same or plain_only) and needle.term not in seen:
                seen.add(needle.term)
                yield Hit(needle.term, False, "", "") if plain_only else plain.hit(needle, start, disguised=False)
            elif not same and not plain_only:
                yield plain.hit(needle, start, disguised=True)
        if plain_only:
            return
        yield from self._disguised(plain, self._codes)
        if self._spelt_out or not text.isascii():
            yield from self._disguised(_Read(WRITTEN_OUT, text), self._written_out)
        yield from self._disguised(_Read(LOOK_ALIKE, text), self._look_alike, only=_looks_alike)
        if _OVERRIDES.search(text):
            yield from self._disguised(_Read(PLAIN, text[::-1]), self._plain)

    @staticmethod
    def _disguised(read: _Read, needles: _Needles, only: Callable[[Hit], bool] = lambda _: True) -> Iterator[Hit]:
        for needle, start in needles.found(read.letters):
            hit = read.hit(needle, start, disguised=True)
            if only(hit):
                yield hit


class _Read:
    """A text with its letters in one spelling."""

    def __init__(self, spelling: Spelling, text: str) -> None:
        self._spelling, self._text = spelling, text
        self.letters = spelling.letters(text)

    @cached_property
    def _places(self) -> tuple[int, ...]:
        return self._spelling.places(self._text)

    def hit(self, needle: _Needle, start: int, *, disguised: bool) -> Hit:
        """Return what was found at a place, with what stands around it."""
        first, last = extent(self._places, start, start + len(needle.letters))
        around = " ".join(self._text[max(0, first - _AROUND) : last + _AROUND].split())
        return Hit(needle.term, disguised, self._text[first:last], around)


def _needles(said: Iterable[tuple[str, bool]], spelling: Spelling) -> Iterator[_Needle]:
    for term, inside in said:
        made = spelling.letters(term)
        if made.text:
            within = frozenset(made.breaks[1:-1])
            yield _Needle(term, made.text, within, _weight(term, made), inside)


def _weight(term: str, made: Letters) -> int:
    return len(made.text) * (2 if spaceless(term) else 1)


def _turned(terms: Iterable[str]) -> Iterator[_Needle]:
    """Yield each term backwards, each letter moved by thirteen, and as the names of hosts write what is not ASCII."""
    for term in dict.fromkeys(terms):
        forms = [term[::-1], codecs.encode(term, "rot13")]
        if not term.isascii():
            forms.append(term.encode("punycode", "replace").decode())
        own = PLAIN.letters(term)
        for made in map(PLAIN.letters, forms):
            if len(made.text) >= SHORTEST and made.text != own.text:
                yield _Needle(term, made.text, frozenset(), _weight(term, made), inside=True, backwards=True)


def _of_latin(term: str) -> bool:
    return term.isascii() or PLAIN.letters(term).text.isascii()


def _looks_alike(hit: Hit) -> bool:
    """Return whether what was found holds signs that are read as letters, and half the letters of the term itself."""
    letters = sum(sign.isalpha() for sign in hit.written)
    strange = any(sign.isdigit() or sign in "@$!€" or not sign.isascii() for sign in hit.written)
    enough = letters * 2 >= sum(sign.isalpha() for sign in hit.term)
    return enough and (strange or _MIXED_CASE.search(hit.written) is not None)
