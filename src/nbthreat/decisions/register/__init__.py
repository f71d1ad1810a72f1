"""Registers: what people decided about findings, kept through re-runs, renames and new libraries.

A decision hangs on a finding's key, or on several. What is no longer found is marked, and whatever is said goes into
a log that only grows: nothing is ever deleted. A register lives in a file beside its system's.
"""

from __future__ import annotations

from nbthreat.decisions.register.decisions import (
    Acceptance,
    Advice,
    Assurance,
    Audience,
    Confidence,
    Decision,
    Dismissal,
    Estimate,
    Marking,
    Residual,
    Spread,
    Treatment,
)
from nbthreat.decisions.register.draft import Draft, Occasion
from nbthreat.decisions.register.files import read_register, register_beside_link, register_path, system_path
from nbthreat.decisions.register.register import LIBRARY, Register, occasion
from nbthreat.decisions.register.risks import (
    Movement,
    Risk,
    Standing,
    badges,
    counted,
    counts,
    current_rating,
    decision_for,
    explained,
    movement,
    reconcile,
    replacement_keys,
    set_aside,
    touched,
    unlogged,
)
from nbthreat.decisions.register.values import (
    Acknowledged,
    Act,
    Appetite,
    ChangeAnswer,
    Effect,
    Handling,
    Inherited,
    LogEntry,
    NotApplicable,
    Review,
    Schedule,
    Trigger,
)
from nbthreat.decisions.register.wording import said

__all__ = [
    "LIBRARY",
    "Acceptance",
    "Acknowledged",
    "Act",
    "Advice",
    "Appetite",
    "Assurance",
    "Audience",
    "ChangeAnswer",
    "Confidence",
    "Decision",
    "Dismissal",
    "Draft",
    "Effect",
    "Estimate",
    "Handling",
    "Inherited",
    "LogEntry",
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
    "badges",
    "counted",
    "counts",
    "current_rating",
    "decision_for",
    "explained",
    "movement",
    "occasion",
    "read_register",
    "reconcile",
    "register_beside_link",
    "register_path",
    "replacement_keys",
    "said",
    "set_aside",
    "system_path",
    "touched",
    "unlogged",
]
