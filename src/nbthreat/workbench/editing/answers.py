"""Answers: a first drawing made from five answers about a system.

`composed` is the only door. What the system is for gives the middle of the drawing; each other answer adds a piece
to it. Nothing is said of protection, and nothing else that was not answered, so that it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbthreat.system.model import Asset, Element, Flow, FrozenMap, System, Trust, TrustBoundary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What one answer adds. Pieces name each other's elements: `people`, `page`, `app`, `model` and `training`."""

    assets: tuple[Asset, ...] = ()
    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()
    asked: tuple[str, ...] = ()  # asset ids that go into requests to the model
    answered: tuple[str, ...] = ()  # asset ids that come with its replies


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a system for one task is made of."""

    name: str
    app: str
    model: str  # its name
    hosted: str  # technology of the model where a vendor runs it
    run: str  # technology of the model where we do
    agent: bool  # whether what calls tools is a model that chooses its next step
    people: _Piece
    strangers: _Piece


def _asset(id: str, name: str, kind: str) -> Asset:
    return Asset(id=id, name=name, kind=kind)


def _element(id: str, name: str, technology: str, boundary: str, *holds: str) -> Element:
    return Element(id=id, name=name, technology=technology, boundary=boundary, holds=holds or None)


def _flow(name: str, source: str, target: str, *carries: str) -> Flow:
    return Flow(id=f"{source}-to-{target}", name=name, source=source, target=target, carries=carries)


def _people(name: str, page: str, boundary: str, given: Asset, made: Asset) -> _Piece:
    """Return people who hand something in on a page and read there what the model made of it."""
    return _Piece(
        assets=(given, made),
        elements=(
            _element("people", name, "end-user", boundary),
            _element("page", page, "client-ui", boundary),
        ),
        flows=(
            _flow("Hand in", "people", "page", given.id),
            _flow("Request", "page", "app", given.id),
            _flow("Result", "app", "page", made.id),
            _flow("Read", "page", "people", made.id),
        ),
        asked=(given.id,),
        answered=(made.id,),
    )


def _watched(pictures: Asset, sightings: Asset) -> _Piece:
    """Return operators who read on a page what the model saw through a camera."""
    return _Piece(
        assets=(pictures, sightings),
        elements=(
            _element("people", "Operators", "end-user", "organisation"),
            _element("page", "Operator page", "client-ui", "organisation"),
            _element("camera", "Camera", "sensor", "place"),
        ),
        flows=(
            _flow("Pictures", "camera", "app", pictures.id),
            _flow("Result", "app", "page", sightings.id),
            _flow("Read", "page", "people", sightings.id),
        ),
        asked=(pictures.id,),
        answered=(sightings.id,),
    )


def _strangers(name: str, technology: str, asset: Asset) -> _Piece:
    """Return a source that anybody may have written."""
    return _Piece(
        assets=(asset,),
        elements=(_element("strangers", name, technology, "internet"),),
        flows=(_flow("From outside", "strangers", "app", asset.id),),
        asked=(asset.id,),
    )


_WEB = _strangers("Web pages", "web-pages", _asset("pages-found", "Pages found", "web-content"))
_MAIL = _strangers("Mail of others", "mailbox", _asset("mail-in", "Mail received", "message"))
_SENT = _strangers("Pictures of others", "content-source", _asset("pictures-in", "Pictures sent in", "image"))

_TASKS = {
    "chat": _Task(
        name="Chatbot",
        app="Assistant",
        model="Language model",
        hosted="hosted-llm",
        run="own-llm",
        agent=True,
        people=_people(
            "People who ask",
            "Chat page",
            "internet",
            _asset("questions", "Questions", "user-input"),
            _asset("answers", "Answers", "model-output"),
        ),
        strangers=_WEB,
    ),
    "score": _Task(
        name="Scoring system",
        app="Scoring service",
        model="Scoring model",
        hosted="hosted-predictor",
        run="classifier",
        agent=False,
        people=_people(
            "Applicants",
            "Application form",
            "internet",
            _asset("applications", "Applications", "business-record"),
            _asset("scores", "Scores", "prediction"),
        ),
        strangers=_MAIL,
    ),
    "generate": _Task(
        name="Content generator",
        app="Drafting service",
        model="Language model",
        hosted="hosted-llm",
        run="own-llm",
        agent=True,
        people=_people(
            "Authors",
            "Drafting page",
            "organisation",
            _asset("briefs", "Briefs", "user-input"),
            _asset("drafts", "Drafts", "model-output"),
        ),
        strangers=_WEB,
    ),
    "see": _Task(
        name="Vision system",
        app="Vision service",
        model="Vision model",
        hosted="hosted-predictor",
        run="classifier",
        agent=False,
        people=_watched(
            _asset("pictures", "Pictures", "image"),
            _asset("sightings", "Sightings", "prediction"),
        ),
        strangers=_SENT,
    ),
}

_WEIGHTS = _asset("weights", "Model files", "model-weights")
_REGISTRY = _element("registry", "Model register", "model-registry", "organisation", "weights")
_LOADED = _flow("Load", "registry", "model", "weights")


def _trained(name: str, technology: str) -> _Piece:
    """Return the side on which a model is made from data."""
    return _Piece(
        assets=(_asset("examples", "Examples", "training-data"), _WEIGHTS),
        elements=(
            _element("preparation", "Data preparation", "data-pipeline", "organisation"),
            _element("dataset", "Training data", "dataset", "organisation", "examples"),
            _element("training", name, technology, "organisation"),
            _REGISTRY,
        ),
        flows=(
            _flow("Examples", "preparation", "dataset", "examples"),
            _flow("Learn", "dataset", "training", "examples"),
            _flow("New version", "training", "registry", "weights"),
            _LOADED,
        ),
    )


def _with(piece: _Piece, other: _Piece) -> _Piece:
    """Return both pieces as one."""
    return _Piece(
        assets=piece.assets + other.assets,
        elements=piece.elements + other.elements,
        flows=piece.flows + other.flows,
        asked=piece.asked + other.asked,
        answered=piece.answered + other.answered,
    )


_NOTHING = _Piece()

_MODELS = {
    "own": _trained("Training", "training-job"),
    "tuned": _with(
        _trained("Fine-tuning", "fine-tuning-job"),
        _Piece(
            assets=(_asset("base-model", "Base model", "model-weights"),),
            elements=(_element("maker", "Maker of the base model", "model-vendor", "vendor", "base-model"),),
            flows=(_flow("Base model", "maker", "training", "base-model"),),
        ),
    ),
    "vendor": _NOTHING,
    "hub": _Piece(
        assets=(_WEIGHTS,),
        elements=(_element("hub", "Model hub", "model-hub", "internet", "weights"), _REGISTRY),
        flows=(_flow("Fetch", "hub", "registry", "weights"), _LOADED),
    ),
}

_DOCUMENTS = _Piece(
    assets=(
        _asset("documents-kept", "Documents", "document"),
        _asset("passages", "Passages", "retrieved-content"),
        _asset("vectors", "Vectors", "embedding"),
    ),
    elements=(
        _element("editors", "Editors", "staff", "organisation"),
        _element("documents", "Documents", "knowledge-base", "organisation", "documents-kept"),
        _element("index", "Passage index", "vector-store", "organisation", "passages", "vectors"),
        _element("finder", "Passage finder", "retriever", "organisation"),
    ),
    flows=(
        _flow("Add", "editors", "documents", "documents-kept"),
        _flow("Index", "documents", "index", "documents-kept"),
        _flow("Nearest", "index", "finder", "passages"),
        _flow("Passages", "finder", "app", "passages"),
    ),
    asked=("passages",),
)

_RECORDS = _Piece(
    assets=(_asset("records-kept", "Business records", "business-record"),),
    elements=(_element("records", "Business records", "database", "organisation", "records-kept"),),
)

_ACTS = {
    "nothing": _NOTHING,
    "suggests": _with(
        _RECORDS,
        _Piece(
            elements=(_element("decider", "Person who decides", "reviewer", "organisation"),),
            flows=(_flow("Decide", "decider", "records", "records-kept"),),
        ),
    ),
    "acts": _with(
        _RECORDS,
        _Piece(
            assets=(_asset("calls", "Tool calls", "tool-call"), _asset("results", "Tool results", "tool-result")),
            elements=(
                _element("lookup", "Look-up", "search-tool", "organisation"),
                _element("actions", "Actions", "action-service", "organisation"),
            ),
            flows=(
                _flow("Look up", "app", "lookup", "calls"),
                _flow("Found", "lookup", "app", "results"),
                _flow("Act", "app", "actions", "calls"),
                _flow("Done", "actions", "app", "results"),
                _flow("Read", "records", "lookup", "records-kept"),
                _flow("Change", "actions", "records", "records-kept"),
            ),
        ),
    ),
}

_LEARNS = {"yes": True, "no": False, "unknown": None}

_BOUNDARIES = (
    TrustBoundary(id="internet", name="Internet", trust=Trust.NONE),
    TrustBoundary(id="place", name="Public place", trust=Trust.NONE),
    TrustBoundary(id="organisation", name="Organisation", trust=Trust.HIGH),
    TrustBoundary(id="vendor", name="Model vendor", trust=Trust.PARTNER),
)


def composed(answers: Mapping[str, str]) -> System:
    """Return the system that five answers describe, without positions.

    `answers` has `task` (chat, score, generate, see), `model` (own, tuned, vendor, hub), `reads` (question, documents,
    strangers), `acts` (nothing, suggests, acts) and `learns` (yes, no, unknown). Raises KeyError for any other answer.

    >>> answers = {"task": "chat", "model": "vendor", "reads": "question", "acts": "nothing", "learns": "no"}
    >>> [element.label for element in composed(answers).elements]
    ['People who ask', 'Chat page', 'Assistant', 'Language model']
    """
    task, acts = _TASKS[answers["task"]], answers["acts"]
    pieces = (
        task.people,
        _middle(task, hosted=answers["model"] == "vendor", acting=acts == "acts"),
        _MODELS[answers["model"]],
        {"question": _NOTHING, "documents": _finding(task), "strangers": task.strangers}[answers["reads"]],
        _with(_ACTS[acts], _suggesting(task) if acts == "suggests" else _NOTHING),
    )
    whole = _NOTHING
    for piece in pieces:
        whole = _with(whole, piece)
    whole = _learning(_calling(whole, acting=acts == "acts"), learns=_LEARNS[answers["learns"]])
    used = {element.boundary for element in whole.elements}
    return System(
        id="system",
        name=task.name,
        assets=whole.assets,
        boundaries=tuple(boundary for boundary in _BOUNDARIES if boundary.id in used),
        elements=whole.elements,
        flows=whole.flows,
    )


def _middle(task: _Task, *, hosted: bool, acting: bool) -> _Piece:
    """Return what stands between people and model, and the model."""
    app = _element("app", task.app, "agent" if acting and task.agent else "application", "organisation")
    technology, boundary = (task.hosted, "vendor") if hosted else (task.run, "organisation")
    return _Piece(elements=(app, _element("model", task.model, technology, boundary)))


def _finding(task: _Task) -> _Piece:
    """Return the documents, and the way to them by what was handed in."""
    return _with(_DOCUMENTS, _Piece(flows=(_flow("Look up", "app", "finder", *task.people.asked),)))


def _suggesting(task: _Task) -> _Piece:
    """Return the way of what the model made to the person who decides."""
    return _Piece(flows=(_flow("Suggest", "app", "decider", *task.people.answered),))


def _calling(piece: _Piece, *, acting: bool) -> _Piece:
    """Return the piece with the flows to the model and back, which carry what all its parts put in."""
    calls = ("calls",) if acting else ()
    results = ("results",) if acting else ()
    flows = (
        _flow("Model request", "app", "model", *piece.asked, *results),
        _flow("Model reply", "model", "app", *piece.answered, *calls),
    )
    return replace(piece, flows=piece.flows + flows)


def _learning(piece: _Piece, *, learns: bool | None) -> _Piece:
    """Return the piece with what was said of learning in use, and with the feedback where there is such learning."""
    if learns is None:
        return piece
    said = FrozenMap({"online-learning": learns})
    learners = ("model", "training")
    piece = replace(
        piece,
        elements=tuple(
            replace(element, facts=said) if element.id in learners else element for element in piece.elements
        ),
    )
    if not learns:
        return piece
    learner = "training" if any(element.id == "training" for element in piece.elements) else "model"
    feedback = _Piece(
        assets=(_asset("feedback-given", "Feedback", "feedback"),),
        elements=(_element("feedback", "Feedback", "feedback-store", "organisation", "feedback-given"),),
        flows=(
            _flow("Rate", "people", "page", "feedback-given"),
            _flow("Feedback", "page", "feedback", "feedback-given"),
            _flow("Learn", "feedback", learner, "feedback-given"),
        ),
    )
    rated = replace(feedback.flows[0], id="people-rate")
    return _with(piece, replace(feedback, flows=(rated, *feedback.flows[1:])))
