"""Elsewhere: the board in Voila, and what stands in its place where no kernel runs."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from desk import TOKEN, Desk, until

from conftest import Opening, skip_or_fail

LARGEST = 1_000_000
VOILA_ASKS = ("https://cdn.jsdelivr.net/npm/@fortawesome/", "https://cdnjs.cloudflare.com/ajax/libs/mathjax/")
"""What the pages of Voila itself ask of others; nothing of it comes from us."""


@pytest.mark.browser_all
def test_voila_shows_the_board_and_edits_with_it(opening: Opening) -> None:
    """Without cells and without a notebook: the drawing is there, an edit is saved."""
    if importlib.util.find_spec("voila") is None:
        skip_or_fail("voila")
    desk = opening("chatbot.yaml").write()
    desk.page.goto(f"{desk.server.url}/voila/render/{desk.path}?token={TOKEN}", wait_until="domcontentloaded")
    desk.board().locator(".nbt-board").wait_for(timeout=60_000)

    desk.draw("Vector store", "Seen in Voila")

    desk.wait_saved()
    until(lambda: "Seen in Voila" in [element.name for element in desk.system().elements], "the edit in the file")
    assert 0 == desk.page.locator(".jp-InputArea-editor").count()
    assert (1, False) == (desk.page.locator(".nbt-still").count(), desk.page.locator(".nbt-still").is_visible())
    watch = opening.watches[0]
    watch.elsewhere[:] = [url for url in watch.elsewhere if not url.startswith(VOILA_ASKS)]


SHOWN = """import nbthreat
print("before")
display(nbthreat.Workbench("chatbot.yaml"))
print("after")"""


@pytest.fixture(scope="module")
def saved(opening_once: Opening) -> tuple[Desk, dict[str, Any]]:
    """A notebook that was run and saved, widgets' state and all, and what of it is on disk."""
    desk = opening_once("chatbot.yaml").start(SHOWN)
    desk.save_notebook()
    return desk, json.loads((desk.server.root / desk.path).read_text("utf-8"))


def test_a_saved_notebook_shows_the_drawing_where_no_kernel_runs(saved: tuple[Desk, dict[str, Any]]) -> None:
    """An output beside the widget's holds a picture and a summary as HTML, is small, and has none of our script."""
    desk, notebook = saved
    live, still = [item["data"] for item in notebook["cells"][0]["outputs"] if "data" in item]
    html = "".join(still["text/html"])

    assert {"application/vnd.jupyter.widget-view+json", "text/plain"} == set(live)
    assert 1 == html.count("<img")
    assert "Assistant" in html
    assert re.search(r"\d+ open", html)
    assert "<script" not in html
    assert notebook["metadata"]["widgets"], "the state of the widgets was not saved: the size says nothing"
    assert "<svg" not in json.dumps(notebook["metadata"]), "the picture is kept twice"
    assert len((desk.server.root / desk.path).read_bytes()) < LARGEST


def test_beside_a_live_board_no_picture_is_seen_or_read_out(saved: tuple[Desk, dict[str, Any]]) -> None:
    """And nothing else that the cell wrote is hidden."""
    desk, _ = saved
    still = desk.page.locator(".nbt-still")

    assert (1, False) == (still.count(), still.is_visible())
    assert 0 == desk.page.get_by_role("img", name="Assistant").count()
    assert desk.page.get_by_text("before", exact=True).is_visible()
    assert desk.page.get_by_text("after", exact=True).is_visible()


@pytest.mark.parametrize("state", ["with", "without"])
def test_a_notebook_that_is_opened_and_not_run_shows_the_drawing(
    saved: tuple[Desk, dict[str, Any]], opening_once: Opening, state: str
) -> None:
    """In JupyterLab, which trusts no notebook that somebody else ran, with and without the state of its widgets."""
    desk, notebook = saved
    there = opening_once(name=f"{state}-state", context=desk.context)
    (desk.server.root / there.path).write_text(json.dumps(_of_another(notebook, state)), encoding="utf-8")
    there.open()

    (picture,) = until(there.page.get_by_role("img", name="Assistant").all, "the picture")
    until(lambda: picture.bounding_box()["width"] > 300, "a picture that is large enough to see")
    assert re.search(r"\d+ open", there.page.locator(".nbt-still").inner_text())
    assert 0 == there.page.locator(".nbt").count()
    there.page.close()


@pytest.mark.browser_all
@pytest.mark.parametrize("state", ["with", "without"])
def test_a_page_made_from_a_saved_notebook_shows_the_drawing_once(
    saved: tuple[Desk, dict[str, Any]], state: str
) -> None:
    """Made by nbconvert of what it ran itself, or of what JupyterLab saved: no kernel, no script, no network."""
    desk, notebook = saved
    path = desk.folder / "page.ipynb"
    path.write_text(json.dumps(_of_another(notebook, state)), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    context = desk.context.browser.new_context(java_script_enabled=False, offline=True)
    try:
        page = context.new_page()
        page.goto(path.with_suffix(".html").as_uri(), wait_until="domcontentloaded")
        (picture,) = page.get_by_role("img", name="Assistant").all()
        assert picture.bounding_box()["width"] > 300
        assert 1 == len(re.findall(r"\d+ open", page.locator("main").inner_text()))
    finally:
        context.close()


def _of_another(notebook: dict[str, Any], state: str) -> dict[str, Any]:
    """Return a notebook as nobody here ran it; the state of widgets is saved only where somebody switched that on."""
    metadata = {name: value for name, value in notebook["metadata"].items() if state == "with" or name != "widgets"}
    return {**notebook, "metadata": {**metadata, "title": "Somebody else's"}}
