"""Size: how much there is in the library, how long it takes to load, and what of it nothing uses."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tables import table

from helpers import library
from nbthreat.threats.curation.crosswalk import Citation, entries, provisions, stale
from nbthreat.threats.evaluation import atoms
from nbthreat.threats.library import Library

_ROUNDS = 3
_LOAD = """
import time
start = time.perf_counter()
from nbthreat.threats.library import Library
between = time.perf_counter()
Library.load()
print(between - start, time.perf_counter() - between)
"""


def loading() -> tuple[float, float]:
    """Return the seconds that loading takes on the first start on a machine and on the second: the best of three."""
    rounds = [_two_starts() for _ in range(_ROUNDS)]
    return min(first for first, _ in rounds), min(second for _, second in rounds)


def _two_starts() -> tuple[float, float]:
    """Return the seconds of two loads, each in a process of its own, in a cache that was empty before the first."""
    with tempfile.TemporaryDirectory() as cache:
        place = dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"), cache)
        runs = [
            subprocess.run(
                [sys.executable, "-c", _LOAD], env={**os.environ, **place}, capture_output=True, text=True, check=True
            )
            for _ in range(2)
        ]
    first, second = (float(run.stdout.split()[1]) for run in runs)
    return first, second


def unused_controls(library: Library) -> tuple[str, ...]:
    """Return the controls that no threat's condition names."""
    return tuple(sorted(set(library.controls) - _read(library, "control")))


def unread_facts(library: Library) -> tuple[str, ...]:
    """Return the facts that no condition reads: no threat's, no provision's."""
    return tuple(sorted(set(library.facts) - _read(library, "fact")))


def _read(library: Library, kind: str) -> set[str]:
    read = [condition for threat in library.asked for condition in threat.conditions]
    if kind == "fact":
        for principle in library.principles:
            for provision in principle.provisions:
                read += [provision.satisfied_when] if provision.satisfied_when is not None else []
                read += [offer.when for offer in provision.not_applicable_when]
    return {atom.name for item in read for atom in atoms(item) if atom.kind == kind}


def untouched(library: Library) -> tuple[str, ...]:
    """Return the provisions that no threat, no control, no condition and no record of the register touches."""
    return tuple(provision_entry.provision.id for provision_entry in provisions(library) if not provision_entry.touched)


def told() -> Iterator[str]:
    """Yield what there is to say of the library's size, as Markdown."""
    lib = library()
    first, second = loading()
    yield "## Size"
    yield (
        f"Loading the library takes {first * 1000:.0f} ms on the first start and {second * 1000:.0f} ms on the second, "
        "each in a process of its own, imports apart, the best of three."
    )
    counted = {
        "threats": len(lib.asked),
        "controls": len(lib.controls),
        "facts": len(lib.facts),
        "technologies": len(lib.technologies),
        "kinds of asset": len(lib.kinds),
        "provisions": sum(len(principle.provisions) for principle in lib.principles),
    }
    yield table(["what", "number"], list(counted.items()))
    unused = {
        "controls no threat uses": unused_controls(lib),
        "facts no condition reads": unread_facts(lib),
        "provisions nothing touches": untouched(lib),
        "ids left out for a reason and cited all the same": tuple(id for _, id in stale(lib)),
    }
    yield table(["what", "number", "which"], [[what, len(which), which] for what, which in unused.items()])
    yield "How the catalogues are covered; `nbthreat library coverage` says by what."
    rows = []
    for name in sorted(lib.catalogues):
        for sort in ("threat", "control"):
            of_sort = [entry for entry in entries(lib, name) if entry.sort.value == sort]
            if of_sort:
                counts = [sum(entry.standing is standing for entry in of_sort) for standing in Citation]
                rows.append([name, sort, len(of_sort), *counts])
    yield table(["catalogue", "of", "ids", *[standing.value for standing in Citation]], rows)
