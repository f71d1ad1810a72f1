"""The pen: colours and sizes, how a node is written, and the marks a drawing is made of.

Only presentation attributes and text are ever written, so that a picture carries everything with it and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import SubElement

from nbthreat.system.diagram import wording
from nbthreat.system.diagram.geometry import BOX_WIDTH, Point, Rect, around
from nbthreat.system.model import Trust

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


# Nodes


def child(parent: Node, tag: str, **attributes: str | float) -> Node:
    """Add a node; attributes are written with _ for -, and numbers short."""
    words = {name.replace("_", "-"): value for name, value in attributes.items()}
    return SubElement(parent, tag, {name: v if isinstance(v, str) else number(v) for name, v in words.items()})


def group(root: Node, **attributes: str | float) -> Node:
    """Add a group of things that belong together, on a line of its own."""
    made = child(root, "g", **attributes)
    made.tail = "\n"
    return made


def hint(group: Node, text: str) -> None:
    """Give a group its full text, which a pointer held over it shows."""
    child(group, "title").text = text


def place(node: Node, rect: Rect) -> None:
    """Give a node the position and the size of a rectangle."""
    for name, value in zip(("x", "y", "width", "height"), (rect.left, rect.top, rect.width, rect.height), strict=True):
        node.set(name, number(value))


def write(group: Node, lines: Sequence[str], top: Point, size: float, *, bold: bool = False, ink: str = INK) -> float:
    """Write lines centred on `top`, from there downwards; return where the next one would begin."""
    x, y = top
    for line in lines:
        text = child(group, "text", x=x, y=y + size * 0.95, font_size=size, fill=ink, text_anchor="middle")
        if bold:
            text.set("font-weight", "bold")
        text.text = line
        y += size * LINE_HEIGHT
    return y


def points(some: Iterable[Point]) -> str:
    """Return points as an attribute holds them: '0,0 12,-0.5'."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in some)


def number(value: float) -> str:
    """Return a number in at most one decimal, without an exponent: '12', '-0.5'."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


# Marks


def draw_shape(group: Node, shape: str, rect: Rect, *, lit: bool = False) -> None:
    """Draw an empty box: round for a process, with double sides for a store, thick and square for what is outside."""
    ink = LIT_INK if lit else INK
    thickness = 4.0 if shape == "external" else 1.6
    outline = child(group, "rect", fill=OUTSIDE_FILL if shape == "external" else PAPER, stroke=ink)
    outline.set("stroke-width", number(thickness))
    place(outline, rect.grown(-thickness / 2))
    if shape == "store":
        inset = min(8.0, rect.width / 5)
        for x in (rect.left + inset, rect.right - inset):
            child(group, "line", x1=x, y1=rect.top, x2=x, y2=rect.bottom, stroke=ink, stroke_width=thickness)
    elif shape != "external":
        outline.set("rx", number(min(CORNER, rect.height / 3)))


def badge_rect(badge: wording.Badge, middle: Point) -> Rect:
    """Return the room that a badge takes up."""
    return around(middle, wording.width(wording.counted(badge), BADGE_SIZE) * BOLD + 24, BADGE_HEIGHT)


def draw_badge(group: Node, badge: wording.Badge, middle: Point) -> None:
    """Draw counts: dark with pointed ends where something is open, light with round ends where all is possible only."""
    rect = badge_rect(badge, middle)
    is_open = badge[0] > 0
    if is_open:
        tip, y = BADGE_HEIGHT / 2, middle[1]
        corners = [(rect.left, y), (rect.left + tip, rect.top), (rect.right - tip, rect.top), (rect.right, y)]
        corners += [(rect.right - tip, rect.bottom), (rect.left + tip, rect.bottom)]
        child(group, "polygon", points=points(corners), fill=OPEN_FILL, stroke=PAPER, stroke_width=1.5)
    else:
        pill = child(group, "rect", rx=BADGE_HEIGHT / 2, fill=PAPER, stroke=INK, stroke_width=1.5)
        place(pill, rect)
    top = (middle[0], middle[1] - BADGE_SIZE * LINE_HEIGHT / 2)
    write(group, [wording.counted(badge)], top, BADGE_SIZE, bold=True, ink=PAPER if is_open else INK)


def draw_step(group: Node, step: int, middle: Point) -> None:
    """Draw the number of a step on the lit path."""
    child(group, "circle", cx=middle[0], cy=middle[1], r=STEP_SIZE / 2, fill=LIT_INK)
    top = middle[1] - BADGE_SIZE * LINE_HEIGHT / 2
    write(group, [str(step)], (middle[0], top), BADGE_SIZE, bold=True, ink=PAPER)
