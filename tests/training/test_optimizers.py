"""Every row of OPTIMIZERS, and scikit-learn's steps bit for bit."""

import inspect

import numpy as np
import pytest

from lightmlp.engines import StepRules
from lightmlp.engines.rules import parameter_rules
from lightmlp.network import Network
from lightmlp.solvers import SGD, Adam, AdamW, Muon, RMSprop, orthogonalize
from lightmlp.training.optimizers import OPTIMIZERS

rows = pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=OPTIMIZERS)


def run(optimizer, gradients, learning_rate=0.1, dtype=np.float64):
    """Move biases, for which muon has another rule than for hidden weights."""
    optimizer = optimizer.of_other_parameters()
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
    documentation = inspect.getdoc(row)
    for part in (".. math::", "Parameters\n-", "References\n-", "Examples\n-", ">>> "):
        assert part in documentation


@rows
def test_finds_the_bottom_of_a_parabola(row):
    """With a rate that falls to zero, from one that suits the rule."""
    optimizer = row().of_other_parameters()
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
    optimizer = row().of_other_parameters()
    parameter = np.ones(2)
    slots = [np.zeros(2) for _ in range(optimizer.n_slots)]
    optimizer.update(parameter, np.ones(2), slots, 0.1, 1)
    assert (parameter < 1).all()
    assert all((slot != 0).all() for slot in slots)


CYCLE = [[1, -2, 0.5], [-1, 0.5, 4], [3, 0.25, -1], [0.5, -8, 2], [-2, 1, -0.125]]
# Biases after one and after 100 cycles at a learning rate of 0.01, as PyTorch 2.13 has them.
KNOWN = {
    "adamw": (
        (0.97838496561, -1.97171171058, 0.46635890142),
        (0.123097479726, 0.227528106298, -2.10928920611),
    ),
    "nadam": (
        (0.989832619167, -1.98084775362, 0.474445628151),
        (0.145241821114, 0.199338706521, -2.08252169854),
    ),
    "amsgrad": (
        (0.97838496561, -1.97171171058, 0.466359542762),
        (0.123164381665, 0.226657936529, -2.1086819356),
    ),
    "rmsprop": (
        (0.97491121235, -1.95381204178, 0.431071060173),
        (0.202642796987, 0.0664254429291, -2.05783781553),
    ),
    "adagrad": (
        (0.991656490688, -1.98515114674, 0.478417392575),
        (0.922059874079, -1.80949695193, 0.271222889351),
    ),
    "adadelta": (
        (0.999978668054, -1.99995032344, 0.499912626745),
        (0.997600289302, -1.99615230385, 0.494097900618),
    ),
}
KNOWN["muon"] = KNOWN["adamw"]  # which updates biases


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("cycles", [1, 100])
def test_known_trajectories(name, cycles):
    """In 500 steps NAdam's product of momenta vanishes."""
    biases, _ = run(OPTIMIZERS[name](), np.array(CYCLE * cycles), 0.01)
    # PyTorch keeps NAdam's product in float32.
    rtol = 1e-7 if name == "nadam" else 1e-10
    np.testing.assert_allclose(biases, KNOWN[name][cycles == 100], rtol=rtol)


def test_lion_by_hand():
    """The signs of the three steps: -+--+, +--+- and --+--."""
    biases, _ = run(OPTIMIZERS["lion"](), np.array(CYCLE), 0.01)
    np.testing.assert_allclose(biases, [0.99, -2.01, 0.47], rtol=1e-12)


def test_every_rule_has_a_known_answer():
    by_hand_or_by_scikit_learns_bits = {"sgd", "adam", "lion"}
    assert {*KNOWN} | by_hand_or_by_scikit_learns_bits == {*OPTIMIZERS}


@pytest.mark.parametrize("name", ["adamw", "lion", "muon"])
def test_weight_decay_is_a_rule_of_weights_alone(name):
    network = Network.dense([2, 3, 1], "relu", "squared_error")
    rules = parameter_rules(network, OPTIMIZERS[name](weight_decay=0.5), StepRules())
    for parameter, spec in network.parameters.items():
        assert rules[parameter].weight_decay == (0.5 if spec.role == "weight" else 0.0)
    weights = np.full((2, 2), 3.0)
    rule = OPTIMIZERS[name](weight_decay=0.5)
    slots = [np.zeros((2, 2)) for _ in range(rule.n_slots)]
    rule.update(weights, np.zeros((2, 2)), slots, 0.1, 1)
    assert (weights == 3.0).all()


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


@pytest.mark.parametrize(
    ("nesterov", "direction"),
    [
        (False, (0.4472136, 0.8944272)),  # (1, 2) / sqrt(5)
        (True, (0.1643990, 0.9863939)),  # (1, 6) / sqrt(37)
    ],
)
def test_muon_by_hand(nesterov, direction):
    """Gradients that are rotations by 0 and 90 degrees; so is each momentum, but for a factor.

    Both singular values are 1 / sqrt(2) at first, and 1.10811112 after five iterations.
    """
    W, slots = np.zeros((2, 2)), [np.zeros((2, 2)), np.zeros((2, 2))]
    muon = Muon(momentum=0.5, nesterov=nesterov)
    for t, gradient in enumerate(([[1, 0], [0, 1]], [[0, 1], [-1, 0]]), start=1):
        muon.update(W, np.array(gradient, dtype=float), slots, 0.1, t)
    np.testing.assert_allclose(slots[0], [[0.25, 0.5], [-0.5, 0.25]])
    cosine, sine = direction
    step = 0.0313421178  # 0.1 * 0.2 * sqrt(2) * 1.10811112
    rotations = np.array([[1 + cosine, sine], [-sine, 1 + cosine]])
    np.testing.assert_allclose(W, -step * rotations, rtol=1e-6)


@pytest.mark.parametrize("tall", [False, True])
def test_muon_scales_by_the_longer_side(tall):
    """The only singular value is 1 at first, and 0.69643641 after five iterations."""
    gradient = np.array([[3.0, 4.0, 0.0, 0.0]])
    expected = np.array([[-0.016714474, -0.022285965, 0, 0]])  # 0.02 sqrt(4) 0.69643641 / 5
    if tall:
        gradient, expected = gradient.T, expected.T
    W, slots = np.zeros(gradient.shape), [np.zeros(gradient.shape)] * 2
    Muon().update(W, gradient, slots, 0.1, 1)
    np.testing.assert_allclose(W, expected, rtol=1e-6)


def test_muon_leaves_the_output_layer_to_adamw():
    muon = Muon(beta_1=0.8, beta_2=0.9, epsilon=1e-5, weight_decay=0.1)
    assert muon.of_other_parameters() == AdamW(0.8, 0.9, 1e-5, 0.1)
    assert RMSprop().of_other_parameters() == RMSprop()


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
    """The step is 0.1 sqrt(v) / (sqrt(v) + 1e-8) with v = 1e-3 g^2, at g = 1e-8."""
    parameter, _ = run(Adam(), np.array([[1e-8, 0.0, 0.0]]))
    np.testing.assert_allclose(parameter, [1 - 0.00306534300317, -2.0, 0.5], rtol=1e-12)


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
