"""The lines of a register: each finding beside what was decided about it, and how the two stand to each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from nbthreat.base.errors import RegisterError, hint, quoted
from nbthreat.base.risk import Level, Rating
from nbthreat.decisions.register.decisions import (
    Acceptance,
    Advice,
    Assurance,
    Confidence,
    Decision,
    Dismissal,
    Estimate,
    Residual,
    Treatment,
)
from nbthreat.decisions.register.register import Register
from nbthreat.decisions.register.values import Inherited
from nbthreat.decisions.register.wording import said
from nbthreat.system.changes import Change, Difference
from nbthreat.threats.library import Cost
from nbthreat.threats.matching import PRESSING, Finding, State

W = TypeVar("W", bound=Decision | Dismissal)

_NOTHING_REPLACED: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Standing(StrEnum):
    """How a line of the register stands to what is found now."""

    NEW = "new"  # found, nothing decided yet
    INHERITED = "inherited"  # handed over by a supplier, nothing decided yet
    DECIDED = "decided"
    LAPSED = "lapsed"  # the acceptance, or an assurance, has run out: decide again
    SET_ASIDE = "set aside"  # somebody said, with a reason, that it does not apply here
    NO_LONGER_FOUND = "no longer found"


@dataclass(frozen=True, slots=True)
class Risk:
    """A line of the register: a finding, what was decided about it, and how the two stand to each other.

    Findings that were decided together have a line each, with the same decision and so the same number.
    """

    key: str
    title: str
    finding: Finding | None
    decision: Decision | None
    standing: Standing
    dismissal: Dismissal | None = None
    inherited: Inherited | None = None
    formerly: tuple[str, ...] = ()  # what was decided under these keys, before their threat became several: look again

    @property
    def number(self) -> str:
        """R-001; empty where nothing was decided."""
        return self.decision.number if self.decision else ""

    @property
    def inherent(self) -> Rating | None:
        """The rating where it stands without what lowers it, or the supplier's; None where it is no longer found."""
        if self.finding:
            return self.finding.inherent
        return self.inherited.rating if self.inherited else None

    @property
    def current(self) -> Rating | None:
        """The rating with the controls that are there now: see `current_rating`."""
        return current_rating(self.finding) if self.finding else self.inherent

    @property
    def residual(self) -> Rating | None:
        """The rating that people expect once the plan is done; None where nobody said."""
        residual = self.decision.residual if self.decision else None
        return residual.rating if residual else None

    @property
    def unexplained(self) -> bool:
        """Whether the residual level is below the current one and nobody says why."""
        residual = self.decision.residual if self.decision else None
        return residual is not None and self.current is not None and _unexplained(residual, self.current)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What moved since the register last said something: the keys of each sort, sorted; together, all lines."""

    new: tuple[str, ...] = ()  # found or inherited, and not known from a decision or the last review
    gone: tuple[str, ...] = ()  # known, and no longer found
    unchanged: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()  # an acceptance or assurance ran out, or what stood against it no longer does

    def __str__(self) -> str:
        words = f"{len(self.new)} new, {len(self.gone)} gone, {len(self.unchanged)} unchanged"
        return words + (f", {len(self.reopened)} reopened" if self.reopened else "")


def current_rating(finding: Finding) -> Rating:
    """Return how a finding rates with the controls that are there: only what surely stands against it counts.

    A mitigated finding is very unlikely, and as bad as ever if it happens all the same; all others are as they were
    found, for a control that nobody mentioned is no control.
    """
    rating = finding.rating
    return Rating(likelihood=Level.VERY_LOW, impact=rating.impact) if finding.state is State.MITIGATED else rating


def reconcile(
    register: Register,
    findings: Iterable[Finding],
    *,
    today: date,
    replacements: Mapping[str, tuple[str, ...]] = _NOTHING_REPLACED,
) -> tuple[Risk, ...]:
    """Return a risk for each finding, inherited risk and decision, by key, each with how it stands today.

    What was said of a threat that another has replaced goes on under the new one's key. Where several replaced it,
    nothing said of it is said of any of them: each is new, and says under which keys something was said `formerly`.
    `replacements` are those of the library; where decisions about several threats would go on under one key, the last
    one made does. What moved is told by `movement`.

    >>> decision = Decision(key="old@model", treatment="avoid", owner="Team", rationale="Off.")
    >>> register = Register(system="chat").deciding(decision)
    >>> [(risk.key, risk.standing.value) for risk in reconcile(register, (), today=date(2026, 11, 30))]
    [('old@model', 'no longer found')]
    """
    found = {finding.key: finding for finding in findings}
    inherited = {inherited.key: inherited for inherited in register.inherited}
    known = {*found, *inherited}
    decided_keys = [(key, decision) for decision in register.decisions for key in decision.findings]
    set_aside_keys = [(dismissal.key, dismissal) for dismissal in register.set_aside]
    own = {key for key, _ in (*decided_keys, *set_aside_keys)}
    decisions, split = _carried(decided_keys, known, replacements, own)
    aside, also_split = _carried(set_aside_keys, known, replacements, own.union(decisions))
    formerly = {key: tuple(sorted({*split.get(key, ()), *also_split.get(key, ())})) for key in {*split, *also_split}}
    risks = []
    for key in sorted({*known, *decisions, *aside}):
        finding, decided, dismissal, taken = found.get(key), decisions.get(key), aside.get(key), inherited.get(key)
        if finding is None and (taken is None or taken.withdrawn):
            standing = Standing.NO_LONGER_FOUND
        elif dismissal is not None:
            standing = Standing.SET_ASIDE
        elif decided is None:
            standing = Standing.NEW if finding else Standing.INHERITED
        else:
            standing = Standing.LAPSED if decided.lapsed(today) else Standing.DECIDED
        title = (
            finding.threat.title if finding else next((item.title for item in (taken, decided, dismissal) if item), "")
        )
        former = formerly.get(key, ()) if standing is Standing.NEW else ()
        risks.append(Risk(key, title or key, finding, decided, standing, dismissal, taken, former))
    return tuple(risks)


def movement(register: Register, risks: Iterable[Risk]) -> Movement:
    """Return what moved between what a register knows, by its decisions and its last review, and its lines now."""
    reviewed = register.reviewed.found if register.reviewed else {}
    found: dict[str, list[str]] = {"new": [], "gone": [], "unchanged": [], "reopened": []}
    lines = {risk.key: risk for risk in risks}
    for key in sorted({*lines, *reviewed}):
        risk = lines.get(key)
        if risk is None or risk.standing is Standing.NO_LONGER_FOUND:
            sort = "gone"
        elif risk.standing is Standing.LAPSED or (reviewed.get(key) == State.MITIGATED and _stands(risk)):
            sort = "reopened"
        elif risk.standing in (Standing.NEW, Standing.INHERITED) and key not in reviewed:
            sort = "new"
        else:
            sort = "unchanged"
        found[sort].append(key)
    return Movement(**{sort: tuple(keys) for sort, keys in found.items()})


def badges(risks: Iterable[Risk]) -> dict[str, tuple[int, int, int]]:
    """Return how many findings are open, possible and to clarify at each thing, by its id.

    Those set aside do not count.
    """
    found: dict[str, tuple[int, int, int]] = {}
    for risk in risks:
        finding = risk.finding
        if finding is None or finding.state is State.MITIGATED or risk.standing is Standing.SET_ASIDE:
            continue
        before = found.get(finding.subject, (0, 0, 0))
        is_open, possible, unclear = (
            count + (finding.state is state) for count, state in zip(before, PRESSING, strict=True)
        )
        found[finding.subject] = (is_open, possible, unclear)
    return found


def set_aside(risks: Iterable[Risk]) -> dict[str, str]:
    """Return what was set aside, found here or inherited: the reason by key, in the order of the lines."""
    return {risk.key: risk.dismissal.reason for risk in risks if risk.standing is Standing.SET_ASIDE and risk.dismissal}


def counts(risks: Iterable[Risk]) -> dict[str, int]:
    """Return how many findings are in each state, and how many lines are 'set aside' and in no state."""
    lines = tuple(risks)
    found = Counter(risk.finding.state for risk in lines if risk.finding and risk.standing is not Standing.SET_ASIDE)
    return {**{state.value: found[state] for state in State}, Standing.SET_ASIDE.value: len(set_aside(lines))}


def counted(risks: Iterable[Risk]) -> str:
    """Return the counts as a line says them: '2 open, 5 possible, 0 to clarify, 1 mitigated'; '3 set aside' if any."""
    found = counts(risks)
    return ", ".join(f"{count} {name}" for name, count in found.items() if count or name != Standing.SET_ASIDE)


def decision_for(
    finding: Finding,
    treatment: Treatment | str,
    *,
    owner: str,
    rationale: str,
    keys: tuple[str, ...] = (),
    due: date | None = None,
    by: str = "",
    on: date | None = None,
    acceptance: Acceptance | None = None,
    residual: Residual | None = None,
    confidence: Confidence | None = None,
    plan: str = "",
    cost: Cost | None = None,
    communicate: tuple[Advice, ...] = (),
    assurance: tuple[Assurance, ...] = (),
    estimate: Estimate | None = None,
    marking: str = "",
) -> Decision:
    """Return a decision about a finding, and about those of `keys` with it.

    Raises RegisterError where it could not stand: among others, a residual level below the current one that does not
    say because of what.

    >>> from nbthreat.decisions.assessment import assess
    >>> from nbthreat.system.model import Element, System
    >>> system = System(id="desk", name="Desk", elements=(Element(id="model", technology="hosted-llm"),))
    >>> finding = assess(system).findings[0]
    >>> decision = decision_for(finding, "avoid", owner="Team", rationale="Off.")
    >>> decision.key == finding.key, decision.treatment.value
    (True, 'avoid')
    """
    try:
        kind = Treatment(treatment)
    except ValueError:
        known = [treatment.value for treatment in Treatment]
        raise RegisterError(f"unknown treatment {quoted(treatment)}.{hint(str(treatment), known)}") from None
    decision = Decision(
        key=finding.key,
        keys=keys,
        title=finding.threat.title,
        treatment=kind,
        owner=owner,
        due=due,
        rationale=rationale,
        by=by,
        on=on,
        acceptance=acceptance,
        residual=residual,
        confidence=confidence,
        plan=plan,
        cost=cost,
        communicate=communicate,
        assurance=assurance,
        estimate=estimate,
        marking=marking,
    )
    return explained(decision, current_rating(finding))


def explained(decision: Decision, current: Rating) -> Decision:
    """Return a decision about what now rates `current`.

    Raises RegisterError where its residual level is below the current one and it does not say because of what.
    """
    residual = decision.residual
    if residual and _unexplained(residual, current):
        levels = f"{residual.rating.level.label}, is below the current one, {current.level.label}"
        raise RegisterError(f"{quoted(decision.key)}: the residual level, {levels}. Say because of what.")
    return decision


def touched(changes: Iterable[Change | Difference], findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the keys of the findings that stand on something that changed: their subject, or a step of their path."""
    changed = {change.subject for change in changes}
    return tuple(
        finding.key
        for finding in findings
        if finding.state is not State.MITIGATED and changed.intersection((finding.subject, *finding.path))
    )


