"""Layer normalisation: each row by its own mean and variance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import Array, ElementwiseLayer, ParameterSpec, Place
from .standardize import deviation, standardize

__all__ = ["LayerNorm", "layer_norm", "layer_norm_delta"]


@dataclass(frozen=True)
class LayerNorm(ElementwiseLayer):
    r"""Normalise each row, then shift and scale each column.

    .. math:: Y = \gamma \frac{Z - \mu}{\sqrt{\sigma^2 + 10^{-5}}} + \beta

    Parameters
    ----------
    width : int
        Number of columns.

    References
    ----------
    Ba, Kiros and Hinton (2016), "Layer Normalization", equations 3 and 4.

    Examples
    --------
    >>> from lightmlp.network import LayerNorm
    >>> [spec.name for spec in LayerNorm(4).parameters]
    ['shift', 'scale']
    """

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Shift and scale."""
        shape = (self.width,)
        return (
            ParameterSpec("shift", shape, "bias"),
            ParameterSpec("scale", shape, "scale", start=1.0),
        )

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """Y of the statistics of each row."""
        return layer_norm(inputs, own["scale"], own["shift"]), inputs

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dZ, also through the statistics."""
        return layer_norm_delta(delta, memory, own["scale"])

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """Sums over the rows: of delta, and of delta times the normalised values."""
        normalized = standardize(memory, *_row_statistics(memory))
        return {"shift": delta.sum(axis=0), "scale": (delta * normalized).sum(axis=0)}


def layer_norm(sums: Array, scale: Array, shift: Array) -> Array:
    r"""Normalise each row by its own mean and variance.

    .. math:: y = \gamma \hat z + \beta

    with :math:`\hat z` of :func:`standardize` and mean and biased variance over the columns,
    in training and for predictions alike.

    Parameters
    ----------
    sums : ndarray of shape (n_rows, n_columns)
        Weighted sums z of a layer, without bias.
    scale, shift : ndarray of shape (n_columns,)
        :math:`\gamma` and :math:`\beta`, which are learned.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Ba, Kiros and Hinton (2016), "Layer Normalization", equations 3 and 4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import layer_norm
    >>> print(layer_norm(np.array([[0.0, 4.0]]), np.ones(2), np.zeros(2)).round(4))
    [[-1.  1.]]
    """
    return standardize(sums, *_row_statistics(sums)) * scale + shift


def layer_norm_delta(delta: Array, sums: Array, scale: Array) -> Array:
    r"""Carry the derivative of the loss back through :func:`layer_norm`.

    .. math:: \frac{\partial L}{\partial z_j} = \frac{1}{\sqrt{\sigma^2 + 10^{-5}}}
        \left(g_j - \frac{1}{n} \sum_k g_k - \frac{\hat z_j}{n} \sum_k g_k \hat z_k\right),
        \quad g = \gamma \delta

    Parameters
    ----------
    delta : ndarray of shape (n_rows, n_columns)
        :math:`\delta`, derivative with respect to the outputs y.
    sums, scale
        As in :func:`layer_norm`.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Ba, Kiros and Hinton (2016), "Layer Normalization", by the chain rule.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import layer_norm_delta
    >>> sums, delta = np.array([[0.0, 1.0, 5.0]]), np.array([[1.0, 0.0, 0.0]])
    >>> layer_norm_delta(delta, sums, np.ones(3)).sum().round(9)
    np.float64(0.0)
    """
    mean, variance = _row_statistics(sums)
    normalized = standardize(sums, mean, variance)
    g = delta * scale
    through_mean = g.mean(axis=1, keepdims=True)
    through_variance = normalized * (g * normalized).mean(axis=1, keepdims=True)
    back: Array = (g - through_mean - through_variance) / deviation(variance)
    return back


def _row_statistics(sums: Array) -> tuple[Array, Array]:
    return sums.mean(axis=1, keepdims=True), sums.var(axis=1, keepdims=True)
