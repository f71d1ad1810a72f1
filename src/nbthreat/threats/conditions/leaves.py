"""Leaves: every condition there is, each a frozen value; joined by all, any and not they make a tree.

Every leaf answers yes, no or unknown. What the leaves cannot say becomes a new leaf here: there are no expressions,
no regular expressions and nothing is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def _condition(cls: type[T]) -> type[T]:
    """Make a frozen dataclass that works its hash out once: conditions are trees, and are looked up all the time."""
    made = dataclass(frozen=True)(cls)
    worked_out = made.__hash__

    def remembered(self: T) -> int:
        found = self.__dict__.get("_hash")
        if found is None:
            found = self.__dict__["_hash"] = worked_out(self)
        return int(found)

    made.__hash__ = remembered  # type: ignore[assignment, method-assign]
    return made


@_condition
class All:
    """Every part."""

    parts: tuple[Condition, ...]


@_condition
class Any_:  # noqa: N801 - `Any` is taken
    """At least one part."""

    parts: tuple[Condition, ...]


@_condition
class Not:
    """The opposite; unknown stays unknown."""

    part: Condition


@_condition
class Is:
    """A predicate of the library, by name."""

    name: str
    part: Condition


@_condition
class FactIs:
    """A fact holds of the subject."""

    name: str


@_condition
class ControlIs:
    """A control stands on the subject."""

    name: str


@_condition
class TechnologyIs:
    """The element is of one of these technologies, or of a kind of one."""

    names: tuple[str, ...]


@_condition
class TrustIs:
    """The innermost boundary that says its trust says one of these."""

    values: tuple[str, ...]


@_condition
class Asset_:  # noqa: N801 - `Asset` is the model's
    """What an asset must be: every key that is given, one of its values."""

    kind: tuple[str, ...] = ()
    sensitivity: tuple[str, ...] = ()
    personal: bool | None = None


@_condition
class Holds:
    """The element holds such an asset."""

    asset: Asset_


@_condition
class Provides:
    """The element has a capability."""

    name: str


@_condition
class Surplus:
    """The element has a capability that the system does not need ('any': some capability)."""

    name: str


@_condition
class Receives:
    """Some flow into the element meets the condition."""

    part: Condition


@_condition
class Sends:
    """Some flow out of the element meets the condition."""

    part: Condition


@_condition
class Reach:
    """Data comes to the element from (or, `forward`, gets from it to) another that meets `end`.

    It travels along one flow or more, each carrying such an asset, through elements that relay, and meets none of
    the `without` controls: not where it starts, not on the way, not where it lands. `here`, if given, is what
    the subject itself must be.
    """

    end: Condition
    here: Condition | None = None
    asset: Asset_ | None = None
    without: tuple[str, ...] = ()
    forward: bool = False


@_condition
class Carries:
    """The flow carries such an asset."""

    asset: Asset_


@_condition
class Crosses:
    """The flow leaves one boundary for another, from one of these trusts to one of those (empty: any)."""

    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


@_condition
class SourceIs:
    """The element the flow comes from meets the condition."""

    part: Condition


@_condition
class TargetIs:
    """The element the flow goes to meets the condition."""

    part: Condition


@_condition
class OnSystem:
    """The system as a whole meets the condition."""

    part: Condition


@_condition
class Some:
    """Some element of the system meets the condition."""

    part: Condition


@_condition
class StakesIs:
    """One of these is at stake."""

    values: tuple[str, ...]


@_condition
class LifecycleIs:
    """The system is in one of these phases."""

    values: tuple[str, ...]


Condition: TypeAlias = (
    All
    | Any_
    | Not
    | Is
    | FactIs
    | ControlIs
    | TechnologyIs
    | TrustIs
    | Holds
    | Provides
    | Surplus
    | Receives
    | Sends
    | Reach
    | Carries
    | Crosses
    | SourceIs
    | TargetIs
    | OnSystem
    | Some
    | StakesIs
    | LifecycleIs
)


def every(of: Condition, has: Condition) -> Condition:
    """Return the condition that each element that meets `of` meets `has`; it holds where there is no such element.

    >>> every(TechnologyIs(("agent",)), ControlIs("least-privilege")).part.part.parts[1]
    Not(part=ControlIs(name='least-privilege'))
    """
    return Not(Some(All((of, Not(has)))))


def requirements(condition: Condition) -> tuple[tuple[Condition, Condition], ...]:
    """Return what `condition` requires of elements: of which each has to meet what, as `every` was told, in order.

    Raises nothing: () where `condition`, or a part of a conjunction, is of another form.

    >>> agents, limited = TechnologyIs(("agent",)), ControlIs("least-privilege")
    >>> requirements(every(agents, limited)) == ((agents, limited),), requirements(limited)
    (True, ())
    """
    match condition:
        case Not(part=Some(part=All(parts=(*of, Not(part=has))))) if of:
            return ((of[0] if len(of) == 1 else All(tuple(of)), has),)
        case All(parts=inside):
            found = [requirements(part) for part in inside]
            return tuple(pair for pairs in found for pair in pairs) if all(found) else ()
        case _:
            return ()


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions directly inside `condition`, in order.

    >>> parts(Not(FactIs("public")))
    (FactIs(name='public'),)
    """
    if isinstance(condition, All | Any_):
        return condition.parts
    if isinstance(condition, Reach):
        return tuple(part for part in (condition.here, condition.end) if part is not None)
    part = getattr(condition, "part", None)
    return (part,) if part is not None else ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield `condition` and everything inside it, outer before inner.

    >>> [type(condition).__name__ for condition in walk(All((FactIs("public"), Not(ControlIs("filter")))))]
    ['All', 'FactIs', 'Not', 'ControlIs']
    """
    yield condition
    for part in parts(condition):
        yield from walk(part)


@cache
def weight(condition: Condition) -> int:
    """Return how many conditions `condition` and everything inside it are.

    >>> weight(All((FactIs("public"), Not(ControlIs("filter")))))
    4
    """
    return 1 + sum(weight(part) for part in parts(condition))
