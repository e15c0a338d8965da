"""Generated tables: a fixed seed gives every rival the same one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["generate"]

SEED = 20


def generate(
    n_samples: int, n_features: int, n_outputs: int, kind: str, dtype: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return standard-normal rows and targets from a random one-layer tanh network.

    A classifier's targets are the classes 0 to n_outputs - 1, or two for n_outputs = 1.
    """
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((n_samples, n_features)).astype(dtype)
    n_scores = 2 if kind == "classifier" and n_outputs == 1 else n_outputs
    hidden = np.tanh(X @ rng.standard_normal((n_features, 16)) / np.sqrt(n_features))
    scores = hidden @ rng.standard_normal((16, n_scores))
    scores += 0.3 * rng.standard_normal(scores.shape)
    if kind == "classifier":
        return X, np.argmax(scores, axis=1)
    return X, scores.ravel().astype(dtype)
