"""Matching: which threats of a Library apply to a System, where, and why.

Call `match`. It reads no file and changes nothing: the same System and Library give the same findings in the same
order. A finding that nothing is known to stand against or not is *possible*, one of which nobody said whether it
applies at all is *to clarify*, and a question says what would settle either.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from itertools import chain, repeat
from typing import Any, NamedTuple

from nbthreat.base.risk import Level, Rating
from nbthreat.system.model import System
from nbthreat.threats.conditions import Subject, walk
from nbthreat.threats.evaluation import BUDGET, Evaluation
from nbthreat.threats.graph import members
from nbthreat.threats.library import Library, Threat
from nbthreat.threats.matching.places import places
from nbthreat.threats.matching.questions import Question, questions, text_of
from nbthreat.threats.matching.ratings import Moved, Ratings
from nbthreat.threats.matching.reasons import Clause, Reasons, Unknown


class State(StrEnum):
    """What is known of a finding."""

    OPEN = "open"  # it applies, and nothing stands against it
    POSSIBLE = "possible"  # it applies, and nobody said whether something stands against it
    TO_CLARIFY = "to clarify"  # nobody said whether it applies
    MITIGATED = "mitigated"  # it would apply, and something stands against it


UNSETTLED = (State.POSSIBLE, State.TO_CLARIFY)
"""The states of what an answer may settle. Until they were told apart, both were called possible."""

PRESSING = (State.OPEN, *UNSETTLED)
"""The states of what nothing surely stands against."""

_ORDER = {state: n for n, state in enumerate(State)}


def level_words(state: State | str | None, level: Level) -> str:
    """Return a level as people read it beside a state.

    >>> level_words(State.OPEN, Level.HIGH), level_words(State.TO_CLARIFY, Level.HIGH)
    ('high', 'high if it applies')
    """
    return f"{level.label} if it applies" if state == State.TO_CLARIFY else level.label


class Finding(NamedTuple):
    """A threat that applies to `subject`, or may. Reasons are worked out by its `match` when they are asked for.

    A named tuple because a hundred thousand may be made at once, and no other frozen value is made as fast.
    """

    threat: Threat
    subject: str
    state: State
    match: Match

    def __eq__(self, other: object) -> bool:
        """Return whether another match found the same."""
        return self[:3] == other[:3] if isinstance(other, Finding) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:3])

    def __repr__(self) -> str:
        return f"<Finding {self.key}: {self.state.value}>"

    @property
    def key(self) -> str:
        """The threat and the subject, the same in every run: 'indirect-prompt-injection@assistant'."""
        return f"{self.threat.id}@{self.subject}"

    @property
    def path(self) -> tuple[str, ...]:
        """One way of the danger, element and flow ids in turn: from where it enters, by the subject, to the harm."""
        return self.match.reasons.path(self.threat, self.subject)

    @property
    def places(self) -> tuple[str, ...]:
        """The ids of every part of the drawing that the finding is about: the subject, then elements, then flows.

        They are on every way by which the danger comes or goes on, or are neighbours and flows that the conditions ask
        about. Elements and flows are sorted by id.
        """
        return places(self.match.evaluation, self.threat.applies_when, self.threat.subject, self.subject)

    @property
    def because(self) -> str:
        """Why, in one or two sentences with the names people use; of what is to clarify, only what would be so."""
        said = self.match.reasons.because(self.threat, self.subject)
        if self.state is not State.TO_CLARIFY:
            missing = self.missing
            return f"{said} {self.match.ratings.told(missing)}" if missing else said
        deciding = self.unknown
        return f"Not known: {self.match.asked(deciding[0])} If the threat applies: {said}" if deciding else said

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What nobody said that decides this finding, by the order of conditions; () where it is settled.

        Whether it applies comes first: as long as that is to clarify, nothing is asked of what stands against it.
        """
        if self.state not in UNSETTLED:
            return ()
        threat = self.threat
        asked = (threat.applies_when,) if self.state is State.TO_CLARIFY else threat.conditions
        return self.match.reasons.unknown(threat, self.subject, asked)

    @property
    def level_words(self) -> str:
        """The level as people read it: that of what is to clarify is never told as if it were so."""
        return level_words(self.state, self.rating.level)

    @property
    def why(self) -> tuple[Clause, ...]:
        """The clause trees: whether it applies and, if anything can stand against it, whether that does."""
        return self.match.reasons.why(self.threat, self.subject)

    @property
    def certain(self) -> bool:
        """Whether it surely applies, so that at most what stands against it is not known."""
        if self.state is State.MITIGATED:
            return self.match.applies(self.threat, self.subject)
        return self.state is not State.TO_CLARIFY

    @property
    def rank(self) -> tuple[int, ...]:
        """The key to sort findings by, the most pressing first; smaller is earlier.

        By state, level, whether it surely applies, how many defences are known to be missing and how many clauses
        nobody answered. Then findings about an element or a flow come before those about the whole system, the worse
        impact before the lesser, and the nearer way before the longer.
        """
        threat, n, ratings, rating = self.threat, self._number, self.match.ratings, self.rating
        return (
            _ORDER[self.state],
            -rating.level,
            int(not self.certain),
            -len(self.missing),
            ratings.unsaid(threat, n),
            int(threat.subject is Subject.SYSTEM),
            -rating.impact,
            ratings.distance(threat, n),
        )

    @property
    def rating(self) -> Rating:
        """How likely and how bad it is where it stands; `rating_steps` say why."""
        return self.match.ratings.rating(self.threat, self._number, lacks=bool(self.missing))

    @property
    def inherent(self) -> Rating:
        """The rating without what only lowers the threat."""
        return self.match.ratings.rating(self.threat, self._number, lacks=bool(self.missing), lowered=False)

    @property
    def rating_steps(self) -> tuple[Moved, ...]:
        """Each step that leads from the threat's own rating to this one, in the library's order."""
        return self.match.ratings.lines(self.threat, self._number, self.missing)

    @property
    def missing(self) -> tuple[Unknown, ...]:
        """The defences that somebody said are not there, and where; () where it is mitigated."""
        return () if self.state is State.MITIGATED else self.match.ratings.missing(self.threat, self._number)

    @property
    def _number(self) -> int:
        return self.match.evaluation.number(self.threat.subject, self.subject)


