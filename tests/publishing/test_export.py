"""Publications: made from data, inert in a real browser, readable by everyone."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import bad_inputs
from helpers import SYSTEMS, TODAY, full, library
from hostile import HOSTILE, hostile, hostile_system
from nbthreat.base.text import csv_cell, shown
from nbthreat.decisions.assessment import assess
from nbthreat.publishing.export import page, tables
from nbthreat.threats.matching import State

CHROMIUM = os.environ.get("NBTHREAT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium must be there in CI")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def test_nothing_in_a_published_page_runs_or_asks_for_anything(browser: Any, tmp_path: Path) -> None:
    """Every hostile text in every place: 0 scripts, 0 requests, and the text can be read as it is."""
    published = tmp_path / "hostile.html"
    published.write_text(page.html(full(hostile())), encoding="utf-8")
    opened = browser.new_page()
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(published.as_uri())

    assert [published.as_uri()] == requests
    assert opened.evaluate("window.__canary") is None
    assert 0 == opened.locator("script, iframe, object, embed, base, form, img, link, foreignObject").count()
    assert 0 == opened.evaluate(
        "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on') || /^javascript:/i.test(a.value))).length"  # noqa: E501
    )
    seen = opened.inner_text("body")
    for text in HOSTILE:
        assert shown(text) in seen
    opened.close()


def seriously_wrong(browser: Any, published: Path, width: int) -> list[tuple[str, str]]:
    """What keeps people out of a page: rule and place of each serious or critical violation axe finds, and too wide."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})  # axe itself is a script
    opened = context.new_page()
    opened.goto(published.as_uri())
    found = Axe().run(opened).response["violations"]
    across = opened.evaluate("document.documentElement.scrollWidth")
    context.close()
    wrong = [(item["id"], item["nodes"][0]["html"]) for item in found if item["impact"] in ("serious", "critical")]
    return [*wrong, *([("wider than the window", str(across))] if across > width else [])]


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_serious_in_a_published_page(browser: Any, tmp_path: Path, width: int) -> None:
    """WCAG 2.2 AA as far as a machine can tell."""
    published = tmp_path / "register.html"
    system = library().read_system(SYSTEMS / "chatbot.yaml").value
    published.write_text(page.html(full(assess(system, library(), today=TODAY))), encoding="utf-8")

    assert [] == seriously_wrong(browser, published, width)


def test_no_cell_of_the_csv_starts_a_formula() -> None:
    """A spreadsheet shows text as text; numbers stay numbers."""
    rows = list(csv.reader(io.StringIO(tables.register_csv(full(hostile())).removeprefix(tables.BYTE_ORDER_MARK))))

    starts = {cell.lstrip()[:1] for row in rows for cell in row if cell and not cell.lstrip("-+").isdigit()}
    assert not starts & set("=+-@\t\r")
    assert "'=1+1" == csv_cell("=1+1")
    assert "-12.5" == csv_cell("-12.5")
    assert "ok\n'=1+1" == csv_cell("ok\n=1+1")
    assert csv_cell("'=1+1") == csv_cell(csv_cell("=1+1"))


def test_markdown_shows_markup_as_text() -> None:
    """Rendered by a real Markdown renderer, none of it becomes a link, an image or a tag."""
    from nbconvert.filters import markdown2html

    rendered = markdown2html(page.markdown(full(hostile())))

    for tag in ("<script", "<img", '<a href="javascript', "<svg"):
        assert tag not in rendered


def test_a_register_says_where_its_threats_were_seen() -> None:
    """Each incident and study with its source, in words, on the page and in Markdown."""
    from nbconvert.filters import markdown2html

    published = full(hostile())
    shown_threats = {
        found.threat.id: found.threat for found in published.findings if found.state is not State.MITIGATED
    }
    wanted = [seen for threat in shown_threats.values() for seen in threat.seen]

    assert 3 < len(wanted)
    for made in (page.html(published), markdown2html(page.markdown(published))):
        assert "About the threats" in made
        words = re.sub(r"<[^>]*>", "", html.unescape(made))
        assert [] == [seen for seen in wanted if seen.what not in words or seen.source not in words]


