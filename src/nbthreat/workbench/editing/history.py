"""Histories: every board there was, so that any step can be taken back and done again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nbthreat.workbench.editing.board import Board

LIMIT = 500
"""Steps that are remembered."""


@dataclass
class Moment:
    """A board, what made it, and the texts it has in the files once it was read from them or written to them."""

    board: Board
    name: str = ""
    by: str = ""
    at: datetime | None = None
    system_text: str | None = None
    register_text: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """How a board is written: whole texts where it was in a file before, and texts to take comments from."""

    system: str | None
    register: str | None
    system_comments: str
    register_comments: str


@dataclass
class History:
    """The moments there were, and which of them is now."""

    moments: list[Moment] = field(default_factory=list)
    now: int = 0

    @property
    def moment(self) -> Moment:
        """The moment that is now."""
        return self.moments[self.now]

    @property
    def board(self) -> Board:
        """The board that is now."""
        return self.moment.board

    def add(self, moment: Moment) -> None:
        """Go on to a new moment; what was taken back can no longer be done again."""
        del self.moments[self.now + 1 :]
        self.moments.append(moment)
        del self.moments[: -LIMIT - 1]
        self.now = len(self.moments) - 1

    @property
    def undo_name(self) -> str | None:
        """What would be taken back, or None."""
        return self.moment.name if self.now else None

    @property
    def redo_name(self) -> str | None:
        """What would be done again, or None."""
        return self.moments[self.now + 1].name if self.now + 1 < len(self.moments) else None

    def written_anew(self, moment: Moment) -> None:
        """Take in how somebody else wrote the same board: no older text may come back over it."""
        for other in self.moments:
            same = other.board.system == moment.board.system, other.board.register == moment.board.register
            other.system_text = moment.system_text if same[0] else None
            other.register_text = moment.register_text if same[1] else None

    def texts(self) -> Texts:
        """Return what is known of how the board that is now is written.

        The text it had in a file when it was last there, if it ever was; else one in which a person's comments stand.
        """
        board, nearest = self.board, [*reversed(self.moments[: self.now + 1]), *self.moments[self.now + 1 :]]
        systems = [moment.system_text for moment in self.moments if moment.board.system is board.system]
        registers = [moment.register_text for moment in self.moments if moment.board.register is board.register]
        return Texts(
            system=next(filter(None, systems), None),
            register=next(filter(None, registers), None),
            system_comments=next((moment.system_text for moment in nearest if moment.system_text), ""),
            register_comments=next((moment.register_text for moment in nearest if moment.register_text), ""),
        )
