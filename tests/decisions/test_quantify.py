"""Numbers: the same seed the same years, nothing invented, and what a person can check by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from helpers import decision
from nbthreat.base.errors import RegisterError
from nbthreat.decisions.quantify import CHANCES, Quantified, quantify
from nbthreat.decisions.register import Decision, Estimate, Spread

ONE = Spread(frequency=(0.2, 0.8), loss=(10_000, 90_000))
HALF = Spread(frequency=(0.1, 0.4), loss=(10_000, 90_000))


def risk(name: str, inherent: Spread = ONE, residual: Spread | None = HALF, factor: str = "") -> Decision:
    """A decision with an estimate."""
    return decision(f"{name}@x", estimate=Estimate(inherent=inherent, residual=residual, factor=factor))


def mean(ends: tuple[float, float]) -> float:
    """The mean of a log-normal quantity between ends of 90 %."""
    low, high = map(math.log, ends)
    return math.exp((low + high) / 2 + ((high - low) / 3.2897) ** 2 / 2)


@pytest.mark.parametrize(
    "spread",
    [
        ONE,
        Spread(frequency=(0.01, 0.02), loss=(1, 2)),
        Spread(frequency=(3, 9), loss=(100, 200)),
        Spread(frequency=(80, 120), loss=(5, 10)),
    ],
    ids=["now and then", "rare", "often", "all the time"],
)
def test_the_mean_is_what_is_reckoned_by_hand(spread: Spread) -> None:
    """Mean frequency times mean loss, to within a few per cent of chance."""
    found = quantify([risk("a", spread, None)], trials=100_000, seed=1)

    assert found.inherent.mean == pytest.approx(mean(spread.frequency) * mean(spread.loss), rel=0.06)


def test_the_chance_of_a_quiet_year_is_that_of_no_event() -> None:
    """At half an event a year, three years of five cost nothing."""
    found = quantify([risk("a", Spread(frequency=(0.5, 0.5), loss=(1, 1)), None)], trials=50_000)

    quiet = math.exp(-0.5)
    assert 0 == found.inherent.loss(0.4)
    assert all((loss > 0) == (1 - chance > quiet) for loss, chance in found.inherent.points)


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others() -> None:
    """Whatever order the decisions come in."""
    risks = [risk("a"), risk("b", factor="vendor"), risk("c", factor="vendor")]

    assert quantify(risks, trials=500) == quantify(risks, trials=500)
    assert quantify(risks, trials=500, seed=1) != quantify(risks, trials=500)
    item, other = (
        {name: inherent for name, inherent, _ in quantify(order, trials=500).risks} for order in (risks, risks[::-1])
    )
    assert item == other


def test_treatment_stands_beside_no_treatment() -> None:
    """Half as often costs half; where nothing is said of it, a treatment changes nothing."""
    treated = quantify([risk("a")], trials=50_000)
    assert treated.residual.mean == pytest.approx(treated.inherent.mean / 2, rel=0.1)
    assert all(
        with_ <= without
        for (without, _), (with_, _) in zip(treated.inherent.points, treated.residual.points, strict=True)
    )

    untreated = quantify([risk("a", residual=None)], trials=500)
    assert untreated.inherent == untreated.residual


def test_a_common_factor_makes_bad_years_worse_and_no_year_dearer_on_average() -> None:
    """Risks that rise together make a longer tail."""
    wide = Spread(frequency=(0.5, 20), loss=(100, 100))
    alone, together = (
        quantify([risk(f"r{n}", wide, None, factor) for n in range(40)], trials=20_000) for factor in ("", "vendor")
    )

    assert together.inherent.mean == pytest.approx(alone.inherent.mean, rel=0.05)
    assert together.inherent.loss(0.01) > 1.3 * alone.inherent.loss(0.01)


def test_a_curve_falls_and_is_told_in_words() -> None:
    """More loss, less chance; the words are the alternative text."""
    found: Quantified = quantify([risk("a"), decision("b@x")], trials=2_000)
    losses = [loss for loss, _ in found.inherent.points]

    assert sorted(losses) == losses
    assert CHANCES == tuple(chance for _, chance in found.inherent.points)
    assert 1 == len(found.risks)
    assert found.words.startswith("1 risks with numbers, 2,000 simulated years. Without the treatments a year costs ")
    assert found.words == found.data()["words"]


def test_nothing_costs_nothing() -> None:
    """A register without estimates has no curve but the flat one."""
    found = quantify([decision("a@x")], trials=10)

    assert (0, ()) == (found.inherent.mean, found.risks)


@pytest.mark.parametrize("trials", [0, -1, 1_000_001])
def test_the_number_of_years_is_bounded(trials: int) -> None:
    """Nobody waits for a slip of the keyboard."""
    with pytest.raises(RegisterError, match="from 1 to 1,000,000"):
        quantify([risk("a")], trials=trials)


@pytest.mark.parametrize(
    ("frequency", "loss"),
    [
        ((0, 1), (1, 2)),
        ((2, 1), (1, 2)),
        ((-1, 1), (1, 2)),
        ((1, 2), (1, 1e16)),
        ((1, 1e7), (1, 2)),
        ((1, 2), (1e-9, 1e9)),
        ((1, 2), (math.nan, 2)),
        ((1, 2), (1, math.inf)),
    ],
)
def test_a_range_is_one(frequency: tuple[float, float], loss: tuple[float, float]) -> None:
    """Above nothing, low before high, and narrow enough to say something."""
    with pytest.raises(RegisterError):
        Spread(frequency=frequency, loss=loss)


def test_the_widest_ranges_give_numbers() -> None:
    """No overflow, no nonsense."""
    wide = Spread(frequency=(0.001, 1e6), loss=(1e6, 1e15))
    found = quantify([replace(risk("a", wide, wide), number="R-001")], trials=1_000)

    assert math.isfinite(found.inherent.mean)
    assert "R-001" == found.risks[0][0]
