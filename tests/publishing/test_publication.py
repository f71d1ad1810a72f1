"""Publications: a schema that fits them, read back to the same byte, and compared with earlier ones."""

from __future__ import annotations

import csv
import html
import io
import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from helpers import SURPLUS, SYSTEMS, TODAY, decision, desk, full, library
from hostile import corpus, decided, hostile, hostile_system
from nbthreat.base.errors import NbthreatError
from nbthreat.base.text import csv_cell, csv_text
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Dismissal, Handling, Marking, Register, decision_for
from nbthreat.publishing.export import news, page, publishing, tables
from nbthreat.publishing.export.formats import publication
from nbthreat.publishing.export.formats.sheets import book
from nbthreat.publishing.export.news import LineChange
from nbthreat.publishing.publication import publication as publication_for
from nbthreat.publishing.publication import reading
from nbthreat.publishing.publication.reading import Earlier
from nbthreat.system.model import FrozenMap
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import asking
from nbthreat.workbench.editing.cards import cards


@cache
def attacked() -> Assessment:
    """Every text of the hostile collection; ours where it is not there."""
    texts = corpus()
    return decided(hostile_system(texts), texts) if texts else hostile()


def chatbot() -> Assessment:
    """A worked system."""
    return assess(library().read_system(SYSTEMS / "chatbot.yaml").value, library(), today=TODAY)


@pytest.mark.parametrize("made", [chatbot, hostile, attacked])
def test_a_publication_fits_its_schema(made: Any) -> None:
    """Nothing missing, nothing more."""
    schema = publication.publication_schema()
    Draft202012Validator.check_schema(schema)

    data = json.loads(tables.register_json(full(made())))

    assert [] == list(Draft202012Validator(schema).iter_errors(data))
    assert list(Draft202012Validator(schema).iter_errors({**data, "more": 1}))


@pytest.mark.parametrize("made", [chatbot, hostile, attacked])
def test_json_and_csv_read_and_written_again_are_the_same_to_the_byte(made: Any) -> None:
    """However hostile the texts are."""
    as_json, as_csv = tables.register_json(full(made())).encode(), tables.register_csv(full(made())).encode()

    assert as_json == tables.as_json(reading.read_json(as_json)).encode()
    header, *rows = csv.reader(io.StringIO(as_csv.decode("utf-8-sig"), newline=""), strict=True)
    said = [[csv_text(text) for text in row] for row in rows]
    again = tables.as_table([header, *([csv_cell(text) for text in row] for row in said)])
    assert as_csv == f"{tables.BYTE_ORDER_MARK}{again}".encode()


@pytest.mark.parametrize(
    "text", ["=1+1", "'=1+1", "a\n=1", "'a", "-1", "- a", "\t=1", "it's", "''=1", "+44 20 7946 0000"]
)
def test_a_guarded_cell_gives_back_what_was_said(text: str) -> None:
    """Or, where two texts are guarded alike, one that is guarded the same again."""
    assert csv_cell(csv_text(csv_cell(text))) == csv_cell(text)
    if not text.startswith("'"):
        assert text == csv_text(csv_cell(text))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"publication": 2, "system": "a", "register": []}',
        b'{"publication": 1, "publication": 1, "system": "a", "register": []}',
        b'{"publication": 1, "system": "a", "register": [{"key": 1}]}',
        b'{"publication": 1, "system": "a", "register": [{}]}',
        b'{"publication": 1, "system": ["a"], "register": []}',
        b'{"publication": NaN}',
        b"[" * 100_000,
        b'{"publication": ' + b"1" * 5_000 + b"}",
    ],
)
def test_what_is_no_publication_is_refused_in_words(data: bytes) -> None:
    """No traceback, whatever the bytes."""
    with pytest.raises(NbthreatError):
        reading.read_json(data)


def published(assessment: Assessment) -> Earlier:
    """What was published of an assessment."""
    return reading.earlier(tables.register_json(full(assessment)).encode())


def look(**changes: Any) -> Assessment:
    """The help desk, with something else said of it."""
    return assess(replace(desk(), **changes), library(), today=TODAY)


def with_helper(**changes: Any) -> Assessment:
    """The help desk, with something else said of its model."""
    *others, helper = desk().elements
    return look(elements=(*others, replace(helper, **changes)))


def test_what_was_set_aside_is_not_counted_on_any_drawing() -> None:
    """Neither on the one that is published nor on the one beside which people work."""
    register = Register(system="desk").dismissing(Dismissal(key=SURPLUS, reason="Not reachable.", on=TODAY))
    before, after = look(), assess(desk(), library(), register, today=TODAY)

    is_open, *rest = full(before).badges["helper"]
    assert (is_open - 1, *rest) == full(after).badges["helper"]
    for assessment in (before, after):
        assert asking.svg(assessment) == page.drawing(full(assessment))


