"""Documents: what is read, how it is refused, how it is written, and how it is saved."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import os
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nbthreat.base.errors import Conflict, DocumentError, NbthreatError, Problem
from nbthreat.base.risk import Stakes
from nbthreat.system import documents
from nbthreat.system.documents import nodes, writing
from nbthreat.system.model import (
    Answers,
    Asset,
    Element,
    Flow,
    FrozenMap,
    Lifecycle,
    Sensitivity,
    System,
    Trust,
    TrustBoundary,
)
from random_systems import maybe

THOROUGHLY = settings(
    derandomize=True,
    deadline=None,
    max_examples=300,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples every time, so that a failure stays until it is mended."""

HEAD = "nbthreat: 1\nid: desk\nname: Help desk\n"
DESK = """\
# ours, and nobody else's
nbthreat: 1
id: desk
name: Help desk  # as people say
version: "2.1"
stakes: high  # money moves

facts:
  public-service: true  # since May

assets:
  - id: question
    kind: user-input
    sensitivity: internal

boundaries:
  - id: office
    trust: high

elements:
  # who asks
  - id: customer
    technology: end-user

  # what answers
  - id: assistant  # the one on the web page
    name: Assistant
    technology: own-llm
    boundary: office
    holds: [question]  # for a day
    settings:
      model: large-3

flows:
  - id: ask
    source: customer
    target: assistant
    carries: [question]

layout:
  customer: [10, 20.5]
# the end
"""


def loads(text: str | bytes, name: str = "desk.yaml") -> System:
    """Return the system in `text`."""
    data = text if isinstance(text, bytes) else text.encode()
    return documents.loads(System, data, Path(name)).value


def faults(text: str | bytes) -> list[str]:
    """Return what is wrong with `text`, as 'line: message', in order of lines."""
    with pytest.raises(DocumentError) as caught:
        loads(text)
    assert {"desk.yaml"} == {fault.file for fault in caught.value.faults}
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]


def only_fault(text: str | bytes) -> str:
    """Return the one thing that is wrong with `text`."""
    found = faults(text)
    assert 1 == len(found), found
    return found[0]


def read(folder: Path, text: str = DESK) -> documents.Document[System]:
    """Return the document of a file of that text in `folder`."""
    path = folder / "desk.yaml"
    path.write_bytes(text.encode())
    return documents.read(System, path)


def renamed(document: documents.Document[System], name: str = "Service desk") -> System:
    """Return the system of a document under another name."""
    return replace(document.value, name=name)


def left_over(folder: Path) -> list[str]:
    """Return the names of the files in `folder` that are neither the model file nor its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name not in {"desk.yaml", ".desk.yaml.lock"})


@contextlib.contextmanager
def nobody_special() -> Iterator[Path]:
    """Give a folder, and run as somebody whom permissions bind, even where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid():
            yield folder
            return
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(0)


# Reading


def test_a_file_is_read_into_a_value() -> None:
    """Every section arrives, in its own type; what was not said stays unknown."""
    system = loads(DESK)

    assert ("desk", "Help desk", "2.1", Stakes.HIGH, None) == (
        system.id,
        system.name,
        system.version,
        system.stakes,
        system.lifecycle,
    )
    assert Answers({"public-service": True}) == system.facts
    assert Element(id="customer", technology="end-user") == system.element("customer")
    assert ("question",) == system.element("assistant").holds
    assert FrozenMap({"model": "large-3"}) == system.element("assistant").settings
    assert FrozenMap({"customer": (10.0, 20.5)}) == system.layout


def test_every_fault_is_told_at_once() -> None:
    """A person who mends what was told does not meet a second list."""
    text = (
        "nbthreat: 1\n"
        "id: Desk One\n"
        "name: 12\n"
        "stakes: hihg\n"
        "elemnts: []\n"
        "assets:\n"
        "  - id: question\n"
        "    sensitivity: secret\n"
        "flows:\n"
        "  - {id: ask, source: a, traget: b}\n"
    )

    found = faults(text)

    assert [3, 4, 5, 7, 8, 10, 10] == [int(line.partition(":")[0]) for line in found]
    assert "3: name must be text, and '12' could be read as something else. Quote it." == found[0]
    assert "Did you mean 'high'?" in found[1]
    assert "5: unknown key 'elemnts' in system. Did you mean 'elements'?" == found[2]
    assert "has no kind. Add 'kind: …'." in found[3]
    assert "one of public, internal, confidential, restricted" in found[4]
    assert ["target", "traget"] == sorted(name for name in ("target", "traget") if name in found[5] + found[6])


def test_what_the_value_refuses_is_told_at_its_line() -> None:
    """Dangling names and double ids are faults of a line, with the nearest name that would do."""
    text = (
        f"{HEAD}elements:\n"
        "  - {id: assistant, technology: own-llm, boundary: offce}\n"
        "  - {id: assistant, technology: own-llm}\n"
        "boundaries:\n"
        "  - {id: office}\n"
        "flows:\n"
        "  - id: ask\n"
        "    source: assistent\n"
        "    target: assistant\n"
    )

    found = faults(text)

    assert [
        "5: there is no boundary 'offce'. Did you mean 'office'?",
        "6: id 'assistant' is used twice, first in elements. Ids are one of a kind. The first is on line 5.",
        "11: there is no element 'assistent'. Did you mean 'assistant'?",
    ] == found


def test_a_message_begins_with_file_and_line() -> None:
    """An editor can jump to it."""
    with pytest.raises(DocumentError) as caught:
        loads(f"{HEAD}owner: 7\n", "models/desk.yaml")

    assert str(caught.value).startswith("models/desk.yaml:4: owner ")


def readers() -> tuple[Callable[[str], object], ...]:
    """Return readers of what 'a' is: of YAML 1.1, of YAML 1.1 by another author, and of YAML 1.2."""
    found: list[Callable[[str], object]] = [lambda text: yaml.load(text, Loader=yaml.SafeLoader)["a"]]
    for version in ((1, 1), (1, 2)):
        reader = ruamel.yaml.YAML(typ="safe", pure=True)
        reader.version = version
        found.append(lambda text, reader=reader: reader.load(text)["a"])  # type: ignore[misc]
    return tuple(found)


