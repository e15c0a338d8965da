"""A grid search from end to end: 3 folds, 6 configurations, the digits."""

from .problems import SearchProblem
from .race import Arena, Race
from .results import Result, timings
from .rivals import BASELINE

__all__ = ["measure_search"]

TARGET = 6.0
GRID = {"hidden_layer_sizes": [(50,), (100,), (64, 32)], "alpha": [1e-4, 1e-2]}
N_FOLDS = 3
# Fits in float64 stop at the same epochs; at most one row in a hundred differs.
TOLERANCE = 1e-2


def measure_search(arena: Arena, effort: float) -> tuple[list[Result], Race]:
    """Race the search with one job or one job per core, whichever is better for a rival."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    settings = {"max_iter": max(5, round(100 * effort)), "random_state": 0}
    variants = {
        f"n_jobs={n_jobs}": SearchProblem(X / 16, y, settings, GRID, N_FOLDS, n_jobs)
        for n_jobs in (1, -1)
    }
    race = arena.race("search", variants)
    results = timings(
        "grid search, 3 folds x 6",
        "float64",
        race,
        per_run=1,
        unit="s",
        scale=1.0,
        target=lambda rival: TARGET if rival == BASELINE else None,
        difference=lambda ours, theirs: abs(ours - theirs),
        tolerance=lambda rival: TOLERANCE,
    )
    return results, race
