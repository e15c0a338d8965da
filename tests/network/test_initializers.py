"""Initial parameters: scikit-learn's draw for draw, and what every initialiser promises."""

import math
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone

from lightmlp import initializers
from lightmlp.network import INITIALIZERS, Network, initialize
from lightmlp.network.data_initializers import DataInitializer

PLAIN = [name for name, make in INITIALIZERS.items() if not isinstance(make(), DataInitializer)]
names = pytest.mark.parametrize("name", PLAIN)  # others: test_data_initializers.py
NETWORK = Network.dense([30, 20, 40, 3], "relu", "squared_error")


def drawn(*args, **kwargs):
    """Return the weights and the biases that are drawn."""
    parameters = initialize(*args, **kwargs)
    return parameters.of_role("weight"), parameters.of_role("bias")


def draw(initializer, n_inputs, n_outputs, seed=0):
    shape = (n_inputs, n_outputs)
    return initializer.draw(np.random.RandomState(seed), n_inputs, n_outputs, shape)


@names
def test_draws_have_their_shape_and_repeat(name):
    initializer = INITIALIZERS[name]()
    initializer.validate()
    assert clone(initializer) == initializer
    for widths in ((3, 4), (4, 3), (1, 1), (5, 5)):
        weights = draw(initializer, *widths)
        assert weights.shape == widths
        assert weights.dtype == np.float64
        np.testing.assert_array_equal(weights, draw(initializer, *widths))


VARIANCES = {
    "glorot_uniform": 2 / (200 + 300),
    "glorot_normal": 2 / (200 + 300),
    "he_uniform": 2 / 200,
    "he_normal": 2 / 200,
    "lecun_uniform": 1 / 200,
    "lecun_normal": 1 / 200,
    "orthogonal": 1 / 300,  # rows of length 1
    "normal": 0.01**2,
    "zeros": 0,
    "ntk": 1 / 200,
}


@names
def test_mean_and_variance(name):
    weights = draw(INITIALIZERS[name](), 200, 300)
    std = math.sqrt(VARIANCES[name])
    # 60,000 draws: both are normal, the mean with std / 245, the variance with std² / 173.
    assert abs(weights.mean()) <= 5 * std / 245
    assert weights.var() == pytest.approx(VARIANCES[name], rel=5 / 173)


@pytest.mark.parametrize("name", ["glorot", "he", "lecun"])
def test_distributions_and_gain(name):
    bound = math.sqrt(3 * VARIANCES[f"{name}_uniform"])
    uniform = draw(INITIALIZERS[f"{name}_uniform"](), 200, 300)
    assert 0.999 * bound < abs(uniform).max() <= bound
    normal = draw(INITIALIZERS[f"{name}_normal"](), 200, 300)
    assert (abs(normal) < bound / math.sqrt(3)).mean() == pytest.approx(0.6827, abs=0.01)
    doubled = draw(INITIALIZERS[f"{name}_normal"]().set_params(gain=2), 200, 300)
    np.testing.assert_allclose(doubled, 2 * normal)


@pytest.mark.parametrize("widths", [(1, 1), (3, 3), (60, 40), (40, 60), (100, 100), (1, 9)])
def test_orthogonal_matrices_are_orthogonal(widths):
    W = draw(initializers.Orthogonal(gain=2.0), *widths) / 2
    product = W @ W.T if widths[0] <= widths[1] else W.T @ W
    np.testing.assert_allclose(product, np.eye(min(widths)), atol=1e-14)


def test_orthogonal_matrices_are_uniformly_distributed():
    """Of Haar's distribution every entry has mean 0, and the determinant either sign."""
    random_state = np.random.RandomState(0)
    matrices = [initializers.Orthogonal().draw(random_state, 2, 2, (2, 2)) for _ in range(400)]
    assert abs(np.mean(matrices, axis=0)).max() < 5 * math.sqrt(0.5 / 400)
    assert 140 < sum(np.linalg.det(W) > 0 for W in matrices) < 260


@names
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_is_drawn_layer_by_layer_with_zero_biases(name, dtype):
    random_state = np.random.RandomState(3)
    coefs, intercepts = drawn(
        NETWORK, "relu", np.random.RandomState(3), initialization=name, dtype=dtype
    )
    for W, b, widths in zip(coefs, intercepts, pairwise(NETWORK.widths), strict=True):
        expected = INITIALIZERS[name]().draw(random_state, *widths, widths)
        np.testing.assert_array_equal(W, expected.astype(dtype))
        np.testing.assert_array_equal(b, np.zeros(widths[1]))
        assert W.dtype == b.dtype == dtype


