"""Deciding: the operations on the register beside a drawing."""

from __future__ import annotations

from dataclasses import replace

from nbthreat.editing import messages as m
from nbthreat.editing.board import Board
from nbthreat.editing.steps import Context, Step
from nbthreat.errors import OperationError, quoted
from nbthreat.matching import Finding
from nbthreat.register import Acceptance, Decision, Dismissal, NotApplicable, Treatment


def decide(board: Board, operation: m.DoDecide, context: Context) -> Step:
    """Decide about a finding."""
    finding = _finding(operation.key, context)
    acceptance = None
    if operation.treatment is Treatment.ACCEPT:
        if not operation.approver.strip() or operation.expires is None:
            raise OperationError("To accept a risk, say who approves it and until when.")
        acceptance = Acceptance(
            approver=operation.approver, on=context.today, expires=operation.expires, reason=operation.rationale
        )
    decision = Decision(
        key=operation.key,
        title=finding.threat.title,
        treatment=operation.treatment,
        owner=operation.owner,
        due=operation.due,
        rationale=operation.rationale,
        by=context.by,
        on=context.today,
        acceptance=acceptance,
    )
    register = board.register.reopening(operation.key).deciding(decision)
    if any(one.key == operation.key for one in board.register.decisions):
        register = board.register.deciding(decision)
    name = f"Decide to {operation.treatment.value}: {finding.threat.title}"
    return Step(replace(board, register=register), name)


def dismiss(board: Board, operation: m.DoDismiss, context: Context) -> Step:
    """Say that a finding does not apply here, and why."""
    finding = _finding(operation.key, context)
    one = Dismissal(
        key=operation.key, title=finding.threat.title, reason=operation.reason, by=context.by, on=context.today
    )
    return Step(replace(board, register=board.register.dismissing(one)), f"Set aside: {finding.threat.title}")


def _finding(key: str, context: Context) -> Finding:
    found = context.findings().get(key)
    if found is None:
        raise OperationError("This finding is not there any more: the drawing has changed. Look at the cards again.")
    return found


def reopen(board: Board, operation: m.DoReopen, _: Context) -> Step:
    """Take back what was decided about a finding."""
    register = board.register.reopening(operation.key)
    said: list[Decision | Dismissal] = [*board.register.decisions, *board.register.set_aside]
    title = next((one.title for one in said if one.key == operation.key), None)
    if title is None:
        raise OperationError("Nothing was decided about this finding.")
    return Step(replace(board, register=register), f"Take back what was decided: {title}")


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
    return Step(replace(board, register=board.register.excluding(one)), name)


def review(board: Board, _: m.DoReview, context: Context) -> Step:
    """Note that somebody looked at the whole model as it now is."""
    register = board.register.reviewing(
        board.system, context.library, by=context.by or "the workshop", on=context.today
    )
    return Step(replace(board, register=register), "Mark as reviewed")
