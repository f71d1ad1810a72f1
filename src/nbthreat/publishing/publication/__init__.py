"""Publication: what one audience is shown of an assessment, as a new value that holds that and nothing else.

Nothing is hidden in it, for nothing is taken away from what is whole: permitted fields are copied, one by one. Every
format is made from such a value. `linting` looks at the finished files all the same.
"""

from __future__ import annotations

from nbthreat.decisions.register import Marking, Standing, Treatment
from nbthreat.decisions.verdicts import Verdict
from nbthreat.publishing.publication.audiences import audience_named, file_name
from nbthreat.publishing.publication.making import publication
from nbthreat.publishing.publication.records import (
    COLUMNS,
    NOT_TOLD,
    BaselineComparison,
    Decided,
    InventoryItem,
    Measure,
    NotedChange,
    OpenQuestion,
    PrincipleText,
    Publication,
    PublishedFinding,
    RegisterLine,
    Said,
    Source,
    ThreatText,
    Withheld,
)
from nbthreat.publishing.signing import SignedState
from nbthreat.threats.matching import State

__all__ = [
    "COLUMNS",
    "NOT_TOLD",
    "BaselineComparison",
    "Decided",
    "InventoryItem",
    "Marking",
    "Measure",
    "NotedChange",
    "OpenQuestion",
    "PrincipleText",
    "Publication",
    "PublishedFinding",
    "RegisterLine",
    "Said",
    "SignedState",
    "Source",
    "Standing",
    "State",
    "ThreatText",
    "Treatment",
    "Verdict",
    "Withheld",
    "audience_named",
    "file_name",
    "publication",
]
