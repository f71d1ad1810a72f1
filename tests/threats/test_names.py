"""Names: a slip of the pen in a system is told wherever the system meets a library, and nowhere taken for silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbthreat
from helpers import TODAY, desk, library
from nbthreat.base.errors import DocumentError, ModelError
from nbthreat.system import documents
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.library import Library, names
from nbthreat.threats.matching import match
from small_pack import small_project

OF_THE_MODEL = {
    "Asset": {"id", "name", "personal", "note"},
    "TrustBoundary": {"id", "name", "within", "note"},
    "Element": {"id", "name", "boundary", "holds", "settings", "note"},
    "Flow": {"id", "name", "source", "target", "carries", "note"},
    "System": {"id", "name", "version", "owner", "purpose", "layout", *names.PARTS},
}
"""Fields whose words are people's own, or ids that the model holds against the rest of the system."""


def drawn() -> System:
    """The help desk, with something said in every field that holds names."""
    system = desk()
    said = replace(system.elements[2], facts=FrozenMap({"online-learning": False}))
    return replace(
        system,
        facts=FrozenMap({"decides-about-people": False}),
        controls=FrozenMap({"incident-plan": True}),
        elements=(*system.elements[:2], said),
        flows=(replace(system.flows[0], controls=FrozenMap({"encryption": True})), system.flows[1]),
    )


def fields_with_names() -> list[tuple[str, str, bool]]:
    """Every field of names and of closed sets: (field of the system, field there, whether it is of a closed set)."""
    found = []
    for part, cls in ((None, System), *names.PARTS.items()):
        found += [(part or "", name, False) for name in names.FIELDS[cls]]
        for name, (_, kind) in record_fields(cls).items():
            if any(isinstance(member, type) and issubclass(member, Enum) for member in (kind, *get_args(kind))):
                found.append((part or "", name, True))
    return found


def misspelt(system: System, part: str, field: str, wrong: str) -> System:
    """The system with a wrong name in a field, of its last thing in a part or of itself."""
    thing: Any = getattr(system, part)[-1] if part else system
    said = getattr(thing, field)
    kind = str(record_fields(type(thing))[field][1])
    value: Any = wrong
    if "FrozenMap" in kind:
        value = FrozenMap({**said, wrong: True})
    elif "tuple" in kind:
        value = (*(said or ()), wrong)
    changed = replace(thing, **{field: value})
    return replace(system, **{part: (*getattr(system, part)[:-1], changed)}) if part else changed


def test_every_field_of_a_system_is_held_against_the_library_or_the_model() -> None:
    """A field that is added to a record is in neither list, and fails here."""
    for cls, checked in names.FIELDS.items():
        closed = set(names._CLOSED[cls])
        assert set(record_fields(cls)) == {*checked, *closed, *OF_THE_MODEL[cls.__name__]}, cls.__name__


