"""Crosswalks: which ids of the published catalogues, and which provisions of the Code, the threats here cover.

An id is *cited* by a threat, or *kin* to one that is (its parent or a part of it), or left out for a *reason* that the
library states, or *missing*. Everything is read from a Library; nothing is asked of any system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from nbthreat.threats import conditions
from nbthreat.threats.conditions import Condition
from nbthreat.threats.evaluation import atoms
from nbthreat.threats.library import Catalogue, Library, Omission, Provision

CODE = "code"
"""How the Code's provisions are called beside the catalogues."""


class Citation(StrEnum):
    """How the threats of a library stand to an id."""

    CITED = "cited"
    KIN = "kin"  # its parent or a part of it is cited
    REASON = "reason"  # left out, and the library says why
    MISSING = "missing"


class IdKind(StrEnum):
    """What an id of a catalogue names; only threats are wanted covered."""

    THREAT = "threat"
    CONTROL = "control"
    OTHER = "other"  # a tactic, a component, a test


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One id of a catalogue, and what of the library has to do with it."""

    id: str
    title: str
    sort: IdKind
    standing: Citation
    threats: tuple[str, ...] = ()  # that cite it, or its kin
    controls: tuple[str, ...] = ()
    omission: Omission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionEntry:
    """One provision of the Code, and what of the library has to do with it."""

    provision: Provision
    threats: tuple[str, ...]
    controls: tuple[str, ...]
    facts: tuple[str, ...]  # whose answers decide it, or its threats

    @property
    def questions(self) -> int:
        """How many different things people can be asked that bear on it."""
        return len(self.controls) + len(self.facts)

    @property
    def touched(self) -> bool:
        """Whether a threat, a control, a condition or the register has anything to say of it."""
        decided = self.provision.satisfied_when is not None or self.provision.record
        return bool(self.threats or self.controls or decided)


def kin(name: str, other: str) -> bool:
    """Return whether two ids are parent and part: AML.T0051 and AML.T0051.001, NISTAML.01 and NISTAML.013.

    >>> kin("AML.T0051.001", "AML.T0051"), kin("AML.T0051.001", "AML.T0051.000")
    (True, False)
    """
    short, long = sorted((name, other), key=len)
    if short == long or not long.startswith(short):
        return False
    return long[len(short)] == "." or short.startswith("NISTAML.")


def sort_of(catalogue: Catalogue, id: str) -> IdKind:
    """Return what an id names, as its catalogue writes such ids."""
    match catalogue.id:
        case "atlas":
            return (
                IdKind.OTHER if id.startswith("AML.TA") else IdKind.CONTROL if id.startswith("AML.M") else IdKind.THREAT
            )
        case "cosai":
            return (
                IdKind.THREAT if id.startswith("risk") else IdKind.CONTROL if id.startswith("control") else IdKind.OTHER
            )
        case "aix":
            return IdKind.CONTROL if catalogue.ids[id].isupper() else IdKind.THREAT
        case "owasp-aisvs":
            return IdKind.CONTROL
        case "aitg" | "atlas-cases":
            return IdKind.OTHER
    return IdKind.THREAT


def entries(library: Library, catalogue: str) -> tuple[CatalogueEntry, ...]:
    """Return every id of a catalogue in its order. KeyError where there is no such catalogue."""
    pinned = library.catalogues[catalogue]
    threats = _citing(library, catalogue, (threat.id for threat in library.asked))
    controls = _citing(library, catalogue, library.controls)
    return tuple(_entry(library, pinned, id, threats, controls) for id in pinned.ids)


def _entry(
    library: Library, catalogue: Catalogue, id: str, threats: Mapping[str, list[str]], controls: Mapping[str, list[str]]
) -> CatalogueEntry:
    sort = sort_of(catalogue, id)
    citing = controls if sort is IdKind.CONTROL else threats
    near = sorted({name for cited in citing if kin(id, cited) for name in citing[cited]})
    omission = next(
        (
            omission
            for omission in library.omissions
            if omission.catalogue == catalogue.id
            and any(id == said or id.startswith(f"{said}.") for said in omission.ids)
        ),
        None,
    )
    if id in citing:
        standing = Citation.CITED
    else:
        standing = Citation.KIN if near else Citation.REASON if omission else Citation.MISSING
    return CatalogueEntry(
        id=id,
        title=catalogue.ids[id],
        sort=sort,
        standing=standing,
        threats=tuple(threats.get(id, ()) or ([] if sort is IdKind.CONTROL else near)),
        controls=tuple(controls.get(id, ()) or (near if sort is IdKind.CONTROL else [])),
        omission=omission if standing is Citation.REASON else None,
    )


def _citing(library: Library, catalogue: str, names: Iterator[str] | Mapping[str, object]) -> dict[str, list[str]]:
    """Return, for each id that is cited, which of `names` cite it, sorted; names of threats or of controls."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        record = library.controls.get(name) or library.threat(name)
        for id in record.references.get(catalogue, ()):
            found.setdefault(id, []).append(name)
    return found


