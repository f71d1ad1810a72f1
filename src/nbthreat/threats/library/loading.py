"""Loading a library: every file read strictly, every name checked, every fault collected before it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nbthreat.base.errors import DocumentError, Fault, LibraryError, hint, quoted
from nbthreat.system import documents
from nbthreat.system.documents import Shaper, nodes
from nbthreat.threats.conditions import Condition, Parser, Subject
from nbthreat.threats.library.checking import (
    CASES,
    Origin,
    overriding,
    reference_faults,
    seen_faults,
    term_faults,
    text_faults,
    tool_faults,
    tree_faults,
)
from nbthreat.threats.library.content import content_sha256
from nbthreat.threats.library.contents import NOTHING, Contents, LibraryHead, Pack, vocabulary_of
from nbthreat.threats.library.parts import (
    PLACEHOLDER,
    RECORDS,
    AssetKind,
    Capability,
    Catalogue,
    Circumstance,
    Control,
    Examples,
    Fact,
    Omission,
    Omissions,
    Predicate,
    Principle,
    RatingStep,
    Status,
    Technology,
    Threat,
    Tools,
)
from nbthreat.threats.library.readers import condition_reader, is_node, threat_readers
from nbthreat.threats.library.records import FolderReader

T = TypeVar("T")


def examples(threat: Threat, file: str, faults: list[Fault]) -> Examples | None:
    """Return a threat's examples, shaped; None after adding what is wrong with them to `faults`."""
    shaper = Shaper(file)
    found = shaper.record(Examples, threat.examples, "examples")
    faults += shaper.faults
    return None if shaper.faults else found


