"""What happens to a file when the writer is killed, when several write at once, and when the disk refuses.

Run as a script, this file is the writers: `test_durability.py kill FOLDER TIMES`, `… edit FOLDER NAME TIMES` and
`… publish FOLDER TIMES`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbthreat.base.errors import Conflict, DocumentError
from nbthreat.system import documents
from nbthreat.system.documents import saving
from nbthreat.system.model import Element, FrozenMap, System

KILLS = 1_000
WRITERS = 4
EDITS = 100
PARTS = 3
HANGS = 1_800
"""Seconds after which a writer is taken to hang: a hundred times what it needs. Guards the tests, promises nothing."""


def edition(number: int) -> System:
    """Return a system of some 24 kB that says its number in every part, so that a mixture of two would show."""
    digits = f"{number:08d}"
    elements = tuple(Element(id=f"part-{n}", technology="store", note=digits * 1_000) for n in range(PARTS))
    return System(id="desk", name=f"Desk {digits}", version=digits, elements=elements)


def save_for_ever(document: documents.Document[System], number: int) -> None:
    """Save one edition after another until somebody ends this."""
    while True:
        number += 1
        document = documents.save(document, edition(number))


def kill(folder: Path, times: int) -> None:
    """Kill a writer `times` times and more at random moments; write how many files broke, and saves were cut and done.

    It goes on until a hundredth of the kills fell into a save, and a hundredth after one, however fast the machine is.
    """
    chance = random.Random(20)  # noqa: S311 - nothing secret
    path = folder / "desk.yaml"
    document = documents.save(documents.new(edition(0), path), edition(0))
    began = time.perf_counter()
    document = documents.save(document, edition(0))
    a_few_saves = 4 * (time.perf_counter() - began)
    broken = cut = moved = last = turn = 0
    while turn < times or min(cut, moved) <= times // 100:
        turn += 1
        child = os.fork()
        if not child:
            save_for_ever(document, turn * 1_000)
        time.sleep(chance.uniform(0.0, a_few_saves))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        try:
            document = documents.read(System, path)
            number = int(document.value.version)
            broken += edition(number) != document.value or number < last
            moved += number > last
            last = number
        except DocumentError:
            broken += 1
        cut += any(name.suffix == ".tmp" for name in folder.iterdir())
    sys.stdout.write(f"{broken} {cut} {moved}")


def edit(folder: Path, name: str, times: int) -> None:
    """Add one to this writer's count and to the count of all, `times` times, reading again after each Conflict."""
    saving.LOCK_SECONDS = HANGS  # on a busy machine the others may hold it for long
    path = folder / "desk.yaml"
    for _ in range(times):
        while True:
            document = documents.read(System, path)
            counts = dict(document.value.elements[0].settings)
            counts[name] = counts.get(name, 0) + 1
            counts["all"] = counts.get("all", 0) + 1
            element = replace(document.value.elements[0], settings=FrozenMap(counts))
            with contextlib.suppress(Conflict):
                documents.save(document, replace(document.value, elements=(element,)))
                break


def publish(folder: Path, times: int) -> None:
    """Publish the same file `times` times, each time as something else of some 100 kB."""
    for n in range(times):
        documents.publish(folder / "desk.html", f"{n:05d}\n".encode() * 16_000)


def script(*arguments: object) -> subprocess.Popen[str]:
    """Start this file as a script."""
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")
def test_a_killed_writer_never_leaves_a_broken_file(tmp_path: Path) -> None:
    """Killed a thousand times, it leaves the old file or the new one; the next save clears away what lies about."""
    worker = script("kill", tmp_path, KILLS)
    out, err = worker.communicate(timeout=HANGS)

    assert ("", 0) == (err, worker.returncode)
    broken, cut, moved = map(int, out.split())
    assert 0 == broken
    assert min(cut, moved) > KILLS // 100
    document = documents.read(System, tmp_path / "desk.yaml")
    documents.save(document, edition(1))
    assert [] == list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*.tmp"))


def test_no_edit_is_silently_lost(tmp_path: Path) -> None:
    """Four writers, a hundred edits each: whoever is told Conflict reads again, and in the end all 400 are there."""
    system = System(id="desk", name="Desk", elements=(Element(id="a", technology="store"),))
    documents.save(documents.new(system, tmp_path / "desk.yaml"), system)

    writers = [script("edit", tmp_path, f"writer-{n}", EDITS) for n in range(WRITERS)]
    said = [(*writer.communicate(timeout=HANGS), writer.returncode) for writer in writers]

    assert [("", "", 0)] * WRITERS == said
    counts = documents.read(System, tmp_path / "desk.yaml").value.elements[0].settings
    assert {f"writer-{n}": EDITS for n in range(WRITERS)} | {"all": WRITERS * EDITS} == dict(counts)
    assert [] == list(tmp_path.glob(".*.tmp"))


