"""Random masks that depend on their place alone: the same on every engine and thread."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["dropout_factors", "dropout_mask"]

_WORD = 2**64


def dropout_mask(
    rate: float, seed: int, step: int, layer: int, n_rows: int, n_columns: int
) -> NDArray[np.bool_]:
    r"""Draw which values stay.

    A counter-based generator: the value in row i and column j stays unless

    .. math:: h(h(e \oplus k_0) + k_1) < p \, 2^{32}, \quad
        e = (i \, n_{columns} + j) \bmod 2^{32}

    where h mixes the bits of a 32-bit word and :math:`k_0, k_1` are the low and the high
    half of a 64-bit key of seed, step and layer.

    Parameters
    ----------
    rate : float
        Probability p of being dropped, 0 <= p < 1.
    seed : int
        0 <= seed < 2**63.
    step : int
        Number of the step, from 1.
    layer : int
        0 for X, l + 1 for the outputs of layer l.
    n_rows, n_columns : int
        Size of the batch and width.

    Returns
    -------
    ndarray of shape (n_rows, n_columns), bool

    References
    ----------
    Salmon et al. (2011), "Parallel Random Numbers: As Easy as 1, 2, 3", for counters as the
    state; the mixing of words is that of Wellons' "lowbias32" (2018), the key is made by the
    finaliser of SplitMix64 (Steele, Lea and Flood, 2014).

    Examples
    --------
    >>> from lightmlp.network import dropout_mask
    >>> mask = dropout_mask(0.25, seed=1, step=1, layer=0, n_rows=1000, n_columns=100)
    >>> mask.mean().round(2)
    np.float64(0.75)
    """
    key = _mix64(_mix64(_mix64(seed) + step) + layer)
    low, high = np.uint32(key & 0xFFFFFFFF), np.uint32(key >> 32)
    element = np.arange(n_rows * n_columns, dtype=np.uint64).astype(np.uint32)
    word = _mix32(_mix32(element ^ low) + high)
    kept: NDArray[np.bool_] = word >= np.uint32(round(rate * 2**32))
    return kept.reshape(n_rows, n_columns)


def dropout_factors(
    rate: float, seed: int, step: int, layer: int, n_rows: int, n_columns: int, dtype: Any
) -> NDArray[Any]:
    r"""What values are multiplied by: 0, or :math:`1 / (1 - p)` so that means stay.

    Parameters
    ----------
    rate, seed, step, layer, n_rows, n_columns
        As in :func:`dropout_mask`.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", in the variant called inverted dropout, which scales in training.

    Examples
    --------
    >>> from lightmlp.network import dropout_factors
    >>> factors = dropout_factors(0.5, 1, 1, 0, n_rows=2, n_columns=3, dtype=float)
    >>> sorted(set(factors.ravel().tolist()) | {0.0, 2.0})
    [0.0, 2.0]
    """
    mask = dropout_mask(rate, seed, step, layer, n_rows, n_columns)
    return mask.astype(dtype) * np.dtype(dtype).type(1.0 / (1.0 - rate))


def _mix64(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) % _WORD
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % _WORD
    return value ^ (value >> 31)


def _mix32(word: NDArray[np.uint32]) -> NDArray[np.uint32]:
    word = (word ^ (word >> np.uint32(16))) * np.uint32(0x7FEB352D)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(0x846CA68B)
    mixed: NDArray[np.uint32] = word ^ (word >> np.uint32(16))
    return mixed
