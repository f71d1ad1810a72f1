"""Registers: what people decided about findings, kept through re-runs, renames and new libraries.

A decision hangs on a finding's key, or on several. What is no longer found is marked, and whatever is said goes into
a log that only grows: nothing is ever deleted. A register lives in a file beside its system's.
"""

from __future__ import annotations

from nbthreat.register.book import LIBRARY, Occasion, Register, joined, occasion, said
from nbthreat.register.files import read_register, register_path
from nbthreat.register.lines import (
    Movement,
    Risk,
    Standing,
    current_rating,
    decision_for,
    explained,
    movement,
    reconcile,
    touched,
)
from nbthreat.register.values import (
    Acceptance,
    Act,
    Advice,
    Appetite,
    Assurance,
    Audience,
    ChangeAnswer,
    Confidence,
    Decision,
    Dismissal,
    Effect,
    Entry,
    Estimate,
    Handling,
    Inherited,
    Marking,
    NotApplicable,
    Residual,
    Review,
    Schedule,
    Spread,
    Treatment,
    Trigger,
)

__all__ = [
    "LIBRARY",
    "Acceptance",
    "Act",
    "Advice",
    "Appetite",
    "Assurance",
    "Audience",
    "ChangeAnswer",
    "Confidence",
    "Decision",
    "Dismissal",
    "Effect",
    "Entry",
    "Estimate",
    "Handling",
    "Inherited",
    "Marking",
    "Movement",
    "NotApplicable",
    "Occasion",
    "Register",
    "Residual",
    "Review",
    "Risk",
    "Schedule",
    "Spread",
    "Standing",
    "Treatment",
    "Trigger",
    "current_rating",
    "decision_for",
    "explained",
    "joined",
    "movement",
    "occasion",
    "read_register",
    "reconcile",
    "register_path",
    "said",
    "touched",
]