READERS = readers()
RETYPED = (
    "yes",
    "no",
    "NO",
    "on",
    "off",
    "true",
    "012",
    "1e3",
    "1:30",
    "2026-01-01",
    "0x1f",
    "3.10",
    "1_0",
    ".5",
    ".nan",
)


@pytest.mark.parametrize("word", RETYPED)
def test_text_that_yaml_takes_for_something_else_must_be_quoted(word: str) -> None:
    """Norway is not false, and 3.10 is not 3.1: the file says what is meant."""
    assert re.fullmatch(r"4: version must be text.*Quote it\.", only_fault(f"{HEAD}version: {word}\n"))
    assert word == loads(f'{HEAD}version: "{word}"\n').version


@settings(THOROUGHLY, max_examples=1_000)
@given(st.text("0179eEabfnosyNOY.+-_:x~=<t ", max_size=8) | st.sampled_from([*RETYPED, "e1", "E2", "e0", "0o17", "~"]))
def test_a_bare_word_is_read_as_every_reader_of_yaml_reads_it(word: str) -> None:
    """By YAML 1.1 and 1.2: what any takes for a number, a date or a yes is refused, and is quoted when written."""
    written = writing.scalar(word)
    for read_as in READERS:
        assert word == read_as(f"a: {written}\n")
    try:
        ours = loads(f"{HEAD}version: {word}\n").version
    except DocumentError:
        return
    assert [ours] * len(READERS) == [read_as(f"a: {word}\n") for read_as in READERS]


@pytest.mark.parametrize("id", ["e1", "e2", "e0", "e10", "e", "1e", "0x", "e-1"])
def test_ids_with_an_e_are_text(id: str) -> None:
    """An edge called e1 is no number to anybody, in an id, a name, a key or a list."""
    text = f"nbthreat: 1\nid: {id}\nname: {id.upper()}\nfacts: {{{id}: true}}\npacks: [{id}]\n"

    system = loads(text)

    assert (id, id.upper(), [id], (id,)) == (system.id, system.name, list(system.facts), system.packs)
    assert f"id: {id}\n" in documents.dump(system)


@pytest.mark.parametrize("key", ["stakes", "assets", "elements", "layout", "facts", "owner"])
@pytest.mark.parametrize("nothing", ["", " ~", " null"])
def test_a_key_without_a_value_is_refused(key: str, nothing: str) -> None:
    """Nothing is neither 'none' nor 'not known': one of the two must be said."""
    assert only_fault(f"{HEAD}{key}:{nothing}\n").startswith(f"4: {key} ")


def test_an_empty_list_is_not_the_same_as_nothing_said() -> None:
    """`holds: []` says that it holds nothing."""
    system = loads(f"{HEAD}elements:\n  - {{id: a, technology: t, holds: []}}\n  - {{id: b, technology: t}}\n")

    assert [(), None] == [element.holds for element in system.elements]


@pytest.mark.parametrize("answer", ["yes", '"true"', "True", "1", "[true]", "maybe"])
def test_an_answer_is_true_or_false(answer: str) -> None:
    """Other spellings are refused, not guessed at."""
    assert "5: public must be true or false" in only_fault(f"{HEAD}facts:\n  public: {answer}\n")


@pytest.mark.parametrize("number", [".nan", ".inf", "1e999", "1e7", '"5"', "9" * 5000, "0x10"])
def test_a_position_is_two_finite_numbers(number: str) -> None:
    """Nothing a canvas cannot draw is read."""
    text = f"{HEAD}elements: [{{id: a, technology: t}}]\nlayout:\n  a: [1, {number}]\n"

    found = only_fault(text)

    assert found.startswith("6: ")
    assert len(found) < 250


def test_settings_keep_the_type_they_were_written_in() -> None:
    """A number stays a number, a quoted one stays text."""
    text = (
        f"{HEAD}elements:\n  - id: a\n    technology: t\n    settings: {{n: 3, x: 0.5, on: true, v: '3', w: large}}\n"
    )

    assert {"n": 3, "x": 0.5, "on": True, "v": "3", "w": "large"} == dict(loads(text).elements[0].settings)


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    """The last one never wins in silence, nor one that only looks different."""
    assert "4: key 'name' stands twice, first on line 3. Keep one." == only_fault(f"{HEAD}name: Other\n")
    assert "stands twice, first on line 5" in only_fault(f"{HEAD}facts:\n  caf\u00e9: true\n  cafe\u0301: true\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("owner: &me A\n", "4: anchors (&) and aliases (*) are not read here. Write the value out."),
        ("owner: &me A\npurpose: *me\n", "5: anchors (&) and aliases (*) are not read here. Write the value out."),
        ("facts:\n  <<: {a: true}\n", "5: merge keys (<<) are not read here. Write the values out."),
        ("owner: !!python/name:os.system\n", "4: tag 'tag:yaml.org,2002:python/name:os.system' is not read here."),
        ("owner: !include /etc/hostname\n", "4: tag '!include' is not read here. Leave it out."),
        ("owner: !!binary R0lGODlh\n", "4: tag 'tag:yaml.org,2002:binary' is not read here."),
        ("1: x\n", "4: key '1' is not text. Quote it, or write a name."),
        ("~: x\n", "4: key '~' is not text. Quote it, or write a name."),
        ("? [a, b]\n: x\n", "4: key a collection is not text. Quote it, or write a name."),
        ("---\nname: Other\n", "4: more than one document in the file ('---'). Keep one."),
        ("elements: " + "[" * 40 + "]" * 40 + "\n", "4: nested deeper than 32 levels. Write it flatter."),
        ("owner: [a\n", "not YAML:"),
        ("\towner: a\n", "4: a tab (U+0009) stands in the indentation. Indent with spaces."),
        ('owner: "a\\x00b"\n', "4: holds the control or non-character U+0000, which no name needs. Remove it."),
        ('owner: "a\\x9bb"\n', "4: holds the control or non-character U+009B, which no name needs. Remove it."),
        ("owner: a\x07b\n", "4: holds the control or non-character U+0007, which no name needs. Remove it."),
    ],
)
def test_what_yaml_can_do_and_a_model_file_never_needs_is_refused(text: str, told: str) -> None:
    """Each at its line, in words that say what to do."""
    assert any(found.startswith(told) or told in found for found in faults(HEAD + text)), faults(HEAD + text)


