"""Asking: what share of everything possible the first questions settle.

The rule: the first twelve questions are asked in the order shown, each about everything it names. Each is answered
with whichever of yes and no leaves less weight possible after the answers before it, a yes where the two are equal;
beside it, with whichever leaves more. The weight of a finding is its level of risk, from 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from drawings import cases, fresh, matched, starters, worked
from scoring import mean
from tables import table

from helpers import library
from nbthreat.system.model import System
from nbthreat.threats.evaluation import Atom, Evaluation
from nbthreat.threats.graph import members
from nbthreat.threats.matching import Match

FIRST = 12


def weight_possible(evaluation: Evaluation, found: Match) -> int:
    """Return the weight of everything that is possible in an evaluation: the sum of the levels of risk."""
    threats = library().asked
    evaluation.prepare([condition for threat in threats for condition in threat.conditions])
    total = 0
    for threat in threats:
        _, possible, unclear, _ = evaluation.states(threat.applies_when, threat.mitigated_when, threat.subject)
        total += len(list(members(possible | unclear))) * int(threat.rating.of(found.system.stakes).level)
    return total


def left(found: Match, atoms: Iterable[Atom], choose: Callable[[int, int], bool]) -> int:
    """Return the weight still possible after the questions; `choose` takes what a yes and a no would leave."""
    evaluation = found.evaluation
    weight = weight_possible(evaluation, found)
    for atom in atoms:
        yes, no = evaluation.supposing(atom, True), evaluation.supposing(atom, False)
        after_yes, after_no = weight_possible(yes, found), weight_possible(no, found)
        said_yes = choose(after_yes, after_no)
        evaluation, weight = (yes, after_yes) if said_yes else (no, after_no)
    return weight


def settled(drawn: System) -> tuple[int, int, float, float]:
    """Return the number of questions, the weight possible, and the shares settled by the best and worst answers."""
    found = matched(drawn)
    asked = [question.atom for question in found.questions[:FIRST]]
    weight = weight_possible(found.evaluation, found)
    if not weight:
        return len(found.questions), 0, 1.0, 1.0
    best = left(found, asked, lambda yes, no: yes <= no)
    worst = left(found, asked, lambda yes, no: yes > no)
    return len(found.questions), weight, 1 - best / weight, 1 - worst / weight


def told() -> Iterator[str]:
    """Yield what there is to say of the questions, as Markdown."""
    yield "## Questions"
    yield (
        f"What the first {FIRST} questions settle, as a share of the weight of all that is possible on the fresh "
        "drawing (the weight of a finding is its level of risk, 1 to 5). They are asked in the order shown, each "
        "answered with whichever of yes and no leaves less possible after those before it; beside it, with whichever "
        "leaves more."
    )
    rows: list[list[object]] = []
    for name, drawn in (worked() | starters() | cases()).items():
        bare = fresh(drawn)
        count, weight, best, worst = settled(bare)
        rows.append([name, len(bare.elements), count, weight, best, worst])
    rows.append(["mean", *[mean(float(row[n]) for row in rows) for n in range(1, 6)]])
    yield table(["system", "elements", "questions", "weight possible", "settled, best answers", "settled, worst"], rows)
