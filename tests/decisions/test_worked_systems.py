"""The four worked systems of the Implementation Guide, and what a tool must say of them (facts F1 to F14)."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from helpers import CHECKOUT, SYSTEMS, TODAY, everywhere, library
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.verdicts import Verdict
from nbthreat.system.model import System
from nbthreat.threats.matching import PRESSING, UNSETTLED, State, as_data, match

NAMES = sorted(path.stem for path in SYSTEMS.glob("*.yaml"))
WORKED = ("chatbot", "fraud-detection", "llm-platform", "open-llm")


@cache
def system(name: str) -> System:
    """One of the worked systems."""
    return library().read_system(SYSTEMS / f"{name}.yaml").value


@cache
def assessed(name: str, since: str | None = None) -> Assessment:
    """A worked system, assessed; `since` an earlier drawing of it."""
    return assess(system(name), library(), since=system(since) if since else None, today=TODAY)


def states(name: str, threat: str) -> set[State]:
    """In which states a threat is found anywhere in a system."""
    return {finding.state for finding in assessed(name).findings if finding.threat.id == threat}


def surfaced(name: str, threat: str) -> bool:
    """Whether a threat is found somewhere in a system and not mitigated."""
    return bool(states(name, threat).intersection(PRESSING))


def levels(name: str, threat: str) -> set[str]:
    """The levels of risk at which a threat is found in a system."""
    return {finding.rating.level.label for finding in assessed(name).findings if finding.threat.id == threat}


def test_f1_a_capability_nobody_needs_is_found() -> None:
    """A multimodal model used for text alone has a way in that nobody watches."""
    assert State.OPEN in states("chatbot", "surplus-capability")


def test_f2_summarising_uploads_brings_indirect_injection() -> None:
    """What a PDF says reaches the model."""
    assert surfaced("chatbot-pdf", "indirect-prompt-injection")


@pytest.mark.parametrize("threat", ["indirect-prompt-injection", "discriminatory-outcome"])
def test_f3_the_same_threat_is_high_for_a_recruiter_and_low_for_a_summariser(threat: str) -> None:
    """Risk belongs to the use, not to the model."""
    assert {"high"} == levels("chatbot-recruiter", threat)
    assert levels("chatbot-summariser", threat) <= {"low"}


def test_f4_booking_and_ordering_bring_excessive_agency() -> None:
    """And what is asked for is a person's approval."""
    assert surfaced("chatbot-actions", "excessive-agency")
    asked = {
        unknown.atom.name
        for finding in assessed("chatbot-actions").findings
        if finding.threat.id == "excessive-agency"
        for unknown in finding.unknown
    }
    assert "action-approval" in asked


def test_f5_turning_feedback_on_makes_the_model_stale() -> None:
    """The setting is named, and feedback is a way in."""
    after = assessed("chatbot-feedback", since="chatbot")

    assert after.stale
    assert Verdict.NOT_SATISFIED is after.covered("3.1.1").verdict
    assert surfaced("chatbot-feedback", "feedback-poisoning")


@pytest.mark.parametrize(
    "threat",
    [
        "training-data-poisoning",
        "model-tampering",
        "unsafe-model-serialisation",
        "evasion",
        "model-extraction",
        "model-inversion",
        "membership-inference",
    ],
)
def test_f6_fraud_detection_has_the_attacks_of_both_sides(threat: str) -> None:
    """Of development and of run time."""
    assert surfaced("fraud-detection", threat)


@pytest.mark.parametrize(
    ("after", "before", "threat"),
    [
        ("fraud-detection-threshold", "fraud-detection", "evasion"),
        ("llm-platform-authentication", "llm-platform", "unauthorised-model-access"),
    ],
)
def test_f7_and_f10_a_changed_setting_asks_for_another_look(after: str, before: str, threat: str) -> None:
    """The findings that stand on it are listed, until somebody has looked and the register says so."""
    seen = assessed(after, since=before)

    assert seen.stale
    assert threat in {key.partition("@")[0] for key in seen.to_review}

    reviewed = seen.register.reviewing(seen.system, library(), by="Analyst", on=TODAY)
    assert not assess(seen.system, library(), reviewed, since=system(before), today=TODAY).stale


