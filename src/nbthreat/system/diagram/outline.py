"""Outline: the trust boundaries of a System and nothing that is in them, as an SVG picture that can do nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import tostring

from nbthreat.base.text import named
from nbthreat.system.diagram import pen
from nbthreat.system.diagram.geometry import Rect
from nbthreat.system.diagram.pen import CORNER, FONT, INK, MARGIN, NAME_SIZE, OUTSIDE_FILL, PAPER, SOFT_INK
from nbthreat.system.model import System

_WIDTH, _HEIGHT, _GAP, _HEAD = 150.0, 60.0, 16.0, 30.0


def outline(system: System) -> str:
    """Return the boundaries of a system as SVG, each in the one it is in, beside each other in the author's order."""
    inside: defaultdict[str | None, list[str]] = defaultdict(list)
    for boundary in system.boundaries:
        inside[boundary.within].append(boundary.id)
    order, waiting = [], [*inside[None]]
    while waiting:
        order.append(waiting.pop())
        waiting += inside[order[-1]]
    sizes: dict[str, tuple[float, float]] = {}
    for id_ in reversed(order):
        sizes[id_] = _size([sizes[name] for name in inside[id_]])
    corners = _beside([(id_, sizes[id_]) for id_ in inside[None]], (0.0, 0.0))
    for id_ in order:
        left, top = corners[id_]
        corners |= _beside([(name, sizes[name]) for name in inside[id_]], (left + _GAP, top + _HEAD))
    names = {boundary.id: named(boundary.name or boundary.id) for boundary in system.boundaries}
    return _drawn(system, {id_: Rect(*corners[id_], *_end(corners[id_], sizes[id_])) for id_ in order}, names)


def _size(inner: list[tuple[float, float]]) -> tuple[float, float]:
    if not inner:
        return _WIDTH, _HEIGHT
    return sum(width for width, _ in inner) + _GAP * (len(inner) + 1), max(high for _, high in inner) + _HEAD + _GAP


def _beside(
    sizes: list[tuple[str, tuple[float, float]]], corner: tuple[float, float]
) -> dict[str, tuple[float, float]]:
    left, top = corner
    corners = {}
    for id_, (width, _) in sizes:
        corners[id_] = (left, top)
        left += width + _GAP
    return corners


def _end(corner: tuple[float, float], size: tuple[float, float]) -> tuple[float, float]:
    return corner[0] + size[0], corner[1] + size[1]


def _drawn(system: System, rects: dict[str, Rect], names: dict[str, str]) -> str:
    key = f"nbthreat-{hashlib.sha256(system.id.encode()).hexdigest()[:12]}"
    root = Node("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": FONT})
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    pen.child(root, "title", id=f"{key}-title").text = f"Trust boundaries of {named(system.name)}"
    outer = {boundary.id: boundary.within for boundary in system.boundaries}
    told = [f"{names[id_]}{f' within {names[up]}' if (up := outer[id_]) else ''}" for id_ in rects]
    pen.child(root, "desc", id=f"{key}-desc").text = f"{', '.join(told)}." if told else "No trust boundary is drawn."
    extent = Rect(0, 0, _WIDTH, _HEIGHT)
    for rect in rects.values():
        extent = extent.with_(rect)
    extent = extent.grown(MARGIN)
    pen.place(pen.child(root, "rect", fill=PAPER), extent)
    for id_, rect in rects.items():
        group = pen.group(root)
        box = pen.child(group, "rect", rx=CORNER, fill=OUTSIDE_FILL, stroke=SOFT_INK, stroke_width=1.5)
        box.set("stroke-dasharray", "8 5")
        pen.place(box, rect)
        pen.child(group, "text", x=rect.left + CORNER, y=rect.top + 21, font_size=NAME_SIZE, fill=INK).text = names[id_]
    if not rects:
        pen.write(root, ["No trust boundary is drawn."], extent.middle, NAME_SIZE)
    root.set("viewBox", " ".join(pen.number(x) for x in (extent.left, extent.top, extent.width, extent.height)))
    root.set("width", pen.number(extent.width))
    root.set("height", pen.number(extent.height))
    return tostring(root, encoding="unicode") + "\n"