def test_several_things_that_yaml_can_do_are_refused_at_once() -> None:
    """Anchors, tags, merge keys and doubles are one list."""
    text = f"{HEAD}owner: &a A\npurpose: *a\nfacts:\n  <<: {{x: true}}\nversion: !v 1\nname: Twice\n"

    assert [4, 5, 7, 8, 9] == [int(found.partition(":")[0]) for found in faults(text)]


@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_thirty_thousand_brackets_are_refused_and_nothing_falls_over(bracket: str) -> None:
    """Depth is counted, not felt on the machine's stack."""
    opening = {"[]": "[", "{}": "{a: "}[bracket] * 30_000

    assert "4: nested deeper than 32 levels. Write it flatter." == only_fault(
        f"{HEAD}elements: {opening}{bracket[1] * 30_000}\n"
    )


WIDE = {"\u00a0": "a no-break space", "\u2003": "an em space", "\u202f": "a narrow no-break space"} | {
    "\u3000": "an ideographic space",
    "\u1680": "an ogham space mark",
}
NARROW = {"\u200b": "a zero width space", "\u2060": "a word joiner", "\u200d": "a zero width joiner"} | {
    "\ufeff": "a zero width no-break space",
    "\u00ad": "a soft hyphen",
    "\u200f": "a right-to-left mark",
}
STRUCTURES = {
    "after the colon of a key": (f"{HEAD}owner:@Team\npurpose: b\n", 4),
    "after the last colon": (f"{HEAD}owner:@Team\n", 4),
    "after an indented colon": (f"{HEAD}facts:\n  public:@true\n  private: true\n", 5),
    "before the colon": (f"{HEAD}owner@: Team\n", 4),
    "inside a key": (f"{HEAD}ow@ner: Team\n", 4),
    "before a key": ("nbthreat: 1\n@id: desk\nname: Desk\n", 2),
    "before the first key": ("nbthreat: 1\nid: desk\n@name: Desk\n", 3),
    "in the indentation": (f"{HEAD}elements:\n  - id: a\n  @ technology: b\n", 6),
    "at the start of the indentation": (f"{HEAD}elements:\n  - id: a\n@   technology: b\n", 6),
    "behind a dash": (f"{HEAD}elements:\n  -@id: a\n    technology: b\n", 5),
    "before a dash": (f"{HEAD}elements:\n@ - id: a\n    technology: b\n", 5),
    "before a word that must be one of a few": (f"{HEAD}stakes: @high\n", 4),
}


@pytest.mark.parametrize("character", [*WIDE, *NARROW], ids=lambda character: f"U+{ord(character):04X}")
@pytest.mark.parametrize("where", STRUCTURES)
def test_a_character_nobody_sees_is_named_on_its_line(where: str, character: str) -> None:
    """By name and code point, with what to do, wherever it keeps a file from being read."""
    text, line = STRUCTURES[where]
    name = (WIDE | NARROW)[character]
    if character == "\ufeff" and "\n@ " in text:
        assert "a" == loads(text.replace("@", character)).elements[0].id  # YAML lets it begin a line
        return

    told = [fault for fault in faults(text.replace("@", character)) if fault.startswith(f"{line}: ")]

    assert 1 == len(told)
    assert f"{name} (U+{ord(character):04X})" in told[0]
    assert ("ordinary space" if character in WIDE else "elete it") in told[0]


@pytest.mark.parametrize("count", [2, 5])
def test_all_such_characters_are_told_at_once(count: int) -> None:
    """A text pasted from a page has them everywhere; a person who mends what was told does not meet a second list."""
    text = HEAD + "".join(f"{key}:\u00a0A\n" for key in ("owner", "purpose", "version", "x", "y")[:count])

    assert list(range(4, 4 + count)) == [int(fault.partition(":")[0]) for fault in faults(text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("elements:\n\t- id: a\n\t  technology: t\n", [5, 6]),
        ("elements:\n  - id: a\n\t  technology: t\n", [6]),
        ("elements:\n  -\tid: a\n    technology: t\n", [5]),
        ("facts:\n \tpublic: true\n", [5]),
    ],
)
def test_a_tab_in_the_indentation_is_named(text: str, lines: list[int]) -> None:
    """An editor shows it as spaces; YAML takes it for none."""
    told = faults(HEAD + text)

    assert [f"{line}: a tab (U+0009) stands in the indentation. Indent with spaces." for line in lines] == told


@pytest.mark.parametrize("character", [*WIDE, *NARROW, "\t"], ids=lambda character: f"U+{ord(character):04X}")
def test_a_character_that_is_not_to_blame_is_not_blamed(character: str) -> None:
    """What stands inside a text is the author's; another fault of the file is told in its own words."""
    text = f"{HEAD}purpose: |\n  owner:{character}b {character} c\n  {character}d\n"

    assert f"owner:{character}b {character} c\n{character}d\n" == loads(text).purpose
    assert only_fault(f"{text}owner: 'a\n").partition(": ")[2].startswith("not YAML: ")
    assert "7: version must be text, and '1' could be read as something else. Quote it." == only_fault(
        f"{text}version: 1\n"
    )


