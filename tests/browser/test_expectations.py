"""What people expect of a workbench, forty points, each tried in a real JupyterLab as far as it can be.

====  ===============================================  =========================================================
No.   Expectation                                      Here
====  ===============================================  =========================================================
1     first useful screen within 3 s                   test_expectation_01; bench_browser.py measures the time
2     no cell is edited in a whole session             test_expectation_02
3     six templates, import, five questions            test_expectation_03
4     template cards say name, use, size               test_expectation_04
5     template to first card in 3 clicks               test_expectation_05
6     a refused import changes nothing                 test_expectation_06, for our own format; others wait
7     progress strip of a session                      waits: sessions with phases are not built
8     a session ends with summary and exports          test_expectation_08
9     autosave within 2 s, said in words               test_expectation_09
10    restart and run brings all back                  test_expectation_10, test_safety.py
11    reload loses nothing                             test_expectation_11
12    undo of everything, named                        test_expectation_12; a hundred: test_editing.py
13    delete asks nothing and offers undo              test_expectation_13
14    snapshots with time and reason                   test_expectation_14: each step is one
15    two tabs merge safely                            test_expectation_15, test_safety.py
16    export, import, export: the same bytes           test_expectation_16, for the system file
17    a read-only file is told, a copy offered         test_expectation_17
18    controls answer within 100 ms                    test_expectation_18, in frames; bench_browser.py measures edits
19    long work shows progress and can be stopped      waits: no work takes longer than a second so far
20    never more than 12 cards, the rest counted       test_expectation_20
21    each card says why, and its path is lit          test_expectation_21
22    "not applicable": one key, one reason, for good  test_expectation_22
23    a control shows what it removes beforehand       test_expectation_23
24    no request to anywhere else                      test_expectation_24, and every other test here
25    everything by keyboard, a sheet on "?"           test_expectation_25
26    notebook keys and ours keep apart                test_expectation_26
27    visible focus, never hidden                      test_expectation_27, test_seeing.py
28    table and drawing in step                        test_expectation_28
29    no drag without another way; targets of 24 px    test_expectation_29
30    roles, names, live region; axe finds nothing     test_expectation_30
31    no keyboard trap                                 test_expectation_31
32    follows light, dark and forced colours           test_expectation_32
33    no meaning by colour alone                       test_expectation_33
34    palettes safe for colour-blind people            test_expectation_34; levels have letters and no palette
35    usable at 200 % and 320 px                       test_expectation_35, test_seeing.py, at 200 %
36    reduced motion                                   test_expectation_36
37    present mode hides the rest                      test_expectation_37
38    ballots                                          waits: voting is not built
39    exports in two clicks                            test_expectation_39; the drawing is in the report, not alone
40    plain words, errors that say what to do          test_expectation_40
====  ===============================================  =========================================================
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from desk import WORKBENCH, Desk, until

from conftest import Opening

BLANK = "import nbthreat\nnbthreat.Workbench()"


@pytest.fixture(scope="module")
def desk(opening_once: Opening) -> Iterator[Desk]:
    """One board for all; each test leaves it as the next can use it."""
    return opening_once("chatbot.yaml").start()


@pytest.fixture(autouse=True)
def _tidied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin each test with nothing selected, nothing open, nothing to take back."""
    yield
    if "desk" in request.fixturenames:
        here: Desk = request.getfixturevalue("desk")
        if here.board().get_by_role("dialog").count():
            here.press("Escape")
        if here.board().locator(".nbt-sheet").count():
            here.board().get_by_role("button", name="Table of elements and flows").click()
        undo_all(here)
        here.side("Cards")
        for cancel in here.board().get_by_role("button", name="Cancel").all():
            cancel.click()
        here.select_nothing()


def undo_all(desk: Desk) -> None:
    """Take back whatever there is to take back."""
    desk.canvas()
    while (name := desk.undo_name()) != "Nothing to undo":
        desk.press("Control+z")
        until(lambda: desk.undo_name() != name, f"the undoing of {name}")


