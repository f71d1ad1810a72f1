"""Collaboration: the same with jupyter-collaboration, where the notebook itself is shared and not only the kernel."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk, Server, folders, until

from conftest import Opening, absent, skip_or_fail

pytestmark = pytest.mark.browser_all
EACH = 5


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[tuple[Desk, Desk]]:
    """Two people at one notebook, in windows of their own: the first ran its cell, the second only opened it."""
    missing = absent() or ("" if importlib.util.find_spec("jupyter_server_ydoc") else "jupyter-collaboration")
    if missing:
        skip_or_fail(missing)
    server = Server(tmp_path_factory.mktemp("collaborative"), collaborative=True)
    try:
        opening = Opening(server, chromium, next(folders(server.root)))
        item = opening("chatbot.yaml").start()
        other = opening().open()
        other.board().locator(".nbt-board").wait_for()
        yield item, other
        opening.close()
    finally:
        server.stop()


def test_the_notebook_itself_is_shared(two: tuple[Desk, Desk]) -> None:
    """What one types in a cell stands in the other's: without it the rest here would show nothing new."""
    item, other = two
    item.enter(0)
    item.press("Control+End")
    item.page.keyboard.type("  # for both")

    until(lambda: "# for both" in other.cells()[0], "what was typed in the other window")


def test_who_comes_later_sees_the_board_without_running_anything(two: tuple[Desk, Desk]) -> None:
    """Once: the still picture is hidden in this window too."""
    item, other = two

    assert item.nodes() == other.nodes()
    assert [1, 1] == [here.page.locator(".nbt").count() for here in two]
    assert [0, 0] == [here.page.get_by_role("img", name="Assistant").count() for here in two]


def test_edits_in_both_windows_are_seen_in_both_and_none_is_lost(two: tuple[Desk, Desk]) -> None:
    """Turn by turn; the file has all of them, and nothing twice."""
    item, other = two
    for number in range(EACH):
        item.draw("Agent", f"One {number}")
        other.draw("Tool", f"Other {number}")
    drawn = {f"{who} {number}" for who in ("One", "Other") for number in range(EACH)}

    for here in two:
        until(lambda here=here: drawn <= set(here.names()), "all edits in both windows")
        here.wait_saved()
    assert drawn <= {element.name for element in item.system().elements}
    assert 15 + 2 * EACH == len(item.system().elements)


def test_a_step_of_one_is_taken_back_by_the_other(two: tuple[Desk, Desk]) -> None:
    """One history for one drawing."""
    item, other = two
    item.rename("assistant", "Renamed by one")
    until(lambda: "Renamed by one" in other.names(), "the name in the other window")
    other.canvas()
    other.press("Control+z")

    until(lambda: "Assistant" in item.names(), "the undoing in the first window")
