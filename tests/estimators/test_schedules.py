"""Schedules inside the estimators: every solver, every way of going on, searches, pickles."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, schedules
from lightmlp.schedules import SCHEDULES

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = X @ [1.0, -2.0, 0.5]

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
everlasting = {"tol": 0, "n_iter_no_change": np.inf}


def linear_model(**parameters):
    """Return a network whose steps are multiples of the learning rate."""
    settings = {
        "hidden_layer_sizes": (),
        "solver": "sgd",
        "momentum": 0,
        "alpha": 0,
        "shuffle": False,
        "random_state": 0,
        "batch_size": 10,
        "learning_rate_init": 0.1,
    }
    return MLPRegressor(**{**settings, **everlasting, **parameters})


def descend(rates, batch_size=10):
    """Return the weights after steps of these rates, by the formula of the gradient."""
    start = linear_model(max_iter=1, learning_rate=lambda t: 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start.fit(X, y)
    W, b = start.coefs_[0].copy(), start.intercepts_[0].copy()
    batches = len(X) // batch_size
    for step, rate in enumerate(rates):
        rows = slice(step % batches * batch_size, (step % batches + 1) * batch_size)
        error = X[rows] @ W + b - y[rows, np.newaxis]
        W, b = W - rate * X[rows].T @ error / batch_size, b - rate * error.mean(axis=0)
    return W


@ignore_convergence
@pytest.mark.parametrize("per", ["epoch", "step"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_step_has_the_rate_of_the_preview(name, per, engine):
    schedule = SCHEDULES[name](per=per, warmup=2)
    model = linear_model(learning_rate=schedule, max_iter=4, engine=engine).fit(X, y)
    rates = schedule.preview(0.1, n_epochs=4, steps_per_epoch=4)
    if name == "invscaling":  # a preview has steps of one row
        rates = 0.1 / np.array([1, 41, 81, 121]).repeat(4) ** 0.5
        held = 4 if per == "epoch" else 1
        rates[: 2 * held] *= np.repeat([1 / 3, 2 / 3], held)
    np.testing.assert_allclose(model.coefs_[0], descend(rates), rtol=1e-9)


@ignore_convergence
@pytest.mark.filterwarnings("ignore:.*changed next to nothing")  # one that falls fast
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_name_is_its_object_and_acts_with_every_solver(name, solver, engine):
    def curve(learning_rate):
        model = MLPRegressor(hidden_layer_sizes=(4,), solver=solver, batch_size=10, max_iter=40)
        model.set_params(learning_rate=learning_rate, random_state=0, engine=engine)
        return model.set_params(**everlasting).fit(X, y).loss_curve_

    named = curve(name)
    if name in ("invscaling", "adaptive") and solver == "adam":  # as scikit-learn
        assert named == curve("constant")
    else:
        assert named == curve(SCHEDULES[name]())
    impatient = schedules.Plateau(threshold=1e9, patience=1)
    acting = {"step": schedules.Step(3), "plateau": impatient}
    if name not in ("constant", "adaptive"):  # the latter acts where training stalls
        assert curve(acting.get(name, SCHEDULES[name]())) != curve("constant")


@ignore_convergence
def test_the_object_of_adaptive_acts_with_adam():
    model = MLPRegressor(hidden_layer_sizes=(4,), tol=10, n_iter_no_change=1, random_state=0)
    plain = clone(model).fit(X, y)
    adaptive = clone(model).set_params(learning_rate=schedules.Adaptive(bound=1e-4)).fit(X, y)
    assert plain.n_iter_ == 3
    assert adaptive.n_iter_ == 3 + 2 * 2  # stalls at 1e-3, 2e-4 and 4e-5


@ignore_convergence
@pytest.mark.parametrize("per", ["epoch", "step"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_partial_fits_follow_the_schedule_of_one_fit(name, per, engine):
    settings = {"learning_rate": SCHEDULES[name](per=per, warmup=2), "max_iter": 5}
    whole = linear_model(**settings, engine=engine).fit(X, y)
    parts = linear_model(**settings, engine=engine)
    for call in range(5):
        parts.partial_fit(X, y)
        if call == 2:
            parts = pickle.loads(pickle.dumps(parts))
    assert parts.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])


@ignore_convergence
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_warm_starts_go_on_with_the_schedule(solver, engine):
    schedule = schedules.Cosine(per="step", length=24)
    settings = {"learning_rate": schedule, "engine": engine, "warm_start": True}
    model = linear_model(**settings, solver=solver, max_iter=2)
    for _ in range(3):
        model = pickle.loads(pickle.dumps(model.fit(X, y)))
    if solver == "sgd":  # without momentum a solver has nothing else to remember
        rates = schedule.preview(0.1, n_epochs=6, steps_per_epoch=4)
        np.testing.assert_allclose(model.coefs_[0], descend(rates), rtol=1e-9)
    with pytest.warns(UserWarning, match="schedule restarts, for its length of 24 steps"):
        model.fit(X, y)
    if solver == "sgd":
        rates = np.append(rates, schedule.preview(0.1, n_epochs=2, steps_per_epoch=4))
        np.testing.assert_allclose(model.coefs_[0], descend(rates), rtol=1e-9)


@ignore_convergence
def test_without_a_length_a_warm_fit_ends_the_schedule_with_itself():
    whole = linear_model(learning_rate="linear", max_iter=10).fit(X, y)
    parts = linear_model(learning_rate=schedules.Linear(length=10), warm_start=True)
    parts.set_params(max_iter=4).fit(X, y)
    parts.set_params(learning_rate="linear", max_iter=6).fit(X, y)
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])


def test_a_cold_fit_starts_the_schedule_anew():
    model = linear_model(learning_rate="linear", max_iter=3).fit(X, y)
    coefs = model.coefs_[0].copy()
    np.testing.assert_array_equal(model.fit(X, y).coefs_[0], coefs)


def test_the_end_of_a_schedule_is_no_failure_to_converge():
    linear_model(learning_rate="cosine", max_iter=3).fit(X, y)  # warnings are errors
    with pytest.warns(ConvergenceWarning):
        linear_model(learning_rate=schedules.Cosine(length=9), max_iter=3).fit(X, y)
    with pytest.warns(ConvergenceWarning):
        linear_model(learning_rate="exponential", max_iter=3).fit(X, y)


@ignore_convergence
def test_plateau_follows_the_validation_score():
    schedule = schedules.Plateau(factor=0.5, patience=0, threshold=10)
    model = linear_model(learning_rate=schedule, early_stopping=True, max_iter=4).fit(X, y)
    assert model._progress.scale == 0.5**3  # the first score is better than none
    assert model._progress.best == -model.validation_scores_[0]


def test_a_failed_fit_leaves_the_schedule_where_it_was():
    model = linear_model(learning_rate="exponential", max_iter=3).partial_fit(X, y)
    with pytest.raises(ValueError, match="non-finite"):
        model.partial_fit(1e200 * X, y)
    assert model._progress.n_epochs == 1


@ignore_convergence
def test_searches_and_set_params_reach_the_schedule():
    model = MLPClassifier((3,), learning_rate=schedules.Cosine(), max_iter=2, random_state=0)
    search = GridSearchCV(model, {"learning_rate__restarts": [0, 1]}, cv=2).fit(X, y > 0)
    assert search.best_params_.keys() == {"learning_rate__restarts"}
    assert model.learning_rate == schedules.Cosine()
    model.set_params(learning_rate__end=0.5)
    assert clone(model).learning_rate == schedules.Cosine(end=0.5)
    search = GridSearchCV(model, {"learning_rate": ["step", schedules.Linear(), abs]}, cv=2)
    assert len(search.fit(X, y > 0).cv_results_["params"]) == 3


def test_the_users_object_is_not_changed_and_later_changes_do_not_reach_a_running_solver():
    schedule = schedules.Exponential(0.5)
    model = linear_model(learning_rate=schedule, max_iter=4).partial_fit(X, y)
    schedule.gamma = 1.0
    model.partial_fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], descend(np.repeat([0.1, 0.05], 4)), rtol=1e-9)


@pytest.mark.parametrize(
    ("learning_rate", "message"),
    [
        (schedules.Cosine(restarts=-1), "The 'restarts' parameter of Cosine must be an int"),
        (schedules.Cosine, r"learning_rate=Cosine is a class: write Cosine\(\)"),
        ("cosin", "The 'learning_rate' parameter of MLPRegressor must be a str among"),
        (lambda epoch: -1.0, "the function returned -1.0 for epoch 0, expected a finite"),
    ],
)
def test_wrong_schedules(learning_rate, message):
    model = linear_model(learning_rate=learning_rate)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_documentation_names_every_schedule_and_batch_size(estimator):
    for name in (*SCHEDULES, "full"):
        assert f"'{name}'" in estimator.__doc__


@ignore_convergence
def test_a_full_batch_is_plain_gradient_descent(engine):
    model = linear_model(batch_size="full", max_iter=5, engine=engine).fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], descend([0.1] * 5, batch_size=40), rtol=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(X[:7], y[:7])  # the rows of the moment, whatever their number
