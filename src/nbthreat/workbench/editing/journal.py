"""Journals: what was acknowledged and is not yet in the file, so that the death of the process loses none of it.

A journal begins with the texts of both files as they were last known, and has one line per step after that, each
with its checksum, each on disk before the step is acknowledged. A torn last line was never acknowledged. A journal
whose process lives is locked; one that is not locked was left behind, and whoever opens the file next takes it over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from nbthreat.base.errors import NbthreatError
from nbthreat.decisions.register import Register
from nbthreat.system import documents
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import System
from nbthreat.workbench.editing.board import PARTS, Board

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Left:
    """What a process left behind: what was in the files when it began, and the board it reached in `steps` steps."""

    base: Board | None  # None where there was no file
    board: Board
    steps: int
    at: str  # time of the last step


class Journal:
    """The journal of one session about the file at `path`. Raises OSError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.{secrets.token_hex(6)}.journal")
        self._lock: Any = None
        self._descriptor: int | None = None

    def begin(self, system_text: str | None, register_text: str | None, board: Board) -> None:
        """Start anew from what is in the files; from `board` where there is no file yet."""
        from filelock import FileLock

        if self._lock is None:
            self._lock = FileLock(_lock_path(self._path), timeout=0)
            self._lock.acquire()
        head = {
            "nbthreat": _FORMAT,
            "system": system_text,
            "register": register_text,
            "board": None if system_text else [documents.plain(board.system), documents.plain(board.register)],
        }
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            _write(descriptor, head)
            temporary.replace(self._path)
        except BaseException:
            os.close(descriptor)
            raise
        self._close()
        self._descriptor = descriptor

    @property
    def begun(self) -> bool:
        """Whether there is a journal on disk."""
        return self._descriptor is not None

    def add(self, name: str, by: str, at: str, before: Board, after: Board) -> None:
        """Put one step on disk."""
        if self._descriptor is not None:
            _write(self._descriptor, {"name": name, "by": by, "at": at, "patch": patch(before, after)})

    def end(self) -> None:
        """Remove the journal: everything in it is in the files."""
        begun = self.begun
        self._close()
        if begun:
            discard(self._path)
        self._release()

    def close(self) -> None:
        """Let go of the journal; what is in it stays for whoever opens the file next."""
        self._close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def left_behind(path: Path) -> Iterator[tuple[Path, Left]]:
    """Yield each journal about `path` whose process is gone, oldest first, with what is in it."""
    from filelock import FileLock, Timeout

    found = sorted(path.parent.glob(f".{_escaped(path.name)}.*.journal"), key=lambda path: path.stat().st_mtime)
    for journal in found:
        lock = FileLock(_lock_path(journal), timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        try:
            left = _read(journal)
        finally:
            lock.release()
        if left is not None:
            yield journal, left


def discard(journal: Path) -> None:
    """Remove a journal that was taken over and is now in another's."""
    for path in (journal, _lock_path(journal)):
        with contextlib.suppress(OSError):
            path.unlink()


def patch(before: Board, after: Board) -> dict[str, Any]:
    """Return as plain data what turns one board into the other."""
    found: dict[str, Any] = {}
    old, new = before.system, after.system
    if old is not new:
        for name in record_fields(System):
            if name not in (*PARTS, "layout") and getattr(old, name) != getattr(new, name):
                found.setdefault("system", {})[name] = documents.plain(getattr(new, name))
        if old.layout is not new.layout:
            placed = {id: list(place) for id, place in new.layout.items() if old.layout.get(id) != place}
            found["layout"] = {**placed, **dict.fromkeys(id for id in old.layout if id not in new.layout)}
        for part in PARTS:
            if getattr(old, part) is getattr(new, part):
                continue
            was, now = ({item.id: item for item in getattr(side, part)} for side in (old, new))
            changed = {id: documents.plain(value) for id, value in now.items() if was.get(id) is not value}
            changed |= dict.fromkeys(id for id in was if id not in now)
            if changed:
                found[part] = changed
            kept = [id for id in was if id in now]
            if list(now) != kept + [id for id in now if id not in was]:
                found.setdefault("order", {})[part] = list(now)
    if before.register is not after.register:
        found["register"] = _said(before.register, after.register)
    return found


def patched(board: Board, change: dict[str, Any]) -> Board:
    """Return the board that `patch` said comes next. Raises DocumentError or ModelError where it does not fit."""
    data = documents.plain(board.system)
    data.update(change.get("system", {}))
    layout = {**data.get("layout", {}), **change.get("layout", {})}
    data["layout"] = {id: place for id, place in layout.items() if place is not None}
    for part in PARTS:
        now = {item["id"]: item for item in data.get(part, ())}
        for id, value in change.get(part, {}).items():
            if value is None:
                now.pop(id, None)
            else:
                now[id] = value
        order = change.get("order", {}).get(part)
        data[part] = [now[id] for id in order if id in now] if order else list(now.values())
    register = board.register
    if "register" in change:
        register = documents.shaped(Register, _told(documents.plain(register), change["register"]))
    return Board(documents.shaped(System, data), register)


def _said(before: Register, after: Register) -> dict[str, Any]:
    """Return the fields in which two registers differ; of a list [from, to, what stands there now]."""
    found: dict[str, Any] = {}
    for name in record_fields(Register):
        old, new = getattr(before, name), getattr(after, name)
        if old is new or old == new:
            continue
        if isinstance(new, tuple):
            start = _alike(old, new)
            end = _alike(reversed(old[start:]), reversed(new[start:]))
            found[name] = [start, len(old) - end, [documents.plain(item) for item in new[start : len(new) - end]]]
        else:
            found[name] = documents.plain(new)
    return found


def _told(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return a register as plain data, with what `_said` says is different."""
    for name, value in change.items():
        if isinstance(value, list):
            start, end, new = value
            old = data.get(name, [])
            data[name] = [*old[:start], *new, *old[end:]]
        else:
            data[name] = value
    return data


def _alike(these: Iterable[Any], those: Iterable[Any]) -> int:
    """Return how many of two lists are the same from their beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(these, those, strict=False)))


