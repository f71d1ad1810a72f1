"""Text: what is shown has nothing hidden in it, and a name from right to left reads as its author wrote it."""

from __future__ import annotations

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


def test_names_are_listed_as_a_sentence_lists_them() -> None:
    assert ["", "a", "a and b", "a, b and c"] == [listed(list("abc")[:n]) for n in range(4)]
