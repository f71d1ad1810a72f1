"""Redaction: what is for others stands in no byte of what one is shown, and whatever slips through stops everything."""

from __future__ import annotations

import base64
import codecs
import copy
import html
import io
import json
import quopri
import random
import re
import typing
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
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
    Acknowledged,
    Advice,
    Appetite,
    Assurance,
    Audience,
    ChangeAnswer,
    Decision,
    Dismissal,
    Effect,
    Estimate,
    Handling,
    Inherited,
    NotApplicable,
    Occasion,
    Register,
    Residual,
    Schedule,
    Spread,
    Treatment,
    read_register,
)
from nbthreat.decisions.verdicts import Verdict
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
from nbthreat.publishing.publication.search import Terms
from nbthreat.publishing.publication.spelling import hidden_characters
from nbthreat.publishing.publication.terms import PUBLIC_FIELDS, private_terms, private_texts
from nbthreat.system import documents
from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary
from nbthreat.threats.library import Pack
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


@pytest.mark.parametrize("hundred", range(5))
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
    usual = {"treatment": Treatment.MITIGATE, "owner": "Desk team", "rationale": "As we found it."}
    return Decision(key=key, **(usual | more))


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


def test_no_guess_can_be_tried_against_a_public_form() -> None:
    """Two registers that differ in what is not shown give the same public forms to the byte."""
    mild = next(risk.key for risk in marked().risks if risk.current and risk.current.level < Level.HIGH)
    names = [name for name in QUICK if name != "oscal"]  # whose ids are drawn from its date and what it shows
    for audience in PUBLIC:
        first, second = (publication(marked("AMBER", said(mild, rationale=why)), audience) for why in ("Why.", "Else."))
        assert first == second
        for name in names:
            assert BY_NAME[name].data(first) == BY_NAME[name].data(second), name


def test_everybody_is_told_only_of_the_provisions_that_somebody_opened() -> None:
    """A verdict may tell which single control is missing; by default none is told, and the community is told all."""
    seen = marked("AMBER", said())
    opened = seen.register.handled(Handling(marking="AMBER", verdicts=("1.1", "9.1"), by="Lead", on=TODAY))
    some = publication(assess(desk(), library(), opened, today=TODAY), Marking.CLEAR)

    clear = publication(seen, Marking.CLEAR)
    assert 72 == len(clear.coverage)
    assert {None} == {row.verdict for row in clear.coverage}
    assert 1 == len({row.because for row in clear.coverage})
    assert {"1.1", "9.1"} == {row.provision.id for row in some.coverage if row.verdict}
    assert all(row.verdict for row in publication(seen, Marking.GREEN).coverage)
    for verdict in Verdict:
        assert f"<strong>{verdict.value}</strong>" not in page.html(clear)
    assert "72 not told" in page.html(clear)
    assert {"not told"} == {row["verdict"] for row in tables.register_data(clear)["coverage"]}


def test_no_control_can_be_read_off_what_everybody_is_told() -> None:
    """Whether a control is there or is missing, everybody is told the same of the provisions."""
    system = desk()
    names = [name for name, control in library().controls.items() if "system" in control.of]
    handled = Register(system="desk").handled(Handling(marking="CLEAR", by="Lead", on=TODAY))

    def coverage(controls: FrozenMap[bool]) -> Any:
        changed = replace(system, controls=controls)
        return publication(assess(changed, library(), handled, today=TODAY), Marking.CLEAR).coverage

    assert len(names) > 3
    usual = coverage(FrozenMap())
    for name in names:
        assert usual == coverage(FrozenMap({name: True})) == coverage(FrozenMap({name: False})), name


def test_what_a_verdict_hangs_on_is_told_only_where_no_risk_is_hidden() -> None:
    """The sentence on a provision that the register decides could tell of a risk for few."""
    seen = marked("AMBER", said(marking="RED"))
    whole, part = publication(seen, Marking.RED), publication(seen, Marking.AMBER)
    records = {row.provision.id for principle, rows in seen.principles for row in rows if row.provision.record}
    assert records

    general = {"By what the records say.", "The records do not decide it."}
    general.add("Somebody said, with a reason, that it does not apply.")
    assert {row.because for row in part.coverage if row.provision.id in records} <= general
    assert not {row.because for row in whole.coverage if row.provision.id in records} & general


