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
from xml.etree.ElementTree import SubElement, tostring

from nbthreat.diagram import routing, wording
from nbthreat.diagram.arranging import arrange
from nbthreat.diagram.geometry import BOX_HEIGHT, BOX_WIDTH, Point, Rect, around, boundary_rects, box
from nbthreat.model import Element, Flow, System, Trust, TrustBoundary

PAPER, INK, SOFT_INK, LIT_INK, OPEN_FILL = "#ffffff", "#17202a", "#46525e", "#0b3f8a", "#7d1a1a"
OUTSIDE_FILL = "#eceff1"
TRUST_FILL = {Trust.HIGH: "#edf4fb", Trust.PARTNER: "#fdf6e3", Trust.NONE: "#faeeee", None: "#f4f4f4"}
FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"

NAME_SIZE, SMALL_SIZE, BADGE_SIZE = 13.0, 11.0, 11.0
NAME_ROOM, LABEL_ROOM, BOLD = BOX_WIDTH - 30, 104.0, 1.08
"""How much room names have in boxes and labels have beside flows, and how much wider bold type is."""
MARGIN = 20.0
BADGE_HEIGHT, STEP_SIZE, CORNER = 18.0, 18.0, 14.0
LINE_HEIGHT = 1.22

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
    badges: Mapping[str, tuple[int, int]] | None = None,
    lit: Sequence[str] = (),
) -> str:
    """Return the system as SVG, to stand in a page or in a file of its own.

    `shapes` says by element id what is a "process", a "store" or "external"; others are processes. `badges` holds the
    (open, possible) counts to show on elements and flows, by id; a badge without any is not drawn. `lit` are the ids of
    the elements and flows of one path, in its order; its flows are numbered so. Ids that are not in the system
    are passed over.
    """
    scene = _scene(system, shapes or {}, badges or {}, lit)
    key = f"nbthreat-{hashlib.sha256(system.id.encode()).hexdigest()[:12]}"
    root = Node("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": FONT})
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    _child(root, "title", id=f"{key}-title").text = f"Data flows and trust boundaries of {wording.named(system.name)}"
    _child(root, "desc", id=f"{key}-desc").text = "\n".join(
        [wording.describe(system, shapes=scene.shapes if shapes else None), *_remarks(scene)]
    )
    paper = _child(root, "rect", fill=PAPER)
    extent = _draw(root, scene)
    extent = _draw_leftovers(root, scene, extent)
    extent = _draw_key(root, scene, extent).grown(MARGIN)
    _place(paper, extent)
    root.set("viewBox", " ".join(_n(x) for x in (extent.left, extent.top, extent.width, extent.height)))
    root.set("width", _n(extent.width))
    root.set("height", _n(extent.height))
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
        labels={thing.id: wording.named(thing.label) for thing in _things(system)},
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
        _draw_boundary(_group(root), boundaries[id_], reach)
    for flow in sorted(scene.system.flows, key=lambda flow: flow.id in scene.steps):  # lit ones over the others
        _draw_line(_group(root), flow, routes[flow.id], scene)
    for id_, title in titles.items():
        _draw_title(_group(root), title, TRUST_FILL[boundaries[id_].trust])
    for element in scene.system.elements:
        _draw_element(_group(root), element, scene)
    for flow in scene.system.flows:
        _draw_label(_group(root), flow, spots[flow.id], scene)
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
        beneath = wording.width(f"{wording.shown(name)} {trust}", NAME_SIZE) > room
        kept = wording.named("".join(wording.wrapped(name, NAME_SIZE, room)))
        text = max((kept, trust) if beneath else (f"{kept} {trust}",), key=len)
        width, height = wording.width(text, NAME_SIZE) * BOLD, NAME_SIZE * LINE_HEIGHT * (2 if beneath else 1)
        left, top = reach.left + CORNER, reach.top + 8
        return cls(name=kept, trust=trust, beneath=beneath, rect=Rect(left, top, left + width, top + height))


def _draw_boundary(group: Node, boundary: TrustBoundary, reach: Rect) -> None:
    _hint(group, f"{wording.named(boundary.name or boundary.id)} ({wording.trust_of(boundary)})")
    outline = _child(group, "rect", rx=CORNER, fill=TRUST_FILL[boundary.trust], stroke=SOFT_INK, stroke_width=1.5)
    outline.set("stroke-dasharray", "8 5")
    _place(outline, reach)


