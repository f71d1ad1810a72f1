"""Verdicts: what the records say of each provision of the Code.

They are given only where records can decide. Missing records make a provision *inconclusive*; one that the Code merely
recommends is never reported as a failure; and a whole that is fine is not called so, for it is not ours to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.decisions.register import Register, Risk, Standing, counts, set_aside
from nbthreat.threats.conditions import Subject
from nbthreat.threats.evaluation import paths
from nbthreat.threats.library import Modality, Provision
from nbthreat.threats.matching import Finding, Match, State


class Verdict(StrEnum):
    """What the records say of a provision."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not satisfied"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One provision: what the records say, why, which findings touch it, and reasons for which it may not apply."""

    provision: Provision
    verdict: Verdict
    because: str
    findings: tuple[str, ...] = ()  # keys of the open and possible findings that cite it, without those set aside
    controls: tuple[str, ...] = ()  # ids of the controls that are evidence for it
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What verdicts are read from."""

    match: Match
    pressing: tuple[Finding, ...]  # open and possible ones that nobody set aside, the most pressing first
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
    if offers and verdict is Verdict.SATISFIED:  # a duty that never arose is not one that was met
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
    yes, maybe = records.match.evaluation.answer(provision.satisfied_when, Subject.SYSTEM)
    if yes:
        return Verdict.SATISFIED, "By what the drawing and the answers say."
    if maybe and records.match.evaluation.unfinished.intersection(paths(provision.satisfied_when)):
        return Verdict.INCONCLUSIVE, "It could not be followed to the end."
    if maybe:
        return Verdict.INCONCLUSIVE, "Something it hangs on has not been said."
    return Verdict.NOT_SATISFIED, "By what the drawing and the answers say."


def _every_finding_decided(records: Records) -> tuple[Verdict, str]:
    if not records.match.complete:
        return Verdict.INCONCLUSIVE, "Some threats could not be followed to the end."
    waiting = [risk for risk in records.risks if _waits(risk)]
    unsettled, aside = counts(records.risks)[State.POSSIBLE], _aside(records.risks)
    if waiting or unsettled:
        return Verdict.INCONCLUSIVE, f"{len(waiting)} open findings without a decision, {unsettled} not settled.{aside}"
    return Verdict.SATISFIED, f"Threats were analysed, and every open finding has a decision.{aside}"


def _changes_reviewed(records: Records) -> tuple[Verdict, str]:
    if records.stale:
        things = ", ".join(map(records.match.label, records.changed)) or "the library"
        return Verdict.NOT_SATISFIED, f"Changed and not looked at again: {things}."
    if records.register.reviewed is None:
        return Verdict.INCONCLUSIVE, "No review is recorded yet."
    return Verdict.SATISFIED, f"Nothing changed since the review of {records.register.reviewed.on.isoformat()}."


def _surplus_treated(records: Records) -> tuple[Verdict, str]:
    mine = [risk for risk in records.risks if risk.finding and "3.1.2" in risk.finding.threat.provisions]
    aside = _aside(mine)
    if any(_waits(risk) for risk in mine):
        return Verdict.NOT_SATISFIED, "A capability nobody needs is there, and nothing is decided about it."
    if counts(mine)[State.POSSIBLE]:
        return Verdict.INCONCLUSIVE, f"Whether there are capabilities nobody needs has not been said.{aside}"
    said = any(element.provides is not None for element in records.match.system.elements)
    if not said:
        return Verdict.INCONCLUSIVE, "No capabilities are recorded."
    return Verdict.SATISFIED, f"Every capability that is there is needed, closed off, or decided about.{aside}"


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
    if counts(records.risks)[State.POSSIBLE]:
        return Verdict.INCONCLUSIVE, f"Possible findings are not settled yet.{aside}"
    return Verdict.SATISFIED, f"No open risk above {line.label} is without a treatment or an acceptance.{aside}"


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
