"""The day it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest

from nbthreat.base.day import today
from nbthreat.base.errors import NbthreatError


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A machine whose time zone can be set."""
    if not hasattr(time, "tzset"):
        pytest.skip("this machine has one time zone")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def at(zone: pytest.MonkeyPatch, name: str) -> date:
    """Today, in a time zone."""
    zone.setenv("TZ", name)
    time.tzset()
    return today()


def test_a_day_ends_at_midnight_of_the_machines_own_zone(zone: pytest.MonkeyPatch) -> None:
    """Two zones more than a day apart are never on one day."""
    west, east = at(zone, "<-12>12"), at(zone, "<+14>-14")

    assert 1 <= (east - west).days <= 2


def test_a_repeatable_build_is_of_the_day_it_was_told_in_utc(zone: pytest.MonkeyPatch) -> None:
    """Whatever zone the machine is in; what is no number is refused."""
    zone.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert {date(2027, 1, 15)} == {at(zone, "<-12>12"), at(zone, "<+14>-14")}

    zone.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(NbthreatError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        today()
