"""The parts of a library, each a value: technologies, facts, controls, provisions, threats and their examples."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from nbthreat.base.errors import ModelError, Problem
from nbthreat.base.risk import Level, Rating, Stakes
from nbthreat.system.documents import nodes
from nbthreat.system.model import Answers, Asset, Element, Flow, FrozenMap, Lifecycle, System, TrustBoundary
from nbthreat.threats import conditions
from nbthreat.threats.conditions import Condition, Reach, Subject
from nbthreat.threats.evaluation import Atom, atoms

PIECES = re.compile(r", | and ")
"""What stands between the parts of a tool where `what` names them."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = frozenset({"subject", "source", "path", "assets", "boundaries"})
PATH_PLACEHOLDERS = frozenset({"source", "path"})
RECORDS = frozenset(
    {"every-finding-decided", "changes-reviewed", "surplus-treated", "risks-treated", "unresolved-passed-on"}
)
"""What a register can be asked about a provision; `decisions.verdicts` gives the answers."""


class Shape(StrEnum):
    """What a technology is in a data-flow diagram."""

    PROCESS = "process"
    STORE = "store"
    EXTERNAL = "external"


class Status(StrEnum):
    """How far a threat has come."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    RETIRED = "retired"


class Stride(StrEnum):
    """STRIDE, the six classic families."""

    SPOOFING = "spoofing"
    TAMPERING = "tampering"
    REPUDIATION = "repudiation"
    INFORMATION_DISCLOSURE = "information-disclosure"
    DENIAL_OF_SERVICE = "denial-of-service"
    ELEVATION_OF_PRIVILEGE = "elevation-of-privilege"


class Harm(StrEnum):
    """What is lost."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"
    PRIVACY = "privacy"
    SAFETY = "safety"
    FAIRNESS = "fairness"
    FINANCIAL = "financial"
    ACCOUNTABILITY = "accountability"


class Modality(StrEnum):
    """How strongly the Code puts a provision."""

    SHALL = "shall"
    SHOULD = "should"


class Party(StrEnum):
    """Whom a provision obliges."""

    DEVELOPER = "developer"
    SYSTEM_OPERATOR = "system-operator"
    DATA_CUSTODIAN = "data-custodian"
    END_USER = "end-user"
    ORGANISATION = "organisation"


class Respondent(StrEnum):
    """Who is likely to know whether a control is there."""

    DEVELOPER = "developer"
    OPERATOR = "operator"
    CUSTODIAN = "custodian"


