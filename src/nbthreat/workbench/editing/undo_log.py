"""Undo logs: the steps of a drawing in the user's own state folder, so that they can be taken back by a later kernel.

A log begins with the texts of both files and has one sealed line per step. It lies in no shared folder, and is used
only where the board it ends with is the one that is opened; without it a drawing opens as well, with nothing to undo.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.workbench.editing import sealing
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.history import History, Moment
from nbthreat.workbench.editing.journal import UNREADABLE
from nbthreat.workbench.editing.patches import patch, patched

_FORMAT = 1
_SECONDS = 30 * 24 * 3600
_SUFFIX = ".undo"


class UndoLog:
    """The log of one drawing. Nothing here raises: where the disk refuses, no more is logged."""

    def __init__(self, path: Path) -> None:
        """`path` is that of the system file."""
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        self._path = sealing.state_folder() / "undo" / f"{name}{_SUFFIX}"
        self._file = sealing.SealedFile(self._path, durable=False)
        self._lock: Any = None
        self._off = False

    def restored(self, board: Board) -> History | None:
        """Return the history that led to this very board, or None where none is known."""
        if not self._locked():
            return None
        lines = sealing.read(self._path)
        if not lines.is_ours or lines.records[0].get("nbthreat") != _FORMAT:
            return None
        try:
            history = _begun(lines.records[0])
            for record in lines.records[1:]:
                _replay(history, record)
        except UNREADABLE:
            return None
        return history if history.board == board else None

    def add(self, history: History, before: Board) -> None:
        """Note the moment that a history has just gone on to from `before`."""
        moment = history.moment
        self._note(history, {"step": patch(before, moment.board), **_said(moment)})

    def go(self, history: History, was: Board) -> None:
        """Note that a history went back or forth to a moment, of which the board `was` another until then."""
        self._note(history, {"go": history.now, "patch": patch(was, history.board)})

    def close(self) -> None:
        """Let go of the log; it stays for the next kernel."""
        self._file.close()
        self._off = True
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _note(self, history: History, record: dict[str, Any]) -> None:
        if self._off or not self._locked():
            return
        try:
            if self._file.is_open:
                with contextlib.suppress(OSError):
                    self._file.add(record)
                    return
            self._file.begin(_records(history))  # it also begins anew when it has grown too long
        except OSError:
            self._off = True
            with contextlib.suppress(OSError):
                self._path.unlink()  # it would end with another board than the one there is

    def _locked(self) -> bool:
        """Return whether this log is ours: of two kernels with one drawing the first keeps it."""
        from filelock import FileLock, Timeout

        if self._lock is not None:
            return True
        lock = FileLock(self._path.with_suffix(".lock"), timeout=0, mode=sealing.MODE)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire()
        except (OSError, Timeout):
            return False
        self._lock = lock
        _forget_old(self._path.parent)
        return True


def _forget_old(folder: Path) -> None:
    """Remove the logs of drawings that nobody has edited for a month."""
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _SECONDS:
                path.unlink()
                path.with_suffix(".lock").unlink(missing_ok=True)


def _records(history: History) -> Iterator[dict[str, Any]]:
    """Yield a whole history as the lines of a log."""
    first, *others = history.moments
    yield {
        "nbthreat": _FORMAT,
        "system": first.system_text or documents.dump(first.board.system),
        "register": first.register_text or documents.dump(first.board.register),
        "written": [bool(first.system_text), bool(first.register_text)],
        **_said(first),
    }
    before = first.board
    for moment in others:
        yield {"step": patch(before, moment.board), **_said(moment)}
        before = moment.board
    if history.moment is not history.moments[-1]:
        yield {"go": history.now, "patch": {}}


def _said(moment: Moment) -> dict[str, Any]:
    return {"name": moment.name, "by": moment.by, "at": moment.at.isoformat() if moment.at else ""}


def _begun(head: dict[str, Any]) -> History:
    system, register = head["system"], head["register"]
    board = Board(
        documents.loads(System, system.encode(), Path("system")).value,
        documents.loads(Register, register.encode(), Path("register")).value,
    )
    written = head["written"]
    moment = _moment(head, board)
    moment.system_text = system if written[0] is True else None
    moment.register_text = register if written[1] is True else None
    return History([moment])


def _replay(history: History, record: dict[str, Any]) -> None:
    if "step" in record:
        history.add(_moment(record, patched(history.board, record["step"])))
        return
    now = record["go"]
    if not isinstance(now, int) or not 0 <= now < len(history.moments):
        raise ValueError("there is no such step")
    history.now = now
    history.moment.board = patched(history.board, record["patch"])


def _moment(record: dict[str, Any], board: Board) -> Moment:
    at = datetime.fromisoformat(record["at"]) if record["at"] else None
    return Moment(board, str(record["name"]), str(record["by"]), at)