class Loader(FolderReader):
    """Reads one folder; collects every fault before it refuses.

    A pack is read beside `base`. It may override the threats that are `allowed`, or any where that is None; `called`
    is how a system file names its folder.
    """

    def __init__(
        self, root: Path, base: Contents = NOTHING, *, allowed: Container[str] | None = None, called: str = ""
    ) -> None:
        super().__init__(root, base)
        self._allowed = allowed
        self._called = called
        self._head_line: Callable[..., int] = lambda *_: 1
        self.head = self._read_head()

    def contents(self) -> Contents:
        """Return what the folder holds, laid over what it stands beside. Raises LibraryError with every fault."""
        base = self._base
        found_technologies = self._several(Technology, ("technologies.yaml",), "technologies", base.technologies)
        found_kinds = self._several(AssetKind, ("asset_kinds.yaml",), "kinds", base.kinds)
        found_capabilities = self._several(Capability, ("capabilities.yaml",), "capabilities", base.capabilities)
        found_facts = self._several(Fact, ("facts.yaml",), "facts", base.facts)
        found_controls = self._several(Control, self._under("controls"), "controls", base.controls)
        found_predicates = self._several(
            Predicate, ("predicates.yaml",), "predicates", base.predicates, {nodes.Node: lambda node, _: node}
        )
        technologies = _laid_over(base.technologies, found_technologies)
        kinds = _laid_over(base.kinds, found_kinds)
        capabilities = _laid_over(base.capabilities, found_capabilities)
        facts = _laid_over(base.facts, found_facts)
        controls = _laid_over(base.controls, found_controls)
        predicates = _laid_over(base.predicates, found_predicates)
        self.faults += tree_faults(found_technologies, technologies)
        self.faults += tree_faults(found_kinds, kinds)
        vocabulary = vocabulary_of(technologies, kinds, capabilities, facts, controls)
        self.faults += term_faults(found_facts.values(), vocabulary.technologies)
        self.faults += term_faults(found_controls.values(), vocabulary.technologies)
        parser = Parser(vocabulary, {name: predicate.when for name, predicate in predicates.items()})
        for name, (predicate, origin) in found_predicates.items():
            before = len(self.faults)
            parser.parse(predicate.when, Subject.ELEMENT, self._reporter(origin.file))
            if len(self.faults) == before:
                parser.parse(is_node(name, predicate.when.line), Subject.ELEMENT, self._reporter(origin.file))
        if base is not NOTHING:
            for name in (*self._under("provisions"), *self._under(_OMISSIONS), *self._under(_RATING_STEPS)):
                self._fault(name, 1, "a pack adds no provisions or rating steps, and leaves out no ids of a catalogue.")
        circumstances = base.circumstances or self._circumstances(parser)
        principles = base.principles or self._principles(parser)
        catalogues = self._catalogues()
        omissions = base.omissions or self._omissions(catalogues)
        tools = self._tools()
        threats = self._threats(parser)
        cases = catalogues[CASES].ids if CASES in catalogues else ()
        for threat, origin in threats.values():
            self.faults += [*seen_faults(threat, origin, cases), *tool_faults(threat, origin, tools)]
        self.faults += reference_faults(threats.values(), principles, catalogues)
        self.faults += reference_faults(found_controls.values(), principles, catalogues)
        overridden = self._overridden(threats)
        if self.faults or self.head is None:
            raise LibraryError(self.faults)
        self._store()
        own = content_sha256(
            {
                "head": self.head,
                "technologies": _records(found_technologies),
                "kinds": _records(found_kinds),
                "capabilities": _records(found_capabilities),
                "facts": _records(found_facts),
                "controls": _records(found_controls),
                "predicates": _records(found_predicates),
                "principles": () if base.principles else principles,
                "catalogues": _added(base.catalogues, catalogues),
                "omissions": () if base.omissions else omissions,
                "tools": _added(base.tools, tools),
                **({"circumstances": circumstances} if circumstances and not base.circumstances else {}),
                "threats": _records(threats),
            }
        )
        kept = {threat.id: _retired(threat) if threat.id in overridden else threat for threat in base.threats}
        return Contents(
            name=base.name or self.head.name,
            version=base.version or self.head.version,
            sha256=_chained(base.sha256, own, overridden),
            files_sha256=_chained(base.files_sha256, self._digest, overridden),
            technologies=technologies,
            kinds=kinds,
            capabilities=capabilities,
            facts=facts,
            controls=controls,
            predicates=predicates,
            circumstances=circumstances,
            tools=tools,
            principles=principles,
            catalogues=catalogues,
            omissions=omissions,
            threats=tuple(threat for _, threat in sorted(_laid_over(kept, threats).items())),
            vocabulary=vocabulary,
            where={**base.where, **{name: origin.file for name, (_, origin) in threats.items()}},
            packs=(*base.packs, self._pack(self.head, own, overridden)) if base is not NOTHING else (),
            beneath=base.published if base is not NOTHING else None,
        )

    @property
    def is_pack(self) -> bool:
        """Whether library.yaml has the key `beside`, also where the file has faults."""
        try:
            said = nodes.parse(self._files.get(_HEAD, b""), _HEAD).root
        except DocumentError:
            return False
        return said.get("beside") is not None

    def _pack(self, head: LibraryHead, own: str, overridden: tuple[str, ...]) -> Pack:
        return Pack(
            name=head.name,
            version=head.version,
            sha256=own,
            folder=self._called,
            overrides=overridden,
        )

    def _overridden(self, threats: Mapping[str, tuple[Threat, Origin]]) -> tuple[str, ...]:
        """Return the ids of the threats beneath that this pack redefines, replaces or silences, sorted.

        Where it may not override one, or silences one that does not exist, that is a fault.
        """
        beneath = {threat.id for threat in self._base.threats}
        silences = enumerate(self.head.silences if self.head else ())
        told = [*overriding(threats.values(), beneath)]
        for n, id in silences:
            line = self._head_line("silences", n)
            if id in beneath:
                told.append((id, "silences", Fault(str(self.root / _HEAD), line, "")))
            else:
                self._fault(_HEAD, line, f"there is no threat {quoted(id)} to silence.{hint(id, beneath)}")
        for id, how, at in told:
            if self._allowed is not None and id not in self._allowed:
                message = f"the pack {how} the threat {quoted(id)}, which the system file does not allow"
                self.faults.append(replace(at, message=f"{message} with 'overrides: [{id}]'."))
        return tuple(sorted({id for id, _, _ in told}))

    def _read_head(self) -> LibraryHead | None:
        if _HEAD not in self._files:
            self._fault(_HEAD, 1, "the library has no such file, and needs it.")
            return None
        try:
            read = documents.loads(LibraryHead, self._files[_HEAD], self.root / _HEAD)
        except DocumentError as error:
            self.faults += error.faults
            return None
        self._head_line = lambda *place: read.line(place)
        base, beside = self._base.name, read.value.beside
        if base and beside != base:
            message = f"stands beside {quoted(beside)}" if beside else "is a whole library"
            line = read.line(("beside",)) if beside else 1
            self._fault(_HEAD, line, f"this {message}, and is no pack of {quoted(base)}. Say 'beside: {base}'.")
        return read.value

    def _principles(self, parser: Parser) -> tuple[Principle, ...]:
        found: list[Principle] = []
        first: dict[str, str] = {}
        for name in self._under("provisions"):
            reader = condition_reader(parser, Subject.SYSTEM)
            principle = self._one(Principle, name, {Condition: reader})
            if principle is None:
                continue
            found.append(principle)
            origin = Origin(str(self.root / name), self._trees[name])
            for n, provision in enumerate(principle.provisions):
                if provision.record and provision.record not in RECORDS:
                    message = f"unknown record {quoted(provision.record)}.{hint(provision.record, RECORDS)}"
                    self.faults.append(origin.fault(message, "provisions", n, "record"))
                here = ("provisions", n, "id")
                if provision.id in first:
                    message = f"provision {quoted(provision.id)} stands twice, first at {first[provision.id]}."
                    self.faults.append(origin.fault(message, *here))
                first.setdefault(provision.id, origin.at(*here))
        return tuple(sorted(found, key=lambda principle: principle.principle))

    def _catalogues(self) -> dict[str, Catalogue]:
        found = dict(self._base.catalogues)
        for name in self._under("catalogues"):
            if name == _OMISSIONS:
                continue
            catalogue = self._one(Catalogue, name)
            if catalogue is None:
                continue
            line = nodes.line_of(self._trees[name], ("id",))
            if catalogue.id != Path(name).stem:
                self._fault(name, line, f"id {quoted(catalogue.id)} differs from the file's name.")
            for old, new in catalogue.formerly.items():
                if old in catalogue.ids or new not in catalogue.ids:
                    at = nodes.line_of(self._trees[name], ("formerly", old))
                    self._fault(name, at, f"{quoted(old)} cannot have become {quoted(new)}: {hint(new, catalogue.ids)}")
            if catalogue.id in found:
                self._fault(name, line, f"there is a catalogue {quoted(catalogue.id)} already.")
            else:
                found[catalogue.id] = catalogue
        return found

    def _omissions(self, catalogues: Mapping[str, Catalogue]) -> tuple[Omission, ...]:
        """Return what is left out of the catalogues on purpose, in the author's order; a library need not say."""
        found = self._one(Omissions, _OMISSIONS) if _OMISSIONS in self._files else None
        if found is None:
            return ()
        origin = Origin(str(self.root / _OMISSIONS), self._trees[_OMISSIONS])
        seen: dict[tuple[str, str], str] = {}
        for n, omission in enumerate(found.omissions):
            if omission.catalogue not in catalogues:
                message = f"unknown catalogue {quoted(omission.catalogue)}.{hint(omission.catalogue, catalogues)}"
                self.faults.append(origin.fault(message, "omissions", n, "catalogue"))
                continue
            catalogue = catalogues[omission.catalogue]
            for m, id in enumerate(omission.ids):
                here = ("omissions", n, "ids", m)
                if id not in catalogue.ids:
                    message = f"{catalogue.name} has no {quoted(id)}.{hint(id, catalogue.ids)}"
                    self.faults.append(origin.fault(message, *here))
                if (omission.catalogue, id) in seen:
                    message = f"{quoted(id)} stands twice, first at {seen[omission.catalogue, id]}."
                    self.faults.append(origin.fault(message, *here))
                seen.setdefault((omission.catalogue, id), origin.at(*here))
        return found.omissions

    def _circumstances(self, parser: Parser) -> tuple[Circumstance, ...]:
        """Return what moves ratings; a library need not say."""
        if _RATING_STEPS not in self._files:
            return ()
        steps = self._several(RatingStep, (_RATING_STEPS,), "steps", {}, {nodes.Node: lambda node, _: node})
        found: list[Circumstance] = []
        for step, origin in steps.values():
            when = parser.parse(step.when, step.subject, self._reporter(origin.file))
            used = [name for name in PLACEHOLDER.findall(step.because) if name != "subject"]
            if used:
                self.faults.append(
                    origin.fault(f"unknown placeholder {{{used[0]}}}; only {{subject}} is known.", "because")
                )
            if when is not None:
                found.append(Circumstance(step, when))
        return tuple(found)

    def _tools(self) -> dict[str, tuple[str, ...]]:
        """Return the tools that tests may name; a pack adds tools, and parts to those beneath."""
        beneath = self._base.tools
        found = self._one(Tools, _TOOLS) if _TOOLS in self._files else None
        added = found.tools if found else {}
        return {**beneath, **{name: (*beneath.get(name, ()), *parts) for name, parts in added.items()}}

    def _threats(self, parser: Parser) -> dict[str, tuple[Threat, Origin]]:
        found: dict[str, tuple[Threat, Origin]] = {}
        for name in self._under("threats"):
            tree = self._tree(name)
            if tree is None:
                continue
            file = str(self.root / name)
            shaper = Shaper(file, threat_readers(parser, tree))
            threat = shaper.record(Threat, tree, "threat")
            self.faults += shaper.faults
            if shaper.faults:
                continue
            if threat.id != Path(name).stem:
                self._fault(name, nodes.line_of(tree, ("id",)), f"id {quoted(threat.id)} differs from the file's name.")
            self.faults += text_faults(threat, Origin(file, tree))
            self._keep(threat, Origin(file, tree), found)
        return found


_HEAD = "library.yaml"
_OMISSIONS = "catalogues/reasons.yaml"
_TOOLS = "test_tools.yaml"
_RATING_STEPS = "rating_steps.yaml"


def _laid_over(base: Mapping[str, T], found: Mapping[str, tuple[T, Origin]]) -> dict[str, T]:
    return {**base, **_records(found)}


def _records(found: Mapping[str, tuple[T, Origin]]) -> dict[str, T]:
    return {name: record for name, (record, _) in found.items()}


def _added(base: Mapping[str, T], whole: Mapping[str, T]) -> dict[str, T]:
    return {name: record for name, record in whole.items() if base.get(name) != record}


def _chained(beneath: str, own: str, overridden: tuple[str, ...]) -> str:
    """Return a digest of the whole content: `own`, and for a pack also the library beneath and what it overrides."""
    if not beneath:
        return own
    return hashlib.sha256("\0".join((beneath, own, *overridden)).encode()).hexdigest()


def _retired(threat: Threat) -> Threat:
    return replace(threat, status=Status.RETIRED)
