"""Sequences of calls and edits between them, with scikit-learn and with LightMLP."""

import io
import sys
import warnings

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning

import lightmlp

from .comparison import Call, Scenario, assert_same, assert_same_value, public_attributes

NAMES = ["MLPClassifier", "MLPRegressor"]
MODULES = [sklearn.neural_network, lightmlp]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def table():
    rng = np.random.RandomState(3)
    X = rng.normal(size=(40, 4))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 2] > 1)


def assert_same_estimators(ours, theirs, X, rtol=1e-7):
    """Compare fitted attributes and predictions of two estimators."""
    attributes = public_attributes(ours)
    for name, expected in public_attributes(theirs).items():
        assert_same_value(attributes[name], expected, rtol, f": {name}")
    assert_same_value(ours.predict(X), theirs.predict(X), rtol, ": predict")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {"max_iter": 9},
        {"alpha": 1.0},
        {"solver": "lbfgs"},
        {"solver": "sgd", "learning_rate_init": 0.05},
        {"activation": "tanh"},
        {"early_stopping": True},
        {"batch_size": 3},
        {"random_state": 8},
    ],
    ids=",".join,
)
def test_parameters_changed_between_fits(name, warm_start, changes, table):
    calls = [
        Call("fit", table),
        Call("set_params", kwargs=changes),
        Call("fit", table),
        Call("set_params", kwargs={"max_iter": 2}),
        Call("fit", table),
    ]
    parameters = {"warm_start": warm_start, "random_state": 2, "max_iter": 5}
    parameters["hidden_layer_sizes"] = (6, 3)
    if warm_start and "early_stopping" in changes:
        # Upstream's validation scores do not exist yet: an AttributeError of its own.
        parameters["early_stopping"] = True
    assert_same(Scenario(name, parameters, calls, table[0], rtol=1e-5))


@pytest.mark.parametrize("name", NAMES)
def test_sizes_changed_between_cold_fits(name, table):
    calls = [
        Call("fit", table),
        Call("set_params", kwargs={"hidden_layer_sizes": (3, 2)}),
        Call("fit", table),
    ]
    assert_same(Scenario(name, {"random_state": 2, "max_iter": 5}, calls, table[0]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_goes_on_from_a_fit(name, solver, table):
    """Momentum, learning rate and counts are carried over; fit begins them anew."""
    X, y = table
    calls = [
        Call("fit", table),
        Call("partial_fit", (X[:13], y[:13])),
        Call("partial_fit", (X[13:], y[13:])),
        Call("fit", table),
        Call("partial_fit", (X[:1], y[:1])),
    ]
    parameters = {"solver": solver, "learning_rate": "invscaling", "verbose": True}
    parameters |= {"random_state": 2, "max_iter": 4, "batch_size": 8}
    assert_same(Scenario(name, parameters, calls, X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_many_partial_fits_stall_as_upstream(name, solver, table):
    """Counts go on across calls: the message comes and goes as upstream prints it."""
    calls = [Call("partial_fit", table, {"classes": [0, 1, 2]} if name == NAMES[0] else {})]
    calls += [Call("partial_fit", table)] * 30
    parameters = {"solver": solver, "learning_rate": "adaptive", "verbose": True}
    parameters |= {"random_state": 2, "tol": 0.05, "n_iter_no_change": 3}
    assert_same(Scenario(name, parameters, calls, table[0]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("edit", ["in place", "replaced", "list replaced"])
def test_edited_weights_are_honoured(name, edit, table):
    X, y = table
    fitted = []
    for module in MODULES:
        mlp = getattr(module, name)(hidden_layer_sizes=(5,), random_state=0, max_iter=5)
        mlp.fit(X, y)
        new = np.linspace(-1, 1, mlp.coefs_[1].size).reshape(mlp.coefs_[1].shape)
        if edit == "in place":
            mlp.coefs_[1][:] = new
            mlp.intercepts_[0] += 0.5
        elif edit == "replaced":
            mlp.coefs_[1] = new
            mlp.intercepts_[0] = mlp.intercepts_[0] + 0.5
        else:
            mlp.coefs_ = [mlp.coefs_[0], new]
            mlp.intercepts_ = [mlp.intercepts_[0] + 0.5, mlp.intercepts_[1]]
        fitted.append(mlp)
    theirs, ours = fitted
    assert_same_estimators(ours, theirs, X)


@pytest.mark.parametrize("name", NAMES)
def test_weights_edited_in_place_are_trained_on(name, table):
    """A replaced array is not compared: upstream's optimiser goes on with the old one."""
    X, y = table
    fitted = []
    for module in MODULES:
        mlp = getattr(module, name)(hidden_layer_sizes=(5,), random_state=0, max_iter=5)
        mlp.fit(X, y)
        mlp.coefs_[0][1] = 0.25
        fitted.append(mlp.partial_fit(X, y))
    theirs, ours = fitted
    assert_same_estimators(ours, theirs, X)


class InterruptingOutput(io.StringIO):
    """Stands for a user who presses Ctrl-C while the third epoch is printed."""

    def write(self, text):
        if "Iteration 3" in text:
            raise KeyboardInterrupt
        return super().write(text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_interrupted_fit_leaves_a_usable_model(name, early_stopping, table, monkeypatch):
    X, y = table
    fitted = []
    for module in MODULES:
        mlp = getattr(module, name)(random_state=0, verbose=True)
        mlp.set_params(early_stopping=early_stopping, hidden_layer_sizes=(5,))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", InterruptingOutput())
            with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
                mlp.fit(X, y % 2)
        fitted.append(mlp)
    theirs, ours = fitted
    assert_same_estimators(ours, theirs, X)
    assert ours.n_iter_ == 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("first", [np.float32, np.float64])
def test_dtype_may_change_between_warm_fits(name, solver, first, table):
    X, y = table
    second = np.float64 if first is np.float32 else np.float32
    calls = [Call("fit", (X.astype(first), y)), Call("fit", (X.astype(second), y))]
    parameters = {"solver": solver, "warm_start": True, "random_state": 2, "max_iter": 4}
    parameters["hidden_layer_sizes"] = (5,)
    assert_same(Scenario(name, parameters, calls, X, rtol=2e-3))


@pytest.mark.parametrize("name", NAMES)
def test_convergence_warning_points_at_the_category(name, table):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(lightmlp, name)(max_iter=2, random_state=0).fit(*table)
    assert [warning.category for warning in caught] == [ConvergenceWarning]
