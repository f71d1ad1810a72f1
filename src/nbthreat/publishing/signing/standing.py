"""How a sign-off stands now: whether system, register and library are still what was signed, and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nbthreat.base.errors import clean
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Register
from nbthreat.publishing.signing.canonical import data_of, same
from nbthreat.publishing.signing.sign_off import Approval, SignOff
from nbthreat.system.model import System
from nbthreat.threats.library import Library

_PARTS = {
    "assets": ("asset", "id"),
    "boundaries": ("boundary", "id"),
    "elements": ("element", "id"),
    "flows": ("flow", "id"),
    "acknowledged": ("acknowledged", "digest"),
    "answers": ("answer about", "key"),
    "not_applicable": ("what does not apply:", "provision"),
    "set_aside": ("set aside", "key"),
    "decisions": ("decision about", "key"),
    "inherited": ("inherited", "key"),
    "log": ("log entry", "number"),
}
"""Lists of things that have a name: what one of them is called, and by which field it is known."""

_SHOWN = 60
_SHOWN_PLACE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedState:
    """What a page says of a sign-off: who signed what, and whether it is still that."""

    by: str  # a role; '' where it is not told
    on: date
    decision: Approval
    conditions: str
    marking: str  # a label
    digest: str
    changes: int  # how many things are not what was signed
    differences: tuple[str, ...] = ()  # the same in words, as far as they are told

    @property
    def unchanged(self) -> bool:
        """Whether system, register and library are what was signed."""
        return not self.changes

    @property
    def note(self) -> str:
        """What every page says of it, in a few words."""
        return "signed off" if self.unchanged else "changed since sign-off"

    @property
    def words(self) -> str:
        """The same in a sentence or two; all but the differences themselves."""
        conditions = f" ({self.conditions})" if self.conditions else ""
        by = f", by {self.by}" if self.by else ","
        said = f"{self.decision.value}{conditions}, for {self.marking}{by} on {self.on.isoformat()}."
        if self.unchanged:
            return f"Signed: {said} Unchanged since."
        places = "place" if self.changes == 1 else "places"
        return f"Changed since it was signed, in {self.changes} {places}. Signed was: {said}"


def standing(signed: SignOff, assessment: Assessment) -> SignedState:
    """Return how a sign-off stands to a system, its register and its library as they now are."""
    head, found = signed.head, differences(signed, assessment.system, assessment.register, assessment.library)
    return SignedState(
        by=head.by,
        on=head.on,
        decision=head.decision,
        conditions=head.conditions,
        marking=signed.marking.label,
        digest=head.digest,
        changes=len(found),
        differences=found,
    )


def differences(signed: SignOff, system: System, register: Register, library: Library) -> tuple[str, ...]:
    """Return in words everything that is not as it was signed: of the system, then the register, then the library.

    Comments, quotes, and the order of keys are no content; the order of things in a list is.
    """
    was = signed.head.library
    found = [*_whole(signed.system, data_of(system), "system"), *_whole(signed.register, data_of(register), "register")]
    if not library.is_named(was.sha256):
        names = [f"{which.name} {which.version} ({which.sha256[:12]})" for which in (was, library)]
        found.append(f"library: {clean(names[0])} → {clean(names[1])}")
    return tuple(found)


def _whole(before: Mapping[str, Any], now: Mapping[str, Any], what: str) -> Iterator[str]:
    for key in sorted({*before, *now}):
        if key in _PARTS:
            yield from _of_parts(key, before.get(key, []), now.get(key, []))
        else:
            yield from _differ(before.get(key), now.get(key), f"{what}: {key}")


def _of_parts(part: str, before: Any, now: Any) -> Iterator[str]:
    if same(before, now):
        return
    word, name = _PARTS[part]
    old, new = _by_name(before, name), _by_name(now, name)
    if old is None or new is None:
        yield f"{part}: not what was signed"
        return
    if old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items()):
        yield f"{part}: in another order"
    for key in dict.fromkeys((*old, *new)):
        place = clean(f"{word} {key}", _SHOWN_PLACE)
        if key not in new:
            yield f"{place}: no longer there"
        elif key not in old:
            yield f"{place}: not there when it was signed"
        else:
            for field in sorted({*old[key], *new[key]}):
                yield from _differ(old[key].get(field), new[key].get(field), f"{place}: {field}")


def _differ(before: Any, now: Any, place: str) -> Iterator[str]:
    """Yield what differs between two pieces of plain data: something, wherever they are not the same."""
    if same(before, now):
        return
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _differ(before.get(key), now.get(key), f"{place}.{key}")
    else:
        yield f"{clean(place, _SHOWN_PLACE)}: {_told(before)} → {_told(now)}"


def _by_name(things: Any, name: str) -> Mapping[str, Any] | None:
    """Return things by their name; None where they are no list of things with a name each."""
    if not isinstance(things, list) or not all(isinstance(thing, dict) and name in thing for thing in things):
        return None
    named = {str(thing[name]): thing for thing in things}
    return named if len(named) == len(things) else None


def _told(value: Any) -> str:
    if value is None:
        return "(nothing)"
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return clean(text, _SHOWN) or "(nothing)"
