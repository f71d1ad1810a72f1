"""The commands about sign-offs: sign, verify, gate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nbthreat.base.errors import NbthreatError, clean, quoted
from nbthreat.cli.opening import (
    CHANGED,
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
from nbthreat.decisions.register import Marking, register_path
from nbthreat.publishing.exchange.observations import ObservationKind
from nbthreat.publishing.publication import publication
from nbthreat.publishing.signing import (
    Approval,
    Signer,
    SignOff,
    Statement,
    differences,
    foreign_file,
    odd_letters,
    read_signed,
    sign_file,
    signed_in_effect,
    signed_path,
    signer,
)
from nbthreat.system import documents
from nbthreat.threats.library import Library

_HIDDEN = tuple(kind.value for kind in ObservationKind)
_LABELS = {marking.label.removeprefix("TLP:"): marking for marking in Marking}
_SIGNED = ".signed.json"
_SHOWN = 300
_SHOWN_DIFFERENCES = 12


def add(commands: Any) -> None:
    """Add the commands to a parser's sub-parsers."""
    signers = {"type": Path, "metavar": "FILE", "help": "whose keys count: an allowed-signers file, as git uses"}

    command = commands.add_parser("sign", help="sign a system and its register as they now are")
    command.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    command.add_argument("--by", required=True, metavar="ROLE", help="the role that signs, never a person's name")
    command.add_argument("--decision", required=True, choices=[approval.value for approval in Approval])
    command.add_argument("--conditions", default="", metavar="TEXT")
    what = "for whose eyes it is signed (default: those of the register)"
    command.add_argument("--for", dest="marking", choices=list(_LABELS), help=what)
    command.add_argument("--key", type=Path, metavar="SSH_KEY", help="sign with this SSH key, by ssh-keygen")
    budget(command)
    command.set_defaults(run=_sign)

    command = commands.add_parser("verify", help="say whether a system, its register and the library are as signed")
    command.add_argument("system", type=Path, metavar="SYSTEM.yaml", help="or SYSTEM.signed.json, for that file alone")
    command.add_argument("--allowed-signers", **signers)
    command.set_defaults(run=_verify)

    command = commands.add_parser("gate", help="fail on risks that a sign-off or a publication did not have")
    command.add_argument("system", type=Path, metavar="SYSTEM.yaml")
    what = "SYSTEM.signed.json, or a register published as JSON"
    command.add_argument("--baseline", type=Path, required=True, metavar="FILE.json", help=what)
    command.add_argument(
        "--fail-on", choices=levels(), default="high", help="this level or a higher one (default high)"
    )
    what = "fail as well on what else the change does, of these kinds: " + ", ".join(_HIDDEN)
    command.add_argument("--fail-on-hidden", type=_kinds, default=frozenset(), metavar="KIND[,KIND…]|all", help=what)
    what = "fail as well on risks that are newly possible or to clarify, as nobody said what they hang on"
    command.add_argument("--fail-on-possible", action="store_true", help=what)
    command.add_argument("--sarif", type=Path, metavar="OUT.sarif", help="write what was found as SARIF, too")
    command.add_argument("--allowed-signers", **signers)
    budget(command)
    command.set_defaults(run=_gate)


def _kinds(text: str) -> frozenset[ObservationKind]:
    """Return the kinds of observations that an option names. Raises ArgumentTypeError where it names another."""
    named = {name.strip() for name in text.split(",")}
    if "all" in named:
        return frozenset(ObservationKind)
    unknown = sorted(named.difference(_HIDDEN))
    if unknown:
        known = ", ".join(_HIDDEN)
        raise argparse.ArgumentTypeError(f"{quoted(unknown[0])} is no kind; known are {known}, and all")
    return frozenset(map(ObservationKind, named))


def _sign(options: argparse.Namespace) -> int:
    seen = assessed(options.system, Library.load(), budget=options.budget)
    if not told_complete(seen.match):
        print("Nothing was signed: nobody could say what.", file=sys.stderr)
        return INCOMPLETE
    statement = Statement(
        by=options.by,
        on=seen.today,
        decision=Approval(options.decision),
        conditions=options.conditions,
        marking=_LABELS[options.marking] if options.marking else seen.register.marking,
    )
    signed = sign_file(options.system, seen, statement, key=options.key)
    _point_out(signed)
    print(f"{signed_path(options.system)}: {_said(signed)}")
    print(f"digest {signed.head.digest}")
    print("Keep the digest somewhere else: who has it can tell that something was changed.")
    return FINE