def test_a_merge_conflict_is_called_by_its_name() -> None:
    """Not a riddle about YAML."""
    text = f"{HEAD}<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> theirs\n"

    message = "To choose a side loses what the other decided: `nbthreat merge FILE` brings both together."
    assert f"4: unresolved git merge conflict. {message}" == only_fault(text)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "1: the file is empty."),
        (b" \n\n", "1: the file is empty."),
        (b"# nothing\n", "1: the file holds nothing but comments."),
        (b"- a\n", "1: the top level must be a mapping: keys and values."),
        (b"text\n", "1: the top level must be a mapping: keys and values."),
        (b"name: x\n", "1: the file does not say which format it is in. Begin it with 'nbthreat: 1'."),
        (HEAD.encode() + b"owner: caf\xe9\n", "4: not UTF-8 text: byte 47 cannot be read. Save the file as UTF-8."),
        (b"#" * 5_000_001, "1: the file has 5000001 bytes; at most 5000000 are read."),
    ],
)
def test_what_is_no_model_file_is_told_in_one_line(data: bytes, told: str) -> None:
    """Empty, foreign, too large: said plainly."""
    assert told == only_fault(data)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_called_by_its_name(encoding: str) -> None:
    """Nobody could say for sure what it is; a person is told what it looks like, not of a U+0000."""
    text = HEAD.replace("Help", "Häl")

    assert "1: not UTF-8 text: it looks like UTF-16; save it as UTF-8." == only_fault(text.encode(encoding))
    assert "U+0000" in faults(f"{HEAD}owner: a\0\n")[0]


def test_utf_16_is_read_with_a_note() -> None:
    """What an old editor saved is not lost, and its author learns what will happen to it."""
    document = documents.loads(System, HEAD.replace("Help", "Häl").encode("utf-16"), Path("desk.yaml"))

    assert "Häl desk" == document.value.name
    assert ["desk.yaml:1: written as UTF-16; it will be saved as UTF-8."] == [str(note) for note in document.notes]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_byte_order_marks_do_not_matter(ending: str, mark: str) -> None:
    """The same value, from whatever editor."""
    assert loads(DESK) == loads(mark + DESK.replace("\n", ending))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_alike_whatever_ends_them(ending: str) -> None:
    """A fault is told on the line an editor shows."""
    assert only_fault(f"{HEAD}owner: 7\n".replace("\n", ending)).startswith("4: ")
    assert only_fault(f"{HEAD}owner: a\x07\n".replace("\n", ending)).startswith("4: ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("safe\u202egnp.exe", "U+202E"),
        ("ad\u200bmin", "U+200B"),
        ("a\U000e0069b", "U+E0069"),
        ("Z" + "\u0301" * 50, "stacks 50 accents on one letter"),
    ],
)
def test_what_deceives_the_eye_is_read_with_a_note(name: str, told: str) -> None:
    """Real names hold such characters, so it is not refused; false ones do too, so it is said."""
    document = documents.loads(System, f"{HEAD}owner: {name}\n".encode(), Path("desk.yaml"))

    assert name == document.value.owner
    assert [4] == [note.line for note in document.notes]
    assert told in document.notes[0].message


def test_a_check_is_not_asked_without_end() -> None:
    """What a caller finds wrong is cut off where nobody reads on; what the value refuses is told all the same."""
    asked: list[int] = []

    def endless(_: System) -> Iterator[Problem]:
        while True:
            asked.append(len(asked))
            yield Problem(("name",), f"wrong in way {len(asked)}.")

    with pytest.raises(DocumentError) as caught:
        documents.loads(System, f"{HEAD}layout: {{nobody: [1, 2]}}\n".encode(), Path("desk.yaml"), check=endless)

    assert len(asked) <= 1_000
    assert caught.value.faults[-1].message.startswith("there is no element 'nobody'.")


def test_a_newer_format_is_refused_so_that_it_cannot_be_saved_over(tmp_path: Path) -> None:
    """What this release does not know it does not touch."""
    path = tmp_path / "desk.yaml"
    path.write_text(HEAD.replace("nbthreat: 1", "nbthreat: 2"))

    with pytest.raises(DocumentError, match="made by a newer nbthreat") as caught:
        documents.read(System, path)

    assert [1] == [fault.line for fault in caught.value.faults]


@pytest.mark.parametrize("number", ["0", "-1", "latest", '"1"', "1.0", "[1]", "9" * 5000, "\u0661"])
def test_the_number_of_the_format_is_a_number(number: str) -> None:
    """Anything else is refused in words."""
    told = only_fault(HEAD.replace("nbthreat: 1", f"nbthreat: {number}"))

    assert "1: nbthreat must be the number of the file format, such as 1." == told


def with_owner(root: nodes.Mapping) -> nodes.Mapping:
    """Change nodes of format 1, which said 'team', into nodes of format 2, which say 'owner'."""
    entries = tuple(replace(entry, key="owner") if entry.key == "team" else entry for entry in root.entries)
    return replace(root, entries=entries)


def test_an_older_format_is_migrated_while_it_is_read(tmp_path: Path) -> None:
    """Reading changes the value, never the file; lines stay those of the file."""
    path = tmp_path / "desk.yaml"
    path.write_text(f"{HEAD}team: Support\n")

    document = documents.read(System, path, migrations={1: with_owner})

    assert "Support" == document.value.owner
    assert f"{HEAD}team: Support\n" == path.read_text()
    with pytest.raises(DocumentError, match=r"desk\.yaml:4: owner must be text"):
        documents.loads(System, f"{HEAD}team: 7\n".encode(), path, migrations={1: with_owner})


def test_migrations_follow_one_another() -> None:
    """From any format that ever was to the newest, and no further."""
    migrations = {1: with_owner, 2: lambda root: replace(root, entries=root.entries[:-1])}
    texts = {n: f"nbthreat: {n}\nid: desk\nname: Desk\n" for n in (1, 2, 3)}
    old = documents.loads(System, (texts[1] + "team: Support\n").encode(), Path("a"), migrations=migrations)
    middle = documents.loads(System, (texts[2] + "owner: Support\n").encode(), Path("a"), migrations=migrations)
    newest = documents.loads(System, (texts[3] + "owner: Support\n").encode(), Path("a"), migrations=migrations)

    assert ["", "", "Support"] == [document.value.owner for document in (old, middle, newest)]
    with pytest.raises(DocumentError, match="this one knows up to 3"):
        documents.loads(System, b"nbthreat: 4\nid: desk\nname: Desk\n", Path("a"), migrations=migrations)


def test_a_long_list_of_faults_is_cut_to_what_a_person_reads() -> None:
    """At most 4,000 bytes, however long and wide the names are; the value carries all of them."""
    text = HEAD + "".join(f"{'威' * 79}{n}: x\n" for n in range(100))

    with pytest.raises(DocumentError) as caught:
        loads(text)

    assert 100 == len(caught.value.faults)
    assert "more faults" in str(caught.value)
    assert len(str(caught.value).encode()) <= 4_000


