"""Technologies: a more exact word for a part loses no threat that the plainer word has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from helpers import library
from nbthreat.system.model import System
from nbthreat.threats.library import Library, Threat, examples
from nbthreat.threats.library.parts import Examples
from nbthreat.threats.matching import match

ELSEWHERE = {
    ("online-training", "training-data-poisoning"): "what it learns in use is feedback-poisoning's",
    ("online-training", "feedback-poisoning"): "it learns from what it is given, not from a store of feedback",
    ("federated-participant", "hostile-participant"): "it merges nothing: the aggregator does",
    ("federated-participant", "participant-data-leak"): "it merges nothing: the aggregator does",
    ("federated-participant", "free-riding"): "it merges nothing: the aggregator does",
    ("aggregator", "hostile-participant"): "it has no data to train on: participants have",
    ("aggregator", "participant-data-leak"): "it has no data to train on: participants have",
    ("code-repository", "uploads-kept"): "people put code there in order that it be kept",
    ("container-registry", "uploads-kept"): "images are put there in order that they be kept",
}
"""Technology and threat where the more exact word rules the threat out, and why that is so."""

MORE_EXACT = [
    technology.id
    for technology in library().technologies.values()
    if technology.within and not library().technologies[technology.within].generic
]


def examples_of(threat: Threat) -> Examples:
    """The examples of a threat of the library, which have no faults."""
    found = examples(threat, library().where[threat.id], [])
    assert found is not None
    return found


def redrawn(threat: Threat, plain: str, exact: str) -> Iterator[tuple[str, System, System]]:
    """Where an example of `threat` expects a finding, and the example, drawn with the plain word and an exact one."""
    found = examples_of(threat)
    for case in (*found.fires, *found.asks):
        system = case.system()
        for n, element in enumerate(system.elements):
            if element.technology == plain:
                named = replace(element, technology=exact)
                yield (
                    case.at,
                    system,
                    replace(system, elements=(*system.elements[:n], named, *system.elements[n + 1 :])),
                )


@pytest.mark.parametrize("exact", MORE_EXACT)
def test_a_more_exact_technology_loses_no_threat(exact: str) -> None:
    """A finding stays as certain as it was when a part is drawn by the more exact of two words."""
    plain = str(library().technologies[exact].within)
    lost = set()
    for threat in library().threats:
        alone: Library = replace(library(), threats=(threat,), packs=())
        for at, before, after in redrawn(threat, plain, exact):
            said, found = match(before, alone)[f"{threat.id}@{at}"], match(after, alone).findings
            if not any((other.subject, other.state) == (at, said.state) for other in found):
                lost.add((exact, threat.id))
    assert {pair for pair in ELSEWHERE if pair[0] == exact} == lost
