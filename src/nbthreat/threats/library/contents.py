"""Contents: what a library holds once it is read, and what its first file says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbthreat.base.errors import ModelError, Problem, quoted
from nbthreat.threats.conditions import Taxonomy, Term, Vocabulary
from nbthreat.threats.library.parts import (
    AssetKind,
    Capability,
    Catalogue,
    Circumstance,
    Control,
    Fact,
    Omission,
    Predicate,
    Principle,
    Technology,
    Threat,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryHead:
    """What library.yaml says of the library.

    Raises ModelError where name or version cannot be shown or told apart.
    """

    name: str
    version: str
    licence: str
    about: str = ""
    beside: str = ""  # the name of the library that this one adds to: it is a pack then
    silences: tuple[str, ...] = ()  # ids of that library's threats, for a pack

    def __post_init__(self) -> None:
        wrong = [
            Problem((key,), f"{key} {quoted(getattr(self, key))} {rule}")
            for key, pattern, rule in _HEAD_RULES
            if not pattern.fullmatch(getattr(self, key))
        ]
        if self.silences and not self.beside:
            wrong.append(Problem(("silences",), "only a pack silences; say with 'beside' which library it adds to."))
        if wrong:
            raise ModelError(wrong)


_HEAD_RULES = (
    ("name", re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"), "must be 1 to 64 letters a-z, digits, '.', '-' and '_'."),
    ("version", re.compile(r"[0-9][A-Za-z0-9.+-]{0,31}"), "is not a version, such as '1.0.0' or '2026.11.0'."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Which pack was added to a library, and what of it the pack overrides."""

    name: str
    version: str
    sha256: str  # of what it says, however its files are written
    folder: str = ""  # as the system file names it
    overrides: tuple[str, ...] = ()  # ids of threats that it redefines or silences

    @property
    def words(self) -> str:
        """All of it on one line, for people."""
        said = f"{self.name} {self.version}, SHA-256 {self.sha256}"
        return f"{said}, overrides {', '.join(self.overrides)}" if self.overrides else said


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a library holds, and of which version and content it is."""

    name: str
    version: str
    sha256: str  # of what it says, however its files are written
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
    predicates: Mapping[str, Predicate] = field(default_factory=dict)
    circumstances: tuple[Circumstance, ...] = ()  # what moves ratings, in the author's order
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what tests may name, with its parts
    packs: tuple[Pack, ...] = ()  # in the order in which they were added
    beneath: Contents | None = None  # what the packs were laid over, where there are any
    files_sha256: str = ""  # of the bytes of the files, by which earlier releases told one content from another

    def is_named(self, sha256: str) -> bool:
        """Return whether that names this content: as it is counted now, or by the very bytes of its files."""
        return sha256 in (self.sha256, self.files_sha256)

    @property
    def published(self) -> Contents:
        """What everybody may know of it: the library without its packs."""
        return self.beneath or self


NOTHING = Contents(
    name="",
    version="",
    sha256="",
    technologies={},
    kinds={},
    capabilities={},
    facts={},
    controls={},
    principles=(),
    catalogues={},
    threats=(),
    vocabulary=Vocabulary(Taxonomy({}), Taxonomy({}), frozenset(), {}, {}, {}, {}),
)
"""What a whole library stands beside."""

SPECIAL = frozenset({"flow", "system"})
"""What a fact or control can be of besides technologies."""


def vocabulary_of(
    technologies: Mapping[str, Technology],
    kinds: Mapping[str, AssetKind],
    capabilities: Mapping[str, Capability],
    facts: Mapping[str, Fact],
    controls: Mapping[str, Control],
) -> Vocabulary:
    """Return what the names of a library mean; names of technologies that it lacks are left out."""
    tree = _tree(technologies)

    def inherited(attribute: str, *, default: bool) -> dict[str, bool]:
        found = {}
        for name in tree:
            said = (getattr(technologies[up], attribute) for up in tree.line(name))
            found[name] = next((answer for answer in said if answer is not None), default)
        return found

    return Vocabulary(
        technologies=tree,
        kinds=_tree(kinds),
        capabilities=frozenset(capabilities),
        facts={name: _term(fact, tree) for name, fact in facts.items()},
        controls={name: _term(control, tree) for name, control in controls.items()},
        relays=inherited("relays", default=True),
        keeps=inherited("keeps", default=False),
        transparent=inherited("transparent", default=False),
    )


def _tree(named: Mapping[str, Technology] | Mapping[str, AssetKind]) -> Taxonomy:
    parents = {name: record.within for name, record in named.items()}
    generic = (name for name, record in named.items() if record.generic)
    return Taxonomy(parents, generic, (name for name, record in named.items() if getattr(record, "distinct", False)))


def _term(record: Fact | Control, tree: Taxonomy) -> Term:
    return Term(
        of=tree.under(set(record.of) - SPECIAL),
        of_flows="flow" in record.of,
        of_system="system" in record.of,
        implied_by=tree.under(getattr(record, "implied_by", ())),
        denied_by=tree.under(getattr(record, "denied_by", ())),
        implied_in=frozenset(getattr(record, "implied_in", ())),
        denied_in=frozenset(getattr(record, "denied_in", ())),
    )
