"""Imports: what is promised, what it costs, and what is never done."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
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


def test_type_checkers_see_the_names_where_they_are_found() -> None:
    """What is imported for them alone says the same homes."""
    tree = ast.parse(Path(nbthreat.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: str(node.module).removeprefix("nbthreat.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert seen == nbthreat._HOMES


def classes_in(hint: object) -> Iterator[type]:
    """Yield the classes of this package that a type is made of."""
    if isinstance(hint, type) and hint.__module__.startswith("nbthreat."):
        yield hint
    for part in get_args(hint):
        yield from classes_in(part)


def test_what_people_build_is_public_with_all_its_parts() -> None:
    """Whoever writes a system, a register or a sign-off in Python types no module's name for any field of it."""
    waiting: list[type] = [nbthreat.System, nbthreat.Register, nbthreat.Statement]
    parts: dict[type, str] = {}
    while waiting:
        part = waiting.pop()
        if part not in parts:
            parts[part] = part.__name__
            fields = get_type_hints(part) if is_dataclass(part) else {}
            waiting += [found for hint in fields.values() for found in classes_in(hint)]

    assert {"Element", "Trust", "Residual", "Level", "Approval"} <= set(parts.values())
    assert [] == [name for part, name in parts.items() if getattr(nbthreat, name, None) is not part]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Regster", "Did you mean 'Register'?"),
        ("asess_file", "Did you mean 'assess_file'?"),
        ("workbench", "Did you mean 'Workbench'?"),
        ("nonsense", "dir(nbthreat) lists what there is."),
    ],
)
def test_a_name_that_is_not_there_is_an_attribute_error_with_a_hint(name: str, told: str) -> None:
    """The hint is told once: Python, which shows one of its own, adds none."""
    code = f"import nbthreat\nnbthreat.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert f"AttributeError: module 'nbthreat' has no attribute '{name}'. {told}" == done.stderr.splitlines()[-1]


def test_no_notebook_and_no_page_names_a_wing() -> None:
    """Where things live inside is nobody's concern who uses them: `nbthreat.X` is enough."""
    pages = [CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "notebooks").rglob("*.ipynb")]
    wings = [path.name for path in (SOURCE / "nbthreat").iterdir() if path.is_dir() and path.name.isidentifier()]
    named = re.compile(rf"\bnbthreat\.({'|'.join(wings)})\b|from nbthreat import ({'|'.join(wings)})\b")

    assert {"base", "workbench", "cli"} <= set(wings)
    assert named.search("from nbthreat.base.risk import Level")
    assert [] == [path.name for path in pages if named.search(path.read_text(encoding="utf-8"))]


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
