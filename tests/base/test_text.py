"""Text: what is shown has nothing hidden in it, and a name from right to left reads as its author wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbthreat.base.text import listed, named, shown

NAMES = ("שם", "اسم المستخدم", "DB של הלקוחות", "מערכת 7")


@given(st.sampled_from(NAMES), st.sampled_from(("Flow 1: {}, from {} to Desk.", "{}", "In {} (trust: high): {}.")))
def test_a_name_from_right_to_left_shows_no_escape_however_often_it_is_shown(name: str, sentence: str) -> None:
    """It is set apart by isolates, which nobody sees, and which stay where the whole sentence is shown again."""
    said = sentence.replace("{}", named(name))

    assert "\\u" not in shown(said)
    assert said == shown(said) == shown(shown(said))
    assert named(name) == named(named(name))


@given(st.text(), st.sampled_from("\u202a\u202b\u202d\u202e\u2066\u2067\u202c\u200f\u200b"))
def test_an_author_s_own_overrides_are_spelt_out(text: str, override: str) -> None:
    """Also inside a name from right to left, and inside isolates of the author's own."""
    for said in (override + text, f"שם{override}", f"\u2068שם{override}\u2069"):
        assert override not in shown(named(said))
        assert f"\\u{ord(override):04x}" in shown(said)


def test_overrides_and_invisible_characters_are_spelt_out() -> None:
    """A name cannot pretend to be another, nor carry what nobody sees."""
    assert r"in\u202evoice\u202c" == shown("in\u202evoice\u202c")
    assert r"a\u200bb\u2066c\ufeffd\u00ade" == shown("a\u200bb\u2066c\ufeffd\u00ade")
    assert r"\u0007bell \u0000 \u009b" == shown("\x07bell \x00 \x9b")
    assert r"\U000e0041\U000e0042" == shown("\U000e0041\U000e0042")
    assert r"A\ufe01\ufe02\u3164" == shown("A\ufe01\ufe02\u3164")
    assert r"\ud800 \uffff" == shown("\ud800 \uffff")
    assert "one two three" == shown(" one\ntwo\u2028\t three\xa0")


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם",
        "خادم الأدوات",
        "می\u200cخواهم",  # noqa: RUF001 - Persian
        "क्‍ष",
        "👩🏽\u200d💻",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "🇬🇧",
        "日本語",
        "é́",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_scripts_and_emoji_stay_as_they_are(text: str) -> None:
    """Right-to-left writing, joined letters, flags and people of every kind are only text."""
    assert text == shown(text)


def test_names_are_listed_as_a_sentence_lists_them() -> None:
    """Commas between them, and a word before the last."""
    assert ["", "a", "a and b", "a, b and c"] == [listed(list("abc")[:n]) for n in range(4)]
