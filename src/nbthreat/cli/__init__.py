"""`nbthreat` in a terminal: read, call, print.

Exit codes: 0 fine, 1 open findings at or above --fail-on, or changed since it was signed, 2 bad input, 3 a match that
could not be finished.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean
from nbthreat.cli import library as libraries
from nbthreat.cli import merging, records, signing
from nbthreat.cli.opening import (
    BAD_INPUT,
    FINDINGS,
    FINE,
    INCOMPLETE,
    assessed,
    budget,
    level_named,
    levels,
    opened,
    register_of,
    told_complete,
)
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Register, Standing, counted, register_path, system_path
from nbthreat.publishing.export.formats import BY_NAME
from nbthreat.publishing.publication import Marking, Publication, audience_named
from nbthreat.publishing.publication.audiences import LABELS, unknown_labels
from nbthreat.system import documents
from nbthreat.system.documents import SCHEMA, publish_all
from nbthreat.system.documents.schema import json_schema
from nbthreat.system.model import System
from nbthreat.threats.curation.drawing import drawing_remarks
from nbthreat.threats.library import Library
from nbthreat.threats.matching import State, as_data, match
from nbthreat.threats.matching.questions import Question, text_of

if TYPE_CHECKING:
    from nbthreat.publishing.publication.reading import Earlier

_NOTEBOOK = "ipynb"
FORMATS = (*BY_NAME, _NOTEBOOK)
_MESSAGE_LIMIT = 3_500
_TOP = 5
_FORMATS_WITH_SCHEMA = ("handover", "publication", "register", "system")
_EVERYDAY = ("html", "md", "csv", "json")
_PATIENCE = 1.0  # seconds after which a person is told what takes so long


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter still gets an answer
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except NbthreatError as error:
        text = str(error)
        print(text if len(text) <= _MESSAGE_LIMIT else text[:_MESSAGE_LIMIT] + "…", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        sys.stderr.close()
        return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nbthreat",
        description="Threat modelling for AI systems: from a system file to a published risk register.",
        epilog="Exit codes: 0 fine, 1 open findings at or above --fail-on, or changed since signed, "
        "2 bad input, 3 incomplete.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    item = commands.add_parser("check", help="read system files and their registers, and say all that is wrong")
    item.add_argument("systems", type=Path, nargs="+", metavar="SYSTEM.yaml")
    _library(item)
    item.set_defaults(run=_check)

    item = commands.add_parser("match", help="say which threats apply, where and why, and what to ask")
    _system_and_library(item)
    budget(item)
    item.add_argument("--json", action="store_true", help="print everything as JSON")
    item.add_argument(
        "--fail-on",
        choices=levels(),
        help="exit with 1 if a finding that is open, and not set aside, has this level or more",
    )
    item.set_defaults(run=_match)

    item = commands.add_parser("explain", help="say why a threat applies at a place, or why it does not")
    _system_and_library(item)
    budget(item)
    item.add_argument("key", help="threat@subject, such as excessive-agency@assistant")
    item.set_defaults(run=_explain)

    item = commands.add_parser("register", help="publish the risk register of one system or several")
    item.add_argument("systems", type=Path, nargs="+", metavar="SYSTEM.yaml")
    item.add_argument("--to", default="html", help=f"formats, separated by commas: {', '.join(FORMATS)} (default html)")
    item.add_argument("--output", type=Path, default=Path(), help="the folder to write to (default: this one)")
    item.add_argument("--since", type=Path, metavar="EARLIER.yaml", help="an earlier drawing, to see what changed")
    what = "the last publication in JSON; pages then say what changed since"
    item.add_argument("--earlier", type=Path, metavar="EARLIER.register.json", help=what)
    audiences = ", ".join(label.removeprefix("TLP:") for label in LABELS)
    what = f"who it is for: {audiences} (default: those that the register is marked for)"
    item.add_argument("--for", dest="audience", metavar="AUDIENCE", help=what)
    budget(item)
    item.set_defaults(run=_register)

    records.add(commands)
    signing.add(commands)
    merging.add(commands)

    item = commands.add_parser("demo", help="assess the worked systems of a checkout and publish their registers")
    item.add_argument("--output", type=Path, default=Path("build/registers"))
    item.set_defaults(run=_demo)

    item = commands.add_parser("schema", help="print the JSON Schema of a file format, for editors")
    item.add_argument("format", choices=_FORMATS_WITH_SCHEMA)
    item.set_defaults(run=_schema)

    libraries.add(commands)
    return parser


def _system_and_library(command: argparse.ArgumentParser) -> None:
    command.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    _library(command)


def _library(command: argparse.ArgumentParser) -> None:
    command.add_argument("--library", type=Path, metavar="FOLDER", help="default: the one that comes with nbthreat")


def _check(options: argparse.Namespace) -> int:
    base = Library.load(options.library)
    faults: list[Fault] = []
    done: set[Path] = set()
    for given in options.systems:
        try:
            path = system_path(given)
            if path not in done:
                done.add(path)
                print(_checked(path, base))
        except DocumentError as error:
            faults += error.faults
    if faults:
        raise DocumentError(faults)
    return FINE


def _checked(path: Path, base: Library) -> str:
    """Return that a system and the register beside it are fine. Raises DocumentError with the faults of both."""
    try:
        document, library = opened(path, base)
        system = document.value
    except DocumentError as error:
        faults = list(error.faults)
        try:
            if register_path(path).exists():
                documents.read(Register, register_path(path))
        except DocumentError as more:
            faults += more.faults
        raise DocumentError(faults) from None
    for remark in drawing_remarks(system, library):
        print(f"note: {path}: {clean(remark, 400)}", file=sys.stderr)
    fine = f"{path}: fine. {len(system.elements)} elements, {len(system.flows)} flows"
    if not register_path(path).exists():
        return f"{fine}."
    return f"{fine}; {len(register_of(path, system).value.decisions)} decisions."


def _match(options: argparse.Namespace) -> int:
    assessment = assessed(options.system, Library.load(options.library), budget=options.budget)
    if options.json:
        print(json.dumps(as_data(assessment.match), indent=1, ensure_ascii=False))
    else:
        print("\n".join(_told(assessment)))
        if register_path(options.system).exists():
            print(assessment.movement)
    if not told_complete(assessment.match):
        return INCOMPLETE
    if options.fail_on:
        floor = level_named(options.fail_on)
        if any(finding.state is State.OPEN and finding.rating.level >= floor for finding in assessment.pressing):
            return FINDINGS
    return FINE


def _told(assessment: Assessment) -> Iterator[str]:
    for finding in assessment.pressing:
        yield f"{finding.state.value:<10} {finding.level_words:<9} {clean(finding.threat.title)} ({finding.key})"
        yield f"          {clean(finding.because, 400)}"
    for risk in assessment.risks:
        if risk.standing is Standing.SET_ASIDE and risk.dismissal:
            yield f"set aside {clean(risk.title)} ({clean(risk.key)})"
            yield f"          {clean(risk.dismissal.reason, 400)}"
    for question in assessment.questions:
        yield f"ask: {clean(question.text, 300)} ({_settling(question)})"
    counts = counted(assessment.risks)
    yield counts if assessment.match.complete else f"{counts}; incomplete"


def _settling(question: Question) -> str:
    count = len(question.settles)
    return "1 finding hangs on it" if count == 1 else f"{count} findings hang on it"


def _explain(options: argparse.Namespace) -> int:
    document, library = opened(options.system, Library.load(options.library))
    found = match(document.value, library, budget=options.budget)
    name, _, subject = options.key.partition("@")
    try:
        threat = library.threat(name)
    except KeyError:
        raise NbthreatError(f"there is no threat {clean(name)!r} in {library.name} {library.version}.") from None
    try:
        clauses = found.why(threat, subject)
    except KeyError:
        raise NbthreatError(f"the system has no {threat.subject.value} {clean(subject)!r}.") from None
    finding = next((finding for finding in found.findings if finding.key == options.key), None)
    state = finding.state.value if finding else "does not apply"
    print(f"{clean(threat.title)} at {clean(found.label(subject))}: {state}")
    if finding:
        print(clean(finding.because, 400))
    for clause in clauses:
        print("\n".join(clause.lines()))
    for unknown in finding.unknown if finding else ():
        place = found.label(unknown.subject)
        print(f"not known: {unknown.id} at {clean(place)}: {clean(text_of(library, unknown.atom, [place]), 300)}")
    for each in threat.seen:
        print(f"seen: {clean(each.what, 400)} ({each.source})")
    if threat.id in found.incomplete:
        print("incomplete: its paths were not followed to the end.", file=sys.stderr)
        return INCOMPLETE
    return FINE


def _register(options: argparse.Namespace) -> int:
    wanted = list(dict.fromkeys(options.to.split(",")))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise NbthreatError(f"unknown format {clean(unknown[0])!r}. Known here: {', '.join(FORMATS)}.")
    from nbthreat.publishing.publication.reading import read_earlier

    audience = audience_named(options.audience) if options.audience is not None else None
    library = Library.load()
    earlier = read_earlier(options.earlier) if options.earlier else None
    looks = [(path, assessed(path, library, options.since, options.budget)) for path in options.systems]
    made = [
        (path, assessment, _made(path, assessment, wanted, options, earlier=earlier, audience=audience))
        for path, assessment in looks
    ]
    names = [name for _, _, files in made for name in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        message = f"two of the systems would be published as {clean(twice.name)!r}; one would replace the other."
        raise NbthreatError(message)
    code = FINE
    for path, assessment, files in made:
        for written in _published(files, options.output, path):
            print(f"{clean(assessment.system.name)}: {written}")
        if register_path(path).exists():
            print(f"{clean(assessment.system.name)}: {assessment.movement}")
        code = max(code, FINE if told_complete(assessment.match, f"{clean(assessment.system.name)}: ") else INCOMPLETE)
    return code


def _made(
    path: Path,
    assessment: Assessment,
    wanted: Sequence[str],
    options: argparse.Namespace,
    *,
    earlier: Earlier | None = None,
    audience: Marking | None = None,
) -> dict[Path, bytes]:
    """Return the bytes of each format by the path of its file; a person is told of what takes longer than a second."""
    from nbthreat.publishing.export import publishing

    name = clean(assessment.system.name)
    made, files = publishing.published(
        assessment,
        audience,
        [item for item in wanted if item in BY_NAME],
        earlier=earlier,
        source=str(path),
        around=lambda item: _told_when_slow(f"{name}: making {item} …"),
    )
    for note in unknown_labels(assessment.register):
        print(f"note: {name}: {note}", file=sys.stderr)
    if audience is not None and made.marking is not audience:
        message = f"nobody has said who may see this register; it is marked {made.marking.label}."
        print(f"note: {name}: {message}", file=sys.stderr)
    if _NOTEBOOK in wanted:
        files[_NOTEBOOK] = _notebook(path, options.output, made, audience)
        if made.public:
            publishing.looked_through(assessment, made, {_NOTEBOOK: files[_NOTEBOOK]}, source=str(path))
    return {options.output / publishing.named(made, item, path.stem): files[item] for item in wanted}


def _notebook(path: Path, folder: Path, made: Publication, audience: Marking | None) -> bytes:
    """Return a notebook: one to work in, which names the file, or for people outside one to read."""
    import nbformat

    from nbthreat.publishing.export.exporters import notebook_for, notebook_of
    from nbthreat.publishing.export.page import markdown

    notebook = notebook_of(markdown(made)) if made.public else notebook_for(path, folder, audience)
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


@contextlib.contextmanager
def _told_when_slow(what: str) -> Iterator[None]:
    timer = threading.Timer(_PATIENCE, lambda: print(what, file=sys.stderr))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _published(files: Mapping[Path, bytes], folder: Path, system: Path) -> Iterable[Path]:
    """Put files about a system into a folder, all or none, and return where."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NbthreatError(f"{clean(str(folder))}: not a folder to write to: {error.strerror}.") from None
    publish_all(files, about=(system, register_path(system)))
    return files


