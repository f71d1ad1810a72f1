"""JSON Schemas say what the classes say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from helpers import SYSTEMS
from nbthreat import cli
from nbthreat.system.documents import SCHEMA
from nbthreat.system.documents.schema import json_schema
from nbthreat.system.model import System

PATHS = sorted(SYSTEMS.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_worked_system_fits_the_schema(path: Path) -> None:
    """What the strict reader takes, the schema takes."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert [] == list(Draft202012Validator(json_schema(System, version=SCHEMA)).iter_errors(data))


@pytest.mark.parametrize(
    "data",
    [
        {"nbthreat": 1, "id": "desk"},
        {"nbthreat": 2, "id": "desk", "name": "Desk"},
        {"nbthreat": 1, "id": "desk", "name": "Desk", "elemnts": []},
        {"nbthreat": 1, "id": "desk", "name": "Desk", "stakes": "huge"},
        {"nbthreat": 1, "id": "desk", "name": "Desk", "flows": [{"id": "ask", "source": "a"}]},
        {"nbthreat": 1, "id": "desk", "name": "Desk", "layout": {"a": [1]}},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(data: dict[str, Any]) -> None:
    """A missing key, another format, an unknown key, an unknown word, half a flow, half a place."""
    assert list(Draft202012Validator(json_schema(System, version=SCHEMA)).iter_errors(data))


@pytest.mark.parametrize("name", ["handover", "publication", "register", "system"])
def test_the_command_prints_a_valid_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`nbthreat schema system > system.schema.json`, and an editor knows the format."""
    assert 0 == cli.main(["schema", name])

    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))
