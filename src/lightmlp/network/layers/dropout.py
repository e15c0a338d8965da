"""Dropout, by random masks that depend on their place alone.

So they are the same on every engine and for any number of threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..random_bits import bits_threshold, random_bits
from .base import Array, ElementwiseLayer, Place

__all__ = ["Dropout", "drop_entries", "dropout_factors", "dropout_mask"]


@dataclass(frozen=True)
class Dropout(ElementwiseLayer):
    r"""In training, set values to zero at random and scale the others, so that means stay.

    .. math:: Y = M X, \quad M_{ij} \in \{0, 1 / (1 - p)\}

    Parameters
    ----------
    width : int
        Number of columns.
    rate : float
        Probability p of being dropped, 0 <= p < 1.

    References
    ----------
    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", in the variant called inverted dropout.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Dropout, Place
    >>> print(Dropout(2, rate=0.5).forward({}, np.ones((1, 2)), Place(depth=1))[0])
    [[1. 1.]]
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.rate, Real) or not 0 <= self.rate < 1:
            raise ValueError(f"Dropout: rate={self.rate!r} must be a number, 0 <= rate < 1.")

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Any, Any]:
        """Y = M X in training, X itself otherwise; X may be a CSR matrix."""
        step = place.step
        rate = 0.0 if step is None else self.rate * step.dropout_factor
        if step is None or rate == 0:
            return inputs, None
        where = step.seed, step.number, place.depth
        if not isinstance(inputs, np.ndarray):
            return drop_entries(inputs, rate, *where), None
        factors = dropout_factors(rate, *where, len(inputs), self.width, inputs.dtype)
        return inputs * factors, factors

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dX = M dL/dY."""
        back: Array = delta if memory is None else delta * memory
        return back


def dropout_mask(
    rate: float, seed: int, step: int, layer: int, n_rows: int, n_columns: int
) -> NDArray[np.bool_]:
    r"""Draw which values stay.

    A counter-based generator: the value in row i and column j stays unless

    .. math:: h(h(e \oplus k_0) + k_1) < p \, 2^{32}, \quad
        e = (i \, n_{columns} + j) \bmod 2^{32}

    where h mixes the bits of a 32-bit word and :math:`k_0, k_1` are the halves of a 64-bit
    key of seed, step and layer (``network/random_bits.py``).

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
    state.

    Examples
    --------
    >>> from lightmlp.network import dropout_mask
    >>> mask = dropout_mask(0.25, seed=1, step=1, layer=0, n_rows=1000, n_columns=100)
    >>> mask.mean().round(2)
    np.float64(0.75)
    """
    elements = np.arange(n_rows * n_columns, dtype=np.uint64)
    return _kept(elements, rate, seed, step, layer).reshape(n_rows, n_columns)


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
    factors: NDArray[Any] = mask.astype(dtype)
    factors *= factors.dtype.type(1.0 / (1.0 - rate))
    return factors


def drop_entries(X: Any, rate: float, seed: int, step: int, layer: int) -> Any:
    """Multiply a sparse matrix by :func:`dropout_factors`, without the factors of its zeros.

    Parameters
    ----------
    X : CSR matrix of shape (n_rows, n_columns)
        A batch; it stays as it is.
    rate, seed, step, layer
        As in :func:`dropout_mask`.

    Returns
    -------
    CSR matrix of shape (n_rows, n_columns)

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_matrix
    >>> from lightmlp.network import drop_entries, dropout_factors
    >>> X = np.eye(4)
    >>> factors = dropout_factors(0.5, 1, 1, 0, n_rows=4, n_columns=4, dtype=float)
    >>> bool((drop_entries(csr_matrix(X), 0.5, 1, 1, 0).toarray() == X * factors).all())
    True
    """
    n_rows, n_columns = X.shape
    rows = np.repeat(np.arange(n_rows, dtype=np.uint64), np.diff(X.indptr))
    elements = rows * np.uint64(n_columns) + X.indices.astype(np.uint64)
    factors = _kept(elements, rate, seed, step, layer).astype(X.dtype)
    factors *= X.dtype.type(1.0 / (1.0 - rate))
    return type(X)((X.data * factors, X.indices, X.indptr), shape=X.shape)


def _kept(
    elements: NDArray[np.uint64], rate: float, seed: int, step: int, layer: int
) -> NDArray[np.bool_]:
    """Whether values stay, given by their numbers row by row."""
    kept: NDArray[np.bool_] = random_bits(elements, seed, step, layer) >= bits_threshold(rate)
    return kept
