"""Effects: what each answer to a question would change, in words, before anybody gives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from nbthreat.base.errors import OperationError
from nbthreat.base.garbage import uncollected
from nbthreat.decisions.assessment import Assessment
from nbthreat.threats.matching.questions import Question
from nbthreat.workbench.editing import asking
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.steps import Context

QUESTIONS = 12
"""Of how many questions, from the first, it is worked out."""
SECONDS = 1.0
"""Of work, at most: each answer is really given, to a copy, and matched."""
BREATHS = 3
"""How many times as long as an answer took the other threads then have to themselves: an edit must not wait."""
_ANSWERS = (("yes", True), ("no", False))


def effects(
    found: Sequence[Question], board: Board, assessment: Assessment, context: Context, wanted: Callable[[], bool]
) -> dict[str, dict[str, str]]:
    """Return what each answer to the first of the questions `found` would change: by question, then by answer.

    Stops where time is up, or as soon as it is no longer `wanted`; what was not reached is not in it.
    """
    said: dict[str, dict[str, str]] = {}
    spent = 0.0
    for question in found[:QUESTIONS]:
        if question.atom.kind not in ("fact", "control"):
            continue
        words = dict.fromkeys(dict(_ANSWERS), "")
        for word, value in _ANSWERS:
            if spent > SECONDS or not wanted():
                return said
            began = time.monotonic()
            change = {f"{question.atom.kind}s": {question.atom.name: value}}
            operation = m.operation({"op": "change", "ids": list(question.subjects), "set": change})
            with suppress(OperationError), uncollected():
                words[word] = asking.preview(operation, board, assessment, context)["text"]
            took = time.monotonic() - began
            spent += took
            time.sleep(BREATHS * took)
        said[question.id] = words
    return said