def test_a_question_that_settles_only_hidden_risks_is_not_asked() -> None:
    """And one that settles others too tells only of those."""
    system = library().read_system(SYSTEMS / "chatbot.yaml").value
    bare = assess(system, library(), today=TODAY)
    asked = min(bare.questions, key=lambda question: len(question.settles))
    register = Register(system=system.id).handled(Handling(marking="AMBER", by="Lead", on=TODAY))
    register = register.deciding(*(said(key, marking="RED") for key in asked.settles))
    told = publication(assess(system, library(), register, today=TODAY), Marking.AMBER)

    assert asked.settles
    assert asked.id not in {question.id for question in told.questions}
    assert told.questions
    assert not {key for question in told.questions for key in question.settles} & {*asked.settles}
    assert all(question.settles for question in told.questions)
    assert len(told.questions) == told.open_questions


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
        (b"AKIAIOSFODNN7Q2WERTY", "AWS"),
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


IGNORABLE = (
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0", "\ufeff"),
    *map(chr, [*range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]),
    *map(chr, [*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)]),
    *map(chr, range(0xE0000, 0xE0200)),
)
"""What Unicode calls default-ignorable, in its own list."""
CYRILLIC = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")  # noqa: RUF001 - that is the disguise
WORDS = st.text("bcdfghklmnprstvwzéöüßñłåaeiou", min_size=8, max_size=14).filter(
    lambda word: len({*word} - {*"aeiost"}) > 3 and sum(letter not in "aeiost" for letter in word) * 2 >= len(word)
)
"""Words that are still words when the vowels are digits."""


def everywhere(between: str) -> Callable[[str], str]:
    """A sign between every two letters."""
    return between.join


def once(between: str) -> Callable[[str], str]:
    """A sign after the third letter."""
    return lambda word: word[:3] + between + word[3:]


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "decomposed": lambda word: unicodedata.normalize("NFD", word),
    "no accents": lambda word: "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    ),
    "written out": lambda word: word.replace("ü", "ue").replace("ö", "oe").replace("ß", "ss").replace("å", "aa"),
    "spaced": everywhere(" "),
    "dotted": everywhere("."),
    "hyphen": once("-"),
    "line end": once("-\n"),
    "bold": once("**"),
    "inside": lambda word: f"the{word.title()}Host",
    "digits": lambda word: word.translate(str.maketrans("aeiost", "431057")),
    "cyrillic": lambda word: word.translate(CYRILLIC),
    "wide": lambda word: "".join(chr(ord(c) + 0xFEE0) if 33 <= ord(c) < 127 else c for c in word),
    "mathematical": lambda word: "".join(chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in word),
    "circled": lambda word: "".join(chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else c for c in word),
    "backwards": lambda word: "\u202e" + word[::-1] + "\u202c",
    "base64": lambda word: base64.b64encode(word.encode()).decode(),
    "in base64": lambda word: base64.urlsafe_b64encode(f"host of {word}.".encode()).decode().rstrip("="),
    "base64 twice": lambda word: base64.b64encode(base64.b64encode(word.encode())).decode(),
    "hexadecimal": lambda word: word.encode().hex(),
    "hexadecimal, spaced": lambda word: word.encode().hex(" "),
    "two bytes a letter": lambda word: base64.b64encode(word.encode("utf-16-le")).decode(),
    "percent": lambda word: "".join(f"%{byte:02X}" for byte in word.encode()),
    "entities": lambda word: "".join(f"&#x{ord(letter):x};" for letter in word),
    "escapes": lambda word: "".join(f"\\u{ord(letter):04x}" for letter in word),
    "escape": lambda word: f"\\u{ord(word[0]):04x}{word[1:]}",
    "sheet": lambda word: f"{word[:2]}_x{ord(word[2]):04X}_{word[3:]}",
    "mail": lambda word: quopri.encodestring(word.encode()).decode(),
    "thirteen": lambda word: codecs.encode(word, "rot13"),
}


@pytest.mark.parametrize("how", DISGUISES)
@given(word=WORDS)
@settings(max_examples=25, deadline=None)
def test_a_private_word_is_found_in_every_disguise(how: str, word: str) -> None:
    """In Markdown, in a page and in JSON; and another word in the same disguise is none."""
    written_so = DISGUISES[how](word)
    files = {
        "a.md": f"Use {written_so} today.".encode(),
        "a.html": f"<p>Use {html.escape(written_so)} today.</p>".encode(),
        "a.json": json.dumps({"a": f"Use {written_so} today."}).encode(),
    }

    for name, data in files.items():
        assert lint({name: data}, Terms(anywhere=(word,))), name
        assert () == lint({name: data}, Terms(anywhere=("Quxjyquaqvx",))), name


