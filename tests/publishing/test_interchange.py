"""Interchange: what other programs take, held against their own rules as far as those are known here."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from helpers import SURPLUS, SYSTEMS, TODAY, desk, full, library, sarif_faults
from hostile import corpus, decided, hostile, hostile_system
from nbthreat.base.risk import GRID, Level
from nbthreat.base.text import plain
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Acceptance, Dismissal, Register, decision_for
from nbthreat.publishing.export.formats import ciso, navigator, oscal, sarif, tickets
from nbthreat.publishing.export.tables import as_json
from nbthreat.publishing.publication import InventoryItem, Marking, Publication, RegisterLine
from nbthreat.publishing.publication.controls import stand_against
from nbthreat.system.model import System
from nbthreat.threats.matching import State


@cache
def attacked() -> Assessment:
    """Every text of the hostile collection; ours where it is not there."""
    texts = corpus()
    return decided(hostile_system(texts), texts) if texts else hostile()


@cache
def chatbot() -> Assessment:
    """A worked system."""
    return assess(library().read_system(SYSTEMS / "chatbot.yaml").value, library(), today=TODAY)


def nothing() -> Assessment:
    """A system with nothing in it."""
    return assess(System(id="empty", name="Empty"), library(), today=TODAY)


ALL = [chatbot, hostile, attacked, nothing]


def treated(how: str) -> Assessment:
    """The help desk, its one open finding decided."""
    finding = assess(desk(), library(), today=TODAY).match[SURPLUS]
    ends = TODAY + timedelta(days=30)
    taken = Acceptance(approver="Head", on=TODAY, expires=ends, reason="So be it.") if how == "accept" else None
    decision = decision_for(finding, how, owner="Desk team", rationale="Because.", on=TODAY, acceptance=taken)
    return assess(desk(), library(), Register(system="desk").deciding(decision), today=TODAY)


# OSCAL

ONE_LINE = re.compile(r"\S(.*\S)?")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SHAPE: dict[str, tuple[set[str], set[str]]] = {
    "plan": ({"uuid", "metadata", "poam-items"}, {"system-id", "local-definitions", "observations", "risks"}),
    "metadata": ({"title", "last-modified", "version", "oscal-version"}, {"props"}),
    "risk": (
        {"uuid", "title", "description", "statement", "status"},
        {"props", "origins", "threat-ids", "characterizations", "deadline", "remediations", "risk-log"}
        | {"related-observations"},
    ),
    "remediation": ({"uuid", "lifecycle", "title", "description"}, set()),
    "observation": ({"uuid", "description", "methods", "collected"}, {"title", "types"}),
    "item": ({"title", "description"}, {"uuid", "related-risks", "related-observations"}),
    "entry": ({"uuid", "start"}, {"title", "description", "status-change"}),
}
"""What OSCAL 1.1.3 requires of each object, and what of the rest is used here."""


def shaped(kind: str, thing: dict[str, Any]) -> None:
    """Hold an object against what OSCAL says of its kind."""
    required, more = SHAPE[kind]
    assert required <= set(thing) <= required | more, kind
    if "uuid" in thing:
        assert thing["uuid"] == str(uuid.UUID(thing["uuid"]))
    for name in ("last-modified", "collected", "start", "deadline"):
        assert INSTANT.fullmatch(thing.get(name, "2026-01-01T00:00:00Z"))
    for prop in thing.get("props", ()):
        assert ONE_LINE.fullmatch(prop["value"])
        assert re.fullmatch(r"[a-z][a-z0-9-]*", prop["name"])


@pytest.mark.parametrize("made", ALL)
def test_a_plan_has_the_shape_that_oscal_asks_for(made: Any) -> None:
    """By a check of our own of what is used here: required fields, no unknown ones, references that lead somewhere."""
    assessment = made()
    plan = json.loads(oscal.oscal(full(assessment)))["plan-of-action-and-milestones"]

    shaped("plan", plan)
    shaped("metadata", plan["metadata"])
    assert plan["poam-items"]
    assert len(assessment.risks) == len(plan.get("risks", ()))
    observations = {item["uuid"] for item in plan.get("observations", ())}
    risks = {item["uuid"] for item in plan.get("risks", ())}
    [tool] = plan["local-definitions"]["components"]
    for item in plan.get("observations", ()):
        shaped("observation", item)
    for item in plan["poam-items"]:
        shaped("item", item)
        assert {each["risk-uuid"] for each in item.get("related-risks", ())} <= risks
    for item in plan.get("risks", ()):
        shaped("risk", item)
        assert item["status"] in {"open", "remediating", "deviation-approved", "closed"}
        assert [tool["uuid"]] == [each["actor-uuid"] for each in item["origins"][0]["actors"]]
        assert {each["observation-uuid"] for each in item.get("related-observations", ())} <= observations
        assert all(each["id"].startswith("https://") for each in item.get("threat-ids", ()))
        for each in item.get("remediations", ()):
            shaped("remediation", each)
        for each in item.get("risk-log", {}).get("entries", ()):
            shaped("entry", each)
    everything = [item["uuid"] for part in ("observations", "risks", "poam-items") for item in plan.get(part, ())]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("made", ALL)
def test_a_plan_is_taken_by_classes_made_from_the_schema_of_nist(made: Any) -> None:
    """Those of compliance-trestle, which are made from it."""
    poam = pytest.importorskip("trestle.oscal.poam", reason="compliance-trestle is not installed")
    plan = json.loads(oscal.oscal(full(made())))["plan-of-action-and-milestones"]

    assert plan["uuid"] == poam.PlanOfActionAndMilestones(**plan).uuid


@pytest.mark.parametrize(("how", "status"), [("mitigate", "remediating"), ("accept", "deviation-approved")])
def test_a_decision_is_the_status_and_the_log_of_its_risk(how: str, status: str) -> None:
    """What nobody decided is open; what was set aside is closed."""

    def risk(assessment: Assessment) -> dict[str, Any]:
        risks = json.loads(oscal.oscal(full(assessment)))["plan-of-action-and-milestones"]["risks"]
        found: dict[str, Any] = next(risk for risk in risks if risk["props"][0]["value"] == SURPLUS)
        return found

    before, after = risk(assess(desk(), library(), today=TODAY)), risk(treated(how))
    aside = Register(system="desk").dismissing(Dismissal(key=SURPLUS, reason="No.", by="Me", on=TODAY))

    assert ("open", status) == (before["status"], after["status"])
    assert before["uuid"] == after["uuid"]
    assert [status] == [item["status-change"] for item in after["risk-log"]["entries"]]
    assert "risk-log" not in before
    assert "closed" == risk(assess(desk(), library(), aside, today=TODAY))["status"]


def test_texts_in_a_plan_are_text_to_who_renders_its_markup() -> None:
    """OSCAL's lines are CommonMark: none of ours becomes a tag or a link."""
    from nbconvert.filters import markdown2html

    plan = json.loads(oscal.oscal(full(attacked())))["plan-of-action-and-milestones"]
    rendered = "\n".join(markdown2html(item["statement"] + "\n\n" + item["title"]) for item in plan["risks"])

    for tag in ("<script", "<img", "<a ", "<svg", "<iframe"):
        assert tag not in rendered


