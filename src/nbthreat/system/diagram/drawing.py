"""Drawing: a System as an SVG picture that carries everything with it and can do nothing.

Only presentation attributes and text are written: no style, no script, no link, no reference to anything outside or
even inside. Nothing is said by colour alone: stores have double sides, externals thick square borders, badges
words and two outlines, a lit path dashes, outlines and numbered steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import tostring

from nbthreat.base.text import named, shown
from nbthreat.system.diagram import pen, routing, wording
from nbthreat.system.diagram.arranging import arrange
from nbthreat.system.diagram.geometry import BOX_HEIGHT, BOX_WIDTH, Point, Rect, around, boundary_rects, box
from nbthreat.system.diagram.pen import (
    BADGE_HEIGHT,
    BOLD,
    CORNER,
    FONT,
    INK,
    LABEL_ROOM,
    LINE_HEIGHT,
    LIT_INK,
    MARGIN,
    NAME_ROOM,
    NAME_SIZE,
    PAPER,
    SMALL_SIZE,
    SOFT_INK,
    STEP_SIZE,
    TRUST_FILL,
)
from nbthreat.system.model import Element, Flow, System, TrustBoundary

_KINDS = ("process", "store", "external")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Everything that decides what the picture looks like, looked up and measured once."""

    system: System
    shapes: Mapping[str, str]  # of every element, one of _KINDS
    badges: Mapping[str, wording.Badge]
    lit: tuple[str, ...]
    middles: Mapping[str, Point]
    reaches: Mapping[str, Rect]
    labels: Mapping[str, str]  # element or flow id → what people call it, fit to stand in a sentence
    steps: Mapping[str, int]  # flow id → its place on the lit path, from 1


def svg(
    system: System,
    *,
    shapes: Mapping[str, str] | None = None,
    badges: Mapping[str, tuple[int, ...]] | None = None,
    lit: Sequence[str] = (),
) -> str:
    """Return the system as SVG, to stand in a page or in a file of its own.

    `shapes` says by element id what is a "process", a "store" or "external"; others are processes. `badges` holds the
    counts of open, possible and unclear findings to show on elements and flows, by id; a badge without any is not
    drawn. `lit` are the ids of the elements and flows of one path, in its order; its flows are numbered so. Ids that
    are not in the system are passed over.
    """
    scene = _scene(system, shapes or {}, badges or {}, lit)
    key = f"nbthreat-{hashlib.sha256(system.id.encode()).hexdigest()[:12]}"
    root = Node("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": FONT})
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    title = pen.child(root, "title", id=f"{key}-title")
    title.text = f"Data flows and trust boundaries of {named(system.name)}"
    pen.child(root, "desc", id=f"{key}-desc").text = "\n".join(
        [wording.describe(system, shapes=scene.shapes if shapes else None), *_remarks(scene)]
    )
    paper = pen.child(root, "rect", fill=PAPER)
    extent = _draw(root, scene)
    extent = _draw_leftovers(root, scene, extent)
    extent = _draw_key(root, scene, extent).grown(MARGIN)
    pen.place(paper, extent)
    root.set("viewBox", " ".join(pen.number(x) for x in (extent.left, extent.top, extent.width, extent.height)))
    root.set("width", pen.number(extent.width))
    root.set("height", pen.number(extent.height))
    return tostring(root, encoding="unicode") + "\n"


def _scene(
    system: System, shapes: Mapping[str, str], badges: Mapping[str, wording.Badge], lit: Sequence[str]
) -> _Scene:
    middles = arrange(system)
    flows = {flow.id for flow in system.flows}
    path = tuple(id_ for id_ in dict.fromkeys(lit) if id_ in flows or id_ in middles)
    return _Scene(
        system=system,
        shapes={id_: shapes[id_] if shapes.get(id_) in _KINDS else _KINDS[0] for id_ in middles},
        badges={id_: badge for id_, badge in badges.items() if any(badge)},
        lit=path,
        middles=middles,
        reaches=boundary_rects(system, middles),
        labels={thing.id: named(thing.label) for thing in _things(system)},
        steps={id_: n for n, id_ in enumerate((id_ for id_ in path if id_ in flows), start=1)},
    )


