"""Three-way merges of frozen values, field by field, whatever their fields are.

A change is what differs from `base`. What one side changed is taken; where both changed the same, nothing is asked;
where both changed one field differently, that is a `Clash`, settled by what the caller prefers. The fields are those of
the records themselves, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, is_dataclass, replace
from enum import StrEnum
from typing import Any

from nbthreat.base.errors import NbthreatError
from nbthreat.decisions.register import Review
from nbthreat.decisions.register.wording import worded
from nbthreat.system.documents.shaping import default_of, record_fields
from nbthreat.system.model import FrozenMap

ABSENT: Any = object()
"""What a field was before there was a record to hold it."""

_UNTOLD = frozenset({"layout"})  # both moved one box: nobody is asked about it
_ATTRIBUTION = frozenset({"by", "on", "date"})
_AS_ONE = {Review: frozenset(record_fields(Review)) - _ATTRIBUTION}
"""Fields that were seen together: where both sides changed any of them, they are taken from one side."""


class Side(StrEnum):
    """One of the two sides of a merge."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field that both sides changed differently, in words: of what, which field, and what each side says."""

    where: str
    what: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

    @property
    def told(self) -> str:
        """The clash with both values: 'R-001: owner: ours says Team A, theirs says Team B'."""
        return f"{self}: ours says {self.ours or 'nothing'}, theirs says {self.theirs or 'nothing'}"


def same(first: Any, second: Any) -> bool:
    """Return whether two values are equal, and of equal types all the way down: to Python 1 is true, and here not."""
    if first is second:
        return True
    if type(first) is not type(second) or first != second:
        return False
    if is_dataclass(first):
        return all(same(getattr(first, name), getattr(second, name)) for name in record_fields(type(first)))
    if isinstance(first, FrozenMap):
        return all(same(value, second[key]) for key, value in first.items())
    if isinstance(first, tuple):
        return all(map(same, first, second))
    return True


def called(record: Any) -> str:
    """Return what people call a record: its name, number or place, else what tells it from others of its class."""
    for name in ("name", "number", "where", *record_fields(type(record))):
        if text := getattr(record, name, ""):
            return str(text)
    return type(record).__name__


class Merger:
    """Merges records, and collects the clashes.

    A record that the preferred side took away and the other changed stays, unless `keep_changed` is false.
    """

    def __init__(self, prefer: Side, *, keep_changed: bool = True) -> None:
        self.clashes: list[Clash] = []
        self.prefer = prefer
        self.keep_changed = keep_changed

    def preferred(self, ours: Any, theirs: Any) -> Any:
        """Return the one of the preferred side."""
        return ours if self.prefer is Side.OURS else theirs

    def clash(self, where: str, what: str, ours: Any, theirs: Any) -> Any:
        """Note a clash, and return the value of the preferred side."""
        self.clashes.append(Clash(where=where, what=what, ours=_in_words(ours), theirs=_in_words(theirs)))
        return self.preferred(ours, theirs)

    def value(self, where: str, what: str, base: Any, ours: Any, theirs: Any) -> Any:
        """Return one field of both sides; `base` is ABSENT where there was no record to hold it."""
        if same(ours, theirs) or same(theirs, base):
            return ours
        if same(ours, base):
            return theirs
        if isinstance(ours, FrozenMap) and isinstance(theirs, FrozenMap):
            return self._mapping(where, what, base if isinstance(base, FrozenMap) else FrozenMap(), ours, theirs)
        if is_dataclass(ours) and type(ours) is type(theirs):
            return self.record(where, what, base if type(base) is type(ours) else None, ours, theirs)
        if what.partition(" ")[0] in _UNTOLD:
            return self.preferred(ours, theirs)
        return self.clash(where, what, ours, theirs)

    def record(self, where: str, what: str, base: Any, ours: Any, theirs: Any) -> Any:
        """Return a record with the changes of both sides; `base` is None where both sides added it.

        Where the two together could not stand, it is the preferred side's as a whole, and that is one clash.
        """
        known = len(self.clashes)
        fields = record_fields(type(ours))
        before = {name: _before(base, name, field) for name, (field, _) in fields.items()}
        if not self._seen_apart(before, ours, theirs):
            return self.clash(where, what, ours, theirs)
        merged = {
            name: self.value(where, f"{what} {name}".strip(), before[name], getattr(ours, name), getattr(theirs, name))
            for name in fields
        }
        try:
            return replace(ours, **merged)
        except NbthreatError:
            del self.clashes[known:]
            return self.clash(where, what or "both changes together cannot stand", ours, theirs)

    def collection(self, base: Iterable[Any], ours: Iterable[Any], theirs: Iterable[Any]) -> tuple[Any, ...]:
        """Return the records of both sides, ours in their order first; what tells them apart is their first field."""
        old, mine, other = _by_identity(base), _by_identity(ours), _by_identity(theirs)
        merged = (self.item(old.get(id), mine.get(id), other.get(id)) for id in dict.fromkeys([*mine, *other]))
        return tuple(record for record in merged if record is not None)

    def item(self, base: Any, ours: Any, theirs: Any) -> Any:
        """Return one record of a collection, None on the side that has none; None where it goes."""
        if ours is not None and theirs is not None:
            if same(ours, theirs) or same(theirs, base):
                return ours
            return theirs if same(ours, base) else self.record(called(ours), "", base, ours, theirs)
        left = theirs if ours is None else ours
        if base is None:
            return left
        if left is None or same(left, base):
            return None
        self.clashes.append(
            Clash(
                where=called(left),
                what="taken away on one side and changed on the other",
                ours=_in_words(ours) or "it goes",
                theirs=_in_words(theirs) or "it goes",
            )
        )
        return left if self.keep_changed else self.preferred(ours, theirs)

    def _mapping(
        self, where: str, what: str, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
    ) -> FrozenMap[Any]:
        merged = {
            key: self.value(where, f"{what} {key}", base.get(key), ours.get(key), theirs.get(key))
            for key in dict.fromkeys([*ours, *theirs])
        }
        return FrozenMap((key, value) for key, value in merged.items() if value is not None)

    def _seen_apart(self, before: Mapping[str, Any], ours: Any, theirs: Any) -> bool:
        """Return whether no two parts of what was seen at once were changed, one on each side."""
        together = _AS_ONE.get(type(ours), frozenset())
        changed = [
            {name for name in together if not same(getattr(side, name), before[name])} for side in (ours, theirs)
        ]
        if not all(changed):
            return True
        return all(same(getattr(ours, name), getattr(theirs, name)) for name in together)


def _before(base: Any, name: str, field: Field[Any]) -> Any:
    """Return a field of the base; where there is no base, what it is while nobody said anything."""
    if base is not None:
        return getattr(base, name)
    default = default_of(field)
    return default if default in (None, "", (), FrozenMap()) else ABSENT


def _by_identity(records: Iterable[Any]) -> dict[tuple[Any, int], Any]:
    """Return records by their first field, and by how many before them have the same."""
    found: dict[tuple[Any, int], Any] = {}
    times: Counter[Any] = Counter()
    for record in records:
        id = getattr(record, next(iter(record_fields(type(record)))))
        found[id, times[id]] = record
        times[id] += 1
    return found


def _in_words(value: Any) -> str:
    if type(value) in _AS_ONE:
        return ", ".join(worded(getattr(value, name)) for name in record_fields(type(value)) if name in _ATTRIBUTION)
    return "" if value is None or (isinstance(value, Sequence) and not value) else worded(value)
