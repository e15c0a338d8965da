"""Problems with dropout, normalisation and penalties."""

from dataclasses import replace

import numpy as np
import pytest

from lightmlp.network import Network


@pytest.fixture
def make_regularized(make_problem):
    """Build a Problem; its biases have scales and running statistics where they belong."""

    def make(
        loss="log_loss",
        activation="tanh",
        widths=(5, 4, 3, 2),
        *,
        normalization=None,
        dropout=0.0,
        input_dropout=0.0,
        l1=0.0,
        **settings,
    ):
        problem = make_problem(loss, activation, widths, **settings)
        network = Network.dense(
            problem.network.widths,
            activation,
            problem.network.loss,
            alpha=problem.network.alpha,
            l1=l1,
            normalization=normalization,
            dropout=dropout,
            input_dropout=input_dropout,
        )
        rng = np.random.default_rng(7)
        intercepts = []
        for layer, shift in zip(network.layers, problem.intercepts, strict=True):
            rows = np.stack([shift, *rng.uniform(0.5, 1.5, (3, len(shift)))])
            biases = rows[: layer.n_bias_rows].reshape(layer.bias_shape)
            intercepts.append(biases.astype(shift.dtype))
        return replace(problem, network=network, intercepts=intercepts)

    return make
