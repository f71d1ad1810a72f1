"""The day it is: one clock for the workbench, the commands, what is published and the log."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from nbthreat.base.errors import NbthreatError, quoted


def today() -> date:
    """Return the day it is where this machine is: a day ends at midnight of its own time zone.

    Where SOURCE_DATE_EPOCH is set, so that two builds are the same, it is that moment's day in UTC. Raises
    NbthreatError where that is no number of seconds.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if not said:
        return date.today()  # noqa: DTZ011 - the local day is what people mean by today
    try:
        return datetime.fromtimestamp(int(said), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        raise NbthreatError(f"SOURCE_DATE_EPOCH is {quoted(said)}, not a number of seconds.") from None
