"""What the library says, copied out of it; and how much of it everybody may know.

What comes with nbthreat is published and no secret. Whoever adds threats of their own may not want them told.
"""

from __future__ import annotations

from nbthreat.decisions.verdicts import Coverage
from nbthreat.publishing.publication.records import PrincipleText, ProvisionText, Said, Source, ThreatText
from nbthreat.system.model import FrozenMap
from nbthreat.threats.library import AssetKind, Library, Principle, Provision, Technology, Threat


def public_threat(library: Library, threat: Threat) -> bool:
    """Return whether everybody may know what a threat says: it is of the library, and no pack changed it."""
    return any(published is threat for published in library.published.threats)


def known_threat(library: Library, key: str) -> Threat | None:
    """Return the threat that a key names, where there is one and everybody may know of it."""
    id = key.partition("@")[0]
    found = next((threat for threat in library.threats if threat.id == id), None)
    return found if found and public_threat(library, found) else None


def public_technology(library: Library, id: str) -> Technology:
    """Return a technology, or the nearest one it is a kind of that everybody may know of."""
    known = library.published.technologies
    return next(known[name] for name in library.vocabulary.technologies.line(id) if name in known)


def public_kind(library: Library, id: str) -> AssetKind:
    """Return a kind of asset, or the nearest one it is a kind of that everybody may know of."""
    known = library.published.kinds
    return next(known[name] for name in library.vocabulary.kinds.line(id) if name in known)


def source(library: Library, *, public: bool = False) -> Source:
    """Return which library it is; where it is for everybody, without its packs."""
    told = library.published if public else library
    atlas = told.catalogues.get("atlas")
    return Source(
        name=told.name,
        version=told.version,
        sha256=told.sha256,
        atlas=atlas.edition if atlas else "",
        packs=() if public else library.packs,
    )


class ThreatTexts:
    """The texts of threats, each made once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._made: dict[str, ThreatText] = {}

    def of(self, threat: Threat) -> ThreatText:
        """Return what the library says of a threat."""
        if threat.id not in self._made:
            self._made[threat.id] = ThreatText(
                id=threat.id,
                title=threat.title,
                summary=threat.summary,
                why=threat.rating.why,
                wrong_when=threat.wrong_when,
                detect=threat.detect,
                provisions=threat.provisions,
                references=FrozenMap((key, tuple(ids)) for key, ids in threat.references.items()),
                catalogues=self._catalogues(threat),
                stride=tuple(stride.value for stride in threat.stride),
                seen=threat.seen,
            )
        return self._made[threat.id]

    def _catalogues(self, threat: Threat) -> str:
        shown = []
        for key, ids in threat.references.items():
            catalogue = self._library.catalogues[key]
            edition = f" {catalogue.edition}" if catalogue.edition else ""
            shown.append(f"{catalogue.name}{edition}: {', '.join(ids)}")
        return "; ".join(shown)


def provision_text(provision: Provision) -> ProvisionText:
    """Return what the library says of a provision."""
    return ProvisionText(
        id=provision.id,
        etsi=provision.etsi,
        modality=provision.modality.value,
        obliged=tuple(party.value for party in provision.obliged),
        summary=provision.summary,
        evidence=provision.evidence,
    )


def principle_text(principle: Principle, rows: tuple[Said, ...]) -> PrincipleText:
    """Return a principle with what is said of its provisions."""
    return PrincipleText(principle=principle.principle, title=principle.title, phase=principle.phase, rows=rows)


_GENERIC = {
    "satisfied": "By what the records say.",
    "not satisfied": "By what the records say.",
    "inconclusive": "The records do not decide it.",
    "nothing of this kind is drawn": "The drawing shows no part that this is about.",
    "not applicable": "Somebody said, with a reason, that it does not apply.",
}


def said_generally(coverage: Coverage) -> Said:
    """Return the verdict on a provision with no word on what it hangs on."""
    return Said(
        provision=provision_text(coverage.provision), verdict=coverage.verdict, because=_GENERIC[coverage.verdict.value]
    )


def said_to_nobody(coverage: Coverage) -> Said:
    """Return a provision without the verdict on it."""
    return Said(provision=provision_text(coverage.provision), verdict=None, because="Not told at this marking.")
