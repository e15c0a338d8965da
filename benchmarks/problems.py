"""The rivals' input: data, initial weights and orders of rows, equal for all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ITERATION_SETTINGS",
    "OPTIONS",
    "FitProblem",
    "PredictionProblem",
    "SearchProblem",
    "TrainingProblem",
]

SEED = 0
# No fit stops before max_iter.
ITERATION_SETTINGS = {"tol": 0.0, "n_iter_no_change": 10**9, "random_state": SEED}

# Beside AdamW, batch normalisation of the hidden layers and a cosine schedule.
OPTIONS = {"dropout": 0.2, "clip_norm": 1.0}


@dataclass(frozen=True)
class TrainingProblem:
    """A fit by Adam over a given number of epochs.

    ``coefs``, ``intercepts`` and ``orders`` (an array of rows for each epoch) are those
    that scikit-learn's estimators draw from ``random_state=0``. Rivals get the orders
    precomputed, while LightMLP and scikit-learn also shuffle.
    """

    kind: str
    widths: tuple[int, ...]
    batch_size: int
    X: Any
    y: NDArray[Any]
    coefs: list[NDArray[Any]]
    intercepts: list[NDArray[Any]]
    orders: list[NDArray[np.int64]]
    alpha: float = 1e-4
    learning_rate: float = 1e-3

    @property
    def n_batches(self) -> int:
        """Number of batches per epoch, all of them full."""
        return self.X.shape[0] // self.batch_size

    def estimator_settings(self) -> dict[str, Any]:
        """Parameters of scikit-learn's estimators for this fit."""
        return {
            "hidden_layer_sizes": self.widths[1:-1],
            "batch_size": self.batch_size,
            "max_iter": len(self.orders),
            "alpha": self.alpha,
            "learning_rate_init": self.learning_rate,
            **ITERATION_SETTINGS,
        }


@dataclass(frozen=True)
class FitProblem:
    """A fit of scikit-learn's classifier until it converges."""

    X: NDArray[Any]
    y: NDArray[Any]
    settings: dict[str, Any]


@dataclass(frozen=True)
class PredictionProblem:
    """Predictions for the rows X, repeated ``calls`` times; X_fit is for the initial fit."""

    kind: str
    widths: tuple[int, ...]
    X: NDArray[Any]
    X_fit: NDArray[Any]
    coefs: list[NDArray[Any]]
    intercepts: list[NDArray[Any]]
    calls: int


@dataclass(frozen=True)
class SearchProblem:
    """A grid search over parameters of scikit-learn's classifier."""

    X: NDArray[Any]
    y: NDArray[Any]
    settings: dict[str, Any]
    grid: dict[str, list[Any]]
    n_folds: int
    n_jobs: int
