"""What commands share: exit codes, options, reading a system and its register, telling what there is to note."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from nbthreat.base.day import today
from nbthreat.base.errors import Fault, clean, quoted
from nbthreat.base.risk import Level
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Register, read_register, register_beside_link, unlogged
from nbthreat.system import documents
from nbthreat.system.documents import Document
from nbthreat.system.model import System
from nbthreat.threats.curation.examples import remarks
from nbthreat.threats.evaluation import BUDGET
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Match

FINE, FINDINGS, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3
"""The exit codes of all commands."""
CHANGED = FINDINGS
"""The exit code of a system that is not as it was signed."""

_COMFORTABLE = {"elements": 500, "flows": 1_000}
_SHOWN = 300
_STEPS_LENGTH = 18  # digits of the largest --budget


def budget(command: argparse.ArgumentParser) -> None:
    """Add --budget to a command."""
    what = f"steps that following paths may take; what is not finished then is called incomplete (default {BUDGET:,})"
    command.add_argument("--budget", type=_steps, default=BUDGET, metavar="N", help=what)


def _steps(text: str) -> int:
    """Return a whole number of at least 1. Raises ArgumentTypeError where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= _STEPS_LENGTH and int(text)):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number from 1 up")
    return int(text)


def levels() -> list[str]:
    """Return the levels as options name them, the lowest first: 'very-low'."""
    return [level.label.replace(" ", "-") for level in Level]


def level_named(option: str) -> Level:
    """Return the level that an option names."""
    return list(Level)[levels().index(option)]


def opened(path: Path, base: Library | None = None) -> tuple[Document[System], Library]:
    """Read a system file, and return it with the library it is asked with: `base`, and the packs the file names.

    A person is told what there is to note. Raises DocumentError with every fault.
    """
    library = Library.for_system(path, base)
    document = library.read_system(path)
    home = documents.followed(path).parent
    packs = [note for pack in library.packs if pack.folder for note in remarks(library, pack, home / pack.folder)]
    unread = register_beside_link(path)
    for note in (*document.notes, *_remarks(document), *packs, *([unread] if unread else [])):
        print(f"note: {note}", file=sys.stderr)
    return document, library


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


def register_of(path: Path, system: System) -> Document[Register]:
    """Read the register beside a system file, and tell a person what there is to note."""
    document = read_register(path, id=system.id)
    for note in document.notes:
        print(f"note: {note}", file=sys.stderr)
    unknown = unlogged(document.value)
    if unknown:
        shown = clean(", ".join(unknown), _SHOWN)
        print(f"note: {document.path}: the log does not tell what is said of {shown}.", file=sys.stderr)
    return document


def assessed(path: Path, base: Library, since: Path | None = None, budget: int = BUDGET) -> Assessment:
    """Read a system file and the register beside it, and look at them as of today."""
    document, library = opened(path, base)
    system = document.value
    register = register_of(path, system).value
    before = Library.for_system(since, base).read_system(since).value if since else None
    return assess(system, library, register, since=before, today=today(), budget=budget)


def told_complete(found: Match, of: str = "") -> bool:
    """Return whether a match is complete; where it is not, a person is told what is missing, and `of` which system."""
    if not found.complete:
        print(f"{of}incomplete: not followed to the end: {', '.join(found.incomplete)}", file=sys.stderr)
    return found.complete
