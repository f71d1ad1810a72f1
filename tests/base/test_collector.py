"""The collector passes over a loaded library, and is off only while something is computed."""

from __future__ import annotations

import ast
import gc
import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from helpers import CHECKOUT
from nbthreat.base.collector import paused

SOURCE = CHECKOUT / "src"

LOADS = """
import gc, json
from nbthreat import Library

class Loop:
    def __init__(self):
        self.itself = self

gc.disable()
loop = Loop()
before = gc.get_freeze_count()
del loop
library = Library.load()
loaded = gc.get_freeze_count()
loops = sum(isinstance(found, Loop) for found in gc.get_objects())
gc.unfreeze()
loops += sum(isinstance(found, Loop) for found in gc.get_objects())
Library.load()
print(json.dumps([before, loaded, loops, gc.get_freeze_count(), gc.isenabled()]))
"""


def test_loading_the_library_freezes_it_once_and_no_garbage_with_it() -> None:
    """In a process of its own: what was garbage before is gone, and a second library is left to the collector."""
    done = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True)

    before, loaded, loops, again, enabled = json.loads(done.stdout)

    assert 0 == before
    assert loaded > 10_000
    assert 0 == loops
    assert 0 == again
    assert not enabled


WAITING = {"acquire", "flush", "fsync", "join", "open", "read", "replace", "save", "sleep", "tell", "wait", "write"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_nobody_waits_while_the_collector_is_off(path: Path) -> None:
    """It is switched in one place, and what runs without it names no lock, no disk and no listener."""
    tree = ast.parse(path.read_text("utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    blocks = [
        node for node in ast.walk(tree) if isinstance(node, ast.With) and "paused()" in ast.unparse(node.items[0])
    ]
    inside = {
        call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        for block in blocks
        for call in ast.walk(block)
        if isinstance(call, ast.Call)
    }

    assert set() == called & {"gc.set_threshold", *(["gc.disable"] if path.name != "collector.py" else [])}
    assert set() == inside & WAITING
    assert not any(isinstance(node, ast.With) for block in blocks for part in block.body for node in ast.walk(part))


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_as_it_was_once_the_last_block_has_ended(on: bool) -> None:  # noqa: FBT001
    """Blocks may overlap on several threads, and one may end in an error."""
    before = gc.isenabled()
    (gc.enable if on else gc.disable)()
    inside, go_on = threading.Event(), threading.Event()

    def other() -> None:
        with paused():
            inside.set()
            go_on.wait()

    thread = threading.Thread(target=other)
    try:
        with suppress(KeyError), paused():
            thread.start()
            inside.wait()
            raise KeyError
        assert not gc.isenabled()
        go_on.set()
        thread.join()
        assert on is gc.isenabled()
    finally:
        go_on.set()
        (gc.enable if before else gc.disable)()
