"""Loading a library: every file read strictly, every name checked, every fault collected before it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nbthreat import conditions, documents
from nbthreat.conditions import Condition, Parser, Reach, Subject, Term, Tree, Vocabulary
from nbthreat.documents import Report, Shaper, nodes
from nbthreat.errors import DocumentError, Fault, LibraryError, hint, quoted
from nbthreat.library.memory import remember, remembered
from nbthreat.library.parts import (
    PATH_PLACEHOLDERS,
    PLACEHOLDER,
    PLACEHOLDERS,
    RECORDS,
    AssetKind,
    Capability,
    Catalogue,
    Control,
    Examples,
    Fact,
    Head,
    Omission,
    Omissions,
    Predicate,
    Principle,
    Technology,
    Threat,
    main_path,
)
from nbthreat.model import bad_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in a library something was read: the file, and its nodes, of which every one knows its line."""

    file: str
    node: nodes.Mapping

    def fault(self, message: str, *place: str | int) -> Fault:
        """Return that something is wrong at `place` in what was read here: a key, the number of an item, and so on."""
        return Fault(self.file, nodes.line_of(self.node, place), message)

    def at(self, *place: str | int) -> str:
        """Return file and line of `place`, as a message names them."""
        return f"{self.file}:{nodes.line_of(self.node, place)}"


def examples(threat: Threat, file: str, faults: list[Fault]) -> Examples | None:
    """Return a threat's examples, shaped; None after adding what is wrong with them to `faults`."""
    shaper = Shaper(file)
    found = shaper.record(Examples, threat.examples, "examples")
    faults += shaper.faults
    return None if shaper.faults else found


