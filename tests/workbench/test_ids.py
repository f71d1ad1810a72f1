"""Ids that are made from names: nobody is asked about an id that they never chose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbthreat.system.model import RESERVED, bad_id
from nbthreat.workbench.editing.steps import free_id, slug


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_the_name_of_a_device_becomes_another_id(name: str) -> None:
    """A port called COM1 gets com1-1, and the next one com1-2."""
    first = free_id(slug(name.upper()), ())
    second = free_id(slug(name.title()), {first})

    assert [f"{name}-1", f"{name}-2"] == [first, second]


@settings(derandomize=True, database=None, deadline=None)
@given(
    st.lists(
        st.sampled_from(["COM1", "Aux", "a" * 80, "0", "--x--", "Ünï", "Nul", "con."]) | st.text(min_size=1),
        max_size=12,
    )
)
def test_whatever_things_are_called_their_ids_may_be(names: list[str]) -> None:
    """However long, odd or taken the names are."""
    taken: set[str] = set()
    for name in names:
        id = free_id(slug(name) or "element", taken)
        assert id not in taken
        assert bad_id(id) is None
        taken.add(id)
