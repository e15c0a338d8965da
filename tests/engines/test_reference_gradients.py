"""The textbook's gradients, against central differences and against scikit-learn."""

from itertools import chain

import numpy as np
import pytest
from scipy import sparse

from lightmlp.engines import TrainingData, get_engine
from lightmlp.network import ACTIVATIONS, LOSSES, Network, Parameters, one_hot

activations = pytest.mark.parametrize("activation", ACTIVATIONS)
losses = pytest.mark.parametrize("loss", LOSSES)
weighting = pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
storage = pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])

engine = get_engine("reference")


def joined(gradients):
    return list(chain.from_iterable(found.values() for found in gradients))


def true_gradients(problem):
    loss = LOSSES[problem.network.loss]
    scale = loss.mean_factor(problem.network.n_outputs)
    return engine.loss_and_gradients(*problem.parameters, problem.data, delta_scale=scale)


def central_differences(problem, h=1e-6):
    """The slope of the loss along every single parameter."""
    slopes = []
    for parameter in problem.values.values():
        slope = np.empty_like(parameter)
        for index in np.ndindex(*parameter.shape):
            kept = parameter[index]
            parameter[index] = kept + h
            above = true_gradients(problem)[0]
            parameter[index] = kept - h
            below = true_gradients(problem)[0]
            parameter[index] = kept
            slope[index] = (above - below) / (2 * h)
        slopes.append(slope)
    return slopes


@activations
@losses
@weighting
@storage
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_central_differences(make_problem, activation, loss, weighted, csr, n_outputs):
    if LOSSES[loss].takes_class_indices and n_outputs == 1:
        n_outputs = 2  # the softmax of one score is constant
    widths = (3, 4, 2, n_outputs)
    problem = make_problem(
        loss, activation, widths, n_rows=9, weighted=weighted, csr=csr, seed=3
    )
    _, gradients = true_gradients(problem)
    for gradient, slope in zip(gradients.values(), central_differences(problem), strict=True):
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-8)


@weighting
def test_central_differences_of_every_setting(make_problem, loss_case, weighted):
    problem = make_problem(loss_case, widths=(3, 4, 1), n_rows=9, weighted=weighted, seed=5)
    _, gradients = true_gradients(problem)
    for gradient, slope in zip(gradients.values(), central_differences(problem), strict=True):
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activations", [("relu", "gelu"), ("softplus", "identity")])
def test_central_differences_with_an_activation_a_layer(make_problem, activations):
    problem = make_problem("log_loss", activations, (3, 4, 2, 2), n_rows=9, seed=3)
    _, gradients = true_gradients(problem)
    for gradient, slope in zip(gradients.values(), central_differences(problem), strict=True):
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-8)


def test_no_hidden_layer(make_problem, loss_case):
    problem = make_problem(loss_case, widths=(3, 2), n_rows=9)
    _, gradients = true_gradients(problem)
    for gradient, slope in zip(gradients.values(), central_differences(problem), strict=True):
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-8)


@losses
@storage
def test_delta_scale_leaves_the_penalty_alone(make_problem, loss, csr):
    problem = make_problem(loss, csr=csr, alpha=0.5)
    full, gradients_1 = engine.loss_and_gradients(*problem.parameters, problem.data)
    same, gradients_0 = engine.loss_and_gradients(
        *problem.parameters, problem.data, delta_scale=0.0
    )
    assert full == same
    for gradient, W in zip(gradients_0.of_role("weight"), problem.coefs, strict=True):
        np.testing.assert_allclose(gradient, 0.5 * W / 33, rtol=1e-14)
    assert not any(gradient.any() for gradient in gradients_0.of_role("bias"))
    assert all(gradient.any() for gradient in gradients_1.of_role("bias"))


