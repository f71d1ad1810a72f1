"""Conditions: the rule language, a tree of data that is asked of an element, a flow or the whole system.

Every leaf answers yes, no or unknown. What the leaves cannot say becomes a new leaf here: there are no expressions,
no regular expressions and nothing is ever evaluated as code. A name that is not known is a fault at its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar, dataclass_transform

from nbthreat.documents import Report, nodes
from nbthreat.errors import hint, quoted
from nbthreat.model import Lifecycle, Sensitivity, Trust
from nbthreat.risk import Stakes

T = TypeVar("T")

DEPTH_LIMIT = 16
SIZE_LIMIT = 300
WEIGHT_LIMIT = 2_000


class Subject(StrEnum):
    """What a condition is asked of."""

    ELEMENT = "element"
    FLOW = "flow"
    SYSTEM = "system"


class Tree:
    """Names that are kinds of one another: technologies, kinds of asset."""

    def __init__(self, parents: Mapping[str, str | None], generic: Iterable[str] = ()) -> None:
        self.parents = dict(parents)
        self.generic = frozenset(generic)
        self._under: dict[str, set[str]] = {name: set() for name in self.parents}
        for name in self.parents:
            for up in self.line(name):
                self._under[up].add(name)

    def __contains__(self, name: object) -> bool:
        return name in self.parents

    def __iter__(self) -> Iterator[str]:
        return iter(self.parents)

    def line(self, name: str) -> tuple[str, ...]:
        """Return `name` and everything it is a kind of, nearest first; a circle ends where it closes."""
        found: list[str] = []
        here: str | None = name
        while here is not None and here in self.parents and here not in found:
            found.append(here)
            here = self.parents[here]
        return tuple(found)

    def under(self, names: Iterable[str]) -> frozenset[str]:
        """Return `names` and everything that is a kind of one of them."""
        return frozenset().union(*(self._under.get(name, ()) for name in names))

    def unsure(self, names: Iterable[str]) -> frozenset[str]:
        """Return the generic names of which one of `names` is a kind: who said only that might mean this."""
        above = {up for name in names for up in self.line(name)[1:]}
        return self.generic.intersection(above) - self.under(names)


@dataclass(frozen=True, slots=True)
class Term:
    """A fact or a control: of what it can be said, and of what it is known without asking."""

    of: frozenset[str]  # technologies, spelled out
    of_flows: bool = False
    of_system: bool = False
    implied_by: frozenset[str] = frozenset()
    denied_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a condition and a system may use."""

    technologies: Tree
    kinds: Tree
    capabilities: frozenset[str]
    facts: Mapping[str, Term]
    controls: Mapping[str, Term]
    relays: Mapping[str, bool]  # by technology
    keeps: Mapping[str, bool]


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


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions directly inside `condition`, in order."""
    if isinstance(condition, All | Any_):
        return condition.parts
    if isinstance(condition, Reach):
        return tuple(part for part in (condition.here, condition.end) if part is not None)
    part = getattr(condition, "part", None)
    return (part,) if part is not None else ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield `condition` and everything inside it, outer before inner."""
    yield condition
    for part in parts(condition):
        yield from walk(part)


def unheard(_node: nodes.Node | nodes.Entry, _message: str) -> None:
    """Report nothing: what is read here is read again where it is reported."""


@cache
def weight(condition: Condition) -> int:
    """Return how many conditions one is when everything inside it is spelt out."""
    return 1 + sum(weight(part) for part in parts(condition))