def _draw_title(group: Node, title: _Title, ground: str) -> None:
    """Write a boundary's label, on a ground of the boundary's own so that no line strikes it through."""
    _place(_child(group, "rect", fill=ground), title.rect)
    text = _child(group, "text", font_size=NAME_SIZE, fill=INK, x=title.rect.left, y=title.rect.top + NAME_SIZE)
    _child(text, "tspan", font_weight="bold").text = title.name
    trust = _child(text, "tspan")
    trust.text = title.trust if title.beneath else f" {title.trust}"
    if title.beneath:
        trust.set("x", _n(title.rect.left))
        trust.set("dy", _n(NAME_SIZE * LINE_HEIGHT))


def _draw_leftovers(root: Node, scene: _Scene, extent: Rect) -> Rect:
    """Name beneath the picture what has no place in it: boundaries with nothing inside, or that there is nothing."""
    within = {boundary.id: boundary for boundary in scene.system.boundaries}
    for boundary in scene.system.boundaries:
        if boundary.id not in scene.reaches:
            outer = within[boundary.within] if boundary.within else None
            place = f", within {wording.named(outer.name or outer.id)}" if outer else ""
            name = f"{wording.named(boundary.name or boundary.id)} ({wording.trust_of(boundary)})"
            extent = _draw_remark(root, f"Nothing is in {name}{place}.", extent)
    if not scene.system.elements:
        extent = _draw_remark(root, "No element is drawn yet.", extent)
    return extent


def _draw_remark(root: Node, text: str, extent: Rect) -> Rect:
    """Write a line beneath the picture; return how far the picture reaches with it."""
    group = _group(root)
    _hint(group, text)
    y = extent.bottom + 10
    (line,) = wording.wrapped(text, SMALL_SIZE, max(extent.width, 400))
    _child(group, "text", x=extent.left, y=y + SMALL_SIZE, font_size=SMALL_SIZE, fill=INK).text = line
    width = wording.width(line, SMALL_SIZE)
    return extent.with_(Rect(extent.left, y, extent.left + width, y + SMALL_SIZE * LINE_HEIGHT))


# Elements


def _outline(element: Element, scene: _Scene) -> Rect:
    """Return all the room an element takes up, with its badge and the outline that lights it."""
    rect = box(scene.middles[element.id])
    if element.id in scene.badges:
        rect = rect.with_(_badge_rect(scene.badges[element.id], (rect.middle[0], rect.bottom)))
    return rect.grown(6) if element.id in scene.lit else rect


def _draw_element(group: Node, element: Element, scene: _Scene) -> None:
    rect, lit = box(scene.middles[element.id]), element.id in scene.lit
    shape, badge = scene.shapes[element.id], scene.badges.get(element.id)
    kind = f"{shape}, {wording.named(element.technology)}"
    findings = f": {wording.counted(badge)}" if badge else ""
    _hint(group, f"{scene.labels[element.id]} ({kind}){findings}")
    if lit:
        halo = _child(group, "rect", rx=0 if shape == "external" else CORNER, fill="none", stroke=LIT_INK)
        halo.set("stroke-width", "2.5")
        halo.set("stroke-dasharray", "9 4")
        _place(halo, rect.grown(6))
    _draw_shape(group, shape, rect, lit=lit)
    lines = wording.wrapped(element.label, NAME_SIZE, NAME_ROOM / BOLD, 2)
    height = (len(lines) * NAME_SIZE + SMALL_SIZE) * LINE_HEIGHT
    top = rect.middle[1] - height / 2 - (5 if badge else 0)
    bottom = _write(group, lines, (rect.middle[0], top), NAME_SIZE, bold=True)
    _write(group, wording.wrapped(element.technology, SMALL_SIZE, NAME_ROOM), (rect.middle[0], bottom), SMALL_SIZE)
    if badge:
        _draw_badge(group, badge, (rect.middle[0], rect.bottom))