def _remarks(scene: _Scene) -> Iterator[str]:
    """Yield what the picture shows beyond the system: findings and the lit path."""
    for thing in _things(scene.system):
        if thing.id in scene.badges:
            yield f"Findings at {scene.labels[thing.id]}: {wording.counted(scene.badges[thing.id])}."
    if scene.lit:
        yield f"Path shown: {' → '.join(scene.labels[id_] for id_ in scene.lit)}."


def _things(system: System) -> tuple[Element | Flow, ...]:
    return (*system.elements, *system.flows)


def _draw(root: Node, scene: _Scene) -> Rect:
    """Draw boundaries, lines, boxes and labels, in that order from back to front; return how far they reach."""
    boundaries = {boundary.id: boundary for boundary in scene.system.boundaries}
    titles = {id_: _Title.of(boundaries[id_], reach) for id_, reach in scene.reaches.items()}
    lettering = [title.rect for title in titles.values()]
    routes = routing.lines(scene.system.flows, scene.middles, lettering)
    sizes = {flow.id: _label_size(flow, scene) for flow in scene.system.flows}
    boxes = [_outline(element, scene) for element in scene.system.elements]
    spots = routing.spots(routes, sizes, boxes, lettering)
    for id_, reach in scene.reaches.items():
        _draw_boundary(pen.group(root), boundaries[id_], reach)
    for flow in sorted(scene.system.flows, key=lambda flow: flow.id in scene.steps):  # lit ones over the others
        _draw_line(pen.group(root), flow, routes[flow.id], scene)
    for id_, title in titles.items():
        _draw_title(pen.group(root), title, TRUST_FILL[boundaries[id_].trust])
    for element in scene.system.elements:
        _draw_element(pen.group(root), element, scene)
    for flow in scene.system.flows:
        _draw_label(pen.group(root), flow, spots[flow.id], scene)
    points = [Rect(x, y, x, y) for line in routes.values() for x, y in line.samples()]
    return _around([*scene.reaches.values(), *boxes, *points, *(spot.rect for spot in spots.values())])


def _around(rects: Iterable[Rect]) -> Rect:
    found = list(rects)
    reach = found[0] if found else Rect(0, 0, BOX_WIDTH, BOX_HEIGHT / 2)
    for rect in found:
        reach = reach.with_(rect)
    return reach


# Boundaries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """A boundary's label as it is drawn: the name, and the trust beside it or, where it is too long, beneath it."""

    name: str
    trust: str
    beneath: bool
    rect: Rect

    @classmethod
    def of(cls, boundary: TrustBoundary, reach: Rect) -> _Title:
        trust = f"({wording.trust_of(boundary)})"
        name = boundary.name or boundary.id
        room = (reach.width - 2 * CORNER) / BOLD
        beneath = wording.width(f"{shown(name)} {trust}", NAME_SIZE) > room
        kept = named("".join(wording.wrapped(name, NAME_SIZE, room)))
        text = max((kept, trust) if beneath else (f"{kept} {trust}",), key=len)
        width, height = wording.width(text, NAME_SIZE) * BOLD, NAME_SIZE * LINE_HEIGHT * (2 if beneath else 1)
        left, top = reach.left + CORNER, reach.top + 8
        return cls(name=kept, trust=trust, beneath=beneath, rect=Rect(left, top, left + width, top + height))


def _draw_boundary(group: Node, boundary: TrustBoundary, reach: Rect) -> None:
    pen.hint(group, f"{named(boundary.name or boundary.id)} ({wording.trust_of(boundary)})")
    outline = pen.child(group, "rect", rx=CORNER, fill=TRUST_FILL[boundary.trust], stroke=SOFT_INK, stroke_width=1.5)
    outline.set("stroke-dasharray", "8 5")
    pen.place(outline, reach)


def _draw_title(group: Node, title: _Title, ground: str) -> None:
    """Write a boundary's label, on a ground of the boundary's own so that no line strikes it through."""
    pen.place(pen.child(group, "rect", fill=ground), title.rect)
    text = pen.child(group, "text", font_size=NAME_SIZE, fill=INK, x=title.rect.left, y=title.rect.top + NAME_SIZE)
    pen.child(text, "tspan", font_weight="bold").text = title.name
    trust = pen.child(text, "tspan")
    trust.text = title.trust if title.beneath else f" {title.trust}"
    if title.beneath:
        trust.set("x", pen.number(title.rect.left))
        trust.set("dy", pen.number(NAME_SIZE * LINE_HEIGHT))


