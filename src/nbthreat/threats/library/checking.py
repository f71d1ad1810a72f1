"""Checking: what can be wrong with the parts of a library beyond their shape, each fault at its line."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbthreat.base.errors import Fault, hint, quoted
from nbthreat.system.documents import nodes
from nbthreat.threats.conditions import Taxonomy
from nbthreat.threats.library.contents import SPECIAL
from nbthreat.threats.library.parts import (
    PATH_PLACEHOLDERS,
    PIECES,
    PLACEHOLDER,
    PLACEHOLDERS,
    AssetKind,
    Catalogue,
    Control,
    Fact,
    Principle,
    Technology,
    Threat,
)

CASES = "atlas-cases"
"""The catalogue of case studies that `seen` may name."""

_CASE = re.compile(r"AML\.CS[0-9]{4}")
_SOURCES = re.compile(
    r"arXiv:[0-9]{4}\.[0-9]{4,5}|CVE-[0-9]{4}-[0-9]{4,7}|AIID-[1-9][0-9]{0,4}|doi:10\.[0-9]{4,9}/[!-~]{1,100}"
)
_SHAPES = "AML.CS0015, arXiv:2302.12173, CVE-2023-48022, AIID-6 or doi:10.1000/182"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in a library something was read: the file, and its nodes, of which every one knows its line."""

    file: str
    node: nodes.Mapping

    def fault(self, message: str, *place: str | int) -> Fault:
        """Return that something is wrong at `place` in what was read here: a key, the number of an item, and so on."""
        return Fault(self.file, nodes.line_of(self.node, place), message)

    def at(self, *place: str | int) -> str:
        """Return file and line of `place`, as a message names them."""
        return f"{self.file}:{nodes.line_of(self.node, place)}"


def tree_faults(
    found: Mapping[str, tuple[Any, Origin]], whole: Mapping[str, Technology] | Mapping[str, AssetKind]
) -> Iterator[Fault]:
    """Yield a fault for each record whose `within` names nothing in `whole`, or leads back to itself."""
    tree = Taxonomy({name: placed.within for name, placed in whole.items()})
    for record, origin in found.values():
        if record.within is not None and record.within not in tree:
            message = (
                f"{quoted(record.id)} is within {quoted(record.within)}, which is not there.{hint(record.within, tree)}"
            )
            yield origin.fault(message, "within")
        elif tree.parents[tree.line(record.id)[-1]] in tree:
            yield origin.fault(f"{quoted(record.id)} is within itself, in a circle.", "within")


def term_faults(found: Iterable[tuple[Fact | Control, Origin]], tree: Taxonomy) -> Iterator[Fault]:
    """Yield a fault for each unknown technology in a fact or control, and each unknown placeholder in its question."""
    for record, origin in found:
        implied, denied = getattr(record, "implied_by", ()), getattr(record, "denied_by", ())
        for key, names in (("of", record.of), ("implied_by", implied), ("denied_by", denied)):
            for n, name in enumerate(names):
                if name not in tree and not (name in SPECIAL and name in record.of):
                    known = hint(name, [*tree, *SPECIAL])
                    message = f"{quoted(record.id)} names an unknown technology {quoted(name)}.{known}"
                    yield origin.fault(message, key, n)
        for name in PLACEHOLDER.findall(record.question):
            if name != "name":
                message = f"the question of {quoted(record.id)} has an unknown placeholder {{{name}}}"
                message = f"{message}; only {{name}} is known."
                yield origin.fault(message, "question")


def text_faults(threat: Threat, origin: Origin) -> Iterator[Fault]:
    """Yield a fault for each empty text, idle name, unknown placeholder and missing kind of example of a threat."""
    names = [threat.title.casefold()]
    for n, name in enumerate(threat.also):
        if not name.strip():
            yield origin.fault("an other name is empty.", "also", n)
        elif name.casefold() in names:
            yield origin.fault(f"{quoted(name)} is a name of it already.", "also", n)
        names.append(name.casefold())
    for used in PLACEHOLDER.findall(threat.because):
        if used not in PLACEHOLDERS:
            yield origin.fault(f"unknown placeholder {{{used}}}.{hint(used, PLACEHOLDERS)}", "because")
        elif used in PATH_PLACEHOLDERS and threat.path is None:
            yield origin.fault(f"{{{used}}} needs a path in applies_when.", "because")
    for attribute in ("summary", "because", "wrong_when"):
        if not getattr(threat, attribute).strip():
            yield origin.fault(f"{attribute} is empty.", attribute)
    said = threat.examples if isinstance(threat.examples, nodes.Mapping) else None
    for key, words in (("fires", "fires"), ("silent", "stays silent")):
        listed = said.get(key) if said else None
        if not isinstance(listed, nodes.Sequence) or not listed.items:
            yield origin.fault(f"there is no example that {words}.", "examples")


