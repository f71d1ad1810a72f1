"""What many tests need: a day, the library, a small system with an open finding, and a way to answer everything."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from jsonschema import Draft4Validator

from nbthreat.decisions.assessment import Assessment
from nbthreat.decisions.register import Decision, Treatment
from nbthreat.publishing.publication import Marking, Publication, publication
from nbthreat.system.model import Answers, Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary
from nbthreat.threats.conditions import Subject
from nbthreat.threats.library import Library, sayable
from nbthreat.threats.matching import Finding, match

CHECKOUT = Path(__file__).parents[1]
SYSTEMS = CHECKOUT / "notebooks" / "systems"
SARIF_SCHEMA = CHECKOUT / "src/frontend/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
TODAY = date(2026, 11, 30)
SURPLUS = "surplus-capability@helper"
"""The one finding that is open at the help desk."""


@cache
def library() -> Library:
    """The library that comes with nbthreat, read once."""
    return Library.load()


def desk() -> System:
    """A help desk on a model that can do more than is needed."""
    return System(
        id="desk",
        name="Help desk",
        assets=(Asset(id="question", name="Question", kind="user-input"),),
        boundaries=(TrustBoundary(id="internet", trust=Trust.NONE), TrustBoundary(id="ours", trust=Trust.HIGH)),
        elements=(
            Element(id="caller", name="Caller", technology="end-user", boundary="internet"),
            Element(id="app", name="Desk", technology="application", boundary="ours"),
            Element(
                id="helper",
                name="Helper",
                technology="own-llm",
                boundary="ours",
                provides=("text", "image"),
                needs=("text",),
                settings=FrozenMap({"temperature": 1, "tools": False}),
                controls=FrozenMap({"unused-capability-block": False}),
            ),
        ),
        flows=(
            Flow(id="ask", source="caller", target="app", carries=("question",)),
            Flow(id="pass", source="app", target="helper", carries=("question",)),
        ),
    )


def everywhere(system: System, what: Literal["facts", "controls"], *, answer: bool) -> System:
    """The system with every fact, or every control, answered the same wherever it can be said."""
    terms = getattr(library().vocabulary, what)

    def said(subject: Subject, *technologies: str) -> dict[str, Answers]:
        return {what: Answers({name: answer for name, term in terms.items() if sayable(term, subject, *technologies)})}

    return replace(
        system,
        **said(Subject.SYSTEM),
        elements=tuple(replace(element, **said(Subject.ELEMENT, *element.technologies)) for element in system.elements),
        flows=tuple(replace(flow, **said(Subject.FLOW)) for flow in system.flows),
    )


def found(system: System, asked: Library | None = None) -> tuple[Finding, ...]:
    """The findings about a system."""
    return match(system, asked or library()).findings


def decision(key: str, rationale: str = "Said so.", **more: Any) -> Decision:
    """Some decision about a key."""
    fields = {"treatment": Treatment.MITIGATE, "owner": "Desk team", **more}
    return Decision(key=key, rationale=rationale, **fields)


@cache
def sarif_schema() -> Draft4Validator:
    """The schema of SARIF 2.1.0, as a package of the front end's tools carries it, read once."""
    if not SARIF_SCHEMA.is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the tools of the front end are not installed")
    return Draft4Validator(
        json.loads(SARIF_SCHEMA.read_text(encoding="utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
    )


def sarif_faults(log: object) -> list[str]:
    """What the schema of SARIF finds wrong with a log."""
    return [f"{error.json_path}: {error.message}" for error in sarif_schema().iter_errors(log)]


def full(assessment: Assessment) -> Publication:
    """Everything that is known, published for those it is handed to."""
    return publication(assessment, Marking.RED)
