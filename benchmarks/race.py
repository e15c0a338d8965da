"""Alternating rounds: every contender runs once per round, so that drift affects all alike."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib

from .rivals import Rival
from .worker import Worker, WorkerError

__all__ = ["Arena", "Lap", "Race"]

# Threads of BLAS and OpenMP keep spinning for a while after the last call, and the next
# contender must not share the cores with them.
SETTLING_SECONDS = 0.2
PILOT_ROUNDS = 2


@dataclass(frozen=True)
class Lap:
    """Seconds of one rival with its best setting, one entry per round.

    ``setting`` is the problem's variant; ``first`` is the time of the first run, including
    compilation.
    """

    rival: str
    threads: int | None
    setting: str
    seconds: tuple[float, ...]
    outcome: Any
    first: float

    @property
    def median(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Race:
    """The laps by rival, and a message for each rival that could not take part."""

    laps: dict[str, Lap]
    skipped: list[str]


@dataclass
class _Contender:
    worker: Worker
    setting: str
    path: Path
    outcome: Any = None
    first: float = 0.0
    best: float = float("inf")

    def prepare(self, work: str) -> None:
        self.worker.prepare(work, self.path)

    def warm_up(self) -> None:
        self.first, self.outcome = self.worker.run(with_outcome=True)
        self.best = min(self.run() for _ in range(PILOT_ROUNDS))

    def run(self) -> float:
        time.sleep(SETTLING_SECONDS)
        return self.worker.run()[0]


class Arena:
    """The workers of all rivals, reused for several races."""

    def __init__(self, rivals: list[Rival], rounds: int, threads: int | None = None) -> None:
        self.rivals, self.rounds = rivals, rounds
        self._threads = threads
        self._workers: dict[tuple[str, int | None], Worker] = {}

    def race(
        self,
        work: str,
        variants: dict[str, Any],
        *,
        rivals: list[Rival] | None = None,
        threads: int | None = None,
    ) -> Race:
        """Time one piece of work of every rival, in its best setting.

        The first run of each is not timed: it includes first calls, cold caches and
        compilation. A few more runs select the best setting. The order of the contenders is
        reversed in every other round.

        Parameters
        ----------
        work : str
            A method of :class:`~benchmarks.rivals.base.Implementation`.
        variants : dict
            Variants of the problem, of which each rival uses its best one.
        rivals : list of Rival, default=None
            Participants; by default all.
        threads : int, default=None
            Number of threads for all; by default the rivals' own settings.
        """
        best: dict[str, _Contender] = {}
        skipped: list[str] = []
        with _stored(variants) as paths:
            for rival in self.rivals if rivals is None else rivals:
                try:
                    contenders = self._contenders(rival, paths, threads or self._threads)
                    best[rival.name] = _pick(contenders, work)
                except WorkerError as error:
                    skipped.append(f"{rival.name} is skipped: {error}")
            laps = _run_rounds(best, self.rounds)
            for contender in best.values():
                contender.worker.release()
        return Race(laps, skipped)

    def close(self) -> None:
        """Stop all workers."""
        for worker in self._workers.values():
            worker.close()

    def _contenders(
        self, rival: Rival, paths: dict[str, Path], threads: int | None
    ) -> Iterator[_Contender]:
        settings = rival.thread_settings if threads is None else (threads,)
        for setting in settings:
            key = rival.name, setting
            worker = self._workers.setdefault(key, Worker(rival, setting))
            for name, path in paths.items():
                yield _Contender(worker, name, path)


def _pick(contenders: Iterator[_Contender], work: str) -> _Contender:
    """Return the fastest setting, prepared; the others drop the problem."""
    fastest: _Contender | None = None
    for contender in contenders:
        contender.prepare(work)
        contender.warm_up()
        loser = contender
        if fastest is None or contender.best < fastest.best:
            fastest, loser = contender, fastest
        if loser is not None and loser.worker is not fastest.worker:
            loser.worker.release()
    assert fastest is not None
    fastest.prepare(work)
    fastest.run()
    return fastest


def _run_rounds(contenders: dict[str, _Contender], rounds: int) -> dict[str, Lap]:
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in contenders if number % 2 == 0 else reversed(contenders):
            seconds[name].append(contenders[name].run())
    return {
        name: Lap(
            name,
            contender.worker.threads,
            contender.setting,
            tuple(seconds[name]),
            contender.outcome,
            contender.first,
        )
        for name, contender in contenders.items()
    }


@contextmanager
def _stored(variants: dict[str, Any]) -> Iterator[dict[str, Path]]:
    """Write the problems to files that every worker can read."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for number, (name, problem) in enumerate(variants.items()):
            paths[name] = Path(folder) / f"{number}.joblib"
            joblib.dump(problem, paths[name])
        yield paths
