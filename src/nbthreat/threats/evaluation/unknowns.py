"""Unknowns: what could be said and was not, and which conditions hang on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """A kind of thing that can be left unsaid: a fact or control by name, or what a part carries, holds or is.

    >>> Atom("control", "input-screening").id, Atom("carries").id
    ('control/input-screening', 'carries')
    """

    kind: str
    name: str = ""

    @property
    def id(self) -> str:
        """The id of the question about it."""
        return f"{self.kind}/{self.name}" if self.name else self.kind


def atom_of(condition: Condition) -> Atom | None:
    """Return what would have to be said for a leaf to have an answer; None for a condition of conditions.

    >>> atom_of(c.FactIs("public"))
    Atom(kind='fact', name='public')
    """
    match condition:
        case c.FactIs(name=name):
            return Atom("fact", name)
        case c.ControlIs(name=name):
            return Atom("control", name)
        case c.TechnologyIs():
            return Atom("technology")
        case c.TrustIs() | c.Crosses():
            return Atom("trust")
        case c.Holds():
            return Atom("holds")
        case c.Carries():
            return Atom("carries")
        case c.Provides() | c.Surplus():
            return Atom("capabilities")
        case c.StakesIs():
            return Atom("stakes")
        case c.LifecycleIs():
            return Atom("lifecycle")
    return None


@cache
def atoms(condition: Condition) -> frozenset[Atom]:
    """Return everything that, left unsaid, can make `condition` unknown.

    >>> sorted(atom.id for atom in atoms(c.Reach(c.FactIs("public"), without=("filter",))))
    ['control/filter', 'fact/public']
    """
    found = {atom for part in c.walk(condition) if (atom := atom_of(part))}
    for part in c.walk(condition):
        if isinstance(part, c.Holds):
            found.add(Atom("carries"))
        if isinstance(part, c.Reach):
            found.update(Atom("control", name) for name in part.without)
            if part.asset:
                found.add(Atom("carries"))
    return frozenset(found)


@cache
def paths(condition: Condition) -> tuple[c.Reach, ...]:
    """Return the path questions in `condition`, outer before inner.

    >>> paths(c.Not(c.Reach(c.FactIs("public"))))
    (Reach(end=FactIs(name='public'), here=None, asset=None, without=(), forward=False),)
    """
    return tuple(part for part in c.walk(condition) if isinstance(part, c.Reach))


@cache
def depth(condition: Condition) -> int:
    """Return how deep path questions stand inside one another; 0 where there is none.

    >>> depth(c.FactIs("public")), depth(c.Reach(c.Reach(c.FactIs("public"))))
    (0, 2)
    """
    inner = max((depth(part) for part in c.parts(condition)), default=0)
    return inner + isinstance(condition, c.Reach)
