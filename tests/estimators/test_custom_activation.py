"""An activation of the user's own: a pair of NumPy functions on the reference engine."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback, Checkpoint, GradientHealth

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def tanh_slope(z):
    return 1 - np.tanh(z) ** 2


def rectified(z):
    return np.maximum(z, 0)


def rectified_slope(z):
    return z > 0


TANH, RELU = (np.tanh, tanh_slope), (rectified, rectified_slope)
GIVEN = {
    "for all layers": (TANH, "tanh"),
    "a list": (list(TANH), "tanh"),
    "beside a name": ((TANH, "logistic"), ("tanh", "logistic")),
    "two pairs": ([TANH, RELU], ("tanh", "relu")),
}
given = pytest.mark.parametrize(("activation", "names"), GIVEN.values(), ids=GIVEN)


@given
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_same_as_by_name(activation, names, solver, dtype, engine):
    fit = {"solver": solver, "max_iter": 5, "random_state": 0, "dropout": 0.0}
    rows = X.astype(dtype)
    own = MLPClassifier((5, 4), activation=activation, engine=engine, **fit).fit(rows, y)
    named = MLPClassifier((5, 4), activation=names, engine="reference", **fit).fit(rows, y)
    rtol = 1e-4 if dtype == np.float32 else 1e-10
    np.testing.assert_allclose(own.predict_proba(rows), named.predict_proba(rows), rtol=rtol)
    for a, b in zip(own.hidden_activations(rows), named.hidden_activations(rows), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    losses = [model.loss_and_gradients(rows, y)[0] for model in (own, named)]
    assert losses[0] == pytest.approx(losses[1], rel=rtol)


def test_the_compiled_engine_refuses_functions():
    model = MLPRegressor(activation=TANH, engine="native")
    with pytest.raises(ValueError, match=r"engine='native' cannot compute activation=\("):
        model.fit(X, target)
    model.set_params(engine="auto", max_iter=2).fit(X, target)
    with pytest.raises(ValueError, match="Set engine='auto' or 'reference'"):
        model.set_params(engine="native").predict(X)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ((np.tanh, np.cos), r"derivative of tanh is not that of the function.* at z = "),
        (("relu", (np.sin, np.sin)), r"derivative of sin is not that of the function"),
        ((np.sum, np.sum), r"the function sum returned an array of shape \(\)"),
        ((np.sin, lambda z: 1), r"the derivative <lambda> returned an array of shape \(\)"),
        ((np.log, np.reciprocal), "derivative of log is not that of the function"),
        (np.tanh, r"activation=<ufunc 'tanh'> is a function without its derivative"),
        (
            (np.tanh, tanh_slope, np.sin),
            r"activation\[0\]=<ufunc 'tanh'> is a function without",
        ),
        ((lambda z, a: z, tanh_slope), r"activation: .* cannot be called as <lambda>\(z\)"),
        ((TANH, TANH, TANH), r"has 3 name\(s\) for 2 hidden layer\(s\)"),
    ],
)
def test_what_is_wrong_with_functions(activation, message):
    with pytest.raises(ValueError, match=message):
        MLPRegressor(hidden_layer_sizes=(4, 3), activation=activation).fit(X, target)


@pytest.mark.parametrize(
    "pair",
    [
        (np.abs, np.sign),
        (np.sign, np.zeros_like),
        (lambda z: np.clip(z, -1, 1), lambda z: np.abs(z) < 1),
        (lambda z: np.sin(z.astype("f4")), lambda z: np.cos(z.astype("f4"))),
    ],
)
def test_kinks_and_float32_pass_the_check(pair):
    MLPRegressor(hidden_layer_sizes=(4,), activation=pair, max_iter=1).fit(X, target)


def test_arrays_cannot_be_changed():
    def changes(z):
        return np.maximum(z, 0, out=z)

    model = MLPRegressor(activation=(changes, rectified_slope))
    with pytest.raises(ValueError, match="read-only"):
        model.fit(X, target)


def test_pickled_cloned_and_taken_over():
    fit = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0}
    model = MLPRegressor(activation=TANH, **fit).fit(X, target)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert clone(model).activation == TANH
    other = MLPRegressor(activation=TANH, **fit).fit(X, target, init_from=again)
    assert np.isfinite(other.predict(X)).all()
    with pytest.raises(ValueError, match="init_from has activation="):
        MLPRegressor(activation=RELU, **fit).fit(X, target, init_from=model)


def test_checkpoint_knows_the_functions_by_their_names(tmp_path):
    class StopAtOne(Callback):
        def on_epoch_end(self, state):
            return True

    path, fit = tmp_path / "run.npz", {"max_iter": 3, "random_state": 0}
    whole = MLPRegressor(activation=TANH, **fit).fit(X, target)
    stopped = MLPRegressor(activation=TANH, callbacks=[Checkpoint(path), StopAtOne()], **fit)
    stopped.fit(X, target)
    resumed = MLPRegressor(activation=TANH, **fit).fit(X, target, resume_from=path)
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))
    with pytest.raises(ValueError, match=r"activation is .*rectified"):
        MLPRegressor(activation=RELU, **fit).fit(X, target, resume_from=path)


def test_gradient_health_measures_such_layers():
    health = GradientHealth()
    model = MLPRegressor(hidden_layer_sizes=(4,), activation=TANH, callbacks=[health])
    model.set_params(max_iter=2).fit(X, target)
    assert [row["layer"] for row in health.rows] == [0, 1, 0, 1]
