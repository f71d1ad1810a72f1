"""Timelines: one board from step to step. A step is on disk first, then in the history, and then shown to everybody.

A Timeline brings together the history of a board, its files where it has any, and what is shown of it. Its session
calls it under the session's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from nbthreat.base.errors import NbthreatError, OperationError, clean
from nbthreat.decisions.register import Act, Register, occasion, register_beside_link
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import journal as journals
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing import starters
from nbthreat.workbench.editing.board import Board, things
from nbthreat.workbench.editing.display import Display
from nbthreat.workbench.editing.history import History, Moment
from nbthreat.workbench.editing.keeping import Keeper, Recovered
from nbthreat.workbench.editing.operations import apply
from nbthreat.workbench.editing.steps import Context, Step, free_id, slug
from nbthreat.workbench.editing.undo_log import UndoLog


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was made: the revision it led to, what it made, and what it is called."""

    revision: int
    made: tuple[str, ...]
    name: str


class Timeline:
    """One board, its history, its files, and what is shown of it; `take_up` comes first."""

    def __init__(self, library: Library, today: Callable[[], date], changed: Callable[[], None]) -> None:
        """`changed` is called after each step, once everybody was told of it."""
        self.display = Display(library, today, self._status)
        self.keeper: Keeper | None = None
        self.undo_log: UndoLog | None = None
        self.history: History
        self._base = library
        self._when_changed = changed

    @property
    def board(self) -> Board:
        """The drawing and its register, as they now are."""
        return self.history.board

    @property
    def path(self) -> Path | None:
        """Where the drawing is kept, or None while there is no file for it."""
        return self.keeper.path if self.keeper else None

    @property
    def revision(self) -> int:
        """How often what everybody sees has changed."""
        return self.display.audience.revision

    # Beginning

    def take_up(self, path: Path | None, board: Board | None = None) -> None:
        """Begin with the file at `path` and what a process that died left in its journal; else with `board`, or blank.

        Raises DocumentError with every fault in the file, and changes nothing then.
        """
        if path is None:
            self.history = History([Moment(board or _blank("system"))])
            self.display.show(self.board)
            return
        library = Library.for_system(path, self._base)
        keeper = Keeper(path, library)
        self.display.use(library)
        self.keeper = keeper
        self.undo_log = UndoLog(path)
        first = keeper.moment(keeper.board or _blank(slug(path.stem) or "system"))
        self.history = self.undo_log.restored(first.board) or History([first])
        self.history.moment.system_text = first.system_text
        self.history.moment.register_text = first.register_text
        self.display.show(self.board)
        for left in keeper.left(self.board):
            self._bring_back(left, keeper)
        self.display.tell_status()

    def _bring_back(self, left: Recovered, keeper: Keeper) -> None:
        """Go on to a board with edits that were not in the file, and remove their journal: they are in the new one."""
        keeper.recovered = left.said
        known = self.undo_log.restored(left.left.board) if self.undo_log and left.board == left.left.board else None
        if known is not None and left.board != self.board:
            keeper.note(self.board, left.board, _BROUGHT_BACK, "")
            first = self.history.moment
            self.history = known
            known.written_anew(first)
            self._changed()
        elif left.board != self.board:
            self._go_on(Moment(left.board, _BROUGHT_BACK, "", _now()))
        journals.discard(left.journal)
        keeper.save(self.history)

    def say_unread(self, path: Path) -> None:
        """Say where a register lies beside the link by which the drawing is opened, and is not the one that is read."""
        unread = register_beside_link(path)
        if unread and self.keeper:
            self.keeper.say(f"{clean(Path(unread.file).name)} {unread.message}")
            self.display.tell_status()

    def check_saving(self) -> None:
        """Raise OperationError, with the reason, where what is drawn does not go into a file now."""
        refusal = self.keeper.refusal if self.keeper else "There is no file yet."
        if refusal:
            raise OperationError(refusal)

    def keep_at(self, path: Path) -> Keeper:
        """Keep the drawing in a file that is not there yet. Raises OperationError where there is one, or no folder."""
        if path.exists():
            raise OperationError(f"There is a file {path.name} already. Choose another name, or open that file.")
        if not path.parent.is_dir():
            raise OperationError(f"There is no folder {path.parent} to keep it in.")
        keeper = self.keeper = Keeper(path, self.display.library)
        self.undo_log = UndoLog(path)
        return keeper

    def forget_file(self) -> None:
        """Keep the drawing in no file any more, where none could be written."""
        self.keeper = self.undo_log = None

    # Steps

    def do(self, operation: m.Operation, by: str) -> Done:
        """Make one operation. Raises OperationError, in words, where it cannot be made; then nothing has changed."""
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
        return self.step(apply(self.board, operation, self.context(by)), by)

    def context(self, by: str) -> Context:
        """Return what an operation may look at besides the board."""
        display = self.display
        assessment = display.assessment
        return Context(
            library=display.library,
            places=display.places,
            today=display.today(),
            by=by,
            findings=lambda: {finding.key: finding for finding in assessment.findings},
        )

    def step(self, step: Step, by: str) -> Done:
        """Go on to the board of a step, where that is another one. Raises OperationError where the disk refuses it."""
        if step.board != self.board:
            self._go_on(Moment(step.board, step.name, by, _now()))
        return Done(self.revision, step.made, step.name)

    def renew(self) -> bool:
        """Assess the board anew where the day has changed since, and return whether it has."""
        if self.display.is_of_today:
            return False
        self.display.show(self.board)
        return True

    def _go_on(self, moment: Moment) -> None:
        """Go on to a new moment. Raises OperationError where the disk refuses it, and then nothing has changed."""
        before = self.board
        if self.keeper is not None:
            self.keeper.note(before, moment.board, moment.name, moment.by)
        self._reach(moment, before)

    def _reach(self, moment: Moment, before: Board) -> None:
        self.history.add(moment)
        if self.undo_log is not None:
            self.undo_log.add(self.history, before)
        self._changed()

    def _changed(self) -> None:
        """Show everybody what changed."""
        self.display.show(self.board)
        self._when_changed()

    def _go(self, steps: int, by: str) -> Done:
        history = self.history
        name = history.undo_name if steps < 0 else history.redo_name
        if name is None:
            raise OperationError("There is nothing to take back." if steps < 0 else "There is nothing to do again.")
        before, moment = self.board, history.moments[history.now + steps]
        title = f"{'Undo' if steps < 0 else 'Redo'}: {name}"
        was = moment.board
        board = self._reached(was, before, Act.UNDONE if steps < 0 else Act.REDONE, name, by)
        if self.keeper is not None:
            self.keeper.note(before, board, title, by)
        history.now += steps
        if board is not was:
            moment.board, moment.register_text = board, None
        if self.undo_log is not None:
            self.undo_log.go(history, was)
        self._changed()
        return Done(self.revision, (), title)

    def _restore(self, at: str, by: str) -> Done:
        found = next((moment for moment in self.history.moments if moment.at and moment.at.isoformat() == at), None)
        if found is None:
            raise OperationError("That step is no longer remembered. The history shows those that are.")
        name = f"Back to: {found.name}"
        return self.step(Step(self._reached(found.board, self.board, Act.UNDONE, name, by), name), by)

    def _reached(self, board: Board, before: Board, act: Act, what: str, by: str) -> Board:
        """Return a board to which somebody went from `before`, with the entries that the log got meanwhile."""
        if board.register == before.register:
            return board
        at = occasion(board.system, self.display.library, by=by, on=self.display.today())
        return replace(board, register=board.register.after(before.register, at, act=act, what=what))

    # Files

    def _merge(self, operation: m.DoMerge, by: str) -> Done:
        keeper, before = self._needed_keeper(), self.board
        moment = keeper.merged(before, prefer_mine=operation.prefer is m.PreferredSide.MINE)
        moment.by, moment.at = by, _now()
        keeper.go_on(before, moment)
        self._reach(moment, before)
        return Done(self.revision, (), moment.name)

    def _take_journal(self, name: str, by: str) -> Done:
        keeper, before = self._needed_keeper(), self.board
        board, taken, said = keeper.taken(name, before)
        moment = Moment(board, "Take in a journal", by, _now())
        if board != before:
            keeper.note(before, board, moment.name, by)
            keeper.settled(taken, said)
            self._reach(moment, before)
        else:
            keeper.settled(taken, said)
            self.display.tell_status()
        return Done(self.revision, (), moment.name)

    def _drop_journal(self, name: str) -> Done:
        self._needed_keeper().drop(name)
        self.display.tell_status()
        return Done(self.revision, (), "Drop a journal")

    def _needed_keeper(self) -> Keeper:
        if self.keeper is None:
            raise OperationError("There is no file yet.")
        return self.keeper

    def _start(self, operation: m.DoBegin, by: str) -> Done:
        """Put another drawing in the place of this one."""
        if operation.starter.startswith(starters.FILE):
            return self._open_file(operation.starter.removeprefix(starters.FILE))
        system, name = starters.chosen(operation, self._base)
        if self.keeper is None:
            taken = [path.stem for path in Path.cwd().glob("*.yaml")]
            self.keep_at(documents.real_path(Path.cwd() / f"{free_id(system.id, taken)}.yaml"))
        here, keeper = self.board, self.keeper
        is_fresh = keeper is not None and keeper.is_new and not here.system.elements and not here.register.decisions
        wish = slug(self.path.stem if self.path else "") or system.id
        id = free_id(wish, (thing.id for _, thing in things(system))) if is_fresh else here.system.id
        system = replace(system, id=id, packs=here.system.packs, overrides=here.system.overrides)  # those of the file
        next_board = Board(system, replace(here.register, system=id))
        self._go_on(Moment(next_board, f"{name}: {system.name}", by, _now()))  # also a blank one, which changes nothing
        return Done(self.revision, (), self.history.moment.name)

    def _open_file(self, name: str) -> Done:
        if self.keeper is not None:
            raise OperationError("There is a file already. Open another in a workbench of its own.")
        path = starters.file_here(name)
        try:
            self.take_up(documents.real_path(path))
        except NbthreatError as error:
            raise OperationError(str(error)) from None
        self.say_unread(path)
        return Done(self.revision, (), f"Open {name}")

    def _status(self) -> dict[str, Any]:
        drawn = self.board.system.elements or len(self.history.moments) > 1
        return {
            **(self.keeper.status(self.board) if self.keeper else _NOWHERE),
            "undo": self.history.undo_name,
            "redo": self.history.redo_name,
            "starters": [] if drawn else starters.offered(None if self.keeper else Path.cwd()),
        }


_BROUGHT_BACK = "Bring back edits that were not in the file"

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


def _now() -> datetime:
    return datetime.now().astimezone()


def _blank(id: str) -> Board:
    return Board(System(id=id, name="New system"), Register(system=id))
