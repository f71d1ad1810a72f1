"""Mutation: whether the examples of a threat hang on everything they say, and its conditions on every clause.

Two directions. An example that fires is changed in one place, and its finding ought to change its state; where it
does not, that place is decoration. And a condition loses one clause, and some example ought to fail; where none does,
no example can tell the condition from a simpler one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tables import table

from helpers import library
from nbthreat.base.errors import Fault, ModelError
from nbthreat.system.model import Answers, System
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition
from nbthreat.threats.curation.examples import _example_faults
from nbthreat.threats.library import Example, Library, Threat, examples
from nbthreat.threats.matching import match

_SHOWN = 70  # letters of a clause
KINDS = ("fires", "silent", "asks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place of an example that was changed, and whether the finding changed with it."""

    threat: str
    kind: str  # fact, control, carried, held or flow
    what: str
    decisive: bool


def state_at(system: System, threat: Threat, at: str, library: Library) -> str:
    """Return the state of a threat at a place, 'nothing' where it does not apply."""
    found = match(system, replace(library, threats=(threat,))).findings
    return next((finding.state.value for finding in found if finding.subject == at), "nothing")


def changed(system: System) -> Iterator[tuple[str, str, System]]:
    """Yield each way to change one fact, control, carried or held asset, or flow: its kind, its name, the result."""
    for attribute, kind in (("facts", "fact"), ("controls", "control")):
        for name, said in getattr(system, attribute).items():
            yield kind, name, replace(system, **{attribute: _with(getattr(system, attribute), name, answer=not said)})
        for part in ("elements", "flows"):
            for item in getattr(system, part):
                answers = getattr(item, attribute)
                for name, said in answers.items():
                    other = replace(item, **{attribute: _with(answers, name, answer=not said)})
                    yield kind, f"{name} of {item.id}", _swapped(system, part, item.id, other)
    for flow in system.flows:
        for asset in flow.carries or ():
            rest = tuple(id for id in flow.carries or () if id != asset)
            yield "carried", f"{asset} on {flow.id}", _swapped(system, "flows", flow.id, replace(flow, carries=rest))
    for element in system.elements:
        for asset in element.holds or ():
            rest = tuple(id for id in element.holds or () if id != asset)
            other = replace(element, holds=rest)
            yield "held", f"{asset} in {element.id}", _swapped(system, "elements", element.id, other)
    for flow in system.flows:
        without = replace(system, flows=tuple(item for item in system.flows if item.id != flow.id))
        yield "flow", flow.id, without


def _with(answers: Answers, name: str, *, answer: bool) -> Answers:
    return Answers({**answers, name: answer})


def _swapped(system: System, part: str, id: str, other: object) -> System:
    return replace(system, **{part: tuple(other if item.id == id else item for item in getattr(system, part))})


@cache
def _cases(id: str) -> tuple[tuple[str, Example], ...]:
    faults: list[Fault] = []
    found = examples(library().threat(id), library().where[id], faults)
    return tuple((kind, case) for kind in KINDS for case in getattr(found, kind)) if found else ()


def cases(threat: Threat) -> tuple[tuple[str, Example], ...]:
    """Return a threat's examples, each with its kind; those of a changed threat are those of the one it was."""
    return _cases(threat.id)


def changes(threat: Threat, library: Library) -> Iterator[Change]:
    """Yield what becomes of each change to the examples that fire."""
    for kind, case in cases(threat):
        if kind != "fires":
            continue
        system = case.system()
        before = state_at(system, threat, case.at, library)
        for what, name, other in changed(system):
            try:
                after = state_at(other, threat, case.at, library)
            except ModelError:
                continue
            yield Change(threat=threat.id, kind=what, what=f"{name} ({case.what})", decisive=after != before)


def simpler(condition: Condition, own: c.Reach | None = None) -> Iterator[tuple[str, Condition]]:
    """Yield each condition that has one clause less, and what was dropped; predicates are left whole.

    A *limit* is one of several that all have to hold, an *alternative* one of several of which one will do. Where a
    mitigation on every path repeats the threat's `own` path, only the controls on it are clauses.
    """
    if isinstance(condition, c.All | c.Any_):
        for n, part in enumerate(condition.parts):
            rest = condition.parts[:n] + condition.parts[n + 1 :]
            if rest:
                sort = "limit" if isinstance(condition, c.All) else "alternative"
                yield f"{sort}: {_in_words(part)}", rest[0] if len(rest) == 1 else replace(condition, parts=rest)
        for n, part in enumerate(condition.parts):
            for what, other in simpler(part, own):
                yield what, replace(condition, parts=(*condition.parts[:n], other, *condition.parts[n + 1 :]))
    elif isinstance(condition, c.Reach):
        yield from _simpler_path(condition, own)
    elif isinstance(condition, c.Not | c.Receives | c.Sends | c.SourceIs | c.TargetIs | c.OnSystem | c.Some):
        for what, other in simpler(condition.part, own):
            yield what, replace(condition, part=other)


def clauses_of(threat: Threat) -> Iterator[tuple[str, str, Threat]]:
    """Yield each clause of a threat's conditions: which condition, what was dropped, the threat without it."""
    for attribute, own in (("applies_when", None), ("mitigated_when", threat.path)):
        if getattr(threat, attribute) is not None:
            for what, other in simpler(getattr(threat, attribute), own):
                yield attribute, what, replace(threat, **{attribute: other})