def reference_faults(
    cited: Iterable[tuple[Threat | Control, Origin]],
    principles: tuple[Principle, ...],
    catalogues: Mapping[str, Catalogue],
) -> Iterator[Fault]:
    """Yield a fault for each provision, catalogue and id of a catalogue that is cited and does not exist."""
    provisions = {provision.id for principle in principles for provision in principle.provisions}
    for record, origin in cited:
        for n, id in enumerate(record.provisions):
            if id not in provisions:
                yield origin.fault(f"{record.id}: there is no provision {quoted(id)}.", "provisions", n)
        for key, ids in record.references.items():
            if key not in catalogues:
                message = f"{record.id}: unknown catalogue {quoted(key)}.{hint(key, catalogues)}"
                yield origin.fault(message, "references", key)
                continue
            catalogue = catalogues[key]
            for n, id in enumerate(ids):
                if id not in catalogue.ids:
                    message = f"{record.id}: {catalogue.name} has no {quoted(id)}.{hint(id, catalogue.ids)}"
                    yield origin.fault(message, "references", key, n)


def seen_faults(threat: Threat, origin: Origin, cases: Iterable[str]) -> Iterator[Fault]:
    """Yield a fault for each incident or study of a threat without words, or whose source nobody could look up."""
    for n, seen in enumerate(threat.seen):
        if not seen.what.strip():
            yield origin.fault("what is empty.", "seen", n, "what")
        if _CASE.fullmatch(seen.source):
            if seen.source not in cases:
                message = f"{threat.id}: there is no case study {quoted(seen.source)} here.{hint(seen.source, cases)}"
                yield origin.fault(message, "seen", n, "source")
        elif not _SOURCES.fullmatch(seen.source):
            message = f"{threat.id}: {quoted(seen.source)} is no source that can be looked up. Write it like {_SHAPES}."
            yield origin.fault(message, "seen", n, "source")


def tool_faults(threat: Threat, origin: Origin, tools: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    """Yield a fault for each test that says nothing, and each unknown tool or part of a tool that a test names.

    In `what`, a piece with a space in it names no part: 'dan and encoding' names two, 'the model in use' none.
    """
    for n, test in enumerate(threat.tests):
        here = ("tests", n)
        if test.tool not in tools:
            known = hint(test.tool, tools)
            message = f"{threat.id}: unknown tool {quoted(test.tool)}; test_tools.yaml lists them.{known}"
            yield origin.fault(message, *here, "tool")
            continue
        if not test.parts and not test.what.strip():
            yield origin.fault(f"{threat.id}: say with 'parts' or 'what' what {test.tool} is to test.", *here)
        parts = tools[test.tool]
        for m, part in enumerate(test.parts):
            if part not in parts:
                why = hint(part, parts) if parts else " test_tools.yaml lists no parts of it: use 'what'."
                yield origin.fault(f"{threat.id}: {test.tool} has no {quoted(part)}.{why}", *here, "parts", m)
        for part in PIECES.split(test.what) if parts and not test.parts else ():
            if part and " " not in part and part not in parts:
                message = f"{threat.id}: {test.tool} has no {quoted(part)}.{hint(part, parts)}"
                yield origin.fault(message, *here, "what")


def overriding(threats: Iterable[tuple[Threat, Origin]], beneath: Container[str]) -> Iterator[tuple[str, str, Fault]]:
    """Yield (id, how, where) for each threat of the library beneath that one of `threats` redefines or replaces."""
    for threat, origin in threats:
        if threat.id in beneath:
            yield threat.id, "redefines", origin.fault("", "id")
        for n, id in enumerate(threat.replaces):
            if id in beneath:
                yield id, "replaces", origin.fault("", "replaces", n)
