"""Hostile files: each is refused in words a person can act on, or read as the plain text it is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

import bad_inputs
from bad_inputs import (
    DIFFERENT,
    NOT_OURS,
    Outcome,
    Row,
)
from nbthreat.system import documents
from nbthreat.system.model import Element, Flow, System, TrustBoundary

ROWS = bad_inputs.rows()
HERE = pytest.mark.skipif(not ROWS, reason="the collection of hostile files is not beside this checkout")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
OUTSIDE = Path("/tmp")  # noqa: S108 - where the files, if they could act, would leave a trace

SAYS = {
    "001": "anchors",
    "002": "anchors",
    "003": "merge keys",
    "004": "anchors",
    "005": "anchors",
    "006": "nested deeper than 32",
    "007": "nested deeper than 32",
    "008": "nested deeper than 32",
    "009": "nested deeper than 32",
    "010": "unknown key 'meta'",
    "020": "key 'name' stands twice, first on line 3",
    "021": "key 'technology' stands twice",
    "022": r"a tab \(U\+0009\)",
    "023": "not YAML",
    "024": "unresolved git merge conflict",
    "025": "more than one document",
    "026": "tag 'tag:yaml.org,2002:python/object/apply:os.system'",
    "027": "tag 'tag:yaml.org,2002:python/object/new:type'",
    "028": "tag 'tag:yaml.org,2002:python/name:os.system'",
    "029": "tag '!include'",
    "030": "tag 'tag:yaml.org,2002:binary'",
    "031": "YAML|version",
    "032": "key a collection is not text",
    "033": "key '~' is not text",
    "034": "key '1' is not text",
    "040": "the file is empty",
    "041": "nothing but comments",
    "042": "the file is empty",
    "043": "top level must be a mapping",
    "044": "top level must be a mapping",
    "045": "not UTF-8|control",
    "046": "control",
    "047": "not UTF-8",
    "050": "elements must be a list, not 'lots'",
    "051": "must be a mapping",
    "052": "name must be text",
    "053": "flows must be a list, not nothing",
    "054": "boundaries must be a list, not '7'",
    "055": "elements must be a list",
    "056": "no name",
    "057": "unknown key 'elemnts' .* Did you mean 'elements'",
    "058": "unknown technology 'quantum_oracle'",
    "059": "unknown technology 'Other-Service'.* Did you mean 'other-service'",
    "060": "made by a newer nbthreat",
    "061": "nbthreat must be the number",
    "062": "nbthreat must be the number",
    "063": "id 'a' is used twice",
    "064": "id 'a' is used twice",
    "065": "'Abc' is not an id",
    "066": "there is no element 'ghost'",
    "067": "no target",
    "068": "source must be text",
    "069": "there is no element 'f1'",
    "070": "there is no boundary 'ghost'",
    "071": "circle: z > z",
    "072": "circle: y > z > y|circle: z > y > z",
    "073": "circle: z",
    "074": "key 'boundary' stands twice",
    "076": "holds must be a list, not 'a'",
    "077": "'' is not an id",
    "078": "' ' is not an id",
    "079": "id must be text, not a list",
    "086": "'no' could be read as something else. Quote it",
    "087": "version must be text, and '9{79}….*Quote it",
    "088": "unknown key 'reviewed'",
    "089": "must be a number, not '.nan'",
    "090": "'a{79}…' is not an id",
    "091": "a value of 200000 characters",
    "105": r"U\+0000",
    "106": r"U\+0007",
    "107": r"U\+009B",
    "109": r"U\+FFFE",
    "112": "is not an id",
    "113": "is not an id",
    "114": "not YAML",
    "117": "looks like UTF-16; save it as UTF-8",
    "118": "not UTF-8|control",
    "119": "not UTF-8",
    "120": "not UTF-8",
    "123": "not YAML",
    "165": "unknown key 'constructor'",
    "166": "unknown key 'url'",
    "199": "'CON' is not an id",
    "203": "'(a/){39}a…' is not an id",
    "206": "unknown key 'include'",
    "321": "unknown condition 'is_spooky'",
    "322": "unknown condition 'kindd'",
    "323": "empty list",
    "325": "text is not a condition",
    "326": "text is not a condition",
    "327": "text is not a condition",
    "328": "text is not a condition",
    "330": "no applies_when",
    "324": "unknown condition 'gt'",
    "331": "unknown condition 'matches'",
    "332": "unknown condition 'matches'",
    "333": "unknown condition 'matches'",
    "334": "unknown condition 'matches'",
    "335": "unknown condition 'matches'",
    "336": "unknown condition 'matches'",
    "337": "unknown condition 'matches'",
    "338": "circle: acme-r1 > acme-r1",
    "339": "circle: acme-r1 > acme-r2 > acme-r1|circle: acme-r2 > acme-r1 > acme-r2",
    "340": "unknown predicate 'acme-nope'",
    "341": "too deep|parts",
    "342": "unknown key 'min_hops' in path",
    "343": "unknown key 'max_hops' in path",
    "345": "nested deeper than 32|16 deep",
    "346": "300 parts",
    "347": "used twice",
    "348": "redefines the threat 'excessive-agency', which the system file does not allow",
    "349": "silences the threat 'excessive-agency', which the system file does not allow",
    "351": "unknown placeholder",
    "352": "unknown key 'severty'",
    "353": "'latest; rm -rf' is not a version",
    "354": "made by a newer nbthreat",
    "356": "unknown key 'extends'",
    "357": "unknown key 'extends'",
    "358": "unknown key 'hooks'",
    "359": "name .* must be 1 to 64 letters a-z",
}
"""What a refusal must say, so that no file is refused for a reason that is not its own."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds nothing but what these tests put there."""
    return tmp_path_factory.mktemp("hostile")


