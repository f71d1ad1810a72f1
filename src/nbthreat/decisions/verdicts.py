"""Verdicts: what the records say of each provision of the Code.

They are given only where records can decide. Missing records make a provision *inconclusive*, and where the drawing
shows nothing that it is about, that is what is said: nothing is satisfied by absence. What the Code merely recommends
is never reported as a failure; and a whole that is fine is not called so, for it is not ours to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.decisions.register import Register, Risk, Standing, counts, set_aside
from nbthreat.threats.conditions import All, Condition, ControlIs, Reach, Subject, requirements, walk
from nbthreat.threats.evaluation import paths
from nbthreat.threats.graph import members
from nbthreat.threats.library import Library, Modality, Provision
from nbthreat.threats.matching import UNSETTLED, Finding, Match, State


class Verdict(StrEnum):
    """What the records say of a provision."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not satisfied"
    INCONCLUSIVE = "inconclusive"
    NOTHING_DRAWN = "nothing of this kind is drawn"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One provision: what the records say, why, which findings touch it, and reasons for which it may not apply."""

    provision: Provision
    verdict: Verdict
    because: str
    findings: tuple[str, ...] = ()  # keys of the findings that cite it, without those mitigated or set aside
    controls: tuple[str, ...] = ()  # ids of the controls that are evidence for it
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What verdicts are read from."""

    match: Match
    pressing: tuple[Finding, ...]  # not mitigated, and set aside by nobody; the most pressing first
    register: Register
    risks: tuple[Risk, ...]  # the lines of the register
    stale: bool  # whether something changed that nobody has looked at
    changed: tuple[str, ...]  # the ids of what that is


def coverage(records: Records) -> tuple[Coverage, ...]:
    """Return what the records say of all 72 provisions, in the Code's order."""
    principles = records.match.library.principles
    return tuple(_covered(provision, records) for principle in principles for provision in principle.provisions)


def _covered(provision: Provision, records: Records) -> Coverage:
    verdict, because = _verdict(provision, records)
    answer = records.match.evaluation.answer
    offers = tuple(offer.because for offer in provision.not_applicable_when if answer(offer.when, Subject.SYSTEM)[0])
    if offers and verdict is Verdict.SATISFIED:  # somebody has to say whether the duty arose at all
        verdict, because = Verdict.INCONCLUSIVE, "It may not apply here; somebody has to say so."
    if provision.modality is Modality.SHOULD and verdict is Verdict.NOT_SATISFIED:
        verdict, because = Verdict.INCONCLUSIVE, f"{because} The Code recommends it; this is advice."
    return Coverage(
        provision=provision,
        verdict=verdict,
        because=because,
        findings=tuple(finding.key for finding in records.pressing if provision.id in finding.threat.provisions),
        controls=tuple(
            sorted(
                control.id for control in records.match.library.controls.values() if provision.id in control.provisions
            )
        ),
        offers=offers,
    )


def _verdict(provision: Provision, records: Records) -> tuple[Verdict, str]:
    for entry in records.register.not_applicable:
        if entry.provision == provision.id:
            return Verdict.NOT_APPLICABLE, f"{entry.reason} (said by {entry.by}, {entry.on.isoformat()})"
    if provision.record:
        return _BY_RECORD[provision.record](records)
    if provision.satisfied_when is None:
        return Verdict.INCONCLUSIVE, "The drawing cannot tell; it needs a person's statement and its evidence."
    required = requirements(provision.satisfied_when)
    found = _by_parts(required, records) if required else _by_answer(provision.satisfied_when, records)
    unfinished = records.match.evaluation.unfinished.intersection(paths(provision.satisfied_when))
    if unfinished and found[0] is not Verdict.NOT_SATISFIED:
        return Verdict.INCONCLUSIVE, "It could not be followed to the end."
    return found


def _by_answer(condition: Condition, records: Records) -> tuple[Verdict, str]:
    """Return the verdict where the whole system has, or has not, what a provision asks for: the worst of any part."""
    found: dict[Verdict, list[str]] = defaultdict(list)
    for part in _conjuncts(condition):
        yes, maybe = records.match.evaluation.answer(part, Subject.SYSTEM)
        verdict = Verdict.SATISFIED if yes else Verdict.INCONCLUSIVE if maybe else Verdict.NOT_SATISFIED
        found[verdict].append(_controls(part, records.match.library))
    for verdict, words in _WORST_FIRST.items():
        if found[verdict]:
            return verdict, f"{words}: {', '.join(found[verdict])}."
    return Verdict.SATISFIED, f"Said of the whole system: {', '.join(found[Verdict.SATISFIED])}."


