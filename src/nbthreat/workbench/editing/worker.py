"""Workers: what is due in the background, done again and again on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_LOG = logging.getLogger(__name__)
_AFTER_FAILURE = 1.0
"""Seconds after which it is tried again."""


class Worker:
    """A thread that does what is due, and rests until it was told to look again or the rest is over."""

    def __init__(self, name: str, turn: Callable[[], float]) -> None:
        """`turn` does what is due and returns how many seconds nothing will be."""
        self._name = name
        self._turn = turn
        self._wake = threading.Condition()
        self._woken = self._stopped = False

    def start(self) -> None:
        """Begin with the first turn."""
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def wake(self) -> None:
        """Have it look at once."""
        with self._wake:
            self._woken = True
            self._wake.notify()

    def stop(self) -> None:
        """End it after the turn that it is in."""
        self._stopped = True
        self.wake()

    def _work(self) -> None:
        rest = 0.0
        while not self._stopped:
            with self._wake:
                self._wake.wait_for(lambda: self._woken, timeout=rest)
                self._woken = False
            if not self._stopped:
                rest = self._done()

    def _done(self) -> float:
        """Take one turn; one that fails is logged, and does not keep what is due later from being done."""
        try:
            return self._turn()
        except Exception:  # noqa: BLE001 - whatever it is, saving must go on
            _LOG.exception("%s: what was due could not be done", self._name)
            return _AFTER_FAILURE