@pytest.mark.parametrize("path", ["a\x1b[31m.yaml", "a\u202eb.yaml", "a\n:1: all is well.yaml"])
def test_a_file_name_cannot_write_to_the_terminal(path: str) -> None:
    """Control characters in a file's name are shown, not sent."""
    with pytest.raises(DocumentError) as caught:
        documents.loads(System, b"- a\n", Path(path))

    assert [str(caught.value)] == str(caught.value).splitlines()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["absent.yaml", "folder", "desk.yaml/inside", "a\0b.yaml", "a" * 5000])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, name: str) -> None:
    """No such file, a folder, a name no file can have: one clear line."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "desk.yaml").write_text(DESK)

    with pytest.raises(DocumentError, match="cannot be read: ") as caught:
        documents.read(System, tmp_path / name)

    assert [(str(tmp_path / name), 1)] == [(fault.file, fault.line) for fault in caught.value.faults]


def test_a_file_that_cannot_be_read_is_named_as_it_was_given() -> None:
    """Without quotes round it, so that an editor can jump to it; however long it is within reason."""
    path = f"models/{'a' * 100}/it's here.yaml"

    with pytest.raises(DocumentError) as caught:
        documents.read(System, path)

    assert f"{path}:1: cannot be read: No such file or directory." == str(caught.value)


def no_agents(system: System) -> Iterator[Problem]:
    """A rule from outside: no element may be an agent."""
    for n, element in enumerate(system.elements):
        if element.technology == "agent":
            yield Problem(("elements", n, "technology"), "no agents here.")


def test_what_a_caller_checks_is_told_together_with_what_the_value_refuses() -> None:
    """In the order of lines; and told alone where the value could stand."""
    parts = (
        f"{HEAD}elements:\n"
        "  - id: one\n"
        "    technology: agent\n"
        "    boundary: nowhere\n"
        "  - {id: two, technology: agent}\n"
    )

    def told(text: str) -> list[str]:
        with pytest.raises(DocumentError) as caught:
            documents.loads(System, text.encode(), Path("desk.yaml"), check=no_agents)
        return str(caught.value).splitlines()

    told_at_once = told(parts)
    assert "desk.yaml:6: no agents here." == told_at_once[0]
    assert told_at_once[1].startswith("desk.yaml:7: there is no boundary 'nowhere'.")
    assert ["desk.yaml:8: no agents here."] == told_at_once[2:]
    assert ["desk.yaml:6: no agents here.", "desk.yaml:8: no agents here."] == told(
        parts.replace("    boundary: nowhere\n", "    note: fine\n")
    )
    assert loads(DESK) == documents.loads(System, DESK.encode(), Path("desk.yaml"), check=no_agents).value


# Writing

ODD = (
    "\u00e9e\u0301\u5a01\u05d0\u202e\u200b\u00a0\u2028\u2029\ufeff\U0001f469\U000e0069\U0001fffe\U0010fffd"
    "\t\n\r \"'#:-?{}[],&*!|>%@`\\=<~_.0123e+y"
)
WRITTEN = st.characters(exclude_categories=["Cs"]).filter(lambda item: not nodes._FORBIDDEN.match(item))
TEXTS = (
    st.text(st.sampled_from(ODD) | WRITTEN, max_size=12)
    | st.sampled_from(["no", "1:3", "2026-01-01", "- a", "a: b", "a #b", "# a", "<<", "---", "...", "%YAML 1.1", " "])
    | st.sampled_from(
        ["=1+1", "null", "0x1F", "1_0", "0o7", ".5", "-.inf", "+1", "e5", "y", "a\n\nb ", "{a}", "{{ a }}"]
    )
)
NAMES = TEXTS.filter(str.strip)
KEYS = NAMES.map(lambda text: unicodedata.normalize("NFC", text)).filter(bool)
SETTINGS = TEXTS | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(-1e20, 1e20)
ANSWERS = st.dictionaries(KEYS, st.booleans(), max_size=2).map(Answers)


def some_of(ids: list[str]) -> st.SearchStrategy[tuple[str, ...] | None]:
    """Draw some of `ids`, perhaps one twice, or nothing said."""
    return st.none() | (st.lists(st.sampled_from(ids), max_size=2).map(tuple) if ids else st.just(()))


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Draw any system that can exist, of a few parts, with names as odd as they come."""
    ids = draw(st.lists(st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,4}[a-z0-9])?", fullmatch=True), unique=True, max_size=8))
    ids = [id for id in ids if id not in {"con", "prn", "aux", "nul"} and not re.fullmatch("(?:com|lpt)[1-9]", id)]
    assets, boundaries, elements, flows = ids[::4], ids[1::4], ids[2::4], ids[3::4]
    return System(
        id=draw(st.sampled_from(["desk", "0", "no", "1e3", "y", "2026-01-01"]).filter(lambda name: name not in ids)),
        name=draw(NAMES),
        version=draw(TEXTS),
        owner=draw(TEXTS),
        lifecycle=draw(maybe(list(Lifecycle))),
        stakes=draw(maybe(list(Stakes))),
        facts=draw(ANSWERS),
        controls=draw(ANSWERS),
        assets=tuple(
            Asset(
                id=id,
                name=draw(TEXTS),
                kind=draw(NAMES),
                sensitivity=draw(maybe(list(Sensitivity))),
                personal=draw(maybe([True, False])),
                note=draw(TEXTS),
            )
            for id in assets
        ),
        boundaries=tuple(
            TrustBoundary(id=id, trust=draw(maybe(list(Trust))), within=draw(maybe(boundaries[:n] or [None])))
            for n, id in enumerate(boundaries)
        ),
        elements=tuple(
            Element(
                id=id,
                name=draw(TEXTS),
                technology=draw(NAMES),
                boundary=draw(maybe(boundaries or [None])),
                holds=draw(some_of(assets)),
                provides=draw(some_of(["text", "image", "code-execution"])),
                needs=draw(some_of(["text"])),
                settings=FrozenMap(draw(st.dictionaries(KEYS, SETTINGS, max_size=3))),
                facts=draw(ANSWERS),
                note=draw(TEXTS),
            )
            for id in elements
        ),
        flows=tuple(
            Flow(
                id=id,
                source=draw(st.sampled_from(elements)),
                target=draw(st.sampled_from(elements)),
                carries=draw(some_of(assets)),
                controls=draw(ANSWERS),
            )
            for id in flows
            if elements
        ),
        layout=FrozenMap(
            draw(st.dictionaries(st.sampled_from(elements), st.tuples(*[st.floats(-1e6, 1e6)] * 2), max_size=2))
            if elements
            else {}
        ),
    )


