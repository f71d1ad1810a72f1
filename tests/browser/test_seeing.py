"""Seeing: light, dark, forced colours, enlarged, without motion; what a machine can tell of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk, until

from conftest import Opening

SMALLEST = 24.0
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "reduced motion": {"reduced_motion": "reduce"},
}
VIEWS = ("cards", "questions", "properties", "table", "help", "start")


@pytest.fixture(scope="module")
def board(opening_once: Opening) -> Iterator[Desk]:
    """One board for all looks: they change nothing on it."""
    return opening_once("chatbot.yaml").start()


def look(desk: Desk, name: str) -> None:
    """Have the page look so, in the theme of JupyterLab that goes with it."""
    plain = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}
    desk.page.emulate_media(**{**plain, **LOOKS.get(name, {})})
    theme = "JupyterLab Dark" if name == "dark" else "JupyterLab Light"
    light = "false" if name == "dark" else "true"
    if desk.page.evaluate("document.body.dataset.jpThemeLight") != light:
        desk.command("apputils:change-theme", theme=theme)
        until(lambda: desk.page.evaluate("document.body.dataset.jpThemeLight") == light, f"the theme {theme}")
    until(lambda: desk.board().get_attribute("data-theme") == ("dark" if name == "dark" else "light"), "the theme here")
    desk.rest()


def show(desk: Desk, view: str) -> None:
    """Show a part of the board."""
    if view in ("cards", "questions", "properties"):
        if view == "properties":
            desk.node("assistant").click()
        desk.side(view.capitalize())
        if view == "cards":
            desk.card().wait_for()
    elif view == "table":
        desk.table("Elements")
    elif view == "publish":
        desk.side("History")
        desk.board().get_by_role("button", name="Publish").click()
    elif view == "help":
        desk.board().get_by_role("button", name="Keys and help").click()
        desk.board().get_by_role("dialog").wait_for()


def unshow(desk: Desk, view: str) -> None:
    """Put that part away again."""
    if view == "table":
        desk.board().get_by_role("button", name="Table of elements and flows").click()
    elif view == "publish":
        desk.press("Escape")
    elif view == "help":
        desk.press("Escape")
        desk.board().get_by_role("dialog").wait_for(state="detached")


def faults(desk: Desk) -> list[tuple[str, str, list[str]]]:
    """Return what axe finds serious or critical inside the board."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(desk.page, context=".nbt", options=options).response["violations"]
    return [
        (item["id"], item["impact"], [node["html"][:160] for node in item["nodes"][:3]])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("view", ["cards", "questions", "properties", "table", "help", "publish"])
@pytest.mark.parametrize(
    "name",
    [
        "light",
        "dark",
        pytest.param("forced colours", marks=pytest.mark.browser_all),
        pytest.param("reduced motion", marks=pytest.mark.browser_all),
    ],
)
def test_axe_finds_nothing_serious_on_the_board(board: Desk, name: str, view: str) -> None:
    """In every look and every part."""
    look(board, name)
    show(board, view)
    try:
        assert [] == faults(board)
    finally:
        unshow(board, view)


@pytest.mark.browser_all
def test_axe_finds_nothing_serious_on_the_first_screen(opening: Opening) -> None:
    """Where one begins."""
    desk = opening().start("import nbthreat\nnbthreat.Workbench()")
    for summary in desk.board().locator(".nbt-start summary").all():
        summary.click()

    assert [] == faults(desk)
    assert [] == small(desk)


@pytest.mark.browser_all
def test_axe_would_notice_a_fault(board: Desk) -> None:
    """A button without a name is found: the tests above can fail."""
    look(board, "light")
    board.page.evaluate(
        "document.querySelector('.nbt-status').insertAdjacentHTML('beforeend', '<button id=bad></button>')"
    )
    try:
        assert "button-name" in [fault[0] for fault in faults(board)]
    finally:
        board.page.evaluate("document.getElementById('bad').remove()")


def small(desk: Desk) -> list[str]:
    """Return the buttons and fields that are smaller than a finger can hit, and no line of text."""
    return list(
        desk.page.evaluate(
            """least => [...document.querySelectorAll('.nbt :is(button, input, select, textarea, summary, [role=tab])')]
              .filter(one => {
                const box = one.getBoundingClientRect();
                if (!box.width || !box.height || getComputedStyle(one).visibility === 'hidden') return false;
                const label = one.matches('input[type=radio], input[type=checkbox]') && one.closest('label, td, th');
                const hit = label ? label.getBoundingClientRect() : box;
                const inText = one.matches('.nbt-link') && one.closest('p, li');
                return !inText && (hit.width < least - 0.5 || hit.height < least - 0.5);
              }).map(one => one.outerHTML.slice(0, 120))""",
            SMALLEST,
        )
    )


@pytest.mark.parametrize("view", ["cards", "questions", "properties", "table", "help", "publish"])
def test_every_button_and_field_can_be_hit(board: Desk, view: str) -> None:
    """At least 24 by 24 pixels, but for words within a sentence."""
    look(board, "light")
    show(board, view)
    try:
        assert [] == small(board)
    finally:
        unshow(board, view)


LOOKS_OF = """one => [one, ...one.querySelectorAll('*')].slice(0, 30).map(each => { const s = getComputedStyle(each);
  return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.stroke, s.strokeWidth, s.fill,
          s.backgroundColor, s.textDecoration].join('|'); }).join('\\n')"""
"""How something and what is in it look, as far as a focus may show in it."""


@pytest.mark.parametrize(
    "name", ["light", *(pytest.param(item, marks=pytest.mark.browser_all) for item in ("dark", "forced colours"))]
)
def test_whatever_has_the_focus_shows_it(board: Desk, name: str) -> None:
    """Each control looks otherwise with the keyboard's focus than without."""
    look(board, name)
    show(board, "cards")
    board.board().locator(".nbt-toolbar button").nth(1).focus()
    unseen, count = [], 0
    for _ in range(60):
        board.press("Tab")
        here = board.page.evaluate_handle("document.activeElement")
        if not board.page.evaluate("!!document.activeElement.closest('.nbt')"):
            break
        board.page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
        seen = here.as_element().evaluate(LOOKS_OF)
        here.as_element().evaluate("one => one.blur()")
        board.page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
        if here.as_element().evaluate(LOOKS_OF) == seen:
            unseen.append(here.as_element().evaluate("one => one.outerHTML.slice(0, 120)"))
        here.as_element().evaluate("one => one.focus({ focusVisible: true })")
        count += 1

    assert count > 20
    assert [] == unseen


@pytest.mark.parametrize(("width", "height"), [(700, 500), pytest.param(640, 900, marks=pytest.mark.browser_all)])
def test_at_twice_the_size_nothing_is_cut_off(board: Desk, width: int, height: int) -> None:
    """A window of half the pixels is what 200 % leaves: nothing but the drawing reaches out of it sideways."""
    before = board.page.viewport_size
    board.page.set_viewport_size({"width": width, "height": height})
    try:
        show(board, "cards")
        board.rest()
        assert [] == cut_off(board)
    finally:
        board.page.set_viewport_size(before)


def test_at_the_usual_size_nothing_is_cut_off(board: Desk) -> None:
    """In JupyterLab with its side bar open, on a screen of 1400 pixels."""
    show(board, "cards")
    assert [] == cut_off(board)


@pytest.mark.parametrize("width", [1280, 1000, 700])
def test_the_tabs_beside_the_drawing_stand_in_one_line(board: Desk, width: int) -> None:
    """In whatever font the machine has; the last one is reached with the keys and in view."""
    before = board.page.viewport_size
    board.page.set_viewport_size({"width": width, "height": 720})
    try:
        show(board, "cards")
        board.rest()
        tabs = board.board().get_by_role("tablist", name="About the drawing")
        boxes = [item.bounding_box() for item in tabs.get_by_role("tab").all()]
        assert 1 == len({box["y"] for box in boxes})
        assert min(box["height"] for box in boxes) >= SMALLEST
        assert min(box["width"] for box in boxes) >= SMALLEST
        tabs.get_by_role("tab").first.focus()
        board.press("ArrowLeft")
        assert "History" == board.focused()
        here, frame = tabs.get_by_role("tab").last.bounding_box(), tabs.bounding_box()
        assert here["x"] + here["width"] <= frame["x"] + frame["width"] + 1
    finally:
        board.page.set_viewport_size(before)
        show(board, "cards")


def cut_off(desk: Desk) -> list[str]:
    """Return the controls and texts that reach out of the board or out of a part of it that does not scroll."""
    return list(
        desk.page.evaluate(
            """() => { const root = document.querySelector('.nbt').getBoundingClientRect();
              return [...document.querySelectorAll('.nbt :is(button, input, select, h2, h3, p)')].filter(one => {
                if (one.closest('.nbt-canvas, [aria-hidden=true], .nbt-hidden, .nbt-table-wrap')) return false;
                const box = one.getBoundingClientRect();
                if (!box.width || !box.height || getComputedStyle(one).visibility === 'hidden') return false;
                return box.right > root.right + 1 || box.left < root.left - 1;
              }).map(one => one.outerHTML.slice(0, 100)); }"""
        )
    )


def test_nothing_moves_where_no_motion_is_wanted(board: Desk) -> None:
    """With reduced motion neither a lit path nor a notice is animated."""
    look(board, "reduced motion")
    show(board, "cards")
    board.card().locator(".nbt-threat-title").click()
    board.rest()
    running = """document.getAnimations().filter(one => one.effect?.target?.closest?.('.nbt')
      && one.effect.getComputedTiming().duration > 10).length"""

    assert 0 == board.page.evaluate(running)
