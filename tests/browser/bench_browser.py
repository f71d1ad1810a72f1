"""Figures of the board in a real JupyterLab; printed, never judged. Run: python tests/browser/bench_browser.py

An edit is timed in the page, from the key or press that asks for it to the moment the badges and the cards of that
revision are drawn; a frame of a drag is the time between two frames of the browser.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from desk import CHROMIUM, FLAGS, SYSTEMS, WORKBENCH, Desk, Server, browser_context, folders, until

from nbthreat.system import diagram, documents
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.library import Library

EDITS = 30
EDITS_OF_MANY = 6
LINE_TIMES = 60
DRAGS = 120


def repeated(name: str, elements: int, flows: int) -> System:
    """Return a worked system again and again, side by side, with as many elements and flows as asked for."""
    system = Library.load().read_system(SYSTEMS / name).value
    places = {**diagram.arrange(system), **system.layout}
    wide = max(x for x, _ in places.values()) - min(x for x, _ in places.values()) + 500
    high = max(y for _, y in places.values()) - min(y for _, y in places.values()) + 400
    times = -(-elements // len(system.elements))
    across = max(1, round(times**0.5))
    made: dict[str, list[Any]] = {"elements": [], "flows": [], "boundaries": []}
    layout: dict[str, tuple[float, float]] = {}
    for n in range(times):
        end = f"-r{n}"
        made["boundaries"] += [
            replace(it, id=it.id + end, within=it.within and it.within + end) for it in system.boundaries
        ]
        for it in system.elements:
            made["elements"].append(replace(it, id=it.id + end, boundary=it.boundary and it.boundary + end))
            x, y = places[it.id]
            layout[it.id + end] = (round(x + wide * (n % across)), round(y + high * (n // across)))
        made["flows"] += [
            replace(it, id=it.id + end, source=it.source + end, target=it.target + end) for it in system.flows
        ]
    kept = made["elements"][:elements]
    ids = {it.id for it in kept}
    within = [it for it in made["flows"] if {it.source, it.target} <= ids]
    more = (
        replace(it, id=f"{it.id}-again{n}", source=it.target, target=it.source) for n in range(flows) for it in within
    )
    while len(within) < flows:
        within.append(next(more))
    return replace(
        system,
        elements=tuple(kept),
        flows=tuple(within[:flows]),
        boundaries=tuple(made["boundaries"]),
        layout=FrozenMap({id: place for id, place in layout.items() if id in ids}),
    )


PAUSES = (0.1, 1.4, 0.5, 2.2, 0.3, 3.1, 0.9, 1.8)
"""Seconds between an edit that was saved and the next, as people draw: so that work in the background counts."""
QUIET_MS = 400
CURRENT = """([press, quiet]) => new Promise((done, fail) => {
  const root = document.querySelector('.nbt');
  const text = what => [...root.querySelectorAll(what)].map(one => one.textContent).join();
  const line = root.querySelector('.nbt-status');
  const state = () => line.textContent.replace(/Saved [0-9:]*|Saving…|[✓…]/g, '') + text('.nbt-count, .nbt-threat');
  const began = performance.now(), before = state();
  let last = before, drawn = 0;
  const look = () => {
    const now = performance.now(), here = state();
    if (here !== last) requestAnimationFrame(() => { drawn = performance.now() - began; });
    last = here;
    if (drawn && now - began - drawn > quiet) return done(drawn);
    if (now - began > 20000) return fail(new Error('nothing changed'));
    requestAnimationFrame(look);
  };
  root.querySelector(press).click();
  requestAnimationFrame(look);
})"""
"""Until the last change of a count, a badge or a card: none of them may come later than what it says."""


def spread(took: list[float]) -> str:
    """Return the median and the 95th of a hundred, in milliseconds."""
    ordered = sorted(took)
    return f"p50 {statistics.median(ordered):6.0f} ms   p95 {ordered[round(0.95 * (len(ordered) - 1))]:6.0f} ms"


def edits(desk: Desk, count: int = EDITS) -> list[float]:
    """Take a flow-rich element away and back again, and time each until counts and cards have followed."""
    busiest = desk.board().locator(".react-flow__node-element:has(.nbt-count)").first
    busiest.focus()
    desk.press("Delete")
    until(lambda: desk.undo_name().startswith("Delete"), "the deletion")
    took = []
    for number in range(count):
        until(lambda: "Saving" not in desk.save_status(), "rest", seconds=60)
        time.sleep(PAUSES[number % len(PAUSES)])
        press = '[aria-label^="Undo: "]' if number % 2 == 0 else '[aria-label^="Redo: "]'
        took.append(float(desk.page.evaluate(CURRENT, [press, QUIET_MS])))
    if desk.undo_name().startswith("Delete"):
        desk.canvas()
        desk.press("Control+z")
    return took


def drag_frames(desk: Desk) -> list[float]:
    """Drag a box about and return how long each frame took, in milliseconds."""
    box = desk.board().locator(".react-flow__node-element").first.bounding_box()
    desk.page.evaluate(
        """() => { window.__frames = []; let last = performance.now(); window.__dragging = true;
          const tick = now => { window.__frames.push(now - last); last = now;
            if (window.__dragging) requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"""
    )
    mouse = desk.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    for n in range(DRAGS):
        mouse.move(x + 2 * (n % 60), y + (n % 40))
    mouse.up()
    return list(desk.page.evaluate("() => { window.__dragging = false; return window.__frames.slice(2); }"))


def opened(server: Server, browser: Any, folder: Path, system: System) -> tuple[Desk, float]:
    """Open a drawing on a warm kernel; return its desk and the seconds from running the cell to the board."""
    (folder / "big.yaml").write_text(documents.dump(system), encoding="utf-8")
    desk = (
        Desk(server, browser_context(browser), folder)
        .write("import nbthreat", WORKBENCH.format(name="big.yaml"))
        .open()
    )
    desk.page.set_default_timeout(120_000)
    desk.send(0)
    until(lambda: re.search(r"\d", desk.page.locator(".jp-InputPrompt").first.inner_text()), "the import")
    desk.enter(1)
    began = time.perf_counter()
    desk.press("Shift+Enter")
    desk.board().locator(".react-flow__node-element").first.wait_for()
    desk.card().wait_for()
    took = time.perf_counter() - began
    desk.rest()
    return desk, took


LINES = """async ([what, times]) => {
  const root = document.querySelector('.nbt-register'), took = [];
  const heads = [...root.querySelectorAll('.nbt-sort')], field = root.querySelector('[type=search]');
  const put = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const wheel = root.querySelector('.nbt-grid-wrap');
  const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  for (let n = 0; n < times; n += 1) {
    await drawn();
    const began = performance.now();
    if (what === 'sort') heads[n % heads.length].click();
    if (what === 'scroll') wheel.scrollTop = (n * 7919 * 33) % wheel.scrollHeight;
    if (what === 'filter') {
      put.call(field, ['a', 'as', 'assistant', 'model', 'zzz', ''][n % 6]);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    await drawn();
    took.push(performance.now() - began);
  }
  return took;
}"""


def register_figures(server: Server, browser: Any, folder: Path, system: System) -> None:
    """Print how long the register takes by itself: to sort and filter, to draw what is scrolled to, and to keep."""
    (folder / "big.yaml").write_text(documents.dump(system), encoding="utf-8")
    table = 'import nbthreat\nnbthreat.RegisterTable("big.yaml")'
    desk = Desk(server, browser_context(browser), folder).write(table).open()
    desk.page.set_default_timeout(120_000)
    desk.send(0)
    grid = desk.board().get_by_role("grid")
    grid.wait_for()
    desk.rest()
    lines = int(grid.get_attribute("aria-rowcount")) - 1
    for what in ("sort", "filter", "scroll"):
        took = [float(item) for item in desk.page.evaluate(LINES, [what, LINE_TIMES])]
        print(f"{lines:5} lines of the register: {what:6} {spread(took)}")
    took = []
    for number in range(EDITS_OF_MANY):
        desk.board().locator("[data-line]").nth(number).get_by_role("checkbox").focus()
        desk.press(*["ArrowRight"] * 9, "Enter")
        desk.page.keyboard.type(f"Team {number}")
        began = time.perf_counter()
        desk.press("Enter")
        desk.board().locator(".nbt-cell", has_text=f"Team {number}").wait_for()
        took.append(1_000 * (time.perf_counter() - began))
    print(f"{lines:5} lines of the register: a cell {spread(took)}, from Enter to what it then shows")
    desk.board().get_by_role("checkbox", name="Select all lines shown").check()
    desk.board().get_by_role("button", name="together …").click()
    form = desk.board().get_by_role("form")
    form.get_by_role("radio", name="Mitigate").check()
    form.get_by_label("Who sees to it").fill("Platform team")
    form.get_by_label("Why", exact=True).fill("In the plan.")
    form.get_by_role("radio", name="decisions in the same words").check()
    began = time.perf_counter()
    desk.press("Enter")
    desk.board().locator(".nbt-cell", has_text="R-001").first.wait_for()
    print(f"{lines:5} lines of the register: all decided, each alone, in {time.perf_counter() - began:.1f} s")
    desk.context.close()


def main() -> None:
    """Print the figures."""
    from playwright.sync_api import sync_playwright

    server = Server(Path(tempfile.mkdtemp()))
    fresh = folders(server.root)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            small = Library.load().read_system(SYSTEMS / "chatbot.yaml").value
            desk, took = opened(server, browser, next(fresh), small)
            print(f"first paint, warm kernel, {len(small.elements)} elements: {took:.2f} s")
            print(f"edit to badges and cards, {len(small.elements)} elements: {spread(edits(desk))}")
            desk.context.close()
            for elements, flows, count in ((200, 400, EDITS), (1_000, 2_000, EDITS_OF_MANY)):
                desk, took = opened(server, browser, next(fresh), repeated("chatbot.yaml", elements, flows))
                print(f"{elements:5} elements, {flows} flows: usable after {took:.2f} s")
                print(f"{elements:5} elements, {flows} flows: edit to badges and cards {spread(edits(desk, count))}")
                desk.context.close()
            register_figures(server, browser, next(fresh), repeated("chatbot.yaml", 1_000, 2_000))
            desk, _ = opened(server, browser, next(fresh), repeated("chatbot.yaml", 300, 450))
            frames = drag_frames(desk)
            slow = sorted(frames)[round(0.95 * (len(frames) - 1))]
            print(f"  300 elements: drag, {len(frames)} frames, p95 {slow:.0f} ms, that is {1_000 / slow:.0f} a second")
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
