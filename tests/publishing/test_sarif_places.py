"""Where a result of SARIF points: to the file as it was given and the line of its part, or nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import SURPLUS, TODAY, decision, desk, full, library, sarif_faults
from nbthreat.cli import FINE, main
from nbthreat.decisions.assessment import assess
from nbthreat.decisions.register import Handling, Register, read_register
from nbthreat.publishing.export.exporters import EXPORTERS, notebook_for
from nbthreat.publishing.export.formats import sarif
from nbthreat.publishing.export.publishing import located
from nbthreat.publishing.publication import Publication
from nbthreat.publishing.signing import Approval, Statement, sign_file, signed_path
from nbthreat.system import documents
from nbthreat.workbench.editing.session import Session
from nbthreat.workbench.widgets.parts import published_file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A help desk some folders down in a project, as seen from the project."""
    monkeypatch.chdir(tmp_path)
    path = Path("threat models/ü%/desk.yaml")
    path.parent.mkdir(parents=True)
    documents.save(documents.new(desk(), path), desk())
    return path


def places(log: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """To which file and line the results about each part point; no entry where they point to none."""
    assert [] == sarif_faults(log)
    found = {}
    for result in log["runs"][0]["results"]:
        for place in result["locations"]:
            name = place["logicalLocations"][0]["fullyQualifiedName"].rpartition("/")[2]
            if "physicalLocation" in place:
                physical = place["physicalLocation"]
                found[name] = (physical["artifactLocation"]["uri"], physical["region"]["startLine"])
    return found


def by_register(path: Path) -> dict[str, Any]:
    """What the command that publishes makes of a file."""
    assert FINE == main(["register", str(path), "--to", "sarif", "--output", "out"])
    [made] = Path("out").glob("*.sarif")
    read: dict[str, Any] = json.loads(made.read_text("utf-8"))
    return read


def by_gate(path: Path) -> dict[str, Any]:
    """What the gate makes of it."""
    seen = assess(desk(), library(), read_register(path, id="desk").value, today=TODAY)
    said = Statement(by="Owner", on=TODAY, decision=Approval.APPROVED, marking=seen.register.marking)
    sign_file(path, seen, said)
    main(["gate", str(path), "--baseline", str(signed_path(path)), "--sarif", "gate.sarif"])
    read: dict[str, Any] = json.loads(Path("gate.sarif").read_text("utf-8"))
    return read


def by_nbconvert(path: Path) -> dict[str, Any]:
    """What nbconvert makes of a notebook beside it."""
    notebook = notebook_for(path, path.parent)
    resources = {"metadata": {"path": str(path.parent), "name": "desk"}}
    made, _ = EXPORTERS["RegisterSARIFExporter"]().from_notebook_node(notebook, resources)
    read: dict[str, Any] = json.loads(made)
    return read


def by_workbench(path: Path) -> dict[str, Any]:
    """What the button of the workbench makes of it."""
    session = Session.open(path)
    try:
        read: dict[str, Any] = json.loads(base64.b64decode(published_file(session, "sarif")["data"]))
    finally:
        session.close()
    return read


WAYS = [by_register, by_gate, by_nbconvert, by_workbench]


@pytest.mark.parametrize("made", WAYS)
def test_every_way_to_publish_points_to_the_file_as_given_and_the_line(
    path: Path, made: Callable[[Path], dict[str, Any]]
) -> None:
    """From the root of the project, where a screen for code looks for it; given whole it is the same."""
    lines = path.read_text("utf-8").splitlines()
    for named in (path, path.absolute()):
        found = places(made(named))
        assert found
        for name, (uri, line) in found.items():
            assert "threat%20models/%C3%BC%25/desk.yaml" == uri
            assert path.is_file()
            assert str(path) == unquote(uri)
            assert f"id: {name}" in lines[line - 1]


@pytest.mark.parametrize("made", WAYS)
def test_a_file_elsewhere_is_not_pointed_to(
    path: Path, made: Callable[[Path], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that leads out of the project would be wrong wherever the file is read."""
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert {} == places(made(Path("..") / path))


def test_a_public_form_does_not_tell_where_the_file_is(path: Path) -> None:
    """Nor its lines: how a project is laid out is its own."""
    handling = Handling(marking="TLP:GREEN", by="Owner", on=TODAY)
    register = Register(system="desk", handling=handling).deciding(decision(SURPLUS, marking="TLP:GREEN"))
    documents.save(read_register(path, id="desk"), register)
    log = by_register(path)

    assert log["runs"][0]["results"]
    assert not any("physicalLocation" in place for each in log["runs"][0]["results"] for place in each["locations"])
    assert "threat" not in json.dumps([result["locations"] for result in log["runs"][0]["results"]])


def test_a_file_that_is_gone_is_named_without_lines(path: Path) -> None:
    """It was there when it was read."""
    made = full(assess(desk(), library(), today=TODAY))
    path.unlink()
    assert {1} == {line for _, line in places(json.loads(sarif.sarif(located(made, str(path))))).values()}


@given(st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_reference_is_percent_encoded_whatever_the_file_is_called(name: str) -> None:
    """So that it is one URI, and says the name again when it is decoded."""
    made = located(small(), f"folder/{name}.yaml")
    [result] = json.loads(sarif.sarif(made))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}#?')
    assert f"folder/{name}.yaml" == unquote(uri)


@cache
def small() -> Publication:
    """What is published of one risk."""
    made = full(assess(desk(), library(), today=TODAY))
    line = next(line for line in made.lines if line.finding)
    return replace(made, lines=(line,), findings=(line.finding,) if line.finding else ())