def test_expectation_02_no_cell_is_edited(desk: Desk) -> None:
    """Drawing, answering and deciding change no cell."""
    cells = desk.cells()
    desk.draw("Vector store", "Drawn without code")
    desk.select_nothing()
    desk.dismiss(1, "Not here")

    assert cells == desk.cells()


@pytest.fixture(scope="module")
def start(opening_once: Opening) -> Desk:
    """The first screen, on which nothing is begun."""
    return opening_once(name="start").start(BLANK)


def test_expectation_01_one_cell_leads_to_something_to_choose(start: Desk) -> None:
    """The only cell was run, nothing else; how long it takes is for the benchmark, which has the machine to itself."""
    assert [BLANK] == [cell for cell in start.cells() if cell.strip()]
    assert start.board().locator(".nbt-starters button").first.is_visible()


def test_expectation_03_six_templates_import_and_five_questions(start: Desk) -> None:
    """All on the first screen, under names that need no manual."""
    assert start.board().locator(".nbt-starters button").count() >= 7
    summaries = start.board().locator(".nbt-start summary").all_inner_texts()
    assert any("five questions" in summary for summary in summaries)
    assert any("Open a system file" in summary for summary in summaries)


def test_expectation_04_template_cards_say_what_they_are(start: Desk) -> None:
    """A name, a line of use, and how large it is."""
    cards = start.board().locator(".nbt-starters .nbt-card").all_inner_texts()
    sizes = [card for card in cards if re.search(r"\d+ elements?, \d+ flows?", card)]

    assert len(sizes) >= 6
    assert all(len(card.split("\n")[0]) > 3 for card in cards)


def test_expectation_06_a_refused_import_names_the_line_and_changes_nothing(start: Desk) -> None:
    """What was pasted stays, and so does the first screen."""
    start.board().locator(".nbt-start summary", has_text="Open a system file").click()
    field = start.board().get_by_label("Or paste its text")
    field.fill("nbthreat: 1\nid: mine\nname: Mine\nelements:\n  - {id: a, technology: nonsense}\n")
    start.board().get_by_role("button", name="Open this text").click()

    told = start.board().locator(".nbt-start [role=alert]").inner_text()
    assert "nonsense" in told
    assert re.search(r":\s?5|line 5", told), told
    assert "nonsense" in field.input_value()
    assert 0 == start.board().locator(".nbt-board").count()


@pytest.mark.browser_all
def test_expectation_05_template_to_first_card_in_three_clicks(opening: Opening) -> None:
    """One click, in fact."""
    desk = opening().start(BLANK)
    desk.board().locator(".nbt-starters button", has_text=re.compile("retrieval|chatbot", re.IGNORECASE)).first.click()

    desk.card().wait_for()


def test_expectation_08_an_end_with_a_summary_and_exports(desk: Desk) -> None:
    """How much is open, possible, decided and left to ask, and seven files to take away, none of them out of sight."""
    before = desk.page.viewport_size
    desk.page.set_viewport_size({"width": 1280, "height": 720})
    try:
        desk.board().scroll_into_view_if_needed()
        desk.board().get_by_role("button", name="Publish").click()
        offered = desk.board().get_by_role("group", name="Publish")
        assert re.search(r"\d+ open, \d+ possible, .*\n?\d+ decided, \d+ left to ask", offered.inner_text())
        boxes = [item.bounding_box() for item in offered.get_by_role("button").all()]
        assert 7 == len(boxes)
        assert [] == [box for box in boxes if box["y"] < 0 or box["y"] + box["height"] > 720 or box["height"] < 24]
        desk.press("Escape")
        offered.wait_for(state="detached")
    finally:
        desk.page.set_viewport_size(before)


