"""Editing: every operation is made whole or refused in words, can be taken back, and survives what may happen."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import SYSTEMS, TODAY, decision
from nbthreat.base.errors import DocumentError, OperationError
from nbthreat.base.risk import Level
from nbthreat.decisions.register import (
    Appetite,
    Decision,
    Dismissal,
    Inherited,
    Occasion,
    Register,
    Treatment,
    read_register,
)
from nbthreat.system.model import Element, Flow, FrozenMap, System, TrustBoundary
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import Session, patches
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.keeping import SAVE_AFTER, SAVE_WITHIN
from nbthreat.workbench.editing.merging import merge
from nbthreat.workbench.editing.steps import Step

MESSAGES = 10_000
KILLS = 6
EDITS = 20
PATIENCE = 180.0
APPETITE = Appetite(appetite=Level.VERY_LOW, by="Board", on=TODAY)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the chatbot's file in a folder of its own."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())
    return path


@pytest.fixture
def session(path: Path, library: Library) -> Iterator[Session]:
    session = Session.open(path, library)
    yield session
    session.close()


def do(session: Session, op: str, **fields: Any) -> Any:
    """Make an operation as a browser would ask for it."""
    return session.do(m.operation({"op": op, **fields}))


def saved(session: Session, path: Path) -> System:
    """Save, and return the system as it is in the file."""
    do(session, "save")
    return session.library.read_system(path).value


# Drawing


def test_what_is_drawn_is_in_the_file(session: Session, path: Path) -> None:
    [agent] = do(session, "add", part="elements", thing={"technology": "agent", "name": "Helper"}, at=[40, 50]).made
    [flow] = do(session, "add", part="flows", thing={"source": "assistant", "target": agent}).made
    [cloud] = do(session, "add", part="boundaries", thing={"name": "Cloud"}, at=[900, 900]).made
    do(session, "move", places={agent: [900, 900]}, into={agent: cloud})

    system = saved(session, path)

    assert Element(id="helper", name="Helper", technology="agent", boundary="cloud") == system.element(agent)
    assert ("assistant", "helper") == (system.flow(flow).source, system.flow(flow).target)
    assert (900.0, 900.0) == system.layout[agent]


def test_an_id_is_made_from_the_name_and_never_twice(session: Session) -> None:
    made = [
        do(session, "add", part="elements", thing={"technology": "agent", "name": "Ünïcode  bot!"}).made[0]
        for _ in range(3)
    ]

    assert ["unicode-bot", "unicode-bot-2", "unicode-bot-3"] == made


def test_a_name_in_letters_that_no_id_has_still_gets_an_id(session: Session) -> None:
    [made] = do(session, "add", part="elements", thing={"technology": "agent", "name": "模型"}).made

    assert made == "agent"
    assert session.system.element(made).name == "模型"


def test_answers_are_yes_no_or_not_known(session: Session) -> None:
    for answer in (True, False):
        do(session, "change", ids=["assistant"], set={"controls": {"instruction-data-separation": answer}})

        assert session.system.element("assistant").controls.get("instruction-data-separation") is answer

    do(session, "change", ids=["assistant"], set={"controls": {"instruction-data-separation": None}})

    assert "instruction-data-separation" not in session.system.element("assistant").controls


def test_one_change_can_be_made_to_several_at_once(session: Session) -> None:
    do(session, "change", ids=["editors", "builders"], set={"boundary": "vendor"})

    assert {session.system.element(id).boundary for id in ("editors", "builders")} == {"vendor"}


def test_another_technology_leaves_out_what_cannot_be_said_of_it(session: Session) -> None:
    do(session, "change", ids=["chat-model"], set={"controls": {"unused-capability-block": False}})

    done = do(session, "change", ids=["chat-model"], set={"technology": "end-user", "provides": None, "needs": None})

    assert not session.system.element("chat-model").controls
    assert "left out" in done.name


def test_the_system_itself_can_be_changed(session: Session) -> None:
    do(session, "change", ids=["chatbot"], set={"stakes": "high", "name": "Help desk", "owner": None})

    assert (session.system.stakes, session.system.name, session.system.owner) == ("high", "Help desk", "")


def test_what_goes_takes_its_flows_along_and_leaves_what_was_in_it(session: Session) -> None:
    do(session, "remove", ids=["assistant", "live"])

    assert not [flow for flow in session.system.flows if "assistant" in (flow.source, flow.target)]
    assert session.system.element("retriever").boundary == "organisation"
    assert "assistant" not in session.system.layout


def test_an_asset_that_goes_is_held_and_carried_no_more(session: Session) -> None:
    do(session, "remove", ids=["questions"])

    assert all("questions" not in (flow.carries or ()) for flow in session.system.flows)
    assert session.system.flow("customer-asks").carries == ()


def test_copies_have_ids_and_names_of_their_own_and_flows_follow_them(session: Session) -> None:
    view = session.view.sections
    parts = {
        "elements": [view["elements"][id] for id in ("assistant", "retriever")],
        "flows": [view["flows"]["look-up"], view["flows"]["hits"]],
    }

    made = do(session, "paste", **parts, shift=[10, 20]).made

    assert made == ("assistant-2", "retriever-2", "look-up-2", "hits-2")
    copy = session.system.element("assistant-2")
    assert (copy.name, copy.boundary, copy.holds) == ("Assistant 2", "live", ("app-code", "app-settings"))
    assert session.system.flow("look-up-2").target == "retriever-2"
    assert session.system.flow("hits-2").source == "index"  # its other end was not copied
    x, y = session.system.layout["assistant"]
    assert session.system.layout["assistant-2"] == (x + 10, y + 20)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("left", [(0, 0), (0, 80), (0, 600)]),
        ("centre", [(160, 0), (160, 80), (160, 600)]),
        ("bottom", [(0, 600), (20, 600), (320, 600)]),
        ("down", [(0, 0), (20, 300), (320, 600)]),
        ("across", [(0, 0), (200, 80), (400, 600)]),
    ],
)
def test_boxes_are_lined_up(session: Session, how: str, expected: list[tuple[int, int]]) -> None:
    ids = ["customers", "chat-page", "employees"]
    do(session, "move", places={"customers": [0, 0], "chat-page": [20, 80], "employees": [320, 600]})

    do(session, "align", ids=ids, how=how)

    assert expected == [session.system.layout[id] for id in ids]


def test_tidying_moves_boxes_and_nothing_else(session: Session) -> None:
    before = session.system

    do(session, "tidy")

    after = session.system
    assert before.layout != after.layout
    assert (before.elements, before.flows, before.boundaries) == (after.elements, after.flows, after.boundaries)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"op": "fly"}, "no 'fly'"),
    ({"op": "add", "part": "elements", "thing": {"technology": "hosted-lmm"}}, "Did you mean 'hosted-llm'"),
    ({"op": "add", "part": "elements", "thing": {"technology": "agent", "colour": "red"}}, "unknown key 'colour'"),
    ({"op": "add", "part": "flows", "thing": {"source": "assistant", "target": "nobody"}}, "no element 'nobody'"),
    ({"op": "add", "part": "elements", "thing": {"technology": "agent"}, "at": [1e9, "x"]}, "a number"),
    ({"op": "change", "ids": ["gone"], "set": {"name": "x"}}, "not on this board|no 'gone' on this board"),
    ({"op": "change", "ids": ["assistant"], "set": {"id": "other"}}, "stays what it is"),
    ({"op": "change", "ids": ["assistant"], "set": {"name": "a\x00b"}}, "U\\+0000"),
    ({"op": "change", "ids": ["assistant"], "set": {"facts": {"no-such-fact": True}}}, "unknown fact"),
    ({"op": "change", "ids": ["chatbot"], "set": {"elements": []}}, "no 'elements' to change"),
    ({"op": "change", "ids": ["chatbot"], "set": {"stakes": "huge"}}, "one of low"),
    ({"op": "move", "places": {"look-up": [0, 0]}}, "no place of its own"),
    ({"op": "move", "places": {}, "into": {"organisation": "live"}}, "circle"),
    ({"op": "align", "ids": ["assistant"], "how": "left"}, "two or more"),
    ({"op": "remove", "ids": ["chatbot"]}, "cannot be taken away"),
    ({"op": "paste", "elements": [{"technology": "agent"}]}, "not from a board"),
    ({"op": "dismiss", "key": "x@y", "reason": "no"}, "not there any more"),
    ({"op": "reopen", "key": "x@y"}, "Nothing was decided"),
    ({"op": "exclude", "provision": "99.9", "reason": "no"}, "no provision"),
    ({"op": "begin", "starter": "castle"}, "no starter"),
    ({"op": "begin", "text": "nbthreat: 1\nid: x\n"}, "has no name"),
    ({"op": "begin", "answers": {"task": "sing"}}, "not an answer"),
    ({"op": "redo"}, "nothing to do again"),
    ({"op": "merge", "prefer": "mine"}, "not changed outside"),
]


@pytest.mark.parametrize(("message", "words"), REFUSED, ids=[str(item)[:60] for item, _ in REFUSED])
def test_what_cannot_be_done_is_refused_in_words_and_changes_nothing(
    session: Session, message: dict[str, Any], words: str
) -> None:
    before = session.board

    with pytest.raises(OperationError, match=words):
        session.do(m.operation(message))

    assert session.board is before


def test_to_begin_blank_is_a_beginning_too(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session.open(None, library)
    try:
        assert session.view.sections["status"]["status"]["starters"]

        do(session, "begin", starter="blank")

        assert not session.view.sections["status"]["status"]["starters"]
        assert session.path == tmp_path / "system.yaml"
        do(session, "undo")
        assert session.view.sections["status"]["status"]["undo"] is None
    finally:
        session.close()


@pytest.mark.parametrize("name", ["chatbot-with-retrieval", "agent-with-tools"])
def test_a_starter_begins_a_file_of_its_name(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session.open(None, library)
    try:
        do(session, "begin", starter=name)
        do(session, "save")

        assert library.read_system(tmp_path / f"{name}.yaml").value.elements == session.system.elements
        again = Session.open(tmp_path / f"{name}.yaml", library)
        assert again is session
    finally:
        session.close()


def test_a_file_may_be_called_as_something_in_the_starter(tmp_path: Path, library: Library) -> None:
    """The system then has another id, so that what is said of it is not said of the part."""
    session = Session.open(tmp_path / "assistant.yaml", library)
    try:
        do(session, "begin", starter="chatbot-with-retrieval")

        assert "assistant-2" == session.system.id == session.board.register.system
    finally:
        session.close()


# Deciding


def first_open(session: Session) -> str:
    """Return the key of the worst open finding."""
    return next(finding.key for finding in session.assessment.ranked if finding.state == "open")


def test_decisions_go_to_the_register_file(session: Session, path: Path) -> None:
    key = first_open(session)

    do(session, "decide", key=key, treatment="mitigate", owner="Platform team", rationale="Block it.", due="2027-01-31")
    do(session, "save")

    [decision] = read_register(path, id="chatbot").value.decisions
    assert (key, "Platform team", date(2027, 1, 31)) == (decision.key, decision.owner, decision.due)


def test_to_accept_takes_an_approver_and_an_end(session: Session) -> None:
    key = first_open(session)
    fields = {"key": key, "treatment": "accept", "owner": "Team", "rationale": "Small."}

    with pytest.raises(OperationError, match="who approves it and until when"):
        do(session, "decide", **fields)
    do(session, "decide", **fields, approver="Head of digital", expires="2099-01-01")

    assert session.board.register.decisions[0].acceptance is not None


RATED: dict[str, Any] = {
    "treatment": "mitigate",
    "owner": "Platform team",
    "rationale": "Block it.",
    "residual": {"likelihood": 1, "impact": 2, "because": "Pictures are refused."},
    "confidence": "moderate",
    "plan": "Block, then test.",
    "cost": "S",
    "communicate": [{"to": "operator", "text": "Watch for pictures."}],
}


def test_a_decision_can_say_what_remains_what_is_planned_and_who_is_told(session: Session) -> None:
    key = first_open(session)

    do(session, "decide", key=key, **RATED)
    [decision] = session.board.register.decisions
    said = decision.residual, decision.confidence, decision.plan, decision.cost, decision.communicate
    assert all(said)
    assert "R-001" == decision.number

    do(session, "decide", key=key, treatment="avoid", owner="Platform team", rationale="Switch it off.")
    [later] = session.board.register.decisions
    assert (said, "R-001") == (
        (later.residual, later.confidence, later.plan, later.cost, later.communicate),
        later.number,
    )


def test_a_residual_that_does_not_say_because_of_what_is_refused(session: Session) -> None:
    with pytest.raises(OperationError, match="Say because of what"):
        do(session, "decide", key=first_open(session), **{**RATED, "residual": {"likelihood": 1, "impact": 1}})


def test_what_was_decided_together_is_decided_together_again(session: Session) -> None:
    key, other = (finding.key for finding in session.assessment.ranked[:2])
    together = Decision(key=other, keys=(key,), treatment=Treatment.AVOID, owner="Team", rationale="Both.")
    board = replace(session.board, register=session.board.register.deciding(together))
    session._timeline.step(Step(board, "Decide"), "")

    do(session, "decide", key=key, treatment="transfer", owner="Team", rationale="Insured.")

    [decision] = session.board.register.decisions
    assert (other, (key,), "R-001", "transfer") == (decision.key, decision.keys, decision.number, decision.treatment)


def test_an_inherited_risk_is_decided_like_a_finding(session: Session) -> None:
    inherited = Inherited(
        key="evasion@vendor/model", title="Evasion", supplier="vendor", likelihood=Level.HIGH, impact=Level.HIGH,
        on=date(2026, 11, 30),
    )  # fmt: skip
    register = session.board.register.inheriting("vendor", [inherited], at=Occasion())
    session._timeline.step(Step(replace(session.board, register=register), "Take over"), "")

    do(session, "decide", key=inherited.key, treatment="avoid", owner="Team", rationale="Not used.")

    assert (inherited.key, "Evasion") == (
        session.board.register.decisions[0].key,
        session.board.register.decisions[0].title,
    )
    row = next(row for row in session.ask(m.asked({"ask": "register"}))["rows"] if row["key"] == inherited.key)
    assert ("decided", "R-001", 4) == (row["standing"], row["number"], row["level"])


SAID: dict[str, Any] = {"treatment": "mitigate", "owner": "Platform team", "rationale": "Block it."}


def rows(session: Session) -> dict[str, dict[str, Any]]:
    """Return the lines of the register by key, as a browser gets them."""
    return {row["key"]: row for row in session.ask(m.asked({"ask": "register"}))["rows"]}


def test_several_are_decided_together_under_one_number_and_in_one_step(session: Session) -> None:
    first, *others = (finding.key for finding in session.assessment.ranked[:4])

    done = do(session, "decide", key=first, keys=others, **SAID)

    assert done.name.endswith(" and 3 more")
    [decision] = session.board.register.decisions
    assert (first, tuple(others)) == (decision.key, decision.keys)
    assert {"R-001"} == {rows(session)[key]["number"] for key in (first, *others)}
    assert ["decided"] == [entry.act for entry in session.board.register.log]
    do(session, "undo")
    assert () == session.board.register.decisions


def test_who_leaves_a_decision_leaves_the_others_as_they_were(session: Session) -> None:
    first, other, third = (finding.key for finding in session.assessment.ranked[:3])
    do(session, "decide", key=first, keys=[other, third], **SAID)

    do(session, "decide", key=first, keys=[third], **{**SAID, "treatment": "avoid"})

    found = rows(session)
    assert ("R-001", "mitigate") == (found[other]["number"], found[other]["treatment"])
    assert {("R-002", "avoid")} == {(found[key]["number"], found[key]["treatment"]) for key in (first, third)}


def test_each_of_several_gets_a_decision_an_entry_and_a_number_of_its_own(session: Session) -> None:
    keys = [finding.key for finding in session.assessment.ranked[:5]]
    do(session, "decide", key=keys[0], keys=keys[1:3], **SAID)

    done = do(session, "each", keys=keys, do={"op": "decide", "marking": "TLP:GREEN", **SAID})

    found = rows(session)
    assert "Decide to mitigate: 5 findings" == done.name
    assert 5 == len({found[key]["number"] for key in keys})
    assert {"TLP:GREEN"} == {found[key]["marking"] for key in keys}
    decided = [entry.about for entry in session.board.register.log if entry.act == "decided"]
    assert [(key,) for key in keys] == decided[1:]
    do(session, "undo")
    assert 3 == len([row for row in rows(session).values() if row["number"] == "R-001"])


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"op": "decide", **SAID}, "is not there any more.*nothing was said of any of the 3"),
        ({"op": "dismiss", "reason": "Not here."}, "is not there any more.*nothing was said of any of the 3"),
        ({"op": "reopen"}, "Nothing was decided about this finding. So nothing was said of any of the 3"),
        ({"op": "decide", **SAID, "owner": " "}, "needs an owner"),
        ({"op": "decide", **SAID, "marking": "TLP:PINK"}, "no label 'TLP:PINK'. There are: TLP:CLEAR"),
        ({"op": "exclude", "provision": "1.1", "reason": "No."}, "'key'"),
        ([], "not one this workbench knows"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_of_one_is_said_of_none(session: Session, what: Any, words: str) -> None:
    keys = [finding.key for finding in session.assessment.ranked[:2]]
    do(session, "dismiss", key=keys[0], reason="Not here.")
    before = session.board

    with pytest.raises(OperationError, match=words):
        do(session, "each", keys=[*keys, "surplus-capability@nowhere"], do=what)

    assert before is session.board


def test_several_are_set_aside_and_taken_back_in_one_step_each(session: Session) -> None:
    keys = [finding.key for finding in session.assessment.ranked[:3]]

    do(session, "each", keys=keys, do={"op": "dismiss", "reason": "No stranger comes here."})
    assert {("set aside", "No stranger comes here.")} == {
        (rows(session)[key]["standing"], rows(session)[key]["rationale"]) for key in keys
    }
    assert "Take back what was decided: 3 findings" == do(session, "each", keys=keys, do={"op": "reopen"}).name
    assert {"new"} == {rows(session)[key]["standing"] for key in keys}


def test_together_the_residual_is_weighed_against_the_worst_of_them(session: Session) -> None:
    by_level = sorted(session.assessment.findings, key=lambda finding: finding.rating.level)
    low = next(finding for finding in by_level if finding.state != "mitigated")
    high = next(finding for finding in reversed(by_level) if finding.state != "mitigated")
    assert low.rating.level < high.rating.level
    rated = {**SAID, "residual": {"likelihood": int(low.rating.likelihood), "impact": int(low.rating.impact)}}

    with pytest.raises(OperationError, match="Say because of what"):
        do(session, "decide", key=low.key, keys=[high.key], **rated)


def test_what_was_said_can_be_unsaid(session: Session) -> None:
    key = first_open(session)
    do(session, "decide", key=key, marking="TLP:AMBER", **RATED)
    row = rows(session)[key]
    assert {"likelihood": 1, "impact": 2, "because": "Pictures are refused.", "level": 1} == row["residual"]
    assert [{"to": "operator", "text": "Watch for pictures."}] == row["communicate"]

    do(session, "decide", key=key, marking="", communicate=[], clear=["residual", "confidence", "cost"], **SAID)

    row = rows(session)[key]
    assert (None, "", "", [], "", "Block, then test.") == tuple(
        row[name] for name in ("residual", "confidence", "cost", "communicate", "marking", "plan")
    )


def test_what_is_taken_back_stays_in_the_log_and_its_number_is_not_given_to_another(
    session: Session, path: Path
) -> None:
    key, other = (finding.key for finding in session.assessment.ranked[:2])
    do(session, "change", ids=["assistant"], set={"name": "A"})
    do(session, "decide", key=key, treatment="avoid", owner="Team", rationale="Off.")
    do(session, "undo")
    do(session, "undo")  # of a name: no word about decisions
    do(session, "decide", key=other, treatment="avoid", owner="Team", rationale="Off too.")
    do(session, "save")

    register = read_register(path, id="chatbot").value
    assert [(other, "R-002")] == [(item.key, item.number) for item in register.decisions]
    assert ["decided", "undone", "decided"] == [entry.act for entry in register.log]
    assert "Off." == register.log[0].why


def test_two_who_decide_at_once_lose_no_entry_and_no_number(session: Session) -> None:
    base, (mine, theirs) = session.board, (finding.key for finding in session.assessment.ranked[:2])

    def decided(key: str) -> Board:
        other = Decision(key=key, treatment=Treatment.AVOID, owner="Team", rationale="Off.")
        return replace(base, register=base.register.deciding(other))

    board, clashes = merge(base, decided(mine), decided(theirs))

    assert () == clashes
    assert {mine, theirs} == {other.key for other in board.register.decisions}
    assert {"R-001", "R-002"} == {other.number for other in board.register.decisions}
    assert ["decided", "decided", "renumbered"] == [entry.act for entry in board.register.log]


def test_what_does_not_apply_stays_so_through_renames_moves_and_redrawing(session: Session, path: Path) -> None:
    key = first_open(session)
    subject = key.partition("@")[2]
    view = dict(session.view.sections["elements"][subject])
    do(session, "dismiss", key=key, reason="Pictures are not used.")

    do(session, "change", ids=[subject], set={"name": "Another name"})
    do(session, "move", places={subject: [1, 2]})
    assert key not in [card["key"] for card in all_cards(session)]
    do(session, "change", ids=[subject], set={"name": view["name"]})
    flows = [
        section
        for section in session.view.sections["flows"].values()
        if subject in (section["source"], section["target"])
    ]
    do(session, "remove", ids=[subject])
    do(session, "add", part="elements", thing={k: view[k] for k in THING if view[k] not in (None, "")})
    for flow in flows:
        do(session, "add", part="flows", thing={k: flow[k] for k in ("source", "target", "carries")})

    assert key in {finding.key for finding in session.assessment.findings}
    assert key not in [card["key"] for card in all_cards(session)]
    do(session, "save")
    [dismissal] = read_register(path, id="chatbot").value.set_aside
    assert (key, "Pictures are not used.") == (dismissal.key, dismissal.reason)


THING = ("name", "technology", "boundary", "holds", "provides", "needs", "settings", "facts", "controls", "note")


def all_cards(session: Session, **fields: Any) -> list[dict[str, Any]]:
    """Return the cards of all pages."""
    found: list[dict[str, Any]] = []
    while True:
        page = session.ask(m.asked({"ask": "cards", "ids": [], "skip": len(found), **fields}))
        assert len(page["cards"]) <= 12
        found += page["cards"]
        if len(found) >= page["total"]:
            return found


def test_the_decision_about_a_copied_element_stays_with_the_element(session: Session) -> None:
    key = first_open(session)
    threat, _, subject = key.partition("@")
    do(session, "dismiss", key=key, reason="No.")
    flows = [
        section
        for section in session.view.sections["flows"].values()
        if subject in (section["source"], section["target"])
    ]

    made = do(session, "paste", elements=[session.view.sections["elements"][subject]], flows=flows).made

    standings = {risk.key: risk.standing.value for risk in session.assessment.risks}
    assert standings[key] == "set aside"
    assert standings[f"{threat}@{made[0]}"] == "new"


def test_cards_come_breadth_first(session: Session) -> None:
    cards = all_cards(session)
    threats = [card["threat"] for card in cards]

    assert len(set(threats[:12])) == min(12, len(set(threats)))
    assert all(card["because"] for card in cards)
    for card in cards:
        threat = session.assessment.library.threat(card["threat"])
        assert threat.summary == card["summary"]
        assert [{"what": seen.what, "source": seen.source} for seen in threat.seen] == card["seen"]


def test_cards_can_be_asked_for_by_what_is_selected_and_by_words(session: Session) -> None:
    mine = all_cards(session, ids=["index"])
    said = all_cards(session, filter="prompt leak")
    found = session.assessment.match

    assert mine
    assert all("index" in found[card["key"]].places for card in mine)
    assert len(mine) < len(all_cards(session))
    assert said
    for card in said:
        threat = found[card["key"]].threat
        text = " ".join([card["threat"], card["title"], card["summary"], card["because"], *threat.also])
        assert "leak" in text.lower()


def test_a_preview_says_what_then_happens_and_does_nothing(session: Session) -> None:
    change = {"op": "change", "ids": ["chat-model"], "set": {"controls": {"unused-capability-block": True}}}
    before = session.board

    said = session.ask(m.asked({"ask": "preview", "op": change}))

    assert session.board is before
    counts = session.view.sections["counts"]["counts"]
    session.do(m.operation(change))
    after = session.view.sections["counts"]["counts"]
    weigh = ("open", "possible", "toClarify")
    gone = sum(counts[name] - after[name] for name in weigh)
    assert gone == len(said["removes"]) - len(said["raises"]) > 0
    assert said["text"].startswith(f"removes {len(said['removes'])} of ")


def test_a_question_says_beforehand_what_each_answer_changes(session: Session) -> None:
    session._background.settle()
    session._background.foresee()
    asked = [section for section in session.view.sections["questions"].values() if section["effects"]["yes"]]

    assert asked
    item = asked[0]
    before = session.view.sections["counts"]["counts"]
    do(session, "change", ids=item["subjects"], set={f"{item['kind']}s": {item["name"]: True}})
    after = session.view.sections["counts"]["counts"]
    changed = any(before[name] != after[name] for name in ("open", "possible", "toClarify"))
    assert changed is (item["effects"]["yes"] != "changes the state of no finding")


# Taking back


MIXED: list[dict[str, Any]] = [
    {"op": "add", "part": "elements", "thing": {"technology": "agent", "name": "Helper"}},
    {"op": "change", "ids": ["helper"], "set": {"name": "Helping hand"}},
    {"op": "add", "part": "boundaries", "thing": {"name": "Cloud"}},
    {"op": "move", "places": {"helper": [100, 900]}, "into": {"helper": "cloud"}},
    {"op": "add", "part": "flows", "thing": {"source": "assistant", "target": "helper", "carries": ["questions"]}},
    {"op": "change", "ids": ["assistant-helper"], "set": {"carries": None}},
    {"op": "change", "ids": ["chatbot"], "set": {"stakes": "high"}},
    {"op": "add", "part": "assets", "thing": {"kind": "prompt", "name": "Hints"}},
    {"op": "change", "ids": ["helper"], "set": {"holds": ["hints"]}},
    {"op": "align", "ids": ["helper", "assistant"], "how": "left"},
    {"op": "tidy"},
    {"op": "dismiss", "key": "surplus-capability@chat-model", "reason": "Not used."},
    {"op": "reopen", "key": "surplus-capability@chat-model"},
    {"op": "decide", "key": "surplus-capability@chat-model", "treatment": "avoid", "owner": "Me", "rationale": "Off."},
    {"op": "exclude", "provision": "8.1.2", "reason": "Nothing is released."},
    {"op": "review"},
    {"op": "remove", "ids": ["organisation", "chat-log"]},
    {"op": "change", "ids": ["retriever", "index"], "set": {"controls": {"data-minimisation": True}}},
    {"op": "move", "places": {"index": [5, 5]}},
    {"op": "remove", "ids": ["helper", "questions"]},
]


def test_twenty_mixed_steps_taken_back_leave_the_very_bytes(session: Session, path: Path) -> None:
    text = path.read_bytes()
    assert b"#" in text  # a comment of a person, which must come back too
    for message in MIXED:
        session.do(m.operation(message))
    do(session, "save")
    assert path.read_bytes() != text

    names = [do(session, "undo").name for _ in MIXED]

    do(session, "save")
    assert path.read_bytes() == text
    assert names[0].startswith("Undo: Delete")
    for _ in MIXED:
        do(session, "redo")
    assert "helper" not in {element.id for element in session.system.elements}
    assert session.system.stakes == "high"


def test_a_hundred_steps_can_be_taken_back(session: Session) -> None:
    before = session.board
    for n in range(120):
        do(session, "change", ids=["assistant"], set={"name": f"Assistant {n}"})

    for _ in range(120):
        do(session, "undo")

    assert session.board is before


def test_any_step_can_be_gone_back_to_and_that_is_a_step_too(session: Session, path: Path) -> None:
    text = path.read_bytes()
    do(session, "change", ids=["assistant"], set={"name": "One"})
    do(session, "dismiss", key="surplus-capability@chat-model", reason="Not used.")
    do(session, "change", ids=["assistant"], set={"name": "Two"})
    steps = {item["name"]: item["at"] for item in session.ask(m.asked({"ask": "history"}))["steps"]}

    done = do(session, "restore", at=steps["Rename Assistant to One"])

    assert "Back to: Rename Assistant to One" == done.name
    assert {"One"} == {element.name for element in session.system.elements if element.id == "assistant"}
    assert () == session.board.register.set_aside
    assert ["set aside", "undone"] == [entry.act for entry in session.board.register.log]  # what was said stays said
    do(session, "undo")
    assert {"Two"} == {element.name for element in session.system.elements if element.id == "assistant"}
    assert 1 == len(session.board.register.set_aside)
    for _ in range(3):
        do(session, "undo")
    do(session, "save")
    assert path.read_bytes() == text
    with pytest.raises(OperationError, match="no longer remembered"):
        do(session, "restore", at="2026-01-01T00:00:00")


def test_an_operation_sent_twice_is_done_once(session: Session) -> None:
    operation = m.operation({"op": "add", "part": "elements", "thing": {"technology": "agent"}})

    first = session.do(operation, id="page-1")
    second = session.do(operation, id="page-1")

    assert first == second
    assert [element.id for element in session.system.elements].count("agent") == 1
    assert "agent-2" not in {element.id for element in session.system.elements}


def test_who_changed_what_is_told(session: Session) -> None:
    session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"name": "A"}}), by="Facilitator")

    [step] = session.ask(m.asked({"ask": "history"}))["steps"]

    assert ("Rename Assistant to A", "Facilitator", False) == (step["name"], step["by"], step["undone"])


# What everybody is told


class Follower:
    """A browser that keeps its picture by what it is told."""

    def __init__(self, session: Session) -> None:
        self.told: list[dict[str, Any]] = []
        session.listen(self.told.append)
        welcome = json.loads(json.dumps(session.welcome()))
        self.view, self.orders, self.revision = welcome["view"], welcome["orders"], welcome["revision"]

    def catch_up(self) -> None:
        """Take in what was told since."""
        for message in self.told:
            assert message["base"] == self.revision
            self.revision = message["revision"]
            plain = json.loads(json.dumps(message))
            for section, things in plain["set"].items():
                self.view[section].update(things)
            for section, ids in plain["unset"].items():
                for id in ids:
                    del self.view[section][id]
            self.orders.update(plain["orders"])
        self.told.clear()


def test_who_is_told_every_change_sees_what_one_who_comes_late_sees(session: Session) -> None:
    follower = Follower(session)
    for message in MIXED:
        session.do(m.operation(message))
        if "organisation" in message.get("ids", ()):
            do(session, "undo")
    session._background.settle()

    with session._lock:
        follower.catch_up()
        late = json.loads(json.dumps(session.welcome()))

    assert late["view"] == follower.view
    assert late["orders"] == follower.orders


def test_only_what_changed_travels(session: Session) -> None:
    session._background.settle()
    told: list[dict[str, Any]] = []
    session.listen(told.append)

    do(session, "change", ids=["assistant"], set={"name": "Assistant of all"})

    assert list(told[0]["set"]["elements"]) == ["assistant"]
    assert len(json.dumps(told[0])) < 3_000


# Outside


def edited(path: Path, old: str, new: str) -> None:
    """Change a file as an editor would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def wait_for(session: Session, saving: str) -> dict[str, Any]:
    """Wait until the status says so; return it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        status: dict[str, Any] = session.view.sections["status"]["status"]
        if status["saving"] == saving:
            return status
        time.sleep(0.02)
    raise AssertionError(f"{saving} was never reached: {session.view.sections['status']['status']}")


def test_an_edit_comes_into_the_file_by_itself_and_soon(session: Session, path: Path) -> None:
    """How soon is said in seconds; a slow disk takes what it takes."""
    assert SAVE_AFTER <= SAVE_WITHIN < 2
    do(session, "change", ids=["assistant"], set={"name": "Prompt person"})

    assert wait_for(session, "saved")["savedAt"]
    assert b"Prompt person" in path.read_bytes()


def test_a_change_from_outside_is_noticed_and_taken_in_by_id(session: Session, path: Path) -> None:
    edited(path, "name: Passage finder", "name: Finder of passages")

    status = wait_for(session, "conflict")
    do(session, "change", ids=["assistant"], set={"name": "Mine"})  # drawing goes on meanwhile
    with pytest.raises(OperationError, match="Somebody else changed the file meanwhile"):
        do(session, "save")
    assert "Mine" not in path.read_text(encoding="utf-8")
    assert status["offer"] == ["Finder of passages: name is now Finder of passages"]
    do(session, "merge", prefer="mine")

    system = saved(session, path)
    assert ("Mine", "Finder of passages") == (system.element("assistant").name, system.element("retriever").name)
    do(session, "undo")
    assert session.system.element("retriever").name == "Passage finder"


@pytest.mark.parametrize(("prefer", "expected"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_where_both_changed_the_same_the_person_decides(
    session: Session, path: Path, prefer: str, expected: str
) -> None:
    edited(path, "name: Assistant\n", "name: Theirs\n")
    wait_for(session, "conflict")
    do(session, "change", ids=["assistant"], set={"name": "Mine"})

    assert ["Mine: name"] == session.view.sections["status"]["status"]["clashes"]
    do(session, "merge", prefer=prefer)

    assert saved(session, path).element("assistant").name == expected


def test_a_file_broken_from_outside_is_never_written_over(session: Session, path: Path) -> None:
    path.write_text("nbthreat: 1\nid: [", encoding="utf-8")

    status = wait_for(session, "conflict")
    do(session, "change", ids=["assistant"], set={"name": "Mine"})
    with pytest.raises(OperationError, match="cannot be read"):
        do(session, "save")

    assert "cannot be read" in status["why"]
    assert path.read_text(encoding="utf-8") == "nbthreat: 1\nid: ["
    with pytest.raises(OperationError, match="cannot be read"):
        do(session, "merge", prefer="mine")
    copy = session.ask(m.asked({"ask": "copy"}))
    assert "name: Mine" in copy["system"]


@pytest.mark.parametrize("noticed", [False, True])
def test_comments_from_outside_are_kept_and_nobody_is_asked(session: Session, path: Path, *, noticed: bool) -> None:
    """Whether the edit and the saving come before somebody looked at the file, or after; and when it is taken back."""
    edited(path, "  - id: retriever\n", "  # where passages come from\n  - id: retriever\n")
    if noticed:
        session._background.watch()

    do(session, "change", ids=["assistant"], set={"name": "Mine"})

    saved(session, path)
    text = path.read_text(encoding="utf-8")
    assert "# where passages come from" in text
    assert "name: Mine" in text
    do(session, "undo")
    saved(session, path)
    assert "# where passages come from" in path.read_text(encoding="utf-8")
    assert "name: Mine" not in path.read_text(encoding="utf-8")


def test_a_disk_that_refuses_is_told_and_loses_nothing(session: Session, path: Path) -> None:
    if os.geteuid() == 0:
        path.unlink()
        path.mkdir()  # a folder in the way stops even root
    else:
        path.parent.chmod(0o500)
    do(session, "change", ids=["assistant"], set={"name": "Kept"})
    with pytest.raises(OperationError) as told:
        do(session, "save")

    status = session.view.sections["status"]["status"]

    path.parent.chmod(0o700)
    assert status["saving"] in ("refused", "conflict")
    assert status["why"] == str(told.value)
    assert "name: Kept" in session.ask(m.asked({"ask": "copy"}))["system"]


def board(**fields: Any) -> Board:
    base: dict[str, Any] = {
        "elements": (Element(id="a", technology="agent"), Element(id="b", technology="agent")),
        "flows": (Flow(id="f", source="a", target="b"),),
        "boundaries": (TrustBoundary(id="p"), TrustBoundary(id="q")),
    }
    return Board(System(id="s", name="S", **{**base, **fields}), Register(system="s"))


def test_what_one_side_took_away_and_the_other_still_needs_is_kept() -> None:
    theirs = board(elements=(Element(id="a", technology="agent"),), flows=())
    mine = board(flows=(*board().system.flows, Flow(id="g", source="b", target="a")))

    merged, _ = merge(board(), mine, theirs)

    assert {element.id for element in merged.system.elements} == {"a", "b"}
    assert [flow.id for flow in merged.system.flows] == ["g"]


def test_boundaries_put_into_each_other_on_either_side_are_no_circle() -> None:
    mine = board(boundaries=(TrustBoundary(id="p", within="q"), TrustBoundary(id="q")))
    theirs = board(boundaries=(TrustBoundary(id="p"), TrustBoundary(id="q", within="p")))

    merged, _ = merge(board(), mine, theirs)

    assert {boundary.within for boundary in merged.system.boundaries} != {"p", "q"}


answers = st.dictionaries(st.sampled_from(["x", "y", "z"]), st.booleans()).map(FrozenMap)
elements = st.lists(
    st.builds(
        Element,
        id=st.sampled_from("abcd"),
        name=st.sampled_from(["", "A", "B"]),
        technology=st.sampled_from(["agent", "application"]),
        facts=answers,
    ),
    unique_by=lambda element: element.id,
    max_size=4,
).map(tuple)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Return a small board of any kind."""
    those = draw(elements)
    ends = [element.id for element in those]
    flows = ()
    if ends:
        flow = st.builds(
            Flow, id=st.sampled_from(["f", "g"]), source=st.sampled_from(ends), target=st.sampled_from(ends)
        )
        flows = tuple(draw(st.lists(flow, unique_by=lambda flow: flow.id, max_size=2)))
    places = st.tuples(st.sampled_from([0.0, 40.0]), st.sampled_from([0.0, 80.0]))
    layout = FrozenMap({end: draw(places) for end in ends if draw(st.booleans())})
    return Board(System(id="s", name="S", elements=those, flows=flows, layout=layout), Register(system="s"))


