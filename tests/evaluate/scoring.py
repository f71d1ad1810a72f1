"""Scoring: how far the findings about a system name the techniques of an incident, at the places where it happened.

Everything here is pure: expectations and sightings in, figures out. A technique is surfaced by a finding, open or
possible, that cites it at one of the places it is expected at: at an element, or at a flow. A finding stands at one
subject and is of more places: of the ways by which the danger comes and goes on, and of the flows and neighbours by
which it holds. *Strict* wants the very id; *lenient* takes its parent or a part of it as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nbthreat.threats.curation.crosswalk import kin


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One technique of an incident, and the elements and flows where it shows."""

    id: str
    at: frozenset[str]
    secondary: bool = False  # debatable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one finding says: the ids it cites, where it stands, and the elements and flows it is of besides."""

    cites: frozenset[str]
    subject: str
    path: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


Place = Callable[[Sighting, Expected], bool]


def standing(seen: Sighting, wanted: Expected) -> bool:
    """Return whether the one subject of a finding is a place where a technique is expected."""
    return seen.subject in wanted.at


def on_the_path(seen: Sighting, wanted: Expected) -> bool:
    """Return whether it stands there, or the one path that is shown with it leads through such a place."""
    return standing(seen, wanted) or bool(seen.path & wanted.at)


def at(seen: Sighting, wanted: Expected) -> bool:
    """Return whether a finding is of a place where a technique is expected: its subject, or any other of its places."""
    return standing(seen, wanted) or bool(seen.places & wanted.at)


def anywhere(seen: Sighting, wanted: Expected) -> bool:
    """Return that the place does not matter."""
    return seen is not None and wanted is not None


def names(cited: Collection[str], id: str, *, lenient: bool) -> bool:
    """Return whether an id is cited; `lenient` counts its parent and its parts."""
    return id in cited or (lenient and any(kin(id, name) for name in cited))


def found(wanted: Expected, seen: Iterable[Sighting], *, place: Place = at, lenient: bool) -> bool:
    """Return whether some finding surfaces a technique."""
    return any(place(sighting, wanted) and names(sighting.cites, wanted.id, lenient=lenient) for sighting in seen)


def recall(
    wanted: Iterable[Expected], seen: Sequence[Sighting], *, place: Place = at, lenient: bool, secondary: bool = True
) -> float:
    """Return the share of the techniques that are surfaced; `secondary` counts the debatable ones too.

    Where nothing is expected there is nothing to miss: 1.
    """
    counted = [expected for expected in wanted if secondary or not expected.secondary]
    if not counted:
        return 1.0
    return sum(found(expected, seen, place=place, lenient=lenient) for expected in counted) / len(counted)


def mean(values: Iterable[float]) -> float:
    """Return the plain mean; 0 of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def precision(wanted: Sequence[Expected], shown: Sequence[Sighting], first: int) -> float:
    """Return the share of the first findings shown that surface, leniently and in place, something expected."""
    counted = shown[:first]
    return mean(any(found(expected, [seen], lenient=True) for expected in wanted) for seen in counted)


def misplaced(wanted: Sequence[Expected], seen: Sequence[Sighting]) -> float:
    """Return the mean share found, leniently, when each technique is looked for where another one is expected.

    What is said of everywhere would be found there as well. Places that two techniques share are left out.
    """
    moved = [
        replace(expected, at=other.at)
        for expected in wanted
        for other in wanted
        if expected != other and not expected.at & other.at
    ]
    return mean(found(expected, seen, lenient=True) for expected in moved)


def permuted(expected: Mapping[str, Sequence[Expected]], seen: Mapping[str, Sequence[Sighting]]) -> float:
    """Return the mean recall of each system's list against the findings of every other, wherever they stand."""
    return mean(
        recall(expected[name], seen[other], place=anywhere, lenient=True)
        for name in expected
        for other in seen
        if other != name
    )


def top(lists: Mapping[str, Collection[str]], left_out: str, k: int) -> tuple[str, ...]:
    """Return the k techniques most frequent in all lists but one: what can be said with no drawing at all."""
    counts = Counter(id for name, ids in lists.items() if name != left_out for id in ids)
    return tuple(sorted(counts, key=lambda count: (-counts[count], count))[:k])
