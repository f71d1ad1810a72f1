"""nbconvert exporters: `jupyter nbconvert --to nbthreat-register notebook.ipynb` for any notebook that names a system.

A notebook names its system file in its metadata (`nbthreat: {system: chatbot.yaml}`), or in a call such as
`nbthreat.assess_file("chatbot.yaml")`. Nothing in the notebook is run and none of its outputs is used: the register
is made afresh from the file, which must lie in the notebook's folder or below it.
"""

from __future__ import annotations

import ast
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter

from nbthreat.assessment import Assessment, assess_file
from nbthreat.errors import DocumentError, Fault, NbthreatError, quoted
from nbthreat.export import page, tables

_NAMING = frozenset({"assess_file", "read_system", "Workbench"})


def today() -> date:
    """Return the date to print: of SOURCE_DATE_EPOCH where it is set, so that two builds are the same."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(said) if said else time.time(), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        raise NbthreatError(f"SOURCE_DATE_EPOCH is {quoted(said)}, not a number of seconds.") from None


def notebook_for(system: Path, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook that names `system` and shows its assessment when it is run; `folder` is where it will lie."""
    name = Path(os.path.relpath(system, folder)).as_posix()
    code = f"import datetime\n\nimport nbthreat\n\nnbthreat.assess_file({name!r}, today=datetime.date.today())"
    cells = [
        nbformat.v4.new_markdown_cell(
            "# Risk register\n\nRun the cell to see the assessment as it stands.", id="about"
        ),
        nbformat.v4.new_code_cell(code, id="assess"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "nbthreat": {"system": name}}
    )
    return made


def system_named_in(notebook: Any, folder: Path, file: str) -> Path:
    """Return the system file that a notebook in `folder` names. Raises DocumentError where it names none it may."""
    said = notebook.metadata.get("nbthreat")
    name = said.get("system") if isinstance(said, dict) else None
    name = name if isinstance(name, str) else _name_in_code(notebook)
    if name is None:
        message = (
            "the notebook names no system file. Call nbthreat.assess_file('chatbot.yaml') in it, "
            'or put {"nbthreat": {"system": "chatbot.yaml"}} into its metadata.'
        )
        raise DocumentError([Fault(file, 1, message)])
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DocumentError([Fault(file, 1, f"the system file {quoted(name)} lies outside the notebook's folder.")])
    return path


def _name_in_code(notebook: Any) -> str | None:
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            first = call.args[0]
            if called in _NAMING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                return first.value
    return None


class RegisterExporter(Exporter):
    """The register as one HTML page."""

    export_from_notebook = "Risk register (HTML)"
    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **_: Any) -> tuple[Any, dict[str, Any]]:
        """Return the register of the system that the notebook names, and nbconvert's resources."""
        _, resources = super().from_notebook_node(nb, resources)
        where = resources.get("metadata", {})
        folder = Path(where.get("path") or ".")
        path = system_named_in(nb, folder, f"{where.get('name', 'notebook')}.ipynb")
        return self.render(assess_file(path, today=today())), resources

    def render(self, assessment: Assessment) -> str:
        """Return the assessment in this exporter's format."""
        return page.html(assessment)


class RegisterMarkdownExporter(RegisterExporter):
    """The register as Markdown."""

    export_from_notebook = "Risk register (Markdown)"
    file_extension = ".md"
    output_mimetype = "text/markdown"

    def render(self, assessment: Assessment) -> str:
        """Return the assessment as Markdown."""
        return page.markdown(assessment)


class RegisterCSVExporter(RegisterExporter):
    """The register as a table."""

    export_from_notebook = "Risk register (CSV)"
    file_extension = ".csv"
    output_mimetype = "text/csv"

    def render(self, assessment: Assessment) -> str:
        """Return the register as CSV."""
        return tables.register_csv(assessment)


class RegisterJSONExporter(RegisterExporter):
    """The whole assessment as data."""

    export_from_notebook = "Risk register (JSON)"
    file_extension = ".json"
    output_mimetype = "application/json"

    def render(self, assessment: Assessment) -> str:
        """Return the assessment as JSON."""
        return tables.register_json(assessment)


FORMATS: dict[str, type[RegisterExporter]] = {
    "html": RegisterExporter,
    "md": RegisterMarkdownExporter,
    "csv": RegisterCSVExporter,
    "json": RegisterJSONExporter,
}
