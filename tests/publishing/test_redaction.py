"""Redaction: what is for others stands in no byte of what one is shown, and whatever slips through stops everything."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from test_export import browser, seriously_wrong  # noqa: F401 - a fixture
from test_formats import NEEDS_CHROMIUM, attacked, nothing_acts

import bad_inputs
from helpers import SURPLUS, SYSTEMS, TODAY, desk, full, library
from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.base.risk import Level
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import (
    Acceptance,
    Advice,
    Assurance,
    Audience,
    Decision,
    Dismissal,
    Estimate,
    Handling,
    Inherited,
    NotApplicable,
    Occasion,
    Register,
    Residual,
    Spread,
    Treatment,
    read_register,
)
from nbthreat.publishing.export import exporters, page, publishing, tables
from nbthreat.publishing.export.formats import BY_NAME, FORMATS, archive
from nbthreat.publishing.publication import (
    Marking,
    Publication,
    audience_named,
    file_name,
    publication,
    reading,
    reduced,
)
from nbthreat.publishing.publication.credentials import credentials, credentials_in
from nbthreat.publishing.publication.linting import LeakError, lint
from nbthreat.publishing.publication.terms import Terms, private_terms
from nbthreat.system import documents
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary
from nbthreat.threats.matching import State

CANARY = "zqxcanary"
"""Begins everything that only the full publication may say."""
RED = "rqxcanary"
"""And everything that is said of risks that are for fewer people than the organisation and its clients."""
QUICK = ("html", "md", "csv", "json", "briefing", "oscal", "sarif", "navigator", "tickets")
SLOW = tuple(format.name for format in FORMATS if format.name not in (*QUICK, "pdf"))
LIBRARY_ONLY = ("ciso-library", "ciso-controls", "navigator", "tickets")
"""Formats that say little or nothing but what the library says, where nothing is open."""
PUBLIC = (Marking.CLEAR, Marking.GREEN)


class Canaries:
    """A system in which everything private begins with a canary, and a register about it, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a test
        self.count = 0

    def said(self, more: str = "") -> str:
        """Return a text that nobody else says."""
        self.count += 1
        return f"{CANARY}{self.count} {more}".strip()

    def id(self) -> str:
        """Return an id that nobody else has."""
        self.count += 1
        return f"{CANARY}-{self.count}"

    def system(self) -> System:
        """Return a system of a few parts."""
        pick = self.chance.choice
        boundaries = [TrustBoundary(id=self.id(), name=self.said(), note=self.said(), trust=pick(list(Trust)))]
        boundaries.append(TrustBoundary(id=self.id(), note=self.said(), within=pick([None, boundaries[0].id])))
        assets = tuple(
            Asset(id=self.id(), name=self.said(), note=self.said(), kind=pick(list(library().kinds))) for _ in range(2)
        )
        technologies = ["end-user", "hosted-llm", *(pick(list(library().technologies)) for _ in range(3))]
        elements = tuple(
            Element(
                id=self.id(),
                name=pick(["", self.said("gateway")]),
                note=self.said(),
                technology=technology,
                boundary=pick([None, *(boundary.id for boundary in boundaries)]),
                settings=FrozenMap({"temperature": self.said()}),
                holds=pick([None, (), (assets[0].id,)]),
            )
            for technology in technologies
        )
        flows = tuple(
            Flow(
                id=self.id(),
                name=self.said("call"),
                note=self.said(),
                source=pick(elements).id,
                target=pick(elements).id,
                carries=pick([None, (assets[1].id,)]),
            )
            for _ in range(5)
        )
        return System(
            id="public",
            name="Public name",
            version=pick(["", "1.2"]),
            owner="Owner of it all",
            purpose=self.said("purpose"),
            assets=assets,
            boundaries=tuple(boundaries),
            elements=elements,
            flows=flows,
            layout=FrozenMap({elements[0].id: (0, 0)}),
        )

    def decision(self, key: str, number: int) -> Decision:
        """Return a decision that everybody may learn of, or one that is for few."""
        pick, mark = self.chance.choice, self.chance.choice(["", "", "", "TLP:RED", "AMBER+STRICT", "purple", "green"])
        few = mark in ("TLP:RED", "AMBER+STRICT", "purple")
        canary = f"{RED}{number} {CANARY}" if few else ""
        treatment = pick(list(Treatment))
        ends = TODAY + timedelta(days=self.chance.randrange(-50, 300))
        acceptance = Acceptance(
            approver=self.said(canary), on=TODAY - timedelta(days=60), expires=ends, reason=self.said(canary)
        )
        return Decision(
            key=key,
            title=self.said(canary),
            treatment=treatment,
            owner=f"Team {number} {canary}",
            due=pick([None, TODAY]),
            rationale=self.said(canary),
            by=self.said(canary),
            on=TODAY,
            acceptance=acceptance if treatment is Treatment.ACCEPT else None,
            residual=pick([None, Residual(likelihood=Level.LOW, impact=Level.LOW, because=self.said(canary))]),
            plan=f"Plan {number} {canary}",
            communicate=(Advice(to=Audience.END_USER, text=f"Advice {number} {canary}"),),
            assurance=(Assurance(what=self.said(canary), by=self.said(canary), expires=ends),),
            estimate=Estimate(inherent=Spread(frequency=(1, 2), loss=(3, 77_123)), factor=self.said(canary)),
            marking=mark,
        )

    def register(self, seen: Assessment) -> Register:
        """Return a register that says something of most of what is found."""
        register = Register(system="public")
        for n, finding in enumerate(seen.findings):
            act = self.chance.randrange(12)
            if act < 3:
                register = register.deciding(self.decision(finding.key, n))
            elif act == 3:
                aside = Dismissal(key=finding.key, title=self.said(), reason=self.said(), by=self.said(), on=TODAY)
                register = register.dismissing(aside)
        register = register.deciding(self.decision(f"gone@{self.id()}", 900))
        register = register.excluding(NotApplicable(provision="1.1", reason=self.said(), by=self.said(), on=TODAY))
        taken = Inherited(
            key=f"evasion@{CANARY}-supplier/part",
            title=self.said(),
            supplier=f"{CANARY}-supplier",
            part=self.said(),
            likelihood=Level.HIGH,
            impact=Level.HIGH,
            summary=self.said(),
            reason=self.said(),
            expects=(self.said(),),
            on=TODAY,
        )
        register = register.inheriting(f"{CANARY}-supplier", [taken], at=Occasion(on=TODAY, by=self.said()))
        register = register.reviewing(seen.system, library(), by=self.said(), on=TODAY, findings=seen.findings)
        return register.handled(Handling(marking="TLP:AMBER", private=("Secret customer",), by=self.said(), on=TODAY))


