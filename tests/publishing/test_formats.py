"""Formats: one table from which everything is made; each inert whatever it is made of, and published all or none."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from test_export import seriously_wrong

import bad_inputs
from bad_inputs import Row
from helpers import CHECKOUT, SYSTEMS, TODAY, full, library
from hostile import corpus, decided, hostile, hostile_system
from nbthreat.base.day import today
from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.base.text import shown
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.decisions.assessment import Assessment, assess, assess_file
from nbthreat.publishing.export import exporters, page
from nbthreat.publishing.export.formats import BY_NAME, FORMATS, Format, pdf
from nbthreat.system import documents
from nbthreat.system.model import FrozenMap

CHROMIUM = bool(os.environ.get(pdf.VARIABLE)) or any(shutil.which(name) for name in (*pdf.NAMES, *pdf.PLACES))
NEEDS_CHROMIUM = pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="no Chromium on this machine")
EACH = [
    pytest.param(format, id=format.name, marks=NEEDS_CHROMIUM if format.name == "pdf" else ()) for format in FORMATS
]
CHATBOT = SYSTEMS / "chatbot.yaml"


@cache
def attacked() -> Assessment:
    """Every text of the hostile collection; ours where it is not there."""
    texts = corpus()
    return decided(hostile_system(texts), texts) if texts else hostile()


@cache
def made_of_the_hostile(name: str) -> bytes:
    """That, in a format."""
    return BY_NAME[name].data(full(attacked()))


@cache
def chatbot() -> Assessment:
    """A worked system."""
    return assess(library().read_system(CHATBOT).value, library(), today=TODAY)


# The table


def test_everything_in_the_table_is_said_once() -> None:
    """Names, endings of files, classes; and each is in the form that its use asks for."""
    for field in ("name", "suffix", "exporter", "title", "function", "entry_point"):
        values = [getattr(format, field) for format in FORMATS]
        assert len(values) == len(set(values)), field
    for format in FORMATS:
        assert re.fullmatch(r"[a-z-]+", format.name)
        assert re.fullmatch(r"[a-z-]+(\.[a-z]+)?", format.suffix)
        assert re.fullmatch(r"[a-z]+/[a-z.+-]+", format.media_type)


def test_nbconvert_is_told_of_every_format_in_the_table() -> None:
    """`pyproject.toml` says what the table says; and every class is there."""
    said = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    points = said["project"]["entry-points"]["nbconvert.exporters"]

    assert {
        format.entry_point: f"nbthreat.publishing.export.exporters:{format.exporter}" for format in FORMATS
    } == points
    for format in FORMATS:
        exporter = getattr(exporters, format.exporter)
        assert (format.title, f".{format.suffix}") == (exporter.export_from_notebook, exporter().file_extension)
        assert format.media_type == exporter.output_mimetype
    with pytest.raises(AttributeError, match="no attribute 'NoExporter'"):
        exporters.NoExporter  # noqa: B018 - the look is the point


@pytest.mark.parametrize("format", EACH)
def test_the_exporter_of_a_format_makes_what_the_table_makes(format: Format, tmp_path: Path) -> None:
    """From a notebook that names a system, as nbconvert asks for it."""
    (tmp_path / "chatbot.yaml").write_bytes(CHATBOT.read_bytes())
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "chatbot.yaml"}})
    resources = {"metadata": {"path": str(tmp_path), "name": "notebook"}}

    output, _ = getattr(exporters, format.exporter)().from_notebook_node(notebook, resources)

    assert output
    if format.name != "pdf":
        assert format.make(full(assess_file(tmp_path / "chatbot.yaml", today=today()))) == output


@pytest.mark.parametrize("linked", ["chatbot.yaml", "chatbot.register.yaml", "chatbot.signed.json"])
def test_nothing_outside_the_folder_of_a_notebook_is_read_by_a_link(linked: str, tmp_path: Path) -> None:
    """Neither the system nor what lies beside it; a link that stays inside is followed."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for made in (outside, folder / "below"):
        made.mkdir(parents=True)
        (made / "chatbot.yaml").write_bytes(CHATBOT.read_bytes())
        (made / "chatbot.register.yaml").write_text("nbthreat: 1\nsystem: chatbot\n", "utf-8")
    if linked != "chatbot.yaml":
        (folder / "chatbot.yaml").write_bytes(CHATBOT.read_bytes())
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "chatbot.yaml"}})

    (folder / linked).symlink_to(outside / linked)
    with pytest.raises(DocumentError, match="outside the notebook's folder"):
        exporters.system_named_in(notebook, folder, "notebook.ipynb")
    (folder / linked).unlink()
    (folder / linked).symlink_to(folder / "below" / linked)
    assert folder / "chatbot.yaml" == exporters.system_named_in(notebook, folder, "notebook.ipynb")


