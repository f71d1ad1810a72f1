"""The day to print: today, or the day that a build was told."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime

from nbthreat.base.errors import NbthreatError, quoted


def today() -> date:
    """Return the date to print: of SOURCE_DATE_EPOCH where it is set, so that two builds are the same."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(said) if said else time.time(), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        raise NbthreatError(f"SOURCE_DATE_EPOCH is {quoted(said)}, not a number of seconds.") from None
