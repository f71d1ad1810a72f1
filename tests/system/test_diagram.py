"""Drawings hold whatever was drawn and nothing else: boxes apart, boundaries true, text harmless, shapes that tell."""

from __future__ import annotations

import itertools
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbthreat.base.text import shown
from nbthreat.system.diagram import arrange, describe, dot, outline, pen, routing, svg
from nbthreat.system.diagram.columns import by_columns
from nbthreat.system.diagram.fitting import fitted
from nbthreat.system.diagram.geometry import Point, Rect, boundary_rects, box, chains
from nbthreat.system.diagram.wording import width, wrapped
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "desc", "g", "rect", "line", "path", "polygon", "circle", "text", "tspan"}
FORBIDDEN = re.compile(r"style|class|href|^on|^id$")
HOSTILE = [
    "<script>alert(1)</script>",
    '"/><image href="https://example.org/x"/>',
    "</title></svg><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; ]]> <!-- --> <?xml?>",
    'n0"]; n1 -> n2 [URL="javascript:alert(1)"]; "',
    "<<TABLE><TR><TD>table</TD></TR></TABLE>>",
    "javascript:alert(1)",
    "url(https://example.org)",
]


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no program can be found."""
    monkeypatch.setenv("PATH", "")


needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the Graphviz program is not installed here")


def element(id_: str, boundary: str | None = None, *, name: str = "", technology: str = "application") -> Element:
    """An element of no particular technology."""
    return Element(id=id_, name=name, technology=technology, boundary=boundary)


def flow(id_: str, source: str, target: str, name: str = "") -> Flow:
    """A flow of nobody said what."""
    return Flow(id=id_, source=source, target=target, name=name)


def chatbot(**more: object) -> System:
    """A customer outside, an assistant and a store nested inside, a model elsewhere; questions and answers."""
    return System(
        id="chatbot",
        name="Chatbot",
        version="2.1",
        assets=(Asset(id="words", name="Questions", kind="prompt"),),
        boundaries=(
            TrustBoundary(id="tenant", name="Our tenant", trust=Trust.HIGH),
            TrustBoundary(id="data", name="Data room", within="tenant"),
            TrustBoundary(id="outside", name="Provider", trust=Trust.PARTNER),
        ),
        elements=(
            element("customer", name="Customer", technology="person"),
            element("assistant", "tenant", name="Assistant"),
            element("store", "data", name="Manuals", technology="vector-store"),
            element("model", "outside", name="Model"),
        ),
        flows=(
            Flow(id="ask", source="customer", target="assistant", carries=("words",)),
            flow("answer", "assistant", "customer"),
            flow("search", "assistant", "store"),
            Flow(id="hits", source="store", target="assistant", carries=()),
            flow("prompt", "assistant", "model", "full prompt"),
            flow("retry", "assistant", "assistant"),
        ),
        **more,  # type: ignore[arg-type]  # fields of System, as the test says them
    )


def named(name: str) -> System:
    """Everything called `name` that can be called anything."""
    return System(
        id="named",
        name=name,
        version=name[:64],
        assets=(Asset(id="words", name=name, kind=name),),
        boundaries=(TrustBoundary(id="inside", name=name), TrustBoundary(id="empty", name=name, within="inside")),
        elements=(element("one", "inside", name=name, technology=name), element("two", name=name)),
        flows=(
            Flow(id="say", source="one", target="two", name=name, carries=("words",)),
            flow("on", "two", "two", name),
        ),
    )


def parsed(picture: str) -> ET.Element:
    """The picture as any reader of XML takes it."""
    return ET.fromstring(picture)  # noqa: S314 - our own output, which is the point


def texts(picture: str) -> list[str]:
    """Every line of lettering in the picture, in the order drawn."""
    return ["".join(node.itertext()) for node in parsed(picture).iter(f"{SVG}text")]


def hints(picture: str) -> list[str]:
    """Every text that is shown where a pointer rests, in the order drawn."""
    return [node.text or "" for node in parsed(picture).iter(f"{SVG}title")]


def group_of(picture: str, hint: str) -> ET.Element:
    """The group of shapes whose full text begins with `hint`."""
    groups = [
        group for group in parsed(picture).iter(f"{SVG}g") if (group.findtext(f"{SVG}title") or "").startswith(hint)
    ]
    assert groups, f"nothing is called {hint}"
    return groups[0]


ids = st.integers(0, 13)


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Up to 14 elements in up to 6 nested boundaries with up to 24 flows, circles and repetitions among them."""
    boundary_count = draw(st.integers(0, 6))
    element_count = draw(st.integers(1, 14))
    withins = [draw(st.none() | st.integers(0, n - 1)) if n else None for n in range(boundary_count)]
    places = draw(
        st.lists(
            st.none() | st.integers(0, boundary_count - 1) if boundary_count else st.none(),
            min_size=element_count,
            max_size=element_count,
        )
    )
    ends = draw(st.lists(st.tuples(st.integers(0, element_count - 1), st.integers(0, element_count - 1)), max_size=24))
    return System(
        id="drawn",
        name="Drawn",
        boundaries=tuple(
            TrustBoundary(id=f"b{n}", within=None if within is None else f"b{within}")
            for n, within in enumerate(withins)
        ),
        elements=tuple(element(f"e{n}", None if place is None else f"b{place}") for n, place in enumerate(places)),
        flows=tuple(flow(f"f{n}", f"e{source}", f"e{target}", "some data") for n, (source, target) in enumerate(ends)),
    )


