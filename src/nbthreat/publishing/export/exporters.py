"""nbconvert exporters: `jupyter nbconvert --to nbthreat-register notebook.ipynb` for any notebook that names a system.

A notebook names its system file in its metadata (`nbthreat: {system: chatbot.yaml}`), or in a call such as
`nbthreat.assess_file("chatbot.yaml")`. Nothing in the notebook is run and none of its outputs is used: the register
is made afresh from the file, which must lie in the notebook's folder or below it, and so must its register and its
sign-off, wherever links lead. For whom it is published, the
metadata may say too (`nbthreat: {system: chatbot.yaml, audience: TLP:GREEN}`); else those its register is marked for.

There is an exporter for every format in the table of `nbthreat.publishing.export.formats`, made from it.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter

from nbthreat.base.day import today
from nbthreat.base.errors import DocumentError, Fault, NbthreatError, quoted
from nbthreat.decisions.assessment import assess_file
from nbthreat.decisions.register import register_path
from nbthreat.publishing.export.formats import FORMATS, Format
from nbthreat.publishing.export.publishing import published
from nbthreat.publishing.publication import Marking, audience_named
from nbthreat.publishing.signing import signed_path
from nbthreat.system import documents

_NAMING = frozenset({"assess_file", "read_system", "Workbench"})


def notebook_for(system: Path, folder: Path, audience: Marking | None = None) -> nbformat.NotebookNode:
    """Return a notebook that names `system` and shows its assessment when it is run; `folder` is where it will lie.

    Where an audience is named, what is made from the notebook is for them.
    """
    name = Path(os.path.relpath(system, folder)).as_posix()
    code = f"import nbthreat\n\nnbthreat.assess_file({name!r})"
    cells = [
        nbformat.v4.new_markdown_cell(
            "# Risk register\n\nRun the cell to see the assessment as it stands.", id="about"
        ),
        nbformat.v4.new_code_cell(code, id="assess"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    said = {"system": name, **({"audience": audience.label} if audience is not None else {})}
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "nbthreat": said}
    )
    return made


def notebook_of(markdown: str) -> nbformat.NotebookNode:
    """Return a notebook that says what a published register says, and names no file: there is nothing in it to run."""
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(markdown, id="register")]
    )
    return made


def audience_named_in(notebook: Any, file: str) -> Marking | None:
    """Return for whom a notebook says it is published; None where it does not say.

    Raises DocumentError for what is no audience.
    """
    said = notebook.metadata.get("nbthreat")
    named = said.get("audience") if isinstance(said, dict) else None
    if named is None:
        return None
    try:
        return audience_named(str(named))
    except NbthreatError as error:
        raise DocumentError([Fault(file, 1, str(error))]) from None


def system_named_in(notebook: Any, folder: Path, file: str) -> Path:
    """Return the system file that a notebook in `folder` names.

    Raises DocumentError where it names none, or where the file or its register lies outside the folder, by its name or
    by a link. A pack lies in the project, and nothing in it is a link: the library sees to that.
    """
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
    if not documents.is_inside(path, folder):
        raise DocumentError([Fault(file, 1, f"the system file {quoted(name)} lies outside the notebook's folder.")])
    for beside in (register_path(path), signed_path(path)):
        if not documents.is_inside(beside, folder):
            message = f"{quoted(beside.name)} is a link to a file outside the notebook's folder; it is not read."
            raise DocumentError([Fault(file, 1, message)])
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
        _, known = super().from_notebook_node(nb, resources)
        where = known.get("metadata", {})
        folder, file = Path(where.get("path") or "."), f"{where.get('name', 'notebook')}.ipynb"
        path = system_named_in(nb, folder, file)
        _made, files = published(
            assess_file(path, today=today()),
            audience_named_in(nb, file),
            [self.format.name],
            source=str(path),
        )
        data = files[self.format.name]
        return (data.decode() if self.format.is_text else data), known


def _exporter(format: Format) -> type[NotebookExporter]:
    said = {
        "__doc__": f"{format.title}, of the system that a notebook names.",
        "__module__": __name__,
        "format": format,
        "export_from_notebook": format.title,
        "file_extension": f".{format.suffix}",
        "output_mimetype": format.media_type,
    }
    return type(format.exporter, (NotebookExporter,), said)


EXPORTERS: dict[str, type[NotebookExporter]] = {format.exporter: _exporter(format) for format in FORMATS}
"""One class for each format, by name; `RegisterExporter` and the others can be imported from here too."""


def __getattr__(name: str) -> type[NotebookExporter]:
    try:
        return EXPORTERS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
