"""Journals: what was acknowledged and is not yet in the file, so that the death of the process loses none of it.

A journal begins with the texts of both files as they were last known, and has one sealed line per step after that,
each on disk before the step is acknowledged. One whose process lives is locked; one that is not locked was left behind.
Whoever opens the file next brings it back where it is this user's own, about this very file, and whole. Every other
one is offered to a person: nothing comes in unasked, and nothing is thrown away unread.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbthreat.base.errors import NbthreatError
from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.workbench.editing import sealing
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.patches import patch, patched

_FORMAT = 3
_SUFFIX = ".journal"
_MANY = 20  # journals beside one file that are looked at; the others stay for the next time
_AT_LENGTH = 20
_STEPS_LIMIT = 1_000_000

UNREADABLE = (NbthreatError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading plain data of unknown origin may raise: it has any type anywhere."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a process left behind: what was in the files when it began, and the board it reached in `steps` steps."""

    base: Board | None  # None where there was no file
    board: Board
    steps: int
    at: str  # time of the last step


@dataclass(frozen=True, slots=True)
class Found:
    """A journal that was left behind: what can be read of it, and why it is left to a person; `why` is empty if not."""

    path: Path
    left: Left | None
    why: str
    is_whole: bool = False  # whether nothing in it is unread


class Journal:
    """The journal of one session about the file at `path`. Raises OSError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._about = path
        self._file = sealing.SealedFile(path.with_name(f".{path.name}.{secrets.token_hex(6)}{_SUFFIX}"))
        self._lock: Any = None

    def begin(self, texts: tuple[str, str | None] | None, known: Board | None, board: Board, step: JournalStep) -> None:
        """Start anew with `board`, which `step` led to from what is `known` to be in the files, which have `texts`.

        Where the disk refuses, an earlier journal is as it was.
        """
        from filelock import FileLock

        if self._lock is None:
            lock = FileLock(_lock_path(self._file.path), timeout=0, mode=sealing.MODE)
            lock.acquire()
            self._lock = lock
        records: list[dict[str, Any]] = [{"nbthreat": _FORMAT, "about": _about(self._about)}]
        if texts is None or known is None:
            records[0] |= {"isNew": True, "system": documents.dump(board.system)}
            records[0] |= {"register": documents.dump(board.register), "steps": step.steps, "at": step.at}
        else:
            records[0] |= {"isNew": False, "system": texts[0], "register": texts[1]}
            records.append(step.record(known, board))
        self._file.begin(records)

    @property
    def begun(self) -> bool:
        """Whether there is a journal on disk."""
        return self._file.is_open

    def add(self, before: Board, after: Board, step: JournalStep) -> None:
        """Put one step on disk."""
        self._file.add(step.record(before, after))

    def end(self) -> None:
        """Remove the journal: everything in it is in the files."""
        if self.begun:
            self._file.close()
            discard(self._file.path)
        self._release()

    def close(self) -> None:
        """Let go of the journal; what is in it stays for whoever opens the file next."""
        self._file.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


@dataclass(frozen=True, slots=True)
class JournalStep:
    """How a step is noted: its name, by whom, at what time of day, and how many edits it stands for."""

    name: str
    by: str
    at: str
    steps: int = 1

    def record(self, before: Board, after: Board) -> dict[str, Any]:
        """Return the step from one board to another as a line of a journal."""
        said = {"name": self.name, "by": self.by, "at": self.at, "steps": self.steps}
        return {**said, "patch": patch(before, after)}


def left_behind(path: Path) -> Iterator[Found]:
    """Yield each journal about `path` whose process is gone, oldest first."""
    from filelock import FileLock, Timeout

    for journal in _journals(path):
        lock = FileLock(_lock_path(journal), timeout=0, mode=sealing.MODE)
        try:
            lock.acquire()
        except Timeout:
            continue  # its process lives
        except OSError as error:
            yield Found(journal, None, f"it cannot be locked: {error.strerror or error}")
            continue
        try:
            found = _read(journal, path)
        finally:
            lock.release()
        yield found


def _journals(path: Path) -> list[Path]:
    """Return the journals about `path`, oldest first; what a killed process had only begun to write is removed."""
    pattern = re.compile(re.escape(f".{path.name}.") + r"[0-9a-z]{1,64}" + re.escape(_SUFFIX) + r"(\.new)?")
    found: list[tuple[float, str, Path]] = []
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            known = pattern.fullmatch(entry.name)
            with contextlib.suppress(OSError):
                if known and not known[1]:
                    found.append((entry.stat(follow_symlinks=False).st_mtime, entry.name, Path(entry.path)))
    return [journal for _, _, journal in sorted(found)[:_MANY]]


def discard(journal: Path) -> None:
    """Remove a journal that was taken over and is now in another's, or that a person wants no more."""
    for path in (journal, _lock_path(journal)):
        with contextlib.suppress(OSError):
            path.unlink()


def retire(journal: Path) -> Path:
    """Rename a journal of which only a part could be read, so that it is kept and not offered again."""
    kept = journal.with_suffix(".journal-kept")
    with contextlib.suppress(OSError):
        journal.rename(kept)
        _lock_path(journal).unlink(missing_ok=True)
        return kept
    return journal


def _about(path: Path) -> str:
    """Return a path as text that any file can hold."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _lock_path(journal: Path) -> Path:
    return journal.with_suffix(".lock")


def _read(journal: Path, about: Path) -> Found:
    """Return what can be read of a journal; never raises, whatever is in it."""
    lines = sealing.read(journal)
    if not lines.records:
        return Found(journal, None, f"it {lines.fault or 'is empty'}")
    head, *records = lines.records
    if head.get("nbthreat") != _FORMAT:
        return Found(journal, None, "another version of nbthreat wrote it")
    fault = lines.fault
    try:
        board, is_new, steps, at = _first(head, journal)
    except UNREADABLE:
        return Found(journal, None, "what it begins with cannot be read")
    base = None if is_new else board
    for number, record in enumerate(records, 1):
        try:
            board, steps = patched(board, record["patch"]), steps + _steps(record)
            at = str(record["at"])[:_AT_LENGTH]
        except UNREADABLE:
            fault = f"cannot be read from line {number + 1:,} on"
            break
    why = f"it {fault}" if fault else ""
    if head.get("about") != _about(about):
        why = "it was written for a file in another place"
    if not lines.is_ours:
        why = "it was not written by you on this machine, or was changed since"
    return Found(journal, Left(base, board, steps, at), why, is_whole=not fault)


def _first(head: Mapping[str, Any], journal: Path) -> tuple[Board, bool, int, str]:
    """Return the board a journal began from, whether it had no file, and the steps it stands for then."""
    system = documents.loads(System, head["system"].encode(), journal).value
    register = Register(system=system.id)
    if head["register"]:
        register = documents.loads(Register, head["register"].encode(), journal).value
    if head["isNew"] is not True:
        return Board(system, register), False, 0, ""
    return Board(system, register), True, _steps(head), str(head["at"])[:_AT_LENGTH]


def _steps(record: Mapping[str, Any]) -> int:
    steps = record["steps"]
    if not isinstance(steps, int) or not 0 <= steps <= _STEPS_LIMIT:
        raise ValueError("a line stands for a number of edits")
    return steps
