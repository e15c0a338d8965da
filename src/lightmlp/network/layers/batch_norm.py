"""Batch normalisation: each column by its mean and variance over the rows of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .base import Array, ElementwiseLayer, ParameterSpec, Place
from .standardize import deviation, standardize

__all__ = [
    "BatchNorm",
    "batch_norm",
    "batch_norm_delta",
    "batch_statistics",
    "fold_batch_norm",
    "running_average",
]

_KEPT = 0.9


@dataclass(frozen=True)
class BatchNorm(ElementwiseLayer):
    r"""Normalise each column, then shift and scale it.

    In training by mean and variance of the batch, which running averages follow; those are
    what a prediction takes, and so do a batch of a single row and a frozen layer.

    .. math:: Y = \gamma \frac{Z - \mu}{\sqrt{\sigma^2 + 10^{-5}}} + \beta

    Parameters
    ----------
    width : int
        Number of columns.

    References
    ----------
    Ioffe and Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift".

    Examples
    --------
    >>> from lightmlp.network import BatchNorm
    >>> [spec.name for spec in BatchNorm(4).parameters]
    ['shift', 'scale', 'running_mean', 'running_variance']
    """

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Shift and scale, which are trained, and the running statistics."""
        shape = (self.width,)
        return (
            ParameterSpec("shift", shape, "bias"),
            ParameterSpec("scale", shape, "scale", start=1.0),
            ParameterSpec("running_mean", shape, "statistic", trained=False),
            ParameterSpec("running_variance", shape, "statistic", trained=False, start=1.0),
        )

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """Y of the batch's statistics or of the running ones."""
        Z, step = inputs, place.step
        if step is None or place.is_frozen or len(Z) == 1:
            statistics = own["running_mean"], own["running_variance"]
            uses_batch = False
        else:
            statistics = batch_statistics(Z, step.sample_weight)
            uses_batch = True
        outputs = standardize(Z, *statistics) * own["scale"] + own["shift"]
        return outputs, (Z, statistics, uses_batch)

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dZ, also through the statistics where those are of the batch."""
        Z, (_, variance), uses_batch = memory
        if uses_batch and place.step is not None:
            return batch_norm_delta(delta, Z, own["scale"], place.step.sample_weight)
        back: Array = delta * own["scale"] / deviation(variance)
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """Sums over the rows: of delta, and of delta times the normalised values."""
        Z, statistics, _ = memory
        return {
            "shift": delta.sum(axis=0),
            "scale": (delta * standardize(Z, *statistics)).sum(axis=0),
        }

    def follow(self, own: Mapping[str, Array], memory: Any) -> None:
        """Let the running statistics follow those of the batch."""
        _, (mean, variance), uses_batch = memory
        if uses_batch:
            own["running_mean"][:] = running_average(own["running_mean"], mean)
            own["running_variance"][:] = running_average(own["running_variance"], variance)


def batch_statistics(sums: Array, sample_weight: Array | None = None) -> tuple[Array, Array]:
    r"""Mean and variance of each column over the rows of a batch.

    .. math:: \mu = \frac{\sum_i w_i z_i}{\sum_i w_i}, \quad
        \sigma^2 = \frac{\sum_i w_i (z_i - \mu)^2}{\sum_i w_i}

    Parameters
    ----------
    sums : ndarray of shape (n_rows, n_columns)
        Weighted sums z of a layer.
    sample_weight : ndarray of shape (n_rows,), default=None
        Weights w of the rows; None counts every row once.

    Returns
    -------
    mean, variance : ndarray of shape (n_columns,)
        The variance is the biased one.

    References
    ----------
    Ioffe and Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift", algorithm 1; the weights make a row of weight 2 the
    same as two rows.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import batch_statistics
    >>> mean, variance = batch_statistics(np.array([[0.0], [2.0]]), np.array([3.0, 1.0]))
    >>> print(mean, variance)
    [0.5] [0.75]
    """
    if sample_weight is None:
        return sums.mean(axis=0), sums.var(axis=0)
    weights, total = sample_weight[:, np.newaxis], sample_weight.sum()
    mean: Array = (weights * sums).sum(axis=0) / total
    variance: Array = (weights * (sums - mean) ** 2).sum(axis=0) / total
    return mean, variance


def batch_norm(
    sums: Array, scale: Array, shift: Array, sample_weight: Array | None = None
) -> Array:
    r"""Normalise each column by the statistics of the batch, as in training.

    .. math:: y = \gamma \hat z + \beta

    with :math:`\hat z` of :func:`standardize` and the mean and variance of
    :func:`batch_statistics`. To predict, :func:`standardize` takes running averages.

    Parameters
    ----------
    sums : ndarray of shape (n_rows, n_columns)
        Weighted sums z of a layer, without bias.
    scale, shift : ndarray of shape (n_columns,)
        :math:`\gamma` and :math:`\beta`, which are learned.
    sample_weight : ndarray of shape (n_rows,), default=None
        Weights of the rows.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Ioffe and Szegedy (2015), algorithm 1, before the activation as there.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import batch_norm
    >>> print(batch_norm(np.array([[0.0], [4.0]]), np.ones(1), np.ones(1)).round(4))
    [[0.]
     [2.]]
    """
    return standardize(sums, *batch_statistics(sums, sample_weight)) * scale + shift


def batch_norm_delta(
    delta: Array, sums: Array, scale: Array, sample_weight: Array | None = None
) -> Array:
    r"""Carry the derivative of the loss back through :func:`batch_norm`.

    .. math:: \frac{\partial L}{\partial z_i} = \frac{\gamma}{\sqrt{\sigma^2 + 10^{-5}}}
        \left(\delta_i - p_i \sum_j \delta_j - p_i \hat z_i \sum_j \delta_j \hat z_j\right),
        \quad p_i = \frac{w_i}{\sum_j w_j}

    Parameters
    ----------
    delta : ndarray of shape (n_rows, n_columns)
        :math:`\delta`, derivative with respect to the outputs y, the weights of the rows
        included.
    sums, scale, sample_weight
        As in :func:`batch_norm`.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    References
    ----------
    Ioffe and Szegedy (2015), section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import batch_norm_delta
    >>> sums, delta = np.array([[0.0], [1.0], [5.0]]), np.array([[1.0], [0.0], [0.0]])
    >>> batch_norm_delta(delta, sums, np.ones(1)).sum().round(9)
    np.float64(0.0)
    """
    mean, variance = batch_statistics(sums, sample_weight)
    normalized = standardize(sums, mean, variance)
    shares = _shares(sums, sample_weight)
    through_mean = shares * delta.sum(axis=0)
    through_variance = shares * normalized * (delta * normalized).sum(axis=0)
    back: Array = (delta - through_mean - through_variance) * (scale / deviation(variance))
    return back


def fold_batch_norm(
    weights: Array, shift: Array, scale: Array, mean: Array, variance: Array
) -> tuple[Array, Array]:
    r"""Fold a layer's running statistics, scale and shift into its weights and a bias.

    .. math:: W' = W \frac{\gamma}{\sqrt{\sigma^2 + 10^{-5}}}, \quad
        b' = \beta - \mu \frac{\gamma}{\sqrt{\sigma^2 + 10^{-5}}}

    so that :math:`x W' + b'` is what the normalised layer computes to predict.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_columns)
    shift, scale, mean, variance : ndarray of shape (n_columns,)
        :math:`\beta`, :math:`\gamma`, and the running averages.

    Returns
    -------
    weights : ndarray of shape (n_inputs, n_columns)
    bias : ndarray of shape (n_columns,)
        Computed in float64, in the dtype of the weights.

    References
    ----------
    Ioffe and Szegedy (2015), section 3.1: with fixed statistics the normalisation is a
    linear transform of the layer's sums.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import fold_batch_norm
    >>> one = np.ones(1)
    >>> W, b = fold_batch_norm(np.array([[4.0]]), one, one, 6 * one, 4 * one)
    >>> print(W.round(4), b.round(4))
    [[2.]] [-2.]
    """
    factor = scale / deviation(np.asarray(variance, dtype=np.float64))
    folded = weights * factor, shift - mean * factor
    return folded[0].astype(weights.dtype), folded[1].astype(weights.dtype)


def running_average(average: Array, of_batch: Array) -> Array:
    r"""Let a running mean or variance follow the batches.

    .. math:: a \leftarrow 0.9\, a + 0.1\, b

    Parameters
    ----------
    average : ndarray of shape (n_columns,)
        The average a so far.
    of_batch : ndarray of shape (n_columns,)
        The mean or the variance b of a batch.

    Returns
    -------
    ndarray of shape (n_columns,)

    References
    ----------
    Ioffe and Szegedy (2015), section 3.1, with PyTorch's rate of 0.1; the variance is the
    biased one, as in Keras.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import running_average
    >>> print(running_average(np.array([1.0]), np.array([2.0])))
    [1.1]
    """
    followed: Array = _KEPT * average + (1 - _KEPT) * of_batch
    return followed.astype(average.dtype, copy=False)


def _shares(sums: Array, sample_weight: Array | None) -> Array:
    """Share of each row in the statistics of the batch, (n_rows, 1)."""
    if sample_weight is None:
        return np.full((len(sums), 1), 1 / len(sums), dtype=sums.dtype)
    shares: Array = sample_weight[:, np.newaxis] / sample_weight.sum()
    return shares
