"""Safety: whatever happens to kernel, page or line, nothing that was shown as done is lost, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, Line, until

from conftest import Opening
from nbthreat.workbench.editing import Session
from nbthreat.workbench.editing import journal as journals

EDITS = 20


def edit(desk: Desk, names: Iterator[str], count: int = EDITS) -> list[str]:
    """Add elements in the table until `count` of them are shown as done; return their names."""
    made = [next(names) for _ in range(count)]
    for name in made:
        add(desk, name)
    until(lambda: set(made) <= set(desk.names()), "the new elements on the drawing")
    return made


def add(desk: Desk, name: str) -> None:
    """Add one element in the table."""
    field = desk.board().get_by_label("Name of a new element")
    until(lambda: field.input_value() == "", "the row before to be taken")
    field.fill(name)
    kind = desk.board().get_by_role("combobox", name="Technology of a new element")
    kind.fill("Application")
    kind.press("Enter")
    until(lambda: kind.input_value() == "Application", "the technology to be chosen")
    kind.press("Enter")


def numbered(word: str) -> Iterator[str]:
    """Yield names that nothing else has."""
    number = 0
    while True:
        number += 1
        yield f"{word} {number:03}"


def kept(desk: Desk) -> list[str]:
    """Return the names in the file, and those in journals beside it that nobody has taken over yet."""
    names = [element.name for element in desk.system().elements] if desk.file().exists() else []
    for found in journals.left_behind(desk.file()):
        assert found.left is not None, found
        names += [element.name for element in found.left.board.system.elements if element.name not in names]
    return names


def drawn(desk: Desk, word: str) -> list[str]:
    """Return the names on the drawing that begin with `word`, sorted."""
    return [name for name in desk.names() if name.startswith(word)]


@pytest.fixture
def table(chatbot: Desk) -> Desk:
    """The worked chatbot with the table of its elements open."""
    chatbot.table("Elements")
    return chatbot


RESTARTS = {
    "outside": Desk.restart,
    "toolbar": lambda desk: desk.restart_from("notebook:restart-kernel"),
    "menu": lambda desk: desk.restart_from("kernelmenu:restart"),
}


def draw_on(desk: Desk, made: list[str]) -> None:
    """Go on drawing after the cell ran again: what was done before and after is drawn, judged and in the file."""
    assert made == drawn(desk, "Fresh")
    desk.table("Elements")
    later = edit(desk, numbered("Later"), 3)
    desk.connect("assistant", "chat-log")
    desk.select_nothing()
    key = desk.dismiss(0, "Not here")
    until(lambda: key not in desk.cards(), "the card set aside to be gone")
    desk.wait_saved()
    until(
        lambda: made + later == [name for name in kept(desk) if name.startswith(("Fresh", "Later"))], "all in the file"
    )


@pytest.mark.browser_all
@pytest.mark.parametrize("way", RESTARTS)
def test_a_restart_of_the_kernel_loses_nothing_that_was_shown_as_done(table: Desk, way: str) -> None:
    """Twenty edits, the kernel restarted at once, the cell run again: all twenty are there, and drawing goes on."""
    made = edit(table, numbered("Fresh"))
    RESTARTS[way](table)

    table.run()

    draw_on(table, made)


@pytest.mark.browser_all
def test_drawing_goes_on_after_one_restart_after_another(table: Desk) -> None:
    """Also the second time, and the other way then."""
    made: list[str] = []
    names = numbered("Fresh")
    for way in ("outside", "outside", "toolbar"):
        made += edit(table, names, 2)
        RESTARTS[way](table)
        table.run()
        table.table("Elements")

    draw_on(table, made)


@pytest.mark.browser_all
def test_a_board_whose_kernel_was_restarted_says_so_in_words(table: Desk) -> None:
    """Nobody draws on what nobody keeps: the board says what to do, and nothing beside the drawing says *saved*."""
    table.restart()
    _try_to_add(table, "Into nothing")

    table.board().get_by_role("alert").get_by_text("Run the cell again: every acknowledged edit is kept.").wait_for()
    assert "! Not connected" == " ".join(table.save_status().split())


def test_a_board_says_at_once_that_its_kernel_was_restarted(table: Desk) -> None:
    """Nobody has to try: the words are there before anything is done, and after a new run all edits are there."""
    made = edit(table, numbered("Fresh"), 3)
    table.restart_from("kernelmenu:restart")
    words = table.board().get_by_role("alert").get_by_text("Not connected: the kernel restarted.")
    words.wait_for()
    assert "Run the cell again: every acknowledged edit is kept." in words.inner_text()

    table.run()

    table.board().get_by_role("alert").get_by_text("Not connected").wait_for(state="hidden")
    draw_on(table, made)


def test_the_death_of_the_kernel_loses_nothing_that_was_shown_as_done(table: Desk) -> None:
    """Twenty edits, the process killed at once: the file and its journal hold all, and a new run shows them."""
    made = edit(table, numbered("Fresh"))
    table.kill()
    assert made == [name for name in kept(table) if name.startswith("Fresh")]

    table.run()

    draw_on(table, made)
    assert list(journals.left_behind(table.file())) == []


@pytest.mark.browser_all
def test_a_reload_of_the_page_loses_nothing_that_was_shown_as_done(table: Desk) -> None:
    """The kernel goes on: the page shows all that was done, and the file has it."""
    made = edit(table, numbered("Fresh"))

    table.save_notebook()
    table.reload()

    until(lambda: drawn(table, "Fresh") == made, "the edits on the page loaded anew")
    table.wait_saved()
    assert made == [name for name in kept(table) if name.startswith("Fresh")]


@pytest.mark.browser_all
def test_a_second_tab_sees_and_changes_the_same_drawing(opening: Opening, table: Desk) -> None:
    """Twenty edits, half in each tab: both tabs and the file have all of them."""
    table.save_notebook()
    other = opening(context=table.context)
    other.open()
    other.board().locator(".nbt-board").wait_for()
    other.table("Elements")

    made = [*edit(table, numbered("Here"), EDITS // 2), *edit(other, numbered("There"), EDITS // 2)]

    for desk in (table, other):
        until(lambda: drawn(desk, "Here") + drawn(desk, "There") == made, "all edits in both tabs")  # noqa: B023
    table.wait_saved()
    assert made == [name for name in kept(table) if name.startswith(("Here", "There"))]


@pytest.mark.browser_all
def test_a_line_cut_for_seventy_seconds_loses_and_doubles_nothing(opening: Opening) -> None:
    """What is done while the line is cut is kept in the page, said to be so, and sent when the line is whole again."""
    line = Line(opening.server.port)
    try:
        desk = opening("chatbot.yaml", url=line.url).start()
        desk.table("Elements")
        before = edit(desk, numbered("Before"), 5)
        _cut(desk, line)
        during = []
        for name in ("During 001", "During 002", "During 003"):
            _try_to_add(desk, name)
            during.append(name)
        until(lambda: "Line cut" in desk.save_status(), "the board to say that the line is cut")
        desk.page.wait_for_timeout(20_000)
        line.hang_up()  # networks notice in the end
        desk.page.wait_for_timeout(50_000)
        line.mend()
        _reconnect(desk)

        until(lambda: "Line cut" not in desk.save_status(), "the line to be whole again", seconds=60)
        after = edit(desk, numbered("Later"), 5)
        desk.wait_saved()
        names = [name for name in kept(desk) if name.startswith(("Before", "During", "Later"))]
        assert sorted([*before, *during, *after]) == sorted(names)
        until(lambda: set(names) <= set(desk.names()), "all of them on the drawing")
        assert len(desk.nodes()) == len(desk.system().elements)
    finally:
        line.close()


def _cut(desk: Desk, line: Line) -> None:
    desk.wait_saved()
    line.cut()


def _try_to_add(desk: Desk, name: str) -> None:
    """Do something that cannot be acknowledged now: copy nothing, ask nothing, only draw from the palette."""
    desk.board().get_by_label("Name of a new element").fill(name)
    kind = desk.board().get_by_role("combobox", name="Technology of a new element")
    kind.fill("Application")
    kind.press("Enter")
    kind.press("Enter")


def _reconnect(desk: Desk) -> None:
    """Have the notebook look for its kernel, as a person does who sees that it is not connected."""
    desk.command("kernelmenu:reconnect-to-kernel")


@pytest.mark.browser_all
def test_a_hundred_edits_of_two_people_at_once_are_all_kept(opening: Opening) -> None:
    """Two browsers, fifty edits each, turn by turn without waiting; whoever comes later sees what is."""
    first = opening("chatbot.yaml").start()
    first.save_notebook()
    second = opening()
    second.open()
    second.board().locator(".nbt-board").wait_for()
    here, there = numbered("Here"), numbered("There")
    for desk in (first, second):
        desk.table("Elements")
    made: list[str] = []

    for _ in range(50):
        for desk, names in ((first, here), (second, there)):
            made.append(next(names))
            add(desk, made[-1])

    for desk in (first, second):
        until(lambda: set(made) <= set(desk.names()), "a hundred edits in both windows")  # noqa: B023
    first.wait_saved()
    until(lambda: set(made) <= set(kept(first)), "a hundred edits in the file")
    system = first.system()
    names = [element.name for element in system.elements]
    assert len(names) == len(set(names)), "something was doubled"
    late = opening()
    late.open()
    late.board().locator(".nbt-board").wait_for()
    assert sorted(names) == late.names()
    for desk in (first, second):
        assert sorted(names) == desk.names()


@pytest.mark.browser_all
def test_two_people_changing_the_same_thing_see_the_same_in_the_end(opening: Opening) -> None:
    """Renames, moves and deletions of the same elements in two windows: no window shows what the other does not."""
    first = opening("chatbot.yaml").start()
    first.save_notebook()
    second = opening()
    second.open()
    second.board().locator(".nbt-board").wait_for()

    for number in range(5):
        first.rename("assistant", f"Assistant {number}")
        _nudge(second, "assistant")
        _nudge(first, "retriever")
        second.rename("retriever", f"Finder {number}")
    first.remove("editors")
    until(lambda: "editors" not in second.nodes(), "the deletion in the other window")
    second.canvas()
    second.press("Control+z")
    until(lambda: "editors" in first.nodes(), "what the other window took back")

    first.wait_saved()
    until(lambda: first.names() == second.names(), "the same names in both windows")
    assert sorted(element.name for element in first.system().elements) == first.names()
    until(lambda: _places(first) == _places(second), "the same places in both windows")


def _nudge(desk: Desk, id: str) -> None:
    desk.press("Escape")
    desk.node(id).focus()
    desk.press("ArrowLeft", "ArrowUp")


def _places(desk: Desk) -> Any:
    boxes = desk.board().locator(".react-flow__node")
    return boxes.evaluate_all("all => all.map(one => [one.dataset.id, one.style.transform]).sort()")


@pytest.mark.browser_all
def test_the_file_can_be_opened_by_python_while_it_is_edited(table: Desk) -> None:
    """A reading from outside, at any moment, is a whole drawing: never half a file."""
    names = numbered("Fresh")
    seen: list[int] = []
    for _ in range(6):
        edit(table, names, 1)
        seen.append(len(table.system().elements))
    table.wait_saved()

    assert seen == sorted(seen)
    assert len(Session.open(_copy(table.file())).system.elements) == 15 + 6


def _copy(path: Path) -> Path:
    copy = path.with_name("copy-of-it.yaml")
    copy.write_bytes(path.read_bytes())
    return copy
