"""Shapes: what pages are shown and answered, record by record.

`view`, `cards` and `asking` make them; `nbthreat.workbench.protocol` writes them as TypeScript, with their docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from nbthreat.base.risk import Level, Stakes
from nbthreat.decisions.register import Advice, Confidence, Treatment, Trigger
from nbthreat.system.model import Lifecycle, Sensitivity, Trust
from nbthreat.threats.library import Cost, Shape
from nbthreat.threats.matching import State

Id = str
Answers = Mapping[str, bool]
Point = tuple[float, float]
Line = tuple[float, float, float, float]


class SystemView(TypedDict):
    """What is said of the system as a whole."""

    id: Id
    name: str
    version: str
    owner: str
    purpose: str
    lifecycle: Lifecycle | None
    stakes: Stakes | None
    facts: Answers
    controls: Answers


class ElementView(TypedDict):
    """An element; `x` and `y` are the middle of its box."""

    id: Id
    name: str
    label: str
    technology: str
    also: str | None
    shape: Shape
    boundary: Id | None
    holds: Sequence[Id] | None
    provides: Sequence[str] | None
    needs: Sequence[str] | None
    settings: Mapping[str, str | float | bool]
    facts: Answers
    controls: Answers
    note: str
    x: float
    y: float


class FlowView(TypedDict):
    """A flow."""

    id: Id
    name: str
    label: str
    source: Id
    target: Id
    carries: Sequence[Id] | None
    facts: Answers
    controls: Answers
    note: str


class BoundaryView(TypedDict):
    """A boundary; `left` to `height` are its region, as large as what is in it. `depth` 0 is outermost."""

    id: Id
    name: str
    label: str
    trust: Trust | None
    within: Id | None
    note: str
    left: float
    top: float
    width: float
    height: float
    depth: float
    empty: bool


class AssetView(TypedDict):
    """An asset."""

    id: Id
    name: str
    label: str
    kind: str
    sensitivity: Sensitivity | None
    personal: bool | None
    note: str


class Badge(TypedDict):
    """How many findings are open, possible and to clarify at a thing."""

    open: int
    possible: int
    toClarify: int


class EffectsView(TypedDict):
    """What each answer would change, in words; empty while that is being worked out."""

    yes: str
    no: str


class QuestionView(TypedDict):
    """A question for people."""

    id: str
    text: str
    kind: Literal["fact", "control", "technology", "trust", "holds", "carries", "capabilities", "stakes", "lifecycle"]
    name: str
    subjects: Sequence[Id]
    settles: int
    ask: str
    effects: EffectsView


class PrincipleView(TypedDict):
    """A principle of the Code, with how many of its provisions stand how, and its open findings."""

    number: int
    title: str
    satisfied: int
    notSatisfied: int
    inconclusive: int
    nothingDrawn: int
    notApplicable: int
    open: int


class PictureView(TypedDict):
    """A drawing in little: the corners of its boxes, its lines as x1, y1, x2, y2, and what is in it, in words."""

    width: float
    height: float
    boxes: Sequence[Point]
    lines: Sequence[Line]
    words: str


class StarterView(TypedDict):
    """Something to begin from."""

    id: str
    name: str
    use: str
    elements: int
    flows: int
    picture: PictureView | None


class JournalView(TypedDict):
    """A journal that lies beside the file and was not taken in by itself.

    `name` is that of its file. `why` says why it was left to people. `edits` is how many of its edits can be read, the
    last made at the time `until`. `changes` says in words what taking it in would do, `decisions` how many decisions
    that adds, changes or takes away, and `roles` under which roles. Where `readable` is false it can only be dropped.
    """

    name: str
    why: str
    readable: bool
    edits: int
    until: str
    changes: Sequence[str]
    decisions: int
    roles: Sequence[str]


class StatusView(TypedDict):
    """How the drawing stands to its file; "nowhere": there is no file yet.

    `savedAt` is a time of day, as "14:02:31". `why` is what the disk or the conflict said, `path` the file's name.
    `undo` and `redo` name the steps. `offer` says what changed outside, in words, and `clashes` which fields both sides
    changed. `recovered` says what was brought back, and which register was not read. `matched` is the revision of which
    the badges are, `settled` that of the questions and principles. `starters` is empty once something has been drawn.
    `journals` wait for a person.
    """

    saving: Literal["saved", "saving", "unsaved", "refused", "conflict", "nowhere"]
    savedAt: str | None
    why: str
    path: str
    undo: str | None
    redo: str | None
    offer: Sequence[str]
    clashes: Sequence[str]
    recovered: str
    matched: int
    settled: int
    complete: bool
    starters: Sequence[StarterView]
    journals: Sequence[JournalView]


class CountsView(TypedDict):
    """How many findings are in each state."""

    open: int
    possible: int
    toClarify: int
    mitigated: int
    setAside: int
    decided: int


class Sections(TypedDict):
    """The view, section by section; each is a record of things by id."""

    system: Mapping[Literal["system"], SystemView]
    elements: Mapping[Id, ElementView]
    flows: Mapping[Id, FlowView]
    boundaries: Mapping[Id, BoundaryView]
    assets: Mapping[Id, AssetView]
    badges: Mapping[Id, Badge]
    questions: Mapping[str, QuestionView]
    principles: Mapping[str, PrincipleView]
    counts: Mapping[Literal["counts"], CountsView]
    status: Mapping[Literal["status"], StatusView]


class TermView(TypedDict):
    """A word of the vocabulary."""

    id: str
    name: str
    what: str
    question: NotRequired[str]


class TechnologyTerm(TermView):
    """A technology, with what can be said of it."""

    within: str | None
    shape: Shape
    generic: bool
    facts: Sequence[str]
    controls: Sequence[str]


class VocabularyView(TypedDict):
    """What words there are: sent once."""

    technologies: Sequence[TechnologyTerm]
    kinds: Sequence[TermView]
    capabilities: Sequence[TermView]
    facts: Sequence[TermView]
    controls: Sequence[TermView]
    flowFacts: Sequence[str]
    flowControls: Sequence[str]
    systemFacts: Sequence[str]
    systemControls: Sequence[str]
    trusts: Sequence[Trust]
    sensitivities: Sequence[Sensitivity]
    lifecycles: Sequence[Lifecycle]
    stakes: Sequence[Stakes]
    treatments: Sequence[Treatment]
    library: str


class PathStep(TypedDict):
    """A thing on the path of a finding."""

    id: Id
    label: str
    kind: Literal["element", "flow"]


class Sighting(TypedDict):
    """Where a threat was seen."""

    what: str
    source: str


class UnknownView(TypedDict):
    """What is not known and would settle a finding."""

    id: str
    subject: Id
    text: str


class ControlView(TypedDict):
    """A control that would stand against a finding, and where it can be put."""

    id: str
    name: str
    what: str
    subjects: Sequence[Id]


class Card(TypedDict):
    """A finding, with everything a card says of it."""

    key: str
    threat: str
    title: str
    state: State
    level: Level
    levelName: str
    ratingSteps: Sequence[str]
    subject: Id
    because: str
    path: Sequence[Id]
    steps: Sequence[PathStep]
    summary: str
    seen: Sequence[Sighting]
    wrongWhen: str
    provisions: Sequence[str]
    unknown: Sequence[UnknownView]
    controls: Sequence[ControlView]
    standing: Literal["new", "decided", "lapsed", "set aside"]
    decision: str


class CardsAnswer(TypedDict):
    """At most twelve cards, how many there are in all, and how many of these are not among the twelve."""

    cards: Sequence[Card]
    total: int
    hidden: int
    why: str
    skip: int


class PreviewAnswer(TypedDict):
    """What an operation would change, in words and by the keys of findings."""

    text: str
    removes: Sequence[str]
    opens: Sequence[str]
    raises: Sequence[str]


class WhyAnswer(TypedDict):
    """Why a finding stands, as indented lines."""

    lines: Sequence[str]


class ResidualView(TypedDict):
    """What people expect to remain; `level` follows from likelihood and impact."""

    likelihood: Level
    impact: Level
    because: NotRequired[str]
    level: Level


class RegisterRow(TypedDict):
    """A line of the register; rows by one number were decided together.

    `level` is inherent; null is where nobody can say or nobody said.
    """

    key: str
    number: str
    title: str
    subject: str
    state: State | Literal[""]
    standing: str
    level: Level | None
    current: Level | None
    residual: ResidualView | None
    treatment: Treatment | Literal[""]
    owner: str
    due: str
    rationale: str
    approver: str
    expires: str
    confidence: Confidence | Literal[""]
    plan: str
    cost: Cost | Literal[""]
    communicate: Sequence[Advice]
    marking: str


class ToleranceView(TypedDict):
    """How much risk is sought and borne, who said so, and on which day."""

    appetite: Level
    tolerance: Level
    statement: str
    by: str
    on: str


class ScheduleView(TypedDict):
    """When everything is looked at again, what asks for that before, who said so, and on which day."""

    next: str
    triggers: Sequence[Trigger]
    by: str
    on: str


class ReviewView(TypedDict):
    """Who last looked at the whole model, and on which day."""

    by: str
    on: str


class RegisterAnswer(TypedDict):
    """All lines of the register, and what was said for all of it; null is where nobody said."""

    rows: Sequence[RegisterRow]
    tolerance: ToleranceView | None
    schedule: ScheduleView | None
    reviewed: ReviewView | None


class CopyAnswer(TypedDict):
    """The texts of both files with their names, and the drawing as SVG."""

    name: str
    system: str
    registerName: str
    register: str
    svg: str


class HistoryStep(TypedDict):
    """A step that was made; `at` is in ISO 8601."""

    name: str
    by: str
    at: str
    undone: bool


class HistoryAnswer(TypedDict):
    """The last steps, newest first."""

    steps: Sequence[HistoryStep]


class PublishAnswer(TypedDict):
    """A finished file; `data` is its bytes in base 64."""

    name: str
    mediaType: str
    marking: str
    data: str


class ProvisionView(TypedDict):
    """A provision of the Code, with what the records say of it."""

    id: str
    modality: str
    summary: str
    verdict: str
    because: str
    offers: Sequence[str]


class PrincipleAnswer(TypedDict):
    """A principle of the Code with its provisions."""

    number: int
    title: str
    provisions: Sequence[ProvisionView]
