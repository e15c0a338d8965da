"""A row of weight zero adds nothing, whatever its target and its outputs are."""

import numpy as np
import pytest

from lightmlp import MLPRegressor, augmentations
from lightmlp.engines import TrainingData, get_engine
from lightmlp.losses import Tweedie
from lightmlp.solvers import SGD

pytest.importorskip("lightmlp._native")

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
POSITIVE = ["poisson", "gamma", Tweedie(power=1.5), Tweedie(power=3.0)]


@pytest.fixture
def far_out(make_problem):
    """Problems whose rows of weight zero have outputs beyond all bounds."""

    def make(case, dtype, widths=(5, 4, 2)):
        problem = make_problem(case, "tanh", widths, dtype=dtype)
        data, weight = problem.data, np.tile([1.0, 0.0, 0.5], 11).astype(dtype)
        data.X[weight == 0] *= dtype(1e30 if dtype == np.float32 else 1e200)
        problem.data = TrainingData(data.X, data.targets, weight)
        return problem, problem.data.take(np.flatnonzero(weight))

    return make


@dtypes
@pytest.mark.parametrize("widths", [(5, 2), (5, 4, 2)], ids=["linear", "hidden"])
def test_loss_and_gradients_are_those_without_the_rows(
    far_out, assert_close, engine, loss_case, dtype, widths
):
    problem, counted = far_out(loss_case, dtype, widths)
    compute = get_engine(engine).loss_and_gradients
    results = [compute(*problem.parameters, data) for data in (problem.data, counted)]
    assert np.isfinite(results[0][0])
    assert_close(*results)


@dtypes
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_epochs_are_those_without_the_rows(
    far_out, assert_close, engine, loss_case, dtype, n_threads
):
    problem, counted = far_out(loss_case, dtype, (5, 2))
    results = []
    for data in (problem.data, counted):
        run = get_engine(engine).start_training(
            *problem.parameters, data, SGD(), None, batch_size=33, n_threads=n_threads
        )
        loss = run.train_epoch(np.arange(len(data.targets)), 1e-3)
        results.append((loss, run.parameters()))
    assert np.isfinite(results[0][0])
    assert_close(*results)


@dtypes
def test_validation_loss_is_that_without_the_rows(draw_targets, loss_case, dtype):
    rng = np.random.default_rng(0)
    row, weight = loss_case.row, np.tile([1.0, 0.0, 0.5], 4).astype(dtype)
    targets = draw_targets(loss_case, 12, rng)
    outputs = row.inverse_link(rng.normal(size=(12, loss_case.n_columns)).astype(dtype))
    expected = row.value(targets[weight > 0], outputs[weight > 0], weight[weight > 0])
    outputs[weight == 0] = np.inf
    with np.errstate(all="ignore"):
        assert row.value(targets, outputs, weight) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("loss", POSITIVE, ids=str)
@pytest.mark.parametrize("kind", [augmentations.Mixup, augmentations.CutMix])
@dtypes
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_mixed_targets_stay_in_the_range_of_the_loss(loss, kind, dtype, n_threads):
    """Where both rows weigh nothing there is no mean of their targets."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)).astype(dtype), 0.5 + rng.gamma(2.0, size=(60, 2))
    weight = (rng.random(60) < 0.3).astype(float)
    curves = [
        MLPRegressor(
            loss, (5,), augmentation=[kind(), kind()], batch_size=20, max_iter=6,
            random_state=0, engine=engine, n_threads=n_threads,
        ).fit(X, y, weight).loss_curve_
        for engine in ("native", "reference")
    ]  # fmt: skip
    assert np.isfinite(curves[0]).all()
    np.testing.assert_allclose(*curves, rtol=1e-4 if dtype == np.float32 else 1e-9)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
def test_score_is_that_without_the_rows(engine, scoring):
    """A row held out whose prediction is infinite and that does not count."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 3)), 1 + rng.gamma(2.0, size=80)
    X_val, y_val = X[:20].copy(), y[:20]
    X_val[5] = 1e6
    weight = np.ones(20)
    weight[5] = 0
    model = MLPRegressor(
        "gamma", (), max_iter=3, early_stopping=True, random_state=0, engine=engine
    ).set_params(scoring=scoring)
    scores = []
    for rows in (np.arange(20), np.flatnonzero(weight)):
        given = {"X_val": X_val[rows], "y_val": y_val[rows]}
        model.fit(X, y, **given, sample_weight_val=weight[rows])
        scores.append(model.validation_scores_ + model.validation_loss_curve_)
    with np.errstate(over="ignore"):
        assert not np.isfinite(model.predict(X_val[5:6])).all()
    np.testing.assert_allclose(*scores, rtol=1e-12)


def test_an_undefined_score_is_refused_beside_them(engine):
    """Also where an infinite output of a row of weight zero looks like divergence."""

    def undefined(model, X, y, sample_weight):
        return float("nan")

    X = np.array([[0.0], [0.5], [1.0]])
    model = MLPRegressor(
        "gamma", (), scoring=undefined, restore_best_weights=True, engine=engine
    )
    given = {"X_val": [[0.5], [1e8], [-1e8]], "y_val": [1.0, 2.0, 3.0]}
    with pytest.raises(ValueError, match=r"undefined.* is nan for the 3 row"):
        model.fit(X, 1 + X.ravel(), **given, sample_weight_val=[1.0, 0.0, 0.0])
