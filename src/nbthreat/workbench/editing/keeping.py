"""Keeping: what stands between a board and its files. The journal, the saving, and what others wrote meanwhile.

A Keeper knows no operations and tells nobody; its session calls it under the session's lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbthreat.base.errors import Conflict, NbthreatError, OperationError
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import journal as journals
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.files import Files
from nbthreat.workbench.editing.history import History, Moment, Texts
from nbthreat.workbench.editing.journal import Journal
from nbthreat.workbench.editing.merging import differences, merge

SAVE_AFTER = 0.4
SAVE_WITHIN = 1.5
"""Seconds after the last edit, and at most after the first, that an edit is in the file."""
TRIES = 3
"""How often a board is written at once where somebody else goes on changing how the file is written."""
_RETRY_AFTER = 3.0
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Outside:
    """What somebody else wrote: their board, or why it cannot be read; `base` is what both grew from."""

    base: Board | None
    theirs: Board | None
    why: str
    files: Files


@dataclass(frozen=True, slots=True)
class Saving:
    """A board on its way to its files."""

    moment: Moment
    texts: Texts
    files: Files


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a process that died had acknowledged: the board with it, and in words how much that was."""

    board: Board
    said: str
    journal: Path


class Keeper:
    """Keeps one board in its files. Raises DocumentError where the system file has faults."""

    def __init__(self, path: Path, library: Library) -> None:
        self.path = path
        self._library = library
        self._left = list(journals.left_behind(path)) if path.parent.is_dir() else []
        self._files = Files(path, library)
        try:
            self.board = self._files.read()
        except NbthreatError:
            if not self._left or path.stat().st_size:  # an empty file with a journal beside it is nobody's drawing
                raise
            self.board = None
        self._journal = Journal(path)
        self._outside: Outside | None = None
        self._why = ""
        self._saved_at: datetime | None = None
        self._first_edit: float | None = None  # when what is not in the file began
        self._last_edit = 0.0
        self._retry_at = 0.0
        self.recovered = ""

    @property
    def is_new(self) -> bool:
        """Whether there is no file yet."""
        return self._files.system is None

    def moment(self, board: Board) -> Moment:
        """Return a first moment for the board that was read, with the texts it has in the files."""
        files = self._files
        return Moment(
            board,
            system_text=files.system.text if files.system else None,
            register_text=files.register.text if files.register and files.register.revision else None,
        )

    def left(self, board: Board) -> Iterator[Recovered]:
        """Yield what processes that died had acknowledged and not saved, each laid over the board before it."""
        for path, left in self._left:
            clashes: tuple[str, ...] = ()
            try:
                if left.base is not None:
                    found, clashes = merge(left.base, left.board, board)
                elif not self.is_new:
                    found, clashes = merge(board, left.board, board)
                else:
                    found = left.board
                self._library.checked(found.system)
            except NbthreatError:
                continue  # the journal stays where it is, for a person to look at
            board = found
            said = f"{left.steps} edit{'s' * (left.steps != 1)} until {left.at or 'the end'} brought back"
            if clashes:
                said += f"; both sides had changed {', '.join(clashes[:_SHOWN])}"
            yield Recovered(board, said, path)
        self._left = []

    def note(self, before: Board, after: Board, name: str, by: str) -> None:
        """Put one step on disk before anybody is told that it was made."""
        now = time.monotonic()
        self._last_edit = now
        if self._first_edit is None:
            self._first_edit = now
        try:
            if not self._journal.begun:
                self._begin_journal(before)
            self._journal.add(name, by, clock(), before, after)
        except OSError as error:
            self._why = f"The disk refuses: {error.strerror or error}."

    def _begin_journal(self, board: Board) -> None:
        files, known = self._files, self._files.board
        self._journal.begin(
            files.system.text if files.system else None,
            files.register.text if files.register and files.register.revision else None,
            known or board,
        )
        if known is not None and known != board:
            self._journal.add("earlier", "", clock(), known, board)

    def rest(self, now: float) -> float:
        """Return after how many seconds something may have to be saved."""
        if self._first_edit is None or self._outside is not None:
            return float("inf")
        return max(min(self._last_edit + SAVE_AFTER, self._first_edit + SAVE_WITHIN), self._retry_at) - now

    def save(self, history: History) -> bool:
        """Write the board that is now; return whether something is to be told."""
        told = False
        for _ in range(TRIES):
            begun = self.begin_save(history)
            if begun is None:
                break
            error = self.write(begun)
            told = self.end_save(begun, error, history)
            if not isinstance(error, Conflict):
                break
        return told

    def begin_save(self, history: History) -> Saving | None:
        """Return what is to be written, or None where nothing may be."""
        if self._outside is not None:
            return None
        return Saving(history.moment, history.texts(), self._files)

    def write(self, saving: Saving) -> Exception | None:
        """Write it, and return what stood against it. Needs no lock: it takes as long as the disk does."""
        try:
            if not saving.files.is_saved(saving.moment.board):
                saving.files.save(saving.moment, saving.texts)
        except (NbthreatError, OSError) as error:
            return error
        return None

    def end_save(self, saving: Saving, error: Exception | None, history: History) -> bool:
        """Note how it went; return whether something is to be told. What could not be saved stays in the journal."""
        if isinstance(error, Conflict):
            return self.watch(history)
        if error is not None:
            self._why = str(error)
            self._retry_at = time.monotonic() + _RETRY_AFTER
            return True
        self._why = ""
        self._retry_at = 0.0
        self._saved_at = datetime.now().astimezone()
        if history.board is saving.moment.board:
            self._first_edit = None
            self._journal.end()
        return True

    def watch(self, history: History) -> bool:
        """Look whether somebody else wrote to the files; return whether there is news."""
        files, base = self._files, self._files.board
        if not files.changed_outside() or (base is None and not self.path.exists()):
            return False
        fresh = Files(self.path, self._library)
        theirs, why = None, ""
        try:
            theirs = fresh.read()
        except NbthreatError as error:
            why = f"The file was changed and cannot be read. Mend it, or move it away. {error}"
        if theirs is not None and theirs == base:  # only how it is written changed
            self._files, self._outside = fresh, None
            history.written_anew(self.moment(theirs))
            return True
        if self._outside is not None and (self._outside.theirs, self._outside.why) == (theirs, why):
            return False
        self._outside = Outside(base, theirs, why, fresh)
        return True

    def merged(self, board: Board, *, prefer_mine: bool) -> Moment:
        """Return the moment in which what others wrote is taken in, and go on from their files.

        Raises OperationError where there is nothing to take in, or it cannot be read.
        """
        outside = self._outside
        if outside is None:
            raise OperationError("The file has not changed outside.")
        if outside.why:
            raise OperationError(outside.why)
        moment = Moment(board, "Write the file again")
        if outside.theirs is not None:
            base = outside.base or outside.theirs
            try:
                after, _ = merge(base, board, outside.theirs, prefer_mine=prefer_mine)
            except NbthreatError as error:
                raise OperationError(f"The two cannot be brought together: {error}") from None
            text = outside.files.system.text if outside.files.system else None
            moment = Moment(
                after, "Take in what changed in the file", system_text=text if after == outside.theirs else None
            )
        self._files, self._outside = outside.files, None
        self._journal.end()  # it begins anew from what the file now holds
        return moment

    def status(self, board: Board) -> dict[str, Any]:
        """Return how the board stands to its files, as the view shows it."""
        outside = self._outside
        if outside is not None:
            saving = "conflict"
        elif self._why:
            saving = "refused"
        else:
            saving = "saved" if self._files.is_saved(board) else "unsaved" if self._first_edit is None else "saving"
        offer: tuple[str, ...] = ()
        clashes: tuple[str, ...] = ()
        if outside is not None and not outside.why:
            offer = ("the file is gone",)
            if outside.theirs is not None:
                base = outside.base or outside.theirs
                offer = differences(base, outside.theirs) or ("how it is written",)
                with suppress(NbthreatError):
                    clashes = merge(base, board, outside.theirs)[1]
        return {
            "saving": saving,
            "savedAt": self._saved_at.strftime("%H:%M:%S") if self._saved_at else None,
            "why": outside.why if outside else self._why,
            "path": self.path.name,
            "offer": list(offer),
            "clashes": list(clashes[:_SHOWN]),
            "recovered": self.recovered,
            "journals": [],
        }

    def close(self, history: History) -> None:
        """Save what is not saved and let go; what could not be saved stays in the journal."""
        if self._first_edit is not None:
            self.save(history)
        self._journal.close()


def clock() -> str:
    """Return the time of day, for people on this machine."""
    return datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005 - the time on their wall
