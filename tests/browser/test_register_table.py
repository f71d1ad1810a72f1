"""The register as a table: sorted, filtered, edited and decided by keyboard, alone and beside the drawing."""

from __future__ import annotations

from typing import Any

import pytest
from desk import WORKBENCH, Desk, until
from test_seeing import SMALLEST, faults, look

from conftest import Opening
from nbthreat.decisions.register import Register, Treatment, read_register

ALONE = 'import nbthreat\nnbthreat.RegisterTable("chatbot.yaml")'
BESIDE = """from traitlets import link
import nbthreat
bench = nbthreat.Workbench("chatbot.yaml")
table = nbthreat.RegisterTable(bench)
linked = link((bench, "selection"), (table, "selection"))
"""
COLUMNS = ("Finding", "Number", "State", "Inherent", "Current", "Residual", "Standing", "Treatment", "Who sees to it")


@pytest.fixture
def alone(opening: Opening) -> Desk:
    """A desk with the register of the worked chatbot in a cell of its own, and no drawing."""
    desk = opening("chatbot.yaml").start(ALONE)
    until(lambda: lines(desk), "the lines of the register")
    return desk


def lines(desk: Desk, board: int = 0) -> list[str]:
    """Return the keys of the lines drawn, from the top."""
    found = desk.board(board).locator("[data-line]")
    return list(found.evaluate_all("all => all.map(one => one.dataset.line)"))


def texts(desk: Desk, column: str) -> list[str]:
    """Return what the cells of a column say, from the top."""
    place = COLUMNS.index(column) + 1
    return list(desk.board().locator(f'[data-line] [data-column="{place}"]').all_inner_texts())


def cell(desk: Desk, line: int, column: str, board: int = 0) -> Any:
    """Return a cell."""
    place = COLUMNS.index(column) + 1
    return desk.board(board).locator("[data-line]").nth(line).locator(f'[data-column="{place}"]')


def into(desk: Desk) -> None:
    """Go into the grid with Tab, to the finding of its first line."""
    desk.board().get_by_role("searchbox").focus()
    first = cell(desk, 0, "Finding").inner_text()
    desk.tab_to(first, most=20)


def kept(desk: Desk) -> Register:
    """Return the register as it is on disk."""
    return read_register(desk.file(), id="chatbot").value


def shown(desk: Desk, words: str, board: int = 0) -> None:
    """Wait until the register says so."""
    desk.board(board).get_by_text(words).first.wait_for()


def test_a_line_is_decided_in_its_cells_by_keyboard_alone(alone: Desk) -> None:
    """Enter edits a cell, Enter keeps it; what makes no decision yet says what is needed."""
    key = lines(alone)[0]
    into(alone)
    alone.press(*["ArrowRight"] * 7, "Enter")
    alone.board().get_by_role("combobox", name="Treatment, ").wait_for()
    alone.press("m", "Tab")
    shown(alone, "still needed: who sees to it, why")
    assert () == kept(alone).decisions

    alone.press("Enter")
    alone.page.keyboard.type("Platform team")
    alone.press("Tab", "ArrowRight", "F2")
    alone.page.keyboard.type("Strangers cannot reach it.")
    alone.press("Enter")
    until(lambda: kept(alone).decisions, "the decision on disk")

    (decision,) = kept(alone).decisions
    assert (key, Treatment.MITIGATE, "Platform team") == (decision.key, decision.treatment, decision.owner)
    until(lambda: texts(alone, "Number")[0] == "R-001", "the number")
    assert lines(alone)[1] == alone.page.evaluate("document.activeElement.closest('tr').dataset.line")

    alone.press("Control+z")
    until(lambda: texts(alone, "Number")[0] == "", "the undoing")
    until(lambda: not kept(alone).decisions, "the undoing on disk")
    assert ["decided", "undone"] == [entry.act for entry in kept(alone).log]


def test_escape_leaves_a_cell_as_it_was(alone: Desk) -> None:
    into(alone)
    alone.press(*["ArrowRight"] * 8, "Enter")
    alone.page.keyboard.type("Nobody")
    alone.press("Escape")

    assert "" == cell(alone, 0, "Who sees to it").inner_text().strip()
    assert () == kept(alone).decisions
    assert "9" == alone.page.evaluate("document.activeElement.dataset.column")


def test_it_is_sorted_and_filtered_by_keyboard(alone: Desk) -> None:
    everything = int(alone.board().get_by_role("grid").get_attribute("aria-rowcount")) - 1
    into(alone)
    alone.press("ArrowUp", *["ArrowRight"] * 4, "Enter", "Enter")  # to "Current", twice
    header = alone.board().locator('th[aria-sort="descending"]')
    header.wait_for()
    ranks = [("VL", "L", "M", "H", "VH").index(text.split()[0]) for text in texts(alone, "Current")]
    assert "Current" == header.inner_text().split()[0]
    assert sorted(ranks, reverse=True) == ranks
    assert len(set(ranks)) > 1

    alone.board().get_by_role("searchbox").focus()
    alone.page.keyboard.type("ASSISTANT model")
    until(lambda: 0 < len(lines(alone)) < len(ranks), "fewer lines")
    assert [] == [text for text in texts(alone, "Finding") if not {"assistant", "model"} <= words(text)]
    shown(alone, f"{len(lines(alone))} of {everything} lines shown")
    alone.press("Escape")
    shown(alone, f"{everything} of {everything} lines shown")


def words(text: str) -> set[str]:
    """Return the searched words that a finding holds."""
    return {word for word in ("assistant", "model") if word in text.lower()}


