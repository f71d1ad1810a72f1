"""Widgets: thin faces over a session, which link by traits and answer any message without raising."""

from __future__ import annotations

import base64
import gc
import inspect
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipykernel
import ipywidgets
import pytest
import traitlets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipykernel.comm.comm import BaseComm
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances

import nbthreat
import nbthreat.workbench.widgets
from helpers import SYSTEMS
from nbthreat.base.errors import NbthreatError
from nbthreat.publishing.export.formats import BY_NAME
from nbthreat.publishing.export.publishing import published
from nbthreat.threats.matching import State
from nbthreat.workbench.editing import cards
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.widgets import Canvas, Cards, Questions, Workbench, parts
from nbthreat.workbench.widgets.parts import SessionWidget

MESSAGES = 2_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the chatbot's file in a folder of its own."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())
    return path


@pytest.fixture
def part(path: Path) -> Iterator[SessionWidget]:
    """Return a workbench that remembers what it said to browsers in `part.said`."""
    part = Workbench(path)
    hear(part)
    yield part
    part.session.close()


def hear(part: SessionWidget) -> list[dict[str, Any]]:
    """Have a part remember what it says."""
    said: list[dict[str, Any]] = []
    part.send = lambda content, buffers=None: said.append({**content, "buffers": buffers})  # type: ignore[method-assign]
    part.said = said  # type: ignore[attr-defined]
    return said


def test_parts_of_one_session_see_one_drawing(path: Path) -> None:
    """However they are opened: by path, by session or beside another part."""
    workbench = Workbench(path)
    try:
        parts = [Canvas(path), Cards(workbench), Questions(workbench.session)]

        assert {id(part.session) for part in parts} == {id(workbench.session)}
        box = ipywidgets.HBox([workbench, *parts])
        assert len(box.children) == 4
    finally:
        workbench.session.close()


def test_a_part_tells_the_page_that_asks_everything_it_shows(part: Any) -> None:
    """The front end's code too, as buffers, so that it is in no state that a notebook keeps."""
    part._receive(part, {"type": "bundle"}, [])
    part._receive(part, {"type": "hello", "page": "p1"}, [])

    bundle, welcome = part.said
    assert [len(item) > 1_000 for item in bundle["buffers"]] == [True, True]
    assert (welcome["page"], welcome["part"]) == ("p1", "workbench")
    assert "assistant" in welcome["view"]["elements"]
    assert len(str(part.get_state())) < 10_000


def test_a_change_brings_the_cards_that_each_page_shows(part: Any) -> None:
    """In the same message as the badges, each page its own; what moves no finding brings none."""
    part._receive(part, {"type": "hello", "page": "all"}, [])
    asked = {"ask": "cards", "ids": ["index"], "filter": "leak"}
    part._receive(part, {"type": "ask", "id": "1", "page": "some", "ask": asked}, [])
    welcome, answer = part.said
    part.said.clear()

    part.session.do(m.operation({"op": "change", "ids": ["index"], "set": {"name": "Finder"}}))
    part.session.do(m.operation({"op": "save"}))

    change = next(item for item in part.said if "cards" in item)
    assert change["set"]["elements"]["index"]["name"] == "Finder"
    assert change["cards"] == {
        "all": part.session.ask(m.AskCards(ids=())),
        "some": part.session.ask(m.AskCards(ids=("index",), filter="leak")),
    }
    assert [len(welcome["cards"]["cards"]), len(answer["data"]["cards"])] == [12, len(change["cards"]["some"]["cards"])]
    assert all("cards" not in item for item in part.said if item is not change)


def test_pages_that_went_away_are_not_kept_current_for_ever(part: Any) -> None:
    """As many pages as anybody may have open, and no more."""
    for number in range(40):
        part._receive(part, {"type": "hello", "page": f"p{number}"}, [])
    part.said.clear()

    part.session.do(m.operation({"op": "tidy"}))

    assert list(part.said[0]["cards"]) == [f"p{number}" for number in range(24, 40)]


def test_a_large_drawing_stands_in_the_cell_in_few_words(path: Path) -> None:
    """How much there is and how much was found: its picture and its questions would take longer than people wait."""
    workbench = Workbench(path)
    try:
        elements = [{"id": f"service-{n}", "name": "Service", "technology": "application"} for n in range(300)]
        workbench.session.do(m.operation({"op": "paste", "elements": elements}))

        data = workbench._still()

        counts = workbench.assessment.count
        assert "<img" not in data["text/html"]
        assert data["text/plain"].startswith(f"{workbench.system.name}: 315 elements and")
        assert f"{counts(State.OPEN):,} open and {counts(State.POSSIBLE):,} possible findings" in data["text/plain"]
    finally:
        workbench.session.close()


