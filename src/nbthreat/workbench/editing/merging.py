"""Merging boards: what `decisions.merging` makes of drawing and register, as one board; what differs, in words."""

from __future__ import annotations

from nbthreat.decisions.merging import Side, merge_registers, merge_systems
from nbthreat.system.changes import compare
from nbthreat.workbench.editing.board import Board

_SAID = 12


def differences(before: Board, after: Board) -> tuple[str, ...]:
    """Return in words what differs from one board to another, at most a dozen lines."""
    labels = {**before.system.labels(), **after.system.labels()}
    said = []
    for change in compare(before.system, after.system):
        label = labels.get(change.subject, change.subject)
        if change.before == "there":
            said.append(f"{label} was taken away")
        elif change.after == "there":
            said.append(f"{label} was added")
        else:
            said.append(f"{label}: {change.what} is now {change.after or 'not said'}")
    if before.system.layout != after.system.layout:
        said.append("boxes were moved")
    if before.register != after.register:
        said.append("decisions in the register changed")
    return tuple(said[:_SAID]) + ((f"and {len(said) - _SAID} more",) if len(said) > _SAID else ())


def merge(base: Board, mine: Board, theirs: Board, *, prefer_mine: bool = True) -> tuple[Board, tuple[str, ...]]:
    """Return both sides' changes to `base` on one board, and in words where the two clash.

    Raises ModelError where the two together are no system, as when one id names two kinds of thing.
    """
    prefer = Side.OURS if prefer_mine else Side.THEIRS
    system = merge_systems(base.system, mine.system, theirs.system, prefer=prefer)
    register = merge_registers(base.register, mine.register, theirs.register, prefer=prefer)
    return Board(system.value, register.value), (*map(str, (*system.clashes, *register.clashes)), *system.notes)
