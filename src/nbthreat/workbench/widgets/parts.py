"""The parts of the workbench as widgets: each shows one session, or one view of it, and passes messages on."""

from __future__ import annotations

import base64
import hashlib
import inspect
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4
from weakref import WeakMethod

import anywidget
import traitlets
from IPython.display import display

import nbthreat.publishing.export  # noqa: F401 - says how a notebook shows an assessment
from nbthreat.base.errors import NbthreatError, OperationError, hint, quoted
from nbthreat.decisions.assessment import Assessment
from nbthreat.system.model import System
from nbthreat.workbench.editing import Session, view
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.widgets.cells import CellWidget, cells

_NAME_LENGTH = 200
_MANY = 5_000
_PAGES = 16  # on which cards are kept current; one that comes after them has to ask
_UNHEARD = 24  # changes after which a page that has said nothing since is kept current no more
_SUFFIXES = (".yaml", ".yml")
_DRAWN = 200  # elements up to which a cell also holds a still picture: of more it would be late, and too large to read
_CHOICE: ContextVar[tuple[Any, str]] = ContextVar("choice", default=(None, ""))
"""The part and the page on which somebody is choosing, which linked parts follow; nobody's where it is code."""
_PROBLEM = "Something went wrong here, and nothing was changed. Try again; if it stays so, save a copy and reload."


@cache
def _bundle() -> tuple[str, tuple[bytes, ...]]:
    """Return the name of the built front end and its script and style sheet."""
    folder = files("nbthreat.workbench.widgets") / "static"
    try:
        parts = tuple((folder / name).read_bytes() for name in ("widget.js", "widget.css"))
    except FileNotFoundError:
        message = "The workbench's front end was not built. Install nbthreat again with Node.js at hand: pip install ."
        raise NbthreatError(message) from None
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16], parts


def _heard_where_sent(comm: Any) -> None:
    """Have each message handled by the thread of the kernel that the page sent it to.

    From 7.4 on ipykernel prefers the one that published last, on whoever's behalf. What a session tells from its own
    thread counts as published for the last message of all, whose thread may end at once, as those do by which
    JupyterLab looks for widgets after a lost line: then nothing from any page would arrive any more (ipykernel drops
    messages to threads that have ended: ipython/ipykernel#1557; JupyterLab ends them: jupyterlab/jupyterlab#17363).

    This leans on a method that ipykernel promises to nobody. Warns in words where there is another one by now, or none.
    """
    route = getattr(comm, "_reply_subshell_for", None)
    if route is None and _kernel_version(comm) < _ROUTED_SINCE:
        return
    if route is None or list(inspect.signature(route).parameters) != _ROUTE:
        message = (
            "This version of ipykernel chooses otherwise which thread hears a page than nbthreat knows. Where a "
            "workbench stops answering, restart the kernel and run the cell again, or use ipykernel 7.4."
        )
        warnings.warn(message, stacklevel=2)
        return
    comm._reply_subshell_for = lambda _, sent_to: sent_to


_ROUTE = ["data", "default"]
_ROUTED_SINCE = (7, 4)


def _kernel_version(comm: Any) -> tuple[int, ...]:
    """Return the first two numbers of the ipykernel that made this end of a line; none where another kernel did."""
    package, _, _ = type(comm).__module__.partition(".")
    return tuple(sys.modules[package].version_info[:2]) if package == "ipykernel" else ()


Source = str | Path | System | Assessment | Session


