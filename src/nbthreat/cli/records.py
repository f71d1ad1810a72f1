"""The commands that look after a register: review, tolerance, handle, acknowledge, handover, quantify."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from nbthreat.base.day import today
from nbthreat.base.errors import DocumentError, NbthreatError, clean, hint, quoted
from nbthreat.base.risk import Level
from nbthreat.cli.opening import FINE, assessed, level_named, levels, opened, register_of
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import (
    Acknowledged,
    Appetite,
    ChangeAnswer,
    Effect,
    Handling,
    Marking,
    Register,
    Schedule,
    Trigger,
    occasion,
    register_path,
)
from nbthreat.publishing.publication import audience_named, publication
from nbthreat.publishing.publication.audiences import LABELS
from nbthreat.publishing.publication.credentials import credentials, digest_of
from nbthreat.system import documents
from nbthreat.system.changes import Difference, Weight
from nbthreat.threats.library import Library

_SHOWN = 300


def add(commands: Any) -> None:
    """Add the commands to a parser's sub-parsers."""
    item = commands.add_parser("review", help="say what changed since the last review, and answer what it means")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    act = item.add_mutually_exclusive_group()
    act.add_argument("--no-effect", metavar="CHANGE", help="this change has no effect; needs --because")
    act.add_argument("--re-assessed", metavar="CHANGE", help="what this change touches was assessed again")
    act.add_argument("--all", action="store_true", help="the whole model was looked at as it now is")
    act.add_argument("--next", type=_day, metavar="DAY", help="the day of the next review at the latest: 2027-03-01")
    what = "what asks for a review earlier; several with commas, with --next (default: those said before)"
    item.add_argument("--trigger", metavar="WHAT", help=f"{what}: {', '.join(Trigger)}")
    item.add_argument("--because", default="", metavar="TEXT")
    item.add_argument("--by", default="", metavar="ROLE", help="the role that says so; needed to say something")
    item.set_defaults(run=_review)

    item = commands.add_parser("tolerance", help="say which risk is taken, and above which level somebody decides")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    item.add_argument("--level", required=True, choices=levels(), help="above it somebody has to decide")
    item.add_argument(
        "--appetite", choices=levels(), help="what is taken without a word (default: low, or said before)"
    )
    item.add_argument("--statement", default="", metavar="TEXT", help="why, in a sentence")
    item.add_argument("--by", required=True, metavar="ROLE", help="the role that says so")
    item.set_defaults(run=_tolerance)

    item = commands.add_parser("handle", help="say who may see the register, and which words no public form may hold")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    labels = ", ".join(LABELS)
    item.add_argument(
        "--marking", required=True, metavar="LABEL", help=f"a label of the Traffic Light Protocol: {labels}"
    )
    what = "words that no public form may hold, separated by commas, beyond the names in the drawing"
    item.add_argument("--private", metavar="WORDS", help=f"{what} (default: those said before)")
    what = "provisions of which everybody is told what the records say, separated by commas"
    item.add_argument("--verdicts", metavar="IDS", help=f"{what} (default: those said before)")
    item.add_argument("--by", required=True, metavar="ROLE", help="the role that says so")
    item.set_defaults(run=_handle)

    item = commands.add_parser("acknowledge", help="list what looks like a credential, or say that it is none")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    item.add_argument("--where", default="", metavar="PLACE", help="the place, as the list names it")
    item.add_argument("--because", default="", metavar="TEXT", help="why it is none")
    item.add_argument("--by", default="", metavar="ROLE", help="the role that says so")
    item.set_defaults(run=_acknowledge)

    item = commands.add_parser("handover", help="hand over unresolved threats, or take over those of a supplier")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    way = item.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", type=Path, metavar="FILE.yaml", help="write what is unresolved, and a notice beside it")
    way.add_argument("--take", type=Path, metavar="FILE.yaml", help="take over what a supplier wrote")
    item.add_argument("--by", default="", metavar="ROLE", help="the role that takes it over")
    item.set_defaults(run=_handover)

    item = commands.add_parser("quantify", help="simulate what a year costs, from the estimates in the register")
    item.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    item.add_argument("--trials", type=int, default=10_000, metavar="N", help="simulated years (default 10,000)")
    item.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same numbers (default 0)"
    )
    item.add_argument("--json", action="store_true", help="print everything as JSON")
    item.set_defaults(run=_quantify)


