"""Content: a pack is the same pack however its files are written, and another as soon as it says something else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import library
from nbthreat.base.errors import LibraryError
from nbthreat.threats import conditions
from nbthreat.threats.library import Library
from nbthreat.threats.library.content import content_sha256
from nbthreat.threats.library.contents import LibraryHead
from small_pack import OURS, small_project

MORE = {
    "facts.yaml": "facts:\n- {id: acme-open, name: Open, what: Open., question: 'Is it?', of: [database, flow]}\n",
    "technologies.yaml": "technologies:\n- {id: acme-box, name: Box, what: A box., within: database}\n",
    "asset_kinds.yaml": "kinds:\n- {id: acme-secret, name: Secret, what: A secret., within: document}\n",
    "capabilities.yaml": "capabilities:\n- {id: acme-fly, name: Fly, what: It flies.}\n",
    "predicates.yaml": "predicates:\n- {id: acme-kept, what: Kept., when: {technology: acme-box}}\n",
    "test_tools.yaml": "tools: {acme-probe: [one-way, two-way]}\n",
    "catalogues/acme-list.yaml": "id: acme-list\nname: List\nedition: '1'\nsource: Acme\nids: {AC1: First}\n",
}
"""A file of each kind that a new pack does not have."""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack with a file of every kind."""
    folder = small_project(tmp_path_factory.mktemp("content")) / "ours"
    for name, text in MORE.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def files(folder: Path) -> list[Path]:
    """The files of a pack."""
    return sorted(folder.rglob("*.yaml"))


def sha256(folder: Path) -> tuple[str, str]:
    """How a pack is named, and the library with it."""
    found = library().with_pack(folder)
    return found.packs[-1].sha256, found.sha256


def written(rewrite: Callable[[str], str]) -> Callable[[Path], None]:
    """A change that rewrites the text of every file."""

    def change(folder: Path) -> None:
        for path in files(folder):
            path.write_bytes(rewrite(path.read_bytes().decode()).encode())

    return change


class Loader(yaml.SafeLoader):
    """Reads what PyYAML writes, but takes the key `on` for a word."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> Any:
    """What a text says."""
    return yaml.load(text, Loader)  # noqa: S506 - a safe loader


def dumped(**how: Any) -> Callable[[str], str]:
    """A text as PyYAML writes it."""
    return lambda text: yaml.safe_dump(read(text), allow_unicode=True, **how)


def add_readme(folder: Path) -> None:
    """Put files beside the pack that are no part of it."""
    (folder / "README.yaml").write_text("about: our pack\n", encoding="utf-8")
    (folder / "threats" / "readme.yaml").write_text("- how to write one\n", encoding="utf-8")
    (folder / ".github").mkdir()
    (folder / ".github" / "ci.yaml").write_text("on: push\n", encoding="utf-8")


def move_controls(folder: Path) -> None:
    """Keep the same controls in a file of another name."""
    (folder / "controls" / "controls.yaml").rename(folder / "controls" / "ours.yaml")


REWRITES: dict[str, Callable[[Path], None]] = {
    "line ends of Windows": written(lambda text: text.replace("\n", "\r\n")),
    "a byte order mark": written(lambda text: "\ufeff" + text),
    "comments and empty lines": written(lambda text: f"# first\n\n{text}\n# last\n"),
    "keys by the alphabet": written(dumped(sort_keys=True, width=60)),
    "flow style": written(dumped(sort_keys=False, default_flow_style=True, width=10_000)),
    "no line end at the end": written(str.rstrip),
    "a README": add_readme,
    "another file for the controls": move_controls,
}


@pytest.fixture
def copy(pack: Path, tmp_path: Path) -> Path:
    """The pack once more, to be changed."""
    import shutil

    return Path(shutil.copytree(pack, tmp_path / "ours"))


@pytest.mark.parametrize("how", REWRITES)
def test_a_pack_that_is_written_another_way_is_the_same_pack(pack: Path, copy: Path, how: str) -> None:
    """Git, an editor and a formatter change bytes and no word."""
    before = {path.name: path.read_bytes() for path in files(copy)}

    REWRITES[how](copy)

    assert before != {path.name: path.read_bytes() for path in files(copy)}
    assert sha256(pack) == sha256(copy)


def test_quotes_count_only_where_they_make_another_value(pack: Path, copy: Path) -> None:
    """A name in quotes is the same name."""
    path = copy / "facts.yaml"
    path.write_text(path.read_text("utf-8").replace("name: Open,", "name: 'Open',"), encoding="utf-8")

    assert sha256(pack) == sha256(copy)


def scalars(said: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a document."""
    if isinstance(said, dict | list):
        for key, value in said.items() if isinstance(said, dict) else enumerate(said):
            yield from scalars(value, (*place, key))
    else:
        yield place


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_pack_that_says_anything_else_is_another_pack(pack: Path, data: st.DataObject) -> None:
    """Whatever value in whatever file: either it is refused, or it has another name."""
    path = data.draw(st.sampled_from(files(pack)))
    text = path.read_text("utf-8")
    said = read(text)
    place = data.draw(st.sampled_from([place for place in scalars(said) if place != ("nbthreat",)]))
    within = said
    for key in place[:-1]:
        within = within[key]
    old = within[place[-1]]
    within[place[-1]] = not old if isinstance(old, bool) else f"{old} indeed" if " " in str(old) else f"{old}-2"
    before = sha256(pack)
    path.write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        after = sha256(pack)
    except LibraryError:
        return
    finally:
        path.write_text(text, encoding="utf-8")

    assert before[0] != after[0], place
    assert before[1] != after[1], place