def overlapping(rects: Mapping[str, Rect]) -> list[tuple[str, str]]:
    """Every two names whose rectangles overlap."""
    return [
        (combination, other)
        for combination, other in itertools.combinations(rects, 2)
        if rects[combination].overlaps(rects[other])
    ]


def assert_true_picture(system: System, places: Mapping[str, Point]) -> None:
    """Boxes are apart, each boundary holds what is in it and touches nothing else."""
    boxes = {id_: box(place) for id_, place in places.items()}
    assert {found.id for found in system.elements} == set(places)
    assert [] == overlapping(boxes)
    reaches = boundary_rects(system, places)
    for id_, chain in chains(system).items():
        for boundary, reach in reaches.items():
            if boundary in chain:
                assert reach.holds(boxes[id_])
            else:
                assert not reach.overlaps(boxes[id_])
    within = {boundary.id: boundary.within for boundary in system.boundaries}
    siblings = [pair for pair in overlapping(reaches) if within[pair[0]] == within[pair[1]]]
    assert [] == siblings


# Arranging


@given(system=systems())
@settings(max_examples=150, deadline=None)
def test_columns_never_overlap_and_boundaries_never_lie(system: System) -> None:
    """Whatever flows and nesting: no box on a box, no boundary round what is not in it."""
    assert_true_picture(system, by_columns(system))


@needs_dot
@given(system=systems())
@settings(max_examples=25, deadline=None)
def test_with_dot_nothing_overlaps_either(system: System) -> None:
    """What dot answers is only used where it makes a true picture."""
    assert_true_picture(system, arrange(system))