def canaries(seed: int) -> Assessment:
    """One such system with its register."""
    made = Canaries(seed)
    seen = assess(made.system(), library(), today=TODAY)
    return replace(seen, register=made.register(seen))


def everything_in(data: bytes) -> bytes:
    """All bytes of a file, those of what is packed in it unpacked, in small letters."""
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"\n".join([*map(packed.read, packed.namelist()), *(name.encode() for name in packed.namelist())])
    return data.lower()


def check_canaries(seed: int, *names: str) -> None:
    """No canary at CLEAR or GREEN, and none of a risk that is for few at AMBER: in the value, and in those formats."""
    seen = canaries(seed)
    for audience, forbidden in ((PUBLIC[seed % 2], CANARY), (Marking.AMBER, RED)):
        made = publication(seen, audience)
        assert forbidden not in repr(made)
        for name in names:
            data = everything_in(BY_NAME[name].data(made))
            at = data.find(forbidden.encode())
            assert at < 0, (seed, audience, name, data[max(0, at - 200) : at + 100])


@pytest.mark.parametrize("hundred", range(10))
def test_no_private_word_stands_in_any_byte_of_a_thousand_publications(hundred: int) -> None:
    """Every private field of every one begins with a canary; so does all that is said of a risk for few.

    The table in every one, and all other formats in turn.
    """
    for seed in range(hundred * 100, hundred * 100 + 100):
        check_canaries(seed, "csv", QUICK[seed // 2 % len(QUICK)])


def test_no_private_word_stands_in_what_is_packed() -> None:
    """Spreadsheets unpacked, with their properties; a sample, for they take longer."""
    for seed in range(6):
        check_canaries(seed, *SLOW)


def test_a_canary_is_found_where_it_is() -> None:
    """In the full publication: the property could fail."""
    told = full(canaries(3))
    for name in (*QUICK, *SLOW):
        if name not in LIBRARY_ONLY:
            assert CANARY.encode() in everything_in(BY_NAME[name].data(told)), name
    assert RED in json.dumps(tables.register_data(told))


@NEEDS_CHROMIUM
def test_no_private_word_stands_in_a_pdf() -> None:
    """Neither in what is read on its pages nor in its properties."""
    import pypdf

    seen = canaries(4)
    for audience in PUBLIC:
        _, files = publishing.published(seen, audience, ["pdf"], source="/home/ann/public.yaml")
        reader = pypdf.PdfReader(io.BytesIO(files["pdf"]))
        told = " ".join([*(sheet.extract_text() for sheet in reader.pages), str(reader.metadata), str(reader.outline)])
        assert "canary" not in told
        for sheet in reader.pages:  # at the top and at the bottom of every sheet
            assert sheet.extract_text().count(audience.label) >= 2


# What is shown, and what is not


def marked(marking: str = "TLP:AMBER", *decisions: Decision, system: System | None = None) -> Assessment:
    """The help desk with decisions, and with a word on who may see them."""
    register = Register(system="desk")
    for decision in decisions:
        register = register.deciding(decision)
    register = register.handled(Handling(marking=marking, private=("Acme",), by="Lead", on=TODAY))
    return assess(system or desk(), library(), register, today=TODAY)


def said(key: str = SURPLUS, **more: Any) -> Decision:
    """A decision."""
    fields = {"treatment": Treatment.MITIGATE, "owner": "Desk team", "rationale": "As we found it.", **more}
    return Decision(key=key, **fields)


def test_until_somebody_says_who_may_see_a_register_it_is_red_and_never_public() -> None:
    """What nobody said, and what is no label, is for the fewest."""
    for register in (None, Register(system="desk").handled(Handling(marking="PURPLE", by="Lead", on=TODAY))):
        seen = assess(desk(), library(), register, today=TODAY)
        assert Marking.RED is publication(seen).marking is publication(seen, Marking.AMBER).marking
        for audience in PUBLIC:
            with pytest.raises(NbthreatError, match=r"nbthreat handle desk\.yaml --marking TLP:AMBER"):
                publication(seen, audience)


def test_by_default_it_is_for_those_the_register_is_marked_for() -> None:
    """Under their label."""
    for marking in Marking:
        assert marking is publication(marked(marking.label)).marking


@pytest.mark.parametrize("text", ["", "GREE", "GREENN", "CLEAR ER", "WHITE", "TLP", "1", "amber strict", "TLP:TLP:RED"])
def test_a_misspelt_audience_is_an_error_and_widens_nothing(text: str) -> None:
    """Unlike a misspelt marking, which narrows."""
    with pytest.raises(NbthreatError, match=r"is no audience\. Known here: CLEAR, GREEN, AMBER, AMBER\+STRICT, RED"):
        audience_named(text)


@pytest.mark.parametrize("text", ["RED", " red ", "tlp:red", "TLP:GREEN", "amber+strict", "AMBER_STRICT", "clear"])
def test_an_audience_may_be_written_as_people_write_it(text: str) -> None:
    """With and without the prefix, in any case."""
    assert Marking.of(text) is audience_named(text)


def test_a_plain_register_is_told_the_same_to_the_organisation_as_to_those_it_is_handed_to() -> None:
    """But for the label."""
    seen = assess(desk(), library(), Register(system="desk"), today=TODAY)
    red, *others = (publication(seen, literal) for literal in (Marking.RED, Marking.AMBER_STRICT, Marking.AMBER))
    for other in others:
        assert red == other
    handled = publication(marked(), Marking.AMBER)
    assert replace(red, marking=Marking.AMBER).findings == handled.findings
    assert "" == handled.withheld.sentence


def test_a_risk_for_few_leaves_no_trace_but_its_number_among_those_not_shown() -> None:
    """No line, no finding, no badge, no cell of the heat map, no word on what it decides."""
    for marking in ("RED", "TLP:AMBER+STRICT", "no label"):
        seen = marked("TLP:AMBER", said(marking=marking))
        told = publication(seen, Marking.AMBER)
        assert 1 == told.withheld.risks
        assert SURPLUS not in json.dumps(tables.register_data(told))
        assert "helper" not in told.badges or told.badges["helper"][0] == 0
        assert told.counts is not None
        assert 0 == told.counts["open"]
        assert "1 further risk is not shown at this marking." in page.html(told)
        assert SURPLUS in json.dumps(tables.register_data(publication(seen, Marking.RED)))


def test_the_community_reads_numbers_kinds_and_quarters() -> None:
    """And none of the names."""
    decision = said(
        plan="Switch off pictures.",
        due=TODAY,
        communicate=(
            Advice(to=Audience.END_USER, text="Send no pictures."),
            Advice(to=Audience.OPERATOR, text="Watch."),
        ),
        residual=Residual(likelihood=Level.LOW, impact=Level.LOW, because="It is off."),
    )
    told = publication(marked("AMBER", decision), Marking.GREEN)
    row = next(line.row for line in told.lines if line.key == "R-001")

    assert ("R-001", "Own LLM", "open", "moderate") == (row["number"], row["subject"], row["state"], row["level"])
    assert ("Switch off pictures.", "2026 Q4", "Desk team") == (row["plan"], row["due"], row["owner"])
    assert ("Send no pictures.", "", "", "") == (row["advice"], row["because"], row["rationale"], row["path"])
    assert row["residual"]
    names = {element.name for element in told.drawing.elements}
    assert {"Own LLM 1", "Application 1", "End user 1"} == names
    assert {"e1", "e2", "e3"} == {element.id for element in told.drawing.elements}
    assert ["Boundary 1", "Boundary 2"] == [boundary.name for boundary in told.drawing.boundaries]
    assert not told.questions
    assert told.open_questions
    assert all("@" not in line.key for line in told.lines)
    assert 64 == len(told.withheld.digest)
    assert told.withheld.salt != publication(marked("AMBER", decision), Marking.GREEN).withheld.salt


def test_what_could_be_used_today_is_told_by_title_level_and_treatment_or_not_at_all() -> None:
    """To the community, and to everybody."""
    system = library().read_system(SYSTEMS / "chatbot.yaml").value
    bare = assess(system, library(), today=TODAY)
    worst = next(
        finding
        for finding in bare.ranked
        if finding.rating.level >= Level.HIGH and finding.state is not State.MITIGATED
    )
    mild = next(finding for finding in bare.ranked if finding.rating.level < Level.HIGH)
    register = Register(system=system.id).deciding(said(worst.key, plan="Later.")).deciding(said(mild.key, plan="Now."))
    register = register.handled(Handling(marking="AMBER", by="Lead", on=TODAY))
    seen = assess(system, library(), register, today=TODAY)

    green, clear = publication(seen, Marking.GREEN), publication(seen, Marking.CLEAR)
    row = next(line.row for line in green.lines if line.key == "R-001")
    kept = {name for name, text in row.items() if text}
    assert {"key", "number", "title", "standing", "level", "current", "treatment"} == kept
    assert ["R-002"] == [line.key for line in clear.lines]
    assert len(seen.risks) - 1 == clear.withheld.risks
    assert {"key", "number", "title", "standing", "treatment", "owner", "provisions"} >= {
        name for name, text in clear.lines[0].row.items() if text
    }
    assert clear.levels is None
    assert () == clear.drawing.elements == clear.drawing.flows
    assert f"{len(system.elements)} parts in {len(system.boundaries)} trust boundaries" in clear.words
    assert page.html(clear).count("further risks are not shown at this marking.") == 1
    for told in (green, clear):
        assert 72 == len(told.coverage)
        assert all(not other.findings and not other.controls for other in told.coverage)


def test_what_was_decided_together_is_one_line_for_everybody() -> None:
    """With the number of places, and exposed where any of it is."""
    seen = canaries(7)
    told = publication(seen, Marking.GREEN)
    keys = [line.key for line in told.lines]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[RD]-\d+|[a-z0-9-]+", key) for key in keys)
    assert len(seen.risks) >= len(keys)


def test_an_earlier_publication_for_fewer_people_is_not_compared_with() -> None:
    """It would tell what was in it; and what is gone is only counted where something is withheld."""
    seen = marked("AMBER", said(marking="RED"))
    red = reading.earlier(tables.register_json(publication(seen, Marking.RED)).encode())
    amber = publication(seen, Marking.AMBER)

    with pytest.raises(NbthreatError, match="marked TLP:RED, and this one TLP:AMBER"):
        page.html(amber, red)
    before = reading.earlier(tables.register_json(publication(marked(), Marking.AMBER)).encode())
    told = page.html(amber, before)
    assert "no longer in the register, or no longer shown" in told
    assert SURPLUS not in told


@pytest.mark.parametrize("marking", list(Marking), ids=lambda item: item.name)
def test_every_format_says_who_may_see_it(marking: Marking) -> None:
    """As text that can be read and found."""
    made = publication(marked("AMBER", said()), marking)
    for format in FORMATS:
        if format.name not in ("pdf", "ciso-library", "tickets"):
            data = everything_in(format.data(made)).decode()
            assert marking.label.lower() in data.replace("tlp\\:", "tlp:"), format.name
    assert page.html(made).count(f'<p class="tlp">{marking.label}</p>') == 2
    slides = page.briefing(made)
    assert slides.count("<section") * 2 == slides.count(f">{marking.label}</p>")
    assert made.marking.label == next(iter(archive_rows(made)))


def archive_rows(made: Publication) -> Iterator[str]:
    """What stands in the first column of the table."""
    for line in tables.register_csv(made).splitlines()[1:]:
        yield line.split(",")[0]


@pytest.mark.parametrize(
    ("system", "version", "marking", "name"),
    [
        ("chatbot", "1.2", Marking.AMBER, "chatbot-1.2-TLP-AMBER.register.html"),
        ("chatbot", "", Marking.AMBER_STRICT, "chatbot-TLP-AMBER-STRICT.register.html"),
        ("chatbot", "../../etc/x y", Marking.CLEAR, "chatbot-etc-x-y-TLP-CLEAR.register.html"),
    ],
)
def test_a_file_carries_system_version_and_marking(system: str, version: str, marking: Marking, name: str) -> None:
    """And nothing that leads elsewhere."""
    assert name == file_name(system, version, marking, "html")


# The last look


@cache
def clean() -> tuple[Assessment, dict[str, bytes]]:
    """A register for the community in every format but PDF, in which there is nothing to find."""
    seen = marked("AMBER", said(plan="Switch off pictures."))
    _, files = publishing.published(seen, Marking.GREEN, [format.name for format in FORMATS if format.name != "pdf"])
    return seen, files


def test_the_lint_finds_nothing_in_what_is_fit_to_be_seen() -> None:
    """For all worked systems, in every format, for both kinds of public."""
    for path in sorted(SYSTEMS.glob("*.yaml"))[:4]:
        system = library().read_system(path).value
        register = Register(system=system.id).handled(Handling(marking="AMBER", by="Lead", on=TODAY))
        seen = assess(system, library(), register, today=TODAY)
        for audience in PUBLIC:
            publishing.published(seen, audience, ["html", "json", "xlsx", "briefing"], source=str(path))


@pytest.mark.parametrize("name", [format.name for format in FORMATS if format.name not in ("pdf", *LIBRARY_ONLY)])
def test_the_lint_stops_a_full_form_in_every_format(name: str) -> None:
    """Whatever let it through: it looks at bytes."""
    seen = canaries(5)
    leaks = lint({name: BY_NAME[name].data(full(seen))}, private_terms(seen, Marking.GREEN))
    assert any(CANARY in leak.what for leak in leaks)


PLANTED: Mapping[str, bytes] = {
    "text": b"the Payroll Gateway is open",
    "case": b"the PAYROLL  gateway",
    "entities": b"<p>Payroll&#32;G&#97;teway</p>",
    "wrapped": b"<text>Payroll</text><text>Gateway</text>",
    "bold": b"<b>Pay</b>roll Gateway",
    "title": b"<svg><title>Payroll Gateway</title></svg>",
    "id": b'<g id="payroll-gateway"/>',
    "json": json.dumps({"a": "Payroll\u00a0Gateway"}).encode(),
    "escaped": b'{"a": "P\\u0061yroll Gatew\\u0061y"}',
    "key": b'{"payroll_gateway": 1}',
    "markdown": b"Payroll\\ Gate\\way",
    "wide": "\uff30ayroll Gateway".encode(),
    "packed": archive.pack({"docProps/core.xml": b"<dc:creator>Payroll Gateway</dc:creator>"}),
    "member": archive.pack({"payroll gateway.xml": b"<a/>"}),
    "excel": archive.pack({"xl/sharedStrings.xml": b"<t>P_x0061_yroll Gateway</t>"}),
    "pdf": b"%PDF-1.4\n1 0 obj<</Title (Payroll Gateway)>>endobj",
    "pdf-hex": b"%PDF-1.4\n<</Title <" + "Payroll Gateway".encode("utf-16-be").hex().encode().join([b"FEFF", b">>>"]),
}


@pytest.mark.parametrize("how", PLANTED)
def test_the_lint_catches_a_name_however_it_is_written(how: str) -> None:
    """Each on its own, with the file it is in; and nothing where it is not."""
    [leak, *_] = lint({how: PLANTED[how]}, Terms(whole=("Payroll Gateway",)))

    assert leak.file.startswith(how)
    assert "Payroll Gateway" in leak.what
    assert () == lint({how: PLANTED[how]}, Terms(whole=("Payroll Gateways", "Gateway Payroll")))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"see https://wiki.example.com/x", "address of the web"),
        (b"jdbc:postgresql://db.internal/x", "address of the web"),
        (b"host 10.1.2.3 is", "address of a machine"),
        (b"host fe80::1ff:fe23:4567:890a is", "address of a machine"),
        (b"ask ann.other@example.com", "mail address"),
        (b"in /home/ann/systems/x.yaml", "path"),
        (b"in C:\\Users\\ann", "path"),
        (b"in \\\\fileserver\\share", "path"),
        (b"<p>a<!-- internal --></p>", "comment"),
        (b"<script>1</script>", "script"),
        (b'<p onclick="x">', "handler"),
        (b'{"cells": [{"outputs": [{"text": "x"}]}]}', "output"),
        (b'{"cells": [{"execution_count": 3}]}', "output"),
        (b'{"metadata": {"widgets": {}}}', "widgets"),
        (b"evasion@model", "key of a finding"),
        (b"AKIAIOSFODNN7EXAMPLE", "AWS"),
        (b"postgres://u:hunter2@db/x", "password"),
    ],
)
def test_the_lint_knows_what_is_never_public(data: bytes, what: str) -> None:
    """Addresses, paths, credentials, whatever is live or left over."""
    assert any(what in leak.what for leak in lint({"a": data}, Terms()))


