"""What people begin from: the drawings that come with the package, and those made from five answers."""

from __future__ import annotations

from functools import cache, reduce
from itertools import combinations, product
from pathlib import Path

import pytest

from nbthreat.system import documents
from nbthreat.system.diagram.geometry import Rect, boundary_rects, box
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import State, match
from nbthreat.workbench.editing import answers, starters

FOLDER = Path(starters.__file__).parent / "starters"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
COMBINATIONS = [dict(zip(starters.QUESTIONS, given, strict=True)) for given in product(*starters.QUESTIONS.values())]


@cache
def library() -> Library:
    """The library that comes with nbthreat, read once."""
    return Library.load()


@cache
def starter(name: str) -> System:
    """One of the starters, checked against the library."""
    return library().read_system(FOLDER / f"{name}.yaml").value


def made(**given: str) -> System:
    """A drawing from answers: a chatbot on a vendor's model that only answers questions, where nothing else is said."""
    plain = {"task": "chat", "model": "vendor", "reads": "question", "acts": "nothing", "learns": "unknown"}
    return answers.composed(plain | given)


def technologies(system: System) -> set[str]:
    """What the parts of a system are."""
    return {element.technology for element in system.elements}


def test_there_are_eight_starters() -> None:
    """Those most asked for are among them."""
    assert len(NAMES) == 8
    assert {
        "agent-with-tools",
        "chatbot-with-retrieval",
        "edge-vision",
        "fine-tuning-pipeline",
        "online-classifier",
        "vendor-copilot",
    } <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_is_a_canonical_file_named_as_its_id(name: str) -> None:
    """Its first save changes nothing in it."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    comment, _, rest = text.partition("\n")

    assert name == starter(name).id
    assert comment.startswith("# ")
    assert documents.dump(starter(name)) == rest
    assert documents.dump(starter(name), comments_from=text) == text


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_is_of_a_size_to_talk_about(name: str) -> None:
    """It fits on a screen, and its card says what it is in a sentence."""
    system = starter(name)
    ends = {id for flow in system.flows for id in (flow.source, flow.target)}

    assert 8 <= len(system.elements) <= 14
    assert 10 <= len(system.flows) <= 20
    assert 2 <= len(system.boundaries) <= 4
    assert {element.id for element in system.elements} == ends
    assert {element.boundary for element in system.elements} == {boundary.id for boundary in system.boundaries}
    assert {asset.id for asset in system.assets} == {id for flow in system.flows for id in flow.carries or ()} | {
        id for element in system.elements for id in element.holds or ()
    }
    assert len(system.name) <= 30
    assert 0 < len(system.purpose) <= 140


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_is_laid_out_without_overlaps(name: str) -> None:
    """Every element has its place, no box lies on another, and no boundary on another or on what is not in it."""
    system = starter(name)
    positions = dict(system.layout)
    boxes = {id: box(middle) for id, middle in positions.items()}
    reaches = boundary_rects(system, positions)

    assert {element.id for element in system.elements} == set(positions)
    assert not [pair for pair in combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]])]
    assert not [pair for pair in combinations(reaches, 2) if reaches[pair[0]].overlaps(reaches[pair[1]])]
    whole = reduce(Rect.with_, reaches.values())
    assert whole.width <= 1150
    assert whole.height <= 620


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_asks_and_does_not_presume(name: str) -> None:
    """Nothing is said of protection, and most of what could be found hangs on answers."""
    system = starter(name)
    found = match(system, library())
    count = {state: sum(finding.state is state for finding in found.findings) for state in State}

    assert not system.controls
    assert not [element.id for element in system.elements if element.controls]
    assert not [flow.id for flow in system.flows if flow.controls]
    assert found.complete
    assert count[State.OPEN] <= 3
    assert 8 <= count[State.POSSIBLE] <= 4 * len(system.elements)
    assert count[State.TO_CLARIFY] <= 4 * len(system.elements)
    assert count[State.MITIGATED] == 0
    assert found.questions


def test_every_answer_can_be_given_with_every_other() -> None:
    """All 432 combinations are systems that the library knows, and each gives something to talk about."""
    assert len(COMBINATIONS) == 432
    for given in COMBINATIONS:
        system = starters.from_answers(given, library())
        found = match(system, library())
        ends = {id for flow in system.flows for id in (flow.source, flow.target)}

        assert answers.composed(given) == system, given
        assert system.id == "system", given
        assert not system.layout, given
        assert {element.id for element in system.elements} == ends, given
        assert found.complete, given
        assert found.findings or found.questions, given


def test_the_task_names_the_system() -> None:
    """A scoring system is not called a chatbot."""
    names = [made(task=task).name for task in starters.QUESTIONS["task"]]

    assert names == ["Chatbot", "Scoring system", "Content generator", "Vision system"]


def test_a_vendors_model_stands_with_the_vendor() -> None:
    """Its boundary is a partner's, and there is no training side."""
    system = made(model="vendor")

    assert system.element("model").technology == "hosted-llm"
    assert system.element("model").boundary == "vendor"
    assert not technologies(system) & {"dataset", "training-job", "model-registry"}


@pytest.mark.parametrize(("model", "job"), [("own", "training-job"), ("tuned", "fine-tuning-job")])
def test_a_model_of_our_own_has_a_training_side(model: str, job: str) -> None:
    """Data, a job that learns from it, and a register."""
    assert {"data-pipeline", "dataset", job, "model-registry", "own-llm"} <= technologies(made(model=model))


def test_a_model_from_a_hub_is_fetched() -> None:
    """It comes to the register from a public place."""
    system = made(model="hub")

    assert system.element("hub").boundary == "internet"
    assert {"model-hub", "model-registry", "own-llm"} <= technologies(system)


def test_what_it_reads_and_does_is_drawn() -> None:
    """Documents bring a retriever, strangers a source outside, suggestions a reviewer, acting an agent and tools."""
    assert {"knowledge-base", "retriever", "vector-store"} <= technologies(made(reads="documents"))
    assert made(reads="strangers").element("strangers").boundary == "internet"
    assert "reviewer" in technologies(made(acts="suggests"))
    assert {"agent", "search-tool", "action-service"} <= technologies(made(acts="acts"))


def test_a_classifier_that_acts_is_no_agent() -> None:
    """A score can set something off, but it chooses no next step and reads no instructions."""
    system = made(task="score", acts="acts")

    assert "action-service" in technologies(system)
    assert "agent" not in technologies(system)


def test_learning_is_said_as_it_was_answered() -> None:
    """Yes, no, or not said; feedback is drawn where there is learning."""
    said = {answer: made(learns=answer) for answer in starters.QUESTIONS["learns"]}

    assert said["yes"].element("model").facts["online-learning"] is True
    assert said["no"].element("model").facts["online-learning"] is False
    assert "online-learning" not in said["unknown"].element("model").facts
    assert ["feedback-store" in technologies(system) for system in said.values()] == [True, False, False]
