"""Libraries: threats, controls, technologies, provisions. Loaded from folders of YAML, checked as a whole, versioned.

A library that loads is one in which every name means something. What is wrong with it is told all at once, each
fault at its line; a condition never becomes quietly false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbthreat import documents
from nbthreat.conditions import Subject, Term, Vocabulary
from nbthreat.documents import Document
from nbthreat.errors import DocumentError, Problem, hint, quoted
from nbthreat.library.loading import Loader, examples
from nbthreat.library.parts import (
    PLACEHOLDER,
    AssetKind,
    Capability,
    Catalogue,
    Control,
    Cost,
    Example,
    Fact,
    Ground,
    Modality,
    Omission,
    Principle,
    Provision,
    Shape,
    Status,
    Technology,
    Threat,
    ThreatRating,
)
from nbthreat.model import Element, Flow, System

__all__ = [
    "PLACEHOLDER",
    "AssetKind",
    "Capability",
    "Catalogue",
    "Control",
    "Cost",
    "Example",
    "Fact",
    "Ground",
    "Library",
    "Modality",
    "Omission",
    "Principle",
    "Provision",
    "Shape",
    "Status",
    "Technology",
    "Threat",
    "ThreatRating",
    "built_in",
    "examples",
    "sayable",
]


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything that can be asked of a system, and of which version and content it is."""

    name: str
    version: str
    sha256: str
    technologies: Mapping[str, Technology]
    kinds: Mapping[str, AssetKind]
    capabilities: Mapping[str, Capability]
    facts: Mapping[str, Fact]
    controls: Mapping[str, Control]
    principles: tuple[Principle, ...]
    catalogues: Mapping[str, Catalogue]
    threats: tuple[Threat, ...]  # by id
    vocabulary: Vocabulary
    omissions: tuple[Omission, ...] = ()  # what of the catalogues is left out on purpose
    where: Mapping[str, str] = field(default_factory=dict)  # threat id → its file

    @classmethod
    def load(cls, folder: str | Path | None = None) -> Library:
        """Read the library in `folder`, by default the one that comes with nbthreat.

        Raises LibraryError with every fault in it, each at file:line.
        """
        return cls(**Loader(Path(folder) if folder else built_in()).contents())

    @property
    def asked(self) -> tuple[Threat, ...]:
        """The threats that a system is asked about: all but the retired ones."""
        return tuple(threat for threat in self.threats if threat.status is not Status.RETIRED)

    def threat(self, id: str) -> Threat:
        """Return the threat called `id`; KeyError where there is none."""
        return next((threat for threat in self.threats if threat.id == id), None) or _missing(id)

    def provision(self, id: str) -> Provision:
        """Return the provision numbered `id` in the Code; KeyError where there is none."""
        found = (one for principle in self.principles for one in principle.provisions if one.id == id)
        return next(found, None) or _missing(id)

    def shape(self, technology: str) -> Shape:
        """Return what a technology is in a data-flow diagram."""
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
        for n, asset in enumerate(system.assets):
            if asset.kind not in self.kinds:
                yield _unknown(("assets", n, "kind"), "kind of asset", asset.kind, self.kinds)
        for n, element in enumerate(system.elements):
            if element.technology not in self.technologies:
                yield _unknown(("elements", n, "technology"), "technology", element.technology, self.technologies)
            for attribute in ("provides", "needs"):
                for name in getattr(element, attribute) or ():
                    if name not in self.capabilities:
                        yield _unknown(("elements", n, attribute), "capability", name, self.capabilities)
            yield from self._answers(element, ("elements", n), Subject.ELEMENT, element.technology)
        for n, flow in enumerate(system.flows):
            yield from self._answers(flow, ("flows", n), Subject.FLOW, "")
        yield from self._answers(system, (), Subject.SYSTEM, "")

    def _answers(
        self, thing: Element | Flow | System, place: tuple[str | int, ...], subject: Subject, technology: str
    ) -> Iterator[Problem]:
        for what, terms, said in (
            ("fact", self.vocabulary.facts, thing.facts),
            ("control", self.vocabulary.controls, thing.controls),
        ):
            for name in said:
                here = (*place, f"{what}s", name)
                if name not in terms:
                    yield _unknown(here, what, name, terms)
                elif technology and technology not in self.technologies:
                    continue  # what can be said of it shows when it has the right name
                elif not sayable(terms[name], subject, technology):
                    of = (self.facts if what == "fact" else self.controls)[name].of
                    where = f"a {technology}" if technology else f"the {subject.value}" if not place else "a flow"
                    yield Problem(here, f"{what} {quoted(name)} cannot be said of {where}. It is of: {', '.join(of)}.")


def sayable(term: Term, subject: Subject, technology: str) -> bool:
    """Return whether a fact or control can be said of such a thing."""
    if subject is Subject.ELEMENT:
        return technology in term.of
    return term.of_flows if subject is Subject.FLOW else term.of_system


def built_in() -> Path:
    """Return the folder of the library that comes with nbthreat: in the wheel, or beside `src` in a checkout."""
    installed = Path(__file__).parents[1] / "threat_library"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[3] / "threat_library"


def _missing(id: str) -> Any:
    raise KeyError(id)


def _unknown(place: tuple[str | int, ...], what: str, name: str, known: Any) -> Problem:
    return Problem(place, f"unknown {what} {quoted(name)}.{hint(name, known)}")
