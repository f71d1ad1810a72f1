"""Merging two registers that grew from one: every decision, every entry of the log, and no number twice.

Decisions are matched by the findings they are about. A number belongs to the risk whose entry in the log came first;
another that has the same gets a new one, and the log says so. Neither depends on which side is ours.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from nbthreat.decisions.merging.systems import Merged, is_collection
from nbthreat.decisions.merging.threeway import Merger, Side, called, same
from nbthreat.decisions.register import Act, Decision, Dismissal, LogEntry, Occasion, Register
from nbthreat.decisions.register.decisions import risk_number
from nbthreat.decisions.register.wording import said
from nbthreat.system.documents.shaping import default_of, record_fields


def merge_registers(
    base: Register | None, ours: Register, theirs: Register, *, prefer: Side = Side.OURS, keep_changed: bool = True
) -> Merged[Register]:
    """Return the changes of both sides to a register; `base` is None where both sides made it.

    A finding that one side decided and the other called not applicable is a clash, and so is one that the two put under
    different decisions; the preferred side's word counts. The log holds the entries of both, each once, by date.

    >>> empty = Register(system="chat")
    >>> decided = Decision(key="evasion@model", treatment="avoid", owner="Team", rationale="Off.")
    >>> not_here = Dismissal(key="evasion@model", reason="No model.", on=date(2026, 11, 30))
    >>> merged = merge_registers(empty, empty.deciding(decided), empty.dismissing(not_here))
    >>> [decision.number for decision in merged.value.decisions], merged.value.set_aside
    (['R-001'], ())
    >>> str(merged.clashes[0])
    'evasion@model: decided on one side and not applicable on the other'
    >>> [entry.act.value for entry in merged.value.log]
    ['decided', 'set aside']
    """
    merger = Merger(prefer, keep_changed=keep_changed)
    words = [_words(side) if side else {} for side in (base, ours, theirs)]
    contested = _contested(*words)
    pairings = _merged_decisions(base, ours, theirs, merger, _brought_back(*words))
    _put_under_one_decision(pairings, merger)
    _leave_reopened(pairings, contested, merger)
    log = merged_log(ours.log, theirs.log)
    fields: dict[str, Any] = {}
    for name, (field, kind) in record_fields(Register).items():
        if name in _OF_ITS_OWN:
            continue
        sides = [getattr(ours, name), getattr(theirs, name)]
        old = getattr(base, name) if base else default_of(field)
        if name == "set_aside":
            old, *sides = (
                [dismissal for dismissal in side if dismissal.key not in contested] for side in (old, *sides)
            )
        fields[name] = (
            merger.collection(old, *sides) if is_collection(kind) else merger.value("the register", name, old, *sides)
        )
    fields["set_aside"] += tuple(_settled(contested, pairings, merger))
    fields["set_aside"] = _as_the_side_that_changed_it(words, pairings, fields["set_aside"])
    pairings = [pairing for pairing in pairings if pairing.merged is not None]
    highest = max(_highest(side) for side in (base, ours, theirs) if side)
    highest, log = _numbered(pairings, highest, log)
    merged = Register(
        **fields,
        decisions=tuple(pairing.merged for pairing in pairings if pairing.merged),
        numbers_given=highest,
        log=tuple(log),
    )
    return Merged(value=merged, clashes=tuple(merger.clashes))


_OF_ITS_OWN = frozenset({"decisions", "numbers_given", "log"})


def merged_log(ours: Sequence[LogEntry], theirs: Sequence[LogEntry]) -> list[LogEntry]:
    """Return the entries of two logs, each once and by date, with new numbers. Which is ours makes no difference.

    An entry is the same on both sides where it differs in its number alone, as when a change was picked from one branch
    to another. Those of one day stay in the order of their side.
    """
    first, second = ([replace(entry, number=0) for entry in side] for side in (ours, theirs))
    begin = next((n for n, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), None)
    if begin is not None and repr(second[begin]) < repr(first[begin]):
        first, second = second, first
    more = Counter(second) - Counter(first)
    extra = []
    for day, entry in reversed([*zip(_days(second), second, strict=True)]):  # what is said more often, is said later
        if more[entry] > 0:
            more[entry] -= 1
            extra.append((day, entry))
    dated = [*zip(_days(first), first, strict=True), *reversed(extra)]
    dated.sort(key=lambda pair: pair[0])
    return [replace(entry, number=n) for n, (_, entry) in enumerate(dated, 1)]


def _days(log: Iterable[LogEntry]) -> Iterator[date]:
    """Yield on which day each entry was made at the earliest: never before the one above it."""
    day = date.min
    for entry in log:
        day = max(day, entry.on or day)
        yield day


@dataclass(slots=True, eq=False)
class _Pairing:
    """One decision as it was, on both sides, and as it comes to be; None where there is none."""

    base: Decision | None
    ours: Decision | None
    theirs: Decision | None
    merged: Decision | None = None
    clashed: bool = False  # whether a field was settled by what the caller prefers

    def leave(self, keys: Iterable[str]) -> None:
        """Have findings leave the merged decision; it goes where none is left."""
        if self.merged is None:
            return
        gone = set(keys)
        left = [key for key in self.merged.findings if key not in gone]
        self.merged = replace(self.merged, key=left[0], keys=tuple(left[1:])) if left else None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Which numbers it has on either side, the lowest first."""
        return tuple(sorted({side.number for side in (self.ours, self.theirs) if side and side.number}, key=_counted))

    @property
    def number(self) -> str:
        """The number that it brings along: what one side changed; the lower where both gave it one."""
        before = self.base.number if self.base else ""
        changed = [number for number in self.numbers if number != before]
        return min(changed, key=_counted, default=before)


