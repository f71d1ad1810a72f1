"""The protocol: what the browser may send is the same list on both sides."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from helpers import CHECKOUT, SYSTEMS
from nbthreat.workbench.editing import messages, view
from nbthreat.workbench.editing.session import Session

PROTOCOL = CHECKOUT / "src" / "frontend" / "src" / "shell" / "protocol.ts"
INTERFACE = re.compile(r"export interface (\w+) \{(.*?)\n?\}\n", re.DOTALL)
MEMBER = re.compile(r"(\w+)(\??):")


def interfaces() -> dict[str, dict[str, bool]]:
    """Return the members of each interface of the protocol, and whether each may be left out."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", PROTOCOL.read_text(encoding="utf-8"), flags=re.DOTALL) + "\n"
    found = {}
    for name, body in INTERFACE.findall(text):
        flat = body
        while re.search(r"[{(<\[][^{}()<>\[\]]*[})>\]]", flat):  # what is inside another type is not a member
            flat = re.sub(r"[{(<\[][^{}()<>\[\]]*[})>\]]", "", flat)
        found[name] = {member: bool(mark) for member, mark in MEMBER.findall(flat)}
    return found


MESSAGES = {**messages.OPERATIONS, **messages.ASKS}


@pytest.mark.parametrize("cls", MESSAGES.values(), ids=lambda cls: cls.__name__)
def test_every_message_has_the_same_fields_on_both_sides(cls: type) -> None:
    key = "op" if cls.__name__.startswith("Do") else "ask"
    may_be_left_out = {
        field.name: field.default is not field.default_factory for field in fields(cls)
    }  # both MISSING: needed
    expected = {key: False, **may_be_left_out}

    assert expected == interfaces()[cls.__name__]


def test_no_message_is_known_to_one_side_only() -> None:
    known = {name for name in interfaces() if re.match(r"(Do|Ask)[A-Z]", name)}

    assert {cls.__name__ for cls in MESSAGES.values()} == known


def test_what_is_asked_by_name_is_answered_to_that_name() -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    named = dict(re.findall(r'interface ((?:Do|Ask)\w+) \{\s*(?:op|ask): "(\w+)"', text))

    assert {cls.__name__: name for name, cls in MESSAGES.items()} == named


@pytest.mark.parametrize(("enum", "name"), [(messages.PartKind, "Part"), (messages.Alignment, "Alignment")])
def test_choices_are_the_same(enum: type, name: str) -> None:
    [said] = re.findall(rf"export type {name} = (.*?);", PROTOCOL.read_text(encoding="utf-8"))

    assert [item.value for item in enum] == re.findall(r'"(\w+)"', said)


def test_the_view_has_the_sections_and_fields_that_the_browser_expects(tmp_path: Path) -> None:
    session = Session.open(system_file(tmp_path))
    try:
        session._settle()
        welcome = session.welcome()
        told = interfaces()
        names = {
            "elements": "ElementView",
            "flows": "FlowView",
            "boundaries": "BoundaryView",
            "assets": "AssetView",
            "badges": "Badge",
            "questions": "QuestionView",
            "principles": "PrincipleView",
            "counts": "CountsView",
            "status": "StatusView",
            "system": "SystemView",
        }

        assert set(view.SECTIONS) == set(told["Sections"]) == set(names)
        for section, interface in names.items():
            assert welcome["view"][section], section
            for record in welcome["view"][section].values():
                assert set(record) == set(told[interface]), section
        cards = session.ask(messages.asked({"ask": "cards", "ids": []}))
        assert set(cards) == set(told["CardsAnswer"])
        assert set(cards["cards"][0]) == set(told["Card"])
        rows = session.ask(messages.asked({"ask": "register"}))["rows"]
        assert set(rows[0]) == set(told["RegisterRow"])
        copy = session.ask(messages.asked({"ask": "copy"}))
        assert set(copy) == set(told["CopyAnswer"])
        assert set(welcome["vocabulary"]) == set(told["Vocabulary"])
    finally:
        session.close()


def system_file(folder: Path) -> Path:
    """Put a worked system into a folder."""
    source = SYSTEMS / "chatbot.yaml"
    path = folder / source.name
    path.write_bytes(source.read_bytes())
    return path