def _review(options: argparse.Namespace) -> int:
    document, library = opened(options.system)
    system = document.value
    kept = register_of(options.system, system)
    seen = assess(system, library, kept.value, today=today())
    key = options.no_effect or options.re_assessed
    if options.trigger and not options.next:
        raise NbthreatError("--trigger goes with --next.")
    if key or options.all or options.next:
        if not options.by.strip():
            raise NbthreatError("say with --by which role says so.")
        register = (
            _scheduled(options, seen)
            if options.next
            else _answered(options, seen, key)
            if key
            else _reviewed(options, seen)
        )
        seen = replace(seen, register=documents.save(kept, register).value)
    print("\n".join(_told(seen)))
    return FINE


def _answered(options: argparse.Namespace, seen: Assessment, key: str) -> Register:
    change = next((difference for difference in seen.unanswered if difference.key == key), None)
    if change is None:
        known = ", ".join(difference.key for difference in seen.unanswered) or "nothing"
        raise NbthreatError(f"no change {quoted(key)} asks for an answer. What does: {clean(known, _SHOWN)}.")
    answer = ChangeAnswer(
        key=change.key,
        before=change.before,
        after=change.after,
        effect=Effect.NONE if options.no_effect else Effect.REASSESSED,
        because=options.because,
        by=options.by,
        on=seen.today,
    )
    return seen.register.answering(answer, occasion(seen.system, seen.library, by=options.by, on=seen.today))


def _reviewed(options: argparse.Namespace, seen: Assessment) -> Register:
    return seen.register.reviewing(seen.system, seen.library, by=options.by, on=seen.today, findings=seen.findings)


def _day(text: str) -> date:
    """Return a day. Raises ArgumentTypeError where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no day such as 2027-03-01") from None


def _scheduled(options: argparse.Namespace, seen: Assessment) -> Register:
    if options.next < seen.today:
        raise NbthreatError(f"the next review cannot be on {options.next}: that day is gone.")
    before = seen.register.schedule.triggers if seen.register.schedule else ()
    named = [part.strip() for part in (options.trigger or "").split(",") if part.strip()]
    unknown = next((name for name in named if name not in [*Trigger]), None)
    if unknown is not None:
        raise NbthreatError(f"unknown trigger {quoted(unknown)}.{hint(unknown, list(Trigger))}")
    triggers = before if options.trigger is None else tuple(Trigger(name) for name in dict.fromkeys(named))
    schedule = Schedule(next=options.next, triggers=triggers, by=options.by, on=seen.today)
    return seen.register.scheduling(schedule, occasion(seen.system, seen.library, by=options.by, on=seen.today))


def _tolerance(options: argparse.Namespace) -> int:
    if not options.by.strip():
        raise NbthreatError("say with --by which role says so.")
    document, library = opened(options.system)
    system, day = document.value, today()
    kept = register_of(options.system, system)
    before = kept.value.appetite
    taken = level_named(options.appetite) if options.appetite else before.appetite if before else Level.LOW
    said = Appetite(
        appetite=taken, tolerance=level_named(options.level), statement=options.statement, by=options.by, on=day
    )
    documents.save(kept, kept.value.tolerating(said, occasion(system, library, by=options.by, on=day)))
    print(f"{kept.path}: tolerance {said.tolerance.label}, appetite {said.appetite.label}.")
    return FINE


def _told(seen: Assessment) -> Iterator[str]:
    for difference in seen.unanswered:
        yield f"{difference.weight.value:<6} {clean(str(difference), _SHOWN)} ({difference.because})"
        touches = [_numbered(seen, key) for key in seen.touched_by(difference)]
        yield f"       touches {clean(', '.join(touches), _SHOWN) or 'no finding'}"
    yield (
        _counted(seen.unanswered)
        if seen.register.reviewed
        else "No review is recorded yet: --all --by ROLE records one."
    )
    yield str(seen.movement)
    if seen.register.schedule:
        yield f"The next review is due on {seen.register.schedule.next.isoformat()}."


def _numbered(seen: Assessment, key: str) -> str:
    decision = seen.register.about(key)
    return f"{key} ({decision.number})" if decision and decision.number else key


def _counted(differences: tuple[Difference, ...]) -> str:
    if not differences:
        return "Nothing changed that asks for an answer."
    major = sum(difference.weight is Weight.MAJOR for difference in differences)
    return f"Asking for an answer: {major} major, {len(differences) - major} minor."


def _handle(options: argparse.Namespace) -> int:
    if not options.by.strip():
        raise NbthreatError("say with --by which role says so.")
    document, library = opened(options.system)
    system = document.value
    kept = register_of(options.system, system)
    before = kept.value.handling
    private = _listed(options.private, before.private if before else ())
    verdicts = _listed(options.verdicts, before.verdicts if before else ())
    known = {provision.id for principle in library.principles for provision in principle.provisions}
    unknown = [id for id in verdicts if id not in known]
    if unknown:
        told = f"{clean(', '.join(unknown), _SHOWN)}: no provision of the Code"
        raise NbthreatError(f"{told}. Known here: {', '.join(sorted(known))}.")
    marking = audience_named(options.marking)
    handling = Handling(marking=marking.label, private=private, verdicts=verdicts, by=options.by, on=today())
    register = kept.value.handled(handling, occasion(system, library, by=options.by, on=today()))
    documents.save(kept, register)
    print(f"{kept.path}: {marking.label}, {len(private)} private words.")
    return FINE


def _listed(text: str | None, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is named in a text, separated by commas, each once; what was named before where nobody says any."""
    if text is None:
        return before
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _acknowledge(options: argparse.Namespace) -> int:
    document, library = opened(options.system)
    system = document.value
    kept = register_of(options.system, system)
    register, day = kept.value, today()
    made = publication(assess(system, library, register, today=day), Marking.RED)
    found = credentials(made, register.acknowledged)
    if not options.where:
        print("\n".join(map(str, found)) or "Nothing looks like a credential but what was acknowledged.")
        return FINE
    there = [credential for credential in found if credential.where == options.where]
    if not there:
        known = clean(", ".join(credential.where for credential in found), _SHOWN) or "nothing"
        raise NbthreatError(f"{quoted(options.where)}: nothing there looks like a credential. What does: {known}.")
    for credential in there:
        entry = Acknowledged(
            digest=digest_of(credential.value, secrets.token_hex(8)),
            where=credential.where,
            what=credential.what,
            reason=options.because,
            by=options.by,
            date=day,
        )
        register = register.acknowledging(entry, occasion(system, library, by=options.by, on=day))
    documents.save(kept, register)
    print(f"{kept.path}: {len(there)} acknowledged at {clean(options.where)}.")
    return FINE


