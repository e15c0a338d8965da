"""Fit one problem with scikit-learn and LightMLP in alternation, and compare."""

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
# Sums in a different order differ in the last bits, and training propagates this.
SAME_TO_EIGHT_DIGITS = 1e-8


@dataclass(frozen=True)
class Outcome:
    """Results of one library on a problem; ``seconds`` has one entry per timed fit."""

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
        """Ratio of scikit-learn's median time to LightMLP's."""
        return self.upstream.median_seconds / self.ours.median_seconds

    @property
    def n_identical(self) -> int:
        """Number of test rows with bitwise identical predictions."""
        return int(np.sum(self.upstream.predictions == self.ours.predictions))

    @property
    def largest_difference(self) -> float:
        """Largest relative difference between two predicted numbers."""
        pair = np.stack([self.upstream.predictions, self.ours.predictions])
        return float(np.max(np.abs(pair[0] - pair[1]) / np.max(np.abs(pair), axis=0)))

    @property
    def same_predictions(self) -> bool:
        """Whether all classes are identical, or all numbers agree to eight digits."""
        if self.n_identical == len(self.ours.predictions):
            return True
        is_regression = self.problem.kind == "MLPRegressor"
        return is_regression and self.largest_difference < SAME_TO_EIGHT_DIGITS


def compare(
    problem: Problem, *, engine: str, rounds: int, progress: ProgressLine
) -> Comparison:
    """Fit once to warm up, then ``rounds`` times in alternation, and compare.

    The first fit includes imports, first calls and cold caches, and is not timed; the
    compared results come from it, since a fixed seed repeats them in every fit. Both
    libraries use one thread: on tables this small, more threads of a BLAS help little, and
    hurt when other programs use the cores.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, which both libraries otherwise interpret as early stopping.
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