def test_json_holds_what_the_command_line_prints_and_the_register() -> None:
    """One object: findings, questions, register, coverage."""
    data = json.loads(tables.register_json(full(hostile())))

    assert {"system", "library", "complete", "findings", "questions", "register", "coverage"} <= set(data)
    assert 72 == len(data["coverage"])
    assert data["findings"]


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment as a person would."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_nbconvert_and_the_command_line_publish_the_same_register(tmp_path: Path) -> None:
    """`nbthreat register` builds a notebook; `jupyter nbconvert` makes the same page from it."""
    tools = Path(sys.executable).parent
    shutil.copy(SYSTEMS / "chatbot.yaml", tmp_path / "chatbot.yaml")
    made = run(str(tools / "nbthreat"), "register", "chatbot.yaml", "--to", "html,ipynb", cwd=tmp_path)
    assert 0 == made.returncode, made.stderr

    converted = run(
        str(tools / "jupyter"), "nbconvert", "--to", "nbthreat-register", "chatbot-1.0-TLP-RED.register.ipynb",
        "--output", "again",
        cwd=tmp_path,
    )  # fmt: skip

    assert 0 == converted.returncode, converted.stderr
    assert (tmp_path / "chatbot-1.0-TLP-RED.register.html").read_bytes() == (tmp_path / "again.html").read_bytes()


def test_a_notebook_may_not_name_a_file_outside_its_folder(tmp_path: Path) -> None:
    """A notebook is untrusted: it does not choose what is read elsewhere."""
    import nbformat

    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "../secret.yaml"}})
    nbformat.write(notebook, tmp_path / "bad.ipynb")
    tools = Path(sys.executable).parent

    converted = run(str(tools / "jupyter"), "nbconvert", "--to", "nbthreat-register", "bad.ipynb", cwd=tmp_path)

    assert 0 != converted.returncode
    assert "lies outside the notebook's folder" in converted.stderr
    assert not (tmp_path / "bad.html").exists()


def corpus_texts() -> tuple[str, ...]:
    """The names in the hostile corpus beside the checkout that must be shown as they are.

    Of the files that are hostile in their very characters, those that are read.
    """
    texts = []
    for row in bad_inputs.rows():
        folder = row.file.split("/")[0]
        if folder in ("active", "formula") or (folder == "unicode" and row.expect != "reject"):
            drawn = yaml.safe_load((bad_inputs.FOLDER / row.file).read_bytes())
            texts += [element["name"] for element in drawn["elements"]]
    return tuple(texts)


@pytest.fixture(scope="module")
def corpus_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text of the corpus on one published page."""
    if not bad_inputs.FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the hostile corpus must be there in CI")
        pytest.skip("the hostile corpus is not beside this checkout")
    published = tmp_path_factory.mktemp("corpus") / "corpus.html"
    published.write_text(
        page.html(full(assess(hostile_system(corpus_texts()), library(), today=TODAY))), encoding="utf-8"
    )
    return published


def test_the_whole_hostile_corpus_is_shown_as_text(browser: Any, corpus_page: Path) -> None:
    """Every text can be read, and nothing runs or is asked for."""
    texts = corpus_texts()
    opened = browser.new_page()
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(corpus_page.as_uri())

    assert len(texts) > 55
    assert any("\u202e" in text for text in texts)
    assert any("\u2028" in text for text in texts)
    assert [corpus_page.as_uri()] == requests
    assert opened.evaluate("window.__tmw_canary") is None
    assert 0 == opened.locator("script, iframe, object, embed, base, form, img, link, foreignObject").count()
    words = " ".join(opened.inner_text("body").split())
    assert [] == [text for text in texts if " ".join(shown(text).split()) not in words]
    opened.close()


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_serious_in_the_hostile_corpus(browser: Any, corpus_page: Path, width: int) -> None:
    """Whatever things are called, the page stays one that everyone can read."""
    assert [] == seriously_wrong(browser, corpus_page, width)
