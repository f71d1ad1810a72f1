"""Drawings: the systems that the evaluation asks about, where they are kept, and their twins."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from helpers import CHECKOUT, SYSTEMS, everywhere, library
from nbthreat.system.model import Answers, System
from nbthreat.threats.matching import Finding, Match, State, match

HERE = Path(__file__).parent
CASES = HERE / "cases"
SAMPLES = HERE / "samples"
UNSEEN = HERE / "unseen"
SHARED = CHECKOUT.parent / "shared"
"""What is compared with, where it lies beside the checkout."""

STARTERS = CHECKOUT / "src" / "nbthreat" / "workbench" / "editing" / "starters"
WORKED = ("chatbot", "fraud-detection", "llm-platform", "open-llm")


@cache
def system(path: Path) -> System:
    """The system in a file. Raises DocumentError where it is faulty."""
    return library().read_system(path).value


def worked() -> dict[str, System]:
    """The four worked systems, by name."""
    return {name: system(SYSTEMS / f"{name}.yaml") for name in WORKED}


def starters() -> dict[str, System]:
    """The drawings that people begin from, by name; none where they do not come with this checkout."""
    return {f"starter {path.stem}": system(path) for path in sorted(STARTERS.glob("*.yaml"))}


def cases() -> dict[str, System]:
    """The systems of published incidents, by name."""
    return {path.stem: system(path) for path in sorted(CASES.glob("*.yaml"))}


def unseen() -> dict[str, System]:
    """Systems that nobody had looked at when the library was written, by name."""
    return {path.stem: system(path) for path in sorted(UNSEEN.glob("*.yaml"))}


def samples() -> dict[str, System]:
    """Samples of other tools, drawn here, by name."""
    return {path.stem: system(path) for path in sorted(SAMPLES.glob("*.yaml"))}


def fresh(drawn: System) -> System:
    """The same drawing with nothing answered: no fact and no control is said of anything."""
    unsaid = {"facts": Answers(), "controls": Answers()}
    return replace(
        drawn,
        **unsaid,
        elements=tuple(replace(element, **unsaid) for element in drawn.elements),
        flows=tuple(replace(flow, **unsaid) for flow in drawn.flows),
    )


def hardened(drawn: System) -> System:
    """The same drawing with every control in place; facts stay as they were."""
    return everywhere(drawn, "controls", answer=True)


@cache
def matched(drawn: System) -> Match:
    """What the library finds in a system."""
    return match(drawn, library())


def live(found: Match) -> tuple[Finding, ...]:
    """Open findings, then possible ones, in the order in which a person is shown them."""
    shown = (finding for finding in found.findings if finding.state is not State.MITIGATED)
    return tuple(sorted(shown, key=lambda finding: (*finding.rank, finding.key)))


def cards(found: Match) -> dict[str, list[Finding]]:
    """What is live, a card a threat, in the order shown."""
    shown: dict[str, list[Finding]] = {}
    for finding in live(found):
        shown.setdefault(finding.threat.id, []).append(finding)
    return shown
