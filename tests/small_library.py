"""A tiny vocabulary, built by hand, with one of everything the evaluation has to know.

`thing` is generic: who drew one has not said what it is. A `person` does not pass data on, a `store` keeps what
flows into it, a `queue` is looked through. `text` is the generic kind of asset.
"""

from __future__ import annotations

from nbthreat.threats.conditions import Taxonomy, Term, Vocabulary

TECHNOLOGIES = {
    "thing": None,
    "model": "thing",
    "agent": "model",
    "store": "thing",
    "vector-store": "store",
    "person": "thing",
    "queue": "thing",
    "bus": "queue",
}
KINDS = {"text": None, "prompt": "text", "document": "text", "weights": None, "credential": None}
CAPABILITIES = ("speech", "tools")
STORES = frozenset({"store", "vector-store"})
MODELS = frozenset({"model", "agent"})
RELAYS = frozenset({"queue", "bus"})

VOCABULARY = Vocabulary(
    technologies=Taxonomy(TECHNOLOGIES, generic=["thing"], distinct=["vector-store"]),
    kinds=Taxonomy(KINDS, generic=["text"]),
    capabilities=frozenset(CAPABILITIES),
    facts={
        "public": Term(of=MODELS | STORES, of_flows=True),
        "remembers": Term(of=MODELS | STORES, implied_by=frozenset({"vector-store"}), denied_by=frozenset({"model"})),
        "regulated": Term(
            of=frozenset(),
            of_system=True,
            implied_in=frozenset({"end-of-life"}),
            denied_in=frozenset({"design"}),
        ),
    },
    controls={
        "filter": Term(of=MODELS | STORES | RELAYS),
        "encryption": Term(of=STORES, of_flows=True),
        "oversight": Term(of=frozenset({"agent"}), of_system=True),
    },
    relays={name: name != "person" for name in TECHNOLOGIES},
    keeps={name: name in STORES for name in TECHNOLOGIES},
    transparent={name: name in RELAYS for name in TECHNOLOGIES},
)
