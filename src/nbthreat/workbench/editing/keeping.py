"""Keeping: what stands between a board and its files. The journal, the saving, and what others wrote meanwhile.

A Keeper knows no operations and tells nobody; its session calls it under the session's lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from nbthreat.base.errors import Conflict, NbthreatError, OperationError, quoted
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import journal as journals
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.files import Files
from nbthreat.workbench.editing.history import History, Moment, Texts
from nbthreat.workbench.editing.journal import Journal, JournalStep, Left
from nbthreat.workbench.editing.merging import differences, merge
from nbthreat.workbench.editing.offers import OfferedEdits, offer

SAVE_AFTER = 0.4
SAVE_WITHIN = 1.5
"""Seconds after the last edit, and at most after the first, that an edit is in the file."""
TRIES = 3
"""How often a board is written at once where somebody else goes on changing how the file is written."""
RETRY_AFTER = 1.0
RETRY_WITHIN = 60.0
"""Seconds after which saving is tried again: after the first refusal, twice as long after each further one, at most."""
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
    left: Left
    journal: Path


class Keeper:
    """Keeps one board in its files. Raises DocumentError where the system file has faults."""

    def __init__(self, path: Path, library: Library) -> None:
        self.path = path
        self._library = library
        self._found = list(journals.left_behind(path))
        self._files = Files(path, library)
        try:
            self.board = self._files.read()
        except NbthreatError:
            ours = any(found.left and not found.why for found in self._found)
            if not ours or path.stat().st_size:  # an empty file with a journal beside it is nobody's drawing
                raise
            self.board = None
        self._journal = Journal(path)
        self._offers: dict[str, OfferedEdits] = {}
        self._outside: Outside | None = None
        self._why = ""
        self._saved_at: datetime | None = None
        self._first_edit: float | None = None  # when what is not in the file began
        self._last_edit = 0.0
        self._unsaved = 0  # edits that are not in the file
        self._refusals = 0  # of saving, one after the other
        self._retry_at = 0.0
        self.recovered = ""

    @property
    def why(self) -> str:
        """What the disk last said against it, or nothing."""
        return self._why

    @property
    def refusal(self) -> str:
        """Why nothing goes into the files now, in words; '' where nothing stands against it."""
        if self._outside is not None:
            return self._outside.why or "Somebody else changed the file meanwhile. Take that in, then save."
        return self._why

    def say(self, remark: str) -> None:
        """Have the status tell a remark on the files, beside what was brought back."""
        if remark not in self.recovered:
            self.recovered = "; ".join(filter(None, (self.recovered, remark)))

    def is_saved(self, board: Board) -> bool:
        """Return whether the files hold this board, as far as is known."""
        return self._files.is_saved(board)

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
        """Yield what processes of this user had acknowledged and not saved, each laid over the board before it.

        What cannot be brought back by itself is offered to people from then on.
        """
        for found in self._found:
            left, why = found.left, found.why
            if left is not None and not why:
                try:
                    board, clashes = self._with(left, board)
                except NbthreatError as error:
                    why = f"it does not go with the file as it now is: {error}"
                else:
                    yield Recovered(board, _said(left, clashes), left, found.path)
                    continue
            self._offers[found.path.name] = offer(found, board, why=why)
        self._found = []

    def _with(self, left: Left, board: Board) -> tuple[Board, tuple[str, ...]]:
        """Return a board with what a journal holds laid over it, and the fields that both had changed, in words.

        Raises NbthreatError where the two do not go together.
        """
        if left.base is not None:
            after, clashes = merge(left.base, left.board, board)
        else:
            after, clashes = (left.board, ()) if self.is_new else merge(board, left.board, board)
        self._library.checked(after.system)
        return after, clashes

    def taken(self, name: str, board: Board) -> tuple[Board, OfferedEdits, str]:
        """Return a board with an offered journal laid over it, the offer, and in words what it was.

        Raises OperationError where there is none of that name, or it cannot be read or does not fit.
        """
        found = self._offered(name)
        if found.left is None:
            raise OperationError(f"The journal {name} cannot be taken in: {found.why}. It can be dropped.")
        try:
            after, clashes = self._with(found.left, board)
        except NbthreatError as error:
            raise OperationError(f"The journal {name} does not go with this drawing: {error}") from None
        return after, found, _said(found.left, clashes)

    def settled(self, taken: OfferedEdits, said: str) -> None:
        """Note that an offered journal is taken in; where only a part of it could be read, its file is kept."""
        del self._offers[taken.path.name]
        self.recovered = said
        if taken.is_whole:
            journals.discard(taken.path)
        else:
            kept = journals.retire(taken.path)
            self.recovered += f"; the rest of the journal could not be read, and is kept as {kept.name}"

    def drop(self, name: str) -> None:
        """Delete an offered journal. Raises OperationError where there is none of that name, or it cannot be."""
        found = self._offered(name)
        journals.discard(found.path)
        if os.path.lexists(found.path):
            raise OperationError(f"The journal {name} cannot be deleted.")
        del self._offers[name]

    def _offered(self, name: str) -> OfferedEdits:
        if name not in self._offers:
            raise OperationError(f"There is no journal {quoted(name)} on offer any more.")
        return self._offers[name]

    def note(self, before: Board, after: Board, name: str, by: str) -> None:
        """Put one step on disk before anybody is told that it was made.

        Raises OperationError, and nothing is noted, where the disk takes it neither at the end of the journal nor in a
        new one.
        """
        try:
            self._put_in_journal(before, after, JournalStep(name, by, clock()))
        except (OSError, Timeout) as error:
            reason = getattr(error, "strerror", None) or error
            self._why = f"The disk refuses: {reason}."
            message = f"The disk refuses: {reason}. This edit was not made, because it could be lost. "
            raise OperationError(f"{message}Make room on the disk, or save a copy elsewhere, and try again.") from None
        now = time.monotonic()
        self._last_edit = now
        self._unsaved += 1
        if self._first_edit is None:
            self._first_edit = now

    def _put_in_journal(self, before: Board, after: Board, step: JournalStep) -> None:
        if self._journal.begun:
            try:
                self._journal.add(before, after, step)
            except OSError:  # refused, or too long by now: all that is not saved goes into a new one
                pass
            else:
                return
        files = self._files
        texts = None
        if files.system:
            register = files.register
            texts = (files.system.text, register.text if register and register.revision else None)
        self._journal.begin(texts, files.board, after, replace(step, steps=self._unsaved + 1))

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
        if isinstance(error, Conflict) and self.watch(history):
            return True
        if error is not None:
            wait = min(RETRY_WITHIN, RETRY_AFTER * 2**self._refusals)
            self._refusals = min(self._refusals + 1, 10)
            self._why = f"{error} Saving is tried again after {wait:.0f} seconds."
            self._retry_at = time.monotonic() + wait
            return True
        self._why = ""
        self._refusals = 0
        self._retry_at = 0.0
        self._saved_at = datetime.now().astimezone()
        if history.board is saving.moment.board:
            self._first_edit = None
            self._unsaved = 0
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
        """Return the moment in which what others wrote is taken in.

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
        return moment

    def go_on(self, before: Board, moment: Moment) -> None:
        """Go on from what others wrote, with the moment in which it is taken in.

        Raises OperationError, and nothing changes, where the disk refuses the journal.
        """
        outside, files = self._outside, self._files
        if outside is None:
            return
        self._files = outside.files  # from what these hold the journal begins anew
        self._outside = None
        began, self._journal = self._journal, Journal(self.path)
        try:
            self.note(before, moment.board, moment.name, moment.by)
        except OperationError:
            self._files, self._outside, self._journal = files, outside, began
            raise
        began.end()

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
            "journals": [found.view for found in self._offers.values()],
        }

    def close(self, history: History) -> None:
        """Save what is not saved and let go; what could not be saved stays in the journal."""
        if self._first_edit is not None:
            self.save(history)
        self._journal.close()


def _said(left: Left, clashes: tuple[str, ...]) -> str:
    said = f"{left.steps} edit{'s' * (left.steps != 1)} until {left.at or 'the end'} brought back"
    return said + (f"; both sides had changed {', '.join(clashes[:_SHOWN])}" if clashes else "")


def clock() -> str:
    """Return the time of day, for people on this machine."""
    return datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005 - the time on their wall
