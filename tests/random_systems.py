"""Random small systems, random conditions, and every way to say one thing more of a system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nbthreat.base.risk import Stakes
from nbthreat.system.model import (
    Answers,
    Asset,
    Element,
    Flow,
    FrozenMap,
    Lifecycle,
    Sensitivity,
    System,
    Trust,
    TrustBoundary,
)
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from small_library import CAPABILITIES, KINDS, TECHNOLOGIES, VOCABULARY

FACTS = tuple(VOCABULARY.facts)
CONTROLS = tuple(VOCABULARY.controls)


def maybe(values: Any) -> st.SearchStrategy[Any]:
    """Draw one of `values`, or nothing said."""
    return st.none() | st.sampled_from(list(values))


def subset(values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw some of `values`, in order."""
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple) if values else st.just(())


def answers(names: tuple[str, ...]) -> st.SearchStrategy[Answers]:
    """Draw what was said of each name, often nothing."""
    return st.dictionaries(st.sampled_from(names), st.booleans(), max_size=2).map(FrozenMap)


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Draw a system of at most six elements, with much left unsaid."""
    assets = [
        Asset(id=f"a{n}", kind=kind, sensitivity=draw(maybe(Sensitivity)), personal=draw(maybe((True, False))))
        for n, kind in enumerate(draw(st.lists(st.sampled_from(list(KINDS)), max_size=3)))
    ]
    boundaries = [
        TrustBoundary(id=f"b{n}", trust=trust, within=draw(maybe([f"b{m}" for m in range(n)])) if n else None)
        for n, trust in enumerate(draw(st.lists(maybe(Trust), max_size=3)))
    ]
    asset_ids = [asset.id for asset in assets]
    elements = [
        Element(
            id=f"e{n}",
            technology=technology,
            also=draw(maybe([name for name in TECHNOLOGIES if name != technology])),
            boundary=draw(maybe([boundary.id for boundary in boundaries])) if boundaries else None,
            holds=draw(st.none() | subset(asset_ids)),
            provides=draw(st.none() | subset(CAPABILITIES)),
            needs=draw(st.none() | subset(CAPABILITIES)),
            facts=draw(answers(FACTS)),
            controls=draw(answers(CONTROLS)),
        )
        for n, technology in enumerate(draw(st.lists(st.sampled_from(list(TECHNOLOGIES)), min_size=1, max_size=6)))
    ]
    ends = st.sampled_from([element.id for element in elements])
    flows = [
        Flow(
            id=f"f{n}",
            source=source,
            target=target,
            carries=draw(st.none() | subset(asset_ids)),
            facts=draw(answers(FACTS)),
            controls=draw(answers(CONTROLS)),
        )
        for n, (source, target) in enumerate(draw(st.lists(st.tuples(ends, ends), max_size=9)))
    ]
    return System(
        id="random",
        name="Random",
        lifecycle=draw(maybe(Lifecycle)),
        stakes=draw(maybe(Stakes)),
        facts=draw(answers(FACTS)),
        controls=draw(answers(CONTROLS)),
        assets=tuple(assets),
        boundaries=tuple(boundaries),
        elements=tuple(elements),
        flows=tuple(flows),
    )


def named(values: Any) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw one or two of `values`, as a condition lists them."""
    return st.lists(st.sampled_from([str(value) for value in values]), min_size=1, max_size=2, unique=True).map(tuple)


ASSETS = st.builds(
    c.Asset_,
    kind=named(KINDS) | st.just(()),
    sensitivity=st.just(()) | named(Sensitivity),
    personal=st.none() | st.booleans(),
).filter(lambda asset: asset != c.Asset_())

ANYWHERE = (st.builds(c.FactIs, st.sampled_from(FACTS)), st.builds(c.ControlIs, st.sampled_from(CONTROLS)))
LEAVES: dict[Subject, tuple[st.SearchStrategy[Condition], ...]] = {
    Subject.ELEMENT: (
        st.builds(c.TechnologyIs, named(TECHNOLOGIES)),
        st.builds(c.TrustIs, named(Trust)),
        st.builds(c.Holds, ASSETS),
        st.builds(c.Provides, st.sampled_from(CAPABILITIES)),
        st.builds(c.Surplus, st.sampled_from(("any", *CAPABILITIES))),
    ),
    Subject.FLOW: (
        st.builds(c.Carries, ASSETS),
        st.builds(c.Crosses, st.just(()) | named(Trust), st.just(()) | named(Trust)),
    ),
    Subject.SYSTEM: (st.builds(c.StakesIs, named(Stakes)), st.builds(c.LifecycleIs, named(Lifecycle))),
}


def reaches(deep: int) -> st.SearchStrategy[Condition]:
    """Draw a path question; what stands inside it is `deep` at most."""
    inner = asked_of(Subject.ELEMENT, deep)
    without = st.lists(st.sampled_from(CONTROLS), max_size=2, unique=True).map(tuple)
    return st.builds(c.Reach, inner, st.none() | inner, st.none() | ASSETS, without, st.booleans())


