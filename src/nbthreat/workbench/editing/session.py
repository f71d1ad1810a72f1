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

from nbthreat.base.errors import Conflict, NbthreatError, OperationError
from nbthreat.base.garbage import uncollected
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Act, Register, occasion
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Match, match
from nbthreat.workbench.editing import asking, starters, view
from nbthreat.workbench.editing import journal as journals
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.audience import Listeners, Tell
from nbthreat.workbench.editing.board import Board, Places, things
from nbthreat.workbench.editing.effects import effects
from nbthreat.workbench.editing.history import History, Moment
from nbthreat.workbench.editing.keeping import TRIES, Keeper
from nbthreat.workbench.editing.operations import apply
from nbthreat.workbench.editing.steps import Context, Step, free_id, slug
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


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was made: the revision it led to, what it made, and what it is called."""

    revision: int
    made: tuple[str, ...]
    name: str


class Session:
    """One drawing, its file, and everybody who looks at it."""

    def __init__(self, path: Path | None, library: Library, today: Callable[[], date] = date.today) -> None:
        self.library = self._base = library
        self._today = today
        self._lock = threading.RLock()
        self._saving = threading.Lock()  # taken before the other, never after
        self._done: OrderedDict[str, Done] = OrderedDict()
        self._audience = Listeners()
        self._places = Places()
        self._keeper: Keeper | None = None
        self._match: Match | None = None
        self._foreseen: Assessment | None = None
        self._watched = time.monotonic()
        self._matched = self._settled = 0
        self._closed = False
        self._worker = Worker("nbthreat-session", self._turn)
        with uncollected():
            self._take_up(path)
        self._last_edit = time.monotonic() + SEEN_AFTER  # what takes longer waits until who opened it sees the drawing
        self._worker.start()
        atexit.register(self.close)

    @classmethod
    def open(cls, path: str | Path | None = None, library: Library | None = None) -> Session:
        """Open the system file at `path`, or a blank drawing; one session for one file in one process.

        The packs that the file names are laid over `library`.

        Raises DocumentError with every fault in the file, and changes nothing then.
        """
        library = library or Library.load()
        if path is None:
            return cls(None, library)
        whole = Path(path).expanduser().absolute()
        with _OPENING:
            known = _OPEN.get(whole)
            if known is None or known._closed:
                known = _OPEN[whole] = cls(whole, library)
            return known

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
    def assessment(self) -> Assessment:
        """Everything about the drawing as it now is."""
        with self._lock:
            return self._assessment

    @property
    def view(self) -> View:
        """What everybody sees now."""
        return self._audience.view

    @property
    def revision(self) -> int:
        """How often what everybody sees has changed."""
        return self._audience.revision

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Have every change told to `tell`, on whatever thread it is made; return how to stop that."""
        with self._lock:
            return self._audience.listen(tell)

    def welcome(self) -> dict[str, Any]:
        """Return all there is to see, for somebody who has just come."""
        with self._lock:
            return self._audience.welcome(self.library)

    # What is done

    def do(self, operation: m.Operation, *, by: str = "", id: str = "") -> Done:
        """Make an operation, acknowledged once it is in the journal and was told to everybody.

        The same `id` twice is done once. Raises OperationError, in words, where it cannot be made.
        """
        if isinstance(operation, m.DoSave):
            self._save()
            return Done(self.revision, (), "Save")
        self._last_edit = time.monotonic()  # at once, so that what goes on in the background makes way
        with self._lock:
            if id and id in self._done:
                return self._done[id]
            with uncollected():  # a walk through all that a kernel holds takes longer than most edits
                done = self._do(operation, by[:_BY_LENGTH])
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
        return self._made(apply(self.board, operation, self._context(by)), by)

    def _context(self, by: str) -> Context:
        assessment = self._assessment
        return Context(
            library=self.library,
            places=self._places,
            today=self._today(),
            by=by,
            findings=lambda: {finding.key: finding for finding in assessment.findings},
        )

    def _made(self, step: Step, by: str) -> Done:
        before = self.board
        if step.board != before:
            self._history.add(Moment(step.board, step.name, by, datetime.now().astimezone()))
            self._changed(before, step.name, by)
        return Done(self.revision, step.made, step.name)

    def _go(self, steps: int, by: str) -> Done:
        history = self._history
        name = history.undo_name if steps < 0 else history.redo_name
        if name is None:
            raise OperationError("There is nothing to take back." if steps < 0 else "There is nothing to do again.")
        before = self.board
        history.now += steps
        said = f"{'Undo' if steps < 0 else 'Redo'}: {name}"
        moment = history.moment
        board = self._reached(moment.board, before, Act.UNDONE if steps < 0 else Act.REDONE, name, by)
        if board is not moment.board:
            moment.board, moment.register_text = board, None
        self._changed(before, said, by)
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
        at = occasion(board.system, self.library, by=by, on=self._today())
        return replace(board, register=board.register.after(before.register, at, act=act, what=what))

    def _changed(self, before: Board, name: str, by: str) -> None:
        """Put what changed in the journal, match it, and tell everybody."""
        self._last_edit = time.monotonic()
        if self._keeper is not None:
            self._keeper.note(before, self.board, name, by)
        self._look()
        self._worker.wake()

    def _merge(self, operation: m.DoMerge, by: str) -> Done:
        if self._keeper is None:
            raise OperationError("There is no file yet.")
        before = self.board
        moment = self._keeper.merged(before, prefer_mine=operation.prefer is m.Side.MINE)
        moment.by, moment.at = by, datetime.now().astimezone()
        self._history.add(moment)
        self._changed(before, moment.name, by)
        return Done(self.revision, (), moment.name)

    def ask(self, asked: m.Ask) -> Any:
        """Answer something that changes nothing, as plain data.

        Raises OperationError, in words, where it cannot be answered.
        """
        with self._lock:
            stem = self.path.stem if self.path else self.system.id
            history = self._history
            about = asking.AskContext(self.board, self._assessment, history, history.texts(), self._context(""), stem)
            if isinstance(asked, m.AskHistory):
                return asking.answer(asked, about)
        return asking.answer(asked, about)

    # Beginning

    def _take_up(self, path: Path | None) -> None:
        """Take up the file at `path`, with what a process that died left in its journal."""
        if path is None:
            self._history = History([Moment(_blank("system"))])
            self._look()
            return
        library = Library.for_system(path, self._base)
        keeper = Keeper(path, library)
        if library is not self.library:
            self.library = library
            self._audience.revision += 1  # a page that misses a step asks for everything, its words too
        self._keeper = keeper
        self._history = History([keeper.moment(keeper.board or _blank(slug(path.stem) or "system"))])
        self._look()
        for left in keeper.left(self.board):
            before = self.board
            if left.board != before:
                name = "Bring back edits that were not in the file"
                self._history.add(Moment(left.board, name, "", datetime.now().astimezone()))
                keeper.recovered = left.said
                self._changed(before, name, "")
                keeper.save(self._history)
            journals.discard(left.journal)  # what is not in the file is in the new journal
        self._tell_status()

    def _start(self, operation: m.DoBegin, by: str) -> Done:
        """Put another drawing in the place of this one."""
        if operation.starter.startswith(starters.FILE):
            return self._open_file(operation.starter.removeprefix(starters.FILE))
        system, name = starters.chosen(operation, self._base)
        if self._keeper is None:
            taken = [path.stem for path in Path.cwd().glob("*.yaml")]
            self._keeper = Keeper(Path.cwd() / f"{free_id(system.id, taken)}.yaml", self.library)
            _OPEN[self._keeper.path] = self
        here = self.board
        is_fresh = self._keeper.is_new and not here.system.elements and not here.register.decisions
        wish = slug(self._keeper.path.stem) or system.id
        id = free_id(wish, (thing.id for _, thing in things(system))) if is_fresh else here.system.id
        system = replace(system, id=id, packs=here.system.packs, overrides=here.system.overrides)  # those of the file
        next_board = Board(system, replace(here.register, system=id))
        self._history.add(Moment(next_board, f"{name}: {system.name}", by, datetime.now().astimezone()))
        self._changed(here, self._history.moment.name, by)  # also where it begins blank, which changes nothing else
        return Done(self.revision, (), self._history.moment.name)

    def _open_file(self, name: str) -> Done:
        if self._keeper is not None:
            raise OperationError("There is a file already. Open another in a workbench of its own.")
        path = starters.file_here(name)
        try:
            self._take_up(path)
        except NbthreatError as error:
            raise OperationError(str(error)) from None
        _OPEN[path] = self
        return Done(self.revision, (), f"Open {name}")

    # Seeing

    def _look(self) -> None:
        """Match the board as it now is, and tell everybody what that changes."""
        board, found = self.board, self._match
        if found is None or found.system is not board.system or found.library is not self.library:
            found = self._match = match(board.system, self.library)  # a decision alone changes nothing of it
        self._assessment = Assessment(
            system=board.system, library=self.library, match=found, register=board.register, today=self._today()
        )
        risks = self._assessment.risks
        changes = self.view.drawing(board, self._places.of(board.system), self.library)
        changes += self.view.show("badges", view.badges(risks))
        changes += self.view.show("counts", {"counts": view.counts(risks)})
        self._matched = self.revision + 1
        self._audience.tell(changes + self.view.show("status", {"status": self._status()}))

    def _settle(self) -> None:
        """Work out what takes longer: the questions and the coverage."""
        with self._lock:
            assessment, revision = self._assessment, self._matched
        self._show_settled(assessment, revision, {})

    def _foresee(self) -> None:
        """Work out what each answer would change, unless somebody goes on drawing or something is to be saved."""
        with self._lock:
            assessment, revision, board, context = self._assessment, self._settled, self.board, self._context("")
            last_edit = self._last_edit

        def wanted() -> bool:
            return self._last_edit == last_edit and self._assessment is assessment and not self._to_save()

        said = effects(assessment.questions, board, assessment, context, wanted)
        if wanted():
            self._foreseen = assessment
            self._show_settled(assessment, revision, said)

    def _show_settled(self, assessment: Assessment, revision: int, said: Mapping[str, Any]) -> None:
        found, principles = assessment.questions, view.principles(assessment)
        with self._lock:
            if self._assessment is not assessment:
                return  # somebody went on drawing
            shown = view.questions(found, self.library, said)
            changes = self.view.show("questions", shown, shown)
            changes += self.view.show("principles", principles, principles)
            self._settled = revision
            self._audience.tell(changes + self.view.show("status", {"status": self._status()}))

    def _status(self) -> dict[str, Any]:
        drawn = self.system.elements or len(self._history.moments) > 1
        return {
            **(self._keeper.status(self.board) if self._keeper else _NOWHERE),
            "undo": self._history.undo_name,
            "redo": self._history.redo_name,
            "matched": self._matched,
            "settled": self._settled,
            "complete": self._assessment.match.complete,
            "starters": [] if drawn else starters.offered(None if self._keeper else Path.cwd()),
        }

    def _tell_status(self) -> None:
        self._audience.tell(self.view.show("status", {"status": self._status()}))

    # In the background

    def _turn(self) -> float:
        """Do what is due, and return how many seconds nothing will be."""
        now = time.monotonic()
        with uncollected():  # a long walk here would hold up an edit that comes meanwhile
            if self._settled < self._matched and now - self._last_edit >= SETTLE_AFTER:
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
        if self._settled < self._matched:
            waits.append(self._last_edit + SETTLE_AFTER - now)
        if self._to_foresee():
            waits.append(self._last_edit + FORESEE_AFTER - now)
        if self._keeper is not None:
            waits.append(self._keeper.rest(now))
        return max(_SHORTEST, min(waits))

    def _to_save(self) -> bool:
        return self._keeper is not None and self._keeper.rest(time.monotonic()) <= 0

    def _to_foresee(self) -> bool:
        return self._settled >= self._matched and self._foreseen is not self._assessment

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
                        self._tell_status()
                if not isinstance(error, Conflict):
                    return

    def _watch(self) -> None:
        with self._lock:
            if self._keeper is not None and self._keeper.watch(self._history):
                self._tell_status()

    def close(self) -> None:
        """Save and let go; what could not be saved stays in the journal."""
        with self._saving, self._lock:
            if self._closed:
                return
            self._closed = True
            if self._keeper is not None:
                self._keeper.close(self._history)
        self._worker.stop()
        atexit.unregister(self.close)


_NOWHERE: Mapping[str, Any] = {
    "saving": "nowhere",
    "savedAt": None,
    "why": "",
    "path": "",
    "offer": [],
    "clashes": [],
    "recovered": "",
    "journals": [],
}
"""How a board stands that has no file yet."""

_OPEN: WeakValueDictionary[Path, Session] = WeakValueDictionary()
_OPENING = threading.Lock()


def _blank(id: str) -> Board:
    return Board(System(id=id, name="New system"), Register(system=id))
