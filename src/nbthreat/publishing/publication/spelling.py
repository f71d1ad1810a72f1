"""Spelling: what is left of a text when everything is taken away that a reader does not go by.

Case, accents, the signs between letters and the characters nobody sees are taken away. Two texts that read alike have
the same letters.
"""

# ruff: noqa: RUF001 - letters that look alike are what it is about

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

BARRIER = "\ufffc"
"""Stands between texts that are looked at together: no word is read across it."""

_GRAPHEME_JOINER = "\u034f"
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol by their category, and nothing by their looks: Hangul fillers and the blank of Braille."""
_IGNORABLE = (range(0x17B4, 0x17B6), range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE1000))
"""With the combining grapheme joiner, the marks that Unicode calls default-ignorable; the formats among them, and what
is reserved, are known by their category."""
_JOINERS, _DIRECTION, _KEYCAP = "\u200c\u200d", "\u200e\u200f\u061c", "\u20e3"
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_UNSEEN = ("Cf", "Cc", "Cn", "Co", "Cs")
_SPACELESS = re.compile(r"CJK|HIRAGANA|KATAKANA|THAI|LAO|KHMER|MYANMAR|TIBETAN|YI |BOPOMOFO|HANGUL")

_LATIN = re.compile(
    r"(?:.*\b)?(?:LATIN (?:SMALL|CAPITAL)? ?(?:LETTER|LIGATURE)?|INDICATOR SYMBOL LETTER)(?: SMALL CAPITAL)?"
    r"(?: (?:OPEN|SCRIPT|DOTLESS|LONG|BLACKLETTER|BARRED|INSULAR|TURNED|REVERSED|TAILLESS|BROKEN))* ([A-Z]{1,2})"
    r"(?: WITH .*)?"
)
"""Names of letters that are a Latin one with something added: 'LATIN SMALL LETTER L WITH STROKE'."""
_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ð": "dh"}
_LOOK_ALIKES = {
    "a": "4@\u0251АаΑαաᎪꓮⲀⲁ∀", "b": "8ВвЬьБΒβᏴꓐⲂ", "c": "СсϹϲᏟꓚⲤⲥ¢©", "d": "ԀԁժᎠꓓ", "e": "3€ЕеЄєΕεҽᎬꓰⲈ℮∃",
    "f": "Ғғքꓝ", "g": "9ԌԍցᏀꓖ", "h": "НнҺһΗհᎻꓧⲎ", "i": "1!|ІіӀӏΙιıⵊᎥꓲⲒlL", "j": "ЈјͿϳյᎫꓙ", "k": "КкΚκᏦꓗⲔ",
    "m": "МмΜᎷꓟⲘ", "n": "ПпИиΝηոռꓠⲚ", "o": "0ОоΟοՕօσᏫꓳⲞⲟ", "p": "РрΡρᏢꓑⲢⲣ", "q": "ԚԛզգՔ", "r": "ЯяГгᏒᎡꓣ",
    "s": "5$ЅѕՏᏚꓢ§", "t": "7ТтΤτտᎢꓔⲦ†", "u": "υսՍꓴ", "v": "ѴѵνᏙꓦ", "w": "ԜԝШшωաᎳꓪ", "x": "ХхΧχᏎꓫⲬⲭ×",
    "y": "УуҮүΥγყꓬⲨ¥", "z": "2ΖζᏃꓜ",
}  # fmt: skip
"""Signs that are read as a Latin letter. No letter can be told from an l that is an i, so both are i here."""


def invisible(character: str) -> bool:
    r"""Return whether a character cannot be seen, and is none of the usual white space.

    >>> [invisible(character) for character in "a\u00ad\u200b "]
    [False, True, True, False]
    """
    if character in "\t\n\r" or character == BARRIER:
        return False
    code = ord(character)
    return (
        unicodedata.category(character) in _UNSEEN
        or character in _BLANK
        or character == _GRAPHEME_JOINER
        or any(code in marks for marks in _IGNORABLE)
    )


def spaceless(text: str) -> bool:
    """Return whether a text holds letters of a script that sets no spaces between words."""
    return not text.isascii() and any(_SPACELESS.match(unicodedata.name(letter, "")) for letter in text)


def base_letters(character: str) -> str:
    """Return the letters and digits of a character, small and without accents: '' for what cannot be seen or is none.

    >>> [base_letters(character) for character in "İßŁ½,"]
    ['i', 'ss', 'l', '12', '']
    """
    if invisible(character):
        return ""
    made = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()):
        if part.isalnum() and not invisible(part):
            digit = unicodedata.digit(part, None)
            latin = None if part.isascii() else _LATIN.fullmatch(unicodedata.name(part, ""))
            made.append(str(digit) if digit is not None else latin.group(1).casefold() if latin else part)
    if not made and not character.isascii():
        latin = _LATIN.fullmatch(unicodedata.name(character, ""))
        return latin.group(1).casefold() if latin else ""
    return "".join(made)


def _written_out(character: str) -> str:
    return _TWO_LETTERS.get(character.casefold()) or base_letters(character)


_READ_AS = {sign: letter for letter, signs in _LOOK_ALIKES.items() for sign in signs}


def _look_alike(character: str) -> str:
    read = _READ_AS.get(character)
    return read or "".join(_READ_AS.get(letter, letter) for letter in base_letters(character))


class _Table(dict[int, str]):
    """What each character becomes, worked out when it is met: its letters, '' inside a word, or a space."""

    def __init__(self, letters: Callable[[str], str]) -> None:
        super().__init__()
        self._letters = letters

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character == BARRIER:
            made = f" {BARRIER} "
        else:
            made = self._letters(character)
            if not made and not invisible(character) and not unicodedata.category(character).startswith("M"):
                made = " "
        self[code] = made
        return made


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a text without anything between them, and where words begin and end."""

    text: str
    breaks: tuple[int, ...]

    def at_break(self, place: int) -> bool:
        """Return whether a word begins or ends at a place."""
        at = bisect_left(self.breaks, place)
        return at < len(self.breaks) and self.breaks[at] == place

    def breaks_within(self, start: int, end: int) -> frozenset[int]:
        """Return where words end between two places, counted from the first."""
        within = self.breaks[bisect_right(self.breaks, start) : bisect_left(self.breaks, end)]
        return frozenset(place - start for place in within)


