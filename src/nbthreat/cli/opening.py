"""What several commands begin with: reading a system and its register, and telling what there is to note."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from nbthreat.assessment import Assessment, assess
from nbthreat.documents import Document
from nbthreat.errors import Fault, clean
from nbthreat.evaluation import BUDGET
from nbthreat.library import Library
from nbthreat.matching import Match
from nbthreat.model import System
from nbthreat.register import read_register

_COMFORTABLE = {"elements": 500, "flows": 1_000}


def opened(path: Path, library: Library) -> Document[System]:
    """Read a system file, and tell a person what there is to note. Raises DocumentError with every fault."""
    document = library.read_system(path)
    for note in (*document.notes, *_remarks(document)):
        print(f"note: {note}", file=sys.stderr)
    return document


def _remarks(document: Document[System]) -> Iterator[Fault]:
    """Yield what a person should know of a system that can be read."""
    file = str(document.path)
    for part, comfortable in _COMFORTABLE.items():
        count = len(getattr(document.value, part))
        if count > comfortable:
            message = f"{count} {part}: more than the {comfortable} that are comfortable to draw and discuss."
            yield Fault(file, document.line((part,)), message)
    for n, flow in enumerate(document.value.flows):
        if flow.source == flow.target:
            yield Fault(file, document.line(("flows", n)), f"flow {clean(flow.id)} ends where it begins.")


def assessed(path: Path, library: Library, since: Path | None = None, budget: int = BUDGET) -> Assessment:
    """Read a system file and the register beside it, and look at them as of today."""
    from nbthreat.export.day import today

    system = opened(path, library).value
    register = read_register(path, id=system.id).value
    before = library.read_system(since).value if since else None
    return assess(system, library, register, since=before, today=today(), budget=budget)


def told_complete(found: Match, of: str = "") -> bool:
    """Return whether a match is complete; where it is not, a person is told what is missing, and `of` which system."""
    if not found.complete:
        print(f"{of}incomplete: not followed to the end: {', '.join(found.incomplete)}", file=sys.stderr)
    return found.complete
