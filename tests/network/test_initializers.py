"""Initial parameters are scikit-learn's, draw for draw."""

import numpy as np
import pytest

from lightmlp.network import ACTIVATIONS, INITIALIZERS, Network, initialize

rows = pytest.mark.parametrize("row", INITIALIZERS.values(), ids=INITIALIZERS)


@rows
def test_name_is_the_key(row):
    assert INITIALIZERS[row.name] is row


@rows
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_draws_have_their_shapes_and_repeat(row, activation):
    weights, biases = row.draw(3, 4, activation, np.random.RandomState(0))
    assert weights.shape == (3, 4)
    assert biases.shape == (4,)
    assert weights.dtype == biases.dtype == np.float64
    again, _ = row.draw(3, 4, activation, np.random.RandomState(0))
    np.testing.assert_array_equal(weights, again)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [(), (7,), (4, 5)])
def test_draws_of_scikit_learn(activation, dtype, hidden):
    from sklearn.neural_network import MLPRegressor

    # With a learning rate of next to nothing, one epoch leaves the initial parameters in place.
    X = np.random.RandomState(1).normal(size=(6, 3)).astype(dtype)
    theirs = MLPRegressor(
        hidden_layer_sizes=hidden,
        activation=activation,
        solver="sgd",
        learning_rate_init=1e-300,
        random_state=5,
    ).partial_fit(X, X[:, :2])
    network = Network.dense([3, *hidden, 2], activation, "squared_error")
    coefs, intercepts = initialize(network, activation, np.random.RandomState(5), dtype=dtype)
    for ours, upstream in zip(
        coefs + intercepts, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        assert ours.dtype == dtype
        np.testing.assert_array_equal(ours, upstream)


def test_each_layer_draws_for_its_own_activation():
    """The bound of logistic layers is sqrt(2 / n), that of all others sqrt(6 / n)."""
    network = Network.dense([50, 50, 50, 50], ("logistic", "relu"), "squared_error")
    coefs, _ = initialize(network, "relu", np.random.RandomState(0))
    bounds = np.array([2, 6, 6]) / 100
    np.testing.assert_allclose([np.abs(W).max() for W in coefs], bounds**0.5, rtol=0.01)