def _by_parts(required: Iterable[tuple[Condition, Condition]], records: Records) -> tuple[Verdict, str]:
    """Return the verdict where each of some parts needs something: the worst of any part, with those parts' names."""
    evaluation = records.match.evaluation
    found: dict[Verdict, list[str]] = defaultdict(list)
    unsure = 0
    for of, has in ((of, part) for of, together in required for part in _conjuncts(together)):
        surely, perhaps = evaluation.answer(of, Subject.ELEMENT)
        yes, maybe = evaluation.answer(has, Subject.ELEMENT)
        unsure |= perhaps & ~surely & ~yes
        what = _controls(has, records.match.library)
        for verdict, subjects in (
            (Verdict.NOT_SATISFIED, surely & ~maybe),
            (Verdict.INCONCLUSIVE, surely & maybe & ~yes),
            (Verdict.SATISFIED, surely & yes),
        ):
            if subjects:
                found[verdict].append(f"{what} ({_named(subjects, records)})")
    for verdict, words in _WORST_FIRST.items():
        if found[verdict]:
            return verdict, f"{words}: {', '.join(found[verdict])}."
    if unsure:
        return Verdict.INCONCLUSIVE, f"Not said: whether this is about {_named(unsure, records)}."
    if found[Verdict.SATISFIED]:
        return Verdict.SATISFIED, f"By what is drawn and said: {', '.join(found[Verdict.SATISFIED])}."
    return Verdict.NOTHING_DRAWN, "The drawing shows no part that this is about. Draw it, or say so, if that is wrong."


_WORST_FIRST = {Verdict.NOT_SATISFIED: "Said not to be there", Verdict.INCONCLUSIVE: "Not said to be there"}


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """Return what has to be so together, each part on its own, so that a sentence names no more than what lacks."""
    return condition.parts if isinstance(condition, All) else (condition,)


def _controls(condition: Condition, library: Library) -> str:
    """Return the names of the controls of which a condition asks for one: 'Rate limits or Run limits'."""
    asked = (part for part in walk(condition) if isinstance(part, ControlIs | Reach))
    ids = [id for part in asked for id in ((part.name,) if isinstance(part, ControlIs) else part.without)]
    return " or ".join(library.controls[id].name for id in dict.fromkeys(ids)) or "what it asks for"


def _named(subjects: int, records: Records) -> str:
    """Return what a set of elements is called: the first few names, and how many more there are."""
    ids = records.match.evaluation.ids(Subject.ELEMENT)
    names = [records.match.label(ids[n]) for n in members(subjects)]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


_NAMED = 6


def _every_finding_decided(records: Records) -> tuple[Verdict, str]:
    if not records.match.complete:
        return Verdict.INCONCLUSIVE, "Some threats could not be followed to the end."
    if not records.match.system.elements:
        return Verdict.NOTHING_DRAWN, "The drawing is empty, so that no threat could be found."
    waiting = [risk for risk in records.risks if _waits(risk)]
    unsettled, aside = _unsettled(records.risks), _aside(records.risks)
    if waiting or unsettled:
        return Verdict.INCONCLUSIVE, f"{len(waiting)} open findings without a decision, {unsettled} not settled.{aside}"
    if not records.risks:
        return Verdict.INCONCLUSIVE, "No threat of the library was found, so that nothing shows that somebody looked."
    if records.register.reviewed is None:
        return Verdict.INCONCLUSIVE, f"Every open finding has a decision, and no review is recorded yet.{aside}"
    when = records.register.reviewed.on.isoformat()
    return (
        Verdict.SATISFIED,
        f"{len(records.risks)} findings; every open one has a decision; reviewed on {when}.{aside}",
    )