@pytest.mark.parametrize(
    "data", [b"version 1.2.3.4000", b"12:30:00", b"3.1.2 and/or 1/2", b"a@ b", b"::before", b"1.2.3"]
)
def test_the_lint_is_not_alarmed_by_ordinary_text(data: bytes) -> None:
    """Numbers, times and fractions."""
    assert () == lint({"a": data}, Terms())


def test_the_lint_catches_each_private_field_on_its_own() -> None:
    """Planted into an otherwise clean page, one at a time."""
    seen = canaries(11)
    terms = private_terms(seen, Marking.GREEN, "/home/ann/secret.yaml")
    page_ = b"<p>Nothing here.</p>"
    assert () == lint({"html": page_}, terms)
    assert len(terms.whole) > 50
    for term in (*terms.whole, *terms.anywhere):
        assert lint({"html": page_ + term.encode()}, terms), term


def test_words_of_the_library_are_no_secret_but_words_called_private_are() -> None:
    """A part may be called 'Assistant'; but who says that a word is private is taken at their word."""
    terms = Terms(anywhere=("AI",), whole=("Vector store", "Payroll store"))
    known = "A vector store keeps AI vectors."

    assert ["the private term 'AI'"] == [
        leak.what for leak in lint({"a": b"A vector store of AI."}, terms, known=known)
    ]
    assert lint({"a": b"The payroll store."}, terms, known=known)
    assert () == lint({"a": b"It said so."}, terms, known=known)  # a short word inside a longer one is none


