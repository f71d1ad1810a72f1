"""The collector of garbage is kept away while something is made, and comes back whatever happens."""

from __future__ import annotations

import gc
import threading

import pytest

from nbthreat.base.garbage import uncollected


def test_it_is_off_within_and_on_after() -> None:
    """Also after an error, and where one block stands in another."""
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()

    @uncollected()
    def fail() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert gc.isenabled()


def test_it_stays_off_until_the_last_of_two_threads_is_done() -> None:
    """Whichever began first."""
    begun, go_on = threading.Event(), threading.Event()

    def other() -> None:
        with uncollected():
            begun.set()
            go_on.wait(5)

    thread = threading.Thread(target=other)
    with uncollected():
        thread.start()
        assert begun.wait(5)
    assert not gc.isenabled()
    go_on.set()
    thread.join()
    assert gc.isenabled()


def test_who_had_it_off_finds_it_off() -> None:
    """It is theirs to switch on."""
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
