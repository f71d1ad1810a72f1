"""Sealing: lines on disk that show whether this user on this machine wrote them.

Each line bears a code (HMAC-SHA-256) over itself and all lines before it, made with a key that never leaves the user's
own state folder. A line that somebody else wrote, or changed, or took from another file, does not bear the right one.
Files are read within limits, and only where they are regular files; nothing in them can raise.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from nbthreat.system import documents

SIZE_LIMIT = 32_000_000
"""Bytes of one file that are written and read."""
LINE_LIMIT = 24_000_000
"""Bytes of one line: twice over, two files as long as can be read, and a little more."""
LINES_LIMIT = 20_000

_KEY_BYTES = 32
_CODE = 32  # characters of each code
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
MODE = 0o600
"""Permission bits of what is kept for one user alone: journals, undo logs, and their locks."""
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)


def state_folder() -> Path:
    """Return the folder in which this user's nbthreat keeps what is nobody else's."""
    from platformdirs import user_state_path

    return user_state_path("nbthreat")


def key() -> bytes:
    """Return the key of this user on this machine, made when it is first asked for.

    Where none can be kept, it is one that ends with the process: then no line of an earlier process is taken for ours.
    """
    return _key(state_folder() / "sealing.key")


@cache
def _key(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return _kept(path) or _made(path)
    return secrets.token_bytes(_KEY_BYTES)


def _kept(path: Path) -> bytes | None:
    """Return the key in that file, or None where there is none that only its owner can read."""
    try:
        with _opened(path) as file:
            said, found = os.fstat(file.fileno()), file.read(_KEY_BYTES + 1)
    except OSError:
        return None
    if hasattr(os, "getuid") and (said.st_uid != os.getuid() or said.st_mode & 0o077):
        return None
    return found if len(found) == _KEY_BYTES else None


def _made(path: Path) -> bytes:
    """Make a key and return it; the one that another process made at the same time, where that was first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.new")
    made = secrets.token_bytes(_KEY_BYTES)
    try:
        with os.fdopen(os.open(temporary, _WRITE_FLAGS, MODE), "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        if os.path.lexists(path) and _kept(path) is None:
            temporary.replace(path)  # damaged, or open to others: what it sealed is no longer ours
            return made
        try:
            os.link(temporary, path)  # whole or not at all, and never over another
        except FileExistsError:
            return _kept(path) or made
        except OSError:  # a disk without links
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return made


@dataclass(frozen=True, slots=True)
class SealedLines:
    """What could be read of a file: its records in order, whether we wrote all of them, and why there is no more.

    `fault` is empty where everything was read. A last line without its end was never finished, and is not counted.
    """

    records: tuple[dict[str, Any], ...]
    is_ours: bool
    fault: str


def read(path: Path) -> SealedLines:
    """Return the records of the file at `path`, within limits. Raises nothing, whatever is there."""
    try:
        data = _bytes(path)
    except OSError as error:
        said = "is a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror or error}"
        return SealedLines((), is_ours=False, fault=said)
    fault = f"is longer than {SIZE_LIMIT:,} bytes" if len(data) > SIZE_LIMIT else ""
    records: list[dict[str, Any]] = []
    code, is_ours = b"", True
    lines = data[:SIZE_LIMIT].split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        its_code, _, text = line.partition(b" ")
        code = _code(code, text)
        is_ours = is_ours and hmac.compare_digest(its_code, code)
        record = _record(text) if number <= LINES_LIMIT and len(line) <= LINE_LIMIT else None
        if record is None:
            fault = f"cannot be read from line {number:,} on"
            break
        records.append(record)
    return SealedLines(tuple(records), is_ours and bool(records), fault)


def _bytes(path: Path) -> bytes:
    """Return at most one byte more than is ever read."""
    with _opened(path) as file:
        return file.read(SIZE_LIMIT + 1)


def _opened(path: Path) -> BinaryIO:
    """Open a file to read it. Raises OSError for a link, and for what is no regular file; waits for nobody."""
    descriptor = os.open(path, _READ_FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.fdopen(descriptor, "rb")


def _record(text: bytes) -> dict[str, Any] | None:
    try:
        found = documents.of_json(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _code(before: bytes, text: bytes) -> bytes:
    return hmac.new(key(), before + b" " + text, "sha256").hexdigest()[:_CODE].encode()


class SealedFile:
    """A file of sealed lines that is being written. Raises OSError where the disk refuses; then all is as it was."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """A line is on disk before it counts as written where the file is `durable`; else the system has it."""
        self.path = path
        self._durable = durable
        self._descriptor: int | None = None
        self._size = self._lines = 0
        self._code = b""

    @property
    def is_open(self) -> bool:
        """Whether there is a file to add to."""
        return self._descriptor is not None

    def begin(self, records: Iterable[dict[str, Any]]) -> None:
        """Put a file with these records, whole, in the place of what was there."""
        code, lines = b"", []
        for record in records:
            line, code = _sealed(code, record)
            lines.append(line)
        temporary = self.path.with_name(f"{self.path.name}.new")
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        descriptor = os.open(temporary, _WRITE_FLAGS, MODE)
        try:
            _check_room(lines, 0, 0)
            for line in lines:
                _write(descriptor, line)
            self._sync(descriptor)
            temporary.replace(self.path)
            self._sync_folder()
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        self.close()
        self._descriptor, self._code = descriptor, code
        self._size, self._lines = sum(map(len, lines)), len(lines)

    def add(self, record: dict[str, Any]) -> None:
        """Add one record; where it cannot be written whole, the file is cut back to the last one that was."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        line, code = _sealed(self._code, record)
        _check_room([line], self._size, self._lines)
        os.ftruncate(self._descriptor, self._size)  # what an earlier refusal left, where it could not be cut off then
        try:
            _write(self._descriptor, line)
            self._sync(self._descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(line)
        self._lines += 1
        self._code = code

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        if self._durable:
            os.fsync(descriptor)

    def _sync_folder(self) -> None:
        if self._durable and os.name == "posix":
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _sealed(before: bytes, record: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return a record as a line, and its code."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    code = _code(before, text)
    return code + b" " + text + b"\n", code


def _check_room(lines: list[bytes], size: int, count: int) -> None:
    """Raise OSError where these lines, or the file with them, would be longer than is ever read."""
    too_long = any(len(line) > LINE_LIMIT for line in lines)
    if too_long or size + sum(map(len, lines)) > SIZE_LIMIT or count + len(lines) > LINES_LIMIT:
        raise OSError(errno.EFBIG, "it is larger than a journal may be")


def _write(descriptor: int, line: bytes) -> None:
    while line:
        written = os.write(descriptor, line)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        line = line[written:]
