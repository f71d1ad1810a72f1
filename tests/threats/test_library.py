"""Libraries: one that loads can be asked, and one that cannot says why, at the line."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from helpers import library
from nbthreat.base.errors import LibraryError
from nbthreat.threats.curation.examples import check_examples
from nbthreat.threats.library import Library, Modality, built_in, examples

PLANTED = "threats/model/planted.yaml"
THREAT = """\
id: planted
title: A threat for tests
status: draft
summary: Somebody does something.
stride: [tampering]
harms: [integrity]
applies_when:
  all:
    - technology: hosted-llm
    - fact: keeps-conversations
mitigated_when:
  any:
    - control: output-screening
because: "{subject} is there."
wrong_when: It is not there.
rating: {likelihood: 2, impact: 2, why: It happens.}
provisions: ["3.1"]
references:
  atlas: [AML.T0054]
tests:
  - tool: garak
    what: dan and encoding
  - tool: own test
    what: the model as it is in use, and once more
seen:
  - what: It happened.
    source: AML.CS0009
examples:
  fires:
    - what: A model that keeps what it is asked.
      at: model
      elements:
        - id: model
          technology: hosted-llm
          facts: {keeps-conversations: true}
          controls: {output-screening: false}
  silent:
    - what: There is no model.
"""
BARRED_BY_NONSENSE = """\
path:
        from: {technology: person}
        to: {technology: model}
        without:
          - output-screening
          - nonsense
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the library with one more threat in it."""
    folder = tmp_path / "library"
    shutil.copytree(built_in(), folder)
    (folder / PLANTED).write_text(THREAT, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[tuple[str, int, str]]:
    """What is wrong with a library: file, line and message of each fault."""
    with pytest.raises(LibraryError) as refused:
        Library.load(folder)
    assert str(refused.value).startswith(str(refused.value.faults[0]))
    return [
        (Path(fault.file).relative_to(folder).as_posix(), fault.line, fault.message) for fault in refused.value.faults
    ]


def line_of(text: str, part: str) -> int:
    """The line on which `part` first stands."""
    return text[: text.index(part)].count("\n") + 1


def test_the_copy_with_one_more_threat_is_good(copied: Path) -> None:
    """So that each refusal below is for its one fault."""
    loaded = Library.load(copied)

    assert len(library().threats) + 1 == len(loaded.threats)
    assert [] == [wrong for wrong in check_examples(loaded) if wrong[0] == "planted"]
    assert library().sha256 != loaded.sha256


@pytest.mark.parametrize(
    ("good", "bad", "at", "message"),
    [
        ("hosted-llm\n    - fact", "hosted-lm\n    - fact", "hosted-lm\n",
         "unknown technology 'hosted-lm'. Did you mean 'hosted-llm'?"),
        ("fact: keeps-conversations\n", "fact: keeps-conversation\n", "fact: keeps-conversation\n",
         "unknown fact 'keeps-conversation'. Did you mean 'keeps-conversations'?"),
        ("control: output-screening\n", "control: output-screning\n", "control: output-screning\n",
         "unknown control 'output-screning'. Did you mean 'output-screening'?"),
        ("    - technology: hosted-llm", "    - tecnology: hosted-llm", "tecnology", "unknown condition 'tecnology'"),
        ("  silent:\n    - what: There is no model.\n", "", "examples:", "there is no example that stays silent."),
        ("id: planted", "id: planned", "id: planned", "id 'planned' differs from the file's name."),
        ("AML.T0054", "AML.T9999", "AML.T9999", "planted: MITRE ATLAS has no 'AML.T9999'."),
        ("  atlas:", "  atlass:", "atlass:", "planted: unknown catalogue 'atlass'. Did you mean 'atlas'?"),
        ('["3.1"]', '["99.1"]', "99.1", "planted: there is no provision '99.1'."),
        ("[AML.T0054]", "\n    - AML.T0054\n    - AML.T9999", "- AML.T9999",
         "planted: MITRE ATLAS has no 'AML.T9999'."),
        ('["3.1"]', '\n  - "3.1"\n  - "99.1"', '- "99.1"', "planted: there is no provision '99.1'."),
        ("hosted-llm\n    - fact", "\n        - own-llm\n        - hosted-lm\n    - fact", "- hosted-lm\n",
         "unknown technology 'hosted-lm'."),
        ("    - control: output-screening\n",
         "    - all:\n        - not:\n            control:\n              output-screning\n", "output-screning\n",
         "unknown control 'output-screning'."),
        ("fact: keeps-conversations\n", BARRED_BY_NONSENSE, "- nonsense", "unknown control 'nonsense'."),
        ("{subject} is", "{subjct} is", "because:", "unknown placeholder {subjct}."),
        ("{subject} is", "{subject.__class__} is", "because:", "unknown placeholder {subject.__class__}."),
        ("{subject} is", "{path} is", "because:", "{path} needs a path in applies_when."),
        ("wrong_when: It is not there.", 'wrong_when: " "', "wrong_when:", "wrong_when is empty."),
        ("likelihood: 2", "likelihood: 6", "likelihood: 6", "likelihood"),
        ("[tampering]", "[tampring]", "[tampring]", "Did you mean 'tampering'?"),
        ("title: A threat for tests\n", "", "id: planted", "no title"),
        ("status: draft", "status: draft\nseverity: high", "severity", "unknown key 'severity'"),
        ("tool: garak", "tool: garrak", "tool: garrak",
         "planted: unknown tool 'garrak'; test_tools.yaml lists them. Did you mean 'garak'?"),
        ("tool: garak", "tool: pyrit", "tool: pyrit", "Did you mean 'PyRIT'?"),
        ("dan and encoding", "dan and encodings", "what: dan", "garak has no 'encodings'. Did you mean 'encoding'?"),
        ("what: dan and encoding", "parts: [dan, encodings]", "parts: [dan",
         "garak has no 'encodings'. Did you mean 'encoding'?"),
        ("what: dan and encoding", "parts: []", "tool: garak", "say with 'parts' or 'what' what garak is to test."),
        ("tool: garak\n    what: dan and encoding", "tool: nmap\n    parts: [fast]", "parts: [fast]",
         "nmap has no 'fast'. test_tools.yaml lists no parts of it: use 'what'."),
        ("what: It happened.", 'what: " "', 'what: " "', "what is empty."),
        ("AML.CS0009", "AML.CS9009", "source:",
         "planted: there is no case study 'AML.CS9009' here. Did you mean 'AML.CS"),
        ("AML.CS0009", "aml.cs0009", "source:", "planted: 'aml.cs0009' is no source that can be looked up."),
        ("AML.CS0009", "arXiv:12173", "source:", "Write it like AML.CS0015, arXiv:2302.12173, CVE-2023-48022,"),
        ("AML.CS0009", "https://example.org/story", "source:", "is no source that can be looked up."),
        ("AML.CS0009", "CVE-2023-48022 and others", "source:", "is no source that can be looked up."),
        ("    source: AML.CS0009\n", "", "what: It happened.", "no source"),
    ],
)  # fmt: skip
def test_a_threat_with_a_fault_is_refused_at_its_line(copied: Path, good: str, bad: str, at: str, message: str) -> None:
    """In words a person can act on, the nearest name among them."""
    assert 1 == THREAT.count(good)
    text = THREAT.replace(good, bad)
    (copied / PLANTED).write_text(text, encoding="utf-8")

    found = faults(copied)

    assert [(PLANTED, line_of(text, at))] == [(file, line) for file, line, _ in found], found
    assert message in found[0][2]


def test_a_threat_without_an_example_that_fires_is_refused(copied: Path) -> None:
    """Nobody could tell whether it ever does."""
    text = THREAT[: THREAT.index("  fires:")] + THREAT[THREAT.index("  silent:") :]
    (copied / PLANTED).write_text(text, encoding="utf-8")

    assert [(PLANTED, line_of(text, "examples:"), "there is no example that fires.")] == faults(copied)


def test_an_example_that_does_not_hold_is_told(copied: Path) -> None:
    """The library loads; its check names the threat and what was found."""
    text = THREAT.replace("output-screening: false", "output-screening: true")
    (copied / PLANTED).write_text(text, encoding="utf-8")

    wrong = [message for threat, message in check_examples(Library.load(copied)) if threat == "planted"]

    assert ["fires, 'A model that keeps what it is asked.': expected open at model, found mitigated"] == wrong


def test_an_id_that_is_used_twice_is_refused(copied: Path) -> None:
    """With the place where it stood first."""
    shutil.copy(copied / PLANTED, copied / "threats" / "data" / "planted.yaml")

    first = copied / "threats" / "data" / "planted.yaml"
    assert [(PLANTED, 1, f"id 'planted' is used twice, first at {first}:1.")] == faults(copied)


@pytest.mark.parametrize("name", ["controls/access.yaml", "facts.yaml", "technologies.yaml", "capabilities.yaml"])
def test_an_id_in_a_list_that_is_used_twice_is_refused(copied: Path, name: str) -> None:
    """The second of the two, at its own line."""
    text = (copied / name).read_text(encoding="utf-8").rstrip() + "\n"
    first = text[text.index("  - id: ") :].split("\n  - id: ")[0].rstrip() + "\n"
    (copied / name).write_text(text + first, encoding="utf-8")

    found = [fault for fault in faults(copied) if "is used twice" in fault[2]]

    assert [(name, text.count("\n") + 1)] == [(file, line) for file, line, _ in found]
    assert f"first at {copied / name}:{line_of(text, '  - id: ')}." in found[0][2]


def test_predicates_that_refer_to_each_other_in_a_circle_are_refused(copied: Path) -> None:
    """Named in the order of the circle."""
    path = copied / "predicates.yaml"
    text = path.read_text(encoding="utf-8").rstrip() + "\n"
    text += "  - {id: ring-a, what: A., when: {is: ring-b}}\n  - {id: ring-b, what: B., when: {not: {is: ring-a}}}\n"
    path.write_text(text, encoding="utf-8")

    found = faults(copied)

    assert {("predicates.yaml", line_of(text, f"id: ring-{name}")) for name in "ab"} >= {item[:2] for item in found}
    assert any("in a circle: ring-" in message for _, _, message in found)


def test_a_technology_within_itself_is_refused(copied: Path) -> None:
    """Through another one."""
    path = copied / "technologies.yaml"
    text = path.read_text(encoding="utf-8").rstrip() + "\n"
    text += "  - {id: ring-a, name: A, what: A., within: ring-b}\n  - {id: ring-b, name: B, what: B., within: ring-a}\n"
    path.write_text(text, encoding="utf-8")

    expected = [
        ("technologies.yaml", line_of(text, f"id: ring-{name}"), f"'ring-{name}' is within itself, in a circle.")
        for name in "ab"
    ]
    assert expected == faults(copied)


def test_a_control_that_cites_what_is_not_there_is_refused(copied: Path) -> None:
    """Controls are held to the catalogues and provisions like threats."""
    path = copied / "controls" / "planted.yaml"
    path.write_text(
        "controls:\n  - id: planted-control\n    name: Planted\n    what: It is there.\n"
        "    question: Is {nam} there, {name}?\n    ask: developer\n    of: [modl]\n    cost: S\n"
        '    evidence: A look.\n    provisions: ["0.1"]\n    references: {atlas: [AML.M9999]}\n',
        encoding="utf-8",
    )

    found = faults(copied)

    assert [("controls/planted.yaml", line) for line in (5, 7, 10, 11)] == [(file, line) for file, line, _ in found]
    parts = ("unknown placeholder {nam}", "unknown technology 'modl'", "no provision '0.1'", "no 'AML.M9999'")
    for part, (_, _, message) in zip(parts, found, strict=True):
        assert part in message


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    [
        ("facts.yaml", "implied_by: [", "implied_by: [\n      nonsense, ", "names an unknown technology 'nonsense'"),
        ("technologies.yaml", "within: process", "within: proces", "is within 'proces', which is not there."),
        ("provisions/03-threats-and-risks.yaml", "record: ", "record: un", "unknown record 'un"),
        ("provisions/05-assets.yaml", 'id: "5.4.1"', 'id: "1.1"', "provision '1.1' stands twice, first at "),
        ("catalogues/atlas.yaml", "id: atlas", "id: atlass", "id 'atlass' differs from the file's name."),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_at_its_line(
    copied: Path, name: str, good: str, bad: str, message: str
) -> None:
    """At the very line of the reference, however far below the head of what refers."""
    text = (copied / name).read_text(encoding="utf-8")
    changed = text.replace(good, bad, 1)
    (copied / name).write_text(changed, encoding="utf-8")

    line = line_of(changed, bad) + bad.count("\n")
    assert text != changed
    assert line > 1
    assert [line] == [at for file, at, told in faults(copied) if file == name and message in told]


def test_every_fault_is_told_at_once(copied: Path) -> None:
    """Over several files, in the order of file and line."""
    text = THREAT.replace("fact: keeps-conversations", "fact: keeps").replace("[integrity]", "[integrty]")
    (copied / PLANTED).write_text(text, encoding="utf-8")
    other = "threats/data/other.yaml"
    (copied / other).write_text(THREAT.replace("{subject} is", "{who} is"), encoding="utf-8")

    found = faults(copied)

    assert [
        (other, 1),
        (other, line_of(THREAT, "because:")),
        (PLANTED, line_of(text, "harms:")),
        (PLANTED, line_of(text, "fact: keeps")),
    ] == [(file, line) for file, line, _ in found], found


@pytest.mark.parametrize("name", ["facts.yaml", "library.yaml", "predicates.yaml"])
def test_a_file_that_is_needed_and_not_there_is_named(copied: Path, name: str) -> None:
    """First among what follows from it."""
    (copied / name).unlink()

    assert (name, 1, "the library has no such file, and needs it.") in faults(copied)


def test_a_link_out_of_the_library_is_refused(copied: Path, tmp_path: Path) -> None:
    """What a library is made of lies in its folder."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(THREAT, encoding="utf-8")
    (copied / PLANTED).unlink()
    (copied / PLANTED).symlink_to(outside)

    assert [(PLANTED, 1, "links out of the library are not followed.")] == faults(copied)


