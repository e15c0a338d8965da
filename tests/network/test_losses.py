"""Every row of LOSSES, whatever it is."""

import numpy as np
import pytest

from lightmlp.network import LOSSES, one_hot
from lightmlp.network.losses import Loss

rows = pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def allowed_targets(row: Loss, n_rows: int, n_outputs: int, dtype=np.float64):
    rng = np.random.default_rng(1)
    if row.target_range.startswith("class codes"):
        return rng.integers(0, n_outputs, n_rows).astype(np.int32)
    if row.target_range == "0 or 1":
        return rng.integers(0, 2, (n_rows, n_outputs)).astype(dtype)
    if row.target_range == "0 or above":
        return rng.poisson(1.5, (n_rows, n_outputs)).astype(dtype)
    return rng.normal(size=(n_rows, n_outputs)).astype(dtype)


@rows
def test_name_is_the_key(row):
    assert LOSSES[row.name] is row


def test_each_link_belongs_to_one_loss():
    """A fitted estimator finds its loss again by ``out_activation_``, the link's name."""
    assert len({row.link_name for row in LOSSES.values()}) == len(LOSSES)


@rows
@pytest.mark.parametrize("n_outputs", [2, 3])
def test_delta_is_the_derivative_of_one_rows_loss(row, n_outputs):
    scores = np.random.default_rng(0).normal(size=(4, n_outputs))
    targets = allowed_targets(row, 4, n_outputs)
    delta = row.delta(targets, row.link(scores)) * row.mean_factor(n_outputs)
    h = 1e-5
    for i, j in np.ndindex(*scores.shape):
        above, below = scores[i : i + 1].copy(), scores[i : i + 1].copy()
        above[0, j] += h
        below[0, j] -= h
        target = targets[i : i + 1]
        rise = row.value(target, row.link(above)) - row.value(target, row.link(below))
        np.testing.assert_allclose(delta[i, j], rise / (2 * h), rtol=1e-7, atol=1e-9)


@rows
@dtypes
def test_extreme_scores_give_a_finite_loss(row, dtype):
    # exp of a score must itself be finite, and 1 / exp of it.
    largest = 80 if row.link_name == "exp" else 1e4
    scores = np.array([[-1, 1], [1, -1], [1, 1], [-1, -1]], dtype=dtype) * dtype(largest)
    targets = allowed_targets(row, 4, 2, dtype)
    outputs = row.link(scores)
    assert outputs.dtype == dtype
    assert row.delta(targets, outputs).dtype == dtype
    assert np.isfinite(row.delta(targets, outputs)).all()
    loss = row.value(targets, outputs)
    assert type(loss) is float
    assert np.isfinite(loss)


@rows
def test_weights_count_rows(row):
    outputs = row.link(np.random.default_rng(2).normal(size=(5, 2)))
    targets = allowed_targets(row, 5, 2)
    counts = np.array([0, 1, 2, 3, 1])
    repeated = row.value(np.repeat(targets, counts, axis=0), np.repeat(outputs, counts, axis=0))
    weighted = row.value(targets, outputs, counts.astype(float))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-14)


@rows
def test_equal_weights_are_no_weights(row):
    outputs = row.link(np.random.default_rng(2).normal(size=(5, 2)))
    targets = allowed_targets(row, 5, 2)
    equal = row.value(targets, outputs, np.full(5, 0.25))
    np.testing.assert_allclose(equal, row.value(targets, outputs), rtol=1e-14)


@rows
def test_perfect_outputs_cost_nothing(row):
    targets = allowed_targets(row, 6, 3)
    outputs = one_hot(targets, 3).astype(float) if targets.ndim == 1 else targets
    if row.link_name == "exp":
        outputs = np.maximum(outputs, 1e-300)  # the link never gives exactly 0
    assert row.value(targets, outputs) == pytest.approx(0, abs=1e-14)


@rows
def test_float32_agrees_with_float64(row):
    scores = np.random.default_rng(3).normal(size=(50, 3)).astype(np.float32)
    targets = allowed_targets(row, 50, 3, np.float32)
    wide_targets = targets if targets.dtype == np.int32 else targets.astype(np.float64)
    narrow = row.value(targets, row.link(scores))
    wide = row.value(wide_targets, row.link(scores.astype(np.float64)))
    np.testing.assert_allclose(narrow, wide, rtol=1e-5)


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
@dtypes
def test_log_losses_clip_at_the_rounding_unit_of_their_dtype(name, dtype):
    certain_and_wrong = np.array([[0.0, 1.0]], dtype=dtype)
    targets = np.array([0]) if name == "log_loss" else np.array([[1.0, 1.0]], dtype=dtype)
    loss = LOSSES[name].value(targets, certain_and_wrong)
    assert loss == pytest.approx(-np.log(np.finfo(dtype).eps), rel=1e-6)


def test_values_by_hand():
    y, p = np.array([[1.0, 0.0]]), np.array([[0.75, 0.5]])
    assert LOSSES["squared_error"].value(y, p) == pytest.approx((0.0625 + 0.25) / 4)
    assert LOSSES["binary_log_loss"].value(y, p) == pytest.approx(-np.log(0.75 * 0.5))
    assert LOSSES["poisson"].value(y, p) == pytest.approx(-np.log(0.75) - 0.25 + 0.5)
    classes = LOSSES["log_loss"]
    assert classes.value(np.array([1]), np.array([[0.25, 0.75]])) == pytest.approx(
        -np.log(0.75)
    )


def test_softmax_of_two_classes_is_logistic():
    scores = np.linspace(-30, 30, 13)[:, np.newaxis]
    pairs = np.hstack([np.zeros_like(scores), scores])
    np.testing.assert_allclose(
        LOSSES["log_loss"].link(pairs)[:, 1:], LOSSES["binary_log_loss"].link(scores)
    )


@rows
@pytest.mark.parametrize("weighted", [False, True])
def test_bits_of_scikit_learn(row, weighted):
    from sklearn.neural_network._base import LOSS_FUNCTIONS

    rng = np.random.default_rng(4)
    outputs = row.link(rng.normal(size=(41, 3)))
    targets = allowed_targets(row, 41, 3)
    weight = rng.random(41) if weighted else None
    indicators = one_hot(targets, 3) if targets.ndim == 1 else targets
    theirs = LOSS_FUNCTIONS[row.name](indicators, outputs, weight)
    assert row.value(targets, outputs, weight) == theirs
