"""Wording: a condition as a short phrase, for people who ask why."""

from __future__ import annotations

from nbthreat.threats.conditions.leaves import (
    All,
    Any_,
    Asset_,
    Carries,
    Condition,
    ControlIs,
    Crosses,
    FactIs,
    Holds,
    Is,
    LifecycleIs,
    Not,
    OnSystem,
    Provides,
    Reach,
    Receives,
    Sends,
    Some,
    SourceIs,
    StakesIs,
    Surplus,
    TargetIs,
    TechnologyIs,
    TrustIs,
)


def in_words(condition: Condition) -> str:
    """Return a condition as a short phrase, without the conditions inside it.

    >>> from nbthreat.threats.conditions import Reach, TechnologyIs
    >>> in_words(TechnologyIs(("hosted-llm", "local-llm")))
    'technology is hosted-llm or local-llm'
    >>> in_words(Reach(TechnologyIs(("end-user",)), without=("input-screening",)))
    'data can reach it from an element that meets, meeting no input-screening'
    """
    match condition:
        case All():
            return "all of"
        case Any_():
            return "any of"
        case Not():
            return "not"
        case Is(name=name) | FactIs(name=name) | ControlIs(name=name) | Provides(name=name) | Surplus(name=name):
            return f"{_WORDS[type(condition)]} {name}"
        case TechnologyIs(names=names):
            return f"technology is {' or '.join(names)}"
        case TrustIs(values=values) | StakesIs(values=values) | LifecycleIs(values=values):
            return f"{_WORDS[type(condition)]} {' or '.join(values)}"
        case Holds(asset=asset) | Carries(asset=asset):
            return f"{_WORDS[type(condition)]} {_asset_words(asset)}"
        case Reach():
            way = "its data can reach" if condition.forward else "data can reach it from"
            carried = f", carrying {_asset_words(condition.asset)}" if condition.asset else ""
            barred = f", meeting no {' or '.join(condition.without)}" if condition.without else ""
            return f"{way} an element that meets{carried}{barred}"
        case Crosses(source=source, target=target):
            ends = f" from {' or '.join(source)}" * bool(source) + f" to {' or '.join(target)}" * bool(target)
            return f"crosses a boundary{ends}"
        case _:
            return _WORDS[type(condition)]


def _asset_words(asset: Asset_) -> str:
    said = [" or ".join(asset.kind), " or ".join(asset.sensitivity)]
    said.append("" if asset.personal is None else "personal data" if asset.personal else "no personal data")
    return ", ".join(word for word in said if word)


_WORDS: dict[type, str] = {
    Is: "is",
    FactIs: "fact",
    ControlIs: "control",
    Provides: "provides",
    Surplus: "has without need",
    TrustIs: "trust is",
    StakesIs: "stakes are",
    LifecycleIs: "phase is",
    Holds: "holds",
    Carries: "carries",
    Receives: "receives a flow that",
    Sends: "sends a flow that",
    SourceIs: "comes from an element that",
    TargetIs: "goes to an element that",
    OnSystem: "the system",
    Some: "some element",
}
