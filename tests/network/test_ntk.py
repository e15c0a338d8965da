"""The NTK parametrisation is a matter of initial scale and of learning-rate factors."""

import numpy as np
import pytest

from lightmlp.engines import TrainingData, get_engine
from lightmlp.network import Linear, Network, Scale, initialize, ntk_factors
from lightmlp.network.ntk import NTK
from lightmlp.solvers import SGD, Adam, Lion

WIDTHS = (7, 20, 11, 2)
NETWORK = Network.dense(WIDTHS, "tanh", "squared_error")
RATE, N_STEPS = 0.03, 60


def draw_data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, WIDTHS[0]))
    return X, np.sin(X[:, :2]) + 0.1 * rng.normal(size=(30, 2))


def draw_parameters():
    return initialize(
        NETWORK,
        "tanh",
        np.random.RandomState(0),
        initialization=NTK(),
        bias_initialization=NTK(),
    )


class ExplicitNetwork:
    """z = a U / sqrt(n) + b, with the layers of NETWORK and U of unit deviation."""

    def __init__(self):
        start = draw_parameters()
        biases = [b.copy() for b in start.of_role("bias")]
        self.U = [W * np.sqrt(len(W)) for W in start.of_role("weight")]
        self.parameters = [*self.U, *biases]

    def forward(self, X):
        activations = [X]
        n_layers = len(self.U)
        for number, (U, b) in enumerate(zip(self.U, self.parameters[n_layers:], strict=True)):
            z = activations[-1] @ U / np.sqrt(len(U)) + b
            activations.append(np.tanh(z) if number < n_layers - 1 else z)
        return activations

    def gradients(self, X, y):
        """Of the mean over rows of half the squared error, as the engine's loss is."""
        activations = self.forward(X)
        delta = (activations[-1] - y) / len(X)
        of_weights, of_biases = [], []
        for U, a in zip(self.U[::-1], activations[-2::-1], strict=True):
            of_weights.append(a.T @ delta / np.sqrt(len(U)))
            of_biases.append(delta.sum(axis=0))
            delta = delta @ U.T / np.sqrt(len(U)) * (1 - a**2)
        return [*of_weights[::-1], *of_biases[::-1]]


def train_explicit(optimizers):
    """Train with an optimiser for each parameter, all at one rate."""
    network, (X, y) = ExplicitNetwork(), draw_data()
    slots = [
        [np.zeros_like(array) for _ in range(optimizer.n_slots)]
        for array, optimizer in zip(network.parameters, optimizers, strict=True)
    ]
    for step in range(1, N_STEPS + 1):
        gradients = network.gradients(X, y)
        for array, gradient, slot, optimizer in zip(
            network.parameters, gradients, slots, optimizers, strict=True
        ):
            optimizer.update(array, gradient, slot, RATE, step)
    return network.forward(X)[-1]


def train_ours(optimizer, power):
    """Train NETWORK as it is, at rates multiplied by the factors."""
    engine, (X, y), parameters = get_engine("reference"), draw_data(), draw_parameters()
    factors = ntk_factors(NETWORK, power)
    slots = {
        name: [np.zeros_like(array) for _ in range(optimizer.n_slots)]
        for name, array in parameters.items()
    }
    for step in range(1, N_STEPS + 1):
        _, gradients = engine.loss_and_gradients(NETWORK, parameters, TrainingData(X, y))
        for name, array in parameters.items():
            rate = RATE * factors[name]
            optimizer.update(array, gradients[name], slots[name], rate, step)
    return engine.forward(NETWORK, parameters, X)


def explicit_adam(epsilon):
    """Adam whose epsilon for U, with gradients smaller by sqrt(n), is as small."""
    of_weights = [Adam(epsilon=epsilon / np.sqrt(n)) for n in WIDTHS[:-1]]
    return [*of_weights, *[Adam(epsilon=epsilon)] * len(of_weights)]


SGDS = {"sgd": SGD(momentum=0.0, nesterov=False), "momentum": SGD(0.9, nesterov=False),
        "nesterov": SGD()}  # fmt: skip


@pytest.mark.parametrize("optimizer", SGDS.values(), ids=SGDS)
def test_sgd(optimizer):
    explicit = train_explicit([optimizer] * 6)
    np.testing.assert_allclose(train_ours(optimizer, 1.0), explicit, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("epsilon", [1e-8, 1e-3])
def test_adam(epsilon):
    explicit = train_explicit(explicit_adam(epsilon))
    ours = train_ours(Adam(epsilon=epsilon), 0.5)
    np.testing.assert_allclose(ours, explicit, rtol=1e-8, atol=1e-10)


def test_adams_epsilon_counts_for_more_where_weights_are_divided():
    ours = train_ours(Adam(epsilon=1e-2), 0.5)
    assert abs(train_explicit([Adam(epsilon=1e-2)] * 6) - ours).max() > 1e-3


def test_lion():
    explicit = train_explicit([Lion()] * 6)
    np.testing.assert_allclose(train_ours(Lion(), 0.5), explicit, rtol=1e-10, atol=1e-12)


def test_other_powers_train_otherwise():
    explicit = train_explicit([SGDS["sgd"]] * 6)
    assert abs(train_ours(SGDS["sgd"], 0.5) - explicit).max() > 1e-2
    explicit = train_explicit(explicit_adam(1e-8))
    assert abs(train_ours(Adam(), 1.0) - explicit).max() > 1e-2


def test_initial_variances():
    parameters = initialize(
        Network.dense([400, 300, 1], "relu", "squared_error"), "relu", np.random.RandomState(0),
        initialization=NTK(gain=2.0), bias_initialization=NTK(gain=3.0),
    )  # fmt: skip
    assert parameters["layers.0.weight"].std() == pytest.approx(2 / 20, rel=0.01)
    assert parameters["layers.0.bias"].std() == pytest.approx(3, rel=0.1)


def test_factors_are_those_of_linear_layers():
    network = Network((Scale(4), Linear(4, 9), Linear(9, 1, bias=False)), "squared_error", 0.0)
    assert ntk_factors(network, 1.0) == {
        "layers.0.scale": 1.0,
        "layers.1.weight": 1 / 4,
        "layers.1.bias": 1.0,
        "layers.2.weight": 1 / 9,
    }


def test_wrong_gain():
    with pytest.raises(ValueError, match="'gain' parameter of NTK"):
        initialize(NETWORK, "tanh", np.random.RandomState(0), initialization=NTK(-1))
