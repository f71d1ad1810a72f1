"""The background of a session: what is due after an edit, and in what time, on a thread of its own.

It saves within two seconds, works out questions and coverage after the last edit, then what each answer would change,
and looks every second whether the day or the files changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from nbthreat.workbench.editing import asking
from nbthreat.workbench.editing.display import Settled
from nbthreat.workbench.editing.timeline import Timeline
from nbthreat.workbench.editing.worker import Worker

SETTLE_AFTER = 0.12
"""Seconds after the last edit that questions and coverage are worked out."""
SEEN_AFTER = 0.6
"""Seconds after a drawing was opened that a page usually shows it."""
WATCH_EVERY = 1.0
FORESEE_AFTER = 1.2
"""Seconds after the last edit that what answers would change is worked out: who draws on is not kept waiting by it."""
_SHORTEST = 0.01


class Background:
    """What goes on for one timeline while nobody asks for it; `lock` is held only to look at it and to change it."""

    def __init__(self, timeline: Timeline, lock: threading.RLock, save: Callable[[], None]) -> None:
        self._timeline = timeline
        self._lock = lock
        self._save = save
        self._watched = time.monotonic()
        self._last_edit = self._watched
        self._worker = Worker("nbthreat-session", self._turn)

    def start(self) -> None:
        """Begin; what takes longer waits until whoever opened the drawing sees it."""
        self._last_edit = time.monotonic() + SEEN_AFTER
        self._worker.start()

    def stop(self) -> None:
        """End after what is being done."""
        self._worker.stop()

    def make_way(self) -> None:
        """Put off what takes longer, because somebody is drawing."""
        self._last_edit = time.monotonic()

    def wake(self) -> None:
        """Look at once what is due."""
        self._worker.wake()

    def settle(self) -> None:
        """Work out what takes longer: the questions and the coverage."""
        display = self._timeline.display
        with self._lock:
            assessment, revision = display.assessment, display.matched
        settled = Settled.of(assessment, revision)
        with self._lock:
            display.show_settled(settled, {})

    def foresee(self) -> None:
        """Work out what each answer would change, unless somebody goes on drawing or something is to be saved."""
        timeline, display = self._timeline, self._timeline.display
        with self._lock:
            assessment, board, context = display.assessment, timeline.board, timeline.context("")
            revision, last_edit = display.settled, self._last_edit

        def wanted() -> bool:
            return self._last_edit == last_edit and display.assessment is assessment and not self._must_save()

        effects = asking.effects(assessment, board, context, display.matches, wanted=wanted, pause=self._pause)
        settled = Settled.of(assessment, revision)
        with self._lock:
            if wanted():
                display.foreseen = assessment
                display.show_settled(settled, effects)

    def watch(self) -> None:
        """Look whether the day or the files have changed."""
        timeline = self._timeline
        with self._lock:
            timeline.renew()
            if timeline.keeper is not None and timeline.keeper.watch(timeline.history):
                timeline.display.tell_status()

    def _turn(self) -> float:
        """Do what is due, and return how many seconds nothing will be."""
        now = time.monotonic()
        if self._must_settle() and now - self._last_edit >= SETTLE_AFTER:
            self.settle()
        if self._must_save():
            self._save()
        self._watch_when_due()
        if self._must_foresee() and now - self._last_edit >= FORESEE_AFTER:
            self.foresee()
        return self._rest(time.monotonic())

    def _pause(self, seconds: float) -> None:
        """Leave others some time, and go on looking at the files in what takes long."""
        self._watch_when_due()
        time.sleep(seconds)

    def _watch_when_due(self) -> None:
        now = time.monotonic()
        if now - self._watched >= WATCH_EVERY:
            self._watched = now
            self.watch()

    def _rest(self, now: float) -> float:
        waits = [WATCH_EVERY]
        if self._must_settle():
            waits.append(self._last_edit + SETTLE_AFTER - now)
        if self._must_foresee():
            waits.append(self._last_edit + FORESEE_AFTER - now)
        if self._timeline.keeper is not None:
            waits.append(self._timeline.keeper.rest(now))
        return max(_SHORTEST, min(waits))

    def _must_save(self) -> bool:
        keeper = self._timeline.keeper
        return keeper is not None and keeper.rest(time.monotonic()) <= 0

    def _must_settle(self) -> bool:
        return self._timeline.display.settled < self._timeline.display.matched

    def _must_foresee(self) -> bool:
        display = self._timeline.display
        return not self._must_settle() and display.foreseen is not display.assessment
