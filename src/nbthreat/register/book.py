"""The register itself: every decision about one system, and the log of how it came to be.

Each method returns a new register and adds to its log; the log keeps what was said before, so that nothing is lost by
saying something else. Numbers of risks are given once: the highest given is kept, even when what had it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from datetime import date
from itertools import count, takewhile
from typing import Any

from nbthreat.changes import Difference, differences, fingerprint, snapshot
from nbthreat.documents.shaping import default_of, record_fields
from nbthreat.documents.writing import inline
from nbthreat.errors import RegisterError, quoted
from nbthreat.library import Library
from nbthreat.matching import Finding
from nbthreat.model import FrozenMap, System
from nbthreat.register.values import (
    Act,
    Appetite,
    ChangeAnswer,
    Decision,
    Dismissal,
    Entry,
    Handling,
    Inherited,
    Marking,
    NotApplicable,
    Review,
    Schedule,
)
from nbthreat.risk import Level

LIBRARY = "(library)"
"""The key of the change that a new library is."""

_SAID_ELSEWHERE = frozenset({"key", "keys", "number", "title", "provision", "by", "on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and by whom something is said, and of which drawing and library: what each entry of the log is marked with.

    What is not known stays empty.
    """

    on: date | None = None
    by: str = ""
    system: str = ""  # fingerprint
    library: str = ""  # SHA-256


