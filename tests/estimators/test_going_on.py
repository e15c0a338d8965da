"""partial_fit, warm_start, early stopping, and what ends a fit from outside."""

import copy
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.engines import get_engine

X = np.random.RandomState(0).normal(size=(30, 4))
y = np.arange(30) % 2

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@ignore_convergence
@pytest.mark.parametrize("width", [5, 64])
def test_partial_fits_continue_as_one_fit(width, engine):
    columns = np.tile(X, (1, 16))  # as wide as the wide layer, whose state stays in the engine
    whole = MLPClassifier((width,), max_iter=4, shuffle=False, random_state=0, engine=engine)
    whole.fit(columns, y)
    steps = MLPClassifier((width,), shuffle=False, random_state=0, engine=engine)
    for _ in range(2):
        steps.partial_fit(columns, y, classes=[0, 1])
    steps = copy.deepcopy(steps)
    for _ in range(2):
        steps.partial_fit(columns, y)
    assert steps.loss_curve_ == whole.loss_curve_
    assert (steps.t_, steps.n_iter_, steps.best_loss_) == (120, 1, whole.best_loss_)
    assert all(np.array_equal(a, b) for a, b in zip(steps.coefs_, whole.coefs_, strict=True))


@ignore_convergence
@pytest.mark.parametrize("early_stopping", [False, True])
def test_warm_start_extends_the_curves_and_keeps_the_count(early_stopping, engine):
    model = MLPRegressor(
        hidden_layer_sizes=(5,), max_iter=3, warm_start=True, early_stopping=early_stopping
    ).set_params(engine=engine, random_state=0)
    model.fit(X, y)
    curve = list(model.loss_curve_)
    model.fit(X, y)
    assert model.loss_curve_[:3] == curve
    assert len(model.loss_curve_) == 6
    assert model.n_iter_ == 3
    if early_stopping:
        assert len(model.validation_scores_) == 6


@ignore_convergence
def test_early_stopping_may_be_switched_between_warm_starts(engine):
    model = MLPRegressor(
        hidden_layer_sizes=(5,), max_iter=2, warm_start=True, engine=engine, random_state=0
    )
    assert model.fit(X, y).best_validation_score_ is None
    model.set_params(early_stopping=True).fit(X, y)
    assert model.best_loss_ is None
    assert model.best_validation_score_ == max(model.validation_scores_)
    model.set_params(early_stopping=False).fit(X, y)
    assert np.isfinite(model.best_loss_)
    assert model.validation_scores_ is None


@ignore_convergence
def test_early_stopping_returns_to_the_best_parameters(engine):
    model = MLPRegressor(
        hidden_layer_sizes=(5,), early_stopping=True, max_iter=60, solver="sgd",
        learning_rate_init=0.3, validation_fraction=0.3, random_state=3,
    ).set_params(engine=engine, n_iter_no_change=60)  # fmt: skip
    noise = np.random.RandomState(9).normal(size=30)
    model.fit(X, noise)
    best = int(np.argmax(model.validation_scores_))
    assert best < 59
    shorter = MLPRegressor(**model.get_params()).set_params(max_iter=best + 1)
    shorter.fit(X, noise)
    for a, b in zip(model.coefs_, shorter.coefs_, strict=True):
        assert np.array_equal(a, b)


def test_an_earlier_solver_state_that_no_longer_fits_is_left(regressor, table):
    regressor.coefs_ = [np.zeros((4, 2)), np.zeros((2, 1))]
    regressor.intercepts_ = [np.zeros(2), np.zeros(1)]
    regressor.set_params(hidden_layer_sizes=(2,)).partial_fit(table, table[:, 0])
    assert [W.shape for W in regressor.coefs_] == [(4, 2), (2, 1)]


def test_partial_fit_after_lbfgs(engine):
    model = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", tol=1, engine=engine)
    model.fit(X, y).set_params(solver="adam").partial_fit(X, y)
    assert len(model.loss_curve_) == 1


def test_a_classifier_by_lbfgs_has_no_partial_fit():
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        MLPClassifier(solver="lbfgs").partial_fit(X, y)


