"""The command that merges system files and registers, by itself or for git."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean
from nbthreat.cli.opening import BAD_INPUT, FINDINGS, FINE
from nbthreat.decisions.merging import Side
from nbthreat.decisions.merging.files import merge_files
from nbthreat.system import documents
from nbthreat.system.documents import nodes

CLASHES = FINDINGS
"""The exit code where the two sides clash, as git wants it."""

_DRIVER = "nbthreat"
_SHOWN = 600
_ATTRIBUTES = ".gitattributes"


def add(commands: Any) -> None:
    """Add the command to a parser's sub-parsers."""
    item = commands.add_parser(
        "merge",
        help="merge system files or registers so that nothing decided is lost; also as git's merge driver",
        description="Give BASE OURS THEIRS, and the result is written to OURS; or one file that git could not merge; "
        "or --install. Exit codes: 0 merged, 1 the sides clash and the file says where, 2 a side cannot be read.",
    )
    what = "BASE OURS THEIRS [PATH], PATH being what the file is called; or one file with a git conflict"
    item.add_argument("files", type=Path, nargs="*", metavar="FILE", help=what)
    prefer = item.add_mutually_exclusive_group()
    prefer.add_argument("--ours", dest="prefer", action="store_const", const=Side.OURS, help="where they clash: ours")
    prefer.add_argument("--theirs", dest="prefer", action="store_const", const=Side.THEIRS, help="or theirs")
    item.add_argument("--install", action="store_true", help="have git merge by it in this repository")
    item.set_defaults(run=_merge)


def _merge(options: argparse.Namespace) -> int:
    match options.files:
        case [] if options.install:
            return _install()
        case [path] if not options.install:
            return _merged(path, path, [_staged(path, n) for n in (1, 2, 3)], options.prefer)
        case [base, ours, theirs, *name] if len(name) < 2 and not options.install:  # noqa: PLR2004 - one name or none
            path = name[0] if name else ours
            return _merged(ours, path, [*map(documents.read_bytes, (base, ours, theirs))], options.prefer)
    raise NbthreatError("give BASE OURS THEIRS, or one file that git could not merge, or --install.")


def _merged(target: Path, path: Path, sides: Sequence[bytes], prefer: Side | None) -> int:
    """Merge base, ours and theirs into a file; line by line, with git's marks, where one of them cannot be read."""
    try:
        merged = merge_files(*sides, path=path, prefer=prefer)
    except DocumentError as error:
        documents.publish(target, _marked_by_git(*sides))
        print(f"{error}\n{clean(str(path))}: merged line by line, for a side of it cannot be read.", file=sys.stderr)
        return BAD_INPUT
    documents.publish(target, merged.text.encode())
    for note in merged.notes:
        print(f"note: {clean(str(path))}: {clean(note, _SHOWN)}", file=sys.stderr)
    for clash in merged.clashes:
        print(f"{clean(str(path))}: {clean(clash.told, _SHOWN)}", file=sys.stderr)
    if not merged.clashes or prefer:
        return FINE
    print(f"{clean(str(path))}: both stand in the file. Keep one of each, and remove the marks.", file=sys.stderr)
    return CLASHES


def _marked_by_git(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Return what git makes of three texts line by line, with marks around what both changed."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, data in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(data)
        return _git("merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs", *map(str, paths), failing=True)


def _staged(path: Path, stage: int) -> bytes:
    """Return a side of a file that git could not merge: 1 the base, empty where there is none, 2 ours, 3 theirs."""
    try:
        return _git("show", f":{stage}:./{path.name}", folder=path.parent)
    except NbthreatError:
        if stage == 1:
            return b""
        message = "git has no two sides of it. Give BASE OURS THEIRS."
        raise DocumentError([Fault(str(path), 1, message)]) from None


def _git(*arguments: str, folder: Path | None = None, failing: bool = False) -> bytes:
    """Return what git prints. Raises NbthreatError where it refuses, unless it may."""
    try:
        ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)  # noqa: S603, S607 - git, wherever it is
    except OSError as error:
        raise NbthreatError(f"git cannot be run: {error.strerror}.") from None
    if ran.returncode and not failing:
        raise NbthreatError(f"git says: {clean(ran.stderr.decode(errors='replace').strip(), _SHOWN)}")
    return ran.stdout


def _install() -> int:
    """Have git merge by nbthreat in the repository one is in: its configuration, and which files."""
    root = Path(_git("rev-parse", "--show-toplevel").decode().rstrip("\n"))
    command = f"{shlex.quote(sys.executable)} -m nbthreat merge %O %A %B %P"
    _git("config", f"merge.{_DRIVER}.name", "threat models and their registers, by nbthreat")
    _git("config", f"merge.{_DRIVER}.driver", command)
    print(f"git config merge.{_DRIVER}.driver = {command}")
    attributes = root / _ATTRIBUTES
    text = attributes.read_text(encoding="utf-8") if attributes.exists() else ""
    wanted = [f"{pattern} merge={_DRIVER}" for pattern in ("*.register.yaml", *_systems(root))]
    new = [line for line in wanted if line not in text.splitlines()]
    if new:
        begun = text if not text or text.endswith("\n") else f"{text}\n"
        documents.publish(attributes, (begun + "".join(f"{line}\n" for line in new)).encode())
    print(f"{_ATTRIBUTES}: {len(new)} lines added, {len(wanted) - len(new)} there. Commit it.")
    print("The configuration is this clone's alone: everybody runs `nbthreat merge --install` once in theirs.")
    return FINE


def _systems(root: Path) -> Iterator[str]:
    """Yield the system files of a repository, as .gitattributes names them."""
    for name in sorted(_git("ls-files", "-z", "--", "*.yaml", "*.yml", folder=root).decode().split("\0")):
        if not name or name.endswith(".register.yaml") or not name.replace("/", "").isascii() or " " in name:
            continue
        try:
            tree = nodes.parse(documents.read_bytes(root / name), name).root
        except DocumentError:
            continue
        if all(tree.get(key) for key in ("nbthreat", "id", "name")) and tree.get("title") is None:
            yield f"/{name}"
