"""The commands that look after a threat library or a pack: new, check, find, test, coverage, diff, atlas-diff."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from nbthreat.base.day import today
from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean
from nbthreat.base.text import listed
from nbthreat.cli.opening import BAD_INPUT, FINE, INCOMPLETE, register_of, told_complete
from nbthreat.decisions.upgrade import Outcome, Upgrade, as_data, upgrade
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.curation.crosswalk import CODE, coverage_told
from nbthreat.threats.curation.examples import check_examples, key_remarks, own, remarks, run_examples, split_remarks
from nbthreat.threats.library import Library, Threat, built_in

_SHOWN = 300
_LONG = 400


def add(commands: Any) -> None:
    """Add the commands to a parser's sub-parsers."""
    library = commands.add_parser("library", help="look after a threat library").add_subparsers(required=True)

    item = library.add_parser("new", help="begin a pack of your own threats, with one to learn from")
    item.add_argument("folder", type=Path, help="a folder that is not there yet, or empty")
    item.set_defaults(run=_new)

    item = library.add_parser("check", help="check a library or a pack and run the examples of its threats")
    _folder(item)
    item.set_defaults(run=_check)

    item = library.add_parser("find", help="list the threats that say all of some words, also by their other names")
    item.add_argument("words", nargs="*", metavar="WORD", help="default: all threats are listed")
    item.add_argument("--folder", type=Path, help="default: the library that comes with nbthreat")
    item.set_defaults(run=_find)

    item = library.add_parser("test", help="run the examples of a library or a pack, and say of each how it went")
    _folder(item)
    item.set_defaults(run=_test)

    item = library.add_parser(
        "coverage", help="say which published ids and provisions the threats cover, and which not"
    )
    _folder(item)
    item.add_argument("--catalogue", metavar="ID", help="only this one, such as atlas; 'code' for the provisions")
    item.set_defaults(run=_coverage)

    item = library.add_parser("diff", help="say what an upgrade of a library or pack changes for a system's findings")
    item.add_argument("old", type=Path, metavar="OLD", help="the folder of the library or pack as it was")
    item.add_argument("new", type=Path, metavar="NEW", help="the folder of what would take its place")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    item.add_argument("--json", action="store_true", help="print everything as JSON")
    item.set_defaults(run=_diff)

    item = library.add_parser("atlas-diff", help="say what a published ATLAS data file has that the crosswalk has not")
    item.add_argument("file", type=Path, metavar="ATLAS.yaml")
    item.set_defaults(run=_atlas_diff)


def _folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, nargs="?", help="default: the library that comes with nbthreat")


def _new(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise NbthreatError(f"{clean(str(folder), _SHOWN)}: there is something already. It was left alone.")
        made = {folder / name: data for name, data in _template(files("nbthreat.threats.library") / "template")}
        for path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NbthreatError(f"{clean(str(folder), _SHOWN)}: not a folder to write to: {error.strerror}.") from None
    documents.publish_all(made)
    for path in made:
        print(f"wrote {path}")
    print(f"Next: nbthreat library test {folder}")
    return FINE


def _template(folder: Traversable, below: str = "") -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir(), key=lambda file: file.name):
        if path.is_dir():
            yield from _template(path, f"{below}{path.name}/")
        else:
            yield f"{below}{path.name}", path.read_bytes()


def _read(folder: Path | None) -> tuple[Library, tuple[Threat, ...], Path]:
    """Return a library, the threats that are its own and not those it stands beside, and its folder."""
    library = Library.load(folder)
    where = folder or built_in()
    return library, own(library, where) if library.packs else library.threats, where


def _check(options: argparse.Namespace) -> int:
    library, threats, where = _read(options.folder)
    wrong = check_examples(library, threats)
    for threat, message in wrong:
        print(f"{clean(library.where[threat], _SHOWN)}: {clean(message, _LONG)}", file=sys.stderr)
    for note in (*key_remarks(library, threats), *split_remarks(library, threats)):
        print(f"note: {note}", file=sys.stderr)
    if not library.packs:
        held = f"{library.name} {library.version}, {len(library.threats)} threats, {len(library.controls)} controls"
        seen = sum(bool(threat.seen) for threat in library.threats)
        print(f"{where}: {held}; {seen} of the threats name an incident or a study.")
        return BAD_INPUT if wrong else FINE
    pack = library.packs[-1]
    for note in remarks(library, pack, where):
        print(f"note: {note}", file=sys.stderr)
    print(f"{where}: {pack.name} {pack.version}, {len(threats)} threats, beside {library.name} {library.version}.")
    return BAD_INPUT if wrong else FINE


def _find(options: argparse.Namespace) -> int:
    library = Library.load(options.folder)
    found = [threat for threat in library.asked if threat.says(options.words)]
    for threat in found:
        also = f" (also: {', '.join(threat.also)})" if threat.also else ""
        print(f"{threat.id}: {clean(threat.title + also, _LONG)}")
    print(f"{len(found)} of {len(library.asked)} threats.")
    return FINE


