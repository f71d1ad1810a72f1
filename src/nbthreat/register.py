"""Registers: what people decided about findings, kept through re-runs, renames and new libraries.

A decision hangs on a finding's key. What is no longer found is marked, never deleted. A register lives in a file
beside its system's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from nbthreat import documents
from nbthreat.changes import Change, fingerprint, fingerprints
from nbthreat.documents import Document
from nbthreat.errors import DocumentError, Problem, RegisterError, hint, quoted
from nbthreat.library import Library
from nbthreat.matching import Finding, State
from nbthreat.model import FrozenMap, System


class Treatment(StrEnum):
    """What is done about a risk (ISO 31000, 6.5)."""

    MITIGATE = "mitigate"
    ACCEPT = "accept"  # needs an approver and an end
    TRANSFER = "transfer"
    AVOID = "avoid"


class Standing(StrEnum):
    """How a line of the register stands to what is found now."""

    NEW = "new"  # found, nothing decided yet
    DECIDED = "decided"
    LAPSED = "lapsed"  # the acceptance has run out: decide again
    SET_ASIDE = "set aside"  # somebody said, with a reason, that it does not apply here
    NO_LONGER_FOUND = "no longer found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who took a risk as it is, why, and until when."""

    approver: str  # a role
    on: date
    expires: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one finding. Raises RegisterError where it could not stand."""

    key: str
    title: str = ""  # of the threat, so that the line can be read when the finding is gone
    treatment: Treatment
    owner: str  # a role or a team
    due: date | None = None
    rationale: str
    by: str = ""  # the role that decided
    on: date | None = None
    acceptance: Acceptance | None = None

    def __post_init__(self) -> None:
        if self.treatment is Treatment.ACCEPT and self.acceptance is None:
            raise RegisterError(f"{quoted(self.key)}: to accept a risk takes an acceptance: approver, reason and end.")
        if self.acceptance and self.acceptance.expires <= self.acceptance.on:
            raise RegisterError(f"{quoted(self.key)}: the acceptance ends before it begins.")
        if not self.owner.strip() or not self.rationale.strip():
            raise RegisterError(f"{quoted(self.key)}: a decision needs an owner and a rationale.")

    def lapsed(self, today: date) -> bool:
        """Return whether an acceptance has run out."""
        return self.acceptance is not None and self.acceptance.expires < today


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A provision that does not apply here, with the reason and who says so."""

    provision: str
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """A finding that does not apply here, with the reason and who says so. Raises RegisterError without a reason."""

    key: str
    title: str = ""  # of the threat, so that the line can be read when the finding is gone
    reason: str
    by: str = ""
    on: date

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise RegisterError(f"{quoted(self.key)}: to set a finding aside needs a reason.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """When somebody last looked at the whole model, and what it was then."""

    on: date
    by: str
    system: str  # fingerprint of the system
    library: str  # SHA-256 of the library
    things: FrozenMap[str] = field(default_factory=FrozenMap)  # short fingerprint by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every decision about one system, in the order they were first made."""

    system: str
    reviewed: Review | None = None
    not_applicable: tuple[NotApplicable, ...] = ()
    set_aside: tuple[Dismissal, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def deciding(self, decision: Decision) -> Register:
        """Return this register with a decision, in the place of an earlier one about the same finding."""
        if any(one.key == decision.key for one in self.decisions):
            return replace(
                self, decisions=tuple(decision if one.key == decision.key else one for one in self.decisions)
            )
        return replace(self, decisions=(*self.decisions, decision))

    def dismissing(self, one: Dismissal) -> Register:
        """Return this register with a finding set aside, in the place of an earlier reason for the same."""
        others = tuple(other for other in self.set_aside if other.key != one.key)
        return replace(self, set_aside=(*others, one))

    def reopening(self, key: str) -> Register:
        """Return this register with nothing decided about the finding of that key, and not set aside."""
        return replace(
            self,
            set_aside=tuple(one for one in self.set_aside if one.key != key),
            decisions=tuple(one for one in self.decisions if one.key != key),
        )

    def reviewing(self, system: System, library: Library, *, by: str, on: date) -> Register:
        """Return this register with the note that somebody looked at the system as it now is."""
        review = Review(on=on, by=by, system=fingerprint(system), library=library.sha256, things=fingerprints(system))
        return replace(self, reviewed=review)

    def excluding(self, one: NotApplicable) -> Register:
        """Return this register with a provision marked as not applicable here."""
        others = tuple(other for other in self.not_applicable if other.provision != one.provision)
        return replace(self, not_applicable=(*others, one))


@dataclass(frozen=True, slots=True)
class Risk:
    """A line of the register: a finding, what was decided about it, and how the two stand to each other."""

    key: str
    title: str
    finding: Finding | None
    decision: Decision | None
    standing: Standing
    dismissal: Dismissal | None = None


def reconcile(register: Register, findings: Iterable[Finding], *, today: date) -> tuple[Risk, ...]:
    """Lay findings beside earlier decisions: new ones open, known ones keep theirs, vanished ones are marked.

    A decision about a threat that another has replaced goes on under the new one's key. Ordered by key.
    """
    found = {finding.key: finding for finding in findings}
    heirs = {old: finding.threat.id for finding in found.values() for old in finding.threat.replaces}
    decisions = {decision.key: decision for decision in register.decisions if decision.key in found}
    for decision in register.decisions:
        threat, _, subject = decision.key.partition("@")
        heir = f"{heirs[threat]}@{subject}" if threat in heirs else decision.key
        if decision.key not in found:
            decisions[decision.key if heir in decisions else heir] = decision
    aside = {one.key: one for one in register.set_aside}
    for one in register.set_aside:
        threat, _, subject = one.key.partition("@")
        if one.key not in found and threat in heirs:
            aside.setdefault(f"{heirs[threat]}@{subject}", one)
    risks = []
    for key in sorted({*found, *decisions, *aside}):
        finding, decided, dismissal = found.get(key), decisions.get(key), aside.get(key)
        if finding is None:
            standing = Standing.NO_LONGER_FOUND
        elif dismissal is not None:
            standing = Standing.SET_ASIDE
        elif decided is None:
            standing = Standing.NEW
        else:
            standing = Standing.LAPSED if decided.lapsed(today) else Standing.DECIDED
        said = decided or dismissal
        title = finding.threat.title if finding else said.title if said else ""
        risks.append(Risk(key, title or key, finding, decided, standing, dismissal))
    return tuple(risks)


def decision_for(
    finding: Finding,
    treatment: Treatment | str,
    *,
    owner: str,
    rationale: str,
    due: date | None = None,
    by: str = "",
    on: date | None = None,
    acceptance: Acceptance | None = None,
) -> Decision:
    """Return a decision about a finding. Raises RegisterError where it could not stand."""
    try:
        kind = Treatment(treatment)
    except ValueError:
        known = [one.value for one in Treatment]
        raise RegisterError(f"unknown treatment {quoted(treatment)}.{hint(str(treatment), known)}") from None
    return Decision(
        key=finding.key,
        title=finding.threat.title,
        treatment=kind,
        owner=owner,
        due=due,
        rationale=rationale,
        by=by,
        on=on,
        acceptance=acceptance,
    )


def touched(changes: Iterable[Change], findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the keys of the findings that stand on something that changed: their subject, or a step of their path."""
    changed = {change.subject for change in changes}
    return tuple(
        finding.key
        for finding in findings
        if finding.state is not State.MITIGATED and changed.intersection((finding.subject, *finding.path))
    )


def register_path(system: Path) -> Path:
    """Return where the register of the system in that file lives: beside it."""
    return system.with_name(f"{system.stem}.register.yaml")


def read_register(system: Path, *, id: str) -> Document[Register]:
    """Read the register beside a system file; an empty one where there is none yet.

    Raises DocumentError where the file has faults, or is the register of another system.
    """
    path = register_path(system)
    if not path.exists():
        return documents.new(Register(system=id), path)
    document = documents.read(Register, path)
    if document.value.system != id:
        message = f"this register is of {quoted(document.value.system)}, and the system beside it is {quoted(id)}."
        raise DocumentError(document.faults((Problem(("system",), message),)))
    return document