def session_of(source: Source | None) -> Session:
    """Return the session about what a widget is given: a file, a system or an assessment of one; a new one for None.

    A path that leads to no file yet begins one there. Raises NbthreatError, in words, where it is nothing of these.
    """
    if isinstance(source, Session):
        return source
    if isinstance(source, System | Assessment):
        return Session.of(source)
    if source is None:
        return Session.open(None)
    if not isinstance(source, str | Path):
        raise NbthreatError(f"A workbench cannot show {quoted(type(source).__name__)}. {_WANTED}")
    text = str(source)
    if len(text) > _PATH_LENGTH or "\n" in text or "\x00" in text:
        raise NbthreatError(f"{quoted(text)} is no path of a file. {_WANTED}")
    path = Path(text).expanduser()
    if path.is_dir():
        raise NbthreatError(f"{quoted(text)} is a folder. {_WANTED}")
    if not path.exists() and path.suffix not in _SUFFIXES:
        raise NbthreatError(f"There is no file {quoted(text)}. {_WANTED}")
    if not path.parent.is_dir():
        raise NbthreatError(f"There is no folder {quoted(path.parent)} for {quoted(path.name)}. {_WANTED}")
    return Session.open(path)


_PATH_LENGTH = 4_096
_WANTED = (
    "Give it the path of a system file ('chatbot.yaml'; a new one is begun where there is none), a System, an "
    "Assessment, a Session or another part; or nothing, to begin with an empty drawing."
)


def _nothing() -> None:
    """Stop nothing: the widget listens to nobody."""


