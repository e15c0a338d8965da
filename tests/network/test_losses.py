"""Every row of LOSSES, whatever it is."""

from types import SimpleNamespace

import numpy as np
import pytest

from lightmlp.network import LOSSES, LossSettings, one_hot

rows = pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@pytest.fixture
def draw(draw_targets):
    """Draw scores and targets: ``draw(case, n_rows, dtype)``."""

    def draw(case, n_rows, dtype=np.float64, seed=0):
        rng = np.random.default_rng(seed)
        scores = rng.normal(size=(n_rows, case.n_columns)).astype(dtype)
        targets = draw_targets(case, n_rows, rng)
        return scores, targets if case.row.takes_class_indices else targets.astype(dtype)

    return draw


def test_delta_is_the_derivative_of_one_rows_loss(draw, loss_case):
    row = loss_case.row
    scores, targets = draw(loss_case, 4)
    delta = row.delta(targets, row.inverse_link(scores)) * row.mean_factor(loss_case.n_columns)
    h = 1e-5
    for i, j in np.ndindex(*scores.shape):
        above, below = scores[i : i + 1].copy(), scores[i : i + 1].copy()
        above[0, j] += h
        below[0, j] -= h
        target = targets[i : i + 1]
        rise = row.value(target, row.inverse_link(above)) - row.value(
            target, row.inverse_link(below)
        )
        np.testing.assert_allclose(delta[i, j], rise / (2 * h), rtol=1e-6, atol=1e-9)


@dtypes
def test_extreme_scores_give_a_finite_loss(draw, loss_case, dtype):
    row = loss_case.row
    scores, targets = draw(loss_case, 8, dtype)
    scores = np.sign(scores) * dtype(1e4)
    with np.errstate(over="ignore"):  # exp itself
        outputs = row.inverse_link(scores)
    assert outputs.dtype == dtype
    loss = row.value(targets, outputs)
    assert type(loss) is float
    assert np.isfinite(loss)


@dtypes
def test_extreme_scores_give_finite_deltas(draw, loss_case, dtype):
    row = loss_case.row
    scores, targets = draw(loss_case, 8, dtype)
    # exp of a score must itself be finite, and powers of it.
    scores = np.sign(scores) * dtype(20 if row.inverse_link_name == "exp" else 1e4)
    delta = row.delta(targets, row.inverse_link(scores))
    assert delta.dtype == dtype
    assert delta.shape == scores.shape
    assert np.isfinite(delta).all()


def test_weights_count_rows(draw, loss_case):
    row = loss_case.row
    scores, targets = draw(loss_case, 5)
    outputs = row.inverse_link(scores)
    counts = np.array([0, 1, 2, 3, 1])
    repeated = row.value(np.repeat(targets, counts, axis=0), np.repeat(outputs, counts, axis=0))
    weighted = row.value(targets, outputs, counts.astype(float))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-14)


def test_equal_weights_are_no_weights(draw, loss_case):
    row = loss_case.row
    scores, targets = draw(loss_case, 5)
    outputs = row.inverse_link(scores)
    equal = row.value(targets, outputs, np.full(5, 0.25))
    np.testing.assert_allclose(equal, row.value(targets, outputs), rtol=1e-14)


def test_no_loss_is_negative_and_it_falls_along_its_delta(draw, loss_case):
    row = loss_case.row
    scores, targets = draw(loss_case, 6)
    before = row.value(targets, row.inverse_link(scores))
    after = row.value(
        targets, row.inverse_link(scores - 1e-3 * row.delta(targets, row.inverse_link(scores)))
    )
    assert 0 <= after < before


@rows
def test_perfect_outputs_cost_nothing(row, draw_targets):
    settings = LossSettings()
    n_targets = 3
    case = SimpleNamespace(row=row, settings=settings, n_columns=3, n_targets=n_targets)
    targets = draw_targets(case, 6, np.random.default_rng(1))
    outputs = one_hot(targets, 3).astype(float) if targets.ndim == 1 else targets
    if "hinge" in row.name:
        outputs = 2 * outputs - 1
    if row.inverse_link_name == "exp":
        outputs = np.maximum(outputs, 1e-50)  # the link never gives exactly 0
    value = row.with_settings(settings).value(targets, outputs)
    # of the tweedie deviance at y = 0 there remains 2 sqrt(1e-50)
    assert value == pytest.approx(0, abs=1e-14)


def test_float32_agrees_with_float64(draw, loss_case):
    row = loss_case.row
    scores, targets = draw(loss_case, 50, np.float32)
    wide_targets = targets if targets.dtype == np.int32 else targets.astype(np.float64)
    narrow = row.value(targets, row.inverse_link(scores))
    wide = row.value(wide_targets, row.inverse_link(scores.astype(np.float64)))
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
    assert LOSSES["squared_error"].value(y, p) == 0.078125  # (1/16 + 1/4) / 4
    assert LOSSES["binary_log_loss"].value(y, p) == pytest.approx(0.98082925)  # -ln(3/8)
    assert LOSSES["poisson"].value(y, p) == pytest.approx(0.53768207)  # 1/4 - ln(3/4)
    log_loss = LOSSES["log_loss"].value(np.array([1]), np.array([[0.25, 0.75]]))
    assert log_loss == pytest.approx(0.28768207)  # -ln(3/4)


def test_softmax_of_two_classes_is_logistic():
    scores = np.linspace(-30, 30, 13)[:, np.newaxis]
    pairs = np.hstack([np.zeros_like(scores), scores])
    np.testing.assert_allclose(
        LOSSES["log_loss"].inverse_link(pairs)[:, 1:],
        LOSSES["binary_log_loss"].inverse_link(scores),
    )


@pytest.mark.parametrize("name", ["squared_error", "poisson", "binary_log_loss", "log_loss"])
@pytest.mark.parametrize("weighted", [False, True])
def test_bits_of_scikit_learn(name, weighted, draw_targets):
    from sklearn.neural_network._base import LOSS_FUNCTIONS

    row, rng = LOSSES[name], np.random.default_rng(4)
    case = SimpleNamespace(row=row, settings=LossSettings(), n_columns=3, n_targets=3)
    outputs = row.inverse_link(rng.normal(size=(41, 3)))
    targets = draw_targets(case, 41, rng)
    weight = rng.random(41) if weighted else None
    indicators = one_hot(targets, 3) if targets.ndim == 1 else targets
    theirs = LOSS_FUNCTIONS[row.name](indicators, outputs, weight)
    assert row.value(targets, outputs, weight) == theirs