def test_a_link_to_a_folder_is_refused_and_not_passed_over(copied: Path, tmp_path: Path) -> None:
    """Threats that quietly are not there would be threats nobody asks about."""
    shutil.move(copied / "threats" / "model", tmp_path / "model")
    (copied / "threats" / "model").symlink_to(tmp_path / "model")

    assert ("threats/model", 1, "links out of the library are not followed.") in faults(copied)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """At its own name."""
    with pytest.raises(LibraryError, match="there is no library here: not a folder"):
        Library.load(tmp_path / "none")


def test_the_library_has_the_whole_code() -> None:
    """13 principles, 72 provisions, 49 of which say shall and 23 should; each under both numberings once."""
    provisions = [provision for principle in library().principles for provision in principle.provisions]

    assert list(range(1, 14)) == [principle.principle for principle in library().principles]
    assert 72 == len(provisions)
    assert {Modality.SHALL: 49, Modality.SHOULD: 23} == Counter(provision.modality for provision in provisions)
    assert 72 == len({provision.id for provision in provisions}) == len({provision.etsi for provision in provisions})


def test_there_are_at_least_thirty_threats_each_with_an_example_either_way() -> None:
    """And with a word on when saying so would be wrong."""
    assert 30 <= len(library().threats)
    for threat in library().threats:
        told: list[object] = []
        found = examples(threat, library().where[threat.id], told)  # type: ignore[arg-type]
        assert [] == told
        assert found is not None
        assert found.fires, threat.id
        assert found.silent, threat.id
        assert threat.wrong_when.strip(), threat.id
        assert threat.provisions, threat.id