def _simpler_path(path: c.Reach, own: c.Reach | None) -> Iterator[tuple[str, Condition]]:
    for name in path.without:
        yield f"limit: without {name}", replace(path, without=tuple(item for item in path.without if item != name))
    if own is not None and (own.end, own.asset) == (path.end, path.asset):
        return
    if path.asset:
        yield "limit: what the path carries", replace(path, asset=None)
    if path.here is not None:
        yield f"limit: where the path lands: {_in_words(path.here)}", replace(path, here=None)
        for what, other in simpler(path.here):
            yield what, replace(path, here=other)
    for what, other in simpler(path.end):
        yield what, replace(path, end=other)


def _in_words(condition: Condition) -> str:
    inner = [_in_words(part) for part in c.parts(condition)] if not isinstance(condition, c.Is) else []
    return f"{c.in_words(condition)} [{'; '.join(inner)}]" if inner else c.in_words(condition)


def holds(threat: Threat, library: Library) -> bool:
    """Return whether every example of a threat holds."""
    return not any(fault for kind, case in cases(threat) for fault in _example_faults(library, threat, kind, case))


def untold(threat: Threat, library: Library) -> Iterator[tuple[str, str]]:
    """Yield (which condition, the clause) of each that no example can tell from the condition without it."""
    for attribute, what, variant in clauses_of(threat):
        if holds(variant, library):
            yield attribute, what


def with_predicate(condition: Condition, name: str, part: Condition) -> Condition:
    """Return a condition in which the predicate called `name` is `part`, wherever it is used."""
    match condition:
        case c.Is(name=used, part=inner):
            return c.Is(used, part if used == name else with_predicate(inner, name, part))
        case c.All(parts=several) | c.Any_(parts=several):
            return replace(condition, parts=tuple(with_predicate(item, name, part) for item in several))
        case c.Reach(end=end, here=here):
            there = None if here is None else with_predicate(here, name, part)
            return replace(condition, end=with_predicate(end, name, part), here=there)
        case c.Not() | c.Receives() | c.Sends() | c.SourceIs() | c.TargetIs() | c.OnSystem() | c.Some():
            return replace(condition, part=with_predicate(condition.part, name, part))
    return condition


def untold_predicates(library: Library) -> Iterator[tuple[str, int, str]]:
    """Yield (predicate, its clauses, the clause) of each clause that no example of any threat using it can tell."""
    using: dict[c.Is, list[Threat]] = {}
    for threat in library.asked:
        for item in {part for whole in threat.conditions for part in c.walk(whole) if isinstance(part, c.Is)}:
            using.setdefault(item, []).append(threat)
    for predicate in sorted(using, key=lambda item: item.name):
        clauses = list(simpler(predicate.part))
        for what, other in clauses:
            if all(holds(_varied(threat, predicate.name, other), library) for threat in using[predicate]):
                yield predicate.name, len(clauses), what


def _varied(threat: Threat, name: str, part: Condition) -> Threat:
    changed = {
        attribute: with_predicate(getattr(threat, attribute), name, part)
        for attribute in ("applies_when", "mitigated_when")
        if getattr(threat, attribute) is not None
    }
    return replace(threat, **changed)


def told() -> Iterator[str]:
    """Yield what there is to say of mutations, as Markdown."""
    lib = library()
    found = [change for threat in lib.asked for change in changes(threat, lib)]
    every, decisive = Counter(item.kind for item in found), Counter(item.kind for item in found if item.decisive)
    yield "## Mutation"
    yield (
        "Each fact and control said in an example that fires is turned round, each carried or held asset and each "
        "flow left out, one at a time; the state of the finding should change."
    )
    rows = [[kind, every[kind], decisive[kind], decisive[kind] / every[kind]] for kind in sorted(every)]
    rows.append(["all", len(found), sum(decisive.values()), sum(decisive.values()) / max(1, len(found))])
    yield table(["changed", "times", "state changed", "share"], rows)
    yield "Where it did not:"
    yield table(
        ["threat", "kind", "what"], [[item.threat, item.kind, item.what] for item in found if not item.decisive]
    )
    every_clause = {threat.id: [(where, what) for where, what, _ in clauses_of(threat)] for threat in lib.asked}
    missed = {threat.id: list(untold(threat, lib)) for threat in lib.asked}
    yield (
        "Each clause of each condition is left out, one at a time. *Untold*: every example still holds, so that none "
        "can tell the condition from the simpler one. A limit is one of several clauses that all have to hold (or a "
        "bound on a path), an alternative one of several of which one will do; a clause inside a clause counts too."
    )
    rows = []
    for where in ("applies_when", "mitigated_when"):
        for sort in ("limit", "alternative"):
            total = sum(
                place == where and what.startswith(sort) for some in every_clause.values() for place, what in some
            )
            count = sum(place == where and what.startswith(sort) for some in missed.values() for place, what in some)
            rows.append([where, sort, total, count, count / max(1, total)])
    yield table(["in", "clauses", "times", "untold", "share"], rows)
    yield "By threat, and the untold limits of when it applies:"
    rows = []
    for id, some in missed.items():
        limits = [what for where, what in some if where == "applies_when" and what.startswith("limit")]
        shown = "; ".join(_cut(what.removeprefix("limit: ")) for what in limits)
        rows.append([id, len(every_clause[id]), len(some), len(limits), shown])
    yield table(["threat", "clauses", "untold", "untold limits", "which"], rows)
    yield "The same of the predicates: clauses that no example of any threat that uses them can tell."
    yield table(
        ["predicate", "clauses", "clause"],
        [[*predicate[:2], _cut(predicate[2])] for predicate in untold_predicates(lib)],
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