class SessionWidget(CellWidget, anywidget.AnyWidget):
    """What all parts have in common: a session, a selection and a filter, and the line to the browser."""

    _esm = files("nbthreat.workbench.widgets").joinpath("loader.js").read_text(encoding="utf-8")
    part: ClassVar[str]
    session: Session

    bundle = traitlets.Unicode(help="The name of the front end's code, so that a page loads it once.").tag(sync=True)
    line = traitlets.Unicode(help="The name of the line to the browser, by which the page finds its own end.").tag(
        sync=True
    )
    selection = traitlets.List(traitlets.Unicode(), help="The ids of what is selected: link it to other parts.")
    filter = traitlets.Unicode(help="Words that cards must say: link it to other parts.")

    _stop: Callable[[], None] = staticmethod(_nothing)  # also where it is let go of before it was made whole

    def __init__(self, source: Source | SessionWidget | None = None, **traits: Any) -> None:
        """Show `source`: a system file by its path, a system, an assessment, a session, or what another part shows.

        Raises NbthreatError, in words, where it is nothing of these, or the file has faults.
        """
        self.session = source.session if isinstance(source, SessionWidget) else session_of(source)
        line = uuid4().hex
        self._shown: OrderedDict[str, m.AskCards] = OrderedDict()  # what cards each page shows, the last to ask last
        self._unheard: dict[str, int] = {}  # changes since a page last said something
        super().__init__(bundle=_bundle()[0], line=line, model_id=line, **traits)
        self._listen()
        self.on_msg(self._receive)
        cells()  # from now on it is known which cell shows what

    def _listen(self) -> None:
        """Hear of every change for as long as this widget lives; listening alone does not keep it alive."""
        _heard_where_sent(self.comm)
        told = WeakMethod(self._told)

        def tell(change: dict[str, Any]) -> None:
            hear = told()
            if hear is None:
                stop()
            else:
                hear(change)

        stop = self.session.listen(tell)
        self._stop = stop

    def save_as(self, path: str | Path) -> Path:
        """Keep a drawing that has no file yet in one at `path`, and return where that is.

        Raises OperationError where it has a file, where there is one at `path`, or where the disk refuses.
        """
        return self.session.save_as(path)

    @property
    def system(self) -> System:
        """The system as it is now drawn."""
        return self.session.system

    @property
    def assessment(self) -> Assessment:
        """Everything about the drawing as it now is."""
        return self.session.assessment

    def close(self) -> None:
        """Close the widget; the session goes on for others who look at it."""
        self._stop()
        self._stop = _nothing
        super().close()

    @traitlets.validate("selection")
    def _known(self, proposal: Any) -> list[str]:
        """Keep of a selection what can be selected."""
        return [str(id)[:_NAME_LENGTH] for id in proposal["value"]][:_MANY]

    @traitlets.observe("selection", "filter")
    def _selected(self, _: Any) -> None:
        """Tell the page that chose, so that linked parts on it follow; everybody where it was code that chose."""
        part, page = _CHOICE.get()
        if part is not self:  # the page that chose knows
            self.send({"type": "select", "page": page, "ids": list(self.selection), "filter": self.filter})

    def _told(self, change: dict[str, Any]) -> None:
        """Pass on what changed; where that may be findings, with the cards each page shows, so that none has to ask."""
        status = change["set"].get("status", {}).get("status")
        if status and status["matched"] == change["revision"]:
            self._forget_pages()
            shown = dict(self._shown)
            change = {**change, "cards": {page: self.session.ask(asked) for page, asked in shown.items()}}
        self.send(change)

    def _forget_pages(self) -> None:
        """Keep no longer current what pages show that have said nothing for long; one that is there will ask."""
        for page in list(self._shown):
            self._unheard[page] = self._unheard.get(page, 0) + 1
            if self._unheard[page] > _UNHEARD:
                self._forget(page)

    def _forget(self, page: str) -> None:
        self._shown.pop(page, None)
        self._unheard.pop(page, None)

    def _cards(self, asked: m.AskCards, page: str) -> Any:
        """Return the cards a page asks for, and keep in mind that it shows them."""
        self._shown[page] = asked
        self._shown.move_to_end(page)
        while len(self._shown) > _PAGES:
            self._forget(next(iter(self._shown)))
        return self.session.ask(asked)

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        """Answer one message from a browser; nothing in it can raise here or change more than it may."""
        if not isinstance(content, dict):
            return
        kind, page = content.get("type"), _text(content.get("page"))
        self._unheard.pop(page, None)
        if kind == "bundle":
            name, parts = _bundle()
            self.send({"type": "bundle", "hash": name}, buffers=list(parts))
        elif kind == "hello":
            chosen = {"part": self.part, "selection": list(self.selection), "filter": self.filter}
            cards = self._cards(m.AskCards(ids=tuple(self.selection), filter=self.filter), page)
            self.send({"type": "welcome", "page": page, **self.session.welcome(), **chosen, "cards": cards})
        elif kind == "select":
            self._choose(content, page)
        elif kind in ("do", "ask"):
            self.send({"page": page, "id": _text(content.get("id")), **self._answered(kind, content, page)})

    def _answered(self, kind: str, content: dict[str, Any], page: str) -> dict[str, Any]:
        try:
            if kind == "ask":
                return {"type": "answer", "data": self._told_of(m.asked(content.get("ask")), page)}
            by, id = _text(content.get("by")), _text(content.get("id"))
            done = self.session.do(m.operation(content.get("op")), by=by, id=f"{page}/{id}" if id else "")
        except NbthreatError as error:
            return {"type": "refused", "message": str(error)}
        except Exception:
            self.log.exception("a message from the workbench could not be answered")
            return {"type": "refused", "message": _PROBLEM}
        return {"type": "done", "revision": done.revision, "made": list(done.made), "name": done.name}

    def _told_of(self, asked: m.Ask | m.AskPublish, page: str) -> Any:
        match asked:
            case m.AskCards():
                return self._cards(asked, page)
            case m.AskPublish():
                return published_file(self.session, asked.format)
        return self.session.ask(asked)

    def _choose(self, content: dict[str, Any], page: str) -> None:
        ids = content.get("ids")
        if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
            return
        token = _CHOICE.set((self, page))
        try:
            with self.hold_trait_notifications():
                self.selection = ids
                self.filter = _text(content.get("filter"))
        finally:
            _CHOICE.reset(token)

    def _ipython_display_(self) -> None:
        """Show the live widget and, as an output of its own, a still picture, which the widget's style sheet hides.

        In one output every reader takes one of the two: nbconvert takes the widget, and no picture is on its page.
        """
        self._reopen()
        here = cells()
        if here is not None:
            here.shown(self)
        still = self._still()  # first, for while a kernel works on it a page that asks for the widget's code waits
        view, metadata = super()._repr_mimebundle_() or ({}, {})
        display({**view, "text/plain": ""}, metadata=metadata, raw=True)
        display(still, raw=True)

    def _reopen(self) -> None:
        """Take up the line to the browser again where the widget was closed and is shown anew."""
        if self.comm is None:
            self.__dict__.pop("_repr_mimebundle_", None)
            self.open()
            self._listen()

    def _still(self) -> dict[str, str]:
        """Return what was drawn and found when the cell ran, for where no kernel runs."""
        if len(self.system.elements) > _DRAWN:
            words = self._brief()
            still = {"text/plain": words, "text/html": f"<p>{escape(words)}</p>"}
        else:
            still = self.assessment._repr_mimebundle_()
        return {**still, "text/html": f'<div class="nbt-still">{still["text/html"]}</div>'}

    def _brief(self) -> str:
        """Say how much there is, without working out questions: of large drawings they take longer than people wait."""
        system, match, found = self.system, self.assessment.match, view.counts(self.assessment.risks)
        size = f"{len(system.elements):,} elements and {len(system.flows):,} flows"
        lines = [
            f"{system.name}: {size}, {found['open']:,} open and {found['possible']:,} possible findings"
            + (f", {found['toClarify']:,} to clarify." if found["toClarify"] else ".")
        ]
        if not match.complete:
            lines.append(f"INCOMPLETE: not followed to the end: {', '.join(match.incomplete)}.")
        return "\n".join(lines)


