"""Views: a board and what was found about it as plain data, section by section, so that only what changed travels.

The records are those of `shapes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbthreat.base.risk import Rating, Stakes
from nbthreat.base.text import shown
from nbthreat.decisions import register as registers
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Risk, Standing, Treatment
from nbthreat.decisions.verdicts import Verdict
from nbthreat.system import documents
from nbthreat.system.diagram.geometry import Point
from nbthreat.system.documents.shaping import record_fields
from nbthreat.system.model import Element, Lifecycle, Sensitivity, System, Trust
from nbthreat.threats.conditions import Subject
from nbthreat.threats.library import Library, sayable
from nbthreat.threats.matching import State
from nbthreat.threats.matching.questions import Question
from nbthreat.workbench.editing.board import PARTS, Board, Thing, empty_boundaries, regions

Sections = dict[str, dict[str, Any]]
Orders = dict[str, list[str]]

SECTIONS = (*PARTS, "system", "badges", "questions", "principles", "counts", "status")
ORDERED = (*PARTS, "questions", "principles")


@dataclass
class View:
    """What everybody sees now; `changes` says what a new one differs in."""

    sections: Sections = field(default_factory=lambda: defaultdict(dict))
    orders: Orders = field(default_factory=dict)
    _made: dict[str, tuple[object, object, Any]] = field(default_factory=dict)  # id → what its record was made from

    def show(self, section: str, things: Mapping[str, Any], order: Iterable[str] | None = None) -> Changes:
        """Put `things` in the place of a section; return what that changes."""
        old = self.sections[section]
        changed = {id: thing for id, thing in things.items() if old.get(id) is not thing and old.get(id) != thing}
        gone = [id for id in old if id not in things]
        self.sections[section] = {**{id: old.get(id, thing) for id, thing in things.items()}, **changed}
        found = Changes()
        if changed:
            found.set[section] = changed
        if gone:
            found.unset[section] = gone
        if order is not None and self.orders.get(section) != list(order):
            self.orders[section] = found.orders[section] = list(order)
        return found

    def drawing(self, board: Board, places: Mapping[str, Point], library: Library) -> Changes:
        """Show a board: the system, its elements, flows, boundaries and assets."""
        system = board.system
        found = self.show("system", {"system": system_view(system)})
        elements = {element.id: self._element(element, places[element.id], library) for element in system.elements}
        found += self.show("elements", elements, elements)
        flows = {flow.id: self._remembered(flow, ()) or self._keep(flow, (), _named(flow)) for flow in system.flows}
        found += self.show("flows", flows, flows)
        found += self.show("boundaries", *self._boundaries(system, places))
        assets = {
            asset.id: self._remembered(asset, ()) or self._keep(asset, (), _named(asset)) for asset in system.assets
        }
        return found + self.show("assets", assets, assets)

    def _element(self, element: Element, place: Point, library: Library) -> Any:
        known = self._remembered(element, place)
        if known is not None:
            return known
        shape = library.shape(element.technology).value
        return self._keep(element, place, {**_named(element), "shape": shape, "x": place[0], "y": place[1]})

    def _boundaries(self, system: System, places: Mapping[str, Point]) -> tuple[dict[str, Any], list[str]]:
        """Return the boundaries, outermost first, each with the region it covers."""
        by_id = {other.id: other for other in system.boundaries}
        empty = set(empty_boundaries(system))
        depth: dict[str | None, int] = {None: -1}
        found = {}
        for id, rect in regions(system, places).items():
            boundary = by_id[id]
            depth[id] = depth[boundary.within] + 1
            size = {"left": rect.left, "top": rect.top, "width": rect.width, "height": rect.height}
            more = {**size, "depth": depth[id], "empty": id in empty}
            found[id] = self._remembered(boundary, more) or self._keep(boundary, more, {**_named(boundary), **more})
        return found, list(found)

    def _remembered(self, thing: Thing, more: object) -> Any:
        """Return the record made of this very thing before: an edit makes one new thing and leaves the others."""
        made = self._made.get(thing.id)
        return made[2] if made and made[0] is thing and made[1] == more else None

    def _keep(self, thing: Thing, more: object, record: Any) -> Any:
        self._made[thing.id] = (thing, more, record)
        return record


@dataclass
class Changes:
    """What differs between two views: new records, ids that are gone, and new orders, by section."""

    set: Sections = field(default_factory=dict)
    unset: dict[str, list[str]] = field(default_factory=dict)
    orders: Orders = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.set or self.unset or self.orders)

    def __add__(self, other: Changes) -> Changes:
        return Changes({**self.set, **other.set}, {**self.unset, **other.unset}, {**self.orders, **other.orders})


_FOR_THE_FILE = ("layout", "packs", "overrides")
"""What of a system is shown otherwise, or is for its file to say."""


def system_view(system: System) -> dict[str, Any]:
    """Return what is said of the system as a whole."""
    names = [name for name in record_fields(System) if name not in (*PARTS, *_FOR_THE_FILE)]
    return {name: documents.plain(getattr(system, name), defaults=True) for name in names}


def _named(thing: Thing) -> dict[str, Any]:
    return {**documents.plain(thing, defaults=True), "label": shown(thing.name or thing.id)}


def badges(risks: Iterable[Risk]) -> dict[str, dict[str, int]]:
    """Return how many findings are open, possible and to clarify at each thing."""
    return {
        id: {"open": is_open, "possible": possible, "toClarify": unclear}
        for id, (is_open, possible, unclear) in registers.badges(risks).items()
    }


_COUNTED = {state: "toClarify" if state is State.TO_CLARIFY else state.value for state in State}


def counts(risks: Iterable[Risk]) -> dict[str, int]:
    """Return how many findings are in each state."""
    found = {"open": 0, "possible": 0, "toClarify": 0, "mitigated": 0, "setAside": 0, "decided": 0}
    for risk in risks:
        if risk.finding is None:
            continue
        if risk.standing is Standing.SET_ASIDE:
            found["setAside"] += 1
            continue
        found[_COUNTED[risk.finding.state]] += 1
        found["decided"] += risk.standing is Standing.DECIDED
    return found


def questions(found: Iterable[Question], library: Library, effects: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Return the questions, most settling first."""
    shown_ = {}
    for question in found:
        control = library.controls.get(question.atom.name) if question.atom.kind == "control" else None
        shown_[question.id] = {
            "id": question.id,
            "text": question.text,
            "kind": question.atom.kind,
            "name": question.atom.name,
            "subjects": list(question.subjects),
            "settles": len(question.settles),
            "ask": control.ask.value if control else "",
            "effects": effects.get(question.id, {"yes": "", "no": ""}),
        }
    return shown_


