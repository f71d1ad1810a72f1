"""Hand-over (3.2): what could not be resolved by those who build a system goes to those who run it, and stays there.

A bundle is a file of its own format; beside it goes a notice for people, in Markdown. Who takes a bundle over trusts
nothing in it: it is read like any file, and whatever it says is shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from nbthreat.base.errors import RegisterError, quoted
from nbthreat.base.risk import Level, Rating
from nbthreat.base.text import escape_markdown
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Advice, Audience, Inherited, Occasion, Register, Risk, Standing
from nbthreat.system.changes import fingerprint
from nbthreat.system.model import ID_RULE, bad_id
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Finding, State

_SLUG = "[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_KEY = re.compile(rf"{_SLUG}@{_SLUG}(?:/{_SLUG}){{0,8}}")
_NO_REASON = "Nothing was decided about it yet."
_AUDIENCES = {Audience.OPERATOR: "For those who run the system", Audience.END_USER: "For those who use it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """A threat that is handed over unresolved. Likelihood and impact are rated where it was found, with no control.

    Raises RegisterError where its key is none of a finding.
    """

    key: str  # of the finding there
    title: str
    part: str = ""  # what people there call the part it is about
    likelihood: Level
    impact: Level
    summary: str = ""
    reason: str = ""  # why it is not resolved
    expects: tuple[str, ...] = ()  # what those who take it over are expected to do
    advice: tuple[Advice, ...] = ()

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise RegisterError(f"{quoted(self.key)} is no key of a finding, such as 'evasion@model'.")

    @property
    def level(self) -> Level:
        """The level of risk, from the same grid as all."""
        return Rating(likelihood=self.likelihood, impact=self.impact).level


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What is handed over about one version of a system: its unresolved threats, by key.

    Raises RegisterError where the supplier is no id, or a threat is in it twice.
    """

    supplier: str  # id of the system
    name: str
    version: str = ""
    by: str = ""  # the role or team that answers for it
    on: date
    library: str = ""  # name and version of the threat library
    system: str = ""  # fingerprint of the drawing
    threats: tuple[Unresolved, ...] = ()

    def __post_init__(self) -> None:
        if bad_id(self.supplier):
            raise RegisterError(f"{quoted(self.supplier)} is no id of a system: {ID_RULE}.")
        keys = [unresolved.key for unresolved in self.threats]
        if len(set(keys)) < len(keys):
            raise RegisterError("a threat is handed over twice.")


def handover(assessment: Assessment) -> Handover:
    """Return what a system hands over.

    That is each finding that is open and not set aside, each for which somebody wrote advice, and what the system
    itself inherited and nobody has decided. Raises RegisterError where something it inherited has come too many ways.
    """
    system, library = assessment.system, assessment.library
    return Handover(
        supplier=system.id,
        name=system.name,
        version=system.version,
        by=system.owner,
        on=assessment.today,
        library=f"{library.name} {library.version}",
        system=fingerprint(system),
        threats=tuple(_unresolved(assessment)),
    )


def _unresolved(assessment: Assessment) -> Iterator[Unresolved]:
    labels = assessment.system.labels()
    for risk in assessment.risks:
        rating = risk.inherent
        if rating is None or not _handed_over(risk):
            continue
        finding, taken, decision = risk.finding, risk.inherited, risk.decision
        yield Unresolved(
            key=risk.key,
            title=risk.title,
            part=labels.get(finding.subject, finding.subject) if finding else taken.part if taken else "",
            likelihood=rating.likelihood,
            impact=rating.impact,
            summary=finding.threat.summary if finding else taken.summary if taken else "",
            reason=decision.rationale if decision else taken.reason if taken else _NO_REASON,
            expects=_expected(finding, assessment.library) if finding else taken.expects if taken else (),
            advice=decision.communicate if decision else taken.advice if taken else (),
        )


def _handed_over(risk: Risk) -> bool:
    if risk.standing in (Standing.SET_ASIDE, Standing.NO_LONGER_FOUND):
        return False
    if risk.decision and risk.decision.communicate:
        return True
    return risk.standing is Standing.INHERITED or (risk.finding is not None and risk.finding.state is State.OPEN)


def _expected(finding: Finding, library: Library) -> tuple[str, ...]:
    """Return what would stand against a finding or lower it, by the names people use, in alphabetical order."""
    return tuple(sorted(library.controls[atom.name].name for atom in finding.threat.defences))


def take(register: Register, bundle: Handover, *, by: str, on: date) -> Register:
    """Return a register with what a bundle hands over as inherited risks, which stay until somebody decides.

    A later bundle of the same supplier takes the place of the earlier: what it no longer tells is marked as withdrawn.
    Raises RegisterError where a system would take over its own.
    """
    if bundle.supplier == register.system:
        raise RegisterError(f"{quoted(bundle.supplier)} cannot take over what it handed over itself.")
    risks = []
    for unresolved in bundle.threats:
        threat, _, place = unresolved.key.partition("@")
        risks.append(
            Inherited(
                key=f"{threat}@{bundle.supplier}/{place}",
                title=unresolved.title,
                supplier=bundle.supplier,
                version=bundle.version,
                part=unresolved.part,
                likelihood=unresolved.likelihood,
                impact=unresolved.impact,
                summary=unresolved.summary,
                reason=unresolved.reason,
                expects=unresolved.expects,
                advice=unresolved.advice,
                on=on,
            )
        )
    return register.inheriting(bundle.supplier, risks, at=Occasion(on=on, by=by))


def unadvised(bundle: Handover) -> tuple[str, ...]:
    """Return the keys of the threats for which nobody wrote what to do."""
    return tuple(unresolved.key for unresolved in bundle.threats if not unresolved.advice)


def notice(bundle: Handover) -> str:
    """Return a bundle for people to read, as Markdown in which nothing of its text is markup."""
    md = escape_markdown
    version = f", version {md(bundle.version)}" if bundle.version else ""
    by = f" by {md(bundle.by)}" if bundle.by else ""
    lines = [
        f"# What remains to be dealt with: {md(bundle.name)}{version}",
        "",
        f"Handed over{by} on {bundle.on.isoformat()}: what the system itself does not resolve.",
        "It stays with those who run the system until they decide about each.",
    ]
    for unresolved in sorted(bundle.threats, key=lambda threat: (-threat.level, threat.key)):
        lines += [
            "",
            f"## {md(unresolved.title)}",
            "",
            f"- Where: {md(unresolved.part or unresolved.key.partition('@')[2])}",
            (
                f"- Risk: {unresolved.level.label} "
                f"(likelihood {unresolved.likelihood.label}, impact {unresolved.impact.label})"
            ),
            f"- What may happen: {md(unresolved.summary) or 'not described'}",
            f"- Why it is not resolved: {md(unresolved.reason) or 'not said'}",
        ]
        if unresolved.expects:
            lines.append(f"- What would stand against it: {md('; '.join(unresolved.expects))}")
        lines += [f"- {_AUDIENCES[advice.to]}: {md(advice.text)}" for advice in unresolved.advice]
        if not unresolved.advice:
            lines.append("- What to do: nobody wrote advice yet. Ask those who handed it over.")
    return "\n".join(lines) + "\n"
