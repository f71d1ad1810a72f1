"""Deciding: the operations on the register beside a drawing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nbthreat.editing import messages as m
from nbthreat.editing.board import Board
from nbthreat.editing.steps import Context, Step
from nbthreat.errors import OperationError, quoted
from nbthreat.register import (
    Acceptance,
    Decision,
    Dismissal,
    NotApplicable,
    Occasion,
    Treatment,
    current_rating,
    explained,
    occasion,
)
from nbthreat.risk import Rating


def decide(board: Board, operation: m.DoDecide, context: Context) -> Step:
    """Decide about a finding or an inherited risk, and with it about those that were decided together with it.

    What the operation leaves out stays as it was decided before.
    """
    title, current = _found(operation.key, board, context)
    acceptance = None
    if operation.treatment is Treatment.ACCEPT:
        if not operation.approver.strip() or operation.expires is None:
            raise OperationError("To accept a risk, say who approves it and until when.")
        acceptance = Acceptance(
            approver=operation.approver, on=context.today, expires=operation.expires, reason=operation.rationale
        )
    said = {name: one for name in _OPTIONAL if (one := getattr(operation, name)) is not None}
    fields: dict[str, Any] = {
        "treatment": operation.treatment,
        "owner": operation.owner,
        "due": operation.due,
        "rationale": operation.rationale,
        "by": context.by,
        "on": context.today,
        "acceptance": acceptance,
        **said,
    }
    earlier = board.register.about(operation.key)
    decision = replace(earlier, **fields) if earlier else Decision(key=operation.key, title=title, **fields)
    register = board.register.deciding(explained(decision, current), _occasion(board, context))
    return Step(replace(board, register=register), f"Decide to {operation.treatment.value}: {title}")


_OPTIONAL = ("residual", "confidence", "plan", "cost", "communicate")


def _occasion(board: Board, context: Context) -> Occasion:
    return occasion(board.system, context.library, by=context.by, on=context.today)


def _found(key: str, board: Board, context: Context) -> tuple[str, Rating]:
    """Return the title and the current rating of a finding, or of an inherited risk."""
    for one in board.register.inherited:
        if one.key == key:
            return one.title, one.rating
    finding = context.findings().get(key)
    if finding is None:
        raise OperationError("This finding is not there any more: the drawing has changed. Look at the cards again.")
    return finding.threat.title, current_rating(finding)


def dismiss(board: Board, operation: m.DoDismiss, context: Context) -> Step:
    """Say that a finding does not apply here, and why."""
    title, _ = _found(operation.key, board, context)
    one = Dismissal(key=operation.key, title=title, reason=operation.reason, by=context.by, on=context.today)
    register = board.register.dismissing(one, _occasion(board, context))
    return Step(replace(board, register=register), f"Set aside: {title}")


def reopen(board: Board, operation: m.DoReopen, context: Context) -> Step:
    """Take back what was decided about a finding; those decided together with it stay decided."""
    said = board.register.about(operation.key) or next(
        (one for one in board.register.set_aside if one.key == operation.key), None
    )
    if said is None:
        raise OperationError("Nothing was decided about this finding.")
    register = board.register.reopening(operation.key, _occasion(board, context))
    return Step(replace(board, register=register), f"Take back what was decided: {said.title}")


def exclude(board: Board, operation: m.DoExclude, context: Context) -> Step:
    """Say that a provision does not apply here, and why."""
    try:
        context.library.provision(operation.provision)
    except KeyError:
        raise OperationError(f"The Code has no provision {quoted(operation.provision)}.") from None
    if not operation.reason.strip():
        raise OperationError("To say that a provision does not apply needs a reason.")
    one = NotApplicable(
        provision=operation.provision, reason=operation.reason, by=context.by or "the workshop", on=context.today
    )
    name = f"Provision {operation.provision} does not apply"
    return Step(replace(board, register=board.register.excluding(one, _occasion(board, context))), name)


def review(board: Board, _: m.DoReview, context: Context) -> Step:
    """Note that somebody looked at the whole model as it now is."""
    register = board.register.reviewing(
        board.system,
        context.library,
        by=context.by or "the workshop",
        on=context.today,
        findings=context.findings().values(),
    )
    return Step(replace(board, register=register), "Mark as reviewed")
