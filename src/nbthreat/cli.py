"""`nbthreat` in a terminal: read, call, print. Exit codes: 0 fine, 1 findings, 2 bad input, 3 incomplete."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from nbthreat.errors import NbthreatError
from nbthreat.library import Library
from nbthreat.matching import State, as_data, check_examples, match
from nbthreat.risk import Level

FINE, FINDINGS, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except NbthreatError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nbthreat", description="Threat modelling for AI systems.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("check", help="read a system file and say what is wrong with it")
    one.add_argument("system", type=Path)
    one.add_argument("--library", type=Path)
    one.set_defaults(run=_check)
    one = commands.add_parser("match", help="say which threats apply, where and why")
    one.add_argument("system", type=Path)
    one.add_argument("--library", type=Path)
    one.add_argument("--json", action="store_true")
    one.add_argument("--fail-on", choices=[level.label.replace(" ", "-") for level in Level])
    one.set_defaults(run=_match)
    one = commands.add_parser("explain", help="say why a threat applies at a place, or why not")
    one.add_argument("system", type=Path)
    one.add_argument("key", help="THREAT@SUBJECT, such as excessive-agency@assistant")
    one.add_argument("--library", type=Path)
    one.set_defaults(run=_explain)
    library = commands.add_parser("library", help="look after a threat library").add_subparsers(required=True)
    one = library.add_parser("check", help="check a library and run its threats' examples")
    one.add_argument("folder", type=Path, nargs="?")
    one.set_defaults(run=_library_check)
    return parser


def _notes(document: object) -> None:
    for note in getattr(document, "notes", ()):
        print(f"note: {note}", file=sys.stderr)


def _check(options: argparse.Namespace) -> int:
    document = Library.load(options.library).read_system(options.system)
    _notes(document)
    system = document.value
    print(f"{options.system}: fine. {len(system.elements)} elements, {len(system.flows)} flows.")
    return FINE


def _match(options: argparse.Namespace) -> int:
    document = Library.load(options.library).read_system(options.system)
    _notes(document)
    found = match(document.value, Library.load(options.library))
    if options.json:
        print(json.dumps(as_data(found), indent=1, ensure_ascii=False))
    else:
        for finding in found.findings:
            print(f"{finding.state.value:<10}{finding.rating.level.label:<10}{finding.key}\n    {finding.because}")
        for question in found.questions:
            print(f"? {question.text} (settles {len(question.settles)})")
        print({state.value: sum(one.state is state for one in found.findings) for state in State})
    if not found.complete:
        print(f"incomplete: {', '.join(found.incomplete)}", file=sys.stderr)
        return INCOMPLETE
    floor = options.fail_on and Level[options.fail_on.replace("-", "_").upper()]
    worst = any(one.state is State.OPEN and floor and one.rating.level >= floor for one in found.findings)
    return FINDINGS if worst else FINE


def _explain(options: argparse.Namespace) -> int:
    library = Library.load(options.library)
    found = match(library.read_system(options.system).value, library)
    threat, _, subject = options.key.partition("@")
    try:
        clauses = found.why(library.threat(threat), subject)
    except KeyError as error:
        print(f"there is no threat or subject {error}", file=sys.stderr)
        return BAD_INPUT
    for clause in clauses:
        print("\n".join(clause.lines()))
    return FINE


def _library_check(options: argparse.Namespace) -> int:
    library = Library.load(options.folder)
    wrong = check_examples(library)
    for threat, message in wrong:
        print(f"{threat}: {message}", file=sys.stderr)
    print(f"{library.name} {library.version}: {len(library.threats)} threats, {len(library.controls)} controls.")
    return BAD_INPUT if wrong else FINE


if __name__ == "__main__":
    sys.exit(main())