def arguments(row: Row, folder: Path) -> list[str]:
    """Write a hostile file, in our schema, and return what to call `nbthreat` with."""
    if row.pack:
        return ["check", str(bad_inputs.write_pack(row, folder / row.number)[1])]
    path = folder / row.file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bad_inputs.in_our_schema(row))
    return ["check", str(path), "--library", str(bad_inputs.write_library(folder / "library"))]


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, Outcome]:
    """Return what the command did with each file, by the file's number: bombs alone, all others in one process."""
    asked = {row.number: arguments(row, folder) for row in ROWS}
    harmless = [number for number in asked if number not in bad_inputs.BOMBS]
    found = dict(zip(harmless, bad_inputs.run_together(asked[number] for number in harmless), strict=True))
    return found | {number: bad_inputs.run_alone(asked[number]) for number in asked if number in bad_inputs.BOMBS}


def test_the_hostile_files_are_there_where_nobody_watches() -> None:
    """A machine that checks every change must not skip this in silence."""
    if not ROWS and os.environ.get("CI") == "true":
        pytest.fail(f"there are no hostile files at {bad_inputs.FOLDER}")
    if not ROWS:
        pytest.skip("the collection of hostile files is not beside this checkout")
    numbers = {row.number for row in ROWS}
    assert set() == set(SAYS) - numbers
    assert set() == set(DIFFERENT) - numbers
    assert set() == set(NOT_OURS) & numbers
    assert len(ROWS) > 180


@HERE
@pytest.mark.parametrize("row", ROWS, ids=lambda row: Path(row.file).stem)
def test_a_hostile_file_is_refused_or_read_and_nothing_else_happens(
    row: Row, folder: Path, outcomes: dict[str, Outcome]
) -> None:
    """The exit code says which; the message names file and line, is short, and cannot act on a terminal."""
    outcome = outcomes[row.number]
    said = outcome.err

    assert "Traceback" not in said
    assert (2 if "reject" == row.expect else 0) == outcome.code, said or outcome.out
    assert not CONTROL.search(said + outcome.out)
    assert len(said.encode()) <= 4_000
    assert [] == list(OUTSIDE.glob("tmw_canary_*"))
    if "reject" == row.expect:
        where = folder / row.number / "pack" if row.pack else folder / row.file
        assert said.startswith(str(where))
        assert re.search(SAYS.get(row.number, "is not an id"), said), said
        assert not row.line or all(
            re.match(r".*\.yaml:[1-9][0-9]*: |and \d+ more faults", line) for line in said.splitlines()
        )
    elif "clean" == row.expect:
        assert "" == said
    elif "accept+warn" == row.expect:
        where = folder / row.number / "pack" if row.pack else f"{folder / row.file}:"
        assert said.startswith(f"note: {where}")


@HERE
def test_a_pack_is_the_same_to_its_author_and_to_who_uses_it(folder: Path, outcomes: dict[str, Outcome]) -> None:
    """Checked by itself it is refused for the same faults; overriding is for the system file to allow, and noted."""
    packs = [row for row in ROWS if row.pack and row.number not in bad_inputs.BOMBS]
    asked = (["library", "check", str(folder / row.number / "pack")] for row in packs)
    for row, alone in zip(packs, bad_inputs.run_together(asked), strict=True):
        used = outcomes[row.number]
        assert "Traceback" not in alone.err
        if row.number in ("348", "349"):
            assert (0, True) == (alone.code, "overrides excessive-agency of nbthreat" in alone.err), row.file
        else:
            assert (used.code, used.err) == (alone.code, alone.err), row.file
    assert 36 == len(packs)


