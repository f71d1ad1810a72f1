"""pytm beside nbthreat: the same drawing in pytm, with pytm's own threats or with ours in pytm's words."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from synthetic import CONTROLS, FACTS, GUARDS, KINDS, STORES
from timing import Taken, best

from nbthreat.system.model import Sensitivity, System
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.library import Threat

# technology → the class of pytm that is nearest
NEAREST = {
    "actor": "Actor",
    "external-data": "ExternalEntity",
    "webapp": "Server",
    "service": "Process",
    "llm": "Process",
    "agent": "Process",
    "tool": "Lambda",
    "mcp-server": "Server",
    "vector-store": "Datastore",
    "datastore": "Datastore",
    "guardrail": "Process",
    "registry": "Datastore",
}
# our facts and controls → fields that pytm's elements have anyway: reading those is what it does fastest
FIELDS = dict(
    zip(
        (*FACTS, *CONTROLS, *GUARDS),
        (
            "sanitizesInput", "encodesOutput", "checksInputBounds", "validatesInput", "isHardened", "hasAccessControl",
            "authorizesSource", "definesConnectionTimeout", "disablesDTD", "disablesiFrames", "encodesHeaders",
            "encryptsCookies", "encryptsSessionData", "handlesCrashes", "handlesInterruptions", "implementsNonce",
            "handlesResourceConsumption", "implementsCSRFToken", "implementsPOLP", "isResilient", "usesMFA", "usesVPN",
            "invokesScriptFilters", "isEncryptedAtRest", "usesCodeSigning", "validatesHeaders",
        ),
        strict=True,
    )
) | {"authentication": "authenticatesSource", "encryption": "isEncrypted"}  # fmt: skip
SENSITIVITIES = tuple(Sensitivity)


@dataclass(frozen=True)
class Peer:
    """What pytm took for one drawing and one set of threats, and what it found."""

    resolve: Taken
    loop: Taken
    threats: int
    found: frozenset[tuple[str, str]]  # (threat, element or flow)


def installed() -> bool:
    """Return whether there is a pytm to compare with."""
    try:
        import pytm  # noqa: F401
    except ImportError:
        return False
    return True


def pytm_times(drawn: System, times: int, threats: tuple[Threat, ...] = ()) -> Peer:
    """Time pytm on a drawing: `resolve`, and its matching loop alone. It asks its own threats unless some are given."""
    import pytm

    with in_pytm(drawn) as model:
        if threats:
            pytm.TM._threats[:] = [translated(threat) for threat in threats]
        resolve, _ = best(model.resolve, times)
        in_scope = [element for element in pytm.TM._elements if element.inScope]
        asked = pytm.TM._threats
        loop, _ = best(lambda: sum(item.apply(element) for element in in_scope for item in asked), times)
        found = frozenset((finding.threat_id, finding.element.name) for finding in model.findings)
        return Peer(resolve, loop, len(asked), found)


@contextmanager
def in_pytm(drawn: System) -> Iterator[Any]:
    """Draw a system in pytm.

    pytm is spared what our index works out: the technology and the trust stand as text in fields of their own, and
    what an element holds and a flow carries stands as a set of numbers in `levels`.
    """
    import pytm

    pytm.TM.reset()
    model = pytm.TM("synthetic", description="synthetic")
    boundaries = {
        boundary.id: pytm.Boundary(boundary.id, description=str(boundary.trust)) for boundary in drawn.boundaries
    }
    for boundary in drawn.boundaries:
        if boundary.within:
            boundaries[boundary.id].inBoundary = boundaries[boundary.within]
    assets = {asset.id: asset for asset in drawn.assets}
    held = {element.id: set(element.holds or ()) for element in drawn.elements}
    keeps = {element.id for element in drawn.elements if element.technology in STORES}
    for flow in drawn.flows:
        if flow.target in keeps:
            held[flow.target].update(flow.carries or ())
    made = {}
    for element in drawn.elements:
        other = made[element.id] = getattr(pytm, NEAREST[element.technology])(element.id)
        other.description = element.technology
        other.inBoundary = boundaries[element.boundary]
        other.levels = {SENSITIVITIES.index(assets[id].sensitivity) for id in held[element.id]}
        for name, so in (*element.facts.items(), *element.controls.items()):
            setattr(other.controls, FIELDS[name], so)
    kinds = list(KINDS)
    for flow in drawn.flows:
        other = pytm.Dataflow(made[flow.source], made[flow.target], flow.id)
        other.protocol = next(name for name, so in flow.facts.items() if so).upper()
        other.levels = {kinds.index(assets[id].kind) for id in flow.carries or ()}
        for name, so in flow.controls.items():
            setattr(other.controls, FIELDS[name], so)
    try:
        yield model
    finally:
        pytm.TM.reset()
        gc.collect()


def translated(threat: Threat) -> Any:
    """Return a threat that asks the same in pytm: of some classes, and then in an expression."""
    import pytm

    text = in_words(threat.applies_when)
    if threat.subject is Subject.FLOW:
        return pytm.Threat(id=threat.id, condition=text, target=("Dataflow",))
    technology = next(part for part in c.walk(threat.applies_when) if isinstance(part, c.TechnologyIs))
    return pytm.Threat(id=threat.id, condition=text, target=tuple(sorted({NEAREST[name] for name in technology.names})))


def in_words(condition: Condition, of: str = "target") -> str:
    """Return a condition as an expression in pytm's words."""
    match condition:
        case c.All(parts=parts):
            return f"({' and '.join(in_words(part, of) for part in parts)})"
        case c.Any_(parts=parts):
            return f"({' or '.join(in_words(part, of) for part in parts)})"
        case c.Not(part=part):
            return f"(not {in_words(part, of)})"
        case c.SourceIs(part=part):
            return in_words(part, f"{of}.source")
        case c.TargetIs(part=part):
            return in_words(part, f"{of}.sink")
        case c.TechnologyIs(names=names):
            return f"({of}.description in {names!r})"
        case c.TrustIs(values=values):
            return f"({of}.inBoundary.description in {tuple(map(str, values))!r})"
        case c.Holds(asset=asset):
            wanted = ", ".join(str(SENSITIVITIES.index(Sensitivity(item))) for item in asset.sensitivity)
            return f"(len({of}.levels & {{{wanted}}}) > 0)"
        case c.Carries(asset=asset):
            return f"({list(KINDS).index(asset.kind[0])} in {of}.levels)"
        case c.Crosses():
            return f"{of}.crosses(Boundary)"
        case c.FactIs(name=name) | c.ControlIs(name=name):
            return f"{of}.controls.{FIELDS[name]}" if name in FIELDS else f"({of}.protocol == {name.upper()!r})"
    raise TypeError(condition)
