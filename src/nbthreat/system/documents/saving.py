"""Bytes → disk: the one way a file is written, whole or not at all.

Lock, compare what is on disk with what was read, write beside it, fsync, rename, fsync the folder, read back.
A process killed at any moment leaves the old file or the new one, never a mixture.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbthreat.base.errors import Conflict, DocumentError, Fault

try:
    import fcntl
except ImportError:  # Windows: there a file that is open cannot be renamed, and so cannot be locked until it is
    fcntl = None  # type: ignore[assignment]

LOCK_SECONDS = 10.0


def revision(data: bytes) -> str:
    """Return the name of these very bytes: their SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write(path: Path, data: bytes, *, expected: str | None) -> str:
    """Put `data` at `path` and return its revision.

    `expected` is the revision that was read, or None where there was no file. Raises Conflict, and writes nothing,
    where the disk holds something else; DocumentError where the disk refuses or the lock is not to be had.
    """
    from filelock import FileLock, Timeout  # slow to import, and readers never lock

    target = Path(os.path.realpath(path))
    try:
        with FileLock(target.with_name(f".{target.name}.lock"), timeout=LOCK_SECONDS):
            found = current(target)
            if found != expected:
                raise Conflict(path, expected=expected, found=found)
            _remove_strays(target)
            _replace(target, data)
            try:
                there = current(target)
            except OSError as error:
                raise _LateError(error.errno, error.strerror) from error
            if there != revision(data):
                message = "was written, and something that keeps no lock changed it at once. Look at the file."
                raise DocumentError([Fault(str(path), 1, message)])
    except Timeout:
        message = f"another program has held the file for {LOCK_SECONDS:.0f} seconds. Nothing was written."
        raise DocumentError([Fault(str(path), 1, message)]) from None
    except OSError as error:
        raise _refused(path, error) from error
    return revision(data)


def publish(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all, over whatever was there: for files that are made, not edited.

    Needs no lock on it, for nobody reads such a file to change it. Raises DocumentError where the disk refuses.
    """
    target = Path(os.path.realpath(path))
    try:
        _remove_dead(target)
        _replace(target, data)
    except OSError as error:
        raise _refused(path, error) from error


def publish_all(files: Mapping[Path, bytes]) -> None:
    """Put files that belong together at their paths: none takes its place until all are written whole.

    Raises DocumentError where the disk refuses: to write, and everything is as it was; or, which hardly happens, to
    move what is written, and the error says how many are new.
    """
    staged: list[_Staged] = []
    moved = 0
    path = Path()
    try:
        for path, data in files.items():
            target = Path(os.path.realpath(path))
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            _remove_dead(target)
            staged.append(_Staged(target, data))
        for item in staged:
            path = item.target
            item.move()
            moved += 1
        for path in dict.fromkeys(item.target.parent for item in staged):
            _synced(path)
    except OSError as error:
        if 0 < moved < len(files):
            message = f"could not take its place: {error.strerror or error}. {moved} of {len(files)} files are new."
            raise DocumentError([Fault(str(path), 1, f"{message} Publish them again.")]) from error
        raise _refused(path, error) from error
    finally:
        for item in staged:
            item.drop()


def _refused(path: Path, error: OSError) -> DocumentError:
    reason = error.strerror or error
    if isinstance(error, _LateError):
        message = f"was written, but the disk may not keep it: {reason}. Look at the file before you go on."
    else:
        message = f"could not be written: {reason}. What was there is as it was."
    return DocumentError([Fault(str(path), 1, message)])


class _LateError(OSError):
    """The disk refused something after the new file had taken its place."""


def current(path: Path) -> str | None:
    """Return the revision on disk, or None where there is no file."""
    try:
        return revision(path.read_bytes())
    except FileNotFoundError:
        return None


def _replace(target: Path, data: bytes) -> None:
    staged = _Staged(target, data)
    try:
        staged.move()
    finally:
        staged.drop()
    _synced(target.parent)


class _Staged:
    """New content of a file, written and kept beside it until it takes its place; locked for as long."""

    def __init__(self, target: Path, data: bytes) -> None:
        mode = target.stat().st_mode & 0o777 if target.exists() else None
        self.target = target
        self._temporary, descriptor = _opened_beside(target)
        try:
            self._file = os.fdopen(descriptor, "wb")
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            self._file.write(data)
            self._file.flush()
            os.fsync(descriptor)
        except BaseException:
            self.drop()
            raise

    def move(self) -> None:
        """Put the content in its place: while it is locked, where what is open can be moved."""
        if not fcntl:
            self._file.close()
        self._temporary.replace(self.target)

    def drop(self) -> None:
        """Let go of it; what did not take its place is removed."""
        with contextlib.suppress(OSError, AttributeError):
            self._file.close()  # it may not be open yet, and may fail again to write what is left over
        with contextlib.suppress(OSError):
            self._temporary.unlink()


def _synced(folder: Path) -> None:
    try:
        _sync_folder(folder)
    except OSError as error:
        raise _LateError(error.errno, error.strerror) from error


def _opened_beside(target: Path) -> tuple[Path, int]:
    """Make a temporary file beside `target`, locked for as long as it is open: so one sees that its writer lives."""
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        if fcntl:
            with contextlib.suppress(OSError):  # a disk without locks: nobody else can lock there either
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.lexists(temporary):
            return temporary, descriptor
        os.close(descriptor)  # in the moment before it was locked somebody took it for dead


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; the rename itself is durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary(target: Path) -> Iterator[Path]:
    """Yield the temporary files of this very target: those of 'a.b' are none of 'a'."""
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{12}}\.tmp")
    with os.scandir(target.parent) as entries:
        yield from [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]


def _remove_strays(target: Path) -> None:
    """Remove what a killed writer left: under the lock, no temporary file of this name can be alive."""
    for path in _temporary(target):
        with contextlib.suppress(OSError):
            path.unlink()


def _remove_dead(target: Path) -> None:
    """Remove what a killed writer left where no lock keeps others out: a living one has its own file locked."""
    for path in _temporary(target) if fcntl else ():
        with contextlib.suppress(OSError):  # locked, or renamed by now
            descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would wait for a reader
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)
