"""Several Python threads at once change nothing."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(200, 6))
y = np.arange(200) % 3


def fit(seed, engine):
    estimator = MLPClassifier if seed % 2 else MLPRegressor
    model = estimator(hidden_layer_sizes=(10 + seed, 7), random_state=seed, engine=engine)
    return model.set_params(max_iter=9, tol=10, n_iter_no_change=4).fit(X, y).coefs_


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sixteen_threads_predict_from_one_model(dtype, engine):
    model = MLPClassifier((16,), max_iter=3, tol=10, n_iter_no_change=1, engine=engine)
    model.fit(X.astype(dtype), y)
    tables = [X[start : start + 50].astype(dtype) for start in range(0, 150, 10)] * 8
    alone = [model.predict_proba(rows) for rows in tables]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(model.predict_proba, tables))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_four_threads_fit_different_models(engine):
    seeds = range(8)
    alone = [fit(seed, engine) for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: fit(seed, engine), seeds))
    for a, b in zip(alone, together, strict=True):
        assert all(np.array_equal(left, right) for left, right in zip(a, b, strict=True))
