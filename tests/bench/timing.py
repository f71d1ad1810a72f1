"""Timing: the shortest of several runs, and how it grows."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Taken:
    """The shortest of several runs in milliseconds: by the clock, and of a processor alone."""

    clock: float
    processor: float  # what other programs take meanwhile is not in it, so ratios are made of these

    def __str__(self) -> str:
        return f"{self.clock:9.1f} ms ({self.processor:.1f} of a processor)"


def best(ask: Callable[[], Any], times: int) -> tuple[Taken, Any]:
    """Return what the shortest of `times` runs took, and what the last one returned."""
    clock, processor, found = math.inf, math.inf, None
    for _ in range(times):
        found = None
        gc.collect()
        began, worked = time.perf_counter(), time.process_time()
        found = ask()
        clock = min(clock, (time.perf_counter() - began) * 1_000)
        processor = min(processor, (time.process_time() - worked) * 1_000)
    return Taken(clock, processor), found


def exponents(found: Mapping[int, Taken]) -> str:
    """Return how processor time grows from size to size: 1.00 is in proportion."""
    return ", ".join(
        f"{math.log(found[larger].processor / found[smaller].processor) / math.log(larger / smaller):.2f} "
        f"from {smaller:,} to {larger:,}"
        for smaller, larger in pairwise(sorted(found))
    )
