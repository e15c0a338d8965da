"""Python's overhead per epoch, outside the engine.

The time of an epoch within ``fit`` is the slope over two lengths of a fit, which removes the
fixed cost of a fit. The time of the same epoch called on the engine directly is subtracted.
"""

import time
import warnings
from typing import Any

import numpy as np

from .data import generate
from .results import Cost

__all__ = ["measure_epoch_cost"]

LIMIT = 10.0
WIDTHS = (4, 3, 2, 1)
N_SAMPLES = 120
LEARNING_RATE = 1e-3


def measure_epoch_cost(rounds: int, epochs: int) -> Cost:
    """Return the overhead in microseconds per epoch of one step on a small float64 table."""
    X, y = generate(N_SAMPLES, WIDTHS[0], 1, "classifier", "float64")
    fit_seconds(X, y, epochs)
    values = []
    for _ in range(rounds):
        within_fit = fit_seconds(X, y, 2 * epochs) - fit_seconds(X, y, epochs)
        values.append((within_fit - engine_seconds(X, y, epochs)) / epochs * 1e6)
    return Cost("epoch outside the engine", "us", tuple(values), LIMIT)


def fit_seconds(X: Any, y: Any, epochs: int) -> float:
    """Time a fit of exactly this many epochs."""
    from lightmlp import MLPClassifier

    model = MLPClassifier(
        WIDTHS[1:-1], max_iter=epochs, tol=0.0, n_iter_no_change=epochs + 1, random_state=0
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations")
        start = time.perf_counter()
        model.fit(X, y)
        return time.perf_counter() - start


def engine_seconds(X: Any, y: Any, epochs: int) -> float:
    """Time the same number of epochs, with one call of the engine per epoch."""
    from lightmlp.engines import get_engine
    from lightmlp.engines.base import TrainingData
    from lightmlp.network import Network, Parameters
    from lightmlp.training.optimizers import Adam

    network = Network.dense(WIDTHS, "relu", "binary_log_loss", alpha=1e-4)
    rng = np.random.default_rng(0)
    parameters = Parameters.zeros(network.parameters, float)
    for W in parameters.of_role("weight"):
        W[...] = rng.uniform(-1, 1, W.shape)
    data = TrainingData(X, y.reshape(-1, 1).astype(np.float64))
    training = get_engine("auto").start_training(
        network, parameters, data, Adam(), None, batch_size=N_SAMPLES
    )
    order = rng.permutation(N_SAMPLES)
    start = time.perf_counter()
    for _ in range(epochs):
        training.train_epoch(order, LEARNING_RATE)
    return time.perf_counter() - start
