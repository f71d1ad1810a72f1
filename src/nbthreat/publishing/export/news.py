"""News: what differs between an earlier publication of a register and the register as it is now.

Lines are compared by their key and never by their place. The earlier publication is the JSON form, which loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.base.errors import NbthreatError, quoted
from nbthreat.base.risk import LEVELS
from nbthreat.publishing.publication import COLUMNS, Publication
from nbthreat.publishing.publication.reading import Earlier

_WORDING = frozenset({"title", "because", "path", "provisions", "subject"})
"""Columns that follow from the drawing and the library: nobody decided anything where only these differ."""


class LineChange(StrEnum):
    """How a line of the register differs from its earlier self."""

    NEW = "new"
    RAISED = "level raised"
    LOWERED = "level lowered"
    CHANGED = "changed"
    REWORDED = "only its wording changed"
    GONE = "no longer in the register"


@dataclass(frozen=True, slots=True)
class LineDifference:
    """One line that is not as it was, and in which columns: (column, before, now)."""

    key: str
    title: str
    sort: LineChange
    columns: tuple[tuple[str, str, str], ...] = ()


def compare(earlier: Earlier, publication: Publication) -> tuple[LineDifference, ...]:
    """Return every line that differs, by sort and then by key.

    What is no longer there is only counted where something is withheld, for it may be that. Raises NbthreatError where
    the systems differ, or where the earlier publication was for fewer people, or in another form.
    """
    if earlier.system != publication.system.id:
        theirs, ours = quoted(earlier.system), quoted(publication.system.id)
        raise NbthreatError(f"the earlier publication is of the system {theirs}, not of {ours}.")
    if earlier.marking > publication.marking or (publication.public and earlier.marking is not publication.marking):
        raise NbthreatError(
            f"the earlier publication is marked {earlier.marking.label}, and this one {publication.marking.label}. "
            "Compare it with one that was for the same people."
        )
    now = {line.key: line.row for line in publication.lines}
    found = [
        LineDifference(key, row["title"], LineChange.NEW)
        if key not in earlier.rows
        else _changed(key, earlier.rows[key], row)
        for key, row in now.items()
    ]
    gone = [
        LineDifference(key, row.get("title", ""), LineChange.GONE)
        for key, row in earlier.rows.items()
        if key not in now
    ]
    if gone and publication.withheld.risks:
        what = f"{len(gone)} that are no longer in the register, or no longer shown"
        gone = [LineDifference(str(len(gone)), what, LineChange.GONE)]
    order = list(LineChange)
    every = [*found, *gone]
    return tuple(
        sorted(
            (difference for difference in every if difference),
            key=lambda difference: (order.index(difference.sort), difference.key),
        )
    )


def _changed(key: str, before: Mapping[str, str], now: Mapping[str, str]) -> LineDifference | None:
    columns = tuple((name, before[name], now[name]) for name in COLUMNS if name in before and before[name] != now[name])
    if not columns:
        return None
    return LineDifference(key, now["title"], _sort({name: (old, new) for name, old, new in columns}), columns)


def _sort(columns: Mapping[str, tuple[str, str]]) -> LineChange:
    if columns.keys() <= _WORDING:
        return LineChange.REWORDED
    before, now = columns.get("level", ("", ""))
    if before in LEVELS and now in LEVELS:
        return LineChange.RAISED if LEVELS[now] > LEVELS[before] else LineChange.LOWERED
    return LineChange.CHANGED
