"""Keys: a sign-off's digest signed by OpenSSH's own `ssh-keygen`, and such signatures checked.

Nothing about keys is done here: which are good, how one is unlocked and who owns it is OpenSSH's to say, by the file of
allowed signers that git uses too.
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

from nbthreat.base.errors import NbthreatError, clean

PROGRAM = "ssh-keygen"
NAMESPACE = "nbthreat"
"""What signatures are for, so that one made for something else is none here."""

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key it was: by name where the file of allowed signers tells it, else only by the key's fingerprint."""

    name: str = ""
    key: str = ""


def sign(digest: str, key: Path) -> str:
    """Return a signature over a digest, in base64. Raises NbthreatError where `ssh-keygen` makes none."""
    done = _asked(["-Y", "sign", "-n", NAMESPACE, "-f", str(key)], digest)
    lines = done.stdout.decode("ascii", "replace").split("\n")
    if done.returncode or lines[0] != _BEGIN or _END not in lines:
        raise NbthreatError(f"{clean(str(key))}: no signature was made with this key. {_said(done)}".rstrip())
    return "".join(lines[1 : lines.index(_END)])


def signer(digest: str, signature: str, allowed: Path | None = None) -> Signer:
    """Return whose signature over a digest it is.

    Raises NbthreatError where it is not a good one, where nobody in the file of allowed signers has that key, or where
    it cannot be checked for there is no `ssh-keygen` here.
    """
    with tempfile.TemporaryDirectory(prefix="nbthreat-") as folder:
        file = Path(folder) / "signature"
        file.write_text(_armoured(signature), encoding="ascii")
        if allowed is None:
            done = _asked(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(file)], digest)
            if done.returncode:
                raise NbthreatError(f"the signature is not one over what was signed. {_said(done)}".rstrip())
            return Signer(key=_said(done).split()[-1])
        if not allowed.is_file():
            raise NbthreatError(f"{clean(str(allowed))}: there is no such file of allowed signers.")
        found = _asked(["-Y", "find-principals", "-f", str(allowed), "-s", str(file)], digest)
        name = found.stdout.decode(errors="replace").strip().split("\n")[0].split(",")[0]
        if found.returncode or not name:
            raise NbthreatError(f"nobody in {clean(str(allowed))} has the key that signed. {_said(found)}".rstrip())
        done = _asked(["-Y", "verify", "-n", NAMESPACE, "-f", str(allowed), "-I", name, "-s", str(file)], digest)
        if done.returncode:
            raise NbthreatError(f"the signature is not one over what was signed. {_said(done)}".rstrip())
        return Signer(name=name, key=_said(done).split()[-1])


def _armoured(signature: str) -> str:
    """Return a signature as `ssh-keygen` reads it; only one way to write it counts, so that no change goes unseen."""
    try:
        right = base64.b64encode(base64.b64decode(signature, validate=True)).decode() == signature
    except (ValueError, binascii.Error):
        right = False
    if not right:
        raise NbthreatError("the signature is none that can be read.")
    return "\n".join([_BEGIN, *textwrap.wrap(signature, _WIDTH), _END, ""])


def _asked(arguments: list[str], digest: str) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen` over a digest; to sign it may ask its person for a passphrase, at the terminal."""
    program = shutil.which(PROGRAM)
    if not program:
        raise NbthreatError(f"signatures take OpenSSH's {PROGRAM}, and there is none here. Install OpenSSH.")
    return subprocess.run(  # noqa: S603 - a program from PATH, and no shell
        [program, *arguments], input=digest.encode(), capture_output=True, check=False
    )


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    text = (done.stderr if done.returncode else done.stdout).decode(errors="replace").strip()
    return clean(text.replace("\n", " "), _SHOWN)
