"""Starters: drawings to begin from, so that nobody faces a blank page. Each is a system file in this package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from nbthreat.base.errors import DocumentError, OperationError, hint, quoted
from nbthreat.system import documents
from nbthreat.system.diagram.geometry import BOX_HEIGHT, BOX_WIDTH
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.workbench.editing.answers import composed
from nbthreat.workbench.editing.messages import DoBegin

FILE = "file:"
"""Before the name of a system file in the working folder."""

BLANK = "blank"
_FILES_SHOWN = 12
_HEAD = 400  # bytes in which a system file says what it is

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "task": ("chat", "score", "generate", "see"),
    "model": ("own", "tuned", "vendor", "hub"),
    "reads": ("question", "documents", "strangers"),
    "acts": ("nothing", "suggests", "acts"),
    "learns": ("yes", "no", "unknown"),
}
"""The five questions and what can be answered."""


@cache
def _texts() -> dict[str, str]:
    folder = files("nbthreat.workbench.editing") / "starters"
    found = {path.name.removesuffix(".yaml"): path for path in folder.iterdir() if path.name.endswith(".yaml")}
    return {name: found[name].read_text(encoding="utf-8") for name in sorted(found)}


def chosen(operation: DoBegin, library: Library) -> tuple[System, str]:
    """Return what somebody chose to begin with, and what to call that. Raises OperationError where it cannot be."""
    if operation.text:
        return from_text(operation.text, library), "Open"
    if operation.answers:
        return from_answers(operation.answers, library), "Begin from five answers"
    return named(operation.starter, library), "Begin"


def file_here(name: str) -> Path:
    """Return the path of a system file in the working folder. Raises OperationError where there is none."""
    path = Path.cwd() / name
    if Path(name).name != name or path.suffix != ".yaml" or not path.is_file():
        raise OperationError(f"There is no system file {quoted(name)} here.")
    return path


def named(name: str, library: Library) -> System:
    """Return a starter. Raises OperationError where there is none of that name."""
    if name == BLANK:
        return System(id="system", name="New system")
    text = _texts().get(name)
    if text is None:
        raise OperationError(f"There is no starter {quoted(name)}.{hint(name, [*_texts(), BLANK])}")
    return from_text(text, library)


def from_text(text: str, library: Library) -> System:
    """Return the system in the text of a file. Raises OperationError with every fault in it."""
    try:
        data = text.encode()
        return library.check_system(documents.loads(System, data, Path("the text"))).value
    except UnicodeEncodeError:
        raise OperationError("The text holds characters that no file can hold.") from None
    except DocumentError as error:
        raise OperationError(str(error)) from None


def from_answers(answers: Mapping[str, str], library: Library) -> System:
    """Return a drawing made from five answers. Raises OperationError where an answer is not one of those offered."""
    for question, answer in answers.items():
        if answer not in QUESTIONS.get(question, ()):
            raise OperationError(f"{quoted(answer)} is not an answer to {quoted(question)}.")
    missing = [question for question in QUESTIONS if question not in answers]
    if missing:
        raise OperationError(f"Not answered yet: {', '.join(missing)}.")
    return from_text(documents.dump(composed(answers)), library)


def offered(folder: Path | None) -> list[dict[str, Any]]:
    """Return what one can begin from: the system files in `folder`, then the starters, as the view shows them."""
    use = "Open this file and go on with it."
    files_here = [
        _offer(f"{FILE}{path.name}", path.name, use, None) for path in (_system_files(folder) if folder else ())
    ]
    return files_here + [_starter(name) for name in _texts()]


@cache
def _known(name: str) -> System:
    return documents.loads(System, _texts()[name].encode(), Path(name)).value


def _starter(name: str) -> dict[str, Any]:
    system = _known(name)
    return _offer(name, system.name, system.purpose, system)


def _offer(id: str, name: str, use: str, system: System | None) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "use": use,
        "elements": len(system.elements) if system else 0,
        "flows": len(system.flows) if system else 0,
        "picture": _picture(system) if system else None,
    }


def _picture(system: System) -> dict[str, Any]:
    """Return a drawing in little: the corners of its boxes, and lines from middle to middle."""
    places = system.layout
    left, top = (min(at[axis] for at in places.values()) for axis in (0, 1))
    x, y = left - BOX_WIDTH / 2, top - BOX_HEIGHT / 2
    width, height = (max(at[axis] for at in places.values()) for axis in (0, 1))
    lines = [(*places[flow.source], *places[flow.target]) for flow in system.flows]
    return {
        "width": width - left + BOX_WIDTH,
        "height": height - top + BOX_HEIGHT,
        "boxes": [[at[0] - BOX_WIDTH / 2 - x, at[1] - BOX_HEIGHT / 2 - y] for at in places.values()],
        "lines": [[x1 - x, y1 - y, x2 - x, y2 - y] for x1, y1, x2, y2 in lines],
        "words": ", ".join(element.label for element in system.elements),
    }


def _system_files(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
        except OSError:
            continue
        if b"nbthreat:" in head and b"\nid:" in head and not path.name.endswith(".register.yaml"):
            found.append(path)
    return found[:_FILES_SHOWN]