def test_an_operation_is_told_to_all_and_then_acknowledged(part: Any) -> None:
    """In that order, so that who waits for the answer sees what it led to."""
    op = {"op": "change", "ids": ["assistant"], "set": {"name": "A"}}

    part._receive(part, {"type": "do", "id": "1", "page": "p", "by": "", "op": op}, [])

    assert [item["type"] for item in part.said] == ["change", "done"]
    assert part.said[0]["set"]["elements"]["assistant"]["name"] == "A"
    assert part.said[1]["revision"] == part.said[0]["revision"]


def test_a_refusal_is_told_in_words_to_the_page_that_asked(part: Any) -> None:
    """And to nobody else."""
    part._receive(part, {"type": "do", "id": "1", "page": "p", "by": "", "op": {"op": "remove", "ids": ["gone"]}}, [])

    [said] = part.said
    assert (said["type"], said["page"], said["id"]) == ("refused", "p", "1")
    assert "not on this board" in said["message"] or "no 'gone'" in said["message"]


def test_the_same_name_on_two_pages_is_two_operations(part: Any) -> None:
    """A name is only a page's own."""
    op = {"op": "add", "part": "elements", "thing": {"technology": "agent"}}
    for page in ("p", "q", "q"):
        part._receive(part, {"type": "do", "id": "1", "page": page, "by": "", "op": op}, [])

    assert {"agent", "agent-2"} <= {element.id for element in part.system.elements}
    assert "agent-3" not in {element.id for element in part.system.elements}


def test_parts_link_by_their_traits(path: Path) -> None:
    """What is chosen on one page follows on that page; what code chooses follows everywhere."""
    canvas, cards = Canvas(path), Cards(path)
    try:
        traitlets.link((canvas, "selection"), (cards, "selection"))
        traitlets.link((canvas, "filter"), (cards, "filter"))
        said = hear(cards)

        canvas._receive(canvas, {"type": "select", "page": "p", "ids": ["index"], "filter": "leak"}, [])
        assert (cards.selection, cards.filter) == (["index"], "leak")
        assert {item["page"] for item in said if item["type"] == "select"} == {"p"}
        said.clear()
        canvas.selection = ["assistant"]

        assert ("", ["assistant"]) in [(item["page"], item["ids"]) for item in said if item["type"] == "select"]
    finally:
        canvas.session.close()


def test_where_no_kernel_runs_the_drawing_is_seen(part: Any) -> None:
    """And what was found, in words."""
    still = part._still()

    assert "data:image/svg+xml;base64," in still["text/html"]
    assert "Assistant" in still["text/html"]
    assert "Chatbot" in still["text/plain"]


@pytest.mark.parametrize("format", ["html", "briefing", "xlsx", "ods", "csv", "tickets", "json"])
def test_the_register_is_published_for_those_it_is_marked_for(part: Any, format: str) -> None:
    """The same bytes as by the command line, under a name that says system, version and audience."""
    part._receive(part, {"type": "ask", "id": "1", "page": "p", "ask": {"ask": "publish", "format": format}}, [])

    [answer] = [item for item in part.said if item["type"] == "answer"]
    told = answer["data"]
    _, files = published(part.assessment, None, [format], source=str(part.session.path))
    assert files[format] == base64.b64decode(told["data"])
    assert f"chatbot-1.0-TLP-RED.register.{BY_NAME[format].suffix}" == told["name"]
    assert "TLP:RED" == told["marking"]


@pytest.mark.parametrize(
    ("format", "name", "words"),
    [("docx", "Assistant", "There is no format 'docx'"), ("html", f"AKIA{'Q7' * 8}", "Nothing was written")],
)
def test_what_must_not_be_published_is_refused_in_words(part: Any, format: str, name: str, words: str) -> None:
    """An unknown format, and what looks like a credential."""
    part.session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": name}}))
    part.said.clear()

    part._receive(part, {"type": "ask", "id": "1", "page": "p", "ask": {"ask": "publish", "format": format}}, [])

    assert "refused" == part.said[-1]["type"]
    assert words in part.said[-1]["message"]


# Cells that are run again


def cell(shell: InteractiveShell, id: str, code: str) -> None:
    """Run a cell of a notebook, as a kernel does."""
    done = shell.run_cell(code, cell_id=id, silent=False, store_history=True)
    done.raise_error()


