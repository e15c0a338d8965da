"""Fit one problem with scikit-learn and with LightMLP, alternating, and compare."""

import importlib
import statistics
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .problems import Problem
from .progress import ProgressLine

__all__ = ["Comparison", "Outcome", "compare"]

LIBRARIES = {"scikit-learn": "sklearn.neural_network", "LightMLP": "lightmlp"}
# Sums taken in another order differ in the last bits, and training carries that on.
SAME_TO_EIGHT_DIGITS = 1e-8


@dataclass(frozen=True)
class Outcome:
    """What one library made of a problem; ``seconds`` holds one entry a timed fit."""

    library: str
    model: Any
    score: float
    predictions: NDArray[Any]
    seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        """Median of the timed fits."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Comparison:
    """Both outcomes of a problem."""

    problem: Problem
    upstream: Outcome
    ours: Outcome

    @property
    def speedup(self) -> float:
        """How many times less time LightMLP took."""
        return self.upstream.median_seconds / self.ours.median_seconds

    @property
    def n_identical(self) -> int:
        """Number of test rows with identical predictions, down to the last bit."""
        return int(np.sum(self.upstream.predictions == self.ours.predictions))

    @property
    def largest_difference(self) -> float:
        """Largest difference of two predicted numbers, relative to the larger one."""
        pair = np.stack([self.upstream.predictions, self.ours.predictions])
        return float(np.max(np.abs(pair[0] - pair[1]) / np.max(np.abs(pair), axis=0)))

    @property
    def same_predictions(self) -> bool:
        """Whether all classes are identical, or all numbers to eight digits."""
        if self.n_identical == len(self.ours.predictions):
            return True
        is_regression = self.problem.kind == "MLPRegressor"
        return is_regression and self.largest_difference < SAME_TO_EIGHT_DIGITS


def compare(
    problem: Problem, *, engine: str, rounds: int, progress: ProgressLine
) -> Comparison:
    """Fit once to warm up, then ``rounds`` times alternating, and compare.

    The first fit pays for imports, first calls and cold caches, and is not timed; the
    compared figures come from it, since a fixed seed repeats them in every fit. Both have
    one thread: on tables this small a BLAS gains little by more, and loses much where
    other programs want the cores.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, which both libraries take as the wish to stop a fit early.
    """
    settings = {"scikit-learn": {}, "LightMLP": {"engine": engine, "n_threads": 1}}
    models = {library: _build(problem, library, settings[library]) for library in LIBRARIES}
    for library, model in models.items():
        with progress.running(f"{problem.short_title}: warm-up, {library}"):
            _timed_fit(model, problem)
    seconds: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    for number in range(1, rounds + 1):
        round_name = f"{problem.short_title}: round {number} of {rounds}"
        for library in LIBRARIES:
            model = _build(problem, library, settings[library])
            with progress.running(f"{round_name}, {library}"):
                seconds[library].append(_timed_fit(model, problem))
        latest = ", ".join(f"{library} {seconds[library][-1]:.3f} s" for library in LIBRARIES)
        progress.finish(f"{round_name}: {latest}")
    outcomes = [
        _outcome(library, models[library], problem, seconds[library]) for library in LIBRARIES
    ]
    return Comparison(problem, *outcomes)


def _build(problem: Problem, library: str, settings: dict[str, Any]) -> Any:
    estimator = getattr(importlib.import_module(LIBRARIES[library]), problem.kind)
    return estimator(**(problem.settings | settings))


def _timed_fit(model: Any, problem: Problem) -> float:
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Training interrupted by user")
        start = time.perf_counter()
        try:
            model.fit(problem.X_train, problem.y_train)
        except UserWarning as interruption:
            raise KeyboardInterrupt from interruption
        return time.perf_counter() - start


def _outcome(library: str, model: Any, problem: Problem, seconds: list[float]) -> Outcome:
    return Outcome(
        library=library,
        model=model,
        score=model.score(problem.X_test, problem.y_test),
        predictions=model.predict(problem.X_test),
        seconds=tuple(seconds),
    )