def _counted(number: str) -> int:
    return int(number[2:])


def _highest(register: Register) -> int:
    numbers = (_counted(decision.number) for decision in register.decisions if decision.number)
    return max([register.numbers_given, *numbers])


def _merged_decisions(
    base: Register | None, ours: Register, theirs: Register, merger: Merger, brought_back: AbstractSet[str]
) -> list[_Pairing]:
    """Return the decisions of both sides, ours in their order first, each with the fields that the two come to.

    What a decision said before counts for nothing where it is about a finding of `brought_back`.
    """
    pairings = _paired(base.decisions if base else (), ours.decisions, theirs.decisions)
    for pairing in pairings:
        before = pairing.base if pairing.base and brought_back.isdisjoint(pairing.base.findings) else None
        sides = [side and replace(side, number="") for side in (before, pairing.ours, pairing.theirs)]
        known = len(merger.clashes)
        merged = merger.clash(called(sides[1]), "findings", *sides[1:]) if _regrouped(*sides) else merger.item(*sides)
        number = pairing.number
        pairing.merged = merged and replace(merged, number=number)
        pairing.clashed = len(merger.clashes) > known
        merger.clashes[known:] = [replace(clash, where=number or clash.where) for clash in merger.clashes[known:]]
    return pairings


def _regrouped(base: Decision | None, ours: Decision | None, theirs: Decision | None) -> bool:
    """Return whether the two sides put a decision over other findings, each over others than the other.

    What one of them says then is not about what the other means, so that their fields are not mixed.
    """
    if ours is None or theirs is None:
        return False
    before = base.findings if base else (ours.key,)
    return before not in (ours.findings, theirs.findings) and ours.findings != theirs.findings


def _paired(base: Sequence[Decision], ours: Sequence[Decision], theirs: Sequence[Decision]) -> list[_Pairing]:
    """Return which decisions are the same one: those that lead with one finding, else those that share one."""
    places = {decision.key: n for n, decision in enumerate(base)}
    of_base: list[dict[int, Decision]] = []
    added: list[dict[str, Decision]] = []
    for side in (ours, theirs):
        known = {places[decision.key]: decision for decision in side if decision.key in places}
        new: dict[str, Decision] = {}
        for decision in side:
            if decision.key in places:
                continue
            shared = (
                n for n, old in enumerate(base) if n not in known and not {*old.findings}.isdisjoint(decision.findings)
            )
            place = next(shared, None)
            if place is None:
                new[decision.key] = decision
            else:
                known[place] = decision
        of_base.append(known)
        added.append(new)
    pairings = {
        n: _Pairing(old, of_base[0].get(n), of_base[1].get(n))
        for n, old in enumerate(base)
        if n in of_base[0] or n in of_base[1]
    }
    news = {key: _Pairing(None, added[0].get(key), added[1].get(key)) for key in dict.fromkeys([*added[0], *added[1]])}
    order = {decision.key: n for n, decision in reversed([*enumerate((*ours, *theirs))])}
    return sorted(
        (*pairings.values(), *news.values()),
        key=lambda pairing: min(order[side.key] for side in (pairing.ours, pairing.theirs) if side),
    )