def test_whole_weights_count_rows(make_problem, loss_case):
    problem = make_problem(loss_case, n_rows=9, weighted=True)
    data = problem.data
    counts = (2 * data.sample_weight).astype(int)
    rows = np.repeat(np.arange(9), counts)
    weighted = TrainingData(data.X, data.targets, counts.astype(float))
    repeated = TrainingData(data.X[rows], data.targets[rows])
    loss_1, *gradients_1 = engine.loss_and_gradients(*problem.parameters, weighted)
    loss_2, *gradients_2 = engine.loss_and_gradients(*problem.parameters, repeated)
    assert loss_1 == pytest.approx(loss_2, rel=1e-13)
    for one, two in zip(joined(gradients_1), joined(gradients_2), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-15)


def scikit_learns_backprop(problem):
    """Its private function on the same network: a second implementation."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    network, data = problem.network, problem.data
    loss = LOSSES[network.loss]
    targets = data.targets
    if network.loss == "log_loss":
        targets = one_hot(targets, network.n_outputs)
    probabilistic = network.loss in ("log_loss", "binary_log_loss")
    theirs = MLPClassifier() if probabilistic else MLPRegressor(loss=network.loss)
    theirs.activation, theirs.alpha = network.layers[1].function, network.alpha
    theirs.coefs_, theirs.intercepts_ = problem.coefs, problem.intercepts
    theirs.n_layers_, theirs.out_activation_ = len(network.widths), loss.inverse_link_name
    empty = [None] * len(problem.coefs)
    activations = [data.X, *empty]
    return theirs._backprop(
        data.X, targets, data.sample_weight, activations, empty[:], empty[:], empty[:]
    )


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("loss", ["squared_error", "poisson", "binary_log_loss", "log_loss"])
@weighting
@storage
def test_scikit_learn_agrees(make_problem, activation, loss, weighted, csr):
    problem = make_problem(loss, activation, weighted=weighted, csr=csr)
    value, *gradients = engine.loss_and_gradients(*problem.parameters, problem.data)
    upstream, *upstream_gradients = scikit_learns_backprop(problem)
    assert value == pytest.approx(upstream, rel=1e-15)
    by_role = (gradients[0].of_role(role) for role in ("weight", "bias"))
    for ours, theirs in zip(chain(*by_role), chain(*upstream_gradients), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_float32_stays_float32(make_problem, loss_case):
    problem = make_problem(loss_case, dtype=np.float32, weighted=True)
    wide = make_problem(loss_case, dtype=np.float64, weighted=True)
    value, *gradients = engine.loss_and_gradients(*problem.parameters, problem.data)
    exact, *exact_gradients = engine.loss_and_gradients(*wide.parameters, wide.data)
    assert value == pytest.approx(exact, rel=1e-5)
    for ours, theirs in zip(joined(gradients), joined(exact_gradients), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_csr_arrays_serve_like_csr_matrices(make_problem):
    problem = make_problem("log_loss", csr=True)
    array = TrainingData(sparse.csr_array(problem.data.X), problem.data.targets)
    value, *gradients = engine.loss_and_gradients(*problem.parameters, array)
    expected, *expected_gradients = engine.loss_and_gradients(*problem.parameters, problem.data)
    assert value == expected
    for ours, theirs in zip(joined(gradients), joined(expected_gradients), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_xor_by_hand():
    """Two hidden relu units that solve XOR without error (Goodfellow et al., section 6.1)."""
    network = Network.dense([2, 2, 1], "relu", "squared_error")
    arrays = [np.ones((2, 2)), np.array([0.0, -1.0]), np.array([[1.0], [-2.0]]), np.zeros(1)]
    parameters = Parameters(network.parameters, arrays)
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    np.testing.assert_array_equal(engine.forward(network, parameters, X), y)
    (hidden,) = engine.hidden_activations(network, parameters, X)
    np.testing.assert_array_equal(hidden, [[0, 0], [1, 0], [1, 0], [2, 1]])
    loss, *gradients = engine.loss_and_gradients(network, parameters, TrainingData(X, y))
    assert loss == 0
    assert not any(gradient.any() for gradient in joined(gradients))
