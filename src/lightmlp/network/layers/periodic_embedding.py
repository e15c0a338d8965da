"""An embedding of each number by sines and cosines of learned frequencies."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ActivationFunction, find_activation
from .base import Array, Layer, ParameterSpec, Place, check_counts
from .starts import NormalStart, UniformStart

__all__ = ["PeriodicEmbedding"]


@dataclass(frozen=True)
class PeriodicEmbedding(Layer):
    r"""Encode each number by sines and cosines of learned frequencies, then embed the codes.

    .. math:: v_k = 2 \pi c_{jk} x_j, \quad
        E_j = [\sin v_1, \ldots, \sin v_K, \cos v_1, \ldots, \cos v_K], \quad
        A_j = f(E_j W_j + b_j)

    and the embeddings of the columns stand side by side.

    Parameters
    ----------
    n_columns : int
        Number of numbers that enter.
    n_frequencies : int
        The number K of frequencies of each column.
    width : int
        Number of values that each column becomes.
    deviation : float, default=0.1
        Standard deviation of the normal draws that the frequencies c start from: how fast the
        embedding changes with the number, which is worth tuning.
    activation : str or ActivationFunction, default="relu"
        f, a name of :data:`lightmlp.network.ACTIVATIONS`, or a row of one's own, which only
        the reference engine computes.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), "On Embeddings for Numerical Features in Tabular
    Deep Learning", section 3.3, with the linear layer and the rectifier of section 3.4 (PLR).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import PeriodicEmbedding, Place
    >>> layer = PeriodicEmbedding(n_columns=1, n_frequencies=1, width=2)
    >>> own = {
    ...     "frequencies": np.array([[0.25]]),
    ...     "weight": np.array([[[1.0, 0.0], [0.0, 1.0]]]),
    ...     "bias": np.zeros((1, 2)),
    ... }
    >>> print(layer.forward(own, np.array([[0.0], [1.0]]), Place(depth=0))[0].round(3))
    [[0. 1.]
     [1. 0.]]
    """

    n_columns: int
    n_frequencies: int
    width: int
    deviation: float = 0.1
    activation: str | ActivationFunction = "relu"

    def __post_init__(self) -> None:
        check_counts(self, "n_columns", "n_frequencies", "width")
        if not 0 < self.deviation < math.inf:
            raise ValueError(
                f"PeriodicEmbedding: deviation={self.deviation!r} must be a finite number "
                "above 0."
            )

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Number of columns."""
        return self.n_columns

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of values of all embeddings."""
        return self.n_columns * self.width

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Frequencies, and a linear layer for each column, which starts as one."""
        n_codes = 2 * self.n_frequencies
        linear = UniformStart((1 / math.sqrt(n_codes),))
        return (
            ParameterSpec(
                "frequencies",
                (self.n_columns, self.n_frequencies),
                "embedding",
                start=NormalStart(self.deviation),
            ),
            ParameterSpec(
                "weight", (self.n_columns, n_codes, self.width), "embedding", start=linear
            ),
            ParameterSpec("bias", (self.n_columns, self.width), "bias", start=linear),
        )

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A_j = f(E_j W_j + b_j), (n_rows, n_columns * width), column after column."""
        x = inputs.T[:, :, np.newaxis]  # (n_columns, n_rows, 1)
        turns = own["frequencies"][:, np.newaxis] * x  # (n_columns, n_rows, n_frequencies)
        # Whole turns change nothing. Left out, which is exact, large numbers keep the accuracy
        # that their product with the frequency has.
        v = 2 * np.pi * (turns - np.rint(turns))
        E = np.concatenate([np.sin(v), np.cos(v)], axis=2)
        Z = E @ own["weight"] + own["bias"][:, np.newaxis]  # (n_columns, n_rows, width)
        A = find_activation(self.activation).forward(Z)
        return self._side_by_side(A), (x, E, Z, A)

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dx_j = 2 pi times the sum of c_jk dL/dv_k over the frequencies."""
        slopes = self._slopes(own, memory, self._delta(memory, delta))
        back: Array = 2 * np.pi * (slopes * own["frequencies"][:, np.newaxis]).sum(axis=2).T
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/dc_jk = 2 pi times the sum of x_j dL/dv_k over the rows; others as of a linear."""
        x, E, _, _ = memory
        D = self._delta(memory, delta)
        return {
            "frequencies": 2 * np.pi * (self._slopes(own, memory, D) * x).sum(axis=1),
            "weight": E.transpose(0, 2, 1) @ D,
            "bias": D.sum(axis=1),
        }

    def _slopes(self, own: Mapping[str, Array], memory: Any, D: Array) -> Array:
        """dL/dv = dL/d(sin v) cos v - dL/d(cos v) sin v, (n_columns, n_rows, n_frequencies)."""
        sines, cosines = np.split(memory[1], 2, axis=2)
        of_sines, of_cosines = np.split(D @ own["weight"].transpose(0, 2, 1), 2, axis=2)
        slopes: Array = of_sines * cosines - of_cosines * sines
        return slopes

    def _delta(self, memory: Any, delta: Array) -> Array:
        """Return dL/dZ, (n_columns, n_rows, width)."""
        _, _, Z, A = memory
        by_column = delta.reshape(len(delta), self.n_columns, self.width).transpose(1, 0, 2)
        return by_column * find_activation(self.activation).derivative(Z, A)

    def _side_by_side(self, A: Array) -> Array:
        """(n_columns, n_rows, width) -> (n_rows, n_columns * width)."""
        return A.transpose(1, 0, 2).reshape(-1, self.n_outputs)
