"""Effects: what each answer to a question would change, in words, before anybody gives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from nbthreat.assessment import Assessment
from nbthreat.editing import asking
from nbthreat.editing import messages as m
from nbthreat.editing.board import Board
from nbthreat.editing.steps import Context
from nbthreat.errors import OperationError
from nbthreat.questions import Question

QUESTIONS = 12
"""Of how many questions, from the first, it is worked out."""
SECONDS = 1.0
"""For how long, at most: each answer is really given, to a copy, and matched."""
BREATH = 0.005
"""Seconds between two answers in which other threads of the kernel have it to themselves: an edit must not wait."""
_ANSWERS = (("yes", True), ("no", False))


def effects(
    found: Sequence[Question], board: Board, assessment: Assessment, context: Context, wanted: Callable[[], bool]
) -> dict[str, dict[str, str]]:
    """Return what each answer to the first of the questions `found` would change: by question, then by answer.

    Stops where time is up, or as soon as it is no longer `wanted`; what was not reached is not in it.
    """
    said: dict[str, dict[str, str]] = {}
    until = time.monotonic() + SECONDS
    for question in found[:QUESTIONS]:
        if question.atom.kind not in ("fact", "control"):
            continue
        words = dict.fromkeys(dict(_ANSWERS), "")
        for word, value in _ANSWERS:
            if time.monotonic() > until or not wanted():
                return said
            change = {f"{question.atom.kind}s": {question.atom.name: value}}
            operation = m.operation({"op": "change", "ids": list(question.subjects), "set": change})
            with suppress(OperationError):
                words[word] = asking.preview(operation, board, assessment, context)["text"]
            time.sleep(BREATH)
        said[question.id] = words
    return said
