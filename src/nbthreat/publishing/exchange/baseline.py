"""Baselines: what a gate compares with, read from a sign-off or from a register published as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean, quoted
from nbthreat.base.risk import LEVELS, Level
from nbthreat.decisions.register import Marking, Standing
from nbthreat.publishing.publication.reading import read_earlier
from nbthreat.publishing.signing import read_signed, signer
from nbthreat.threats.matching import UNSETTLED, State

UNDECIDED = (Standing.NEW, Standing.INHERITED, Standing.LAPSED)
_STATES = {"", *(state.value for state in State)}
_STANDINGS = {standing.value for standing in Standing}
_COLUMNS = ("key", "title", "state", "standing", "level", "treatment")
_ACCEPTANCE = ("accepted_by", "accepted_until")


@dataclass(frozen=True, slots=True)
class BaselineLine:
    """A line of the baseline, and what was decided about it."""

    key: str
    title: str
    state: str  # a State, or '' where it was not found
    standing: Standing
    level: Level | None  # None where it was no longer found
    treatment: str = ""
    accepted_by: str = ""
    accepted_until: str = ""  # year-month-day

    @property
    def open(self) -> bool:
        """Whether it was open, and no decision held."""
        found = self.state == State.OPEN or (not self.state and self.level is not None)  # inherited ones have no state
        lapsed = self.state in UNSETTLED and self.standing is Standing.LAPSED
        return (found and self.standing in UNDECIDED) or lapsed

    @property
    def pending(self) -> bool:
        """Whether it was not mitigated, and no decision held."""
        return self.standing in UNDECIDED and self.level is not None and self.state != State.MITIGATED


@dataclass(frozen=True, slots=True)
class SignedDrawing:
    """What was signed of a system besides its risks, as far as a gate compares it."""

    criticality: str  # '' where nobody said
    technologies: Mapping[str, str]  # by element id
    packs: tuple[str, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a gate compares with: the lines of a register by key, and as much as the file holds of the rest."""

    system: str  # id
    library: str  # name and version
    lines: Mapping[str, BaselineLine]
    library_sha256: str = ""  # '' where the file does not say
    public: bool = False  # published for everybody: then its library is told without packs
    drawing: SignedDrawing | None = None  # None where it was published: a publication does not hold these


def read_baseline(path: Path, allowed: Path | None = None) -> Baseline:
    """Read a sign-off, or a publication in JSON, as a baseline; `allowed` is a file of allowed signers.

    Raises NbthreatError where it is neither, where it is not as it was signed, or where its signature is not good.
    """
    return _signed(path, allowed) if path.name.endswith(".signed.json") else _published(path, allowed)


def _signed(path: Path, allowed: Path | None) -> Baseline:
    signed = read_signed(path)
    head = signed.head
    if head.ssh:
        signer(head.digest, head.ssh, allowed)
    elif allowed:
        raise NbthreatError(f"{clean(str(path))}: no key signed it, and only the keys of allowed signers count.")
    system: Mapping[str, object] = signed.system
    accepted = dict(_acceptances(signed.register))
    rows = [{**{name: getattr(line, name) for name in _COLUMNS}, **accepted.get(line.key, {})} for line in signed.found]
    drawing = SignedDrawing(
        criticality=str(system.get("stakes") or ""),
        technologies={
            str(part.get("id")): " and ".join(str(part[name]) for name in ("technology", "also") if part.get(name))
            for part in _records(system, "elements")
        },
        packs=_texts(system, "packs"),
        overrides=_texts(system, "overrides"),
    )
    library = f"{head.library.name} {head.library.version}"
    return Baseline(str(system.get("id")), library, _lines(rows, path), head.library.sha256, drawing=drawing)


def _acceptances(register: Mapping[str, object]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield who accepted each risk and until when, by key."""
    for decision in _records(register, "decisions"):
        acceptance = decision.get("acceptance")
        if isinstance(acceptance, dict):
            said = {"accepted_by": acceptance.get("approver"), "accepted_until": acceptance.get("expires")}
            for key in (str(decision.get("key")), *_texts(decision, "keys")):
                yield key, {name: str(text or "") for name, text in said.items()}


def _records(data: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """Return the records in a list of plain data; a digest does not promise that there are only such."""
    listed = data.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _texts(data: Mapping[str, object], name: str) -> tuple[str, ...]:
    listed = data.get(name)
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def _published(path: Path, allowed: Path | None) -> Baseline:
    if allowed:
        raise NbthreatError(f"{clean(str(path))}: a publication has no signature to match with allowed signers.")
    earlier = read_earlier(path)
    public = earlier.marking < Marking.AMBER
    return Baseline(earlier.system, earlier.library, _lines(earlier.rows.values(), path), earlier.sha256, public)


def _lines(rows: Iterable[Mapping[str, str]], path: Path) -> Mapping[str, BaselineLine]:
    lines = {}
    for row in rows:
        key, title, state, standing, level, treatment = (row.get(name, "?") for name in _COLUMNS)
        if state not in _STATES or standing not in _STANDINGS or level not in {"", *LEVELS}:
            message = f"the line {quoted(key)} does not say its state, standing and level as registers do."
            raise DocumentError([Fault(str(path), 1, message)])
        accepted_by, accepted_until = (row.get(name, "") for name in _ACCEPTANCE)
        lines[key] = BaselineLine(
            key, title, state, Standing(standing), LEVELS.get(level), treatment, accepted_by, accepted_until
        )
    return lines