# SARIF


def strings(data: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)
    elif isinstance(data, str):
        yield data


@pytest.mark.parametrize("made", ALL)
def test_a_run_is_valid_by_the_schema_of_sarif(made: Any) -> None:
    """And by what the schema cannot say: rules found by index, kinds and levels agree, no place is made up."""
    assessment = made()
    log = json.loads(sarif.sarif(full(assessment)))
    assert [] == sarif_faults(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]

    assert "2.1.0" == log["version"]
    assert len(rules) == len({rule["id"] for rule in rules})
    assert len(assessment.findings) == len(run["results"])
    for item in run["results"]:
        assert item["ruleId"] == rules[item["ruleIndex"]]["id"]
        assert item["kind"] in {"fail", "review", "open", "pass"}
        assert ("none" == item["level"]) == ("fail" != item["kind"])
        assert item["level"] in {"none", "note", "warning", "error"}
        for place in item["locations"]:
            assert {"logicalLocations"} == set(place)  # nobody said where the file is
        for each in item.get("suppressions", ()):
            assert {"kind", "status", "justification"} == set(each)
    for rule in rules:
        level, severity = rule["defaultConfiguration"]["level"], rule["properties"].get("security-severity")
        assert level in {"error", "warning", "note"} or severity is None  # where all there is, is to clarify
        assert severity is None or 0 < float(severity) <= 10