def test_expectation_39_exports_in_two_clicks(desk: Desk) -> None:
    """Each under a name that says which system, which version and for whom."""
    kept = {}
    for words in ("Report (HTML)", "Table (CSV)", "Spreadsheet (XLSX)"):
        with desk.page.expect_download() as download:
            publish = desk.board().get_by_role("button", name="Publish")
            if publish.get_attribute("aria-expanded") == "false":
                publish.click()
            desk.board().get_by_role("button", name=words).click()
        kept[download.value.suggested_filename] = download.value.path().read_bytes()
    desk.press("Escape")

    html, csv, xlsx = kept.values()
    assert list(kept) == [f"chatbot-1.0-TLP-RED.register.{suffix}" for suffix in ("html", "csv", "xlsx")]
    assert b"<svg" in html
    assert b"indirect-prompt-injection@chat-model" in csv
    assert xlsx.startswith(b"PK")
    assert "TLP:RED" in desk.board().locator(".nbt-notice").inner_text()


def test_expectation_09_saved_within_two_seconds_and_said_so(desk: Desk) -> None:
    """By the clock of the machine that did both, in the best of three: a busy one may be late, but not always."""
    waits = []
    desk.side("History")
    for name in ("Saved soon", "And this", "And that"):
        desk.rename("assistant", name)
        until(lambda: name in desk.file().read_text("utf-8"), "the file")  # noqa: B023
        step = desk.board().get_by_role("region", name="History").locator("li", has_text=f"to {name}")
        done = datetime.fromisoformat(step.locator("time").get_attribute("datetime"))
        waits.append(desk.file().stat().st_mtime - done.timestamp())

    assert 0 < min(waits) < 2, waits
    until(lambda: re.search(r"Saved \d\d:\d\d:\d\d", desk.save_status()), "the time of saving")


@pytest.mark.browser_all
def test_expectation_10_restart_and_run_brings_back_drawing_and_judgement(opening: Opening) -> None:
    """What was drawn and what was set aside; the selection is the page's, and is gone."""
    desk = opening("chatbot.yaml").start()
    key = desk.dismiss(1, "Not here")
    desk.rename("assistant", "Kept over a restart")
    desk.restart()
    desk.run()

    assert "Kept over a restart" in desk.names()
    until(desk.cards, "the cards")
    assert key not in desk.cards()


@pytest.mark.browser_all
def test_expectation_11_a_reload_in_the_middle_loses_nothing(opening: Opening) -> None:
    """Loaded anew right after an edit, the page shows it."""
    desk = opening("chatbot.yaml").start()
    desk.save_notebook()
    desk.rename("assistant", "Kept over a reload")

    desk.reload()

    until(lambda: "Kept over a reload" in desk.names(), "the edit")


def test_expectation_12_undo_names_what_it_takes_back(desk: Desk) -> None:
    """And redo does it again."""
    desk.remove("index")
    assert "Delete Passage index" == desk.undo_name()
    desk.press("Control+z")
    until(lambda: "index" in desk.nodes(), "the undoing")
    desk.press("Control+Shift+z")
    until(lambda: "index" not in desk.nodes(), "the redoing")


def test_expectation_13_delete_asks_nothing_and_offers_undo(desk: Desk) -> None:
    """No dialog; a notice with a button, still there after ten seconds is for the clock of the page."""
    desk.remove("chat-log")

    assert 0 == desk.page.locator("dialog[open], .jp-Dialog").count()
    notice = desk.board().locator(".nbt-notice", has_text="Delete Chat log")
    notice.get_by_role("button", name="Undo").click()
    until(lambda: "chat-log" in desk.nodes(), "the undoing")


def test_expectation_14_each_step_can_be_gone_back_to_and_that_undone(desk: Desk) -> None:
    """The history says what was done and when; to go back is a step like any other."""
    desk.rename("editors", "Writers")
    desk.remove("chat-log")
    desk.rename("assistant", "Renamed later")
    desk.side("History")
    line = desk.board().locator("li", has_text="Rename Editors to Writers")
    assert re.search(r"\d+ \w+ \d{4}, \d\d:\d\d", line.inner_text())
    line.get_by_role("button", name="Back to: Rename Editors to Writers").click()

    until(lambda: "chat-log" in desk.nodes(), "how it was then")
    assert {"Writers", "Assistant"} <= set(desk.names())
    assert "Back to: Rename Editors to Writers" == desk.undo_name()
    desk.canvas()
    desk.press("Control+z")
    until(lambda: "chat-log" not in desk.nodes(), "the undoing")
    assert {"Writers", "Renamed later"} <= set(desk.names())


