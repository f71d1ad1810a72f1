"""Wording: the drawing in words, and the words in the drawing: made safe to show, measured, wrapped and cut."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nbthreat.system.diagram.geometry import outermost_first
from nbthreat.system.model import Element, Flow, System, TrustBoundary

Badge = tuple[int, int]
"""How many findings are open, and how many possible."""

_JOINED = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"  # flags of regions, spelt in tags
    "|(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])"  # joiners, in scripts that need them and in emoji
    "|(?<=[^\x00-\x1f\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe0e\ufe0f]"  # one choice of text or emoji for a sign
    "|(?<=[\u3400-\u9fff])[\U000e0100-\U000e01ef]"  # one choice of form for an ideograph
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""
_HIDDEN = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI = range(0x1F000, 0x1FFFE)
_FIRST_STRONG, _POP = "\u2068", "\u2069"

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


# Safe to show


def shown(text: str) -> str:
    r"""Return `text` in one line with nothing hidden in it.

    Line ends and odd spaces become spaces. Control characters, overrides of the direction of writing and invisible
    characters are spelt out, as in \u202e. Right-to-left scripts, joined letters and emoji stay as they are.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    safe, here = [], 0
    for kept in _JOINED.finditer(text):
        safe += [_visible(character) for character in text[here : kept.start()]]
        safe.append(kept.group())
        here = kept.end()
    safe += [_visible(character) for character in text[here:]]
    return " ".join("".join(safe).split())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    code = ord(character)
    if code in _EMOJI or (character.isprintable() and character not in _BLANK and not _HIDDEN.match(character)):
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - as Python writes them


def named(text: str) -> str:
    """Return a name fit to stand in a sentence: safe, and set apart where it is written from right to left."""
    safe = shown(text)
    if any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in safe):
        return f"{_FIRST_STRONG}{safe}{_POP}"
    return safe


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
    return " · ".join(f"{count} {what}" for count, what in zip(badge, ("open", "possible"), strict=True) if count)


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


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _places(system: System, shapes: Mapping[str, str]) -> Iterator[str]:
    """Yield what lies outside all boundaries, then what lies in each."""
    elements: defaultdict[str | None, list[Element]] = defaultdict(list)
    for element in system.elements:
        elements[element.boundary].append(element)
    boundaries: defaultdict[str | None, list[TrustBoundary]] = defaultdict(list)
    for boundary in system.boundaries:
        boundaries[boundary.within].append(boundary)
    if elements[None]:
        yield f"In no trust boundary: {_listed([_element(element, shapes) for element in elements[None]])}."
    by_id = {boundary.id: boundary for boundary in system.boundaries}
    for id_ in outermost_first(system):
        boundary = by_id[id_]
        outer = f", within {named(by_id[boundary.within].name or boundary.within)}" if boundary.within else ""
        contents = [
            *(_element(element, shapes) for element in elements[id_]),
            *(f"the trust boundary {named(inner.name or inner.id)}" for inner in boundaries[id_]),
        ]
        yield f"In {named(boundary.name or id_)} ({trust_of(boundary)}){outer}: {_listed(contents) or 'nothing'}."


def _element(element: Element, shapes: Mapping[str, str]) -> str:
    kinds = [named(shapes.get(element.id, "process"))] if shapes else []
    return f"{named(element.label)} ({', '.join([*kinds, named(element.technology)])})"


def _flows(system: System) -> Iterator[str]:
    labels = {element.id: named(element.label) for element in system.elements}
    assets = {asset.id: named(asset.name or asset.id) for asset in system.assets}
    for n, flow in enumerate(system.flows, start=1):
        target = "itself" if flow.source == flow.target else labels[flow.target]
        yield f"Flow {n}: {named(flow.label)}, from {labels[flow.source]} to {target}{_carrying(flow, assets)}."


def _carrying(flow: Flow, assets: Mapping[str, str]) -> str:
    if flow.carries is None:
        return "; what it carries is not known"
    return f", carrying {_listed([assets[asset] for asset in flow.carries]) or 'nothing'}"


def _listed(things: Sequence[str]) -> str:
    """Return 'a, b and c'."""
    return " and ".join(part for part in (", ".join(things[:-1]), "".join(things[-1:])) if part)
