"""Systems: what people draw. Elements, the flows between them, the boundaries around them, the assets in them.

A `System` is a value. It cannot exist with a flow that ends nowhere or with two things of one id, and an
edit makes a new value. It knows nothing of threats, files or screens; which technologies, facts and
controls there are is the library's to say.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from nbthreat.base.enums import convert_enums
from nbthreat.base.errors import ModelError, Problem, hint, quoted
from nbthreat.base.risk import Stakes

if TYPE_CHECKING:
    import networkx as nx

ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
ID_RULE = "an id is 1 to 64 small letters a-z, digits and hyphens, as in 'vector-store-2'"
_FOLDER = re.compile(r"[\w.][\w. -]*(?:/[\w.][\w. -]*)*")
RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10)})
"""Names that are devices on some machines, so that a file could not be called so."""

NAME_LIMIT = 1_000
TEXT_LIMIT = 20_000
ELEMENT_LIMIT = 20_000
FLOW_LIMIT = 60_000
POSITION_LIMIT = 1e6
PACK_LIMIT = 16

V = TypeVar("V")


class FrozenMap(Mapping[str, V]):
    """A mapping that cannot change, equal and hashed by what it holds, in the author's order."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._items: dict[str, V] = dict(items)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def items(self) -> ItemsView[str, V]:
        """Return the pairs, as a dict does: an index of a large system asks for very many."""
        return self._items.items()

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMap):
            return self._items == other._items
        return NotImplemented

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"


Answers = FrozenMap[bool]
"""What was said about something: name → yes or no. A name that is not in it is not known."""

Setting = str | int | float | bool


class Lifecycle(StrEnum):
    """Where in its life a system is, in the Code's five phases."""

    DESIGN = "design"
    DEVELOPMENT = "development"
    DEPLOYMENT = "deployment"
    MAINTENANCE = "maintenance"
    END_OF_LIFE = "end-of-life"


class Trust(StrEnum):
    """How far those inside a boundary are trusted."""

    NONE = "none"  # anybody: the internet, the public
    PARTNER = "partner"  # another organisation, held by contract; what it writes is not ours
    HIGH = "high"  # our own employees and machines; insiders are still asked about