def _handover(options: argparse.Namespace) -> int:
    from nbthreat.publishing.exchange import handover

    if options.take:
        system = opened(options.system)[0].value
        bundle = documents.read(handover.Handover, options.take).value
        kept = register_of(options.system, system)
        register = handover.take(kept.value, bundle, by=options.by, on=today())
        documents.save(kept, register)
        theirs = [inherited for inherited in register.inherited if inherited.supplier == bundle.supplier]
        gone = sum(inherited.withdrawn is not None for inherited in theirs)
        print(f"{kept.path}: {len(theirs) - gone} inherited from {clean(bundle.name)}, {gone} withdrawn by it.")
        return FINE
    made = handover.handover(assessed(options.system, Library.load()))
    target, notice = options.to, options.to.with_suffix(".md")
    if target.suffix not in (".yaml", ".yml"):
        raise NbthreatError(f"{clean(str(target))}: a bundle is a .yaml file; the notice goes beside it as .md.")
    if target.exists():
        try:
            documents.read(handover.Handover, target)
        except DocumentError:
            raise NbthreatError(
                f"{clean(str(target))}: there is a file that is no bundle. It was left alone."
            ) from None
    about = (options.system, register_path(options.system))
    documents.publish_all({target: documents.dump(made).encode(), notice: handover.notice(made).encode()}, about=about)
    print(f"{target}: {len(made.threats)} unresolved; for people: {notice}")
    unadvised = handover.unadvised(made)
    if unadvised:
        keys = clean(", ".join(unadvised), _SHOWN)
        print(f"note: no advice of what to do about {keys}", file=sys.stderr)
    return FINE


def _quantify(options: argparse.Namespace) -> int:
    from nbthreat.decisions.quantify import quantify

    system = opened(options.system)[0].value
    register = register_of(options.system, system).value
    found = quantify(register.decisions, trials=options.trials, seed=options.seed)
    if not found.risks:
        example = "estimate: {inherent: {frequency: [1, 12], loss: [2000, 80000]}}"
        message = "no decision has an estimate. Give one in the register, of events a year and the loss of each"
        raise NbthreatError(f"{message}: {example}")
    if options.json:
        print(json.dumps(found.data(), indent=1, ensure_ascii=False))
        return FINE
    print(found.words)
    print(f"{'risk':<12}{'without':>16}{'with':>16}  mean of a year")
    for name, without, with_ in found.risks:
        print(f"{clean(name, 60):<12}{without:>16,.0f}{with_:>16,.0f}")
    print(f"{'chance':<12}{'without':>16}{'with':>16}  to lose more in a year")
    for (without, chance), (with_, _) in zip(found.inherent.points, found.residual.points, strict=True):
        print(f"{chance:<12.1%}{without:>16,.0f}{with_:>16,.0f}")
    return FINE
