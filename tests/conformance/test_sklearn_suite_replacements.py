"""Public equivalents of the tests of scikit-learn's that reach its private members.

``test_sklearn_suite.REPLACEMENTS`` tells which test here stands for which of theirs.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn._loss import HalfPoissonLoss
from sklearn.datasets import load_digits

from lightmlp import MLPClassifier
from lightmlp.network import LOSSES
from lightmlp.training.optimizers import SGD, Adam
from lightmlp.training.schedules import Constant, Progress

TINY_X, TINY_Y = np.array([[3.0, 2], [1, 6], [5, 6], [-2, -4]]), [1, 1, 1, 0]


@pytest.fixture(scope="module")
def binary_digits():
    X, y = load_digits(n_class=2, return_X_y=True)
    return X[:100] / 16.0, y[:100]


def central_differences(mlp, arrays, X, y, step=1e-5):
    """Differentiate the public loss by each entry of these arrays of parameters."""
    gradients = []
    for array in arrays:
        gradient = np.empty_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above, _, _ = mlp.loss_and_gradients(X, y)
            array[index] = kept - step
            below, _, _ = mlp.loss_and_gradients(X, y)
            array[index] = kept
            gradient[index] = (above - below) / (2 * step)
        gradients.append(gradient)
    return gradients


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_gradient_against_central_differences(n_labels, activation):
    X = np.random.RandomState(seed=42).rand(5, 10)
    y = 1 + np.mod(np.arange(5) + 1, n_labels)
    mlp = MLPClassifier(
        activation=activation,
        hidden_layer_sizes=10,
        solver="lbfgs",
        alpha=1e-5,
        max_iter=1,
        random_state=1,
    ).fit(X, y)
    _, coef_gradients, intercept_gradients = mlp.loss_and_gradients(X, y)
    parameters = [*mlp.coefs_, *mlp.intercepts_]
    numerical = central_differences(mlp, parameters, X, y)
    for analytical, expected in zip(
        [*coef_gradients, *intercept_gradients], numerical, strict=True
    ):
        assert_allclose(analytical, expected, atol=1e-8)


def steps_along_gradient(mlp, X, y):
    """Return fitted coefficients and the gradient there, to foresee the next step."""
    _, gradients, _ = mlp.loss_and_gradients(X, y)
    return [W.copy() for W in mlp.coefs_], gradients


@pytest.mark.parametrize("learning_rate", ["invscaling", "constant"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_restarts_the_learning_rate(learning_rate):
    mlp = MLPClassifier(
        solver="sgd",
        hidden_layer_sizes=4,
        learning_rate=learning_rate,
        momentum=0,
        max_iter=1,
        power_t=0.25,
        warm_start=True,
        random_state=0,
    )
    mlp.fit(TINY_X, TINY_Y)
    before, gradients = steps_along_gradient(mlp, TINY_X, TINY_Y)
    mlp.fit(TINY_X, TINY_Y)
    for W, start, gradient in zip(mlp.coefs_, before, gradients, strict=True):
        assert_allclose(W, start - 0.001 * gradient)

    # Eight samples were seen: partial_fit goes on with the rate scaled by that.
    rate = 0.001 if learning_rate == "constant" else 0.001 / (8 + 1) ** 0.25
    before, gradients = steps_along_gradient(mlp, TINY_X, TINY_Y)
    mlp.partial_fit(TINY_X, TINY_Y)
    for W, start, gradient in zip(mlp.coefs_, before, gradients, strict=True):
        assert_allclose(W, start - rate * gradient)


def test_adaptive_rate_is_divided_until_it_is_tiny(capsys):
    mlp = MLPClassifier(
        tol=0.5, max_iter=3000, solver="sgd", learning_rate="adaptive", verbose=True
    )
    mlp.fit([[3, 2], [1, 6]], [1, 0])
    assert mlp.n_iter_ < mlp.max_iter
    stalls = [line for line in capsys.readouterr().out.splitlines() if "tol=" in line]
    said = "Training loss did not improve more than tol=0.500000 for 10 consecutive epochs."
    rates = [0.001 / 5**k for k in range(1, 6)]
    assert stalls == [
        *(f"{said} Setting learning rate to {rate:f}" for rate in rates),
        f"{said} Learning rate too small. Stopping.",
    ]


def test_log_loss_is_finite_at_certainty():
    binary = LOSSES["binary_log_loss"].value(
        np.array([[0.0, 0, 1]]).T, np.array([[0.9, 1.0, 1.0]]).T, None
    )
    several = LOSSES["log_loss"].value(
        np.array([0, 1]), np.array([[0.0, 1.0, 0.0], [0.9, 0.05, 0.05]]), None
    )
    # Certain and wrong costs -log(eps), not infinity.
    at_most = -np.log(np.finfo(np.float64).eps)
    assert binary == pytest.approx((at_most - np.log(0.1)) / 3)
    assert several == pytest.approx((at_most - np.log(0.05)) / 2)


def test_poisson_loss_against_half_poisson_loss(global_random_seed):
    rng = np.random.default_rng(global_random_seed)
    targets = rng.integers(low=0, high=10, size=1000).astype(float)
    scores = rng.standard_normal(1000)
    weights = rng.uniform(low=0.1, high=10, size=1000)
    assert 0 in targets
    reference = HalfPoissonLoss()
    expected = (
        reference(y_true=targets, raw_prediction=scores, sample_weight=weights)
        + reference.constant_to_optimal_zero(y_true=targets, sample_weight=weights).mean()
        / weights.mean()
    )
    poisson = LOSSES["poisson"]
    outputs = poisson.inverse_link(scores.reshape(-1, 1))
    loss = poisson.value(targets.reshape(-1, 1), outputs, weights)
    assert loss == pytest.approx(expected, rel=1e-12)


def test_constant_rate_stops_when_nothing_improves():
    for exponent in range(-3, 4):
        goes_on, _ = Constant().after_stall(Progress(10.0**exponent))
        assert not goes_on


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_sgd_update(momentum, nesterov):
    rng = np.random.RandomState(0)
    parameter, gradient, velocity = rng.random_sample((3, 4, 6))
    update = momentum * velocity - 0.1 * gradient
    step = momentum * update - 0.1 * gradient if nesterov else update
    expected, slots = parameter + step, [velocity.copy()]
    sgd = SGD(momentum=momentum, nesterov=nesterov)
    sgd.update(parameter, gradient, slots, 0.1, 1)
    assert_array_equal(parameter, expected)
    assert_array_equal(slots[0], update)


@pytest.mark.parametrize("beta_1", [0.9, 0.95])
@pytest.mark.parametrize("beta_2", [0.995, 0.996, 0.997, 0.998, 0.999])
def test_adam_update(beta_1, beta_2):
    rng = np.random.RandomState(0)
    parameter, gradient, first, second = rng.random_sample((4, 4, 6))
    slots = [first.copy(), second.copy()]
    first = beta_1 * first + (1 - beta_1) * gradient
    second = beta_2 * second + (1 - beta_2) * gradient**2
    step_size = 0.001 * np.sqrt(1 - beta_2**10) / (1 - beta_1**10)
    expected = parameter - step_size * first / (np.sqrt(second) + 1e-8)
    adam = Adam(beta_1=beta_1, beta_2=beta_2, epsilon=1e-8)
    adam.update(parameter, gradient, slots, 0.001, 10)
    assert_allclose(slots[0], first, rtol=1e-15)
    assert_allclose(slots[1], second, rtol=1e-15)
    assert_allclose(parameter, expected, rtol=1e-15)
