"""News: what differs between an earlier publication of a register and the register as it is now.

Lines are compared by their key and never by their place. The earlier publication is the JSON form, which loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.assessment import RISK_COLUMNS, Assessment, risk_data
from nbthreat.errors import NbthreatError, quoted

_WORDING = frozenset({"title", "because", "path", "provisions", "subject"})
"""Columns that follow from the drawing and the library: nobody decided anything where only these differ."""
_LEVELS = ("very low", "low", "moderate", "high", "very high")


class Sort(StrEnum):
    """How a line of the register differs from its earlier self."""

    NEW = "new"
    RAISED = "level raised"
    LOWERED = "level lowered"
    CHANGED = "changed"
    REWORDED = "only its wording changed"
    GONE = "no longer in the register"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A register as it was published before."""

    system: str
    assessed: str
    library: str
    rows: Mapping[str, Mapping[str, str]]  # by key


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that is not as it was, and in which columns: (column, before, now)."""

    key: str
    title: str
    sort: Sort
    columns: tuple[tuple[str, str, str], ...] = ()


def compare(earlier: Earlier, assessment: Assessment) -> tuple[Difference, ...]:
    """Return every line that differs, by sort and then by key. Raises NbthreatError where the systems differ."""
    if earlier.system != assessment.system.id:
        raise NbthreatError(
            f"the earlier publication is of the system {quoted(earlier.system)}, not of {quoted(assessment.system.id)}."
        )
    now = {risk.key: risk_data(risk) for risk in assessment.risks}
    found = [
        Difference(key, row["title"], Sort.NEW) if key not in earlier.rows else _changed(key, earlier.rows[key], row)
        for key, row in now.items()
    ]
    found += [Difference(key, row.get("title", ""), Sort.GONE) for key, row in earlier.rows.items() if key not in now]
    order = list(Sort)
    return tuple(sorted((one for one in found if one), key=lambda one: (order.index(one.sort), one.key)))


def _changed(key: str, before: Mapping[str, str], now: Mapping[str, str]) -> Difference | None:
    columns = tuple(
        (name, before[name], now[name]) for name in RISK_COLUMNS if name in before and before[name] != now[name]
    )
    if not columns:
        return None
    return Difference(key, now["title"], _sort({name: (old, new) for name, old, new in columns}), columns)


def _sort(columns: Mapping[str, tuple[str, str]]) -> Sort:
    if columns.keys() <= _WORDING:
        return Sort.REWORDED
    before, now = columns.get("level", ("", ""))
    if before in _LEVELS and now in _LEVELS:
        return Sort.RAISED if _LEVELS.index(now) > _LEVELS.index(before) else Sort.LOWERED
    return Sort.CHANGED
