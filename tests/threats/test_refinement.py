"""Refinement: a more faithful drawing loses no threat, or the reasons name the word that ruled it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from helpers import library
from nbthreat.system.model import Answers, Asset, Element, Sensitivity, System, Trust, TrustBoundary
from nbthreat.threats.library import Library, examples
from nbthreat.threats.matching import Match, match
from nbthreat.threats.matching.reasons import Clause, Value

LIBRARY = library()
TREE = LIBRARY.vocabulary.technologies
KINDS = LIBRARY.vocabulary.kinds
EXEMPT = {
    ("training-data-poisoning", "online-training"): "What learns in use is poisoned in use, by its feedback.",
    ("feedback-poisoning", "online-training"): "The training that learns in use is the subject then, not its model.",
    ("free-riding", "federated-participant"): "A participant sends updates and merges none.",
    ("hostile-participant", "federated-participant"): "A participant sends updates and merges none.",
    ("participant-data-leak", "federated-participant"): "A participant sends updates and merges none.",
    ("hostile-participant", "aggregator"): "What merges updates is no participant that sends them.",
    ("participant-data-leak", "aggregator"): "What merges updates is no participant that sends them.",
    ("update-store-leak", "aggregator"): "What merges updates is no participant that sends them.",
    ("proxy-target", "fine-tuning-job"): "What is tuned follows examples of answers, and no measured target.",
    ("uploads-kept", "code-repository"): "Code that is proposed is reviewed and kept on purpose, and no upload.",
    ("uploads-kept", "container-registry"): "Images are built and kept on purpose, and no uploads.",
}
"""Where a kind of technology answers otherwise than what it is a kind of, each with the reason."""

Drawn = tuple[Library, System]


def drawings() -> Iterator[Drawn]:
    """Yield the system of every example that fires or asks, with a library of nothing but its threat."""
    for threat in LIBRARY.asked:
        found = examples(threat, LIBRARY.where[threat.id], [])
        assert found is not None
        for case in (*found.fires, *found.asks):
            yield replace(LIBRARY, threats=(threat,)), case.system()


def drawn_as(element: Element, technology: str) -> Element:
    """Return `element` as another technology, with the answers that can be given of that."""
    terms = LIBRARY.vocabulary
    return replace(
        element,
        technology=technology,
        facts=Answers({name: so for name, so in element.facts.items() if technology in terms.facts[name].of}),
        controls=Answers({name: so for name, so in element.controls.items() if technology in terms.controls[name].of}),
    )


def with_element(system: System, n: int, element: Element) -> System:
    """Return `system` with `element` in place of its n-th."""
    return replace(system, elements=(*system.elements[:n], element, *system.elements[n + 1 :]))


def closer(system: System, *, generic: bool) -> Iterator[tuple[str, System]]:
    """Yield each system that draws one element as a kind of what it is, with that kind; `generic` says which."""
    for n, element in enumerate(system.elements):
        if (element.technology in TREE.generic) is generic:
            for kind, parent in TREE.parents.items():
                if parent == element.technology:
                    yield kind, with_element(system, n, drawn_as(element, kind))


def lost(before: Match, after: Match) -> Iterator[str]:
    """Yield the key of each finding that is gone."""
    found = {finding.key for finding in after.findings}
    yield from (finding.key for finding in before.findings if finding.key not in found)


def newly_ruled_out(before: Match, after: Match, key: str) -> str:
    """Return what the reasons of a finding that is gone say is not so, and did not say before, in words."""
    id, _, subject = key.partition("@")
    threat = next(threat for threat in after.library.threats if threat.id == id)

    def said(clause: Clause) -> Iterator[str]:
        if clause.value is Value.NO:
            yield clause.text
        for part in clause.parts:
            yield from said(part)

    now, then = (Counter(said(found.why(threat, subject)[0])) for found in (after, before))
    return "\n".join(sorted(now - then))


def test_a_kind_of_technology_answers_like_what_it_is_a_kind_of() -> None:
    """To draw a file store as the code repository that it is loses no threat, unless a reason is given here."""
    found: set[tuple[str, str]] = set()
    for alone, system in drawings():
        before = match(system, alone)
        for kind, other in closer(system, generic=False):
            found.update((key.partition("@")[0], kind) for key in lost(before, match(other, alone)))

    assert set() == found - set(EXEMPT)


@pytest.mark.parametrize("generic", [True, False])
def test_what_a_closer_technology_rules_out_is_named(generic: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """Where the exact word settles that a threat does not apply, the reasons say of what it would."""
    for alone, system in drawings():
        before = match(system, alone)
        for kind, other in closer(system, generic=generic):
            after = match(other, alone)
            for key in lost(before, after):
                if (key.partition("@")[0], kind) in EXEMPT:
                    continue
                words = newly_ruled_out(before, after, key)
                assert "technology is" in words, (key, kind, words)


def test_what_said_data_rules_out_is_named() -> None:
    """To say what a flow carries loses only threats about something else, and the reasons name that."""
    checked = 0
    for alone, system in drawings():
        before = match(system, alone)
        for n, flow in enumerate(system.flows):
            if flow.carries is not None:
                continue
            for kind in ("prompt", "image", "credential", "model-weights", "features"):
                asset = Asset(id="said-here", kind=kind, sensitivity=Sensitivity.INTERNAL)
                said = replace(flow, carries=(asset.id,))
                flows = (*system.flows[:n], said, *system.flows[n + 1 :])
                after = match(replace(system, flows=flows, assets=(*system.assets, asset)), alone)
                for key in lost(before, after):
                    checked += 1
                    words = newly_ruled_out(before, after, key)
                    assert "carr" in words or "holds" in words, (key, kind, words)
    assert checked


def test_what_a_boundary_rules_out_is_named() -> None:
    """To draw where something stands loses only threats that come from elsewhere, and the reasons say from where."""
    for alone, system in drawings():
        before = match(system, alone)
        for n, element in enumerate(system.elements):
            if element.boundary is not None:
                continue
            for trust in Trust:
                around = TrustBoundary(id="drawn-here", trust=trust)
                wider = replace(system, boundaries=(*system.boundaries, around))
                after = match(with_element(wider, n, replace(element, boundary=around.id)), alone)
                for key in lost(before, after):
                    words = newly_ruled_out(before, after, key)
                    assert "trust is" in words, (key, words)
