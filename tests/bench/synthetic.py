"""The synthetic library and systems that are measured. Everything random has a fixed seed."""

from __future__ import annotations

import random

from nbthreat.base.risk import Level
from nbthreat.system.documents import nodes
from nbthreat.system.model import Answers, Asset, Element, Flow, FrozenMap, Sensitivity, System, Trust, TrustBoundary
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject, Taxonomy, Term, Vocabulary
from nbthreat.threats.library import Library, Status, Threat, ThreatRating

FLOWS_PER_ELEMENT = 2
# technology → how many in a hundred elements are one
TECHNOLOGIES = {
    "actor": 5,
    "external-data": 8,
    "webapp": 15,
    "service": 20,
    "llm": 8,
    "agent": 7,
    "tool": 10,
    "mcp-server": 4,
    "vector-store": 6,
    "datastore": 8,
    "guardrail": 6,
    "registry": 3,
}
STORES = frozenset({"vector-store", "datastore", "registry"})
SOURCES = ("actor", "external-data", "webapp", "vector-store", "mcp-server")
SINKS = ("agent", "tool", "datastore", "llm", "service")
FACTS = tuple(f"fact-{n}" for n in range(16))
PROTOCOLS = ("https", "http", "grpc", "sql", "stdio")  # facts of flows: one is so, the others are not
CONTROLS = tuple(f"control-{n}" for n in range(6))
GUARDS = tuple(f"guard-{n}" for n in range(4))  # only a guardrail can have them: what stands in the way is rare
FLOW_CONTROLS = ("authentication", "encryption")
KINDS = {"text": 0.7, "personal-data": 0.4, "secret": 0.4, "weights": 0.4}  # how often a flow carries one


def vocabulary() -> Vocabulary:
    """Return 12 technologies, 16 facts of elements and 5 of flows; 6 controls of elements, 4 of guards, 2 of flows."""
    everything = frozenset(TECHNOLOGIES)
    return Vocabulary(
        technologies=Taxonomy(dict.fromkeys(TECHNOLOGIES)),
        kinds=Taxonomy(dict.fromkeys(KINDS)),
        capabilities=frozenset(),
        facts={
            **dict.fromkeys(FACTS, Term(of=everything)),
            **dict.fromkeys(PROTOCOLS, Term(of=frozenset(), of_flows=True)),
        },
        controls={
            **dict.fromkeys(CONTROLS, Term(of=everything)),
            **dict.fromkeys(GUARDS, Term(of=frozenset({"guardrail"}))),
            **dict.fromkeys(FLOW_CONTROLS, Term(of=frozenset(), of_flows=True)),
        },
        relays=dict.fromkeys(TECHNOLOGIES, True),
        keeps={name: name in STORES for name in TECHNOLOGIES},
    )


def some(dice: random.Random, names: tuple[str, ...], counts: tuple[int, ...]) -> tuple[str, ...]:
    """Return a few of `names`, as many as one of `counts`."""
    return tuple(dice.sample(names, dice.choice(counts)))


def clause(dice: random.Random) -> Condition:
    """Return one thing to ask of an element: most often a fact."""
    found: Condition
    roll = dice.random()
    if roll < 0.65:
        found = c.FactIs(dice.choice(FACTS))
        found = found if dice.random() < 0.5 else c.Not(found)
    elif roll < 0.75:
        found = c.Holds(c.Asset_(sensitivity=some(dice, tuple(Sensitivity), (1, 2, 3))))
    elif roll < 0.85:
        found = c.TrustIs(some(dice, tuple(Trust), (1, 2)))
    else:
        found = c.ControlIs(dice.choice(CONTROLS))
    return c.Not(found) if dice.random() < 0.15 else found


def clauses(dice: random.Random) -> list[Condition]:
    """Return one to three things to ask of an element; a quarter of them are two, of which one is enough."""
    return [
        c.Any_((clause(dice), clause(dice))) if dice.random() < 0.25 else clause(dice)
        for _ in range(dice.randrange(1, 4))
    ]


def element_condition(dice: random.Random) -> Condition:
    """Return what a threat to an element asks."""
    return c.All((c.TechnologyIs(some(dice, tuple(TECHNOLOGIES), (1, 1, 2, 3))), *clauses(dice)))


def flow_condition(dice: random.Random) -> Condition:
    """Return what a threat to a flow asks: both ends, mostly a boundary crossed, and one or two things more."""
    found: list[Condition] = [
        c.SourceIs(c.TechnologyIs(some(dice, tuple(TECHNOLOGIES), (1, 2, 4)))),
        c.TargetIs(c.TechnologyIs(some(dice, tuple(TECHNOLOGIES), (1, 2, 4)))),
    ]
    if dice.random() < 0.6:
        found.append(c.Crosses())
    for _ in range(dice.randrange(1, 3)):
        roll = dice.random()
        if roll < 0.4:
            found.append(c.Any_(tuple(c.FactIs(name) for name in dice.sample(PROTOCOLS, 2))))
        elif roll < 0.8:
            asked = (*(c.Carries(c.Asset_(kind=(kind,))) for kind in KINDS), *map(c.ControlIs, FLOW_CONTROLS))
            item = dice.choice(asked)
            found.append(item if dice.random() < 0.5 else c.Not(item))
        else:
            found.append(dice.choice((c.SourceIs, c.TargetIs))(clause(dice)))
    return c.All(tuple(found))