@pytest.mark.browser_all
def test_expectation_15_two_boards_of_one_file_are_one_drawing(opening: Opening) -> None:
    """A second board on the same file, made by other code, shows what is done on the first, and the other way round."""
    desk = opening("chatbot.yaml").start(WORKBENCH.format(name="chatbot.yaml"), WORKBENCH.format(name="./chatbot.yaml"))
    desk.rename("assistant", "From the first", board=0)
    until(lambda: "From the first" in desk.names(1), "the name on the second board")
    desk.rename("retriever", "From the second", board=1)
    until(lambda: "From the second" in desk.names(0), "the name on the first board")
    desk.wait_saved(1)
    assert {"From the first", "From the second"} <= {element.name for element in desk.system().elements}


def test_expectation_16_writing_again_what_was_read_changes_no_byte(desk: Desk) -> None:
    """A step and its undoing leave the file as it was, remarks, order and spacing and all."""
    desk.wait_saved()
    before = desk.file().read_bytes()
    desk.remove("release")
    until(lambda: desk.file().read_bytes() != before, "the file with the step")
    desk.canvas()
    desk.press("Control+z")
    until(lambda: desk.file().read_bytes() == before, "the file as it was")


def test_expectation_17_a_file_that_cannot_be_written_is_told_and_a_copy_offered(opening: Opening) -> None:
    """Where the file is put out of reach, the line says so, and the work can be taken away as a copy."""
    desk = opening("chatbot.yaml").start()
    path = desk.file()
    path.rename(path.with_name("elsewhere.bin"))
    path.mkdir()  # what nobody can write a file over, whoever they are
    desk.rename("assistant", "Not lost")

    until(lambda: "Not saved" in desk.save_status(), "the refusal")
    copy = desk.board().get_by_role("button", name="Download a copy")
    with desk.page.expect_download() as download:
        copy.click()
    assert "Not lost" in download.value.path().read_text("utf-8")


def test_expectation_18_controls_answer_at_once(desk: Desk) -> None:
    """Each of ten presses within the six frames that 100 ms are: what has to wait for the kernel comes after that."""
    press = """async n => { const one = [...document.querySelectorAll('.nbt-workbench-side [role=tab]')][n % 2];
      one.click();
      for (let frames = 0; ; frames++) {
        if (one.getAttribute('aria-selected') === 'true') return frames;
        await new Promise(requestAnimationFrame);
      } }"""
    took = [desk.page.evaluate(press, number) for number in range(10)]

    assert max(took) <= 6, took


def test_expectation_20_never_more_than_twelve_cards(desk: Desk) -> None:
    """And the line beneath says of how many; the next ones are one press away."""
    total = int(re.search(r"of (\d+) shown", desk.board().locator(".nbt-paging").inner_text()).group(1))  # type: ignore[union-attr]
    assert total > 12
    assert 12 == len(desk.cards())
    first = desk.cards()
    desk.board().get_by_role("button", name="Next", exact=True).click()
    until(lambda: desk.cards() != first, "the next cards")
    assert len(desk.cards()) <= 12
    desk.board().get_by_role("button", name="Previous", exact=True).click()
    until(lambda: desk.cards() == first, "the first cards")


def test_expectation_21_each_card_says_why_and_lights_its_path(desk: Desk) -> None:
    """The reason names what is drawn; choosing the card lights the path on the drawing and lists it in words."""
    known = [*desk.names(), "Chatbot"]
    for number in range(len(desk.cards())):
        because = desk.card(number).locator("p").nth(1).inner_text()
        assert any(name in because for name in known), because
    card = desk.board().locator('.nbt-threat[data-item="direct-prompt-injection@chat-model"]')
    card.locator(".nbt-threat-title").click()
    card.get_by_role("list", name="The path, step by step").wait_for()
    assert desk.board().locator('.nbt-element[data-lit="true"]').count() >= 2
    assert desk.board().locator('.nbt-flow-line[data-lit="true"]').count() >= 1
    card.locator(".nbt-threat-title").click()


