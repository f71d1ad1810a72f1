"""Ratings: how likely and how bad a threat is where it stands, and why, one line for each step.

A rating starts from the threat's own. Of the circumstances that the library names, one up and one down count on each
scale; a defence that is known to be missing is one step more of likelihood, and what only lowers the threat one less.
Nothing is multiplied: the level is read from the grid. What nobody said moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nbthreat.base.risk import Level, Rating
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Atom, atoms, paths
from nbthreat.threats.library import Library, RatingStep, Scale, Threat
from nbthreat.threats.matching.reasons import Reasons, Unknown

_SHOWN = 3


class Moved(NamedTuple):
    """One step of a rating: on which scale, up (1) or down (-1), and why."""

    scale: Scale
    by: int
    because: str

    def __str__(self) -> str:
        return f"{self.scale.value.capitalize()} {'up' if self.by > 0 else 'down'}: {self.because}"


class Ratings:
    """The ratings of the findings of one match, each worked out when it is first read, and kept."""

    def __init__(self, library: Library, reasons: Reasons) -> None:
        self._library = library
        self._reasons = reasons
        self._evaluation = reasons.evaluation
        self._stakes = reasons.system.stakes
        self._circumstances: dict[
            str, tuple[tuple[RatingStep, int], ...]
        ] = {}  # by threat: the step, and where it is so
        self._unknown: dict[str, tuple[int, ...]] = {}
        self._by_control = {
            each.step
            for each in library.circumstances
            if each.step.lowers and any(atom.kind == "control" for atom in atoms(each.when))
        }
        self._deniable: dict[str, tuple[Condition, ...]] = {}
        self._lackable: dict[Condition, bool] = {}
        self._missing: dict[tuple[str, int], tuple[Unknown, ...]] = {}
        self._made: dict[tuple[str, int, bool, bool], Rating] = {}
        said = self._evaluation.index.controls.values()
        self._denied = frozenset(name for by_name in said for name, (_, no) in by_name.items() if no)

    def rating(self, threat: Threat, n: int, *, lacks: bool, lowered: bool = True) -> Rating:
        """Return the rating at the subject with the number `n`.

        `lacks` says whether defences are known to be missing; not `lowered` leaves out the controls that lower it.
        """
        key = (threat.id, n, lacks, lowered)
        found = self._made.get(key)
        if found is None:
            moves = {Scale.LIKELIHOOD: 0, Scale.IMPACT: 0}
            for step in self._steps(threat, n, lowered=lowered):
                moves[step.scale] += 1 if step.raises else -1
            moves[Scale.LIKELIHOOD] += lacks
            if lowered and self._reduced(threat, n):
                moves[Scale.LIKELIHOOD] -= 1
            own = threat.rating
            moved = Rating(
                likelihood=_moved(own.likelihood, moves[Scale.LIKELIHOOD]),
                impact=_moved(own.impact, moves[Scale.IMPACT]),
            )
            found = self._made[key] = moved.in_context(self._stakes) if own.stakes else moved
        return found

    def lines(self, threat: Threat, n: int, missing: tuple[Unknown, ...]) -> tuple[Moved, ...]:
        """Return every step that counts in the rating at the subject with the number `n`, in the author's order."""
        name = self._reasons.label(self._evaluation.ids(threat.subject)[n])
        found = [
            Moved(step.scale, 1 if step.raises else -1, step.because.replace("{subject}", name))
            for step in self._steps(threat, n)
        ]
        if missing:
            found.append(Moved(Scale.LIKELIHOOD, 1, self.told(missing)))
        if self._reduced(threat, n):
            found.append(Moved(Scale.LIKELIHOOD, -1, "What lowers this threat is there; it does not end it."))
        return tuple(found)

    def told(self, missing: tuple[Unknown, ...]) -> str:
        """Return the sentence that says which defences are known to be missing, and where."""
        controls = self._library.controls
        named = [f"{controls[each.atom.name].name} at {self._reasons.label(each.subject)}" for each in missing]
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        return f"Known to be missing: {', '.join(named[:_SHOWN])}{more}."

    def missing(self, threat: Threat, n: int) -> tuple[Unknown, ...]:
        """Return each defence that somebody said is not there, and where, in the order of the conditions."""
        asked = self._deniable.get(threat.id)
        if asked is None:
            said = (condition for condition in (threat.mitigated_when, threat.reduced_when) if condition is not None)
            names = {atom.name for atom in threat.defences}
            asked = self._deniable[threat.id] = () if self._denied.isdisjoint(names) else tuple(said)
        if not asked:
            return ()
        key = (threat.id, n)
        if key not in self._missing:
            found = (each for condition in asked for each in self._lacking(condition, threat.subject, n))
            self._missing[key] = tuple(dict.fromkeys(found))
        return self._missing[key]

    def _can_lack(self, condition: Condition) -> bool:
        """Return whether a condition asks for a control that somebody said is not there, somewhere."""
        found = self._lackable.get(condition)
        if found is None:
            names = {atom.name for atom in atoms(condition) if atom.kind == "control"}
            found = self._lackable[condition] = not self._denied.isdisjoint(names)
        return found

    def _lacking(self, condition: Condition, subject: Subject, n: int) -> Iterator[Unknown]:
        if not self._can_lack(condition):
            return
        if isinstance(condition, c.Not) and not paths(condition):
            return  # a control that is not wanted is not missing
        if isinstance(condition, c.ControlIs):
            yield from self._said_not_there(condition.name, subject, (n,))
        if isinstance(condition, c.Reach):
            elements, flows = self._reasons.way_numbers(condition, n) or ((), ())
            for name in condition.without:
                yield from self._said_not_there(name, Subject.ELEMENT, elements)
                yield from self._said_not_there(name, Subject.FLOW, flows)
        for part, kind, m in self._reasons.inside(condition, subject, n):
            yield from self._lacking(part, kind, m)

    def _said_not_there(self, name: str, subject: Subject, numbers: tuple[int, ...] | list[int]) -> Iterator[Unknown]:
        _, no = self._evaluation.index.controls[subject].get(name, (0, 0))
        ids = self._evaluation.ids(subject)
        yield from (Unknown(Atom("control", name), ids[n]) for n in numbers if no >> n & 1)

    def unsaid(self, threat: Threat, n: int) -> int:
        """Return how many clauses of a threat's conditions are unknown at the subject with the number `n`."""
        found = self._unknown.get(threat.id)
        if found is None:
            clauses = [clause for condition in threat.conditions for clause in _clauses(condition)]
            answers = [self._evaluation.answer(clause, threat.subject) for clause in clauses]
            found = self._unknown[threat.id] = tuple(maybe & ~yes for yes, maybe in answers if maybe & ~yes)
        return sum(where >> n & 1 for where in found)

    def distance(self, threat: Threat, n: int) -> int:
        """Return how many elements lie on the nearest way by which a threat comes to a subject; 0 where none does."""
        return self._reasons.distance(threat.path, n) if threat.path else 0

    def _steps(self, threat: Threat, n: int, *, lowered: bool = True) -> list[RatingStep]:
        """Return the steps that count: of those that hold, the first up and the first down on each scale.

        Not `lowered` leaves out those that lower because of a control.
        """
        found = self._circumstances.get(threat.id)
        if found is None:
            mine = [circumstance for circumstance in self._library.circumstances if circumstance.step.of(threat)]
            answers = [(each.step, self._evaluation.answer(each.when, threat.subject)[0]) for each in mine]
            found = self._circumstances[threat.id] = tuple((step, where) for step, where in answers if where)
        counted: dict[tuple[Scale | None, Scale | None], RatingStep] = {}
        for step, where in found:
            if where >> n & 1 and (lowered or step not in self._by_control):
                counted.setdefault((step.raises, step.lowers), step)
        return list(counted.values())

    def _reduced(self, threat: Threat, n: int) -> bool:
        """Return whether what only lowers a threat is surely there."""
        if threat.reduced_when is None:
            return False
        return bool(self._evaluation.answer(threat.reduced_when, threat.subject)[0] >> n & 1)


def _moved(level: Level, by: int) -> Level:
    return Level(min(max(level + by, Level.VERY_LOW), Level.VERY_HIGH))


def _clauses(condition: Condition) -> Iterator[Condition]:
    """Yield the clauses of a condition that are asked of the subject itself."""
    if isinstance(condition, c.All | c.Any_ | c.Is):
        for part in c.parts(condition):
            yield from _clauses(part)
    else:
        yield condition