def unlogged(register: Register) -> tuple[str, ...]:
    """Return the keys of findings whose decision, or reason for not applying, no entry of the log tells, sorted.

    What the log does not tell was written into the file past it.

    >>> decided = Decision(key="evasion@model", treatment=Treatment.AVOID, owner="Team", rationale="Off.")
    >>> unlogged(Register(system="chat").deciding(decided))
    ()
    >>> unlogged(Register(system="chat", decisions=(decided,)))
    ('evasion@model',)
    """
    told = {(key, _dated(entry.what)) for entry in register.log for key in entry.about}
    words: list[tuple[str, Decision | Dismissal]] = [
        *((key, decision) for decision in register.decisions for key in decision.findings),
        *((dismissal.key, dismissal) for dismissal in register.set_aside),
    ]
    return tuple(sorted({key for key, word in words if (key, _dated(said(word))) not in told}))


def _dated(text: str) -> str:
    """Return what an entry says as it is said now: days were once said with another word."""
    return _DAY_ONCE.sub("date ", text)


_DAY_ONCE = re.compile(r"(?<=[(; ])on (?=[0-9]{4}-[0-9]{2}-[0-9]{2}\b)")


def replacement_keys(key: str, replacements: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the keys that a finding has under the threats that replaced its own; none where none did.

    >>> replacement_keys("old@model", {"old": ("new", "other")})
    ('new@model', 'other@model')
    """
    threat, _, subject = key.partition("@")
    return tuple(f"{new}@{subject}" for new in replacements.get(threat, ()))


def _carried(
    said: Iterable[tuple[str, W]],
    known: Collection[str],
    replacements: Mapping[str, tuple[str, ...]],
    taken: Collection[str],
) -> tuple[dict[str, W], dict[str, list[str]]]:
    """Return what was said by the key it stands at now; and where a threat became several, the old keys by the new.

    It stays at its own key where it is found, where nothing replaces it, or several do, and where something else is
    said of the replacement: under a key that is `taken`, or later.
    """
    listed = sorted(said, key=lambda pair: pair[1].on or date.min, reverse=True)
    carried = {key: word for key, word in listed if key in known}
    split: dict[str, list[str]] = {}
    for key, word in listed:
        if key in known:
            continue
        new = replacement_keys(key, replacements)
        if len(new) == 1 and new[0] in known and new[0] not in carried and new[0] not in taken:
            carried[new[0]] = word
            continue
        carried[key] = word
        for replacement in new if len(new) > 1 else ():
            split.setdefault(replacement, []).append(key)
    return carried, split


def _stands(risk: Risk) -> bool:
    return risk.finding is not None and risk.finding.state is not State.MITIGATED


def _unexplained(residual: Residual, current: Rating) -> bool:
    return residual.rating.level < current.level and not residual.because.strip()
