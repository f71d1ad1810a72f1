"""The collector passes over a loaded library, and is never switched off."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import CHECKOUT

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


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_nobody_switches_the_collector_off(path: Path) -> None:
    """Who waits for a lock or a disk meanwhile would have the whole process wait without it."""
    called = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    }

    assert set() == called & {"gc.disable", "gc.set_threshold"}
