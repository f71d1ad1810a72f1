"""The protocol: what the browser may send and is shown is the same list on both sides."""

from __future__ import annotations

import enum
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from helpers import CHECKOUT, SYSTEMS
from nbthreat.base.errors import NbthreatError
from nbthreat.workbench import protocol
from nbthreat.workbench.editing import messages, shapes, view
from nbthreat.workbench.editing.session import Session

PROTOCOL = CHECKOUT / "src" / "frontend" / "src" / "shell" / "protocol.ts"


def test_the_front_end_has_what_python_says_now() -> None:
    """The file in the front end is the one that would be made now."""
    assert protocol.typescript() == PROTOCOL.read_text(encoding="utf-8")


def test_a_protocol_that_is_out_of_date_is_told(tmp_path: Path) -> None:
    """The check ends with 1 and says how to make it anew; for the present one it ends with 0 and says nothing."""
    old = tmp_path / "protocol.ts"
    old.write_text(protocol.typescript().replace("DoUndo", "DoUnmake"), encoding="utf-8")

    def check(path: Path) -> tuple[int, str]:
        command = [sys.executable, "-m", "nbthreat.workbench.protocol", "--check", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert (0, "") == check(PROTOCOL)
    code, said = check(old)
    assert 1 == code
    assert "python -m nbthreat.workbench.protocol >" in said
    assert 1 == check(tmp_path / "none.ts")[0]


def test_what_has_no_type_in_the_browser_is_refused() -> None:
    """A record with a type that nobody thought of stops the making instead of writing something else."""

    @dataclass
    class DoHarm:
        op = "harm"
        how: complex

    with pytest.raises(NbthreatError, match="complex"):
        list(protocol._members(DoHarm))


def test_every_message_and_every_closed_set_is_in_the_protocol() -> None:
    """Each operation and question by its name, and each enumeration that one of them holds."""
    text = protocol.typescript()

    for name, cls in {**messages.OPERATIONS, **messages.ASKS}.items():
        assert f"export interface {cls.__name__} {{" in text
        assert f': "{name}"' in text
    for choice in vars(messages).values():
        if isinstance(choice, type) and issubclass(choice, enum.Enum) and choice.__module__ == messages.__name__:
            assert choice in protocol._CHOICES


def fits(kind: Any, value: Any) -> bool:
    """Return whether plain data is what a shape says it is, to its last field."""
    origin, args = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
        if not isinstance(value, dict) or not needed <= set(value) <= set(hints):
            return False
        kinds = get_type_hints(kind)
        return all(fits(kinds[name], item) for name, item in value.items())
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return value in [member.value for member in kind]
    if origin is protocol.Literal:
        return value in args
    if origin in (protocol.Union, protocol.types.UnionType):
        return any(fits(arg, value) for arg in args)
    if origin is protocol.Mapping:
        return isinstance(value, dict) and all(fits(args[0], key) and fits(args[1], value[key]) for key in value)
    if origin is protocol.Sequence:
        return isinstance(value, list | tuple) and all(fits(args[0], item) for item in value)
    if origin is tuple:
        return len(args) == len(value) and all(map(fits, args, value))
    if kind in protocol._RECORDS:
        return isinstance(value, dict) and set(value) <= set(protocol.record_fields(kind))
    if kind is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def test_what_pages_are_told_has_the_fields_and_types_of_the_protocol(tmp_path: Path) -> None:
    """The view, section by section, and every answer, checked to the last field."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes((SYSTEMS / path.name).read_bytes())
    session = Session.open(path)
    try:
        key = session.assessment.findings[0].key
        decided = {"op": "decide", "key": key, "treatment": "mitigate", "owner": "A", "rationale": "r"}
        for done in (
            decided,
            {"op": "tolerance", "appetite": 1, "tolerance": 3},
            {"op": "schedule", "next": "9999-01-01", "triggers": ["model"]},
            {"op": "review"},
        ):
            session.do(messages.operation(done), by="Risk owner")
        session._background.settle()
        shown = session.welcome()["view"]
        answers = {
            shapes.CardsAnswer: {"ask": "cards", "ids": []},
            shapes.PreviewAnswer: {"ask": "preview", "op": {"op": "remove", "ids": ["assistant"]}},
            shapes.WhyAnswer: {"ask": "why", "key": key},
            shapes.RegisterAnswer: {"ask": "register"},
            shapes.CopyAnswer: {"ask": "copy"},
            shapes.HistoryAnswer: {"ask": "history"},
            shapes.PrincipleAnswer: {"ask": "principle", "number": 1},
        }

        assert set(view.SECTIONS) == set(get_type_hints(shapes.Sections))
        for section, kind in get_type_hints(shapes.Sections).items():
            assert shown[section], section
            assert fits(kind, shown[section]), section
        assert fits(shapes.VocabularyView, session.welcome()["vocabulary"])
        for kind, asked in answers.items():
            assert fits(kind, session.ask(messages.asked(asked))), kind
        register = session.ask(messages.asked({"ask": "register"}))
        assert ("9999-01-01", 3) == (register["schedule"]["next"], register["tolerance"]["tolerance"])
        assert "Risk owner" == register["reviewed"]["by"]
    finally:
        session.close()
