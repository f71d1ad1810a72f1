"""Vocabularies: what the names in a condition and in a system mean, and of what each can be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Subject(StrEnum):
    """What a condition is asked of."""

    ELEMENT = "element"
    FLOW = "flow"
    SYSTEM = "system"


class Taxonomy:
    """Names that are kinds of one another: technologies, kinds of asset.

    >>> tree = Taxonomy({"model": None, "llm": "model", "hosted-llm": "llm"}, generic=["model"])
    >>> tree.line("hosted-llm")
    ('hosted-llm', 'llm', 'model')
    >>> sorted(tree.under(["llm"])), sorted(tree.unsure(["llm"]))
    (['hosted-llm', 'llm'], ['model'])

    A `distinct` kind is never meant by a generic name: whoever has one draws it as what it is.

    >>> Taxonomy({"model": None, "edge-model": "model"}, ["model"], ["edge-model"]).unsure(["edge-model"])
    frozenset()
    """

    def __init__(
        self, parents: Mapping[str, str | None], generic: Iterable[str] = (), distinct: Iterable[str] = ()
    ) -> None:
        self.parents = dict(parents)
        self.generic = frozenset(generic)
        self.distinct = frozenset(distinct)
        self._under: dict[str, set[str]] = {name: set() for name in self.parents}
        self._asked: dict[tuple[str, ...], tuple[frozenset[str], frozenset[str]]] = {}  # conditions ask the same again
        for name in self.parents:
            for up in self.line(name):
                self._under[up].add(name)

    def __contains__(self, name: object) -> bool:
        return name in self.parents

    def __iter__(self) -> Iterator[str]:
        return iter(self.parents)

    def line(self, name: str) -> tuple[str, ...]:
        """Return `name` and everything it is a kind of, nearest first; a circle ends where it closes."""
        found: list[str] = []
        here: str | None = name
        while here is not None and here in self.parents and here not in found:
            found.append(here)
            here = self.parents[here]
        return tuple(found)

    def under(self, names: Iterable[str]) -> frozenset[str]:
        """Return `names` and everything that is a kind of one of them."""
        return self._surely_and_maybe(tuple(names))[0]

    def unsure(self, names: Iterable[str]) -> frozenset[str]:
        """Return the generic names above `names`: whoever drew one of those may mean one of `names`."""
        return self._surely_and_maybe(tuple(names))[1]

    def _surely_and_maybe(self, names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
        if names not in self._asked:
            surely = frozenset().union(*(self._under.get(name, ()) for name in names))
            above = {up for name in names if name not in self.distinct for up in self.line(name)[1:]}
            self._asked[names] = surely, self.generic.intersection(above) - surely
        return self._asked[names]


@dataclass(frozen=True, slots=True)
class Term:
    """A fact or a control: of what it can be said, and of what it is known without asking."""

    of: frozenset[str]  # technologies, spelled out
    of_flows: bool = False
    of_system: bool = False
    implied_by: frozenset[str] = frozenset()
    denied_by: frozenset[str] = frozenset()
    implied_in: frozenset[str] = frozenset()  # phases of the life-cycle
    denied_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a condition and a system may use."""

    technologies: Taxonomy
    kinds: Taxonomy
    capabilities: frozenset[str]
    facts: Mapping[str, Term]
    controls: Mapping[str, Term]
    relays: Mapping[str, bool]  # by technology
    keeps: Mapping[str, bool]
    transparent: Mapping[str, bool] = field(default_factory=dict)  # conditions on neighbours look through them