def test_f8_an_undocumented_model_asks_for_what_7_2_asks() -> None:
    """Justification, assessment with controls, and a notice."""
    assert surfaced("fraud-detection-hub-model", "undocumented-model")
    for provision in ("7.2", "7.2.1", "7.2.2"):
        cited = {key.partition("@")[0] for key in assessed("fraud-detection-hub-model").covered(provision).findings}
        assert "undocumented-model" in cited


@pytest.mark.parametrize("threat", ["unmonitored-drift", "feedback-poisoning"])
def test_f9_online_training_asks_for_monitoring(threat: str) -> None:
    """What it learns from and how it shifts has to be watched."""
    assert surfaced("fraud-detection-online", threat)


def test_f11_making_speech_brings_voice_cloning() -> None:
    """A watch item for 3.4."""
    assert surfaced("llm-platform-audio", "voice-cloning")
    assert not surfaced("llm-platform", "voice-cloning")


@pytest.mark.parametrize("threat", ["malicious-plugin", "contribution-poisoning"])
def test_f12_opening_to_plugins_and_contributions_brings_their_threats(threat: str) -> None:
    """Code and data of strangers."""
    assert surfaced("open-llm-plugins", threat)


def test_f13_a_released_model_asks_for_hashes_and_offers_no_rate_limits() -> None:
    """There is no API to limit."""
    assert surfaced("open-llm", "unverifiable-release")
    assert assessed("open-llm").covered("6.2").offers
    assert not assessed("open-llm").covered("8.1.2").offers


def test_f14_a_chatbot_on_a_vendors_model_offers_to_leave_out_hashes_and_drift() -> None:
    """Nothing is released, and the model is somebody else's."""
    assert assessed("chatbot").covered("8.1.2").offers
    assert assessed("chatbot").covered("12.4").offers


@pytest.mark.parametrize("name", NAMES)
def test_every_control_said_leaves_nothing_open_or_possible(name: str) -> None:
    """The hardened twin of each worked system is quiet; facts stay as they were."""
    found = match(everywhere(system(name), "controls", answer=True), library())

    left = sorted(finding.key for finding in found.findings if finding.state is not State.MITIGATED)
    assert [] == left


@pytest.mark.parametrize("name", WORKED)
def test_a_fresh_drawing_has_few_open_findings(name: str) -> None:
    """With nothing answered, what is open rests on what the drawing shows: at most one finding for two elements."""
    assert assessed(name).count(State.OPEN) <= len(system(name).elements) / 2


def test_the_six_element_sample_stays_quiet() -> None:
    """Where a peer lists 91 findings: at most 18 open, and all that is unsettled under at most 20 questions."""
    drawn = library().read_system(CHECKOUT / "tests/evaluate/samples/pytm-llm-sample.yaml").value
    found = match(drawn, library())
    unsettled = {finding.key for finding in found.findings if finding.state in UNSETTLED}
    asked = {key for question in found.questions for key in question.settles}

    assert 6 == len(drawn.elements)
    assert sum(finding.state is State.OPEN for finding in found.findings) <= 18
    assert len(found.questions) <= 20
    assert unsettled == asked
    assert all(finding.because.strip() for finding in found.findings)


@pytest.mark.parametrize("name", NAMES)
def test_matching_twice_gives_the_same_bytes(name: str) -> None:
    """And neither the order in the file nor the names people use change a key."""
    drawn = system(name)
    turned = replace(
        drawn,
        elements=tuple(replace(element, name=f"{element.name} renamed") for element in reversed(drawn.elements)),
        flows=tuple(reversed(drawn.flows)),
        boundaries=tuple(reversed(drawn.boundaries)),
    )

    assert json.dumps(as_data(match(drawn, library()))) == json.dumps(as_data(match(drawn, library())))
    keys = [(finding.key, finding.state) for finding in match(drawn, library()).findings]
    assert keys == [(finding.key, finding.state) for finding in match(turned, library()).findings]
