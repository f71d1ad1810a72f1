"""nbthreat: threat modelling for AI systems, in Jupyter.

>>> import datetime, nbthreat
>>> assessment = nbthreat.assess_file("chatbot.yaml", today=datetime.date.today())  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbthreat.base.errors import NbthreatError
    from nbthreat.decisions.assessment import Assessment, assess, assess_file
    from nbthreat.decisions.register import Acceptance, Decision, Register, Treatment, decision_for, read_register
    from nbthreat.system.changes import compare
    from nbthreat.system.model import Asset, Element, Flow, System, TrustBoundary
    from nbthreat.threats.library import Library
    from nbthreat.threats.matching import Finding, Match, State, match
    from nbthreat.workbench.widgets import (
        Canvas,
        Cards,
        Principles,
        Properties,
        Questions,
        RegisterTable,
        Table,
        Workbench,
    )

__version__ = "0.1.0"

_HOMES = {
    "Acceptance": "decisions.register",
    "Assessment": "decisions.assessment",
    "Asset": "system.model",
    "Canvas": "workbench.widgets",
    "Cards": "workbench.widgets",
    "Decision": "decisions.register",
    "Element": "system.model",
    "Finding": "threats.matching",
    "Flow": "system.model",
    "Library": "threats.library",
    "Match": "threats.matching",
    "NbthreatError": "base.errors",
    "Principles": "workbench.widgets",
    "Properties": "workbench.widgets",
    "Questions": "workbench.widgets",
    "Register": "decisions.register",
    "RegisterTable": "workbench.widgets",
    "State": "threats.matching",
    "System": "system.model",
    "Table": "workbench.widgets",
    "Treatment": "decisions.register",
    "TrustBoundary": "system.model",
    "Workbench": "workbench.widgets",
    "assess": "decisions.assessment",
    "assess_file": "decisions.assessment",
    "compare": "system.changes",
    "decision_for": "decisions.register",
    "match": "threats.matching",
    "read_register": "decisions.register",
}

__all__ = [
    "Acceptance",
    "Assessment",
    "Asset",
    "Canvas",
    "Cards",
    "Decision",
    "Element",
    "Finding",
    "Flow",
    "Library",
    "Match",
    "NbthreatError",
    "Principles",
    "Properties",
    "Questions",
    "Register",
    "RegisterTable",
    "State",
    "System",
    "Table",
    "Treatment",
    "TrustBoundary",
    "Workbench",
    "assess",
    "assess_file",
    "compare",
    "decision_for",
    "match",
    "read_register",
]


def __getattr__(name: str) -> Any:
    """Import a room when something in it is first asked for: `import nbthreat` itself costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nbthreat' has no attribute {name!r}")
    if _HOMES[name] == "decisions.assessment":
        import_module("nbthreat.publishing.export")  # says how a notebook shows an assessment
    return getattr(import_module(f"nbthreat.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
