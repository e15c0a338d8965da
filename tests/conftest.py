"""What tests of several folders share: small networks with data for every loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from lightmlp.engines import TrainingData
from lightmlp.network import Network


@dataclass
class Problem:
    """A network with parameters, and rows to train it on."""

    network: Network
    coefs: list[np.ndarray]
    intercepts: list[np.ndarray]
    data: TrainingData

    @property
    def parameters(self) -> tuple[Any, ...]:
        return self.network, self.coefs, self.intercepts


def _targets(loss, n_rows, n_outputs, rng):
    if loss == "log_loss":
        return rng.integers(0, n_outputs, n_rows).astype(np.int32)
    if loss == "poisson":
        return rng.poisson(1.5, (n_rows, n_outputs)).astype(float)
    if loss == "binary_log_loss":
        return rng.integers(0, 2, (n_rows, n_outputs)).astype(float)
    return rng.normal(size=(n_rows, n_outputs))


@pytest.fixture
def make_problem():
    """Build a Problem; ``widths`` has the input first, and 2 outputs at least for log_loss."""

    def make(
        loss,
        activation="tanh",
        widths=(5, 4, 3, 2),
        n_rows=33,
        *,
        dtype=np.float64,
        alpha=0.1,
        csr=False,
        weighted=False,
        seed=0,
    ):
        rng = np.random.default_rng(seed)
        network = Network.dense(widths, activation, loss, alpha=alpha)
        scales = [1 / np.sqrt(layer.n_inputs) for layer in network.layers]
        coefs = [
            (scale * rng.normal(size=(layer.n_inputs, layer.n_outputs))).astype(dtype)
            for layer, scale in zip(network.layers, scales, strict=True)
        ]
        intercepts = [
            (0.1 * rng.normal(size=layer.n_outputs)).astype(dtype) for layer in network.layers
        ]
        X = rng.normal(size=(n_rows, widths[0])).astype(dtype)
        if csr:
            X = sparse.csr_matrix(np.where(rng.random(X.shape) < 0.4, X, 0).astype(dtype))
        targets = _targets(loss, n_rows, widths[-1], rng)
        if loss != "log_loss":
            targets = targets.astype(dtype)
        weight = rng.integers(0, 4, n_rows).astype(dtype) / 2 if weighted else None
        return Problem(network, coefs, intercepts, TrainingData(X, targets, weight))

    return make
