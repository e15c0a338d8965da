"""Problems with dropout, normalisation and penalties."""

from dataclasses import replace

import numpy as np
import pytest

from lightmlp.network import Network, Parameters


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
        values = Parameters.zeros(network.parameters, problem.values.dtype)
        for name, array in values.items():
            role = network.parameters[name].role
            if role in ("scale", "statistic"):
                array[...] = rng.uniform(0.5, 1.5, array.shape)
        for role in ("weight", "bias"):
            for array, given in zip(
                values.of_role(role), problem.values.of_role(role), strict=True
            ):
                array[...] = given
        return replace(problem, network=network, values=values)

    return make
