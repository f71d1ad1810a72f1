"""Relays: what stands behind a gateway, queue or bus is a neighbour all the same, and no threat is lost by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from nbthreat.system.documents import nodes
from nbthreat.system.model import Answers, Element, Flow, System, Trust, TrustBoundary
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Subject
from nbthreat.threats.evaluation import Evaluation
from nbthreat.threats.library import Library, examples
from nbthreat.threats.matching import State, match
from small_library import VOCABULARY

LIBRARY = Library.load()
ROOT = Path(__file__).parents[2]
WORKED = sorted([*(ROOT / "notebooks/systems").glob("*.yaml"), *ROOT.glob("src/nbthreat/workbench/*/starters/*.yaml")])
RELAYS = sorted(name for name, so in LIBRARY.vocabulary.transparent.items() if so)
CONTROLS = {
    kind: Answers({name: False for name, term in LIBRARY.vocabulary.controls.items() if kind in term.of})
    for kind in RELAYS
}
OPENNESS = ("open", "possible", "to clarify", "mitigated")
ORDER = {state: OPENNESS.index(state.value) for state in State}
WHERE = ("source", "target", "nowhere")
ANSWERED = {
    "tested-apart": "It asks what the tests leave out: a gateway on their way to the model is no longer left out.",
}
"""Threats about what stands on a way, which a relay answers; each with the reason."""


def relayed(system: System, *, row: int, where: str, denied: bool) -> System:
    """Return `system` with `row` relays in each flow, of every kind in turn, placed with one of its ends or nowhere.

    `denied`: each surely has no control.
    """
    inside = {element.id: element.boundary for element in system.elements}
    kinds = cycle(RELAYS)
    elements, flows = list(system.elements), []
    for flow in system.flows:
        ids = [f"{flow.id}--relay-{n}" for n in range(row)]
        boundary = {"source": inside[flow.source], "target": inside[flow.target], "nowhere": None}[where]
        elements += [
            Element(id=id, technology=kind, boundary=boundary, controls=CONTROLS[kind] if denied else Answers())
            for id, kind in zip(ids, kinds, strict=False)
        ]
        ends = [flow.source, *ids, flow.target]
        hops = [flow.id, *(f"{id}--on" for id in ids)]
        flows += [
            replace(flow, id=hop, source=source, target=target)
            for hop, source, target in zip(hops, ends, ends[1:], strict=False)
        ]
    return replace(system, elements=tuple(elements), flows=tuple(flows))


def lost(system: System, library: Library, row: int) -> Iterator[str]:
    """Yield each finding about `system` that is gone, or less open, where relays stand in every flow."""
    before = match(system, library).findings
    for where in WHERE:
        for denied in (True, False):
            after = {
                finding.key: finding.state
                for finding in match(relayed(system, row=row, where=where, denied=denied), library).findings
            }
            for finding in [finding for finding in before if finding.threat.id not in ANSWERED]:
                now = after.get(finding.key)
                # what nobody said of a relay may stand against the threat: no longer surely open, and still there
                if now is None or (ORDER[now] > ORDER[finding.state] and (denied or now is State.MITIGATED)):
                    yield f"{system.id}, relays at {where}: {finding.key} was {finding.state}, is {now}"


def cases(kind: str) -> Iterator[tuple[Library, System]]:
    """Yield every example of that kind, with a library of nothing but its threat."""
    for threat in LIBRARY.asked:
        found = examples(threat, LIBRARY.where[threat.id], [])
        assert found is not None
        for case in getattr(found, kind):
            yield replace(LIBRARY, threats=(threat,)), case.system()


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("kind", ["fires", "asks"])
def test_no_example_is_lost_behind_relays(kind: str, row: int) -> None:
    """A relay in every flow, or two in a row, leave each threat where its examples have it."""
    expected: list[str] = []
    assert expected == [line for library, system in cases(kind) for line in lost(system, library, row)]


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("file", WORKED, ids=lambda file: file.stem)
def test_no_finding_of_a_worked_system_is_lost_behind_relays(file: Path, row: int) -> None:
    """The same holds for whole systems."""
    system = LIBRARY.read_system(file).value

    expected: list[str] = []
    assert expected == list(lost(system, LIBRARY, row))


def test_the_library_knows_every_relay() -> None:
    """What hands on opens no files and installs nothing: the predicate for it names each technology there is."""
    said = LIBRARY.predicates["relay"].when
    assert isinstance(said, nodes.Mapping)
    listed = said.get("technology")
    assert isinstance(listed, nodes.Sequence)
    names = LIBRARY.vocabulary.technologies.under(item.text for item in listed.items if isinstance(item, nodes.Scalar))

    assert set(RELAYS) == names


A, B = Element(id="a", technology="agent"), Element(id="b", technology="agent")


def drawn(*elements: Element, ways: str, **said: object) -> System:
    """Return a system of elements; `ways` says 'ab bc' for a flow from a to b and one from b to c."""
    flows = tuple(Flow(id=way, source=way[0], target=way[1]) for way in ways.split())
    return System(id="s", name="S", elements=elements, flows=flows, **said)  # type: ignore[arg-type]


def at(system: System, condition: c.Condition) -> dict[str, str]:
    """Return where a condition holds (yes) or may (maybe), by element."""
    evaluation = Evaluation(system, VOCABULARY)
    yes, maybe = evaluation.answer(condition, Subject.ELEMENT)
    return {
        id: "yes" if yes >> n & 1 else "maybe" for n, id in enumerate(evaluation.ids(Subject.ELEMENT)) if maybe >> n & 1
    }


FROM_AGENT = c.Receives(c.SourceIs(c.TechnologyIs(("agent",))))


def test_a_neighbour_stands_behind_relays_in_a_row() -> None:
    """Two queues between two agents leave them neighbours."""
    queues = (Element(id="q", technology="queue"), Element(id="r", technology="bus"))

    assert {"b": "yes", "q": "yes", "r": "yes"} == at(drawn(A, B, *queues, ways="aq qr rb"), FROM_AGENT)


def test_nobody_is_their_own_neighbour_by_way_of_a_relay() -> None:
    """What an agent puts into a queue and takes out again is no message of another agent."""
    queue = Element(id="q", technology="queue")

    assert {"q": "yes"} == at(drawn(A, queue, ways="aq qa"), FROM_AGENT)


def test_a_circle_of_relays_ends() -> None:
    """Relays that hand on to each other are followed once."""
    queues = (Element(id="q", technology="queue"), Element(id="r", technology="queue"))

    assert {"b": "yes", "q": "yes", "r": "yes"} == at(drawn(A, B, *queues, ways="aq qr rq rb"), FROM_AGENT)


def test_a_control_on_every_way_through_relays_counts_and_on_one_of_two_does_not() -> None:
    """A filter in the only queue filters for whoever is beyond; a second queue without one goes round it."""
    filtered = Element(id="q", technology="queue", controls=Answers({"filter": True}))
    bare = Element(id="r", technology="queue", controls=Answers({"filter": False}))
    agents = [replace(element, controls=Answers({"filter": False})) for element in (A, B)]
    unfiltered = c.Sends(c.TargetIs(c.All((c.TechnologyIs(("agent",)), c.Not(c.ControlIs("filter"))))))

    assert {} == at(drawn(*agents, filtered, ways="aq qb"), c.All((c.TechnologyIs(("agent",)), unfiltered)))
    assert "yes" == at(drawn(*agents, filtered, bare, ways="aq qb ar rb"), unfiltered)["a"]


def test_data_crosses_between_the_ends_and_not_because_of_a_relay_without_a_place() -> None:
    """Whether data leaves a boundary is asked of those on both sides of the queue."""
    boundaries = (TrustBoundary(id="x", trust=Trust.HIGH), TrustBoundary(id="y", trust=Trust.NONE))
    queue = Element(id="q", technology="queue")
    crossing = c.Receives(c.Crosses(("high",), ("none",)))

    apart = drawn(replace(A, boundary="x"), replace(B, boundary="y"), queue, ways="aq qb", boundaries=boundaries)
    together = drawn(replace(A, boundary="x"), replace(B, boundary="x"), queue, ways="aq qb", boundaries=boundaries)

    assert "yes" == at(apart, crossing)["b"]
    assert "b" not in at(together, crossing)


def test_a_relay_is_named_in_the_way_and_the_places() -> None:
    """The card says by which queue the message comes, and lights it up."""
    library = replace(LIBRARY, threats=tuple(t for t in LIBRARY.threats if t.id == "impersonated-agent"))
    boundaries = (TrustBoundary(id="ours", trust=Trust.HIGH), TrustBoundary(id="theirs", trust=Trust.PARTNER))
    gate = Element(id="g", technology="gateway", boundary="ours")
    system = drawn(
        replace(A, boundary="theirs"), replace(B, boundary="ours"), gate, ways="ag gb", boundaries=boundaries
    )

    finding = match(system, library)["impersonated-agent@b"]

    assert ("a", "ag", "g", "gb", "b") == finding.path
    assert {"a", "ag", "g", "gb", "b"} == set(finding.places)


def test_a_spent_budget_is_said_of_relays_too() -> None:
    """Where nobody looked through the relays, the answer is unknown and the match incomplete."""
    library = replace(LIBRARY, threats=tuple(t for t in LIBRARY.threats if t.id == "impersonated-agent"))
    system = drawn(A, B, Element(id="g", technology="gateway"), ways="ag gb")

    spent = match(system, library, budget=1)

    assert ("impersonated-agent",) == spent.incomplete
    assert spent["impersonated-agent@b"].state not in {State.OPEN, State.MITIGATED}
