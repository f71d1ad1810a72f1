"""Histories: every board there was, so that any step can be taken back and done again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nbthreat.editing.board import Board

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

    def text_before(self, name: str) -> str:
        """Return the text the file last had up to now: where the comments are that a person wrote."""
        for moment in reversed(self.moments[: self.now + 1]):
            text: str | None = getattr(moment, name)
            if text is not None:
                return text
        return ""
