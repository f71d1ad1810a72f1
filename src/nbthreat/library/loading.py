"""Loading a library: every file read strictly, every name checked, every fault collected before it is refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbthreat import conditions, documents
from nbthreat.conditions import Condition, Parser, Reach, Subject, Term, Tree, Vocabulary
from nbthreat.documents import Report, Shaper, nodes
from nbthreat.errors import DocumentError, Fault, LibraryError, hint, quoted
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
    Predicate,
    Principle,
    Technology,
    Threat,
    main_path,
)
from nbthreat.model import bad_id

T = TypeVar("T")


def examples(threat: Threat, file: str, faults: list[Fault]) -> Examples | None:
    """Return a threat's examples, shaped; None after adding what is wrong with them to `faults`."""
    shaper = Shaper(file)
    found = shaper.record(Examples, threat.examples, "examples")
    faults += shaper.faults
    return None if shaper.faults else found


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


class Loader:
    """Reads one folder; collects every fault before it refuses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._digest = hashlib.sha256()
        self._files = self._all_files()
        self._trees: dict[str, nodes.Mapping] = _remembered(self._digest.hexdigest())
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
            "threats": tuple(one for _, (one, _) in sorted(threats.items())),
            "vocabulary": vocabulary,
            "where": {name: fault.file for name, (_, fault) in threats.items()},
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

    def _check_tree(self, found: Mapping[str, tuple[Any, Fault]]) -> None:
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
