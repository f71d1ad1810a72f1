"""Files keep what they had: their line ends, their mark, and who may read them; and a file is what it resolves to."""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbthreat import cli
from nbthreat.base.errors import DocumentError, NbthreatError
from nbthreat.decisions.register import Handling, Register, read_register, register_path
from nbthreat.publishing.signing.files import signed_path
from nbthreat.system import documents
from nbthreat.system.documents.layout import laid_out
from nbthreat.system.model import Element, System

WORKED = Path(__file__).resolve().parents[2] / "notebooks" / "systems" / "chatbot.yaml"
HEAD = "nbthreat: 1\nid: desk\nname: Desk\n"
MARK = b"\xef\xbb\xbf"
ENDS = ["\n", "\r\n", "\r"]


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """Let new files be readable by everybody, as on most machines, so that what is private shows."""
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def saved(path: Path, data: bytes, **changes: Any) -> bytes:
    """Return the bytes of a system file after one edit."""
    path.write_bytes(data)
    document = documents.read(System, path)
    documents.save(document, replace(document.value, **changes))
    return path.read_bytes()


def changed(before: bytes, after: bytes) -> int:
    """Return how many lines of two files differ, line ends counted."""
    old, new = (re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", data) for data in (before, after))
    return abs(len(old) - len(new)) + sum(a != b for a, b in zip(old, new, strict=False))


# Line ends and marks


@pytest.mark.parametrize("end", ENDS, ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", MARK], ids=["bare", "marked"])
@pytest.mark.parametrize("last", ["\n", ""], ids=["ended", "open"])
def test_one_edit_changes_one_line_whatever_ends_the_lines(tmp_path: Path, end: str, mark: bytes, last: str) -> None:
    """The edit is all that a version control system shows."""
    canonical = documents.dump(documents.loads(System, WORKED.read_bytes(), WORKED).value)
    text = canonical.rstrip("\n") + last
    before = mark + text.replace("\n", end).encode()

    after = saved(tmp_path / "a.yaml", before, name="Another name")

    assert 1 == changed(before, after)
    assert before.startswith(MARK) == after.startswith(MARK)


def test_a_register_keeps_its_line_ends_too(tmp_path: Path) -> None:
    """Whatever kind of document it is."""
    path = tmp_path / "desk.register.yaml"
    path.write_bytes(MARK + b"nbthreat: 1\r\nsystem: desk\r\n")
    document = documents.read(Register, path)

    documents.save(document, replace(document.value, system="other"))

    assert MARK + b"nbthreat: 1\r\nsystem: other\r\n" == path.read_bytes()


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.lists(st.sampled_from(ENDS), min_size=40, max_size=40), st.sampled_from(["name", "owner", "note", "gone", "new"])
)
def test_every_line_of_a_mixed_file_keeps_its_own_end(ends: list[str], what: str) -> None:
    """Lines that were not edited are the same bytes afterwards; what is new ends as the line above it."""
    parts = tuple(Element(id=f"part-{n}", technology="store", note=f"note {n}") for n in range(10))
    system = System(id="desk", name="Desk", owner="Us", elements=parts)
    lines = documents.dump(system).splitlines()
    before = "".join(line + end for line, end in zip(lines, ends, strict=False)).encode()
    edited = {
        "name": replace(system, name="Other"),
        "owner": replace(system, owner=""),
        "note": replace(system, elements=(*parts[:4], replace(parts[4], note="other"), *parts[5:])),
        "gone": replace(system, elements=(*parts[:4], *parts[5:])),
        "new": replace(system, elements=(*parts, Element(id="new", technology="store"))),
    }[what]

    after = laid_out(documents.dump(edited), before)

    assert edited == documents.loads(System, after, Path("a.yaml")).value
    kept = re.findall(rb"[^\r\n]+(?:\r\n|\r|\n)", before)
    written = re.findall(rb"[^\r\n]+(?:\r\n|\r|\n)", after)
    assert len(lines) - 4 - sum(1 for line in lines if not line) <= sum(line in written for line in kept)


def test_text_by_a_persons_own_hand_is_written_as_it_is(tmp_path: Path) -> None:
    """What is taken back becomes what it was, byte for byte."""
    path = tmp_path / "a.yaml"
    before = MARK + HEAD.replace("\n", "\r\n").encode() + b"owner: 'Us'  # we\n"
    path.write_bytes(before)
    document = documents.read(System, path)
    changed = documents.save(document, replace(document.value, owner="Them"))

    documents.save(changed, document.value, text=document.text)

    assert before == path.read_bytes()


# Who may read

SYSTEM = System(id="a", name="A")


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o644, 0o660, 0o666, 0o400])
def test_whatever_is_made_about_a_file_is_as_private_as_it(
    tmp_path: Path, permissions: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Register, sign-off, bundle, every published format and every lock: none grants what the system file does not."""
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "chatbot.yaml"
    system.write_bytes(WORKED.read_bytes())
    system.chmod(permissions)
    commands = (
        "handle chatbot.yaml --marking TLP:AMBER --private Zephyrbank --by Lead",
        "sign chatbot.yaml --by Lead --decision approved",
        "register chatbot.yaml --to html,xlsx,csv,json,md --output out",
        "handover chatbot.yaml --to bundle.yaml",
        "gate chatbot.yaml --baseline chatbot.signed.json --fail-on very-high --sarif gate.sarif",
    )

    for command in commands:
        assert cli.main(command.split()) in (0, 1), capsys.readouterr().err

    made = [path for path in tmp_path.rglob("*") if path.is_file() and path != system]
    assert {"chatbot.register.yaml", "chatbot.signed.json", "bundle.yaml", "bundle.md", "gate.sarif"} <= {
        path.name for path in made
    }
    assert 5 == len(list((tmp_path / "out").iterdir()))
    assert {} == {path.name: oct(mode(path)) for path in made if mode(path) & ~(permissions | 0o600)}


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o666])
def test_a_lock_follows_its_file(tmp_path: Path, permissions: int) -> None:
    """It was made with the file, and whoever may write the file has changed since."""
    path = tmp_path / "a.yaml"
    document = documents.save(documents.new(SYSTEM, path), SYSTEM)
    assert 0o644 == mode(path.with_name(".a.yaml.lock"))
    path.chmod(permissions)

    documents.save(document, replace(SYSTEM, name="Other"))

    assert permissions == mode(path.with_name(".a.yaml.lock"))


def test_the_most_private_of_several_counts(tmp_path: Path) -> None:
    """What tells of a system and its register is as private as the register where that is the more private one."""
    system, register = tmp_path / "a.yaml", tmp_path / "a.register.yaml"
    for path, permissions in ((system, 0o644), (register, 0o600)):
        path.write_text("x")
        path.chmod(permissions)

    documents.publish(tmp_path / "a.html", b"x", about=(system, register, tmp_path / "absent"))
    documents.publish_all({tmp_path / "b.html": b"x"}, about=(register, system))
    documents.publish(tmp_path / "c.html", b"x", about=(system,))

    assert [0o600, 0o600, 0o644] == [mode(tmp_path / f"{name}.html") for name in "abc"]


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_are_kept(tmp_path: Path) -> None:
    """What somebody noted about the file stays with it."""
    path = tmp_path / "a.yaml"
    path.write_text(HEAD)
    try:
        os.setxattr(path, "user.note", b"kept")
    except OSError:
        pytest.skip("this disk keeps no extended attributes")
    document = documents.read(System, path)

    documents.save(document, replace(document.value, name="Other"))

    assert b"kept" == os.getxattr(path, "user.note")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owner_and_group_are_kept(tmp_path: Path) -> None:
    """What root saves stays its owner's, and a new register is its owner's too."""
    path = tmp_path / "a.yaml"
    path.write_text(HEAD)
    path.chmod(0o640)
    os.chown(path, 65534, 65533)
    document = documents.read(System, path)

    documents.save(document, replace(document.value, name="Other"))
    kept = read_register(path, id="desk")
    documents.save(kept, kept.value)

    for made in (path, register_path(path)):
        assert (65534, 65533, 0o640) == (made.stat().st_uid, made.stat().st_gid, mode(made))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_group_that_cannot_be_kept_is_not_replaced_by_another(tmp_path: Path) -> None:
    """Who saves may not be in the file's group; then their own group gets nothing that not everybody has."""
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    path = tmp_path / "a.yaml"
    path.write_text(HEAD)
    path.chmod(0o664)
    os.chown(path, 65534, 65533)
    group = os.getegid()
    os.setegid(65534)
    os.seteuid(65534)
    try:
        document = documents.read(System, path)
        documents.save(document, replace(document.value, name="Other"))
    finally:
        os.seteuid(0)
        os.setegid(group)

    assert (65534, 0o644) == (path.stat().st_gid, mode(path))


def test_another_name_of_the_file_keeps_the_old_content(tmp_path: Path) -> None:
    """A save makes a new file under the one name; a hard link stays with the old one."""
    path, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_text(HEAD)
    os.link(path, other)
    document = documents.read(System, path)

    documents.save(document, replace(document.value, name="Other"))

    assert HEAD == other.read_text()


# Where nothing is published


def links(folder: Path) -> Iterator[Path]:
    """Yield things in `folder` that are no place to publish to."""
    (folder / "precious.html").write_text("theirs")
    for name, target in (("link", "precious.html"), ("dangling", "absent"), ("loop", "loop")):
        (folder / name).symlink_to(target)
        yield folder / name
    os.mkfifo(folder / "pipe")
    yield folder / "pipe"
    with socket.socket(socket.AF_UNIX) as unix:
        here = Path.cwd()
        os.chdir(folder)  # the names of sockets are short
        unix.bind("socket")
        os.chdir(here)
    yield folder / "socket"
    yield Path("/dev/null")


def test_nothing_is_published_through_links_pipes_and_devices(tmp_path: Path) -> None:
    """It is refused in words, and whatever is there is as it was, what a link leads to also."""
    for place in links(tmp_path):
        before = place.lstat()
        with pytest.raises(DocumentError, match=r"is a link to .* remove the link|is no file but a device") as caught:
            documents.publish(place, b"ours")
        with pytest.raises(DocumentError):
            documents.publish_all({tmp_path / "fine.html": b"ours", place: b"ours"})

        assert str(caught.value).startswith(f"{place}:1: ")
        assert (before.st_ino, before.st_mode) == (place.lstat().st_ino, place.lstat().st_mode)
    assert "theirs" == (tmp_path / "precious.html").read_text()
    assert {"link", "dangling", "loop", "pipe", "socket", "precious.html"} == {path.name for path in tmp_path.iterdir()}


def test_a_folder_may_be_a_link(tmp_path: Path) -> None:
    """Whoever made it chose where outputs go."""
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")

    documents.publish(tmp_path / "out" / "a.html", b"ours")

    assert b"ours" == (tmp_path / "real" / "a.html").read_bytes()


# A file is what it resolves to


@pytest.fixture
def spellings(tmp_path: Path) -> list[Path]:
    """Give a system file under several names: the last is its own."""
    real = tmp_path / "v2" / "chatbot-2026.yaml"
    real.parent.mkdir()
    real.write_bytes(WORKED.read_bytes())
    (tmp_path / "current.yaml").symlink_to("v2/chatbot-2026.yaml")
    (tmp_path / "chained.yaml").symlink_to("current.yaml")
    (tmp_path / "folder").symlink_to("v2")
    return [
        tmp_path / "current.yaml",
        tmp_path / "chained.yaml",
        tmp_path / "folder" / "chatbot-2026.yaml",
        tmp_path / "v2" / ".." / "v2" / "chatbot-2026.yaml",
        real,
    ]


def test_all_names_of_a_file_share_what_lies_beside_it(spellings: list[Path]) -> None:
    """One register, one sign-off, one lock."""
    for path in spellings:
        assert documents.real_path(path) == spellings[-1]
        assert documents.real_path(register_path(path)) == register_path(spellings[-1])
        assert documents.real_path(signed_path(path)) == signed_path(spellings[-1])
        document = documents.read(System, path)
        documents.save(document, replace(document.value, version=document.value.version + "1"))
    assert [".chatbot-2026.yaml.lock", "chatbot-2026.yaml"] == sorted(
        path.name for path in spellings[-1].parent.iterdir()
    )


def test_what_is_decided_under_one_name_is_found_under_the_others(spellings: list[Path]) -> None:
    """A register that was written through a link is read through the file, and the other way round."""
    for n, path in enumerate(spellings):
        kept = read_register(path, id="chatbot")
        said = kept.value.handling.by if kept.value.handling else ""
        assert ("" if n == 0 else f"Lead {n - 1}", ()) == (said, kept.notes)
        handling = Handling(marking="TLP:AMBER", by=f"Lead {n}", on=date(2026, 11, 30))
        documents.save(kept, replace(kept.value, handling=handling))


def test_a_register_beside_the_link_is_told_and_not_read(
    spellings: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody may have decided in it before; nobody should wonder where that went."""
    link = spellings[0]
    stray = link.with_name("current.register.yaml")
    stray.write_text("nbthreat: 1\nsystem: other\n")

    assert 0 == cli.main(["check", str(link)])
    assert f"note: {stray}:1: is not read: it lies beside a link" in capsys.readouterr().err
    assert [str(stray)] == [note.file for note in read_register(link, id="chatbot").notes]
    assert () == read_register(spellings[-1], id="chatbot").notes


def test_inside_is_what_it_leads_to(tmp_path: Path) -> None:
    """A name inside the folder may lead out of it, and a name outside into it."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    for made in (folder, outside):
        made.mkdir()
        (made / "a.yaml").write_text(HEAD)
    (folder / "out.yaml").symlink_to("../outside/a.yaml")
    (folder / "down").symlink_to("../outside")
    (outside / "in.yaml").symlink_to("../folder/a.yaml")

    assert [True, True, False, False, False, True, False] == [
        documents.is_inside(path, folder)
        for path in (
            folder / "a.yaml",
            folder / "absent.yaml",
            folder / "out.yaml",
            folder / "down" / "a.yaml",
            folder / ".." / "outside" / "a.yaml",
            outside / "in.yaml",
            folder / "a\0b",
        )
    ]


@pytest.mark.parametrize("suffix", [".yaml", ".register.yaml"])
def test_a_notebook_reads_nothing_outside_its_folder_by_a_link(tmp_path: Path, suffix: str) -> None:
    """Neither the system nor its register: whoever sent the folder does not choose what else is read."""
    import nbformat

    from nbthreat.publishing.export.exporters import system_named_in

    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere.yaml"
    folder.mkdir()
    elsewhere.write_text(HEAD)
    (folder / "desk.yaml").write_text(HEAD)
    notebook = nbformat.v4.new_notebook(metadata={"nbthreat": {"system": "desk.yaml"}})
    assert folder / "desk.yaml" == system_named_in(notebook, folder, "a.ipynb")

    (folder / f"desk{suffix}").unlink(missing_ok=True)
    (folder / f"desk{suffix}").symlink_to(elsewhere)

    with pytest.raises(NbthreatError, match="outside the notebook's folder"):
        system_named_in(notebook, folder, "a.ipynb")
