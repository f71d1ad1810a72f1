"""Set-up for all tests: where scripts find their helpers, and which tests ask for a program beside Python."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="nbthreat-state-")  # a test leaves nothing in the user's own
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

PROGRAMS = re.compile(r"browser|chromium|libreoffice|kernel", re.IGNORECASE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `outside` what uses such a program: it takes a fixture named after it, or is skipped without it."""
    for item in items:
        skipped_without = (str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skipif"))
        if _asks_for_program([*getattr(item, "fixturenames", ()), *skipped_without]):
            item.add_marker(pytest.mark.outside)


def _asks_for_program(words: Iterable[str]) -> bool:
    return any(PROGRAMS.search(word) for word in words)