class Spelling:
    """A way to read texts: which letters a character has."""

    def __init__(self, letters: Callable[[str], str], *, composed: bool = False) -> None:
        self._table = _Table(letters)
        self._composed = composed

    def letters(self, text: str) -> Letters:
        """Return the letters of a text."""
        words = self._made(text).translate(self._table).split()
        return Letters("".join(words), tuple(accumulate(map(len, words), initial=0)))

    def places(self, text: str) -> tuple[int, ...]:
        """Return, for each character of a text, how many letters there are up to its end."""
        return tuple(accumulate(len(self._table[ord(character)].strip()) for character in text))

    def _made(self, text: str) -> str:
        return text if text.isascii() or not self._composed else unicodedata.normalize("NFC", text)


def extent(places: tuple[int, ...], start: int, end: int) -> tuple[int, int]:
    """Return where in a text its letters from `start` to `end` stand, by its `places`."""
    return bisect_right(places, start), bisect_left(places, end) + 1


PLAIN = Spelling(base_letters)
"""Accents left out: 'Müller' is 'muller'."""
WRITTEN_OUT = Spelling(_written_out, composed=True)
"""Accents written out: 'Müller' is 'mueller'."""
LOOK_ALIKE = Spelling(_look_alike)
"""Signs read as the Latin letters that they look like: 'M0ller' is 'moiier', as 'Moller' is."""


def hidden_characters(text: str) -> Iterator[tuple[int, str]]:
    r"""Yield the invisible characters of a text that do nothing for its writing, with their places.

    Joiners belong between letters of Arabic, Indic and the like and in emoji, a variation selector after a symbol, and
    marks of direction in a text that runs from right to left.

    >>> list(hidden_characters("Ze\u00adphyr"))
    [(2, '\xad')]
    """
    if text.isascii():
        return
    rightwards = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text if letter.isalpha())
    for at, character in enumerate(text):
        if not invisible(character) or (character in _DIRECTION and rightwards):
            continue
        joined = character in _JOINERS or ord(character) in _SELECTORS
        before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
        if not (joined and before and (after == _KEYCAP or not _plain_script(before))):
            yield at, character


def _plain_script(character: str) -> bool:
    """Return whether a character is of a script whose letters need nothing invisible after them."""
    name = unicodedata.name(character, "")
    return character.isspace() or character.isascii() or name.startswith(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN"))