def published_file(session: Session, format: str) -> dict[str, str]:
    """Return the register in a format for those it is marked for: the file's name, media type and bytes in base 64.

    Raises NbthreatError where there is no such format, and where something must not be published.
    """
    from nbthreat.publishing.export import formats, publishing

    if format not in formats.BY_NAME:
        raise OperationError(f"There is no format {quoted(format)}.{hint(format[:_NAME_LENGTH], formats.BY_NAME)}")
    source = str(session.path or "")
    made, files = publishing.published(session.assessment, None, [format], source=source)
    name = publishing.named(made, format, session.path.stem if session.path else "")
    data = base64.b64encode(files[format]).decode("ascii")
    return {"name": name, "mediaType": formats.BY_NAME[format].media_type, "marking": made.marking.label, "data": data}


def _text(value: object) -> str:
    return value[:_NAME_LENGTH] if isinstance(value, str) else ""


class Canvas(SessionWidget):
    """The drawing: elements, flows and trust boundaries, to be drawn with mouse, finger or keyboard."""

    part = "canvas"


class Cards(SessionWidget):
    """The findings as cards, twelve at a time, each with its reason; select one to see its path."""

    part = "cards"


class Questions(SessionWidget):
    """What to ask people, most settling first, with what each answer would change."""

    part = "questions"


class Properties(SessionWidget):
    """What is known of what is selected: yes, no, not known."""

    part = "properties"


class Table(SessionWidget):
    """The same drawing row by row: everything the canvas can do, without one."""

    part = "table"


class RegisterTable(SessionWidget):
    """What was decided about each finding, to sort, filter and edit; `selection` is what selected lines are at."""

    part = "register"


class Principles(SessionWidget):
    """The Code's 13 principles and what the records say of each."""

    part = "principles"


class Workbench(SessionWidget):
    """Everything in one: `nbthreat.Workbench("chatbot.yaml")`; without a file, systems to begin from.

    Given a System it shows a drawing without a file, and `save_as` gives it one.

    >>> from nbthreat import Element, System, Workbench
    >>> workbench = Workbench(System(id="desk", name="Desk", elements=(Element(id="app", technology="application"),)))
    >>> [element.id for element in workbench.system.elements]
    ['app']
    >>> workbench.session.close()
    """

    part = "workbench"
