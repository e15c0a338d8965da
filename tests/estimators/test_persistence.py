"""Pickles, clones and copies."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from sklearn.base import clone

from lightmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(30, 4))
y = np.arange(30) % 3


@pytest.fixture(params=[MLPClassifier, MLPRegressor])
def model(request, engine):
    """Return a wide model, so that its weights dominate the size of a pickle."""
    estimator = request.param(hidden_layer_sizes=(200, 100), random_state=0, engine=engine)
    return estimator.set_params(max_iter=3, tol=10, n_iter_no_change=1)


def test_a_pickle_predicts_the_same_and_holds_the_weights_once(model):
    for settings in ({}, {"solver": "lbfgs"}, {"early_stopping": True}):
        data = pickle.dumps(model.set_params(**settings).fit(X, y))
        assert len(data) < 1.2 * 8 * model.n_parameters_
        assert np.array_equal(pickle.loads(data).predict(X), model.predict(X))


def test_a_pickle_continues_partial_fit_exactly(model):
    classes = {"classes": [0, 1, 2]} if isinstance(model, MLPClassifier) else {}
    model.partial_fit(X, y, **classes).partial_fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    for one in (model, copy):
        one.partial_fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(model.coefs_, copy.coefs_, strict=True))
    assert len(pickle.dumps(model.fit(X, y))) < 1.2 * 8 * model.n_parameters_


def test_a_pickle_of_a_fit_can_be_trained_further(model):
    copy = pickle.loads(pickle.dumps(model.fit(X, y)))
    before = copy.loss_and_gradients(X, y)[0]
    for _ in range(20):
        copy.partial_fit(X, y)
    assert copy.loss_and_gradients(X, y)[0] < before


def test_a_deep_copy_continues_exactly_and_apart(model):
    model.fit(X, y)
    copy = deepcopy(model)
    before = [W.copy() for W in model.coefs_]
    copy.partial_fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(model.coefs_, before, strict=True))
    model.partial_fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(model.coefs_, copy.coefs_, strict=True))


def test_a_clone_is_unfitted_and_has_all_parameters(model):
    copy = clone(model.set_params(n_threads=1).fit(X, y))
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "coefs_")


def test_a_subclass_with_parameters_of_its_own_is_cloned():
    class Wide(MLPRegressor):
        def __init__(self, width=10, solver="adam"):
            super().__init__(hidden_layer_sizes=(width,), solver=solver)
            self.width = width

    assert clone(Wide(width=3)).hidden_layer_sizes == (3,)
