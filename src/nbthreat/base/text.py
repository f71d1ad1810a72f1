"""Text: names and sentences made safe to show, listed, and escaped for whoever reads them next."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

_JOINED = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"  # flags of regions, spelt in tags
    "|(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])"  # joiners, in scripts that need them and in emoji
    "|(?<=[^\x00-\x1f\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe0e\ufe0f]"  # one choice of text or emoji for a sign
    "|(?<=[\u3400-\u9fff])[\U000e0100-\U000e01ef]"  # one choice of form for an ideograph
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""
_HIDDEN = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI = range(0x1F000, 0x1FFFE)
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_ISOLATED = re.compile(f"{_FIRST_STRONG}([^\u2066-\u2069\u202a-\u202e]*){_POP}")
"""What `named` makes: a name set apart from the sentence around it, with no direction of its own inside."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:^$@=])")
_COMMONMARK = re.compile(r"([\\`*_\[\]<>])")
_WIKI = re.compile(r"([\\{}\[\]|!*_^~#])")
_STARTS_FORMULA = re.compile(r"(^|[\r\n])([^\S\r\n]*)(?=[=+\-@\t\uff1d\uff0b\uff0d\uff20|%])")
_GUARDED = re.compile(r"(^|[\r\n])'")
_NUMBER = re.compile(r"[-+]?[0-9][0-9 .,]*")


# Safe to show


def shown(text: str) -> str:
    r"""Return `text` in one line with nothing hidden in it.

    Line ends and odd spaces become spaces. Control characters, overrides of the direction of writing and invisible
    characters are spelt out, as in \u202e. Right-to-left scripts, joined letters and emoji stay as they are, and so
    does what `named` puts around a name.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    isolated = [span for span in _ISOLATED.finditer(text) if _is_right_to_left(span[1])]
    isolates = {at for span in isolated for at in (span.start(), span.end() - 1)}
    joined = {at for kept in _JOINED.finditer(text) for at in range(*kept.span())}
    as_it_is = isolates | joined
    safe = (character if at in as_it_is else _visible(character) for at, character in enumerate(text))
    return " ".join("".join(safe).split())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    code = ord(character)
    if code in _EMOJI or (character.isprintable() and character not in _BLANK and not _HIDDEN.match(character)):
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - as Python writes them


def named(text: str) -> str:
    """Return a name fit to stand in a sentence: safe, and set apart where it is written from right to left."""
    safe = shown(text)
    return f"{_FIRST_STRONG}{safe}{_POP}" if _is_right_to_left(safe) and _FIRST_STRONG not in safe else safe


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(names[:-1]), "".join(names[-1:])) if part)


def plain(text: object, limit: int | None = None) -> str:
    """Return `text` in one line with nothing hidden in it, cut to `limit` characters where it is longer."""
    safe = shown(str(text))
    return safe if limit is None or len(safe) <= limit else safe[: limit - 1].rstrip() + "…"


# Escaped


def short(key: str) -> str:
    """Return 16 letters and digits that stand for `key` wherever it is too long or has the wrong characters."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def escape_markdown(text: object) -> str:
    """Return `text` so that Markdown shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(shown(str(text)).split())).replace("\\<", "&lt;").replace("\\&", "&amp;")


def commonmark(text: object) -> str:
    """Return `text` so that a reader of CommonMark shows it as it is: OSCAL's descriptions are such."""
    return _COMMONMARK.sub(r"\\\1", plain(text)).replace("&", "&amp;")


def wiki(text: object) -> str:
    """Return `text` so that Jira's wiki markup shows it as it is."""
    return _WIKI.sub(r"\\\1", plain(text))


def csv_cell(text: str) -> str:
    """Return `text` so that no spreadsheet reads a formula in it: an apostrophe before what could start one.

    Plain numbers, and phone numbers that are nothing but digits, stay as they are.
    """
    if _NUMBER.fullmatch(text):
        return text
    guarded = _STARTS_FORMULA.sub(r"\1'\2", text)
    return "'" + guarded if text[:1] in "\t\r" and not guarded.startswith("'") and text else guarded


def csv_text(cell: str) -> str:
    """Return what a guarded cell says: the apostrophes before what could start a formula are taken away again."""
    bare = _GUARDED.sub(r"\1", cell)
    return bare if bare != cell and csv_cell(bare) == cell else cell
