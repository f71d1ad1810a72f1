"""Bytes → disk: the one way a file is written, whole or not at all.

Lock, compare what is on disk with what was read, write beside it, fsync, rename, fsync the folder, read back.
A process killed at any moment leaves the old file or the new one, never a mixture.

The new file has the permissions, the owner and the attributes of the old one, as far as one may give them. It is
another file all the same: where the old one has several names (hard links), the name that is saved is the new file and
the other names stay with the old one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbthreat.base.errors import Conflict, DocumentError, Fault, quoted
from nbthreat.system.documents import access

if TYPE_CHECKING:
    from filelock import FileLock

try:
    import fcntl
except ImportError:  # Windows: there a file that is open cannot be renamed, and so cannot be locked until it is
    fcntl = None  # type: ignore[assignment]

LOCK_SECONDS = 10.0


def real_path(path: Path) -> Path:
    """Return what `path` leads to: absolute, without links. A file is what it resolves to, however it is spelt.

    >>> real_path(Path("models/../chat.yaml")) == real_path(Path("chat.yaml"))
    True
    """
    return Path(os.path.realpath(path))


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether what `path` leads to lies in what `folder` leads to, or below it.

    >>> is_inside(Path("models/chat.yaml"), Path("models")), is_inside(Path("models/../chat.yaml"), Path("models"))
    (True, False)
    """
    try:
        return real_path(path).is_relative_to(real_path(folder))
    except ValueError:  # a name that no file can have
        return False


def beside(path: Path, suffix: str) -> Path:
    """Return where a file about the file at `path` lies: beside the file itself, not beside a link to it.

    >>> beside(Path("models/chat.yaml"), ".register.yaml").as_posix()
    'models/chat.register.yaml'
    """
    itself = followed(path)
    return itself.with_name(f"{itself.stem}{suffix}")


def followed(path: Path) -> Path:
    """Return the file itself: `path` as it is spelt where it is no link, else what it leads to.

    >>> followed(Path("models/chat.yaml")).as_posix()
    'models/chat.yaml'
    """
    real = real_path(path)
    return path if real_path(path.parent) / path.name == real else real