def test_a_character_that_nobody_sees_hides_no_word() -> None:
    """Whichever of them it is, once or between all letters; and a text that is told may hold none where it is idle."""
    for character in IGNORABLE:
        for written_so in (once(character)("Zephyrbank"), everywhere(character)("Zephyrbank")):
            assert lint({"a": written_so.encode()}, Terms(anywhere=("Zephyrbank",))), f"U+{ord(character):04X}"
            assert [*hidden_characters(written_so)], f"U+{ord(character):04X}"


@given(
    text=st.lists(st.sampled_from([threat.summary for threat in library().threats]), min_size=1, max_size=4),
    word=WORDS,
)
@settings(max_examples=60, deadline=None)
def test_an_innocent_text_is_no_leak(text: list[str], word: str) -> None:
    """Whatever word is private, in what the library says of threats it is not found."""
    data = "\n".join(text)
    assume(word not in data)

    assert () == lint({"a.md": data.encode()}, Terms(anywhere=(word,), whole=(word.title(),)))


@pytest.mark.parametrize("how", ["soft hyphen", "no space", "cyrillic", "base64", "no accents", "digits"])
@pytest.mark.parametrize(
    ("field", "audience"), [("owner", Marking.CLEAR), ("advice", Marking.CLEAR), ("plan", Marking.GREEN)]
)
def test_a_disguised_word_stops_the_publication_of_whatever_field_is_told(
    how: str, field: str, audience: Marking
) -> None:
    """Through the whole of it, with the place."""
    word = "Zéphyr Bank"
    ways = {
        "soft hyphen": "Zéph\u00adyr Bank",
        "no space": "ZéphyrBank",
        "cyrillic": word.translate(CYRILLIC),
        "base64": DISGUISES["base64"](word),
        "no accents": "zephyr bank",
        "digits": "Z3phyr B4nk",
    }
    text = f"Use {ways[how]} today"
    told = {"communicate": (Advice(to=Audience.END_USER, text=text),)} if field == "advice" else {field: text}
    mild = next(risk.key for risk in marked("CLEAR").risks if risk.current and risk.current.level < Level.HIGH)
    register = Register(system="desk").deciding(said(mild, **told))
    register = register.handled(Handling(marking="CLEAR", private=(word,), by="Lead", on=TODAY))
    seen = assess(desk(), library(), register, today=TODAY)

    expected = rf"row\.{field}: SOFT HYPHEN" if how == "soft hyphen" else "the private term 'Zéphyr Bank'"
    with pytest.raises(NbthreatError, match=expected):
        publishing.published(seen, audience, ["json"])


@pytest.mark.parametrize("text", ["نمی‌خواهم", "क्‍ष", "👩‍💻 ☺️ 1️⃣", "שלום\u200f!", "Müller", "東京"])
def test_invisible_characters_that_writing_needs_are_told(text: str) -> None:
    """Joiners of Persian and Hindi, emoji, marks of direction in Hebrew."""
    assert [] == [*hidden_characters(text)]


@pytest.mark.parametrize("name", [format.name for format in FORMATS if format.name not in ("pdf", *LIBRARY_ONLY)])
def test_no_word_of_a_format_is_a_secret(name: str) -> None:
    """Of its syntax, its labels and its levels: a part may be called by any of them."""
    seen = marked("AMBER", said(plan="Zq.", owner="Zq.", due=TODAY))
    made = publication(seen, Marking.GREEN)
    data = BY_NAME[name].data(made)
    words = set(re.findall(r"[A-Za-z]{4,}", everything_in(data).decode("utf-8", "replace")))
    private = Terms(whole=tuple(sorted(word for word in words if not re.fullmatch("[a-f]+", word))))
    assert len(private.whole) > 20

    known = "\n".join(publishing._said_anyway(seen, made, [name]))
    assert [] == [leak.what for leak in lint({name: data}, private, known=known)]