@pytest.mark.parametrize(
    "said_by",
    [
        "Desk team, asked Acme",
        "Desk team of https://desk.example.com",
        "Desk team (ann@desk.example)",
        "See /home/ann/plan.txt",
    ],
)
def test_one_leak_and_nothing_at_all_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said_by: str
) -> None:
    """Exit code 2, with the file, the place and the term."""
    path = written(tmp_path, said(owner=said_by))

    code = main(["register", str(path), "--for", "GREEN", "--to", "csv,md,html", "--output", str(tmp_path / "out")])

    assert BAD_INPUT == code
    err = capsys.readouterr().err
    assert re.search(
        r"^desk-TLP-GREEN\.register\.csv: (the private term 'Acme'|an address of the web|a mail address|a path): …",
        err,
        re.MULTILINE,
    )
    assert "Nothing was written." in err
    assert not (tmp_path / "out").exists()
    assert FINE == main(["register", str(path), "--to", "csv", "--output", str(tmp_path / "out")])


def test_the_name_of_a_file_is_looked_at_too() -> None:
    """A system's own id may hold what somebody calls private."""
    system = replace(desk(), id="acme-desk", name="Help desk")
    register = Register(system=system.id).handled(Handling(marking="AMBER", private=("acme",), by="L", on=TODAY))
    with pytest.raises(LeakError, match=r"the name of acme-desk-TLP-CLEAR\.register\.tickets\.csv: .*'acme'"):
        publishing.published(assess(system, library(), register, today=TODAY), Marking.CLEAR, ["tickets"])


