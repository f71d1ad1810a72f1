"""Sign-offs: what is caught, what is let pass, what a killed signer leaves, and whose key it was.

Run as a script, this file is the signer that is killed: `test_signing.py kill FOLDER TIMES`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers import CHECKOUT, SURPLUS, SYSTEMS, TODAY, decision, desk, library
from nbthreat.base.errors import DocumentError, NbthreatError, RegisterError
from nbthreat.cli import BAD_INPUT, FINE, INCOMPLETE, main
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Act, Handling, Marking, Register, read_register, register_path
from nbthreat.publishing.signing import (
    Approval,
    SignOff,
    Statement,
    canonical,
    differences,
    foreign_file,
    odd_letters,
    read,
    read_signed,
    sign,
    sign_file,
    signed_in_effect,
    signed_path,
    signed_state,
    signer,
)
from nbthreat.system import documents
from nbthreat.system.changes import fingerprint
from nbthreat.system.model import System

CHANGED = 1
FLIPS = 2_000
KILLS = 60
KEYGEN = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")


def statement(**said: Any) -> Statement:
    """What somebody says by signing."""
    usual = {"by": "Risk owner", "on": TODAY, "decision": Approval.APPROVED, "marking": Marking.AMBER}
    return Statement(**{**usual, **said})


def seen(path: Path) -> Assessment:
    """A system file and the register beside it, looked at."""
    system = library().read_system(path).value
    return assess(system, library(), read_register(path, id=system.id).value, today=TODAY)


def signed(path: Path, **said: Any) -> SignOff:
    """Sign what is there now."""
    return sign_file(path, seen(path), statement(**said))


def found_different(path: Path) -> tuple[str, ...]:
    """What differs from the sign-off of a system file."""
    system = library().read_system(path).value
    register = read_register(path, id=system.id).value
    effective = signed_in_effect(path, register)
    assert effective
    return differences(effective, system, register, library())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The chatbot, with comments and layout, and a register in which several things were said."""
    path = tmp_path / "chatbot.yaml"
    path.write_bytes((SYSTEMS / "chatbot.yaml").read_bytes())
    system = library().read_system(path).value
    register = (
        Register(system=system.id)
        .deciding(decision("surplus-capability@chat-model", on=TODAY, by="Analyst", plan="Switch it off: all of it."))
        .deciding(decision("conversation-exposure@chat-log", rationale="Wait, # and see.", on=TODAY, by="Analyst"))
        .reviewing(system, library(), by="Analyst", on=TODAY)
    )
    documents.save(read_register(path, id=system.id), register)
    kept = register_path(path)
    text = kept.read_text("utf-8")
    kept.write_text(text.replace("decisions:\n", "# What was decided so far, and why it was.\ndecisions:\n"), "utf-8")
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key that was made a moment ago."""
    return made_key(tmp_path / "key")


def made_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path


def allowing(key: Path, name: str) -> Path:
    """A file of allowed signers with the name of whoever has that key."""
    file = key.with_suffix(".allowed")
    file.write_text(f"{name} {key.with_suffix('.pub').read_text('ascii')}", "ascii")
    return file


# What is signed


def test_a_sign_off_is_an_entry_of_the_log_and_a_file_beside_the_system(path: Path) -> None:
    """The digest covers the register with that very entry."""
    before = read_register(path, id="chatbot").value

    made = signed(path, decision=Approval.WITH_CONDITIONS, conditions="Until March.")

    register = read_register(path, id="chatbot").value
    entry = register.log[-1]
    assert before.log == register.log[:-1]
    assert (Act.SIGNED, "Risk owner", TODAY) == (entry.act, entry.by, entry.on)
    assert ("approved-with-conditions, for TLP:AMBER", "Until March.") == (entry.what, entry.why)
    assert (fingerprint(seen(path).system), library().sha256) == (entry.system, entry.library)
    assert made == read_signed(signed_path(path))
    assert canonical(documents.plain(register)) == canonical(made.register)
    assert {risk.key for risk in seen(path).risks} == {found.key for found in made.found}
    assert () == found_different(path)
    assert "# What was decided so far, and why it was." in register_path(path).read_text("utf-8")


def test_the_same_content_signed_twice_has_another_digest_and_the_first_is_not_lost(path: Path) -> None:
    """Salt keeps contents from being guessed; the chain names every earlier sign-off in order."""
    first = signed(path)
    second = signed(path, by="Board", decision=Approval.NOT_APPROVED)
    third = signed(path)

    assert 3 == len({first.head.digest, second.head.digest, third.head.digest})
    assert (first.head.digest, second.head.digest) == tuple(previous.digest for previous in third.head.previous)
    assert [Approval.APPROVED, Approval.NOT_APPROVED] == [previous.decision for previous in third.head.previous]
    assert third == read_signed(signed_path(path))
    same = sign(seen(path), statement(), salt="same")[1].head.digest
    assert same == sign(seen(path), statement(), salt="same")[1].head.digest
    assert same != sign(seen(path), statement(marking=Marking.CLEAR), salt="same")[1].head.digest


@pytest.mark.parametrize(
    "said",
    [
        {"by": " "},
        {"decision": Approval.WITH_CONDITIONS},
        {"conditions": "But only on Mondays."},
        {"decision": Approval.NOT_APPROVED, "conditions": "Ask again."},
    ],
)
def test_a_statement_that_cannot_stand_is_refused(said: dict[str, Any]) -> None:
    """Nobody's, with conditions that are not told, or with some where there are none."""
    with pytest.raises(RegisterError):
        statement(**said)