PDF_SYNTAX = b"""%PDF-1.4
1 0 obj<</Title (Risk register)/Producer (Skia/PDF m156)/CreationDate (D:20261130000000+00'00')>>endobj
2 0 obj<</Type /Font/Subtype /CIDFontType2/BaseFont /LiberationSans
/CIDSystemInfo <</Registry (Adobe)/Ordering (Identity)/Supplement 0>>>>endobj
3 0 obj<</Type /Catalog/Outlines 4 0 R/Lang (en-GB)/ViewerPreferences <</DisplayDocTitle true>>>>endobj
5 0 obj<</Length 60>>stream
/CIDInit /ProcSet findresource begin begincmap /Registry (Adobe) def endcmap
endstream endobj
xref
trailer<</Root 3 0 R>>startxref"""


def test_the_syntax_of_a_pdf_is_no_text_and_its_properties_are() -> None:
    """A part may be called 'Ordering', or by any other word of the format."""
    words = {word.decode() for word in re.findall(rb"[A-Za-z0-9]{4,}", PDF_SYNTAX)} - {"Risk", "register"}
    assert {"Ordering", "Identity", "Adobe", "Outlines", "stream", "Skia"} <= words
    for word in words:
        assert () == lint({"a.pdf": PDF_SYNTAX}, Terms(anywhere=(word,), whole=(word,))), word
    for key in (b"Title", b"Author", b"Subject", b"Keywords", b"Producer", b"Alt", b"Contents", b"Company"):
        data = PDF_SYNTAX.replace(b"/Title (Risk register)", b"/%s (Zephyr \\(Bank\\))" % key)
        assert lint({"a.pdf": data}, Terms(whole=("Zephyr Bank",))), key


@pytest.mark.parametrize("word", ["Meta", "Head", "Span", "Table", "Title"])
def test_a_word_of_markup_may_be_private(word: str) -> None:
    """Tags and attributes are syntax; what they hold is not."""
    page_ = (
        '<!doctype html><html><head><meta charset="utf-8"/><title>x</title></head><table><td span="1">y</td></table>'
    )
    assert () == lint({"a.html": page_.encode()}, Terms(anywhere=(word,)))
    for planted in (f'<p title="{word}">', f"<p>{word}</p>", f'<p id="{word.lower()}-1">'):
        assert lint({"a.html": (page_ + planted).encode()}, Terms(anywhere=(word,)))


def test_what_names_a_value_in_a_template_is_no_word_that_everybody_reads() -> None:
    """Of a template's instructions only what stands in quotation marks is printed."""
    known = page.templates()
    for word in ("tally", "finding.place", "endfor", "loop", "differences"):
        assert lint({"a.md": f"See the {word} here.".encode()}, Terms(whole=(word,)), known=known), word
    for words in ("None is shown.", "What would settle it", "Heat map"):
        assert () == lint({"a.md": f"See: {words}".encode()}, Terms(whole=(words,)), known=known), words


def records_of(value: Any) -> Iterator[Any]:
    """Every record in a value, itself too."""
    if isinstance(value, tuple):
        for item in value:
            yield from records_of(item)
    elif isinstance(value, Mapping):
        yield from records_of(tuple(value.values()))
    elif is_dataclass(value):
        yield value
        for each in fields(value):
            yield from records_of(getattr(value, each.name))


def kinds_of_records(kind: Any, seen: set[type]) -> set[type]:
    """Every class of record that one of that class may hold, itself too."""
    for part in typing.get_args(kind):
        kinds_of_records(part, seen)
    if is_dataclass(kind) and isinstance(kind, type) and kind not in seen:
        seen.add(kind)
        for hint in typing.get_type_hints(kind).values():
            kinds_of_records(hint, seen)
    return seen


def may_hold_text(hint: Any) -> bool:
    """Whether a field of that type holds texts of a person's."""
    return hint is str or any(may_hold_text(part) for part in typing.get_args(hint))


PROSE = {
    "approver",
    "because",
    "by",
    "factor",
    "note",
    "plan",
    "purpose",
    "rationale",
    "reason",
    "statement",
    "text",
    "why",
}
"""What people write in their own words, and who they are: no list of ours may open it."""


def test_no_list_opens_what_people_write_in_their_own_words() -> None:
    """Reasons for changes and what an estimate rests on among them; each of these words names a field of a record."""
    kinds = kinds_of_records(System, set()) | kinds_of_records(Register, set())
    named = {field.name for kind in kinds for field in fields(kind)}

    assert set() == PROSE - named
    assert set() == {name for listed in PUBLIC_FIELDS.values() for name in listed & PROSE}


