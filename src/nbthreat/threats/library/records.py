"""Records: the files of a library's folder, read strictly into records; every fault is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbthreat.base.errors import DocumentError, Fault, quoted
from nbthreat.system import documents
from nbthreat.system.documents import Report, Shaper, nodes
from nbthreat.system.model import bad_id
from nbthreat.threats.library.cache import load, store
from nbthreat.threats.library.checking import Origin
from nbthreat.threats.library.contents import NOTHING, Contents
from nbthreat.threats.library.folder import files_in

T = TypeVar("T")


class FolderReader:
    """Reads the files of one folder; what is wrong with them goes into `faults`.

    `base` is the library that a pack in the folder adds to; NOTHING where the folder is a whole library.
    """

    def __init__(self, root: Path, base: Contents) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._base = base
        self._files, wrong = files_in(root)
        self.faults += wrong
        digest = hashlib.sha256()
        for name, data in self._files.items():
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        self._digest = digest.hexdigest()  # of all files with their names
        self._trees: dict[str, nodes.Mapping] = load(self._digest)
        self._fresh = not self._trees

    def _store(self) -> None:
        """Keep what was read, so that the next process need not read it again."""
        if self._fresh:
            store(self._digest, self._trees)

    def _under(self, folder: str) -> tuple[str, ...]:
        return tuple(name for name in self._files if name.startswith(f"{folder}/") or name == folder)

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
        beneath: Mapping[str, T],
        readers: Mapping[object, documents.Reader] | None = None,
    ) -> dict[str, tuple[T, Origin]]:
        found: dict[str, tuple[T, Origin]] = {}
        for name in names:
            if self._base is not NOTHING and name not in self._files:
                continue  # a pack need not have it
            tree = self._tree(name)
            if tree is None:
                continue
            listed = tree.get(key)
            if not isinstance(listed, nodes.Sequence) or len(tree.entries) != 1:
                self._fault(name, tree.line, f"the file must hold one list, '{key}:'.")
                continue
            shaper = Shaper(str(self.root / name), readers)
            for node in listed.items:
                before = len(shaper.faults)
                record = shaper.record(cls, node, cls.__name__.lower())
                if len(shaper.faults) == before and isinstance(node, nodes.Mapping):
                    self._keep(record, Origin(str(self.root / name), node), found, beneath)
            self.faults += shaper.faults
        return found

    def _keep(
        self, record: Any, origin: Origin, found: dict[str, tuple[Any, Origin]], beneath: Container[str] = ()
    ) -> None:
        wrong = bad_id(record.id)
        if record.id in beneath:
            there = f"{quoted(record.id)} is in {self._base.name} already"
            wrong = f"{there}. A pack adds to it and never changes a word of it."
        if record.id in found:
            wrong = f"id {quoted(record.id)} is used twice, first at {found[record.id][1].at('id')}."
        if wrong:
            self.faults.append(origin.fault(wrong, "id"))
        else:
            found[record.id] = (record, origin)
