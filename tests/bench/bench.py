"""Measures how fast nbthreat is, beside pytm and beside bare Python, and prints plain sentences.

    python tests/bench/bench.py            # a few minutes
    python tests/bench/bench.py --full     # also lets pytm resolve 10,000 elements, which takes long
    python tests/bench/bench.py --only match

Read the ratios rather than the milliseconds: whatever is compared ran on one machine in one run, by turns.
Everything random has a fixed seed, so that two runs ask the same questions of the same systems.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from nbthreat import conditions as c
from nbthreat import documents
from nbthreat.conditions import Condition, Subject, Term, Tree, Vocabulary
from nbthreat.documents import nodes
from nbthreat.library import Library, Status, Threat, ThreatRating, sayable
from nbthreat.matching import Match, match
from nbthreat.model import Answers, Asset, Element, Flow, FrozenMap, Sensitivity, System, Trust, TrustBoundary
from nbthreat.risk import Level

SIZES = (100, 1_000, 10_000)
FLOWS_PER_ELEMENT = 2
OURS_BEST_OF, PYTM_BEST_OF = 5, 3
IMPORTS_EACH, STARTS_EACH, STAGES_EACH = 15, 10, 5
WHOLE_PROCESS_ELEMENTS = 50
SHOWN_IMPORTS = 8
HEAVY = ("numpy", "pandas", "networkx")

# technology → how many in a hundred elements are one, and the class of pytm that is nearest
TECHNOLOGIES = {
    "actor": (5, "Actor"),
    "external-data": (8, "ExternalEntity"),
    "webapp": (15, "Server"),
    "service": (20, "Process"),
    "llm": (8, "Process"),
    "agent": (7, "Process"),
    "tool": (10, "Lambda"),
    "mcp-server": (4, "Server"),
    "vector-store": (6, "Datastore"),
    "datastore": (8, "Datastore"),
    "guardrail": (6, "Process"),
    "registry": (3, "Datastore"),
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
PYTM_CONTROLS = (
    "sanitizesInput", "encodesOutput", "checksInputBounds", "validatesInput",
    "authenticatesSource", "isHardened", "isEncrypted", "hasAccessControl",
)  # fmt: skip


def vocabulary() -> Vocabulary:
    """Return 12 technologies, 16 facts of elements and 5 of flows; 6 controls of elements, 4 of guards, 2 of flows."""
    everything = frozenset(TECHNOLOGIES)
    return Vocabulary(
        technologies=Tree(dict.fromkeys(TECHNOLOGIES)),
        kinds=Tree(dict.fromkeys(KINDS)),
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
            one = dice.choice(asked)
            found.append(one if dice.random() < 0.5 else c.Not(one))
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
    technology = dice.choices(tuple(TECHNOLOGIES), [share for share, _ in TECHNOLOGIES.values()])[0]
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


@dataclass(frozen=True)
class Taken:
    """The shortest of several runs in milliseconds: by the clock, and of a processor alone."""

    clock: float
    processor: float  # what other programs take meanwhile is not in it, so ratios are made of these

    def __str__(self) -> str:
        return f"{self.clock:9.1f} ms ({self.processor:.1f} of a processor)"


def best(ask: Callable[[], Any], times: int) -> tuple[Taken, Any]:
    """Return what the shortest of `times` runs took, and what the last one returned."""
    clock, processor, found = math.inf, math.inf, None
    for _ in range(times):
        found = None
        gc.collect()
        began, worked = time.perf_counter(), time.process_time()
        found = ask()
        clock = min(clock, (time.perf_counter() - began) * 1_000)
        processor = min(processor, (time.process_time() - worked) * 1_000)
    return Taken(clock, processor), found


def exponents(found: Mapping[int, Taken]) -> str:
    """Return how processor time grows from size to size: 1.00 is in proportion."""
    return ", ".join(
        f"{math.log(found[larger].processor / found[smaller].processor) / math.log(larger / smaller):.2f} "
        f"from {smaller:,} to {larger:,}"
        for smaller, larger in pairwise(sorted(found))
    )


@dataclass(frozen=True)
class Peer:
    """What pytm took for one size, and what it found."""

    resolve: Taken
    findings: int
    loop: Taken
    hits: int
    threats: int


def pytm_times(drawn: System, times: int) -> Peer:
    """Time pytm on the same elements, boundaries and flows: `resolve`, and its matching loop alone."""
    import pytm

    pytm.TM.reset()
    model = pytm.TM("synthetic", description="synthetic")
    boundaries = {one.id: pytm.Boundary(one.id) for one in drawn.boundaries}
    for one in drawn.boundaries:
        if one.within:
            boundaries[one.id].inBoundary = boundaries[one.within]
    made = {}
    for element in drawn.elements:
        other = made[element.id] = getattr(pytm, TECHNOLOGIES[element.technology][1])(element.id)
        other.inBoundary = boundaries[element.boundary]
        for control, fact in zip(PYTM_CONTROLS, FACTS, strict=False):
            setattr(other.controls, control, element.facts[fact])
    for flow in drawn.flows:
        other = pytm.Dataflow(made[flow.source], made[flow.target], flow.id)
        other.protocol = next(name for name, so in flow.facts.items() if so).upper()
        other.controls.isEncrypted = flow.controls["encryption"]
    resolve, _ = best(model.resolve, times)
    in_scope = [element for element in pytm.TM._elements if element.inScope]
    threats = pytm.TM._threats
    loop, hits = best(lambda: sum(one.apply(element) for element in in_scope for one in threats), times)
    found = Peer(resolve, len(model.findings), loop, hits, len(threats))
    pytm.TM.reset()
    gc.collect()
    return found


def bench_match(*, full: bool) -> None:
    """Print what matching takes at each size, ours beside pytm's."""
    asked = library()
    print(f"1. match(system, library): {len(asked.threats)} threats (150 of elements, 50 of flows, 30 by paths)")
    print(f"   best of {OURS_BEST_OF}, findings made, garbage collector on; 2 flows an element, everything said")
    print("   ratios and exponents are of processor time")
    has_pytm = _has_pytm()
    ours: dict[int, Taken] = {}
    peers: dict[int, Peer] = {}
    for size in SIZES:
        drawn = system(size)
        ours[size], found = best(lambda drawn=drawn: match(drawn, asked), OURS_BEST_OF)
        print(f"   {size:>6,} elements + {len(drawn.flows):>6,} flows: {ours[size]}, {_counted(found)}")
        del found
        if has_pytm and (full or size < SIZES[-1]):
            peers[size] = pytm_times(drawn, PYTM_BEST_OF if size < SIZES[-1] else 1)
    print(f"   growth exponent: {exponents(ours)}\n")

    print("2. pytm 1.4.0 on the same elements, boundaries and flows")
    if not has_pytm:
        print("   not installed here, so not measured: pip install pytm==1.4.0\n")
        return
    for size, peer in peers.items():
        runs = f"best of {PYTM_BEST_OF}" if size < SIZES[-1] else "one run"
        print(
            f"   {size:>6,}: tm.resolve() {peer.resolve}, {peer.findings:,} findings, {runs} "
            f"= {peer.resolve.processor / ours[size].processor:.1f} times ours"
        )
        print(
            f"           its matching loop {peer.loop}, {peer.hits:,} hits of {peer.threats} threats, "
            f"no Finding objects = {peer.loop.processor / ours[size].processor:.1f} times ours"
        )
    print(f"   growth exponent of resolve: {exponents({size: peer.resolve for size, peer in peers.items()})}")
    print(
        "   What differs: pytm asks its own threats, which know no paths and two values, of classes it calls nearest "
        "to ours;\n"
        "   ours asks 230 invented threats, 30 of them by paths, in three values. So the ratios compare the tools at "
        "work on\n"
        "   one drawing, not one algorithm on the same rules. resolve() also makes Finding objects with texts, while "
        "ours tells\n"
        "   why only when asked; the loop makes nothing, and ours still makes its findings.\n"
    )


