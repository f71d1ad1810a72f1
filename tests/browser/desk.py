"""A desk: a real notebook server, a real browser at it, and what a person does there.

Nothing here knows how the workbench is made beyond what a person sees: roles, names, texts, and the classes that mark
a box, a line and a card. Every wait is for something to be seen; only a cut of the line lasts a time of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import nbformat

from nbthreat.system.model import System
from nbthreat.threats.library import Library

CHECKOUT = Path(__file__).parents[2]
SYSTEMS = CHECKOUT / "notebooks" / "systems"
CHROMIUM = os.environ.get("NBTHREAT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TOKEN = "desk"  # noqa: S105 - a server of our own, on this machine, for the length of the tests
PATIENCE = 180.0  # a wait ends when what it waits for is there; this is for machines that do much else
PATIENCE_MS = PATIENCE * 1_000
OURS = ("blob:",)
"""How the addresses of our own scripts begin: they come over the widget's line, from nowhere else."""

WORKBENCH = 'import nbthreat\nnbthreat.Workbench("{name}")'
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/completer-extension:inline-completer": {"providers": {}},
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}
COLLABORATION = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
"""What jupyter-collaboration adds to pages, besides two extensions of the server."""


def until(seen: Callable[[], Any], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> Any:
    """Return what `seen` returns once that is true; `what` says what was waited for in vain."""
    deadline = time.monotonic() + seconds
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}; last seen: {found!r}")
        time.sleep(every)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as item:
        item.bind(("127.0.0.1", 0))
        return int(item.getsockname()[1])