def written(folder: Path, *decisions: Decision, stem: str = "desk") -> Path:
    """The help desk in a file, with its register beside it."""
    path = folder / f"{stem}.yaml"
    documents.save(documents.new(desk(), path), desk())
    documents.save(read_register(path, id="desk"), marked("AMBER", *decisions).register)
    return path


def test_a_mistake_in_the_making_stops_the_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were places told by their names, no format of any kind would be written."""
    seen = canaries(1)
    publishing.published(seen, Marking.GREEN, ["csv"])

    def names(subjects: Iterator[str], system: System, _: Any) -> str:
        return ", ".join(system.labels()[id] for id in subjects)

    monkeypatch.setattr(reduced, "places", names)
    for name in ("html", "csv", "json", "xlsx", "ods", "oscal", "sarif"):
        with pytest.raises(LeakError, match=f"the private term '{CANARY}"):
            publishing.published(seen, Marking.GREEN, [name])


# Credentials


def test_every_credential_of_the_hostile_file_is_found() -> None:
    """Each of the five as what it is; and almost none where there are none."""
    if not bad_inputs.FOLDER.is_dir():
        pytest.skip("the collection of hostile files is not beside this checkout")
    text = yaml.safe_load((bad_inputs.FOLDER / "secrets" / "207_fake_secrets.yaml").read_bytes())["elements"][0]["name"]

    found = dict(credentials_in(text))
    assert {
        "an AWS access key id",
        "an AWS secret access key",
        "a password in an address",
        "a private key",
        "a GitHub token",
    } == found.keys()
    for part in text.replace("-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN").split():
        assert any(name in text and (name in part or part in name or "://" in part) for name in found.values()), part
    alarms = [
        credential
        for path in SYSTEMS.glob("*.yaml")
        for credential in credentials(full(assess(library().read_system(path).value, library(), today=TODAY)))
    ]
    assert len(alarms) <= 2


def test_what_looks_like_a_credential_stops_a_publication_until_somebody_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the place; and for the public nobody can say so."""
    path = written(tmp_path, said(rationale="The key is ghp_" + "0" * 36, plan="Key AKIAIOSFODNN7EXAMPLE"))
    command = ["register", str(path), "--to", "csv", "--output", str(tmp_path / "out")]

    assert BAD_INPUT == main(command)
    err = capsys.readouterr().err
    assert f"lines.{SURPLUS}.row.rationale: looks like a GitHub token (ghp_…)" in err
    assert "say --despite-secrets" in err
    assert not (tmp_path / "out").exists()
    assert FINE == main([*command, "--despite-secrets"])
    assert BAD_INPUT == main([*command, "--despite-secrets", "--for", "GREEN"])
    assert "despite" not in capsys.readouterr().err
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "desk.yaml"}})
    where = {"metadata": {"path": str(tmp_path), "name": "n"}}
    with pytest.raises(NbthreatError, match="looks like a GitHub token"):
        exporters.EXPORTERS["RegisterCSVExporter"]().from_notebook_node(notebook, where)
    told, _ = exporters.EXPORTERS["RegisterCSVExporter"](despite_secrets=True).from_notebook_node(notebook, where)
    assert "ghp_" in told