class Parser:
    """Turns the nodes of one library into conditions, every name checked."""

    def __init__(self, vocabulary: Vocabulary, predicates: Mapping[str, nodes.Node]) -> None:
        self.vocabulary = vocabulary
        self._raw = predicates
        self._named: dict[str, Condition | None] = {}
        self._reasons: dict[str, str] = {}  # why a predicate cannot be used
        self._opening: list[str] = []
        self._report: Report = unheard
        self._size = 0
        self._path: Reach | None = None

    def parse(
        self, node: nodes.Node, subject: Subject, report: Report, *, path: Reach | None = None
    ) -> Condition | None:
        """Return the condition at `node`, or None after reporting why there is none.

        `path` is the path that `on: every-path` means.
        """
        self._report, self._size, self._path = report, 0, path
        return self._condition(node, subject, 0)

    def _no(self, node: nodes.Node | nodes.Entry, message: str) -> None:
        self._report(node, message)

    def _condition(self, node: nodes.Node, subject: Subject, depth: int) -> Condition | None:
        self._size += 1
        if depth > DEPTH_LIMIT or self._size > SIZE_LIMIT:
            if self._size == SIZE_LIMIT + 1 or depth > DEPTH_LIMIT:
                self._no(node, f"a condition may be {DEPTH_LIMIT} deep and have {SIZE_LIMIT} parts; this is more.")
            return None
        if not isinstance(node, nodes.Mapping):
            self._no(node, "a condition is a mapping such as {technology: agent}; text is not a condition.")
            return None
        keys = [entry.key for entry in node.entries]
        if "control" in keys and "on" in keys and len(keys) == 2:  # noqa: PLR2004 - the short form has two keys
            return self._every_path(node)
        if len(keys) != 1:
            self._no(node, f"a condition has exactly one key, not {len(keys)}. Join several with all: or any:.")
            return None
        entry = node.entries[0]
        leaf = _LEAVES[subject].get(entry.key) or _ANYWHERE.get(entry.key)
        if leaf is None:
            elsewhere = [str(other) for other in Subject if entry.key in _LEAVES[other]]
            known = {*_LEAVES[subject], *_ANYWHERE}
            also = f" It can be asked of: {', '.join(elsewhere)}." if elsewhere else hint(entry.key, known)
            self._no(entry, f"unknown condition {quoted(entry.key)} for {_article(subject)}.{also}")
            return None
        return leaf(self, entry, subject, depth + 1)

    def _many(self, entry: nodes.Entry, subject: Subject, depth: int) -> Condition | None:
        if not isinstance(entry.node, nodes.Sequence) or not entry.node.items:
            self._no(entry, f"{entry.key} needs a list of at least one condition.")
            return None
        found = [self._condition(item, subject, depth) for item in entry.node.items]
        if any(part is None for part in found):
            return None
        done = tuple(part for part in found if part is not None)
        return All(done) if entry.key == "all" else Any_(done)

    def _name(self, node: nodes.Node, what: str, known: Iterable[str]) -> str | None:
        if not isinstance(node, nodes.Scalar):
            self._no(node, f"{what} must be one name.")
            return None
        if node.text not in known:
            self._no(node, f"unknown {what} {quoted(node.text)}.{hint(node.text, known)}")
            return None
        return node.text

    def _names(self, node: nodes.Node, what: str, known: Iterable[str]) -> tuple[str, ...] | None:
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        found = [self._name(item, what, known) for item in items]
        if not found or any(name is None for name in found):
            if not found:
                self._no(node, f"{what} must be a name or a list of names, not an empty list.")
            return None
        return tuple(name for name in found if name is not None)

    def _term(self, entry: nodes.Entry, subject: Subject, _depth: int) -> Condition | None:
        control = entry.key == "control"
        terms = self.vocabulary.controls if control else self.vocabulary.facts
        name = self._name(entry.node, entry.key, terms)
        if name is None:
            return None
        term = terms[name]
        sayable = {Subject.ELEMENT: bool(term.of), Subject.FLOW: term.of_flows, Subject.SYSTEM: term.of_system}
        if not sayable[subject]:
            self._no(entry, f"{entry.key} {quoted(name)} can never be said of {_article(subject)} (see its 'of').")
            return None
        return ControlIs(name) if control else FactIs(name)

    def _every_path(self, node: nodes.Mapping) -> Condition | None:
        where = node.get("on")
        if not isinstance(where, nodes.Scalar) or where.text != "every-path":
            self._no(node, "'on' is for 'on: every-path'; a control alone is asked of the subject.")
            return None
        name = self._name(node.get("control") or node, "control", self.vocabulary.controls)
        if name is None:
            return None
        if self._path is None:
            self._no(node, "'on: every-path' needs exactly one path in the top level of applies_when.")
            return None
        term = self.vocabulary.controls[name]
        if not (term.of or term.of_flows):
            self._no(node, f"control {quoted(name)} stands on no element and no flow, so it bars no way.")
            return None
        path = self._path
        return Not(Reach(path.end, path.here, path.asset, (*path.without, name), path.forward))

    def _is(self, entry: nodes.Entry, _subject: Subject, _depth: int) -> Condition | None:
        name = self._name(entry.node, "predicate", self._raw)
        if name is None:
            return None
        if name in self._opening:
            circle = " > ".join([*self._opening[self._opening.index(name) :], name])
            self._no(entry, f"predicates refer to each other in a circle: {circle}.")
            return None
        if name not in self._named:
            if len(self._opening) > DEPTH_LIMIT:
                self._no(entry, f"predicates refer to each other more than {DEPTH_LIMIT} deep.")
                return None
            self._opening.append(name)
            size, report, self._size = self._size, self._report, 0
            self._report = partial(self._note, name)  # its faults are reported where the predicate is read
            self._named[name] = self._condition(self._raw[name], Subject.ELEMENT, 0)
            self._size, self._report = size, report
            self._opening.pop()
        part = self._named[name]
        if part is None:
            self._no(entry, self._reasons.get(name, f"predicate {quoted(name)} has faults of its own."))
            return None
        if weight(part) > WEIGHT_LIMIT:
            self._no(entry, f"predicate {quoted(name)} spells out to more than {WEIGHT_LIMIT} parts.")
            return None
        return Is(name, part)

    def _note(self, name: str, _node: nodes.Node | nodes.Entry, message: str) -> None:
        self._reasons.setdefault(name, message)

    def _asset(self, node: nodes.Node) -> Asset_ | None:
        if not isinstance(node, nodes.Mapping) or not node.entries:
            self._no(node, "an asset is described by kind, sensitivity and personal, as in {kind: document}.")
            return None
        found: dict[str, Any] = {}
        for entry in node.entries:
            if entry.key == "kind":
                found["kind"] = self._names(entry.node, "kind of asset", self.vocabulary.kinds)
            elif entry.key == "sensitivity":
                found["sensitivity"] = self._names(entry.node, "sensitivity", _values(Sensitivity))
            elif entry.key == "personal":
                answer = self._name(entry.node, "answer", ("true", "false"))
                found["personal"] = None if answer is None else answer == "true"
            else:
                self._no(
                    entry, f"unknown key {quoted(entry.key)}.{hint(entry.key, ('kind', 'sensitivity', 'personal'))}"
                )
                found[entry.key] = None
        return None if None in found.values() else Asset_(**found)

    def _about_asset(self, entry: nodes.Entry, _subject: Subject, _depth: int) -> Condition | None:
        asset = self._asset(entry.node)
        if asset is None:
            return None
        return Carries(asset) if entry.key == "carries" else Holds(asset)

    def _reach(self, entry: nodes.Entry, _subject: Subject, depth: int) -> Condition | None:
        if not isinstance(entry.node, nodes.Mapping):
            self._no(entry, f"{entry.key} is a mapping of from, to, carries and without.")
            return None
        wanted = {"path": ("from", "to"), "reached_from": ("from",), "reaches": ("to",)}[entry.key]
        given: dict[str, nodes.Node] = {}
        for one in entry.node.entries:
            if one.key not in {*wanted, "carries", "without"}:
                self._no(
                    one,
                    f"unknown key {quoted(one.key)} in {entry.key}.{hint(one.key, (*wanted, 'carries', 'without'))}",
                )
                return None
            given[one.key] = one.node
        for key in wanted:
            if key not in given:
                self._no(entry, f"{entry.key} has no {key}.")
                return None
        ends = {key: self._condition(given[key], Subject.ELEMENT, depth) for key in wanted}
        asset = self._asset(given["carries"]) if "carries" in given else None
        without = self._names(given["without"], "control", self.vocabulary.controls) if "without" in given else ()
        for name in without or ():
            term = self.vocabulary.controls[name]
            if not (term.of or term.of_flows):
                self._no(
                    given["without"], f"control {quoted(name)} stands on no element and no flow, so it bars no way."
                )
                return None
        if None in ends.values() or without is None or ("carries" in given and asset is None):
            return None
        forward = entry.key == "reaches"
        end = ends["to"] if forward else ends["from"]
        assert end is not None  # noqa: S101 - None was refused above
        return Reach(end, None if forward else ends.get("to"), asset, without, forward)

    def _crosses(self, entry: nodes.Entry, _subject: Subject, _depth: int) -> Condition | None:
        if isinstance(entry.node, nodes.Scalar) and entry.node.text == "any":
            return Crosses()
        if not isinstance(entry.node, nodes.Mapping):
            self._no(entry, "crosses is 'any', or a mapping of from and to with a trust each.")
            return None
        found: dict[str, tuple[str, ...] | None] = {"from": (), "to": ()}
        for one in entry.node.entries:
            if one.key not in found:
                self._no(one, f"unknown key {quoted(one.key)} in crosses.{hint(one.key, found)}")
                return None
            found[one.key] = self._names(one.node, "trust", _values(Trust))
        source, target = found["from"], found["to"]
        return None if source is None or target is None else Crosses(source, target)