def test_what_was_not_followed_to_the_end_is_not_signed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could say what it is."""
    arguments = ["sign", str(path), "--by", "Risk owner", "--decision", "approved", "--budget", "1"]

    assert INCOMPLETE == main(arguments)
    assert "incomplete: not followed to the end" in capsys.readouterr().err
    assert not signed_path(path).exists()
    now = seen(path)
    short = assess(now.system, library(), now.register, today=TODAY, budget=1)
    with pytest.raises(NbthreatError, match="not everything was followed to the end"):
        sign_file(path, short, statement())


def test_a_register_that_changed_meanwhile_is_not_signed(path: Path) -> None:
    """What one signs is what one looked at."""
    before = seen(path)
    kept = read_register(path, id="chatbot")
    documents.save(kept, kept.value.deciding(decision("evasion@chat-model", on=TODAY)))

    with pytest.raises(NbthreatError, match="the register changed while it was looked at"):
        sign_file(path, before, statement())
    assert not signed_path(path).exists()


def test_nothing_is_signed_after_a_sign_off_that_was_tampered_with(path: Path) -> None:
    """It would vouch for a chain with a broken link; the register stays as it is."""
    signed(path)
    file = signed_path(path)
    file.write_text(file.read_text("utf-8").replace('"approved"', '"not-approved"', 1), "utf-8")
    before = register_path(path).read_bytes()

    with pytest.raises(DocumentError, match="tampered with"):
        signed(path)
    assert before == register_path(path).read_bytes()


# What is caught


def flips(data: bytes, times: int, seed: int) -> list[tuple[int, bytes]]:
    """Data with one byte made another one, at `times` places: every second time one that can be typed."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    made = []
    for n in range(times):
        at = chance.randrange(len(data))
        others = [byte for byte in (range(256) if n % 2 else range(32, 127)) if byte != data[at]]
        made.append((at, data[:at] + bytes([chance.choice(others)]) + data[at + 1 :]))
    return made


@KEYGEN
def test_every_flipped_byte_of_a_signed_file_is_caught(path: Path, key: Path) -> None:
    """In its content, its digest, its salt, its signature, its blanks."""
    sign_file(path, seen(path), statement(), key=key)
    file = signed_path(path)
    data = file.read_bytes()
    assert signer(read(data, "x").head.digest, read(data, "x").head.ssh)

    let_pass = []
    for at, flipped in flips(data, FLIPS, seed=9):
        try:
            sign_off = read(flipped, str(file))
            signer(sign_off.head.digest, sign_off.head.ssh)
        except NbthreatError:
            continue
        let_pass.append((at, flipped[at]))

    assert [] == let_pass


def test_a_signed_file_passes_a_change_of_line_ends_and_no_other_rewriting(path: Path) -> None:
    """Git may turn line ends; whatever else wrote it anew could have changed it."""
    signed(path)
    data = signed_path(path).read_bytes()

    assert read(data, "x") == read(data.replace(b"\n", b"\r\n"), "x") == read(data.rstrip(), "x")
    with pytest.raises(DocumentError, match="not written as it was"):
        read(json.dumps(json.loads(data)).encode(), "x")
    for wrong in (b"", b"[]", b"{}", b'{"signoff": 2}', b"\xff", b"[" * 100_000, b'{"signoff": 1, "signoff": 1}'):
        with pytest.raises(DocumentError):
            read(wrong, "x")


