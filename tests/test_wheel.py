"""The wheel: what people install works without a checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from helpers import CHECKOUT, SYSTEMS
from nbthreat.publishing.export.formats import BY_NAME

NEEDED = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src", "threat_library")
LEFT_OUT = ("__pycache__", "*.egg-info", "node_modules")
SYSTEM = SYSTEMS / "chatbot.yaml"
FORMATS = {format.name: format.suffix for format in BY_NAME.values() if format.name != "pdf"} | {"ipynb": "ipynb"}
"""Those that need nothing but the wheel: a PDF takes a browser."""


def run(*command: object, cwd: Path) -> str:
    """Run a command in a folder, knowing nothing of this checkout, and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what it is made of."""
    copy = tmp_path_factory.mktemp("source")
    for name in NEEDED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy(CHECKOUT / name, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *isolation, "--wheel-dir", out, ".", cwd=copy)
    (made,) = out.glob("nbthreat-*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel in it, and beside it what the wheel depends on."""
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", home, cwd=home)
    made = home / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    run(made, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    site = Path(run(made, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    dependencies = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (site / "dependencies.pth").write_text("".join(f"{path}\n" for path in dependencies), encoding="utf-8")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but a system."""
    shutil.copy(SYSTEM, tmp_path / "chatbot.yaml")
    return tmp_path


def test_the_wheel_holds_the_library_the_templates_and_nothing_of_the_checkout(wheel: Path) -> None:
    """No tests, no notebooks, no caches."""
    import zipfile

    names = zipfile.ZipFile(wheel).namelist()
    packed = {name.removeprefix("nbthreat/threat_library/") for name in names if "/threat_library/" in name}

    assert {
        path.relative_to(CHECKOUT / "threat_library").as_posix()
        for path in (CHECKOUT / "threat_library").rglob("*.yaml")
    } <= packed
    assert {"nbthreat/py.typed", "nbthreat/publishing/export/templates/register.html.j2"} <= set(names)
    assert {f"nbthreat/publishing/export/templates/briefing.{kind}" for kind in ("html.j2", "css")} <= set(names)
    assert {"nbthreat"} == {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert [] == [name for name in names if "__pycache__" in name or "/tests/" in name]


def test_what_is_imported_is_what_was_installed(python: Path, tmp_path: Path) -> None:
    """And no path of the checkout comes before it."""
    code = "import json, sys, nbthreat; print(json.dumps([nbthreat.__file__, sys.path]))"
    file, paths = json.loads(run(python, "-c", code, cwd=tmp_path))

    site = Path(file).parents[1]
    assert site.is_relative_to(python.parents[1])
    before = paths[: paths.index(str(site))]
    assert [] == [path for path in before if path and Path(path).resolve().is_relative_to(CHECKOUT)]


def test_the_library_comes_with_it(python: Path, tmp_path: Path) -> None:
    """The same, to the byte, as the checkout's."""
    from nbthreat.threats.library import Library

    code = (
        "from nbthreat.threats.library import Library, built_in\n"
        "print(built_in())\nprint(Library.load().sha256)\nprint(len(Library.load().threats))"
    )
    where, sha256, count = run(python, "-c", code, cwd=tmp_path).split("\n")[:3]

    expected = Library.load(CHECKOUT / "threat_library")
    assert Path(where).is_relative_to(python.parents[1])
    assert (expected.sha256, str(len(expected.threats))) == (sha256, count)


def test_the_command_publishes_a_register(python: Path, folder: Path) -> None:
    """In every format, so that every template was found."""
    tool = python.with_name("nbthreat.exe" if os.name == "nt" else "nbthreat")
    run(tool, "register", "chatbot.yaml", "--to", ",".join(FORMATS), "--output", "out", cwd=folder)

    assert sorted(f"chatbot-1.0-TLP-RED.register.{suffix}" for suffix in FORMATS.values()) == sorted(
        path.name for path in (folder / "out").iterdir()
    )
    assert all(path.stat().st_size for path in (folder / "out").iterdir())


def test_jupyter_finds_its_subcommand(python: Path) -> None:
    """`jupyter threat` is a program called jupyter-threat."""
    tool = python.with_name("jupyter-threat.exe" if os.name == "nt" else "jupyter-threat")

    assert run(tool, "--help", cwd=python.parent).startswith("usage: nbthreat")


def test_nbconvert_finds_its_exporters(python: Path, folder: Path) -> None:
    """By name, and they make the page that the command makes."""
    code = (
        "from nbconvert.exporters import get_exporter, get_export_names\n"
        "names = sorted(name for name in get_export_names() if name.startswith('nbthreat'))\n"
        "print(*names)\nprint(*sorted({get_exporter(name).__module__ for name in names}))"
    )
    names, modules = run(python, "-c", code, cwd=folder).splitlines()
    assert sorted(format.entry_point for format in BY_NAME.values()) == names.split()
    assert "nbthreat.publishing.export.exporters" == modules

    run(python, "-m", "nbthreat.cli", "register", "chatbot.yaml", "--to", "html,ipynb", cwd=folder)
    run(
        python, "-m", "nbconvert", "--to", "nbthreat-register", "chatbot-1.0-TLP-RED.register.ipynb",
        "--output", "again",
        cwd=folder,
    )  # fmt: skip
    assert (folder / "chatbot-1.0-TLP-RED.register.html").read_bytes() == (folder / "again.html").read_bytes()
