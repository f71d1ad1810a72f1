"""Libraries: threats, controls, technologies, provisions. Loaded from folders of YAML, checked as a whole, versioned.

A library that loads is one in which every name means something. What is wrong with it is told all at once, each
fault at its line; a condition never becomes quietly false.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from nbthreat.base.collector import freeze_once
from nbthreat.base.errors import DocumentError, ModelError, Problem
from nbthreat.system import documents
from nbthreat.system.documents import Document
from nbthreat.system.model import System
from nbthreat.threats.library.contents import Contents, Pack
from nbthreat.threats.library.loading import Loader, examples
from nbthreat.threats.library.names import Names, sayable, with_labels
from nbthreat.threats.library.packs import name_of, packs_of
from nbthreat.threats.library.parts import (
    PLACEHOLDER,
    AssetKind,
    Capability,
    Catalogue,
    Circumstance,
    Control,
    Cost,
    Example,
    Fact,
    Ground,
    Modality,
    Omission,
    Principle,
    Provision,
    RatingStep,
    Scale,
    Seen,
    Shape,
    Status,
    Technology,
    Threat,
    ThreatRating,
)

__all__ = [
    "PLACEHOLDER",
    "AssetKind",
    "Capability",
    "Catalogue",
    "Circumstance",
    "Contents",
    "Control",
    "Cost",
    "Example",
    "Fact",
    "Ground",
    "Library",
    "Modality",
    "Omission",
    "Pack",
    "Principle",
    "Provision",
    "RatingStep",
    "Scale",
    "Seen",
    "Shape",
    "Status",
    "Technology",
    "Threat",
    "ThreatRating",
    "built_in",
    "examples",
    "sayable",
]

_TOLD = 100  # problems that one error names: finding the near name for each takes time, and nobody reads as many


@dataclass(frozen=True, kw_only=True)
class Library(Contents):
    """Everything that can be asked of a system, and of which version and content it is."""

    @classmethod
    def load(cls, folder: str | Path | None = None) -> Library:
        """Read the library in `folder`, by default the one that comes with nbthreat; a pack is laid over that one.

        Raises LibraryError with every fault in it, each at file:line.

        >>> Library.load().name
        'nbthreat'
        """
        loader = Loader(Path(folder) if folder else built_in())
        if loader.is_pack:
            return cls.load().with_pack(loader.root)
        library = cls(**vars(loader.contents()))
        if folder is None:
            freeze_once()  # it stays for as long as the process does
        return library

    @classmethod
    def for_system(cls, path: str | Path, base: Library | None = None, *, instead: Path | None = None) -> Library:
        """Return what the system in that file is asked with: `base`, by default the built-in library, and its packs.

        Packs are laid over it in the order in which the file names them; the pack in the folder `instead` takes the
        place of the one of its name, or comes last, and may override anything. Where the file cannot be read at all
        it is `base`; reading the system says why. Raises DocumentError with every fault in a file that names packs,
        where a pack lies outside the project, and where it overrides what the file does not say it may.
        """
        library = base or cls.load()
        name = name_of(instead) if instead else ""
        for folder, called, allowed in packs_of(Path(path)):
            if instead and name_of(folder) == name:
                library, instead = library.with_pack(instead, called=called), None
            else:
                library = library.with_pack(folder, called=called, allowed=allowed)
        return library.with_pack(instead) if instead else library

    def with_pack(self, folder: Path, *, called: str = "", allowed: tuple[str, ...] | None = None) -> Library:
        """Return this library with the pack in `folder` laid over it.

        It may override the threats that are `allowed`, or any where that is None; `called` is how a system file names
        it. Raises LibraryError with every fault in it.
        """
        return Library(**vars(Loader(folder, self, allowed=allowed, called=called).contents()))

    @property
    def asked(self) -> tuple[Threat, ...]:
        """The threats that a system is asked about: all but the retired ones."""
        return tuple(threat for threat in self.threats if threat.status is not Status.RETIRED)

    @cached_property
    def replacements(self) -> Mapping[str, tuple[str, ...]]:
        """The id of each threat that others replace, with the ids of those that systems are now asked about, in order.

        Where a replacement is itself replaced, those that replace it stand in its place. One threat that became
        several has more than one: no decision about it is a decision about any of them.

        >>> Library.load().replacements["deleted-source-in-index"]
        ('stale-index',)
        """
        direct: dict[str, list[str]] = {}
        for threat in self.threats:
            for old in threat.replaces:
                direct.setdefault(old, []).append(threat.id)
        asked = {threat.id for threat in self.asked}
        return {old: tuple(sorted(_followed(old, direct, asked))) for old in sorted(direct)}

    @property
    def splits(self) -> Mapping[str, tuple[str, ...]]:
        """Those of `replacements` where one threat became several."""
        return {old: new for old, new in self.replacements.items() if len(new) > 1}

    def threat(self, id: str) -> Threat:
        """Return the threat called `id`; KeyError where there is none.

        >>> Library.load().threat("direct-prompt-injection").subject.value
        'element'
        """
        return next((threat for threat in self.threats if threat.id == id), None) or _missing(id)

    def provision(self, id: str) -> Provision:
        """Return the provision numbered `id` in the Code; KeyError where there is none.

        >>> Library.load().provision("1.1").modality.value
        'shall'
        """
        found = (provision for principle in self.principles for provision in principle.provisions if provision.id == id)
        return next(found, None) or _missing(id)

    def shape(self, technology: str) -> Shape:
        """Return what a technology is in a data-flow diagram.

        >>> Library.load().shape("vector-store").value
        'store'
        """
        for name in self.vocabulary.technologies.line(technology):
            shape = self.technologies[name].shape
            if shape:
                return shape
        return Shape.PROCESS

    def read_system(self, path: str | Path) -> Document[System]:
        """Read a system file. Raises DocumentError with every fault, unknown names among them."""
        return documents.read(System, path, check=self.problems)

    def check_system(self, document: Document[System]) -> Document[System]:
        """Return `document`, whose system uses only names that are known here; DocumentError with every other."""
        problems = tuple(self.problems(document.value))
        if problems:
            raise DocumentError(document.faults(problems))
        return document

    def problems(self, system: System) -> Iterator[Problem]:
        """Yield each name in `system` that this library does not know, or that cannot be said where it is said."""
        return self._names.problems(system)

    def checked(self, system: System) -> System:
        """Return `system`, which uses only names that are known here; ModelError with every other, and its place.

        >>> from nbthreat import Element, Library, System
        >>> Library.load().checked(System(id="desk", name="Desk", elements=(Element(id="a", technology="hosted-lm"),)))
        Traceback (most recent call last):
        nbthreat.base.errors.ModelError: a: unknown technology 'hosted-lm'. Did you mean 'hosted-llm'?
        """
        problems = tuple(islice(with_labels(system, self.problems(system)), _TOLD))
        if problems:
            raise ModelError(problems)
        return system

    @cached_property
    def _names(self) -> Names:
        return Names(self)


def _followed(old: str, direct: Mapping[str, list[str]], asked: Container[str]) -> set[str]:
    """Return the threats that are asked about and replace `old`, in one step or more; a circle ends where it closes."""
    found: set[str] = set()
    seen, waiting = {old}, [old]
    while waiting:
        for new in direct.get(waiting.pop(), ()):
            if new in seen:
                continue
            seen.add(new)
            if new in asked:
                found.add(new)
            else:
                waiting.append(new)
    return found


def built_in() -> Path:
    """Return the folder of the library that comes with nbthreat: in the wheel, or beside `src` in a checkout."""
    installed = Path(__file__).parents[2] / "threat_library"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[4] / "threat_library"


def _missing(id: str) -> Any:
    raise KeyError(id)
