"""Published pages of a register that was signed off: each says so, and says when it is no longer what was signed."""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from helpers import SYSTEMS, TODAY, library
from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Handling, Marking, read_register
from nbthreat.publishing.export.formats.pdf import browser
from nbthreat.publishing.export.formats.publication import publication_schema
from nbthreat.publishing.export.publishing import published
from nbthreat.publishing.signing import Approval, Statement, sign_file, signed_path
from nbthreat.system import documents

CONDITION = "Heron pilot only"
HELD, CHANGED = "TLP:AMBER, signed off", "TLP:AMBER, changed since sign-off"


def has_browser() -> bool:
    """Whether a page can be printed here."""
    try:
        return bool(browser())
    except NbthreatError:
        return False


def seen(path: Path) -> Assessment:
    """The system file and the register beside it, looked at."""
    system = library().read_system(path).value
    return assess(system, library(), read_register(path, id=system.id).value, today=TODAY)


def made(path: Path, *names: str, audience: Marking | None = None) -> dict[str, bytes]:
    """The published bytes of some formats."""
    return published(seen(path), audience, names, source=str(path))[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The chatbot, marked AMBER and signed off under a condition."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())
    kept = read_register(path, id="chatbot")
    documents.save(kept, kept.value.handled(Handling(marking="TLP:AMBER", by="Risk manager", on=TODAY)))
    statement = Statement(
        by="Risk owner",
        on=TODAY,
        decision=Approval.WITH_CONDITIONS,
        conditions=CONDITION,
        marking=Marking.AMBER,
    )
    sign_file(path, seen(path), statement)
    return path


def renamed(path: Path) -> None:
    """Somebody calls a part otherwise after the signing."""
    read = library().read_system(path)
    first, *others = read.value.elements
    documents.save(read, replace(read.value, elements=(replace(first, name="Another name"), *others)))


def test_a_register_as_it_was_signed_says_so(path: Path) -> None:
    files = made(path, "html", "md", "briefing", "json")

    page = files["html"].decode()
    assert 2 == page.count(f'<p class="tlp">{HELD}</p>')
    assert 2 == page.count(f'content: "{HELD}"')
    assert CONDITION in page
    assert "Unchanged since." in page
    assert files["briefing"].decode().count(HELD) > 20
    assert CHANGED not in "".join(file.decode() for file in files.values())
    data = json.loads(files["json"])
    assert ("Risk owner", 0, []) == tuple(data["signed"][name] for name in ("by", "changes", "differences"))
    assert [] == list(Draft202012Validator(publication_schema()).iter_errors(data))


def test_a_change_after_the_signing_stands_on_every_page(path: Path) -> None:
    """And the page says which."""
    renamed(path)

    files = made(path, "html", "md", "briefing", "xlsx", "ods")

    page = files["html"].decode()
    assert 2 == page.count(f'<p class="tlp">{CHANGED}</p>')
    assert 2 == page.count(f'content: "{CHANGED}"')
    assert "Changed since it was signed, in 1 place." in page
    assert "Another name" in page.partition('id="signing"')[2]
    slides = files["briefing"].decode()
    assert slides.count("<section") * 2 == len(re.findall(f'class="tlp[^"]*">{CHANGED}<', slides))
    assert "changed since sign" in files["md"].decode().replace("\\", "")


@pytest.mark.skipif(not has_browser() and not os.environ.get("CI"), reason="no Chromium on this machine")
def test_every_printed_sheet_says_that_it_changed(path: Path) -> None:
    import pypdf

    renamed(path)
    sheets = pypdf.PdfReader(io.BytesIO(made(path, "pdf")["pdf"])).pages

    told = [" ".join(unicodedata.normalize("NFKC", sheet.extract_text()).split()) for sheet in sheets]
    assert len(told) > 5
    assert [] == [n for n, text in enumerate(told) if text.count(CHANGED) < 2]


@pytest.mark.parametrize("audience", [Marking.GREEN, Marking.CLEAR])
def test_the_public_learns_that_it_changed_and_not_what(path: Path, audience: Marking) -> None:
    renamed(path)

    files = made(path, "html", "json", "csv", audience=audience)

    page = files["html"].decode()
    assert f"{audience.label}, changed since sign-off" in page
    assert "in 1 place." in page
    assert CONDITION not in "".join(file.decode() for file in files.values())
    assert [] == json.loads(files["json"])["signed"]["differences"]


def test_nothing_is_published_beside_a_sign_off_that_was_tampered_with(path: Path) -> None:
    signed = signed_path(path)
    signed.write_text(signed.read_text("utf-8").replace(CONDITION, "No conditions..."), "utf-8")

    with pytest.raises(DocumentError, match="tampered"):
        made(path, "html")