def _draw_shape(group: Node, shape: str, rect: Rect, *, lit: bool = False) -> None:
    """Draw an empty box: round for a process, with double sides for a store, thick and square for what is outside."""
    ink = LIT_INK if lit else INK
    thickness = 4.0 if shape == "external" else 1.6
    outline = _child(group, "rect", fill=OUTSIDE_FILL if shape == "external" else PAPER, stroke=ink)
    outline.set("stroke-width", _n(thickness))
    _place(outline, rect.grown(-thickness / 2))
    if shape == "store":
        inset = min(8.0, rect.width / 5)
        for x in (rect.left + inset, rect.right - inset):
            _child(group, "line", x1=x, y1=rect.top, x2=x, y2=rect.bottom, stroke=ink, stroke_width=thickness)
    elif shape != "external":
        outline.set("rx", _n(min(CORNER, rect.height / 3)))


def _badge_rect(badge: wording.Badge, middle: Point) -> Rect:
    return around(middle, wording.width(wording.counted(badge), BADGE_SIZE) * BOLD + 24, BADGE_HEIGHT)


def _draw_badge(group: Node, badge: wording.Badge, middle: Point) -> None:
    """Draw counts: dark with pointed ends where something is open, light with round ends where all is possible only."""
    rect = _badge_rect(badge, middle)
    is_open = badge[0] > 0
    if is_open:
        tip, y = BADGE_HEIGHT / 2, middle[1]
        corners = [(rect.left, y), (rect.left + tip, rect.top), (rect.right - tip, rect.top), (rect.right, y)]
        corners += [(rect.right - tip, rect.bottom), (rect.left + tip, rect.bottom)]
        _child(group, "polygon", points=_points(corners), fill=OPEN_FILL, stroke=PAPER, stroke_width=1.5)
    else:
        pill = _child(group, "rect", rx=BADGE_HEIGHT / 2, fill=PAPER, stroke=INK, stroke_width=1.5)
        _place(pill, rect)
    top = (middle[0], middle[1] - BADGE_SIZE * LINE_HEIGHT / 2)
    _write(group, [wording.counted(badge)], top, BADGE_SIZE, bold=True, ink=PAPER if is_open else INK)


# Flows


def _draw_line(group: Node, flow: Flow, line: routing.Line, scene: _Scene) -> None:
    lit = flow.id in scene.steps
    ink, thickness, head = (LIT_INK, 3.5, 15.0) if lit else (SOFT_INK, 1.5, 10.0)
    _hint(group, f"{scene.labels[flow.id]}: {scene.labels[flow.source]} → {scene.labels[flow.target]}")
    (x, y), (from_x, from_y) = line.end, line.bend[1]
    length = hypot(x - from_x, y - from_y) or 1.0
    along = ((x - from_x) / length, (y - from_y) / length)
    neck = (x - along[0] * head, y - along[1] * head)
    bends = [line.bend[0], (from_x, from_y) if length > 2 * head else neck, neck]
    way = f"M{_points([line.start])} C{_points(bends)}"
    path = _child(group, "path", d=way, fill="none", stroke=ink, stroke_width=thickness)
    if lit:
        path.set("stroke-dasharray", "10 4")
    half = head * 0.42
    wings = [
        (neck[0] - along[1] * half, neck[1] + along[0] * half),
        (neck[0] + along[1] * half, neck[1] - along[0] * half),
    ]
    _child(group, "polygon", points=_points([(x, y), *wings]), fill=ink)


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
        return max(text + 8, _badge_rect(badge, (0, 0)).width), height + 6 + BADGE_HEIGHT
    return text + 8, height + 4