class InterruptedEngine:
    """The reference engine, interrupted in the third epoch."""

    def __init__(self):
        self.inner = get_engine("reference")

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def start_training(self, *args, **kwargs):
        training = self.inner.start_training(*args, **kwargs)
        train_epoch, calls = training.train_epoch, []

        def interrupted(order, learning_rate, factors):
            calls.append(learning_rate)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return train_epoch(order, learning_rate, factors)

        training.train_epoch = interrupted
        return training


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_keyboard_interrupt_leaves_a_usable_model(monkeypatch, early_stopping):
    import lightmlp.estimators.planning

    engine = InterruptedEngine()
    monkeypatch.setattr(lightmlp.estimators.planning, "get_engine", lambda name: engine)
    model = MLPClassifier((5,), early_stopping=early_stopping, engine="reference")
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        model.fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 2
    assert model.predict(X).shape == (30,)
    monkeypatch.undo()
    model.set_params(early_stopping=False).partial_fit(X, y)
    assert len(model.loss_curve_) == 3


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_model_is_there_when_a_warning_is_an_error(solver, engine):
    model = MLPClassifier((5,), solver=solver, max_iter=2, tol=0, engine=engine)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning):
            model.fit(X, y)
    assert model.n_iter_ == 2
    assert model.predict(X).shape == (30,)


def test_a_batch_larger_than_the_table_is_clipped_with_a_warning(engine):
    model = MLPRegressor(batch_size=31, max_iter=3, tol=10, n_iter_no_change=1, engine=engine)
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample"):
        model.fit(X, y)


@ignore_convergence
def test_random_state_instances_move_on_and_integers_repeat(engine):
    def curve(random_state):
        model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=random_state)
        return model.set_params(engine=engine).fit(X, y).loss_curve_

    generator = np.random.RandomState(5)
    assert curve(generator) == curve(5) != curve(generator)


def test_verbose_prints_scikit_learns_lines(capsys, engine):
    settings = {"hidden_layer_sizes": (3,), "max_iter": 9, "tol": 10, "n_iter_no_change": 1}
    model = MLPClassifier(**settings, verbose=True, early_stopping=True, random_state=0)
    model.set_params(engine=engine).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Iteration 1, loss = {model.loss_curve_[0]:.8f}"
    assert lines[1] == f"Validation score: {model.validation_scores_[0]:f}"
    assert lines[-1] == (
        "Validation score did not improve more than tol=10.000000 for 1 consecutive epochs."
        " Stopping."
    )


class InterruptedLbfgs:
    """The reference engine, interrupted in the fourth evaluation of the loss."""

    def __init__(self):
        self.inner, self.calls = get_engine("reference"), 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def loss_and_gradients(self, *args, **kwargs):
        self.calls += 1
        if self.calls == 4:
            raise KeyboardInterrupt
        return self.inner.loss_and_gradients(*args, **kwargs)


def test_a_keyboard_interrupt_in_lbfgs_passes_on_and_leaves_a_usable_model(monkeypatch):
    import lightmlp.estimators.planning

    engine = InterruptedLbfgs()
    monkeypatch.setattr(lightmlp.estimators.planning, "get_engine", lambda name: engine)
    model = MLPClassifier((5,), solver="lbfgs", random_state=0, engine="reference")
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    start = MLPClassifier((5,), solver="lbfgs", random_state=0, max_fun=1, engine="reference")
    with pytest.warns(ConvergenceWarning):
        start.fit(X, y)
    reached = [m.loss_and_gradients(X, y)[0] for m in (model, start)]
    assert reached[0] < reached[1]


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_partial_fit_and_warm_fit_write_into_the_arrays_as_scikit_learn(engine):
    model = MLPClassifier((5,), warm_start=True, random_state=0, max_iter=2, engine=engine)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    lists, weights, before = model.coefs_, model.coefs_[0], model.coefs_[0].copy()
    model.partial_fit(X, y)
    assert model.coefs_ is lists
    assert model.coefs_[0] is weights
    assert (weights != before).any()
    before = weights.copy()
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    assert model.coefs_[0] is weights
    assert (weights != before).any()
    weights.setflags(write=False)
    model.partial_fit(X, y)
    assert model.coefs_[0] is not weights
