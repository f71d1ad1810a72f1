"""Hostile names: whatever a name says, it is shown as the text it is, runs nothing, and asks nobody anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk import WORKBENCH, Desk, until

from bad_inputs import FOLDER, in_our_schema, rows
from conftest import Opening
from nbthreat.base.errors import NbthreatError
from nbthreat.base.text import shown
from nbthreat.system import documents
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, TrustBoundary
from nbthreat.threats.library import Library

GROUPS = ("unicode", "active", "formula")
OWN = (
    '<img src=x onerror="window.__pwned=1">',
    "<svg onload=window.__pwned=2>",
    "javascript:window.__pwned=3",
    "</style><script>window.__pwned=4</script>",
    "{{constructor.constructor('window.__pwned=5')()}}",
    "url(http://127.0.0.1:9/beacon)",
    "__proto__",
    "constructor",
)


def hostile_texts(group: str) -> list[str]:
    """Return each text that a file of this group, which is fine otherwise, gives to anything in it."""
    found: dict[str, None] = {}
    for row in rows():
        if not row.file.startswith(f"{group}/") or row.expect == "reject":
            continue
        try:
            system = documents.loads(System, in_our_schema(row), Path(row.file)).value
        except (NbthreatError, UnicodeError):
            continue
        for thing in (system, *system.elements, *system.flows, *system.boundaries, *system.assets):
            for text in (thing.name, getattr(thing, "note", ""), getattr(thing, "purpose", "")):
                if text and len(text) <= 200:
                    found[text] = None
    return list(found)


def hostile_system(texts: list[str]) -> System:
    """Return a drawing in which each text is the name of an element, a flow, a boundary and an asset."""
    kinds = ("end-user", "application", "hosted-llm", "agent", "vector-store", "tool")
    count = len(texts)
    return System(
        id="hostile",
        name=texts[0],
        purpose=texts[-1],
        boundaries=tuple(TrustBoundary(id=f"b{n}", name=text) for n, text in enumerate(texts[:4])),
        assets=tuple(Asset(id=f"a{n}", name=text, kind="user-input") for n, text in enumerate(texts)),
        elements=tuple(
            Element(
                id=f"e{n}", name=text, note=text, technology=kinds[n % len(kinds)], boundary=f"b{n % min(4, count)}"
            )
            for n, text in enumerate(texts)
        ),
        flows=tuple(
            Flow(id=f"f{n}", name=text, source=f"e{n}", target=f"e{(n + 1) % count}", carries=(f"a{n}",))
            for n, text in enumerate(texts)
        ),
        layout=FrozenMap({f"e{n}": (240.0 * (n % 6), 160.0 * (n // 6)) for n in range(count)}),
    )


@pytest.mark.parametrize("group", [pytest.param(group, marks=pytest.mark.browser_all) for group in GROUPS] + ["own"])
def test_hostile_names_are_shown_as_the_text_they_are_and_nothing_runs(opening: Opening, group: str) -> None:
    """On the drawing, in the tables and on the cards: the text, no script, no dialog, no request to anywhere else."""
    if group != "own" and not FOLDER.is_dir():
        pytest.skip(f"the hostile files are not on this machine: {FOLDER}")
    texts = list(OWN) if group == "own" else hostile_texts(group)
    assert len(texts) >= 8, "hardly a hostile text was found"
    desk = opening()
    (desk.folder / "hostile.yaml").write_text(documents.dump(hostile_system(texts)), encoding="utf-8", newline="")
    assert texts == [
        element.name for element in Library.load().read_system(desk.folder / "hostile.yaml").value.elements
    ]

    desk.start(WORKBENCH.format(name="hostile.yaml"))

    on_boxes = _texts(desk, ".react-flow__node-element .nbt-element-name")
    assert sorted(_plain(shown(text)) for text in texts) == sorted(map(_plain, on_boxes))
    for part in ("Elements", "Flows", "Assets"):
        table = desk.table(part)
        fields = table.locator('input[aria-label^="Name of "]:not([aria-label^="Name of a new"])')
        values = fields.evaluate_all("all => all.map(one => one.value)")
        assert len(values) == len(texts)
        held = sorted(map(_plain, values))
        assert held in (sorted(map(_plain, texts)), sorted(_plain(shown(text)) for text in texts))
    desk.side("Cards")
    for number in range(min(3, desk.board().locator(".nbt-threat").count())):
        desk.card(number).locator(".nbt-threat-title").click()
        desk.card(number).locator("[aria-label^='The path'], h4").first.wait_for()
    desk.side("Questions")
    desk.side("Properties")
    desk.node("e0").focus()
    desk.press("Enter")
    desk.board().locator(".nbt-rename:focus").wait_for()
    desk.press("Escape")
    _pure(desk)


def _texts(desk: Desk, selector: str) -> list[str]:
    return list(desk.board().locator(selector).evaluate_all("all => all.map(one => one.textContent)"))


def _plain(text: str) -> str:
    """Return a text without spaces: a field of one line has no line ends."""
    return "".join(text.split())


def _pure(desk: Desk) -> None:
    page: Any = desk.page
    assert page.evaluate("window.__pwned === undefined && window.__canary === undefined")
    assert 0 == desk.board().locator("script, iframe, object, embed, base, img, link, meta, foreignObject").count()
    handlers = (
        "[...document.querySelectorAll('.nbt *')].filter(one => [...one.attributes].some("
        "a => a.name.startsWith('on') || (/^\\s*javascript:/i.test(a.value)"
        " && ['href', 'src', 'action'].includes(a.name)))).length"
    )
    assert 0 == page.evaluate(handlers)


@pytest.mark.browser_all
def test_a_script_in_a_name_would_be_noticed(opening: Opening) -> None:
    """The test above can fail: the same name put in as markup does run on such a page."""
    desk = opening("chatbot.yaml").start()

    desk.page.evaluate(
        "text => { document.querySelector('.nbt-status').innerHTML = text }", OWN[0].replace("src=x", "src='data:,'")
    )

    until(lambda: desk.page.evaluate("window.__pwned === 1"), "the script to run")