def test_every_text_of_every_record_is_private_unless_it_is_listed() -> None:
    """Of each class that a system or a register may hold, each field that may hold a text: none can be forgotten."""
    seen = canaries(11)
    pack = Pack(name="n", version="1", sha256="s", folder="f")
    change = ChangeAnswer(key="k", before="b", after="a", effect=Effect.NONE, because="c", by="d", on=TODAY)
    reviewed = seen.register.reviewed
    assert reviewed is not None
    register = replace(
        seen.register,
        reviewed=replace(reviewed, packs=(pack,)),
        appetite=Appetite(statement="s", by="b", on=TODAY),
        schedule=Schedule(next=TODAY, by="b", on=TODAY),
        acknowledged=(Acknowledged(digest="d", where="w", what="a", reason="r", by="b", date=TODAY),),
    ).answering(change)
    examples = {type(record): record for record in (*records_of(seen.system), *records_of(register))}
    examples[Dismissal] = Dismissal(key="k", reason="r", by="b", on=TODAY)
    kinds = kinds_of_records(System, set()) | kinds_of_records(Register, set())
    tried = 0
    for kind in kinds:
        hints = typing.get_type_hints(kind)
        listed = PUBLIC_FIELDS.get(kind, frozenset())
        assert listed <= hints.keys()
        for each in fields(kind):
            if each.name in listed or not may_hold_text(hints[each.name]):
                continue
            if any(is_dataclass(held) for part in typing.get_args(hints[each.name]) for held in (part,)):
                continue  # the records in it are tried themselves
            record = copy.copy(examples[kind])
            plain = hints[each.name] is str or type(None) in typing.get_args(hints[each.name])
            many = str(hints[each.name]).startswith(("tuple", "typing.Tuple"))
            planted: Any = ("Planted text",) if many else "Planted text"
            if not plain and not many:
                planted = FrozenMap({"key": "Planted text"})
            object.__setattr__(record, each.name, planted)
            assert "Planted text" in {*private_texts(record)}, (kind, each.name)
            tried += 1
    assert tried > 50


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

    monkeypatch.setattr(reduced, "counted_by_kind", names)
    for name in ("html", "csv", "json", "xlsx", "ods", "oscal", "sarif"):
        with pytest.raises(LeakError, match=f"the private term '{CANARY}"):
            publishing.published(seen, Marking.GREEN, [name])


# Credentials


def test_every_credential_of_the_hostile_file_is_found() -> None:
    """Each of the five as what it is, where its letters are not the vendor's own example; almost none elsewhere."""
    if not bad_inputs.FOLDER.is_dir():
        pytest.skip("the collection of hostile files is not beside this checkout")
    text = yaml.safe_load((bad_inputs.FOLDER / "secrets" / "207_fake_secrets.yaml").read_bytes())["elements"][0]["name"]
    others = {"a password in an address", "a private key", "a GitHub token"}
    assert dict(credentials_in(text)).keys() == others

    text = text.replace("EXAMPLE", "QUARTZ7")
    found = dict(credentials_in(text))
    assert found.keys() == others | {"an AWS access key id", "an AWS secret access key"}
    for part in text.replace("-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN").split():
        assert any(name in text and (name in part or part in name or "://" in part) for name in found.values()), part
    alarms = [
        credential
        for path in SYSTEMS.glob("*.yaml")
        for credential in credentials(full(assess(library().read_system(path).value, library(), today=TODAY)))
    ]
    assert len(alarms) <= 2


TOKEN = "ghp_" + "0" * 36
PLACEHOLDERS = """
${DB_PASSWORD} $DB_PASSWORD $(DB_PASSWORD) %DB_PASSWORD% {{password}} {password} %(pw)s #{pw} @@pw@@ @pw@ env:DB_PW
__PW__ ${PW:-changeme} ${PW:?unset} xxxx XXXXXXXX *** •••• ..... REDACTED [removed] [REDACTED] changeme change-me
example your-password-here your_api_key pass password secret
"""
NO_PLACEHOLDERS = """
Kettle-42-moss hunter2 changeme123x S3cr3t! pA55w0rd ${PW:-Kettle-42-moss} $2b$10$abcdefgh correct-horse xxKettle42
%41cme yourKettle9
"""


