"""Imports: what is promised, what it costs, and what is never done."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import nbthreat
from helpers import CHECKOUT

SOURCE = CHECKOUT / "src"
SLOW = ("numpy", "pandas", "networkx", "nbconvert", "nbformat", "jinja2", "yaml", "IPython", "ipywidgets", "graphviz")
BANNED_CALLS = {"eval", "exec", "compile", "__import__", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen"}
BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
BANNED_WORDS = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "|safe", "| safe", "autoescape false")
PYTHON = sorted(SOURCE.rglob("*.py"))


def loaded_by(statement: str) -> set[str]:
    """The modules that are there after a statement in a fresh process."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_public_face_is_what_we_say() -> None:
    """Nothing more, nothing less: classes first, then functions, each by name."""
    assert sorted(name for name in dir(nbthreat) if not name.startswith("_")) == nbthreat.__all__
    assert sorted(nbthreat._HOMES) == nbthreat.__all__
    assert sorted(set(nbthreat.__all__)) == nbthreat.__all__
    for part in (str.isupper, str.islower):
        names = [name for name in nbthreat.__all__ if part(name[0])]
        assert sorted(names, key=str.casefold) == names


@pytest.mark.parametrize("name", nbthreat.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    """The very thing that its room holds, with a docstring."""
    thing = getattr(nbthreat, name)

    assert getattr(import_module(f"nbthreat.{nbthreat._HOMES[name]}"), name) is thing
    assert (thing.__doc__ or "").strip()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="module 'nbthreat' has no attribute 'nonsense'"):
        nbthreat.nonsense  # noqa: B018 - the look is the point


def test_import_nbthreat_loads_nothing_slow() -> None:
    """A notebook's first cell does not wait."""
    assert set() == loaded_by("import nbthreat") & set(SLOW)


def test_matching_loads_no_table_no_notebook_and_no_page() -> None:
    """The core stands alone, and so does the command line until it publishes."""
    core = loaded_by("from nbthreat import Library, assess, match, System")
    command = loaded_by("import nbthreat.cli")

    for name in ("numpy", "pandas", "networkx", "nbconvert", "nbformat", "jinja2", "IPython", "ipywidgets"):
        assert name not in core
        assert name not in command


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_text_is_ever_run_as_code(path: Path) -> None:
    """No eval, no exec, no unsafe YAML, no pickle, no shell: whatever a file says, it stays text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    for node in ast.walk(tree):
        where = f"{path.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in BANNED_CALLS, where
            assert "shell" not in {keyword.arg for keyword in node.keywords}, where
        if isinstance(node, ast.Import):
            assert not BANNED_MODULES & {alias.name.partition(".")[0] for alias in node.names}, where
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in BANNED_MODULES, where


def test_no_page_is_made_of_raw_text() -> None:
    """Neither in Python nor in templates, styles or scripts."""
    found = [
        (path.name, word)
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in {".py", ".j2", ".js", ".mjs", ".ts", ".tsx", ".css", ".html"}
        and not {"node_modules", "static", "eslint.config.js"}.intersection(path.parts)  # the last forbids these words
        for word in BANNED_WORDS
        if word in path.read_text(encoding="utf-8")
    ]

    assert [] == found