def path_condition(dice: random.Random) -> Condition:
    """Return what a threat by a path asks: from less trusted places to a technology, past no guard."""
    return c.Reach(
        end=c.All((c.TechnologyIs(some(dice, SOURCES, (2,))), c.TrustIs(("none", "partner")))),
        here=c.All((c.TechnologyIs(some(dice, SINKS, (1, 2))), clause(dice))),
        asset=c.Asset_(kind=(dice.choice(("text", "text", "text", "personal-data", "secret")),)),
        without=(dice.choice(GUARDS),),
    )


def library(elements: int = 150, flows: int = 50, paths: int = 30, seed: int = 7) -> Library:
    """Return a library of that many threats of each sort, made in memory."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    makers = (
        *((f"element-{n}", Subject.ELEMENT, element_condition) for n in range(elements)),
        *((f"flow-{n}", Subject.FLOW, flow_condition) for n in range(flows)),
        *((f"path-{n}", Subject.ELEMENT, path_condition) for n in range(paths)),
    )
    return Library(
        name="synthetic",
        version="1",
        sha256="",
        technologies={},
        kinds={},
        capabilities={},
        facts={},
        controls={},
        principles=(),
        catalogues={},
        threats=tuple(threat(id, subject, make(dice)) for id, subject, make in makers),
        vocabulary=vocabulary(),
    )


def threat(id: str, subject: Subject, applies_when: Condition) -> Threat:
    """Return a threat of which only the condition matters."""
    return Threat(
        id=id,
        title=id,
        status=Status.REVIEWED,
        subject=subject,
        summary=id,
        stride=(),
        harms=(),
        applies_when=applies_when,
        because="{subject}",
        wrong_when=id,
        rating=ThreatRating(likelihood=Level(3), impact=Level(3), why=id),
        provisions=(),
        examples=nodes.Mapping((), 1),
    )


def answers(dice: random.Random, names: tuple[str, ...]) -> Answers:
    """Return every name with a yes four times in ten, and a no otherwise."""
    return FrozenMap((name, dice.random() < 0.4) for name in names)


def system(size: int, seed: int = 1) -> System:
    """Return a random system of `size` elements and twice as many flows, with nothing left unsaid.

    Elements near each other in number mostly share a boundary, and most flows go a few numbers onward.
    """
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    assets = [
        Asset(id=f"{kind}-{sensitivity.value}", kind=kind, sensitivity=sensitivity, personal=kind == "personal-data")
        for kind in KINDS
        for sensitivity in Sensitivity
    ]
    boundaries = [
        TrustBoundary(
            id=f"b{n}",
            trust=dice.choice(tuple(Trust)),
            within=f"b{dice.randrange(n)}" if n and dice.random() < 0.6 else None,
        )
        for n in range(max(2, size // 15))
    ]
    return System(
        id="synthetic",
        name="Synthetic",
        assets=tuple(assets),
        boundaries=tuple(boundaries),
        elements=tuple(_element(dice, n, size, len(boundaries), assets) for n in range(size)),
        flows=tuple(_flow(dice, n, size) for n in range(FLOWS_PER_ELEMENT * size)),
    )


def _element(dice: random.Random, n: int, size: int, boundaries: int, assets: list[Asset]) -> Element:
    near = min(boundaries - 1, n * boundaries // size)
    technology = dice.choices(tuple(TECHNOLOGIES), list(TECHNOLOGIES.values()))[0]
    return Element(
        id=f"e{n}",
        technology=technology,
        boundary=f"b{near if dice.random() < 0.85 else dice.randrange(boundaries)}",
        holds=(dice.choice(assets).id,),
        facts=answers(dice, FACTS),
        controls=answers(dice, (*CONTROLS, *GUARDS) if technology == "guardrail" else CONTROLS),
    )


def _flow(dice: random.Random, n: int, size: int) -> Flow:
    source = dice.randrange(size)
    roll = dice.random()
    step = dice.randrange(1, 10)
    target = (source + step if roll < 0.85 else source - step if roll < 0.94 else dice.randrange(size)) % size
    protocol = dice.choice(PROTOCOLS)
    return Flow(
        id=f"f{n}",
        source=f"e{source}",
        target=f"e{target if target != source else (target + 1) % size}",
        carries=tuple(
            f"{kind}-{dice.choice(tuple(Sensitivity)).value}" for kind, often in KINDS.items() if dice.random() < often
        ),
        facts=FrozenMap((name, name == protocol) for name in PROTOCOLS),
        controls=answers(dice, FLOW_CONTROLS),
    )
