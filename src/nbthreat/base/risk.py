"""Risk: likelihood and impact → level, read from a grid and never multiplied.

All three scales run from 1 (very low) to 5 (very high). A product would pretend that the steps are
equal and comparable; a grid only says what somebody decided each pair means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """One step of a five-step scale: of likelihood, of impact, or of the risk they make.

    >>> Level.VERY_HIGH.label, Level.VERY_HIGH.code, int(Level.VERY_HIGH)
    ('very high', 'VH', 5)
    """

    VERY_LOW = 1
    LOW = 2
    MODERATE = 3
    HIGH = 4
    VERY_HIGH = 5

    @property
    def label(self) -> str:
        """The step in words: 'very high'."""
        return self.name.replace("_", " ").lower()

    @property
    def code(self) -> str:
        """The step in one letter or two: 'VH'."""
        return "".join(word[0] for word in self.name.split("_"))


LEVELS = {level.label: level for level in Level}
"""Every step by its label, the lowest first."""


class Stakes(StrEnum):
    """What is at stake when the system is wrong or misused, judged for this deployment."""

    LOW = "low"  # time is lost; nobody is worse off
    MODERATE = "moderate"  # an inconvenience or a cost that can be put right
    HIGH = "high"  # money, rights, chances or health of people
    CRITICAL = "critical"  # lives, or the survival of the organisation


GRID: tuple[tuple[int, ...], ...] = (
    # impact: very low … very high
    (1, 1, 1, 2, 2),  # likelihood very low
    (1, 2, 2, 2, 3),
    (1, 2, 3, 3, 4),
    (1, 2, 3, 4, 5),
    (1, 2, 3, 4, 5),  # likelihood very high
)
"""`GRID[likelihood - 1][impact - 1]`. Source: NIST SP 800-30 rev. 1 (2012), table I-2."""

CEILING = {
    None: Level.HIGH,  # what nobody said is not critical
    Stakes.LOW: Level.LOW,
    Stakes.MODERATE: Level.MODERATE,
    Stakes.HIGH: Level.VERY_HIGH,
    Stakes.CRITICAL: Level.VERY_HIGH,
}
"""The greatest impact a harm can have that comes about through what the system is used for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How likely, how bad, and what that makes."""

    likelihood: Level
    impact: Level

    @property
    def level(self) -> Level:
        """The level of risk, by grid look-up.

        >>> Rating(likelihood=Level.HIGH, impact=Level.LOW).level.label
        'low'
        """
        return Level(GRID[self.likelihood - 1][self.impact - 1])

    def in_context(self, stakes: Stakes | None) -> Rating:
        """Return this rating where `stakes` are at stake; where nobody said, an impact is high at most.

        >>> Rating(likelihood=Level.HIGH, impact=Level.VERY_HIGH).in_context(Stakes.MODERATE).impact.label
        'moderate'
        """
        return Rating(likelihood=self.likelihood, impact=min(self.impact, CEILING[stakes]))
