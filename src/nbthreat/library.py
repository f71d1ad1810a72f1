"""Libraries: threats, controls, technologies, provisions. Loaded from folders of YAML, checked as a whole, versioned.

A library that loads is one in which every name means something. What is wrong with it is told all at once, each
fault at its line; a condition never becomes quietly false.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from nbthreat import conditions, documents
from nbthreat.conditions import Condition, Parser, Reach, Subject, Term, Tree, Vocabulary
from nbthreat.documents import Document, Report, Shaper, nodes
from nbthreat.errors import DocumentError, Fault, LibraryError, Problem, hint, quoted
from nbthreat.model import (
    Answers,
    Asset,
    Element,
    Flow,
    FrozenMap,
    Lifecycle,
    System,
    TrustBoundary,
    bad_id,
)
from nbthreat.risk import Level, Rating, Stakes

T = TypeVar("T")

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = frozenset({"subject", "source", "path", "assets", "boundaries"})
PATH_PLACEHOLDERS = frozenset({"source", "path"})
RECORDS = frozenset(
    {"every-finding-decided", "changes-reviewed", "surplus-treated", "risks-treated", "unresolved-passed-on"}
)
"""What the register itself can decide of a provision; `assessment` knows how."""


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


class Asked(StrEnum):
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
    relays: bool | None = None
    keeps: bool | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something that stands against threats."""

    id: str
    name: str
    what: str
    question: str
    ask: Asked
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Test_:  # noqa: N801 - pytest would collect `Test`
    """What exercises a threat."""

    tool: str
    what: str


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
    status: Status
    subject: Subject = Subject.ELEMENT
    replaces: tuple[str, ...] = ()
    summary: str
    stride: tuple[Stride, ...]
    harms: tuple[Harm, ...]
    applies_when: Condition
    mitigated_when: Condition | None = None
    because: str
    wrong_when: str
    rating: ThreatRating
    provisions: tuple[str, ...]
    references: FrozenMap[tuple[str, ...]] = field(default_factory=FrozenMap)
    tests: tuple[Test_, ...] = ()
    detect: str = ""
    examples: nodes.Node  # shaped only when they are run: most readers never ask

    @property
    def path(self) -> Reach | None:
        """The one path this threat travels by, or None."""
        return main_path(self.applies_when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What library.yaml says of the library."""

    name: str
    version: str
    licence: str
    about: str = ""


def main_path(condition: Condition) -> Reach | None:
    """Return the one path at the top of a condition, or None where there is none or more than one."""
    tops = condition.parts if isinstance(condition, conditions.All) else (condition,)
    found = [part for part in tops if isinstance(part, Reach) and not part.forward]
    return found[0] if len(found) == 1 else None


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
    where: Mapping[str, str] = field(default_factory=dict)  # threat id → its file

    @classmethod
    def load(cls, folder: str | Path | None = None) -> Library:
        """Read the library in `folder`, by default the one that comes with nbthreat.

        Raises LibraryError with every fault in it, each at file:line.
        """
        return _Loader(Path(folder) if folder else built_in()).library()

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
        return self.check_system(documents.read(System, path))

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
    installed = Path(__file__).with_name("threat_library")
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "threat_library"


def examples(threat: Threat, file: str, faults: list[Fault]) -> Examples | None:
    """Return a threat's examples, shaped; None after adding what is wrong with them to `faults`."""
    shaper = Shaper(file)
    found = shaper.record(Examples, threat.examples, "examples")
    faults += shaper.faults
    return None if shaper.faults else found


def _missing(id: str) -> Any:
    raise KeyError(id)


def _unknown(place: tuple[str | int, ...], what: str, name: str, known: Any) -> Problem:
    return Problem(place, f"unknown {what} {quoted(name)}.{hint(name, known)}")


def _memory(digest: str) -> Path:
    """Return where the parsed files of a library with this content are kept, in the user's own cache."""
    from platformdirs import user_cache_path  # only a loader needs to know

    return user_cache_path("nbthreat") / f"library-{_MEMORY_FORMAT}-{digest}.json"


def _remembered(digest: str) -> dict[str, nodes.Mapping]:
    """Return the nodes of files that were read before: parsing YAML is most of what loading a library costs.

    They are named after the very bytes they came from, so they are never out of date; every check is made again.
    """
    try:
        data = json.loads(_memory(digest).read_bytes())
        trees = {name: nodes.unpacked(tree) for name, tree in data.items()}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return {}
    return {name: tree for name, tree in trees.items() if isinstance(tree, nodes.Mapping)}


def _remember(digest: str, trees: Mapping[str, nodes.Mapping]) -> None:
    path = _memory(digest)
    with contextlib.suppress(OSError, DocumentError):  # without it the next start is slower, and no more
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("library-*.json"):
            if time.time() - old.stat().st_mtime > _MEMORY_SECONDS:
                old.unlink()
        data = {name: nodes.packed(tree) for name, tree in trees.items()}
        documents.publish(path, json.dumps(data, separators=(",", ":")).encode())


_MEMORY_FORMAT = 1
_MEMORY_SECONDS = 30 * 24 * 3600


class _Loader:
    """Reads one folder; collects every fault before it refuses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._digest = hashlib.sha256()
        self._files = self._all_files()
        self._trees: dict[str, nodes.Mapping] = _remembered(self._digest.hexdigest())
        self._fresh = not self._trees

    def library(self) -> Library:
        head = self._head()
        technologies = self._several(Technology, ("technologies.yaml",), "technologies")
        kinds = self._several(AssetKind, ("asset_kinds.yaml",), "kinds")
        capabilities = self._several(Capability, ("capabilities.yaml",), "capabilities")
        facts = self._several(Fact, ("facts.yaml",), "facts")
        controls = self._several(Control, self._under("controls"), "controls")
        predicates = self._several(Predicate, ("predicates.yaml",), "predicates", {nodes.Node: lambda node, _: node})
        self._check_tree(technologies, "technologies.yaml")
        self._check_tree(kinds, "asset_kinds.yaml")
        vocabulary = self._vocabulary(technologies, kinds, capabilities, facts, controls)
        parser = Parser(vocabulary, {name: one.when for name, (one, _) in predicates.items()})
        for name, (one, fault) in predicates.items():
            before = len(self.faults)
            parser.parse(one.when, Subject.ELEMENT, self._reporter(fault.file))
            if len(self.faults) == before:
                parser.parse(_is_node(name, one.when.line), Subject.ELEMENT, self._reporter(fault.file))
        principles = self._principles(parser)
        catalogues = {one.id: one for one in self._catalogues()}
        threats = self._threats(parser)
        self._check_references(threats, controls, principles, catalogues)
        if self.faults or head is None:
            raise LibraryError(self.faults)
        if self._fresh:
            _remember(self._digest.hexdigest(), self._trees)
        return Library(
            name=head.name,
            version=head.version,
            sha256=self._digest.hexdigest(),
            technologies={name: one for name, (one, _) in technologies.items()},
            kinds={name: one for name, (one, _) in kinds.items()},
            capabilities={name: one for name, (one, _) in capabilities.items()},
            facts={name: one for name, (one, _) in facts.items()},
            controls={name: one for name, (one, _) in controls.items()},
            principles=principles,
            catalogues=catalogues,
            threats=tuple(one for _, (one, _) in sorted(threats.items())),
            vocabulary=vocabulary,
            where={name: fault.file for name, (_, fault) in threats.items()},
        )

    def _head(self) -> Head | None:
        name = "library.yaml"
        if name not in self._files:
            self._fault(name, 1, "the library has no such file, and needs it.")
            return None
        try:
            return documents.loads(Head, self._files[name], self.root / name).value
        except DocumentError as error:
            self.faults += error.faults
            return None

    def _all_files(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        if not self.root.is_dir():
            raise LibraryError([Fault(str(self.root), 1, "there is no library here: not a folder.")])
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_symlink():
                self._fault(name, 1, "links out of the library are not followed.")
                continue
            if path.suffix != ".yaml" or not path.is_file():
                continue
            found[name] = documents.read_bytes(path)
            self._digest.update(f"{name}\0{len(found[name])}\0".encode() + found[name])
        return found

    def _under(self, folder: str) -> tuple[str, ...]:
        return tuple(name for name in self._files if name.startswith(f"{folder}/"))

    def _fault(self, name: str, line: int, message: str) -> None:
        self.faults.append(Fault(str(self.root / name), line, message))

    def _reporter(self, file: str) -> Report:
        return lambda node, message: self.faults.append(Fault(file, node.line, message))

    def _tree(self, name: str) -> nodes.Mapping | None:
        if name not in self._files:
            self._fault(name, 1, "the library has no such file, and needs it.")
            return None
        if name not in self._trees:
            try:
                self._trees[name] = nodes.parse(self._files[name], str(self.root / name)).root
            except DocumentError as error:
                self.faults += error.faults
        return self._trees.get(name)

    def _one(
        self,
        cls: type[T],
        name: str,
        readers: Mapping[object, documents.Reader] | None = None,
    ) -> T | None:
        tree = self._tree(name)
        if tree is None:
            return None
        shaper = Shaper(str(self.root / name), readers)
        found = shaper.record(cls, tree)
        self.faults += shaper.faults
        return None if shaper.faults else found

    def _several(
        self,
        cls: type[T],
        names: tuple[str, ...],
        key: str,
        readers: Mapping[object, documents.Reader] | None = None,
    ) -> dict[str, tuple[T, Fault]]:
        found: dict[str, tuple[T, Fault]] = {}
        for name in names:
            tree = self._tree(name)
            if tree is None:
                continue
            listed = tree.get(key)
            if not isinstance(listed, nodes.Sequence) or len(tree.entries) != 1:
                self._fault(name, tree.line, f"the file must hold one list, '{key}:'.")
                continue
            shaper = Shaper(str(self.root / name), readers)
            for item in listed.items:
                before = len(shaper.faults)
                one = shaper.record(cls, item, cls.__name__.lower())
                if len(shaper.faults) == before:
                    self._keep(one, Fault(str(self.root / name), item.line, ""), found)
            self.faults += shaper.faults
        return found

    def _keep(self, one: Any, where: Fault, found: dict[str, tuple[Any, Fault]]) -> None:
        wrong = bad_id(one.id)
        if wrong:
            self.faults.append(Fault(where.file, where.line, wrong))
        elif one.id in found:
            first = found[one.id][1]
            message = f"id {quoted(one.id)} is used twice, first at {first.file}:{first.line}."
            self.faults.append(Fault(where.file, where.line, message))
        else:
            found[one.id] = (one, where)

    def _check_tree(self, found: Mapping[str, tuple[Any, Fault]], _name: str) -> None:
        tree = Tree({name: one.within for name, (one, _) in found.items()})
        for one, where in found.values():
            if one.within is not None and one.within not in found:
                message = (
                    f"{quoted(one.id)} is within {quoted(one.within)}, which is not there.{hint(one.within, found)}"
                )
                self.faults.append(Fault(where.file, where.line, message))
            elif tree.parents[tree.line(one.id)[-1]] is not None:
                self.faults.append(Fault(where.file, where.line, f"{quoted(one.id)} is within itself, in a circle."))

    def _vocabulary(self, technologies: Any, kinds: Any, capabilities: Any, facts: Any, controls: Any) -> Vocabulary:
        tree = Tree(
            {name: one.within for name, (one, _) in technologies.items()},
            (name for name, (one, _) in technologies.items() if one.generic),
        )

        def inherited(attribute: str, *, default: bool) -> dict[str, bool]:
            found = {}
            for name in tree:
                said = (getattr(technologies[up][0], attribute) for up in tree.line(name))
                found[name] = next((value for value in said if value is not None), default)
            return found

        return Vocabulary(
            technologies=tree,
            kinds=Tree(
                {name: one.within for name, (one, _) in kinds.items()},
                (name for name, (one, _) in kinds.items() if one.generic),
            ),
            capabilities=frozenset(capabilities),
            facts={name: self._term(one, where, tree) for name, (one, where) in facts.items()},
            controls={name: self._term(one, where, tree) for name, (one, where) in controls.items()},
            relays=inherited("relays", default=True),
            keeps=inherited("keeps", default=False),
        )

    def _term(self, one: Fact | Control, where: Fault, tree: Tree) -> Term:
        implied, denied = getattr(one, "implied_by", ()), getattr(one, "denied_by", ())
        special = {"flow", "system"}
        for name in (*one.of, *implied, *denied):
            if name not in tree and not (name in special and name in one.of):
                message = f"{quoted(one.id)} names an unknown technology {quoted(name)}.{hint(name, [*tree, *special])}"
                self.faults.append(Fault(where.file, where.line, message))
        for name in PLACEHOLDER.findall(one.question):
            if name != "name":
                message = (
                    f"the question of {quoted(one.id)} has an unknown placeholder {{{name}}}; only {{name}} is known."
                )
                self.faults.append(Fault(where.file, where.line, message))
        return Term(
            of=tree.under(set(one.of) - special),
            of_flows="flow" in one.of,
            of_system="system" in one.of,
            implied_by=tree.under(implied),
            denied_by=tree.under(denied),
        )

    def _principles(self, parser: Parser) -> tuple[Principle, ...]:
        found: list[Principle] = []
        for name in self._under("provisions"):
            reader = _condition_reader(parser, Subject.SYSTEM)
            one = self._one(Principle, name, {Condition: reader})
            if one:
                found.append(one)
                for provision in one.provisions:
                    if provision.record and provision.record not in RECORDS:
                        self._fault(
                            name, 1, f"unknown record {quoted(provision.record)}.{hint(provision.record, RECORDS)}"
                        )
        for id, count in Counter(one.id for principle in found for one in principle.provisions).items():
            if count > 1:
                self._fault("provisions", 1, f"provision {quoted(id)} stands {count} times.")
        return tuple(sorted(found, key=lambda principle: principle.principle))

    def _catalogues(self) -> Iterator[Catalogue]:
        for name in self._under("catalogues"):
            one = self._one(Catalogue, name)
            if one and one.id != Path(name).stem:
                self._fault(name, 1, f"id {quoted(one.id)} differs from the file's name.")
            if one:
                yield one

    def _threats(self, parser: Parser) -> dict[str, tuple[Threat, Fault]]:
        found: dict[str, tuple[Threat, Fault]] = {}
        for name in self._under("threats"):
            tree = self._tree(name)
            if tree is None:
                continue
            file = str(self.root / name)
            shaper = Shaper(file, _threat_readers(parser, tree))
            threat = shaper.record(Threat, tree, "threat")
            self.faults += shaper.faults
            if shaper.faults:
                continue
            if threat.id != Path(name).stem:
                self._fault(name, nodes.line_of(tree, ("id",)), f"id {quoted(threat.id)} differs from the file's name.")
            self._check_texts(threat, tree, name)
            self._keep(threat, Fault(file, tree.line, ""), found)
        return found

    def _check_texts(self, threat: Threat, tree: nodes.Mapping, name: str) -> None:
        for used in PLACEHOLDER.findall(threat.because):
            if used not in PLACEHOLDERS:
                message = f"unknown placeholder {{{used}}}. Known here: {', '.join(sorted(PLACEHOLDERS))}."
                self._fault(name, nodes.line_of(tree, ("because",)), message)
            elif used in PATH_PLACEHOLDERS and threat.path is None:
                self._fault(name, nodes.line_of(tree, ("because",)), f"{{{used}}} needs a path in applies_when.")
        for attribute in ("summary", "because", "wrong_when"):
            if not getattr(threat, attribute).strip():
                self._fault(name, nodes.line_of(tree, (attribute,)), f"{attribute} is empty.")
        said = threat.examples if isinstance(threat.examples, nodes.Mapping) else None
        for key in ("fires", "silent"):
            listed = said.get(key) if said else None
            if not isinstance(listed, nodes.Sequence) or not listed.items:
                self._fault(
                    name, nodes.line_of(tree, ("examples",)), f"there is no example that {_EXAMPLE_WORDS[key]}."
                )

    def _check_references(
        self,
        threats: Mapping[str, tuple[Threat, Fault]],
        controls: Mapping[str, tuple[Control, Fault]],
        principles: tuple[Principle, ...],
        catalogues: Mapping[str, Catalogue],
    ) -> None:
        provisions = {provision.id for principle in principles for provision in principle.provisions}
        cited: list[tuple[Threat | Control, Fault]] = [*threats.values(), *controls.values()]
        for one, where in cited:
            for id in one.provisions:
                if id not in provisions:
                    self.faults.append(Fault(where.file, where.line, f"{one.id}: there is no provision {quoted(id)}."))
            for key, ids in one.references.items():
                if key not in catalogues:
                    message = f"{one.id}: unknown catalogue {quoted(key)}.{hint(key, catalogues)}"
                    self.faults.append(Fault(where.file, where.line, message))
                    continue
                for id in ids:
                    if id not in catalogues[key].ids:
                        message = (
                            f"{one.id}: {catalogues[key].name} has no {quoted(id)}.{hint(id, catalogues[key].ids)}"
                        )
                        self.faults.append(Fault(where.file, where.line, message))


_EXAMPLE_WORDS = {"fires": "fires", "silent": "stays silent"}


def _is_node(name: str, line: int) -> nodes.Mapping:
    return nodes.Mapping((nodes.Entry("is", line, nodes.Scalar(name, plain=True, line=line)),), line)


def _condition_reader(parser: Parser, subject: Subject, path: Reach | None = None) -> documents.Reader:
    return lambda node, report: parser.parse(node, subject, report, path=path)


def _threat_readers(parser: Parser, tree: nodes.Mapping) -> dict[object, documents.Reader]:
    """Return readers that know the threat's subject and its path before they meet its conditions."""
    said = tree.get("subject")
    words = said.text if isinstance(said, nodes.Scalar) else ""
    subject = next((one for one in Subject if one.value == words), Subject.ELEMENT)
    applies = tree.get("applies_when")
    condition = parser.parse(applies, subject, conditions.unheard) if applies else None
    path = main_path(condition) if condition else None
    return {Condition: _condition_reader(parser, subject, path), nodes.Node: lambda node, _: node}