@pytest.mark.parametrize("format", EACH)
def test_a_format_made_twice_is_the_same_to_the_byte(format: Format) -> None:
    """No time, no chance, no order of a set."""
    assert format.data(full(chatbot())) == format.data(full(chatbot()))


def test_making_a_format_loads_what_it_takes_and_no_more() -> None:
    """CSV without a template, JSON without a spreadsheet; and none of them a notebook."""
    code = (
        "import sys, datetime\nfrom nbthreat.publishing.export.formats import BY_NAME\n"
        "from nbthreat.decisions.assessment import assess_file\n"
        f"a = assess_file({str(CHATBOT)!r}, today=datetime.date(2026, 11, 30))\n"
        "from nbthreat.publishing.publication import publication\np = publication(a)\n"
        "for name in ('csv', 'json', 'tickets', 'sarif'): BY_NAME[name].make(p)\n"
        "print([one for one in ('jinja2', 'xlsxwriter', 'nbconvert', 'nbformat', 'pandas') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


# Hostile texts


class Inert(HTMLParser):
    """Finds what could act on a page, or ask for something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is live."""
        if tag in {"script", "iframe", "object", "embed", "base", "form", "img", "link", "foreignobject", "animate"}:
            self.found.append(tag)
        for name, value in attrs:
            leads = name in {"href", "src", "srcdoc", "xlink:href", "action"} and not (value or "").startswith("#")
            if name.startswith(("on", "data-commandlinker")) or leads or (name == "http-equiv" and value == "refresh"):
                self.found.append(f"{tag} {name}={value}")


def nothing_acts(format: Format, data: bytes) -> None:
    """Hold a file against what its format could do: 0 formulas, 0 links, 0 scripts."""
    if format.suffix.endswith("html"):
        inert = Inert()
        inert.feed(data.decode())
        assert [] == inert.found
        assert b"default-src &#39;none&#39;" in data
    elif format.suffix.endswith(("xlsx", "ods")):
        parts = zipfile.ZipFile(io.BytesIO(data))
        for name in parts.namelist():
            text = parts.read(name).decode()
            assert not re.search(r"<f[ >]|<hyperlink|table:formula|<text:a[ >]|xlink:href|TargetMode", text), name
            assert not re.search(r"\.bin$|vba|externalLink|embeddings", name)
    elif format.suffix.endswith("csv"):
        for row in csv.reader(io.StringIO(data.decode())):
            for cell in row:
                assert not re.match(r"[\s\u00a0]*[=+@\t\uff1d]", cell) or re.fullmatch(r"\+[0-9 .,]+", cell), cell
    elif format.suffix.endswith(("json", "sarif")):
        assert isinstance(json.loads(data), dict)
    elif format.suffix.endswith("yaml"):
        assert isinstance(yaml.safe_load(data), dict)
    elif format.name == "md":
        from nbconvert.filters import markdown2html

        rendered = Inert()
        rendered.feed(markdown2html(data.decode()))
        assert [] == [item for item in rendered.found if "href=#" not in item and "class" not in item]
    else:
        assert "pdf" == format.name
    assert [] == list(Path("/tmp").glob("tmw_canary_*"))  # noqa: S108 - where the files would leave a trace


@pytest.mark.parametrize("format", EACH)
def test_nothing_hostile_is_alive_in_any_format(format: Format) -> None:
    """Formulas, keys, scripts, notebooks' outputs, paths: 0 formulas, 0 links, 0 scripts."""
    nothing_acts(format, made_of_the_hostile(format.name))


@NEEDS_CHROMIUM
@pytest.mark.skipif(shutil.which("fc-list") is None, reason="nothing says which letters the fonts here have")
def test_a_pdf_says_which_letters_no_font_here_has(caplog: pytest.LogCaptureFixture) -> None:
    """Hebrew, Arabic, Chinese, Thai, emoji, cuneiform: each is drawn, or the PDF and the log name it."""
    import pypdf

    name = "Ж ש م 漢 ไ 😀 𒀀"
    letters = [letter for letter in name if letter != " "]
    system = replace(library().read_system(CHATBOT).value, name=name)
    data = pdf.pdf(full(assess(system, library(), today=TODAY)))

    said = " ".join(" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(data)).pages[:1])
    for letter in letters:
        found = subprocess.run(["fc-list", f":charset={ord(letter):x}"], capture_output=True, check=True).stdout
        assert bool(found) != (f"U+{ord(letter):04X}" in caplog.text), letter
        assert bool(found) != (f"U+{ord(letter):04X}" in said), letter


@NEEDS_CHROMIUM
def test_a_pdf_whose_letters_are_all_drawn_says_nothing_of_fonts() -> None:
    """A worked system in English, arrows and dashes with it."""
    html = page.html(full(chatbot()))

    assert "→" in html
    assert () == pdf.undrawn(html, pdf.printed(html))


@NEEDS_CHROMIUM
def test_a_pdf_is_tagged_and_does_nothing() -> None:
    """It has a language, a title and an outline; no address, no script; and it says every hostile text."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(made_of_the_hostile("pdf")))
    root: Any = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert "en-GB" == root["/Lang"]
    assert reader.outline
    assert "/OpenAction" not in root or "/JS" not in str(root["/OpenAction"])
    for sheet in reader.pages:
        for note in sheet.get("/Annots", ()):
            action = note.get_object().get("/A")
            assert action is None or "/GoTo" == action.get_object().get("/S")
    assert not re.search(rb"/(JavaScript|JS|Launch|URI|EmbeddedFile|AA)\b", made_of_the_hostile("pdf"))
    metadata = reader.metadata or {}
    assert "D:20261130000000+00'00'" == metadata["/CreationDate"]
    assert "nbthreat" == metadata["/Creator"]
    told = "".join("".join(sheet.extract_text().split()) for sheet in reader.pages)
    for text in ("=HYPERLINK", "<script>", "AKIAIOSFODNN7EXAMPLE") if corpus() else ("<script>",):
        assert text in told


def rows() -> list[Row]:
    """The hostile files about paths."""
    return [row for row in bad_inputs.rows() if row.file.startswith(("paths/", "formula/"))]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_no_hostile_file_makes_the_command_write_elsewhere(row: Row, tmp_path: Path) -> None:
    """It is refused, or what it makes lies in the folder that was named, under the name of its file."""
    drawn = tmp_path / "in" / "drawn.yaml"
    drawn.parent.mkdir()
    drawn.write_bytes(bad_inputs.in_our_schema(row))
    names = ",".join(format.name for format in FORMATS if format.name not in ("pdf", "ciso-library"))

    code = main(["register", str(drawn), "--to", names, "--output", str(tmp_path / "out")])

    assert code in (FINE, BAD_INPUT)
    assert {tmp_path / "in", drawn} == {tmp_path / "in", *(tmp_path / "in").iterdir()}
    made = list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else []
    assert all(
        re.match(r"drawn(-[A-Za-z0-9.-]+)?-TLP-RED\.register\.", path.name) and path.parent == tmp_path / "out"
        for path in made
    )
    assert [] == list(Path("/tmp").glob("tmw_canary_*"))  # noqa: S108 - where the files would leave a trace


@pytest.mark.parametrize("name", ["html", "csv", "xlsx", "briefing", "json"])
def test_nothing_in_a_hostile_notebook_gets_into_a_publication(name: str, tmp_path: Path) -> None:
    """Neither outputs nor cells nor metadata: the same bytes as from a notebook that is empty.

    Each notebook is tried as JSON, which holds all that is published, and as one of the others.
    """
    (tmp_path / "chatbot.yaml").write_bytes(CHATBOT.read_bytes())
    exporter = getattr(exporters, BY_NAME[name].exporter)()
    resources = {"metadata": {"path": str(tmp_path), "name": "notebook"}}

    def converted(notebook: Any) -> Any:
        notebook.metadata["nbthreat"] = {"system": "chatbot.yaml"}
        return exporter.from_notebook_node(notebook, dict(resources))[0]

    clean = converted(nbformat.v4.new_notebook())
    folder = bad_inputs.FOLDER / "notebook"
    others = ("html", "csv", "xlsx", "briefing")
    for n, path in enumerate(sorted(folder.iterdir()) if folder.is_dir() else ()):
        if name not in ("json", others[n % len(others)]):
            continue
        try:
            notebook = nbformat.read(path, as_version=4)
        except (ValueError, AttributeError, KeyError, ImportError, nbformat.ValidationError):
            continue  # Jupyter itself does not open it
        assert clean == converted(notebook), path.name


# Publishing a set


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system in a folder of its own."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes(CHATBOT.read_bytes())
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("full_after", range(6))
def test_a_disk_that_fills_up_half_way_leaves_the_old_publication_whole(
    system: Path, tmp_path: Path, full_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one of its files is new, none is missing, and nothing lies about."""
    out = tmp_path / "out"
    arguments = ["register", str(system), "--to", "html,md,csv,json,xlsx,ods", "--output", str(out)]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert FINE == main(arguments)
    before = contents(out)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    synced, count = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count > full_after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert BAD_INPUT == main(arguments)

    assert before == contents(out)
    monkeypatch.undo()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    assert FINE == main(arguments)
    after = contents(out)
    assert before.keys() == after.keys()
    assert all(before[name] != after[name] for name in before if not name.endswith("csv"))


def test_a_format_that_cannot_be_made_keeps_all_from_being_published(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything is made before anything is written; and a person is told what to do about a PDF."""
    monkeypatch.setattr(pdf, "NAMES", ())
    monkeypatch.setattr(pdf, "PLACES", ())
    monkeypatch.delenv(pdf.VARIABLE, raising=False)

    assert BAD_INPUT == main(["register", str(system), "--to", "csv,pdf", "--output", str(tmp_path / "out")])

    assert "publish the register as HTML and print it from any browser" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@NEEDS_CHROMIUM
def test_a_chromium_that_came_with_pip_prints_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none on the machine; until `playwright install chromium` was run, a person is told to."""
    real = pdf.browser()
    monkeypatch.setattr(pdf, "NAMES", ())
    monkeypatch.setattr(pdf, "PLACES", ())
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(NbthreatError, match="playwright install chromium"):
        pdf.browser()

    where = Path(
        subprocess.run([sys.executable, "-c", pdf._WHERE], capture_output=True, text=True, check=True).stdout.strip()
    )
    assert where.is_relative_to(tmp_path)
    where.parent.mkdir(parents=True)
    where.symlink_to(real)

    assert str(where) == pdf.browser()
    assert pdf.printed("<p>Printed.</p>").startswith(b"%PDF-")


def test_a_set_with_a_folder_in_its_way_is_not_begun(tmp_path: Path) -> None:
    """The files before it stay as they were."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").mkdir()

    with pytest.raises(DocumentError, match="as it was"):
        documents.publish_all({tmp_path / "a": b"new", tmp_path / "b": b"new"})

    assert b"old" == (tmp_path / "a").read_bytes()
    assert {"a", "b"} == {path.name for path in tmp_path.iterdir()}


def test_a_disk_that_refuses_a_move_half_way_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many files are new; and nothing lies about."""
    files = {tmp_path / name: b"new" for name in ("a", "b", "c")}
    move, count = Path.replace, 0

    def refused(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == 2:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return move(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(DocumentError, match=r"b:1: could not take its place: Permission denied\. 1 of 3 files are new"):
        documents.publish_all(files)

    assert {"a"} == {path.name for path in tmp_path.iterdir()}


# The command


def test_pages_say_what_changed_since_an_earlier_publication(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--earlier` takes the JSON form of this system, and says so of anything else."""
    out = ["--output", str(tmp_path / "out")]
    assert FINE == main(["register", str(system), "--to", "json", *out])
    published = tmp_path / "out" / "chatbot-1.0-TLP-RED.register.json"

    assert FINE == main(["register", str(system), "--to", "html,csv", "--earlier", str(published), *out])
    assert "What changed since" in (tmp_path / "out" / "chatbot-1.0-TLP-RED.register.html").read_text(encoding="utf-8")
    capsys.readouterr()
    for wrong in (tmp_path / "out" / "chatbot-1.0-TLP-RED.register.csv", tmp_path / "nowhere.json"):
        assert BAD_INPUT == main(["register", str(system), "--earlier", str(wrong), *out])
        assert capsys.readouterr().err.startswith(f"{wrong}:1: ")


def test_a_person_is_told_what_takes_longer_than_a_second(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On the channel for messages, with the name of the format; and not of what is quick."""
    make = Format.data

    def slowly(format: Format, *arguments: Any) -> bytes:
        for timer in threading.enumerate():
            if isinstance(timer, threading.Timer) and not patience:
                timer.join()
        return make(format, *arguments)

    monkeypatch.setattr(Format, "data", slowly)
    for patience in (0, 3600):  # seconds: at once, and never
        monkeypatch.setattr("nbthreat.cli._PATIENCE", patience)
        assert FINE == main(["register", str(system), "--to", "md", "--output", str(tmp_path / "out")])
        assert (not patience) == ("Chatbot: making md …" in capfd.readouterr().err)


# Slides and print


@pytest.fixture(scope="module")
def chromium() -> Any:
    """A real Chromium."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=pdf.browser(), args=flags)
        yield opened
        opened.close()


@pytest.mark.parametrize("of", [chatbot, hostile], ids=["chatbot", "hostile"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_serious_in_a_briefing(chromium: Any, of: Any, width: int, tmp_path: Path) -> None:
    """WCAG 2.2 AA as far as a machine can tell."""
    published = tmp_path / "briefing.html"
    published.write_bytes(BY_NAME["briefing"].data(full(of())))

    assert [] == seriously_wrong(chromium, published, width)


@pytest.mark.parametrize("of", [chatbot, hostile], ids=["chatbot", "hostile"])
def test_a_briefing_prints_one_slide_a_page(chromium: Any, of: Any, tmp_path: Path) -> None:
    """About ten, each on its page, none running over."""
    import pypdf

    published = tmp_path / "briefing.html"
    published.write_bytes(BY_NAME["briefing"].data(full(of())))
    opened = chromium.new_page()
    opened.goto(published.as_uri())
    slides = opened.locator("section").count()
    printed = opened.pdf(prefer_css_page_size=True)
    opened.emulate_media(media="print")
    over = opened.evaluate(
        "[...document.querySelectorAll('section')].filter(e => e.scrollHeight > e.clientHeight + 2).map(e => e.id || e.innerText.slice(0, 40))"  # noqa: E501
    )
    opened.close()

    assert 8 <= slides <= 11
    assert slides == len(pypdf.PdfReader(io.BytesIO(printed)).pages)
    assert [] == over


@pytest.mark.parametrize("form", ["html", "briefing"])
@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (320, "screen"), (680, "print")])
def test_no_short_word_is_broken_in_a_table(chromium: Any, form: str, width: int, media: str, tmp_path: Path) -> None:
    """On a wide screen, on a phone and on paper: a cell that says one word says it on one line."""
    published = tmp_path / "page.html"
    published.write_bytes(BY_NAME[form].data(full(chatbot())))
    opened = chromium.new_page(viewport={"width": width, "height": 900})
    opened.goto(published.as_uri())
    opened.emulate_media(media=media)
    words, broken, wide = opened.evaluate(
        """() => {
          const cells = [...document.querySelectorAll("td")].filter(e => /^[a-z]{2,11}$/i.test(e.innerText.trim()));
          const lines = e => { const all = document.createRange(); all.selectNodeContents(e);
            return new Set([...all.getClientRects()].map(one => Math.round(one.bottom))).size; };
          return [cells.length, cells.filter(e => lines(e) > 1).map(e => e.innerText),
            document.documentElement.scrollWidth - document.documentElement.clientWidth];
        }"""
    )
    opened.close()

    assert words or form == "briefing"
    assert [] == broken
    assert wide <= 0 or media == "print"


def test_the_sandbox_of_the_browser_is_off_for_nobody_but_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root has none to keep on."""
    paths = (Path("/a.html"), Path("/a.pdf"), Path("/profile"))
    for user, off in ((0, True), (1_000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user, raising=False)
        command = pdf.arguments("chromium", *paths)
        assert off == ("--no-sandbox" in command)
        assert "--generate-pdf-document-outline" in command
        assert "--print-to-pdf=/a.pdf" in command


def test_a_browser_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it said; and a name that is none is refused."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho nothing works >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(pdf.VARIABLE, str(program))
    with pytest.raises(NbthreatError, match=r"exit code 3.*nothing works"):
        pdf.printed("<p>a")

    monkeypatch.setenv(pdf.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(NbthreatError, match="is no program"):
        pdf.printed("<p>a")


def test_the_page_draws_the_paths_of_top_risks_and_names_no_place_twice() -> None:
    """Small pictures with one path lit each; every id on the page is there once."""
    told = BY_NAME["html"].data(full(chatbot())).decode()
    ids = re.findall(r'\bid="([^"]+)"', told)

    assert 1 < told.count('<figure class="path">') <= 10
    assert len(ids) == len(set(ids))
    for text in ("Sign-off", "at a glance", "VH is very high", "About the threats"):
        assert text in told
    assert set(re.findall(r'href="#([^"]+)"', told)) <= set(ids)


def test_a_signature_stands_for_the_json_that_is_published_with_it() -> None:
    """The page names the SHA-256 of that very file."""
    digest = hashlib.sha256(BY_NAME["json"].data(full(chatbot()))).hexdigest()

    assert digest in BY_NAME["html"].data(full(chatbot())).decode()


def test_a_column_that_the_page_has_no_place_for_is_told_with_its_risk() -> None:
    """So a new column of the register appears by itself: on the page and in the sheets."""
    made = full(chatbot())
    rows = [
        FrozenMap({**line.row, "number": "R-001", "residual": "low", "vote_spread": "<b>3</b>"}) for line in made.lines
    ]
    told = (
        BY_NAME["html"]
        .data(replace(made, lines=tuple(replace(line, row=row) for line, row in zip(made.lines, rows, strict=True))))
        .decode()
    )

    assert "<dt>Vote spread</dt><dd>&lt;b&gt;3&lt;/b&gt;</dd>" in told
    assert "R-001" in told
    assert "; residual low" in told


def test_texts_that_are_hidden_are_spelt_out_in_every_form_people_read() -> None:
    """An override of the writing direction is seen as what it is."""
    for name in ("html", "md", "briefing"):
        assert "\u202e" not in BY_NAME[name].data(full(hostile())).decode()
    assert shown("safe\u202egnp.exe") in BY_NAME["html"].data(full(hostile())).decode()
