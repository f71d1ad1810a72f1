"""Publishing: from an assessment to the finished files for an audience, looked through before anybody writes them."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Acknowledged
from nbthreat.publishing.export import page
from nbthreat.publishing.export.formats import BY_NAME
from nbthreat.publishing.publication import Marking, Publication, file_name, publication
from nbthreat.publishing.publication.credentials import credentials
from nbthreat.publishing.publication.linting import LeakError, lint
from nbthreat.publishing.publication.reading import Earlier
from nbthreat.publishing.publication.sample import sample
from nbthreat.publishing.publication.terms import lexicon, private_terms
from nbthreat.publishing.publication.views import views
from nbthreat.publishing.signing import signed_state
from nbthreat.system import documents
from nbthreat.system.documents import nodes
from nbthreat.system.model import FrozenMap

_SHOWN = 10
_PRINTED = "pdf"
_SAYS_THE_SAME = {_PRINTED: "html", "ipynb": "md"}
"""What our own words in a format are looked up in, where there is a simpler one with the same words."""


def published(
    assessment: Assessment,
    audience: Marking | None,
    wanted: Iterable[str],
    *,
    earlier: Earlier | None = None,
    source: str = "",
    around: Callable[[str], AbstractContextManager[None]] = lambda _: contextlib.nullcontext(),
) -> tuple[Publication, dict[str, bytes]]:
    """Return the publication for an audience, by default the register's own, and the bytes of each wanted format.

    `source` is the path of the system's file, which no public form may tell, and beside which a sign-off lies;
    `around` is entered while a format is made. Raises NbthreatError where something looks like a credential or a
    sign-off was tampered with, and LeakError where anything private stands in a form for the community or for
    everybody: then there is nothing to write.
    """
    names = list(wanted)
    signed = signed_state(Path(source), assessment) if source else None
    made = publication(assessment, audience, signed=signed)
    made = located(made, source) if source else made
    _without_credentials(made, () if made.public else assessment.register.acknowledged)
    files = {}
    for name in names:
        with around(name):
            files[name] = BY_NAME[name].data(made, earlier)
    if made.public:
        looked_through(assessment, made, files, earlier, source=source)
    return made, files


def located(made: Publication, source: str) -> Publication:
    """Return a publication that says in which file its system stands, and on which line of it each part begins.

    The path is as seen from the folder we work in. A publication for the public, and one of a file outside that
    folder, is returned as it is.
    """
    file = "" if made.public else _below_here(source)
    return replace(made, file=file, lines_in_file=FrozenMap(_lines_in(Path(source), made.system.id))) if file else made


def _below_here(source: str) -> str:
    """Return a path as seen from the folder we work in, with '/'; '' where it lies outside."""
    try:
        path = Path(os.path.relpath(source))
    except ValueError:  # on another drive, or no path at all
        return ""
    return "" if path.is_absolute() or ".." in path.parts else path.as_posix()


def _lines_in(file: Path, system: str) -> Iterator[tuple[str, int]]:
    """Yield the id of a system and of each of its parts, with the line of its file on which that begins.

    Yields nothing where the file cannot be read.
    """
    with contextlib.suppress(DocumentError):
        root = nodes.parse(documents.read_bytes(file), str(file)).root
        for line, place in nodes.places(root):
            match place:
                case ["assets" | "boundaries" | "elements" | "flows", str(id)]:
                    yield id, line
                case ["id"]:
                    yield system, line


def named(made: Publication, name: str, stem: str = "") -> str:
    """Return what the file of a format is called: after `stem`, or after the system where it is for the public."""
    suffix = BY_NAME[name].suffix if name in BY_NAME else name
    return file_name(made.system.id if made.public or not stem else stem, made.system.version, made.marking, suffix)


def looked_through(
    assessment: Assessment,
    made: Publication,
    files: Mapping[str, bytes],
    earlier: Earlier | None = None,
    *,
    source: str = "",
) -> None:
    """Look through finished files for the community or for everybody. Raises LeakError where anything is private."""
    terms = private_terms(assessment, made.marking, *_of_this_machine(source))
    written = {named(made, name): data for name, data in files.items()}
    if _PRINTED in files:  # its letters are drawn: what was printed is looked through as well
        printed = page.html(made, earlier).encode("utf-8", "backslashreplace")
        written[f"{named(made, _PRINTED)}, as it was printed"] = printed
    leaks = lint(written, terms, known="\n".join(_said_anyway(assessment, made, files)))
    if leaks:
        raise LeakError(leaks)


def _without_credentials(made: Publication, acknowledged: Iterable[Acknowledged]) -> None:
    found = credentials(made, acknowledged)
    if found:
        told = "\n".join(str(credential) for credential in found[:_SHOWN])
        more = f"\nand {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        command = f"nbthreat acknowledge {made.system.id}.yaml --where PLACE --because REASON --by ROLE"
        way = "" if made.public else f". What is none can be acknowledged, one by one: {command}"
        raise NbthreatError(f"{told}{more}\nNothing was written. Take them out{way}.")


def _of_this_machine(source: str) -> tuple[str, ...]:
    """Return the names of who publishes, where, and of what file."""
    names = [socket.gethostname()]
    with contextlib.suppress(OSError, KeyError):
        names.append(getpass.getuser())
    if source:
        folder, _, file = os.path.realpath(source).rpartition(os.sep)
        names += [folder, file, file.partition(".")[0]]
    return tuple(names)


def _said_anyway(assessment: Assessment, made: Publication, wanted: Iterable[str]) -> Iterator[str]:
    """Yield what is no secret: what the library and our templates say, and what stands in each wanted format of a
    publication for the same people of a system of that name whose words are the library's.
    """
    yield lexicon(assessment.library.published)
    yield page.templates()
    told = made.system
    yield from (told.id, told.name, told.version, told.owner)
    nothing = publication(sample(assessment.library, told, made.marking, made.today), made.marking)
    for name in dict.fromkeys(_SAYS_THE_SAME.get(name, name) for name in wanted):
        yield from (view.text for view in views(name, BY_NAME[name].data(nothing)))
