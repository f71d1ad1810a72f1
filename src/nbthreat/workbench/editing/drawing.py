"""Drawing: the operations that add, change, remove, move and line up what is on a board."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbthreat.base.errors import OperationError, hint, quoted
from nbthreat.system import diagram, documents
from nbthreat.system.diagram.geometry import BOX_HEIGHT, BOX_WIDTH, Point
from nbthreat.system.model import Element, FrozenMap, System
from nbthreat.threats.conditions import Subject
from nbthreat.threats.library import Library, sayable
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import GAP, NOUNS, PARTS, Board, Thing, free_place, part_of, things
from nbthreat.workbench.editing.steps import (
    Context,
    Step,
    bounded,
    free_id,
    free_spot,
    label,
    must_be_there,
    on_board,
    placed,
    several,
    slug,
    taken_ids,
    whole,
)

_SYSTEM_FIELDS = ("name", "version", "owner", "purpose", "lifecycle", "stakes", "facts", "controls")
_MAPS = frozenset({"facts", "controls", "settings"})
_ANSWERS = {True: "yes", False: "no", None: "not known"}
_WORDS_SHOWN = 3


def add(board: Board, operation: m.DoAdd, context: Context) -> Step:
    """Draw something."""
    system = board.system
    part = operation.part.value
    if not isinstance(operation.thing, dict):
        raise OperationError("What to add must be given by its fields.")
    data = dict(operation.thing)
    data.setdefault("id", free_id(_wish(part, data), taken_ids(system)))
    thing = documents.shaped(PARTS[part], data, NOUNS[part])
    fields: dict[str, Any] = {part: (*getattr(system, part), thing)}
    if part in ("elements", "boundaries"):
        places = placed(board, context)
        at = operation.at or free_spot(places)
        fields["layout"] = whole({**places, thing.id: bounded(at)}, {*on_board(system), thing.id})
    next_board = board.with_system(**fields)
    return Step(next_board, f"Add {label(next_board.system, thing.id)}", (thing.id,))


def _wish(part: str, data: Mapping[str, Any]) -> str:
    """Return what an id could be called, from the name people gave or from what the thing is."""
    said = slug(str(data.get("name") or ""))
    if said and not said.isdigit():
        return said
    if part == "flows":
        return "-".join(slug(str(data.get(end)))[:27].strip("-") or "flow" for end in ("source", "target"))
    if part == "elements":
        return slug(str(data.get("technology") or "")) or "element"
    return NOUNS[part]


def change(board: Board, operation: m.DoChange, context: Context) -> Step:
    """Change fields of things; facts, controls and settings are changed key by key."""
    system = board.system
    said = operation.set
    if not isinstance(said, dict) or not said or not operation.ids:
        raise OperationError("Nothing was said to change.")
    must_be_there(system, operation.ids)
    there: dict[str, tuple[str, Any]] = {thing.id: (part, thing) for part, thing in things(system)}
    changed: dict[str, dict[str, Thing]] = defaultdict(dict)  # by part, then by id
    dropped = 0
    for id in operation.ids:
        if id == system.id:
            continue
        part, old = there[id]
        if "id" in said and said["id"] != id:
            raise OperationError("An id stays what it is, because decisions hang on it. Change the name instead.")
        new = documents.shaped(PARTS[part], _merged(documents.plain(old), said), NOUNS[part])
        if isinstance(new, Element) and new.technologies != old.technologies:
            new, lost = _only_sayable(new, context.library)
            dropped += lost
        changed[part][id] = new
    fields: dict[str, Any] = {
        part: tuple(new.get(item.id, item) for item in getattr(system, part)) for part, new in changed.items()
    }
    if system.id in operation.ids:
        fields.update(_system_fields(system, said))
    if {"boundary", "within"} & said.keys():
        fields["layout"] = whole(placed(board, context), on_board(system))
    after = replace(system, **fields)
    name = _change_name(system, operation.ids, said, context.library)
    if dropped:
        name += f"; {dropped} answers that cannot be said of it were left out"
    return Step(replace(board, system=after), name)


def _system_fields(system: System, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are said of the system as a whole, with what is changed in them."""
    unknown = [name for name in said if name not in _SYSTEM_FIELDS]
    if unknown:
        raise OperationError(f"The system has no {quoted(unknown[0])} to change.{hint(unknown[0], _SYSTEM_FIELDS)}")
    bare = {name: value for name, value in documents.plain(system).items() if name in (*_SYSTEM_FIELDS, "id")}
    changed = documents.shaped(System, _merged(bare, said), "system")
    return {name: getattr(changed, name) for name in _SYSTEM_FIELDS}