class Server:
    """A real Jupyter server with JupyterLab, Notebook and, where they are installed, Voila and collaboration."""

    def __init__(self, home: Path, *, collaborative: bool = False) -> None:
        self.root = home / "root"
        self.root.mkdir()
        self.port = free_port()
        self.log = home / "server.log"
        config = home / "config"
        (config / "labconfig").mkdir(parents=True)
        (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        without = {"disabledExtensions": dict.fromkeys(COLLABORATION, not collaborative)}
        (config / "labconfig" / "page_config.json").write_text(json.dumps(without), encoding="utf-8")
        shared = dict.fromkeys(("jupyter_server_ydoc", "jupyter_server_fileid"), collaborative)
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        }
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
            *(f"--port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
            *(f"--ServerApp.root_dir={self.root}", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
            "--LabApp.expose_app_in_browser=True",
            f"--ServerApp.jpserver_extensions={shared}",
            f"--SQLiteYStore.db_path={home / 'shared.db'}",
            "--ContentsManager.allow_hidden=False",
        ]
        self._out = self.log.open("wb")
        self._process = subprocess.Popen(command, env=environment, stdout=self._out, stderr=subprocess.STDOUT)
        try:
            until(self._answers, f"the Jupyter server to answer; see {self.log}", seconds=60, every=0.1)
        except AssertionError:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(self.log.read_text(encoding="utf-8"))
        with contextlib.suppress(OSError):
            return bool(self.ask("GET", "/api/status"))
        return False

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the server's own interface; return its answer as plain data."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            data = answer.read()
        return json.loads(data) if data else True

    def sessions(self, under: str = "") -> list[dict[str, Any]]:
        """Return what runs for notebooks in a folder."""
        return [item for item in self.ask("GET", "/api/sessions") if item["path"].startswith(under)]

    def end(self, under: str) -> None:
        """End what runs for notebooks in a folder."""
        for session in self.sessions(under):
            with contextlib.suppress(urllib.error.HTTPError):
                self.ask("DELETE", f"/api/sessions/{session['id']}")

    def stop(self) -> None:
        """End the server and all that runs in it."""
        with contextlib.suppress(OSError, AssertionError):
            self.end("")
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()


class Line:
    """A line to the server that can be cut for real: what is sent meanwhile is gone, and no new line opens."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = threading.Event()
        self._whole.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._let_in, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Cut it: whatever is said from now on is lost, in both directions, without anybody being told."""
        self._whole.clear()

    def hang_up(self) -> None:
        """Close every line, as networks do in the end."""
        with self._lock:
            lines, self._open = self._open, set()
        for line in lines:
            _shut(line)

    def mend(self) -> None:
        """Let new lines open. Old ones stay dead: what was lost on them would be missing in the middle."""
        self.hang_up()
        self._whole.set()

    def close(self) -> None:
        """End it."""
        _shut(self._door)
        self.hang_up()

    def _let_in(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if not self._whole.is_set():
                _shut(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                _shut(near)
                continue
            with self._lock:
                self._open |= {near, far}
            for item, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(item, other), daemon=True).start()

    def _pass_on(self, item: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := item.recv(65_536):
                if self._whole.is_set():
                    other.sendall(data)
        if self._whole.is_set():
            _shut(item)
            _shut(other)


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


class Watch:
    """What a browser did that nobody asked for: faults in our scripts, dialogs, requests to anywhere else."""

    def __init__(self, context: Any, *homes: str) -> None:
        self.faults: list[str] = []
        self.elsewhere: list[str] = []
        self.dialogs: list[str] = []
        self._homes = homes
        context.on("console", self._said)
        context.on("weberror", self._fell)
        context.on("request", lambda request: self._went(request.url))
        context.on("dialog", self._asked)
        context.on("page", lambda page: page.on("websocket", lambda line: self._went(line.url)))

    def _said(self, message: Any) -> None:
        if message.type == "error" and message.location.get("url", "").startswith(OURS):
            self.faults.append(message.text)

    def _fell(self, error: Any) -> None:
        text = str(error.error.stack or error.error)
        if any(our in text for our in OURS):
            self.faults.append(text)

    def _went(self, url: str) -> None:
        hosts = [home.removeprefix("http://") for home in self._homes]
        if url.split(":", 1)[0] in ("blob", "data", "about"):
            return
        if not any(url.split("://", 1)[-1].startswith(f"{host}/") for host in hosts):
            self.elsewhere.append(url)

    def _asked(self, dialog: Any) -> None:
        if dialog.type != "beforeunload":
            self.dialogs.append(dialog.message)
        dialog.accept()


class Desk:
    """One page with a notebook on it, and the boards in its output."""

    def __init__(self, server: Server, context: Any, folder: Path, *, url: str = "", name: str = "notebook") -> None:
        self.server = server
        self.context = context
        self.folder = folder
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self._url = url or server.url
        self.path = f"{folder.relative_to(server.root).as_posix()}/{name}.ipynb"

    # The notebook

    def write(self, *cells: str) -> Self:
        """Write a notebook with these cells; without any, with one that opens chatbot.yaml."""
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        made = [nbformat.v4.new_code_cell(cell) for cell in cells or (WORKBENCH.format(name="chatbot.yaml"),)]
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=kernel), self.server.root / self.path)
        return self

    def open(self, where: str = "lab") -> Self:
        """Open the notebook in JupyterLab ("lab") or in Notebook 7 ("notebooks")."""
        way = (
            f"/lab/tree/{self.path}?token={TOKEN}&reset" if where == "lab" else f"/notebooks/{self.path}?token={TOKEN}"
        )
        self.page.goto(f"{self._url}{way}", wait_until="domcontentloaded")
        self.ready()
        return self

    def ready(self) -> None:
        """Wait for the notebook to be there and its kernel to be listening."""
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        until(self._listens, "the kernel to listen to this page")

    def _listens(self) -> bool:
        kernels = [session["kernel"] for session in self.server.sessions(self.path)]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def start(self, *cells: str, where: str = "lab") -> Self:
        """Write a notebook, open it and run all its cells."""
        self.write(*cells).open(where)
        for number in range(max(1, len(cells))):
            self.run(number)
        return self

    def run(self, cell: int = 0) -> Self:
        """Run a cell, and wait for the board in its output."""
        self.page.evaluate("document.querySelectorAll('.nbt').forEach(one => one.dataset.old = 'yes')")
        self.send(cell)
        until(lambda: self._shown(cell), f"the board in the output of cell {cell}")
        prompt = self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputPrompt")
        until(
            lambda: re.search(r"\d", prompt.inner_text()), f"the end of cell {cell}: the notebook takes the focus then"
        )
        self.rest()
        self.page.evaluate("document.querySelectorAll('.nbt').forEach(one => delete one.dataset.old)")
        return self

    def rest(self) -> None:
        """Let the page draw what it has to draw."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def _shown(self, cell: int) -> bool:
        error = (
            self.page.locator(".jp-Notebook .jp-CodeCell")
            .nth(cell)
            .locator("[data-mime-type$=error], [data-mime-type$=stderr]")
        )
        if error.count():
            raise AssertionError(error.first.inner_text())
        return bool(self.page.locator(".nbt:not([data-old]) .nbt-app > :first-child:not(.nbt-waiting)").count())

    def send(self, cell: int = 0) -> None:
        """Send a cell to the kernel; the page drops what it is asked to run before it knows its kernel."""
        prompt = self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputPrompt")
        before = prompt.inner_text()

        def sent() -> bool:
            self.enter(cell)
            self.press("Shift+Enter")
            with contextlib.suppress(AssertionError):
                return bool(until(lambda: prompt.inner_text() != before, "the cell to be sent", seconds=6))
            return False

        until(sent, f"cell {cell} to be sent to the kernel")

    def enter(self, cell: int = 0) -> None:
        """Put the cursor into a cell."""
        editor = self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputArea-editor .cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()

    def command(self, name: str, **arguments: Any) -> None:
        """Have JupyterLab do what a line in one of its menus does."""
        self.page.evaluate("([name, given]) => { jupyterapp.commands.execute(name, given) }", [name, arguments])

    def save_notebook(self) -> None:
        """Save the notebook with what its cells show, so that others who open it find it there."""
        self.command("docmanager:save")
        path = self.server.root / self.path
        until(lambda: "widget-view" in path.read_text("utf-8"), "the notebook to be saved")

    def cells(self) -> list[str]:
        """Return the texts of all cells."""
        return list(self.page.locator(".jp-Notebook .jp-CodeCell .cm-content").all_inner_texts())

    def wide(self) -> Self:
        """Put the side bar of JupyterLab away, so that there is room."""
        if self.page.locator(".jp-SideBar .lm-mod-current").count():
            self.page.keyboard.press("Control+b")
        return self

    def reload(self) -> None:
        """Load the page anew, and wait for the board that was on it."""
        self.page.reload(wait_until="domcontentloaded")
        self.ready()
        self.page.locator(".nbt .nbt-board, .nbt .nbt-start").first.wait_for()

    # The kernel

    def kernel(self) -> str:
        """Return the id of the notebook's kernel."""
        return str(self.server.sessions(self.path)[0]["kernel"]["id"])

    def restart(self) -> None:
        """Restart the kernel from outside the page, of which the page hears nothing."""
        self.server.ask("POST", f"/api/kernels/{self.kernel()}/restart")

    def restart_from(self, command: str) -> None:
        """Restart the kernel as the button in the tool bar and the line in the menu do, and say yes to the question."""
        old = self._processes()
        self.command(command)
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        until(lambda: self._processes() not in ([], old), "a new kernel after the restart")
        until(self._listens, "the new kernel to listen to this page")

    def kill(self) -> None:
        """Kill the kernel's process before it can say anything, and wait for the one that follows it."""
        (old,) = self._processes()
        os.kill(old, signal.SIGKILL)
        until(lambda: [pid for pid in self._processes() if pid != old], "a new kernel after the old one was killed")
        ok = self.page.locator(".jp-Dialog .jp-mod-accept")
        with contextlib.suppress(Exception):  # said by some versions only
            ok.click(timeout=6_000)

    def _processes(self) -> list[int]:
        """Return the processes of the notebook's kernel."""
        import psutil

        id = self.kernel()
        found = psutil.process_iter(["pid", "cmdline"])
        return [item.info["pid"] for item in found if any(id in part for part in item.info["cmdline"] or ())]

    # What is on the board

    def board(self, number: int = 0) -> Any:
        """Return one of the boards on the page."""
        return self.page.locator(".nbt").nth(number)

    def node(self, id: str, board: int = 0) -> Any:
        """Return a box or a region of the drawing."""
        return self.board(board).locator(f'.react-flow__node[data-id="{id}"]')

    def flow(self, id: str, board: int = 0) -> Any:
        """Return a flow of the drawing."""
        return self.board(board).locator(f'.react-flow__edge[data-id="{id}"]')

    def nodes(self, board: int = 0) -> list[str]:
        """Return the ids of the boxes of the drawing, sorted."""
        found = self.board(board).locator(".react-flow__node-element")
        return sorted(found.evaluate_all("all => all.map(one => one.dataset.id)"))

    def flows(self, board: int = 0) -> list[str]:
        """Return the ids of the flows of the drawing, sorted."""
        found = self.board(board).locator(".react-flow__edge")
        return sorted(found.evaluate_all("all => all.map(one => one.dataset.id)"))

    def names(self, board: int = 0) -> list[str]:
        """Return what the boxes of the drawing are called, sorted."""
        return sorted(self.board(board).locator(".nbt-element-name").all_inner_texts())

    def card(self, number: int = 0) -> Any:
        """Return one of the threat cards shown."""
        return self.board().locator(".nbt-threat").nth(number)

    def cards(self) -> list[str]:
        """Return the keys of the findings whose cards are shown."""
        return list(self.board().locator(".nbt-threat").evaluate_all("all => all.map(one => one.dataset.item)"))

    def save_status(self, board: int = 0) -> str:
        """Return what the line beneath the drawing says about saving."""
        return str(self.board(board).locator(".nbt-saving").inner_text()).strip()

    def wait_saved(self, board: int = 0, *, seconds: float = PATIENCE) -> None:
        """Wait for the line beneath the drawing to say that all is saved."""
        until(lambda: "✓" in self.save_status(board), "the board to be saved", seconds=seconds)

    def undo_name(self, board: int = 0) -> str:
        """Return what the next undo would take back."""
        named = self.board(board).locator(
            '.nbt-toolbar [aria-label^="Undo: "], .nbt-toolbar [aria-label="Nothing to undo"]'
        )
        return str(named.first.get_attribute("aria-label")).removeprefix("Undo: ")

    def focused(self) -> str:
        """Return what has the focus: its label, or else its text."""
        return str(
            self.page.evaluate(
                "(() => { const one = document.activeElement; return one === document.body ? '' :"
                " (one.ariaLabel || one.labels?.[0]?.innerText || one.innerText || one.className || '').trim(); })()"
            )
        )

    # What a person does

    def canvas(self, board: int = 0) -> Any:
        """Return the drawing with the focus on it."""
        found = self.board(board).locator(".nbt-canvas")
        found.focus()
        return found

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def draw(self, part: str, name: str, board: int = 0) -> str:
        """Find a part by its name, put it on the drawing, name it, all by keyboard; return its id."""
        before = set(self.nodes(board))
        self.canvas(board)
        self.press("/")
        self.board(board).locator(".nbt-palette-search:focus").wait_for()
        self.page.keyboard.type(part)
        self.press("Enter")
        self.name(name, board)
        (made,) = until(lambda: set(self.nodes(board)) - before, f"a box for {name}")
        return str(made)

    def name(self, name: str, board: int = 0) -> None:
        """Write a name where one is being written, and wait for it to be on the drawing."""
        self.board(board).locator(".nbt-rename:focus").wait_for()
        self.page.keyboard.type(name)
        self.press("Enter")
        self.board(board).locator(".nbt-element-name, .nbt-boundary-title, .nbt-flow-words").get_by_text(
            name, exact=True
        ).first.wait_for()

    def rename(self, id: str, name: str, board: int = 0) -> None:
        """Give a box of the drawing another name, by keyboard."""
        self.node(id, board).focus()
        self.press("Enter")
        self.name(name, board)

    def connect(self, source: str, target: str, board: int = 0) -> str:
        """Draw a flow by keyboard; return its id."""
        before = set(self.flows(board))
        self.press("Escape")
        self.node(source, board).focus()
        self.press("c")
        self.node(target, board).focus()
        self.press("Enter")
        (made,) = until(lambda: set(self.flows(board)) - before, f"a flow from {source} to {target}")
        return str(made)

    def remove(self, id: str, board: int = 0) -> None:
        """Delete a thing of the drawing with the key for it."""
        thing = self.board(board).locator(f':is(.react-flow__node, .react-flow__edge)[data-id="{id}"]')
        thing.focus()
        self.press("Delete")
        thing.wait_for(state="detached")

    def tab_to(self, label: str | re.Pattern[str], *, key: str = "Tab", most: int = 400) -> None:
        """Press Tab until what is called so has the focus, as somebody without a mouse does."""
        matches = re.compile(re.escape(label)) if isinstance(label, str) else label
        seen = []
        for _ in range(most):
            seen.append(self.focused())
            if matches.match(seen[-1]):
                return
            self.press(key)
        raise AssertionError(f"{label!r} cannot be reached with {key}; reached: {list(dict.fromkeys(seen))}")

    def side(self, tab: str) -> None:
        """Show one of the panels beside the drawing."""
        self.board().locator(".nbt-workbench-side [role=tab]").filter(has_text=tab).click()

    def table(self, tab: str = "Elements", board: int = 0) -> Any:
        """Show the table of the drawing, and one of its parts; return it."""
        here = self.board(board)
        if not here.locator(".nbt-sheet").count():
            here.get_by_role("button", name="Table of elements and flows").click()
        here.locator('[aria-label="What the table shows"] [role=tab]').filter(has_text=tab).click()
        found = here.locator(".nbt-sheet")
        found.wait_for()
        return found

    def select_nothing(self) -> None:
        """Take the selection away, and wait for the cards of all findings."""
        self.canvas()

        def of_all() -> bool:
            if "selected" in self.board().locator(".nbt-status").inner_text():
                self.press("Escape")  # what was just drawn is selected as soon as it is acknowledged
                return False
            return len({key.split("@")[1] for key in self.cards()}) > 1

        until(of_all, "the cards of all findings", every=0.1)

    def dismiss(self, card: int, reason: str) -> str:
        """Set a card aside with a reason; return the key of its finding."""
        here = self.card(card)
        key = str(here.get_attribute("data-item"))
        here.get_by_role("button", name="Not applicable").click()
        self.board().get_by_label("Why it does not apply here").fill(reason)
        self.press("Enter")
        self.board().get_by_label("Why it does not apply here").wait_for(state="detached")
        return key

    # What is on disk

    def file(self, name: str = "chatbot.yaml") -> Path:
        """Return the path of a file in the folder."""
        return self.folder / name

    def system(self, name: str = "chatbot.yaml") -> System:
        """Return the system as it is on disk."""
        return Library.load().read_system(self.file(name)).value


def browser_context(browser: Any, **options: Any) -> Any:
    """Return a new browser window with nothing remembered."""
    return browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, "bypass_csp": True, **options})


def folders(root: Path) -> Iterator[Path]:
    """Yield fresh folders in `root`, one after the other."""
    number = 0
    while True:
        number += 1
        folder = root / f"f{number}"
        folder.mkdir()
        yield folder


def copied(folder: Path, *names: str) -> Sequence[Path]:
    """Copy worked systems into a folder; return where they are."""
    return [Path(shutil.copy(SYSTEMS / name, folder / name)) for name in names]