@THOROUGHLY
@given(systems())
@example(System(id="desk", name="a\u2028"))
@example(System(id="desk", name="a", owner="---", version="..."))
def test_what_is_written_is_read_back_the_same(system: System) -> None:
    """Value → text → value is the identity, and text → value → text is too."""
    text = documents.dump(system)

    assert system == loads(text)
    assert text == documents.dump(loads(text), comments_from=text)


@settings(THOROUGHLY, max_examples=100)
@given(systems())
@example(System(id="desk", name="a", elements=(Element(id="e1", technology="t", settings=FrozenMap({"x": 1e-05})),)))
def test_what_is_written_says_the_same_to_every_reader_of_yaml(system: System) -> None:
    """To those of YAML 1.1 and of 1.2: no text becomes a number, no number a text, no name a yes."""
    text = documents.dump(system)

    for read_as in READERS:
        assert {"nbthreat": 1, **documents.plain(system)} == read_as(f"a:\n{indented(text)}")


def indented(text: str) -> str:
    """Return a file as what a key maps to."""
    return "".join(f"  {line}\n" for line in text.split("\n"))


def test_the_canonical_text_is_a_fixed_point() -> None:
    """A file in canonical form is written exactly as it was, comments and all."""
    canonical = documents.dump(loads(DESK), comments_from=DESK)

    assert canonical == documents.dump(loads(canonical), comments_from=canonical)
    assert DESK.replace("\n\n  # what answers", "\n  # what answers") == canonical


def edits(system: System) -> Iterator[tuple[str, System]]:
    """Yield a system after each of many edits of one field, and what the edit was."""
    yield "name", replace(system, name="Other: desk")
    yield "version", replace(system, version="2.2")
    yield "no version", replace(system, version="")
    yield "stakes", replace(system, stakes=Stakes.LOW)
    yield "purpose", replace(system, purpose="Answers people.\nQuickly.")
    yield "fact", replace(system, facts=Answers({"public-service": False}))
    yield "more facts", replace(system, facts=Answers({**system.facts, "new": True}))
    yield "layout", replace(system, layout=FrozenMap({"customer": (11.0, 20.5)}))
    for n, element in enumerate(system.elements):
        changes: tuple[dict[str, Any], ...] = (
            {"name": "New"},
            {"technology": "agent"},
            {"holds": ()},
            {"boundary": None},
            {"note": "See page 7."},
            {"controls": Answers({"filter": True})},
            {"settings": FrozenMap({"model": "large-4"})},
        )
        for change in changes:
            elements = (*system.elements[:n], replace(element, **change), *system.elements[n + 1 :])
            yield f"{element.id} {change}", replace(system, elements=elements)


def changed_lines(before: str, after: str) -> list[str]:
    """Return the lines that a version control system shows as gone or new; empty lines do not count."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:]
    return [line for line in lines if line[0] in "+-" and line[1:].strip()]


def test_one_field_edited_is_at_most_two_lines_changed() -> None:
    """One line out, one line in: a review sees the edit and nothing else."""
    before = documents.dump(loads(DESK), comments_from=DESK)
    system = loads(before)

    for what, edited in edits(system):
        after = documents.dump(edited, comments_from=before)
        assert len(changed_lines(before, after)) <= 2, what
        assert edited == loads(after), what


def comments(text: str) -> list[str]:
    """Return the comments of `text` in alphabetical order; no value in these tests holds a '#'."""
    return sorted(line[line.index("#") :] for line in text.splitlines() if "#" in line)


def test_comments_survive_every_edit() -> None:
    """Each comment is there once, whatever was changed beside it."""
    for what, edited in edits(loads(DESK)):
        assert comments(DESK) == comments(documents.dump(edited, comments_from=DESK)), what


def test_comments_of_what_is_deleted_are_kept_nearby() -> None:
    """What a person wrote is a person's to delete."""
    system = loads(DESK)
    gone = replace(system, elements=system.elements[:1], flows=(), facts=Answers(), boundaries=(), assets=())

    text = documents.dump(gone, comments_from=DESK)

    assert comments(DESK) == comments(text)
    assert gone == loads(text)
    assert text.index("# what answers") > text.index("# who asks") - len(text.split("# who asks")[1])


def test_comments_of_an_emptied_file_are_kept() -> None:
    """Even where nothing is left that they stood at."""
    bare = System(id="desk", name="Help desk")

    assert comments(DESK) == comments(documents.dump(bare, comments_from=DESK))


def test_comments_travel_with_what_they_stand_at() -> None:
    """Elements put in another order take their comments along."""
    system = loads(DESK)

    text = documents.dump(replace(system, elements=system.elements[::-1]), comments_from=DESK)

    assert comments(DESK) == comments(text)
    lines = [line.strip() for line in text.splitlines()]
    assert "- id: customer" == lines[lines.index("# who asks") + 1]
    assert "- id: assistant  # the one on the web page" == lines[lines.index("# what answers") + 1]
    assert "holds: [question]  # for a day" in lines


def test_a_renamed_element_keeps_its_comments_in_the_section() -> None:
    """An id that changed is another thing; what was said of it stays by its neighbours."""
    system = loads(DESK)
    elements = (replace(system.elements[0], id="client"), system.elements[1])
    flows = (replace(system.flows[0], source="client"),)
    text = documents.dump(replace(system, elements=elements, flows=flows, layout=FrozenMap()), comments_from=DESK)

    assert comments(DESK) == comments(text)