def _escaped(name: str) -> str:
    return "".join(f"[{item}]" if item in "*?[" else item for item in name)


def _lock_path(journal: Path) -> Path:
    return journal.with_suffix(".lock")


def _write(descriptor: int, data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    line = f"{_checksum(text)} {text}\n".encode("utf-8", "surrogatepass")
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _lines(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a journal, up to the first that is torn or was touched."""
    try:
        data = journal.read_bytes()
    except OSError:
        return
    for line in data.decode("utf-8", "replace").split("\n"):
        sum_, _, text = line.partition(" ")
        if sum_ != _checksum(text):
            return
        item = json.loads(text)
        if not isinstance(item, dict):
            return
        yield item


def _read(journal: Path) -> Left | None:
    lines = _lines(journal)
    head = next(lines, None)
    if head is None or head.get("nbthreat") != _FORMAT:
        return None
    try:
        board = first = _first(head, journal)
        steps, at = 0, ""
        for line in lines:
            board = patched(board, line["patch"])
            steps, at = steps + 1, str(line.get("at", ""))
    except (NbthreatError, KeyError, TypeError, ValueError):
        return None
    return Left(first if head["system"] else None, board, steps, at)


def _first(head: dict[str, Any], journal: Path) -> Board:
    """Return the board a journal began from."""
    if not head["system"]:
        system, register = head["board"]
        return Board(documents.shaped(System, system), documents.shaped(Register, register))
    system = documents.loads(System, head["system"].encode(), journal).value
    register = Register(system=system.id)
    if head["register"]:
        register = documents.loads(Register, head["register"].encode(), journal).value
    return Board(system, register)
