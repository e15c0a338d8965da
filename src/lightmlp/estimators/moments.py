"""Means and standard deviations of columns: of targets, and of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

__all__ = ["column_moments"]

Array = NDArray[Any]

# A deviation of so many roundings of the column's largest value is that of a constant.
_ROUNDINGS = 10


def column_moments(values: Any, weights: Array | None = None) -> tuple[Array, Array]:
    """Return mean and standard deviation of each column, over the rows that count.

    Large numbers do not overflow, and no product of matrices makes the bits depend on the
    machine.

    Parameters
    ----------
    values : {ndarray, CSR matrix} of shape (n_rows, n_columns)
        Finite numbers.
    weights : ndarray of shape (n_rows,) or None, default=None
        Weights >= 0 of the rows, not all zero.

    Returns
    -------
    means, deviations : ndarray of shape (n_columns,), float64
        The deviation of a constant is 0, whatever its mean was rounded to.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.estimators.moments import column_moments
    >>> means, deviations = column_moments(np.array([[1.0, 0.1], [5.0, 0.1], [3.0, 0.1]]))
    >>> means.round(3).tolist(), deviations.round(3).tolist()
    ([3.0, 0.1], [1.633, 0.0])
    """
    if weights is None:
        weights = np.ones(values.shape[0])
    counts = weights > 0
    if not counts.all():
        values, weights = values[counts], weights[counts]
    weights = weights / weights.max()
    eps = np.finfo(values.dtype if values.dtype.kind == "f" else np.float64).eps
    moments = _of_sparse if issparse(values) else _of_dense
    means, deviations, exponents = moments(values, np.asarray(weights, dtype=np.float64))
    deviations = np.where(deviations <= _ROUNDINGS * eps, 0.0, deviations)
    return np.ldexp(means, exponents), np.ldexp(deviations, exponents)


def _of_dense(values: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Return moments of columns divided by powers of two, and the exponents of these."""
    columns = np.ascontiguousarray(values.T, dtype=np.float64)
    exponents = np.frexp(np.abs(columns).max(axis=1))[1]
    columns = np.ldexp(columns, -exponents[:, np.newaxis])
    means = (columns * weights).sum(axis=1) / weights.sum()
    squares = (columns - means[:, np.newaxis]) ** 2
    return means, np.sqrt((squares * weights).sum(axis=1) / weights.sum()), exponents


def _of_sparse(values: Any, weights: Array) -> tuple[Array, Array, Array]:
    """Do the same from the entries alone."""
    n_columns, total = values.shape[1], weights.sum()
    entries, columns = values.data.astype(np.float64), values.indices
    largest = np.zeros(n_columns)
    np.maximum.at(largest, columns, np.abs(entries))
    exponents = np.frexp(largest)[1]
    entries = np.ldexp(entries, -exponents[columns])
    weights = np.repeat(weights, np.diff(values.indptr))

    def sums(parts: Array) -> Array:
        return np.bincount(columns, parts * weights, n_columns)

    zeros = total - sums(np.ones(len(entries)))  # weight of the entries that are not stored
    means = sums(entries) / total
    means += (sums(entries - means[columns]) - zeros * means) / total  # what was rounded off
    squares = sums((entries - means[columns]) ** 2) + zeros.clip(min=0) * means**2
    return means, np.sqrt(squares / total), exponents