Leaf = Callable[[Parser, nodes.Entry, Subject, int], "Condition | None"]


def _values(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in kind)


def _article(subject: Subject) -> str:
    return {Subject.ELEMENT: "an element", Subject.FLOW: "a flow", Subject.SYSTEM: "the system"}[subject]


def _listed(make: Callable[[tuple[str, ...]], Condition], known: Callable[[Vocabulary], Iterable[str]]) -> Leaf:
    def leaf(parser: Parser, entry: nodes.Entry, _subject: Subject, _depth: int) -> Condition | None:
        names = parser._names(entry.node, entry.key, known(parser.vocabulary))
        return None if names is None else make(names)

    return leaf


def _single(make: Callable[[str], Condition], known: Callable[[Vocabulary], Iterable[str]]) -> Leaf:
    def leaf(parser: Parser, entry: nodes.Entry, _subject: Subject, _depth: int) -> Condition | None:
        name = parser._name(entry.node, entry.key, known(parser.vocabulary))
        return None if name is None else make(name)

    return leaf


def _inside(make: Callable[[Condition], Condition], inner: Subject | None) -> Leaf:
    def leaf(parser: Parser, entry: nodes.Entry, subject: Subject, depth: int) -> Condition | None:
        part = parser._condition(entry.node, inner or subject, depth)
        return None if part is None else make(part)

    return leaf


