"""What can be said in a register besides decisions: reviews, tolerance, inherited risks, entries of the log.

Each is a value that is right or cannot be, as decisions are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from nbthreat.base.errors import RegisterError, quoted
from nbthreat.base.risk import Level, Rating
from nbthreat.decisions.register.decisions import Advice, check_enums
from nbthreat.system.model import FrozenMap, Setting
from nbthreat.threats.library import Pack


class Trigger(StrEnum):
    """What asks for another look before the next review is due."""

    MODEL = "model"
    DATA = "data"
    TOOL = "tool"
    CONFIGURATION = "configuration"
    INCIDENT = "incident"
    NEW_THREAT = "new-threat"


class Effect(StrEnum):
    """What a change means for the findings it touches."""

    NONE = "no effect"  # needs a reason
    REASSESSED = "re-assessed"


class Act(StrEnum):
    """What was done to a register."""

    DECIDED = "decided"
    SET_ASIDE = "set aside"
    REOPENED = "reopened"
    REVIEWED = "reviewed"
    EXCLUDED = "excluded"  # a provision that does not apply
    ANSWERED = "answered"  # what a change means
    TOLERATED = "tolerated"  # appetite and tolerance
    SCHEDULED = "scheduled"
    MARKED = "marked"  # who may see it
    ACKNOWLEDGED = "acknowledged"  # what looks like a credential and is none
    SIGNED = "signed"  # the register as it then was, with this entry
    INHERITED = "inherited"
    UNDONE = "undone"
    REDONE = "redone"
    RENUMBERED = "renumbered"
    MERGED = "merged"  # what two sides said of one risk, brought together


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A provision that does not apply here, with the reason and who says so."""

    provision: str
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """When somebody last looked at the whole model, and what it was then. Older files hold only the first five."""

    on: date
    by: str
    system: str  # fingerprint of the system
    library: str  # SHA-256 of the library
    things: FrozenMap[str] = field(default_factory=FrozenMap)  # short fingerprint by id
    names: FrozenMap[str] = field(default_factory=FrozenMap)  # by id, where there is one
    settings: FrozenMap[Setting] = field(default_factory=FrozenMap)  # 'element.setting' → its value
    technologies: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # of assets
    found: FrozenMap[str] = field(default_factory=FrozenMap)  # what was found: key → state
    packs: tuple[Pack, ...] = ()  # that the library was read with


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswer:
    """What somebody says that one change means for the findings it touches: it holds while the change is as it is.

    Raises RegisterError for 'no effect' without a reason.
    """

    key: str  # of the difference
    before: str
    after: str
    effect: Effect
    because: str = ""
    by: str
    on: date

    def __post_init__(self) -> None:
        check_enums(self)
        if self.effect is Effect.NONE and not self.because.strip():
            raise RegisterError(f"{quoted(self.key)}: that a change has no effect needs a reason.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """What risk is taken without a word, and above which level somebody has to decide; by role and dated.

    Raises RegisterError where more is taken than tolerated.
    """

    appetite: Level = Level.LOW
    tolerance: Level = Level.MODERATE
    statement: str = ""
    by: str
    on: date

    def __post_init__(self) -> None:
        check_enums(self)
        if self.appetite > self.tolerance:
            raise RegisterError("the appetite for risk cannot be greater than the tolerance.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the model is looked at next at the latest, and what asks for it earlier."""

    next: date
    triggers: tuple[Trigger, ...] = ()
    by: str
    on: date

    def __post_init__(self) -> None:
        check_enums(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who may see the register, and words that no public form of it may hold; by role and dated.

    What the records say of a provision may tell which control is missing: everybody is told only of those in
    `verdicts`.
    """

    marking: str  # a label of the Traffic Light Protocol; what is none is taken for TLP:RED
    private: tuple[str, ...] = ()  # terms beyond the names in the drawing: a customer, a project, a host
    verdicts: tuple[str, ...] = ()  # provisions of which everybody is told what the records say
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Something that looks like a credential and is none, with the reason and who says so; never the value itself.

    Raises RegisterError without a reason or a role.
    """

    digest: str  # of the value, with its salt
    where: str  # it stood when it was acknowledged: 'drawing.elements.a.name'
    what: str  # it looks like
    reason: str
    by: str
    date: date

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise RegisterError(f"{quoted(self.where)}: that this is no credential needs a reason, and a role.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """A risk that a supplier could not resolve and handed over (3.2): here it stays until somebody decides."""

    key: str  # 'threat@supplier/part', which no finding can have
    title: str
    supplier: str  # id of the supplier's system
    version: str = ""  # of the supplier's system
    part: str = ""  # what people there call the part it is about
    likelihood: Level
    impact: Level
    summary: str = ""
    reason: str = ""  # why it is not resolved there
    expects: tuple[str, ...] = ()  # what the supplier expects to be done here
    advice: tuple[Advice, ...] = ()
    on: date  # when it was taken over
    withdrawn: date | None = None  # when the supplier no longer told it

    def __post_init__(self) -> None:
        check_enums(self)
        threat, _, place = self.key.partition("@")
        if not threat or not place.startswith(f"{self.supplier}/"):
            raise RegisterError(f"{quoted(self.key)}: the key of an inherited risk is 'threat@supplier/part'.")

    @property
    def rating(self) -> Rating:
        """How the supplier rates it."""
        return Rating(likelihood=self.likelihood, impact=self.impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of the log: what was done, about what, by whom and why, of which drawing and which library."""

    number: int  # 1, 2, 3 …
    on: date | None = None
    by: str = ""
    act: Act
    about: tuple[str, ...] = ()  # keys of findings, or a provision, or of a change
    risk: str = ""  # the number of the risk
    what: str = ""  # everything that was said
    before: str = ""  # everything that it takes the place of
    why: str = ""
    system: str = ""  # fingerprint of the drawing
    library: str = ""  # SHA-256 of the library

    def __post_init__(self) -> None:
        check_enums(self)