def test_a_fingerprint_is_the_findings_own_and_stays() -> None:
    """Through decisions and renames; never shared by two findings."""

    def fingerprints(assessment: Assessment) -> dict[str, str]:
        results = json.loads(sarif.sarif(full(assessment)))["runs"][0]["results"]
        return {
            result["properties"]["key"]: result["partialFingerprints"]["nbthreatFindingKey/v1"] for result in results
        }

    before, after = fingerprints(assess(desk(), library(), today=TODAY)), fingerprints(treated("mitigate"))

    assert before == after
    assert len(before) == len(set(before.values()))


def test_what_is_accepted_is_suppressed_with_the_reason() -> None:
    """And what is treated is not."""
    found = {how: json.loads(sarif.sarif(full(treated(how))))["runs"][0]["results"] for how in ("accept", "mitigate")}
    of = {
        how: next(result for result in results if SURPLUS == result["properties"]["key"])
        for how, results in found.items()
    }

    assert ["Because."] == [item["justification"] for item in of["accept"]["suppressions"]]
    assert "suppressions" not in of["mitigate"]


def test_no_message_of_a_run_links_or_takes_arguments() -> None:
    """SARIF reads [text](link) and {0} in messages; ours have neither."""
    [run] = json.loads(sarif.sarif(full(attacked())))["runs"]

    for item in run["results"]:
        text = item["message"]["text"]
        assert not re.search(r"(?<!\\)(\\\\)*\[", text)
        assert "{" not in text.replace("{{", "")


# Navigator


def test_a_layer_holds_the_techniques_that_are_cited_and_no_others() -> None:
    """With the level of the worst finding, and every technique one that ATLAS has."""
    layer = json.loads(navigator.navigator(full(chatbot())))
    known = library().catalogues["atlas"].ids
    cited = {
        id
        for finding in chatbot().findings
        if finding.state in (State.OPEN, State.POSSIBLE)
        for id in finding.threat.references.get("atlas", ())
        if id.startswith("AML.T")
    }

    scored = {item["techniqueID"]: item["score"] for item in layer["techniques"] if "score" in item}
    assert cited == set(scored)
    assert all(item["techniqueID"] in known for item in layer["techniques"])
    assert set(scored.values()) <= {1, 2, 3, 4, 5}
    assert "atlas-atlas" == layer["domain"]
    assert len(layer["techniques"]) == len({item["techniqueID"] for item in layer["techniques"]})
    assert all(re.fullmatch("#[0-9a-f]{6}", item.get("color", "#000000")) for item in layer["techniques"])


def test_a_layer_leaves_out_what_was_set_aside_and_says_how_much() -> None:
    """Its techniques are those of the rest, and no control is asked for because of it."""
    open_ = [finding.key for finding in chatbot().findings if finding.state is State.OPEN]
    register = Register(system="chatbot")
    for key in open_:
        register = register.dismissing(Dismissal(key=key, reason="Not reachable.", on=TODAY))
    after = assess(chatbot().system, library(), register, today=TODAY)
    before, layer = (json.loads(navigator.navigator(full(assessment))) for assessment in (chatbot(), after))

    assert open_
    assert "set aside" not in before["description"]
    assert layer["description"].endswith(f" {len(open_)} set aside and not counted.")
    assert not any(key in item.get("comment", "").split("; ") for item in layer["techniques"] for key in open_)
    told = [{measure.id: measure.level for measure in full(each).measures} for each in (chatbot(), after)]
    assert set(told[0]) == set(told[1])
    assert any(told[1][id] < level for id, level in told[0].items())


@pytest.mark.parametrize("made", ALL)
def test_every_json_form_is_text_that_can_be_read_back(made: Any) -> None:
    """And nothing hidden is in it."""
    for form in (oscal.oscal, sarif.sarif, navigator.navigator):
        written = form(full(made()))
        assert written == as_json(json.loads(written))
        assert all(text == plain(text) for text in strings(json.loads(written)) if "\n" not in text)


# Tickets


