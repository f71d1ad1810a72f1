"""Measures how fast nbthreat is, beside pytm and beside bare Python, and prints plain sentences.

    python tests/bench/bench.py            # a few minutes
    python tests/bench/bench.py --full     # also lets pytm resolve 10,000 elements, which takes long
    python tests/bench/bench.py --only match

Read the ratios rather than the milliseconds: whatever is compared ran on one machine in one run, by turns.
Everything random has a fixed seed, so that two runs ask the same questions of the same systems.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import peer
from reading import bench_read
from synthetic import FLOWS_PER_ELEMENT, library, system
from timing import Taken, best, exponents

from nbthreat.decisions.assessment import assess
from nbthreat.decisions.quantify import quantify
from nbthreat.decisions.register import Decision, Estimate, Spread, Treatment
from nbthreat.publishing.export.formats import FORMATS
from nbthreat.publishing.publication import publication
from nbthreat.system import documents
from nbthreat.system.model import Answers, Asset, Element, Flow, FrozenMap, Sensitivity, System, Trust, TrustBoundary
from nbthreat.threats.conditions import Subject, Term
from nbthreat.threats.library import Library, sayable
from nbthreat.threats.matching import Finding, match

SIZES = (100, 1_000, 10_000)
OURS_BEST_OF, PYTM_BEST_OF = 5, 3
IMPORTS_EACH, STARTS_EACH, STAGES_EACH = 15, 10, 5
WHOLE_PROCESS_ELEMENTS = 50
PUBLISHED_ELEMENTS, PUBLISH_BEST_OF = 880, 3
SHOWN_IMPORTS = 8
RISKS = 500
HEAVY = ("numpy", "pandas", "networkx")


def bench_match(*, full: bool) -> None:
    """Print what matching takes at each size."""
    asked = library()
    print(f"1. match(system, library): {len(asked.threats)} threats (150 of elements, 50 of flows, 30 by paths)")
    print(f"   best of {OURS_BEST_OF}, garbage collector on; 2 flows an element, everything said")
    print(
        "   match() decides every threat everywhere, and counts; a Finding is made when findings are first looked at,\n"
        "   so both are told: match() alone, and match() with every Finding made. Why is told when asked, in neither.\n"
        "   Ratios and exponents are of processor time."
    )
    ours: dict[int, tuple[Taken, Taken]] = {}
    for size in SIZES:
        drawn = system(size)
        alone, _ = best(lambda drawn=drawn: match(drawn, asked), OURS_BEST_OF)
        made, found = best(lambda drawn=drawn: match(drawn, asked).findings, OURS_BEST_OF)
        ours[size] = alone, made
        print(f"   {size:>6,} elements + {len(drawn.flows):>6,} flows: match() alone {alone}")
        print(f"          with every Finding made             {made}, {_counted(found)}")
        del found
    print(f"   growth exponent of match() alone:  {exponents({size: our for size, (our, _) in ours.items()})}")
    print(f"   growth exponent with all findings: {exponents({size: our for size, (_, our) in ours.items()})}\n")
    bench_pytm(ours, full=full)


def bench_pytm(ours: Mapping[int, tuple[Taken, Taken]], *, full: bool) -> None:
    """Print what pytm takes: with its own threats at work, and with the same rules as ours."""
    if not peer.installed():
        print("2. pytm is not installed here, so not measured: pip install pytm==1.4.0\n")
        return
    sizes = SIZES if full else SIZES[:-1]
    print(
        "2. The tools at work on one drawing: pytm 1.4.0 with its own threats, ours with all of the above.\n"
        "   pytm's threats know no paths and two values, and are asked of the classes nearest to ours.\n"
        "   resolve() makes Finding objects with texts; its loop alone asks every threat of every element."
    )
    resolved: dict[int, Taken] = {}
    for size in sizes:
        theirs = peer.pytm_times(system(size), PYTM_BEST_OF if size < SIZES[-1] else 1)
        resolved[size] = theirs.resolve
        _compared(f"{size:>6,}: {theirs.threats} threats, {len(theirs.found):,} findings", theirs, *ours[size])
    print(f"   growth exponent of resolve(): {exponents(resolved)}\n")

    same = library(paths=0)
    print(
        f"3. The same rules: the {len(same.threats)} threats of elements and flows, put into pytm's words for pytm.\n"
        "   The 30 by paths are left out on both sides, for pytm knows none; everything is said, so two values do.\n"
        "   pytm is given ready-made what our match() works out: which trust holds where, and what stores hold."
    )
    for size in sizes:
        drawn = system(size)
        alone, _ = best(lambda drawn=drawn: match(drawn, same), OURS_BEST_OF)
        made, found = best(lambda drawn=drawn: match(drawn, same).findings, OURS_BEST_OF)
        theirs = peer.pytm_times(drawn, PYTM_BEST_OF if size < SIZES[-1] else 1, same.threats)
        if theirs.found != {(item.threat.id, item.subject) for item in found}:
            raise AssertionError("pytm and nbthreat found different things by the same rules")
        del found
        _compared(f"{size:>6,}: the same {len(theirs.found):,} findings on both sides", theirs, alone, made)
    print()


def _compared(what: str, theirs: peer.Peer, alone: Taken, made: Taken) -> None:
    print(f"   {what}")
    for name, taken in (("tm.resolve()", theirs.resolve), ("its matching loop alone", theirs.loop)):
        print(
            f"           {name:<24}{taken} = {taken.processor / alone.processor:.1f} times our match(), "
            f"{taken.processor / made.processor:.1f} times it with every Finding made"
        )
    print(f"           {'ours':<24}{alone}; with every Finding made {made}")


def _counted(found: tuple[Finding, ...]) -> str:
    sorts = ("element", "flow", "path")
    by_sort = {sort: sum(finding.threat.id.startswith(sort) for finding in found) for sort in sorts}
    return f"{len(found):,} findings ({', '.join(f'{sort} {count:,}' for sort, count in by_sort.items())})"


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
    print(f"4. importing, whole processes: python -c '...', median of {IMPORTS_EACH} each, by turns")
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
from datetime import date
marks = [("start", time.perf_counter())]
from nbthreat import cli
from nbthreat.decisions.assessment import assess
marks.append(("importing", time.perf_counter()))
library = cli.Library.load()
marks.append(("loading the library", time.perf_counter()))
system = library.read_system(sys.argv[1]).value
marks.append(("reading the system", time.perf_counter()))
seen = assess(system, library, today=date(2026, 11, 30))
marks.append(("matching", time.perf_counter()))
seen.match.questions
marks.append(("finding the questions", time.perf_counter()))
list(cli._told(seen))
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
            f"5. nbthreat match, {len(drawn.elements)} elements and {len(drawn.flows)} flows in a file, as a whole "
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
        print(f"      {name:<24}{statistics.median(stage[name] for stage in stages):7.0f} ms")
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
    yield from sorted(found, key=lambda item: -item[1])


def bench_quantify() -> None:
    """Print what simulating the years of a large register takes, both sides of it."""
    sides = {
        "inherent": Spread(frequency=(0.1, 2), loss=(1_000, 100_000)),
        "residual": Spread(frequency=(0.02, 0.5), loss=(1_000, 50_000)),
    }
    decisions = [
        Decision(
            key=f"threat@e{n}",
            treatment=Treatment.MITIGATE,
            owner="Owner",
            rationale="Why.",
            estimate=Estimate(**sides, factor="vendor" if n % 3 == 0 else ""),
        )
        for n in range(RISKS)
    ]
    taken, found = best(lambda: quantify(decisions), OURS_BEST_OF)
    print(f"6. quantify(): {found.trials:,} years of {len(found.risks)} risks, without and with treatments, {taken}\n")


def bench_publish() -> None:
    """Print what publishing a register of some 2,000 risks takes, format by format."""
    known = Library.load()
    drawn = everything_wrong(known, PUBLISHED_ELEMENTS)
    seen = assess(drawn, known, today=date(2026, 11, 30))
    print(
        f"7. publishing {len(seen.risks):,} risks of {len(drawn.elements)} elements and {len(drawn.flows):,} flows: "
        f"best of {PUBLISH_BEST_OF}, each from an assessment that has told nothing yet"
    )
    for form in FORMATS:
        if form.name == "pdf":
            continue  # that is the browser's time
        taken, made = best(
            lambda form=form: form.data(publication(assess(drawn, known, today=date(2026, 11, 30)))),
            PUBLISH_BEST_OF,
        )
        print(f"   {form.name:<14}{taken}, {len(made) / 1e6:6.2f} MB")
    print()


def everything_wrong(known: Library, size: int) -> System:
    """Return a random system of which every fact is so and in which no control is there."""
    drawn = drawing(known, size)

    def said(subject: Subject, technology: str = "") -> dict[str, Answers]:
        words = {"facts": (known.vocabulary.facts, True), "controls": (known.vocabulary.controls, False)}
        return {
            what: FrozenMap((name, answer) for name, term in terms.items() if sayable(term, subject, technology))
            for what, (terms, answer) in words.items()
        }

    return replace(
        drawn,
        **said(Subject.SYSTEM),
        elements=tuple(replace(element, **said(Subject.ELEMENT, element.technology)) for element in drawn.elements),
        flows=tuple(replace(flow, **said(Subject.FLOW)) for flow in drawn.flows),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure nbthreat, beside pytm and bare Python.")
    parser.add_argument("--full", action="store_true", help="let pytm resolve 10,000 elements too")
    parts = ("match", "import", "process", "quantify", "publish", "read")
    parser.add_argument("--only", choices=parts, help="measure this part alone")
    options = parser.parse_args()
    load = ", ".join(f"{item:.1f}" for item in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
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
    if options.only in (None, "quantify"):
        bench_quantify()
    if options.only in (None, "publish"):
        bench_publish()
    if options.only in (None, "read"):
        bench_read()


if __name__ == "__main__":
    main()
