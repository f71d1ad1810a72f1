"""Sessions: Python holds the truth about one drawing, however many browsers, tabs and cells change it.

An operation is checked, made, put in the journal, matched, and told to everybody; only then is it acknowledged.
A worker of its own saves within two seconds, works out questions and coverage after the last edit, and looks every
second whether the files changed from outside. Everything shared is behind one lock: messages may arrive on a thread
of their own while a cell runs.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from nbthreat.base import day
from nbthreat.base.errors import Conflict, NbthreatError, OperationError, clean
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Act, Register, occasion, register_beside_link
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import asking, starters
from nbthreat.workbench.editing import journal as journals
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.audience import Tell
from nbthreat.workbench.editing.board import Board, things
from nbthreat.workbench.editing.display import Display, Settled
from nbthreat.workbench.editing.history import History, Moment
from nbthreat.workbench.editing.keeping import TRIES, Keeper, Recovered
from nbthreat.workbench.editing.operations import apply
from nbthreat.workbench.editing.steps import Context, Step, free_id, slug
from nbthreat.workbench.editing.undo_log import UndoLog
from nbthreat.workbench.editing.view import View
from nbthreat.workbench.editing.worker import Worker

SETTLE_AFTER = 0.12
"""Seconds after the last edit that questions and coverage are worked out."""
SEEN_AFTER = 0.6
"""Seconds after a drawing was opened that a page usually shows it."""
WATCH_EVERY = 1.0
FORESEE_AFTER = 1.2
"""Seconds after the last edit that what answers would change is worked out: who draws on is not kept waiting by it."""
_REMEMBERED = 4_000
_BY_LENGTH = 80
_SHORTEST = 0.01
_PROBLEMS_SHOWN = 3
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was made: the revision it led to, what it made, and what it is called."""

    revision: int
    made: tuple[str, ...]
    name: str


