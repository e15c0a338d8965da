"""Many small fits at once: threads of one process, one thread of the engine each.

``python -m benchmarks.many_fits`` fits sixteen regressors 8-64-64-1 to 2,000 rows of one table
one after another, and in as many Python threads as there are cores, in turns; it prints the
median of the ratios of the two times.
"""

import argparse
import os
import statistics
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lightmlp import MLPRegressor

__all__ = ["main"]

N_FITS, N_ROWS = 16, 2000


def seconds(X: np.ndarray, y: np.ndarray, n_workers: int, n_epochs: int) -> float:
    """Fit all of them, so many at a time."""
    models = [
        MLPRegressor(
            hidden_layer_sizes=(64, 64), max_iter=n_epochs, random_state=seed, n_threads=1
        )
        for seed in range(N_FITS)
    ]
    start = time.perf_counter()
    if n_workers == 1:
        for model in models:
            model.fit(X, y)
    else:
        with ThreadPoolExecutor(n_workers) as pool:
            list(pool.map(lambda model: model.fit(X, y), models))
    return time.perf_counter() - start


def main() -> None:
    """Print a line for each dtype."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--epochs", type=int, default=200, help="most of a fit")
    arguments = parser.parse_args()
    n_rounds, n_epochs = arguments.rounds, arguments.epochs
    warnings.simplefilter("ignore")
    n_cores = len(os.sched_getaffinity(0))
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        X = rng.normal(size=(N_ROWS, 8)).astype(dtype)
        y = X[:, 0] * X[:, 1]
        seconds(X, y, 1, n_epochs)
        ratios, alone = [], []
        for _ in range(n_rounds):
            one, many = seconds(X, y, 1, n_epochs), seconds(X, y, n_cores, n_epochs)
            ratios.append(many / one)
            alone.append(one)
        milliseconds, ratio = 1e3 * statistics.median(alone), statistics.median(ratios)
        print(
            f"{np.dtype(dtype).name}: {milliseconds:.0f} ms one after another, "
            f"{ratio:.2f} of it in {n_cores} threads"
        )


if __name__ == "__main__":
    main()
