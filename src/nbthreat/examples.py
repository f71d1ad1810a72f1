"""Examples: every threat brings its own tests, and here they are run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nbthreat.errors import Fault, ModelError
from nbthreat.library import Example, Library, Threat, examples
from nbthreat.matching import State, match


def check_examples(library: Library) -> list[tuple[str, str]]:
    """Run every threat's own examples; return (threat id, what is wrong) for each that does not hold."""
    wrong: list[tuple[str, str]] = []
    for threat in library.threats:
        faults: list[Fault] = []
        found = examples(threat, library.where[threat.id], faults)
        wrong += [(threat.id, str(fault)) for fault in faults]
        if found is None:
            continue
        for kind, cases in (("fires", found.fires), ("silent", found.silent), ("asks", found.asks)):
            for case in cases:
                wrong += [
                    (threat.id, f"{kind}, {case.what!r}: {message}")
                    for message in _example_faults(library, threat, kind, case)
                ]
    return wrong


def _example_faults(library: Library, threat: Threat, kind: str, case: Example) -> Iterator[str]:
    try:
        system = case.system()
    except ModelError as error:
        yield str(error)
        return
    problems = [problem.message for problem in library.problems(system)]
    if problems:
        yield from problems
        return
    mine = match(system, replace(library, threats=(threat,))).findings
    if kind == "silent":
        for finding in mine:
            if finding.state is not State.MITIGATED:
                yield f"{finding.state.value} at {finding.subject}"
        return
    expected = State.OPEN if kind == "fires" else State.POSSIBLE
    here = next((finding for finding in mine if finding.subject == case.at), None)
    if here is None or here.state is not expected:
        seen = here.state.value if here else "nothing"
        yield f"expected {expected.value} at {case.at or '(at: is missing)'}, found {seen}"
    elif kind == "asks":
        asked = {one.atom.name or one.atom.kind for one in here.unknown}
        missing = sorted(set(case.expects) - asked)
        if missing:
            yield f"does not ask for {', '.join(missing)}; it asks for {', '.join(sorted(asked))}"
