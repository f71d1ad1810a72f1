"""Making a publication: for whom, under which label, with how much of what is known."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Marking
from nbthreat.publishing.publication.audiences import label_for
from nbthreat.publishing.publication.full import full
from nbthreat.publishing.publication.reduced import reduced
from nbthreat.publishing.publication.values import Publication, Withheld
from nbthreat.publishing.signing import SignedState
from nbthreat.system import documents

_SALT = 16


def publication(
    assessment: Assessment,
    audience: Marking | None = None,
    *,
    signed: SignedState | None = None,
    salt: str | None = None,
) -> Publication:
    """Return what an audience is shown of an assessment; by default, those that its register is marked for.

    Every value in it is new: what is not copied is not in it. `signed` is how a sign-off of it stands; `salt` is drawn
    by chance where none is given. Raises NbthreatError where it is for the community or for everybody and nobody has
    said who may see the register.
    """
    asked = assessment.register.marking if audience is None else audience
    label = label_for(assessment.register, asked)
    if asked >= Marking.AMBER:
        return replace(full(assessment, asked, label), signed=signed)
    made = reduced(assessment, asked, label)
    chance = salt or secrets.token_hex(_SALT)
    shown = Withheld(
        risks=made.withheld.risks,
        classes=made.withheld.classes,
        salt=chance,
        digest=_digest(assessment, chance),
    )
    return replace(made, withheld=shown, signed=_outlined(signed) if signed else None)  # the rest is public already


def _outlined(signed: SignedState) -> SignedState:
    """Return of a sign-off that there is one, and whether it still holds."""
    return SignedState(
        by="",
        on=signed.on,
        decision=signed.decision,
        conditions="",
        marking=signed.marking,
        digest=signed.digest,
        changes=signed.changes,
    )


def _digest(assessment: Assessment, salt: str) -> str:
    parts = (salt, documents.dump(assessment.system), documents.dump(assessment.register), assessment.library.sha256)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