class Loader:
    """Reads one folder; collects every fault before it refuses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._digest = hashlib.sha256()
        self._files = self._all_files()
        self._trees: dict[str, nodes.Mapping] = remembered(self._digest.hexdigest())
        self._fresh = not self._trees

    def contents(self) -> dict[str, Any]:
        """Return the fields of a Library. Raises LibraryError with every fault."""
        head = self._head()
        technologies = self._several(Technology, ("technologies.yaml",), "technologies")
        kinds = self._several(AssetKind, ("asset_kinds.yaml",), "kinds")
        capabilities = self._several(Capability, ("capabilities.yaml",), "capabilities")
        facts = self._several(Fact, ("facts.yaml",), "facts")
        controls = self._several(Control, self._under("controls"), "controls")
        predicates = self._several(Predicate, ("predicates.yaml",), "predicates", {nodes.Node: lambda node, _: node})
        self._check_tree(technologies)
        self._check_tree(kinds)
        vocabulary = self._vocabulary(technologies, kinds, capabilities, facts, controls)
        parser = Parser(vocabulary, {name: one.when for name, (one, _) in predicates.items()})
        for name, (one, origin) in predicates.items():
            before = len(self.faults)
            parser.parse(one.when, Subject.ELEMENT, self._reporter(origin.file))
            if len(self.faults) == before:
                parser.parse(_is_node(name, one.when.line), Subject.ELEMENT, self._reporter(origin.file))
        principles = self._principles(parser)
        catalogues = {one.id: one for one in self._catalogues()}
        omissions = self._omissions(catalogues)
        threats = self._threats(parser)
        self._check_references(threats, controls, principles, catalogues)
        if self.faults or head is None:
            raise LibraryError(self.faults)
        if self._fresh:
            remember(self._digest.hexdigest(), self._trees)
        return {
            "name": head.name,
            "version": head.version,
            "sha256": self._digest.hexdigest(),
            "technologies": {name: one for name, (one, _) in technologies.items()},
            "kinds": {name: one for name, (one, _) in kinds.items()},
            "capabilities": {name: one for name, (one, _) in capabilities.items()},
            "facts": {name: one for name, (one, _) in facts.items()},
            "controls": {name: one for name, (one, _) in controls.items()},
            "principles": principles,
            "catalogues": catalogues,
            "omissions": omissions,
            "threats": tuple(one for _, (one, _) in sorted(threats.items())),
            "vocabulary": vocabulary,
            "where": {name: origin.file for name, (_, origin) in threats.items()},
        }

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
    ) -> dict[str, tuple[T, Origin]]:
        found: dict[str, tuple[T, Origin]] = {}
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
                if len(shaper.faults) == before and isinstance(item, nodes.Mapping):
                    self._keep(one, Origin(str(self.root / name), item), found)
            self.faults += shaper.faults
        return found

    def _keep(self, one: Any, origin: Origin, found: dict[str, tuple[Any, Origin]]) -> None:
        wrong = bad_id(one.id)
        if one.id in found:
            wrong = f"id {quoted(one.id)} is used twice, first at {found[one.id][1].at('id')}."
        if wrong:
            self.faults.append(origin.fault(wrong, "id"))
        else:
            found[one.id] = (one, origin)

    def _check_tree(self, found: Mapping[str, tuple[Any, Origin]]) -> None:
        tree = Tree({name: one.within for name, (one, _) in found.items()})
        for one, origin in found.values():
            if one.within is not None and one.within not in found:
                message = (
                    f"{quoted(one.id)} is within {quoted(one.within)}, which is not there.{hint(one.within, found)}"
                )
                self.faults.append(origin.fault(message, "within"))
            elif tree.parents[tree.line(one.id)[-1]] is not None:
                self.faults.append(origin.fault(f"{quoted(one.id)} is within itself, in a circle.", "within"))

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
            facts={name: self._term(one, origin, tree) for name, (one, origin) in facts.items()},
            controls={name: self._term(one, origin, tree) for name, (one, origin) in controls.items()},
            relays=inherited("relays", default=True),
            keeps=inherited("keeps", default=False),
        )

    def _term(self, one: Fact | Control, origin: Origin, tree: Tree) -> Term:
        implied, denied = getattr(one, "implied_by", ()), getattr(one, "denied_by", ())
        special = {"flow", "system"}
        for key, names in (("of", one.of), ("implied_by", implied), ("denied_by", denied)):
            for n, name in enumerate(names):
                if name not in tree and not (name in special and name in one.of):
                    known = hint(name, [*tree, *special])
                    message = f"{quoted(one.id)} names an unknown technology {quoted(name)}.{known}"
                    self.faults.append(origin.fault(message, key, n))
        for name in PLACEHOLDER.findall(one.question):
            if name != "name":
                message = (
                    f"the question of {quoted(one.id)} has an unknown placeholder {{{name}}}; only {{name}} is known."
                )
                self.faults.append(origin.fault(message, "question"))
        return Term(
            of=tree.under(set(one.of) - special),
            of_flows="flow" in one.of,
            of_system="system" in one.of,
            implied_by=tree.under(implied),
            denied_by=tree.under(denied),
        )

    def _principles(self, parser: Parser) -> tuple[Principle, ...]:
        found: list[Principle] = []
        first: dict[str, str] = {}
        for name in self._under("provisions"):
            reader = _condition_reader(parser, Subject.SYSTEM)
            one = self._one(Principle, name, {Condition: reader})
            if one is None:
                continue
            found.append(one)
            origin = Origin(str(self.root / name), self._trees[name])
            for n, provision in enumerate(one.provisions):
                if provision.record and provision.record not in RECORDS:
                    message = f"unknown record {quoted(provision.record)}.{hint(provision.record, RECORDS)}"
                    self.faults.append(origin.fault(message, "provisions", n, "record"))
                here = ("provisions", n, "id")
                if provision.id in first:
                    message = f"provision {quoted(provision.id)} stands twice, first at {first[provision.id]}."
                    self.faults.append(origin.fault(message, *here))
                first.setdefault(provision.id, origin.at(*here))
        return tuple(sorted(found, key=lambda principle: principle.principle))

    def _catalogues(self) -> Iterator[Catalogue]:
        for name in self._under("catalogues"):
            if name == _OMISSIONS:
                continue
            one = self._one(Catalogue, name)
            if one and one.id != Path(name).stem:
                line = nodes.line_of(self._trees[name], ("id",))
                self._fault(name, line, f"id {quoted(one.id)} differs from the file's name.")
            if one:
                yield one

    def _omissions(self, catalogues: Mapping[str, Catalogue]) -> tuple[Omission, ...]:
        """Return what is left out of the catalogues on purpose, in the author's order; a library need not say."""
        found = self._one(Omissions, _OMISSIONS) if _OMISSIONS in self._files else None
        if found is None:
            return ()
        origin = Origin(str(self.root / _OMISSIONS), self._trees[_OMISSIONS])
        seen: dict[tuple[str, str], str] = {}
        for n, one in enumerate(found.omissions):
            if one.catalogue not in catalogues:
                message = f"unknown catalogue {quoted(one.catalogue)}.{hint(one.catalogue, catalogues)}"
                self.faults.append(origin.fault(message, "omissions", n, "catalogue"))
                continue
            catalogue = catalogues[one.catalogue]
            for m, id in enumerate(one.ids):
                here = ("omissions", n, "ids", m)
                if id not in catalogue.ids:
                    message = f"{catalogue.name} has no {quoted(id)}.{hint(id, catalogue.ids)}"
                    self.faults.append(origin.fault(message, *here))
                if (one.catalogue, id) in seen:
                    message = f"{quoted(id)} stands twice, first at {seen[one.catalogue, id]}."
                    self.faults.append(origin.fault(message, *here))
                seen.setdefault((one.catalogue, id), origin.at(*here))
        return found.omissions

    def _threats(self, parser: Parser) -> dict[str, tuple[Threat, Origin]]:
        found: dict[str, tuple[Threat, Origin]] = {}
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
            self._keep(threat, Origin(file, tree), found)
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
        threats: Mapping[str, tuple[Threat, Origin]],
        controls: Mapping[str, tuple[Control, Origin]],
        principles: tuple[Principle, ...],
        catalogues: Mapping[str, Catalogue],
    ) -> None:
        provisions = {provision.id for principle in principles for provision in principle.provisions}
        cited: list[tuple[Threat | Control, Origin]] = [*threats.values(), *controls.values()]
        for one, origin in cited:
            for n, id in enumerate(one.provisions):
                if id not in provisions:
                    message = f"{one.id}: there is no provision {quoted(id)}."
                    self.faults.append(origin.fault(message, "provisions", n))
            for key, ids in one.references.items():
                if key not in catalogues:
                    message = f"{one.id}: unknown catalogue {quoted(key)}.{hint(key, catalogues)}"
                    self.faults.append(origin.fault(message, "references", key))
                    continue
                catalogue = catalogues[key]
                for n, id in enumerate(ids):
                    if id not in catalogue.ids:
                        message = f"{one.id}: {catalogue.name} has no {quoted(id)}.{hint(id, catalogue.ids)}"
                        self.faults.append(origin.fault(message, "references", key, n))


_OMISSIONS = "catalogues/reasons.yaml"
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
