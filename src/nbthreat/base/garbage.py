"""Garbage: keeping Python's collector of it away from what is being made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_INSIDE: list[bool] = []
"""For each block that is being run, by whatever thread: whether the collector was on before it."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking again and again what is being made and is no garbage, in all threads.

    In a kernel that holds a library one walk takes a tenth of a second and more, and making many values causes several.
    The collector is on again once the last of the blocks that run at the same time has ended.
    """
    with _LOCK:
        _INSIDE.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _LOCK:
            was_on = _INSIDE.pop()
            if _INSIDE:
                _INSIDE[0] |= was_on
            elif was_on:
                gc.enable()