class Cost(StrEnum):
    """What a control takes to put in place: days, weeks, months."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """A kind of part an AI system can have."""

    id: str
    name: str
    what: str
    within: str | None = None
    shape: Shape | None = None  # said at the root
    generic: bool = False  # nobody has said which kind
    distinct: bool = False  # a generic kind above it never stands for it
    relays: bool | None = None
    keeps: bool | None = None
    transparent: bool | None = None  # conditions on neighbours look through it


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetKind:
    """A kind of thing worth protecting."""

    id: str
    name: str
    what: str
    within: str | None = None
    generic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Something a model can do, needed or not."""

    id: str
    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that is so or not, that a drawing cannot show."""

    id: str
    name: str
    what: str
    question: str
    of: tuple[str, ...]
    implied_by: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    implied_in: tuple[Lifecycle, ...] = ()  # phases that say it already, where nobody says otherwise
    denied_in: tuple[Lifecycle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something that stands against threats."""

    id: str
    name: str
    what: str
    question: str
    ask: Respondent
    of: tuple[str, ...]
    cost: Cost
    evidence: str
    provisions: tuple[str, ...]
    references: FrozenMap[tuple[str, ...]] = field(default_factory=FrozenMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A condition with a name."""

    id: str
    what: str
    when: nodes.Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A reason for which a provision may not apply; a person takes it or not."""

    when: Condition
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One of the Code's 72 provisions, in our words, under both numberings."""

    id: str
    etsi: str
    modality: Modality
    obliged: tuple[Party, ...]
    summary: str
    evidence: tuple[str, ...]
    satisfied_when: Condition | None = None
    not_applicable_when: tuple[Offer, ...] = ()
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """One of the Code's 13 principles."""

    principle: int
    title: str
    phase: str
    provisions: tuple[Provision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A published catalogue: the ids of one edition, to check references against."""

    id: str
    name: str
    edition: str = ""
    source: str
    ids: FrozenMap[str]
    formerly: FrozenMap[str] = field(default_factory=FrozenMap)  # id of an earlier edition → its id in this one


class Ground(StrEnum):
    """Why no threat cites an id of a catalogue."""

    ATTACKER_TRADECRAFT = "attacker-tradecraft"  # what attackers do on their own ground, before or after they come
    OUTSIDE_THE_DRAWING = "outside-the-drawing"  # it happens to people or places that no drawing of a system shows
    TRADITIONAL_IT = "traditional-it"  # as in any system; what stands against it has nothing to do with AI
    CONSEQUENCE = "consequence"  # what follows when one of the threats comes true
    ACCESS = "access"  # a way in that the drawing shows already, and no harm in itself
    NOT_A_THREAT = "not-a-threat"  # a chapter, or a control under an ordinary title
    NOT_YET = "not-yet"  # a threat is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Ids of a catalogue that no threat need cite, and why."""

    catalogue: str
    ids: tuple[str, ...]  # each stands for what is under it as well
    ground: Ground
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Omissions:
    """All that is left out of the catalogues on purpose."""

    omissions: tuple[Omission, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatRating:
    """How a threat rates before anybody looked at this system."""

    likelihood: Level
    impact: Level
    why: str
    stakes: bool = False  # the harm comes about through what the system is used for

    def of(self, stakes: Stakes | None) -> Rating:
        """Return the rating where these are at stake."""
        rating = Rating(likelihood=self.likelihood, impact=self.impact)
        return rating.in_context(stakes) if self.stakes else rating


class Scale(StrEnum):
    """What a rating is read from."""

    LIKELIHOOD = "likelihood"
    IMPACT = "impact"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingStep:
    """A circumstance that moves a rating by one step, and of which threats; a condition that is not known moves none.

    Raises ModelError where it does not say one of `raises` and `lowers`.
    """

    id: str
    raises: Scale | None = None
    lowers: Scale | None = None
    subject: Subject = Subject.ELEMENT
    stride: tuple[Stride, ...] = ()  # of threats of one of these families; of all where none is named
    harms: tuple[Harm, ...] = ()  # and that cost one of these
    when: nodes.Node
    because: str

    def __post_init__(self) -> None:
        if (self.raises is None) is (self.lowers is None):
            raise ModelError([Problem(("raises",), "a step either raises or lowers; say one of them.")])

    @property
    def scale(self) -> Scale:
        """What it moves."""
        return self.raises or self.lowers or Scale.LIKELIHOOD

    def of(self, threat: Threat) -> bool:
        """Return whether it is about a threat."""
        return (
            self.subject is threat.subject
            and (not self.stride or not set(self.stride).isdisjoint(threat.stride))
            and (not self.harms or not set(self.harms).isdisjoint(threat.harms))
        )


@dataclass(frozen=True, slots=True)
class Circumstance:
    """A rating step with its condition, as it is asked."""

    step: RatingStep
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Test_:  # noqa: N801 - pytest would collect `Test`
    """What exercises a threat."""

    tool: str
    parts: tuple[str, ...] = ()  # what the tool itself calls them, so that its results can be joined
    what: str = ""

    def named(self, known: Collection[str]) -> tuple[str, ...]:
        """Return the parts of the tool that are run, of those it has: as listed, or else as `what` names them.

        >>> Test_(tool="garak", parts=("promptinject", "dan")).named(["dan", "promptinject"])
        ('promptinject', 'dan')
        >>> Test_(tool="garak", what="dan and encoding, before and after tuning").named(["dan", "encoding"])
        ('dan', 'encoding')
        """
        return self.parts or tuple(part for part in PIECES.split(self.what) if part in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An incident or a study in which a threat came true."""

    what: str
    source: str  # an id that `checking` knows the shape of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The tools that threats may name, each with what it calls its parts; no parts where those have no names."""

    tools: FrozenMap[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A tiny system and what a threat must say of it."""

    what: str
    at: str = ""
    expects: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    stakes: Stakes | None = None
    facts: Answers = field(default_factory=FrozenMap)
    controls: Answers = field(default_factory=FrozenMap)
    assets: tuple[Asset, ...] = ()
    boundaries: tuple[TrustBoundary, ...] = ()
    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()

    def system(self) -> System:
        """Return the example as a system called 'example'."""
        return System(
            id="example",
            name="Example",
            lifecycle=self.lifecycle,
            stakes=self.stakes,
            facts=self.facts,
            controls=self.controls,
            assets=self.assets,
            boundaries=self.boundaries,
            elements=self.elements,
            flows=self.flows,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """A threat's own tests."""

    fires: tuple[Example, ...]
    silent: tuple[Example, ...]
    asks: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """What can go wrong, in general: when it applies, what stands against it, and when saying so would be wrong."""

    id: str
    title: str
    also: tuple[str, ...] = ()  # other names that people know it by and search for
    status: Status
    subject: Subject = Subject.ELEMENT
    replaces: tuple[str, ...] = ()
    summary: str
    stride: tuple[Stride, ...]
    harms: tuple[Harm, ...]
    applies_when: Condition
    mitigated_when: Condition | None = None
    reduced_when: Condition | None = None  # what makes it less likely and leaves a rest
    because: str
    wrong_when: str
    rating: ThreatRating
    provisions: tuple[str, ...]
    references: FrozenMap[tuple[str, ...]] = field(default_factory=FrozenMap)
    tests: tuple[Test_, ...] = ()
    detect: str = ""
    seen: tuple[Seen, ...] = ()
    examples: nodes.Node  # shaped only when they are run: most readers never ask

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """When it applies and, if anything can stand against it, when that does: what decides the state."""
        return (self.applies_when,) if self.mitigated_when is None else (self.applies_when, self.mitigated_when)

    @property
    def defences(self) -> tuple[Atom, ...]:
        """The controls that can stand against it or lower it, sorted, each once."""
        said = (condition for condition in (self.mitigated_when, self.reduced_when) if condition is not None)
        return tuple(sorted({atom for condition in said for atom in atoms(condition) if atom.kind == "control"}))

    def says(self, terms: Iterable[str]) -> bool:
        """Return whether every one of `terms` stands in its id, title, other names or summary, in any case."""
        text = " ".join((self.id, self.title, *self.also, self.summary)).casefold()
        return all(term.casefold() in text for term in terms)

    @property
    def path(self) -> Reach | None:
        """The one path this threat travels by, or None."""
        return main_path(self.applies_when)


def main_path(condition: Condition) -> Reach | None:
    """Return the one path at the top of a condition, or None where there is none or more than one."""
    tops = condition.parts if isinstance(condition, conditions.All) else (condition,)
    found = [part for part in tops if isinstance(part, Reach) and not part.forward]
    return found[0] if len(found) == 1 else None
