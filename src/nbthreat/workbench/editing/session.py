"""Sessions: Python holds the truth about one drawing, however many browsers, tabs and cells change it.

An operation is checked, made, put in the journal, matched, and told to everybody; only then is it acknowledged.
Everything shared is behind one lock: messages may arrive on a thread of their own while a cell runs.
"""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from nbthreat.base import day
from nbthreat.base.errors import Conflict, OperationError, clean
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import asking
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.audience import Tell
from nbthreat.workbench.editing.background import Background
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.keeping import TRIES
from nbthreat.workbench.editing.timeline import Done, Timeline
from nbthreat.workbench.editing.view import View

_REMEMBERED = 4_000
_BY_LENGTH = 80
_PROBLEMS_SHOWN = 3
_SUFFIXES = (".yaml", ".yml")


class Session:
    """One drawing, its file, and everybody who looks at it.

    >>> from nbthreat import Element, System
    >>> from nbthreat.workbench.editing import Session
    >>> system = System(id="desk", name="Desk", elements=(Element(id="app", technology="application"),))
    >>> session = Session.of(system)
    >>> session.path is None, [element.id for element in session.system.elements]
    (True, ['app'])
    >>> session.close()
    """

    def __init__(
        self,
        path: Path | None,
        library: Library,
        today: Callable[[], date] = day.today,
        *,
        board: Board | None = None,
    ) -> None:
        """Take up the file at `path`; without one, begin with `board`, or blank."""
        self._lock = threading.RLock()
        self._saving = threading.Lock()  # taken before the other, never after
        self._done: OrderedDict[str, Done] = OrderedDict()
        self._closed = False
        self._timeline = Timeline(library, today, self._changed)
        self._background = Background(self._timeline, self._lock, self._save)
        self._timeline.take_up(path, board)
        self._background.start()
        atexit.register(self.close)

    @classmethod
    def open(cls, path: str | Path | None = None, library: Library | None = None) -> Session:
        """Open the system file at `path`, or a blank drawing; one session for one file in one process.

        A file is what its path leads to, however that is spelt. The packs that it names are laid over `library`.

        Raises DocumentError with every fault in the file, and changes nothing then.
        """
        if path is None:
            return cls(None, library or Library.load())
        path = Path(path).expanduser()
        real = documents.real_path(path)
        with _OPENING:
            known = _OPEN.get(real)
            if known is None or known._closed:
                known = _OPEN[real] = cls(real, library or Library.load())
        with known._lock:
            known._timeline.say_unread(path)
        return known

    @classmethod
    def of(cls, source: System | Assessment, library: Library | None = None) -> Session:
        """Return a session about a system, or what was decided about one, that has no file yet.

        `save_as` gives it one. Raises LibraryError or OperationError where the library does not know its words.
        """
        if isinstance(source, Assessment):
            return cls(None, library or source.library, board=Board(source.system, source.register))
        library = library or Library.load()
        problems = [problem.message for problem in library.problems(source)]
        if problems:
            raise OperationError(" ".join(problems[:_PROBLEMS_SHOWN]))
        return cls(None, library, board=Board(source, Register(system=source.id)))

    # What there is

    @property
    def board(self) -> Board:
        """The drawing and its register, as they now are."""
        return self._timeline.board

    @property
    def system(self) -> System:
        """The system as it is now drawn."""
        return self.board.system

    @property
    def path(self) -> Path | None:
        """Where the drawing is kept, or None while there is no file for it."""
        return self._timeline.path

    @property
    def library(self) -> Library:
        """The library that is matched: the one it was opened with, and the packs that the file names."""
        return self._timeline.display.library

    @property
    def assessment(self) -> Assessment:
        """Everything about the drawing as it now is, today."""
        with self._lock:
            self._renew()
            return self._timeline.display.assessment

    @property
    def view(self) -> View:
        """What everybody sees now."""
        return self._timeline.display.audience.view

    @property
    def revision(self) -> int:
        """How often what everybody sees has changed."""
        return self._timeline.revision

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Have every change told to `tell`, on whatever thread it is made; return how to stop that."""
        with self._lock:
            return self._timeline.display.audience.listen(tell)

    def welcome(self) -> dict[str, Any]:
        """Return all there is to see, for somebody who has just come."""
        with self._lock:
            self._renew()
            return self._timeline.display.audience.welcome(self.library)

    # What is done

    def do(self, operation: m.Operation, *, by: str = "", id: str = "") -> Done:
        """Make an operation, acknowledged once it is in the journal and was told to everybody.

        The same `id` twice is done once. Raises OperationError, in words, where it cannot be made.
        """
        if isinstance(operation, m.DoSave):
            self._save()
            with self._lock:
                self._timeline.check_saving()
                return Done(self.revision, (), "Save")
        self._background.make_way()
        with self._lock:
            if id and id in self._done:
                return self._done[id]
            self._renew()
            had_file = self.path is not None
            try:
                done = self._timeline.do(operation, clean(by, _BY_LENGTH))
            finally:
                if not had_file:
                    self._register()
            if id:
                self._done[id] = done
                while len(self._done) > _REMEMBERED:
                    self._done.popitem(last=False)
            return done

    def ask(self, asked: m.Ask) -> Any:
        """Answer something that changes nothing, as plain data.

        Raises OperationError, in words, where it cannot be answered.
        """
        with self._lock:
            self._renew()
            stem = self.path.stem if self.path else self.system.id
            history, display = self._timeline.history, self._timeline.display
            context = self._timeline.context("")
            about = asking.AskContext(
                self.board, display.assessment, history, history.texts(), context, display.matches, stem
            )
            if isinstance(asked, m.AskCards):
                return display.cards(asked, lambda cards: asking.answer(cards, about))
            if isinstance(asked, m.AskHistory):
                return asking.answer(asked, about)
        return asking.answer(asked, about)

    def save_as(self, path: str | Path) -> Path:
        """Keep a drawing that has no file yet in one at `path`, and return where that is.

        Raises OperationError where the drawing has a file, where there is one at `path`, or where the disk refuses.
        """
        timeline = self._timeline
        with self._saving, self._lock:
            if timeline.path is not None:
                raise OperationError(f"This drawing has a file already: {timeline.path}.")
            real = documents.real_path(Path(path).expanduser())
            if real.suffix not in _SUFFIXES:
                raise OperationError(f"A system file is called something.yaml, not {real.name}.")
            keeper = timeline.keep_at(real)
            keeper.save(timeline.history)
            if not keeper.is_saved(self.board):
                timeline.forget_file()
                raise OperationError(keeper.why or "The file could not be written.")
            self._register()
            timeline.display.tell_status()
            return real

    def close(self) -> None:
        """Save and let go; what could not be saved stays in the journal."""
        timeline = self._timeline
        with self._saving, self._lock:
            if self._closed:
                return
            self._closed = True
            if timeline.keeper is not None:
                timeline.keeper.close(timeline.history)
            if timeline.undo_log is not None:
                timeline.undo_log.close()
        self._background.stop()
        atexit.unregister(self.close)

    def _register(self) -> None:
        """Have whoever opens the file of a drawing that was given one come to this session."""
        if self.path is not None:
            _OPEN[self.path] = self

    def _renew(self) -> None:
        if self._timeline.renew():
            self._background.wake()

    def _changed(self) -> None:
        self._background.make_way()
        self._background.wake()

    def _save(self) -> None:
        """Save; drawing goes on while the disk works."""
        timeline = self._timeline
        with self._saving:
            for _ in range(TRIES):
                with self._lock:
                    keeper = timeline.keeper
                    begun = keeper.begin_save(timeline.history) if keeper else None
                if keeper is None or begun is None:
                    return
                error = keeper.write(begun)
                with self._lock:
                    if keeper.end_save(begun, error, timeline.history):
                        timeline.display.tell_status()
                if not isinstance(error, Conflict):
                    return


_OPEN: WeakValueDictionary[Path, Session] = WeakValueDictionary()
_OPENING = threading.Lock()