def test_every_example_holds() -> None:
    """What fires, fires; what is silent, is silent; what asks, asks."""
    assert [] == check_examples(library())


def test_two_readings_give_the_same_library() -> None:
    """Its name is of its content: the same files, the same SHA-256."""
    assert library().sha256 == Library.load(built_in()).sha256
    assert sorted(threat.id for threat in library().threats) == [threat.id for threat in library().threats]


def test_what_is_not_there_is_a_key_error() -> None:
    """Threats and provisions alike."""
    with pytest.raises(KeyError):
        library().threat("nonsense")
    with pytest.raises(KeyError):
        library().provision("14.1")


@pytest.mark.parametrize("source", ["arXiv:2302.12173", "CVE-2023-48022", "AIID-6", "doi:10.1126/science.aax2342"])
def test_a_source_may_be_of_any_shape_that_can_be_looked_up(copied: Path, source: str) -> None:
    """A paper, a vulnerability, an incident or a DOI, beside the case studies of ATLAS."""
    (copied / PLANTED).write_text(THREAT.replace("AML.CS0009", source), encoding="utf-8")

    assert [("It happened.", source)] == [
        (seen.what, seen.source) for seen in Library.load(copied).threat("planted").seen
    ]


def test_most_threats_name_an_incident_or_a_study_in_one_short_sentence() -> None:
    """So that nobody has to take our word for it."""
    with_one = [threat for threat in library().threats if threat.seen]

    assert 95 <= len(with_one)
    for threat in with_one:
        for seen in threat.seen:
            assert re.fullmatch(r"[A-Z0-9][^.]{10,115}\.", seen.what), (threat.id, seen.what)
        assert len(threat.seen) == len({seen.source for seen in threat.seen}), threat.id