def match(system: System, library: Library, *, budget: int = BUDGET) -> Match:
    """Ask every threat of `library` about every part of `system`.

    Spends at most `budget` steps; what could not be finished is named in `Match.incomplete` and stays unsettled. Raises
    ModelError, with every problem at once, where the system uses a name that the library does not know: a threat that
    asks for `input-screening` would not see an `input-screning`.

    >>> from nbthreat import Element, Library, System
    >>> system = System(id="chat", name="Chat", elements=(Element(id="model", technology="hosted-llm"),))
    >>> found = match(system, Library.load())
    >>> found["undocumented-model@model"].state.value
    'to clarify'
    >>> found["no-such-threat@model"]
    Traceback (most recent call last):
    KeyError: 'no-such-threat@model'
    """
    return Match(system, library, budget)


class Match:
    """The findings about one system, and everything that can be asked of them.

    The state of every threat at every subject is worked out at once, as sets. `findings` are made of those sets when
    they are first read, and kept.
    """

    def __init__(self, system: System, library: Library, budget: int = BUDGET) -> None:
        self.system = library.checked(system)
        self.library = library
        self.evaluation = Evaluation(system, library.vocabulary, budget=budget)
        self.reasons = Reasons(self.evaluation)
        self.ratings = Ratings(library, self.reasons)
        self.evaluation.prepare([condition for threat in library.asked for condition in threat.conditions])
        self._decided = tuple(
            (threat, self.evaluation.states(threat.applies_when, threat.mitigated_when, threat.subject))
            for threat in library.asked
        )

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, sorted by the id of the threat and then of the subject."""
        return tuple(chain.from_iterable(self._spelt_out(threat, found) for threat, found in self._decided))

    @cached_property
    def ranked(self) -> tuple[Finding, ...]:
        """All findings by state, as `State` lists them; in each the most pressing first."""
        return tuple(sorted(self.findings, key=lambda finding: (*finding.rank, finding.key)))

    def _spelt_out(self, threat: Threat, found: tuple[int, ...]) -> Iterator[Finding]:
        ids = self.evaluation.ids(threat.subject)
        filled = [(state, subjects) for state, subjects in zip(State, found, strict=True) if subjects]
        if len(filled) != 1:
            numbered = sorted((n, state) for state, subjects in filled for n in members(subjects))
            return (Finding(threat, ids[n], state, self) for n, state in numbered)
        ((state, subjects),) = filled  # nearly always, where everything is said: then no Python runs for each of them
        fields = zip(repeat(threat), map(ids.__getitem__, members(subjects)), repeat(state), repeat(self))
        return map(tuple.__new__, repeat(Finding), fields)

    def count(self, state: State | str) -> int:
        """Return how many findings are in a state, without making them."""
        return sum(
            subjects.bit_count()
            for _, found in self._decided
            for found_state, subjects in zip(State, found, strict=True)
            if found_state == state
        )

    @property
    def complete(self) -> bool:
        """Whether the budget was enough for every threat."""
        return not self.incomplete

    @cached_property
    def incomplete(self) -> tuple[str, ...]:
        """The ids of the threats whose paths could not be followed to the end within the budget, sorted."""
        unfinished = self.evaluation.unfinished
        return tuple(
            threat.id
            for threat in self.library.asked
            if unfinished and any(part in unfinished for condition in threat.conditions for part in walk(condition))
        )

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """A short list of questions whose answers settle what is unsettled, the one that settles most first."""
        return questions(
            self.library, self.reasons, [finding for finding in self.findings if finding.state in UNSETTLED]
        )

    def __getitem__(self, key: str) -> Finding:
        """Return the finding with that key; KeyError where there is none."""
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> dict[str, Finding]:
        return {finding.key: finding for finding in self.findings}

    def applies(self, threat: Threat, subject: str) -> bool:
        """Return whether a threat surely applies to a subject, mitigated or not. KeyError for an unknown subject."""
        yes, _ = self.evaluation.answer(threat.applies_when, threat.subject)
        return bool(yes >> self.evaluation.number(threat.subject, subject) & 1)

    def why(self, threat: Threat, subject: str) -> tuple[Clause, ...]:
        """Return why a threat applies to a subject or does not, as `Finding.why`. KeyError for an unknown subject."""
        return self.reasons.why(threat, subject)

    def label(self, id: str) -> str:
        """Return what people call the thing with that id."""
        return self.reasons.label(id)

    def asked(self, unknown: Unknown) -> str:
        """Return the question about something that nobody said."""
        return text_of(self.library, unknown.atom, [self.label(unknown.subject)])


def as_data(match: Match) -> dict[str, Any]:
    """Return a match as plain data, in a fixed order: what `nbthreat match --json` prints.

    >>> from nbthreat import Library, System
    >>> list(as_data(match(System(id="chat", name="Chat"), Library.load())))
    ['system', 'library', 'complete', 'findings', 'questions']
    """
    rank = {finding.key: n for n, finding in enumerate(match.ranked, 1)}
    return {
        "system": match.system.id,
        "library": library_data(match.library),
        "complete": match.complete,
        "findings": [{**finding_data(finding), "rank": rank[finding.key]} for finding in match.findings],
        "questions": [
            {
                "id": question.id,
                "text": question.text,
                "subject": list(question.subjects),
                "settles": list(question.settles),
            }
            for question in match.questions
        ],
    }


def library_data(library: Library) -> dict[str, Any]:
    """Return the name, version and SHA-256 of a library as plain data, and its packs where there are any.

    >>> from nbthreat import Library
    >>> list(library_data(Library.load()))
    ['name', 'version', 'sha256']
    """
    said = {"name": library.name, "version": library.version, "sha256": library.sha256}
    packs = [
        {"name": pack.name, "version": pack.version, "sha256": pack.sha256, "overrides": list(pack.overrides)}
        for pack in library.packs
    ]
    return {**said, "packs": packs} if packs else said


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data, in a fixed order.

    >>> from nbthreat import Element, Library, System
    >>> system = System(id="chat", name="Chat", elements=(Element(id="model", technology="hosted-llm"),))
    >>> data = finding_data(match(system, Library.load())["undocumented-model@model"])
    >>> data["threat"], data["subject"]
    ('undocumented-model', ['model'])
    """
    rating = finding.rating
    return {
        "key": finding.key,
        "threat": finding.threat.id,
        "title": finding.threat.title,
        "state": finding.state.value,
        "subject": [finding.subject],
        "path": list(finding.path),
        "places": list(finding.places),
        "because": finding.because,
        "certain": finding.certain,
        "rating": {"likelihood": rating.likelihood, "impact": rating.impact, "level": rating.level},
        "rating_steps": list(map(str, finding.rating_steps)),
        "missing": [f"{missing.id}@{missing.subject}" for missing in finding.missing],
        "principles": list(finding.threat.provisions),
        "references": {key: list(ids) for key, ids in finding.threat.references.items()},
        "unknown": [f"{unknown.id}@{unknown.subject}" for unknown in finding.unknown],
    }
