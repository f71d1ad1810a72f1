"""Levels of risk: read from the grid, held down by low stakes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nbthreat.base.risk import GRID, Level, Rating, Stakes


def test_the_grid_never_falls() -> None:
    """More likely or worse never means less risk."""
    for row, below in pairwise(GRID):
        assert all(number <= other for number, other in zip(row, below, strict=True))
    assert all(list(row) == sorted(row) for row in GRID)


@pytest.mark.parametrize(
    ("likelihood", "impact", "expected"),
    [(1, 1, "very low"), (5, 1, "very low"), (1, 5, "low"), (3, 3, "moderate"), (3, 5, "high"), (5, 5, "very high")],
)
def test_a_level_is_read_and_not_multiplied(likelihood: int, impact: int, expected: str) -> None:
    """Very likely and harmless is not as bad as unlikely and ruinous."""
    assert expected == Rating(likelihood=Level(likelihood), impact=Level(impact)).level.label


@pytest.mark.parametrize(
    ("stakes", "expected"),
    [
        (None, Level.HIGH),
        (Stakes.LOW, Level.LOW),
        (Stakes.MODERATE, Level.MODERATE),
        (Stakes.HIGH, Level.VERY_HIGH),
        (Stakes.CRITICAL, Level.VERY_HIGH),
    ],
)
def test_stakes_cap_the_impact(stakes: Stakes | None, expected: Level) -> None:
    """Where little is at stake, the worst harm is small; where nobody said, nothing is taken off."""
    rating = Rating(likelihood=Level.HIGH, impact=Level.VERY_HIGH)

    assert expected == rating.in_context(stakes).impact
    assert rating.likelihood == rating.in_context(stakes).likelihood


def test_high_stakes_do_not_make_a_small_harm_large() -> None:
    """Stakes are a ceiling, never a floor."""
    rating = Rating(likelihood=Level.LOW, impact=Level.VERY_LOW)

    assert rating == rating.in_context(Stakes.CRITICAL)