def test_a_ticket_is_made_of_each_open_finding_that_somebody_must_act_on() -> None:
    """Accepted and set aside ones are none; nobody is assigned; labels hold no space."""
    plain = list(csv.reader(io.StringIO(tickets.tickets(full(assess(desk(), library(), today=TODAY))))))
    accepted = list(csv.reader(io.StringIO(tickets.tickets(full(treated("accept"))))))

    assert [list(tickets.COLUMNS)] == accepted
    [header, row] = plain
    assert list(tickets.COLUMNS) == header
    assert "Medium" == row[header.index("Priority")]
    assert all(label and " " not in label for name, label in zip(header, row, strict=True) if name == "Labels")
    assert "Assignee" not in header


def test_tickets_are_within_the_limits_of_jira_and_start_no_formula() -> None:
    """However long and hostile the names are; and Jira's markup finds nothing to act on."""
    rows = list(csv.reader(io.StringIO(tickets.tickets(full(attacked())))))
    many = list(
        csv.reader(
            io.StringIO(tickets.tickets(full(assess(hostile_system(corpus() or ("x" * 900,)), library(), today=TODAY))))
        )
    )

    for row in [*rows[1:], *many[1:]]:
        assert len(row) == len(tickets.COLUMNS)
        assert len(row[0]) <= 255
        assert not any(re.match(r"\s*[=+@\t-]", text) for text in row)
        assert not re.search(r"(?<!\\)[{\[]", row[3])


# CISO Assistant: its own rules, written again from what is known of its import

MATRIX = ciso.library_data(full(assess(desk(), library(), today=TODAY)))["objects"]["risk_matrix"][0]


def sheet(data: bytes) -> list[dict[str, str]]:
    """The rows of a sheet by column."""
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, header), map(str, row), strict=True)) for row in rows]


def split(cell: str) -> list[str]:
    """Its splitter: at line ends, bars, semicolons and commas."""
    return [part.strip() for part in re.split(r"[\n|;,]", cell) if part.strip()]


def value(label: str, axis: str) -> int:
    """Its look-up of a label: -1, without a word, where the matrix has none of that name."""
    names = [step["name"].casefold() for step in MATRIX[axis]]
    return names.index(label.strip().casefold()) if label.strip().casefold() in names else -1


@pytest.mark.parametrize("made", ALL)
def test_every_label_is_in_the_matrix_and_every_reference_in_a_sheet(made: Any) -> None:
    """So nothing becomes undefined, and nothing is made that we did not bring."""
    assessment = made()
    assets = {row["ref_id"]: row for row in sheet(ciso.ciso_assets(full(assessment)))}
    controls = {row["ref_id"]: row for row in sheet(ciso.ciso_controls(full(assessment)))}
    rows = sheet(ciso.ciso_risks(full(assessment)))

    assert len(assessment.findings) == len(rows)
    assert all(row["type"] in {"PR", "SP"} for row in assets.values())
    for row in controls.values():
        assert row["status"] in {"to_do", "in_progress", "on_hold", "active", "deprecated"}
        assert row["category"] in {"policy", "process", "technical", "physical", "procedure"}
        assert row["priority"] in {"1", "2", "3", "4"}
    for row, risk in zip(rows, (risk for risk in assessment.risks if risk.finding), strict=True):
        assert risk.finding is not None
        rating = risk.finding.rating
        place = (value(row["current_proba"], "probability"), value(row["current_impact"], "impact"))
        inherent = value(row["inherent_proba"], "probability"), value(row["inherent_impact"], "impact")
        if risk.finding.state is State.TO_CLARIFY:  # is rated once it is clear
            assert (-1, -1) == place == inherent
        else:
            assert (rating.likelihood - 1, rating.impact - 1) == place
            assert -1 not in inherent
            assert rating.level - 1 == MATRIX["grid"][place[0]][place[1]]
        assert set(split(row["assets"])) <= set(assets)
        named = [*split(row["existing_controls"]), *split(row["additional_controls"])]
        assert len(named) == len(set(named)) == len(stand_against(risk.finding.threat))
        assert set(named) <= set(controls)
        assert row["treatment"] in {"open", "mitigate", "accept", "avoid", "transfer", "cancelled"}
        assert len(row["ref_id"]) <= 100
        assert len(row["name"]) <= 200
        assert len(row["justification"]) <= 2_000
        assert ["nbthreat", risk.finding.state.value.replace(" ", "-"), "TLP-RED"] == split(row["filtering_labels"])
    assert len(rows) == len({row["ref_id"] for row in rows})
    for each in (rows, [*assets.values()], [*controls.values()]):
        assert len(each) == len({row["name"].casefold() for row in each})