def _draw_label(group: Node, flow: Flow, spot: routing.Spot, scene: _Scene) -> None:
    step, badge = scene.steps.get(flow.id), scene.badges.get(flow.id)
    rect = spot.rect
    _hint(group, scene.labels[flow.id] + (f": {wording.counted(badge)}" if badge else ""))
    if spot.leader:
        (x, y), (to_x, to_y) = rect.middle, spot.leader
        _child(group, "line", x1=x, y1=y, x2=to_x, y2=to_y, stroke=SOFT_INK, stroke_width=1, stroke_dasharray="1.5 3")
    lines, text = _lettering(flow, scene)
    words = Rect(rect.left, rect.top, rect.right, rect.bottom - (BADGE_HEIGHT + 2 if badge else 0))
    _place(_child(group, "rect", rx=3, fill=PAPER), around(words.middle, text + 6, words.height))
    middle, indent = words.middle, (STEP_SIZE + 4) / 2 if step else 0.0
    top = middle[1] - len(lines) * SMALL_SIZE * LINE_HEIGHT / 2
    _write(group, lines, (middle[0] + indent, top), SMALL_SIZE, bold=bool(step))
    if step:
        _draw_step(group, step, (middle[0] - text / 2 + STEP_SIZE / 2, middle[1]))
    if badge:
        _draw_badge(group, badge, (rect.middle[0], rect.bottom - BADGE_HEIGHT / 2))


def _draw_step(group: Node, step: int, middle: Point) -> None:
    _child(group, "circle", cx=middle[0], cy=middle[1], r=STEP_SIZE / 2, fill=LIT_INK)
    top = middle[1] - BADGE_SIZE * LINE_HEIGHT / 2
    _write(group, [str(step)], (middle[0], top), BADGE_SIZE, bold=True, ink=PAPER)


# The key


def _draw_key(root: Node, scene: _Scene, extent: Rect) -> Rect:
    """Say beneath the picture what its shapes mean, those that are in it; return how far the picture reaches then."""
    entries = [(shape, shape) for shape in _KINDS if shape in scene.shapes.values()]
    entries += [("boundary", "trust boundary")] if scene.reaches else []
    entries += [("lit", "path shown")] if scene.lit else []
    group = _group(root, font_size=SMALL_SIZE, fill=INK)
    x, y = extent.left, extent.bottom + 18
    room = max(extent.width, 400)
    for what, words in entries:
        length = 34 + wording.width(words, SMALL_SIZE)
        if x + length > extent.left + room:
            x, y = extent.left, y + 22
        _draw_sample(group, what, Rect(x, y, x + 28, y + 15))
        _child(group, "text", x=x + 34, y=y + SMALL_SIZE).text = words
        extent = extent.with_(Rect(x, y, x + length, y + 15))
        x += length + 22
    return extent


def _draw_sample(group: Node, what: str, rect: Rect) -> None:
    if what == "boundary":
        _place(
            _child(group, "rect", rx=4, fill="none", stroke=SOFT_INK, stroke_width=1.5, stroke_dasharray="5 3"), rect
        )
    elif what == "lit":
        y = rect.middle[1]
        line = _child(group, "line", x1=rect.left, y1=y, x2=rect.right, y2=y, stroke=LIT_INK, stroke_width=3.5)
        line.set("stroke-dasharray", "10 4")
    else:
        _draw_shape(group, what, rect)


# Nodes


def _child(parent: Node, tag: str, **attributes: str | float) -> Node:
    """Add a node; attributes are written with _ for -, and numbers short."""
    words = {name.replace("_", "-"): value for name, value in attributes.items()}
    return SubElement(parent, tag, {name: v if isinstance(v, str) else _n(v) for name, v in words.items()})


def _group(root: Node, **attributes: str | float) -> Node:
    """Add a group of things that belong together, on a line of its own."""
    group = _child(root, "g", **attributes)
    group.tail = "\n"
    return group


def _hint(group: Node, text: str) -> None:
    """Give a group its full text, which a pointer held over it shows."""
    _child(group, "title").text = text


def _place(node: Node, rect: Rect) -> None:
    for name, value in zip(("x", "y", "width", "height"), (rect.left, rect.top, rect.width, rect.height), strict=True):
        node.set(name, _n(value))


def _write(group: Node, lines: Sequence[str], top: Point, size: float, *, bold: bool = False, ink: str = INK) -> float:
    """Write lines centred on `top`, from there downwards; return where the next one would begin."""
    x, y = top
    for line in lines:
        text = _child(group, "text", x=x, y=y + size * 0.95, font_size=size, fill=ink, text_anchor="middle")
        if bold:
            text.set("font-weight", "bold")
        text.text = line
        y += size * LINE_HEIGHT
    return y


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    """Return a number in at most one decimal, without an exponent: '12', '-0.5'."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
