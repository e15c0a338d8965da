"""Every row of OPTIMIZERS, and scikit-learn's steps bit for bit."""

import inspect

import numpy as np
import pytest

from lightmlp.training.optimizers import OPTIMIZERS, SGD, Adam

rows = pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=OPTIMIZERS)


def run(optimizer, gradients, learning_rate=0.1, dtype=np.float64):
    parameter = np.array([1.0, -2.0, 0.5], dtype=dtype)
    slots = [np.zeros_like(parameter) for _ in range(optimizer.n_slots)]
    for t, gradient in enumerate(gradients, start=1):
        step_size = optimizer.step_size(learning_rate, t)
        optimizer.update(parameter, gradient.astype(dtype), slots, step_size)
    return parameter, slots


@pytest.fixture
def gradients():
    return np.random.default_rng(0).normal(size=(10, 3))


@rows
def test_documented_with_formula_source_and_example(row):
    assert OPTIMIZERS[row.name] is row
    documentation = inspect.getdoc(row)
    for part in (".. math::", "Parameters\n-", "References\n-", "Examples\n-", ">>> "):
        assert part in documentation


@rows
def test_finds_the_bottom_of_a_parabola(row):
    optimizer = row()
    theta = np.array([3.0, -2.0])
    bottom = np.array([1.0, 0.5])
    slots = [np.zeros(2) for _ in range(optimizer.n_slots)]
    for t in range(1, 2001):
        learning_rate = 0.1 / np.sqrt(t)
        gradient = theta - bottom
        optimizer.update(theta, gradient, slots, optimizer.step_size(learning_rate, t))
    np.testing.assert_allclose(theta, bottom, atol=1e-3)


@rows
def test_float32_is_kept_and_agrees_with_float64(row, gradients):
    narrow, slots = run(row(), gradients, dtype=np.float32)
    wide, _ = run(row(), gradients)
    assert narrow.dtype == np.float32
    assert all(slot.dtype == np.float32 for slot in slots)
    np.testing.assert_allclose(narrow, wide, rtol=1e-5)


@rows
def test_gradients_are_left_alone(row, gradients):
    before = gradients.copy()
    run(row(), gradients)
    np.testing.assert_array_equal(gradients, before)


@rows
def test_arrays_are_changed_in_place(row):
    optimizer = row()
    parameter = np.ones(2)
    slots = [np.zeros(2) for _ in range(optimizer.n_slots)]
    optimizer.update(parameter, np.ones(2), slots, optimizer.step_size(0.1, 1))
    assert (parameter < 1).all()
    assert all((slot != 0).all() for slot in slots)


def test_sgd_by_hand():
    gradients = np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 0.0]])
    plain, _ = run(SGD(momentum=0.0, nesterov=False), gradients)
    np.testing.assert_allclose(plain, [0.8, -2.1, 0.3])
    heavy, (velocity,) = run(SGD(momentum=0.5, nesterov=False), gradients)
    np.testing.assert_allclose(velocity, [-0.15, -0.1, -0.1])
    np.testing.assert_allclose(heavy, [0.75, -2.1, 0.2])
    ahead, _ = run(SGD(momentum=0.5, nesterov=True), gradients)
    np.testing.assert_allclose(ahead, [0.675, -2.15, 0.15])


def test_adams_first_step_is_the_learning_rate():
    parameter, _ = run(Adam(epsilon=1e-12), np.array([[1e-3, -7.0, 1e4]]))
    np.testing.assert_allclose(parameter, [0.9, -1.9, 0.4], rtol=1e-8)


def test_adams_epsilon_is_outside_the_root():
    gradient = 1e-8
    v = 0.001 * gradient**2
    expected = 1.0 - 0.1 * np.sqrt(0.001) / 0.1 * (0.1 * gradient) / (np.sqrt(v) + 1e-8)
    parameter, _ = run(Adam(), np.array([[gradient, 0.0, 0.0]]))
    np.testing.assert_allclose(parameter, [expected, -2.0, 0.5], rtol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_has_the_bits_of_scikit_learn(momentum, nesterov, gradients):
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    theirs = np.array([1.0, -2.0, 0.5])
    upstream = SGDOptimizer([theirs], 0.1, momentum=momentum, nesterov=nesterov)
    for gradient in gradients:
        upstream.update_params([theirs], [gradient])
    ours, _ = run(SGD(momentum, nesterov), gradients)
    np.testing.assert_array_equal(ours, theirs)


def test_adam_has_the_bits_of_scikit_learn(gradients):
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    theirs = np.array([1.0, -2.0, 0.5])
    upstream = AdamOptimizer([theirs], 0.1)
    for gradient in gradients:
        upstream.update_params([theirs], [gradient])
    ours, _ = run(Adam(), gradients)
    np.testing.assert_array_equal(ours, theirs)