def principles(assessment: Assessment) -> dict[str, Any]:
    """Return what the records say of each of the 13 principles."""
    waiting = {finding.key for finding in assessment.findings if finding.state is State.OPEN}
    found = {}
    for principle, covered in assessment.principles:
        verdicts = [coverage.verdict for coverage in covered]
        found[str(principle.principle)] = {
            "number": principle.principle,
            "title": principle.title,
            "satisfied": verdicts.count(Verdict.SATISFIED),
            "notSatisfied": verdicts.count(Verdict.NOT_SATISFIED),
            "inconclusive": verdicts.count(Verdict.INCONCLUSIVE),
            "nothingDrawn": verdicts.count(Verdict.NOTHING_DRAWN),
            "notApplicable": verdicts.count(Verdict.NOT_APPLICABLE),
            "open": len({key for coverage in covered for key in coverage.findings if key in waiting}),
        }
    return found


def principle(assessment: Assessment, number: int) -> dict[str, Any] | None:
    """Return the provisions of one principle, or None where there is no such principle."""
    for other, covered in assessment.principles:
        if other.principle == number:
            return {
                "number": number,
                "title": other.title,
                "provisions": [
                    {
                        "id": each.provision.id,
                        "modality": each.provision.modality.value,
                        "summary": each.provision.summary,
                        "verdict": each.verdict.value,
                        "because": each.because,
                        "offers": list(each.offers),
                    }
                    for each in covered
                ],
            }
    return None


