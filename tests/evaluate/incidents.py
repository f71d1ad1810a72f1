"""Incidents: what is found in the systems of published incidents, against the techniques that were used there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import yaml
from drawings import SHARED, cards, cases, fresh, hardened, live, matched
from reading import Mark, lines
from scoring import (
    Expected,
    Sighting,
    anywhere,
    at,
    found,
    mean,
    misplaced,
    names,
    on_the_path,
    permuted,
    precision,
    recall,
    standing,
    top,
)
from tables import table

from helpers import library
from nbthreat.system.model import System
from nbthreat.threats.matching import UNSETTLED, Finding, State

THREATS = SHARED / "reference" / "threats"
FILE = THREATS / "development_cases.yaml"
CARDS = 12
DEPTHS = (10, 20, 40, 60)
GIVEN = {10: (0.24, 0.11), 20: (0.32, 0.07), 40: (0.44, 0.05), 60: (0.59, 0.05)}
"""Recall and precision of the same baseline over the larger collection these cases were drawn from."""


def expectations() -> dict[str, tuple[Expected, ...]]:
    """What is expected of each incident, under the ids of the 2026.09 edition and at the places of its drawing."""
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))["models"]
    return {item["id"].lower().replace(".", "-"): _expected(item) for item in listed}


def _expected(case: dict[str, Any]) -> tuple[Expected, ...]:
    return tuple(
        Expected(id=new, at=frozenset(_our_id(id) for id in case["at"][old]), secondary=old in case["secondary"])
        for old, new in zip(case["expected"], case["expected_2026_09"], strict=True)
    )


def _our_id(id: str) -> str:
    return id.replace("_", "-")


def sightings(drawn: System) -> tuple[Sighting, ...]:
    """What the library says of a drawing, as a person is shown it."""
    return tuple(map(_sighting, live(matched(drawn))))


def _sighting(finding: Finding) -> Sighting:
    return Sighting(
        cites=frozenset(finding.threat.references.get("atlas", ())),
        subject=finding.subject,
        path=frozenset(finding.path),
        places=frozenset(finding.places),
    )


def told() -> Iterator[str]:
    """Yield what there is to say of the incidents, as Markdown."""
    yield "## Published incidents"
    yield (
        f"Eight incidents, drawn from their descriptions. *As described* is the drawing with the answers the "
        f"description states, *fresh* the same with none. The library has {len(library().asked)} threats."
    )
    yield _sizes()
    if not FILE.is_file():
        yield "What was expected is not beside this checkout, so nothing could be scored."
        return
    wanted = expectations()
    drawn = cases()
    seen = {name: sightings(system) for name, system in drawn.items()}
    yield (
        "Recall. A technique counts where a finding, open or possible, cites it at an element or flow it is expected "
        "at: the subject of the finding, or another of its places, which are the ways by which the danger comes and "
        "goes on, and the flows and neighbours by which the finding holds."
    )
    yield _recalls(wanted, seen)
    yield _places(wanted, seen)
    yield _size_of_places(seen)
    yield "Every technique expected, and what names it."
    yield _each(wanted, drawn)
    yield _shown(wanted, drawn, seen)
    yield _baseline(wanted)


def _sizes() -> str:
    rows = []
    for name, system in cases().items():
        size = len(system.elements)
        row: list[object] = [name, size]
        for variant in (system, fresh(system), hardened(system)):
            m = matched(variant)
            row += [m.count(State.OPEN), sum(map(m.count, UNSETTLED))]
        row[4:4] = [row[2] / size, (row[2] + row[3]) / size]
        row[8:8] = [(row[6] + row[7]) / size]
        rows.append(row)
    rows.append(["mean", *[mean(float(row[n]) for row in rows) for n in range(1, len(rows[0]))]])
    head = ["incident", "elements", "open", "possible", "open/el", "live/el"]
    head += ["fresh open", "fresh possible", "fresh live/el", "hardened open", "hardened possible"]
    return table(head, rows)


def _recalls(wanted: dict[str, tuple[Expected, ...]], seen: dict[str, tuple[Sighting, ...]]) -> str:
    rows = []
    for name, expected in wanted.items():
        row: list[object] = [name, len(expected)]
        row += [
            recall(expected, seen[name], lenient=lenient, secondary=secondary)
            for secondary in (True, False)
            for lenient in (False, True)
        ]
        rows.append(row)
    rows.append(["macro", "", *[mean(float(row[n]) for row in rows) for n in range(2, 6)]])
    return table(["incident", "expected", "strict", "lenient", "strict, no secondary", "lenient, no secondary"], rows)


def _places(wanted: dict[str, tuple[Expected, ...]], seen: dict[str, tuple[Sighting, ...]]) -> str:
    rows: list[list[object]] = []
    for what, place in (
        ("at the place", at),
        ("at the place, by the subject and the one path of the finding", on_the_path),
        ("at the place, by the subject of the finding alone", standing),
        ("anywhere in the system", anywhere),
    ):
        row: list[object] = [what]
        row += [
            mean(recall(wanted[name], seen[name], place=place, lenient=lenient, secondary=secondary) for name in wanted)
            for secondary in (True, False)
            for lenient in (False, True)
        ]
        rows.append(row)
    rows.append(
        ["where another technique is expected", "", mean(misplaced(wanted[n], seen[n]) for n in wanted), "", ""]
    )
    rows.append(["another system's findings, anywhere", "", permuted(wanted, seen), "", ""])
    return table(["macro recall", "strict", "lenient", "strict, no secondary", "lenient, no secondary"], rows)


def _size_of_places(seen: dict[str, tuple[Sighting, ...]]) -> str:
    shares = []
    for name, said in seen.items():
        drawn = cases()[name]
        size = len(drawn.elements) + len(drawn.flows)
        shares += [len({sighting.subject, *sighting.places}) / size for sighting in said]
    return f"A finding is of {mean(shares):.0%} of the elements and flows of its drawing, in the mean."


def _each(wanted: dict[str, tuple[Expected, ...]], drawn: dict[str, System]) -> str:
    titles = library().catalogues["atlas"].ids
    rows = []
    for name, expected in wanted.items():
        shown = live(matched(drawn[name]))
        seen = list(map(_sighting, shown))
        for item in expected:
            ways = [("stands", standing), ("at", at), ("anywhere", anywhere)]
            how = next((word for word, place in ways if found(item, seen, place=place, lenient=True)), "no")
            place = dict(ways).get(how, anywhere)
            by = [
                finding.key
                for finding, sight in zip(shown, seen, strict=True)
                if place(sight, item) and names(sight.cites, item.id, lenient=True)
            ]
            exact = found(item, seen, place=place, lenient=False)
            mark = how if how == "no" else f"{how}{'' if exact else ' (kin)'}"
            second = " (secondary)" if item.secondary else ""
            rows.append([name, f"{item.id} {titles.get(item.id, '')}{second}", sorted(item.at), mark, by[:3]])
    return table(["incident", "technique", "expected at", "found", "by"], rows)


def _shown(
    wanted: dict[str, tuple[Expected, ...]], drawn: dict[str, System], seen: dict[str, tuple[Sighting, ...]]
) -> str:
    rows = [[name, *[precision(wanted[name], seen[name], first) for first in (CARDS, 20, 40)]] for name in wanted]
    rows.append(["mean", *[mean(float(row[n]) for row in rows) for n in range(1, 4)]])
    caution = "A low share is no share of mistakes: an incident tells what happened, not all that could."
    cards_told = (
        f"The first {CARDS} cards of each, and how the first finding on each was marked in `reading.yaml`. A card is a "
        f"threat with all its subjects. Of those read, {_share_right(drawn):.0%} are right and the others arguable or "
        "wrong."
    )
    parts = [
        f"Share of the first findings shown that name something expected, in place. {caution}",
        table(["incident", f"first {CARDS}", "first 20", "first 40"], rows),
        cards_told,
    ]
    read = []
    for name, system in drawn.items():
        for n, (threat, findings) in enumerate(list(cards(matched(system)).items())[:CARDS], 1):
            hit = [
                want.id
                for want in wanted[name]
                if any(found(want, [_sighting(finding)], lenient=True) for finding in findings)
            ]
            subjects = [finding.subject for finding in findings]
            first, mark = findings[0], _mark(name, findings[0].key)
            read.append([name, n, first.state.value, first.rating.level.label, threat, subjects, hit, mark])
    parts.append(table(["incident", "n", "state", "level", "threat", "at", "expected", "mark"], read))
    return "\n\n".join(parts)


def _mark(name: str, key: str) -> str:
    line = lines().get(name, {}).get(key)
    return line.mark.value if line else "not read"


def _share_right(drawn: dict[str, System]) -> float:
    """Return the share of right ones among the first cards that were read."""
    first = [
        (name, card[0].key) for name, each in drawn.items() for card in list(cards(matched(each)).values())[:CARDS]
    ]
    marks = [mark for mark in (_mark(*item) for item in first) if mark != "not read"]
    return mean(mark == Mark.RIGHT for mark in marks)


def _baseline(wanted: dict[str, tuple[Expected, ...]]) -> str:
    here = {name: [item.id for item in expected] for name, expected in wanted.items()}
    rows = []
    for k in DEPTHS:
        said = {name: top(here, name, k) for name in here}
        hits = mean(_share(here[name], said[name]) for name in here)
        right = mean(_share(said[name], here[name]) for name in here)
        rows.append([k, hits, right, *GIVEN[k]])
    head = ["k", "recall, 7 others", "precision, 7 others", "recall, given", "precision, given"]
    ours = []
    for name, drawn in cases().items():
        said = {id for finding in live(matched(drawn)) for id in finding.threat.references.get("atlas", ())}
        ours.append((len(said), _share(here[name], said), _share(said, here[name])))
    many, hits, right = (mean(float(our[n]) for our in ours) for n in range(3))
    beside = f"{many:.1f} of them a system, recall {hits:.2f}, precision {right:.2f} (lenient)"
    return "\n\n".join(
        [
            "With no drawing at all: the k techniques most frequent in other incidents, wherever (lenient).",
            table(head, rows),
            f"Beside it, all techniques our findings cite, wherever: {beside}.",
        ]
    )


def _share(ids: Collection[str], among: Collection[str]) -> float:
    """Return the share of `ids` that `among` names, leniently."""
    return mean(names(among, id, lenient=True) for id in ids)