@pytest.fixture
def shell(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A notebook's shell, in the folder of the chatbot, that shows what it is to show to nobody."""
    monkeypatch.chdir(path.parent)
    for widget in alive():  # of other tests, which nothing shows
        widget.close()
    shell = InteractiveShell.instance()
    monkeypatch.setattr(shell.display_pub, "publish", lambda *_, **__: None)
    cell(shell, "first", "import nbthreat, ipywidgets")
    yield shell
    for widget in list(_instances.values()):
        if isinstance(widget, SessionWidget):
            widget.session.close()
            widget.close()
    InteractiveShell.clear_instance()


def alive() -> list[SessionWidget]:
    """Return the widgets that a notebook would keep."""
    return [widget for widget in _instances.values() if isinstance(widget, SessionWidget)]


@pytest.mark.parametrize(
    "code",
    [
        "w = nbthreat.Workbench('chatbot.yaml'); w",
        "nbthreat.Workbench('chatbot.yaml')",
        "display(nbthreat.Workbench('chatbot.yaml'))",
        "box = ipywidgets.HBox([nbthreat.Canvas('chatbot.yaml')]); box",
    ],
)
def test_a_cell_that_is_run_again_closes_the_widget_it_showed(shell: InteractiveShell, code: str) -> None:
    """However often it is run, one widget is left, and one is told of an edit."""
    for _ in range(5):
        cell(shell, "a", code)

    [widget] = alive()
    assert 1 == len(widget.session._timeline.display.audience._listeners)
    hear(widget)
    widget.session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": "A"}}))
    assert widget.said  # type: ignore[attr-defined]


def test_a_widget_that_is_shown_elsewhere_goes_on(shell: InteractiveShell) -> None:
    """In another cell, or held by a variable for one that shows it later; closed at last, it opens when it is shown."""
    cell(shell, "a", "w = nbthreat.Workbench('chatbot.yaml'); w")
    first = shell.user_ns["w"]
    cell(shell, "b", "w")
    cell(shell, "a", "w = nbthreat.Workbench('chatbot.yaml'); w")
    assert {first, shell.user_ns["w"]} == set(alive())

    cell(shell, "kept", "kept = [w]")
    cell(shell, "a", "w = None")
    cell(shell, "b", "w")
    assert shell.user_ns["kept"] == alive()

    first._ipython_display_()
    assert first in alive()
    said = hear(first)
    first.session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": "A"}}))
    assert said


def test_cards_are_made_once_however_many_widgets_show_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred widgets with a page each cost no more of that work than one."""
    made: list[int] = []
    real = cards.cards
    monkeypatch.setattr(cards, "cards", lambda *arguments, **named: made.append(1) or real(*arguments, **named))

    def counted(name: str) -> int:
        made.clear()
        session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": name}}))
        return len(made)

    widgets = [Workbench(path)]
    session = widgets[0].session
    try:
        widgets[0]._receive(None, {"type": "hello", "page": "p"}, None)
        before = counted("A")
        for number in range(200):
            widgets.append(Workbench(path))
            widgets[-1]._receive(None, {"type": "hello", "page": f"p{number}"}, None)

        assert 1 == before == counted("B")
    finally:
        for widget in widgets:
            widget.close()
        session.close()


def test_a_page_that_says_nothing_any_more_is_forgotten(part: Any) -> None:
    """After some changes; one that speaks is kept current."""
    for page in ("gone", "there"):
        part._receive(part, {"type": "hello", "page": page}, [])
    for number in range(30):
        part._receive(part, {"type": "select", "page": "there", "ids": [], "filter": ""}, [])
        part.session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": f"A{number}"}}))

    changes = [said["cards"] for said in part.said if "cards" in said and said["type"] == "change"]
    assert {"gone", "there"} == set(changes[0])
    assert {"there"} == set(changes[-1])


# What ipykernel promises to nobody


class RoutedComm:
    """One end of a line that chooses a thread as ipykernel 7.4 does."""

    def _reply_subshell_for(self, data: Any, default: Any) -> Any:
        raise NotImplementedError


class OtherwiseRoutedComm:
    """One that chooses by something else."""

    def _reply_subshell_for(self, message: Any) -> Any:
        raise NotImplementedError


def test_the_method_that_chooses_a_thread_is_still_the_one_that_is_known() -> None:
    """In the ipykernel that is installed, where it chooses at all; then the thread that a page sent to is taken."""
    route = getattr(BaseComm, "_reply_subshell_for", None)

    assert (route is not None) is (ipykernel.version_info[:2] >= parts._ROUTED_SINCE)
    if route is not None:
        assert ["self", *parts._ROUTE] == list(inspect.signature(route).parameters)
    comm: Any = RoutedComm()
    parts._heard_where_sent(comm)
    assert "sent to" == comm._reply_subshell_for({}, "sent to")


def test_people_are_warned_where_ipykernel_chooses_a_thread_in_another_way() -> None:
    """Or no longer by that method; and nothing of it is replaced. Of other kernels nobody is warned."""
    gone = type("BaseComm", (), {"__module__": "ipykernel.comm.comm"})
    for comm in (OtherwiseRoutedComm(), gone()):
        before = dict(vars(comm))
        with pytest.warns(UserWarning, match="restart the kernel and run the cell again"):
            parts._heard_where_sent(comm)
        assert before == vars(comm)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts._heard_where_sent(object())


LOADED = """
import loader from "./loader.mjs";
const warnings = [];
console.warn = (words) => warnings.push(words);
const known = { commsOverSubshells: "perCommTarget", subshellId: "a", subshellStarted: Promise.resolve() };
const kernel = { supportsSubshells: true, requestListSubshell: () => ({ done: { content: { subshell_id: ["a"] } } }) };
const { CHANGE } = process.env;
if (CHANGE === "requestListSubshell") delete kernel[CHANGE];
delete known[CHANGE];
const line = CHANGE === "jsServicesComm" ? {} : { jsServicesComm: known };
const model = {
  widget_manager: { kernel, get_model: async () => ({ comm: CHANGE === "comm" ? undefined : line }) },
  get: (name) => name,
  on: () => undefined,
  send: () => process.stdout.write(JSON.stringify(warnings), () => process.exit(0)),
};
loader.render({ model, el: {} });
"""
"""A page that loads the workbench, in a JupyterLab without what CHANGE names; it writes what it was warned of."""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not on this machine")
@pytest.mark.parametrize(
    ("change", "is_warned"),
    [
        ("nothing", False),
        ("comm", False),
        ("jsServicesComm", True),
        ("commsOverSubshells", True),
        ("subshellId", True),
        ("subshellStarted", True),
        ("requestListSubshell", True),
    ],
)
def test_people_are_warned_where_jupyterlab_sends_in_another_way(
    tmp_path: Path, change: str, *, is_warned: bool
) -> None:
    """Than the loader knows; the workbench is loaded all the same. Of a line that is not there nobody is warned."""
    (tmp_path / "loader.mjs").write_text(SessionWidget._esm, encoding="utf-8")
    (tmp_path / "page.mjs").write_text(LOADED, encoding="utf-8")

    done = subprocess.run(
        ["node", "page.mjs"],
        cwd=tmp_path,
        env={**os.environ, "CHANGE": change},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    warned = json.loads(done.stdout)
    assert int(is_warned) == len(warned)
    assert all("restart the kernel and run the cell again" in words for words in warned)


# What a part can be given


def test_a_part_shows_whatever_leads_to_a_drawing(path: Path) -> None:
    """A path in either form, a system, an assessment, a session or another part."""
    workbench = Workbench(path)
    system, assessment = workbench.system, workbench.assessment
    sources = [str(path), path, system, assessment, workbench.session, workbench]
    for kind in PARTS_OF_ALL:
        for source in sources:
            part = kind(source)
            assert system == part.system
            assert (part.session is workbench.session) is (source not in (system, assessment))
            part.close()
            if part.session is not workbench.session:
                part.session.close()
    workbench.session.close()


PARTS_OF_ALL = [getattr(nbthreat.workbench.widgets, name) for name in nbthreat.workbench.widgets.__all__]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("chatbot", "no file 'chatbot'"),
        ("nbthreat: 1\nid: a\n", "no path of a file"),
        ("", "is a folder"),
        (".", "is a folder"),
        ("none/chatbot.yaml", "no folder 'none'"),
        ("x" * 10_000, "no path of a file"),
        (7, "cannot show 'int'"),
        ({"id": "a"}, "cannot show 'dict'"),
        ([], "cannot show 'list'"),
    ],
)
def test_what_leads_to_no_drawing_is_refused_with_what_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Any, words: str
) -> None:
    """In words, and no widget is left that cannot be let go of."""
    monkeypatch.chdir(tmp_path)
    raised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", raised.append)
    for kind in PARTS_OF_ALL:
        with pytest.raises(NbthreatError, match=words) as error:
            kind(source)
        assert "the path of a system file" in str(error.value)
    del error
    gc.collect()

    assert [] == raised
    assert [] == list(tmp_path.iterdir())


def test_a_widget_that_was_never_made_whole_can_be_let_go_of() -> None:
    """Python lets go of whatever was begun; nothing is written to the cell then."""
    Workbench.__new__(Workbench).close()


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(["do", "ask", "select", "hello", "bundle", "welcome", "", "__proto__"])
messages = junk | st.builds(lambda kind, more: {**more, "type": kind}, kinds, st.dictionaries(
    st.sampled_from(["id", "page", "by", "op", "ask", "ids", "filter"]), junk, max_size=5
))  # fmt: skip


@settings(
    max_examples=MESSAGES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(messages)
def test_no_message_raises_or_changes_the_drawing(part: Any, message: Any) -> None:
    """Whatever a browser sends."""
    before = part.session.board

    part._receive(part, message, [])

    assert part.session.board is before
    part.said.clear()


def test_the_public_names_are_widgets() -> None:
    """Each is asked for by its name, and imported only then."""
    for name in ("Canvas", "Cards", "Principles", "Properties", "Questions", "RegisterTable", "Table", "Workbench"):
        assert issubclass(getattr(nbthreat, name), SessionWidget)
