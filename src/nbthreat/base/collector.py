"""Collector: sparing Python's garbage collector what is no garbage, so that nobody waits for it while they draw."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()


class _Process:
    """What is known of this process."""

    frozen = False
    paused = 0  # how many blocks run in which it is off, on whatever threads
    was_on = False  # whether it was on before the first of them


def freeze_once() -> None:
    """Collect what is garbage now, and have later collections pass over everything else that is there now.

    Only the first call in a process does so: what later calls froze might be garbage one day. A collection that walks
    a whole library takes longer than most edits. Whether the collector is on stays as it is.

    >>> import gc
    >>> freeze_once()
    >>> gc.get_freeze_count() > 0
    True
    """
    if not _Process.frozen:
        _Process.frozen = True
        gc.collect()
        gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector off while values are made that stay: it would walk all of them again and again.

    It is off for all threads, until the last of the blocks that run at the same time has ended. Only for what
    computes: who waits inside for a lock, a disk or another process has the whole process wait without a collector.

    >>> import gc
    >>> with paused():
    ...     gc.isenabled()
    False
    """
    with _LOCK:
        if not _Process.paused:
            _Process.was_on = gc.isenabled()
            gc.disable()
        _Process.paused += 1
    try:
        yield
    finally:
        with _LOCK:
            _Process.paused -= 1
            if not _Process.paused and _Process.was_on:
                gc.enable()
