"""Published systems: their descriptions name each part once, and what is expected of them points at parts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

PUBLISHED = Path(__file__).parent / "published"
NAMES = sorted(path.stem for path in (PUBLISHED / "parts").glob("*.yaml"))


def described(name: str) -> dict[str, Any]:
    """Return the description of a system, without what is expected of it."""
    description: dict[str, Any] = yaml.safe_load((PUBLISHED / "parts" / f"{name}.yaml").read_text(encoding="utf-8"))
    return description


def expected(name: str) -> dict[str, Any]:
    """Return what is expected of a system: its name under `case`, and its threats."""
    wanted: dict[str, Any] = yaml.safe_load((PUBLISHED / "expected" / f"{name}.yaml").read_text(encoding="utf-8"))
    return wanted


def test_each_description_has_its_expected_threats_and_no_other_does() -> None:
    """The two folders hold the same systems."""
    assert NAMES == sorted(path.stem for path in (PUBLISHED / "expected").glob("*.yaml"))


def test_at_most_half_of_the_systems_are_built_on_language_models() -> None:
    """There are 24 systems or more, and the other kinds are not the lesser part."""
    kinds = Counter(described(name)["kind"] for name in NAMES)

    assert {"llm", "other"} == set(kinds)
    assert kinds.total() >= 24
    assert kinds["llm"] <= kinds["other"]


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_whole_and_names_no_threats(name: str) -> None:
    """Whoever draws it needs nothing else, and learns nothing of what is expected."""
    system = described(name)

    assert ["title", "kind", "source", "description", "parts", "flows", "boundaries", "stated"] == list(system)
    assert ["title", "address", "sort"] == list(system["source"])
    assert all(["id", "name", "what", "run_by"] == list(part) for part in system["parts"])
    assert all(["id", "source", "target", "carries"] == list(flow) for flow in system["flows"])
    assert all(["name", "members", "inside"] == list(boundary) for boundary in system["boundaries"])
    assert all(isinstance(fact, str) for fact in system["stated"])


@pytest.mark.parametrize("name", NAMES)
def test_each_part_is_named_once_and_joined_by_a_flow(name: str) -> None:
    """Flows and boundaries name parts that are there, and no part hangs in the air."""
    system = described(name)
    parts = [part["id"] for part in system["parts"]]
    flows = [flow["id"] for flow in system["flows"]]
    ends = {flow[end] for flow in system["flows"] for end in ("source", "target")}

    assert len(parts + flows) == len({*parts, *flows})
    assert set(parts) == ends
    assert {member for boundary in system["boundaries"] for member in boundary["members"]} <= set(parts)


@pytest.mark.parametrize("name", NAMES)
def test_each_expected_threat_has_places_in_its_system(name: str) -> None:
    """Five to fourteen threats, each with a sentence, places that are there, and whether the source lists it."""
    system, wanted = described(name), expected(name)
    places = {element["id"] for element in [*system["parts"], *system["flows"]]}
    threats = wanted["threats"]

    assert name == wanted["case"]
    assert 5 <= len(threats) <= 14
    assert len(threats) == len({threat["id"] for threat in threats})
    for threat in threats:
        assert ["id", "threat", "places", "firm"] == list(threat)
        assert threat["threat"].endswith(".")
        assert isinstance(threat["firm"], bool)
        assert threat["places"]
        assert set(threat["places"]) <= places
