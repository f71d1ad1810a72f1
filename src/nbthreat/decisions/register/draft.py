"""Drafts: what of a register changes while findings are decided, set aside and reopened, however many at once.

A draft finds what was said of a finding without going through all the rest, and puts each thing in the log as it is
said. The register it is made from stays as it is; the one that is made of it is checked once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from nbthreat.base.errors import RegisterError, quoted
from nbthreat.decisions.register.decisions import Decision, Dismissal, risk_number
from nbthreat.decisions.register.values import Act, LogEntry
from nbthreat.decisions.register.wording import all_said, said

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and by whom something is said, and of which drawing and library: what each entry of the log is marked with.

    What is not known stays empty.
    """

    on: date | None = None
    by: str = ""
    system: str = ""  # fingerprint
    library: str = ""  # SHA-256

    def next_in(self, log: Sequence[LogEntry], act: Act, about: tuple[str, ...] = (), **more: str) -> LogEntry:
        """Return the next entry of a log; `more` is what else it says.

        It is never of an earlier day than the ones above it: where a clock went back, it is of the last one's day.
        """
        above = next((entry.on for entry in reversed(log) if entry.on), None)
        return LogEntry(
            number=len(log) + 1,
            on=max(self.on, above) if self.on and above else self.on,
            by=self.by,
            act=act,
            about=about,
            system=self.system,
            library=self.library,
            **more,
        )


