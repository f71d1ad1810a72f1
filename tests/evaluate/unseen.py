"""Unseen: systems that were drawn, with what is expected of them, before anything was asked of the library."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from drawings import HERE, fresh, hardened, live, matched, unseen
from incidents import sightings
from scoring import Expected, anywhere, at, found, mean, permuted, recall
from tables import table

FILE = HERE / "unseen.yaml"
FIRST = {"at the place": (0.80, 0.82), "anywhere in the system": (0.92, 0.95)}
"""Strict recall when they were first scored, with and without what is secondary. The library has been mended since."""


def expectations() -> dict[str, tuple[Expected, ...]]:
    """What is expected of each system, at the places of its drawing."""
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        name: tuple(
            Expected(id=id, at=frozenset(technique["at"]), secondary=technique.get("secondary", False))
            for id, technique in techniques.items()
        )
        for name, techniques in listed.items()
    }


def told() -> Iterator[str]:
    """Yield what there is to say of them, as Markdown."""
    yield "## Systems that were unseen"
    wanted, drawn = expectations(), unseen()
    seen = {name: sightings(system) for name, system in drawn.items()}
    yield (
        f"{len(drawn)} more systems, most of them of published incidents. They were drawn, and marked with the "
        "techniques expected at each place, before any threat of the library was looked at; *at first* is what they "
        "then scored. What was missed led to general mends, so that *now* is no longer a blind figure: of any other "
        "system expect what stands under *at first*."
    )
    rows: list[list[object]] = []
    for what, place in (("at the place", at), ("anywhere in the system", anywhere)):
        now = (
            mean(recall(wanted[name], seen[name], place=place, lenient=False, secondary=secondary) for name in wanted)
            for secondary in (True, False)
        )
        (first, first_bare), (all_now, bare_now) = FIRST[what], now
        rows.append([what, first, first_bare, all_now, bare_now])
    yield table(["strict recall", "at first", "without secondary", "now", "now, without secondary"], rows)
    yield f"Another system's findings, anywhere: {permuted(wanted, seen):.2f}."
    sizes: list[list[object]] = []
    for name, system in drawn.items():
        count = len(system.elements)
        missed = [each.id for each in wanted[name] if not found(each, seen[name], lenient=False)]
        here, bare, hard = (len(live(matched(each))) for each in (system, fresh(system), hardened(system)))
        sizes.append([name, count, here / count, bare / count, hard, len(wanted[name]), ", ".join(missed) or "none"])
    yield table(["system", "elements", "live/el", "fresh live/el", "hardened", "expected", "missed"], sizes)