@pytest.mark.parametrize("which", ["system", "register"])
def test_a_flipped_byte_is_caught_where_content_changes_and_only_there(path: Path, which: str) -> None:
    """Judged by another reader of YAML: where it reads the same text, nothing may be called changed."""
    made = signed(path)
    now = seen(path)
    file = path if which == "system" else register_path(path)
    data = file.read_bytes()
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    content = yaml.load(data, Loader=loader)  # noqa: S506 - text only
    counts = {"caught": 0, "unreadable": 0, "passed": 0}

    for at, flipped in flips(data, FLIPS, seed=10):
        try:
            same = yaml.load(flipped, Loader=loader) == content  # noqa: S506 - text only
        except (yaml.YAMLError, UnicodeDecodeError, ValueError):
            same = False
        file.write_bytes(flipped)
        try:
            system = library().read_system(path).value if which == "system" else now.system
            register = read_register(path, id="chatbot").value if which == "register" else now.register
            caught = bool(differences(made, system, register, library()))
        except NbthreatError:
            counts["unreadable"] += 1
            continue
        assert caught != same, f"byte {at}: {data[at : at + 1]!r} → {flipped[at : at + 1]!r}"
        counts["caught" if caught else "passed"] += 1

    assert min(counts.values()) > 5, counts


def quoted_and_turned(text: str) -> str:
    """The same content written by somebody else: other quotes, order of keys, indentation, no comments."""

    class Texts(yaml.SafeDumper):
        pass

    def text_of(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        plain = re.fullmatch(r"-?[0-9.]+|true|false|[0-9]{4}-[0-9-]+", value)
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else "'")

    def turned(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: turned(item) for key, item in reversed(data.items())}
        return [turned(item) for item in data] if isinstance(data, list) else data

    Texts.add_representer(str, text_of)
    written = yaml.dump(turned(yaml.load(text, Loader=yaml.BaseLoader)), Dumper=Texts, sort_keys=False, indent=7)  # noqa: S506
    return re.sub(r"'(-?[0-9.]+|true|false)'(?=[,\]\n])", r"\1", written)


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "# Checked.\n" + text.replace("\nid:", "\n# Here.\nid:") + "\n\n# The end.\n",
        lambda text: re.sub(r"#.*", "# Another word.", text) if "Wait" not in text else text,
        lambda text: (
            documents.dump(documents.loads(Register, text.encode(), Path("x")).value)
            if "\nsystem:" in text
            else documents.dump(documents.loads(System, text.encode(), Path("x")).value)
        ),
    ],
    ids=["line ends", "comments added", "comments changed", "written anew"],
)
def test_reformatting_passes(path: Path, rewritten: Callable[[str], str]) -> None:
    """Of the system and of the register."""
    signed(path)
    for file in (path, register_path(path)):
        before = file.read_bytes()
        file.write_bytes(rewritten(before.decode()).encode())
        assert before != file.read_bytes() or file != path

    assert () == found_different(path)
    assert FINE == main(["verify", str(path)])


def test_other_quotes_indentation_and_order_of_keys_pass(path: Path) -> None:
    """Of both files, written by another program."""
    text = path.read_text("utf-8")
    path.write_text(text.replace('version: "1.0"', "version: first"), "utf-8")  # a text no reader takes for a number
    signed(path)
    path.write_text(quoted_and_turned(path.read_text("utf-8")), "utf-8")

    assert () == found_different(path)


