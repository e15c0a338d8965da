"""Means and deviations of columns."""

import numpy as np
import pytest
from scipy import sparse

from lightmlp.estimators.moments import column_moments

rng = np.random.RandomState(0)
ROWS = rng.normal(size=(50, 6)) * [1, 1e-200, 1e200, 1e-3, 1, 1] + [0, 0, 0, 1e6, 5, 0]
ROWS[:, 5] = rng.random_sample(50) < 0.1
WEIGHTS = rng.randint(0, 4, 50).astype(float)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix, sparse.csr_array])
@pytest.mark.parametrize("weights", [None, WEIGHTS, WEIGHTS * 1e300])
def test_as_numpy_has_them(container, weights):
    means, deviations = column_moments(container(ROWS), weights)
    counts = np.ones(50, int) if weights is None else WEIGHTS.astype(int)
    scales = np.array([1, 1e-200, 1e200, 1, 1, 1])
    repeated = (ROWS / scales).repeat(counts, axis=0)
    np.testing.assert_allclose(means, repeated.mean(axis=0) * scales, rtol=1e-12)
    np.testing.assert_allclose(deviations, repeated.std(axis=0) * scales, rtol=1e-7)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constants_have_none(container, dtype):
    rows = np.full((1000, 4), [0.1, 0, 1e30, -7], dtype=dtype)
    means, deviations = column_moments(container(rows))
    assert deviations.tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(means, rows[0], rtol=1e-6)
