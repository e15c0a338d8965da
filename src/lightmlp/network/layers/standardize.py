"""What both normalisations do: subtract a mean and divide by a deviation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["deviation", "standardize"]

Array = NDArray[Any]

_EPSILON = 1e-5


def standardize(sums: Array, mean: Array, variance: Array) -> Array:
    r"""Subtract the mean and divide by the standard deviation.

    .. math:: \hat z = \frac{z - \mu}{\sqrt{\sigma^2 + 10^{-5}}}

    Parameters
    ----------
    sums : ndarray of shape (n_rows, n_columns)
        Weighted sums z of a layer.
    mean, variance : ndarray that broadcasts to this shape
        Those of the batch, of the row, or running averages.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Ioffe and Szegedy (2015), algorithm 1; the constant is that of PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import standardize
    >>> print(standardize(np.array([[3.0]]), np.array([1.0]), np.array([4.0])).round(4))
    [[1.]]
    """
    return (sums - mean) / deviation(variance)


def deviation(variance: Array) -> Array:
    """Return the standard deviation, never zero: sqrt(variance + 1e-5)."""
    root: Array = np.sqrt(variance + _EPSILON)
    return root
