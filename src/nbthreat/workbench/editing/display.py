"""Displays: what everybody sees of one drawing, on the day on which they see it.

What an edit changes is shown at once: the drawing, its badges and counts. Questions and coverage take longer and come
once nobody draws; what each answer to a question would change comes last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nbthreat.base.collector import paused
from nbthreat.decisions.assessment import Assessment
from nbthreat.threats.library import Library
from nbthreat.workbench.editing import messages as m
from nbthreat.workbench.editing import view
from nbthreat.workbench.editing.audience import Listeners
from nbthreat.workbench.editing.board import Board, Places
from nbthreat.workbench.editing.matches import Matches

Status = Callable[[], dict[str, Any]]

_CARDS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Settled:
    """What takes longer to work out of an assessment, which pages saw at `revision`."""

    assessment: Assessment
    revision: int
    principles: Mapping[str, Any]

    @classmethod
    def of(cls, assessment: Assessment, revision: int) -> Settled:
        """Work it out. Needs no lock: an assessment never changes."""
        with paused():
            _ = assessment.questions  # kept by the assessment
            return cls(assessment, revision, view.principles(assessment))


class Display:
    """What is shown of a board. Its session calls it under the session's lock."""

    def __init__(self, library: Library, today: Callable[[], date], status: Status) -> None:
        """`status` returns what the session knows of how the drawing stands."""
        self.audience = Listeners()
        self.places = Places()
        self.matches = Matches(library)
        self.today = today
        self.matched = self.settled = 0
        self.foreseen: Assessment | None = None
        self.assessment: Assessment
        self._status = status
        self._cards: OrderedDict[m.AskCards, Any] = OrderedDict()

    @property
    def library(self) -> Library:
        """The library that is matched."""
        return self.matches.library

    def use(self, library: Library) -> None:
        """Match another library from now on."""
        if library is not self.library:
            self.matches = Matches(library)
            self.audience.revision += 1  # a page that misses a step asks for everything, its words too

    @property
    def is_of_today(self) -> bool:
        """Whether what is shown is of this day."""
        return self.assessment.today == self.today()

    def show(self, board: Board) -> None:
        """Match a board as it is today, and tell everybody what that changes."""
        library, system = self.library, board.system
        found = self.matches.of(system)
        self.assessment = Assessment(
            system=system, library=library, match=found, register=board.register, today=self.today()
        )
        self._cards.clear()
        with paused():
            shown, risks = self.audience.view, self.assessment.risks
            changes = shown.drawing(board, self.places.of(system), library)
            changes += shown.show("badges", view.badges(risks))
            changes += shown.show("counts", {"counts": view.counts(risks)})
        self.matched = self.audience.revision + 1
        self.audience.tell(changes + shown.show("status", {"status": self.status()}))

    def tell_status(self) -> None:
        """Tell everybody how the drawing stands, where that is news."""
        self.audience.tell(self.audience.view.show("status", {"status": self.status()}))

    def status(self) -> dict[str, Any]:
        """Return how the drawing stands, as the view shows it."""
        complete = self.assessment.match.complete
        return {**self._status(), "matched": self.matched, "settled": self.settled, "complete": complete}

    def show_settled(self, settled: Settled, effects: Mapping[str, Any]) -> None:
        """Show questions and coverage, with what answers would change, unless somebody went on drawing."""
        assessment = settled.assessment
        if self.assessment is not assessment:
            return
        shown = self.audience.view
        questions = view.questions(assessment.questions, self.library, effects)
        changes = shown.show("questions", questions, questions)
        changes += shown.show("principles", settled.principles, settled.principles)
        self.settled = settled.revision
        self.audience.tell(changes + shown.show("status", {"status": self.status()}))

    def cards(self, asked: m.AskCards, answer: Callable[[m.AskCards], Any]) -> Any:
        """Return cards, made once for all who ask the same of one assessment."""
        if asked not in self._cards:
            self._cards[asked] = answer(asked)
            while len(self._cards) > _CARDS_KEPT:
                self._cards.popitem(last=False)
        return self._cards[asked]
