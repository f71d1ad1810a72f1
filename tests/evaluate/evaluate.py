"""Measures how well the library that comes with nbthreat says what it ought to, and prints plain tables.

    python tests/evaluate/evaluate.py                    # everything, in well under a minute
    python tests/evaluate/evaluate.py --only incidents   # one part
    python tests/evaluate/evaluate.py --write            # and keep the figures in docs/evaluation.md

Part of it compares with material beside the checkout; where that is absent, the part says so and is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the helpers of the tests

import asking
import drawings
import incidents
import mutation
import peers
import reading
import size
import unseen
from tables import table

from helpers import CHECKOUT, library
from nbthreat.threats.matching import UNSETTLED, State

NO_FIRST_LOOK = (
    "**No figure on this page is of a first look at this edition.** The library was widened after all of these "
    "systems had been seen, so they say how it behaves and not how well it will do elsewhere. The systems that nobody "
    "has drawn or matched yet are described in `tests/evaluate/published`."
)
TARGET = CHECKOUT / "docs" / "evaluation.md"
COMMAND = "make evaluate"


def systems_told() -> Iterator[str]:
    """Yield how much is found in the worked systems, the starters and the samples, as Markdown."""
    yield "## How much is said"
    yield (
        "*Live* is open, possible and to clarify, of which *possible* counts the last two; *fresh* is the drawing with "
        "nothing answered, hardened with every control."
    )
    rows: list[list[object]] = []
    for name, drawn in (drawings.worked() | drawings.starters() | drawings.samples()).items():
        found, bare = drawings.matched(drawn), drawings.matched(drawings.fresh(drawn))
        hard = drawings.matched(drawings.hardened(drawn))
        elements = len(drawn.elements)
        both = [[match.count(State.OPEN), sum(map(match.count, UNSETTLED))] for match in (found, bare, hard)]
        rows.append([name, elements, *both[0], sum(both[0]) / elements, *both[1], sum(both[1]) / elements, *both[2]])
    head = ["system", "elements", "open", "possible", "live/el", "fresh open", "fresh possible", "fresh live/el"]
    yield table([*head, "hardened open", "hardened possible"], rows)
    if not drawings.starters():
        yield "The starters are not in this checkout."


PARTS = {
    "systems": systems_told,
    "incidents": incidents.told,
    "unseen": unseen.told,
    "peers": peers.told,
    "questions": asking.told,
    "mutation": mutation.told,
    "size": size.told,
    "reading": reading.told,
}


def main() -> int:
    """Print the parts that are asked for, and write them down if asked to."""
    parser = argparse.ArgumentParser(description="Say how good the library is, in figures.")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="only this part; may be given twice")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.relative_to(CHECKOUT)} as well")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write keeps every part; leave out --only")
    lib = library()
    what = f"the library {lib.name} {lib.version} with {len(lib.asked)} threats"
    how = "To bring this page up to date: `python tests/evaluate/evaluate.py --write`."
    told = ["# Evaluation", f"Figures about {what}, as given by `{COMMAND}`. {how}", NO_FIRST_LOOK]
    for name, part in PARTS.items():
        if not options.only or name in options.only:
            told += part()
    text = "\n\n".join(told) + "\n"
    print(text)
    if options.write:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