def test_expectation_22_not_applicable_takes_one_key_and_one_reason(desk: Desk) -> None:
    """And it does not come back when the thing is renamed or moved."""
    key = desk.cards()[1]
    desk.card(1).locator(".nbt-threat-title").focus()
    desk.press("n")
    field = desk.board().get_by_label("Why it does not apply here")
    field.wait_for()
    assert "" == field.input_value()
    desk.page.keyboard.type("Only our own people write here")
    desk.press("Enter")
    until(lambda: key not in desk.cards(), "the card to go")
    desk.rename(key.split("@")[1], "Renamed")
    desk.select_nothing()

    assert key not in desk.cards()


def test_expectation_23_a_control_shows_first_what_it_would_settle(desk: Desk) -> None:
    """Before anything is changed, and in numbers."""
    name = desk.undo_name()
    card = desk.board().locator('.nbt-threat[data-item="direct-prompt-injection@chat-model"]')
    card.locator(".nbt-threat-title").click()
    card.get_by_role("button", name=re.compile("^Add ")).first.click()
    preview = card.locator(".nbt-preview")
    until(lambda: re.search(r"\d|no finding", preview.inner_text()), "what it would change")

    assert name == desk.undo_name()
    preview.get_by_role("button", name="Cancel").click()
    card.locator(".nbt-threat-title").click()


def test_expectation_24_nothing_is_asked_of_anywhere_else(opening_once: Opening, desk: Desk) -> None:
    """Not one request in all these tests; a request to anywhere else would be seen."""
    watch = opening_once.watches[0]
    assert [] == watch.elsewhere
    desk.page.evaluate("fetch('http://127.0.0.1:9/beacon').catch(() => 0)")
    until(lambda: watch.elsewhere, "the request that was made to be seen")
    watch.elsewhere.clear()


def test_expectation_25_a_sheet_of_keys_and_a_way_to_switch_them_off(desk: Desk) -> None:
    """`?` shows the keys; the letters can be switched off, and then do nothing."""
    desk.canvas()
    desk.press("?")
    sheet = desk.board().get_by_role("dialog")
    sheet.wait_for()
    switch = sheet.get_by_role("checkbox")
    switch.uncheck()
    desk.press("Escape")
    sheet.wait_for(state="detached")
    desk.canvas()
    desk.press("t", "?", "/")
    desk.rest()
    try:
        assert 0 == desk.board().locator(".nbt-sheet, dialog[open]").count()
    finally:
        desk.board().get_by_role("button", name="Keys and help").click()
        sheet.get_by_role("checkbox").check()
        desk.press("Escape")


def test_expectation_26_keys_in_a_cell_do_nothing_on_the_board(desk: Desk) -> None:
    """What is typed in a cell is typed there only."""
    before = desk.nodes()
    desk.node("assistant").click()
    desk.enter(1)
    desk.press("c", "b", "/", "t", "Delete", "Backspace", "Backspace", "Backspace", "Backspace")

    assert before == desk.nodes()
    assert "Nothing to undo" == desk.undo_name()
    assert 0 == desk.board().locator(".nbt-sheet").count()