def _changes_reviewed(records: Records) -> tuple[Verdict, str]:
    if records.stale:
        things = ", ".join(map(records.match.label, records.changed)) or "the library"
        return Verdict.NOT_SATISFIED, f"Changed and not looked at again: {things}."
    if records.register.reviewed is None:
        return Verdict.INCONCLUSIVE, "No review is recorded yet."
    if not records.match.system.elements:
        return Verdict.NOTHING_DRAWN, "The drawing is empty, so that nothing in it could change."
    return Verdict.SATISFIED, f"Nothing changed since the review of {records.register.reviewed.on.isoformat()}."


def _surplus_treated(records: Records) -> tuple[Verdict, str]:
    mine = [risk for risk in records.risks if risk.finding and "3.1.2" in risk.finding.threat.provisions]
    aside = _aside(mine)
    if any(_waits(risk) for risk in mine):
        return Verdict.NOT_SATISFIED, "A capability nobody needs is there, and nothing is decided about it."
    if _unsettled(mine):
        return Verdict.INCONCLUSIVE, f"Whether there are capabilities nobody needs has not been said.{aside}"
    providers = [element.id for element in records.match.system.elements if element.provides is not None]
    if not providers:
        return Verdict.INCONCLUSIVE, "No capabilities are recorded."
    names = ", ".join(map(records.match.label, providers))
    return (
        Verdict.SATISFIED,
        f"Every capability recorded at {names} is needed, closed off, or decided about.{aside}",
    )


def _risks_treated(records: Records) -> tuple[Verdict, str]:
    line = records.register.tolerance
    above = [risk for risk in records.risks if _waits(risk) and risk.current and risk.current.level > line]
    if above:
        return Verdict.NOT_SATISFIED, f"{len(above)} open risks above {line.label} have no treatment and no acceptance."
    remains = {
        risk.number
        for risk in records.risks
        if risk.decision and risk.decision.acceptance is None
        if risk.standing is Standing.DECIDED and risk.residual and risk.residual.level > line
    }
    if remains:
        return Verdict.NOT_SATISFIED, f"{len(remains)} risks stay above {line.label} and nobody accepted what remains."
    unexplained = {risk.number for risk in records.risks if risk.unexplained}
    if unexplained:
        return Verdict.NOT_SATISFIED, f"{len(unexplained)} residual ratings do not say because of what."
    aside = _aside(records.risks)
    unsettled = _unsettled(records.risks)
    if unsettled:
        return Verdict.INCONCLUSIVE, f"{unsettled} findings are possible or to clarify.{aside}"
    decided = {risk.number for risk in records.risks if risk.decision is not None}
    if not decided and not set_aside(records.risks):
        return Verdict.INCONCLUSIVE, "No decision about any risk is recorded."
    return (
        Verdict.SATISFIED,
        f"{len(decided)} decisions; no open risk above {line.label} is without treatment or acceptance.{aside}",
    )


def _unresolved_passed_on(records: Records) -> tuple[Verdict, str]:
    unresolved = [risk.key for risk in records.risks if _waits(risk)]
    if unresolved:
        return Verdict.INCONCLUSIVE, f"{len(unresolved)} open findings: tell operators and end-users, or resolve them."
    advice = [advice for decision in records.register.decisions for advice in decision.communicate]
    untold = sum(item.told is None for item in advice)
    if untold:
        return Verdict.INCONCLUSIVE, f"{untold} pieces of advice are written and not yet told."
    return Verdict.INCONCLUSIVE, "Whether operators and end-users were told needs a person's statement."


def _aside(risks: Iterable[Risk]) -> str:
    """Return a sentence on how many findings a verdict leaves out because somebody set them aside; '' if none."""
    count = len(set_aside(risks))
    return f" Set aside, with a reason: {count}." if count else ""


def _unsettled(risks: Iterable[Risk]) -> int:
    """Return how many findings are possible or to clarify."""
    found = counts(risks)
    return sum(found[state] for state in UNSETTLED)


def _waits(risk: Risk) -> bool:
    is_open = risk.inherited is not None or (risk.finding is not None and risk.finding.state is State.OPEN)
    return is_open and risk.standing in (Standing.NEW, Standing.INHERITED, Standing.LAPSED)


_BY_RECORD: Mapping[str, Callable[[Records], tuple[Verdict, str]]] = {
    "every-finding-decided": _every_finding_decided,
    "changes-reviewed": _changes_reviewed,
    "surplus-treated": _surplus_treated,
    "risks-treated": _risks_treated,
    "unresolved-passed-on": _unresolved_passed_on,
}
