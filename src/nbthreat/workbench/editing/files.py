"""Files: a board's two files, read together, saved together, and watched for changes from outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nbthreat.base.errors import Conflict, DocumentError, Fault
from nbthreat.decisions.register import Register, read_register, register_path
from nbthreat.system import documents
from nbthreat.system.documents import Document
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.history import Moment, Texts

Signature = tuple[Any, ...]
"""What the disk says of each file without reading it, or None for one that is to be read before it is believed."""


class Files:
    """The system file at `path` and the register beside it, as they were last read or written."""

    def __init__(self, path: Path, library: Library) -> None:
        self.path = path
        self._library = library
        self._paths = (path, register_path(path))
        self.system: Document[System] | None = None  # None while there is no file
        self.register: Document[Register] | None = None
        self._seen: Signature = (None, None)

    def read(self) -> Board | None:
        """Read both files; None where there is no system file. Raises DocumentError with every fault in them."""
        seen = self._signature()
        if not self.path.exists():
            self.system = self.register = None
            self._seen = seen
            return None
        system = self._library.read_system(self.path)
        self._check_register()
        register = read_register(self.path, id=system.value.id)
        self.system, self.register, self._seen = system, register, seen
        return Board(system.value, register.value)

    def _check_register(self) -> None:
        """Raise DocumentError where the register is a link to another folder: nobody put it beside this file."""
        path = self._paths[1]
        real = documents.real_path(path)
        if real.parent != self.path.parent:
            message = (
                f"this register is a link out of its folder, to {real}, and was not read. Put the file itself here."
            )
            raise DocumentError([Fault(str(path), 1, message)])

    @property
    def board(self) -> Board | None:
        """The board as it is in the files, as far as is known."""
        return Board(self.system.value, self.register.value) if self.system and self.register else None

    def changed_outside(self) -> bool:
        """Return whether somebody else wrote either file since it was last read or written here.

        A file is read only where the disk says that it may be another one.
        """
        seen = self._signature()
        for number, (path, document) in enumerate(zip(self._paths, (self.system, self.register), strict=True)):
            if seen[number] == self._seen[number] is not None:
                continue
            if _revision(path) != (document.revision if document else None):
                return True
            self._seen = (*self._seen[:number], seen[number], *self._seen[number + 1 :])
        return False

    def save(self, moment: Moment, texts: Texts) -> None:
        """Write what differs from the files, and give the moment the texts it then has.

        Raises Conflict, and writes nothing, where either file changed outside; DocumentError where one cannot be
        written, and then that file is as it was.
        """
        if self.changed_outside():
            known = self.system.revision if self.system else None
            raise Conflict(self.path, expected=known, found=_revision(self.path))
        board = moment.board
        system, register = self.system, self.register
        if system is None or self._differs(system, board.system, texts.system):
            drawn = replace(system or documents.new(board.system, self.path), text=texts.system_comments)
            self._seen = (None, self._seen[1])  # what is written after us is told from ours by reading it
            system = self.system = documents.save(drawn, board.system, text=texts.system)
        if register is None:
            register = documents.new(Register(system=board.system.id), self._paths[1], about=(self.path,))
        if self._differs(register, board.register, texts.register):
            decided = replace(register, text=texts.register_comments)
            self._seen = (self._seen[0], None)
            register = documents.save(decided, board.register, text=texts.register)
        self.register = register
        moment.system_text = system.text
        moment.register_text = register.text or None

    @staticmethod
    def _differs(document: Document[Any], value: Any, text: str | None) -> bool:
        return document.value != value or (text is not None and document.text != text)

    def is_saved(self, board: Board) -> bool:
        """Return whether the files hold this board, as far as is known."""
        return self.system is not None and self.board == board

    def _signature(self) -> Signature:
        found: list[Any] = []
        for path in self._paths:
            try:
                said = path.stat()
                found.append((said.st_mtime_ns, said.st_ctime_ns, said.st_size, said.st_ino))
            except OSError:
                found.append("none")
        return tuple(found)


def _revision(path: Path) -> str | None:
    try:
        return documents.revision(documents.read_bytes(path))
    except DocumentError:
        return None