def test_a_library_that_lists_no_tools_knows_none(copied: Path) -> None:
    """A name that nobody can check is refused, and not taken on trust."""
    (copied / "test_tools.yaml").unlink()

    assert (PLANTED, line_of(THREAT, "tool: garak")) in {found[:2] for found in faults(copied)}


def test_a_threat_says_what_only_lowers_it_and_its_other_names(copied: Path) -> None:
    """Both are read strictly, and a threat is found by each of its names."""
    more = "also: [Planted thing, Weed]\nreduced_when: {any: [{control: input-screening}]}\n"
    (copied / PLANTED).write_text(THREAT + more, encoding="utf-8")
    threat = Library.load(copied).threat("planted")
    assert ("Planted thing", "Weed") == threat.also
    assert ("input-screening", "output-screening") == tuple(atom.name for atom in threat.defences)
    assert [True, True, False] == [threat.says(words.split()) for words in ("weed", "thing somebody", "weed missing")]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("reduced_when: {control: input-screning}", "unknown control 'input-screning'"),
        ("also: [Weed, ' ']", "an other name is empty."),
        ("also: [a threat for TESTS]", "'a threat for TESTS' is a name of it already."),
        ("also: [Weed, weed]", "'weed' is a name of it already."),
    ],
)
def test_what_lowers_a_threat_and_its_other_names_are_checked(copied: Path, more: str, message: str) -> None:
    """A slip in them is refused at its line, as everywhere."""
    (copied / PLANTED).write_text(f"{THREAT}{more}\n", encoding="utf-8")
    ((_, at, said),) = faults(copied)
    assert THREAT.count("\n") + 1 == at
    assert message in said


def test_a_library_without_the_later_fields_keeps_its_digest(copied: Path) -> None:
    """What a record does not say in a field that was added later does not count, and what it says does."""
    before = Library.load(copied).sha256
    (copied / PLANTED).write_text(f"{THREAT}also: []\n", encoding="utf-8")
    assert before == Library.load(copied).sha256
    (copied / PLANTED).write_text(f"{THREAT}also: [Weed]\n", encoding="utf-8")
    assert before != Library.load(copied).sha256


def test_the_parts_of_tools_are_listed_so_that_results_can_be_joined() -> None:
    """No test of the library names in `what` a part that its tool knows; both forms name the same parts."""
    told = [(test, library().tools[test.tool]) for threat in library().threats for test in threat.tests]
    assert [] == [test for test, known in told if not test.parts and test.named(known)]
    assert {"promptinject", "dan"} <= {part for test, known in told for part in test.named(known)}
