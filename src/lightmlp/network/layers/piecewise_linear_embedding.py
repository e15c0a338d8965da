"""An embedding of each number by the bins that it fills."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from ..activations import ActivationFunction, find_activation
from .base import Array, Layer, ParameterSpec, Place, check_counts
from .starts import UniformStart

__all__ = ["PiecewiseLinearEmbedding"]


@dataclass(frozen=True)
class PiecewiseLinearEmbedding(Layer):
    r"""Encode each number by how far it fills each of its column's bins, then embed the codes.

    .. math:: e_t(x) = \frac{x - b_{t-1}}{b_t - b_{t-1}}, \quad t = 1, \ldots, T

    cut below at 0 unless t = 1, and above at 1 unless t = T, so that the first and the last
    bin go on beyond the edges. Column j, of as many codes as it has bins, becomes

    .. math:: A_j = f\Bigl(\sum_t e_t(x_j) W_{jt} + b_j\Bigr)

    and the embeddings of the columns stand side by side.

    Parameters
    ----------
    edges : tuple of tuple of float
        For each column the edges :math:`b_0 < \ldots < b_T` of its bins, two or more.
    width : int
        Number of values that each column becomes.
    activation : str or ActivationFunction, default="relu"
        f, a name of :data:`lightmlp.network.ACTIVATIONS`, or a row of one's own, which only
        the reference engine computes.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), "On Embeddings for Numerical Features in Tabular
    Deep Learning", section 3.2, with the linear layer and the rectifier of section 3.4 (Q-LR,
    T-LR).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import PiecewiseLinearEmbedding, Place
    >>> layer = PiecewiseLinearEmbedding(((0.0, 1.0, 3.0),), width=1)
    >>> layer.encode(np.array([[0.5], [2.0], [5.0]]))
    array([[0.5, 0. ],
           [1. , 0.5],
           [1. , 2. ]])
    >>> own = {"weight": np.array([[1.0], [10.0]]), "bias": np.zeros((1, 1))}
    >>> layer.forward(own, np.array([[0.5], [2.0], [5.0]]), Place(depth=0))[0]
    array([[ 0.5],
           [ 6. ],
           [21. ]])
    """

    edges: tuple[tuple[float, ...], ...]
    width: int
    activation: str | ActivationFunction = "relu"

    def __post_init__(self) -> None:
        edges = tuple(tuple(map(float, column)) for column in self.edges)
        object.__setattr__(self, "edges", edges)
        check_counts(self, "n_inputs", "width")
        for number, column in enumerate(edges):
            increases = all(low < high for low, high in pairwise(column))
            if len(column) < 2 or not increases or not all(map(math.isfinite, column)):
                raise ValueError(
                    f"PiecewiseLinearEmbedding: edges[{number}]={column} must be two or more "
                    "finite numbers, each larger than the one before it."
                )

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Number of columns."""
        return len(self.edges)

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of values of all embeddings."""
        return self.n_inputs * self.width

    @property
    def n_bins(self) -> tuple[int, ...]:
        """Number of bins of each column."""
        return tuple(len(column) - 1 for column in self.edges)

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Weights, a row for each bin, and biases; they start as those of a linear layer."""
        bounds = [1 / math.sqrt(n_bins) for n_bins in self.n_bins]
        of_rows = np.repeat(bounds, self.n_bins).tolist()
        return (
            ParameterSpec(
                "weight",
                (len(of_rows), self.width),
                "embedding",
                start=UniformStart(tuple(of_rows)),
            ),
            ParameterSpec(
                "bias", (self.n_inputs, self.width), "bias", start=UniformStart(tuple(bounds))
            ),
        )

    def encode(self, X: Array) -> Array:
        """Return how far the numbers fill the bins.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_columns)
            The numbers.

        Returns
        -------
        ndarray of shape (n_rows, n_bins of all columns)
            Column after column, in the dtype of X; the bins are measured in float64, in which
            edges that are close to each other remain apart.
        """
        filled = []
        for column, edges in zip(X.T, map(np.array, self.edges), strict=True):
            low, high = edges[:-1], edges[1:]
            shares = (column[:, np.newaxis] - low) / (high - low)  # (n_rows, n_bins)
            shares[:, 1:] = np.maximum(shares[:, 1:], 0)
            shares[:, :-1] = np.minimum(shares[:, :-1], 1)
            filled.append(shares)
        return np.concatenate(filled, axis=1).astype(X.dtype, copy=False)

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A_j = f(E_j W_j + b_j), (n_rows, n_columns * width), column after column."""
        E, W, b = self.encode(inputs), own["weight"], own["bias"]
        # (n_rows, n_bins of j) (n_bins of j, width) + (width,)
        sums = [E[:, j_bins] @ W[j_bins] + b[j] for j, j_bins in enumerate(self._bins())]
        Z = np.concatenate(sums, axis=1)
        A = find_activation(self.activation).forward(Z)
        return A, (E, Z, A)

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dx_j = sum over t of (dL/dZ_j W_jt) / (b_t - b_{t-1}), of the bins not cut."""
        deltas, W = self._deltas(memory, delta), own["weight"]
        E = memory[0]
        back = []
        for D, j_bins, edges in zip(deltas, self._bins(), self.edges, strict=True):
            changes = np.ones(E[:, j_bins].shape, bool)
            changes[:, 1:] &= E[:, j_bins][:, 1:] > 0
            changes[:, :-1] &= E[:, j_bins][:, :-1] < 1
            slopes = (changes / np.diff(edges)).astype(delta.dtype)
            back.append((D @ W[j_bins].T * slopes).sum(axis=1))
        return np.stack(back, axis=1)

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/dW_j = E_j^T dL/dZ_j, and dL/db_j = the sum of dL/dZ_j over the rows."""
        deltas, E = self._deltas(memory, delta), memory[0]
        pairs = zip(deltas, self._bins(), strict=True)
        return {
            "weight": np.concatenate([E[:, j_bins].T @ D for D, j_bins in pairs]),
            "bias": np.stack([D.sum(axis=0) for D in deltas]),
        }

    def _bins(self) -> list[slice]:
        """Return where the bins of each column are among all."""
        return [slice(*ends) for ends in pairwise(accumulate(self.n_bins, initial=0))]

    def _deltas(self, memory: Any, delta: Array) -> list[Array]:
        """Return dL/dZ of each column, (n_rows, width)."""
        _, Z, A = memory
        of_sums = delta * find_activation(self.activation).derivative(Z, A)
        return np.split(of_sums, self.n_inputs, axis=1)
