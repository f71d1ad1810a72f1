"""Remarks on a drawing: a program that hands on what only a model makes, and no model drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers import SYSTEMS, library
from nbthreat.cli import main
from nbthreat.system.model import Answers, Asset, Element, Flow, System
from nbthreat.threats.curation.drawing import drawing_remarks

APP = Element(id="app", name="Scoring", technology="application", controls=Answers({"rate-limits": True}))
CLERK = Element(id="clerk", technology="staff")
SCORING = System(
    id="scoring",
    name="Scoring",
    assets=(Asset(id="score", kind="prediction"),),
    elements=(APP, CLERK),
    flows=(Flow(id="tell", source="app", target="clerk", carries=("score",)),),
)


def test_an_application_that_predicts_without_a_model_is_remarked_on() -> None:
    """The sentence names the part, what it is drawn as, and how many threats that leaves out."""
    (remark,) = drawing_remarks(SCORING, library())

    assert remark.startswith("Scoring is drawn as application, and no model is drawn behind what it sends, so ")
    assert remark.endswith(" threats about models are not asked. Draw the model as an element of its own.")


def test_an_application_with_a_model_behind_it_is_not_remarked_on() -> None:
    """It hands on what the model said, and the model is asked about."""
    model = Element(id="model", technology="classifier")
    behind = Flow(id="answer", source="model", target="app", carries=("score",))
    drawn = replace(SCORING, elements=(APP, CLERK, model), flows=(*SCORING.flows, behind))

    assert [] == list(drawing_remarks(drawn, library()))


def test_a_gateway_between_the_model_and_the_application_hides_no_model() -> None:
    """A relay is looked through here as everywhere."""
    model, gate = Element(id="model", technology="classifier"), Element(id="gate", technology="gateway")
    flows = (
        Flow(id="up", source="model", target="gate", carries=("score",)),
        Flow(id="on", source="gate", target="app", carries=("score",)),
    )
    drawn = replace(SCORING, elements=(APP, CLERK, model, gate), flows=(*SCORING.flows, *flows))

    assert [] == list(drawing_remarks(drawn, library()))


@pytest.mark.parametrize("file", sorted(SYSTEMS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_worked_systems_are_not_remarked_on(file: Path) -> None:
    """They draw their models."""
    assert [] == list(drawing_remarks(library().read_system(file).value, library()))


def test_check_tells_the_remark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who checks a file reads what it leaves out, and the file is fine."""
    path = tmp_path / "scoring.yaml"
    path.write_text(
        "nbthreat: 1\nid: scoring\nname: Scoring\nassets: [{id: score, name: Score, kind: prediction}]\n"
        "elements:\n  - {id: app, name: Scoring, technology: application}\n  - {id: clerk, technology: staff}\n"
        "flows: [{id: tell, source: app, target: clerk, carries: [score]}]\n",
        encoding="utf-8",
    )

    assert 0 == main(["check", str(path)])

    told = capsys.readouterr()
    assert "fine." in told.out
    assert "Scoring is drawn as application" in told.err
