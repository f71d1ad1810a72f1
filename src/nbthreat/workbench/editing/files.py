"""Files: a board's two files, read together, saved together, and watched for changes from outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError
from nbthreat.decisions.register import Register, read_register, register_path
from nbthreat.system import documents
from nbthreat.system.documents import Document
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.history import Moment, Texts

Signature = tuple[Any, ...]


class Files:
    """The system file at `path` and the register beside it, as they were last read or written."""

    def __init__(self, path: Path, library: Library) -> None:
        self.path = path
        self._library = library
        self.system: Document[System] | None = None  # None while there is no file
        self.register: Document[Register] | None = None
        self._seen: Signature = ()

    def read(self) -> Board | None:
        """Read both files; None where there is no system file. Raises DocumentError with every fault in them."""
        seen = self._signature()
        if not self.path.exists():
            self.system = self.register = None
            self._seen = seen
            return None
        system = self._library.read_system(self.path)
        register = read_register(self.path, id=system.value.id)
        self.system, self.register, self._seen = system, register, seen
        return Board(system.value, register.value)

    @property
    def board(self) -> Board | None:
        """The board as it is in the files, as far as is known."""
        return Board(self.system.value, self.register.value) if self.system and self.register else None

    def changed_outside(self) -> bool:
        """Return whether somebody else wrote either file since it was last read or written here."""
        seen = self._signature()
        if seen == self._seen:
            return False
        if self._revisions() == self._known_revisions():
            self._seen = seen
            return False
        return True

    def save(self, moment: Moment, texts: Texts) -> None:
        """Write what differs from the files, and give the moment the texts it then has.

        Raises Conflict or DocumentError, and then that file is as it was.
        """
        board = moment.board
        system, register = self.system, self.register
        if system is None or self._differs(system, board.system, texts.system):
            drawn = replace(system or documents.new(board.system, self.path), text=texts.system_comments)
            system = self.system = documents.save(drawn, board.system, text=texts.system)
        if register is None:
            register = documents.new(Register(system=board.system.id), register_path(self.path))
        if self._differs(register, board.register, texts.register):
            decided = replace(register, text=texts.register_comments)
            register = documents.save(decided, board.register, text=texts.register)
        self.register = register
        moment.system_text = system.text
        moment.register_text = register.text or None
        self._seen = self._signature()

    @staticmethod
    def _differs(document: Document[Any], value: Any, text: str | None) -> bool:
        return document.value != value or (text is not None and document.text != text)

    def is_saved(self, board: Board) -> bool:
        """Return whether the files hold this board, as far as is known."""
        return self.system is not None and self.board == board

    def _signature(self) -> Signature:
        found: list[Any] = []
        for path in (self.path, register_path(self.path)):
            try:
                said = path.stat()
                found.append((said.st_mtime_ns, said.st_size, said.st_ino))
            except OSError:
                found.append(None)
        return tuple(found)

    def _revisions(self) -> list[str | None]:
        found: list[str | None] = []
        for path in (self.path, register_path(self.path)):
            try:
                found.append(documents.revision(documents.read_bytes(path)))
            except DocumentError:
                found.append(None)
        return found

    def _known_revisions(self) -> list[str | None]:
        return [document.revision if document else None for document in (self.system, self.register)]
