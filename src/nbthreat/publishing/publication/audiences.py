"""Audiences: for whom something is published, which label it then carries, and whether that may be done at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbthreat.base.errors import NbthreatError, clean, quoted
from nbthreat.decisions.register import Marking, Register, Risk

LABELS = tuple(marking.label for marking in Marking)
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.]+")


def audience_named(text: str) -> Marking:
    """Return the marking that a label names, with or without 'TLP:'.

    Raises NbthreatError for anything else: a slip of the pen must not widen whom something is for.

    >>> audience_named("green").label
    'TLP:GREEN'
    """
    found = Marking.of(text)
    if found is Marking.RED and text.strip().upper().removeprefix("TLP:") != "RED":
        known = ", ".join(label.removeprefix("TLP:") for label in LABELS)
        raise NbthreatError(f"{quoted(text)} is no audience. Known here: {known}.")
    return found


def label_for(register: Register, audience: Marking) -> Marking:
    """Return the label that a publication of a register for an audience carries: RED while nobody said who may see it.

    Raises NbthreatError where it would go further than anybody said it may.
    """
    said = _said(register)
    if said is None and audience < Marking.AMBER:
        found = "nobody has said who may see this register"
        if register.handling:
            found = f"{quoted(register.handling.marking)}, which this register is marked with, is no label"
        raise NbthreatError(
            f"{found}, so nothing of it is published for {audience.label}. Say first who may see all of it, and which "
            f"words no public form may hold: nbthreat handle {register.system}.yaml --marking TLP:AMBER "
            '--private "a customer, a project" --by ROLE'
        )
    return Marking.RED if said is None else audience


def for_fewer(risks: Iterable[Risk], audience: Marking) -> frozenset[str]:
    """Return the keys of the risks that are for fewer people than `audience`, as their decisions are marked.

    Where a threat became several since, the marking of what was decided about it holds for each of them until somebody
    decides about that one: to be split makes nothing public.
    """
    every = tuple(risks)
    marked = {risk.key for risk in every if risk.decision and risk.decision.audience > audience}
    return frozenset(marked | {risk.key for risk in every if not marked.isdisjoint(risk.formerly)})


def unknown_labels(register: Register) -> Iterator[str]:
    """Yield what a person should know of markings that are no label: whatever has one is for the fewest."""
    markings = [
        (decision.number or decision.key, decision.marking) for decision in register.decisions if decision.marking
    ]
    if register.handling:
        markings.insert(0, ("the register", register.handling.marking))
    for what, marking in markings:
        try:
            audience_named(marking)
        except NbthreatError:
            yield f"{clean(what)}: {quoted(marking)} is no label of the protocol; it is taken for {Marking.RED.label}."


def _said(register: Register) -> Marking | None:
    try:
        return audience_named(register.handling.marking) if register.handling else None
    except NbthreatError:
        return None


def file_name(system: str, version: str, marking: Marking, suffix: str) -> str:
    """Return what a published file is called, without what nobody said.

    `system` is a name that a file may have; of a version, only letters, digits, full stops and hyphens are taken.

    >>> file_name("chatbot", "1.2", Marking.AMBER, "html")
    'chatbot-1.2-TLP-AMBER.register.html'
    """
    said = _NOT_IN_NAMES.sub("-", version).strip("-.")[:64]
    parts = [system, *([said] if said else []), _NOT_IN_NAMES.sub("-", marking.label)]
    return f"{'-'.join(parts)}.register.{suffix}"
