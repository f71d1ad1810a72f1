"""What a publication is made of: new values that hold what may be shown, worked out, and nothing else.

None refers to an assessment, a register or a library: whoever has a publication has nothing more. What an audience is
not shown is None, or empty, and never stands there hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from nbthreat.base.risk import Level, Rating
from nbthreat.decisions.assessment import RISK_COLUMNS
from nbthreat.decisions.register import Marking, Standing, Treatment
from nbthreat.decisions.verdicts import Verdict
from nbthreat.publishing.signing import SignedState
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.library import Pack, Seen
from nbthreat.threats.matching import State, level_words

RULES = 2
"""The version of the rules by which publications are made."""

NOT_TOLD = "not told"
"""Stands for a verdict that an audience is not told."""

COLUMNS = (*RISK_COLUMNS, "advice")
"""What a line of a published register says, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which system it is, for everybody who may see the publication at all."""

    id: str
    name: str
    version: str = ""
    owner: str = ""  # a role or a team
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The threat library that was asked."""

    name: str
    version: str
    sha256: str
    atlas: str = ""  # the edition of ATLAS that its references are of
    packs: tuple[Pack, ...] = ()  # what was laid over it


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatText:
    """What the library says of a threat, whatever the system."""

    id: str
    title: str
    summary: str
    why: str  # why it rates as it does
    wrong_when: str
    detect: str
    provisions: tuple[str, ...]
    references: FrozenMap[tuple[str, ...]]  # ids by catalogue
    catalogues: str  # the same in words, each catalogue with its edition
    stride: tuple[str, ...]
    seen: tuple[Seen, ...] = ()  # incidents and studies


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredFact:
    """Something that nobody said and a finding hangs on."""

    id: str  # 'control/input-filter'
    subject: str
    question: str  # as it is read aloud, with what people call the subject


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFinding:
    """A threat, and where it was found as far as that is shown."""

    key: str
    threat: ThreatText
    state: State | None = None
    level: Level | None = None
    rating: Rating | None = None
    subject: str = ""  # id
    place: str = ""  # what people call it, or what kind of thing it is
    because: str = ""
    path: tuple[str, ...] = ()  # ids
    steps: tuple[str, ...] = ()  # the path by what people call its parts
    unknown: tuple[UnansweredFact, ...] = ()
    touches: tuple[str, ...] = ()  # ids of the elements and assets it is about
    there: tuple[str, ...] = ()  # ids of the controls that stand against it
    missing: tuple[str, ...] = ()  # and of those that could
    rating_steps: tuple[str, ...] = ()  # why it rates as it does here, a line for each step

    @property
    def level_words(self) -> str:
        """The level as people read it; '' where it is not shown."""
        return level_words(self.state, self.level) if self.level else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about a risk."""

    treatment: Treatment
    owner: str = ""
    rationale: str = ""
    by: str = ""
    on: date | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """A line of the register: as text by column, and what some formats have fields of their own for."""

    key: str
    title: str
    standing: Standing
    row: FrozenMap[str]
    finding: PublishedFinding | None = None
    decision: Decided | None = None
    current: Rating | None = None
    residual: Rating | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question that is still open."""

    id: str
    text: str
    subjects: tuple[str, ...]
    places: tuple[str, ...]
    settles: tuple[str, ...]  # keys of findings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionText:
    """One of the Code's provisions, in the library's words."""

    id: str
    etsi: str
    modality: str
    obliged: tuple[str, ...]
    summary: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the records say of a provision."""

    provision: ProvisionText
    verdict: Verdict | None  # None where it is not told
    because: str
    findings: tuple[str, ...] = ()  # keys
    controls: tuple[str, ...] = ()  # by the names people use
    offers: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The verdict, or that it is not told."""
        return self.verdict.value if self.verdict else NOT_TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipleText:
    """One of the Code's principles, and what the records say of its provisions."""

    principle: int
    title: str
    phase: str
    rows: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryItem:
    """An element or an asset, as an inventory has it."""

    id: str
    label: str
    note: str = ""
    kind: str = ""  # what kind of asset
    sensitivity: str = ""
    personal: str = ""
    held_by: tuple[str, ...] = ()
    carried_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A control that stands against what was found, or could."""

    id: str
    name: str
    what: str
    status: str  # active, in_progress, to_do
    technical: bool
    level: Level  # the highest of what it would stand against
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """When somebody last looked at the whole model, and in which role."""

    on: date
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What is not shown: how many risks, what of every risk, and by which rules.

    No digest of what is not shown is among it: who has one can try guesses against it.
    """

    risks: int = 0
    classes: tuple[str, ...] = ()
    rules: int = RULES

    @property
    def sentence(self) -> str:
        """How many risks are not shown, as a publication says it; '' where all are."""
        if not self.risks:
            return ""
        return f"{self.risks} further risk{' is' if self.risks == 1 else 's are'} not shown at this marking."


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedChange:
    """Something that a change does besides opening a risk, and that whoever approves it should see."""

    kind: str  # of change: 'accepted', 'technology'
    subject: str  # key of a finding, or id of a part
    words: str  # all of it on one line, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineComparison:
    """How each line of a register stands to a baseline: its lines by key, and what else the change does."""

    states: FrozenMap[str]  # 'new', 'updated' or 'unchanged'
    absent: FrozenMap[str] = field(default_factory=FrozenMap)  # titles of those that are gone
    noted: tuple[NotedChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything that any format may show of an assessment to one audience. It is all there is to show."""

    marking: Marking  # the label it carries
    system: Identity
    library: Source
    today: date
    complete: bool
    incomplete: tuple[str, ...] = ()  # ids of threats
    stale: bool = False
    changed: tuple[str, ...] = ()  # ids
    to_review: tuple[str, ...] = ()  # keys
    counts: FrozenMap[int] | None = None  # findings by state; those set aside are in none but 'set aside'
    levels: FrozenMap[int] | None = None  # lines by their level in words, where there is no heat map
    residuals: FrozenMap[int] | None = None  # and by what is expected to remain
    findings: tuple[PublishedFinding, ...] = ()  # the worst first
    lines: tuple[RegisterLine, ...] = ()  # by key
    questions: tuple[OpenQuestion, ...] = ()
    open_questions: int | None = None
    undecided: int | None = None  # open findings that nobody decided about
    lapsed: int | None = None
    principles: tuple[PrincipleText, ...] = ()
    drawing: System
    shapes: FrozenMap[str] = field(default_factory=FrozenMap)  # by element id
    badges: FrozenMap[tuple[int, int, int]] = field(default_factory=FrozenMap)  # open, possible, to clarify; by id
    words: str = ""  # what the picture shows, where that is less than the drawing says
    labels: FrozenMap[str] = field(default_factory=FrozenMap)  # what people call each part, by id
    assets: tuple[InventoryItem, ...] = ()
    elements: tuple[InventoryItem, ...] = ()
    measures: tuple[Measure, ...] = ()
    reviewed: Looked | None = None
    signed: SignedState | None = None
    file: str = ""  # where the system stands below the root of a project, with /; '' where that is not told
    lines_in_file: FrozenMap[int] = field(default_factory=FrozenMap)  # on which line of it each part begins, by id
    withheld: Withheld = field(default_factory=Withheld)

    @property
    def public(self) -> bool:
        """Whether it goes to people outside the organisation and its clients."""
        return self.marking < Marking.AMBER

    @property
    def banner(self) -> str:
        """What stands at the top and the bottom of every page: the label, and how a sign-off stands."""
        return f"{self.marking.label}, {self.signed.note}" if self.signed else self.marking.label

    @property
    def coverage(self) -> tuple[Said, ...]:
        """What the records say of all provisions, in the Code's order."""
        return tuple(row for principle in self.principles for row in principle.rows)

    @property
    def set_aside(self) -> dict[str, str]:
        """What was set aside, as far as it is shown: the reason by key."""
        return {line.key: line.row["rationale"] for line in self.lines if line.standing is Standing.SET_ASIDE}

    def label(self, id: str) -> str:
        """Return what people call a part."""
        return self.labels.get(id, id)