class Sensitivity(StrEnum):
    """How much harm disclosure does."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Something worth protecting that elements hold and flows carry: data, a model, a prompt, a credential.

    Raises ModelError for a sensitivity that is none.

    >>> Asset(id="question", kind="user-input", sensitivity="confidential").sensitivity
    <Sensitivity.CONFIDENTIAL: 'confidential'>
    """

    id: str
    name: str = ""
    kind: str
    sensitivity: Sensitivity | None = None
    personal: bool | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _refuse(convert_enums(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustBoundary:
    """A region inside which the same trust holds; it nests by `within`. Raises ModelError for a trust that is none.

    >>> TrustBoundary(id="internet", trust="nonne")
    Traceback (most recent call last):
    nbthreat.base.errors.ModelError: trust must be one of none, partner, high, not 'nonne'. Did you mean 'none'?
    """

    id: str
    name: str = ""
    trust: Trust | None = None
    within: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _refuse(convert_enums(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A part of the system: a process, a store or an external entity, of some technology.

    >>> Element(id="passages", technology="vector-store", controls=FrozenMap({"input-screening": False})).label
    'passages'
    """

    id: str
    name: str = ""
    technology: str
    also: str | None = None  # a second technology, where it is two things at once
    boundary: str | None = None
    holds: tuple[str, ...] | None = None  # asset ids; None where nobody said
    provides: tuple[str, ...] | None = None  # capabilities it has, needed or not
    needs: tuple[str, ...] | None = None  # capabilities the system uses
    settings: FrozenMap[Setting] = field(default_factory=FrozenMap)  # configuration whose change asks for a review
    facts: Answers = field(default_factory=FrozenMap)
    controls: Answers = field(default_factory=FrozenMap)
    note: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id

    @property
    def technologies(self) -> tuple[str, ...]:
        """Its technology, and the second one where it has one.

        >>> Element(id="shop", technology="agent", also="message-service").technologies
        ('agent', 'message-service')
        """
        return (self.technology,) if self.also is None else (self.technology, self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Data moving from one element to another, one way.

    >>> Flow(id="ask", name="Question", source="user", target="bot").label
    'Question'
    """

    id: str
    name: str = ""
    source: str  # element id
    target: str  # element id
    carries: tuple[str, ...] | None = None  # asset ids; None where nobody said
    facts: Answers = field(default_factory=FrozenMap)
    controls: Answers = field(default_factory=FrozenMap)
    note: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An AI system as somebody drew it.

    Raises ModelError, with every problem at once, where ids are malformed, double or dangling,
    boundaries contain themselves, positions are not numbers, or the lifecycle or the stakes are none that there are.

    >>> user, bot = Element(id="user", technology="end-user"), Element(id="bot", technology="application")
    >>> ask = Flow(id="ask", source="user", target="bot")
    >>> System(id="chat", name="Chat", elements=(user, bot), flows=(ask,)).flow("ask").target
    'bot'
    >>> System(id="chat", name="Chat", elements=(bot,), flows=(ask,))
    Traceback (most recent call last):
    nbthreat.base.errors.ModelError: there is no element 'user'. Known here: bot.
    """

    id: str
    name: str
    version: str = ""  # the major.minor the assessment is about
    owner: str = ""  # a role or a team
    purpose: str = ""
    lifecycle: Lifecycle | None = None
    stakes: Stakes | None = None
    facts: Answers = field(default_factory=FrozenMap)  # what is so of the system as a whole
    controls: Answers = field(default_factory=FrozenMap)
    assets: tuple[Asset, ...] = ()
    boundaries: tuple[TrustBoundary, ...] = ()
    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()
    layout: FrozenMap[tuple[float, float]] = field(default_factory=FrozenMap)
    """Element id → x, y of its middle; a boundary's too, which counts while nothing is in it."""
    packs: tuple[str, ...] = ()  # folders of further threats, as seen from the system's own
    overrides: tuple[str, ...] = ()  # ids of threats that the packs may redefine or silence

    def __post_init__(self) -> None:
        _refuse([*convert_enums(self), *_problems(self)])

    def element(self, id: str) -> Element:
        """Return the element called `id`; KeyError where there is none."""
        return next_by_id(self.elements, id)

    def flow(self, id: str) -> Flow:
        """Return the flow called `id`; KeyError where there is none."""
        return next_by_id(self.flows, id)

    def labels(self) -> dict[str, str]:
        """Return what people call each element, flow, boundary and asset, and the system itself, by id."""
        things: tuple[Element | Flow | TrustBoundary | Asset | System, ...]
        things = (self, *self.assets, *self.boundaries, *self.flows, *self.elements)
        return {thing.id: thing.name or thing.id for thing in things}

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Return the system as a graph: element ids as nodes, flow ids as edge keys, the values as attributes."""
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(id=self.id, name=self.name)
        for element in self.elements:
            graph.add_node(element.id, element=element)
        for flow in self.flows:
            graph.add_edge(flow.source, flow.target, key=flow.id, flow=flow)
        return graph


def next_by_id(things: Iterable[V], id: str) -> V:
    """Return the first of `things` whose id is `id`; KeyError where there is none."""
    for thing in things:
        if thing.id == id:  # type: ignore[attr-defined]
            return thing
    raise KeyError(id)


def bad_id(id: str) -> str | None:
    """Return what is wrong with `id`, or None."""
    if not ID_PATTERN.fullmatch(id):
        return f"id {quoted(id)} is not an id: {ID_RULE}."
    if id in RESERVED:
        return f"id {quoted(id)} is the name of a device on some machines. Choose another, such as {id + '-1'!r}."
    return None


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise ModelError(problems)


def _problems(system: System) -> Iterator[Problem]:
    wrong = bad_id(system.id)
    if wrong:
        yield Problem(("id",), wrong)
    if not system.name.strip():
        yield Problem(("name",), "name is empty. Give the system the name people use for it.")
    yield from _too_many(system)
    yield from _double_ids(system)
    yield from _long_texts(system)
    yield from _bad_packs(system)
    elements = {element.id for element in system.elements}
    boundaries = {boundary.id: boundary for boundary in system.boundaries}
    assets = {asset.id for asset in system.assets}

    for n, boundary in enumerate(system.boundaries):
        if boundary.within is not None and boundary.within not in boundaries:
            yield _dangling(("boundaries", n, "within"), "boundary", boundary.within, boundaries)
    yield from _circles(boundaries, system.boundaries)
    for n, element in enumerate(system.elements):
        if element.boundary is not None and element.boundary not in boundaries:
            yield _dangling(("elements", n, "boundary"), "boundary", element.boundary, boundaries)
        if element.also == element.technology:
            message = f"also says {quoted(element.also)} again. Leave it out, or say what else it is."
            yield Problem(("elements", n, "also"), message, ("elements", n, "technology"))
        for asset in element.holds or ():
            if asset not in assets:
                yield _dangling(("elements", n, "holds"), "asset", asset, assets)
    for n, flow in enumerate(system.flows):
        for end in ("source", "target"):
            if getattr(flow, end) not in elements:
                yield _dangling(("flows", n, end), "element", getattr(flow, end), elements)
        for asset in flow.carries or ():
            if asset not in assets:
                yield _dangling(("flows", n, "carries"), "asset", asset, assets)
    for id, (x, y) in system.layout.items():
        if id not in elements and id not in boundaries:
            yield _dangling(("layout", id), "element", id, elements)
        if not (abs(x) <= POSITION_LIMIT and abs(y) <= POSITION_LIMIT):  # also false for not-a-number
            yield Problem(("layout", id), f"the position of {quoted(id)} must be two numbers between -1e6 and 1e6.")


def _dangling(place: tuple[str | int, ...], what: str, id: str, known: Iterable[str]) -> Problem:
    return Problem(place, f"there is no {what} {quoted(id)}.{hint(id, known)}")


def _too_many(system: System) -> Iterator[Problem]:
    for part, limit in (("elements", ELEMENT_LIMIT), ("flows", FLOW_LIMIT), ("boundaries", ELEMENT_LIMIT)):
        count = len(getattr(system, part))
        if count > limit:
            yield Problem((part,), f"{count} {part} are more than the {limit} one system may have. Split it.")


def _double_ids(system: System) -> Iterator[Problem]:
    seen: dict[str, tuple[str | int, ...]] = {}
    for part in ("assets", "boundaries", "elements", "flows"):
        for n, thing in enumerate(getattr(system, part)):
            wrong = bad_id(thing.id)
            if wrong:
                yield Problem((part, n, "id"), wrong)
            elif thing.id in seen:
                first = seen[thing.id]
                message = f"id {quoted(thing.id)} is used twice, first in {first[0]}. Ids are one of a kind."
                yield Problem((part, n, "id"), message, first)
            elif thing.id == system.id:
                message = f"id {quoted(thing.id)} is the system's own. Change one of the two: ids are one of a kind."
                yield Problem((part, n, "id"), message, ("id",))
            else:
                seen[thing.id] = (part, n, "id")


def _long_texts(system: System) -> Iterator[Problem]:
    for attribute, limit in (("name", NAME_LIMIT), ("version", 64), ("owner", NAME_LIMIT), ("purpose", TEXT_LIMIT)):
        if len(getattr(system, attribute)) > limit:
            yield Problem((attribute,), f"{attribute} is longer than {limit} characters.")
    for part in ("assets", "boundaries", "elements", "flows"):
        for n, thing in enumerate(getattr(system, part)):
            for attribute, limit in (("name", NAME_LIMIT), ("note", TEXT_LIMIT)):
                if len(getattr(thing, attribute)) > limit:
                    yield Problem((part, n, attribute), f"{attribute} is longer than {limit} characters.")


def _bad_packs(system: System) -> Iterator[Problem]:
    """Yield what cannot name a folder beside the system: whether it lies where it may shows when it is looked for."""
    if len(system.packs) > PACK_LIMIT:
        yield Problem(("packs",), f"{len(system.packs)} packs are more than the {PACK_LIMIT} one system may have.")
    for n, folder in enumerate(system.packs):
        if len(folder) > NAME_LIMIT or not _FOLDER.fullmatch(folder):
            message = f"pack {quoted(folder)} is not a folder as seen from this file's, such as '../packs/ours'."
            yield Problem(("packs", n), message)
        elif folder in system.packs[:n]:
            yield Problem(("packs", n), f"pack {quoted(folder)} stands twice. Keep one.", ("packs",))
    for n, id in enumerate(system.overrides):
        wrong = bad_id(id)
        if wrong:
            yield Problem(("overrides", n), wrong)


def _circles(boundaries: Mapping[str, TrustBoundary], order: tuple[TrustBoundary, ...]) -> Iterator[Problem]:
    finished: set[str] = set()
    for n, start in enumerate(order):
        trail: dict[str, None] = {}
        current: str | None = start.id
        while current is not None and current in boundaries and current not in finished:
            if current in trail:
                names = list(trail)
                circle = " > ".join([*names[names.index(current) :][:8], current])
                yield Problem(("boundaries", n, "within"), f"boundaries contain each other in a circle: {circle}.")
                break
            trail[current] = None
            current = boundaries[current].within
        finished.update(trail)
