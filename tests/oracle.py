"""The oracle: what a condition answers, worked out slowly, one subject at a time, in the most obvious way.

It shares nothing with the evaluation but the classes it is asked in. An answer is True, False or None for unknown.
A path question tries every way through the system, so systems should have no more than seven elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbthreat.system.model import Asset, Element, Flow, Sensitivity, System
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Vocabulary

Value = bool | None
Way = tuple[Flow, ...]


def every(values: Iterable[Value]) -> Value:
    """Return whether all are so."""
    found = set(values)
    return False if False in found else None if None in found else True


def some(values: Iterable[Value]) -> Value:
    """Return whether at least one is so."""
    found = set(values)
    return True if True in found else None if None in found else False


def opposite(value: Value) -> Value:
    """Return the opposite; unknown stays unknown."""
    return None if value is None else not value


def ways(system: System, start: str, end: str) -> Iterator[Way]:
    """Yield every way of one flow or more that meets no element twice, though it may end where it started."""

    def onward(here: str, taken: Way) -> Iterator[Way]:
        for flow in system.flows:
            if flow.source != here:
                continue
            if flow.target == end:
                yield (*taken, flow)
            elif flow.target not in {start, *(before.target for before in taken)}:
                yield from onward(flow.target, (*taken, flow))

    return onward(start, ())


class Oracle:
    """Answers about one system."""

    def __init__(self, system: System, vocabulary: Vocabulary) -> None:
        self.system = system
        self.vocabulary = vocabulary
        self.boundaries = {boundary.id: boundary for boundary in system.boundaries}
        self.assets = {asset.id: asset for asset in system.assets}
        self._asked: dict[tuple[type, str, Condition], Value] = {}

    def ask(self, condition: Condition, thing: Element | Flow | System) -> Value:
        """Return what `condition` answers for one element, one flow or the system."""
        key = (type(thing), thing.id, condition)
        if key not in self._asked:  # asked once; the answer is the same every time
            self._asked[key] = self._answer(condition, thing)
        return self._asked[key]

    def _answer(self, condition: Condition, thing: Element | Flow | System) -> Value:
        match condition:
            case c.All(parts=parts):
                return every(self.ask(part, thing) for part in parts)
            case c.Any_(parts=parts):
                return some(self.ask(part, thing) for part in parts)
            case c.Not(part=part):
                return opposite(self.ask(part, thing))
            case c.Is(part=part):
                return self.ask(part, thing)
            case c.OnSystem(part=part):
                return self.ask(part, self.system)
            case c.FactIs(name=name):
                return self.term(self.vocabulary.facts[name], thing.facts.get(name), thing)
            case c.ControlIs(name=name):
                return self.term(self.vocabulary.controls[name], thing.controls.get(name), thing)
        if isinstance(thing, Element):
            return self._of_element(condition, thing)
        return self._of_flow(condition, thing) if isinstance(thing, Flow) else self._of_system(condition)

    def term(self, term: c.Term, said: Value, thing: Element | Flow | System) -> Value:
        """Return whether a fact or control is so: never where it cannot be, else as said, else as implied."""
        phase = self.system.lifecycle
        names = thing.technologies if isinstance(thing, Element) else ()
        able = [name for name in names if name in term.of]
        possible = bool(able) if names else term.of_flows if isinstance(thing, Flow) else term.of_system
        if not possible or said is not None:
            return said if possible else False
        implied = any(name in term.implied_by for name in names) or phase in term.implied_in
        denied = phase in term.denied_in or (bool(able) and all(name in term.denied_by for name in able))
        return True if implied else False if denied else None

    def transparent(self, element: Element) -> bool:
        """Return whether conditions on neighbours look through an element, whatever else it is."""
        return all(self.vocabulary.transparent[name] for name in element.technologies)

    def _of_element(self, condition: Condition, element: Element) -> Value:
        match condition:
            case c.TechnologyIs(names=names):
                tree = self.vocabulary.technologies
                return some(self.one_of(name, names, tree) for name in element.technologies)
            case c.TrustIs(values=values):
                trust = self.trust(element)
                return None if trust is None else trust in values
            case c.Holds(asset=asset):
                return self._holds(asset, element)
            case c.Provides(name=name):
                return None if element.provides is None else name in element.provides
            case c.Surplus(name=name):
                if element.provides is None:
                    return None
                has = [provide for provide in element.provides if name in ("any", provide)]
                return some(None if element.needs is None else item not in element.needs for item in has)
            case c.Receives(part=part):
                return some(self.ask(part, flow) for flow in self.system.flows if flow.target == element.id)
            case c.Sends(part=part):
                return some(self.ask(part, flow) for flow in self.system.flows if flow.source == element.id)
            case c.Reach():
                here = True if condition.here is None else self.ask(condition.here, element)
                return every([here, self.reach(condition, element)])
        raise TypeError(condition)

    def _of_flow(self, condition: Condition, flow: Flow) -> Value:
        source, target = self.system.element(flow.source), self.system.element(flow.target)
        match condition:
            case c.Carries(asset=asset):
                return None if flow.carries is None else some(self.meets(carry, asset) for carry in flow.carries)
            case c.SourceIs(part=part):
                return self._of_ends(part, self.chains(flow, forward=False), near=source, far=target)
            case c.TargetIs(part=part):
                return self._of_ends(part, self.chains(flow, forward=True), near=target, far=source)
            case c.Crosses():
                return some(
                    every(
                        [
                            self._other_side(this, that),
                            not condition.source or self.ask(c.TrustIs(condition.source), this),
                            not condition.target or self.ask(c.TrustIs(condition.target), that),
                        ]
                    )
                    for this in self._sides(self.chains(flow, forward=False), near=source, far=target)
                    for that in self._sides(self.chains(flow, forward=True), near=target, far=source)
                    if this.id != that.id
                )
        raise TypeError(condition)

    def chains(self, flow: Flow, *, forward: bool) -> list[tuple[Element, ...]]:
        """Return every way on from one end of a flow through transparent elements, no element twice: that end first.

        The last of each is the first on the way that is not transparent, or just one more transparent one.
        """
        start = self.system.element(flow.target if forward else flow.source)
        found, ahead = [], [(start,)]
        while ahead:
            chain = ahead.pop()
            found.append(chain)
            if not self.transparent(chain[-1]):
                continue
            for other in self.system.flows:
                near, far = (other.source, other.target) if forward else (other.target, other.source)
                if near == chain[-1].id and far not in {element.id for element in chain}:
                    ahead.append((*chain, self.system.element(far)))
        return found

    def _opaque(self, chains: list[tuple[Element, ...]], far: Element) -> list[tuple[Element, ...]]:
        """Return the chains that end at an element that is not transparent, and is not the flow's other end."""
        return [
            chain for chain in chains if not self.transparent(chain[-1]) and (chain[-1].id != far.id or len(chain) == 1)
        ]

    def _of_ends(self, part: Condition, chains: list[tuple[Element, ...]], *, near: Element, far: Element) -> Value:
        """Return whether whoever is at an end of a flow meets a condition, transparent elements looked through."""
        opaque = self._opaque(chains, far)
        asked = [
            self._past(part, end, [chain[:-1] for chain in opaque if chain[-1].id == end.id])
            for end in {chain[-1].id: chain[-1] for chain in opaque}.values()
        ]
        if not opaque:
            asked.append(self.ask(part, near))
        if self.transparent(near) and self._named(part):
            passed = {e.id: e for chain in chains for e in chain if self.transparent(e)}
            asked += [self.ask(part, element) for element in passed.values()]
        return some(asked)

    def _past(self, part: Condition, element: Element, relays: list[tuple[Element, ...]]) -> Value:
        """Return what an element answers where every one of the chains `relays` leads to it."""
        match part:
            case c.All(parts=parts):
                return every(self._past(inner, element, relays) for inner in parts)
            case c.Any_(parts=parts):
                return some(self._past(inner, element, relays) for inner in parts)
            case c.Not(part=inner):
                return opposite(self._past(inner, element, relays))
            case c.Is(part=inner):
                return self._past(inner, element, relays)
            case c.ControlIs():
                on_the_way = every(some(self.ask(part, relay) for relay in chain) for chain in relays)
                return some([self.ask(part, element), on_the_way])
        return self.ask(part, element)

    def _named(self, part: Condition) -> bool:
        """Return whether a condition on an element names a technology that is transparent."""
        match part:
            case c.All(parts=parts) | c.Any_(parts=parts):
                return any(self._named(inner) for inner in parts)
            case c.Not(part=inner) | c.Is(part=inner):
                return self._named(inner)
            case c.TechnologyIs(names=names):
                return any(self.vocabulary.transparent[name] for name in names)
        return False

    def _sides(self, chains: list[tuple[Element, ...]], *, near: Element, far: Element) -> list[Element]:
        """Return between whom a flow may cross at one end: whoever is there, and each relay that somebody placed."""
        ends = [chain[-1] for chain in self._opaque(chains, far)] or [near]
        passed = [e for chain in chains for e in chain if self.transparent(e) and e.boundary]
        return [*ends, *passed]

    def _of_system(self, condition: Condition) -> Value:
        match condition:
            case c.Some(part=part):
                return some(self.ask(part, element) for element in self.system.elements)
            case c.StakesIs(values=values):
                return None if self.system.stakes is None else self.system.stakes.value in values
            case c.LifecycleIs(values=values):
                return None if self.system.lifecycle is None else self.system.lifecycle.value in values
        raise TypeError(condition)

    def _other_side(self, source: Element, target: Element) -> Value:
        if source.id == target.id:
            return False
        if source.boundary is None or target.boundary is None:
            return None
        return source.boundary != target.boundary

    def _holds(self, wanted: c.Asset_, element: Element) -> Value:
        # of what does not keep, a list that nobody wrote is read as an empty one
        if not any(self.vocabulary.keeps[name] for name in element.technologies):
            return some(self.meets(hold, wanted) for hold in element.holds or ())
        brought = [flow.carries for flow in self.system.flows if flow.target == element.id]
        lists = [element.holds, *brought]
        return some(None if found is None else some(self.meets(name, wanted) for name in found) for found in lists)

    def trust(self, element: Element) -> str | None:
        """Return what the innermost boundary says that says anything."""
        here = element.boundary
        while here is not None:
            boundary = self.boundaries[here]
            if boundary.trust is not None:
                return boundary.trust.value
            here = boundary.within
        return None

    def one_of(self, name: str, wanted: tuple[str, ...], tree: c.Taxonomy) -> Value:
        """Return whether `name` is a kind of what is wanted; a generic name may turn out to be one."""
        if any(item in self.kinds_of(name, tree) for item in wanted):
            return True
        may_be = [item for item in wanted if item not in tree.distinct and name in self.kinds_of(item, tree)]
        return None if name in tree.generic and may_be else False

    def kinds_of(self, name: str, tree: c.Taxonomy) -> list[str]:
        """Return `name` and what it is a kind of."""
        parent = tree.parents[name]
        return [name] if parent is None else [name, *self.kinds_of(parent, tree)]

    def meets(self, asset_id: str, wanted: c.Asset_) -> Value:
        """Return whether an asset is as wanted."""
        asset: Asset = self.assets[asset_id]
        parts: list[Value] = []
        if wanted.kind:
            parts.append(self.one_of(asset.kind, wanted.kind, self.vocabulary.kinds))
        if wanted.sensitivity:
            parts.append(None if asset.sensitivity is None else asset.sensitivity.value in wanted.sensitivity)
        if wanted.personal is not None:
            unsaid = asset.personal is None and asset.sensitivity is not Sensitivity.PUBLIC
            parts.append(None if unsaid else bool(asset.personal) == wanted.personal)
        return every(parts)

    def reach(self, reach: c.Reach, element: Element) -> Value:
        """Return whether there is a way, whatever the subject itself must be."""
        if self.shortest(reach, element, possibly=False):
            return True
        return None if self.shortest(reach, element, possibly=True) else False

    def shortest(self, reach: c.Reach, element: Element, *, possibly: bool) -> int | None:
        """Return how many flows the shortest way has that is surely (or `possibly`) clear; None where none is."""
        clear = [
            len(way)
            for other in self.system.elements
            for way in ways(self.system, *((element.id, other.id) if reach.forward else (other.id, element.id)))
            if self.clear(way, reach, possibly=possibly)
        ]
        return min(clear, default=None)

    def clear(self, way: Way, reach: c.Reach, *, possibly: bool) -> bool:
        """Return whether data can travel a way; `possibly`: where every unknown turns out in its favour."""
        elements = [self.system.element(item) for item in (way[0].source, *(flow.target for flow in way))]
        asked = [self.ask(reach.end, elements[-1] if reach.forward else elements[0])]
        if reach.asset is not None:
            asked += [self.ask(c.Carries(reach.asset), flow) for flow in way]
        for name in reach.without:
            asked += [opposite(self.ask(c.ControlIs(name), thing)) for thing in (*elements, *way)]
        asked += [any(self.vocabulary.relays[name] for name in element.technologies) for element in elements[1:-1]]
        return all(value is True or (possibly and value is None) for value in asked)