def test_a_placeholder_is_no_credential_and_a_real_looking_value_is() -> None:
    """In an address, in any usual spelling; and where a default stands in a variable, the default counts."""

    def stopped(password: str) -> bool:
        return bool([*credentials_in(f"postgres://user:{password}@db.example/x")])

    assert [] == [password for password in PLACEHOLDERS.split() if stopped(password)]
    assert [] == [password for password in NO_PLACEHOLDERS.split() if not stopped(password)]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AKIA" + "X" * 16,
        "sk-" + "x" * 24,
        "sk-your-own-api-key-goes-here",
        "sk-ant-api03-your-api-key-here",
        "ghp_" + "x" * 36,
        "hf_" + "x" * 34,
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nREDACTED\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_key_that_only_shows_its_form_is_no_credential(text: str) -> None:
    """The vendors' own examples, masks and words; the same with anything real in it is one."""
    assert [] == [*credentials_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7Q2WERTY",
        TOKEN,
        "sk-abc123DEF456ghi789JKL0",
        "password=Kettle-42-moss",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_key_that_may_be_real_is_a_credential(text: str) -> None:
    """Whatever stands around it."""
    assert [*credentials_in(text)]
    assert [*credentials_in(f"Use {text} or ${{KEY}}.")]


def test_what_looks_like_a_credential_stops_a_publication_until_it_is_acknowledged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One by one, with a reason and a role, never for the public; the value is not in the file, another is stopped."""
    path = written(tmp_path, said(rationale=f"The key is {TOKEN}", plan="Key AKIAIOSFODNN7Q2WERTY"))
    command = ["register", str(path), "--to", "csv", "--output", str(tmp_path / "out")]
    place, other = f"lines.{SURPLUS}.row.rationale", f"lines.{SURPLUS}.row.plan"

    assert BAD_INPUT == main(command)
    err = capsys.readouterr().err
    assert f"{place}: looks like a GitHub token (ghp_…)" in err
    assert "nbthreat acknowledge desk.yaml --where PLACE" in err
    assert not (tmp_path / "out").exists()
    assert FINE == main(["acknowledge", str(path)])
    assert {place, other} == {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}
    for missing in ([], ["--because", "A test."], ["--by", "Lead"], ["--because", " ", "--by", "Lead"]):
        assert BAD_INPUT == main(["acknowledge", str(path), "--where", place, *missing])
    assert BAD_INPUT == main(["acknowledge", str(path), "--where", "nowhere", "--because", "A", "--by", "Lead"])
    assert FINE == main(["acknowledge", str(path), "--where", place, "--because", "Zeros only.", "--by", "Lead"])

    capsys.readouterr()
    assert BAD_INPUT == main(command)  # the other is still there
    assert place not in capsys.readouterr().err
    assert FINE == main(["acknowledge", str(path), "--where", other, "--because", "Made up.", "--by", "Lead"])
    assert FINE == main(command)
    register = read_register(path, id="desk").value
    assert ["Zeros only.", "Made up."] == [entry.reason for entry in register.acknowledged]
    assert ["acknowledged"] * 2 == [entry.act.value for entry in register.log[-2:]]
    assert TOKEN not in repr((register.acknowledged, register.log[-2:]))
    assert BAD_INPUT == main([*command, "--for", "GREEN"])

    changed = replace(register.decisions[0], rationale=f"The key is {TOKEN[:-1]}1")
    documents.save(read_register(path, id="desk"), register.deciding(changed))
    assert BAD_INPUT == main(command)
    assert place in capsys.readouterr().err
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "desk.yaml"}})
    where = {"metadata": {"path": str(tmp_path), "name": "n"}}
    with pytest.raises(NbthreatError, match="looks like a GitHub token"):
        exporters.EXPORTERS["RegisterCSVExporter"]().from_notebook_node(notebook, where)


# The commands


def test_handle_says_who_may_see_a_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written down with the role; words said before stay until others are said; no label is refused."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    command = ["handle", str(path), "--by", "Lead", "--marking"]
    assert BAD_INPUT == main([*command, "CLEAR", "--verdicts", "1.1,99.9"])

    assert FINE == main([*command, "TLP:AMBER", "--private", "Acme, Falcon ,Acme"])
    assert "TLP:AMBER, 2 private words." in capsys.readouterr().out
    assert FINE == main([*command, "green", "--verdicts", "1.1, 9.1"])
    handling = read_register(path, id="desk").value.handling
    assert handling is not None
    assert ("1.1", "9.1") == handling.verdicts
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
