"""Journals: nothing acknowledged is lost, nothing comes in unasked, and nothing in a file can raise."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import decision, library
from nbthreat.base.errors import OperationError
from nbthreat.decisions.register import Handling, Register
from nbthreat.system.model import Element, System
from nbthreat.workbench.editing import Session, journal, sealing
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.journal import Journal, JournalStep

TEXT = "nbthreat: 1\nid: desk\nname: Desk\nelements:\n  - id: app\n    technology: application\n"
KILLS = 4
MUTATIONS = 1_500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a small system file in a folder of its own."""
    path = tmp_path / "desk.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Session]:
    """Open a file, and close it in the end."""
    session = Session.open(path, library())
    try:
        yield session
    finally:
        session.close()


def add(session: Session, id: str) -> None:
    """Draw an element of that id, as a browser would."""
    session.do(m.operation({"op": "add", "part": "elements", "thing": {"id": id, "technology": "database"}}), by="A")


def status(session: Session) -> Any:
    """Return what pages are told of how the drawing stands."""
    return session.view.sections["status"]["status"]


def ids(session: Session) -> set[str]:
    """Return the ids of all elements."""
    return {element.id for element in session.system.elements}


def journals(path: Path) -> list[Path]:
    """Return the journals beside a file."""
    return sorted(path.parent.glob(f".{path.name}.*.journal"))


def unsaved(path: Path) -> Session:
    """Open a file and have it saved no more, as when a person has to choose between two versions."""
    session = Session.open(path, library())
    assert session._timeline.keeper
    session._timeline.keeper.begin_save = lambda _: None  # type: ignore[method-assign]
    return session


def died(session: Session) -> None:
    """Let go of a session as the system does when its process dies: nothing is saved, and no lock is left."""
    session._closed = True
    session._background.stop()
    assert session._timeline.keeper
    session._timeline.keeper._journal.close()
    if session._timeline.undo_log:
        session._timeline.undo_log.close()


# Nothing acknowledged is lost


def refused(_: int, __: bytes) -> int:
    """Write nothing, as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def torn(write: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
    """Return a write that puts half of what it is given on disk, and then finds the disk full."""
    full = []

    def half(descriptor: int, data: bytes) -> int:
        if full:
            return refused(descriptor, data)
        full.append(True)
        return write(descriptor, data[: len(data) // 2])

    return half


@pytest.mark.parametrize("how", ["refused", "torn", "sync", "torn and not cut back"])
def test_an_edit_that_the_disk_refuses_is_not_acknowledged_and_those_around_it_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whichever call fails: the edit is refused in words, nothing is changed, and after a death all others are back."""
    session = unsaved(path)
    add(session, "before")
    with monkeypatch.context() as patch:
        if how == "sync":
            patch.setattr(sealing.os, "fsync", lambda _: refused(0, b""))
        else:
            patch.setattr(sealing.os, "write", refused if how == "refused" else torn(os.write))
        if "cut" in how:
            patch.setattr(sealing.os, "ftruncate", lambda *_: refused(0, b""))
        board = session.board
        with pytest.raises(OperationError, match=r"The disk refuses: No space left on device\..* was not made"):
            add(session, "refused")
        assert board is session.board
        assert "refused" not in ids(session)
        with pytest.raises(OperationError, match="was not made"):
            session.do(m.DoUndo())
        assert board is session.board
    for name in ("after", "later"):
        add(session, name)
    died(session)

    with opened(path) as again:
        assert {"app", "before", "after", "later"} == ids(again)
        assert "3 edits" in status(again)["recovered"]
        assert [] == status(again)["journals"]


