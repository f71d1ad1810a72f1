"""Arranging: where the boxes go when nobody put them anywhere.

What people placed stays where it is. For the rest the Graphviz program `dot` is asked where there is one and the
system is not too large for it; otherwise boxes are laid in columns along the flows, which needs nothing but Python.
Either way boxes do not overlap, and a boundary covers nothing that is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nbthreat.system.diagram.columns import by_columns
from nbthreat.system.diagram.dot import by_dot
from nbthreat.system.diagram.fitting import fitted
from nbthreat.system.diagram.geometry import Point
from nbthreat.system.model import FrozenMap, System


def arrange(system: System) -> FrozenMap[Point]:
    """Return the middle of each element's box, in the author's order of elements.

    Positions in `system.layout` are returned as they are. The others get a place that overlaps none of them.
    """
    here = {element.id for element in system.elements}
    stored = FrozenMap((id_, place) for id_, place in system.layout.items() if id_ in here)
    system = replace(system, layout=stored)  # an empty boundary's place is the canvas's affair
    places: Mapping[str, Point] = stored
    if len(stored) < len(system.elements):
        found = by_dot(system) or by_columns(system)
        places = fitted(system, found) if stored else found
    return FrozenMap((element.id, places[element.id]) for element in system.elements)
