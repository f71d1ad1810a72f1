"""Peers: what other tools say of their samples, beside what is said here of the same systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml
from drawings import HERE, cards, matched, samples
from tables import table

from helpers import library
from nbthreat.threats.library import Ground
from nbthreat.threats.matching import UNSETTLED, State

_IDS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """Something another tool says: its ids, what it is about, which threats say the same, or why none does."""

    ids: tuple[str, ...]
    title: str
    ours: tuple[str, ...] = ()
    ground: Ground | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample of another tool, under the name of its drawing here."""

    id: str
    name: str
    findings: int  # how many the tool lists, one for each place
    theirs: tuple[Theirs, ...]


@cache
def listed() -> tuple[Sample, ...]:
    """Every sample that is compared. Raises ValueError or KeyError where the file is wrong."""
    data = yaml.safe_load((HERE / "peers.yaml").read_text(encoding="utf-8"))["samples"]
    return tuple(
        Sample(
            id=item["id"],
            name=item["name"],
            findings=item["findings"],
            theirs=tuple(
                Theirs(
                    ids=tuple(their["ids"]),
                    title=their["title"],
                    ours=tuple(their.get("ours", ())),
                    ground=Ground(their["ground"]) if "ground" in their else None,
                )
                for their in item["theirs"]
            ),
        )
        for item in data
    )


def standing(theirs: Theirs, live: set[str]) -> str:
    """Return how ours stands to something of theirs: found, a reason why not, or silent where a threat might be."""
    if live.intersection(theirs.ours):
        return "found"
    if theirs.ground:
        return theirs.ground.value
    return "silent"


def _shortly(ids: tuple[str, ...]) -> str:
    return ", ".join(ids) if len(ids) <= _IDS_SHOWN else f"{ids[0]} … {ids[-1]} ({len(ids)})"


def told() -> Iterator[str]:
    """Yield what there is to say of other tools, as Markdown."""
    yield "## Beside other tools"
    yield (
        "Their ids and ours on the same systems. *Found*: a threat that says the same is open or possible in our "
        "drawing. *Silent*: we have such a threat, and it does not apply as drawn. What we add, none of theirs says."
    )
    drawn = samples()
    rows, detail, added = [], [], []
    known = {threat.id for threat in library().asked}
    for sample in listed():
        system = drawn[sample.id]
        found = matched(system)
        live = set(cards(found))
        ids = dict.fromkeys(("found", "silent", "other"), 0)
        for their in sample.theirs:
            word = standing(their, live)
            ids[word if word in ids else "other"] += len(their.ids)
            by = (
                [id for id in their.ours if id in live] if word == "found" else [id for id in their.ours if id in known]
            )
            detail.append([sample.id, _shortly(their.ids), their.title, word, by])
        theirs = {id for theirs in sample.theirs for id in theirs.ours}
        more = sorted(live - theirs)
        counts = [found.count(State.OPEN), sum(map(found.count, UNSETTLED)), len(live)]
        rows.append([sample.name, sample.findings, len(system.elements), *counts, *ids.values(), len(more)])
        added.append([sample.id, more])
    head = ["sample", "their findings", "elements", "our open", "possible", "cards"]
    yield table([*head, "their ids found", "silent", "for a reason", "we add"], rows)
    yield "Each of theirs; several ids of one meaning are one line."
    yield table(["sample", "ids", "about", "found", "by, or what might"], detail)
    yield "What we add."
    yield table(["sample", "threats"], added)
