"""Collector: sparing Python's garbage collector what stays for as long as the process lives."""

from __future__ import annotations

import gc


class _Process:
    """What is known of this process."""

    frozen = False


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
