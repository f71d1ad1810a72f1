"""A gate for the builds of other projects: what is open now, against what a sign-off or a publication already had.

It fails on what is new, on what came back, and on what got worse; what the baseline had open stays its business. What
is merely possible does not fail, unless the baseline knew it mitigated: then what stood against it is no longer known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean, quoted
from nbthreat.base.risk import LEVELS, Level
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Risk, Standing
from nbthreat.publishing.export.formats import publication
from nbthreat.publishing.export.formats.sarif import Against
from nbthreat.publishing.signing import read_signed, signer
from nbthreat.threats.matching import State

_STATES = {"", *(state.value for state in State)}
_STANDINGS = {standing.value for standing in Standing}
_UNDECIDED = (Standing.NEW, Standing.INHERITED, Standing.LAPSED)
_SHOWN = 10
_SHOWN_TITLE = 100


class BaselineStatus(StrEnum):
    """How something that is open now stands to the baseline."""

    NEW = "new"  # the baseline did not have it, or only as possible
    REOPENED = "reopened"  # decided, mitigated or gone then
    RAISED = "raised"  # open then too, at a lower level
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BaselineLine:
    """A line of the baseline."""

    key: str
    title: str
    state: str  # a State, or '' where it was not found
    standing: Standing
    level: Level | None  # None where it was no longer found

    @property
    def open(self) -> bool:
        """Whether it was open, and nothing stood."""
        found = self.state == State.OPEN or (not self.state and self.level is not None)  # inherited ones have no state
        lapsed = self.state == State.POSSIBLE and self.standing is Standing.LAPSED
        return (found and self.standing in _UNDECIDED) or lapsed


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a gate compares with: the lines of a register by key, and the library that was asked."""

    system: str  # id
    library: str  # name and version
    lines: Mapping[str, BaselineLine]


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """One risk that is open now, and how it stands to the baseline."""

    risk: Risk
    level: Level
    sort: BaselineStatus


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate found: everything that is open, the worst first; and what the baseline had and is gone, by key."""

    floor: Level
    lines: tuple[OpenRisk, ...]
    possible: tuple[Risk, ...]  # what may turn out to be open, at the floor or above
    absent: tuple[BaselineLine, ...]
    states: Mapping[str, str]  # how each line of the register stands to the baseline, as SARIF says it, by key

    @property
    def failing(self) -> tuple[OpenRisk, ...]:
        """What the gate fails on, the worst first."""
        return tuple(
            open_risk
            for open_risk in self.lines
            if open_risk.sort is not BaselineStatus.UNCHANGED and open_risk.level >= self.floor
        )

    def told(self) -> Iterator[str]:
        """Yield the summary, the most important first."""
        failing = self.failing
        for open_risk in failing[:_SHOWN]:
            title, key = (clean(text, _SHOWN_TITLE) for text in (open_risk.risk.title, open_risk.risk.key))
            yield f"{open_risk.sort.value:<9} {open_risk.level.label:<9} {title} ({key})"
        if len(failing) > _SHOWN:
            yield f"and {len(failing) - _SHOWN} more"
        counts = ", ".join(
            f"{sum(open_risk.sort is sort for open_risk in self.lines)} {sort.value}" for sort in BaselineStatus
        )
        yield f"Open at any level: {counts}; {len(self.absent)} no longer found."
        if self.possible:
            new = sum(self.states[risk.key] == "new" for risk in self.possible)
            which = f"{len(self.possible)} possible at {self.floor.label} or above, {new} of them new,"
            yield f"{which} hang on what nobody said: `nbthreat match`."
        verdict = f"{len(failing)} fail" if failing else "nothing fails"
        yield f"Gate at {self.floor.label}: {verdict}."

    def against(self, file: str = "") -> Against:
        """Return how each finding stands to the baseline, as SARIF says it; `file` is where the system stands."""
        return Against(states=self.states, absent={line.key: line.title for line in self.absent}, file=file)


_SARIF = {BaselineStatus.NEW: "new", BaselineStatus.REOPENED: "updated", BaselineStatus.RAISED: "updated"}


def gate(assessment: Assessment, baseline: Baseline, floor: Level) -> Gate:
    """Compare what is open with a baseline. Raises NbthreatError where that is of another system."""
    if baseline.system != assessment.system.id:
        raise NbthreatError(
            f"the baseline is of the system {quoted(baseline.system)}, not of {quoted(assessment.system.id)}."
        )
    lines: list[OpenRisk] = []
    states: dict[str, str] = {}
    known: set[str] = set()
    possible: list[Risk] = []
    for risk in assessment.risks:
        before = _line(baseline, risk)
        rating = risk.current
        if rating is None or risk.standing is Standing.NO_LONGER_FOUND:
            continue
        known.update({risk.key, before.key if before else risk.key})
        states[risk.key] = _state(before, risk)
        if risk.standing not in _UNDECIDED:
            continue
        state = risk.finding.state if risk.finding else State.OPEN
        lost = before is not None and before.state == State.MITIGATED
        if state is State.OPEN or (state is State.POSSIBLE and (lost or risk.standing is Standing.LAPSED)):
            sort = _sort(before, rating.level)
            lines.append(OpenRisk(risk, rating.level, sort))
            states[risk.key] = _SARIF.get(sort, states[risk.key])
        elif state is State.POSSIBLE and rating.level >= floor:
            possible.append(risk)
    order = list(BaselineStatus)
    lines.sort(
        key=lambda open_risk: (
            open_risk.sort is BaselineStatus.UNCHANGED,
            -open_risk.level,
            order.index(open_risk.sort),
            open_risk.risk.key,
        )
    )
    had = (line for line in baseline.lines.values() if line.standing is not Standing.NO_LONGER_FOUND)
    gone = sorted((line for line in had if line.key not in known), key=lambda line: line.key)
    return Gate(floor, tuple(lines), tuple(possible), tuple(gone), states)


def read_baseline(path: Path, allowed: Path | None = None) -> Baseline:
    """Read a sign-off, or a publication in JSON, as a baseline; `allowed` is a file of allowed signers.

    Raises NbthreatError where it is neither, where it is not as it was signed, or where its signature is not good.
    """
    if not path.name.endswith(".signed.json"):
        return _published(path, allowed)
    signed = read_signed(path)
    head = signed.head
    if head.ssh:
        signer(head.digest, head.ssh, allowed)
    elif allowed:
        raise NbthreatError(f"{clean(str(path))}: no key signed it, and only the keys of allowed signers count.")
    rows = [{name: getattr(found, name) for name in _COLUMNS} for found in signed.found]
    library = f"{head.library.name} {head.library.version}"
    return Baseline(str(signed.system.get("id")), library, _lines(rows, path))


_COLUMNS = ("key", "title", "state", "standing", "level")


def _published(path: Path, allowed: Path | None) -> Baseline:
    if allowed:
        raise NbthreatError(f"{clean(str(path))}: a publication has no signature to match with allowed signers.")
    try:
        earlier = publication.earlier(path.read_bytes())
    except OSError as error:
        raise DocumentError([Fault(str(path), 1, f"cannot be read: {error.strerror}.")]) from None
    except NbthreatError as error:
        raise DocumentError([Fault(str(path), 1, str(error))]) from None
    return Baseline(earlier.system, earlier.library, _lines(earlier.rows.values(), path))


def _lines(rows: Iterable[Mapping[str, str]], path: Path) -> Mapping[str, BaselineLine]:
    lines = {}
    for row in rows:
        key, title, state, standing, level = (row.get(name, "?") for name in _COLUMNS)
        if state not in _STATES or standing not in _STANDINGS or level not in {"", *LEVELS}:
            message = f"the line {quoted(key)} does not say its state, standing and level as registers do."
            raise DocumentError([Fault(str(path), 1, message)])
        lines[key] = BaselineLine(key, title, state, Standing(standing), LEVELS.get(level))
    return lines


def _line(baseline: Baseline, risk: Risk) -> BaselineLine | None:
    """Return the line that a risk had, under the key of a threat that has been replaced since if need be."""
    replaced = risk.finding.threat.replaces if risk.finding else ()
    subject = risk.key.partition("@")[2]
    keys = (risk.key, *(f"{threat}@{subject}" for threat in replaced))
    return next((baseline.lines[key] for key in keys if key in baseline.lines), None)


def _sort(before: BaselineLine | None, level: Level) -> BaselineStatus:
    if before is None:
        return BaselineStatus.NEW
    if before.open:
        return BaselineStatus.RAISED if before.level is None or level > before.level else BaselineStatus.UNCHANGED
    undecided = before.standing in _UNDECIDED and before.state == State.POSSIBLE
    return BaselineStatus.NEW if undecided else BaselineStatus.REOPENED


def _state(before: BaselineLine | None, risk: Risk) -> str:
    if before is None or before.standing is Standing.NO_LONGER_FOUND:
        return "new"
    state = risk.finding.state.value if risk.finding else ""
    return "unchanged" if (before.state, before.standing) == (state, risk.standing) else "updated"