class Session:
    """One drawing, its file, and everybody who looks at it."""

    def __init__(
        self,
        path: Path | None,
        library: Library,
        today: Callable[[], date] = day.today,
        *,
        board: Board | None = None,
    ) -> None:
        """Take up the file at `path`; without one, begin with `board`, or blank."""
        self._base = library
        self._lock = threading.RLock()
        self._saving = threading.Lock()  # taken before the other, never after
        self._done: OrderedDict[str, Done] = OrderedDict()
        self._display = Display(library, today, self._status)
        self._keeper: Keeper | None = None
        self._undo_log: UndoLog | None = None
        self._watched = time.monotonic()
        self._closed = False
        self._worker = Worker("nbthreat-session", self._turn)
        self._take_up(path, board)
        self._last_edit = time.monotonic() + SEEN_AFTER  # what takes longer waits until who opened it sees the drawing
        self._worker.start()
        atexit.register(self.close)

    @classmethod
    def open(cls, path: str | Path | None = None, library: Library | None = None) -> Session:
        """Open the system file at `path`, or a blank drawing; one session for one file in one process.

        A file is what its path leads to, however that is spelt. The packs that it names are laid over `library`.

        Raises DocumentError with every fault in the file, and changes nothing then.
        """
        library = library or Library.load()
        if path is None:
            return cls(None, library)
        path = Path(path).expanduser()
        real = documents.real_path(path)
        with _OPENING:
            known = _OPEN.get(real)
            if known is None or known._closed:
                known = _OPEN[real] = cls(real, library)
        known._say_unread(path)
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
        return self._history.board

    @property
    def system(self) -> System:
        """The system as it is now drawn."""
        return self.board.system

    @property
    def path(self) -> Path | None:
        """Where the drawing is kept, or None while there is no file for it."""
        return self._keeper.path if self._keeper else None

    @property
    def library(self) -> Library:
        """The library that is matched: the one it was opened with, and the packs that the file names."""
        return self._display.library

    @property
    def assessment(self) -> Assessment:
        """Everything about the drawing as it now is, today."""
        with self._lock:
            self._renew()
            return self._display.assessment

    @property
    def view(self) -> View:
        """What everybody sees now."""
        return self._display.audience.view

    @property
    def revision(self) -> int:
        """How often what everybody sees has changed."""
        return self._display.audience.revision

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Have every change told to `tell`, on whatever thread it is made; return how to stop that."""
        with self._lock:
            return self._display.audience.listen(tell)

    def welcome(self) -> dict[str, Any]:
        """Return all there is to see, for somebody who has just come."""
        with self._lock:
            self._renew()
            return self._display.audience.welcome(self.library)

    # What is done

    def do(self, operation: m.Operation, *, by: str = "", id: str = "") -> Done:
        """Make an operation, acknowledged once it is in the journal and was told to everybody.

        The same `id` twice is done once. Raises OperationError, in words, where it cannot be made.
        """
        if isinstance(operation, m.DoSave):
            self._save()
            with self._lock:
                refusal = self._keeper.refusal if self._keeper else "There is no file yet."
                if refusal:
                    raise OperationError(refusal)
                return Done(self.revision, (), "Save")
        self._last_edit = time.monotonic()  # at once, so that what goes on in the background makes way
        with self._lock:
            if id and id in self._done:
                return self._done[id]
            self._renew()
            done = self._do(operation, clean(by, _BY_LENGTH))
            if id:
                self._done[id] = done
                while len(self._done) > _REMEMBERED:
                    self._done.popitem(last=False)
            return done

    def _do(self, operation: m.Operation, by: str) -> Done:
        match operation:
            case m.DoUndo():
                return self._go(-1, by)
            case m.DoRedo():
                return self._go(1, by)
            case m.DoRestore():
                return self._restore(operation.at, by)
            case m.DoMerge():
                return self._merge(operation, by)
            case m.DoBegin():
                return self._start(operation, by)
            case m.DoTakeJournal():
                return self._take_journal(operation.name, by)
            case m.DoDropJournal():
                return self._drop_journal(operation.name)
        return self._made(apply(self.board, operation, self._context(by)), by)

    def _context(self, by: str) -> Context:
        display = self._display
        assessment = display.assessment
        return Context(
            library=self.library,
            places=display.places,
            today=display.today(),
            by=by,
            findings=lambda: {finding.key: finding for finding in assessment.findings},
        )

    def _made(self, step: Step, by: str) -> Done:
        if step.board != self.board:
            self._go_on(Moment(step.board, step.name, by, _now()))
        return Done(self.revision, step.made, step.name)

    def _go_on(self, moment: Moment) -> None:
        """Go on to a new moment: on disk first, then here, then to everybody. Raises OperationError, and then nothing
        has changed, where the disk refuses it.
        """
        before = self.board
        if self._keeper is not None:
            self._keeper.note(before, moment.board, moment.name, moment.by)
        self._reach(moment, before)

    def _reach(self, moment: Moment, before: Board) -> None:
        self._history.add(moment)
        if self._undo_log is not None:
            self._undo_log.add(self._history, before)
        self._changed()

    def _go(self, steps: int, by: str) -> Done:
        history = self._history
        name = history.undo_name if steps < 0 else history.redo_name
        if name is None:
            raise OperationError("There is nothing to take back." if steps < 0 else "There is nothing to do again.")
        before, moment = self.board, history.moments[history.now + steps]
        said = f"{'Undo' if steps < 0 else 'Redo'}: {name}"
        was = moment.board
        board = self._reached(was, before, Act.UNDONE if steps < 0 else Act.REDONE, name, by)
        if self._keeper is not None:
            self._keeper.note(before, board, said, by)
        history.now += steps
        if board is not was:
            moment.board, moment.register_text = board, None
        if self._undo_log is not None:
            self._undo_log.go(history, was)
        self._changed()
        return Done(self.revision, (), said)

    def _restore(self, at: str, by: str) -> Done:
        found = next((moment for moment in self._history.moments if moment.at and moment.at.isoformat() == at), None)
        if found is None:
            raise OperationError("That step is no longer remembered. The history shows those that are.")
        name = f"Back to: {found.name}"
        return self._made(Step(self._reached(found.board, self.board, Act.UNDONE, name, by), name), by)

    def _reached(self, board: Board, before: Board, act: Act, what: str, by: str) -> Board:
        """Return a board to which somebody went from `before`: what was said meanwhile stays in the register's log."""
        if board.register == before.register:
            return board
        at = occasion(board.system, self.library, by=by, on=self._display.today())
        return replace(board, register=board.register.after(before.register, at, act=act, what=what))

    def _changed(self) -> None:
        """Show everybody what changed."""
        self._last_edit = time.monotonic()
        self._display.show(self.board)
        self._worker.wake()

    def _merge(self, operation: m.DoMerge, by: str) -> Done:
        if self._keeper is None:
            raise OperationError("There is no file yet.")
        before = self.board
        moment = self._keeper.merged(before, prefer_mine=operation.prefer is m.PreferredSide.MINE)
        moment.by, moment.at = by, _now()
        self._keeper.go_on(before, moment)
        self._reach(moment, before)
        return Done(self.revision, (), moment.name)

    def _take_journal(self, name: str, by: str) -> Done:
        if self._keeper is None:
            raise OperationError("There is no file yet.")
        board, taken, said = self._keeper.taken(name, self.board)
        step = Step(board, "Take in a journal")
        if board != self.board:
            self._keeper.note(self.board, board, step.name, by)
            self._keeper.settled(taken, said)
            self._reach(Moment(board, step.name, by, _now()), self.board)
        else:
            self._keeper.settled(taken, said)
            self._display.tell_status()
        return Done(self.revision, (), step.name)

    def _drop_journal(self, name: str) -> Done:
        if self._keeper is None:
            raise OperationError("There is no file yet.")
        self._keeper.drop(name)
        self._display.tell_status()
        return Done(self.revision, (), "Drop a journal")

    def ask(self, asked: m.Ask) -> Any:
        """Answer something that changes nothing, as plain data.

        Raises OperationError, in words, where it cannot be answered.
        """
        with self._lock:
            self._renew()
            stem = self.path.stem if self.path else self.system.id
            history, display = self._history, self._display
            about = asking.AskContext(
                self.board, display.assessment, history, history.texts(), self._context(""), display.matches, stem
            )
            if isinstance(asked, m.AskCards):
                return display.cards(asked, lambda cards: asking.answer(cards, about))
            if isinstance(asked, m.AskHistory):
                return asking.answer(asked, about)
        return asking.answer(asked, about)

    # Beginning

    def _take_up(self, path: Path | None, board: Board | None = None) -> None:
        """Take up the file at `path`, with what a process that died left in its journal."""
        if path is None:
            self._history = History([Moment(board or _blank("system"))])
            self._display.show(self.board)
            return
        library = Library.for_system(path, self._base)
        keeper = Keeper(path, library)
        self._display.use(library)
        self._keeper = keeper
        self._undo_log = UndoLog(path)
        first = keeper.moment(keeper.board or _blank(slug(path.stem) or "system"))
        self._history = self._undo_log.restored(first.board) or History([first])
        self._history.moment.system_text = first.system_text
        self._history.moment.register_text = first.register_text
        self._display.show(self.board)
        for left in keeper.left(self.board):
            self._bring_back(left, keeper)
        self._display.tell_status()

    def _say_unread(self, path: Path) -> None:
        """Say where a register lies beside the link by which the drawing is opened, and is not the one that is read."""
        unread = register_beside_link(path)
        with self._lock:
            if unread and self._keeper:
                self._keeper.say(f"{clean(Path(unread.file).name)} {unread.message}")
                self._display.tell_status()

    def _bring_back(self, left: Recovered, keeper: Keeper) -> None:
        """Go on to a board with edits that were not in the file, and remove their journal: they are in the new one."""
        keeper.recovered = left.said
        known = self._undo_log.restored(left.left.board) if self._undo_log and left.board == left.left.board else None
        if known is not None and left.board != self.board:
            keeper.note(self.board, left.board, "Bring back edits that were not in the file", "")
            first = self._history.moment
            self._history = known
            known.written_anew(first)
            self._changed()
        elif left.board != self.board:
            self._go_on(Moment(left.board, "Bring back edits that were not in the file", "", _now()))
        journals.discard(left.journal)
        keeper.save(self._history)

    def _start(self, operation: m.DoBegin, by: str) -> Done:
        """Put another drawing in the place of this one."""
        if operation.starter.startswith(starters.FILE):
            return self._open_file(operation.starter.removeprefix(starters.FILE))
        system, name = starters.chosen(operation, self._base)
        if self._keeper is None:
            taken = [path.stem for path in Path.cwd().glob("*.yaml")]
            self._keep_at(documents.real_path(Path.cwd() / f"{free_id(system.id, taken)}.yaml"))
        here, keeper = self.board, self._keeper
        is_fresh = keeper is not None and keeper.is_new and not here.system.elements and not here.register.decisions
        wish = slug(self.path.stem if self.path else "") or system.id
        id = free_id(wish, (thing.id for _, thing in things(system))) if is_fresh else here.system.id
        system = replace(system, id=id, packs=here.system.packs, overrides=here.system.overrides)  # those of the file
        next_board = Board(system, replace(here.register, system=id))
        self._go_on(Moment(next_board, f"{name}: {system.name}", by, _now()))  # also a blank one, which changes nothing
        return Done(self.revision, (), self._history.moment.name)

    def _keep_at(self, path: Path) -> Keeper:
        """Keep the drawing in a file that is not there yet. Raises OperationError where there is one."""
        if path.exists():
            raise OperationError(f"There is a file {path.name} already. Choose another name, or open that file.")
        if not path.parent.is_dir():
            raise OperationError(f"There is no folder {path.parent} to keep it in.")
        keeper = self._keeper = Keeper(path, self.library)
        self._undo_log = UndoLog(path)
        _OPEN[path] = self
        return keeper

    def save_as(self, path: str | Path) -> Path:
        """Keep a drawing that has no file yet in one at `path`, and return where that is.

        Raises OperationError where the drawing has a file, where there is one at `path`, or where the disk refuses.
        """
        with self._saving, self._lock:
            if self._keeper is not None:
                raise OperationError(f"This drawing has a file already: {self._keeper.path}.")
            real = documents.real_path(Path(path).expanduser())
            if real.suffix not in _SUFFIXES:
                raise OperationError(f"A system file is called something.yaml, not {real.name}.")
            keeper = self._keep_at(real)
            keeper.save(self._history)
            if not keeper.is_saved(self.board):
                self._keeper = self._undo_log = None
                _OPEN.pop(real, None)
                raise OperationError(keeper.why or "The file could not be written.")
            self._display.tell_status()
            return real

    def _open_file(self, name: str) -> Done:
        if self._keeper is not None:
            raise OperationError("There is a file already. Open another in a workbench of its own.")
        here = starters.file_here(name)
        path = documents.real_path(here)
        try:
            self._take_up(path)
        except NbthreatError as error:
            raise OperationError(str(error)) from None
        _OPEN[path] = self
        self._say_unread(here)
        return Done(self.revision, (), f"Open {name}")

    # Seeing

    def _renew(self) -> None:
        """Assess the board anew where the day has changed since."""
        if not self._display.is_of_today:
            self._display.show(self.board)
            self._worker.wake()

    def _settle(self) -> None:
        """Work out what takes longer: the questions and the coverage."""
        with self._lock:
            assessment, revision = self._display.assessment, self._display.matched
        settled = Settled.of(assessment, revision)
        with self._lock:
            self._display.show_settled(settled, {})

    def _foresee(self) -> None:
        """Work out what each answer would change, unless somebody goes on drawing or something is to be saved."""
        display = self._display
        with self._lock:
            assessment, board, context = display.assessment, self.board, self._context("")
            revision, last_edit = display.settled, self._last_edit

        def wanted() -> bool:
            return self._last_edit == last_edit and display.assessment is assessment and not self._to_save()

        said = asking.effects(assessment, board, context, display.matches, wanted=wanted, pause=time.sleep)
        settled = Settled.of(assessment, revision)
        with self._lock:
            if wanted():
                display.foreseen = assessment
                display.show_settled(settled, said)

    def _status(self) -> dict[str, Any]:
        drawn = self.system.elements or len(self._history.moments) > 1
        return {
            **(self._keeper.status(self.board) if self._keeper else _NOWHERE),
            "undo": self._history.undo_name,
            "redo": self._history.redo_name,
            "starters": [] if drawn else starters.offered(None if self._keeper else Path.cwd()),
        }

    # In the background

    def _turn(self) -> float:
        """Do what is due, and return how many seconds nothing will be."""
        now = time.monotonic()
        if self._to_settle() and now - self._last_edit >= SETTLE_AFTER:
            self._settle()
        if self._to_save():
            self._save()
        if now - self._watched >= WATCH_EVERY:
            self._watched = now
            self._watch()
        if self._to_foresee() and now - self._last_edit >= FORESEE_AFTER:
            self._foresee()
        return self._rest(time.monotonic())

    def _rest(self, now: float) -> float:
        waits = [WATCH_EVERY]
        if self._to_settle():
            waits.append(self._last_edit + SETTLE_AFTER - now)
        if self._to_foresee():
            waits.append(self._last_edit + FORESEE_AFTER - now)
        if self._keeper is not None:
            waits.append(self._keeper.rest(now))
        return max(_SHORTEST, min(waits))

    def _to_save(self) -> bool:
        return self._keeper is not None and self._keeper.rest(time.monotonic()) <= 0

    def _to_settle(self) -> bool:
        return self._display.settled < self._display.matched

    def _to_foresee(self) -> bool:
        return not self._to_settle() and self._display.foreseen is not self._display.assessment

    def _save(self) -> None:
        """Save; drawing goes on while the disk works."""
        with self._saving:
            for _ in range(TRIES):
                with self._lock:
                    keeper = self._keeper
                    begun = keeper.begin_save(self._history) if keeper else None
                if keeper is None or begun is None:
                    return
                error = keeper.write(begun)
                with self._lock:
                    if keeper.end_save(begun, error, self._history):
                        self._display.tell_status()
                if not isinstance(error, Conflict):
                    return

    def _watch(self) -> None:
        """Look whether the day or the files have changed."""
        with self._lock:
            self._renew()
            if self._keeper is not None and self._keeper.watch(self._history):
                self._display.tell_status()

    def close(self) -> None:
        """Save and let go; what could not be saved stays in the journal."""
        with self._saving, self._lock:
            if self._closed:
                return
            self._closed = True
            if self._keeper is not None:
                self._keeper.close(self._history)
            if self._undo_log is not None:
                self._undo_log.close()
        self._worker.stop()
        atexit.unregister(self.close)


_NOWHERE: Mapping[str, Any] = {
    "saving": "nowhere",
    "savedAt": None,
    "why": "This drawing has no file yet. In a cell, save_as('name.yaml') of the workbench gives it one.",
    "path": "",
    "offer": [],
    "clashes": [],
    "recovered": "",
    "journals": [],
}
"""How a board stands that has no file yet."""

_OPEN: WeakValueDictionary[Path, Session] = WeakValueDictionary()
_OPENING = threading.Lock()


def _now() -> datetime:
    return datetime.now().astimezone()


def _blank(id: str) -> Board:
    return Board(System(id=id, name="New system"), Register(system=id))
