"""PDF: the register's page as Chromium prints it: tagged, with an outline, and with the fonts it needs inside.

What writes PDF from Python alone knows no tags, or no scripts but Latin, or brings a second template to keep in step.
A browser is what people have, so a browser prints; who has none gets one with pip, from Playwright.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from nbthreat.base.errors import NbthreatError, clean
from nbthreat.publishing.export import page
from nbthreat.publishing.publication import Publication
from nbthreat.publishing.publication.reading import Earlier

VARIABLE = "NBTHREAT_CHROMIUM"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
SECONDS = 180
_WHERE = """
from playwright.sync_api import sync_playwright
with sync_playwright() as one:
    print(one.chromium.executable_path)
"""
_TIMES = re.compile(rb"/(CreationDate|ModDate) \(D:[0-9]{14}\+00'00'\)")
_CREATOR = re.compile(rb"/Creator \(Mozilla[^()]*(?:\\\([^()]*\\\)[^()]*)*\)")


def pdf(publication: Publication, earlier: Earlier | None = None) -> bytes:
    """Return the register as PDF. Raises NbthreatError where there is no Chromium, or where it fails."""
    return dated(printed(page.html(publication, earlier)), publication.today)


def browser() -> str:
    """Return the program that prints. Raises NbthreatError where there is none."""
    said = os.environ.get(VARIABLE)
    if said:
        found = shutil.which(said)
        if found is None:
            raise NbthreatError(f"{VARIABLE} names {clean(said)!r}, which is no program.")
        return found
    for name in (*NAMES, *PLACES):
        found = shutil.which(name)
        if found:
            return found
    brought = _of_playwright()
    if brought:
        return brought
    raise NbthreatError(
        "a PDF takes Chromium, Chrome or Edge, and there is none here. Install one, or say where it is in "
        f"{VARIABLE}; or with Python alone: pip install playwright, then playwright install chromium. Or publish the "
        "register as HTML and print it from any browser: it is laid out for paper."
    )


def _of_playwright() -> str | None:
    """Return the Chromium that `playwright install chromium` brought, where it did."""
    if importlib.util.find_spec("playwright") is None:
        return None
    command = [sys.executable, "-c", _WHERE]  # apart: in a notebook a loop runs already, in which it does not begin
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return shutil.which(done.stdout.strip()) if done.returncode == 0 else None


def arguments(program: str, source: Path, target: Path, profile: Path) -> list[str]:
    """Return the command that prints `source` to `target`; the sandbox stays on for all but root, who has none."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        program,
        "--headless",
        "--disable-gpu",
        *(["--no-sandbox"] if root else []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--no-first-run",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        f"--print-to-pdf={target}",
        source.as_uri(),
    ]


def printed(html: str) -> bytes:
    """Return a page of ours as Chromium prints it."""
    program = browser()
    with tempfile.TemporaryDirectory(prefix="nbthreat-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "register.html", folder / "register.pdf"
        source.write_text(html, encoding="utf-8", errors="backslashreplace")
        command = arguments(program, source, target, folder / "profile")
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - no shell
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NbthreatError(f"{clean(program)} could not print the register: {clean(str(error))}.") from None
        data = target.read_bytes() if target.is_file() else b""
    if not data.startswith(b"%PDF-"):
        told = clean(done.stderr.decode(errors="replace").strip().rpartition("\n")[2], 300)
        raise NbthreatError(f"{clean(program)} printed nothing (exit code {done.returncode}). It said: {told}")
    return data


def dated(data: bytes, on: date) -> bytes:
    """Return a PDF with the day of the assessment for the time it was printed, and no name of a machine in it."""
    day = on.strftime("%Y%m%d").encode()

    def same_length(found: re.Match[bytes]) -> bytes:
        return b"/" + found.group(1) + b" (D:" + day + b"000000+00'00')"

    def blank(found: re.Match[bytes]) -> bytes:
        words = b"/Creator (nbthreat)"
        return words + b" " * (len(found.group()) - len(words))

    return _CREATOR.sub(blank, _TIMES.sub(same_length, data))
