"""nbconvert exporters: `jupyter nbconvert --to nbthreat-register notebook.ipynb` for any notebook that names a system.

A notebook names its system file in its metadata (`nbthreat: {system: chatbot.yaml}`), or in a call such as
`nbthreat.assess_file("chatbot.yaml")`. Nothing in the notebook is run and none of its outputs is used: the register
is made afresh from the file, which must lie in the notebook's folder or below it.

There is an exporter for every format in the table of `nbthreat.export.formats`, made from it.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter

from nbthreat.assessment import Assessment, assess_file
from nbthreat.errors import DocumentError, Fault, quoted
from nbthreat.export.day import today
from nbthreat.export.formats import FORMATS, Format

_NAMING = frozenset({"assess_file", "read_system", "Workbench"})


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


class NotebookExporter(Exporter):
    """A register of the system that a notebook names, in the format of the class."""

    format: Format

    def from_notebook_node(self, nb: Any, resources: Any = None, **_: Any) -> tuple[Any, dict[str, Any]]:
        """Return the register of the system that the notebook names, and nbconvert's resources."""
        _, resources = super().from_notebook_node(nb, resources)
        where = resources.get("metadata", {})
        folder = Path(where.get("path") or ".")
        path = system_named_in(nb, folder, f"{where.get('name', 'notebook')}.ipynb")
        return self.render(assess_file(path, today=today())), resources

    def render(self, assessment: Assessment) -> str | bytes:
        """Return the assessment in this exporter's format."""
        return self.format.make(assessment)


def _exporter(one: Format) -> type[NotebookExporter]:
    said = {
        "__doc__": f"{one.title}, of the system that a notebook names.",
        "__module__": __name__,
        "format": one,
        "export_from_notebook": one.title,
        "file_extension": f".{one.suffix}",
        "output_mimetype": one.media_type,
    }
    return type(one.exporter, (NotebookExporter,), said)


EXPORTERS: dict[str, type[NotebookExporter]] = {one.exporter: _exporter(one) for one in FORMATS}
"""One class for each format, by name; `RegisterExporter` and the others can be imported from here too."""


def __getattr__(name: str) -> type[NotebookExporter]:
    try:
        return EXPORTERS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