def occasion(system: System, library: Library, *, by: str, on: date) -> Occasion:
    """Return the occasion of saying something of a system as it now is, with that library."""
    return Occasion(on=on, by=by, system=fingerprint(system), library=library.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every decision about one system, in the order they were first made.

    Raises RegisterError where one number names two risks, or the log lacks an entry.
    """

    system: str
    appetite: Appetite | None = None
    schedule: Schedule | None = None
    handling: Handling | None = None
    reviewed: Review | None = None
    answers: tuple[ChangeAnswer, ...] = ()  # about changes since the review
    not_applicable: tuple[NotApplicable, ...] = ()
    set_aside: tuple[Dismissal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    numbers_given: int = 0  # the highest number any risk ever had
    log: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        bearer: dict[str, str] = {}
        for one in self.decisions:
            if one.number and bearer.setdefault(one.number, one.key) != one.key:
                message = f"{one.number} is the number of two risks, {quoted(bearer[one.number])} and {quoted(one.key)}"
                raise RegisterError(f"{message}. Give one of them {_number(self._highest + 1)}.")
        for n, entry in enumerate(self.log, 1):
            if entry.number != n:
                raise RegisterError(f"the log has no entry {n}, but {entry.number} there. Nothing is deleted from it.")

    @property
    def tolerance(self) -> Level:
        """The level above which somebody has to decide; moderate where nobody said."""
        return self.appetite.tolerance if self.appetite else Level.MODERATE

    @property
    def _highest(self) -> int:
        return max([self.numbers_given, *(int(one.number[2:]) for one in self.decisions if one.number)])

    @property
    def marking(self) -> Marking:
        """Who may see it; RED where nobody said."""
        return Marking.of(self.handling.marking) if self.handling else Marking.RED

    def about(self, key: str) -> Decision | None:
        """Return the decision about the finding of that key, alone or among others; None where there is none."""
        return next((one for one in self.decisions if key in one.findings), None)

    def deciding(self, decision: Decision, at: Occasion | None = None) -> Register:
        """Return this register with a decision, in the place of an earlier one that leads with the same finding.

        Findings it names leave other decisions, and are no longer set aside. A finding that was decided before keeps
        its number. Raises RegisterError where the decision brings a number that is not its own.
        """
        book = self._numbered()
        earlier = next((one for one in book.decisions if one.key == decision.key), None)
        number = earlier.number if earlier else book._known_number(decision) or _number(book._highest + 1)
        if decision.number not in ("", number):
            raise RegisterError(f"{quoted(decision.key)}: numbers are the register's to give; this one is {number}.")
        made = replace(decision, number=number)
        kept: list[Decision] = []
        for one in book.decisions:
            left = made if one is earlier else _without(one, made.findings)
            kept += [left] if left else []
        named = set(made.findings)
        taken = [f"{one.number}: {said(one)}" for one in book.decisions if named.intersection(one.findings)]
        taken += [f"set aside: {said(one)}" for one in book.set_aside if one.key in named]
        return replace(
            book,
            set_aside=tuple(one for one in book.set_aside if one.key not in named),
            decisions=tuple(kept if earlier else [*kept, made]),
            numbers_given=max(book._highest, int(number[2:])),
        )._noting(
            at or Occasion(on=decision.on, by=decision.by),
            Act.DECIDED,
            made.findings,
            risk=number,
            what=said(made),
            before=" | ".join(taken),
            why=decision.rationale,
        )

    def dismissing(self, one: Dismissal, at: Occasion | None = None) -> Register:
        """Return this register with a finding set aside, in the place of an earlier reason for the same."""
        others = tuple(other for other in self.set_aside if other.key != one.key)
        return replace(self, set_aside=(*others, one))._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.SET_ASIDE,
            (one.key,),
            what=said(one),
            before=_all_said(other for other in self.set_aside if other.key == one.key),
            why=one.reason,
        )

    def reopening(self, key: str, at: Occasion | None = None, *, why: str = "") -> Register:
        """Return this register with nothing decided about the finding of that key, and not set aside.

        Others that were decided together with it stay decided. What was said is in the log.
        """
        decided = [one for one in self.decisions if key in one.findings]
        aside = [one for one in self.set_aside if one.key == key]
        if not decided and not aside:
            return self
        book = self._numbered()
        left = [_without(one, (key,)) for one in book.decisions]
        return replace(
            book,
            set_aside=tuple(one for one in self.set_aside if one.key != key),
            decisions=tuple(one for one in left if one),
        )._noting(
            at or Occasion(),
            Act.REOPENED,
            (key,),
            risk=next((one.number for one in book.decisions if key in one.findings), ""),
            before=_all_said([*decided, *aside]),
            why=why,
        )

    def reviewing(
        self, system: System, library: Library, *, by: str, on: date, findings: Iterable[Finding] = ()
    ) -> Register:
        """Return this register with the note that somebody looked at the system as it now is.

        `findings` are what was found then, so that what moves later can be told.
        """
        seen: dict[str, Any] = snapshot(system)
        found = FrozenMap((one.key, one.state.value) for one in findings)
        review = Review(on=on, by=by, library=library.sha256, found=found, packs=library.packs, **seen)
        before = f"{self.reviewed.on.isoformat()} by {self.reviewed.by}" if self.reviewed else ""
        return replace(self, reviewed=review, answers=())._noting(
            Occasion(on=on, by=by, system=review.system, library=review.library),
            Act.REVIEWED,
            what=f"the whole model, {len(system.elements)} elements and {len(system.flows)} flows",
            before=before,
        )

    def excluding(self, one: NotApplicable, at: Occasion | None = None) -> Register:
        """Return this register with a provision marked as not applicable here."""
        others = tuple(other for other in self.not_applicable if other.provision != one.provision)
        return replace(self, not_applicable=(*others, one))._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.EXCLUDED,
            (one.provision,),
            before=_all_said(other for other in self.not_applicable if other.provision == one.provision),
            why=one.reason,
        )

    def unanswered(self, system: System, library: Library) -> tuple[Difference, ...]:
        """Return what changed since the review and nobody has said what it means, by id; nothing without a review.

        What is as it was again is no longer among it.
        """
        review = self.reviewed
        if review is None:
            return ()
        found = [] if review.system == fingerprint(system) else list(differences(review, system))
        if review.library != library.sha256:
            found.append(Difference("new library", LIBRARY, "", review.library, library.sha256))
        answered = {(one.key, one.before, one.after) for one in self.answers}
        return tuple(one for one in found if (one.key, one.before, one.after) not in answered)

    def answering(self, one: ChangeAnswer, at: Occasion | None = None) -> Register:
        """Return this register with somebody's word on what a change means, in the place of an earlier one."""
        others = tuple(other for other in self.answers if other.key != one.key)
        return replace(self, answers=(*others, one))._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.ANSWERED,
            (one.key,),
            what=said(one),
            before=_all_said(other for other in self.answers if other.key == one.key),
            why=one.because,
        )

    def tolerating(self, one: Appetite, at: Occasion | None = None) -> Register:
        """Return this register with what risk is taken and tolerated from now on."""
        return replace(self, appetite=one)._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.TOLERATED,
            what=said(one),
            before=_all_said([self.appetite] if self.appetite else []),
            why=one.statement,
        )

    def scheduling(self, one: Schedule, at: Occasion | None = None) -> Register:
        """Return this register with the day of its next review and what asks for it earlier."""
        return replace(self, schedule=one)._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.SCHEDULED,
            what=said(one),
            before=_all_said([self.schedule] if self.schedule else []),
        )

    def handled(self, one: Handling, at: Occasion | None = None) -> Register:
        """Return this register with who may see it from now on."""
        return replace(self, handling=one)._noting(
            at or Occasion(on=one.on, by=one.by),
            Act.MARKED,
            what=said(one),
            before=_all_said([self.handling] if self.handling else []),
        )

    def signing(self, at: Occasion, *, what: str, why: str = "") -> Register:
        """Return this register with the note that somebody signs it as it then is, this note with it."""
        return self._noting(at, Act.SIGNED, what=what, why=why)

    def inheriting(self, supplier: str, risks: Iterable[Inherited], *, at: Occasion) -> Register:
        """Return this register with the risks that a supplier hands over, in the place of those it handed over before.

        What the supplier no longer tells is marked as withdrawn, not deleted; decisions stay. Order: first taken first.
        """
        told = {one.key: one for one in risks}
        kept = []
        for one in self.inherited:
            if one.supplier != supplier:
                kept.append(one)
            elif one.key in told:
                kept.append(replace(told.pop(one.key), on=one.on))
            else:
                kept.append(replace(one, withdrawn=one.withdrawn or at.on))
        mine = tuple(one for one in self.inherited if one.supplier == supplier)
        now = replace(self, inherited=(*kept, *told.values()))
        if now.inherited == self.inherited:
            return self
        return now._noting(
            at,
            Act.INHERITED,
            tuple(one.key for one in now.inherited if one.supplier == supplier and not one.withdrawn),
            what=f"handed over by {supplier}",
            before=_all_said(one for one in mine if one not in now.inherited),
        )

    def after(self, later: Register, at: Occasion, *, what: str, act: Act = Act.UNDONE) -> Register:
        """Return this register, to which somebody went back from a later one: its log and its numbers go on.

        Where the two say the same, that is the later one.
        """
        went = replace(self, log=later.log, numbers_given=max(self._highest, later._highest))
        return later if went == later else went._noting(at, act, what=what)

    def _numbered(self) -> Register:
        """Return this register with a number for each decision that has none, as in older files."""
        given = count(self._highest + 1)
        decisions = tuple(one if one.number else replace(one, number=_number(next(given))) for one in self.decisions)
        return replace(self, decisions=decisions, numbers_given=next(given) - 1)

    def _known_number(self, decision: Decision) -> str:
        """Return the number the leading finding had before, unless another decision has it now."""
        taken = {one.number for one in self.decisions}
        for entry in reversed(self.log):
            if entry.risk and entry.risk not in taken and decision.key in entry.about:
                return entry.risk
        return ""

    def _noting(self, at: Occasion, act: Act, about: tuple[str, ...] = (), **more: str) -> Register:
        entry = Entry(
            number=len(self.log) + 1,
            on=at.on,
            by=at.by,
            act=act,
            about=about,
            system=at.system,
            library=at.library,
            **more,
        )
        return replace(self, log=(*self.log, entry))


