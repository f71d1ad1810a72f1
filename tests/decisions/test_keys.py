"""The keys that are written: none that two readers of YAML understand differently."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers import TODAY, decision
from nbthreat.base.errors import DocumentError
from nbthreat.decisions.register import Acceptance, Dismissal, Handling, Register, read_register, unlogged
from nbthreat.publishing.exchange.handover import Handover
from nbthreat.system import documents
from nbthreat.system.documents.nodes import RETYPED
from nbthreat.system.documents.shaping import key_of, record_fields
from nbthreat.system.model import System


def records(cls: Any, seen: set[Any]) -> Iterator[Any]:
    """A record and every record that its fields can hold."""
    seen.add(cls)
    yield cls
    for _, kind in record_fields(cls).values():
        waiting = [kind]
        while waiting:
            inner = waiting.pop()
            waiting += typing.get_args(inner)
            if is_dataclass(inner) and inner not in seen:
                yield from records(inner, seen)


@pytest.mark.parametrize("cls", [System, Register, Handover])
def test_no_key_of_a_file_is_read_as_something_else_than_text(cls: Any) -> None:
    """And no two fields of a record are written under one key."""
    found = list(records(cls, set()))

    assert len(found) >= 3
    for record in found:
        keys = [key_of(name) for name in record_fields(record)]
        assert len(keys) == len(set(keys))
        assert not [key for key in keys if RETYPED.fullmatch(key)]


ACCEPTED = Acceptance(approver="Head", on=TODAY, expires=TODAY.replace(year=2027), reason="Small.")
REGISTER = (
    Register(system="desk")
    .deciding(decision("a@x", on=TODAY, treatment="accept", acceptance=ACCEPTED))
    .dismissing(Dismissal(key="b@x", reason="Not used.", on=TODAY))
    .handled(Handling(marking="TLP:RED", by="Owner", on=TODAY))
)


def test_another_reader_of_yaml_finds_the_same_keys() -> None:
    """One of YAML 1.1, to which `on` is true."""
    read = yaml.safe_load(documents.dump(REGISTER))

    assert [TODAY] * 4 == [read["decisions"][0]["date"], read["set_aside"][0]["date"], read["handling"]["date"],
                           read["decisions"][0]["acceptance"]["date"]]  # fmt: skip


def test_a_file_with_the_old_key_reads_and_says_so_once(tmp_path: Path) -> None:
    """Its log still tells what was decided in the old words; saved, it has the new key and the same value."""
    path = tmp_path / "desk.register.yaml"
    old = documents.dump(REGISTER).replace(" date: ", " on: ").replace("; date 20", "; on 20")
    path.write_text(old, encoding="utf-8")
    document = read_register(tmp_path / "desk.yaml", id="desk")

    assert REGISTER.decisions == document.value.decisions
    assert () == unlogged(document.value)
    line = next(n for n, text in enumerate(old.splitlines(), 1) if " on: " in text)
    message = "the key 'on' is written 'date' today: some programs read it as true. Saving rewrites it."
    assert [f"{path}:{line}: {message}"] == list(map(str, document.notes))

    saved = documents.save(document, document.value)
    assert " on: " not in saved.text
    assert () == read_register(tmp_path / "desk.yaml", id="desk").notes


def test_both_keys_at_once_are_refused(tmp_path: Path) -> None:
    """They are one."""
    text = documents.dump(REGISTER).replace("    date: 2026-11-30\n", "    date: 2026-11-30\n    on: 2026-12-01\n", 1)
    (tmp_path / "desk.register.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError, match=r"says 'date' and 'on', which are one\. Keep one"):
        read_register(tmp_path / "desk.yaml", id="desk")
