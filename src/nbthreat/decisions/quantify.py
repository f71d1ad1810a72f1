"""Numbers when somebody wants them: what a year may cost, without the treatments and with them.

Each risk happens so and so often a year and costs so and so much each time; both are given as ranges that hold the
truth with 90 % confidence, and both are taken as log-normal between their ends. Events come independently at the rate
drawn for the year (Poisson). Risks that name the same factor rise and fall together: half of the variance of how often
they happen is common to them. The same random numbers are used without the treatments and with them, so that what
differs is the treatments, and those of a risk do not hang on which other risks there are.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbthreat.base.errors import RegisterError
from nbthreat.decisions.register import Decision, Spread

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Draws = npt.NDArray[np.float32]

TRIALS = 10_000
TRIALS_LIMIT = 1_000_000
CHANCES = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001)
"""Where a loss-exceedance curve is told: the chances of losing more in a year."""

_NINETY = 1.6448536269514722  # standard deviations from the middle to either end of 90 % of a normal distribution
_COMMON = math.sqrt(0.5)  # how much of a year's variation is the factor's, as a standard deviation
_MANY = 30.0  # events a year beyond which their number is taken as normal


@dataclass(frozen=True, slots=True)
class LossCurve:
    """What a year may cost: the mean, and points (loss, chance of losing more), losses rising; losses in money."""

    mean: float
    points: tuple[tuple[float, float], ...]

    def loss(self, chance: float) -> float:
        """Return the loss that is exceeded with one of the `CHANCES`; KeyError for any other."""
        return {chance: loss for loss, chance in self.points}[chance]


@dataclass(frozen=True, slots=True)
class Quantified:
    """What all risks with numbers may cost in a year, without the treatments beside with them."""

    trials: int
    seed: int
    risks: tuple[tuple[str, float, float], ...]  # number or key, mean of a year without and with, most costly first
    inherent: LossCurve
    residual: LossCurve

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "trials": self.trials,
            "seed": self.seed,
            "words": self.words,
            "risks": [{"risk": name, "inherent": without, "residual": with_} for name, without, with_ in self.risks],
            "exceedance": [
                {"chance": chance, "inherent": without, "residual": with_}
                for (without, chance), (with_, _) in zip(self.inherent.points, self.residual.points, strict=True)
            ],
        }

    @property
    def words(self) -> str:
        """The two curves in a few sentences: the alternative text of their picture."""
        said = [f"{len(self.risks)} risks with numbers, {self.trials:,} simulated years."]
        for name, curve in (("Without the treatments", self.inherent), ("With them", self.residual)):
            said.append(
                f"{name} a year costs {curve.mean:,.0f} on average, more than {curve.loss(0.5):,.0f} in one year of "
                f"two, more than {curve.loss(0.1):,.0f} in one of ten and more than {curve.loss(0.01):,.0f} in one of "
                "a hundred."
            )
        return " ".join(said)


def quantify(decisions: Iterable[Decision], *, trials: int = TRIALS, seed: int = 0) -> Quantified:
    """Return what simulated years cost by the decisions that have an estimate; the same seed gives the same numbers.

    Raises RegisterError where `trials` is not from 1 to 1,000,000.

    >>> from nbthreat.decisions.register import Estimate
    >>> untreated, treated = Spread(frequency=(1, 2), loss=(100, 900)), Spread(frequency=(0.1, 0.2), loss=(100, 900))
    >>> estimate = Estimate(inherent=untreated, residual=treated)
    >>> decision = Decision(
    ...     key="evasion@model", treatment="mitigate", owner="Team", rationale="Frequent.", estimate=estimate
    ... )
    >>> costs = quantify([decision], trials=1_000)
    >>> costs.inherent.mean > costs.residual.mean
    True
    """
    import numpy as np

    if not 1 <= trials <= TRIALS_LIMIT:
        raise RegisterError(f"the number of simulated years must be from 1 to {TRIALS_LIMIT:,}.")
    factors: dict[str, Draws] = {}
    totals = np.zeros((2, trials))
    risks: list[tuple[str, float, float]] = []
    for decision in decisions:
        estimate = decision.estimate
        if estimate is None:
            continue
        random = _generator(f"risk {decision.number or decision.key}", seed)
        often = random.standard_normal(trials, dtype=np.float32)
        if estimate.factor:
            if estimate.factor not in factors:
                common = _generator(f"factor {estimate.factor}", seed)
                factors[estimate.factor] = common.standard_normal(trials, dtype=np.float32)
            often *= np.float32(_COMMON)
            often += np.float32(_COMMON) * factors[estimate.factor]
        draws = often, random.random(trials, dtype=np.float32), random.standard_normal(trials, dtype=np.float32)
        without = _year(estimate.inherent, *draws)
        totals[0] += without
        with_ = without if estimate.residual is None else _year(estimate.residual, *draws)
        totals[1] += with_
        risks.append(
            (decision.number or decision.key, float(without.mean(dtype=float)), float(with_.mean(dtype=float)))
        )
    return Quantified(
        trials=trials,
        seed=seed,
        risks=tuple(sorted(risks, key=lambda risk: (-risk[1], risk[0]))),
        inherent=_curve(totals[0]),
        residual=_curve(totals[1]),
    )


def _generator(name: str, seed: int) -> np.random.Generator:
    """Return a source of random numbers of its own for a name."""
    import numpy as np

    return np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))]))


def _year(spread: Spread, often: Draws, events: Draws, cost: Draws) -> Draws:
    """Return what each year costs; `often` and `cost` are standard normal, `events` uniform from 0 up to 1."""
    import numpy as np

    middle, width = _log_normal(spread.frequency)
    rate = np.exp(np.float32(middle) + np.float32(width) * often)
    counts = _counts(rate, events)
    hit = np.flatnonzero(counts)
    number = counts[hit]
    # The sum of n log-normal losses is close to a log-normal one of its mean and variance (Fenton-Wilkinson).
    middle, width = _log_normal(spread.loss)
    variance = np.log1p(np.float32(math.expm1(width * width)) / number)
    half = np.float32(width * width / 2 + middle) - variance * np.float32(0.5)
    found = np.zeros(len(often), dtype=np.float32)
    found[hit] = number * np.exp(half + np.sqrt(variance) * cost[hit])
    return found


def _counts(rate: Draws, events: Draws) -> Draws:
    """Return how many events there are in each year, by its rate: Poisson, by how its distribution adds up."""
    import numpy as np

    found = np.zeros(len(rate), dtype=np.float32)
    chance = np.exp(-rate)  # of n events, and below: of at most n
    left = np.flatnonzero((events > chance) & (rate <= _MANY))
    mean, level, chance = rate[left], events[left], chance[left]
    below, n = chance.copy(), 0
    while len(left):
        n += 1
        found[left] = n
        chance = chance * mean / np.float32(n)
        below += chance
        on = (level > below) & (chance > 0)
        left, mean, level, chance, below = left[on], mean[on], level[on], chance[on], below[on]
    many = np.flatnonzero(rate > _MANY)
    if len(many):
        found[many] = np.maximum(0, np.rint(rate[many] + np.sqrt(rate[many]) * _normal(events[many])))
    return found


def _normal(level: Draws) -> Draws:
    """Return which standard normal number lies at a level from 0 up to 1, to one decimal.

    Source: Schmeiser, Approximations to the inverse cumulative normal function, Applied Statistics 28 (1979).
    """
    import numpy as np

    found = (level**0.135 - (1 - level) ** 0.135) / 0.1975
    return found.astype(np.float32, copy=False)


def _log_normal(ends: tuple[float, float]) -> tuple[float, float]:
    """Return middle and standard deviation, as logarithms, of what lies between these ends with 90 % confidence."""
    low, high = (math.log(end) for end in ends)
    return (low + high) / 2, (high - low) / (2 * _NINETY)


def _curve(totals: npt.NDArray[np.float64]) -> LossCurve:
    import numpy as np

    losses = np.quantile(totals, [1 - chance for chance in CHANCES])
    return LossCurve(
        float(totals.mean()), tuple((float(loss), chance) for loss, chance in zip(losses, CHANCES, strict=True))
    )