@HERE
def test_what_is_read_is_read_as_it_is(folder: Path, outcomes: dict[str, Outcome]) -> None:
    """Markup, formulas and orders to machines are names like any other, and arrive letter for letter."""
    seen = 0
    for row in ROWS:
        if row.file.split("/")[0] in ("active", "formula") and not outcomes[row.number].code:
            theirs = yaml.safe_load((bad_inputs.FOLDER / row.file).read_bytes())["elements"][0]["name"]
            document = documents.read(System, folder / row.file)
            saved = documents.loads(System, documents.dump(document.value).encode(), document.path)
            assert theirs == document.value.element("a").name == saved.value.element("a").name
            seen += 1
    assert seen >= 50


@HERE
def test_nothing_is_written_beside_what_is_read(folder: Path, outcomes: dict[str, Outcome]) -> None:
    """Checking a file changes no folder, whatever the file calls its elements."""
    assert outcomes
    written = {path.name for path in folder.iterdir() if not path.name.isdigit()}

    assert {row.file.split("/")[0] for row in ROWS if not row.pack} | {"library"} == written


@HERE
def test_the_good_file_is_good_with_the_library_that_comes_with_nbthreat(folder: Path) -> None:
    """The harness itself says yes to what is right."""
    row = next(row for row in ROWS if row.number == "000")
    outcome = bad_inputs.run_alone(arguments(row, folder)[:2])

    assert (0, "") == (outcome.code, outcome.err)
    assert "fine. 2 elements, 1 flows." in outcome.out


@HERE
def test_paths_through_a_dense_drawing_are_found_without_counting_the_ways(folder: Path) -> None:
    """Sixty elements, each with a flow to each: the ways through 3,540 flows are too many for any machine to count.

    Nor does a pack have more steps than there are: what it asks and nobody followed to the end is told.
    """
    dense, path = (next(row for row in ROWS if row.number == number) for number in ("093", "344"))
    system = Path(arguments(dense, folder)[1])
    bad_inputs.write_pack(path, folder / "model" / "dense")
    system.write_text(f"{system.read_text(encoding='utf-8')}packs: [dense/pack]\n", encoding="utf-8")

    outcome = bad_inputs.run_alone(["match", str(system), "--json"])
    short = bad_inputs.run_alone(["match", str(system), "--budget", "100"])

    assert 0 == outcome.code
    assert 60 == outcome.out.count('"threat": "acme-r1"')
    assert 3 == short.code
    assert re.search("incomplete: not followed to the end: acme-r1,", short.err)


def in_a_row(number: int) -> System:
    """Return a system of many elements, each sending to the next."""
    elements = tuple(Element(id=f"e{n}", technology="agent") for n in range(number))
    flows = tuple(Flow(id=f"f{n}", source=f"e{n}", target=f"e{n + 1}") for n in range(number - 1))
    return System(id="row", name="Row", elements=elements, flows=flows)


def in_each_other(number: int) -> System:
    """Return a system of many boundaries, each within the next, and one element in the innermost."""
    ids = [f"b{n}" for n in range(number)]
    boundaries = tuple(TrustBoundary(id=id, within=outer) for id, outer in zip(ids, [*ids[1:], None], strict=True))
    return System(
        id="nest", name="Nest", boundaries=boundaries, elements=(Element(id="a", technology="agent", boundary="b0"),)
    )


@pytest.mark.parametrize(
    ("system", "form"),
    [(in_a_row(3_000), ()), (in_a_row(300), ("--json",)), (in_each_other(3_000), ("--json",))],
    ids=["row", "row-json", "nest"],
)
def test_long_rows_and_deep_nests_are_matched_like_any_other(
    tmp_path: Path, system: System, form: tuple[str, ...]
) -> None:
    """How far a drawing goes is a number, not felt on the machine's stack; JSON tells each way as long as it is."""
    path = tmp_path / "system.yaml"
    documents.save(documents.new(system, path), system)

    outcome = bad_inputs.run_alone(["match", str(path), *form])

    assert "Traceback" not in outcome.err
    assert 0 == outcome.code
    assert ('"findings"' if form else "possible") in outcome.out