def revision(data: bytes) -> str:
    """Return the name of these very bytes: their SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write(
    path: Path, make: Callable[[bytes | None], bytes], *, expected: str | None, about: Sequence[Path] = ()
) -> bytes:
    """Put at `path` what `make` makes of the bytes that are there, None where there is no file; return it.

    `expected` is the revision that was read, or None where there was no file. `about` are the files that a new one
    tells of: it is as private as the most private of them. Raises Conflict, and writes nothing, where the disk holds
    something else; DocumentError where the disk refuses or the lock is not to be had.
    """
    from filelock import Timeout  # slow to import, and readers never lock

    target = real_path(path)
    try:
        with lock(target, about) as held:
            _must_be_a_file(path, target)
            before = current(target)
            found = None if before is None else revision(before)
            if found != expected:
                raise Conflict(path, expected=expected, found=found)
            data = make(before)
            _remove_strays(target)
            _replace(target, data, about)
            with contextlib.suppress(OSError):  # whoever may write the file as it now is may lock it, and nobody else
                Path(held.lock_file).chmod(access.lock_mode(target, about))
            try:
                there = current(target)
            except OSError as error:
                raise _LateError(error.errno, error.strerror) from error
            if there != data:
                message = "was written, and something that keeps no lock changed it at once. Look at the file."
                raise DocumentError([Fault(str(path), 1, message)])
    except Timeout:
        message = f"another program has held the file for {LOCK_SECONDS:.0f} seconds. Nothing was written."
        raise DocumentError([Fault(str(path), 1, message)]) from None
    except OSError as error:
        raise _refused(path, error) from error
    return data


def lock(target: Path, about: Sequence[Path] = ()) -> FileLock:
    """Return the lock of a file, as private as the file and what it is about. It waits, and then raises Timeout."""
    from filelock import FileLock

    return FileLock(
        target.with_name(f".{target.name}.lock"), timeout=LOCK_SECONDS, mode=access.lock_mode(target, about)
    )


def publish(path: Path, data: bytes, *, about: Sequence[Path] = ()) -> None:
    """Put `data` at `path` whole or not at all, over whatever file was there: for files that are made, not edited.

    `about` are the files that it tells of: where it is new, it is as private as the most private of them. Needs no
    lock, for nobody reads such a file to change it. Raises DocumentError where `path` is a link, a device or a pipe, or
    where the disk refuses.
    """
    try:
        target = _place_to_publish(path)
        _remove_dead(target)
        _replace(target, data, about)
    except OSError as error:
        raise _refused(path, error) from error


def publish_all(files: Mapping[Path, bytes], *, about: Sequence[Path] = ()) -> None:
    """Put files that belong together at their paths: none takes its place until all are written whole.

    `about` are the files that they tell of, as for `publish`. Raises DocumentError where a path is a link, a device or
    a pipe, or where the disk refuses: to write, and everything is as it was; or, which hardly happens, to move what is
    written, and the error says how many are new.
    """
    staged: list[_Staged] = []
    moved = 0
    path = Path()
    try:
        for path, data in files.items():
            target = _place_to_publish(path)
            _remove_dead(target)
            staged.append(_Staged(target, data, about))
        for file in staged:
            path = file.target
            file.move()
            moved += 1
        for path in dict.fromkeys(file.target.parent for file in staged):
            _synced(path)
    except OSError as error:
        if 0 < moved < len(files):
            message = f"could not take its place: {error.strerror or error}. {moved} of {len(files)} files are new."
            raise DocumentError([Fault(str(path), 1, f"{message} Publish them again.")]) from error
        raise _refused(path, error) from error
    finally:
        for file in staged:
            file.drop()


def _place_to_publish(path: Path) -> Path:
    """Return where a made file goes: into the folder that `path` leads to, under its own name, and through no link."""
    target = real_path(path.parent) / path.name
    if target.is_symlink():
        message = f"is a link to {quoted(target.readlink())}, and nothing is published through a link."
        raise DocumentError([Fault(str(path), 1, f"{message} Name that file itself, or remove the link.")])
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    _must_be_a_file(path, target)
    return target


def _must_be_a_file(path: Path, target: Path) -> None:
    """Raise DocumentError where what is at `target` is no file: a device or a pipe is never written over."""
    if target.exists() and not (target.is_file() or target.is_dir()):
        message = "is no file but a device, a pipe or a socket. Nothing was written. Name a file."
        raise DocumentError([Fault(str(path), 1, message)])


def _refused(path: Path, error: OSError) -> DocumentError:
    reason = error.strerror or error
    if isinstance(error, _LateError):
        message = f"was written, but the disk may not keep it: {reason}. Look at the file before you go on."
    else:
        message = f"could not be written: {reason}. What was there is as it was."
    return DocumentError([Fault(str(path), 1, message)])


class _LateError(OSError):
    """The disk refused something after the new file had taken its place."""


def current(path: Path) -> bytes | None:
    """Return the bytes on disk, or None where there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(target: Path, data: bytes, about: Sequence[Path]) -> None:
    staged = _Staged(target, data, about)
    try:
        staged.move()
    finally:
        staged.drop()
    _synced(target.parent)


class _Staged:
    """New content of a file, written and kept beside it until it takes its place; locked for as long."""

    def __init__(self, target: Path, data: bytes, about: Sequence[Path]) -> None:
        before = target.stat() if target.exists() else None
        self.target = target
        self._temporary, descriptor = _opened_beside(target, access.granted(about) if before is None else 0o600)
        try:
            self._file = os.fdopen(descriptor, "wb")
            if before is None:
                access.narrow(descriptor, about)
            else:
                access.keep(descriptor, target, before)
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


def _opened_beside(target: Path, mode: int) -> tuple[Path, int]:
    """Make a temporary file beside `target`, locked for as long as it is open: so one sees that its writer lives."""
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
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