def test_publishers_do_not_clear_away_what_another_is_writing(tmp_path: Path) -> None:
    """Four at once: each is told that all went well, the file is whole, and nothing lies about."""
    publishers = [script("publish", tmp_path, EDITS) for _ in range(WRITERS)]
    said = [(*publisher.communicate(timeout=HANGS), publisher.returncode) for publisher in publishers]

    assert [("", "", 0)] * WRITERS == said
    lines = (tmp_path / "desk.html").read_text(encoding="utf-8").splitlines()
    assert [16_000, 1] == [len(lines), len(set(lines))]
    assert ["desk.html"] == [path.name for path in tmp_path.iterdir()]


def refusing(call: Callable[..., Any], nth: int, code: int, seen: list[int]) -> Callable[..., Any]:
    """Return `call` with its nth use refused by the disk; `seen` counts the uses."""

    def refused(*arguments: Any, **named: Any) -> Any:
        seen[0] += 1
        if seen[0] == nth:
            raise OSError(code, os.strerror(code))
        return call(*arguments, **named)

    return refused


CALLS: tuple[tuple[Any, str], ...] = (
    (os, "open"),
    (os, "fdopen"),
    (os, "fsync"),
    (os, "replace"),
    (os, "scandir"),
    (Path, "replace"),
    (Path, "read_bytes"),
    (Path, "stat"),
)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "failing"])
@pytest.mark.parametrize(("where", "name"), CALLS, ids=[name for _, name in CALLS])
def test_a_disk_that_refuses_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, code: int
) -> None:
    """Whichever call fails, the file is whole, the message is true, nothing lies about, and saving works afterwards."""
    for nth in range(1, 20):
        folder = tmp_path / str(nth)
        folder.mkdir()
        path = folder / "desk.yaml"
        document = documents.save(documents.new(edition(1), path), edition(1))
        seen = [0]
        with monkeypatch.context() as patch:
            patch.setattr(where, name, refusing(getattr(where, name), nth, code, seen))
            try:
                documents.save(document, edition(2))
                error = None
            except DocumentError as caught:
                error = str(caught)
        if seen[0] < nth:
            assert error is None
            return
        found = documents.read(System, path)
        if error is None:
            assert edition(2) == found.value, nth
        else:
            assert error.startswith(f"{path}:1: "), nth
            assert os.strerror(code) in error, nth
            assert found.value == (edition(1) if "as it was" in error else edition(2)), (nth, error)
        assert [] == list(folder.glob(".*.tmp")), nth
        documents.save(found, edition(3))
        assert edition(3) == documents.read(System, path).value


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let this process write no file beyond `size` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1, 4_096, 20_000])
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(tmp_path: Path, size: int) -> None:
    """A file of which only a part could be written is never put in the place of a whole one."""
    path = tmp_path / "desk.yaml"
    document = documents.save(documents.new(edition(1), path), edition(1))

    with files_of_at_most(size), pytest.raises(DocumentError, match=r"could not be written: .* as it was"):
        documents.save(document, edition(2))

    assert edition(1) == documents.read(System, path).value
    assert [] == list(tmp_path.glob(".*.tmp"))


def test_a_lock_that_is_held_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program's lock is respected; a person learns why nothing was written."""
    path = tmp_path / "desk.yaml"
    document = documents.save(documents.new(edition(1), path), edition(1))
    monkeypatch.setattr("nbthreat.system.documents.saving.LOCK_SECONDS", 0.2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / ".desk.yaml.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()

        with pytest.raises(DocumentError, match=r"another program has held the file .* Nothing was written"):
            documents.save(document, edition(2))

        holder.stdin.close()
    assert edition(1) == documents.read(System, path).value
    assert edition(2) == documents.save(document, edition(2)).value


HOLDER = """
import sys, filelock
with filelock.FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


if __name__ == "__main__":
    what, folder, *rest = sys.argv[1:]
    if what == "kill":
        kill(Path(folder), int(rest[0]))
    elif what == "publish":
        publish(Path(folder), int(rest[0]))
    else:
        edit(Path(folder), rest[0], int(rest[1]))