@given(system=systems(), order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_elements_in_the_file_does_not_matter(system: System, order: object) -> None:
    """Without dot, shuffled elements and boundaries are arranged as before."""
    shuffled_elements, shuffled_boundaries = list(system.elements), list(system.boundaries)
    order.shuffle(shuffled_elements)  # type: ignore[attr-defined]  # hypothesis says only that it is random
    order.shuffle(shuffled_boundaries)  # type: ignore[attr-defined]
    shuffled = replace(system, elements=tuple(shuffled_elements), boundaries=tuple(shuffled_boundaries))

    assert by_columns(system) == by_columns(shuffled)


@given(
    system=systems(), stored=st.dictionaries(ids, st.tuples(st.integers(-900, 900), st.integers(-500, 500)), min_size=1)
)
@settings(max_examples=100, deadline=None)
def test_new_elements_find_room_between_placed_ones(system: System, stored: dict[int, tuple[int, int]]) -> None:
    """Stored places stay, even on top of each other; a new box lies on no other box."""
    known = {found.id for found in system.elements}
    layout = {f"e{n}": (float(x), float(y)) for n, (x, y) in stored.items() if f"e{n}" in known} or {"e0": (0.0, 0.0)}
    partly = replace(system, layout=FrozenMap(layout))

    places = fitted(partly, by_columns(partly))

    assert layout == {id_: places[id_] for id_ in layout}
    clashes = overlapping({id_: box(place) for id_, place in places.items()})
    assert [] == [pair for pair in clashes if not set(pair) <= set(layout)]


def test_stored_positions_are_kept_as_they_are() -> None:
    """Where everything has its place, nothing is asked and nothing moves."""
    layout = {"customer": (0, 80), "assistant": (240.5, 80), "store": (520, -3), "model": (-7, 9)}

    assert FrozenMap(layout) == arrange(chatbot(layout=FrozenMap(layout)))


@pytest.mark.usefixtures("no_dot")
def test_a_moved_element_takes_nothing_else_out_of_order() -> None:
    """With one element moved, the others keep their places towards each other."""
    free = arrange(chatbot())
    moved = {"assistant": (free["assistant"][0] + 700.0, free["assistant"][1] + 40.0)}

    places = arrange(chatbot(layout=FrozenMap(moved)))

    assert moved["assistant"] == places["assistant"]
    assert {(700.0, 40.0)} == {(places[id_][0] - free[id_][0], places[id_][1] - free[id_][1]) for id_ in free}


@pytest.mark.usefixtures("no_dot")
def test_an_element_is_not_put_into_a_foreign_boundary() -> None:
    """A new element outside all boundaries keeps out of one that people have stretched wide."""
    system = System(
        id="s",
        name="S",
        boundaries=(TrustBoundary(id="wide"),),
        elements=(element("left", "wide"), element("right", "wide"), element("new")),
        layout=FrozenMap({"left": (0.0, 0.0), "right": (1500.0, 600.0)}),
    )

    places = arrange(system)

    assert not boundary_rects(system, places)["wide"].overlaps(box(places["new"]))


@pytest.mark.usefixtures("no_dot")
def test_flows_run_from_left_to_right() -> None:
    """Each step of a chain is in a column of its own, answers notwithstanding."""
    chain = [element(id_) for id_ in "dcba"]
    pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "a")]
    system = System(
        id="s",
        name="S",
        elements=tuple(chain),
        flows=tuple(flow(f"f{n}", source, target) for n, (source, target) in enumerate(pairs)),
    )

    places = arrange(system)

    assert ["a", "b", "c", "d"] == sorted(places, key=lambda id_: places[id_][0])
    assert 1 == len({y for _, y in places.values()})


@pytest.mark.usefixtures("no_dot")
def test_questions_decide_and_answers_follow() -> None:
    """A store that something else fills, and that answers, still stands after those who ask it."""
    pairs = [("app", "assistant"), ("assistant", "app"), ("indexer", "store"), ("assistant", "store")]
    answered = [*pairs, ("store", "assistant")]
    system = System(
        id="s",
        name="S",
        elements=tuple(element(id_) for id_ in ("indexer", "app", "assistant", "store")),
        flows=tuple(flow(f"f{n}", source, target) for n, (source, target) in enumerate(answered)),
    )

    places = arrange(system)

    assert places["app"][0] < places["assistant"][0] == places["indexer"][0] < places["store"][0]


@pytest.mark.usefixtures("no_dot")
def test_a_long_chain_is_folded() -> None:
    """Forty steps do not make a picture forty columns wide."""
    count = 40
    steps = tuple(element(f"e{n}") for n in range(count))
    flows = tuple(flow(f"f{n}", f"e{n}", f"e{n + 1}") for n in range(count - 1))

    places = arrange(System(id="s", name="S", elements=steps, flows=flows))

    across = max(x for x, _ in places.values())
    down = max(y for _, y in places.values())
    assert across < 6 * down
    assert_true_picture(System(id="s", name="S", elements=steps, flows=flows), places)


