"""Upgrades: what another library would add, change and retire for one system, and what becomes of its decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from nbthreat.decisions.register import (
    Decision,
    Dismissal,
    Register,
    Risk,
    reconcile,
    replacement_keys,
)
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import System
from nbthreat.threats.library import Library, Threat
from nbthreat.threats.matching import Finding, Match, library_data, match

_UNSEEN = frozenset({"examples", "status"})  # what tells nothing of a system, or is told as added and retired


class Outcome(StrEnum):
    """What becomes of a decision."""

    KEPT = "kept"
    MOVED = "moved"  # the threat goes on under another id
    NO_LONGER_FOUND = "no longer found"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding that is not as it was: its state and level before and after, '' where it is not found."""

    key: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChange:
    """What was said of a finding, and under which key it goes on; '' where it is no longer found."""

    key: str
    number: str  # of the risk; '' where the finding was set aside
    outcome: Outcome
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What changes for one system from one library to another; everything by id or key."""

    before: Match
    after: Match
    added: tuple[str, ...]  # threats
    changed: tuple[tuple[str, tuple[str, ...]], ...]  # threat, and the names of what of it changed
    retired: tuple[str, ...]
    findings: tuple[FindingChange, ...]
    unchanged: int  # findings
    decisions: tuple[DecisionChange, ...]


def upgrade(system: System, before: Library, after: Library, register: Register, *, today: date) -> Upgrade:
    """Return what another library changes: for the findings of a system, and for what its register decided as of today.

    Everything is asked to the end within the usual budget; where it is not, one of the two matches says so.
    """
    old, new = match(system, before), match(system, after)
    was, now = ({threat.id: threat for threat in library.asked} for library in (before, after))
    differing = {id: _differing(was[id], now[id]) for id in was if id in now}
    keys = sorted({finding.key for found in (old, new) for finding in found.findings})
    pairs = [(key, _found(old, key), _found(new, key)) for key in keys]
    moved = [_change(key, pair, other) for key, pair, other in pairs if _standing(pair) != _standing(other)]
    return Upgrade(
        before=old,
        after=new,
        added=tuple(sorted(set(now) - set(was))),
        changed=tuple((id, names) for id, names in sorted(differing.items()) if names),
        retired=tuple(sorted(set(was) - set(now))),
        findings=tuple(moved),
        unchanged=len(pairs) - len(moved),
        decisions=tuple(_decisions(register, new, today)),
    )


def as_data(found: Upgrade) -> dict[str, Any]:
    """Return an upgrade as plain data, in a fixed order."""
    return {
        "system": found.before.system.id,
        "before": library_data(found.before.library),
        "after": library_data(found.after.library),
        "complete": found.before.complete and found.after.complete,
        "threats": {
            "added": list(found.added),
            "changed": {id: list(names) for id, names in found.changed},
            "retired": list(found.retired),
        },
        "findings": [
            {
                "key": finding_change.key,
                "title": finding_change.title,
                "before": finding_change.before,
                "after": finding_change.after,
            }
            for finding_change in found.findings
        ],
        "unchanged": found.unchanged,
        "decisions": [
            {
                "key": decision_change.key,
                "number": decision_change.number,
                "fate": decision_change.outcome.value,
                "to": decision_change.to,
            }
            for decision_change in found.decisions
        ],
    }


def _differing(old: Threat, new: Threat) -> tuple[str, ...]:
    return tuple(
        name for name in record_fields(Threat) if name not in _UNSEEN and getattr(old, name) != getattr(new, name)
    )


def _found(found: Match, key: str) -> Finding | None:
    try:
        return found[key]
    except KeyError:
        return None


def _standing(finding: Finding | None) -> str:
    return f"{finding.state.value}, {finding.level_words}" if finding else ""


def _change(key: str, old: Finding | None, new: Finding | None) -> FindingChange:
    item = new or old
    title = item.threat.title if item else ""
    return FindingChange(key=key, title=title, before=_standing(old), after=_standing(new))


def _decisions(register: Register, new: Match, today: date) -> Iterator[DecisionChange]:
    """Yield what becomes of everything that was decided or set aside, as the register itself will have it."""
    replacements = new.library.replacements
    lines = reconcile(register, new.findings, today=today, replacements=replacements)
    found = {line.key: line for line in lines if line.finding}
    said: list[tuple[str, str, Decision | Dismissal]] = [
        *((key, decision.number, decision) for decision in register.decisions for key in decision.findings),
        *((dismissal.key, "", dismissal) for dismissal in register.set_aside),
    ]
    for key, number, what in said:
        to = next(
            (
                name
                for name in (key, *replacement_keys(key, replacements))
                if name in found and _carries(found[name], what)
            ),
            "",
        )
        outcome = Outcome.KEPT if to == key else Outcome.MOVED if to else Outcome.NO_LONGER_FOUND
        yield DecisionChange(key=key, number=number, outcome=outcome, to=to)


def _carries(line: Risk, what: Decision | Dismissal) -> bool:
    return what in (line.decision, line.dismissal)