def test_several_are_decided_in_one_step_beside_the_drawing_and_undone_there(opening: Opening) -> None:
    """Both share one session: what is selected here is selected there, and the drawing's undo takes it back."""
    desk = opening("chatbot.yaml").start(BESIDE + "bench", "table")
    desk.board(1).get_by_role("grid").wait_for()
    cell(desk, 0, "Finding", 1).focus()
    desk.press("Shift+ArrowDown", "Shift+ArrowDown")
    shown(desk, "3 lines selected", 1)
    keys = lines(desk, 1)[:3]
    places = sorted({key.split("@")[1] for key in keys})
    chosen = "all => all.map(one => one.dataset.id).sort()"
    drawn = desk.board(0).locator(".react-flow__node.selected, .react-flow__edge.selected")
    until(lambda: set(drawn.evaluate_all(chosen)) <= set(places) and drawn.count(), "the same on the drawing")

    desk.board(1).get_by_role("button", name="Decide about 3 together …").click()
    form = desk.board(1).get_by_role("form", name="Decide about 3 lines together")
    form.get_by_role("radio", name="Transfer").check()
    form.get_by_label("Who sees to it").fill("Supplier desk")
    form.get_by_label("Why", exact=True).fill("Held by contract.")
    form.get_by_role("radio", name="3 decisions in the same words").check()
    desk.press("Enter")
    until(lambda: 3 == len(kept(desk).decisions), "three decisions on disk")
    assert keys == [decision.key for decision in kept(desk).decisions]
    assert ["R-001", "R-002", "R-003"] == [decision.number for decision in kept(desk).decisions]

    assert "Decide to transfer: 3 findings" == desk.undo_name()
    desk.canvas()
    desk.press("Control+z")
    until(lambda: not kept(desk).decisions, "the undoing on disk")
    until(lambda: not cell(desk, 0, "Number", 1).inner_text().strip(), "the undoing in the table")
    assert ["decided"] * 3 + ["undone"] == [entry.act for entry in kept(desk).log]


def test_what_is_selected_on_the_drawing_narrows_the_lines(opening: Opening) -> None:
    desk = opening("chatbot.yaml").start(BESIDE + "bench", "table")
    desk.board(1).get_by_role("grid").wait_for()
    desk.node("assistant").click()

    desk.board(1).get_by_role("checkbox", name="Only at what is selected").check()

    until(lambda: {key.split("@")[1] for key in lines(desk, 1)} == {"assistant"}, "the lines at the assistant")


@pytest.fixture(scope="module")
def table(opening_once: Opening) -> Desk:
    """One register for all looks: they change nothing in it."""
    desk = opening_once("chatbot.yaml").start(ALONE)
    desk.board().get_by_role("grid").wait_for()
    return desk


@pytest.mark.parametrize("name", ["light", "dark", "forced colours"])
def test_axe_finds_nothing_serious_in_the_register(table: Desk, name: str) -> None:
    """With lines selected, the form open and a cell being edited."""
    look(table, name)
    board = table.board()
    board.get_by_role("checkbox", name="Select all lines shown").check()
    board.get_by_role("button", name="together …").click()
    board.get_by_role("form").get_by_text("What remains, the plan").click()
    cell(table, 1, "Treatment").focus()
    table.press("Enter")
    table.rest()

    assert [] == faults(table)

    table.press("Escape")
    board.get_by_role("form").get_by_role("button", name="Cancel").click()
    board.get_by_role("button", name="Select nothing").click()


def test_targets_of_the_register_are_large_enough(table: Desk) -> None:
    table.board().get_by_role("checkbox", name="Select all lines shown").check()
    found = table.board().locator(":is(button, input, select):visible")
    sizes = found.evaluate_all(
        "all => all.map(one => [one.getBoundingClientRect(), one.ariaLabel || one.textContent, one.closest('label')])"
        ".map(([box, name, label]) => [label ? label.getBoundingClientRect() : box, name])"
        ".map(([box, name]) => [Math.min(box.width, box.height), name])"
    )
    assert [] == [(size, name) for size, name in sizes if size < SMALLEST]
    table.board().get_by_role("button", name="Select nothing").click()


def test_the_head_of_the_register_stands_over_its_columns(table: Desk) -> None:
    """Its box over those of the lines, and itself over a cell whose whole text is shown; that text does not jump."""
    board = table.board()
    boxes = board.locator('[data-column="0"] input').evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().x)"
    )
    text = cell(table, 0, "Finding").locator(".nbt-cell")
    where = """one => { const range = document.createRange(); range.selectNodeContents(one);
        const { x, y } = range.getBoundingClientRect(); return [x, y]; }"""
    before = text.evaluate(where)
    cell(table, 0, "Finding").focus()

    assert len(boxes) > 2
    assert max(boxes) - min(boxes) < 0.5
    assert before == pytest.approx(text.evaluate(where), abs=0.5)
    layers = [
        int(item.evaluate("one => getComputedStyle(one).zIndex"))
        for item in (board.locator('thead [data-column="2"]'), cell(table, 0, "Finding"))
    ]
    assert layers[0] > layers[1]


def test_the_register_beside_the_drawing_is_the_same(opening: Opening) -> None:
    """In its tab of the workbench; a line that is not kept yet is still there after another tab."""
    desk = opening("chatbot.yaml").start(WORKBENCH.format(name="chatbot.yaml"))
    desk.side("Register")
    cell(desk, 0, "Who sees to it").focus()
    desk.press("Enter")
    desk.page.keyboard.type("Platform team")
    desk.press("Enter")
    shown(desk, "1 line not kept yet")
    desk.side("Cards")
    desk.side("Register")

    shown(desk, "1 line not kept yet")
    assert "Platform team" == cell(desk, 0, "Who sees to it").inner_text().strip()