def _put_under_one_decision(pairings: Sequence[_Pairing], merger: Merger) -> None:
    """Leave a finding that the two sides put under different decisions where the preferred side has it."""
    holders: defaultdict[str, list[_Pairing]] = defaultdict(list)
    for pairing in pairings:
        for key in pairing.merged.findings if pairing.merged else ():
            holders[key].append(pairing)
    for key, held in holders.items():
        if len(held) == 1:
            continue
        sides = [_holder(held, key, side) for side in Side]
        chosen = merger.preferred(*sides) or next(pairing for pairing in sides if pairing)
        merger.clash(key, "under two decisions", *(pairing and pairing.merged for pairing in sides))
        for pairing in held:
            if pairing is not chosen:
                pairing.leave((key,))


def _leave_reopened(pairings: Sequence[_Pairing], contested: Iterable[str], merger: Merger) -> None:
    """Tell of each finding that one side reopened and the other put under another decision; one of the two counts."""
    before = {key: pairing for pairing in pairings for key in (pairing.base.findings if pairing.base else ())}
    for key, was in before.items():
        if key in contested:
            continue
        now = [_holder(pairings, key, side) for side in Side]
        if now.count(None) != 1 or was in now:
            continue
        merger.clash(key, "reopened on one side and decided anew on the other", *(it and it.merged for it in now))
        if merger.preferred(*now) is None:
            _leave(pairings, key)


def _holder(pairings: Iterable[_Pairing], key: str, side: Side) -> _Pairing | None:
    """Return the first decision that has a finding on one side."""
    return next((pairing for pairing in pairings if _holds(getattr(pairing, side.value), key)), None)


def _holds(decision: Decision | None, key: str) -> bool:
    return decision is not None and key in decision.findings


_Word = Dismissal | Decision | None
"""What a side says of a finding in the end: that it does not apply, else what is decided, else nothing."""

_KINDS = {Dismissal: "not applicable", Decision: "decided", type(None): "reopened"}


def _words(register: Register) -> dict[str, _Word]:
    """Return the word on each finding, by key."""
    words: dict[str, _Word] = {}
    for decision in register.decisions:
        words.update((key, _word(decision, key)) for key in decision.findings)
    return {**words, **{dismissal.key: dismissal for dismissal in register.set_aside}}


def _word(decision: Decision, key: str) -> Decision:
    """Return what a decision says of one finding, whatever its number is and whatever else it is about."""
    return replace(decision, number="", key=key, keys=())


def _brought_back(
    before: Mapping[str, _Word], mine: Mapping[str, _Word], other: Mapping[str, _Word]
) -> AbstractSet[str]:
    """Return the keys of what did not apply at first and what both sides then decided about."""
    return {
        key
        for key, was in before.items()
        if isinstance(was, Dismissal) and isinstance(mine.get(key), Decision) and isinstance(other.get(key), Decision)
    }


def _contested(
    before: Mapping[str, _Word], mine: Mapping[str, _Word], other: Mapping[str, _Word]
) -> dict[str, tuple[_Word, _Word]]:
    """Return what each side says of the findings of which the two say different kinds of thing, by key.

    A decision that one side changed and the other took away is not among them: that shows where it is merged.
    """
    found = {}
    for key in sorted({*before, *mine, *other}):
        was, words = before.get(key), (mine.get(key), other.get(key))
        kinds = {type(word) for word in words}
        taken_away = isinstance(was, Decision) and Dismissal not in kinds
        if len(kinds) > 1 and not taken_away and not any(same(word, was) for word in words):
            found[key] = words
    return found


def _settled(
    contested: dict[str, tuple[_Word, _Word]], pairings: Sequence[_Pairing], merger: Merger
) -> Iterator[Dismissal]:
    """Have the preferred side's word on each contested finding; yield what is then not applicable."""
    for key, words in contested.items():
        first, second = sorted(_KINDS[type(word)] for word in words)
        merger.clash(key, f"{first} on one side and {second} on the other", *words)
        word = merger.preferred(*words)
        if not isinstance(word, Decision):
            _leave(pairings, key)
        if isinstance(word, Dismissal):
            yield word


