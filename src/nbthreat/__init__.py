"""nbthreat: threat modelling for AI systems, in Jupyter.

Everything that a notebook or a script needs is imported from here; where it lives inside may change.

>>> import nbthreat
>>> assessment = nbthreat.assess_file("notebooks/systems/chatbot.yaml")
>>> assessment.system.name
'Chatbot'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbthreat.base.day import today
    from nbthreat.base.errors import NbthreatError
    from nbthreat.base.risk import Level, Stakes
    from nbthreat.decisions.assessment import Assessment, assess, assess_file
    from nbthreat.decisions.quantify import Quantified, quantify
    from nbthreat.decisions.register import (
        Acceptance,
        Acknowledged,
        Act,
        Advice,
        Appetite,
        Assurance,
        Audience,
        ChangeAnswer,
        Confidence,
        Decision,
        Dismissal,
        Effect,
        Estimate,
        Handling,
        Inherited,
        LogEntry,
        Marking,
        NotApplicable,
        Register,
        Residual,
        Review,
        Risk,
        Schedule,
        Spread,
        Treatment,
        Trigger,
        decision_for,
        read_register,
    )
    from nbthreat.publishing.exchange.baseline import Baseline, read_baseline
    from nbthreat.publishing.exchange.gate import Gate, gate
    from nbthreat.publishing.exchange.handover import Handover, handover
    from nbthreat.publishing.publication import Publication, publication
    from nbthreat.publishing.signing import Approval, SignOff, Statement, read_signed, sign_file
    from nbthreat.system import documents
    from nbthreat.system.changes import compare
    from nbthreat.system.model import (
        Answers,
        Asset,
        Element,
        Flow,
        FrozenMap,
        Lifecycle,
        Sensitivity,
        System,
        Trust,
        TrustBoundary,
    )
    from nbthreat.threats.curation import crosswalk
    from nbthreat.threats.library import Control, Cost, Library, Pack, Threat
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
    "Acknowledged": "decisions.register",
    "Act": "decisions.register",
    "Advice": "decisions.register",
    "Answers": "system.model",
    "Appetite": "decisions.register",
    "Approval": "publishing.signing",
    "Assessment": "decisions.assessment",
    "Asset": "system.model",
    "Assurance": "decisions.register",
    "Audience": "decisions.register",
    "Baseline": "publishing.exchange.baseline",
    "Canvas": "workbench.widgets",
    "Cards": "workbench.widgets",
    "ChangeAnswer": "decisions.register",
    "Confidence": "decisions.register",
    "Control": "threats.library",
    "Cost": "threats.library",
    "Decision": "decisions.register",
    "Dismissal": "decisions.register",
    "Effect": "decisions.register",
    "Element": "system.model",
    "Estimate": "decisions.register",
    "Finding": "threats.matching",
    "Flow": "system.model",
    "FrozenMap": "system.model",
    "Gate": "publishing.exchange.gate",
    "Handling": "decisions.register",
    "Handover": "publishing.exchange.handover",
    "Inherited": "decisions.register",
    "Level": "base.risk",
    "Library": "threats.library",
    "Lifecycle": "system.model",
    "LogEntry": "decisions.register",
    "Marking": "decisions.register",
    "Match": "threats.matching",
    "NbthreatError": "base.errors",
    "NotApplicable": "decisions.register",
    "Pack": "threats.library",
    "Principles": "workbench.widgets",
    "Properties": "workbench.widgets",
    "Publication": "publishing.publication",
    "Quantified": "decisions.quantify",
    "Questions": "workbench.widgets",
    "Register": "decisions.register",
    "RegisterTable": "workbench.widgets",
    "Residual": "decisions.register",
    "Review": "decisions.register",
    "Risk": "decisions.register",
    "Schedule": "decisions.register",
    "Sensitivity": "system.model",
    "SignOff": "publishing.signing",
    "Spread": "decisions.register",
    "Stakes": "base.risk",
    "State": "threats.matching",
    "Statement": "publishing.signing",
    "System": "system.model",
    "Table": "workbench.widgets",
    "Threat": "threats.library",
    "Treatment": "decisions.register",
    "Trigger": "decisions.register",
    "Trust": "system.model",
    "TrustBoundary": "system.model",
    "Workbench": "workbench.widgets",
    "assess": "decisions.assessment",
    "assess_file": "decisions.assessment",
    "compare": "system.changes",
    "crosswalk": "threats.curation",
    "decision_for": "decisions.register",
    "documents": "system",
    "gate": "publishing.exchange.gate",
    "handover": "publishing.exchange.handover",
    "match": "threats.matching",
    "publication": "publishing.publication",
    "quantify": "decisions.quantify",
    "read_baseline": "publishing.exchange.baseline",
    "read_register": "decisions.register",
    "read_signed": "publishing.signing",
    "sign_file": "publishing.signing",
    "today": "base.day",
}

_MODULES = frozenset({"crosswalk", "documents"})
"""The public names that are modules."""

__all__ = [
    "Acceptance",
    "Acknowledged",
    "Act",
    "Advice",
    "Answers",
    "Appetite",
    "Approval",
    "Assessment",
    "Asset",
    "Assurance",
    "Audience",
    "Baseline",
    "Canvas",
    "Cards",
    "ChangeAnswer",
    "Confidence",
    "Control",
    "Cost",
    "Decision",
    "Dismissal",
    "Effect",
    "Element",
    "Estimate",
    "Finding",
    "Flow",
    "FrozenMap",
    "Gate",
    "Handling",
    "Handover",
    "Inherited",
    "Level",
    "Library",
    "Lifecycle",
    "LogEntry",
    "Marking",
    "Match",
    "NbthreatError",
    "NotApplicable",
    "Pack",
    "Principles",
    "Properties",
    "Publication",
    "Quantified",
    "Questions",
    "Register",
    "RegisterTable",
    "Residual",
    "Review",
    "Risk",
    "Schedule",
    "Sensitivity",
    "SignOff",
    "Spread",
    "Stakes",
    "State",
    "Statement",
    "System",
    "Table",
    "Threat",
    "Treatment",
    "Trigger",
    "Trust",
    "TrustBoundary",
    "Workbench",
    "assess",
    "assess_file",
    "compare",
    "crosswalk",
    "decision_for",
    "documents",
    "gate",
    "handover",
    "match",
    "publication",
    "quantify",
    "read_baseline",
    "read_register",
    "read_signed",
    "sign_file",
    "today",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for: `import nbthreat` itself costs next to nothing."""
    if name not in _HOMES:
        from nbthreat.base.errors import hint

        near = hint(name, __all__) or " dir(nbthreat) lists what there is."
        message = f"module 'nbthreat' has no attribute {name!r}.{near}"
        raise AttributeError(message, name=name, obj=None)  # no obj, or Python would add a guess of its own
    home = f"nbthreat.{_HOMES[name]}"
    if _HOMES[name] == "decisions.assessment":
        import_module("nbthreat.publishing.export")  # says how a notebook shows an assessment
    if name in _MODULES:
        return import_module(f"{home}.{name}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