LONG = st.text("aA", min_size=190, max_size=210)
MISTAKEN = ["NA", "n/a", "None", "null", "NaN", "#N/A", "TRUE", "12", "1e5", "-inf", " ", "=1", "'=1", "Model", "model"]


@given(st.lists(st.sampled_from(MISTAKEN) | st.text(max_size=3) | LONG, max_size=8))
@settings(max_examples=60, deadline=None)
def test_every_row_is_imported_whatever_things_are_called(names: list[str]) -> None:
    """As its importer does it: pandas reads, no name may be missing, and a known name would take the row's place."""
    made = named(tuple(names))
    for form in (ciso.ciso_assets, ciso.ciso_risks):
        rows = sheet(form(made))
        frame = pd.read_excel(io.BytesIO(form(made)), engine="calamine").astype(object)
        read = frame.where(frame.notna(), "").to_dict(orient="records")
        assert len(names) == len(read) == len({str(row["name"]).casefold() for row in read})
        assert len(names) == len({row["ref_id"] for row in read})
        for row, original in zip(read, rows, strict=True):
            assert isinstance(row["name"], str)
            assert row["name"].strip()
            assert original["name"] == row["name"]
            assert len(row["name"]) <= 200
            assert len(row["ref_id"]) <= 100
            for label in str(row.get("filtering_labels", "nbthreat")).split("|"):
                assert re.fullmatch(r"[\w-]{1,36}", label)


def named(names: tuple[str, ...]) -> Publication:
    """What is published of elements of these names, each with the same risk; ids as long as they may be."""
    made, [line] = seed()
    assert line.finding is not None
    parts = tuple(InventoryItem(id=f"{'e' * 60}{n}", label=name) for n, name in enumerate(names))
    lines = tuple(
        replace(line, finding=replace(line.finding, key=f"threat@{part.id}", subject=part.id, place=part.label))
        for part in parts
    )
    system = replace(made.system, id="s" * 64)
    return replace(made, system=system, assets=(), elements=parts, lines=lines, marking=Marking.AMBER_STRICT)


@cache
def seed() -> tuple[Publication, list[RegisterLine]]:
    """A publication, and one of its lines."""
    made = full(assess(desk(), library(), today=TODAY))
    return made, [next(line for line in made.lines if line.finding)]


@pytest.mark.parametrize(("how", "says"), [("mitigate", "mitigate"), ("accept", "accept"), ("avoid", "avoid")])
def test_a_treatment_is_said_in_its_words(how: str, says: str) -> None:
    """What nobody decided is open."""
    of = {row["ref_id"]: row["treatment"] for row in sheet(ciso.ciso_risks(full(treated(how))))}

    assert says == of[SURPLUS]
    assert {"open"} == {treatment for key, treatment in of.items() if key != SURPLUS}


def test_the_library_holds_the_code_and_our_matrix() -> None:
    """13 principles, 72 provisions, each under its principle; the grid is ours, one lower."""
    made = yaml.safe_load(ciso.ciso_library(full(chatbot())))

    nodes = made["objects"]["framework"]["requirement_nodes"]
    tops = [node for node in nodes if node["depth"] == 1]
    assert (13, 72) == (len(tops), sum(node["assessable"] for node in nodes))
    urns = [node["urn"] for node in nodes]
    assert len(urns) == len(set(urns))
    urn = re.compile(r"urn:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?:[0-9A-Za-z\[\]()\-._:]+")
    assert all(urn.fullmatch(other) for other in urns)
    above = {top["urn"] for top in tops}
    assert all(node["parent_urn"] in above for node in nodes if node["depth"] == 2)
    [matrix] = made["objects"]["risk_matrix"]
    assert [list(row) for row in GRID] == [[step + 1 for step in row] for row in matrix["grid"]]
    assert [level.label for level in Level] == [step["name"].lower() for step in matrix["risk"]]
    assert {"urn", "locale", "ref_id", "name", "version", "provider", "packager", "objects"} <= set(made)