def _test(options: argparse.Namespace) -> int:
    library, threats, _ = _read(options.folder)
    failed = count = 0
    for threat in threats:
        print(clean(threat.id))
        for run in run_examples(library, threat):
            count += 1
            failed += bool(run.faults)
            print(f"  {run.kind:<6} {'fails' if run.faults else 'holds'}  {clean(run.what, _SHOWN)}")
            for message in run.faults:
                print(f"         {clean(message, _LONG)}")
    print(f"{count} examples of {len(threats)} threats: {count - failed} hold, {failed} fail.")
    return BAD_INPUT if failed else FINE


def _coverage(options: argparse.Namespace) -> int:
    library = Library.load(options.folder)
    wanted, known = options.catalogue, [*sorted(library.catalogues), CODE]
    if wanted and wanted not in known:
        raise NbthreatError(f"unknown catalogue {clean(wanted)!r}. Known here: {', '.join(known)}.")
    lines = [line for id in known if wanted in (None, id) for line in (*coverage_told(library, id), "")]
    print("\n".join(lines[:-1]))
    return FINE


def _diff(options: argparse.Namespace) -> int:
    path: Path = options.system
    document = documents.read(System, path)
    system = document.value
    before, after = _around(path, options.old), _around(path, options.new)
    needs: list[str] = []
    for folder, library in ((options.old, before), (options.new, after)):
        problems = tuple(library.problems(system))
        unknown = document.faults(tuple(problem for problem in problems if problem.place[0] != "overrides"))
        if unknown:
            said = clean(str(folder), _SHOWN)
            raise DocumentError(Fault(fault.file, fault.line, f"with {said}: {fault.message}") for fault in unknown)
        needs = [problem.message for problem in problems]
    allowed = {*system.overrides, *(id for pack in before.packs for id in pack.overrides)}
    asked = [id for pack in after.packs for id in pack.overrides if id not in allowed]
    needs += [f"the new pack overrides {id!r}: it is refused until the system file says so." for id in asked]
    register = register_of(path, system).value
    drawn = replace(system, overrides=())  # what of them is not true of both libraries is told as notes
    found = upgrade(drawn, before, after, register, today=today())
    data = as_data(found)
    data["threats"]["split"] = {old: list(new) for old, new in _splits(found).items()}
    print(json.dumps(data, indent=1, ensure_ascii=False) if options.json else "\n".join(_told(found)))
    for need in needs:
        print(f"note: {clean(need, _LONG)}", file=sys.stderr)
    complete = [told_complete(match, f"{of}: ") for of, match in (("old", found.before), ("new", found.after))]
    return FINE if all(complete) else INCOMPLETE


def _around(path: Path, folder: Path) -> Library:
    """Return the library in a folder with the packs of a system; a pack takes the place of the one of its name."""
    library = Library.load(folder)
    if library.packs:
        return Library.for_system(path, instead=folder)
    return Library.for_system(path, library)


def _splits(found: Upgrade) -> dict[str, tuple[str, ...]]:
    """Return the threats of the old library that become several in the new one."""
    was = {threat.id for threat in found.before.library.asked}
    return {old: new for old, new in found.after.library.splits.items() if old in was}


def _told(found: Upgrade) -> Iterator[str]:
    for word, library in (("from", found.before.library), ("to", found.after.library)):
        packs = "".join(f", {pack.name} {pack.version}" for pack in library.packs)
        yield f"{word:<5}{library.name} {library.version}{packs} ({library.sha256[:12]})"
    changed = ", ".join(f"{id} ({', '.join(names)})" for id, names in found.changed)
    for word, said in (
        ("added", ", ".join(found.added)),
        ("changed", changed),
        ("retired", ", ".join(found.retired)),
        ("split", "; ".join(f"{old} into {listed(list(new))}" for old, new in _splits(found).items())),
    ):
        yield f"threats {word}: {clean(said, 2_000) or 'none'}"
    for change in found.findings:
        sort = "new" if not change.before else "gone" if not change.after else "changed"
        states = f"{change.before or 'not found'} → {change.after or 'not found'}"
        yield f"{sort:<8} {change.key}: {clean(change.title)} ({states})"
    yield f"{len(found.findings)} findings change, {found.unchanged} stay as they are."
    for decision in found.decisions:
        of = f" ({decision.number})" if decision.number else ""
        to = f" to {decision.to}" if decision.outcome is Outcome.MOVED else ""
        yield f"decision {decision.key}{of}: {decision.outcome.value}{to}"
    counts = ", ".join(
        f"{sum(decision_change.outcome is outcome for decision_change in found.decisions)} {outcome.value}"
        for outcome in Outcome
    )
    yield f"decisions: {counts}." if found.decisions else "The register holds no decisions yet."


def _atlas_diff(options: argparse.Namespace) -> int:
    from nbthreat.threats.curation import atlas

    print("\n".join(atlas.told(atlas.read(options.file), Library.load())))
    return FINE