@pytest.mark.parametrize(
    "text",
    [
        f"--- # c\n{HEAD}",
        f"--- # c\n# d\n{HEAD}",
        f"%YAML 1.1 # c\n---\n{HEAD}",
        f"{HEAD}... # c\n",
        f"{HEAD}purpose: | # c\n  a\n  # not a comment\n# d\nowner: b\n",
        f"{HEAD}purpose: > # c\n  a\n",
        f"{HEAD}purpose: a\n  b # c\n",
        f'{HEAD}purpose: "a # not a comment\n  b" # c\n',
        f"{HEAD}purpose: it's a#b # c's\n",
        f"{HEAD}facts: # c\n  # d\n  a: true # e\n  # f\n",
        f"{HEAD}facts: {{ # c\n  a: true, # d\n  # e\n  b: false }} # f\n# g\n",
        f"{HEAD}assets:\n- # c\n  id: a # d\n  kind: b\n- id: e # e\n  # f\n  kind: b\n",
        f"{HEAD}elements:\n- id: a\n  technology: t\n  provides: # c\n    - text # d\n    # e\n    - image # f\n",
        f"{HEAD}? owner # c\n: b # d\n",
        f"{HEAD}facts: {{}} # c\n",
        f"{HEAD}#c\n\n\n#d\n\n",
        f"\ufeff# c\n{HEAD}# d",
        f"# c\r\n{HEAD}# d".replace("\n", "\r"),
        f'{HEAD}owner: "a\u2028b" # c\npurpose: b # d\n',
        f"{HEAD}owner: b # c # d\n",
        f"{HEAD}owner: 威 # 脅 c\n",
    ],
)
def test_no_comment_is_lost_wherever_it_stands(text: str) -> None:
    """Every place YAML allows one: headers, brackets, block texts, the ends of things."""
    written = re.findall(r"#.*", re.sub(r".*# not a comment.*", "", text.replace("\r", "\n")).replace("a#b", ""))
    document = documents.loads(System, text.encode(), Path("desk.yaml"))

    out = documents.dump(document.value, comments_from=document.text)

    assert document.value == loads(out)
    missing = [item for item in written if item.strip() not in out]
    assert [] == missing
    assert out == documents.dump(loads(out), comments_from=out)


@THOROUGHLY
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abc"), st.booleans()), max_size=8), st.integers(0, 60))
def test_comments_anywhere_survive_any_deletion(places: list[tuple[int, str, bool]], deleted: int) -> None:
    """Comments written at random lines of a file are all there after a random part was removed."""
    lines = DESK.splitlines()
    for n, (where, letter, alone) in enumerate(places):
        at = where % len(lines)
        if alone:
            lines.insert(at, f"   # {letter}{n}")
        elif lines[at].strip() and "#" not in lines[at]:
            lines[at] += f" # {letter}{n}"
    text = "\n".join(lines) + "\n"
    system = loads(text)
    keep = deleted % 4
    cut = [
        replace(system, flows=(), layout=FrozenMap()),
        replace(system, elements=system.elements[::-1], assets=system.assets),
        replace(system, flows=(), elements=system.elements[:1]),
        replace(system, facts=Answers(), stakes=None, version=""),
    ][keep]

    after = documents.dump(cut, comments_from=text)

    assert Counter(comments(text)) == Counter(comments(after))
    assert cut == loads(after)


@pytest.mark.parametrize("names", [("a, b",), ("[x]",), ("a", "{b: c}"), ("no",), ("# a",), ("a: b",)])
def test_a_list_on_one_line_keeps_its_items_apart(names: tuple[str, ...]) -> None:
    """A comma inside a name does not make two names of it."""
    system = System(id="desk", name="Desk", elements=(Element(id="a", technology="t", provides=names),))

    assert names == loads(documents.dump(system)).elements[0].provides


# Saving


def test_saving_writes_and_says_what_is_now_there(tmp_path: Path) -> None:
    """What comes back can be edited and saved again."""
    document = read(tmp_path)

    first = documents.save(document, renamed(document))
    second = documents.save(first, renamed(document, "Third desk"))

    assert "Service desk" == first.value.name
    assert second.text.encode() == document.path.read_bytes()
    assert documents.revision(document.path.read_bytes()) == second.revision
    assert second.value == documents.read(System, document.path).value
    assert [] == left_over(tmp_path)


@pytest.mark.parametrize("theirs", [DESK + "# mine\n", "", "not: ours\n", DESK.replace("Help", "Hell")])
def test_a_file_that_changed_outside_is_left_alone(tmp_path: Path, theirs: str) -> None:
    """Not one byte is lost, and the message says what to do."""
    document = read(tmp_path)
    document.path.write_bytes(theirs.encode())

    with pytest.raises(Conflict, match=r"Nothing was written\. Read the file again"):
        documents.save(document, renamed(document))

    assert theirs.encode() == document.path.read_bytes()
    assert [] == left_over(tmp_path)


def test_a_file_that_was_deleted_outside_is_not_brought_back(tmp_path: Path) -> None:
    """Somebody meant it."""
    document = read(tmp_path)
    document.path.unlink()

    with pytest.raises(Conflict, match="found no file"):
        documents.save(document, renamed(document))

    assert not document.path.exists()


def test_an_old_document_cannot_be_saved_twice(tmp_path: Path) -> None:
    """Our own earlier save counts as a change too."""
    document = read(tmp_path)
    documents.save(document, renamed(document))

    with pytest.raises(Conflict):
        documents.save(document, renamed(document, "Other"))

    assert "Service desk" == documents.read(System, document.path).value.name


def test_a_new_file_is_made(tmp_path: Path) -> None:
    """With the permissions any new file has."""
    mask = os.umask(0o027)
    try:
        saved = documents.save(documents.new(loads(DESK), tmp_path / "desk.yaml"), loads(DESK))
    finally:
        os.umask(mask)

    assert loads(DESK) == documents.read(System, saved.path).value
    assert 0o640 == saved.path.stat().st_mode & 0o777