def _draw_leftovers(root: Node, scene: _Scene, extent: Rect) -> Rect:
    """Name beneath the picture what has no place in it: boundaries with nothing inside, or that there is nothing."""
    within = {boundary.id: boundary for boundary in scene.system.boundaries}
    for boundary in scene.system.boundaries:
        if boundary.id not in scene.reaches:
            outer = within[boundary.within] if boundary.within else None
            place = f", within {named(outer.name or outer.id)}" if outer else ""
            name = f"{named(boundary.name or boundary.id)} ({wording.trust_of(boundary)})"
            extent = _draw_remark(root, f"Nothing is in {name}{place}.", extent)
    if not scene.system.elements:
        extent = _draw_remark(root, "No element is drawn yet.", extent)
    return extent


def _draw_remark(root: Node, text: str, extent: Rect) -> Rect:
    """Write a line beneath the picture; return how far the picture reaches with it."""
    group = pen.group(root)
    pen.hint(group, text)
    y = extent.bottom + 10
    (line,) = wording.wrapped(text, SMALL_SIZE, max(extent.width, 400))
    pen.child(group, "text", x=extent.left, y=y + SMALL_SIZE, font_size=SMALL_SIZE, fill=INK).text = line
    width = wording.width(line, SMALL_SIZE)
    return extent.with_(Rect(extent.left, y, extent.left + width, y + SMALL_SIZE * LINE_HEIGHT))


# Elements


def _outline(element: Element, scene: _Scene) -> Rect:
    """Return all the room an element takes up, with its badge and the outline that lights it."""
    rect = box(scene.middles[element.id])
    if element.id in scene.badges:
        rect = rect.with_(pen.badge_rect(scene.badges[element.id], (rect.middle[0], rect.bottom)))
    return rect.grown(6) if element.id in scene.lit else rect


def _draw_element(group: Node, element: Element, scene: _Scene) -> None:
    rect, lit = box(scene.middles[element.id]), element.id in scene.lit
    shape, badge = scene.shapes[element.id], scene.badges.get(element.id)
    kind = ", ".join([shape, *map(named, element.technologies)])
    findings = f": {wording.counted(badge)}" if badge else ""
    pen.hint(group, f"{scene.labels[element.id]} ({kind}){findings}")
    if lit:
        halo = pen.child(group, "rect", rx=0 if shape == "external" else CORNER, fill="none", stroke=LIT_INK)
        halo.set("stroke-width", "2.5")
        halo.set("stroke-dasharray", "9 4")
        pen.place(halo, rect.grown(6))
    pen.draw_shape(group, shape, rect, lit=lit)
    lines = wording.wrapped(element.label, NAME_SIZE, NAME_ROOM / BOLD, 2)
    height = (len(lines) * NAME_SIZE + SMALL_SIZE) * LINE_HEIGHT
    top = rect.middle[1] - height / 2 - (5 if badge else 0)
    bottom = pen.write(group, lines, (rect.middle[0], top), NAME_SIZE, bold=True)
    pen.write(
        group,
        wording.wrapped(" + ".join(element.technologies), SMALL_SIZE, NAME_ROOM),
        (rect.middle[0], bottom),
        SMALL_SIZE,
    )
    if badge:
        pen.draw_badge(group, badge, (rect.middle[0], rect.bottom))


# Flows


def _draw_line(group: Node, flow: Flow, line: routing.Curve, scene: _Scene) -> None:
    lit = flow.id in scene.steps
    ink, thickness, head = (LIT_INK, 3.5, 15.0) if lit else (SOFT_INK, 1.5, 10.0)
    pen.hint(group, f"{scene.labels[flow.id]}: {scene.labels[flow.source]} → {scene.labels[flow.target]}")
    (x, y), (from_x, from_y) = line.end, line.bend[1]
    length = hypot(x - from_x, y - from_y) or 1.0
    along = ((x - from_x) / length, (y - from_y) / length)
    neck = (x - along[0] * head, y - along[1] * head)
    bends = [line.bend[0], (from_x, from_y) if length > 2 * head else neck, neck]
    way = f"M{pen.points([line.start])} C{pen.points(bends)}"
    path = pen.child(group, "path", d=way, fill="none", stroke=ink, stroke_width=thickness)
    if lit:
        path.set("stroke-dasharray", "10 4")
    half = head * 0.42
    wings = [
        (neck[0] - along[1] * half, neck[1] + along[0] * half),
        (neck[0] + along[1] * half, neck[1] - along[0] * half),
    ]
    pen.child(group, "polygon", points=pen.points([(x, y), *wings]), fill=ink)


