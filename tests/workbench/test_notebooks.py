"""Notebooks: each runs from top to bottom on a fresh machine, and is kept without its outputs."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers import CHECKOUT
from nbthreat.base.day import today
from nbthreat.decisions.register import Register, Treatment, read_register

NOTEBOOKS = CHECKOUT / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
HANGS = 900
"""Seconds after which a cell is taken to hang; nothing is measured by it."""
WRITTEN = ("csv", "html", "ipynb", "json", "md")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:nbclient"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq"),
    pytest.mark.filterwarnings("ignore:.*Proactor event loop.*:RuntimeWarning"),
]


def executed(name: str, folder: Path) -> Any:
    """Run a copy of a notebook in that folder, with no environment switched on, and return it with its outputs."""
    from nbclient import NotebookClient

    notebook = nbformat.read(folder / name, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=HANGS,
        startup_timeout=HANGS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def printed(notebook: Any, cell: str) -> str:
    """What a cell printed."""
    outputs = next(other.outputs for other in notebook.cells if other.id == cell)
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The notebooks in a folder of their own."""
    folder = tmp_path / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("build", ".ipynb_checkpoints"))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_its_outputs(name: str) -> None:
    """What it shows is made by whoever runs it; and it names the file its register is made of."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    nbformat.validate(notebook)
    assert code
    assert [] == [cell.id for cell in code if cell.outputs or cell.execution_count]
    assert (NOTEBOOKS / notebook.metadata.nbthreat.system).is_file()
    assert "markdown" == notebook.cells[0].cell_type
    assert "At the end of this notebook" in notebook.cells[0].source


def test_the_workbench_notebook_decides_three_times_and_publishes(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from top to bottom in a shell where no environment is switched on."""
    own = str(Path(sys.executable).parent)
    path = [part for part in os.environ["PATH"].split(os.pathsep) if part != own]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    before = {path: path.read_bytes() for path in (copied / "systems").iterdir()}

    notebook = executed("01-workbench.ipynb", copied)

    drawn, still = (item.data for item in next(cell.outputs for cell in notebook.cells if cell.id == "draw"))
    assert "application/vnd.jupyter.widget-view+json" in drawn
    assert "data:image/svg+xml;base64," in still["text/html"]  # what is seen where no kernel runs
    shown = next(cell.outputs for cell in notebook.cells if cell.id == "load")[0].data
    assert {"text/plain", "text/html"} <= set(shown)
    assert "findings hang on:" in printed(notebook, "ask")
    known, code = (
        item.data["text/plain"] for item in next(cell.outputs for cell in notebook.cells if cell.id == "coverage")
    )
    assert {"cited", "reason"} <= set(known.split()), known
    assert "1.1" in code.split()
    register = read_register(copied / "build" / "chatbot.yaml", id="chatbot").value
    assert isinstance(register, Register)
    assert [Treatment.MITIGATE, Treatment.TRANSFER, Treatment.ACCEPT] == [
        decision.treatment for decision in register.decisions
    ]
    accepted = register.decisions[2].acceptance
    assert accepted is not None
    assert timedelta(days=180) == accepted.expires - accepted.on
    assert accepted.expires > today()
    assert [f"chatbot-1.0-TLP-RED.register.{name}" for name in WRITTEN] == sorted(
        path.name for path in (copied / "build").glob("chatbot*.register.*") if path.suffix != ".yaml"
    )
    page = (copied / "build" / "chatbot-1.0-TLP-RED.register.html").read_text(encoding="utf-8")
    assert "Head of service" in page
    assert "<script" not in page
    assert before == {path: path.read_bytes() for path in (copied / "systems").iterdir()}


def test_the_register_notebook_signs_and_publishes_for_two_audiences(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full version for AMBER and one for everybody, and a change afterwards is told."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    before = {path: path.read_bytes() for path in (copied / "systems").iterdir()}

    notebook = executed("02-register.ipynb", copied)

    folder = copied / "build" / "register"
    amber, clear = (folder / f"chatbot-1.0-TLP-{name}.register.html" for name in ("AMBER", "CLEAR"))
    assert "TLP:AMBER, signed off" in amber.read_text(encoding="utf-8")
    assert "Passage index" in amber.read_text(encoding="utf-8")
    told = clear.read_text(encoding="utf-8")
    assert "TLP:CLEAR, signed off" in told
    assert "Do not type in what you would not tell a stranger." in told
    for private in ("Passage index", "Project Heron", "Head of service", "One change settles both."):
        assert private not in told
    assert "as they were signed" in printed(notebook, "verify")
    assert "changed: element assistant: name: Assistant → New assistant" in printed(notebook, "change")
    table = next(cell.outputs for cell in notebook.cells if cell.id == "table")[0].data
    assert "application/vnd.jupyter.widget-view+json" in table
    assert before == {path: path.read_bytes() for path in (copied / "systems").iterdir()}


def test_a_notebook_shows_an_assessment_after_nothing_but_import_nbthreat(copied: Path) -> None:
    """As HTML, and as text where nothing else can be shown."""
    code = "import nbthreat\nnbthreat.assess_file('systems/chatbot.yaml')"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), copied / "bare.ipynb")

    (shown,) = executed("bare.ipynb", copied).cells[0].outputs

    assert {"text/plain", "text/html"} == set(shown.data)
    assert "data:image/svg+xml;base64," in shown.data["text/html"]


def test_a_notebook_can_be_run_twice(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the register is there already; it is decided again, not doubled."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    executed("01-workbench.ipynb", copied)
    first = (copied / "build" / "chatbot.register.yaml").read_bytes()

    executed("01-workbench.ipynb", copied)

    assert first == (copied / "build" / "chatbot.register.yaml").read_bytes()
    assert 3 == len(read_register(copied / "build" / "chatbot.yaml", id="chatbot").value.decisions)
