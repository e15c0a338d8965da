"""``initialization`` and ``bias_initialization`` of the estimators."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, initializers
from lightmlp.network import INITIALIZERS

X = np.random.RandomState(0).normal(size=(20, 3))
y = X[:, 0]


def start(dtype=np.float64, estimator=MLPRegressor, **parameters):
    """Return a model that a step of nothing has left at its initial parameters."""
    model = estimator(hidden_layer_sizes=(4, 5), learning_rate=lambda t: 0.0, random_state=0)
    targets = y if estimator is MLPRegressor else y > 0
    return model.set_params(**parameters).partial_fit(
        X.astype(dtype), targets, **({} if estimator is MLPRegressor else {"classes": [0, 1]})
    )


@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - {"unit_deviation", "he+5"}))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_weights_come_from_the_initialiser_and_the_random_state(name, dtype, estimator, engine):
    model = start(dtype, estimator, initialization=name, engine=engine)
    random_state = np.random.RandomState(0)
    for W, b in zip(model.coefs_, model.intercepts_, strict=True):
        expected = INITIALIZERS[name]().draw(random_state, *W.shape, W.shape)
        np.testing.assert_array_equal(W, expected.astype(dtype))
        np.testing.assert_array_equal(b, np.zeros_like(b))
        assert W.dtype == b.dtype == dtype


@pytest.mark.parametrize(
    ("wanted", "value"),
    [(0.1, 0.1), ("zeros", 0), (lambda rng, fan_in, n: np.ones(n), 1)],
)
def test_biases_apart(wanted, value):
    model = start(bias_initialization=wanted)
    assert all((b == value).all() for b in model.intercepts_)
    assert model.coefs_[0].std() > 0


def test_lbfgs_starts_from_them_too():
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", initialization="zeros")
    model.fit(X, y)
    assert all((W == 0).all() for W in model.coefs_)  # no gradient leads away from zero
    assert model.intercepts_[-1] == pytest.approx(y.mean(), abs=1e-4)


def test_searches_and_clones_reach_the_initialiser():
    model = MLPRegressor(
        hidden_layer_sizes=(3,), solver="lbfgs", tol=1, initialization=initializers.Normal()
    )
    search = GridSearchCV(model, {"initialization__std": [0.01, 0.5]}, cv=2).fit(X, y)
    assert search.best_params_.keys() == {"initialization__std"}
    assert model.initialization == initializers.Normal()
    assert clone(model.set_params(initialization__std=2)).initialization.std == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"initialization": "xavier"},
            "The 'initialization' parameter of MLPRegressor must",
        ),
        ({"initialization": 0.1}, "The 'initialization' parameter of MLPRegressor"),
        ({"bias_initialization": None}, "The 'bias_initialization' parameter"),
        ({"bias_initialization": np.inf}, "bias_initialization"),
        ({"initialization": initializers.Normal(std=0)}, "The 'std' parameter of Normal"),
        ({"initialization": lambda rng, n_in, n_out: np.ones(n_in)}, r"of shape \(3, 4\)"),
        ({"bias_initialization": "orthogonal"}, "makes matrices only"),
    ],
)
def test_wrong_initialisers(parameters, message):
    model = MLPRegressor(hidden_layer_sizes=(4,), **parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_documentation_names_every_initialiser(estimator):
    for name in INITIALIZERS:
        assert f"'{name}'" in estimator.__doc__
