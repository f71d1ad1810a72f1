"""Documents: the one door between files and values.

`read` gives a value with where it came from; `save` puts an edited value back. Reading refuses with every fault at
file:line; saving never overwrites what somebody else wrote. Nothing else in the package opens a model file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from nbthreat.base.errors import DocumentError, Fault, Place, Problem
from nbthreat.system.documents import layout, nodes, saving, syntax, writing
from nbthreat.system.documents.plain import Raw, of_json, plain, shaped
from nbthreat.system.documents.saving import beside, followed, is_inside, publish, publish_all, real_path, revision
from nbthreat.system.documents.shaping import BAD, Check, Reader, Report, Shaper, key_of

__all__ = [
    "BAD",
    "SCHEMA",
    "Check",
    "Document",
    "Raw",
    "Reader",
    "Report",
    "Shaper",
    "beside",
    "dump",
    "followed",
    "is_inside",
    "loads",
    "new",
    "nodes",
    "of_json",
    "plain",
    "publish",
    "publish_all",
    "read",
    "read_bytes",
    "real_path",
    "revision",
    "save",
    "shaped",
]

SCHEMA = 1
"""The version of the file formats this release writes; a file says its own as `nbthreat: 1`."""

Migration = Callable[[nodes.Mapping], nodes.Mapping]

MIGRATIONS: dict[int, Migration] = {}
"""From version n to n + 1: a pure change of nodes, so that lines stay known. None was needed yet."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Generic[T]):
    """A value and the file it was read from."""

    value: T
    path: Path
    text: str = ""  # as it was read, for the comments in it
    revision: str | None = None  # of the bytes on disk; None where there is no file yet
    notes: tuple[Fault, ...] = ()  # what a person should know though the file could be read
    root: nodes.Mapping | None = None
    about: tuple[Path, ...] = ()  # files it tells of: a new one is as private as the most private of them

    def faults(self, problems: tuple[Problem, ...]) -> tuple[Fault, ...]:
        """Return problems of the value as faults of the file, each at its line."""
        root = self.root or nodes.Mapping((), 1)
        return tuple(nodes.fault_of(root, problem, str(self.path)) for problem in problems)

    def line(self, place: Place) -> int:
        """Return the line on which `place` stands in the file as it was read."""
        return nodes.line_of(self.root, place) if self.root else 1


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than is ever read. Raises DocumentError where it cannot be."""
    try:
        with path.open("rb") as file:
            return file.read(nodes.BYTES_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise DocumentError([Fault(str(path), 1, f"cannot be read: {reason}.")]) from None


def read(
    cls: type[T],
    path: str | Path,
    *,
    readers: Mapping[object, Reader] | None = None,
    check: Check | None = None,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> Document[T]:
    """Read a file that holds one `cls`. Raises DocumentError with every fault in it, those `check` finds among them."""
    path = Path(path)
    return loads(cls, read_bytes(path), path, readers=readers, check=check, migrations=migrations)


def loads(
    cls: type[T],
    data: bytes,
    path: Path,
    *,
    readers: Mapping[object, Reader] | None = None,
    check: Check | None = None,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> Document[T]:
    """Read bytes as if they stood at `path`. Raises DocumentError with every fault, those `check` finds among them."""
    tree = nodes.parse(data, str(path))
    shaper = Shaper(str(path), readers)
    try:
        root = _migrated(tree.root, str(path), migrations)
    except DocumentError as error:
        raise DocumentError(syntax.explained(error.faults, tree.text)) from None
    value = shaper.record(cls, root, also=("nbthreat",), check=check)
    if shaper.faults:
        raise DocumentError(syntax.explained(shaper.faults, tree.text))
    notes = (*tree.notes, *_renamed(shaper))
    return Document(value=value, path=path, text=tree.text, revision=revision(data), notes=notes, root=root)


def _renamed(shaper: Shaper) -> tuple[Fault, ...]:
    """Return a note where a file has a key that is written otherwise today, at the first of them."""
    if not shaper.renamed:
        return ()
    line, key = min(shaper.renamed)
    message = f"the key {key!r} is written {key_of(key)!r} today: some programs read it as true. Saving rewrites it."
    return (Fault(shaper.file, line, message),)


def new(value: T, path: str | Path, *, about: Iterable[Path] = ()) -> Document[T]:
    """Return a document that has no file yet; saving it makes one, and never over another.

    `about` are the files that it tells of: the new file is as private as the most private of them.
    """
    return Document(value=value, path=Path(path), about=tuple(about))


def save(document: Document[Any], value: U, *, text: str | None = None) -> Document[U]:
    """Write `value` where `document` was read from, keeping its comments; return the document as it now is.

    The file keeps its line ends, its byte order mark, and who may read it. `text` is written as it is where it is
    given, for a value whose file was once written by a person's own hand. A link is followed. Of a file with several
    names (hard links) the one that is saved becomes a file of its own.

    Raises Conflict, and writes nothing, where the file changed since `document` was read; DocumentError where the
    value holds what could not be read back.
    """
    made = dump(value, comments_from=document.text) if text is None else text
    saved = loads(type(value), made.encode("utf-8", "surrogatepass"), document.path)
    if saved.value != value:
        message = "cannot be written so that it is read back the same. Nothing was written."
        raise DocumentError([Fault(str(document.path), 1, message)])
    lay_out = layout.laid_out if text is None else layout.marked
    data = saving.write(
        document.path, lambda before: lay_out(made, before), expected=document.revision, about=document.about
    )
    there = data.decode("utf-8-sig")
    return replace(saved, text=there, revision=revision(data), notes=(), about=document.about)


def dump(value: object, *, comments_from: str = "") -> str:
    """Return the canonical text of a value, with the comments of the text it came from."""
    return writing.dump(value, version=SCHEMA, comments_from=comments_from)


def _migrated(root: nodes.Mapping, file: str, migrations: Mapping[int, Migration]) -> nodes.Mapping:
    current = max(migrations, default=SCHEMA - 1) + 1
    node = root.get("nbthreat")
    if node is None:
        message = f"the file does not say which format it is in. Begin it with 'nbthreat: {current}'."
        raise DocumentError([Fault(file, root.line, message)])
    text = node.text if isinstance(node, nodes.Scalar) and node.plain else ""
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - any small number
    if version < 1:
        message = f"nbthreat must be the number of the file format, such as {current}."
        raise DocumentError([Fault(file, node.line, message)])
    if version > current:
        message = (
            f"made by a newer nbthreat (format {version}; this one knows up to {current}). "
            "It is not read, so that it cannot be saved over. Upgrade nbthreat."
        )
        raise DocumentError([Fault(file, node.line, message)])
    while version < current:
        root = migrations[version](root)
        version += 1
    return root
