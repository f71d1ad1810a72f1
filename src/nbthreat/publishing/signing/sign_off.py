"""Sign-offs: what one holds, its digest, and how it is written and read.

The digest is taken of everything in the file but itself and the signature over it, and the file stands in one form
only: a byte that differs is either another content, or no longer how it was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from nbthreat.base.errors import DocumentError, Fault, RegisterError, quoted
from nbthreat.decisions.assessment import Assessment, risk_data
from nbthreat.decisions.register import Marking, Register, occasion
from nbthreat.publishing.signing.canonical import data_of, digest
from nbthreat.system import documents

FORM = 1
"""The version of the form; a file says its own as `"signoff": 1`."""

_CONTENT = ("found", "system", "register")
_UNSIGNED = ("digest", "ssh")


class Approval(StrEnum):
    """What the person who signs decided."""

    APPROVED = "approved"
    WITH_CONDITIONS = "approved-with-conditions"
    NOT_APPROVED = "not-approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody says by signing. Raises RegisterError where it could not stand."""

    by: str  # a role, never a person's name
    on: date
    decision: Approval
    conditions: str = ""
    marking: Marking  # for whose eyes what is signed is meant

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise RegisterError("a sign-off needs the role that signs.")
        if (self.decision is Approval.WITH_CONDITIONS) != bool(self.conditions.strip()):
            raise RegisterError(f"conditions are for {quoted(Approval.WITH_CONDITIONS.value)}, which needs them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLine:
    """A line of the register as it was when it was signed, in the words of its published columns."""

    key: str
    title: str
    state: str
    standing: str
    level: str
    number: str
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Which library was asked."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """An earlier sign-off of the same system."""

    digest: str
    by: str
    on: date
    decision: Approval
    keyed: bool = False  # whether a key signed its digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffHead:
    """Everything in a file but what was signed and found."""

    signoff: int
    by: str
    on: date
    decision: Approval
    conditions: str
    marking: str
    library: Seal
    previous: tuple[Previous, ...]
    salt: str
    keyed: bool = False  # whether a key signs the digest; under the digest, so that no signature can be taken away
    digest: str
    ssh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One sign-off, and everything that was signed by it."""

    head: SignOffHead
    found: tuple[SignedLine, ...]  # by key
    data: Mapping[str, Any]  # the file as plain data

    @property
    def marking(self) -> Marking:
        """For whose eyes what was signed is meant."""
        return Marking.of(self.head.marking)

    @property
    def system(self) -> Any:
        """The system as plain data."""
        return self.data["system"]

    @property
    def register(self) -> Any:
        """The register as plain data, the entry of its log that tells of this sign-off with it."""
        return self.data["register"]

    @property
    def chain(self) -> tuple[Previous, ...]:
        """All sign-offs up to this one, the first one first."""
        head = self.head
        last = Previous(
            digest=head.digest, by=head.by, on=head.on, decision=head.decision, keyed=head.keyed or bool(head.ssh)
        )
        return (*head.previous, last)

    def with_signature(self, ssh: str) -> SignOff:
        """Return this sign-off with a signature over its digest."""
        return _made({**self.data, "ssh": ssh})

    def written(self) -> bytes:
        """Return the bytes of the file."""
        return _written(self.data)


def sign(
    assessment: Assessment, statement: Statement, *, salt: str, after: SignOff | None = None, keyed: bool = False
) -> tuple[Register, SignOff]:
    """Return the register with the entry that tells of it, and the sign-off of that register and its system.

    `salt` is random text, so that nobody can guess a content from its digest; `after` is the sign-off before this one;
    `keyed` whether a key is to sign the digest.
    """
    at = occasion(assessment.system, assessment.library, by=statement.by, on=statement.on)
    what = f"{statement.decision.value}, for {statement.marking.label}"
    register = assessment.register.signing(at, what=what, why=statement.conditions)
    library = assessment.library
    rows = map(risk_data, assessment.risks)
    data = {
        "signoff": FORM,
        "by": statement.by,
        "on": statement.on.isoformat(),
        "decision": statement.decision.value,
        "conditions": statement.conditions,
        "marking": statement.marking.label,
        "library": {"name": library.name, "version": library.version, "sha256": library.sha256},
        "previous": [_previous(earlier) for earlier in after.chain] if after else [],
        "salt": salt,
        **({"keyed": True} if keyed else {}),
        "found": [{field.name: row[field.name] for field in fields(SignedLine)} for row in rows],
        "system": data_of(assessment.system),
        "register": data_of(register),
    }
    return register, _made({"digest": digest(data), **data})


def read(data: bytes, file: str) -> SignOff:
    """Return the sign-off in `data`, which stood in `file`.

    Raises DocumentError where it is none, where its digest is not that of what it holds, or where it is no longer
    written as it was. Whether its signature is good is asked of `signer`.
    """
    try:
        there = documents.of_json(data)
        if not isinstance(there, dict) or there.get("signoff") != FORM:
            raise _refused(file, f"no sign-off of a form that is known here; it must say 'signoff': {FORM}.")
        signed = {key: value for key, value in there.items() if key not in _UNSIGNED}
        if digest(signed) != there.get("digest"):
            raise _refused(file, "what it holds is not what was signed: its digest is another. It was tampered with.")
        if _written(there) != data.replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n":
            message = "what it holds is what was signed, but it is not written as it was. Restore the file."
            raise _refused(file, message)
        made = _made(there)
    except DocumentError as error:
        raise DocumentError([Fault(file, 1, fault.message) for fault in error.faults]) from None
    except (ValueError, RecursionError) as error:
        raise _refused(
            file, f"no sign-off that can be read: {quoted(error)}. It may have been tampered with."
        ) from None
    if made.head.keyed and not made.head.ssh:
        raise _refused(file, "a key signed it, and the signature is no longer there. It was tampered with.")
    return made


def _previous(earlier: Previous) -> Any:
    """Return an earlier sign-off as plain data; whether a key signed it, where one did."""
    plain = documents.plain(earlier, defaults=True)
    return plain if earlier.keyed else {key: value for key, value in plain.items() if key != "keyed"}


def _made(data: Mapping[str, Any]) -> SignOff:
    head = documents.shaped(
        SignOffHead, {key: value for key, value in data.items() if key not in _CONTENT}, "the sign-off"
    )
    rows, names = data.get("found"), {field.name for field in fields(SignedLine)}
    right = isinstance(rows, list) and all(
        isinstance(row, dict) and row.keys() == names and all(isinstance(cell, str) for cell in row.values())
        for row in rows
    )
    if not right or not all(isinstance(data.get(part), dict) for part in ("system", "register")):
        raise _refused("", "a sign-off holds what was found, the system and the register; this one does not.")
    return SignOff(head=head, found=tuple(SignedLine(**row) for row in rows or ()), data=data)


def _written(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "surrogatepass")


def _refused(file: str, message: str) -> DocumentError:
    return DocumentError([Fault(file, 1, message)])
