"""Asking: what can be asked of a board and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nbthreat.base.errors import OperationError, quoted
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import badges
from nbthreat.system import diagram, documents
from nbthreat.threats.library import Shape
from nbthreat.workbench.editing import cards, view
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.history import History, Texts
from nbthreat.workbench.editing.matches import Matches
from nbthreat.workbench.editing.operations import apply, can_apply
from nbthreat.workbench.editing.steps import Context

QUESTIONS = 12
"""Of how many questions, from the first, it is worked out what each answer would change."""
WORK_SECONDS = 1.0
"""Of work on that, at most: each answer is really given, to a copy, and matched."""
PAUSE = 3
"""How many times as long as an answer took the other threads then have to themselves: an edit must not wait."""
_ANSWERS = (("yes", True), ("no", False))
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
    matches: Matches
    stem: str  # of the file's name


def answer(asked: m.Ask, about: AskContext) -> Any:
    """Answer as plain data. Raises OperationError, in words, where it cannot be answered."""
    assessment = about.assessment
    match asked:
        case m.AskCards():
            words = asked.filter[:_WORDS_LENGTH]
            return cards.cards(assessment, ids=asked.ids, words=words, states=asked.states, skip=max(0, asked.skip))
        case m.AskPreview():
            return preview(m.operation(asked.op), about.board, about.context, about.matches)
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


def preview(operation: m.Operation, board: Board, context: Context, matches: Matches) -> dict[str, Any]:
    """Return what an operation would change among the findings, without doing it.

    Raises OperationError where it cannot be made, or where only its session could make it.
    """
    if not can_apply(operation):
        raise OperationError("What this would change cannot be said beforehand. It can be undone.")
    after = apply(board, operation, context).board
    return cards.preview(matches.of(board.system), matches.of(after.system))


def effects(
    assessment: Assessment,
    board: Board,
    context: Context,
    matches: Matches,
    *,
    wanted: Callable[[], bool],
    pause: Callable[[float], None],
) -> dict[str, dict[str, str]]:
    """Return what each answer to the first questions would change, in words: by question, then by answer.

    Stops where time is up, or as soon as it is no longer `wanted`; what was not reached is not in it. After each
    answer it calls `pause` with the seconds for which others are to have their turn.
    """
    said: dict[str, dict[str, str]] = {}
    spent = 0.0
    for question in assessment.questions[:QUESTIONS]:
        if question.atom.kind not in ("fact", "control"):
            continue
        words = dict.fromkeys(dict(_ANSWERS), "")
        for word, value in _ANSWERS:
            if spent > WORK_SECONDS or not wanted():
                return said
            began = time.monotonic()
            change = {f"{question.atom.kind}s": {question.atom.name: value}}
            operation = m.operation({"op": "change", "ids": list(question.subjects), "set": change})
            with suppress(OperationError):
                words[word] = preview(operation, board, context, matches)["text"]
            took = time.monotonic() - began
            spent += took
            pause(PAUSE * took)
        said[question.id] = words
    return said


def svg(assessment: Assessment) -> str:
    """Return the drawing as an SVG picture, with the counts of open, possible and unclear findings at each thing."""
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