def test_expectation_27_focus_is_seen_and_not_hidden(desk: Desk) -> None:
    """What Tab reaches is in view and nothing lies over it."""
    desk.board().locator(".nbt-toolbar button").nth(1).focus()
    over = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
      if (!one.closest('.nbt') || one.closest('.react-flow__edge') || box.width < 1) return '';
      const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return seen && (one.contains(seen) || seen.contains(one) || seen.closest('label')?.contains(one)) ? '' :
        `${one.outerHTML.slice(0, 90)} under ${seen?.outerHTML.slice(0, 90)}`; }"""
    hidden = []
    for _ in range(12):
        hidden.append(desk.page.evaluate(over))
        desk.press("Tab")

    assert [] == [item for item in hidden if item]


def test_expectation_28_table_and_drawing_are_in_step(desk: Desk) -> None:
    """A name changed in the table changes on the drawing, and the other way round."""
    desk.table("Elements")
    field = desk.board().get_by_label("Name of Assistant", exact=True)
    field.fill("Changed in the table")
    field.press("Enter")
    until(lambda: "Changed in the table" in desk.names(), "the name on the drawing")
    desk.rename("assistant", "Changed on the drawing")
    desk.board().get_by_label("Name of Changed on the drawing", exact=True).wait_for()


def test_expectation_29_moving_needs_no_drag(desk: Desk) -> None:
    """Arrows move what has the focus; the table takes the numbers; parts are added and connected without a pointer."""
    before = desk.node("assistant").evaluate("one => one.style.transform")
    desk.node("assistant").focus()
    desk.press("ArrowRight")
    until(lambda: desk.node("assistant").evaluate("one => one.style.transform") != before, "the move")
    until(lambda: desk.undo_name() == "Move Assistant", "the move to be kept")
    desk.table("Elements")
    assert desk.board().get_by_label("x of Assistant", exact=True).is_editable()


def test_expectation_30_roles_names_and_a_voice(desk: Desk) -> None:
    """Boxes and flows have names, and what is done is read out."""
    assert "Assistant, process" == desk.node("assistant").get_attribute("aria-label")
    labels = (
        desk.board().locator(".react-flow__edge").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    )
    assert all(re.search("from .+ to .+", str(label)) for label in labels)
    desk.remove("chat-log")
    voice = desk.board().locator(".nbt-hidden [aria-live=polite]")
    until(lambda: any("Delete Chat log" in content for content in voice.all_text_contents()), "the voice")


def test_expectation_31_no_keyboard_trap(desk: Desk) -> None:
    """Tab and Shift+Tab both lead out of the board, whatever has the focus."""
    inside = "!!document.activeElement.closest('.nbt')"
    desk.board().locator(".nbt-toolbar button").nth(1).focus()
    for _ in range(60):
        if not desk.page.evaluate(inside):
            break
        desk.press("Shift+Tab")
    assert not desk.page.evaluate(inside)


def test_expectation_32_follows_the_theme(desk: Desk) -> None:
    """Dark in JupyterLab is dark here, with light letters on dark ground."""
    light = _ground(desk)
    desk.command("apputils:change-theme", theme="JupyterLab Dark")
    try:
        until(lambda: desk.board().get_attribute("data-theme") == "dark", "the dark theme")
        until(lambda: sum(_ground(desk)) < sum(light) / 2, "a dark ground")
    finally:
        desk.command("apputils:change-theme", theme="JupyterLab Light")
        until(lambda: desk.board().get_attribute("data-theme") == "light", "the light theme")


def _ground(desk: Desk) -> list[int]:
    found = desk.card().evaluate("one => getComputedStyle(one).backgroundColor")
    return [int(item) for item in re.findall(r"\d+", found)[:3]]


def test_expectation_33_no_meaning_by_colour_alone(desk: Desk) -> None:
    """A level has a letter and a word, a state a shape and a word, a kind of element a shape."""
    for number in range(3):
        words = desk.card(number).locator(".nbt-badge").all_inner_texts()
        assert any(item in words[0] for item in ("Open", "Possible", "Mitigated"))
        assert re.search(r"\b(VL|L|M|H|VH)\b", words[1])
    shapes = (
        desk.board()
        .locator(".nbt-element")
        .evaluate_all(
            "all => [...new Set(all.map(one => one.dataset.shape"
            " + getComputedStyle(one.querySelector('.nbt-element-body')"
            " || one).borderRadius + getComputedStyle(one).borderWidth))]"
        )
    )
    assert len(shapes) >= 3
    counts = desk.board().locator(".nbt-count").first
    assert re.search(r"\d+ (open|possible)", str(counts.get_attribute("aria-label")))


def test_expectation_34_colours_are_told_apart_by_everybody(desk: Desk) -> None:
    """As Chromium shows them to the colour-blind: open beside possible, and what is lit on its ground, at 3 to 1."""
    desk.board().locator('.nbt-threat[data-item="direct-prompt-injection@chat-model"] .nbt-threat-title').click()
    desk.board().locator('.nbt-element[data-lit="true"]').first.wait_for()
    marks = {
        "open": desk.node("chat-model").locator(".nbt-count-open"),
        "possible": desk.node("chat-model").locator(".nbt-count-possible"),
        "step": desk.board().locator(".nbt-step").first,
        "ground": desk.board().locator(".nbt-count-possible").last,
    }
    chromium = desk.context.new_cdp_session(desk.page)
    seen = {}
    try:
        for vision in ("none", "deuteranopia", "protanopia", "tritanopia"):
            chromium.send("Emulation.setEmulatedVisionDeficiency", {"type": vision})
            seen[vision] = {name: _pixel(desk, mark) for name, mark in marks.items()}
    finally:
        chromium.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
        desk.canvas()
        desk.press("Escape")

    assert seen["none"]["open"] != seen["deuteranopia"]["open"], "nothing was simulated"
    for vision, colours in seen.items():
        assert _contrast(colours["open"], colours["possible"]) >= 3, vision
        assert _contrast(colours["step"], colours["ground"]) >= 3, vision


def _pixel(desk: Desk, mark: Any) -> tuple[int, ...]:
    """Return what is seen just inside the left edge of something: of a PNG, the first pixel stands as it is."""
    box = mark.bounding_box()
    clip = {"x": box["x"] + box["width"] / 8, "y": box["y"] + box["height"] / 2, "width": 1, "height": 1}
    png = desk.page.screenshot(clip=clip, scale="css")
    at = png.index(b"IDAT")
    return tuple(zlib.decompressobj().decompress(png[at + 4 : at + 4 + int.from_bytes(png[at - 4 : at])])[1:4])


def _contrast(item: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the contrast of two colours as WCAG 2.2 reckons it, from 1 to 21."""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(item), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_expectation_35_usable_at_twice_the_size(desk: Desk) -> None:
    """In half the window the cards can be reached and read without going sideways."""
    before = desk.page.viewport_size
    desk.page.set_viewport_size({"width": 700, "height": 500})
    try:
        desk.rest()
        card = desk.card()
        card.scroll_into_view_if_needed()
        inner, outer = card.bounding_box(), desk.board().bounding_box()
        assert inner["x"] >= outer["x"] - 1
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
    finally:
        desk.page.set_viewport_size(before)