def register(assessment: Assessment) -> dict[str, Any]:
    """Return all lines of the register, and what was said for all of it; None is where nobody said."""
    book = assessment.register
    reviewed = book.reviewed
    return {
        "rows": register_rows(assessment),
        "tolerance": documents.plain(book.appetite, defaults=True) if book.appetite else None,
        "schedule": documents.plain(book.schedule, defaults=True) if book.schedule else None,
        "reviewed": {"by": reviewed.by, "on": reviewed.on.isoformat()} if reviewed else None,
    }


def register_rows(assessment: Assessment) -> list[dict[str, Any]]:
    """Return all lines of the register, ordered by key. Levels run from 1 to 5; None is where nobody can or did say."""
    labels = assessment.system.labels()
    return [_register_row(risk, labels) for risk in assessment.risks]


def _register_row(risk: Risk, labels: Mapping[str, str]) -> dict[str, Any]:
    subject, decision = risk.key.partition("@")[2], risk.decision
    aside = risk.dismissal if risk.standing is Standing.SET_ASIDE else None
    acceptance = decision.acceptance if decision else None
    residual = decision.residual if decision else None
    said = {name: documents.plain(getattr(decision, name)) or "" if decision else "" for name in _AS_SAID}
    return {
        **said,
        "key": risk.key,
        "number": risk.number,
        "title": risk.title,
        "subject": labels.get(subject, subject),
        "state": risk.finding.state.value if risk.finding else "",
        "standing": risk.standing.value,
        "level": _level(risk.inherent),
        "current": _level(risk.current),
        "residual": {"level": _level(risk.residual), **documents.plain(residual)} if residual else None,
        "rationale": aside.reason if aside else said["rationale"],
        "approver": acceptance.approver if acceptance else "",
        "expires": acceptance.expires.isoformat() if acceptance else "",
        "communicate": [documents.plain(advice) for advice in decision.communicate] if decision else [],
    }


_AS_SAID = ("treatment", "owner", "due", "rationale", "confidence", "plan", "cost", "marking")


def _level(rating: Rating | None) -> int | None:
    return int(rating.level) if rating else None


def vocabulary(library: Library) -> dict[str, Any]:
    """Return the words there are, for choosing from."""
    terms = library.vocabulary

    def of(known: Mapping[str, Any], technology: str) -> list[str]:
        return [name for name, term in known.items() if sayable(term, Subject.ELEMENT, technology)]

    def term(item: Any) -> dict[str, str]:
        data = {"id": item.id, "name": item.name, "what": item.what}
        return {**data, "question": item.question} if hasattr(item, "question") else data

    return {
        "technologies": [
            {
                **term(technology),
                "within": technology.within,
                "shape": library.shape(technology.id).value,
                "generic": technology.generic,
                "facts": of(terms.facts, technology.id),
                "controls": of(terms.controls, technology.id),
            }
            for technology in library.technologies.values()
        ],
        "kinds": [term(asset_kind) for asset_kind in library.kinds.values()],
        "capabilities": [term(capability) for capability in library.capabilities.values()],
        "facts": [term(fact) for fact in library.facts.values()],
        "controls": [term(control) for control in library.controls.values()],
        "flowFacts": [name for name, term in terms.facts.items() if term.of_flows],
        "flowControls": [name for name, term in terms.controls.items() if term.of_flows],
        "systemFacts": [name for name, term in terms.facts.items() if term.of_system],
        "systemControls": [name for name, term in terms.controls.items() if term.of_system],
        "trusts": [trust.value for trust in Trust],
        "sensitivities": [sensitivity.value for sensitivity in Sensitivity],
        "lifecycles": [lifecycle.value for lifecycle in Lifecycle],
        "stakes": [stakes.value for stakes in Stakes],
        "treatments": [treatment.value for treatment in Treatment],
        "library": f"{library.name} {library.version}",
    }
