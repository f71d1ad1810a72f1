"""Operations: one board → the next, whole or refused. Pure: no file, no clock, nobody is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbthreat.base.errors import DocumentError, ModelError, OperationError, RegisterError
from nbthreat.workbench.editing import copying, deciding, drawing
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.steps import Context, Step

_SHOWN = 3


def apply(board: Board, operation: m.Operation, context: Context) -> Step:
    """Return the step an operation makes. Raises OperationError, in words, where it cannot be made."""
    try:
        step = _DO[type(operation)](board, operation, context)
    except DocumentError as error:
        raise OperationError(m.words(error)) from None
    except ModelError as error:
        raise OperationError(" ".join(problem.message for problem in error.problems[:_SHOWN])) from None
    except RegisterError as error:
        raise OperationError(str(error)) from None
    if step.board.system is not board.system:
        problems = [problem.message for problem in context.library.problems(step.board.system)]
        if problems:
            raise OperationError(" ".join(problems[:_SHOWN]))
    return step


def can_apply(operation: m.Operation) -> bool:
    """Return whether an operation changes a board alone; others need the files or the history of a session."""
    return type(operation) in _DO


_DO: dict[type[Any], Callable[[Board, Any, Context], Step]] = {
    m.DoAdd: drawing.add,
    m.DoChange: drawing.change,
    m.DoRemove: drawing.remove,
    m.DoMove: drawing.move,
    m.DoPaste: copying.paste,
    m.DoAlign: drawing.align,
    m.DoTidy: drawing.tidy,
    m.DoDecide: deciding.decide,
    m.DoDismiss: deciding.dismiss,
    m.DoReopen: deciding.reopen,
    m.DoEach: deciding.each,
    m.DoExclude: deciding.exclude,
    m.DoReview: deciding.review,
    m.DoTolerance: deciding.tolerate,
    m.DoSchedule: deciding.schedule,
}