def test_what_was_set_aside_is_told_with_its_reason_and_counts_nowhere() -> None:
    """Not among the worst, nor in the heat map, nor among what is open."""
    register = Register(system="desk").dismissing(Dismissal(key=SURPLUS, reason="Not reachable.", on=TODAY))
    before, after = full(look()), full(assess(desk(), library(), register, today=TODAY))

    assert before.counts is not None
    assert after.counts is not None
    assert (before.counts["open"] - 1, before.counts["possible"]) == (after.counts["open"], after.counts["possible"])
    link = f'<li><a href="#{page.anchor(SURPLUS)}">'
    assert link in page.html(before)
    assert link not in page.html(after)
    assert "M</abbr><br><strong>1</strong>" in page.html(before)
    assert "<br><strong>1</strong>" not in page.html(after)
    assert "<strong>Set aside.</strong> Not reachable." in page.html(after)
    assert "and 1 set aside" in page.html(after)
    about = next(sheet for sheet in book(after).sheets if sheet.name == "About")
    assert dict(about.rows)["Findings"].endswith(", 1 set aside")
    assert "Not reachable." in tables.register_csv(after)


def test_what_would_settle_a_finding_is_asked_as_on_its_card() -> None:
    """People read the question and machines the id, in every format that tells it."""
    made = full(look())
    card, *_ = (card for card in cards(look())["cards"] if len(card["unknown"]) > 1)
    found = next(found for found in made.findings if found.key == card["key"])
    sheet = next(sheet for sheet in book(made).sheets if sheet.name == "Findings")
    row = next(dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows if row[0] == found.key)
    data = next(item for item in tables.register_data(made)["findings"] if item["key"] == found.key)

    asked = [item["text"] for item in card["unknown"]]
    assert asked == [unsaid.question for unsaid in found.unknown]
    told = "".join(f"<dd>{html.escape(item)}</dd>" for item in asked)
    assert f"<dt>What would settle it</dt>{told}" in page.html(made)
    assert "\n".join(asked) == row["what would settle it"]
    assert [f"{item['id']}@{item['subject']}" for item in card["unknown"]] == data["unknown"]


def test_no_page_calls_a_control_or_a_changed_part_by_its_id() -> None:
    """Not a control that would settle something, nor one that is evidence, nor what changed since."""
    moved = replace(desk(), elements=(*desk().elements[:2], replace(desk().elements[2], technology="hosted-llm")))
    made = full(assess(moved, library(), since=desk(), today=TODAY))
    sheet = next(sheet for sheet in book(made).sheets if sheet.name == "Coverage")
    told = "\n".join(row[sheet.columns.index("controls")] for row in sheet.rows)

    assert ("helper",) == made.changed
    assert "looked at:** Helper." in page.markdown(made)
    assert "Changed and not looked at again: Helper." in page.html(made)
    assert "control/" not in page.html(made) + page.markdown(made)
    assert library().controls["incident-plan"].name in told.splitlines()
    assert set(library().controls).isdisjoint(told.splitlines())


def test_nothing_differs_from_itself() -> None:
    """Published today, compared today."""
    assert () == news.compare(published(look()), full(look()))


def test_what_is_new_and_what_is_gone_is_told() -> None:
    """By key, whatever the order of lines."""
    nothing = dict.fromkeys(("facts", "controls", "settings"), FrozenMap())
    before, after = look(), with_helper(technology="application", provides=None, needs=None, **nothing)

    told = news.compare(published(before), full(after))

    was, now = ({risk.key for risk in assessment.risks} for assessment in (before, after))
    assert now - was == {difference.key for difference in told if difference.sort is LineChange.NEW}
    assert was - now == {difference.key for difference in told if difference.sort is LineChange.GONE}
    back = news.compare(published(after), full(before))
    assert {difference.key for difference in back if difference.sort is LineChange.NEW} == {
        difference.key for difference in told if difference.sort is LineChange.GONE
    }


def test_a_decision_is_told_column_by_column() -> None:
    """From what to what."""
    finding = look().match[SURPLUS]
    decision = decision_for(finding, "mitigate", owner="Desk team", rationale="Planned.", on=TODAY)
    decided_now = assess(desk(), library(), Register(system="desk").deciding(decision), today=TODAY + timedelta(days=1))

    [told] = news.compare(published(look()), full(decided_now))

    assert (SURPLUS, LineChange.CHANGED) == (told.key, told.sort)
    assert {("standing", "new", "decided"), ("owner", "", "Desk team")} <= set(told.columns)


def test_levels_that_rise_and_fall_and_words_that_change_are_told_apart() -> None:
    """A reader looks at what rose first."""
    before = published(look())
    row = dict(before.rows[SURPLUS])

    def told(**changes: str) -> LineChange:
        rows = {**before.rows, SURPLUS: {**row, **changes}}
        [difference] = news.compare(replace(before, rows=rows), full(look()))
        return difference.sort

    assert LineChange.RAISED is told(level="very low")
    assert LineChange.LOWERED is told(level="very high")
    assert LineChange.REWORDED is told(because="Because.")
    assert LineChange.CHANGED is told(because="Because.", state="possible")


def test_a_publication_of_another_system_is_not_compared() -> None:
    """It would say that everything changed."""
    with pytest.raises(NbthreatError, match="of the system 'other'"):
        news.compare(replace(published(look()), system="other"), full(look()))


