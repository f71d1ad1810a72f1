"""The texts of the library: terms of the field, one sentence form for one name and for several, no worn-out words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from helpers import library
from nbthreat.threats.library import Threat

THREATS = {threat.id: threat for threat in library().threats}
ASKED = {**library().facts, **library().controls}
LONGEST_TITLE = 6
REPLACED = re.compile(r"\b(standing instructions?|set aside)\b", re.IGNORECASE)
"""What is said otherwise now: system prompt, not applicable."""
SINGULAR_QUESTION = re.compile(r"\b(is|was|does|has) \{name\}", re.IGNORECASE)
SINGULAR_CLAUSE = re.compile(
    r"(?:^|[.,:;] |\b(?:if|where|when|and|that) )\{(?:subject|source)\} (?:is|was|has|[a-z]+s)\b", re.IGNORECASE
)


def texts(value: object) -> Iterator[str]:
    """Yield every text in a value of the library, in whatever it is nested."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from texts(tuple(value.values()))
    elif isinstance(value, tuple | list | frozenset):
        for part in value:
            yield from texts(part)


@pytest.mark.parametrize("threat", THREATS.values(), ids=THREATS)
def test_a_title_is_a_short_term_in_sentence_case(threat: Threat) -> None:
    """At most six words; after the first only acronyms are in capitals."""
    words = re.findall(r"[^\s()]+", threat.title)
    assert len(words) <= LONGEST_TITLE
    assert threat.title[0].isupper()
    assert [] == [word for word in words[1:] if word[0].isupper() and len(re.findall("[A-Z]", word)) < 2]
    assert not threat.title.endswith(".")


def test_no_two_threats_have_one_title() -> None:
    """Whoever searches by a title finds one threat."""
    titles = Counter(threat.title.casefold() for threat in THREATS.values())
    assert [] == [title for title, times in titles.items() if times > 1]


@pytest.mark.parametrize("threat", THREATS.values(), ids=THREATS)
def test_a_summary_says_in_one_short_sentence_what_it_is(threat: Threat) -> None:
    """The first of several sentences says it, in no more than twenty words."""
    sentences = re.split(r"(?<=\.) ", threat.summary.strip())
    assert len(sentences) in range(2, 6)
    assert len(sentences[0].split()) <= 20


@pytest.mark.parametrize("threat", THREATS.values(), ids=THREATS)
def test_a_sentence_about_a_finding_fits_a_name_in_the_plural(threat: Threat) -> None:
    """'Client systems opens' would be wrong, so no clause has a name for its subject and a verb for one alone."""
    assert None is SINGULAR_CLAUSE.search(threat.because)


@pytest.mark.parametrize("id", ASKED)
def test_a_question_fits_one_name_and_several(id: str) -> None:
    """It is one sentence, and no verb in it fits one name alone."""
    question = ASKED[id].question
    assert 1 == question.count("?")
    assert question.endswith("?")
    assert None is SINGULAR_QUESTION.search(question)


def test_worn_out_words_are_nowhere() -> None:
    """Neither in threats nor in controls, facts, kinds, predicates or provisions."""
    found = [text for text in texts(library()) if REPLACED.search(text)]
    assert [] == found
