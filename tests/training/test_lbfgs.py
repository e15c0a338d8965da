import numpy as np
import pytest

from lightmlp.engines import get_engine
from lightmlp.engines.base import TrainingData
from lightmlp.network import Network, Parameters
from lightmlp.training.lbfgs import minimize_lbfgs


def ridge_problem():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(30, 3))
    return X, X @ np.array([[1.0, -2.0], [0.5, 0.0], [0.0, 3.0]]) + [[4.0, 5.0]]


def test_a_network_without_hidden_layers_ends_at_the_least_squares_solution():
    X, Y = ridge_problem()
    network = Network.dense([3, 2], "relu", "squared_error")
    run = minimize_lbfgs(
        get_engine("reference"), network, Parameters.zeros(network.parameters, float),
        TrainingData(X, Y), max_iter=200, max_fun=1000, tol=1e-10,
    )  # fmt: skip
    solution, *_ = np.linalg.lstsq(np.c_[X, np.ones(30)], Y, rcond=None)
    W, b = run.parameters.values()
    np.testing.assert_allclose(W, solution[:3], atol=1e-6)
    np.testing.assert_allclose(b, solution[3], atol=1e-6)
    assert run.loss < 1e-10
    assert run.optimize_result.status == 0


@pytest.mark.parametrize(
    ("limit", "value", "reached"),
    [("max_iter", 3, "iterations"), ("max_fun", 4, "evaluations")],
)
def test_limits(limit, value, reached):
    X, Y = ridge_problem()
    network = Network.dense([3, 2, 2], "tanh", "squared_error")
    rng = np.random.RandomState(0)
    limits = {"max_iter": 200, "max_fun": 1000, limit: value}
    run = minimize_lbfgs(
        get_engine("reference"), network,
        Parameters.of_buffer(network.parameters, rng.normal(size=14)),
        TrainingData(X, Y), tol=0.0, **limits,
    )  # fmt: skip
    assert run.optimize_result.status == 1
    assert reached in run.optimize_result.message.lower()
    assert run.optimize_result.nit <= limits["max_iter"]


def test_parameters_are_float64_and_the_start_stays_as_it_was():
    X, Y = ridge_problem()
    network = Network.dense([3, 2], "relu", "squared_error")
    start = Parameters.zeros(network.parameters, np.float32)
    run = minimize_lbfgs(
        get_engine("reference"), network, start, TrainingData(X, Y),
        max_iter=5, max_fun=50, tol=0.0,
    )  # fmt: skip
    assert run.parameters.dtype == np.float64
    assert not start.flatten().any()