# The commands


def test_handle_says_who_may_see_a_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written down with the role; words said before stay until others are said; no label is refused."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    command = ["handle", str(path), "--by", "Lead", "--marking"]

    assert FINE == main([*command, "TLP:AMBER", "--private", "Acme, Falcon ,Acme"])
    assert "TLP:AMBER, 2 private words." in capsys.readouterr().out
    assert FINE == main([*command, "green"])
    handling = read_register(path, id="desk").value.handling
    assert handling is not None
    assert ("TLP:GREEN", ("Acme", "Falcon"), "Lead") == (handling.marking, handling.private, handling.by)
    assert BAD_INPUT == main([*command, "PURPLE"])
    assert BAD_INPUT == main(["handle", str(path), "--by", " ", "--marking", "RED"])
    assert 2 == len(read_register(path, id="desk").value.log)


def test_a_marking_that_is_no_label_is_told_and_taken_for_the_narrowest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a risk and of the register itself; and what nobody marked stays red, whoever it is asked for."""
    path = written(tmp_path, said(marking="PURPLE"))
    command = ["register", str(path), "--to", "csv", "--output", str(tmp_path / "out")]
    assert FINE == main(command)
    assert "note: Help desk: R-001: 'PURPLE' is no label" in capsys.readouterr().err
    assert SURPLUS not in (tmp_path / "out" / "desk-TLP-AMBER.register.csv").read_text(encoding="utf-8")

    documents.save(read_register(path, id="desk"), Register(system="desk"))
    assert FINE == main([*command, "--for", "AMBER"])
    assert "nobody has said who may see this register; it is marked TLP:RED." in capsys.readouterr().err
    assert (tmp_path / "out" / "desk-TLP-RED.register.csv").is_file()


def test_a_public_file_is_called_by_the_systems_id_and_not_by_its_file(tmp_path: Path) -> None:
    """For a file may be called by a customer's name."""
    path = written(tmp_path, said(), stem="acme-helpdesk")
    for audience, name in (("GREEN", "desk-TLP-GREEN"), ("AMBER", "acme-helpdesk-TLP-AMBER")):
        assert FINE == main(
            ["register", str(path), "--for", audience, "--to", "csv", "--output", str(tmp_path / "out")]
        )
        assert (tmp_path / "out" / f"{name}.register.csv").is_file()