@pytest.mark.parametrize("room", [0, 1, 300, 700])
def test_a_disk_that_is_really_full_loses_nothing(path: Path, room: int) -> None:
    """With a limit that the system itself keeps: every edit that was acknowledged is there after a death."""
    session = unsaved(path)
    add(session, "first")
    acknowledged = {"app", "first"}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journals(path)[0].stat().st_size + room, hard))
    try:
        for number in range(40):
            with contextlib.suppress(OperationError):
                add(session, f"part-{number}")
                acknowledged.add(f"part-{number}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(acknowledged) < 40, "the limit was never reached"
    add(session, "last")
    died(session)

    with opened(path) as again:
        assert acknowledged | {"last"} == ids(again)


def test_a_journal_that_grows_too_long_is_begun_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all edits in it: however many there are, the file stays within its limit."""
    monkeypatch.setattr(sealing, "LINES_LIMIT", 5)
    session = unsaved(path)
    for number in range(20):
        add(session, f"part-{number}")
        assert journals(path)[0].read_bytes().count(b"\n") <= 5
    died(session)

    with opened(path) as again:
        assert {f"part-{number}" for number in range(20)} < ids(again)
        assert "20 edits" in status(again)["recovered"]


def test_an_edit_too_large_for_a_journal_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than acknowledged and not read back."""
    with opened(path) as session:
        monkeypatch.setattr(sealing, "LINE_LIMIT", 800)

        with pytest.raises(OperationError, match="larger than a journal may be"):
            session.do(m.operation({"op": "change", "ids": ["app"], "set": {"note": "x" * 1_000}}))

        assert "" == session.system.element("app").note


def test_killed_again_and_again_a_session_loses_nothing(tmp_path: Path) -> None:
    """A few times here; as a script, `kill FOLDER 1000` does it a thousand times."""
    command = [sys.executable, __file__, "kill", str(tmp_path), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (f"0 lost in {KILLS} kills\n", 0) == (done.stdout, done.returncode), done.stderr


def kill(folder: Path, times: int) -> tuple[int, int]:
    """Kill a session `times` times at a random moment; return how many acknowledged edits were lost, and the kills."""
    chance = random.Random(3)  # noqa: S311 - nothing secret
    path = folder / "desk.yaml"
    path.write_text(TEXT, encoding="utf-8")
    told: set[str] = set()
    for turn in range(times):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            write(path, turn, writer)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as said:
            lines = [said.readline()]
            time.sleep(chance.uniform(0, 0.4))
            os.kill(child, signal.SIGKILL)
            lines += said
        os.waitpid(child, 0)
        told |= {line.strip() for line in lines if line.endswith("\n") and line.strip()}
    with opened(path) as session:
        return len(told - ids(session)), times


def write(path: Path, turn: int, pipe: int) -> None:
    """Draw one element after another, take some back, and say each that is there to stay."""
    session = Session.open(path, library())
    for number in range(1_000):
        add(session, f"part-{turn}-{number}")
        if number % 5 == 4:
            session.do(m.DoUndo())
        else:
            os.write(pipe, f"part-{turn}-{number}\n".encode())
    time.sleep(60)


# Nothing comes in unasked


def left(path: Path) -> Path:
    """Leave a journal beside a file: a drawing, decisions by two roles, and a lower marking."""
    session = unsaved(path)
    register = session.board.register
    add(session, "injected")
    session.do(m.operation({"op": "exclude", "provision": "8.1.2", "reason": "No."}), by="Chief risk officer")
    session.do(m.operation({"op": "tolerance", "appetite": 5, "tolerance": 5}), by="Board")
    assert register is not session.board.register
    died(session)
    return journals(path)[0]


def elsewhere(path: Path, tmp_path: Path) -> Path:
    """Return a copy of a file in another folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Path(shutil.copy(path, folder / path.name))


def other_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be another user: one with a state folder of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))


def resealed(data: bytes) -> bytes:
    """Return lines with the codes that anybody can make: those of another key."""
    return b"".join(b"0" * 32 + b" " + line.partition(b" ")[2] + b"\n" for line in data.split(b"\n") if line)


@pytest.mark.parametrize("how", ["another user", "another folder", "by hand", "a line taken out", "two lines swapped"])
def test_a_journal_from_elsewhere_is_offered_and_not_carried_out(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whoever gave it: the offer says what it would do, and under which roles; a person takes it, and can undo that."""
    found = left(path)
    if how == "another user":
        other_key(monkeypatch, tmp_path)
    elif how == "another folder":
        moved = elsewhere(path, tmp_path)
        found, path = Path(shutil.move(found, moved.parent / found.name)), moved
    else:
        lines = found.read_bytes().split(b"\n")
        if how == "by hand":
            lines = found.read_bytes().replace(b"Chief risk officer", b"Chief executive officer").split(b"\n")
        elif how == "a line taken out":
            del lines[1]
        else:
            lines[1], lines[2] = lines[2], lines[1]
        found.write_bytes(b"\n".join(lines))
    data = found.read_bytes()
    with opened(path) as session:
        [offer] = status(session)["journals"]

        assert {"app"} == ids(session)
        assert Register(system="desk") == session.board.register
        assert TEXT == path.read_text(encoding="utf-8")
        assert data == found.read_bytes()
        assert "" == status(session)["recovered"]
        assert offer["why"]
        assert offer["readable"]
        assert 2 == offer["decisions"]
        assert "Board" in offer["roles"]
        assert any(role.startswith("Chief") for role in offer["roles"])
        assert any("appetite" in change for change in offer["changes"])
        assert ("injected was added" in offer["changes"]) is (how != "a line taken out")

        session.do(m.operation({"op": "take-journal", "name": offer["name"]}), by="Me")

        assert session.board.register.not_applicable
        assert [] == status(session)["journals"]
        assert not found.exists()
        session.do(m.DoUndo())
        assert {"app"} == ids(session)


def test_an_offered_journal_can_be_dropped(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is gone, and nothing has changed; of a name that is not offered no file is touched."""
    found = left(path)
    other_key(monkeypatch, tmp_path)
    with opened(path) as session:
        for name in ("desk.yaml", "../desk.yaml", str(path), ""):
            for op in ("take-journal", "drop-journal"):
                with pytest.raises(OperationError, match="no journal"):
                    session.do(m.operation({"op": op, "name": name}))
        session.do(m.operation({"op": "drop-journal", "name": found.name}))

        assert [] == status(session)["journals"]
        assert {"app"} == ids(session)
    assert ["desk.yaml"] == [name.name for name in path.parent.iterdir() if name.suffix in (".yaml", ".journal")]


def test_a_journal_that_can_be_read_in_part_is_never_thrown_away(path: Path) -> None:
    """What can be read is offered; once it is taken in, the file is kept under a name that people are told."""
    found = left(path)
    lines = found.read_bytes().split(b"\n")
    lines[2] = b"x" * len(lines[2])
    found.write_bytes(b"\n".join(lines))
    with opened(path) as session:
        [offer] = status(session)["journals"]

        assert 1 == offer["edits"]
        session.do(m.operation({"op": "take-journal", "name": offer["name"]}))

        [kept] = path.parent.glob(".*.journal-kept")
        assert kept.name in status(session)["recovered"]
        assert b"\n".join(lines) == kept.read_bytes()
    with opened(path) as again:
        assert [] == status(again)["journals"]


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "empty", "noise"])
def test_what_is_no_journal_is_not_read_and_not_removed(path: Path, tmp_path: Path, kind: str) -> None:
    """A link leads out of the folder, and a pipe would be waited for: it is said that something lies there."""
    found = path.with_name(".desk.yaml.abcabcabcabc.journal")
    if kind == "link":
        secret = tmp_path / "secret"
        secret.write_text("secret", encoding="utf-8")
        found.symlink_to(secret)
    elif kind == "fifo":
        os.mkfifo(found)
    elif kind == "folder":
        found.mkdir()
    else:
        found.write_bytes(b"" if kind == "empty" else b"\x00\xff" * 1_000 + b"\n")
    with opened(path) as session:
        [offer] = status(session)["journals"]

        assert (found.name, False, 0) == (offer["name"], offer["readable"], offer["edits"])
        assert os.path.lexists(found)
        with pytest.raises(OperationError, match="cannot be taken in"):
            session.do(m.operation({"op": "take-journal", "name": found.name}))


def test_the_key_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once, for its owner's eyes alone; one that others can read, or that is none, is replaced."""
    other_key(monkeypatch, tmp_path)
    sealing._key.cache_clear()
    place = sealing.state_folder() / "sealing.key"

    first = sealing.key()
    sealing._key.cache_clear()
    again = sealing.key()

    assert first == again == place.read_bytes()
    assert 0o600 == place.stat().st_mode & 0o777
    place.chmod(0o644)
    sealing._key.cache_clear()
    assert first != sealing.key()
    assert 0o600 == place.stat().st_mode & 0o777
    assert ["sealing.key"] == [name.name for name in place.parent.iterdir()]


# Nothing in a file can raise


def written(folder: Path) -> bytes:
    """Return the bytes of a journal with all kinds of lines."""
    path = folder / "written.yaml"
    system = System(id="desk", name="Desk", elements=(Element(id="app", technology="application"),))
    board = Board(system, Register(system="desk"))
    log = Journal(path)
    log.begin((TEXT, None), board, board, JournalStep("n", "by", "12:00"))
    handled = Handling(marking="TLP:GREEN", by="A", on=decision("a@x").on or decision("a@x").due)  # type: ignore[arg-type]
    for number in range(4):
        after = replace(board, system=replace(board.system, purpose=f"p{number}", elements=()))
        after = replace(after, register=after.register.deciding(decision(f"a@x{number}")).handled(handled))
        log.add(board, after, JournalStep("n", "by", "12:00"))
        board = after
    log.close()
    return journals(path)[0].read_bytes()


WILD = st.sampled_from(
    [
        "null",
        "true",
        "-1",
        "1e999",
        "NaN",
        "9" * 5_000,
        '"\\ud800"',
        "[]",
        "{}",
        '"__proto__"',
        "[" * 3_000,
        '{"a":' * 900,
    ]
)


@settings(max_examples=MUTATIONS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_journal_raises_whatever_is_in_it(tmp_path: Path, data: st.DataObject) -> None:
    """Values of any type in any place, lines cut, doubled and swapped, and bytes that are no text: read, or not."""
    if not SEED:
        SEED.append(written(tmp_path))
    path = tmp_path / "desk.yaml"
    found = path.with_name(".desk.yaml.abcabcabcabc.journal")
    lines = SEED[0].split(b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 4)):
            case 0:
                lines[number] = any_value_changed(lines[number], data)
            case 1:
                lines[number] = lines[number][: data.draw(st.integers(0, 400))]
            case 2:
                lines.insert(number, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 3:
                at = data.draw(st.integers(0, len(lines[number])))
                lines[number] = lines[number][:at] + data.draw(st.binary(max_size=20)) + lines[number][at:]
            case 4:
                at = data.draw(st.integers(0, len(lines[number])))
                lines[number] = lines[number][:at] + data.draw(WILD).encode() + lines[number][at:]
    found.write_bytes(b"\n".join(lines))

    [there] = journal.left_behind(path)

    assert there.why, "a line that was changed is not ours"
    assert there.left is None or there.left.steps >= 0


SEED: list[bytes] = []


def any_value_changed(line: bytes, data: st.DataObject) -> bytes:
    """Return a line of a journal with one value in it, at any depth, of another type."""
    code, _, text = line.partition(b" ")
    if not text:
        return line
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return line
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in entries:
            places.append((node, key))
            walk(value)

    walk(record)
    if places:
        node, key = data.draw(st.sampled_from(places))
        junk = [None, True, -1, 1.5, 10**30, "x", "2026-02-30", [], [[]], {}, {"a": None}, [0, 10**9, [{}]]]
        node[key] = data.draw(st.sampled_from(junk))
    return code + b" " + json.dumps(record).encode()


if __name__ == "__main__":
    sys.stdout.write("{} lost in {} kills\n".format(*kill(Path(sys.argv[2]), int(sys.argv[3]))))
