"""The desk on which the tests of this folder work; see desk.py."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))  # what other tests know of hostile files

from desk import CHROMIUM, FLAGS, Desk, Server, Watch, browser_context, copied, folders

NEEDED = ("jupyterlab", "notebook", "playwright", "axe_playwright_python")
STATIC = Path(__file__).parents[2] / "src" / "nbthreat" / "workbench" / "widgets" / "static"


def pytest_configure(config: pytest.Config) -> None:
    """Say which tests are of the long set."""
    config.addinivalue_line("markers", "browser_all: takes long; run by `make test-browser`, not by `make test`")


def absent() -> str:
    """Return what is missing on this machine, or nothing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if CHROMIUM is None:
        missing.append("Chromium")
    if not (STATIC / "widget.js").is_file() and not _installed_bundle():
        missing.append("the built front end")
    return ", ".join(missing)


def _installed_bundle() -> bool:
    found = importlib.util.find_spec("nbthreat.workbench.widgets")
    return bool(found and found.origin and (Path(found.origin).parent / "static" / "widget.js").is_file())


def skip_or_fail(missing: str) -> None:
    """Leave the tests out where something is missing, and say so; in CI nothing may be."""
    if os.environ.get("CI"):
        pytest.fail(f"must be there in CI: {missing}")
    pytest.skip(f"not on this machine: {missing}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Jupyter server, for all tests of this process."""
    missing = absent()
    if missing:
        skip_or_fail(missing)
    made = Server(tmp_path_factory.mktemp("server"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real Chromium; closed with the module, for other tests of the same process have one of their own."""
    missing = absent()
    if missing:
        skip_or_fail(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fresh(server: Server) -> Iterator[Path]:
    """Fresh folders under the server's root, one after the other."""
    return folders(server.root)


class Opening:
    """Opens desks, and afterwards says what went on there that nobody asked for."""

    def __init__(self, server: Server, chromium: Any, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._chromium = chromium
        self.contexts: list[Any] = []
        self.watches: list[Watch] = []

    def __call__(
        self, *systems: str, url: str = "", context: Any = None, name: str = "notebook", **options: Any
    ) -> Desk:
        """Return a desk in the folder of the test, in a browser window of its own; with copies of worked systems."""
        copied(self.folder, *systems)
        if context is None:
            context = browser_context(self._chromium, **options)
            self.contexts.append(context)
            self.watches.append(Watch(context, *filter(None, (self.server.url, url))))
        return Desk(self.server, context, self.folder, url=url, name=name)

    def close(self) -> None:
        """Close the windows and end the kernels; nothing unasked for may have happened."""
        for context in self.contexts:
            context.close()
        self.server.end(f"{self.folder.name}/")
        assert [] == [fault for watch in self.watches for fault in watch.faults], "faults in our scripts"
        assert [] == [dialog for watch in self.watches for dialog in watch.dialogs], "dialogs"
        assert [] == [url for watch in self.watches for url in watch.elsewhere], "requests to elsewhere"


@pytest.fixture
def opening(server: Server, chromium: Any, fresh: Iterator[Path]) -> Iterator[Opening]:
    """What opens desks in a fresh folder."""
    made = Opening(server, chromium, next(fresh))
    yield made
    made.close()


@pytest.fixture(scope="module")
def opening_once(server: Server, chromium: Any, fresh: Iterator[Path]) -> Iterator[Opening]:
    """The same for all tests of a module."""
    made = Opening(server, chromium, next(fresh))
    yield made
    made.close()


@pytest.fixture
def chatbot(opening: Opening) -> Desk:
    """A desk in JupyterLab with the worked chatbot on it."""
    return opening("chatbot.yaml").start()


Open = Callable[..., Desk]