@cache
def asked_of(subject: Subject, deep: int = 3) -> st.SearchStrategy[Condition]:
    """Draw a condition that can be asked of such a subject, at most `deep` conditions inside one another."""
    leaves = (*ANYWHERE, *LEAVES[subject])
    if not deep:
        return st.one_of(*leaves)
    same = asked_of(subject, deep - 1)
    several = st.lists(same, min_size=1, max_size=3).map(tuple)
    inside: list[st.SearchStrategy[Condition]] = [
        st.builds(c.All, several),
        st.builds(c.Any_, several),
        st.builds(c.Not, same),
        st.builds(c.OnSystem, asked_of(Subject.SYSTEM, deep - 1)),
    ]
    if subject is Subject.ELEMENT:
        flows = asked_of(Subject.FLOW, deep - 1)
        inside += [st.builds(c.Receives, flows), st.builds(c.Sends, flows), st.builds(c.Is, st.just("it"), same)]
        inside += [reaches(deep - 1)] * 3  # paths are where mistakes hide
    elif subject is Subject.FLOW:
        elements = asked_of(Subject.ELEMENT, deep - 1)
        inside += [st.builds(c.SourceIs, elements), st.builds(c.TargetIs, elements)]
    else:
        inside += [st.builds(c.Some, asked_of(Subject.ELEMENT, deep - 1))] * 2
    return st.one_of(*leaves, *inside)


QUESTIONS = st.sampled_from(list(Subject)).flatmap(lambda subject: st.tuples(asked_of(subject), st.just(subject)))
"""A condition, and what it is asked of."""


def with_one(system: System, part: str, n: int, **said: Any) -> System:
    """Return `system` with something said of the n-th of its elements, flows, boundaries or assets."""
    things = getattr(system, part)
    return replace(system, **{part: (*things[:n], replace(things[n], **said), *things[n + 1 :])})


def sayable(term: c.Term, thing: Element | Flow | System) -> bool:
    """Return whether a fact or control can be said of such a thing and does not follow from what it is."""
    if isinstance(thing, Element):
        able = term.of.intersection(thing.technologies)
        return bool(able) and not able & term.implied_by and not able <= term.denied_by
    return term.of_flows if isinstance(thing, Flow) else term.of_system


def said_everywhere(system: System, what: str, name: str, *, answer: bool) -> System:
    """Return `system` with `answer` wherever nobody said whether the fact or control (`what`) called `name` is so."""
    term = getattr(VOCABULARY, what)[name]

    def told(thing: Any) -> Any:
        said = getattr(thing, what)
        return replace(thing, **{what: Answers({name: answer, **said})}) if sayable(term, thing) else thing

    return replace(told(system), elements=tuple(map(told, system.elements)), flows=tuple(map(told, system.flows)))


def said_more(system: System) -> Iterator[System]:
    """Yield systems in which exactly one thing more is said than in `system`."""
    yield from _terms_said(system)
    yield from _assets_said(system)
    yield from _elements_said(system)
    yield from _carries_said(system)
    yield from _trust_said(system)
    yield from (replace(system, stakes=value) for value in Stakes if system.stakes is None)
    yield from (replace(system, lifecycle=value) for value in Lifecycle if system.lifecycle is None)


def _lists(system: System) -> tuple[tuple[str, ...], ...]:
    return ((), *((asset.id,) for asset in system.assets))


def _keeps(element: Element) -> bool:
    return any(VOCABULARY.keeps[name] for name in element.technologies)


def _assets_said(system: System) -> Iterator[System]:
    for n, asset in enumerate(system.assets):
        if asset.sensitivity is None:
            yield from (with_one(system, "assets", n, sensitivity=value) for value in Sensitivity)
        if asset.personal is None and asset.sensitivity is not Sensitivity.PUBLIC:  # there, not said is read as no
            yield from (with_one(system, "assets", n, personal=value) for value in (True, False))
        if asset.kind in VOCABULARY.kinds.generic:
            yield from (with_one(system, "assets", n, kind=kind) for kind, up in KINDS.items() if up == asset.kind)


def _elements_said(system: System) -> Iterator[System]:
    for n, element in enumerate(system.elements):
        if element.boundary is None:
            yield from (with_one(system, "elements", n, boundary=boundary.id) for boundary in system.boundaries)
        if element.holds is None and _keeps(element):  # of others, not said is read as nothing
            yield from (with_one(system, "elements", n, holds=value) for value in _lists(system))
        for attribute in ("provides", "needs"):
            if getattr(element, attribute) is None:
                yield from (with_one(system, "elements", n, **{attribute: value}) for value in ((), CAPABILITIES))


def _carries_said(system: System) -> Iterator[System]:
    for n, flow in enumerate(system.flows):
        if flow.carries is None:
            yield from (with_one(system, "flows", n, carries=value) for value in _lists(system))


def _trust_said(system: System) -> Iterator[System]:
    by_id = {boundary.id: boundary for boundary in system.boundaries}
    for n, boundary in enumerate(system.boundaries):
        around: TrustBoundary | None = boundary
        while around is not None and around.trust is None:
            around = by_id.get(around.within or "")
        if around is None:  # what an outer boundary says stands for the inner ones, until they speak for themselves
            yield from (with_one(system, "boundaries", n, trust=value) for value in Trust)


def _terms_said(system: System) -> Iterator[System]:
    for what in ("facts", "controls"):
        for name, term in getattr(VOCABULARY, what).items():
            for answer in (True, False):
                if sayable(term, system) and name not in getattr(system, what):
                    yield replace(system, **{what: Answers({**getattr(system, what), name: answer})})
                for part in ("elements", "flows"):
                    for n, thing in enumerate(getattr(system, part)):
                        said = getattr(thing, what)
                        if sayable(term, thing) and name not in said:
                            yield with_one(system, part, n, **{what: Answers({**said, name: answer})})
