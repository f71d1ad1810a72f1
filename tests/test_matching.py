"""Matching: decided at once, spelt out when asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from nbthreat.library import Library
from nbthreat.matching import Match, State, match

SYSTEMS = sorted((Path(__file__).parents[1] / "notebooks" / "systems").glob("*.yaml"))
SYSTEMS = [path for path in SYSTEMS if not path.name.endswith(".register.yaml")]


@cache
def matched(path: Path) -> Match:
    """Return what is found in a worked system."""
    library = Library.load()
    return match(library.read_system(path).value, library)


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_counts_are_those_of_the_findings(path: Path) -> None:
    """Counting needs no findings, and gives what counting them would."""
    found = matched(path)
    counted = [found.count(state) for state in State]

    assert counted == [sum(one.state is state for one in found.findings) for state in State]
    assert found.count(State.OPEN) == found.count("open")


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_findings_come_by_threat_and_then_by_subject(path: Path) -> None:
    """And no two have the same key."""
    keys = [(one.threat.id, one.subject) for one in matched(path).findings]

    assert sorted(set(keys)) == keys


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_findings_are_made_once_and_stay_as_they_are(path: Path) -> None:
    """The same values each time somebody looks, and the same as those of another match."""
    found = matched(path)
    again = match(found.system, found.library)

    assert found.findings is found.findings
    assert found.findings == again.findings
    assert [hash(one) for one in found.findings] == [hash(one) for one in again.findings]
    with pytest.raises(AttributeError):
        found.findings[0].state = State.OPEN  # type: ignore[misc]
