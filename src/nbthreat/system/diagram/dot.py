"""By Graphviz: where the program `dot` puts the boxes, if there is one and its answer can be trusted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from nbthreat.system.diagram.geometry import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_GAP,
    HEADROOM,
    PADDING,
    ROW_GAP,
    Point,
    RectIndex,
    boundary_rects,
    box,
    chains,
    from_origin,
    outermost_first,
)
from nbthreat.system.model import System

DOT_LIMIT = 300
DOT_FLOW_LIMIT = 400
"""Elements or boundaries, and flows, above which `dot` is not asked: it would take longer than a person waits."""
DOT_SECONDS = 4.0

_POINTS_PER_INCH = 72


def by_dot(system: System) -> dict[str, Point] | None:
    """Return where `dot` puts the elements; None where there is no dot, it fails, or it is not asked."""
    program = shutil.which("dot")
    counts = len(system.elements), len(system.boundaries)
    if program is None or max(counts) > DOT_LIMIT or len(system.flows) > DOT_FLOW_LIMIT:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a program from PATH, no shell, and input without any user's text
            [program, "-Tplain"],
            input=_dot_source(system),
            capture_output=True,
            encoding="utf-8",
            timeout=DOT_SECONDS,
            check=True,
        ).stdout
        places = _dot_places(answer, [element.id for element in system.elements])
    except (OSError, ArithmeticError, ValueError, LookupError, subprocess.SubprocessError):
        return None
    return places if _is_sound(system, places) else None


def _is_sound(system: System, places: Mapping[str, Point]) -> bool:
    """Say whether no box overlaps another, nor a boundary that it is not in."""
    taken = RectIndex()
    for place in places.values():
        taken.add(str(place), box(place))
    of, reaches = chains(system), boundary_rects(system, places)
    return len(set(places.values())) == len(places) and all(
        taken.at(box(place)) == 1
        and not any(reach.overlaps(box(place)) for outer, reach in reaches.items() if outer not in of[id_])
        for id_, place in places.items()
    )


def _dot_source(system: System) -> str:
    """Return the system in DOT: boxes of one size named by number, so that nothing anybody wrote is in it."""
    import graphviz

    size = {"width": _inches(BOX_WIDTH), "height": _inches(BOX_HEIGHT)}
    numbers = {element.id: f"n{n}" for n, element in enumerate(system.elements)}
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "nodesep": _inches(ROW_GAP),
            "ranksep": _inches(COLUMN_GAP),
            "splines": "false",
            "newrank": "true",
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": "", **size},
        edge_attr={"arrowhead": "none"},
    )
    clusters = {
        id_: graphviz.Digraph(name=f"cluster_{n}", graph_attr={"margin": str(PADDING), "label": _dot_headroom()})
        for n, id_ in enumerate(outermost_first(system))
    }
    for element in system.elements:
        place = graph if element.boundary is None else clusters[element.boundary]
        place.node(numbers[element.id])
    within = {boundary.id: boundary.within for boundary in system.boundaries}
    for id_ in reversed(outermost_first(system)):
        outer = within[id_]
        (graph if outer is None else clusters[outer]).subgraph(clusters[id_])
    said: dict[tuple[str, str], None] = {}
    for flow in system.flows:
        if flow.source != flow.target and (flow.target, flow.source) not in said:  # an answer must not turn the picture
            said[flow.source, flow.target] = None
    for source, target in said:
        graph.edge(numbers[source], numbers[target])
    return str(graph.source)


def _dot_headroom() -> str:
    """Return a cluster label that takes up a boundary label's room and says nothing."""
    table = f'<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{BOX_WIDTH:.0f}" HEIGHT="{HEADROOM - PADDING:.0f}">'
    return f"<{table}<TR><TD></TD></TR></TABLE>>"


def _inches(length: float) -> str:
    return f"{length / _POINTS_PER_INCH:.4f}"


def _dot_places(plain: str, ids: Sequence[str]) -> dict[str, Point]:
    """Return the places in dot's `plain` answer; ArithmeticError, ValueError or LookupError where it is not one."""
    lines = [line.split() for line in plain.splitlines()]
    found = {
        words[1]: (round(float(words[2]) * _POINTS_PER_INCH), -round(float(words[3]) * _POINTS_PER_INCH))
        for words in lines
        if words[:1] == ["node"]
    }
    return from_origin({id_: found[f"n{n}"] for n, id_ in enumerate(ids)})