def provisions(library: Library) -> tuple[ProvisionEntry, ...]:
    """Return every provision of the Code, in its order."""
    return tuple(
        _provision(library, provision) for principle in library.principles for provision in principle.provisions
    )


def _provision(library: Library, provision: Provision) -> ProvisionEntry:
    citing = [threat for threat in library.asked if provision.id in threat.provisions]
    read = [condition for threat in citing for condition in threat.conditions]
    if provision.satisfied_when is not None:
        read.append(provision.satisfied_when)
    said = _controls_in(provision.satisfied_when)
    return ProvisionEntry(
        provision=provision,
        threats=tuple(threat.id for threat in citing),
        controls=tuple(
            sorted(
                {*said, *(control.id for control in library.controls.values() if provision.id in control.provisions)}
            )
        ),
        facts=tuple(sorted({atom.name for condition in read for atom in atoms(condition) if atom.kind == "fact"})),
    )


def _controls_in(condition: Condition | None) -> set[str]:
    if condition is None:
        return set()
    return {part.name for part in conditions.walk(condition) if isinstance(part, conditions.ControlIs)}


def stale(library: Library) -> tuple[tuple[str, str], ...]:
    """Return (catalogue, id) of every id that is left out for a reason although a threat now cites it."""
    return tuple(
        (omission.catalogue, id)
        for omission in library.omissions
        for id in omission.ids
        if any(id in threat.references.get(omission.catalogue, ()) for threat in library.asked)
    )


def coverage_told(library: Library, catalogue: str) -> Iterator[str]:
    """Yield how a catalogue, or the Code, is covered, as lines to read. KeyError where there is no such catalogue."""
    if catalogue == CODE:
        yield from _code_told(library)
        return
    pinned = library.catalogues[catalogue]
    found = entries(library, catalogue)
    yield f"{pinned.name} {pinned.edition}".rstrip()
    for sort in IdKind:
        of_sort = [entry for entry in found if entry.sort is sort]
        if not of_sort or (sort is IdKind.OTHER and all(entry.standing is Citation.MISSING for entry in of_sort)):
            continue
        counts = Counter(entry.standing for entry in of_sort)
        told = ", ".join(f"{counts[standing]} {standing.value}" for standing in Citation if counts[standing])
        yield f"  {_PLURAL[sort]}: {len(of_sort)}; {told}"
        for entry in of_sort:
            yield f"    {entry.standing.value:<8}{entry.id}  {entry.title}{_by(entry)}"


_PLURAL = {IdKind.THREAT: "threats", IdKind.CONTROL: "controls", IdKind.OTHER: "others"}


def _by(entry: CatalogueEntry) -> str:
    if entry.omission:
        return f": {entry.omission.ground.value}. {entry.omission.because}"
    names = entry.controls if entry.sort is IdKind.CONTROL else entry.threats
    return f": {', '.join(names)}" if names else ""


def _code_told(library: Library) -> Iterator[str]:
    found = provisions(library)
    touched = sum(provision_entry.touched for provision_entry in found)
    yield "Provisions of the Code"
    yield f"  {len(found)}; {touched} touched by a threat, a control, a condition or the register"
    for provision_entry in found:
        named = (("threats", provision_entry.threats), ("controls", provision_entry.controls))
        told = [f"{what}: {', '.join(ids)}" for what, ids in named if ids]
        told.append(f"{provision_entry.questions} questions")
        yield f"    {provision_entry.provision.id:<7}({provision_entry.provision.modality.value}) {'; '.join(told)}"
