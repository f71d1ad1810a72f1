"""Shipped YAML: every file that comes with nbthreat says the same to readers of YAML 1.1 and of YAML 1.2."""

from __future__ import annotations

from pathlib import Path

import pytest
import ruamel.yaml
import yaml

from helpers import CHECKOUT
from test_docs import PAGES, blocks, name_of

ROOTS = ("threat_library", "notebooks", "src/nbthreat", "binder")
FILES = sorted(
    [
        CHECKOUT / ".pre-commit-hooks.yaml",
        *(
            path
            for root in ROOTS
            for path in (CHECKOUT / root).rglob("*.y*ml")
            if ".ipynb_checkpoints" not in path.parts
        ),
    ]
)
WORKFLOW_KEY = "\non: pull_request\n"  # GitHub's own word for when a workflow runs


def read_by_both(text: str) -> tuple[object, object]:
    """Return what a reader of YAML 1.1 and a reader of YAML 1.2 make of a text."""
    newer = ruamel.yaml.YAML(typ="safe", pure=True)
    newer.version = (1, 2)
    older = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return older, newer.load(text)


def test_the_two_readers_are_two() -> None:
    """What one takes for true is text to the other: what follows can fail."""
    older, newer = read_by_both("on: every-path")

    assert ({True: "every-path"}, {"on": "every-path"}) == (older, newer)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_says_the_same_to_both_readers(path: Path) -> None:
    """In keys and in values."""
    older, newer = read_by_both(path.read_text(encoding="utf-8"))

    assert older == newer


def test_every_kind_of_file_is_among_them() -> None:
    """The library, the template of a pack, the starters, the worked systems."""
    names = [name_of(path) for path in FILES]

    for folder in ("threat_library/threats/", "src/nbthreat/threats/library/template/", "notebooks/systems/"):
        assert [name for name in names if name.startswith(folder)]
    assert [name for name in names if "/starters/" in name]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=name_of)
def test_yaml_on_a_page_says_the_same_to_both_readers(page: Path) -> None:
    """All but the key that is GitHub's."""
    for text in blocks(page, "yaml"):
        older, newer = read_by_both(text.replace(WORKFLOW_KEY, '\n"on": pull_request\n'))

        assert older == newer
