"""Deciding: the operations on the register beside a drawing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nbthreat.base.errors import OperationError, RegisterError, quoted
from nbthreat.base.risk import Rating
from nbthreat.decisions.register import (
    Acceptance,
    Appetite,
    Decision,
    Dismissal,
    Marking,
    NotApplicable,
    Occasion,
    Schedule,
    Treatment,
    current_rating,
    explained,
    occasion,
)
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.steps import Context, Step


def decide(board: Board, operation: m.DoDecide, context: Context) -> Step:
    """Decide about a finding or an inherited risk, and about others with it.

    Without `keys` these are the ones that were decided together with it before; what is no longer among `keys` stays
    as it was decided. What the operation leaves out stays too.
    """
    return _say(board, operation, context)


def dismiss(board: Board, operation: m.DoDismiss, context: Context) -> Step:
    """Say that a finding does not apply here, and why."""
    return _say(board, operation, context)


def reopen(board: Board, operation: m.DoReopen, context: Context) -> Step:
    """Take back what was decided about a finding; those decided together with it stay decided."""
    return _say(board, operation, context)


def each(board: Board, operation: m.DoEach, context: Context) -> Step:
    """Say the same of each of several findings. Where it cannot be said of one, it is said of none.

    A decision is about each alone, with a number of its own, also where some were decided together before.
    """
    keys = tuple(dict.fromkeys(operation.keys))
    if not keys:
        raise OperationError("Nothing is selected, so there is nothing to say it of.")
    data: object = operation.do
    said = m.operation({**data, "key": keys[0]} if isinstance(data, dict) else data)
    if not isinstance(said, _Said):
        raise OperationError("Of several findings one can only decide, set aside or take back.")
    saying = _Saying(board, context)
    for key in keys:
        item = replace(said, key=key, keys=()) if isinstance(said, m.DoDecide) else replace(said, key=key)
        try:
            title = saying.say(item)
        except (OperationError, RegisterError) as error:
            if len(keys) == 1:
                raise
            raise OperationError(
                f"{saying.name(key)}: {error} So nothing was said of any of the {len(keys)}."
            ) from None
    return saying.step(_named(said, title if len(keys) == 1 else f"{len(keys)} findings"))


_Said = m.DoDecide | m.DoDismiss | m.DoReopen
_OPTIONAL = ("residual", "confidence", "plan", "cost", "communicate", "marking")


def _say(board: Board, operation: _Said, context: Context) -> Step:
    saying = _Saying(board, context)
    return saying.step(_named(operation, saying.say(operation)))


def _named(operation: _Said, about: str) -> str:
    match operation:
        case m.DoDecide():
            return f"Decide to {operation.treatment.value}: {about}"
        case m.DoDismiss():
            return f"Set aside: {about}"
        case m.DoReopen():
            return f"Take back what was decided: {about}"


class _Saying:
    """What is said of findings, however many: what there is, by whom and when is looked up once."""

    def __init__(self, board: Board, context: Context) -> None:
        self._board = board
        self._context = context
        self._at = _occasion(board, context)
        self._draft = board.register.draft()
        self._labels = board.system.labels()
        self._known = {
            finding.key: (finding.threat.title, current_rating(finding)) for finding in context.findings().values()
        }
        self._known.update(
            {inherited.key: (inherited.title, inherited.rating) for inherited in board.register.inherited}
        )

    def step(self, name: str) -> Step:
        """Return the board with everything that was said."""
        return Step(replace(self._board, register=self._board.register.drafted(self._draft)), name)

    def name(self, key: str) -> str:
        """Return what people call a finding: its title and where it is; the key where it is not there."""
        title, subject = self._known[key][0] if key in self._known else "", key.partition("@")[2]
        return f"{title} at {self._labels.get(subject, subject)}" if title else quoted(key)

    def say(self, operation: _Said) -> str:
        """Say what an operation says; return what to call what it is about."""
        match operation:
            case m.DoDecide():
                return self._decide(operation)
            case m.DoDismiss():
                return self._dismiss(operation)
            case m.DoReopen():
                return self._reopen(operation)

    def _decide(self, operation: m.DoDecide) -> str:
        title, _ = self._found(operation.key)
        earlier = self._draft.about(operation.key)
        fields = self._fields(operation)
        if earlier and operation.keys is None:
            decision = replace(earlier, **fields)
        else:
            others = operation.keys or ()
            if earlier and earlier.key == operation.key and not set(earlier.keys) <= set(others):
                self._draft.reopen(operation.key, self._at, why="decided apart from the others")
            alone: dict[str, Any] = {"key": operation.key, "keys": others, "number": "", "title": title}
            decision = replace(earlier, **alone, **fields) if earlier else Decision(**alone, **fields)
        here = [key for key in decision.findings if key in self._known or operation.keys]
        worst = max((self._found(key)[1] for key in here), key=lambda rating: rating.level)
        self._draft.decide(explained(decision, worst), self._at)
        return title + (f" and {len(operation.keys)} more" if operation.keys else "")

    def _dismiss(self, operation: m.DoDismiss) -> str:
        title, _ = self._found(operation.key)
        context = self._context
        dismissal = Dismissal(key=operation.key, title=title, reason=operation.reason, by=context.by, on=context.today)
        self._draft.dismiss(dismissal, self._at)
        return title

    def _reopen(self, operation: m.DoReopen) -> str:
        said = self._draft.about(operation.key) or self._draft.dismissal(operation.key)
        if said is None:
            raise OperationError("Nothing was decided about this finding.")
        self._draft.reopen(operation.key, self._at)
        return said.title

    def _found(self, key: str) -> tuple[str, Rating]:
        """Return the title and the current rating of a finding, or of an inherited risk."""
        if key not in self._known:
            raise OperationError(
                "This finding is not there any more: the drawing has changed. Look at the cards again."
            )
        return self._known[key]

    def _fields(self, operation: m.DoDecide) -> dict[str, Any]:
        """Return what an operation says, as fields of a decision."""
        context, acceptance = self._context, None
        if operation.treatment is Treatment.ACCEPT:
            if not operation.approver.strip() or operation.expires is None:
                raise OperationError("To accept a risk, say who approves it and until when.")
            acceptance = Acceptance(
                approver=operation.approver, on=context.today, expires=operation.expires, reason=operation.rationale
            )
        if operation.marking and operation.marking not in _LABELS:
            raise OperationError(f"There is no label {quoted(operation.marking)}. There are: {', '.join(_LABELS)}.")
        return {
            "treatment": operation.treatment,
            "owner": operation.owner,
            "due": operation.due,
            "rationale": operation.rationale,
            "by": context.by,
            "on": context.today,
            "acceptance": acceptance,
            **{unsaid.value: None for unsaid in operation.clear},
            **{name: item for name in _OPTIONAL if (item := getattr(operation, name)) is not None},
        }


_WORKSHOP = "the workshop"
"""Who said it where nobody gave a role."""
_LABELS = tuple(marking.label for marking in Marking)


def _occasion(board: Board, context: Context) -> Occasion:
    return occasion(board.system, context.library, by=context.by, on=context.today)


def exclude(board: Board, operation: m.DoExclude, context: Context) -> Step:
    """Say that a provision does not apply here, and why."""
    try:
        context.library.provision(operation.provision)
    except KeyError:
        raise OperationError(f"The Code has no provision {quoted(operation.provision)}.") from None
    if not operation.reason.strip():
        raise OperationError("To say that a provision does not apply needs a reason.")
    entry = NotApplicable(
        provision=operation.provision, reason=operation.reason, by=context.by or _WORKSHOP, on=context.today
    )
    name = f"Provision {operation.provision} does not apply"
    return Step(replace(board, register=board.register.excluding(entry, _occasion(board, context))), name)


def review(board: Board, _: m.DoReview, context: Context) -> Step:
    """Note that somebody looked at the whole model as it now is."""
    register = board.register.reviewing(
        board.system,
        context.library,
        by=context.by or _WORKSHOP,
        on=context.today,
        findings=context.findings().values(),
    )
    return Step(replace(board, register=register), "Mark as reviewed")


def tolerate(board: Board, operation: m.DoTolerance, context: Context) -> Step:
    """Say how much risk is sought and how much is borne."""
    appetite = Appetite(
        appetite=operation.appetite,
        tolerance=operation.tolerance,
        statement=operation.statement,
        by=context.by or _WORKSHOP,
        on=context.today,
    )
    register = board.register.tolerating(appetite, _occasion(board, context))
    return Step(replace(board, register=register), "Set the risk tolerance")


def schedule(board: Board, operation: m.DoSchedule, context: Context) -> Step:
    """Say when everything is looked at again. Raises OperationError where that day is over."""
    if operation.next < context.today:
        raise OperationError(f"The next review cannot be on {operation.next.isoformat()}: that day is over.")
    when = Schedule(next=operation.next, triggers=operation.triggers, by=context.by or _WORKSHOP, on=context.today)
    register = board.register.scheduling(when, _occasion(board, context))
    return Step(replace(board, register=register), f"Schedule the next review for {operation.next.isoformat()}")