@pytest.mark.parametrize(("part", "field", "closed"), fields_with_names())
@settings(max_examples=20, deadline=None)  # one word is much like another
@given(data=st.data())
def test_a_wrong_name_raises_in_whatever_field_it_stands(
    part: str,
    field: str,
    closed: bool,  # noqa: FBT001 - a column of a table
    data: st.DataObject,
) -> None:
    """Also where the same library has just found the rest of the system right."""
    wrong = data.draw(st.from_regex(r"zq[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True))
    library().checked(drawn())

    with pytest.raises(ModelError) as raised:  # of a closed set as soon as it is said, of the library where they meet
        match(misspelt(drawn(), part, field, wrong), library())

    assert wrong in str(raised.value)
    assert field in {place for problem in raised.value.problems for place in problem.place}
    assert closed == ("must be one of" in str(raised.value))
    library().checked(drawn())


@pytest.mark.parametrize(
    ("part", "field", "name", "meant"),
    [
        ("elements", "technology", "hosted-lm", "hosted-llm"),
        ("elements", "provides", "txt", "text"),
        ("elements", "needs", "imge", "image"),
        ("elements", "controls", "input-screning", "input-screening"),
        ("elements", "facts", "online-lerning", "online-learning"),
        ("flows", "controls", "encrypton", "encryption"),
        ("assets", "kind", "user-inptu", "user-input"),
        ("assets", "sensitivity", "confidental", "confidential"),
        ("boundaries", "trust", "hgih", "high"),
        ("", "controls", "incident-pln", "incident-plan"),
        ("", "stakes", "critcal", "critical"),
        ("", "lifecycle", "deploymnt", "deployment"),
    ],
)
def test_the_nearest_name_is_offered_and_the_part_named(part: str, field: str, name: str, meant: str) -> None:
    """In one sentence: where, what was found, and what would do."""
    system = drawn()
    record = getattr(system, part)[-1] if part else system
    is_closed = field in names._CLOSED[type(record)]

    with pytest.raises(ModelError) as raised:
        nbthreat.assess(misspelt(system, part, field, name), library(), today=TODAY)

    [message] = str(raised.value).split("; ")
    assert message.startswith(f"{field} must be one of " if is_closed else f"{record.id}: ")
    assert f"Did you mean '{meant}'?" in message


def test_python_and_yaml_say_the_same_words(tmp_path: Path) -> None:
    """The file says its line where Python names the part."""
    system = misspelt(misspelt(drawn(), "elements", "controls", "input-screning"), "assets", "kind", "user-inptu")
    path = tmp_path / "desk.yaml"
    path.write_text(documents.dump(system), encoding="utf-8")

    with pytest.raises(ModelError) as in_python:
        match(system, library())
    with pytest.raises(DocumentError) as in_yaml:
        library().read_system(path)

    said = [message.partition(": ")[2] for message in str(in_python.value).split("; ")]
    assert sorted(said) == sorted(fault.message for fault in in_yaml.value.faults)


def test_a_pack_and_an_override_that_were_not_read_are_told(tmp_path: Path) -> None:
    """By the near name of one that was."""
    path = small_project(tmp_path) / "systems" / "desk.yaml"
    packed = Library.for_system(path)
    system = packed.read_system(path).value

    with pytest.raises(ModelError, match=r"the pack '\.\./owrs' was not read yet\..*Did you mean '\.\./ours'\?"):
        match(replace(system, packs=("../owrs",)), packed)
    with pytest.raises(ModelError, match="no longer names the pack"):
        match(replace(system, packs=()), packed)
    with pytest.raises(ModelError, match="no pack of this system overrides 'evasion'"):
        match(replace(system, overrides=("evasion",)), packed)


@pytest.mark.parametrize("answer", ["no", "yes", None, 2, 0])
def test_an_answer_is_true_or_false(answer: Any) -> None:
    """A word is no answer: 'no' would count as a yes."""
    system = drawn()
    element = replace(system.elements[-1], controls=FrozenMap({"unused-capability-block": answer}))

    with pytest.raises(ModelError, match="unused-capability-block must be true or false"):
        match(replace(system, elements=(*system.elements[:-1], element)), library())


def test_a_name_that_cannot_be_said_there_is_told() -> None:
    """As in a file."""
    system = replace(drawn(), controls=FrozenMap({"unused-capability-block": True}))

    with pytest.raises(ModelError, match="control 'unused-capability-block' cannot be said of the system"):
        match(system, library())


def test_what_one_library_knows_another_need_not() -> None:
    """Right for one library is not right for the next."""
    system = drawn()
    match(system, library())
    vocabulary = replace(library().vocabulary, capabilities=frozenset())

    with pytest.raises(ModelError, match="unknown capability"):
        match(system, replace(library(), vocabulary=vocabulary))


def test_all_ways_into_the_package_tell_it() -> None:
    """Assessing, matching and upgrading."""
    from nbthreat.decisions.register import Register
    from nbthreat.decisions.upgrade import upgrade

    system = misspelt(drawn(), "elements", "technology", "hosted-lm")
    today = date(2026, 11, 30)
    for way in (
        lambda: nbthreat.match(system, library()),
        lambda: nbthreat.assess(system, library(), today=today),
        lambda: nbthreat.assess(system, today=today),
        lambda: upgrade(system, library(), library(), Register(system=system.id), today=today),
        lambda: library().checked(system),
    ):
        with pytest.raises(ModelError, match="hosted-llm"):
            way()