def test_pages_say_what_changed_and_without_an_earlier_one_do_not() -> None:
    """On the page, in Markdown and on the slides."""
    finding = look().match[SURPLUS]
    decision = decision_for(finding, "mitigate", owner="Desk team", rationale="Planned.", on=TODAY)
    now = assess(desk(), library(), Register(system="desk").deciding(decision), today=TODAY)

    told = page.html(full(now), published(look()))

    assert "What changed since the last publication" in told
    assert "owner: nothing → Desk team" in told
    assert "What changed since" not in page.html(full(now))
    assert "owner: nothing → Desk team" in page.markdown(full(now), published(look()))
    assert "1 changed" in page.briefing(full(now), published(look()))


def test_an_earlier_publication_may_be_hostile_too() -> None:
    """Its texts are shown and never run."""
    rows = {f"<script>{n}": {"key": f"<script>{n}", "title": text} for n, text in enumerate(corpus() or ("<b>",))}
    earlier = Earlier("desk", "<script>1</script>", "<img src=x onerror=1>", rows)

    for made in (page.html(full(look()), earlier), page.briefing(full(look()), earlier)):
        assert "<script" not in made
        assert "<img" not in made


# A threat that became several


def in_two() -> Library:
    """The library, in which two threats together replace that of surplus capabilities."""
    old = next(threat for threat in library().threats if threat.id == "surplus-capability")
    new = [replace(old, id=id, replaces=(old.id,)) for id in ("idle-capability", "spare-ability")]
    threats = sorted((*(threat for threat in library().threats if threat is not old), *new), key=attrgetter("id"))
    return replace(library(), threats=tuple(threats))


def split_since(marking: str = "") -> Assessment:
    """The help desk with a decision about surplus capabilities, seen with the library that splits them."""
    handling = Handling(marking="TLP:CLEAR", by="Owner", on=TODAY)
    said = replace(decision(SURPLUS), marking=marking)
    return assess(desk(), in_two(), Register(system="desk", handling=handling).deciding(said), today=TODAY)


SPLIT = ("idle-capability@helper", "spare-ability@helper")
LOOK_AGAIN = f"Decided under {SURPLUS} before that became several threats, look again."


def test_a_full_form_says_under_which_key_a_risk_was_decided_before_its_threat_became_several() -> None:
    """Of each of the new lines and of no other, as no rationale: that, somebody gave for something else."""
    made = publication_for(split_since(), Marking.AMBER)
    rows = json.loads(tables.register_json(made))["register"]
    assert dict.fromkeys(SPLIT, LOOK_AGAIN) == {row["key"]: row["formerly"] for row in rows if row["formerly"]}
    assert {""} == {row["rationale"] for row in rows if row["key"] in SPLIT}
    table = list(
        csv.DictReader(io.StringIO(tables.register_csv(made).removeprefix(tables.BYTE_ORDER_MARK), newline=""))
    )
    assert set(SPLIT) == {row["key"] for row in table if row["formerly"] == LOOK_AGAIN}

    plain = html.unescape(page.html(made))
    assert 2 == plain.count(f'<td class="said">{LOOK_AGAIN}</td>')
    assert 2 == plain.count(f"<dt>Formerly</dt><dd>{LOOK_AGAIN}</dd>")
    assert 2 == page.markdown(made).replace("\\", "").count(f"| new. {LOOK_AGAIN} |")


@pytest.mark.parametrize("audience", [Marking.GREEN, Marking.CLEAR])
@pytest.mark.parametrize("name", ["html", "md", "csv", "json", "sarif", "oscal", "briefing"])
def test_no_public_form_says_under_which_key_a_risk_was_decided(audience: Marking, name: str) -> None:
    """The key names a part, and what was decided about another threat is another threat's."""
    made, files = publishing.published(split_since(), audience, [name])
    assert not any(line.row["formerly"] for line in made.lines)
    for told in ("Decided under", SURPLUS, "look again"):
        assert told.encode() not in files[name]


@pytest.mark.parametrize(
    ("marking", "audience"),
    [
        (marking, audience)
        for marking in ("TLP:RED", "TLP:AMBER", "purple")
        for audience in (Marking.AMBER, Marking.GREEN, Marking.CLEAR)
        if Marking.of(marking) > audience
    ],
)
def test_what_was_for_fewer_people_stays_so_where_its_threat_became_several(marking: str, audience: Marking) -> None:
    """Until somebody decides about the new line; then its own marking counts."""
    seen = split_since(marking)
    made = publication_for(seen, audience)
    threats = {found.threat.id for found in made.findings}
    assert not threats & {"idle-capability", "spare-ability", "surplus-capability"}
    assert made.withheld.risks >= 3
    text = tables.register_json(made)
    assert not [key for key in (*SPLIT, SURPLUS, "idle-capability", "spare-ability") if key in text]

    again = replace(seen, register=seen.register.deciding(decision(SPLIT[0], marking="TLP:CLEAR")))
    threats = {found.threat.id for found in publication_for(again, audience).findings}
    assert ("idle-capability" in threats, "spare-ability" in threats) == (True, False)
