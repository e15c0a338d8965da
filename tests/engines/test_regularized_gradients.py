"""Gradients through dropout, normalisation and penalties, against central differences."""

from dataclasses import replace

import numpy as np
import pytest

from lightmlp.engines import TrainingData, get_engine
from lightmlp.network import dropout_factors

SEED = 2**62 + 1
NORMALIZATIONS = [None, "batch", "layer"]

normalizations = pytest.mark.parametrize("normalization", NORMALIZATIONS)
weighting = pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
storage = pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])


def computed(engine, problem, **mode):
    return get_engine(engine).loss_and_gradients(*problem.parameters, problem.data, **mode)


def slope(engine, problem, parameter, index, mode, h=1e-6):
    kept, losses = parameter[index], []
    for value in (kept - h, kept + h):
        parameter[index] = value
        losses.append(computed(engine, problem, **mode)[0])
    parameter[index] = kept
    return (losses[1] - losses[0]) / (2 * h)


def assert_true_gradients(engine, problem, mode):
    _, gradients = computed(engine, problem, **mode)
    for name, parameter in problem.values.items():
        gradient = gradients[name]
        assert gradient.shape == parameter.shape
        trained = gradient if problem.network.parameters[name].trained else gradient[:0]
        for index in np.ndindex(*trained.shape):
            expected = slope(engine, problem, parameter, index, mode)
            assert gradient[index] == pytest.approx(expected, rel=1e-5, abs=1e-8)


@normalizations
@weighting
@storage
@pytest.mark.parametrize("step", [None, 1, 4])
@pytest.mark.parametrize(
    "extras",
    [
        {},
        {"l1": 0.3},
        {"dropout": (0.4, 0.2), "input_dropout": 0.3},
        {"dropout": 0.5, "l1": 0.2, "input_dropout": 0.1},
    ],
    ids=["plain", "l1", "dropout", "all"],
)
def test_central_differences(
    make_regularized, engine, normalization, weighted, csr, step, extras
):
    problem = make_regularized(
        widths=(3, 5, 4, 2),  # no layer has four inputs: four rows are those of a bias
        normalization=normalization,
        n_rows=9,
        weighted=weighted,
        csr=csr,
        seed=3,
        **extras,
    )
    assert_true_gradients(engine, problem, {"step": step, "seed": SEED})


@pytest.mark.parametrize("step", [None, 1])
def test_running_statistics_have_no_gradient(make_regularized, engine, step):
    problem = make_regularized(normalization="batch")
    _, gradients = computed(engine, problem, step=step, seed=SEED)
    for gradient in gradients.of_role("bias", "scale"):
        assert gradient.all()
    for gradient in gradients.of_role("statistic"):
        assert not gradient.any()


