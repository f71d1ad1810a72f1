"""Matching: decided at once, spelt out when asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from helpers import SYSTEMS
from nbthreat.system.model import Answers, Asset, Element, Flow, System, Trust, TrustBoundary
from nbthreat.threats.library import Library
from nbthreat.threats.matching import Match, State, match

FILES = [path for path in sorted(SYSTEMS.glob("*.yaml")) if not path.name.endswith(".register.yaml")]


@cache
def matched(path: Path) -> Match:
    """Return what is found in a worked system."""
    library = Library.load()
    return match(library.read_system(path).value, library)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_counts_are_those_of_the_findings(path: Path) -> None:
    """Counting needs no findings, and gives what counting them would."""
    found = matched(path)
    counted = [found.count(state) for state in State]

    assert counted == [sum(finding.state is state for finding in found.findings) for state in State]
    assert found.count(State.OPEN) == found.count("open")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_findings_come_by_threat_and_then_by_subject(path: Path) -> None:
    """And no two have the same key."""
    keys = [(finding.threat.id, finding.subject) for finding in matched(path).findings]

    assert sorted(set(keys)) == keys


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_findings_are_made_once_and_stay_as_they_are(path: Path) -> None:
    """The same values each time somebody looks, and the same as those of another match."""
    found = matched(path)
    again = match(found.system, found.library)

    assert found.findings is found.findings
    assert found.findings == again.findings
    assert [hash(finding) for finding in found.findings] == [hash(finding) for finding in again.findings]
    with pytest.raises(AttributeError):
        found.findings[0].state = State.OPEN  # type: ignore[misc]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_path_can_be_walked_and_leads_by_the_subject(path: Path) -> None:
    """Flow by flow, from end to end; and each of its steps is one of the finding's places."""
    found = matched(path)
    flows = {flow.id: flow for flow in found.system.flows}
    walked = [finding for finding in found.findings if finding.path]

    assert walked
    for finding in walked:
        assert finding.subject in finding.path
        assert set(finding.path) <= set(finding.places)
        for before, flow, after in zip(finding.path[::2], finding.path[1::2], finding.path[2::2], strict=False):
            assert (before, after) == (flows[flow].source, flows[flow].target)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_surely_applies_comes_before_what_may_at_the_same_level(path: Path) -> None:
    """What is open surely applies; what may not apply at all comes after all that does and is not mitigated."""
    found = matched(path)

    for finding in found.findings:
        assert finding.certain or finding.state is not State.OPEN
        assert finding.state is State.MITIGATED or finding.certain is (finding.state is not State.TO_CLARIFY)
        assert (-finding.rating.level, not finding.certain) == finding.rank[1:3]
    ranked = [finding.state for finding in sorted(found.findings, key=lambda finding: finding.rank)]
    assert sorted(ranked, key=list(State).index) == ranked


def mail_system() -> System:
    """An agent that reads the mail of strangers, by two ways, and sends mail; a clerk's page goes nowhere near."""
    return System(
        id="mail",
        name="Mail",
        assets=(Asset(id="mails", kind="message"), Asset(id="calls", kind="tool-call")),
        boundaries=(TrustBoundary(id="outside", trust=Trust.NONE),),
        elements=(
            Element(id="agent", technology="agent"),
            Element(id="archive", technology="knowledge-base", facts=Answers({"outsiders-can-write": False})),
            Element(id="inbox", technology="mailbox"),
            Element(id="outbox", technology="message-service"),
            Element(id="page", technology="client-ui"),
            Element(id="stranger", technology="person", boundary="outside"),
        ),
        flows=(
            Flow(id="arrive", source="stranger", target="inbox", carries=("mails",)),
            Flow(id="keep", source="inbox", target="archive", carries=("mails",)),
            Flow(id="look-up", source="archive", target="agent", carries=("mails",)),
            Flow(id="read", source="inbox", target="agent", carries=("mails",)),
            Flow(id="send", source="agent", target="outbox", carries=("calls",)),
            Flow(id="show", source="archive", target="page", carries=("mails",)),
        ),
    )


def test_a_path_tells_the_whole_way_and_places_every_way() -> None:
    """From the stranger, by the agent, to where the harm is done; the other way is a place, what lies aside is none."""
    finding = match(mail_system(), Library.load())["injected-tool-use@agent"]

    assert ("stranger", "arrive", "inbox", "read", "agent", "send", "outbox") == finding.path
    assert "agent" == finding.places[0]
    assert {"archive", "keep", "look-up", *finding.path} == set(finding.places)
    assert list(finding.places[1:]) == [*sorted(finding.places[1:5]), *sorted(finding.places[5:])]


def test_where_something_comes_straight_in_that_is_the_path() -> None:
    """A threat without a path condition has the flow by which it applies."""
    drawn = System(
        id="fetch",
        name="Fetch",
        assets=(Asset(id="weights", kind="model-weights"),),
        elements=(
            Element(id="hub", technology="model-hub"),
            Element(id="lab", technology="workspace"),
            Element(id="store", technology="model-registry"),
        ),
        flows=(
            Flow(id="keep", source="lab", target="store", carries=("weights",)),
            Flow(id="pull", source="hub", target="lab", carries=("weights",)),
        ),
    )

    finding = match(drawn, Library.load())["unverified-model-download@lab"]

    assert ("hub", "pull", "lab") == finding.path
    assert ("lab", "hub", "pull") == finding.places


def test_a_finding_about_the_whole_system_is_of_no_other_place() -> None:
    """Its subject is all it has."""
    finding = match(mail_system(), Library.load())["no-known-good-state@mail"]

    assert ((), ("mail",)) == (finding.path, finding.places)
