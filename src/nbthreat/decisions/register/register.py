"""The register itself: every decision about one system, and the log of how it came to be.

Each method returns a new register and adds to its log; the log keeps what was said before, so that nothing is lost by
saying something else. Numbers of risks are given once: the highest given is kept, even when what had it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from nbthreat.base.errors import RegisterError, quoted
from nbthreat.base.risk import Level
from nbthreat.decisions.register.decisions import Decision, Dismissal, Marking, risk_number
from nbthreat.decisions.register.draft import Draft, Occasion
from nbthreat.decisions.register.values import (
    Acknowledged,
    Act,
    Appetite,
    ChangeAnswer,
    Handling,
    Inherited,
    LogEntry,
    NotApplicable,
    Review,
    Schedule,
)
from nbthreat.decisions.register.wording import all_said, said
from nbthreat.system.changes import Difference, differences, fingerprint, snapshot
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Finding

LIBRARY = "(library)"
"""The key of the change that a new library is."""


def occasion(system: System, library: Library, *, by: str, on: date) -> Occasion:
    """Return the occasion of saying something of a system as it now is, with that library."""
    return Occasion(on=on, by=by, system=fingerprint(system), library=library.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every decision about one system, in the order they were first made.

    Raises RegisterError where one number names two risks, or the log lacks an entry.

    >>> decision = Decision(key="evasion@model", treatment="avoid", owner="Team", rationale="Off.")
    >>> register = Register(system="chat").deciding(decision)
    >>> register.about("evasion@model").number, [entry.act.value for entry in register.log]
    ('R-001', ['decided'])
    """

    system: str
    appetite: Appetite | None = None
    schedule: Schedule | None = None
    handling: Handling | None = None
    acknowledged: tuple[Acknowledged, ...] = ()  # what looks like a credential and is none
    reviewed: Review | None = None
    answers: tuple[ChangeAnswer, ...] = ()  # about changes since the review
    not_applicable: tuple[NotApplicable, ...] = ()
    set_aside: tuple[Dismissal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    numbers_given: int = 0  # the highest number any risk ever had
    log: tuple[LogEntry, ...] = ()

    def __post_init__(self) -> None:
        bearer: dict[str, int] = {}
        for n, decision in enumerate(self.decisions):
            first = bearer.setdefault(decision.number, n) if decision.number else n
            if self.decisions[first].key != decision.key:
                both = f"{quoted(self.decisions[first].key)} and {quoted(decision.key)}"
                raise RegisterError(
                    f"{decision.number} is the number of two risks, {both}. "
                    f"Give one of them {risk_number(self._highest + 1)}.",
                    place=("decisions", n, "number"),
                    first=("decisions", first, "number"),
                )
        for n, entry in enumerate(self.log, 1):
            if entry.number > n:
                message = f"the log has no entry {n}, but {entry.number} there. Nothing is deleted from it."
                raise RegisterError(message, place=("log", n - 1, "number"))
            if entry.number < n:
                message = (
                    f"the log has an entry {entry.number} before this one. Make this one {n}, and count on from it."
                )
                raise RegisterError(message, place=("log", n - 1, "number"))

    @property
    def tolerance(self) -> Level:
        """The level above which somebody has to decide; moderate where nobody said."""
        return self.appetite.tolerance if self.appetite else Level.MODERATE

    @property
    def _highest(self) -> int:
        return max([self.numbers_given, *(int(decision.number[2:]) for decision in self.decisions if decision.number)])

    @property
    def marking(self) -> Marking:
        """Who may see it; RED where nobody said."""
        return Marking.of(self.handling.marking) if self.handling else Marking.RED

    def about(self, key: str) -> Decision | None:
        """Return the decision about the finding of that key, alone or among others; None where there is none."""
        return next((decision for decision in self.decisions if key in decision.findings), None)

    def deciding(self, *decisions: Decision, at: Occasion | None = None) -> Register:
        """Return this register with decisions, one after the other, each in the place of one that leads with its key.

        Findings that one names leave other decisions, and are no longer set aside. A finding that was decided before
        keeps its number. Raises RegisterError where a decision brings a number that is not its own.
        """
        draft = self.draft()
        for decision in decisions:
            draft.decide(decision, at)
        return self.drafted(draft)

    def dismissing(self, dismissal: Dismissal, at: Occasion | None = None) -> Register:
        """Return this register with a finding set aside, in the place of an earlier reason for the same."""
        draft = self.draft()
        draft.dismiss(dismissal, at)
        return self.drafted(draft)

    def reopening(self, key: str, at: Occasion | None = None, *, why: str = "") -> Register:
        """Return this register with nothing decided about the finding of that key, and not set aside.

        Others that were decided together with it stay decided. What was said is in the log.
        """
        draft = self.draft()
        draft.reopen(key, at, why=why)
        return self.drafted(draft) if len(draft.log) > len(self.log) else self

    def draft(self) -> Draft:
        """Return a draft of what this register says of findings, to say many things of them at once."""
        return Draft(decisions=self.decisions, set_aside=self.set_aside, numbers_given=self.numbers_given, log=self.log)

    def drafted(self, draft: Draft) -> Register:
        """Return this register with what a draft of it came to."""
        return replace(
            self,
            decisions=draft.decisions,
            set_aside=draft.set_aside,
            numbers_given=draft.numbers_given,
            log=draft.log,
        )

    def reviewing(
        self, system: System, library: Library, *, by: str, on: date, findings: Iterable[Finding] = ()
    ) -> Register:
        """Return this register with the note that somebody looked at the system as it now is.

        `findings` are what was found then, so that what moves later can be told.
        """
        seen: dict[str, Any] = snapshot(system)
        found = FrozenMap((finding.key, finding.state.value) for finding in findings)
        review = Review(on=on, by=by, library=library.sha256, found=found, packs=library.packs, **seen)
        before = f"{self.reviewed.on.isoformat()} by {self.reviewed.by}" if self.reviewed else ""
        return replace(self, reviewed=review, answers=())._noting(
            Occasion(on=on, by=by, system=review.system, library=review.library),
            Act.REVIEWED,
            what=f"the whole model, {len(system.elements)} elements and {len(system.flows)} flows",
            before=before,
        )

    def excluding(self, entry: NotApplicable, at: Occasion | None = None) -> Register:
        """Return this register with a provision marked as not applicable here."""
        others = tuple(other for other in self.not_applicable if other.provision != entry.provision)
        return replace(self, not_applicable=(*others, entry))._noting(
            at or Occasion(on=entry.on, by=entry.by),
            Act.EXCLUDED,
            (entry.provision,),
            before=all_said(other for other in self.not_applicable if other.provision == entry.provision),
            why=entry.reason,
        )

    def unanswered(self, system: System, library: Library) -> tuple[Difference, ...]:
        """Return what changed since the review and nobody has said what it means, by id; nothing without a review.

        What is as it was again is no longer among it.
        """
        review = self.reviewed
        if review is None:
            return ()
        found = [] if review.system == fingerprint(system) else list(differences(review, system))
        if not library.is_named(review.library):
            found.append(Difference("new library", LIBRARY, "", review.library, library.sha256))
        answered = {(change_answer.key, change_answer.before, change_answer.after) for change_answer in self.answers}
        return tuple(
            difference for difference in found if (difference.key, difference.before, difference.after) not in answered
        )

    def answering(self, change_answer: ChangeAnswer, at: Occasion | None = None) -> Register:
        """Return this register with somebody's word on what a change means, in the place of an earlier one."""
        others = tuple(other for other in self.answers if other.key != change_answer.key)
        return replace(self, answers=(*others, change_answer))._noting(
            at or Occasion(on=change_answer.on, by=change_answer.by),
            Act.ANSWERED,
            (change_answer.key,),
            what=said(change_answer),
            before=all_said(other for other in self.answers if other.key == change_answer.key),
            why=change_answer.because,
        )

    def tolerating(self, appetite: Appetite, at: Occasion | None = None) -> Register:
        """Return this register with what risk is taken and tolerated from now on."""
        return replace(self, appetite=appetite)._noting(
            at or Occasion(on=appetite.on, by=appetite.by),
            Act.TOLERATED,
            what=said(appetite),
            before=all_said([self.appetite] if self.appetite else []),
            why=appetite.statement,
        )

    def scheduling(self, schedule: Schedule, at: Occasion | None = None) -> Register:
        """Return this register with the day of its next review and what asks for it earlier."""
        return replace(self, schedule=schedule)._noting(
            at or Occasion(on=schedule.on, by=schedule.by),
            Act.SCHEDULED,
            what=said(schedule),
            before=all_said([self.schedule] if self.schedule else []),
        )

    def handled(self, handling: Handling, at: Occasion | None = None) -> Register:
        """Return this register with who may see it from now on."""
        return replace(self, handling=handling)._noting(
            at or Occasion(on=handling.on, by=handling.by),
            Act.MARKED,
            what=said(handling),
            before=all_said([self.handling] if self.handling else []),
        )

    def acknowledging(self, entry: Acknowledged, at: Occasion | None = None) -> Register:
        """Return this register with something acknowledged to be no credential, in the place of an earlier word."""
        others = tuple(other for other in self.acknowledged if other.digest != entry.digest)
        return replace(self, acknowledged=(*others, entry))._noting(
            at or Occasion(on=entry.date, by=entry.by),
            Act.ACKNOWLEDGED,
            (entry.where,),
            what=f"what looks like {entry.what} is none",
            why=entry.reason,
        )

    def signing(self, at: Occasion, *, what: str, why: str = "") -> Register:
        """Return this register with the note that somebody signs it as it then is, this note with it."""
        return self._noting(at, Act.SIGNED, what=what, why=why)

    def inheriting(self, supplier: str, risks: Iterable[Inherited], *, at: Occasion) -> Register:
        """Return this register with the risks that a supplier hands over, in the place of those it handed over before.

        What the supplier no longer tells is marked as withdrawn, not deleted; decisions stay. Order: first taken first.
        """
        told = {inherited.key: inherited for inherited in risks}
        kept = []
        for inherited in self.inherited:
            if inherited.supplier != supplier:
                kept.append(inherited)
            elif inherited.key in told:
                kept.append(replace(told.pop(inherited.key), on=inherited.on))
            else:
                kept.append(replace(inherited, withdrawn=inherited.withdrawn or at.on))
        mine = tuple(inherited for inherited in self.inherited if inherited.supplier == supplier)
        now = replace(self, inherited=(*kept, *told.values()))
        if now.inherited == self.inherited:
            return self
        return now._noting(
            at,
            Act.INHERITED,
            tuple(
                inherited.key
                for inherited in now.inherited
                if inherited.supplier == supplier and not inherited.withdrawn
            ),
            what=f"handed over by {supplier}",
            before=all_said(inherited for inherited in mine if inherited not in now.inherited),
        )

    def after(self, later: Register, at: Occasion, *, what: str, act: Act = Act.UNDONE) -> Register:
        """Return this register, to which somebody went back from a later one: its log and its numbers go on.

        Where the two say the same, that is the later one.
        """
        went = replace(self, log=later.log, numbers_given=max(self._highest, later._highest))
        return later if went == later else went._noting(at, act, what=what)

    def _noting(self, at: Occasion, act: Act, about: tuple[str, ...] = (), **more: str) -> Register:
        return replace(self, log=(*self.log, at.next_in(self.log, act, about, **more)))