def _demo(options: argparse.Namespace) -> int:
    folder = Path("notebooks/systems")
    paths = [folder / f"{name}.yaml" for name in ("chatbot", "fraud-detection", "llm-platform", "open-llm")]
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise DocumentError([Fault(str(missing[0]), 1, "not here. Run this from a checkout of nbthreat.")])
    library = Library.load()
    print(f"{library.name} {library.version}: {len(library.threats)} threats, {len(library.controls)} controls.\n")
    for path in paths:
        assessment = assessed(path, library)
        print(f"{assessment.system.name}: {counted(assessment.risks)}")
        for finding in [other for other in assessment.pressing if other.state is State.OPEN][:_TOP]:
            print(f"  open: {finding.threat.title} ({finding.rating.level.label})\n        {finding.because}")
        for question in assessment.questions[:3]:
            print(f"  ask:  {question.text} ({_settling(question)})")
        for written in _published(_made(path, assessment, _EVERYDAY, options), options.output, path):
            print(f"  wrote {written}")
        print()
    print("To open the workbench notebook: make workbench")
    return FINE


def _schema(options: argparse.Namespace) -> int:
    from nbthreat.publishing.exchange.handover import Handover
    from nbthreat.publishing.export.formats.publication import publication_schema

    if options.format == "publication":
        schema = publication_schema()
    else:
        formats = {"handover": Handover, "register": Register, "system": System}
        schema = json_schema(formats[options.format], version=SCHEMA)
    print(json.dumps(schema, indent=1))
    return FINE