def program(folder: Path, script: str) -> Path:
    """Put a program called dot into a folder of its own."""
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are scripts")
@pytest.mark.parametrize(
    "script",
    [
        "raise SystemExit(1)",
        "print('Error: not a graph')",
        "print('node n0 nan nan 1 1')",
        "print('node n0 inf inf 1 1')",
        "print('node n0 1 1 2 1\\nnode n1 1 1 2 1\\nnode n2 1 1 2 1\\nnode n3 1 1 2 1')",
        "import sys; sys.stdout.buffer.write(bytes(range(256)))",
        "import time; time.sleep(60)",
    ],
    ids=["fails", "chatters", "not a number", "endless", "all in one place", "rubbish", "hangs"],
)
def test_a_dot_that_fails_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Whatever a program called dot does, there is a picture, and soon."""
    monkeypatch.setattr(dot, "DOT_SECONDS", 0.5)
    monkeypatch.setenv("PATH", str(program(tmp_path, script)))

    assert FrozenMap(by_columns(chatbot())) == arrange(chatbot())


@pytest.mark.parametrize("name", HOSTILE)
def test_dot_is_told_nothing_that_anybody_wrote(name: str) -> None:
    """Names are not in what dot reads, nor are ids: only numbers."""
    source = dot._dot_source(named(name))

    assert source == dot._dot_source(named("harmless"))
    assert not re.search(r"\b(one|two|inside|empty|say|harmless)\b", source)


@needs_dot
def test_large_systems_do_not_ask_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit the columns are taken, dot or no dot."""
    monkeypatch.setattr(dot, "DOT_LIMIT", 3)

    assert FrozenMap(by_columns(chatbot())) == arrange(chatbot())


def test_two_thousand_elements_are_drawn() -> None:
    """A very large system with circles and nesting is drawn whole; how long it takes is for the benchmark to say."""
    count = 2_000
    system = System(
        id="large",
        name="Large",
        boundaries=tuple(TrustBoundary(id=f"b{n}", within=f"b{n // 2}" if n else None) for n in range(40)),
        elements=tuple(element(f"e{n}", f"b{n % 40}") for n in range(count)),
        flows=tuple(flow(f"f{n}", f"e{n}", f"e{(n * 7 + 1) % count}") for n in range(count)),
    )

    picture = svg(system)

    assert count == sum(hint.endswith("(process, application)") for hint in hints(picture))


# What is drawn


