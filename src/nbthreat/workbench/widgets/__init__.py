"""Widgets: the workbench and its parts in a notebook. Thin faces over a Session; Python holds the truth.

Each part is a widget of its own that can stand in a box with others and be linked by its `selection` and `filter`.
"""

from nbthreat.workbench.widgets.parts import (
    Canvas,
    Cards,
    Principles,
    Properties,
    Questions,
    RegisterTable,
    Table,
    Workbench,
)

__all__ = ["Canvas", "Cards", "Principles", "Properties", "Questions", "RegisterTable", "Table", "Workbench"]
