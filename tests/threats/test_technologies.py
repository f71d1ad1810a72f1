"""Technologies: a part that is two things at once is asked about both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers import library
from nbthreat.base.errors import DocumentError, ModelError
from nbthreat.system import documents
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary
from nbthreat.threats.conditions import FactIs, Subject
from nbthreat.threats.evaluation import Evaluation
from nbthreat.threats.matching import match


def drawn(**said: str) -> System:
    """Somebody outside who sends a message to one part of ours, of which `said` tells what it is."""
    return System(
        id="drawn",
        name="Drawn",
        assets=(Asset(id="note", kind="message"),),
        boundaries=(TrustBoundary(id="internet", trust=Trust.NONE), TrustBoundary(id="ours", trust=Trust.HIGH)),
        elements=(
            Element(id="sender", technology="end-user", boundary="internet"),
            Element(id="part", boundary="ours", **said),
        ),
        flows=(Flow(id="send", source="sender", target="part", carries=("note",)),),
    )


def test_a_part_of_two_technologies_is_asked_about_both() -> None:
    """What is found for an agent and what is found for a memory are both found for a part that is the two at once."""
    agent, memory = drawn(technology="agent"), drawn(technology="agent-memory")
    both = drawn(technology="agent", also="agent-memory")
    keys = [{finding.key for finding in match(system, library()).findings} for system in (agent, memory, both)]
    assert keys[0] - keys[1]
    assert keys[1] - keys[0]
    assert keys[0] | keys[1] <= keys[2]


def test_what_can_be_said_of_either_technology_can_be_said() -> None:
    """A control of a memory may stand on an agent that is a memory too, and on no other agent."""
    said = FrozenMap({"memory-checks": True})
    system = drawn(technology="agent", also="agent-memory")
    answered = replace(system, elements=(system.elements[0], replace(system.elements[1], controls=said)))
    plain = replace(system, elements=(system.elements[0], replace(system.elements[1], also=None, controls=said)))
    assert [] == [problem.message for problem in library().problems(answered)]
    assert ["controls"] == [problem.place[2] for problem in library().problems(plain)]


def test_a_second_technology_is_read_written_and_checked_by_name(tmp_path: Path) -> None:
    """It comes back from a file as it was, and a slip in it is a fault that names the nearest one."""
    system = drawn(technology="agent", also="agent-memory")
    path = tmp_path / "system.yaml"
    path.write_text(documents.dump(system), encoding="utf-8")
    assert system == library().read_system(path).value
    path.write_text(documents.dump(system).replace("also: agent-memory", "also: agent-memry"), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"unknown technology 'agent-memry'\. Did you mean 'agent-memory'\?"):
        library().read_system(path)


def test_a_second_technology_that_says_the_first_again_is_refused() -> None:
    """The message says what would do."""
    with pytest.raises(ModelError, match="also says 'agent' again"):
        drawn(technology="agent", also="agent")


def test_what_one_technology_rules_out_the_other_may_bring() -> None:
    """A search tool changes nothing; a search tool that is a plugin too may, until somebody says."""
    changes = FactIs("changes-things")
    answers = [
        Evaluation(drawn(**said), library().vocabulary).answer(changes, Subject.ELEMENT)
        for said in ({"technology": "search-tool"}, {"technology": "search-tool", "also": "plugin"})
    ]
    assert [(0, 0), (0, 1)] == answers
