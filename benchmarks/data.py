"""Generated tables, initial weights and orders; with a fixed seed, equal for all rivals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lightmlp.network import Network, initialize

from .problems import SEED, TrainingProblem

__all__ = ["generate", "make_training_problem", "starting_weights"]

TABLE_SEED = 20


def generate(
    n_samples: int,
    n_features: int,
    n_outputs: int,
    kind: str,
    dtype: str,
    density: float | None = None,
) -> tuple[Any, NDArray[Any]]:
    """Return standard-normal rows and targets from a random one-layer tanh network.

    A classifier's targets are the classes 0 to n_outputs - 1, or two for n_outputs = 1.
    With a ``density`` the rows are sparse (CSR) with that fraction of entries, all positive
    like word counts.
    """
    rng = np.random.default_rng(TABLE_SEED)
    if density is None:
        X = rng.standard_normal((n_samples, n_features), np.float32).astype(dtype)
        scale = np.sqrt(n_features)
    else:
        X = _sparse_rows(n_samples, n_features, density, rng).astype(dtype)
        scale = np.sqrt(density * n_features)
    n_scores = 2 if kind == "classifier" and n_outputs == 1 else n_outputs
    hidden = np.tanh(X @ rng.standard_normal((n_features, 16)).astype(dtype) / scale)
    scores = hidden @ rng.standard_normal((16, n_scores))
    scores += 0.3 * rng.standard_normal(scores.shape)
    if kind == "classifier":
        return X, np.argmax(scores, axis=1)
    return X, scores.ravel().astype(dtype)


def _sparse_rows(n_samples: int, n_features: int, density: float, rng: Any) -> Any:
    """Return rows with (nearly) the same number of entries, in uniformly drawn columns."""
    per_row = round(density * n_features)
    rows = np.repeat(np.arange(n_samples), per_row)
    columns = rng.integers(0, n_features, n_samples * per_row)
    values = rng.uniform(0.1, 1.0, n_samples * per_row)
    X = sparse.csr_matrix((values, (rows, columns)), shape=(n_samples, n_features))
    X.sum_duplicates()
    return X


def make_training_problem(
    kind: str, widths: tuple[int, ...], batch_size: int, X: Any, y: NDArray[Any], epochs: int
) -> TrainingProblem:
    """Draw weights and orders like scikit-learn's fit."""
    if X.shape[0] % batch_size:
        raise ValueError(f"{X.shape[0]} rows are no whole number of batches of {batch_size}")
    random_state = np.random.RandomState(SEED)
    coefs, intercepts = starting_weights(widths, X.dtype, random_state)
    order = np.arange(X.shape[0])
    orders = []
    for _ in range(epochs):
        random_state.shuffle(order)
        orders.append(order.copy())
    return TrainingProblem(kind, widths, batch_size, X, y, coefs, intercepts, orders)


def starting_weights(
    widths: tuple[int, ...], dtype: Any, random_state: np.random.RandomState
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Draw the initial weights of a network of rectified linear units."""
    network = Network.dense(widths, "relu", "squared_error")
    parameters = initialize(network, "relu", random_state, dtype=dtype)
    return parameters.of_role("weight"), parameters.of_role("bias")
