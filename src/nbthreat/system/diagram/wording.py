"""Wording: the drawing in words, and the words in the drawing: measured, wrapped and cut."""

from __future__ import annotations

import functools
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from nbthreat.base.text import listed, named, shown
from nbthreat.system.diagram.geometry import outermost_first
from nbthreat.system.model import Element, Flow, System, TrustBoundary

Badge = tuple[int, ...]
"""How many findings are open, how many possible, and how many to clarify."""


_ADVANCES = {
    0.23: "ijl'|",
    0.29: " .,:;!/\\ftI()[]`",
    0.37: 'r-"*{}°',
    0.50: "ckszvxyJ_^",
    0.68: "ABEKPSVXYFTZL&",
    0.74: "CDHNRUw",
    0.79: "GOQ",
    0.87: "mM%",
    0.98: "W@…",
}
_ADVANCE = {character: advance for advance, characters in _ADVANCES.items() for character in characters}
_PLAIN, _OTHER, _WIDE = 0.57, 0.64, 1.1
"""Widths, in parts of the size of the type: of ASCII, of other scripts, and of ideographs and emoji."""


# Measured, wrapped and cut


@functools.lru_cache(maxsize=4_096)
def width(text: str, size: float) -> float:
    """Return about how wide `text` is in sans-serif type of `size`, a little too wide rather than too narrow."""
    return size * sum(_advance(character) for character in text)


def _advance(character: str) -> float:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _WIDE
    return _ADVANCE.get(character, _PLAIN if character.isascii() and not character.isupper() else _OTHER)


def wrapped(text: str, size: float, room: float, lines: int = 1) -> list[str]:
    """Return safe `text` in at most `lines` lines, none wider than `room`; the last ends in … where some was cut."""
    result: list[str] = []
    rest = shown(text)
    while rest and len(result) < lines - 1:
        line, rest = _line(rest, size, room)
        result.append(line)
    if rest and width(rest, size) > room:
        rest = _cut(rest, size, room - width("…", size)).rstrip() + "…"
    return [*result, rest] if rest else result


def _line(text: str, size: float, room: float) -> tuple[str, str]:
    """Return as much of `text` as fits on a line, broken after a space or a hyphen where possible, and the rest."""
    if width(text, size) <= room:
        return text, ""
    most = _cut(text, size, room)
    if text[len(most)] == " ":
        return most, text[len(most) :].lstrip()
    end = max(most.rfind(" "), most.rfind("-"), most.rfind("/"), most.rfind("_")) + 1
    kept = most[:end] or most
    return kept.rstrip(), text[len(kept) :].lstrip()


def _cut(text: str, size: float, room: float) -> str:
    """Return as many whole signs from the start of `text` as fit in `room`, at least one."""
    kept, used = "", 0.0
    for sign in _signs(text):
        used += width(sign, size)
        if kept and used > room:
            break
        kept += sign
    return kept


def _signs(text: str) -> Iterator[str]:
    """Yield what a reader takes for one sign: a letter with its marks, an emoji with all that is joined to it."""
    sign = ""
    for character in text:
        joins = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or "\U0001f3fb" <= character <= "\U0001f3ff"
        flag = "\U0001f1e6" <= character <= "\U0001f1ff" and len(sign) == 1 and "\U0001f1e6" <= sign <= "\U0001f1ff"
        if sign and not joins and not flag and not sign.endswith("\u200d"):
            yield sign
            sign = ""
        sign += character
    if sign:
        yield sign


# In words


def trust_of(boundary: TrustBoundary) -> str:
    """Return how far those inside are trusted, as a label says it: 'trust: high'."""
    return f"trust: {boundary.trust.value if boundary.trust else 'not known'}"


def counted(badge: Badge) -> str:
    """Return the counts of a badge in words, without those that are nought: '2 open · 1 possible'."""
    return " · ".join(
        f"{count} {what}" for count, what in zip(badge, ("open", "possible", "to clarify"), strict=False) if count
    )


def describe(system: System, *, shapes: Mapping[str, str] | None = None) -> str:
    """Return the drawing in words, one line a boundary and a flow: what is where, and what goes from where to where.

    Boundaries come outermost first, elements and flows in the author's order. Where `shapes` says which elements
    are processes, stores and external, the words say so too.
    """
    counts = (
        _count(len(system.elements), "element"),
        _count(len(system.boundaries), "trust boundary", "trust boundaries"),
        _count(len(system.flows), "flow"),
    )
    version = f" {named(system.version)}" if system.version else ""
    return "\n".join(
        [
            f"{named(system.name)}{version}: {counts[0]}, {counts[1]} and {counts[2]}.",
            *_places(system, shapes or {}),
            *_flows(system),
        ]
    )


def _count(number: int, name: str, more: str | None = None) -> str:
    return f"{number} {name if number == 1 else more or name + 's'}"


def _places(system: System, shapes: Mapping[str, str]) -> Iterator[str]:
    """Yield what lies outside all boundaries, then what lies in each."""
    elements: defaultdict[str | None, list[Element]] = defaultdict(list)
    for element in system.elements:
        elements[element.boundary].append(element)
    boundaries: defaultdict[str | None, list[TrustBoundary]] = defaultdict(list)
    for boundary in system.boundaries:
        boundaries[boundary.within].append(boundary)
    if elements[None]:
        yield f"In no trust boundary: {listed([_element(element, shapes) for element in elements[None]])}."
    by_id = {boundary.id: boundary for boundary in system.boundaries}
    for id_ in outermost_first(system):
        boundary = by_id[id_]
        outer = f", within {named(by_id[boundary.within].name or boundary.within)}" if boundary.within else ""
        contents = [
            *(_element(element, shapes) for element in elements[id_]),
            *(f"the trust boundary {named(inner.name or inner.id)}" for inner in boundaries[id_]),
        ]
        yield f"In {named(boundary.name or id_)} ({trust_of(boundary)}){outer}: {listed(contents) or 'nothing'}."


def _element(element: Element, shapes: Mapping[str, str]) -> str:
    kinds = [named(shapes.get(element.id, "process"))] if shapes else []
    return f"{named(element.label)} ({', '.join([*kinds, *map(named, element.technologies)])})"


def _flows(system: System) -> Iterator[str]:
    labels = {element.id: named(element.label) for element in system.elements}
    assets = {asset.id: named(asset.name or asset.id) for asset in system.assets}
    for n, flow in enumerate(system.flows, start=1):
        target = "itself" if flow.source == flow.target else labels[flow.target]
        yield f"Flow {n}: {named(flow.label)}, from {labels[flow.source]} to {target}{_carrying(flow, assets)}."


def _carrying(flow: Flow, assets: Mapping[str, str]) -> str:
    if flow.carries is None:
        return "; what it carries is not known"
    return f", carrying {listed([assets[asset] for asset in flow.carries]) or 'nothing'}"
