"""Sessions: one for each file, of the day it is, masking no change from outside, with undo after a restart."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import nbthreat.workbench.editing.background as background_module
import nbthreat.workbench.editing.keeping as keeping_module
from helpers import SURPLUS, TODAY, desk, library
from nbthreat.base.errors import Conflict, DocumentError, OperationError
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Handling, Register, register_path
from nbthreat.system import documents
from nbthreat.system.model import System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import match
from nbthreat.workbench.editing import Session, cards, matches, sealing
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing.background import Background
from nbthreat.workbench.editing.board import Board
from nbthreat.workbench.editing.files import Files
from nbthreat.workbench.editing.history import Moment, Texts
from nbthreat.workbench.editing.keeping import RETRY_WITHIN

PATIENCE = 180.0
NO_TEXTS = Texts(None, None, "", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the help desk's file in a folder of its own."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    return path


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    session = Session.open(path, library())
    yield session
    session.close()


def do(session: Session, op: str, **fields: Any) -> Any:
    """Make an operation as a browser would ask for it."""
    return session.do(m.operation({"op": op, **fields}), by="A")


def rename(session: Session, name: str) -> None:
    do(session, "change", ids=["app"], set={"name": name})


def status(session: Session) -> Any:
    """Return what pages are told of how the drawing stands."""
    return session.view.sections["status"]["status"]


def marked(path: Path, marking: str) -> None:
    """Mark the register beside a file from outside."""
    place = register_path(path)
    register = Register(system="desk").handled(Handling(marking=marking, by="Owner", on=TODAY))
    place.write_text(documents.dump(register), encoding="utf-8")


# Changes from outside


@pytest.mark.parametrize("which", ["system", "register"])
def test_a_change_of_either_file_stops_the_saving_of_the_other(path: Path, which: str) -> None:
    """Both are compared with what was last read before anything is written."""
    files = Files(path, library())
    board = files.read()
    assert board is not None
    if which == "register":
        marked(path, "TLP:RED")
        edited = board.with_system(name="Mine")
    else:
        path.write_text(path.read_text(encoding="utf-8").replace("Help desk", "Theirs"), encoding="utf-8")
        edited = type(board)(board.system, board.register.handled(Handling(marking="TLP:GREEN", by="A", on=TODAY)))
    before = {name: name.read_bytes() for name in path.parent.glob("*.yaml")}

    with pytest.raises(Conflict):
        files.save(Moment(edited), NO_TEXTS)

    assert before == {name: name.read_bytes() for name in path.parent.glob("*.yaml")}


def test_a_change_that_falls_into_a_save_is_still_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other file changes between the comparison and the end of the save: the next look tells."""
    files = Files(path, library())
    board = files.read()
    assert board is not None
    save = documents.save

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        marked(path, "TLP:RED")
        return save(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(documents, "save", meanwhile)
        files.save(Moment(board.with_system(name="Mine")), NO_TEXTS)

    assert files.changed_outside()


def test_a_register_marked_from_outside_is_offered_while_somebody_draws(session: Session, path: Path) -> None:
    """However often the system file is saved meanwhile, nothing is saved over it and the marking is told."""
    marked(path, "TLP:RED")
    rename(session, "Drawn")
    with pytest.raises(OperationError, match="Somebody else changed the file meanwhile"):
        do(session, "save")

    assert "conflict" == status(session)["saving"]
    assert status(session)["offer"]
    assert "TLP:RED" in register_path(path).read_text(encoding="utf-8")
    assert "Drawn" not in path.read_text(encoding="utf-8")
    do(session, "merge", prefer="mine")
    do(session, "save")
    assert "Drawn" in path.read_text(encoding="utf-8")


def test_an_own_save_reads_no_file_but_the_one_it_wrote(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that once, to tell what others wrote after it from what it wrote."""
    files = Files(path, library())
    board = files.read()
    assert board is not None
    read: list[Path] = []
    real = documents.read_bytes
    monkeypatch.setattr(documents, "read_bytes", lambda place: read.append(Path(place)) or real(place))

    files.save(Moment(board.with_system(name="Mine")), NO_TEXTS)
    assert [] == read
    for _ in range(3):
        assert not files.changed_outside()

    assert [path] == read


def test_saving_is_tried_again_less_and_less_often_and_says_why(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait is twice the one before, up to a minute."""
    keeper = session._timeline.keeper
    assert keeper is not None
    now = [1_000.0]
    monkeypatch.setattr(keeping_module.time, "monotonic", lambda: now[0])
    waits = []
    with session._saving, session._lock:
        begun = keeper.begin_save(session._timeline.history)
        assert begun is not None
        for _ in range(9):
            keeper.end_save(begun, OSError(28, "No space left on device"), session._timeline.history)
            waits.append(keeper._retry_at - now[0])
            assert "No space left on device" in keeper.why
            assert f"after {waits[-1]:.0f} seconds" in keeper.why

    assert [1, 2, 4, 8, 16, 32, RETRY_WITHIN, RETRY_WITHIN, RETRY_WITHIN] == waits


# One file


def test_a_file_has_one_session_however_it_is_spelt(path: Path, session: Session) -> None:
    """By a link, over a folder and back, or from the folder one is in."""
    link = path.with_name("current.yaml")
    link.symlink_to(path.name)
    (path.parent / "nb").mkdir()

    for spelling in (link, path.parent / "nb" / ".." / path.name, Path(os.path.relpath(path))):
        assert session is Session.open(spelling, library())
    assert path == session.path


def test_a_file_that_is_open_is_opened_again_without_reading_the_library(
    path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each part does that shows it, and each cell that is run again."""
    monkeypatch.setattr(Library, "load", lambda *_: pytest.fail("the library was read again"))

    assert session is Session.open(path)


def test_through_a_link_the_register_beside_the_file_is_the_one(path: Path, tmp_path: Path) -> None:
    """Decisions made through a link are beside the file it leads to, and no file is made beside the link."""
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "current.yaml"
    link.symlink_to(path)
    session = Session.open(link, library())
    try:
        do(session, "dismiss", key=SURPLUS, reason="Not used.")
        do(session, "save")
    finally:
        session.close()

    assert SURPLUS in register_path(path).read_text(encoding="utf-8")
    assert ["current.yaml"] == [name.name for name in folder.iterdir()]


def test_a_drawing_without_a_file_is_not_said_to_be_saved() -> None:
    """Whoever asks is told that there is no file."""
    session = Session.open(None, library())
    try:
        with pytest.raises(OperationError, match=r"There is no file yet\."):
            do(session, "save")
    finally:
        session.close()


def test_a_register_beside_a_link_is_said_not_to_be_read(path: Path, tmp_path: Path, session: Session) -> None:
    """Somebody may have decided in it: it is said once, and to pages that are open already."""
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "current.yaml"
    link.symlink_to(path)
    (folder / "current.register.yaml").write_text(documents.dump(Register(system="desk")), encoding="utf-8")

    assert "" == status(session)["recovered"]
    for _ in range(2):
        assert session is Session.open(link, library())

    said = status(session)["recovered"]
    assert said.startswith(
        "current.register.yaml is not read: it lies beside a link, and the register of the system is "
    )
    assert 1 == said.count("is not read")


def test_a_register_made_later_is_as_private_as_its_system_has_become(path: Path) -> None:
    """The system's file was made first, and then made private."""
    files = Files(path.with_name("new.yaml"), library())
    files.read()
    board = Board(System(id="new", name="New"), Register(system="new"))
    files.save(Moment(board), NO_TEXTS)
    files.path.chmod(0o600)

    handling = Handling(marking="TLP:RED", by="Owner", on=TODAY)
    files.save(Moment(Board(board.system, board.register.handled(handling))), NO_TEXTS)

    assert 0o600 == stat.S_IMODE(register_path(files.path).stat().st_mode)


def test_whatever_is_kept_beside_a_private_file_is_private(path: Path, session: Session) -> None:
    """Journals, their locks, and the locks of the files; also the user's own log of undo and its lock."""
    path.chmod(0o600)
    rename(session, "Secret")
    found = modes(path.parent, sealing.state_folder() / "undo")
    do(session, "save")
    found |= modes(path.parent)

    assert {".journal", ".lock", ".undo"} <= {Path(name).suffix for name in found}
    assert {} == {name: oct(mode) for name, mode in found.items() if mode & 0o077}


def modes(*folders: Path) -> dict[str, int]:
    """Return the permission bits of the files in these folders that are not for people to open, by name."""
    files = [file for folder in folders for file in folder.iterdir() if file.name[0] == "." or file.suffix != ".yaml"]
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}


def test_a_register_that_is_a_link_out_of_the_folder_is_not_read(path: Path, tmp_path: Path) -> None:
    """It is refused in words."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret.register.yaml").write_text(documents.dump(Register(system="desk")), encoding="utf-8")
    register_path(path).symlink_to(other / "secret.register.yaml")

    with pytest.raises(DocumentError, match="a link out of its folder"):
        Session.open(path, library())


def test_files_are_looked_at_while_answers_are_foreseen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes long for a large drawing; a change from outside is noticed meanwhile."""
    monkeypatch.setattr(Background, "start", lambda _: None)
    monkeypatch.setattr(background_module, "WATCH_EVERY", 0.0)
    session = Session.open(path, library())
    try:
        session._background.settle()
        marked(path, "TLP:RED")

        session._background.foresee()

        assert "conflict" == status(session)["saving"]
    finally:
        session.close()


# Days


def test_what_is_shown_is_of_the_day_on_which_it_is_shown(path: Path) -> None:
    """Over a weekend without an edit an acceptance ends; pages are told, and so is whoever asks at once."""
    day = [TODAY]
    session = Session(path, library(), today=lambda: day[0])
    try:
        ends = (TODAY + timedelta(days=1)).isoformat()
        said = {"treatment": "accept", "owner": "A", "rationale": "r", "approver": "Head", "expires": ends}
        do(session, "decide", key=SURPLUS, **said)

        def standing() -> str:
            rows = session.ask(m.AskRegister())["rows"]
            return next(str(row["standing"]) for row in rows if row["key"] == SURPLUS)

        assert "decided" == standing()
        told: list[Any] = []
        session.listen(told.append)
        day[0] = TODAY + timedelta(days=4)
        until = time.monotonic() + PATIENCE
        while session._timeline.display.assessment.today != day[0] and time.monotonic() < until:
            time.sleep(0.05)

        assert day[0] == session._timeline.display.assessment.today
        matched = session._timeline.display.matched
        assert matched in [change["set"].get("status", {}).get("status", {}).get("matched") for change in told]
        assert "lapsed" == standing()
        day[0] += timedelta(days=1)
        assert day[0] == session.assessment.today
    finally:
        session.close()


# Undo


def test_the_undo_history_outlives_the_kernel(path: Path) -> None:
    """After the session has ended, each step can be taken back and done again, with its name and who made it."""
    text = path.read_bytes()
    with_names = ["One", "Two", "Three"]
    session = Session.open(path, library())
    for name in with_names:
        rename(session, name)
    do(session, "dismiss", key=SURPLUS, reason="Not used.")
    do(session, "undo")
    session.close()

    again = Session.open(path, library())
    try:
        assert again is not session
        steps = again.ask(m.AskHistory())["steps"]
        assert [True, False, False, False] == [step["undone"] for step in steps]
        assert {"A"} == {step["by"] for step in steps}
        assert status(again)["redo"]
        for name in ("Two", "One", "Desk"):
            do(again, "undo")
            assert name == again.system.element("app").name
        do(again, "save")
        assert text == path.read_bytes()
        do(again, "redo")
        assert "One" == again.system.element("app").name
    finally:
        again.close()


def test_the_undo_history_of_another_drawing_is_not_used(path: Path) -> None:
    """Where the file was changed meanwhile, taking back would undo what others wrote."""
    session = Session.open(path, library())
    rename(session, "One")
    session.close()
    path.write_text(path.read_text(encoding="utf-8").replace("One", "Theirs"), encoding="utf-8")

    again = Session.open(path, library())
    try:
        assert status(again)["undo"] is None
        assert "Theirs" == again.system.element("app").name
    finally:
        again.close()


# Work


def test_an_edit_checks_the_drawing_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is made: a system is built, and so checked, once for each edit."""
    made: list[int] = []
    check, here = System.__post_init__, threading.get_ident()

    def counted_check(system: System) -> None:
        if system.elements and threading.get_ident() == here:  # what goes on in the background is no edit
            made.append(1)
        check(system)

    monkeypatch.setattr(System, "__post_init__", counted_check)
    edits: dict[str, dict[str, Any]] = {
        "rename": {"op": "change", "ids": ["app"], "set": {"name": "Renamed"}},
        "answer": {"op": "change", "ids": ["helper"], "set": {"controls": {"unused-capability-block": True}}},
        "into": {"op": "change", "ids": ["app"], "set": {"boundary": "internet"}},
        "whole": {"op": "change", "ids": ["desk"], "set": {"stakes": "high"}},
        "move": {"op": "move", "places": {"app": [10, 10]}, "into": {"app": "ours"}},
        "add": {"op": "add", "part": "elements", "thing": {"technology": "database"}, "at": [0, 900]},
        "remove": {"op": "remove", "ids": ["app"]},
        "paste": {"op": "paste", "elements": [{"id": "helper", "technology": "own-llm"}]},
    }
    counted = {}
    for name, edit in edits.items():
        made.clear()
        session.do(m.operation(edit))
        counted[name] = len(made)

    assert dict.fromkeys(edits, 1) == counted


def test_what_an_answer_changes_is_matched_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said beforehand and then given, or asked for by a page meanwhile: the system it leads to is matched once."""
    counted: list[System] = []
    monkeypatch.setattr(matches, "match", lambda system, known: counted.append(system) or match(system, known))
    answer = {"op": "change", "ids": ["helper"], "set": {"controls": {"unused-capability-block": True}}}

    for _ in range(3):
        session.ask(m.asked({"ask": "preview", "op": answer}))
    session.do(m.operation(answer))

    assert 1 == sum(system == session.system for system in counted)


def test_cards_are_made_once_for_all_who_ask_the_same(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """And anew after an edit."""
    made: list[Any] = []
    real = cards.cards
    monkeypatch.setattr(cards, "cards", lambda *arguments, **named: made.append(1) or real(*arguments, **named))

    for _ in range(50):
        session.ask(m.AskCards(ids=()))
    assert 1 == len(made)
    rename(session, "Other")
    session.ask(m.AskCards(ids=()))

    assert 2 == len(made)


# Without a file


def test_a_drawing_without_a_file_can_be_given_one(tmp_path: Path) -> None:
    """A system, or what was decided about one: it is drawn on, and kept where people say; never over another file."""
    drawn = desk()
    register = Register(system="desk").handled(Handling(marking="TLP:GREEN", by="A", on=TODAY))
    found = match(drawn, library())
    assessment = Assessment(system=drawn, library=library(), match=found, register=register, today=date(2026, 1, 1))
    for source in (drawn, assessment):
        session = Session.of(source, library())
        try:
            assert drawn == session.system
            assert "nowhere" == status(session)["saving"]
            assert "save_as" in status(session)["why"]
            rename(session, "Drawn")
            taken = tmp_path / "taken.yaml"
            taken.write_text("mine", encoding="utf-8")
            for place, words in ((taken, "already"), (tmp_path / "none" / "a.yaml", "no folder"), ("a.txt", "yaml")):
                with pytest.raises(OperationError, match=words):
                    session.save_as(place)
            assert "mine" == taken.read_text(encoding="utf-8")
            place = session.save_as(tmp_path / f"{type(source).__name__}.yaml")

            assert session.path == place
            assert "Drawn" in place.read_text(encoding="utf-8")
            assert register_path(place).exists() is (source is assessment)
            rename(session, "Drawn on")
            do(session, "save")
            assert "Drawn on" in place.read_text(encoding="utf-8")
        finally:
            session.close()
