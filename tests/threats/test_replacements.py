"""Replacements: which threats a threat became, so that nobody's decision is taken for one about another threat."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import library
from nbthreat import cli
from nbthreat.threats.library import Library, Status
from small_pack import OURS, small_project

NAMES = ("a", "b", "c", "d", "e")


def replacing(**replaces: str) -> Library:
    """A library of threats by name, each with what it replaces; in capitals where it is retired."""
    some = library().threats[0]
    return replace(
        library(),
        threats=tuple(
            replace(
                some,
                id=name.lower(),
                replaces=tuple(old.split()),
                status=Status.RETIRED if name.isupper() else Status.REVIEWED,
            )
            for name, old in replaces.items()
        ),
    )


@pytest.mark.parametrize(
    ("replaces", "expected"),
    [
        ({"a": ""}, {}),
        ({"b": "a"}, {"a": ("b",)}),
        ({"c": "a", "b": "a"}, {"a": ("b", "c")}),
        ({"c": "a b"}, {"a": ("c",), "b": ("c",)}),
        ({"B": "a", "c": "b"}, {"a": ("c",), "b": ("c",)}),
        ({"B": "a", "c": "b", "d": "b"}, {"a": ("c", "d"), "b": ("c", "d")}),
        ({"b": "a", "c": "b"}, {"a": ("b",), "b": ("c",)}),
        ({"B": "a"}, {"a": ()}),
        ({"A": "b", "B": "a"}, {"a": (), "b": ()}),
        ({"a": "a"}, {"a": ()}),
    ],
)
def test_each_threat_that_is_replaced_is_told_with_all_that_replace_it(
    replaces: dict[str, str], expected: dict[str, tuple[str, ...]]
) -> None:
    """Those that are asked about, through retired ones as well, and in a circle to its end."""
    found = replacing(**replaces)

    assert expected == found.replacements
    assert {old: new for old, new in expected.items() if len(new) > 1} == found.splits


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)), st.booleans()), max_size=6))
def test_only_threats_that_are_asked_about_take_a_place(said: list[tuple[str, set[str], bool]]) -> None:
    """None its own, and every one that says so itself is among them."""
    found = replacing(**{name.upper() if retired else name: " ".join(sorted(old)) for name, old, retired in said})
    asked = {threat.id: threat for threat in found.asked}

    for old, new in found.replacements.items():
        assert set(new) <= set(asked) - {old}
        assert {id for id, threat in asked.items() if old in threat.replaces} - {old} <= set(new)
        assert sorted(new) == list(new)


@pytest.fixture
def split(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A pack, its next edition in which one threat became two, and a system with it."""
    project = small_project(tmp_path)
    newer = tmp_path / "ours-2"
    shutil.copytree(project / "ours", newer)
    threat = newer / "threats" / f"{OURS}.yaml"
    text = threat.read_text(encoding="utf-8")
    for name in ("acme-mails-out", "acme-tickets-out"):
        said = text.replace(f"id: {OURS}", f"id: {name}") + f"replaces: [{OURS}]\n"
        (threat.parent / f"{name}.yaml").write_text(said, encoding="utf-8")
    threat.unlink()
    return project / "ours", newer, project / "systems" / "desk.yaml"


def test_a_check_of_a_pack_tells_a_split(split: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """By a note, at the file of one of the new threats; a pack without a split has none."""
    older, newer, _ = split

    assert 0 == cli.main(["library", "check", str(newer)])
    told = capsys.readouterr().err
    assert 0 == cli.main(["library", "check", str(older)])

    assert f"note: {newer / 'threats' / 'acme-mails-out.yaml'}:1: {OURS} becomes 2 threats" in told
    assert "acme-mails-out and acme-tickets-out" in told
    assert "becomes" not in capsys.readouterr().err


def test_a_comparison_of_two_editions_tells_a_split(
    split: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as data."""
    older, newer, system = split
    capsys.readouterr()

    assert 0 == cli.main(["library", "diff", str(older), str(newer), str(system)])
    words = capsys.readouterr().out
    assert 0 == cli.main(["library", "diff", str(older), str(newer), str(system), "--json"])
    data = json.loads(capsys.readouterr().out)

    assert f"threats split: {OURS} into acme-mails-out and acme-tickets-out\n" in words
    assert {OURS: ["acme-mails-out", "acme-tickets-out"]} == data["threats"]["split"]
