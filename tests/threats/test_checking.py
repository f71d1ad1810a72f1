"""Checking: each fault of a library is told where it is, and no fault that is none."""

from __future__ import annotations

import pytest

from nbthreat.system.documents import nodes
from nbthreat.threats.library.checking import Origin, tree_faults
from nbthreat.threats.library.parts import AssetKind


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ({"a": None, "b": "a", "c": "b"}, []),
        ({"a": "x", "b": "a", "c": "b"}, ["'a' is within 'x', which is not there. Known here: a, b, c."]),
        ({"a": "a"}, ["'a' is within itself, in a circle."]),
        ({"a": "b", "b": "a"}, ["'a' is within itself, in a circle.", "'b' is within itself, in a circle."]),
    ],
)
def test_only_what_closes_a_circle_is_told_as_one(within: dict[str, str | None], expected: list[str]) -> None:
    """What lies under a record with an unknown parent is not at fault itself."""
    kinds = {id: AssetKind(id=id, name=id, what=id, within=parent) for id, parent in within.items()}
    origin = Origin("kinds.yaml", nodes.Mapping((), 1))

    faults = tree_faults({id: (kind, origin) for id, kind in kinds.items()}, kinds)

    assert expected == [fault.message for fault in faults]
