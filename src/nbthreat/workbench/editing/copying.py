"""Copying: adding copies of things, from this board or from another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbthreat.base.errors import OperationError
from nbthreat.system import documents
from nbthreat.system.documents.shaping import record_fields
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import NOUNS, PARTS, Board, things
from nbthreat.workbench.editing.steps import (
    Context,
    Step,
    bounded,
    free_id,
    free_spot,
    on_board,
    placed,
    several,
    taken_ids,
    whole,
)


def paste(board: Board, operation: m.DoPaste, context: Context) -> Step:
    """Add copies, with ids and names of their own; flows follow their copied ends."""
    system = board.system
    taken = taken_ids(system)
    names = {thing.name for _, thing in things(system)}
    ids: dict[str, str] = {}
    made: dict[str, list[Any]] = {part: [] for part in PARTS}
    places = placed(board, context)
    alone = not (operation.elements or operation.flows)
    kept = set() if alone else {asset.id for asset in system.assets}
    order = ("assets", "boundaries", "elements", "flows")
    copies = [(part, _fields_of(part, raw)) for part in order for raw in getattr(operation, part)]
    for part, data in copies:
        old = str(data.get("id", ""))
        if part == "assets" and old in kept:
            ids[old] = old  # one asset is held in many places; a copy of an element holds the same
        elif old not in ids:
            base = re.sub(r"-\d+$", "", old) or NOUNS[part]
            ids[old] = free_id(base, taken)
            taken.add(ids[old])
    for part, copied in copies:
        id = ids[str(copied["id"])]
        if id in kept:
            continue
        data = {**copied, "id": id, **_references(copied, ids, taken)}
        at = (data.pop("x", None), data.pop("y", None))
        if part == "flows" and None in (data.get("source"), data.get("target")):
            continue
        if data.get("name") in names and part in ("elements", "boundaries"):
            data["name"] = _numbered(str(data["name"]), names)
        names.add(str(data.get("name")))
        thing = documents.shaped(PARTS[part], data, NOUNS[part])
        made[part].append(thing)
        if part in ("elements", "boundaries") and all(isinstance(item, int | float) for item in at):
            x, y = (float(item) + by for item, by in zip(at, operation.shift, strict=True))
            places[thing.id] = bounded((x, y))
        elif part == "elements":
            places[thing.id] = free_spot(places)
    fields: dict[str, Any] = {part: (*getattr(system, part), *new) for part, new in made.items()}
    here = on_board(system) | {thing.id for part in ("elements", "boundaries") for thing in made[part]}
    after = replace(system, **fields, layout=whole(places, here))
    new_ids = tuple(thing.id for part in ("boundaries", "elements", "flows", "assets") for thing in made[part])
    if not new_ids:
        raise OperationError("There is nothing to paste.")
    return Step(replace(board, system=after), f"Paste {several(after, new_ids)}", new_ids)


def _fields_of(part: str, raw: Any) -> dict[str, Any]:
    """Return the fields of a copied thing, without what only the view knows."""
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        raise OperationError("What was copied is not from a board.")
    known = {*record_fields(PARTS[part]), "x", "y"}
    return {name: value for name, value in raw.items() if name in known and value is not None and value != ""}


def _references(data: Mapping[str, Any], ids: Mapping[str, str], taken: set[str]) -> dict[str, Any]:
    """Return the references of a copied thing as they are on this board; those to nothing here are left out."""
    found: dict[str, Any] = {}
    for name in ("source", "target", "boundary", "within"):
        if name in data:
            here = ids.get(str(data[name]), data[name])
            found[name] = here if here in taken else None
    for name in ("holds", "carries"):
        if isinstance(data.get(name), list):
            found[name] = [ids.get(str(item), item) for item in data[name] if ids.get(str(item), item) in taken]
    return found


def _numbered(name: str, names: set[str]) -> str:
    base = re.sub(r" \d+$", "", name)
    number = 2
    while f"{base} {number}" in names:
        number += 1
    return f"{base} {number}"