def _lettering(flow: Flow, scene: _Scene) -> tuple[list[str], float]:
    """Return a flow's label in lines, and how wide they are with the step before them."""
    bold, step = (BOLD, STEP_SIZE + 4) if flow.id in scene.steps else (1.0, 0.0)
    lines = wording.wrapped(flow.label, SMALL_SIZE, (LABEL_ROOM - step) / bold, 2)
    return lines, max((wording.width(line, SMALL_SIZE) * bold for line in lines), default=0.0) + step


def _label_size(flow: Flow, scene: _Scene) -> tuple[float, float]:
    """Return the width and height of a flow's label with its step and its badge."""
    lines, text = _lettering(flow, scene)
    height = max(len(lines) * SMALL_SIZE * LINE_HEIGHT, STEP_SIZE if flow.id in scene.steps else 0.0)
    badge = scene.badges.get(flow.id)
    if badge:
        return max(text + 8, pen.badge_rect(badge, (0, 0)).width), height + 6 + BADGE_HEIGHT
    return text + 8, height + 4


def _draw_label(group: Node, flow: Flow, spot: routing.Spot, scene: _Scene) -> None:
    step, badge = scene.steps.get(flow.id), scene.badges.get(flow.id)
    rect = spot.rect
    pen.hint(group, scene.labels[flow.id] + (f": {wording.counted(badge)}" if badge else ""))
    if spot.leader:
        (x, y), (to_x, to_y) = rect.middle, spot.leader
        pen.child(
            group, "line", x1=x, y1=y, x2=to_x, y2=to_y, stroke=SOFT_INK, stroke_width=1, stroke_dasharray="1.5 3"
        )
    lines, text = _lettering(flow, scene)
    words = Rect(rect.left, rect.top, rect.right, rect.bottom - (BADGE_HEIGHT + 2 if badge else 0))
    pen.place(pen.child(group, "rect", rx=3, fill=PAPER), around(words.middle, text + 6, words.height))
    middle, indent = words.middle, (STEP_SIZE + 4) / 2 if step else 0.0
    top = middle[1] - len(lines) * SMALL_SIZE * LINE_HEIGHT / 2
    pen.write(group, lines, (middle[0] + indent, top), SMALL_SIZE, bold=bool(step))
    if step:
        pen.draw_step(group, step, (middle[0] - text / 2 + STEP_SIZE / 2, middle[1]))
    if badge:
        pen.draw_badge(group, badge, (rect.middle[0], rect.bottom - BADGE_HEIGHT / 2))


# The key


def _draw_key(root: Node, scene: _Scene, extent: Rect) -> Rect:
    """Say beneath the picture what its shapes mean, those that are in it; return how far the picture reaches then."""
    entries = [(shape, shape) for shape in _KINDS if shape in scene.shapes.values()]
    entries += [("boundary", "trust boundary")] if scene.reaches else []
    entries += [("lit", "path shown")] if scene.lit else []
    group = pen.group(root, font_size=SMALL_SIZE, fill=INK)
    x, y = extent.left, extent.bottom + 18
    room = max(extent.width, 400)
    for what, words in entries:
        length = 34 + wording.width(words, SMALL_SIZE)
        if x + length > extent.left + room:
            x, y = extent.left, y + 22
        _draw_sample(group, what, Rect(x, y, x + 28, y + 15))
        pen.child(group, "text", x=x + 34, y=y + SMALL_SIZE).text = words
        extent = extent.with_(Rect(x, y, x + length, y + 15))
        x += length + 22
    return extent


def _draw_sample(group: Node, what: str, rect: Rect) -> None:
    if what == "boundary":
        pen.place(
            pen.child(group, "rect", rx=4, fill="none", stroke=SOFT_INK, stroke_width=1.5, stroke_dasharray="5 3"), rect
        )
    elif what == "lit":
        y = rect.middle[1]
        line = pen.child(group, "line", x1=rect.left, y1=y, x2=rect.right, y2=y, stroke=LIT_INK, stroke_width=3.5)
        line.set("stroke-dasharray", "10 4")
    else:
        pen.draw_shape(group, what, rect)