def test_a_whole_number_is_the_same_however_it_is_written_and_no_yes(tmp_path: Path) -> None:
    """1.0 is saved as 1; but true is not 1."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    signed(path)
    text = path.read_text("utf-8")

    path.write_text(text.replace("temperature: 1", "temperature: 1.0"), "utf-8")
    assert () == found_different(path)
    path.write_text(text.replace("temperature: 1", "temperature: true"), "utf-8")
    assert ("element helper: settings.temperature: 1 → true",) == found_different(path)


def test_differences_are_told_with_their_place(path: Path) -> None:
    """What changed, what came, what went, in the system, the register and the library."""
    was = signed(path)
    now = seen(path)
    system, register = now.system, now.register
    helper = system.element("chat-model")
    elements = tuple(replace(element, name="Model") if element is helper else element for element in system.elements)
    changed = replace(system, elements=elements, flows=system.flows[1:], layout=system.layout)
    moved = replace(register, decisions=(replace(register.decisions[0], plan="Nothing."), *register.decisions[1:]))

    assert (
        f"element chat-model: name: {helper.name} → Model",
        f"flow {system.flows[0].id}: no longer there",
        "decision about surplus-capability@chat-model: plan: Switch it off: all of it. → Nothing.",
    ) == differences(was, changed, moved, library())
    [name] = differences(was, system, register, replace(library(), sha256="0" * 64))
    assert name.startswith("library: ")
    assert name.endswith("(000000000000)")
    turned = replace(system, flows=system.flows[::-1])
    assert ("flows: in another order",) == differences(was, turned, register, library())
    without = replace(now, system=replace(system, purpose=""))
    register, was = sign(without, statement(), salt="x")
    changed = replace(system, purpose="x")
    assert ("system: purpose: (nothing) → x",) == differences(was, changed, register, library())


def test_a_log_that_lost_gained_or_swapped_an_entry_fails(path: Path) -> None:
    """Deleted crudely it cannot be read; renumbered so that it can, it is not what was signed."""
    signed(path)
    now = seen(path)
    log = now.register.log
    other = replace(log[0], what="Something else.")
    forged = {
        "deleted": (log[0], *log[2:]),
        "inserted": (log[0], other, *log[1:]),
        "reordered": (log[1], log[0], *log[2:]),
        "rewritten": (other, *log[1:]),
        "added": (*log, other),
    }
    for how, entries in forged.items():
        numbered = tuple(replace(entry, number=n) for n, entry in enumerate(entries, 1))
        register = replace(now.register, log=numbered)
        effective = signed_in_effect(path, register)
        assert effective
        found = differences(effective, now.system, register, library())
        assert any(name.startswith("log entry") for name in found), how
    file = register_path(path)
    text = file.read_text("utf-8")
    start, end = text.index("  - number: 2"), text.index("  - number: 3")
    file.write_text(text[:start] + text[end:], "utf-8")
    assert BAD_INPUT == main(["verify", str(path)])


def test_what_was_decided_after_signing_shows(path: Path) -> None:
    """On every page: by whom it was signed, and that it is no longer that."""
    assert signed_state(path, seen(path)) is None
    made = signed(path)
    state = signed_state(path, seen(path))
    assert state
    assert (True, made.head.digest, "TLP:AMBER") == (state.unchanged, state.digest, state.marking)
    assert "Signed: approved, for TLP:AMBER, by Risk owner on 2026-11-30. Unchanged since." == state.words

    kept = read_register(path, id="chatbot")
    documents.save(kept, kept.value.deciding(decision("surplus-capability@chat-model", "No.", on=TODAY, by="Analyst")))

    state = signed_state(path, seen(path))
    assert state
    assert not state.unchanged
    assert "log entry 5: not there when it was signed" in state.differences
    assert any("rationale: Said so. → No." in difference for difference in state.differences)
    assert state.words.startswith("Changed since it was signed, in ")
    assert state == signed_state(made, seen(path))


# The commands


def test_verify_says_what_it_is_and_ends_with_a_code_for_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 as signed, 1 changed since, 2 not to be read, or never signed."""
    assert BAD_INPUT == main(["verify", str(path)])
    assert "there is no sign-off" in capsys.readouterr().err
    arguments = ["sign", str(path), "--by", "Risk owner", "--decision", "approved", "--for", "AMBER+STRICT"]
    assert FINE == main(arguments)
    digest = read_signed(signed_path(path)).head.digest
    assert f"digest {digest}" in capsys.readouterr().out

    assert FINE == main(["verify", str(path)])
    told = capsys.readouterr().out
    assert "for TLP:AMBER+STRICT, by Risk owner" in told
    assert f"digest {digest}" in told
    assert "No key signed it" in told
    assert FINE == main(["verify", str(signed_path(path))])
    assert "The file is as it was signed." in capsys.readouterr().out
    assert BAD_INPUT == main(["verify", str(path), "--allowed-signers", str(path)])
    assert "no key signed it" in capsys.readouterr().err

    path.write_text(
        path.read_text("utf-8").replace("    technology: end-user", "    technology: end-user\n    needs: []"), "utf-8"
    )
    assert CHANGED == main(["verify", str(path)])
    told = capsys.readouterr().out
    assert "needs: (nothing) → []" in told
    assert "Changed since it was signed." in told
    file = signed_path(path)
    file.write_text(file.read_text("utf-8").replace("Risk owner", "Risk 0wner"), "utf-8")
    assert BAD_INPUT == main(["verify", str(path)])
    assert "tampered with" in capsys.readouterr().err