def _as_the_side_that_changed_it(
    words: Sequence[Mapping[str, _Word]], pairings: list[_Pairing], dismissals: Iterable[Dismissal]
) -> tuple[Dismissal, ...]:
    """Leave each finding of which one side alone says anything new as that side has it; return what is not applicable.

    Decisions are merged as wholes, and what a whole comes to may be neither side's word on each of its findings. Where
    both sides put one decision over other findings, a clash was told, and either side's word will do.
    """
    aside = {dismissal.key: dismissal for dismissal in dismissals}
    parted: defaultdict[tuple[int, Side], list[str]] = defaultdict(list)
    for key in sorted({*itertools.chain(*words)}):
        was, *now = (known.get(key) for known in words)
        changed = [(side, word) for side, word in zip(Side, now, strict=True) if not same(word, was)]
        if len(changed) != 1:
            continue
        ((side, word),) = changed
        said_of_it = [_word(it.merged, key) for it in pairings if it.merged and key in it.merged.findings]
        merged = aside.get(key) or next(iter(said_of_it), None)
        holder = _holder(pairings, key, side)
        told = holder is not None and _regrouped(holder.base, holder.ours, holder.theirs)
        if same(merged, word) or (told and any(same(merged, either) for either in now)):
            continue
        if holder and not holder.clashed and _holds(holder.merged, key) and not isinstance(merged, Dismissal):
            continue  # with what the other side changed of the whole
        if isinstance(word, Dismissal):
            aside[key] = word
            continue
        aside.pop(key, None)
        if not any(same(said, word) for said in said_of_it):
            _leave(pairings, key)
            if holder is not None:
                parted[pairings.index(holder), side].append(key)
    for (place, side), keys in parted.items():
        holder = pairings[place]
        made = replace(getattr(holder, side.value), key=keys[0], keys=tuple(keys[1:]))
        if holder.merged is None:
            holder.merged = replace(made, number=holder.number)
        elif same(_word(holder.merged, keys[0]), _word(made, keys[0])):
            holder.merged = replace(holder.merged, keys=(*holder.merged.keys, *keys))
        else:
            ours, theirs = (made if it is side else None for it in Side)
            pairings.append(_Pairing(None, ours, theirs, made))
    return tuple(aside.values())


def _leave(pairings: Iterable[_Pairing], key: str) -> None:
    for pairing in pairings:
        if _holds(pairing.merged, key):
            pairing.leave((key,))


def _numbered(pairings: Sequence[_Pairing], highest: int, log: list[LogEntry]) -> tuple[int, list[LogEntry]]:
    """Give each merged decision a number of its own; return the highest number, and the log with what was renumbered.

    Where two bring one number, it is the one's whose entry in the log came first.
    """
    first: dict[tuple[str, str], int] = {}
    last: dict[str, str] = {}
    for entry in log:
        for key in entry.about:
            first.setdefault((entry.risk, key), entry.number)
            last[key] = entry.risk or last.get(key, "")

    def brought(pairing: _Pairing) -> str:
        """Return the number that the log gave it last, where it has that on a side."""
        given = {last.get(key, "") for key in (pairing.merged.findings if pairing.merged else ())}
        return next((number for number in pairing.numbers if given == {number}), pairing.number)

    def noted(pairing: _Pairing) -> tuple[int, str]:
        keys = pairing.merged.findings if pairing.merged else ()
        return min(first.get((brought(pairing), key), len(log) + 1) for key in keys), keys[0]

    taken: set[str] = set()
    for pairing in sorted(pairings, key=noted):
        number = brought(pairing)
        if number in taken:
            highest += 1
            number = risk_number(highest)
        taken.update([number] if number else [])
        if pairing.merged:
            pairing.merged = replace(pairing.merged, number=number)
        log = [*log, *_renumbered(pairing, log)]
        log = [*log, *_brought_together(pairing, log)]
    return highest, log


def _renumbered(pairing: _Pairing, log: Sequence[LogEntry]) -> Iterator[LogEntry]:
    """Yield an entry for each number that a decision had on a side and no longer has, unless the log says so."""
    decision = pairing.merged
    if decision is None:
        return
    told = {entry.before for entry in log if entry.act is Act.RENUMBERED and entry.risk == decision.number}
    old = [number for number in pairing.numbers if number != decision.number and number not in told]
    for number in old:
        log = [*log, Occasion().next_in(log, Act.RENUMBERED, decision.findings, risk=decision.number, before=number)]
        yield log[-1]


def _brought_together(pairing: _Pairing, log: Sequence[LogEntry]) -> Iterator[LogEntry]:
    """Yield an entry for a decision that is neither side's as it stands."""
    decision = pairing.merged
    if decision is None or pairing.ours is None or pairing.theirs is None:
        return
    sides = said(pairing.ours), said(pairing.theirs)
    if said(decision) not in sides:
        more = {"risk": decision.number, "what": said(decision), "before": " | ".join(sorted(sides))}
        yield Occasion().next_in(log, Act.MERGED, decision.findings, **more)
