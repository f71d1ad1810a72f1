"""Cells: which cells of a notebook show which widgets, so that one that no cell shows any more is closed.

A cell that is run again clears what it showed before. Unless it shows a widget anew, or another cell shows it, or a
variable holds it, nobody sees that widget again; left open it would be told of every edit, and stay in the notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from IPython.core.getipython import get_ipython
from ipywidgets import Widget  # type: ignore[import-untyped]


class CellWidget:
    """A widget that is closed once no cell shows it any more; others are left alone."""

    def close(self) -> None:
        """Let go of it."""
        super().close()  # type: ignore[misc]


class Cells:
    """The cells of one notebook, told by its shell when each is run."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._showing: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
        self._cleared: list[Any] = []
        self._current: str | None = None
        self._waiting: list[Any] = []  # shown by the cell in which this was made: only its end says which it is
        shell.events.register("pre_run_cell", self.begin)
        shell.events.register("post_run_cell", self.end)

    def shown(self, widget: CellWidget) -> None:
        """Note that the cell that is being run shows a widget."""
        if self._current is None:
            self._waiting.append(widget)
        else:
            self._showing.setdefault(widget, set()).add(self._current)

    def begin(self, info: Any) -> None:
        """Note that a cell is run: what it showed is cleared."""
        self._current = cell = getattr(info, "cell_id", None)
        self._cleared, self._waiting = [], []
        for widget, cells in list(self._showing.items()):
            if cell is not None and cell in cells:
                cells.discard(cell)
                self._cleared.append(widget)

    def end(self, result: Any) -> None:
        """Note that the cell has been run, and close what nobody sees any more."""
        cell = self._current or getattr(getattr(result, "info", None), "cell_id", None)
        for widget in (*self._waiting, *_within(getattr(result, "result", None))):
            if cell is not None and isinstance(widget, CellWidget):
                self._showing.setdefault(widget, set()).add(cell)
        cleared, self._cleared, self._waiting, self._current = self._cleared, [], [], None
        for widget in cleared:
            if not self._showing.get(widget) and not self._is_held(widget):
                self._showing.pop(widget, None)
                widget.close()

    def _is_held(self, widget: Any) -> bool:
        """Return whether a variable of the notebook leads to a widget; what the shell remembers by itself is none."""
        names = self._shell.user_ns
        values = [
            value for name, value in list(names.items()) if not name.startswith("_") and name not in ("In", "Out")
        ]
        return any(widget is held for value in values for held in _held(value))


def _within(value: Any) -> Iterator[Any]:
    """Yield the widgets in a box, and those in the boxes in it."""
    seen = {id(value)}
    boxes = [value]
    while boxes:
        box = boxes.pop()
        children = getattr(box, "children", ()) if isinstance(box, Widget) else ()
        for child in children if isinstance(children, tuple | list) else ():
            if id(child) not in seen:
                seen.add(id(child))
                boxes.append(child)
                yield child


def _held(value: Any) -> Iterator[Any]:
    """Yield a value, what is in it where it is a list or the like, and what is in boxes among these."""
    several: Iterable[Any] = ()
    if isinstance(value, Mapping):
        several = list(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        several = list(value)
    for held in (value, *several):
        yield held
        yield from _within(held)


@cache
def _cells_of(shell: Any) -> Cells:
    return Cells(shell)


def cells() -> Cells | None:
    """Return the cells of the notebook this runs in; None in a plain script."""
    shell = get_ipython()
    return None if shell is None else _cells_of(shell)
