"""Asking: what can be asked of a board and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbthreat.base.errors import OperationError, quoted
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import badges
from nbthreat.system import diagram, documents
from nbthreat.threats.library import Shape
from nbthreat.threats.matching import match
from nbthreat.workbench.editing import cards, view
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.history import History, Texts
from nbthreat.workbench.editing.operations import apply
from nbthreat.workbench.editing.steps import Context

_STEPS_SHOWN = 200
_WORDS_LENGTH = 200


@dataclass(frozen=True, slots=True)
class AskContext:
    """What a question is about: a board, what was found about it, and how it came about."""

    board: Board
    assessment: Assessment
    history: History
    texts: Texts
    context: Context
    stem: str  # of the file's name


def answer(asked: m.Ask, about: AskContext) -> Any:
    """Answer as plain data. Raises OperationError, in words, where it cannot be answered."""
    assessment = about.assessment
    match asked:
        case m.AskCards():
            words = asked.filter[:_WORDS_LENGTH]
            return cards.cards(assessment, ids=asked.ids, words=words, states=asked.states, skip=max(0, asked.skip))
        case m.AskPreview():
            return preview(m.operation(asked.op), about.board, assessment, about.context)
        case m.AskWhy():
            return {"lines": _why(asked.key, assessment)}
        case m.AskRegister():
            return view.register(assessment)
        case m.AskCopy():
            return _copy(about)
        case m.AskHistory():
            return {"steps": _steps(about.history)}
        case m.AskPrinciple():
            found = view.principle(assessment, asked.number)
            if found is None:
                raise OperationError("The Code has principles 1 to 13.")
            return found


def preview(operation: m.Operation, board: Board, assessment: Assessment, context: Context) -> dict[str, Any]:
    """Return what an operation would change among the findings, without doing it."""
    if isinstance(operation, m.DoUndo | m.DoRedo | m.DoRestore | m.DoMerge | m.DoBegin | m.DoSave):
        raise OperationError("What this would change cannot be said beforehand. It can be undone.")
    after = apply(board, operation, context).board
    return cards.preview(assessment.match, match(after.system, assessment.library))


def svg(assessment: Assessment) -> str:
    """Return the drawing as an SVG picture, with the count of open and possible findings at each thing."""
    library, system = assessment.library, assessment.system
    shapes: Mapping[str, str] = {
        element.id: Shape(library.shape(element.technology)).value for element in system.elements
    }
    picture: str = diagram.svg(system, shapes=shapes, badges=badges(assessment.risks))
    return picture


def _why(key: str, assessment: Assessment) -> list[str]:
    try:
        finding = assessment.match[key]
    except KeyError:
        raise OperationError(f"There is no finding {quoted(key)} now.") from None
    return [line for clause in finding.why for line in clause.lines()]


def _copy(about: AskContext) -> dict[str, str]:
    board, texts = about.board, about.texts
    return {
        "name": f"{about.stem}.yaml",
        "system": documents.dump(board.system, comments_from=texts.system_comments),
        "registerName": f"{about.stem}.register.yaml",
        "register": documents.dump(board.register, comments_from=texts.register_comments),
        "svg": svg(about.assessment),
    }


def _steps(history: History) -> list[dict[str, Any]]:
    found = [
        {
            "name": moment.name,
            "by": moment.by,
            "at": moment.at.isoformat() if moment.at else "",
            "undone": n > history.now,
        }
        for n, moment in reversed(list(enumerate(history.moments)))
        if moment.name
    ]
    return found[:_STEPS_SHOWN]
