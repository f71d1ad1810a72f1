"""What can be said of a risk: a decision and its parts, or why a finding does not apply.

Each is a value that is right or cannot be: what could not stand raises RegisterError. Likelihood, impact and levels run
from 1 (very low) to 5 (very high). Whoever says something is a role or a team, never a person's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any

from nbthreat.base.enums import convert_enums
from nbthreat.base.errors import RegisterError, quoted
from nbthreat.base.risk import Level, Rating
from nbthreat.threats.library import Cost

_WIDEST = 1e9
NUMBER = re.compile(r"R-(?!0+$)[0-9]{3,9}")


def risk_number(n: int) -> str:
    """Return the n-th number of a risk, from 1: 'R-001'."""
    return f"R-{n:03}"


def check_enums(record: Any) -> None:
    """Replace each text in a field of an enum by its member. Raises RegisterError for a text that is none."""
    problems = convert_enums(record)
    if problems:
        key = getattr(record, "key", "")
        about = f"{quoted(key)}: " if key else ""
        raise RegisterError(about + " ".join(problem.message for problem in problems), place=problems[0].place)


class Treatment(StrEnum):
    """What is done about a risk (ISO 31000, 6.5)."""

    MITIGATE = "mitigate"
    ACCEPT = "accept"  # needs an approver and an end
    TRANSFER = "transfer"
    AVOID = "avoid"


class Confidence(StrEnum):
    """How well founded a rating is."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Audience(StrEnum):
    """Who has to know of a risk that the developer cannot resolve (3.2)."""

    OPERATOR = "operator"
    END_USER = "end-user"


class Marking(IntEnum):
    """Who may see something: the labels of the Traffic Light Protocol 2.0 (FIRST, 2022), the widest audience first."""

    CLEAR = 0  # everybody
    GREEN = 1  # the community, not in public
    AMBER = 2  # the organisation and its clients, who need to know
    AMBER_STRICT = 3  # the organisation only
    RED = 4  # the people it is handed to

    @property
    def label(self) -> str:
        """As it is printed: 'TLP:AMBER+STRICT'."""
        return f"TLP:{self.name.replace('_', '+')}"

    @classmethod
    def of(cls, text: str) -> Marking:
        """Return the marking that a label says, with or without 'TLP:'. What is no label of the protocol is RED."""
        name = text.strip().upper().removeprefix("TLP:").replace("+", "_")
        return cls[name] if name in cls.__members__ else cls.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who took a risk as it is, why, and until when."""

    approver: str  # a role
    on: date
    expires: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """The rating that people expect once the plan is done, and why it is lower than the current one."""

    likelihood: Level
    impact: Level
    because: str = ""

    def __post_init__(self) -> None:
        check_enums(self)

    @property
    def rating(self) -> Rating:
        """The same as a rating; its level is read from the same grid."""
        return Rating(likelihood=self.likelihood, impact=self.impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What an operator or an end-user is told of a risk, in plain words: what may happen and what to do."""

    to: Audience
    text: str
    told: date | None = None  # None where it still has to be told

    def __post_init__(self) -> None:
        check_enums(self)
        if not self.text.strip():
            raise RegisterError(f"advice to the {self.to.value} says nothing. Write what may happen and what to do.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """What somebody outside vouches for (3.3): the certificate, report or contract, whose it is, and until when."""

    what: str
    by: str  # the party outside
    expires: date

    def __post_init__(self) -> None:
        if not self.what.strip() or not self.by.strip():
            raise RegisterError("an assurance needs what is assured, and by whom.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How often and how much, each as (low, high): the truth lies between them with 90 % confidence.

    Raises RegisterError where there is no such range, or one so wide that it says nothing.
    """

    frequency: tuple[float, float]  # events a year, at most a million
    loss: tuple[float, float]  # of one event, in the money of the register, at most 10^15

    def __post_init__(self) -> None:
        for name, (low, high), most in (("frequency", self.frequency, 1e6), ("loss", self.loss, 1e15)):
            if not 0 < low <= high <= most:
                raise RegisterError(
                    f"{name} must be [low, high], above 0, low not above high, high at most {most:,.0f}."
                )
            if high / low > _WIDEST:
                raise RegisterError(f"{name} from {low:g} to {high:g} says nothing. Give a narrower range.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Numbers for a risk, where somebody wants them: without the treatment, and with it."""

    inherent: Spread
    residual: Spread | None = None  # None: the treatment changes neither
    factor: str = ""  # risks that name the same one rise and fall together


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one finding or several together. Raises RegisterError where it could not stand.

    >>> both = Decision(key="evasion@model", keys=("evasion@copy",), treatment="avoid", owner="Team", rationale="Off.")
    >>> both.findings
    ('evasion@model', 'evasion@copy')
    """

    key: str
    keys: tuple[str, ...] = ()  # of further findings under the same decision
    number: str = ""  # R-001; given by the register, once
    title: str = ""  # of the threat, so that the line can be read when the finding is gone
    treatment: Treatment
    owner: str  # a role or a team
    due: date | None = None
    rationale: str
    by: str = ""  # the role that decided
    on: date | None = None
    acceptance: Acceptance | None = None
    residual: Residual | None = None
    confidence: Confidence | None = None
    plan: str = ""
    cost: Cost | None = None
    communicate: tuple[Advice, ...] = ()
    assurance: tuple[Assurance, ...] = ()
    estimate: Estimate | None = None
    marking: str = ""  # a label of the Traffic Light Protocol: who may learn of the risk at all

    def __post_init__(self) -> None:
        check_enums(self)
        if self.treatment is Treatment.ACCEPT and self.acceptance is None:
            raise RegisterError(f"{quoted(self.key)}: to accept a risk takes an acceptance: approver, reason and end.")
        if self.acceptance and self.acceptance.expires <= self.acceptance.on:
            raise RegisterError(f"{quoted(self.key)}: the acceptance ends before it begins.")
        if not self.owner.strip() or not self.rationale.strip():
            raise RegisterError(f"{quoted(self.key)}: a decision needs an owner and a rationale.")
        if self.number and not NUMBER.fullmatch(self.number):
            raise RegisterError(f"{quoted(self.key)}: {quoted(self.number)} is no number of a risk, such as R-001.")
        if len({*self.findings}) != len(self.findings):
            raise RegisterError(f"{quoted(self.key)}: a decision names a finding twice.")

    @property
    def audience(self) -> Marking:
        """Who may learn of it at all; everybody where nobody said, so far as the register's own marking goes."""
        return Marking.of(self.marking) if self.marking else Marking.CLEAR

    @property
    def findings(self) -> tuple[str, ...]:
        """The keys of all findings it is about, the first one leading."""
        return (self.key, *self.keys)

    def lapsed(self, today: date) -> bool:
        """Return whether an acceptance has run out, or an assurance that it leans on."""
        ends = [item.expires for item in (self.acceptance, *self.assurance) if item]
        return bool(ends) and min(ends) < today


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
