"""Signing: who approved what, of exactly which system, register and library, under one digest.

A sign-off lies beside the system file and holds everything that was signed. Whoever has the digest can tell that
something was changed; who is to tell without it needs a key. What counts is the content, never how a file is written.
"""

from __future__ import annotations

from nbthreat.publishing.signing.canonical import canonical
from nbthreat.publishing.signing.files import (
    foreign_file,
    read_signed,
    sign_file,
    signed_in_effect,
    signed_path,
    signed_state,
)
from nbthreat.publishing.signing.keys import Signer, signer
from nbthreat.publishing.signing.letters import odd_letters
from nbthreat.publishing.signing.sign_off import Approval, Previous, SignedLine, SignOff, Statement, read, sign
from nbthreat.publishing.signing.standing import SignedState, differences, standing

__all__ = [
    "Approval",
    "Previous",
    "SignOff",
    "SignedLine",
    "SignedState",
    "Signer",
    "Statement",
    "canonical",
    "differences",
    "foreign_file",
    "odd_letters",
    "read",
    "read_signed",
    "sign",
    "sign_file",
    "signed_in_effect",
    "signed_path",
    "signed_state",
    "signer",
    "standing",
]