def test_many_differences_are_told_as_some_and_a_count(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody reads two hundred lines."""
    signed(path)
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"\n    name: ", "\n    name: Our ", text), "utf-8")
    register_path(path).unlink()

    assert CHANGED == main(["verify", str(path)])
    told = capsys.readouterr().out.splitlines()
    assert 12 == sum(line.startswith("changed: ") for line in told)
    assert re.fullmatch(r"and [0-9]+ more", told[-2])


def test_the_marking_is_the_registers_unless_another_is_named(path: Path) -> None:
    """RED where nobody said."""
    arguments = ["sign", str(path), "--by", "Risk owner", "--decision", "approved"]
    assert FINE == main(arguments)
    assert Marking.RED is read_signed(signed_path(path)).marking
    kept = read_register(path, id="chatbot")
    documents.save(kept, kept.value.handled(Handling(marking="TLP:GREEN", by="Analyst", on=TODAY)))
    assert FINE == main(arguments)
    assert Marking.GREEN is read_signed(signed_path(path)).marking
    assert FINE == main([*arguments, "--for", "CLEAR"])
    assert Marking.CLEAR is read_signed(signed_path(path)).marking


@pytest.mark.parametrize(
    ("role", "odd"),
    [
        ("Risk owner", ()),
        ("R\u0456sk owner", ("CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I (U+0456)",)),
        ("Responsável pelo risco, n.º 2", ()),
        ("Владелец риска", ()),
        ("リスク管理の責任者", ()),
        ("Risk\u200bowner", ("ZERO WIDTH SPACE (U+200B)",)),
        ("Risk \u03bfwner", ("GREEK SMALL LETTER OMICRON (U+03BF)",)),
        ("", ()),
    ],
)
def test_letters_that_look_like_others_are_pointed_out(role: str, odd: tuple[str, ...]) -> None:
    """And whole roles in any script are not."""
    assert odd == odd_letters(role)


def test_a_role_with_such_letters_is_pointed_out_when_signed_and_when_verified(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also the role of an earlier sign-off."""
    for role in ("R\u0456sk owner", "Risk owner"):
        assert FINE == main(["sign", str(path), "--by", role, "--decision", "approved"])
        assert "note: CYRILLIC SMALL LETTER" in capsys.readouterr().err
    assert FINE == main(["verify", str(path)])
    assert "it may be another role than it seems" in capsys.readouterr().err


# Keys


@KEYGEN
def test_a_key_tells_who_signed_and_no_other_signature_counts(
    path: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name only with the file of allowed signers; one whose key it is not is refused."""
    arguments = ["sign", str(path), "--by", "Risk owner", "--decision", "approved", "--key", str(key)]
    assert FINE == main(arguments)
    capsys.readouterr()

    assert FINE == main(["verify", str(path)])
    assert "whose that is nobody said: give --allowed-signers" in capsys.readouterr().out
    mine = allowing(key, "owner@example.org")
    assert FINE == main(["verify", str(path), "--allowed-signers", str(mine)])
    assert "Signed with the key of owner@example.org (SHA256:" in capsys.readouterr().out
    assert FINE == main(["verify", str(signed_path(path)), "--allowed-signers", str(mine)])
    other = made_key(tmp_path / "other")
    assert BAD_INPUT == main(["verify", str(path), "--allowed-signers", str(allowing(other, "other@example.org"))])
    assert "nobody in" in capsys.readouterr().err
    assert BAD_INPUT == main(["verify", str(path), "--allowed-signers", str(tmp_path / "none")])
    assert "no such file" in capsys.readouterr().err

    made = read_signed(signed_path(path))
    elsewhere = sign(seen(path), statement(by="Board"), salt="x")[1].with_signature(made.head.ssh)
    with pytest.raises(NbthreatError, match="not one over what was signed"):
        signer(elsewhere.head.digest, elsewhere.head.ssh)
    with pytest.raises(NbthreatError, match="not one over what was signed"):
        signer(elsewhere.head.digest, elsewhere.head.ssh, mine)
    with pytest.raises(NbthreatError, match="none that can be read"):
        signer(made.head.digest, "no signature")
    bare = made.head.ssh.rstrip("=")
    twin = bare[:-1] + chr(ord(bare[-1]) + 1) + made.head.ssh[len(bare) :]  # the same bytes, written otherwise
    assert base64.b64decode(twin) == base64.b64decode(made.head.ssh)
    with pytest.raises(NbthreatError, match="none that can be read"):
        signer(made.head.digest, twin)


@KEYGEN
def test_a_key_that_does_not_sign_leaves_everything_as_it_was(path: Path, tmp_path: Path) -> None:
    """There is none, or it is no key."""
    before = register_path(path).read_bytes()
    for key in (tmp_path / "none", path):
        with pytest.raises(NbthreatError, match="no signature was made with this key"):
            sign_file(path, seen(path), statement(), key=key)
    assert before == register_path(path).read_bytes()
    assert [] == [
        other.name for other in tmp_path.iterdir() if ".signed.json" in other.name and other.suffix != ".lock"
    ]


@KEYGEN
def test_a_signature_that_cannot_be_checked_is_not_taken_for_a_good_one(
    path: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no ssh-keygen."""
    sign_file(path, seen(path), statement(), key=key)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert BAD_INPUT == main(["verify", str(path)])
    assert "signatures take OpenSSH's ssh-keygen, and there is none here" in capsys.readouterr().err


# A signer that is killed

TESTS = [str(Path(__file__).parent), str(CHECKOUT / "tests")]
DIES = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {tests!r}
from test_signing import documents, sign_file, seen, statement
save, replace_ = documents.save, Path.replace
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def save_and_die(*arguments):
    save(*arguments)
    die()
if {when!r} == "before the register":
    documents.save = die
if {when!r} == "between the two":
    documents.save = save_and_die
sign_file(Path({path!r}), seen(Path({path!r})), statement(by="Killed"))
"""


@pytest.mark.parametrize(("when", "holds"), [("before the register", False), ("between the two", True)])
def test_a_signer_killed_between_its_writes_has_signed_or_has_not(path: Path, when: str, holds: bool) -> None:  # noqa: FBT001
    """The log decides, at once and for whoever signs next; nothing lies about afterwards."""
    earlier = signed(path)
    code = DIES.format(tests=TESTS, when=when, path=str(path))
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, timeout=900, check=False)
    assert (-signal.SIGKILL, b"") == (done.returncode, done.stderr)
    assert path.with_name(".chatbot.signed.json.waiting").exists()

    effective = signed_in_effect(path, seen(path).register)
    assert effective
    assert ("Killed" if holds else "Risk owner") == effective.head.by
    assert () == found_different(path)
    assert FINE == main(["verify", str(path)])

    later = signed(path, by="Board")
    assert (earlier.head.digest, *([effective.head.digest] if holds else [])) == tuple(
        previous.digest for previous in later.head.previous
    )
    assert later == read_signed(signed_path(path))
    assert not path.with_name(".chatbot.signed.json.waiting").exists()


def test_an_earlier_sign_off_that_waits_takes_nothing_back(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever puts one there: it counts nowhere, is told, is left, and nobody signs over it."""
    signed(path)
    old = signed_path(path).read_bytes()
    later = signed(path, by="Board", decision=Approval.NOT_APPROVED)
    waiting = path.with_name(".chatbot.signed.json.waiting")
    register = seen(path).register
    for planted in (old, later.written(), b"{}", old.replace(b"Risk owner", b"Risk 0wner")):
        waiting.write_bytes(planted)

        effective = signed_in_effect(path, register)
        assert effective == later
        assert waiting == foreign_file(path, register)
        assert FINE == main(["verify", str(path)])
        told = capsys.readouterr()
        assert "not-approved, for" in told.out
        assert "it does not count, and was left alone" in told.err
        with pytest.raises(DocumentError, match="follows neither the sign-off nor the log"):
            signed(path, by="Auditor")
        assert planted == waiting.read_bytes()
        assert later == read_signed(signed_path(path))
        assert register == seen(path).register
    waiting.unlink()
    assert later.chain == signed(path, by="Auditor").head.previous


def test_a_first_sign_off_that_waits_counts_only_while_the_log_knows_no_later_one(path: Path) -> None:
    """Also where the later one was taken away."""
    signed(path)
    old = signed_path(path).read_bytes()
    signed(path, by="Board", decision=Approval.NOT_APPROVED)
    signed_path(path).unlink()
    path.with_name(".chatbot.signed.json.waiting").write_bytes(old)

    assert signed_in_effect(path, seen(path).register) is None


@KEYGEN
def test_a_signature_that_was_taken_away_is_missed(path: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the file itself; and a later sign-off without a key is told to be one."""
    sign_file(path, seen(path), statement(), key=key)
    whole = signed_path(path).read_bytes()
    data = json.loads(whole)
    del data["ssh"]
    signed_path(path).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for file in (path, signed_path(path)):
        assert BAD_INPUT == main(["verify", str(file)])
        assert "a key signed it, and the signature is no longer there" in capsys.readouterr().err

    signed_path(path).write_bytes(whole)
    assert FINE == main(["verify", str(path)])
    signed(path, by="Board")
    capsys.readouterr()
    assert FINE == main(["verify", str(path)])
    assert (
        "the sign-off by Risk owner on 2026-11-30 was signed with a key, and this one is not" in capsys.readouterr().err
    )


def kill(folder: Path, times: int) -> None:
    """Kill a signer `times` times or more at a random moment; write how often it left no whole, and how many signed."""
    chance = random.Random(21)  # noqa: S311 - nothing secret
    path = folder / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())
    start = time.perf_counter()
    for _ in range(5):
        signed(path)
    takes = (time.perf_counter() - start) / 5  # which depends on what else the machine does
    broken = turn = entries = 0
    while turn < times or (entries <= times // 4 and turn < times * 20):
        child = os.fork()
        if not child:
            while True:
                signed(path, by=f"Turn {turn}")
        time.sleep(chance.uniform(0.2, 3) * takes)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        register = read_register(path, id="desk").value
        effective = signed_in_effect(path, register)
        whole = effective and found_different(path) == () and len(effective.chain) == len(register.log)
        broken += not whole
        turn, entries = turn + 1, len(register.log)
    sys.stdout.write(f"{broken} {entries}")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")
def test_a_signer_killed_at_any_moment_leaves_a_whole_sign_off(tmp_path: Path) -> None:
    """As many sign-offs in the chain as entries in the log, whenever one looks."""
    command = [sys.executable, __file__, "kill", str(tmp_path), str(KILLS)]
    paths = os.pathsep.join([*TESTS, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=3000,  # against a hang
        check=False,
    )

    assert ("", 0) == (done.stderr, done.returncode)
    broken, entries = map(int, done.stdout.split())
    assert 0 == broken
    assert entries > KILLS // 4, "too few sign-offs were finished to show anything"


def test_a_full_disk_leaves_no_half_of_a_sign_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the disk refuses, log and file agree."""
    signed(path)
    real = os.fsync
    for nth in range(1, 6):
        calls = [0]

        def refused(descriptor: int, nth: int = nth, calls: list[int] = calls) -> None:
            calls[0] += 1
            if calls[0] == nth:
                raise OSError(28, os.strerror(28))
            real(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", refused)
            with contextlib.suppress(DocumentError):
                signed(path, by=f"Attempt {nth}")
        register = seen(path).register
        effective = signed_in_effect(path, register)
        assert effective
        assert () == found_different(path), nth
        assert [Act.SIGNED] * len(effective.chain) == [entry.act for entry in register.log[-len(effective.chain) :]]


def test_a_folder_in_which_nothing_can_be_locked_is_told(path: Path) -> None:
    """And the register is as it was."""
    path.with_name(".chatbot.signed.json.lock").mkdir()
    before = register_path(path).read_bytes()

    with pytest.raises(DocumentError, match="could not be signed"):
        signed(path)
    assert before == register_path(path).read_bytes()


def test_the_helpdesk_can_be_signed_without_a_register(tmp_path: Path) -> None:
    """The register begins with the entry that tells of it."""
    path = tmp_path / "desk.yaml"
    documents.save(documents.new(desk(), path), desk())

    made = signed(path)

    assert [Act.SIGNED] == [entry.act for entry in read_register(path, id="desk").value.log]
    assert {SURPLUS} == {found.key for found in made.found if found.state == "open"}


if __name__ == "__main__":
    kill(Path(sys.argv[2]), int(sys.argv[3]))
