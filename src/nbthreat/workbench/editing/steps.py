"""Steps: what an operation may look at, what it makes, and what all operations need to know of a board."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from nbthreat.base.errors import OperationError, quoted
from nbthreat.system.diagram.geometry import BOX_HEIGHT, BOX_WIDTH, Point
from nbthreat.system.model import POSITION_LIMIT, FrozenMap, System, bad_id, next_by_id
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Finding
from nbthreat.workbench.editing.board import GAP, Board, Places, free_place, part_of, things

_ID_LENGTH = 56  # leaves room for a number behind it
_ROW = 5  # boxes in a row of what nobody gave a place


@dataclass(frozen=True, slots=True)
class Context:
    """What an operation may look at besides the board."""

    library: Library
    places: Places
    today: date
    by: str
    findings: Callable[[], Mapping[str, Finding]]  # by key, as they now are


@dataclass(frozen=True, slots=True)
class Step:
    """What an operation made: the next board, what to call the step, and the ids it made."""

    board: Board
    name: str
    made: tuple[str, ...] = ()


def slug(text: str) -> str:
    """Return `text` as the beginning of an id: small letters, digits and hyphens, or nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_ID_LENGTH].strip("-")


def free_id(wish: str, taken: Iterable[str]) -> str:
    """Return `wish`, with a number behind it where that id is taken or may not be.

    >>> free_id("model", {"model"}), free_id("com1", ())
    ('model-2', 'com1-1')
    """
    used = set(taken)
    if wish not in used and not bad_id(wish):
        return wish
    numbers = count(1 if bad_id(wish) else 2)
    return next(id for number in numbers if (id := f"{wish}-{number}") not in used)


def taken_ids(system: System) -> set[str]:
    """Return every id on a board."""
    return {thing.id for _, thing in things(system)} | {system.id}


def label(system: System, id: str) -> str:
    """Return what people call the thing with that id."""
    part = part_of(system, id)
    thing: Any = system if part is None else next_by_id(getattr(system, part), id)
    return str(thing.name or thing.id)


def several(system: System, ids: Iterable[str], noun: str = "things") -> str:
    """Return a name for one thing or for several together."""
    listed = list(ids)
    return label(system, listed[0]) if len(listed) == 1 else f"{len(listed)} {noun}"


def must_be_there(system: System, ids: Iterable[str]) -> None:
    """Raise OperationError where one of these is not on the board, as when somebody else has just deleted it."""
    taken = taken_ids(system)
    for id in ids:
        if id not in taken:
            raise OperationError(f"There is no {quoted(id)} on this board any more. Somebody may have taken it away.")


def placed(board: Board, context: Context) -> dict[str, Point]:
    """Return the place of everything, so that what nobody placed stays where it is shown from now on."""
    return {**board.system.layout, **context.places.of(board.system)}


def whole(places: Mapping[str, Point], keep: Iterable[str]) -> FrozenMap[Point]:
    """Return places as a layout: whole pixels, and only of what is there."""
    there = set(keep)
    return FrozenMap((id, (float(round(x)), float(round(y)))) for id, (x, y) in places.items() if id in there)


def on_board(system: System) -> set[str]:
    """Return the ids of everything that can have a place."""
    return {element.id for element in system.elements} | {boundary.id for boundary in system.boundaries}


def free_spot(places: Mapping[str, Point]) -> Point:
    """Return a place to the right of everything in the lowest row, or a new row when that gets long."""
    if not places:
        return (0.0, 0.0)
    bottom = max(y for _, y in places.values())
    right = max(x for x, y in places.values() if y > bottom - BOX_HEIGHT)
    left = min(x for x, _ in places.values())
    if right - left < _ROW * (BOX_WIDTH + GAP):
        return right + BOX_WIDTH + GAP, bottom
    return free_place(places.values())


def bounded(point: Point) -> Point:
    """Return a point that a drawing can hold."""
    x, y = (max(-POSITION_LIMIT, min(POSITION_LIMIT, value)) for value in point)
    return x, y
