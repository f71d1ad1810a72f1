"""Audiences: everybody who looks at one board, what they see, and how often that has changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nbthreat.threats.library import Library
from nbthreat.workbench.editing import view
from nbthreat.workbench.editing.view import Changes, View

Tell = Callable[[dict[str, Any]], None]


class Listeners:
    """Those who listen. A change is told to all of them, in order, with the revision it follows on."""

    def __init__(self) -> None:
        self.view = View()
        self.revision = 0
        self._listeners: dict[int, Tell] = {}

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Have every change told to `tell`, on whatever thread it is made; return how to stop that."""
        key = max(self._listeners, default=0) + 1
        self._listeners[key] = tell

        def stop() -> None:
            self._listeners.pop(key, None)

        return stop

    def tell(self, changes: Changes) -> None:
        """Tell everybody what changed; nothing where nothing did."""
        if not changes:
            return
        base, self.revision = self.revision, self.revision + 1
        message = {
            "type": "change",
            "base": base,
            "revision": self.revision,
            "set": changes.set,
            "unset": changes.unset,
            "orders": changes.orders,
        }
        for tell in list(self._listeners.values()):
            with suppress(Exception):  # one who has gone must not stop the others from hearing
                tell(message)

    def welcome(self, library: Library) -> dict[str, Any]:
        """Return all there is to see, for somebody who has just come."""
        return {
            "revision": self.revision,
            "vocabulary": view.vocabulary(library),
            "view": {name: dict(self.view.sections.get(name, {})) for name in view.SECTIONS},
            "orders": {name: list(self.view.orders.get(name, ())) for name in view.ORDERED},
        }