@pytest.fixture(params=["dot", "no dot"])
def with_and_without_dot(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as the machine is, once with no program to be found."""
    if request.param == "no dot":
        monkeypatch.setenv("PATH", "")
    elif shutil.which("dot") is None:
        pytest.skip("the Graphviz program is not installed here")


@pytest.mark.usefixtures("with_and_without_dot")
def test_a_picture_has_a_role_a_name_and_a_description() -> None:
    """A screen reader says what it is a picture of, and then the picture in words."""
    root = parsed(svg(chatbot()))
    labels = {node.get("id"): node.text for node in root if node.tag in {f"{SVG}title", f"{SVG}desc"}}

    assert "img" == root.get("role")
    assert list(labels) == (root.get("aria-labelledby") or "").split()
    assert ["Data flows and trust boundaries of Chatbot", describe(chatbot())] == list(labels.values())


def test_ids_in_the_picture_are_not_what_anybody_wrote() -> None:
    """Two systems on one page do not share ids, and an id says nothing of the system."""
    found = {node.get("id") for node in parsed(svg(chatbot())).iter()} - {None}
    others = {node.get("id") for node in parsed(svg(replace(chatbot(), id="other"))).iter()} - {None}

    assert all(re.fullmatch(r"nbthreat-[0-9a-f]{12}-(title|desc)", id_ or "") for id_ in found | others)
    assert not found & others


@pytest.mark.usefixtures("with_and_without_dot")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_out_as_text(name: str) -> None:
    """Nothing in a name becomes part of the picture; it is there to be read, in full where a pointer rests."""
    picture = svg(named(name), badges={"one": (1, 1), "say": (0, 2)}, lit=["one", "say", "two"])
    root = parsed(picture)

    assert DRAWN >= {node.tag.removeprefix(SVG) for node in root.iter()}
    assert f"{shown(name)} (process, {shown(name)}): 1 open · 1 possible" in hints(picture)
    inner = [node for node in root.iter() if node is not root and node.tag not in {f"{SVG}title", f"{SVG}desc"}]
    assert [] == [key for node in inner for key in node.attrib if FORBIDDEN.search(key)]
    drawn = [value for node in inner for value in node.attrib.values()]
    assert all(re.fullmatch(r"[-0-9., MC]+|#[0-9a-f]{6}|none|bold|middle", value) for value in drawn)


@given(name=st.text(st.characters(), min_size=1, max_size=80).filter(str.strip))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_gives_a_picture_that_can_be_read_back(name: str) -> None:
    """Control characters, lone surrogates and the rest: the picture is XML, and Unicode, whatever the name."""
    layout = FrozenMap({"one": (0.0, 0.0), "two": (400.0, 0.0)})
    placed = replace(named(name), layout=layout)

    root = parsed(svg(placed).encode().decode())

    assert all(
        character.isprintable() or character == "\n" for character in "".join(root.itertext()) if character < "\x80"
    )


def test_names_written_from_right_to_left_are_set_apart() -> None:
    """Such a name does not turn the words round it about."""
    name = "עברית"

    assert f"In \u2068{name}\u2069 (trust: not known)" in describe(named(name))
    assert f"\u2068{name}\u2069 (trust: not known)" in texts(svg(named(name)))


@given(text=st.text(min_size=1), room=st.floats(30, 200), lines=st.integers(1, 3))
def test_wrapped_lines_fit(text: str, room: float, lines: int) -> None:
    """No line is wider than there is room, and there are not more than asked for."""
    found = wrapped(text, 12, room, lines)

    assert len(found) <= lines
    assert all(width(line, 12) <= room + 1e-6 for line in found)
    if not found or not found[-1].endswith("…"):
        assert shown(text).replace(" ", "") == "".join(found).replace(" ", "")


def test_long_names_are_cut_and_kept_in_full_behind() -> None:
    """The box shows what fits, ending in …, and the hint has every word."""
    name = "The retrieval service of the claims department for motor vehicles and household contents"
    picture = svg(named(name))

    lines = [line for line in texts(picture) if line.startswith("of the") or line.endswith("…")]
    assert lines
    assert name not in texts(picture)
    assert f"{name} (process, {name})" in hints(picture)


def test_an_emoji_is_never_cut_in_two() -> None:
    """People joined of several characters are cut between, not within."""
    person = "👩🏽\u200d💻"

    (line,) = wrapped(person * 9, 12, 60)

    assert "" == line.replace(person, "").replace("…", "")
    assert line.endswith("…")


@pytest.mark.usefixtures("with_and_without_dot")
def test_boundaries_say_their_trust() -> None:
    """The label of a boundary holds its name and how far it is trusted, or that nobody said."""
    hinted = hints(svg(chatbot()))

    assert "Our tenant (trust: high)" in hinted
    assert "Data room (trust: not known)" in hinted
    assert "Our tenant (trust: high)" in texts(svg(chatbot()))


def test_a_boundary_with_a_long_name_still_says_its_trust() -> None:
    """It is the name that is cut."""
    boundaries = (TrustBoundary(id="b", name="A very long name of a rather small place", trust=Trust.PARTNER),)
    system = System(id="s", name="S", boundaries=boundaries, elements=(element("e", "b"),))

    (label,) = (line for line in texts(svg(system)) if "trust: " in line)

    assert re.fullmatch(r"A very long name.*….*\(trust: partner\)", label)


def test_shapes_differ_without_colour() -> None:
    """A process is round, a store has lines down both sides, an external is square with a thick border."""
    picture = svg(chatbot(), shapes={"store": "store", "customer": "external", "model": "no such shape"})
    process, store, external = (group_of(picture, name) for name in ("Assistant", "Manuals", "Customer"))
    first = {name: group.find(f"{SVG}rect") for name, group in zip("pse", (process, store, external), strict=True)}

    assert first["p"] is not None
    assert first["s"] is not None
    assert first["e"] is not None
    assert [True, False, False] == [first[name].get("rx") is not None for name in "pse"]  # type: ignore[union-attr]
    assert [0, 2, 0] == [len(group.findall(f"{SVG}line")) for group in (process, store, external)]
    assert float(first["e"].get("stroke-width", 0)) >= 2 * float(first["p"].get("stroke-width", 0))
    assert "Model (process, application)" in hints(picture)
    assert "Manuals (store, vector-store)" in describe(chatbot(), shapes={"store": "store"})
    assert {"process", "store", "external", "trust boundary"} <= set(texts(picture))


def test_badges_are_words_and_shapes() -> None:
    """Counts are written out; open ones have pointed ends, possible ones round ends; nought is not drawn."""
    badges = {"assistant": (2, 1), "store": (0, 3), "customer": (0, 0), "prompt": (1, 0), "gone": (9, 9)}
    picture = svg(chatbot(), badges=badges)

    assert {"2 open · 1 possible", "3 possible", "1 open"} <= set(texts(picture))
    assert not any("0" in line or "9" in line for line in texts(picture))
    assert 1 == len(group_of(picture, "Assistant").findall(f"{SVG}polygon"))
    assert 0 == len(group_of(picture, "Manuals").findall(f"{SVG}polygon"))
    words = parsed(picture).findtext(f"{SVG}desc") or ""
    assert "Findings at Assistant: 2 open · 1 possible." in words
    assert "Findings at full prompt: 1 open." in words


def test_a_lit_path_is_dashed_outlined_and_numbered() -> None:
    """Steps are numbered in the order of the path; its elements have a second outline; others have neither."""
    plain = svg(chatbot())
    picture = svg(chatbot(), lit=["store", "hits", "assistant", "prompt", "model", "gone"])

    rects = {hint: len(group_of(picture, hint).findall(f"{SVG}rect")) for hint in ("Manuals", "Assistant", "Customer")}
    assert {"Manuals": 2, "Assistant": 2, "Customer": 1} == rects
    dashes = {hint: group_of(picture, hint).find(f"{SVG}path") for hint in ("hits: ", "full prompt: ", "ask: ")}
    assert [True, True, False] == [
        path is not None and path.get("stroke-dasharray") is not None for path in dashes.values()
    ]
    assert ["1", "2"] == [line for line in texts(picture) if line in {"1", "2"}]
    assert not {"1", "2", "path shown"} & set(texts(plain))
    assert "Path shown: Manuals → hits → Assistant → full prompt → Model." in (
        parsed(picture).findtext(f"{SVG}desc") or ""
    )


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(name: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it, from 1 to 21."""
    bright, dark = sorted((luminance(name), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_everything_can_be_told_from_its_ground() -> None:
    """Lettering has a contrast of at least 4.5 to 1 on whatever it can stand on, and so have lines and outlines."""
    grounds = [pen.PAPER, pen.OUTSIDE_FILL, *pen.TRUST_FILL.values()]
    inks = [pen.INK, pen.SOFT_INK, pen.LIT_INK]

    assert min(contrast(ink, ground) for ink in inks for ground in grounds) >= 4.5
    assert min(contrast(pen.PAPER, ground) for ground in (pen.LIT_INK, pen.OPEN_FILL)) >= 4.5


# Lines and labels


def test_opposite_and_parallel_flows_are_bowed_apart() -> None:
    """Three flows between the same two are three lines, well apart in the middle."""
    middles = {"a": (0.0, 0.0), "b": (500.0, 100.0)}
    flows = [flow("f", "a", "b"), flow("g", "b", "a"), flow("h", "a", "b")]

    found = routing.lines(flows, middles, [])

    halfway = [line.at(0.5) for line in found.values()]
    assert (
        min(math.dist(combination, other) for combination, other in itertools.combinations(halfway, 2))
        > routing.BOW * 0.9
    )


def test_a_line_goes_round_a_box_in_its_way() -> None:
    """A flow past a third element does not run through it."""
    middles = {"a": (0.0, 0.0), "b": (400.0, 0.0), "c": (800.0, 0.0)}

    line = routing.lines([flow("f", "a", "c")], middles, [])["f"]

    way = box(middles["b"])
    assert not any(way.left < x < way.right and way.top < y < way.bottom for x, y in line.samples())


def test_a_flow_to_itself_is_a_loop() -> None:
    """It leaves the box and comes back to it, and a second one goes further out."""
    middles = {"a": (0.0, 0.0)}

    found = routing.lines([flow("f", "a", "a"), flow("g", "a", "a")], middles, [])

    tops = [line.at(0.5)[1] for line in found.values()]
    assert all(line.start[1] == line.end[1] < box(middles["a"]).top for line in found.values())
    assert tops[1] < tops[0] - 20 < box(middles["a"]).top - 40


@given(system=systems())
@settings(max_examples=60, deadline=None)
def test_labels_do_not_sit_on_boxes(system: System) -> None:
    """Wherever the columns put the boxes, every label finds a place beside them."""
    middles = by_columns(system)
    routes = routing.lines(system.flows, middles, [])

    spots = routing.spots(routes, dict.fromkeys(routes, (112.0, 30.0)), [box(place) for place in middles.values()], [])

    assert [] == [
        id_ for id_, spot in spots.items() if any(spot.rect.overlaps(box(place)) for place in middles.values())
    ]


def test_elements_in_the_very_same_place_are_drawn_all_the_same() -> None:
    """People may put boxes on top of each other; flows between them have no direction, and no harm comes of it."""
    layout = FrozenMap({"one": (5.0, 5.0), "two": (5.0, 5.0)})
    same = replace(named("Same"), layout=layout)

    assert "nan" not in svg(same)
    assert 2 == len(list(parsed(svg(same)).iter(f"{SVG}path")))


@pytest.mark.usefixtures("with_and_without_dot")
def test_everything_is_within_the_picture() -> None:
    """No shape is cut off at the edge."""
    root = parsed(svg(chatbot(), badges={"model": (12, 345), "retry": (6, 7)}, lit=["customer", "ask", "assistant"]))
    left, top, across, down = (float(part) for part in (root.get("viewBox") or "").split())

    for rect in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(rect.get(key, "nan")) for key in ("x", "y", "width", "height"))
        assert left <= x <= x + wide <= left + across
        assert top <= y <= y + high <= top + down


# Words, and sameness


def test_the_picture_in_words() -> None:
    """What is where, and what goes from where to where; what is not known is said to be so."""
    expected = """\
Chatbot 2.1: 4 elements, 3 trust boundaries and 6 flows.
In no trust boundary: Customer (person).
In Provider (trust: partner): Model (application).
In Our tenant (trust: high): Assistant (application) and the trust boundary Data room.
In Data room (trust: not known), within Our tenant: Manuals (vector-store).
Flow 1: ask, from Customer to Assistant, carrying Questions.
Flow 2: answer, from Assistant to Customer; what it carries is not known.
Flow 3: search, from Assistant to Manuals; what it carries is not known.
Flow 4: hits, from Manuals to Assistant, carrying nothing.
Flow 5: full prompt, from Assistant to Model; what it carries is not known.
Flow 6: retry, from Assistant to itself; what it carries is not known."""

    assert expected == describe(chatbot())


@pytest.mark.usefixtures("with_and_without_dot")
def test_nothing_drawn_yet_is_said_to_be_so() -> None:
    """A system without elements is a picture that says so, and a boundary without contents is named."""
    system = System(id="s", name="S", boundaries=(TrustBoundary(id="b", name="Later", trust=Trust.HIGH),))

    assert ["Nothing is in Later (trust: high).", "No element is drawn yet."] == texts(svg(system))
    assert "S: 0 elements, 1 trust boundary and 0 flows.\nIn Later (trust: high): nothing." == describe(system)


@pytest.mark.usefixtures("with_and_without_dot")
def test_the_same_system_gives_the_same_bytes() -> None:
    """In this process, and in another with other hashes."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_diagram as t; "
        "from nbthreat.system.diagram import svg; "
        "sys.stdout.buffer.write(svg(t.chatbot(), badges={'model': (1, 2)}, lit=['ask', 'model']).encode())"
    )
    expected = svg(chatbot(), badges={"model": (1, 2)}, lit=["ask", "model"]).encode()

    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script, str(Path(__file__).parent)]
        assert expected == subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_an_outline_shows_boundaries_in_each_other_and_nothing_that_is_in_them() -> None:
    """One box for each, inside the box of the one it is in; deep nests and none at all are drawn too."""
    nested = System(
        id="a",
        name="<b>A",
        boundaries=(
            TrustBoundary(id="in", name="Inner & co", within="out"),
            TrustBoundary(id="out"),
            TrustBoundary(id="alone"),
        ),
        elements=(Element(id="secret", technology="agent", boundary="in"),),
    )
    drawn = outline(nested)
    boxes = [
        Rect(x, y, x + w, y + h)
        for node in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314 - our own
        if node.get("stroke")
        for x, y, w, h in [[float(node.get(name) or 0) for name in ("x", "y", "width", "height")]]
    ]

    assert 3 == len(boxes)
    assert 1 == sum(rect != other and rect.holds(other) for rect in boxes for other in boxes)
    assert "secret" not in drawn
    assert "Inner &amp; co" in drawn
    assert "<b>" not in drawn
    deep = tuple(TrustBoundary(id=f"b{n}", within=f"b{n + 1}" if n < 2_000 else None) for n in range(2_001))
    assert 2_001 == outline(System(id="d", name="D", boundaries=deep)).count("stroke-dasharray")
    assert "No trust boundary is drawn." in outline(System(id="e", name="E"))
