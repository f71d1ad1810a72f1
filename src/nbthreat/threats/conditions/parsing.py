"""Parsing: the nodes of a library become conditions. A name that is not known is a fault at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

from nbthreat.base.errors import hint, quoted
from nbthreat.base.risk import Stakes
from nbthreat.system.documents import Report, nodes
from nbthreat.system.model import Lifecycle, Sensitivity, Trust
from nbthreat.threats.conditions.leaves import (
    All,
    Any_,
    Asset_,
    Carries,
    Condition,
    ControlIs,
    Crosses,
    FactIs,
    Holds,
    Is,
    LifecycleIs,
    Not,
    OnSystem,
    Provides,
    Reach,
    Receives,
    Sends,
    Some,
    SourceIs,
    StakesIs,
    Surplus,
    TargetIs,
    TechnologyIs,
    TrustIs,
    every,
    weight,
)
from nbthreat.threats.conditions.vocabulary import Subject, Vocabulary

DEPTH_LIMIT = 16
SIZE_LIMIT = 300
WEIGHT_LIMIT = 2_000

ALONG, EVERY_PATH = "along", "every-path"
ALONG_ONCE = "on"
"""How files said `along` once, and may still: a reader of YAML 1.1 takes the key for true."""


def unheard(_node: nodes.Node | nodes.MappingEntry, _message: str) -> None:
    """Report nothing: what is read here is read again where it is reported."""


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

        `path` is the path that `along: every-path` means.
        """
        self._report, self._size, self._path = report, 0, path
        return self._condition(node, subject, 0)

    def _no(self, node: nodes.Node | nodes.MappingEntry, message: str) -> None:
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
        if "control" in keys and len(keys) == 2 and {ALONG, ALONG_ONCE}.intersection(keys):  # noqa: PLR2004 - a pair
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

    def _many(self, entry: nodes.MappingEntry, subject: Subject, depth: int) -> Condition | None:
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

    def _term(self, entry: nodes.MappingEntry, subject: Subject, _depth: int) -> Condition | None:
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
        where = node.get(ALONG) or node.get(ALONG_ONCE)
        if not isinstance(where, nodes.Scalar) or where.text != EVERY_PATH:
            self._no(node, "'along' is for 'along: every-path'; a control alone is asked of the subject.")
            return None
        name = self._name(node.get("control") or node, "control", self.vocabulary.controls)
        if name is None:
            return None
        if self._path is None:
            self._no(node, "'along: every-path' needs exactly one path in the top level of applies_when.")
            return None
        term = self.vocabulary.controls[name]
        if not (term.of or term.of_flows):
            self._no(node, f"control {quoted(name)} stands on no element and no flow, so it bars no way.")
            return None
        path = self._path
        return Not(Reach(path.end, path.here, path.asset, (*path.without, name), path.forward))

    def _is(self, entry: nodes.MappingEntry, _subject: Subject, _depth: int) -> Condition | None:
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

    def _note(self, name: str, _node: nodes.Node | nodes.MappingEntry, message: str) -> None:
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

    def _about_asset(self, entry: nodes.MappingEntry, _subject: Subject, _depth: int) -> Condition | None:
        asset = self._asset(entry.node)
        if asset is None:
            return None
        return Carries(asset) if entry.key == "carries" else Holds(asset)

    def _reach(self, entry: nodes.MappingEntry, _subject: Subject, depth: int) -> Condition | None:
        if not isinstance(entry.node, nodes.Mapping):
            self._no(entry, f"{entry.key} is a mapping of from, to, carries and without.")
            return None
        wanted = {"path": ("from", "to"), "reached_from": ("from",), "reaches": ("to",)}[entry.key]
        given: dict[str, nodes.Node] = {}
        for item in entry.node.entries:
            if item.key not in {*wanted, "carries", "without"}:
                self._no(
                    item,
                    f"unknown key {quoted(item.key)} in {entry.key}.{hint(item.key, (*wanted, 'carries', 'without'))}",
                )
                return None
            given[item.key] = item.node
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

    def _every(self, entry: nodes.MappingEntry, _subject: Subject, depth: int) -> Condition | None:
        keys = ("of", "has")
        given = {item.key: item.node for item in entry.node.entries} if isinstance(entry.node, nodes.Mapping) else {}
        if {*given} != {*keys}:
            self._no(entry, "every is a mapping of 'of', which elements are meant, and 'has', what each of them needs.")
            return None
        of, has = (self._condition(given[key], Subject.ELEMENT, depth + 4) for key in keys)  # as deep as it spells out
        return None if of is None or has is None else every(of, has)

    def _crosses(self, entry: nodes.MappingEntry, _subject: Subject, _depth: int) -> Condition | None:
        if isinstance(entry.node, nodes.Scalar) and entry.node.text == "any":
            return Crosses()
        if not isinstance(entry.node, nodes.Mapping):
            self._no(entry, "crosses is 'any', or a mapping of from and to with a trust each.")
            return None
        found: dict[str, tuple[str, ...] | None] = {"from": (), "to": ()}
        for item in entry.node.entries:
            if item.key not in found:
                self._no(item, f"unknown key {quoted(item.key)} in crosses.{hint(item.key, found)}")
                return None
            found[item.key] = self._names(item.node, "trust", _values(Trust))
        source, target = found["from"], found["to"]
        return None if source is None or target is None else Crosses(source, target)


Leaf = Callable[[Parser, nodes.MappingEntry, Subject, int], "Condition | None"]


def old_keys(node: nodes.Node) -> Iterator[nodes.MappingEntry]:
    """Yield each entry in `node`, at any depth, that says `on: every-path` where files say `along` today; top down."""
    if isinstance(node, nodes.Mapping):
        for entry in node.entries:
            if entry.key == ALONG_ONCE and isinstance(entry.node, nodes.Scalar) and entry.node.text == EVERY_PATH:
                yield entry
            yield from old_keys(entry.node)
    elif isinstance(node, nodes.Sequence):
        for item in node.items:
            yield from old_keys(item)


def _values(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in kind)


def _article(subject: Subject) -> str:
    return {Subject.ELEMENT: "an element", Subject.FLOW: "a flow", Subject.SYSTEM: "the system"}[subject]


def _listed(make: Callable[[tuple[str, ...]], Condition], known: Callable[[Vocabulary], Iterable[str]]) -> Leaf:
    def leaf(parser: Parser, entry: nodes.MappingEntry, _subject: Subject, _depth: int) -> Condition | None:
        names = parser._names(entry.node, entry.key, known(parser.vocabulary))
        return None if names is None else make(names)

    return leaf


def _single(make: Callable[[str], Condition], known: Callable[[Vocabulary], Iterable[str]]) -> Leaf:
    def leaf(parser: Parser, entry: nodes.MappingEntry, _subject: Subject, _depth: int) -> Condition | None:
        name = parser._name(entry.node, entry.key, known(parser.vocabulary))
        return None if name is None else make(name)

    return leaf


def _inside(make: Callable[[Condition], Condition], inner: Subject | None) -> Leaf:
    def leaf(parser: Parser, entry: nodes.MappingEntry, subject: Subject, depth: int) -> Condition | None:
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
        "every": Parser._every,
        "stakes": _listed(StakesIs, lambda _: _values(Stakes)),
        "lifecycle": _listed(LifecycleIs, lambda _: _values(Lifecycle)),
    },
}