@settings(max_examples=300, deadline=None)
@given(boards(), boards())
def test_merging_with_one_who_changed_nothing_gives_what_the_other_has(base: Board, other: Board) -> None:
    assert merge(base, other, base) == (other, ())
    merged, clashes = merge(base, base, other)
    assert not clashes
    assert merged.system.layout == other.system.layout
    for part in ("elements", "flows"):
        assert set(getattr(merged.system, part)) == set(getattr(other.system, part))


@settings(max_examples=300, deadline=None)
@given(boards(), boards(), boards())
def test_merging_always_gives_a_board(base: Board, mine: Board, theirs: Board) -> None:
    merged, _ = merge(base, mine, theirs)

    kept = {element.id for element in mine.system.elements} & {element.id for element in theirs.system.elements}
    assert kept <= {element.id for element in merged.system.elements}


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Return a small register of any kind."""
    register = Register(system="s", appetite=draw(st.sampled_from([None, APPETITE])))
    for n, key in enumerate(draw(st.lists(st.sampled_from(["a@x", "b@x", "c@x"]), max_size=4))):
        aside = Dismissal(key=key, reason=f"Reason {n}.", on=TODAY)
        register = register.dismissing(aside) if draw(st.booleans()) else register.deciding(decision(key))
    return register


decided = st.builds(lambda board, register: replace(board, register=register), boards(), registers())


def test_a_journal_line_of_a_decision_does_not_grow_with_the_register() -> None:
    """Only what is new is written, however much was decided before."""

    def length(others: int) -> int:
        register = Register(system="s").deciding(*(decision(f"a@x{n}") for n in range(others)))
        before = Board(System(id="s", name="S"), register)
        line = patches.patch(before, replace(before, register=register.deciding(decision("b@x"))))
        return len(json.dumps(line))

    assert length(1000) <= length(1) + 20


@settings(max_examples=300, deadline=None)
@given(decided, decided)
def test_a_journal_line_says_all_that_changed(before: Board, after: Board) -> None:
    line = json.loads(json.dumps(patches.patch(before, after)))

    assert patches.patched(before, line) == after


# Death of the process


def test_a_kill_loses_no_acknowledged_edit(path: Path, library: Library) -> None:
    """The writer says each edit once it is acknowledged, and is killed at a random moment."""
    chance = random.Random(7)  # noqa: S311 - nothing secret
    for turn in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, __file__, str(path), str(turn)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(chance.randint(1, EDITS))]
        time.sleep(chance.uniform(0, 0.6))
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout.read().split("\n") if line.endswith(";")]
        writer.wait()
        writer.stdout.close()

        session = Session.open(path, library)
        there = {element.id for element in session.system.elements}
        session.close()

        assert {name.strip(";") for name in acknowledged if name.endswith(";")} <= there, turn
        assert there == {element.id for element in library.read_system(path).value.elements}
    assert not list(path.parent.glob(".*.journal"))


def test_edits_left_behind_are_brought_back_beside_changes_from_outside(path: Path, library: Library) -> None:
    writer = subprocess.Popen([sys.executable, __file__, str(path), "0", "no-save"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for _ in range(EDITS):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    edited(path, "name: Passage finder", "name: Finder of passages")

    session = Session.open(path, library)

    try:
        there = {element.id for element in session.system.elements}
        assert {f"part-0-{n}" for n in range(EDITS)} <= there
        assert session.system.element("retriever").name == "Finder of passages"
        recovered = session.view.sections["status"]["status"]["recovered"]
        assert EDITS <= int(recovered.partition(" edits")[0])  # the writer may have gone on before it was killed
    finally:
        session.close()


def write(path: Path, turn: str, *, saving: bool) -> None:
    """Draw one element after another, and say each that is acknowledged."""
    session = Session.open(path)
    if not saving and session._timeline.keeper:
        session._timeline.keeper.save = lambda _: False  # type: ignore[method-assign]
    n = 0
    while True:
        thing = {"id": f"part-{turn}-{n}", "technology": "agent"}
        session.do(m.operation({"op": "add", "part": "elements", "thing": thing}))
        print(f"part-{turn}-{n};", flush=True)  # noqa: T201 - it is said to the test
        n += 1
        time.sleep(0.01)


# Strangers

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["__proto__"])
keys = st.text(max_size=8) | st.just("__proto__")
junk = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
names = st.sampled_from([*m.OPERATIONS, *m.ASKS, "fly", ""])
words = ["ids", "set", "thing", "part", "key", "places", "into", "elements", "how", "answers", "text", "starter"]
fields = st.dictionaries(st.sampled_from(words), junk, max_size=4)


def test_ten_thousand_messages_from_strangers_change_nothing(path: Path, library: Library) -> None:
    session = Session.open(path, library)
    before = session.board
    refused = 0

    @settings(max_examples=MESSAGES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(names, fields)
    def send(name: str, more: dict[str, Any]) -> None:
        nonlocal refused
        if name in ("tidy", "review", "save"):  # they take no fields, so there is nothing to get wrong
            more = {**more, "stranger": 1}
        for read, answer, key in ((m.operation, session.do, "op"), (m.asked, session.ask, "ask")):
            said = ""
            try:
                answer(read({key: name, **more}))  # type: ignore[operator]
            except OperationError as error:
                said = str(error)
                refused += 1
            assert len(said) < 2_000

    try:
        send()
        assert session.board == before
        assert refused > MESSAGES
    finally:
        session.close()


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        "x" * 10_000_000,
        {"op": "change", "ids": ["assistant"], "set": {"note": "x" * 10_000_000}},
        {"op": "change", "ids": ["assistant"] * 200_000, "set": {"note": "x"}},
        {"op": "change", "ids": ["assistant"], "set": {"settings": {str(n): n for n in range(200_000)}}},
    ],
    ids=["none", "number", "text", "long", "many", "wide"],
)
def test_a_message_of_ten_megabytes_is_refused(session: Session, message: Any) -> None:
    before = session.board

    with pytest.raises(OperationError):
        session.do(m.operation(message))

    assert session.board is before


def test_a_message_as_deep_as_can_be_is_refused(session: Session) -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]

    with pytest.raises(OperationError, match="too large"):
        session.do(m.operation({"op": "change", "ids": ["assistant"], "set": {"note": deep}}))


def test_a_file_with_faults_is_not_opened(tmp_path: Path, library: Library) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("nbthreat: 1\nid: bad\n", encoding="utf-8")

    with pytest.raises(DocumentError, match="has no name"):
        Session.open(path, library)

    assert path.read_text(encoding="utf-8") == "nbthreat: 1\nid: bad\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], saving=len(sys.argv) < 4)
