"""Editing: one drawing that several people change at once, and its file that never loses what was acknowledged.

`Session.open` is the way in. A `Board` is what is edited: a System and its Register, both values. Every operation makes
a new Board or is refused in words; the Session remembers each for undo, keeps a journal of what is not yet in the file,
saves, notices changes from outside, and tells everybody what changed. It knows no notebook and no screen.
"""

from nbthreat.base.errors import OperationError
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.session import Session

__all__ = ["Board", "OperationError", "Session"]