def test_a_public_notebook_holds_what_is_read_and_nothing_to_run(tmp_path: Path) -> None:
    """No code, no output, no name of a file."""
    path = written(tmp_path, said())
    command = ["register", str(path), "--to", "ipynb", "--output", str(tmp_path), "--for"]
    assert FINE == main([*command, "CLEAR"])
    assert FINE == main([*command, "AMBER"])

    notebook = nbformat.read(tmp_path / "desk-TLP-CLEAR.register.ipynb", as_version=4)
    assert ["markdown"] == [cell.cell_type for cell in notebook.cells]
    assert {} == notebook.metadata
    kept = nbformat.read(tmp_path / "desk-TLP-AMBER.register.ipynb", as_version=4)
    assert {"system": "desk.yaml", "audience": "TLP:AMBER"} == kept.metadata.nbthreat


def test_a_notebook_says_for_whom_it_is_published_and_no_slip_widens_that(tmp_path: Path) -> None:
    """In its metadata; what is no audience is refused."""
    written(tmp_path, said(owner="Desk team"))
    exporter = exporters.EXPORTERS["RegisterJSONExporter"]()

    def converted(audience: Any) -> dict[str, Any]:
        metadata = {"nbthreat": {"system": "desk.yaml", **({"audience": audience} if audience is not None else {})}}
        notebook = nbformat.v4.new_notebook(metadata=metadata)
        made: dict[str, Any] = json.loads(
            exporter.from_notebook_node(notebook, {"metadata": {"path": str(tmp_path), "name": "n"}})[0]
        )
        return made

    assert "TLP:AMBER" == converted(None)["marking"]
    assert ("TLP:GREEN", []) == (converted("TLP:GREEN")["marking"], converted("green")["questions"])
    for wrong in ("GREENISH", "", 7, ["CLEAR"], {"a": 1}):
        with pytest.raises(DocumentError, match=r"n\.ipynb:1: .* is no audience"):
            converted(wrong)
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", said(owner="Acme team"))
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "sub/desk.yaml", "audience": "GREEN"}})
    with pytest.raises(LeakError, match="the private term 'Acme'"):
        exporter.from_notebook_node(notebook, {"metadata": {"path": str(tmp_path), "name": "n"}})


