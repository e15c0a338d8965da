"""Predictions: of one row, and of a large table."""

from typing import Any

import numpy as np

from .data import generate, starting_weights
from .problems import PredictionProblem
from .race import Arena, Race
from .results import Result, timings
from .rivals import BASELINE, OURS_ALONE

__all__ = ["ONE_ROW", "measure_bulk", "measure_one_row"]

ONE_ROW = {"classifier": (64, 128, 64, 10), "regressor": (8, 100, 50, 1)}
ONE_ROW_CALLS = 300
ONE_ROW_TARGET = 3.0
BULK = (54, 256, 128, 7)
BULK_ROWS = 100_000
BULK_TARGET = 2.0
# Fraction of classes that differ, or relative difference of values.
TOLERANCE = 1e-3


def measure_one_row(kind: str, dtype: str, arena: Arena) -> tuple[list[Result], Race]:
    """Race calls with one row; estimators validate their input, other rivals do not."""
    problem = _problem(kind, ONE_ROW[kind], 1, dtype, ONE_ROW_CALLS)
    race = arena.race("prediction", {"": problem})
    results = timings(
        f"predict one row, {kind}",
        dtype,
        race,
        per_run=ONE_ROW_CALLS,
        unit="us a call",
        scale=1e6,
        target=lambda rival: ONE_ROW_TARGET if rival == BASELINE else None,
        difference=_difference,
        tolerance=lambda rival: TOLERANCE,
    )
    return results, race


def measure_bulk(dtype: str, arena: Arena) -> tuple[list[Result], Race]:
    """Race one call with 100,000 rows."""
    race = arena.race("prediction", {"": _problem("classifier", BULK, BULK_ROWS, dtype, 1)})
    results = timings(
        f"predict {BULK_ROWS} rows, {'-'.join(map(str, BULK))}",
        dtype,
        race,
        per_run=1,
        unit="ms",
        scale=1e3,
        target=lambda rival: None if rival == OURS_ALONE else BULK_TARGET,
        difference=_difference,
        tolerance=lambda rival: TOLERANCE,
    )
    return results, race


def _problem(
    kind: str, widths: tuple[int, ...], n_rows: int, dtype: str, calls: int
) -> PredictionProblem:
    X, _ = generate(max(n_rows, 100), widths[0], widths[-1], kind, dtype)
    coefs, intercepts = starting_weights(widths, X.dtype, np.random.RandomState(0))
    return PredictionProblem(kind, widths, X[:n_rows], X[:100], coefs, intercepts, calls)


def _difference(ours: Any, theirs: Any) -> float:
    if ours.dtype.kind == "i":
        return float(np.mean(ours != theirs))
    return float(np.abs(ours - theirs).max() / np.abs(ours).max())
