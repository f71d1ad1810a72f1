"""Drawing: what a drawing seems to leave out, so that threats are not asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nbthreat.system.model import Answers, Element, System
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Subject, Vocabulary
from nbthreat.threats.graph import members
from nbthreat.threats.library import Library
from nbthreat.threats.matching import match

_MADE = ("model-output", "prediction")  # what only a model makes
_MODEL = "model"
_MODELS = (_MODEL, "agent")
_ORDINARY = ("application", "other-service", "data-pipeline")


def drawing_remarks(system: System, library: Library) -> Iterator[str]:
    """Yield a sentence on each ordinary program that hands on what only a model makes, with no model behind it.

    It says how many threats are not asked because nothing there is drawn as a model. In the order of element ids;
    none where the library has no such technologies and kinds of its own.

    >>> from nbthreat import Asset, Flow
    >>> elements = Element(id="app", name="Scoring", technology="application"), Element(id="clerk", technology="staff")
    >>> flow = Flow(id="tell", source="app", target="clerk", carries=("score",))
    >>> assets = (Asset(id="score", kind="prediction"),)
    >>> system = System(id="s", name="S", elements=elements, flows=(flow,), assets=assets)
    >>> next(drawing_remarks(system, Library.load())).partition(",")[0]
    'Scoring is drawn as application'
    """
    known = library.vocabulary
    if not {*_MODELS, *_ORDINARY} <= set(known.technologies) or not set(_MADE) <= set(known.kinds):
        return
    made = c.Asset_(kind=_MADE)
    forgotten = c.All(
        (
            c.TechnologyIs(_ORDINARY),
            c.Sends(c.Carries(made)),
            c.Not(c.Reach(c.TechnologyIs(_MODELS))),
        )
    )
    found = match(system, library)
    yes, _ = found.evaluation.answer(forgotten, Subject.ELEMENT)
    for n in members(yes):
        element = found.evaluation.elements[n]
        other = match(_drawn_as_model(system, element, known), library)
        asked = {finding.threat.id for finding in found.findings}
        count = len({finding.threat.id for finding in other.findings} - asked)
        if count:
            yield (
                f"{found.label(element.id)} is drawn as {element.technology}, and no model is drawn behind what it "
                f"sends, so {count} {'threat' if count == 1 else 'threats'} about models "
                f"{'is' if count == 1 else 'are'} not asked. Draw the model as an element of its own."
            )


def _drawn_as_model(system: System, element: Element, known: Vocabulary) -> System:
    """Return `system` with `element` drawn as a model, and the answers that can be given of one."""
    model = replace(
        element,
        technology=_MODEL,
        facts=Answers({name: so for name, so in element.facts.items() if _MODEL in known.facts[name].of}),
        controls=Answers({name: so for name, so in element.controls.items() if _MODEL in known.controls[name].of}),
    )
    return replace(system, elements=tuple(model if other.id == element.id else other for other in system.elements))