def said(value: Any) -> str:
    """Return what is said in a value, on one line, in the order of its class: 'treatment avoid; owner Desk team'."""
    words = []
    for name, (field, _) in record_fields(type(value)).items():
        content = getattr(value, name)
        if name not in _SAID_ELSEWHERE and content != default_of(field):
            words.append(f"{name} {_worded(content)}")
    return "; ".join(words)


def joined(mine: Register, theirs: Register, decisions: Iterable[Decision]) -> Register:
    """Return my register with the decisions of two registers that grew from one, and both their logs, mine first.

    Of two decisions to which each side gave the same number the first keeps it; the other gets a new one, and the log
    says so.
    """
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine.log, theirs.log, strict=False)))
    log = [replace(one, number=len(mine.log) + n) for n, one in enumerate(theirs.log[common:], 1)]
    highest = max(mine._highest, theirs._highest)
    book = replace(mine, decisions=(), numbers_given=max(mine.numbers_given, theirs.numbers_given))
    book = replace(book, log=(*mine.log, *log))
    for one in decisions:
        if one.number and any(other.number == one.number for other in book.decisions):
            highest += 1
            new = replace(one, number=_number(highest))
            book = replace(book, decisions=(*book.decisions, new), numbers_given=highest)
            book = book._noting(Occasion(), Act.RENUMBERED, one.findings, risk=new.number, before=one.number)
        else:
            book = replace(book, decisions=(*book.decisions, one))
    return book


def _number(n: int) -> str:
    return f"R-{n:03}"


def _without(decision: Decision, keys: Iterable[str]) -> Decision | None:
    """Return a decision without some of its findings; None where none is left."""
    gone = set(keys)
    left = [key for key in decision.findings if key not in gone]
    if len(left) == len(decision.findings):
        return decision
    return replace(decision, key=left[0], keys=tuple(left[1:])) if left else None


def _all_said(values: Iterable[Any]) -> str:
    return " | ".join(map(said, values))


def _worded(content: Any) -> str:
    if is_dataclass(content):
        return f"({_everything(content)})"
    if isinstance(content, tuple) and any(map(is_dataclass, content)):
        return ", ".join(map(_worded, content))
    return content if isinstance(content, str) else inline(content)


def _everything(value: Any) -> str:
    content: Mapping[str, Any] = {name: getattr(value, name) for name in record_fields(type(value))}
    return "; ".join(f"{name} {_worded(one)}" for name, one in content.items() if one not in ("", None, ()))