@normalizations
@storage
def test_weights_are_repeated_rows(make_regularized, engine, normalization, csr):
    problem = make_regularized(normalization=normalization, l1=0.1, weighted=True, csr=csr)
    X, targets, weight = (
        problem.data.X,
        problem.data.targets,
        2 * problem.data.sample_weight,
    )
    rows = np.repeat(np.arange(X.shape[0]), weight.astype(int))
    one = replace(problem, data=TrainingData(X, targets, weight))
    other = replace(problem, data=TrainingData(X[rows], targets[rows]))
    results = [computed(engine, case, step=1, seed=SEED) for case in (one, other)]
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)
    for a, b in zip(results[0][1].values(), results[1][1].values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_give_what_dense_ones_give(make_regularized, engine, dtype):
    problem = make_regularized(
        normalization="batch", dropout=0.3, input_dropout=0.4, csr=True, dtype=dtype
    )
    dense = replace(problem, data=replace(problem.data, X=problem.data.X.toarray()))
    results = [computed(engine, case, step=2, seed=SEED) for case in (problem, dense)]
    rtol = 1e-4 if dtype == np.float32 else 1e-10
    for a, b in zip(results[0][1].values(), results[1][1].values(), strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


def test_predictions_drop_nothing_and_use_running_statistics(make_regularized, engine):
    problem = make_regularized("squared_error", normalization="batch", dropout=0.5, n_rows=6)
    hidden = get_engine(engine).hidden_activations(*problem.parameters, problem.data.X)
    shift, scale, mean, variance = problem.values.of_layer(1).values()
    sums = problem.data.X @ problem.coefs[0]
    expected = np.tanh((sums - mean) / np.sqrt(variance + 1e-5) * scale + shift)
    np.testing.assert_allclose(hidden[0], expected, rtol=1e-12)
    one_by_one = [
        get_engine(engine).forward(*problem.parameters, problem.data.X[[row]])[0]
        for row in range(6)
    ]
    whole = get_engine(engine).forward(*problem.parameters, problem.data.X)
    np.testing.assert_allclose(whole, one_by_one, rtol=1e-12)


def test_a_batch_of_one_row_uses_running_statistics(make_regularized, engine):
    problem = make_regularized(normalization="batch", n_rows=1)
    in_training = computed(engine, problem, step=1, seed=SEED)
    predicting = computed(engine, problem)
    assert in_training[0] == predicting[0]
    for a, b in zip(in_training[1].values(), predicting[1].values(), strict=True):
        assert np.array_equal(a, b)


def test_l1_adds_the_sum_of_magnitudes(make_regularized, engine):
    plain, penal = (make_regularized(l1=l1, weighted=True) for l1 in (0.0, 0.5))
    total = plain.data.sample_weight.sum()
    loss, gradients = computed(engine, plain)
    loss_l1, gradients_l1 = computed(engine, penal)
    magnitude = sum(np.abs(W).sum() for W in plain.coefs)
    assert loss_l1 - loss == pytest.approx(0.5 * magnitude / total, rel=1e-10)
    weights = (some.of_role("weight") for some in (gradients_l1, gradients))
    for W, a, b in zip(plain.coefs, *weights, strict=True):
        np.testing.assert_allclose(a - b, 0.5 * np.sign(W) / total, rtol=1e-9)


def test_the_masks_are_those_of_the_public_function(make_regularized, engine):
    """Without hidden layers the scores are those of the rows that dropout leaves."""
    problem = make_regularized("squared_error", widths=(5, 2), input_dropout=0.4, alpha=0.0)
    X, W, b = problem.data.X, problem.coefs[0], problem.intercepts[0]
    factors = dropout_factors(0.4, SEED, 7, 0, *X.shape, X.dtype)
    residuals = (X * factors) @ W + b - problem.data.targets
    loss, gradients = computed(engine, problem, step=7, seed=SEED)
    assert loss == pytest.approx((residuals**2).mean() / 2, rel=1e-12)
    expected = (X * factors).T @ residuals / len(X)
    np.testing.assert_allclose(gradients.of_role("weight")[0], expected, rtol=1e-10, atol=1e-12)


def test_the_mean_over_masks_is_the_network_without_dropout(make_regularized, engine):
    """A linear network: the mean of its gradient's outputs' part is the prediction."""
    problem = make_regularized(
        "squared_error", "identity", widths=(5, 6, 1), dropout=0.5, n_rows=1, alpha=0.0
    )
    steps = range(1, 4001)
    # The gradient of the last bias is score - target, linear in the masks.
    scores = [
        computed(engine, problem, step=n, seed=SEED)[1].of_role("bias")[-1][0] for n in steps
    ]
    expected = computed(engine, problem)[1].of_role("bias")[-1][0]
    error = np.std(scores) / np.sqrt(len(scores))
    assert error > 0
    assert abs(np.mean(scores) - expected) < 4 * error


def test_steps_and_seeds_change_the_masks(make_regularized, engine):
    problem = make_regularized(dropout=0.5)
    losses = {computed(engine, problem, step=n, seed=s)[0] for n in (1, 2) for s in (0, 1)}
    assert len(losses) == 4