# Hostile texts, and everybody's eyes


@pytest.mark.parametrize("audience", PUBLIC, ids=lambda item: item.name)
@pytest.mark.parametrize("name", [format.name for format in FORMATS if format.name != "pdf"])
def test_hostile_texts_act_in_no_public_form_either(name: str, audience: Marking) -> None:
    """What is shown of them is inert; and the lint lets none of it out."""
    seen = attacked()
    register = seen.register.handled(Handling(marking="AMBER", by="Lead", on=TODAY))
    hostile = assess(seen.system, library(), register, today=TODAY)

    nothing_acts(BY_NAME[name], BY_NAME[name].data(publication(hostile, audience)))


@pytest.mark.parametrize("number", ["208", "209"])
def test_a_text_for_few_in_the_hostile_files_stands_in_no_public_byte(number: str) -> None:
    """Whoever a risk is for, and where that is no label, it is for the fewest; how many are not shown is told."""
    if not bad_inputs.FOLDER.is_dir():
        pytest.skip("the collection of hostile files is not beside this checkout")
    [path] = (bad_inputs.FOLDER / "secrets").glob(f"{number}_*.yaml")
    for threat in yaml.safe_load(path.read_bytes())["threats"]:
        mark, text = threat.get("tlp", "RED"), f"{threat['title']} TLPRED-CANARY-STRING"
        public = Marking.of(mark) is Marking.CLEAR
        decision = said(rationale=text, title=text, marking=mark, owner="Desk team" if public else text)
        for audience in (*PUBLIC, Marking.AMBER):
            made = publication(marked("AMBER", decision), audience)
            for name in (*QUICK, *SLOW):
                data = everything_in(BY_NAME[name].data(made))
                assert (public and audience is Marking.AMBER) or b"tlpred-canary-string" not in data, name
            assert public or made.withheld.risks >= 1


@pytest.mark.parametrize("audience", [*PUBLIC, Marking.AMBER], ids=lambda item: item.name)
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_serious_whoever_it_is_for(
    browser: Any,  # noqa: F811 - the fixture
    tmp_path: Path,
    width: int,
    audience: Marking,
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, on the page and on the slides."""
    made = publication(marked("AMBER", said(communicate=(Advice(to=Audience.END_USER, text="Ask."),))), audience)
    for name in ("html", "briefing"):
        shown = tmp_path / f"{name}.html"
        shown.write_bytes(BY_NAME[name].data(made))
        assert [] == seriously_wrong(browser, shown, width)
