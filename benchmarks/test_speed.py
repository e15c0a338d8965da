"""LightMLP's own speed from commit to commit; run by ``make track``, not part of the tests."""

import warnings

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor

from .data import generate, starting_weights
from .predict import BULK, BULK_ROWS, ONE_ROW
from .workloads import WORKLOADS

ESTIMATORS = {"classifier": MLPClassifier, "regressor": MLPRegressor}
DTYPES = ("float32", "float64")
ROUNDS = 10


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_fit(benchmark, workload, dtype):
    problem = workload.problem(dtype, max(1, workload.epochs // 4))
    model = ESTIMATORS[workload.kind](**problem.estimator_settings())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations")
        benchmark.pedantic(model.fit, (problem.X, problem.y), rounds=ROUNDS, warmup_rounds=2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("widths", "n_rows", "calls"),
    [(ONE_ROW["classifier"], 1, 1000), (BULK, BULK_ROWS, 1)],
    ids=["one row", "bulk"],
)
def test_predict(benchmark, widths, n_rows, calls, dtype):
    X, y = generate(max(n_rows, 500), widths[0], widths[-1], "classifier", dtype)
    model = MLPClassifier(widths[1:-1], max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations")
        model.fit(X[:500], y[:500])
    weights = starting_weights(widths, X.dtype, np.random.RandomState(0))
    model.coefs_, model.intercepts_ = weights
    benchmark.pedantic(
        model.predict, (X[:n_rows],), rounds=ROUNDS, iterations=calls, warmup_rounds=2
    )
