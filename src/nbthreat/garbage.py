"""Garbage: keeping Python's collector of it away from what is being made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking again and again what is being made and is no garbage, in all threads.

    In a kernel that holds a library one walk takes a tenth of a second and more, and making many values causes several.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
