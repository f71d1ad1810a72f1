"""Messages: what a browser may ask for, each a value that is checked before anything else sees it.

`src/frontend/src/shell/protocol.ts` is the same list on the other side; `nbthreat.workbench.protocol` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from nbthreat.base.errors import DocumentError, OperationError, hint, quoted
from nbthreat.base.risk import Level
from nbthreat.decisions.register import Advice, Confidence, Residual, Treatment, Trigger
from nbthreat.system import documents
from nbthreat.system.documents import Raw
from nbthreat.system.model import FrozenMap
from nbthreat.threats.library import Cost
from nbthreat.threats.matching import State

_SHOWN = 3


class PartKind(StrEnum):
    """A part of a system that has ids."""

    ELEMENTS = "elements"
    FLOWS = "flows"
    BOUNDARIES = "boundaries"
    ASSETS = "assets"


class Alignment(StrEnum):
    """How boxes are lined up, or spread evenly (`across`, `down`)."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"
    ACROSS = "across"
    DOWN = "down"


class PreferredSide(StrEnum):
    """Whose word counts where two changed the same."""

    MINE = "mine"
    THEIRS = "theirs"


class Clearable(StrEnum):
    """What can be taken out of a decision again."""

    RESIDUAL = "residual"
    CONFIDENCE = "confidence"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoAdd:
    """Draw something. `thing` has the fields of the file format; its id is made from its name where it is left out."""

    op: ClassVar = "add"
    part: PartKind
    thing: Raw
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoChange:
    """Change fields of one thing or several, or of the system itself; facts, controls and settings key by key."""

    op: ClassVar = "change"
    ids: tuple[str, ...]
    set: Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class DoRemove:
    """Take things away: an element with its flows; what is in a boundary moves out to the one around it."""

    op: ClassVar = "remove"
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoMove:
    """Put elements and boundaries somewhere, and into another boundary (or out of all, with null)."""

    op: ClassVar = "move"
    places: FrozenMap[tuple[float, float]]
    into: FrozenMap[str | None] = field(default_factory=FrozenMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoPaste:
    """Add copies, given as the view gives them; ids are made anew, and flows follow their copied ends."""

    op: ClassVar = "paste"
    elements: tuple[Raw, ...] = ()
    flows: tuple[Raw, ...] = ()
    boundaries: tuple[Raw, ...] = ()
    assets: tuple[Raw, ...] = ()
    shift: tuple[float, float] = (40.0, 40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoAlign:
    """Line boxes up."""

    op: ClassVar = "align"
    ids: tuple[str, ...]
    how: Alignment


@dataclass(frozen=True, slots=True, kw_only=True)
class DoTidy:
    """Arrange the whole drawing anew."""

    op: ClassVar = "tidy"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoDecide:
    """Decide about a finding; to accept needs `approver`, `expires` and the reason in `rationale`.

    `keys` are further findings under the same decision: exactly these, or, where None, those that were before.
    What is None stays as it was decided before, but for what is to `clear`. `marking` is a label: "TLP:AMBER".
    """

    op: ClassVar = "decide"
    key: str
    keys: tuple[str, ...] | None = None
    treatment: Treatment
    owner: str
    rationale: str
    due: date | None = None
    approver: str = ""
    expires: date | None = None
    residual: Residual | None = None
    confidence: Confidence | None = None
    plan: str | None = None
    cost: Cost | None = None
    communicate: tuple[Advice, ...] | None = None
    marking: str | None = None
    clear: tuple[Clearable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoDismiss:
    """Say that a finding does not apply here, and why; it stays so through renames, moves and redrawing."""

    op: ClassVar = "dismiss"
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoReopen:
    """Take back what was decided about a finding, or that it was set aside."""

    op: ClassVar = "reopen"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoEach:
    """Say the same of each of several findings in one step: all or none. `do` decides, dismisses or reopens.

    `do` is that operation without a key; a decision is about each alone, with a number of its own.
    """

    op: ClassVar = "each"
    keys: tuple[str, ...]
    do: Raw  # without a key


@dataclass(frozen=True, slots=True, kw_only=True)
class DoExclude:
    """Say that a provision of the Code does not apply here, and why."""

    op: ClassVar = "exclude"
    provision: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoReview:
    """Note that somebody looked at the whole model as it now is."""

    op: ClassVar = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoTolerance:
    """Say how much risk is sought (`appetite`) and how much is borne (`tolerance`), the second at least the first."""

    op: ClassVar = "tolerance"
    appetite: Level
    tolerance: Level
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoSchedule:
    """Say when everything is looked at again, and what asks for that before."""

    op: ClassVar = "schedule"
    next: date
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoBegin:
    """Put another drawing in the place of this one: a starter by its name, a file's text, or five answers."""

    op: ClassVar = "begin"
    starter: str = ""
    text: str = ""
    answers: FrozenMap[str] = field(default_factory=FrozenMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoUndo:
    """Take the last step back."""

    op: ClassVar = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoRedo:
    """Do again what was taken back."""

    op: ClassVar = "redo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoRestore:
    """Bring back how everything was after an earlier step, as a step of its own."""

    op: ClassVar = "restore"
    at: str  # when that step was made, as the history says it


@dataclass(frozen=True, slots=True, kw_only=True)
class DoMerge:
    """Take in what changed in the file from outside; where both changed the same field, `prefer` decides."""

    op: ClassVar = "merge"
    prefer: PreferredSide


@dataclass(frozen=True, slots=True, kw_only=True)
class DoTakeJournal:
    """Take in the edits of a journal that the status offers, as one step; `name` is as it is offered."""

    op: ClassVar = "take-journal"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoDropJournal:
    """Delete a journal that the status offers, unread. This cannot be undone."""

    op: ClassVar = "drop-journal"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoSave:
    """Write the file now."""

    op: ClassVar = "save"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCards:
    """The cards of a selection (empty: of all), at most twelve, from number `skip` on."""

    ask: ClassVar = "cards"
    ids: tuple[str, ...]
    filter: str = ""
    states: tuple[State, ...] = ()
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPreview:
    """What an operation would change, without doing it."""

    ask: ClassVar = "preview"
    op: Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhy:
    """Why a finding stands, as indented lines."""

    ask: ClassVar = "why"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRegister:
    """All lines of the register."""

    ask: ClassVar = "register"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCopy:
    """The text of both files as they now are, for keeping elsewhere; and the drawing as SVG."""

    ask: ClassVar = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistory:
    """The last steps, newest first: what, who, when."""

    ask: ClassVar = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPrinciple:
    """The provisions of one principle with what the records say."""

    ask: ClassVar = "principle"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPublish:
    """The register for those it is marked for, in one of the formats; answered above, where those are known."""

    ask: ClassVar = "publish"
    format: str


Operation = (
    DoAdd | DoChange | DoRemove | DoMove | DoPaste | DoAlign | DoTidy | DoDecide | DoDismiss | DoReopen | DoEach
    | DoExclude | DoReview | DoTolerance | DoSchedule | DoBegin | DoUndo | DoRedo | DoRestore | DoMerge
    | DoTakeJournal | DoDropJournal | DoSave
)  # fmt: skip
Ask = AskCards | AskPreview | AskWhy | AskRegister | AskCopy | AskHistory | AskPrinciple

OPERATIONS: dict[str, type[Any]] = {arg.op: arg for arg in Operation.__args__}
ASKS: dict[str, type[Any]] = {arg.ask: arg for arg in (*Ask.__args__, AskPublish)}


def operation(data: object) -> Operation:
    """Read an operation from plain data. Raises OperationError, in words, where it is not one."""
    found: Operation = _read(data, "op", OPERATIONS)
    return found


def asked(data: object) -> Ask | AskPublish:
    """Read what is asked from plain data. Raises OperationError, in words, where it is nothing that can be."""
    found: Ask | AskPublish = _read(data, "ask", ASKS)
    return found


def words(error: DocumentError) -> str:
    """Return what is wrong with a message in a few sentences."""
    said = [fault.message for fault in error.faults]
    return " ".join(said[:_SHOWN]) + (f" And {len(said) - _SHOWN} more." if len(said) > _SHOWN else "")


def _read(data: object, key: str, known: dict[str, type[Any]]) -> Any:
    if not isinstance(data, dict):
        raise OperationError("The message is not one this workbench knows. Reload the page.")
    name = data.get(key)
    cls = known.get(name) if isinstance(name, str) else None
    if cls is None:
        raise OperationError(f"There is no {quoted(name)} to do.{hint(str(name)[:80], known)}")
    try:
        return documents.shaped(cls, {field: value for field, value in data.items() if field != key}, str(name))
    except DocumentError as error:
        raise OperationError(words(error)) from None
