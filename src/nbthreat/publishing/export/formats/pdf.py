"""PDF: the register's page as Chromium prints it: tagged, with an outline, and with the fonts it needs inside.

What writes PDF from Python alone knows no tags, or no scripts but Latin, or brings a second template to keep in step.
A browser is what people have, so a browser prints; who has none gets one with pip, from Playwright.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zlib
from datetime import date
from html import unescape
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
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
_BODY = re.compile(r"<body[^<>]*>")
_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^<>]*>", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_MAPPED = re.compile(rb"beginbf(?:char|range)(.*?)endbf(?:char|range)", re.DOTALL)
_MAPPING = re.compile(rb"<([0-9A-F]+)> (?:<([0-9A-F]+)> )?<((?:[0-9A-F]{4})+)>")
_INFLATED_LIMIT = 64 << 20
_WIDEST_RANGE = 0xFF  # a range of a font's map stays within one last byte
_NAMED = 8
_SHAPED = frozenset(
    {"ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL"}
    | {"TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER"}
)
"""Scripts, by the first word of their letters' names, whose letters change their form in a word."""
_TIMES = re.compile(rb"/(CreationDate|ModDate) \(D:[0-9]{14}\+00'00'\)")
_CREATOR = re.compile(rb"/Creator \(Mozilla[^()]*(?:\\\([^()]*\\\)[^()]*)*\)")


def pdf(publication: Publication, earlier: Earlier | None = None) -> bytes:
    """Return the register as PDF. Raises NbthreatError where there is no Chromium, or where it fails.

    Where the fonts of this machine lack letters, the first page says which, and so does the log.
    """
    html = page.html(publication, earlier)
    data = printed(html)
    lacking = undrawn(html, data)
    if lacking:
        note = _lacking_words(lacking)
        logging.getLogger(__name__).warning("note: %s", note)
        data = printed(_BODY.sub(lambda body: f"{body.group()}<p>{note}</p>", html, count=1))
    return dated(data, publication.today)


def undrawn(html: str, data: bytes) -> tuple[str, ...]:
    """Return the letters of a page that its PDF shows as empty boxes, as no font had them, in their own order.

    Each font in a PDF says which letters it draws. Of scripts whose letters change their form in a word it does not say
    so of each form: of those, a letter counts as drawn where any letter of its script is.
    """
    drawn = _drawn(data)
    scripts = {_script(letter) for letter in drawn}
    text = unicodedata.normalize("NFC", unescape(_TAGS.sub(" ", html)))
    return tuple(
        letter
        for letter in sorted(set(text))
        if not letter.isascii()
        and unicodedata.category(letter)[0] in "LNPS"
        and not drawn.issuperset(unicodedata.normalize("NFKD", letter))
        and not (_script(letter) in _SHAPED and _script(letter) in scripts)
    )


def _drawn(data: bytes) -> set[str]:
    """Return the letters that the fonts in a PDF draw, and what each is made of."""
    drawn: set[str] = set()
    for stream in _STREAM.finditer(data):
        with contextlib.suppress(zlib.error):
            content = zlib.decompressobj().decompress(stream[1], _INFLATED_LIMIT)
            for block in _MAPPED.finditer(content):
                for first, last, letter in _MAPPING.findall(block[1]):
                    text = bytes.fromhex(letter.decode()).decode("utf-16-be", "replace")
                    further = int(last, 16) - int(first, 16) if last else 0
                    for n in range(min(further, _WIDEST_RANGE) + 1):
                        drawn.update(unicodedata.normalize("NFKD", text[:-1] + chr(ord(text[-1]) + n)))
    return drawn


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _lacking_words(letters: tuple[str, ...]) -> str:
    """Return in words, in letters that every font has, which letters a PDF does not show."""
    named = [f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".strip() for letter in letters[:_NAMED]]
    more = f" and {len(letters) - _NAMED} more" if len(letters) > _NAMED else ""
    return (
        "The fonts of the machine that made this PDF lack letters, which show as empty boxes: "
        f"{', '.join(named)}{more}. The HTML shows them wherever there are fonts for them."
    )


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
