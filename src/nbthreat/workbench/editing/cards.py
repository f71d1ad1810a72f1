"""Cards: the findings as people take them in, twelve at a time, and what an edit would change among them.

The records are those of `shapes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbthreat.base.text import shown
from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Risk, Standing
from nbthreat.system.model import Element, Flow, System
from nbthreat.threats.conditions import Subject, Term
from nbthreat.threats.library import sayable
from nbthreat.threats.matching import PRESSING, UNSETTLED, Finding, Match, State
from nbthreat.threats.matching.questions import text_of

CARDS = 12
"""As many cards as people can take in at once."""

_CONTROLS_SHOWN = 6


def cards(
    assessment: Assessment,
    *,
    ids: Iterable[str] = (),
    words: str = "",
    states: Iterable[State] = (),
    skip: int = 0,
) -> dict[str, Any]:
    """Return at most twelve cards, breadth first: the worst of each threat, then the second worst of each.

    What is to clarify comes after all that is certain.

    `ids` keeps those of which a place is among them, `words` those that say all of them; mitigated findings and
    those set aside are shown when `states` asks for mitigated ones.
    """
    wanted = set(states or PRESSING)
    chosen = set(ids)
    terms = words.casefold().split()
    risks = {risk.key: risk for risk in assessment.risks}
    rows: defaultdict[str, int] = defaultdict(int)
    ranked: list[tuple[tuple[bool, bool, bool, int], Finding]] = []
    for finding in assessment.ranked:
        aside = risks[finding.key].standing is Standing.SET_ASIDE
        if (State.MITIGATED if aside else finding.state) not in wanted:
            continue
        if chosen and chosen.isdisjoint(finding.places):
            continue
        if terms and not _says(finding, terms, assessment.match):
            continue
        decided = risks[finding.key].standing is Standing.DECIDED
        row = rows[finding.threat.id]
        rows[finding.threat.id] += 1
        ranked.append(((aside, decided, finding.state is State.TO_CLARIFY, row), finding))
    ranked.sort(key=lambda item: item[0])  # those of one row stay as they were ranked
    page = [finding for _, finding in ranked[skip : skip + CARDS]]
    hidden = len(ranked) - len(page)
    why = "The worst of each threat comes first." if hidden else ""
    system = assessment.system
    things: tuple[Element | Flow | System, ...] = (*system.elements, *system.flows, system)
    known = {subject.id: subject for subject in things}
    return {
        "cards": [card(assessment, finding, risks[finding.key], known) for finding in page],
        "total": len(ranked),
        "hidden": hidden,
        "why": why,
        "skip": skip,
    }


def _says(finding: Finding, terms: Iterable[str], match: Match) -> bool:
    threat = finding.threat
    names = " ".join((threat.title, *threat.also, threat.id))
    text = f"{names} {match.label(finding.subject)} {finding.state.value}".casefold()
    if all(term in text for term in terms):
        return True
    text += f" {finding.because} {threat.summary}".casefold()
    return all(term in text for term in terms)


def card(
    assessment: Assessment, finding: Finding, risk: Risk, known: Mapping[str, Element | Flow | System]
) -> dict[str, Any]:
    """Return everything a card says of a finding; `known` is what is drawn, by id."""
    threat, match, library = finding.threat, assessment.match, assessment.library
    path = finding.path
    return {
        "key": finding.key,
        "threat": threat.id,
        "title": threat.title,
        "state": finding.state.value,
        "level": int(finding.rating.level),
        "levelName": finding.level_words,
        "ratingSteps": [threat.rating.why, *(shown(str(step)) for step in finding.rating_steps)],
        "subject": finding.subject,
        "because": shown(finding.because),
        "path": list(path),
        "steps": [{"id": id, "label": shown(match.label(id)), "kind": _kind(known[id])} for id in path],
        "summary": threat.summary,
        "seen": [{"what": seen.what, "source": seen.source} for seen in threat.seen],
        "wrongWhen": threat.wrong_when,
        "provisions": list(threat.provisions),
        "unknown": [
            {
                "id": unknown.id,
                "subject": unknown.subject,
                "text": text_of(library, unknown.atom, [shown(match.label(unknown.subject))]),
            }
            for unknown in finding.unknown
        ],
        "controls": list(_controls(assessment, finding, known)),
        "standing": _STANDINGS.get(risk.standing, "new"),
        "decision": _decided(risk),
    }


_STANDINGS = {Standing.DECIDED: "decided", Standing.LAPSED: "lapsed", Standing.SET_ASIDE: "set aside"}


def _decided(risk: Risk) -> str:
    if risk.dismissal is not None:
        by = f" (said by {risk.dismissal.by})" if risk.dismissal.by else ""
        return f"Set aside: {risk.dismissal.reason}{by}"
    decision = risk.decision
    if decision is None:
        return ""
    due = f", due {decision.due.isoformat()}" if decision.due else ""
    until = f", accepted until {decision.acceptance.expires.isoformat()}" if decision.acceptance else ""
    return f"{decision.treatment.value.capitalize()}: {decision.rationale} ({decision.owner}{due}{until})"


def _kind(thing: Element | Flow | System) -> str:
    return "flow" if isinstance(thing, Flow) else "element"


def _controls(
    assessment: Assessment, finding: Finding, known: Mapping[str, Element | Flow | System]
) -> Iterator[dict[str, Any]]:
    """Yield the controls that would stand against a finding, and where each can be put."""
    threat, library, system = finding.threat, assessment.library, assessment.system
    if finding.state is State.MITIGATED:
        return
    there = {id: known[id] for id in (finding.subject, *reversed(finding.path))}
    for name in sorted(atom.name for atom in threat.defences)[:_CONTROLS_SHOWN]:
        control, term = library.controls[name], library.vocabulary.controls[name]
        where = [id for id, subject in there.items() if not subject.controls.get(name) and _can_have(subject, term)]
        if not where and term.of_system and not system.controls.get(name):
            where = [system.id]
        if where:
            yield {"id": name, "name": control.name, "what": control.what, "subjects": where}


def _can_have(thing: Element | Flow | System, term: Term) -> bool:
    if isinstance(thing, Element):
        return sayable(term, Subject.ELEMENT, *thing.technologies)
    return sayable(term, Subject.FLOW if isinstance(thing, Flow) else Subject.SYSTEM)


def preview(before: Match, after: Match) -> dict[str, Any]:
    """Return what changes from one match to another: which findings fall away, which open, which are new."""
    old, new = ({finding.key: finding.state for finding in side.findings} for side in (before, after))
    weigh = PRESSING
    removes = sorted(key for key, state in old.items() if state in weigh and new.get(key) not in weigh)
    opens = sorted(key for key, state in new.items() if state is State.OPEN and old.get(key) is not State.OPEN)
    raises = sorted(key for key, state in new.items() if state in UNSETTLED and old.get(key) not in weigh)
    total = sum(state in weigh for state in old.values())
    said = []
    if removes:
        said.append(f"removes {len(removes)} of {total} findings")
    if opens:
        said.append(f"makes {len(opens)} open")
    if raises:
        unclear = sum(new[key] is State.TO_CLARIFY for key in raises)
        if unclear < len(raises):
            said.append(f"adds {len(raises) - unclear} possible")
        if unclear:
            said.append(f"adds {unclear} to clarify")
    for state, words in ((State.POSSIBLE, "makes {} only possible"), (State.TO_CLARIFY, "makes {} to clarify")):
        sooner = weigh[: weigh.index(state)]
        moved = sum(1 for key, before in old.items() if before in sooner and new.get(key) is state)
        if moved:
            said.append(words.format(moved))
    clear = sum(1 for key, before in old.items() if before is State.TO_CLARIFY and new.get(key) is State.POSSIBLE)
    if clear:
        said.append(f"makes it clear that {clear} apply" if clear > 1 else "makes it clear that 1 applies")
    text = ", ".join(said) or "changes the state of no finding"
    return {"text": text, "removes": removes, "opens": opens, "raises": raises}
