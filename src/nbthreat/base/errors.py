"""Everything this package raises on purpose.

NbthreatError
├── DocumentError    a file is not what it should be; carries .faults, all of them, each at file:line
│   └── LibraryError threats that cannot be asked: the faults of a whole library at once
├── Conflict         a file changed under our hands; nothing was written
├── ModelError       a System that cannot exist; carries .problems, each with its place in the value
├── RegisterError    a decision that contradicts another, or one that nobody may take
├── LeakError        something private in what was about to be published; carries .leaks (in `publication.linting`)
└── OperationError   an edit that cannot be made; the drawing is as it was
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""Where in a value something is: ("elements", 2, "technology")."""

_SHOWN_FAULTS = 25
_SHOWN_CHARACTERS = 80
_SHOWN_PATH = 300
_SHOWN_BYTES = 3_500


class NbthreatError(Exception):
    """The root: catch this one to catch them all."""

    def _render_traceback_(self) -> list[str]:
        """Say in a notebook what is wrong, without the way through the code that found it."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file, in words a person can act on."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{clean(self.file, _SHOWN_PATH)}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a value; `documents` turns its place into a line."""

    place: Place
    message: str
    first: Place | None = None  # of what it clashes with, where there is such a thing


class DocumentError(NbthreatError):
    """A file is not what it should be."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        lines: list[str] = []
        room = _SHOWN_BYTES
        for fault in self.faults[:_SHOWN_FAULTS]:
            room -= len(str(fault).encode(errors="replace")) + 1
            if room < 0 and lines:
                break
            lines.append(str(fault))
        if len(self.faults) > len(lines):
            lines.append(f"and {len(self.faults) - len(lines)} more faults")
        super().__init__("\n".join(lines))


class LibraryError(DocumentError):
    """A threat library whose threats cannot be asked."""


class Conflict(NbthreatError):  # noqa: N818 - what it is, not that it is an error, is the news
    """The file on disk is no longer the one that was read; it was left as it is."""

    def __init__(self, path: object, *, expected: str | None, found: str | None) -> None:
        self.expected = expected
        self.found = found
        was = f"revision {expected[:12]}" if expected else "no file"
        now = f"revision {found[:12]}" if found else "no file"
        super().__init__(
            f"{clean(str(path))}: changed on disk since it was read (expected {was}, found {now}). "
            "Nothing was written. Read the file again and make the change there."
        )


class ModelError(NbthreatError):
    """A System that cannot exist."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class RegisterError(NbthreatError):
    """A decision that contradicts another, or one that nobody may take; `place` is where in the value, if known."""

    def __init__(self, message: str, *, place: Place = (), first: Place | None = None) -> None:
        self.place = place
        self.first = first  # what it clashes with, where there is such a thing
        super().__init__(message)


class OperationError(NbthreatError):
    """An edit that cannot be made, in words for the person who tried; the drawing is as it was."""


def clean(text: str, limit: int = _SHOWN_CHARACTERS) -> str:
    """Return `text` fit for a terminal and a log: no control or invisible character, at most `limit` long."""
    shown = text[: limit + 1]
    safe = "".join(
        character if character.isprintable() or character == " " else f"\\u{ord(character):04x}"
        for character in shown
        if unicodedata.category(character) != "Cs"
    )
    return safe[: limit - 1] + "…" if len(safe) > limit or len(text) > limit else safe


def quoted(text: object) -> str:
    """Return what a person wrote, in quotes, cut and cleaned."""
    return f"'{clean(str(text))}'"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean …?' for the known name that is nearest to `name`, or '' where none is near.

    >>> did_you_mean("boundry", ["boundary", "flow"])
    " Did you mean 'boundary'?"
    """
    folded = {known_name.casefold(): known_name for known_name in known}
    near = difflib.get_close_matches(name[:_SHOWN_CHARACTERS].casefold().replace("_", "-"), folded, n=1, cutoff=0.6)
    return f" Did you mean {quoted(folded[near[0]])}?" if near else ""


def hint(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean …?' for the nearest known name, or the known names when they are few."""
    names = sorted(set(known))
    few = 12
    listed = f" Known here: {', '.join(names)}." if 0 < len(names) <= few else ""
    return did_you_mean(name, names) or listed
