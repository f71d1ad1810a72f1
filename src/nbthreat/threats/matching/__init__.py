"""Matching: which threats of a library apply to a system, where, why, and what to ask where nobody said."""

from __future__ import annotations

from nbthreat.threats.matching.findings import (
    PRESSING,
    UNSETTLED,
    Finding,
    Match,
    State,
    as_data,
    finding_data,
    level_words,
    library_data,
    match,
)

__all__ = [
    "PRESSING",
    "UNSETTLED",
    "Finding",
    "Match",
    "State",
    "as_data",
    "finding_data",
    "level_words",
    "library_data",
    "match",
]
