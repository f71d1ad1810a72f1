"""Examples: every threat brings its own tests, and here they are run; and what there is to remark of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nbthreat.base.errors import Fault, ModelError
from nbthreat.base.text import listed
from nbthreat.system import documents
from nbthreat.system.documents import nodes
from nbthreat.system.model import Element, Flow, System
from nbthreat.threats.conditions import ALONG, Subject, old_keys
from nbthreat.threats.evaluation import Evaluation
from nbthreat.threats.library import Example, Library, Pack, Threat, examples
from nbthreat.threats.matching import UNSETTLED, State, match

KINDS = ("fires", "silent", "asks")
_COMFORTABLE = 300  # threats that people can know their way about in
_SHOWN = 8
_STEPS = 1_000_000  # that may be spent on finding out whether a pack says anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One example of a threat that was run, and what of it does not hold."""

    kind: str  # one of KINDS
    what: str
    faults: tuple[str, ...]


def run_examples(library: Library, threat: Threat) -> Iterator[Run]:
    """Run a threat's own examples and yield how each went, in the order of its file.

    Where they cannot be read at all, that is a run of its own.
    """
    faults: list[Fault] = []
    found = examples(threat, library.where[threat.id], faults)
    if found is None:
        yield Run(kind="fires", what="the examples", faults=tuple(map(str, faults)))
        return
    for kind in KINDS:
        for case in getattr(found, kind):
            yield Run(kind=kind, what=case.what, faults=tuple(_example_faults(library, threat, kind, case)))


def check_examples(library: Library, threats: tuple[Threat, ...] | None = None) -> list[tuple[str, str]]:
    """Run the examples of `threats`, by default of all; return (threat id, what is wrong) for each that fails."""
    return [
        (threat.id, f"{run.kind}, {run.what!r}: {message}")
        for threat in (library.threats if threats is None else threats)
        for run in run_examples(library, threat)
        for message in run.faults
    ]


def _example_faults(library: Library, threat: Threat, kind: str, case: Example) -> Iterator[str]:
    try:
        system = case.system()
    except ModelError as error:
        yield str(error)
        return
    alone = replace(library, threats=(threat,), packs=())  # an example names no packs
    problems = [problem.message for problem in alone.problems(system)]
    if problems:
        yield from problems
        return
    mine = match(system, alone).findings
    if kind == "silent":
        for finding in mine:
            if finding.state is not State.MITIGATED:
                yield f"{finding.state.value} at {finding.subject}"
        return
    expected = (State.OPEN,) if kind == "fires" else UNSETTLED
    here = next((finding for finding in mine if finding.subject == case.at), None)
    if here is None or here.state not in expected:
        seen = here.state.value if here else "nothing"
        yield f"expected {' or '.join(expected)} at {case.at or '(at: is missing)'}, found {seen}"
    elif kind == "asks":
        asked = {unknown.atom.name or unknown.atom.kind for unknown in here.match.reasons.unknown(threat, here.subject)}
        missing = sorted(set(case.expects) - asked)
        if missing:
            yield f"does not ask for {', '.join(missing)}; it asks for {', '.join(sorted(asked))}"


def own(library: Library, folder: Path) -> tuple[Threat, ...]:
    """Return the threats of a library that were read from `folder`."""
    return tuple(threat for threat in library.threats if Path(library.where[threat.id]).is_relative_to(folder))


def split_remarks(library: Library, threats: Iterable[Threat]) -> Iterator[Fault]:
    """Yield where several threats of a library replace one, and one of `threats` is among them; by the one replaced."""
    ids = {threat.id for threat in threats}
    for old, new in library.splits.items():
        mine = sorted(ids.intersection(new))
        if mine:
            message = (
                f"{old} becomes {len(new)} threats, {listed(list(new))}: what was decided about it has to be looked at "
                "again at each of them."
            )
            yield Fault(library.where[mine[0]], 1, message)


def key_remarks(library: Library, threats: Iterable[Threat]) -> Iterator[Fault]:
    """Yield the first key in each threat's file that is written otherwise today; by file, in the order of `threats`."""
    for threat in threats:
        file = library.where[threat.id]
        entry = next(old_keys(nodes.parse(documents.read_bytes(Path(file)), file).root), None)
        if entry:
            message = f"the key {entry.key!r} is written '{ALONG}' today: some programs read it as true."
            yield Fault(file, entry.line, message)


def remarks(library: Library, pack: Pack, folder: Path) -> Iterator[Fault]:
    """Yield what a person should know of a pack that was read from `folder` and laid over a library."""
    threats = own(library, folder)
    head = str(folder / "library.yaml")
    if not threats:
        yield Fault(head, 1, f"{pack.name} holds no threats.")
    if len(threats) > _COMFORTABLE:
        yield Fault(head, 1, f"{len(threats)} threats: more than the {_COMFORTABLE} that people can keep in view.")
    if pack.overrides:
        yield Fault(head, 1, f"{pack.name} overrides {', '.join(pack.overrides)} of {library.name}.")
    everything = _everything(library)
    evaluation = Evaluation(everything, library.vocabulary, budget=_STEPS)
    evaluation.prepare([threat.applies_when for threat in threats])
    for subject in (Subject.ELEMENT, Subject.FLOW):
        mine = [threat for threat in threats if threat.subject is subject]
        idle = [
            threat.id
            for threat in mine
            if evaluation.answer(threat.applies_when, subject)[0] == evaluation.full[subject]
        ]
        if idle:
            more = f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else ""
            message = (
                f"true of every {subject.value} there is, and so telling nothing: {', '.join(idle[:_SHOWN])}{more}."
            )
            yield Fault(library.where[idle[0]], 1, message)


def _everything(library: Library) -> System:
    """Return a system with one part of every technology, each sending to the next, of which nothing else is said."""
    names = list(library.technologies)
    flows = (
        Flow(id=f"f{n}", source=f"e{n}", target=f"e{(n + 1) % len(names)}") for n in range(len(names)) if len(names) > 1
    )
    return System(
        id="everything",
        name="Everything",
        elements=tuple(Element(id=f"e{n}", technology=name) for n, name in enumerate(names)),
        flows=tuple(flows),
    )
