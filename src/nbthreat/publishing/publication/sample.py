"""A sample: an assessment in which every word is the library's or a format's own, so that none of it is a secret.

What stands in a publication of it stands in publications of any system: names of a format's fields, labels, levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, pairwise

from nbthreat.base.risk import Level
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import (
    Acceptance,
    Advice,
    Audience,
    Confidence,
    Decision,
    Handling,
    Marking,
    Register,
    Residual,
    Treatment,
)
from nbthreat.publishing.publication.records import Identity
from nbthreat.system.model import Asset, Element, Flow, System, Trust, TrustBoundary
from nbthreat.threats.library import Library

_DECIDED = 15


def sample(library: Library, told: Identity, marking: Marking, today: date) -> Assessment:
    """Return an assessment of a system that is called as `told`, with parts and decisions of each kind."""
    boundaries = tuple(
        TrustBoundary(id=f"b{n}", trust=trust, within="b1" if n > 1 else None) for n, trust in enumerate(Trust, 1)
    )
    assets = tuple(Asset(id=f"a{n}", kind=kind) for n, kind in enumerate(list(library.published.kinds)[:3], 1))
    elements = tuple(
        Element(id=f"e{n}", technology=technology, boundary=boundary.id)
        for n, (technology, boundary) in enumerate(zip(_of_each_shape(library), cycle(boundaries), strict=False), 1)
    )
    flows = tuple(
        Flow(id=f"f{n}", source=source.id, target=target.id, carries=(assets[n % len(assets)].id,) if assets else ())
        for n, (source, target) in enumerate(pairwise(elements), 1)
    )
    system = System(
        id=told.id, name=told.name, version=told.version, owner=told.owner,
        assets=assets, boundaries=boundaries, elements=elements, flows=flows,
    )  # fmt: skip
    register = Register(system=system.id, handling=Handling(marking=marking.label, by="", on=today))
    found = assess(system, library, register, today=today)
    kinds = zip(cycle(Treatment), cycle(Level), cycle(Confidence), strict=False)
    for finding, (treatment, level, confidence) in zip(found.ranked[::-1][:_DECIDED], kinds, strict=False):
        title = finding.threat.title
        decision = Decision(
            key=finding.key,
            treatment=treatment,
            owner=title,
            acceptance=Acceptance(approver=title, on=today, expires=today + timedelta(days=1), reason=title)
            if treatment is Treatment.ACCEPT
            else None,
            rationale=title,
            plan=title,
            due=today,
            residual=Residual(likelihood=level, impact=level, because=title),
            confidence=confidence,
            communicate=(Advice(to=Audience.END_USER, text=title),),
        )
        register = register.deciding(decision)
    return assess(system, library, register, today=today)


def _of_each_shape(library: Library) -> Iterator[str]:
    """Yield the first technology of each shape, and as many more as make the drawing one with several columns."""
    seen: set[str] = set()
    for n, technology in enumerate(library.published.technologies):
        shape = library.shape(technology)
        if shape not in seen or n % 8 == 0:
            seen.add(shape)
            yield technology
