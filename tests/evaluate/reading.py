"""Reading: what a critical reader made of the findings on the worked systems and the starters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import yaml
from drawings import HERE, live, matched, starters, worked
from tables import table

from nbthreat.threats.matching import PRESSING, State

FILE = HERE / "reading.yaml"


class Mark(StrEnum):
    """What a reader made of a finding, as it is drawn and told."""

    RIGHT = "right"  # somebody responsible would want it on the list
    ARGUABLE = "arguable"  # there is something in it, and as much against it
    WRONG = "wrong"  # it does not hold here


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A mark and its reason."""

    mark: Mark
    why: str


@cache
def lines() -> Mapping[str, Mapping[str, Line]]:
    """Return what was read: by system, by key of the finding. Raises ValueError or KeyError where a line is wrong."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        name: {key: Line(mark=Mark(value["mark"]), why=value["why"].strip()) for key, value in read.items()}
        for name, read in data.items()
    }


def shown(state: State) -> dict[str, tuple[str, ...]]:
    """Return the keys of the findings in a state, by system, in the order shown."""
    return {
        name: tuple(finding.key for finding in live(matched(drawn)) if finding.state is state)
        for name, drawn in (worked() | starters()).items()
    }


def unread(state: State = State.OPEN) -> list[tuple[str, str]]:
    """Return (system, key) of each finding in a state that nobody has read."""
    return [(name, key) for name, keys in shown(state).items() for key in keys if key not in lines().get(name, {})]


def marks(state: State = State.OPEN) -> Counter[Mark]:
    """Return how the findings in a state were marked."""
    return Counter(
        lines()[name][key].mark for name, keys in shown(state).items() for key in keys if key in lines().get(name, {})
    )


def told() -> Iterator[str]:
    """Yield what there is to say of the reading, as Markdown."""
    yield "## Reading"
    yield (
        "Every open finding on the worked systems and the starters was read and marked; of the possible ones, those "
        "in `tests/evaluate/reading.yaml`. *Right*: somebody responsible would want it on the list, or asked about. "
        "*Arguable*: there is as much against it. *Wrong*: it does not hold here."
    )
    rows = []
    for state in PRESSING:
        counted = marks(state)
        read = sum(counted.values())
        total = sum(map(len, shown(state).values()))
        wrong = counted[Mark.WRONG] / max(1, read)
        rows.append([state.value, total, read, *[counted[mark] for mark in Mark], wrong])
    yield table(["state", "findings", "read", *[mark.value for mark in Mark], "share wrong"], rows)
    doubtful = [
        [name, key, line.mark.value, line.why]
        for name, read_here in lines().items()
        for key, line in read_here.items()
        if line.mark is not Mark.RIGHT
    ]
    yield "Those that are not simply right:"
    yield table(["system", "finding", "mark", "why"], doubtful)
    missing = unread()
    if missing:
        yield "Open and not read yet:"
        yield table(["system", "finding"], missing)