_ANYWHERE: dict[str, Leaf] = {
    "all": Parser._many,
    "any": Parser._many,
    "not": _inside(Not, None),
    "fact": Parser._term,
    "control": Parser._term,
    "system": _inside(OnSystem, Subject.SYSTEM),
}
_LEAVES: dict[Subject, dict[str, Leaf]] = {
    Subject.ELEMENT: {
        "technology": _listed(TechnologyIs, lambda known: known.technologies),
        "trust": _listed(TrustIs, lambda _: _values(Trust)),
        "is": Parser._is,
        "holds": Parser._about_asset,
        "provides": _single(Provides, lambda known: known.capabilities),
        "surplus": _single(Surplus, lambda known: {*known.capabilities, "any"}),
        "receives": _inside(Receives, Subject.FLOW),
        "sends": _inside(Sends, Subject.FLOW),
        "path": Parser._reach,
        "reached_from": Parser._reach,
        "reaches": Parser._reach,
    },
    Subject.FLOW: {
        "carries": Parser._about_asset,
        "crosses": Parser._crosses,
        "source": _inside(SourceIs, Subject.ELEMENT),
        "target": _inside(TargetIs, Subject.ELEMENT),
    },
    Subject.SYSTEM: {
        "some": _inside(Some, Subject.ELEMENT),
        "stakes": _listed(StakesIs, lambda _: _values(Stakes)),
        "lifecycle": _listed(LifecycleIs, lambda _: _values(Lifecycle)),
    },
}


def in_words(condition: Condition) -> str:
    """Return a condition as a short phrase, for the clause tree of a reason."""
    match condition:
        case All():
            return "all of"
        case Any_():
            return "any of"
        case Not():
            return "not"
        case Is(name=name) | FactIs(name=name) | ControlIs(name=name) | Provides(name=name) | Surplus(name=name):
            return f"{_WORDS[type(condition)]} {name}"
        case TechnologyIs(names=names):
            return f"technology is {' or '.join(names)}"
        case TrustIs(values=values) | StakesIs(values=values) | LifecycleIs(values=values):
            return f"{_WORDS[type(condition)]} {' or '.join(values)}"
        case Holds(asset=asset) | Carries(asset=asset):
            return f"{_WORDS[type(condition)]} {_asset_words(asset)}"
        case Reach():
            way = "its data can reach" if condition.forward else "data can reach it from"
            carried = f", carrying {_asset_words(condition.asset)}" if condition.asset else ""
            barred = f", meeting no {' or '.join(condition.without)}" if condition.without else ""
            return f"{way} an element that meets{carried}{barred}"
        case Crosses(source=source, target=target):
            ends = f" from {' or '.join(source)}" * bool(source) + f" to {' or '.join(target)}" * bool(target)
            return f"crosses a boundary{ends}"
        case _:
            return _WORDS[type(condition)]


def _asset_words(asset: Asset_) -> str:
    said = [" or ".join(asset.kind), " or ".join(asset.sensitivity)]
    said.append("" if asset.personal is None else "personal data" if asset.personal else "no personal data")
    return ", ".join(word for word in said if word)


_WORDS: dict[type, str] = {
    Is: "is",
    FactIs: "fact",
    ControlIs: "control",
    Provides: "provides",
    Surplus: "has without need",
    TrustIs: "trust is",
    StakesIs: "stakes are",
    LifecycleIs: "phase is",
    Holds: "holds",
    Carries: "carries",
    Receives: "receives a flow that",
    Sends: "sends a flow that",
    SourceIs: "comes from an element that",
    TargetIs: "goes to an element that",
    OnSystem: "the system",
    Some: "some element",
}
