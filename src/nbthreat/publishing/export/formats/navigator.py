"""Navigator: the ATLAS techniques that unmitigated findings cite, as a layer for the MITRE ATLAS Navigator.

What was set aside counts nowhere in it; the layer's description says how much that is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from nbthreat.base.risk import Level
from nbthreat.base.text import plain
from nbthreat.publishing.export.tables import as_json
from nbthreat.publishing.publication import Publication, PublishedFinding, State

COLOURS = ("#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b")
"""From very low to very high: one hue, darker by steps that are told apart without colour."""
_TECHNIQUE = "AML.T"
_COMMENT_LIMIT = 1_000


def navigator(publication: Publication) -> str:
    """Return a Navigator layer: a technique's score is the highest level, 1 to 5, of what surely applies and cites it.

    Where levels are not shown there is none.
    """
    cited: defaultdict[str, list[PublishedFinding]] = defaultdict(list)
    aside = publication.set_aside
    for found in publication.findings:
        weighs = found.state is not State.MITIGATED and found.key not in aside
        for id in found.threat.references.get("atlas", ()) if weighs else ():
            if id.startswith(_TECHNIQUE):
                cited[id].append(found)
    parents = {id.rpartition(".")[0] for id in cited if id.count(".") > 1}
    techniques = [_technique(id, cited[id], shows=id in parents) for id in sorted(cited)]
    techniques += [{"techniqueID": id, "showSubtechniques": True} for id in sorted(parents - set(cited))]
    system, library, label = publication.system, publication.library, publication.marking.label
    without = f" {len(aside)} set aside and not counted." if aside else ""
    layer = {
        "versions": {"layer": "4.3", "navigator": "4.6.4"},
        "domain": "atlas-atlas",
        "name": f"{plain(f'{system.name}: findings', 80)} ({label})",
        "description": f"Assessed on {publication.today.isoformat()} with {library.name} {library.version}.{without}",
        "metadata": [
            {"name": "marking", "value": label},
            {"name": "system", "value": system.id},
            {"name": "atlas_edition_of_the_references", "value": library.atlas or "not said"},
            {"name": "threat_library_sha256", "value": library.sha256},
            *({"name": "threat_library_pack", "value": pack.words} for pack in library.packs),
        ],
        "techniques": techniques,
        "gradient": {"colors": [COLOURS[0], COLOURS[-1]], "minValue": 1, "maxValue": 5},
        "legendItems": [{"label": level.label, "color": COLOURS[level - 1]} for level in Level],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
    }
    return as_json(layer)


def _technique(id: str, found: list[PublishedFinding], *, shows: bool) -> dict[str, Any]:
    worst = max(
        (finding.level for finding in found if finding.level and finding.state is not State.TO_CLARIFY), default=None
    )
    counts = {
        state.value: sum(finding.state is state for finding in found) for state in State if state is not State.MITIGATED
    }
    made: dict[str, Any] = {
        "techniqueID": id,
        "comment": plain("; ".join(finding.key for finding in found), _COMMENT_LIMIT),
        "enabled": True,
        "showSubtechniques": shows,
    }
    if worst:
        made |= {"score": int(worst), "color": COLOURS[worst - 1]}
    if all(finding.state for finding in found):
        made["metadata"] = [{"name": name, "value": str(count)} for name, count in counts.items()]
    return made