def test_a_layers_weights_are_drawn_before_its_biases():
    coefs, intercepts = drawn(
        NETWORK,
        "relu",
        np.random.RandomState(3),
        initialization="normal",
        bias_initialization=initializers.Normal(std=2.0),
    )
    random_state = np.random.RandomState(3)
    for W, b in zip(coefs, intercepts, strict=True):
        np.testing.assert_array_equal(W, random_state.normal(0, 0.01, W.shape))
        np.testing.assert_array_equal(b, random_state.normal(0, 2.0, b.shape))


@pytest.mark.parametrize(
    ("wanted", "value"), [("zeros", 0.0), (0.25, 0.25), (np.float32(-1), -1.0), (3, 3.0)]
)
def test_biases_of_one_value(wanted, value):
    coefs, intercepts = drawn(
        NETWORK, "relu", np.random.RandomState(0), bias_initialization=wanted
    )
    assert all((b == value).all() for b in intercepts)
    first = drawn(NETWORK, "relu", np.random.RandomState(0))[0][0]
    np.testing.assert_array_equal(coefs[0], first)  # "auto", as without


def test_pytorchs_default_is_lecun_with_a_gain():
    lecun = initializers.LeCun(gain=1 / math.sqrt(3))
    coefs, intercepts = drawn(
        NETWORK,
        "relu",
        np.random.RandomState(0),
        initialization=lecun,
        bias_initialization=lecun,
    )
    for W, b in zip(coefs, intercepts, strict=True):
        assert abs(W).max() <= 1 / math.sqrt(len(W))
        assert 0 < abs(b).max() <= 1 / math.sqrt(len(W))


def test_functions_are_called_with_generator_fan_in_and_fan_out():
    calls = []

    def weights(rng, fan_in, fan_out):
        calls.append((fan_in, fan_out))
        return rng.uniform(size=(fan_in, fan_out)).astype(np.float32)

    coefs, intercepts = drawn(
        NETWORK,
        "relu",
        np.random.RandomState(0),
        initialization=weights,
        bias_initialization=lambda rng, fan_in, fan_out: np.arange(fan_out),
    )
    assert calls == [(30, 20), (20, 40), (40, 3)]
    assert coefs[0].dtype == np.float64
    np.testing.assert_array_equal(intercepts[2], [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "returned", [np.ones((20, 30)), np.ones(30), np.full((30, 20), np.nan), None, "words"]
)
def test_what_functions_must_not_return(returned):
    message = r"initialization: the function returned .*expected finite .* \(30, 20\)"
    with pytest.raises(ValueError, match=message):
        initialize(
            NETWORK, "relu", np.random.RandomState(0), initialization=lambda *_: returned
        )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"initialization": "kaiming"},
            "initialization='kaiming' is unknown: choose one of 'gl",
        ),
        ({"initialization": initializers.He}, r"initialization=He is a class: write He\(\)"),
        ({"initialization": initializers.He("flat")}, "'distribution' parameter of He"),
        ({"initialization": initializers.He(gain=0)}, "'gain' parameter of He"),
        ({"initialization": initializers.Normal(std=-1)}, "'std' parameter of Normal"),
        ({"initialization": initializers.Orthogonal(-1)}, "'gain' parameter of Orthogonal"),
        ({"bias_initialization": "orthogonal"}, "bias_initialization=Orthogonal.* matrices"),
        ({"bias_initialization": math.nan}, "bias_initialization=nan must be finite"),
    ],
)
def test_wrong_initialisers(parameters, message):
    with pytest.raises(ValueError, match=message):
        initialize(NETWORK, "relu", np.random.RandomState(0), **parameters)


@names
def test_documentation_has_source_and_example(name):
    documentation = type(INITIALIZERS[name]()).__doc__
    for section in ("References\n", "Examples\n"):
        assert section in documentation


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
    coefs, intercepts = drawn(network, activation, np.random.RandomState(5), dtype=dtype)
    for ours, upstream in zip(
        coefs + intercepts, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        assert ours.dtype == dtype
        np.testing.assert_array_equal(ours, upstream)


def test_each_layer_draws_for_its_own_activation():
    """The bound of logistic layers is sqrt(2 / n), that of all others sqrt(6 / n)."""
    network = Network.dense([50, 50, 50, 50], ("logistic", "relu"), "squared_error")
    coefs, _ = drawn(network, "relu", np.random.RandomState(0))
    bounds = np.array([2, 6, 6]) / 100
    np.testing.assert_allclose([np.abs(W).max() for W in coefs], bounds**0.5, rtol=0.01)
