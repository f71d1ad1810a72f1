"""Matches: what was found for a system, worked out once however often it is asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict

from nbthreat.base.collector import paused
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Match, match

_MANY = 32


class Matches:
    """The matches of the systems that were looked at last: those that are drawn, and those that answers would give."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._lock = threading.Lock()
        self._known: OrderedDict[int, Match] = OrderedDict()

    def of(self, system: System) -> Match:
        """Return the match of a system."""
        with self._lock:
            for name, known in self._known.items():
                if known.system is system or known.system == system:
                    self._known.move_to_end(name)
                    return known
        with paused():
            found = match(system, self.library)
        with self._lock:
            self._known[id(found)] = found
            while len(self._known) > _MANY:
                self._known.popitem(last=False)
        return found
