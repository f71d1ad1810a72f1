"""Letters that look like others: a role spelt with some of another script may be another role than it seems."""

from __future__ import annotations

import unicodedata
from collections import Counter

_ONE_SCRIPT = {
    **dict.fromkeys(("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO"), "CJK"),  # are written together
    **dict.fromkeys(("MASCULINE", "FEMININE"), "LATIN"),  # the small letters of 1.º and 1.ª
}


def odd_letters(text: str) -> tuple[str, ...]:
    r"""Return the letters that are not of the script most of the text is in, and those that cannot be seen, by name.

    In the order in which they stand. Empty where there is nothing to point out.

    >>> odd_letters("Board of the b\u0430nk")
    ('CYRILLIC SMALL LETTER A (U+0430)',)
    """
    scripts = [(letter, _script(letter)) for letter in text if letter.isalpha()]
    most = Counter(script for _, script in scripts).most_common(1)
    usual = most[0][0] if most else ""
    odd = {letter for letter, script in scripts if script != usual}
    hidden = {letter for letter in text if unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn", "Cs")}
    return tuple(
        f"{unicodedata.name(letter, 'an unnamed character')} (U+{ord(letter):04X})"
        for letter in dict.fromkeys(text)
        if letter in odd or letter in hidden
    )


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return _ONE_SCRIPT.get(name, name)