def _said(signed: SignOff) -> str:
    head = signed.head
    conditions = f" ({clean(head.conditions, _SHOWN)})" if head.conditions else ""
    return f"{head.decision.value}{conditions}, for {signed.marking.label}, by {clean(head.by)} on {head.on}."


def _verify(options: argparse.Namespace) -> int:
    if options.system.name.endswith(_SIGNED):
        signed = read_signed(options.system)
        _tell(signed, _signer(signed, options.allowed_signers))
        print("The file is as it was signed. Name the system file to compare it with what is there now.")
        return FINE
    document, library = opened(options.system)
    system = document.value
    register = register_of(options.system, system).value
    effective = signed_in_effect(options.system, register)
    if effective is None:
        path = clean(str(signed_path(options.system)), _SHOWN)
        raise NbthreatError(f"{path}: there is no sign-off. `nbthreat sign` makes one.")
    stray = foreign_file(options.system, register)
    if stray:
        message = "follows neither the sign-off nor the log that are there; it does not count, and was left alone."
        print(f"note: {clean(str(stray), _SHOWN)}: {message}", file=sys.stderr)
    _tell(effective, _signer(effective, options.allowed_signers))
    found = differences(effective, system, register, library)
    for line in found[:_SHOWN_DIFFERENCES]:
        print(f"changed: {line}")
    if len(found) > _SHOWN_DIFFERENCES:
        print(f"and {len(found) - _SHOWN_DIFFERENCES} more")
    print("Changed since it was signed." if found else "System, register and library are as they were signed.")
    return CHANGED if found else FINE


def _signer(signed: SignOff, allowed: Path | None) -> Signer | None:
    if signed.head.ssh:
        return signer(signed.head.digest, signed.head.ssh, allowed)
    if allowed:
        raise NbthreatError("no key signed it, and only the keys of allowed signers count.")
    return None


def _tell(signed: SignOff, key: Signer | None) -> None:
    head = signed.head
    for before in head.previous:
        print(f"before: {before.decision.value} by {clean(before.by)} on {before.on}, digest {clean(before.digest)}")
    print(_said(signed))
    print(f"digest {head.digest}")
    print(_key_told(key))
    keyed = [before for before in head.previous if before.keyed]
    if keyed and not key:
        message = f"the sign-off by {clean(keyed[-1].by)} on {keyed[-1].on} was signed with a key, and this one is not."
        print(f"note: {message}", file=sys.stderr)
    _point_out(signed)


def _key_told(key: Signer | None) -> str:
    if key is None:
        return "No key signed it: only who kept the digest can tell that it was not made anew."
    if not key.name:
        return f"Signed with the key {clean(key.key)}; whose that is nobody said: give --allowed-signers."
    return f"Signed with the key of {clean(key.name)} ({clean(key.key)})."


def _point_out(signed: SignOff) -> None:
    """Tell a person of letters in the roles that signed which may not be what they seem."""
    for by in dict.fromkeys(previous.by for previous in signed.chain):
        for letter in odd_letters(by):
            print(f"note: {letter} stands in {quoted(by)}; it may be another role than it seems.", file=sys.stderr)


def _gate(options: argparse.Namespace) -> int:
    from nbthreat.publishing.exchange.baseline import read_baseline
    from nbthreat.publishing.exchange.gate import gate
    from nbthreat.publishing.export.formats.sarif import sarif
    from nbthreat.publishing.export.publishing import located

    baseline = read_baseline(options.baseline, options.allowed_signers)
    seen = assessed(options.system, Library.load(), budget=options.budget)
    strict = {*options.fail_on_hidden, *([ObservationKind.POSSIBLE] if options.fail_on_possible else [])}
    found = gate(seen, baseline, level_named(options.fail_on), strict)
    print("\n".join(found.told()))
    library = f"{seen.library.name} {seen.library.version}"
    if library != baseline.library:
        print(f"note: asked with {clean(library)}; the baseline with {clean(baseline.library)}.", file=sys.stderr)
    if options.sarif:
        made = publication(seen, max(seen.register.marking, Marking.AMBER))
        made = located(made, str(options.system))
        data = sarif(made, found.comparison()).encode()
        documents.publish(options.sarif, data, about=(options.system, register_path(options.system)))
    if not told_complete(seen.match):
        return INCOMPLETE
    return FINDINGS if found.fails else FINE
