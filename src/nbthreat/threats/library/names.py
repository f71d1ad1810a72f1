"""Names: whether a system uses only names that a library knows, and each where it can be said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args

from nbthreat.base.errors import Place, Problem, hint, quoted
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import Answers, Asset, Element, Flow, System, TrustBoundary
from nbthreat.threats.conditions import Subject, Term
from nbthreat.threats.library.contents import Contents
from nbthreat.threats.library.parts import Control, Fact

PARTS: dict[str, type[Any]] = {"assets": Asset, "boundaries": TrustBoundary, "elements": Element, "flows": Flow}
"""What a system is made of, by the name of the field that lists it."""

FIELDS: dict[type[Any], dict[str, str]] = {
    Asset: {"kind": "kind of asset"},
    TrustBoundary: {},
    Element: {
        "technology": "technology",
        "also": "technology",
        "provides": "capability",
        "needs": "capability",
        "facts": "fact",
        "controls": "control",
    },
    Flow: {"facts": "fact", "controls": "control"},
    System: {"packs": "pack", "overrides": "override", "facts": "fact", "controls": "control"},
}
"""Each field that holds names of the library, and what they name; a test holds it against every field there is."""

_SUBJECTS = {Element: Subject.ELEMENT, Flow: Subject.FLOW, System: Subject.SYSTEM}


class Names:
    """Checks systems against the names of one library.

    It remembers the parts of the last system without a problem, and does not check them again: an edit makes one part
    anew and keeps all others.
    """

    def __init__(self, contents: Contents) -> None:
        vocabulary = contents.vocabulary
        self._packs = contents.packs
        self._records: dict[str, Mapping[str, Fact | Control]] = {"fact": contents.facts, "control": contents.controls}
        self._terms = {"fact": vocabulary.facts, "control": vocabulary.controls}
        self._known: dict[str, Collection[str]] = {
            "kind of asset": vocabulary.kinds.parents,
            "technology": vocabulary.technologies.parents,
            "capability": vocabulary.capabilities,
            **self._terms,
        }
        self._right: dict[int, Any] = {}

    def problems(self, system: System) -> Iterator[Problem]:
        """Yield each name in `system` that is not known, and each that cannot be said where it is said."""
        yield from self._pack_problems(system)
        right, wrong = self._right, False
        for part, cls in PARTS.items():
            for n, record in enumerate(getattr(system, part)):
                if right.get(id(record)) is not record:
                    for problem in self._record_problems(cls, record, (part, n)):
                        wrong = True
                        yield problem
        yield from self._record_problems(System, system, ())
        if not wrong:
            self._right = {id(record): record for part in PARTS for record in getattr(system, part)}

    def _pack_problems(self, system: System) -> Iterator[Problem]:
        """Yield where the packs and overrides that a system names are not those of the library."""
        loaded = {pack.folder for pack in self._packs if pack.folder}
        for n, folder in enumerate(system.packs):
            if folder not in loaded:
                message = f"the pack {quoted(folder)} was not read yet. Open the file again."
                yield Problem(("packs", n), f"{message}{hint(folder, loaded)}")
        if loaded.difference(system.packs):
            missing = ", ".join(map(quoted, sorted(loaded.difference(system.packs))))
            yield Problem(("packs",), f"the system no longer names the pack {missing}. Open the file again.")
        overridden = {id for pack in self._packs for id in pack.overrides}
        for n, id in enumerate(system.overrides):
            if id not in overridden:
                message = f"no pack of this system overrides {quoted(id)}. Take it out.{hint(id, overridden)}"
                yield Problem(("overrides", n), message)

    def _record_problems(self, cls: type[Any], record: Any, place: Place) -> Iterator[Problem]:
        for field, what in FIELDS[cls].items():
            said = getattr(record, field)
            if what in self._terms:
                yield from self._answer_problems(cls, record, said, what, (*place, field))
            elif what in self._known:
                for name in (said,) if isinstance(said, str) else said or ():
                    if name not in self._known[what]:
                        yield self._unknown((*place, field), what, name)
        for field, values in _CLOSED[cls].items():
            said = getattr(record, field)
            if said is not None and said not in values:
                message = f"{field} must be one of {', '.join(values)}, not {quoted(said)}."
                yield Problem((*place, field), f"{message}{hint(str(said), values)}")

    def _answer_problems(
        self, cls: type[Any], record: Any, said: Answers, what: str, place: Place
    ) -> Iterator[Problem]:
        terms, subject = self._terms[what], _SUBJECTS[cls]
        technologies = record.technologies if cls is Element else ()
        for name, answer in said.items():
            here = (*place, name)
            if name not in terms:
                yield self._unknown(here, what, name)
            elif answer is not True and answer is not False:
                yield Problem(here, f"{name} must be true or false, not {quoted(answer)}.")
            elif not all(technology in self._known["technology"] for technology in technologies):
                continue  # what can be said of it shows when it has the right name
            elif not sayable(terms[name], subject, *technologies):
                of = self._records[what][name].of
                where = f"a {' and '.join(technologies)}" if technologies else "a flow" if cls is Flow else "the system"
                yield Problem(here, f"{what} {quoted(name)} cannot be said of {where}. It is of: {', '.join(of)}.")

    def _unknown(self, place: Place, what: str, name: str) -> Problem:
        return Problem(place, f"unknown {what} {quoted(name)}.{hint(name, self._known[what])}")


def sayable(term: Term, subject: Subject, *technologies: str) -> bool:
    """Return whether a fact or control can be said of a flow, the system, or an element of one of `technologies`.

    >>> sayable(Term(of=frozenset({"hosted-llm"})), Subject.ELEMENT, "hosted-llm")
    True
    >>> sayable(Term(of=frozenset({"hosted-llm"})), Subject.FLOW)
    False
    """
    if subject is Subject.ELEMENT:
        return not term.of.isdisjoint(technologies)
    return term.of_flows if subject is Subject.FLOW else term.of_system


def with_labels(system: System, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems of a system that has no file with the id of the part that each is of before its words."""
    for problem in problems:
        match problem.place:
            case (str(part), int(n), *_) if part in PARTS:
                where = getattr(system, part)[n].id
            case _:
                where = system.id
        yield Problem(problem.place, f"{where}: {problem.message}", problem.first)


def _closed(cls: type[Any]) -> dict[str, tuple[str, ...]]:
    """Return the fields of a record that hold one of a closed set of values, each with those."""
    found: dict[str, tuple[str, ...]] = {}
    for name, (_, kind) in record_fields(cls).items():
        for member in (kind, *get_args(kind)):
            if isinstance(member, type) and issubclass(member, Enum):
                found[name] = tuple(str(value.value) for value in member)
    return found


_CLOSED = {cls: _closed(cls) for cls in FIELDS}
