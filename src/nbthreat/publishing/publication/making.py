"""Making a publication: for whom, under which label, with how much of what is known."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import name

from nbthreat.base.errors import NbthreatError, quoted
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Marking
from nbthreat.publishing.publication.audiences import label_for
from nbthreat.publishing.publication.credentials import texts
from nbthreat.publishing.publication.full import full
from nbthreat.publishing.publication.records import Publication
from nbthreat.publishing.publication.reduced import reduced
from nbthreat.publishing.publication.spelling import hidden_characters
from nbthreat.publishing.signing import SignedState

_SHOWN = 10
_AROUND = 20


def publication(
    assessment: Assessment,
    audience: Marking | None = None,
    *,
    signed: SignedState | None = None,
) -> Publication:
    """Return what an audience is shown of an assessment; by default, those that its register is marked for.

    Every value in it is new: what is not copied is not in it. `signed` is how a sign-off of it stands. Raises
    NbthreatError where it is for the community or for everybody, and nobody has said who may see the register or a text
    that is told holds characters that nobody sees.
    """
    asked = assessment.register.marking if audience is None else audience
    label = label_for(assessment.register, asked)
    if asked >= Marking.AMBER:
        return replace(full(assessment, asked, label), signed=signed)
    made = reduced(assessment, asked, label)
    _all_seen(made)
    return replace(made, signed=_public_state(signed) if signed else None)  # the rest is public already


def _all_seen(made: Publication) -> None:
    """Raise NbthreatError where a told text holds characters that nobody sees, with the place of each."""
    found = {
        f"{place}: {name(character, 'an unnamed character')} (U+{ord(character):04X}), which nobody sees, stands after "
        f"{quoted(text[max(0, at - _AROUND) : at])}"
        for place, text in texts(made)
        for at, character in hidden_characters(text)
    }
    if found:
        shown = sorted(found)
        more = [f"and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
        raise NbthreatError("\n".join([*shown[:_SHOWN], *more, "Nothing was published. Take them out."]))


def _public_state(signed: SignedState) -> SignedState:
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
