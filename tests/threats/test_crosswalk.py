"""What the published catalogues list and the threats here cover, and what is left out for which reason."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import library
from nbthreat.base.errors import LibraryError
from nbthreat.cli import BAD_INPUT, FINE, main
from nbthreat.system.model import FrozenMap
from nbthreat.threats.curation.crosswalk import Citation, IdKind, coverage_told, entries, kin, provisions, sort_of
from nbthreat.threats.library import Catalogue, Ground, Library, Omission, built_in

TOY = Catalogue(
    id="toy",
    name="Toy list",
    edition="3",
    source="made up",
    ids=FrozenMap({"A": "Aunt", "A.1": "Niece", "B": "Baker", "B.1": "Bun", "C": "Clerk"}),
)


def toy(omissions: tuple[Omission, ...] = ()) -> Library:
    """The library with one threat, which cites one id of a list of five."""
    threat = replace(library().threats[0], references=FrozenMap({"toy": ("A.1",)}))
    return replace(library(), catalogues={"toy": TOY}, controls={}, threats=(threat,), omissions=omissions)


def test_an_id_is_cited_kin_left_out_for_a_reason_or_missing() -> None:
    """A reason for a parent holds for its parts."""
    left_out = Omission(catalogue="toy", ids=("B",), ground=Ground.CONSEQUENCE, because="Bread follows.")

    found = {entry.id: entry for entry in entries(toy((left_out,)), "toy")}

    expected = {
        "A": Citation.KIN,
        "A.1": Citation.CITED,
        "B": Citation.REASON,
        "B.1": Citation.REASON,
        "C": Citation.MISSING,
    }
    assert expected == {id: entry.standing for id, entry in found.items()}
    assert (library().threats[0].id,) == found["A"].threats
    assert left_out == found["B.1"].omission


def test_the_parts_of_one_parent_are_not_kin() -> None:
    """Two ways to do a thing are two things."""
    assert kin("AML.T0051.000", "AML.T0051")
    assert kin("NISTAML.01", "NISTAML.013")
    assert not kin("AML.T0051.000", "AML.T0051.001")
    assert not kin("AML.T0051", "AML.T0051")
    assert not kin("T1", "T10")


def test_coverage_is_told_with_edition_counts_and_reasons() -> None:
    """Every id has its line."""
    left_out = Omission(catalogue="toy", ids=("C",), ground=Ground.TRADITIONAL_IT, because="Clerks are everywhere.")

    lines = list(coverage_told(toy((left_out,)), "toy"))

    assert lines[0] == "Toy list 3"
    assert lines[1].strip() == "threats: 5; 1 cited, 1 kin, 1 reason, 2 missing"
    assert lines[-1].endswith("C  Clerk: traditional-it. Clerks are everywhere.")
    assert 7 == len(lines)


def test_every_atlas_technique_is_cited_or_kin_or_has_a_reason() -> None:
    """Of the edition that is pinned; what another catalogue lacks is listed by the command."""
    missing = [
        entry.id
        for entry in entries(library(), "atlas")
        if entry.sort is IdKind.THREAT and entry.standing is Citation.MISSING
    ]
    assert [] == missing


def test_every_reason_is_a_sentence() -> None:
    """Whoever misses an id can read why."""
    for omission in library().omissions:
        assert omission.ids
        assert omission.because[0].isupper()
        assert omission.because.endswith(".")


def test_tactics_and_mitigations_are_no_threats() -> None:
    """They are not wanted covered by threats."""
    atlas = library().catalogues["atlas"]

    assert IdKind.OTHER is sort_of(atlas, "AML.TA0002")
    assert IdKind.CONTROL is sort_of(atlas, "AML.M0004")
    assert IdKind.THREAT is sort_of(atlas, "AML.T0051.001")


def test_a_mitigation_is_covered_by_controls() -> None:
    """And by no threat."""
    found = {entry.id: entry for entry in entries(library(), "atlas")}

    assert Citation.CITED is found["AML.M0004"].standing
    assert "rate-limits" in found["AML.M0004"].controls


def test_every_provision_has_its_threats_controls_and_questions() -> None:
    """All of the Code, in its order."""
    found = provisions(library())

    assert [provision.id for part in library().principles for provision in part.provisions] == [
        provision_entry.provision.id for provision_entry in found
    ]
    surplus = next(provision_entry for provision_entry in found if provision_entry.provision.id == "3.1.2")
    assert "surplus-capability" in surplus.threats
    assert "unused-capability-block" in surplus.controls
    assert surplus.questions >= 2
    assert surplus.touched


@pytest.mark.parametrize("name", ["atlas", "code"])
def test_the_command_prints_one_catalogue_or_the_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As many lines as it has entries, and a head."""
    assert FINE == main(["library", "coverage", "--catalogue", name])
    printed = capsys.readouterr().out.splitlines()
    assert list(coverage_told(library(), name)) == printed


def test_the_command_prints_everything_when_nothing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogues by id, then the Code."""
    assert FINE == main(["library", "coverage"])
    printed = capsys.readouterr().out
    for catalogue in library().catalogues.values():
        assert f"{catalogue.name} {catalogue.edition}".rstrip() in printed
    assert "Provisions of the Code" in printed


def test_the_command_refuses_a_catalogue_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """And names those that are."""
    assert BAD_INPUT == main(["library", "coverage", "--catalogue", "nonsense"])
    assert "unknown catalogue 'nonsense'. Known here: aitg, " in capsys.readouterr().err


def test_a_reason_for_what_is_not_there_is_refused_at_its_line(tmp_path: Path) -> None:
    """An unknown catalogue, an unknown id, and an id that stands twice, all told at once."""
    folder = tmp_path / "library"
    shutil.copytree(built_in(), folder)
    item = "  - catalogue: {}\n    ids: [{}]\n    ground: consequence\n    because: It follows.\n"
    given = [("atlass", "AML.T0000"), ("atlas", "AML.T9999"), ("atlas", "AML.T0001, AML.T0001")]
    reasons = folder / "catalogues" / "reasons.yaml"
    reasons.write_text("omissions:\n" + "".join(item.format(*entry) for entry in given), encoding="utf-8")

    with pytest.raises(LibraryError) as refused:
        Library.load(folder)

    expected = [(2, "unknown catalogue 'atlass'"), (7, "has no 'AML.T9999'"), (11, "'AML.T0001' stands twice")]
    assert [line for line, _ in expected] == [fault.line for fault in refused.value.faults]
    for (_, said), fault in zip(expected, refused.value.faults, strict=True):
        assert said in fault.message


def test_a_library_need_not_give_reasons(tmp_path: Path) -> None:
    """A pack of a few threats says nothing of catalogues it does not cover."""
    folder = tmp_path / "library"
    shutil.copytree(built_in(), folder)
    (folder / "catalogues" / "reasons.yaml").unlink()

    assert () == Library.load(folder).omissions


def test_each_requirement_of_aisvs_that_is_listed_is_answered_by_a_control() -> None:
    """The ids are of version 1.0, written as the standard asks for; no threat need cite one."""
    catalogue = library().catalogues["owasp-aisvs"]
    cited = {id for control in library().controls.values() for id in control.references.get("owasp-aisvs", ())}
    assert "1.0" == catalogue.edition
    assert set(catalogue.ids) == cited
    assert {IdKind.CONTROL} == {sort_of(catalogue, id) for id in catalogue.ids}
    assert [] == [id for id in catalogue.ids if not re.fullmatch(r"v1\.0-C(?:[1-9]|1[0-2])\.[1-9]\.[1-9][0-9]?", id)]