def records(said: Any) -> Iterator[Any]:
    """Every record in a value, whatever it stands in."""
    if is_dataclass(said) and not isinstance(said, type):
        yield said
        for field in fields(said):
            yield from records(getattr(said, field.name))
    elif isinstance(said, tuple):
        for part in said:
            yield from records(part)


def some_records() -> dict[str, Any]:
    """One record of each class that a library is made of, conditions among them."""
    found: dict[str, Any] = {"LibraryHead": LibraryHead(name="a", version="1.0", licence="b")}
    whole = library()
    for group in (whole.technologies, whole.kinds, whole.capabilities, whole.facts, whole.controls, whole.predicates):
        found.setdefault(type(next(iter(group.values()))).__name__, next(iter(group.values())))
    for record in records((whole.principles, tuple(whole.catalogues.values()), whole.omissions, whole.threats)):
        if type(record).__module__.startswith("nbthreat.threats"):
            found.setdefault(type(record).__name__, record)
    return found


@pytest.mark.parametrize("name", sorted(some_records()))
def test_every_field_of_every_record_counts(name: str) -> None:
    """Also a field that is added tomorrow."""
    record = some_records()[name]
    names = ["name"] if isinstance(record, conditions.Is) else [field.name for field in fields(record)]

    for field in names:
        other = replace(record)
        object.__setattr__(other, field, "something else")
        assert content_sha256({"it": record}) != content_sha256({"it": other}), field


def test_what_a_predicate_of_the_library_means_is_no_word_of_the_pack() -> None:
    """It is a word of the library, which has a name of its own."""
    before, after = (conditions.Is("it", conditions.FactIs(name)) for name in ("a", "b"))

    assert content_sha256({"it": before}) == content_sha256({"it": after})


def test_the_order_of_a_list_counts_and_a_text_is_no_number() -> None:
    """Where order or quotes have a meaning."""
    said = [{"it": value} for value in (("a", "b"), ("b", "a"), 1, "1", True, "true", None, "", {}, ())]

    assert len(said) == len({content_sha256(value) for value in said})


def test_what_was_named_by_its_bytes_goes_by_that_name_still(pack: Path, copy: Path) -> None:
    """Signed or reviewed with an earlier release: it holds as long as not a byte of the files changed."""
    before = library().with_pack(pack)
    written(lambda text: text.replace("\n", "\r\n"))(copy)
    after = library().with_pack(copy)

    assert before.is_named(before.files_sha256)
    assert before.is_named(after.sha256)
    assert not after.is_named(before.files_sha256)
    assert not library().is_named(before.sha256)


def test_the_built_in_library_is_named_the_same_from_the_cache_and_from_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once read and once remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = Library.load()
    kept = list(tmp_path.rglob("library-*.json"))

    assert (first.sha256, first.files_sha256) == (Library.load().sha256, Library.load().files_sha256)
    assert kept
    assert json.loads(kept[0].read_text("utf-8"))
    assert OURS not in first.where
