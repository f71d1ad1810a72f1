"""Who may read and write a file: what its new content keeps, and what a new file about it takes over.

Nothing here ever grants more than there was. What cannot be kept, such as a group that one is not in, is not replaced
by what is wider.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_ANYBODY = 0o666
_OWNER = 0o600
_ACL = "system.posix_acl_access"


def granted(about: Sequence[Path]) -> int:
    """Return the permission bits that every file of `about` grants; those that are not there have no say.

    The owner may always read and write what is made.
    """
    mode = _ANYBODY
    for path, said in _found(about):
        mode &= _OWNER if _has_acl(path) else said.st_mode | _OWNER
    return mode


def lock_mode(target: Path, about: Sequence[Path] = ()) -> int:
    """Return the permission bits of a lock beside `target`: whoever may write the file may lock it, and nobody else."""
    said = _status(target)
    return granted(about) & (_OWNER if said is None else said.st_mode | _OWNER)


def keep(descriptor: int, target: Path, said: os.stat_result) -> None:
    """Give an open file the owner, group, extended attributes and permission bits of `target`, as far as one may."""
    if not hasattr(os, "fchmod"):
        return
    _give(descriptor, said)
    complete = _copy_attributes(target, descriptor)
    mode = stat.S_IMODE(said.st_mode)
    if not complete or os.fstat(descriptor).st_gid != said.st_gid:
        mode = _without_group(mode)
    os.fchmod(descriptor, mode)


def narrow(descriptor: int, about: Sequence[Path]) -> None:
    """Give an open file that is new the owner and group of the first of `about`, and no more than all grant."""
    if not hasattr(os, "fchmod"):
        return
    found = list(_found(about))
    if not found:
        return
    _give(descriptor, found[0][1])
    mine = os.fstat(descriptor)
    mode = stat.S_IMODE(mine.st_mode)
    for _, said in found:
        mode &= (said.st_mode if said.st_gid == mine.st_gid else _without_group(said.st_mode)) | _OWNER
    os.fchmod(descriptor, mode)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _found(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    for path in paths:
        said = _status(path)
        if said is not None:
            yield path, said


def _without_group(mode: int) -> int:
    """Return permission bits of which the group has only what everybody has."""
    return mode & ~0o070 | mode & (mode & 0o007) << 3


def _give(descriptor: int, said: os.stat_result) -> None:
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) == (said.st_uid, said.st_gid):
        return
    try:
        os.fchown(descriptor, said.st_uid, said.st_gid)
    except OSError:
        with contextlib.suppress(OSError):  # an owner may give a file to a group that they are in
            os.fchown(descriptor, -1, said.st_gid)


def _has_acl(path: Path) -> bool:
    return _ACL in _attributes(path)


def _attributes(of: Path | int) -> list[str]:
    try:
        return os.listxattr(of) if hasattr(os, "listxattr") else []
    except OSError:  # a disk without them
        return []


def _copy_attributes(source: Path, descriptor: int) -> bool:
    """Copy the extended attributes of a file; return whether its access list, where it has one, was kept."""
    complete = True
    names = _attributes(source)
    if _ACL not in names and _ACL in _attributes(descriptor):  # the folder gives one to what is new
        with contextlib.suppress(OSError):
            os.removexattr(descriptor, _ACL)
    for name in names:
        try:
            os.setxattr(descriptor, name, os.getxattr(source, name))
        except OSError:
            complete = complete and name != _ACL
    return complete
