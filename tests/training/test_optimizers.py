"""Every row of OPTIMIZERS, and scikit-learn's steps bit for bit."""

import inspect
import math

import numpy as np
import pytest

from lightmlp.solvers import SGD, Adam, AdamW, Muon, RMSprop, orthogonalize
from lightmlp.training.optimizers import OPTIMIZERS

rows = pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=OPTIMIZERS)


def run(optimizer, gradients, learning_rate=0.1, dtype=np.float64):
    parameter = np.array([1.0, -2.0, 0.5], dtype=dtype)
    slots = [np.zeros_like(parameter) for _ in range(optimizer.n_slots)]
    for t, gradient in enumerate(gradients, start=1):
        optimizer.update(parameter, gradient.astype(dtype), slots, learning_rate, t)
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
    """With a rate that falls to zero, from one that suits the rule."""
    optimizer = row()
    first_rate = {"adagrad": 1.0, "adadelta": 20.0}.get(row.name, 0.1)
    theta = np.array([3.0, -2.0])
    bottom = np.array([1.0, 0.5])
    slots = [np.zeros(2) for _ in range(optimizer.n_slots)]
    for t in range(1, 2001):
        learning_rate = first_rate * (1 - t / 2000)
        gradient = theta - bottom
        optimizer.update(theta, gradient, slots, learning_rate, t)
    np.testing.assert_allclose(theta, bottom, atol=1e-3)


@rows
def test_squares_name_the_slots_that_are_never_negative(row, gradients):
    runs = [run(row(), sign * gradients)[1] for sign in (1, -1)]
    never = [{index for index, slot in enumerate(slots) if (slot > 0).all()} for slots in runs]
    assert never[0] & never[1] == set(row.squares)


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
    optimizer.update(parameter, np.ones(2), slots, 0.1, 1)
    assert (parameter < 1).all()
    assert all((slot != 0).all() for slot in slots)


def scalar_steps(name, theta, gradients, rate):
    """Each rule as its paper writes it (PyTorch's variant), for one number; see the classes."""
    m = v = u = 0.0
    product = 1.0
    for t, g in enumerate(gradients, start=1):
        if name in {"adamw", "nadam", "amsgrad", "muon"}:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            u = max(u, v) if name == "amsgrad" else v
            root = math.sqrt(u / (1 - 0.999**t)) + 1e-8
        if name in {"adamw", "amsgrad", "muon"}:
            theta -= rate * (m / (1 - 0.9**t)) / root
        elif name == "nadam":
            now = 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))
            ahead = 0.9 * (1 - 0.5 * 0.96 ** ((t + 1) * 0.004))
            product *= now
            look = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
            theta -= rate * look / root
        elif name == "rmsprop":
            v = 0.9 * v + 0.1 * g * g
            theta -= rate * g / (math.sqrt(v) + 1e-8)
        elif name == "adagrad":
            v += g * g
            theta -= rate * g / (math.sqrt(v) + 1e-10)
        elif name == "adadelta":
            v = 0.9 * v + 0.1 * g * g
            step = math.sqrt(m + 1e-6) / math.sqrt(v + 1e-6) * g
            m = 0.9 * m + 0.1 * step * step
            theta -= rate * step
        elif name == "lion":
            theta -= rate * np.sign(0.9 * m + 0.1 * g)
            m = 0.99 * m + 0.01 * g
        else:
            pytest.fail(f"write the published rule of {name!r} here")
    return theta


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in {"sgd", "adam"}])
def test_published_rule(name):
    """Over 500 steps, in which NAdam's product of momenta vanishes."""
    gradients = np.random.default_rng(1).normal(size=(500, 3))
    biases, _ = run(OPTIMIZERS[name](), gradients, 0.01)
    expected = [
        scalar_steps(name, theta, gradients[:, j], 0.01)
        for j, theta in enumerate([1.0, -2.0, 0.5])
    ]
    np.testing.assert_allclose(biases, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["adamw", "lion", "muon"])
def test_weight_decay_shrinks_weights_and_spares_biases(name):
    for shape, factor in (((2, 2), 0.95), ((2,), 1.0)):
        parameter = np.full(shape, 3.0)
        rule = OPTIMIZERS[name](weight_decay=0.5)
        slots = [np.zeros(shape) for _ in range(rule.n_slots)]
        rule.update(parameter, np.zeros(shape), slots, 0.1, 1)
        np.testing.assert_allclose(parameter, 3 * factor)


def test_rmsprop_accumulates_momentum():
    rule, gradients = RMSprop(rho=0.0, momentum=0.5, epsilon=1e-12), np.full((3, 3), 7.0)
    parameter, (_, velocity) = run(rule, gradients)
    np.testing.assert_allclose(velocity, 1 + 0.5 + 0.25)
    np.testing.assert_allclose(parameter, np.array([1.0, -2.0, 0.5]) - 0.1 * (1 + 1.5 + 1.75))


@pytest.mark.parametrize("shape", [(3, 3), (3, 8), (20, 4)])
def test_orthogonalized_matrices_keep_their_directions(shape):
    """Newton-Schulz changes singular values alone, all of them to about 1."""
    matrix = np.random.default_rng(2).normal(size=shape)
    U, _, V = np.linalg.svd(matrix, full_matrices=False)
    result = orthogonalize(matrix)
    inner = U.T @ result @ V.T
    values = inner.diagonal()
    np.testing.assert_allclose(inner, np.diag(values), atol=1e-12)
    assert values.min() > 0.6
    assert values.max() < 1.2
    assert not orthogonalize(np.zeros(shape)).any()
    assert orthogonalize(matrix.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("nesterov", [False, True])
def test_muon_moves_weights_along_the_orthogonalized_momentum(nesterov):
    gradients = np.random.default_rng(3).normal(size=(2, 4, 6))
    W, slots = np.zeros((4, 6)), [np.zeros((4, 6)), np.zeros((4, 6))]
    muon = Muon(momentum=0.5, nesterov=nesterov)
    M, expected = np.zeros((4, 6)), np.zeros((4, 6))
    for t, G in enumerate(gradients, start=1):
        muon.update(W, G, slots, 0.1, t)
        M = (M + G) / 2
        expected -= 0.1 * 0.2 * np.sqrt(6) * orthogonalize((M + G) / 2 if nesterov else M)
    np.testing.assert_allclose(W, expected, rtol=1e-12)
    np.testing.assert_allclose(slots[0], M)


def test_muon_leaves_the_output_layer_to_adamw():
    muon = Muon(beta_1=0.8, beta_2=0.9, epsilon=1e-5, weight_decay=0.1)
    assert muon.of_output_layer() == AdamW(0.8, 0.9, 1e-5, 0.1)
    assert RMSprop().of_output_layer() == RMSprop()


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