def _merged(old: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with others laid over: None takes one away, and maps are laid over key by key."""
    new = dict(old)
    for name, value in said.items():
        if name in _MAPS and isinstance(value, dict):
            new[name] = {**old.get(name, {}), **value}
            new[name] = {key: item for key, item in new[name].items() if item is not None}
        else:
            new[name] = value
    return {name: value for name, value in new.items() if value is not None}


def _only_sayable(element: Element, library: Library) -> tuple[Element, int]:
    """Return an element without the answers that cannot be said of its technologies, and how many those were."""
    terms = library.vocabulary
    kept: dict[str, Any] = {
        attribute: FrozenMap(
            (name, answer)
            for name, answer in getattr(element, attribute).items()
            if name not in known or sayable(known[name], Subject.ELEMENT, *element.technologies)
        )
        for attribute, known in (("facts", terms.facts), ("controls", terms.controls))
    }
    lost = len(element.facts) + len(element.controls) - sum(map(len, kept.values()))
    return replace(element, **kept), lost


def _change_name(system: System, ids: tuple[str, ...], said: Mapping[str, Any], library: Library) -> str:
    what = several(system, ids)
    if list(said) == ["name"]:
        return f"Rename {what} to {said['name'] or 'nothing'}"
    words = []
    for name, value in said.items():
        if name in ("facts", "controls") and isinstance(value, dict):
            known = library.facts if name == "facts" else library.controls
            words += [
                f"{known[key].name if key in known else key}: {_ANSWERS.get(item, item)}" for key, item in value.items()
            ]
        elif name in ("technology", "also") and value in library.technologies:
            words.append(library.technologies[value].name)
        elif name in ("boundary", "within"):
            words.append(f"into {label(system, value)}" if value else "out of its boundary")
        else:
            words.append(name)
    shown = ", ".join(words[:_WORDS_SHOWN]) + (" …" if len(words) > _WORDS_SHOWN else "")
    return f"Change {what} ({shown})"


def remove(board: Board, operation: m.DoRemove, _: Context) -> Step:
    """Take things away: elements with their flows, and what is in a boundary moves out to the one around it."""
    system = board.system
    must_be_there(system, operation.ids)
    gone = set(operation.ids)
    if system.id in gone:
        raise OperationError("The system itself cannot be taken away. Take away what is in it.")
    if not gone:
        return Step(board, "Delete nothing")
    parents = {boundary.id: boundary.within for boundary in system.boundaries}

    def outside(id: str | None) -> str | None:
        while id in gone:
            id = parents[id]
        return id

    def kept(assets: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if assets is None else tuple(asset for asset in assets if asset not in gone)

    after = replace(
        system,
        assets=tuple(asset for asset in system.assets if asset.id not in gone),
        boundaries=tuple(
            boundary if boundary.within not in gone else replace(boundary, within=outside(boundary.within))
            for boundary in system.boundaries
            if boundary.id not in gone
        ),
        elements=tuple(
            element
            if element.boundary not in gone and not gone.intersection(element.holds or ())
            else replace(element, boundary=outside(element.boundary), holds=kept(element.holds))
            for element in system.elements
            if element.id not in gone
        ),
        flows=tuple(
            flow if not gone.intersection(flow.carries or ()) else replace(flow, carries=kept(flow.carries))
            for flow in system.flows
            if not gone.intersection((flow.id, flow.source, flow.target))
        ),
        layout=FrozenMap((id, place) for id, place in system.layout.items() if id not in gone),
    )
    return Step(replace(board, system=after), f"Delete {several(system, operation.ids)}")


def move(board: Board, operation: m.DoMove, context: Context) -> Step:
    """Put things somewhere, and into another boundary."""
    system = board.system
    ids = list(dict.fromkeys([*operation.places, *operation.into]))
    must_be_there(system, ids)
    for id in ids:
        if part_of(system, id) not in ("elements", "boundaries"):
            raise OperationError(f"{label(system, id)} has no place of its own: it goes where its ends go.")
    if not ids:
        return Step(board, "Move nothing")
    into = operation.into
    places = {**placed(board, context), **{id: bounded(at) for id, at in operation.places.items()}}
    after = replace(
        system,
        layout=whole(places, on_board(system)),
        boundaries=tuple(
            replace(boundary, within=into[boundary.id]) if boundary.id in into else boundary
            for boundary in system.boundaries
        ),
        elements=tuple(
            replace(element, boundary=into[element.id]) if element.id in into else element
            for element in system.elements
        ),
    )
    return Step(replace(board, system=after), f"Move {several(system, ids)}")


def align(board: Board, operation: m.DoAlign, context: Context) -> Step:
    """Line boxes up, or spread them evenly."""
    system = board.system
    must_be_there(system, operation.ids)
    places = placed(board, context)
    chosen = {id: places[id] for id in operation.ids if id in places}
    if len(chosen) < 2:  # noqa: PLR2004 - one alone is always in line
        raise OperationError("Choose two or more boxes to line up.")
    places.update(_aligned(chosen, operation.how))
    after = replace(system, layout=whole(places, on_board(system)))
    return Step(replace(board, system=after), f"Align {len(chosen)} boxes")


def _aligned(chosen: Mapping[str, Point], how: m.Alignment) -> dict[str, Point]:
    xs, ys = [x for x, _ in chosen.values()], [y for _, y in chosen.values()]
    match how:
        case m.Alignment.LEFT | m.Alignment.CENTRE | m.Alignment.RIGHT:
            x = {"left": min(xs), "centre": (min(xs) + max(xs)) / 2, "right": max(xs)}[how.value]
            return {id: (x, y) for id, (_, y) in chosen.items()}
        case m.Alignment.TOP | m.Alignment.MIDDLE | m.Alignment.BOTTOM:
            y = {"top": min(ys), "middle": (min(ys) + max(ys)) / 2, "bottom": max(ys)}[how.value]
            return {id: (x, y) for id, (x, _) in chosen.items()}
    axis, size = (0, BOX_WIDTH + GAP) if how is m.Alignment.ACROSS else (1, BOX_HEIGHT + GAP)
    order = [id for _, id in sorted((place[axis], id) for id, place in chosen.items())]
    first, last = chosen[order[0]][axis], chosen[order[-1]][axis]
    step = max((last - first) / (len(order) - 1), size)
    spread = {}
    for n, id in enumerate(order):
        along = first + n * step
        spread[id] = (along, chosen[id][1]) if axis == 0 else (chosen[id][0], along)
    return spread


def tidy(board: Board, _: m.DoTidy, context: Context) -> Step:
    """Arrange the whole drawing anew."""
    system = replace(board.system, layout=FrozenMap())
    places: dict[str, Point] = dict(diagram.arrange(system))
    for boundary in board.system.boundaries:
        if boundary.id in context.places.of(board.system):
            places[boundary.id] = free_place(places.values())
    after = replace(system, layout=whole(places, on_board(system)))
    return Step(replace(board, system=after), "Tidy the drawing")
