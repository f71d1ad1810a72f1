"""Elsewhere: the board in Voila, and what stands in its place where no kernel runs."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from conftest import Opening, skip_or_fail
from desk import TOKEN, Desk, until

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
    until(lambda: "Seen in Voila" in [one.name for one in desk.system().elements], "the edit in the file")
    assert 0 == desk.page.locator(".jp-InputArea-editor").count()
    watch = opening.watches[0]
    watch.elsewhere[:] = [url for url in watch.elsewhere if not url.startswith(VOILA_ASKS)]


@pytest.fixture
def saved(chatbot: Desk) -> tuple[Desk, dict[str, Any]]:
    """A notebook that was run and saved, widgets' state and all, as it is on disk."""
    chatbot.save_notebook()
    return chatbot, json.loads((chatbot.server.root / chatbot.path).read_text("utf-8"))


def test_a_saved_notebook_shows_the_drawing_where_no_kernel_runs(saved: tuple[Desk, dict[str, Any]]) -> None:
    """Its output holds a picture and a summary as HTML, and it is small: our script is in none of it."""
    desk, notebook = saved
    (output,) = [one for one in notebook["cells"][0]["outputs"] if "data" in one]
    html = "".join(output["data"]["text/html"])

    assert "<svg" in html
    assert "Assistant" in html
    assert re.search(r"\d+ open", html)
    assert "<script" not in html
    assert "application/vnd.jupyter.widget-view+json" in output["data"]
    assert notebook["metadata"]["widgets"], "the state of the widgets was not saved: the size says nothing"
    assert len((desk.server.root / desk.path).read_bytes()) < LARGEST


@pytest.mark.browser_all
def test_a_page_made_from_a_saved_notebook_shows_the_drawing(saved: tuple[Desk, dict[str, Any]]) -> None:
    """A page made by nbconvert of what JupyterLab saves by itself: no kernel, no script, no network."""
    desk, notebook = saved
    del notebook["metadata"]["widgets"]  # the state of widgets is saved only where somebody switched that on
    (desk.folder / "plain.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    assert _picture_on_the_page_of(desk, "plain.ipynb") > 300


@pytest.mark.browser_all
@pytest.mark.xfail(reason="nbconvert shows a widget whose state is saved as nothing but that widget", strict=True)
def test_a_page_made_from_a_notebook_with_its_widgets_state_shows_the_drawing(
    saved: tuple[Desk, dict[str, Any]],
) -> None:
    """The same where the state of the widgets was saved, as it is when nbconvert itself runs the notebook."""
    desk, _ = saved

    assert _picture_on_the_page_of(desk, "notebook.ipynb") > 300


def _picture_on_the_page_of(desk: Desk, name: str) -> float:
    """Make a page with nbconvert, open it without scripts or network; return how wide the picture on it is."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", str(desk.folder / name)]
    subprocess.run(command, check=True, capture_output=True)
    context = desk.context.browser.new_context(java_script_enabled=False, offline=True)
    try:
        page = context.new_page()
        page.goto((desk.folder / name).with_suffix(".html").as_uri(), wait_until="domcontentloaded")
        pictures = page.locator(".jp-OutputArea svg").filter(has_text="Assistant")
        box = pictures.first.bounding_box() if pictures.count() else None
        return float(box["width"]) if box else 0.0
    finally:
        context.close()