def test_a_new_file_is_never_made_over_an_old_one(tmp_path: Path) -> None:
    """Whatever the old one holds."""
    document = read(tmp_path)

    with pytest.raises(Conflict, match="expected no file"):
        documents.save(documents.new(renamed(document), document.path), renamed(document))

    assert DESK == document.path.read_text()


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    """At the next save, of this file only; files of other names are nobody's rubbish."""
    document = read(tmp_path)
    (tmp_path / ".desk.yaml.0123456789ab.tmp").write_text("half a fi")
    (tmp_path / ".desk.yaml.lock").write_text("")
    for name in (".other.yaml.0123456789ab.tmp", "notes.tmp", ".desk.yaml.swp"):
        (tmp_path / name).write_text("theirs")

    documents.save(document, renamed(document))

    assert sorted([".other.yaml.0123456789ab.tmp", "notes.tmp", ".desk.yaml.swp"]) == left_over(tmp_path)


def test_a_temporary_file_of_a_longer_name_is_not_ours_to_clear(tmp_path: Path) -> None:
    """Of two files 'desk' and 'desk.yaml', each has its own lock."""
    theirs = tmp_path / ".desk.yaml.0123456789ab.tmp"
    theirs.write_text("half a fi")

    documents.save(documents.new(loads(DESK), tmp_path / "desk"), loads(DESK))
    documents.publish(tmp_path / "desk", b"one")

    assert theirs.exists()


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    """A file shared by a link is still shared afterwards."""
    (tmp_path / "real").mkdir()
    read(tmp_path / "real")
    link = tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "real" / "desk.yaml")
    document = documents.read(System, link)

    documents.save(document, renamed(document))

    assert link.is_symlink()
    assert "Service desk" == documents.read(System, tmp_path / "real" / "desk.yaml").value.name


def test_a_temporary_file_cannot_be_planted(tmp_path: Path) -> None:
    """A link that waits under a name like ours is removed, not followed."""
    document = read(tmp_path)
    precious = tmp_path / "precious"
    precious.write_text("theirs")
    (tmp_path / ".desk.yaml.0123456789ab.tmp").symlink_to(precious)

    documents.save(document, renamed(document))

    assert "theirs" == precious.read_text()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o666, 0o640])
def test_permissions_are_kept(tmp_path: Path, mode: int) -> None:
    """What the group could write before it can write after, whatever this process masks."""
    document = read(tmp_path)
    document.path.chmod(mode)
    mask = os.umask(0o077)
    try:
        documents.save(document, renamed(document))
    finally:
        os.umask(mask)

    assert oct(mode) == oct(document.path.stat().st_mode & 0o777)


def test_a_folder_that_cannot_be_written_to_is_said_so() -> None:
    """In words, with the file as it was."""
    with nobody_special() as folder:
        document = read(folder)
        folder.chmod(0o555)
        try:
            with pytest.raises(NbthreatError, match=r"desk\.yaml:1: could not be written: .*(?i:permission|read-only)"):
                documents.save(document, renamed(document))
            assert DESK == document.path.read_text()
            assert ["desk.yaml"] == [path.name for path in folder.iterdir()]
        finally:
            folder.chmod(0o755)


UNREADABLE: tuple[tuple[str, Any], ...] = (
    ("name", "a\0b"),
    ("name", "a\x9bb"),
    ("name", "a\ud800b"),
    ("name", "a\uffffb"),
    ("settings", FrozenMap({"": 1})),
    ("settings", FrozenMap({"a\0": 1})),
    ("settings", FrozenMap({"caf\u00e9": 1, "cafe\u0301": 2})),
    ("settings", FrozenMap({"a": 10**50})),
    ("settings", FrozenMap({"a": 1e300})),
    ("settings", FrozenMap({"a": float("nan")})),
    ("settings", FrozenMap({"a": "x" * 200_000})),
    ("settings", FrozenMap({"k" * 2_000: 1})),
    ("settings", FrozenMap({f"k{n}": "x" * 90_000 for n in range(60)})),
)


@pytest.mark.parametrize(("attribute", "value"), UNREADABLE, ids=[f"{item[0]}{n}" for n, item in enumerate(UNREADABLE)])
def test_what_could_not_be_read_back_is_never_written(tmp_path: Path, attribute: str, value: Any) -> None:
    """A save either leaves a file that opens to the same value, or leaves the file as it was and says so."""
    document = read(tmp_path)
    if attribute == "name":
        make = lambda: replace(document.value, name=value)  # noqa: E731 - the value itself may refuse
    else:
        changed = replace(document.value.elements[1], **{attribute: value})
        make = lambda: replace(document.value, elements=(document.value.elements[0], changed))  # noqa: E731

    try:
        edited = make()
        documents.save(document, edited)
    except NbthreatError as error:
        assert len(str(error).encode()) <= 4_000  # noqa: PT017 - either outcome is right, each on its terms
        assert DESK == document.path.read_text()
    else:
        assert edited == documents.read(System, document.path).value
    assert [] == left_over(tmp_path)


def test_published_files_are_written_over() -> None:
    """What is made, not edited, needs no revision; it is whole or not there."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "desk.html"

        documents.publish(path, b"one")
        documents.publish(path, b"two")

        assert b"two" == path.read_bytes()


def test_a_temporary_file_that_is_taken_for_dead_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody clears it away in the moment between its making and its locking: the publisher takes another."""
    taken: list[Path] = []
    lock = fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)

    documents.publish(tmp_path / "desk.html", b"one")

    assert [".tmp"] == [path.suffix for path in taken]
    assert ["desk.html"] == [path.name for path in tmp_path.iterdir()]


def test_what_a_killed_publisher_left_is_cleared_away(tmp_path: Path) -> None:
    """At the next publication of this file; what a living one is still writing is not, nor a file of another name."""
    path = tmp_path / "desk.html"
    dead, living = (tmp_path / f".desk.html.{letter * 12}.tmp" for letter in "ab")
    dead.write_text("half a fi")
    other = tmp_path / ".desk.csv.0123456789ab.tmp"
    other.write_text("theirs")
    with living.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        documents.publish(path, b"one")

        assert sorted([living, other, path]) == sorted(tmp_path.iterdir())
    documents.publish(path, b"two")

    assert sorted([other, path]) == sorted(tmp_path.iterdir())
    assert b"two" == path.read_bytes()
