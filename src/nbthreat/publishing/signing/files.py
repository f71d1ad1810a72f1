"""Where sign-offs live: beside the system file, as its register does.

A sign-off is two writes: its entry in the register's log, and its file. The file is written first, under a name of its
own; the entry, when it is saved, is what makes the sign-off hold; then the file takes its place. Whoever is killed in
between has either signed or not: a waiting file counts exactly when it follows the sign-off that has the place and the
latest sign-off in the log on disk is its own. The next sign-off puts it in its place; or away, where its entry was
never saved. Any other file under that name was put there by somebody else: it is told and left alone.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError, Fault, NbthreatError
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Act, Register, read_register, register_path
from nbthreat.publishing.signing import keys
from nbthreat.publishing.signing.canonical import data_of, same
from nbthreat.publishing.signing.sign_off import SignOff, Statement, read, sign
from nbthreat.publishing.signing.standing import SignedState, standing
from nbthreat.system import documents
from nbthreat.system.documents.saving import LOCK_SECONDS, lock

BYTES_LIMIT = 64 << 20


def signed_path(system: Path) -> Path:
    """Return where the sign-off of the system in that file lives: beside the file itself, not beside a link to it.

    >>> signed_path(Path("chatbot.yaml")).name
    'chatbot.signed.json'
    """
    return documents.beside(system, ".signed.json")


def read_signed(path: Path) -> SignOff:
    """Read a sign-off. Raises DocumentError where there is none that can be read, or it is not as it was written."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise DocumentError([Fault(str(path), 1, f"cannot be read: {reason}.")]) from None
    if len(data) > BYTES_LIMIT:
        raise DocumentError([Fault(str(path), 1, f"larger than {BYTES_LIMIT >> 20} MB; it is not read.")])
    return read(data, str(path))


def signed_in_effect(system: Path, register: Register) -> SignOff | None:
    """Return the latest sign-off of a system whose register is `register`; None where it was never signed.

    Raises DocumentError where there is one that is not as it was written.
    """
    path = signed_path(system)
    return _waits(system, register) or (read_signed(path) if path.exists() else None)


def signed_state(of: Path | SignOff, assessment: Assessment) -> SignedState | None:
    """Return what a page says of the sign-off of the system in that file; None where it was never signed.

    Raises DocumentError where the sign-off is not as it was written.
    """
    signed = of if isinstance(of, SignOff) else signed_in_effect(of, assessment.register)
    return standing(signed, assessment) if signed else None


def sign_file(system: Path, assessment: Assessment, statement: Statement, *, key: Path | None = None) -> SignOff:
    """Sign what an assessment of that file looked at: an entry in the log of its register, and the file beside it.

    `key` is an SSH key to sign the digest with. Raises NbthreatError, and leaves everything as it was, where the match
    is incomplete, the register is no longer the one that was looked at, an earlier sign-off cannot be read, a file
    waits for its place that nobody began here, or the key does not sign.
    """
    from filelock import Timeout  # slow to import, and readers never lock

    if not assessment.match.complete:
        raise NbthreatError("not everything was followed to the end, so nobody can know what is signed.")
    path, waiting = signed_path(system), _waiting(system)
    about = (system, register_path(system), path)
    try:
        with lock(path, about):
            kept = _settled(system, assessment.system.id)
            if kept.value != assessment.register:
                raise NbthreatError("the register changed while it was looked at. Sign it again.")
            earlier = read_signed(path) if path.exists() else None
            register, signed = sign(
                assessment, statement, salt=secrets.token_hex(16), after=earlier, keyed=key is not None
            )
            if key:
                signed = signed.with_signature(keys.sign(signed.head.digest, key))
            documents.publish(waiting, signed.written(), about=about)
            try:
                documents.save(kept, register)
            finally:
                _settled(system, assessment.system.id)
    except Timeout:
        raise NbthreatError(f"somebody else has been signing for {LOCK_SECONDS:.0f} seconds. Try again.") from None
    except OSError as error:
        raise DocumentError([Fault(str(path), 1, f"could not be signed: {error.strerror or error}.")]) from error
    return signed


def foreign_file(system: Path, register: Register) -> Path | None:
    """Return the file that waits for the place of a sign-off and is neither the next one nor an unfinished one."""
    path = _waiting(system)
    return path if path.exists() and not _waits(system, register) and not _unfinished(system, register) else None


def _settled(system: Path, id: str) -> documents.Document[Register]:
    """Return the register; a file that waits has its place by then, or is gone, as the log decides.

    Raises NbthreatError where it is no sign-off that somebody began here.
    """
    kept = read_register(system, id=id)
    path = _waiting(system)
    if _waits(system, kept.value):
        path.replace(signed_path(system))
    elif _unfinished(system, kept.value):
        path.unlink()
    elif path.exists():
        message = "it follows neither the sign-off nor the log that are there. It was left alone; move it away to sign."
        raise DocumentError([Fault(str(path), 1, message)])
    return kept


def _waiting(system: Path) -> Path:
    path = signed_path(system)
    return path.with_name(f".{path.name}.waiting")


def _waits(system: Path, register: Register) -> SignOff | None:
    """Return the sign-off that waits for its place and counts; None where none does."""
    signed = _next(system)
    return signed if signed and _length(signed) and _begins(register, signed, _length(signed)) else None


def _unfinished(system: Path, register: Register) -> bool:
    """Return whether the sign-off that waits was begun with this log, and its entry was never saved."""
    signed = _next(system)
    return signed is not None and _length(signed) > 0 and _begins(register, signed, _length(signed) - 1)


def _next(system: Path) -> SignOff | None:
    """Return the sign-off that waits for its place, where it follows the one that has it; None where none does."""
    path, placed = _waiting(system), signed_path(system)
    if not path.exists():
        return None
    try:
        signed = read_signed(path)
        chain = read_signed(placed).chain if placed.exists() else ()
    except DocumentError:  # one that cannot be read follows nothing, and nothing follows one
        return None
    return signed if signed.head.previous == chain else None


def _length(signed: SignOff) -> int:
    log: Any = signed.register.get("log")
    return len(log) if isinstance(log, list) else 0


def _begins(register: Register, signed: SignOff, length: int) -> bool:
    """Return whether the log of a register begins as the signed one does, and tells of no sign-off after that."""
    rest = register.log[length:]
    return (
        same(signed.register["log"][:length], data_of(register.log[:length]))
        and len(register.log) >= length
        and not any(entry.act is Act.SIGNED for entry in rest)
    )