def _has_pytm() -> bool:
    try:
        import pytm  # noqa: F401
    except ImportError:
        return False
    return True


def _counted(found: Match) -> str:
    sorts = ("element", "flow", "path")
    by_sort = {sort: sum(one.threat.id.startswith(sort) for one in found.findings) for sort in sorts}
    return f"{len(found.findings):,} findings ({', '.join(f'{sort} {count:,}' for sort, count in by_sort.items())})"


def run(command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, allowed to keep what it compiled whatever the shell says."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**kept, **(environment or {})})


def timed(command: list[str], environment: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return how long it took in milliseconds."""
    began = time.perf_counter()
    run(command, environment)
    return (time.perf_counter() - began) * 1_000


def bench_import() -> None:
    """Print what importing costs over bare Python, as whole processes by turns."""
    programs = {
        "bare python": "pass",
        "import nbthreat": "import nbthreat",
        "the names that matching needs": "from nbthreat import Library, System, match",
        "the names that an assessment needs": "from nbthreat import assess_file",
    }
    print(f"3. importing, whole processes: python -c '...', median of {IMPORTS_EACH} each, by turns")
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for program in programs.values():
        timed([sys.executable, "-c", program])  # not counted: compiles what is not compiled yet
    for _ in range(IMPORTS_EACH):
        for name, program in programs.items():
            taken[name].append(timed([sys.executable, "-c", program]))
    bare = statistics.median(taken["bare python"])
    for name, times in taken.items():
        middle = statistics.median(times)
        ask = f"{programs[name]}; import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
        loaded = run([sys.executable, "-c", ask]).stdout.split()
        heavy = f"loaded: {', '.join(loaded)}" if loaded else f"none of {', '.join(HEAVY)} loaded"
        print(f"   {name:<35} {middle:7.1f} ms ({middle - bare:+6.1f} over bare; shortest {min(times):.1f}); {heavy}")
    print()


def drawing(known: Library, size: int, seed: int = 3) -> System:
    """Return a random system in the words of the library that comes with nbthreat, with half of it left unsaid."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    names = sorted(known.technologies)
    facts, controls = dict(known.vocabulary.facts), dict(known.vocabulary.controls)

    def said(terms: Mapping[str, Term], subject: Subject, technology: str = "") -> Answers:
        can = sorted(name for name, term in terms.items() if sayable(term, subject, technology))
        return FrozenMap((name, dice.random() < 0.5) for name in can if dice.random() < 0.5)

    assets = tuple(
        Asset(id=f"asset-{kind}", kind=kind, sensitivity=dice.choice(tuple(Sensitivity)))
        for kind in sorted(known.kinds)
    )
    elements = tuple(
        Element(
            id=f"e{n}",
            technology=(technology := dice.choice(names)),
            boundary=f"b{dice.randrange(3)}",
            facts=said(facts, Subject.ELEMENT, technology),
            controls=said(controls, Subject.ELEMENT, technology),
        )
        for n in range(size)
    )
    flows = tuple(
        Flow(
            id=f"f{n}",
            source=f"e{n % size}",
            target=f"e{(n + dice.randrange(1, 6)) % size}",
            carries=tuple(asset.id for asset in dice.sample(assets, min(3, len(assets)))),
            facts=said(facts, Subject.FLOW),
            controls=said(controls, Subject.FLOW),
        )
        for n in range(FLOWS_PER_ELEMENT * size)
    )
    boundaries = tuple(TrustBoundary(id=f"b{n}", trust=trust) for n, trust in enumerate(Trust))
    return System(id="drawn", name="Drawn", assets=assets, boundaries=boundaries, elements=elements, flows=flows)


STAGES = """
import json, sys, time
marks = [("start", time.perf_counter())]
from nbthreat import cli
marks.append(("importing", time.perf_counter()))
library = cli.Library.load()
marks.append(("loading the library", time.perf_counter()))
system = library.read_system(sys.argv[1]).value
marks.append(("reading the system", time.perf_counter()))
found = cli.match(system, library)
marks.append(("matching", time.perf_counter()))
found.questions
marks.append(("finding the questions", time.perf_counter()))
list(cli._told(found))
marks.append(("telling why", time.perf_counter()))
print(json.dumps({name: (now - before) * 1000 for (_, before), (name, now) in zip(marks, marks[1:])}))
"""


def bench_process() -> None:
    """Print what `nbthreat match` takes as a whole process, and where the time goes."""
    known = Library.load()
    drawn = drawing(known, WHOLE_PROCESS_ELEMENTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.yaml"
        path.write_text(documents.dump(drawn), encoding="utf-8")
        script = shutil.which("nbthreat", path=str(Path(sys.executable).parent))
        command = [*([script] if script else [sys.executable, "-m", "nbthreat.cli"]), "match", str(path)]
        print(
            f"4. nbthreat match, {len(drawn.elements)} elements and {len(drawn.flows)} flows in a file, as a whole "
            f"process; {known.name} {known.version} has {len(known.threats)} threats"
        )
        fresh = {"XDG_CACHE_HOME": f"{folder}/cache", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        first = timed(command, fresh)
        later = [timed(command, fresh) for _ in range(STARTS_EACH)]
        bare = statistics.median(timed([sys.executable, "-c", "pass"], fresh) for _ in range(STARTS_EACH))
        middle = statistics.median(later)
        print(f"   first start, nothing compiled and no cache: {first:.0f} ms")
        print(
            f"   later starts, median of {STARTS_EACH}: {middle:.0f} ms "
            f"(shortest {min(later):.0f}; bare python {bare:.0f})"
        )
        stages = [_stages(path, fresh) for _ in range(STAGES_EACH)]
    print(f"   where a later start goes, median of {STAGES_EACH}:")
    for name in stages[0]:
        print(f"      {name:<24}{statistics.median(one[name] for one in stages):7.0f} ms")
    print(f"   the {SHOWN_IMPORTS} slowest modules, each without what it imports itself (python -X importtime):")
    for name, cost in list(import_times())[:SHOWN_IMPORTS]:
        print(f"      {name:<40}{cost:7.1f} ms")


def _stages(path: Path, environment: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(run([sys.executable, "-c", STAGES, str(path)], environment).stdout)
    return found


def import_times() -> Iterator[tuple[str, float]]:
    """Yield each module that the command line imports and its own milliseconds, slowest first."""
    told = run([sys.executable, "-X", "importtime", "-c", "import nbthreat.cli"]).stderr
    start = "import time:"
    lines = (line.removeprefix(start).split("|") for line in told.splitlines() if line.startswith(start))
    found = [(name.strip(), int(own) / 1_000) for own, _, name in lines if own.strip().isdigit()]
    yield from sorted(found, key=lambda one: -one[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure nbthreat, beside pytm and bare Python.")
    parser.add_argument("--full", action="store_true", help="let pytm resolve 10,000 elements too")
    parser.add_argument("--only", choices=("match", "import", "process"), help="measure this part alone")
    options = parser.parse_args()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
    print(
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors, "
        f"load before starting: {load}\n"
    )
    if options.only in (None, "match"):
        bench_match(full=options.full)
    if options.only in (None, "import"):
        bench_import()
    if options.only in (None, "process"):
        bench_process()


if __name__ == "__main__":
    main()
