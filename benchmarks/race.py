"""Alternating rounds: every contender runs once a round, so that drift hits all alike."""

import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from .rivals import Rival

__all__ = ["Lap", "race"]

# BLAS and OpenMP leave their threads spinning for a while after the last call: the next
# contender must not share the cores with them.
SETTLING_SECONDS = 0.2


@dataclass(frozen=True)
class Lap:
    """Seconds of one rival with its best thread setting, one entry a round."""

    rival: str
    threads: int | None
    seconds: tuple[float, ...]
    outcome: Any

    @property
    def median(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(self.seconds)


def race(
    rivals: list[Rival], prepare: Callable[[Rival], Callable[[], Any]], rounds: int
) -> dict[str, Lap]:
    """Time what ``prepare(rival)`` returns, for each rival and thread setting.

    A first run of each is not timed: it pays for first calls and cold caches. The order is
    turned around every other round. The outcome kept is that of the first run.
    """
    runs = {rival.name: prepare(rival) for rival in rivals}
    contenders = [(rival.name, limit) for rival in rivals for limit in rival.thread_limits]
    outcomes = {
        contender: _run(runs[contender[0]], contender[1])[1] for contender in contenders
    }
    seconds: dict[tuple[str, int | None], list[float]] = {key: [] for key in contenders}
    for number in range(rounds):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            seconds[contender].append(_run(runs[contender[0]], contender[1])[0])
    laps: dict[str, Lap] = {}
    for name, limit in contenders:
        lap = Lap(name, limit, tuple(seconds[name, limit]), outcomes[name, limit])
        if name not in laps or lap.median < laps[name].median:
            laps[name] = lap
    return laps


def _run(function: Callable[[], Any], limit: int | None) -> tuple[float, Any]:
    time.sleep(SETTLING_SECONDS)
    with nullcontext() if limit is None else threadpool_limits(limits=limit):
        start = time.perf_counter()
        outcome = function()
        return time.perf_counter() - start, outcome
