"""Questions: a short list to ask people, so that every unsettled finding is settled, and what each answer changes.

Unsettled is what is possible or to clarify. Once it is clear that a threat applies, what stands against it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Protocol

from nbthreat.base.risk import Rating
from nbthreat.base.text import listed
from nbthreat.threats.evaluation import Atom, Evaluation, atoms
from nbthreat.threats.graph import members
from nbthreat.threats.library import Library
from nbthreat.threats.matching.reasons import Reasons, Unknown

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask people; each answer changes some unsettled findings."""

    id: str
    atom: Atom
    text: str
    subjects: tuple[str, ...]
    settles: tuple[str, ...]  # keys of the unsettled findings that an answer changes
    if_yes: tuple[str, ...]  # those a yes changes
    if_no: tuple[str, ...]


class UnsettledFinding(Protocol):
    """What `questions` needs to know of an unsettled finding."""

    @property
    def key(self) -> str:
        """The threat and its subject: 'evasion@model'."""

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What nobody said that decides it."""

    @property
    def rating(self) -> Rating:
        """How likely and how bad it is; the higher the level, the earlier it is asked about."""


def questions(library: Library, reasons: Reasons, findings: Iterable[UnsettledFinding]) -> tuple[Question, ...]:
    """Return questions that together settle every unsettled finding that a question can settle.

    Each is the one that settles most of what those before it leave, where a finding counts as much as its level; of
    equal ones the last by id. What no answer to a single question changes is left out.
    """
    unsettled = {finding.key: finding for finding in findings}
    asked: dict[Atom, dict[str, None]] = defaultdict(dict)
    for finding in unsettled.values():
        for unknown in finding.unknown:
            asked[unknown.atom][unknown.subject] = None
    candidates = [_question(library, reasons, atom, tuple(sorted(asked[atom])), unsettled) for atom in sorted(asked)]
    weight = {key: int(finding.rating.level) for key, finding in unsettled.items()}
    chosen: list[Question] = []
    left = set(unsettled)
    while candidates and left:
        best = max(
            candidates,
            key=lambda question: (sum(weight[k] for k in left.intersection(question.settles)), question.id),
        )
        if not left.intersection(best.settles):
            break
        chosen.append(best)
        candidates.remove(best)
        left.difference_update(best.settles)
    return tuple(chosen)


def _question(
    library: Library, reasons: Reasons, atom: Atom, subjects: tuple[str, ...], unsettled: Container[str]
) -> Question:
    if_yes, if_no = (
        tuple(key for key in _changed(library, reasons.evaluation, atom, answer=answer) if key in unsettled)
        for answer in (True, False)
    )
    text = text_of(library, atom, [reasons.label(id) for id in subjects])
    return Question(atom.id, atom, text, subjects, tuple(sorted({*if_yes, *if_no})), if_yes, if_no)


def _changed(library: Library, evaluation: Evaluation, atom: Atom, *, answer: bool) -> tuple[str, ...]:
    """Return the keys of the findings that are no longer possible, or unclear, once `atom` has that answer; sorted."""
    supposed = evaluation.supposing(atom, answer)
    touched = [threat for threat in library.asked if any(atom in atoms(condition) for condition in threat.conditions)]
    supposed.prepare([condition for threat in touched for condition in threat.conditions])
    keys: list[str] = []
    for threat in touched:
        asked = (threat.applies_when, threat.mitigated_when, threat.subject)
        (_, possible, unclear, _), (_, still, yet, _) = evaluation.states(*asked), supposed.states(*asked)
        ids = evaluation.ids(threat.subject)
        keys += [f"{threat.id}@{ids[n]}" for n in members(possible & ~still | unclear & ~yet)]
    return tuple(sorted(keys))


_STRUCTURE = {
    "technology": "Which more exact kind fits {name}?",
    "trust": "Which trust boundary surrounds {name}?",
    "holds": "Which data is kept in {name}?",
    "carries": "Which data is carried by {name}?",
    "capabilities": "What can {name} do that the system does not need?",
    "stakes": "How critical is the work of {name}?",
    "lifecycle": "Which life-cycle phase has {name} reached?",
}


def text_of(library: Library, atom: Atom, names: list[str]) -> str:
    """Return the question about `atom` in words, with the names of what it is asked about; past three, their number."""
    if atom.kind == "control":
        text = library.controls[atom.name].question
    elif atom.kind == "fact":
        text = library.facts[atom.name].question
    else:
        text = _STRUCTURE[atom.kind]
    more = len(names) - _NAMES_SHOWN
    shown = [*names[:_NAMES_SHOWN], f"{more} more"] if more > 0 else names
    return text.replace("{name}", listed(shown))