def test_expectation_36_nothing_moves_where_no_motion_is_wanted(desk: Desk) -> None:
    """A notice and a lit path come without movement."""
    desk.page.emulate_media(reduced_motion="reduce")
    try:
        desk.card().locator(".nbt-threat-title").click()
        desk.remove("chat-log")
        running = """document.getAnimations().filter(one => one.effect?.target?.closest?.('.nbt')
          && one.effect.getComputedTiming().duration > 10).length"""
        assert 0 == desk.page.evaluate(running)
    finally:
        desk.page.emulate_media(reduced_motion="no-preference")
        desk.canvas()
        desk.press("Escape")


def test_expectation_37_present_mode_hides_the_rest(desk: Desk) -> None:
    """One key in, one key out."""
    desk.canvas()
    desk.press("p")
    desk.board().locator(".nbt-workbench-side").wait_for(state="detached")
    assert desk.board().locator(".nbt-canvas").is_visible()
    desk.canvas()
    desk.press("p")
    desk.board().locator(".nbt-workbench-side").wait_for()


def test_expectation_40_plain_words(desk: Desk) -> None:
    """No jargon of programs on the screen; a refusal says what to do."""
    desk.card(0).get_by_role("button", name="Not applicable").click()
    desk.board().get_by_role("button", name="Set aside").click()
    told: Any = desk.board().locator(".nbt-field-error").first
    assert "reason" in told.inner_text()
    text = desk.board().inner_text().lower()
    for word in ("invalid", "null", "undefined", "exception", "traceback", "nan", "[object"):
        assert not re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text), word
