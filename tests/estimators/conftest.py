import os

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor


@pytest.fixture
def classifier(engine):
    """Return a small classifier, fitted to four features and three classes."""
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(40, 4)), np.arange(40) % 3
    model = MLPClassifier((5,), solver="sgd", max_iter=3, tol=10, n_iter_no_change=1)
    return model.set_params(engine=engine, random_state=0).fit(X, y)


@pytest.fixture
def regressor(engine):
    """Return a small regressor, fitted to four features and one target."""
    rng = np.random.RandomState(0)
    X = rng.normal(size=(40, 4))
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=3, tol=10, n_iter_no_change=1)
    return model.set_params(engine=engine, random_state=0).fit(X, X[:, 0])


@pytest.fixture
def table():
    """Return rows of four features."""
    return np.random.RandomState(1).normal(size=(12, 4))


@pytest.fixture
def terminal():
    """Return the path of a device that no fault of ours could replace, even as root."""
    ends = os.openpty()
    yield os.ttyname(ends[1])
    for end in ends:
        os.close(end)