class Draft:
    """The decisions of a register while they are being made, and its log.

    Decisions without a number, as older files have them, get one at once.
    """

    def __init__(
        self,
        *,
        decisions: Iterable[Decision],
        set_aside: Iterable[Dismissal],
        numbers_given: int,
        log: Iterable[LogEntry],
    ) -> None:
        listed = tuple(decisions)
        self._highest = max([numbers_given, *(int(decision.number[2:]) for decision in listed if decision.number)])
        self._taken: Counter[str] = Counter()  # how many decisions have a number
        self._decisions: _KeyedRecords[Decision] = _KeyedRecords(lambda decision: decision.findings)
        for decision in listed:
            self._put(decision if decision.number else replace(decision, number=self._next()))
        self._set_aside: _KeyedRecords[Dismissal] = _KeyedRecords(lambda dismissal: (dismissal.key,))
        for dismissal in set_aside:
            self._set_aside.put(dismissal)
        self._log: list[LogEntry] = []
        self._numbers: defaultdict[str, list[str]] = defaultdict(list)  # that a finding had, the latest last
        for entry in log:
            self._add(entry)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All decisions, in the order they were first made."""
        return self._decisions.all()

    @property
    def set_aside(self) -> tuple[Dismissal, ...]:
        """What is set aside, in the order it was last said."""
        return self._set_aside.all()

    @property
    def numbers_given(self) -> int:
        """The highest number any risk ever had."""
        return self._highest

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """The log, with what was said in this draft."""
        return tuple(self._log)

    def about(self, key: str) -> Decision | None:
        """Return the decision about the finding of that key, alone or among others; None where there is none."""
        return next(iter(self._decisions.about((key,)).values()), None)

    def dismissal(self, key: str) -> Dismissal | None:
        """Return why the finding of that key is set aside; None where it is not."""
        return next(iter(self._set_aside.about((key,)).values()), None)

    def decide(self, decision: Decision, at: Occasion | None = None) -> None:
        """Decide, as `Register.deciding` says. Raises RegisterError where the number is not the decision's own."""
        before = self._decisions.about(decision.findings)
        place = next((place for place, value in before.items() if value.key == decision.key), None)
        number = before[place].number if place is not None else self._free_number(decision.key)
        if decision.number not in ("", number):
            raise RegisterError(f"{quoted(decision.key)}: numbers are the register's to give; this one is {number}.")
        made = replace(decision, number=number)
        aside = self._set_aside.about(made.findings)
        for other, value in before.items():
            if other != place:
                self._leave(other, value, made.findings)
        self._put(made, place)
        for gone in aside:
            self._set_aside.take(gone)
        self._highest = max(self._highest, int(number[2:]))
        self._note(
            at or Occasion(on=decision.on, by=decision.by),
            Act.DECIDED,
            made.findings,
            risk=number,
            what=said(made),
            before=" | ".join(
                [f"{decision.number}: {said(decision)}" for decision in before.values()]
                + [f"set aside: {said(dismissal)}" for dismissal in aside.values()]
            ),
            why=decision.rationale,
        )

    def dismiss(self, dismissal: Dismissal, at: Occasion | None = None) -> None:
        """Set a finding aside, in the place of an earlier reason for the same."""
        before = self._set_aside.about((dismissal.key,))
        for place in before:
            self._set_aside.take(place)
        self._set_aside.put(dismissal)
        at = at or Occasion(on=dismissal.on, by=dismissal.by)
        what, earlier = said(dismissal), all_said(before.values())
        self._note(at, Act.SET_ASIDE, (dismissal.key,), what=what, before=earlier, why=dismissal.reason)

    def reopen(self, key: str, at: Occasion | None = None, *, why: str = "") -> None:
        """Take back what was said of a finding, as `Register.reopening` says; nothing where nothing was."""
        decided, aside = self._decisions.about((key,)), self._set_aside.about((key,))
        if not decided and not aside:
            return
        for place, decision in decided.items():
            self._leave(place, decision, (key,))
        for place in aside:
            self._set_aside.take(place)
        before = all_said([*decided.values(), *aside.values()])
        risk = next((decision.number for decision in decided.values()), "")
        self._note(at or Occasion(), Act.REOPENED, (key,), risk=risk, before=before, why=why)

    def _put(self, decision: Decision, place: int | None = None) -> None:
        """Put a decision in the place of another, or behind all others."""
        if place is not None:
            self._take(place)
        self._taken[decision.number] += 1
        self._decisions.put(decision, place)

    def _take(self, place: int) -> None:
        self._taken[self._decisions.take(place).number] -= 1

    def _leave(self, place: int, decision: Decision, keys: tuple[str, ...]) -> None:
        """Have findings leave a decision; it goes where none is left."""
        gone = set(keys)
        left = [key for key in decision.findings if key not in gone]
        if left:
            self._put(replace(decision, key=left[0], keys=tuple(left[1:])), place)
        else:
            self._take(place)

    def _free_number(self, key: str) -> str:
        """Return the number the finding had before, unless another decision has it now; else the next one."""
        known = (number for number in reversed(self._numbers.get(key, [])) if not self._taken[number])
        return next(known, None) or risk_number(self._highest + 1)

    def _next(self) -> str:
        self._highest += 1
        return risk_number(self._highest)

    def _note(self, at: Occasion, act: Act, about: tuple[str, ...], **more: str) -> None:
        self._add(at.next_in(self._log, act, about, **more))

    def _add(self, entry: LogEntry) -> None:
        self._log.append(entry)
        for key in entry.about if entry.risk else ():
            if entry.act is Act.RENUMBERED:  # the number it had is another's now
                self._numbers[key] = [number for number in self._numbers[key] if number != entry.before]
            self._numbers[key].append(entry.risk)


class _KeyedRecords(Generic[T]):
    """Values in their order, found by the keys of the findings they are about. A place that is free stays free."""

    def __init__(self, keys: Callable[[T], Iterable[str]]) -> None:
        self._keys = keys
        self._values: list[T | None] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)

    def all(self) -> tuple[T, ...]:
        """Return all values, in their order."""
        return tuple(value for value in self._values if value is not None)

    def about(self, keys: Iterable[str]) -> dict[int, T]:
        """Return what is about any of these findings, by its place, in order."""
        places = sorted({place for key in keys for place in self._places.get(key, ())})
        return {place: item for place in places if (item := self._values[place]) is not None}

    def put(self, value: T, place: int | None = None) -> None:
        """Put a value in a place that is free, or behind all others."""
        if place is None:
            place = len(self._values)
            self._values.append(value)
        else:
            self._values[place] = value
        for key in self._keys(value):
            self._places[key].append(place)

    def take(self, place: int) -> T:
        """Free a place, and return what was there; KeyError where it is free."""
        value = self._values[place]
        if value is None:
            raise KeyError(place)
        self._values[place] = None
        for key in self._keys(value):
            self._places[key].remove(place)
        return value
