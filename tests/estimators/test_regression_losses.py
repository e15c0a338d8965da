"""What the regressor's losses estimate, with strings and with objects."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    d2_pinball_score,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_tweedie_deviance,
    r2_score,
)
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPRegressor, losses
from lightmlp.losses import REGRESSION_LOSSES
from lightmlp.network import LOSSES

names = pytest.mark.parametrize("name", REGRESSION_LOSSES)


def fit(model, *data, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **kwargs)


def table(n_rows=60, n_outputs=None, seed=0):
    """Positive targets, which every loss takes."""
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n_rows, 4))
    shape = (n_rows,) if n_outputs is None else (n_rows, n_outputs)
    return X, rng.gamma(2.0, size=shape) + 0.1


def constant(y, loss, engine, **parameters):
    """Train a constant: the intercept alone, on a feature that is always zero."""
    model = MLPRegressor(
        loss=loss,
        hidden_layer_sizes=(),
        alpha=0,
        batch_size=len(y),
        learning_rate_init=0.02,
        max_iter=3000,
        n_iter_no_change=3000,
        random_state=0,
        engine=engine,
    ).set_params(**parameters)
    return fit(model, np.zeros((len(y), 1)), y).predict([[0.0]])[0]


@names
def test_a_string_means_the_object_with_its_defaults(name, engine):
    X, y = table()
    models = [
        fit(MLPRegressor(loss, (5,), random_state=0, max_iter=5, engine=engine), X, y)
        for loss in (name, REGRESSION_LOSSES[name]())
    ]
    np.testing.assert_array_equal(models[0].predict(X), models[1].predict(X))
    assert models[0].loss_curve_ == models[1].loss_curve_


@names
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("n_outputs", [None, 3])
def test_every_loss_falls(name, solver, n_outputs, engine):
    X, y = table(n_outputs=n_outputs)
    model = MLPRegressor(name, (8,), solver=solver, max_iter=1, random_state=0, engine=engine)
    before = fit(model, X, y).loss_and_gradients(X, y)[0]
    after = fit(model.set_params(max_iter=60), X, y).loss_and_gradients(X, y)[0]
    assert after < before
    assert model.out_activation_ == LOSSES[name].inverse_link_name
    assert model.predict(X).shape == y.shape


@names
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_float32_is_near_float64(name, n_outputs, engine):
    X, y = table(n_outputs=n_outputs)
    model = MLPRegressor(name, (5,), max_iter=20, random_state=0, engine=engine)
    wide = fit(clone(model), X, y).predict(X)
    narrow = fit(clone(model), X.astype(np.float32), y.astype(np.float32)).predict(
        X.astype(np.float32)
    )
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, rtol=1e-3, atol=1e-4)


@names
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_whole_weights_count_rows(name, solver, engine):
    X, y = table(20)
    counts = np.arange(20) % 3
    model = MLPRegressor(name, (4,), solver=solver, batch_size=40, max_iter=5, shuffle=False)
    model.set_params(random_state=0, engine=engine)
    repeated = clone(model).set_params(batch_size=int(counts.sum()))
    weighted = fit(model.set_params(batch_size=20), X, y, sample_weight=counts)
    fit(repeated, np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.8])
def test_a_quantile_loss_gives_the_quantile(level, engine):
    y = np.random.RandomState(0).gamma(2.0, size=501)
    estimate = constant(y, losses.Quantile(level), engine)
    assert (y <= estimate).mean() == pytest.approx(level, abs=0.02)


def test_several_levels_are_the_quantiles_of_each(engine):
    levels = (0.05, 0.25, 0.5, 0.9)
    y = np.random.RandomState(1).gamma(2.0, size=501)
    estimates = constant(y, losses.Quantile(levels), engine)
    shares = (y[:, np.newaxis] <= estimates).mean(axis=0)
    np.testing.assert_allclose(shares, levels, atol=0.03)


def test_levels_never_cross_even_far_from_the_data(engine):
    X, y = table(n_outputs=2)
    model = MLPRegressor(losses.Quantile((0.2, 0.4, 0.5, 0.9)), (8,), random_state=0)
    model.set_params(max_iter=30, learning_rate_init=0.05, engine=engine)
    far = 100 * np.random.RandomState(1).normal(size=(500, 4))
    predicted = fit(model, X, y).predict(far)
    assert predicted.shape == (500, 2, 4)
    assert (np.diff(predicted, axis=2) >= 0).all()


def test_shapes_of_quantiles(engine):
    X, y = table()
    model = MLPRegressor(losses.Quantile(0.3), (3,), max_iter=2, random_state=0, engine=engine)
    assert fit(model, X, y).predict(X).shape == (60,)
    assert model.n_outputs_ == 1
    model.set_params(loss__levels=[0.3])
    assert fit(model, X, y).predict(X).shape == (60, 1)
    model.set_params(loss__levels=np.array([0.3, 0.5]))
    assert fit(model, X, y).predict(X).shape == (60, 2)
    assert fit(model, X, np.stack([y, -y, y], axis=1)).predict(X).shape == (60, 3, 2)
    assert model.n_outputs_ == 6
    model.set_params(loss__levels=0.3)
    assert model.predict(X).shape == (60, 3, 2)  # what was fitted counts


def test_columns_of_several_targets_do_not_mix(engine):
    """Alone and side by side, linear models of two targets are the same."""
    X, y = table(n_outputs=2)
    model = MLPRegressor(losses.Quantile((0.2, 0.7)), (), solver="sgd", alpha=0, max_iter=20)
    model.set_params(random_state=0, engine=engine, shuffle=False, warm_start=True)
    model.set_params(tol=0, n_iter_no_change=100)
    fit(model, X, y)
    model.coefs_, model.intercepts_ = [np.zeros((4, 4))], [np.zeros(4)]
    together = fit(model, X, y).predict(X)
    for k in range(2):
        one = fit(clone(model), X, y[:, k])
        one.coefs_, one.intercepts_ = [np.zeros((4, 2))], [np.zeros(2)]
        alone = fit(one, X, y[:, k]).predict(X)
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-10)


def test_the_score_of_levels_is_their_mean_d2(engine):
    X, y = table(n_outputs=2)
    levels = (0.2, 0.7)
    model = MLPRegressor(losses.Quantile(levels), (5,), max_iter=50, random_state=0)
    fit(model.set_params(engine=engine), X, y)
    weight = np.arange(60) % 3
    expected = [
        d2_pinball_score(y, model.predict(X)[..., k], sample_weight=weight, alpha=level)
        for k, level in enumerate(levels)
    ]
    assert model.score(X, y, weight) == pytest.approx(np.mean(expected))
    model.set_params(loss=losses.Quantile(0.5), early_stopping=True)
    score = fit(model, X, y).score(X, y)
    assert score == pytest.approx(r2_score(y, model.predict(X)))


def test_early_stopping_scores_levels(engine):
    X, y = table()
    model = MLPRegressor(losses.Quantile((0.2, 0.7)), (5,), early_stopping=True, max_iter=9)
    fit(model.set_params(random_state=0, engine=engine), X, y)
    assert len(model.validation_scores_) == 9
    assert max(model.validation_scores_) <= 1


def test_absolute_error_gives_the_median(engine):
    y = np.random.RandomState(0).gamma(2.0, size=301)
    assert constant(y, "absolute_error", engine) == pytest.approx(np.median(y), abs=0.02)


def test_huber_lies_between_median_and_mean(engine):
    y = np.random.RandomState(0).gamma(1.0, size=301) * 3
    small = constant(y, losses.Huber(delta=0.02), engine)
    middle = constant(y, losses.Huber(delta=2), engine)
    large = constant(y, losses.Huber(delta=100), engine)
    assert small == pytest.approx(np.median(y), abs=0.05)
    assert large == pytest.approx(y.mean(), abs=1e-3)
    assert small < middle < large


def test_huber_with_a_large_delta_is_the_squared_error(engine):
    X, y = table()
    models = [
        fit(MLPRegressor(loss, (5,), random_state=0, max_iter=9, engine=engine), X, y)
        for loss in ("squared_error", losses.Huber(delta=1e6))
    ]
    np.testing.assert_allclose(models[0].predict(X), models[1].predict(X), rtol=1e-9)


@pytest.mark.parametrize("loss", ["poisson", "gamma", losses.Tweedie(1.3), losses.Tweedie(3)])
def test_deviances_give_the_mean(loss, engine):
    y = np.random.RandomState(0).gamma(2.0, size=301)
    assert constant(y, loss, engine) == pytest.approx(y.mean(), rel=1e-3)


@pytest.mark.parametrize("power", [1, 2])
def test_tweedie_of_power_one_and_two_are_poisson_and_gamma(power, engine):
    X, y = table()
    name = {1: "poisson", 2: "gamma"}[power]
    models = [
        fit(MLPRegressor(loss, (5,), random_state=0, max_iter=9, engine=engine), X, y)
        for loss in (name, losses.Tweedie(power=power))
    ]
    np.testing.assert_array_equal(models[0].predict(X), models[1].predict(X))


@pytest.mark.parametrize(
    ("loss", "metric"),
    [
        ("absolute_error", mean_absolute_error),
        ("poisson", lambda y, p, **w: mean_poisson_deviance(y, p, **w) / 2),
        ("gamma", lambda y, p, **w: mean_gamma_deviance(y, p, **w) / 2),
        ("tweedie", lambda y, p, **w: mean_tweedie_deviance(y, p, power=1.5, **w) / 2),
        (
            losses.Tweedie(2.5),
            lambda y, p, **w: mean_tweedie_deviance(y, p, power=2.5, **w) / 2,
        ),
        (losses.Quantile(0.3), lambda y, p, **w: mean_pinball_loss(y, p, alpha=0.3, **w)),
    ],
)
def test_losses_are_those_of_scikit_learns_metrics(loss, metric, engine):
    X, y = table()
    model = MLPRegressor(loss, (5,), alpha=0, random_state=0, max_iter=9, engine=engine)
    weight = np.arange(60) % 4
    ours = fit(model, X, y).loss_and_gradients(X, y, weight)[0]
    assert ours == pytest.approx(metric(y, model.predict(X), sample_weight=weight), rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "allowed", "refused"),
    [
        ("poisson", 0.0, -1e-9),
        ("gamma", 1e-9, 0.0),
        ("tweedie", 0.0, -1.0),
        (losses.Tweedie(1), 0.0, -1.0),
        (losses.Tweedie(2), 0.5, 0.0),
        (losses.Tweedie(2.5), 0.5, 0.0),
    ],
)
def test_targets_out_of_range_are_refused(loss, allowed, refused, engine):
    X, y = table()
    model = MLPRegressor(loss, (3,), max_iter=2, random_state=0, engine=engine)
    y[3] = allowed
    fit(model, X, y)
    y[3] = refused
    with pytest.raises(ValueError, match=r"y must be >=? 0 for loss=.*got a minimum of"):
        model.fit(X, y)
    with pytest.raises(ValueError, match=r"y must be"):
        model.loss_and_gradients(X, y)


@pytest.mark.parametrize(
    "loss",
    [
        "hinge",
        losses.Focal(),
        losses.Hinge(),
        losses.LogLoss(),
        losses.Huber,
        losses.Huber(delta=0),
        losses.Huber(delta="large"),
        losses.Tweedie(power=0),
        losses.Tweedie(power=0.5),
        losses.Quantile(levels=1.0),
        losses.Quantile(levels=()),
        losses.Quantile(levels=(0.5, 0.5)),
        losses.Quantile(levels=(0.9, 0.1)),
        losses.Quantile(levels=(0.1, 1.0)),
        losses.Quantile(levels=((0.1, 0.2),)),
        losses.Quantile(levels=("low", "high")),
    ],
    ids=str,
)
def test_wrong_losses_are_named(loss):
    X, y = table()
    with pytest.raises(ValueError, match=r"loss|Huber|Tweedie|levels|Quantile"):
        MLPRegressor(loss=loss).fit(X, y)


def test_parameters_are_reached_cloned_searched_and_pickled(engine):
    X, y = table()
    model = MLPRegressor(losses.Huber(delta=1.5), (4,), max_iter=3, engine=engine)
    assert model.get_params()["loss__delta"] == 1.5
    copy = clone(model).set_params(loss__delta=0.5)
    assert (model.loss.delta, copy.loss.delta) == (1.5, 0.5)
    search = GridSearchCV(model, {"loss__delta": [0.1, 2.0]}, cv=2)
    fit(search, X, y)
    assert search.best_params_["loss__delta"] in (0.1, 2.0)
    fitted = fit(model.set_params(loss=losses.Quantile((0.2, 0.6))), X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


def test_going_on_with_another_loss(engine):
    """The link must stay; the rest of the loss may change between fits."""
    X, y = table()
    model = MLPRegressor("squared_error", (4,), warm_start=True, max_iter=3, random_state=0)
    fit(model.set_params(engine=engine), X, y)
    fit(model.set_params(loss="huber"), X, y)
    assert len(model.loss_curve_) == 6
    with pytest.raises(ValueError, match="'gamma' does not belong to out_activation_="):
        model.set_params(loss="gamma").fit(X, y)
    model.set_params(loss=losses.Quantile((0.2, 0.8)), warm_start=False)
    fit(model, X, y)
    with pytest.raises(ValueError, match=r"output\(s\), expected"):
        model.set_params(loss__levels=(0.1, 0.2, 0.8), warm_start=True).fit(X, y)


def test_partial_fit_trains_any_loss(engine):
    X, y = table()
    model = MLPRegressor(losses.Quantile((0.2, 0.8)), (4,), random_state=0, engine=engine)
    for _ in range(3):
        model.partial_fit(X, y)
    assert model.t_ == 180
    assert model.predict(X).shape == (60, 2)
