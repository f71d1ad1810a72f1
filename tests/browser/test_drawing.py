"""Drawing: in three clicks, with the keyboard alone, with a way back, with keys that stay where they belong."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from desk import SYSTEMS, WORKBENCH, Desk, until

from conftest import Opening
from nbthreat.decisions.register import read_register

BLANK = "import nbthreat\nnbthreat.Workbench()"
PARTS = (
    ("End user", "Visitors"),
    ("Application", "Shop"),
    ("Hosted LLM", "Model"),
    ("Retriever", "Finder"),
    ("Vector store", "Vectors"),
    ("Knowledge base", "Articles"),
    ("Agent", "Helper"),
    ("MCP server", "Tools"),
    ("Guardrail", "Guard"),
    ("Client", "Page"),
)


def test_three_clicks_lead_from_nothing_to_a_card_that_means_something(opening: Opening) -> None:
    """An empty folder, a starter chosen, and the first card names parts that are drawn."""
    desk = opening().start(BLANK)
    clicks = 0
    assert 0 == desk.board().locator(".nbt-threat").count()

    desk.board().locator(".nbt-starters button").first.click()
    clicks += 1

    desk.card().wait_for()
    because = desk.card().locator("p").nth(1).inner_text()
    assert clicks <= 3
    assert [name for name in desk.names() if name in because], f"names no part: {because}"


@pytest.mark.browser_all
def test_ten_elements_are_drawn_and_connected_on_the_canvas_with_the_keyboard_alone(opening: Opening) -> None:
    """From the blank drawing on, nothing but keys: `/` finds, Enter adds and names, `c` and Tab connect."""
    desk = opening().start(BLANK)
    _begin_blank(desk)

    desk.tab_to("Drawing of")
    for part, name in PARTS:
        desk.press("/")
        desk.board().locator(".nbt-palette-search:focus").wait_for()
        desk.page.keyboard.type(part)
        desk.press("Enter")
        desk.name(name)
    desk.board().get_by_role("button", name="Tidy").wait_for()
    desk.tab_to("Visitors", key="Shift+Tab")
    for (_, _source), (_, target) in pairwise(PARTS):
        desk.press("Escape")
        desk.board().locator(".nbt-status", has_not_text="selected").wait_for()
        desk.press("c", "Tab")
        desk.board().locator(".nbt-connecting", has_text=f" to {target}:").wait_for()
        desk.press("Enter")
        desk.board().locator(".nbt-status", has_text="1 selected").wait_for()  # the new flow
        desk.wait_saved()
    _settled(desk)

    _ten_and_nine(desk)


@pytest.mark.browser_all
def test_ten_elements_are_drawn_and_connected_in_the_table_with_the_keyboard_alone(opening: Opening) -> None:
    """The same drawing row by row: name, what it is, Enter; from, to, Enter."""
    desk = opening().start(BLANK)
    _begin_blank(desk)

    desk.tab_to("Table of elements and flows")
    desk.press("Enter")
    desk.board().locator(".nbt-sheet").wait_for()
    desk.tab_to("Name of a new element")
    for number, (part, name) in enumerate(PARTS, 1):
        desk.page.keyboard.type(name)
        desk.press("Tab")
        desk.page.keyboard.type(part)
        desk.press("Enter", "Enter")
        desk.board().locator(".nbt-sheet caption", has_text=f"Elements: {number}").wait_for()
        desk.press("Shift+Tab")
    desk.tab_to(re.compile(r"Elements \(10\)"), key="Shift+Tab")
    desk.press("ArrowRight")
    desk.board().locator(".nbt-sheet caption", has_text="Flows: 0").wait_for()
    desk.tab_to("Where a new flow comes from")
    for number, ((_, source), (_, target)) in enumerate(pairwise(PARTS), 1):
        desk.page.keyboard.type(source)
        desk.press("Enter", "Tab")
        desk.page.keyboard.type(target)
        desk.press("Enter", "Enter")
        desk.board().locator(".nbt-sheet caption", has_text=f"Flows: {number}").wait_for()
        desk.press("Shift+Tab")
    _settled(desk)

    _ten_and_nine(desk)


def _begin_blank(desk: Desk) -> None:
    desk.press("Escape")
    desk.page.locator(".nbt").focus()
    desk.tab_to("Blank drawing")
    desk.press("Enter")
    desk.board().locator(".nbt-canvas-empty").wait_for()


def _settled(desk: Desk) -> None:
    desk.wait_saved()


def _ten_and_nine(desk: Desk) -> None:
    (path,) = [path for path in desk.folder.glob("*.yaml") if not path.name.endswith(".register.yaml")]
    until(lambda: len(desk.system(path.name).flows) == 9, "nine flows in the file")
    system = desk.system(path.name)
    labels = {element.id: element.name for element in system.elements}
    assert [name for _, name in PARTS] == [element.name for element in system.elements]
    assert [(source, target) for (_, source), (_, target) in pairwise(PARTS)] == [
        (labels[flow.source], labels[flow.target]) for flow in system.flows
    ]


@pytest.mark.parametrize("where", ["lab", "notebooks"])
def test_keys_pressed_on_the_drawing_never_reach_the_cells(opening: Opening, where: str) -> None:
    """Keys that add, delete or move cells in JupyterLab and in Notebook do none of it here."""
    desk = opening("chatbot.yaml").start(where=where)
    cells = desk.cells()
    desk.canvas()

    desk.press("a", "Escape", "b", "d", "d", "x", "m", "y", "z", "ArrowUp", "ArrowDown", "Shift+ArrowDown", "i", "i")
    desk.press("Escape", "Escape")
    desk.node("assistant").focus()
    desk.press("ArrowRight", "ArrowDown", "j", "k", "v", "d", "d", "Delete")
    until(lambda: "assistant" not in desk.nodes(), "the deletion")
    desk.side("Questions")
    desk.board().locator(".nbt-workbench-side [role=tab]").first.focus()
    desk.press("b", "a", "d", "d", "Escape", "Escape", "b")
    desk.wait_saved()

    assert cells == desk.cells()
    assert 0 == desk.page.locator(".jp-Dialog").count()


@pytest.mark.browser_all
def test_a_key_leak_would_be_noticed(chatbot: Desk) -> None:
    """The same keys do change the cells where the notebook has the focus: the test above can fail."""
    cells = chatbot.cells()
    chatbot.enter(0)

    chatbot.press("Escape", "b")

    until(lambda: len(chatbot.cells()) == len(cells) + 1, "a new cell")


@pytest.mark.browser_all
def test_two_boards_do_not_hear_each_others_keys(opening: Opening) -> None:
    """Delete takes away in the drawing that has the focus, and nothing in the other."""
    desk = opening("chatbot.yaml", "fraud-detection.yaml")
    desk.start(WORKBENCH.format(name="chatbot.yaml"), WORKBENCH.format(name="fraud-detection.yaml"))
    first, second = desk.nodes(0), desk.nodes(1)
    desk.node(first[0], 0).focus()
    desk.press("Space")
    until(lambda: "1 selected" in desk.board(0).locator(".nbt-status").inner_text(), "a selection")

    desk.node(second[1], 1).focus()
    desk.press("Delete")
    until(lambda: second[1] not in desk.nodes(1), "the deletion")

    assert first == desk.nodes(0)
    assert [second[0], *second[2:]] == desk.nodes(1)
    desk.press("/")
    desk.board(1).locator(".nbt-palette-search:focus").wait_for()
    desk.wait_saved(1)
    assert (SYSTEMS / "chatbot.yaml").read_bytes() == desk.file().read_bytes()


@pytest.mark.browser_all
def test_escape_leaves_the_drawing_and_tab_walks_on(chatbot: Desk) -> None:
    """No trap: Escape goes out of the selection, then out of the drawing; Tab goes on to what follows."""
    chatbot.node("assistant").focus()
    chatbot.press("Space", "Escape", "Escape")

    assert not chatbot.page.evaluate("!!document.activeElement.closest('.nbt-canvas')")
    inside = "!!document.activeElement.closest('.nbt')"
    assert chatbot.page.evaluate(inside)
    for _ in range(400):
        chatbot.press("Tab")
        if not chatbot.page.evaluate(inside):
            return
    pytest.fail("Tab never leaves the board")


def test_twenty_steps_of_every_kind_and_twenty_undos_leave_the_drawing_as_it_was(opening: Opening) -> None:
    """Draw, rename, answer, decide, set aside, delete, paste, align, tidy: each has a way back.

    The drawing's file is the same to the byte. So are the decisions; only the log of the register keeps what was said.
    """
    desk = opening("chatbot.yaml").write()
    _with_remarks(desk)
    drawing, register = desk.file().read_bytes(), read_register(desk.file(), id="chatbot").value
    desk.open().run()
    done = _do_twenty(desk)
    desk.wait_saved()
    assert 20 == done
    assert drawing != desk.file().read_bytes()
    assert register.decisions != read_register(desk.file(), id="chatbot").value.decisions

    desk.canvas()
    for left in range(done, 0, -1):
        name = desk.undo_name()
        assert name != "Nothing to undo", f"{left} steps have no way back"
        desk.press("Control+z")
        until(lambda: _status(desk)[1] == f"Redo: {name}", f"the undoing of {name}")  # noqa: B023
    desk.wait_saved()

    assert "Nothing to undo" == desk.undo_name()
    until(lambda: drawing == desk.file().read_bytes(), "the drawing as it was")
    after = read_register(desk.file(), id="chatbot").value
    assert (register.decisions, register.set_aside) == (after.decisions, after.set_aside)
    assert len(after.log) > len(register.log)


def _status(desk: Desk) -> tuple[str, str]:
    tools = desk.board().locator(".nbt-toolbar [aria-label]")
    labels = tools.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    undo = next(label for label in labels if label.startswith(("Undo", "Nothing to undo")))
    redo = next(label for label in labels if label.startswith(("Redo", "Nothing to redo")))
    return undo, redo


def _with_remarks(desk: Desk) -> None:
    """Give the drawing a register with a decision in it, and remarks of a person in both files."""
    system = desk.file()
    system.write_text(system.read_text("utf-8") + "\n# A remark at the end.\n", encoding="utf-8")
    desk.file("chatbot.register.yaml").write_text(
        "# What we decided, and why.\nnbthreat: 1\nsystem: chatbot\ndecisions:\n"
        "  - key: overreliance@chatbot\n    treatment: mitigate   # agreed in May\n    owner: Product team\n"
        "    rationale: A notice under each answer.\n    on: 2026-05-04\n",
        encoding="utf-8",
    )


def _do_twenty(desk: Desk) -> int:
    """Do twenty things of many kinds through what is on the screen; return how many steps there are to take back."""
    steps = _Counter(desk)
    made = steps.count(2, lambda: desk.draw("Vector store", "Second index"))  # drawn, then named
    steps.count(1, lambda: desk.rename("assistant", "Our assistant"))
    steps.count(1, lambda: desk.connect("assistant", made))
    steps.count(1, lambda: _nudge(desk, "retriever"))
    steps.count(1, lambda: desk.remove("chat-log"))
    steps.count(1, lambda: _copy_paste(desk, "embedder"))
    steps.count(1, lambda: _click(desk, "Tidy: arrange the whole drawing"))
    steps.count(1, lambda: _duplicate(desk, "index"))
    desk.select_nothing()
    steps.count(1, lambda: desk.dismiss(1, "Nobody outside can word anything here"))
    steps.count(1, lambda: _decide(desk, 0))
    desk.side("Questions")
    for _ in range(3):
        steps.count(1, lambda: _answer(desk))
    table = desk.table("Elements")
    steps.count(1, lambda: _cell(desk, "Name of Our assistant", "The assistant"))
    steps.count(1, lambda: _cell(desk, "x of The assistant", "125"))
    steps.count(1, table.get_by_role("button", name=re.compile("^Delete Builders$")).click)
    desk.table("Assets")
    steps.count(1, lambda: _cell(desk, "Name of Chats", "Chats kept"))
    steps.count(1, lambda: _click_first(desk, '.nbt-sheet [aria-label="Copy Answers"]'))
    desk.table("Flows")
    steps.count(1, lambda: _click_first(desk, '.nbt-sheet [aria-label^="Delete "]'))
    return steps.number


def _click_first(desk: Desk, selector: str) -> None:
    desk.board().locator(selector).first.click()


class _Counter:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = 0

    def count(self, steps: int, do: Any) -> Any:
        """Do something that is `steps` steps, and wait for the last to have changed what the next undo takes back."""
        name = self.desk.undo_name()
        made = do()
        until(lambda: self.desk.undo_name() != name, f"a step after {name}")
        self.number += steps
        return made


def _nudge(desk: Desk, id: str) -> None:
    name = desk.undo_name()
    desk.node(id).focus()
    desk.press("ArrowLeft", "ArrowLeft", "Shift+ArrowUp")
    until(lambda: desk.undo_name() != name, "the move to be kept")


def _copy_paste(desk: Desk, id: str) -> None:
    count = len(desk.nodes())
    desk.press("Escape")
    desk.node(id).focus()
    desk.press("Control+c", "Control+v")
    until(lambda: len(desk.nodes()) == count + 1, "the pasted copy")


def _duplicate(desk: Desk, id: str) -> None:
    count = len(desk.nodes())
    desk.press("Escape")
    desk.node(id).focus()
    desk.press("Control+d")
    until(lambda: len(desk.nodes()) == count + 1, "the duplicate")


def _click(desk: Desk, name: str) -> None:
    undo = desk.undo_name()
    desk.board().get_by_role("button", name=name).click()
    until(lambda: desk.undo_name() != undo, f"{name} to be done")


def _decide(desk: Desk, number: int) -> None:
    undo = desk.undo_name()
    desk.card(number).get_by_role("button", name="Decide", exact=True).click()
    form = desk.board().get_by_role("form", name=re.compile("^Decide about"))
    form.get_by_role("radio", name=re.compile("^Mitigate")).check()
    form.get_by_label("Who sees to it (a role or a team)").fill("Platform team")
    form.get_by_label("Why", exact=True).fill("It can be held back.")
    form.get_by_role("button", name="Keep the decision").click()
    form.wait_for(state="detached")
    until(lambda: desk.undo_name() != undo, "the decision to be kept")


def _answer(desk: Desk) -> None:
    open_still = desk.page.locator('.nbt-answers [aria-pressed="true"]', has_text="Not known")
    question = desk.board().locator(".nbt-question", has=open_still).first
    key, undo = question.get_attribute("data-item"), desk.undo_name()
    question.get_by_role("button", name="No", exact=True).first.click()
    until(lambda: desk.undo_name() != undo or not desk.board().locator(f'[data-item="{key}"]').count(), "the answer")


def _cell(desk: Desk, label: str, text: str) -> None:
    field = desk.board().get_by_label(label, exact=True)
    undo = desk.undo_name()
    field.fill(text)
    field.press("Enter")
    until(lambda: desk.undo_name() != undo, f"{label} to be kept")


@pytest.mark.browser_all
def test_decisions_stay_with_what_was_renamed_and_moved_and_do_not_come_with_a_copy(chatbot: Desk) -> None:
    """What was judged keeps its judgement; its copy has to be judged anew."""
    desk = chatbot
    key = desk.dismiss(0, "Looked at it in May: it cannot happen")
    threat, subject = key.split("@")
    assert subject == "chat-model"

    desk.rename(subject, "Talking model")
    _nudge(desk, subject)
    until(lambda: desk.system().layout.get(subject), "the move in the file")
    count = len(desk.nodes())
    _duplicate(desk, subject)
    until(lambda: len(desk.nodes()) == count + 1, "the copy")
    (copy,) = {node for node in desk.nodes() if node.startswith(subject)} - {subject}
    desk.select_nothing()
    desk.wait_saved()

    assert key not in desk.cards()
    desk.node(copy).click()
    desk.board().locator(".nbt-cards", has_text="At ").wait_for()
    until(lambda: f"{threat}@{copy}" in desk.cards(), f"the copy's own {threat}")
    register = desk.file("chatbot.register.yaml").read_text("utf-8")
    assert key in register
    assert f"@{copy}" not in register


@pytest.mark.parametrize("side", ["top", "right"])
def test_a_flow_is_drawn_by_a_drag_from_an_edge_of_a_box(chatbot: Desk, side: str) -> None:
    """The grips are there once somebody points at the box, and stay while the line is drawn to another."""
    before = set(chatbot.flows())
    source, target = chatbot.node("chat-log"), chatbot.node("prompts")
    source.hover()
    grip, end = source.locator(f".react-flow__handle-{side}").bounding_box(), target.bounding_box()
    mouse = chatbot.page.mouse

    mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + end["width"] / 3, end["y"] + end["height"] / 3, steps=6)
    mouse.up()

    (made,) = until(lambda: set(chatbot.flows()) - before, "the flow")
    chatbot.wait_saved()
    flow = chatbot.system().flow(made)
    assert ("chat-log", "prompts") == (flow.source, flow.target)


def test_an_end_of_a_flow_is_dragged_to_another_element_in_one_step(chatbot: Desk) -> None:
    """The chosen flow has a grip at each end; what was let go of with Esc, or dropped beside all, stays as it was."""
    desk = chatbot
    id = next(flow.id for flow in desk.system().flows if (flow.source, flow.target) == ("assistant", "chat-log"))
    before, name = desk.system(), desk.undo_name()
    desk.board().locator(".nbt-status", has_text="open").wait_for()
    desk.flow(id).focus()
    desk.press("Space")
    grip = desk.board().locator('.nbt-flow-grip[data-end="target"]')
    box = grip.bounding_box()
    assert min(box["width"], box["height"]) >= 24

    _drag_to(desk, grip, "prompts", drop=False)
    desk.board().locator('.nbt-element[data-aim="to"]').wait_for()
    desk.press("Escape")
    desk.board().locator('.nbt-element[data-aim="to"]').wait_for(state="detached")
    desk.page.mouse.up()
    assert "1 selected" in desk.board().locator(".nbt-status").inner_text()
    _drag_to(desk, grip, None)
    assert (name, before) == (desk.undo_name(), desk.system())

    _drag_to(desk, grip, "prompts")
    until(lambda: desk.undo_name() != name, "the flow to end elsewhere")
    desk.wait_saved()
    flow = desk.system().flow(id)
    assert ("assistant", "prompts") == (flow.source, flow.target)
    _drag_to(desk, desk.board().locator('.nbt-flow-grip[data-end="source"]'), "chat-log")
    desk.wait_saved()
    until(lambda: desk.system().flow(id).source == "chat-log", "the flow to begin elsewhere")
    desk.canvas()
    desk.press("Control+z", "Control+z")
    until(lambda: desk.undo_name() == name, "two steps back")
    until(lambda: desk.system() == before, "the drawing as it was")


def _drag_to(desk: Desk, grip: Any, id: str | None, *, drop: bool = True) -> None:
    """Drag a grip to an element, or to where nothing is."""
    begin, mouse = grip.bounding_box(), desk.page.mouse
    end = desk.node(id).bounding_box() if id else desk.board().locator(".nbt-canvas").bounding_box()
    part = 2 if id else 60
    mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + end["width"] / part, end["y"] + end["height"] / part, steps=6)
    if drop:
        mouse.up()


def test_a_boundary_grows_while_something_in_it_is_dragged_to_its_edge(chatbot: Desk) -> None:
    """It shows before the drop how far it will reach after it, and what is around it grows with it."""
    region = chatbot.node("organisation").locator(".nbt-boundary")
    box, before = chatbot.node("release").bounding_box(), region.bounding_box()
    mouse, undo = chatbot.page.mouse, chatbot.undo_name()

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y + 4)  # the box is not taken before that
    edge = chatbot.node("office").bounding_box()
    mouse.move(x, edge["y"] + edge["height"] - 4, steps=8)
    chatbot.rest()
    while_dragged = region.bounding_box()
    assert while_dragged["height"] > before["height"] + box["height"] / 3
    assert undo == chatbot.undo_name()
    mouse.up()
    until(lambda: chatbot.undo_name() != undo, "the move")
    chatbot.wait_saved()

    after = region.bounding_box()
    assert while_dragged == {name: pytest.approx(after[name], abs=2) for name in after}


def test_tab_goes_to_the_elements_before_the_flows(chatbot: Desk) -> None:
    """Somebody without a mouse meets all boxes, and only then the lines between them."""
    chatbot.canvas()
    kinds = []
    kind = "document.activeElement.closest('.react-flow__node, .react-flow__edge')?.classList[0]"
    for _ in range(200):
        chatbot.press("Tab")
        found = chatbot.page.evaluate(kind)
        if found is None:
            break
        kinds.append(found)

    boxes, flows = chatbot.board().locator(".react-flow__node").count(), len(chatbot.flows())
    assert ["react-flow__node"] * boxes + ["react-flow__edge"] * flows == kinds
