"""The pinball loss of one or several quantile levels, which cannot cross.

The scores of a target are its lowest quantile and, for each higher level, a number whose
softplus is the distance from the level below. Columns are ordered by target, then by level.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import mean_over_rows

__all__ = ["increasing", "quantile", "quantile_delta"]

Array = NDArray[Any]


def _by_target(columns: Array, levels: Sequence[float]) -> Array:
    """View columns as (n_samples, n_targets, n_levels)."""
    return columns.reshape(len(columns), -1, len(levels))


def increasing(scores: Array, *, levels: Sequence[float]) -> Array:
    r"""Inverse link of :func:`quantile`: outputs of a target never decrease with the level.

    .. math:: \hat q_1 = s_1, \quad \hat q_l = \hat q_{l-1} + \ln(1 + e^{s_l})

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_targets * n_levels)
        Any real numbers; no value overflows.
    levels : sequence of float
        The levels; only their number matters. A single level gives the identity.

    Returns
    -------
    ndarray of the shape and dtype of scores

    References
    ----------
    Park, Robinson, Aubet, Kan, Gasthaus and Wang (2022), "Learning Quantile Functions
    without Quantile Crossing for Distribution-free Time Series Forecasting", section 3:
    incremental quantile functions, with the softplus for the distances; the first
    score is the lowest level.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import increasing
    >>> increasing(np.array([[1.0, 0.0, -1000.0]]), levels=(0.1, 0.5, 0.9)).round(4)
    array([[1.    , 1.6931, 1.6931]])
    """
    s = _by_target(scores, levels)
    distances = np.logaddexp(0, s[:, :, 1:]).astype(scores.dtype, copy=False)
    quantiles = np.concatenate([s[:, :, :1], distances], axis=2)
    return np.cumsum(quantiles, axis=2, dtype=scores.dtype).reshape(scores.shape)


def quantile(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    levels: Sequence[float],
) -> float:
    r"""Pinball loss: mean over rows, sum over targets and levels.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \sum_l
              \max\left(\tau_l (y_{ik} - \hat q_{ikl}),
              (\tau_l - 1) (y_{ik} - \hat q_{ikl})\right)

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_targets)
        Any real numbers.
    outputs : ndarray of shape (n_samples, n_targets * n_levels)
        Predicted quantiles, ordered by target.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    levels : sequence of float
        :math:`\tau`, each between 0 and 1, increasing.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Koenker and Bassett (1978), "Regression Quantiles", Econometrica 46, equation 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import quantile
    >>> round(quantile(np.array([[1.0]]), np.array([[0.0, 3.0]]), levels=(0.2, 0.9)), 6)
    0.4
    """
    errors = targets[:, :, np.newaxis] - _by_target(outputs, levels)
    tau = np.asarray(levels, dtype=outputs.dtype)
    terms = np.maximum(tau * errors, (tau - 1) * errors)
    return mean_over_rows(terms.reshape(outputs.shape), sample_weight)


def quantile_delta(targets: Array, outputs: Array, *, levels: Sequence[float]) -> Array:
    r"""Derivative of one row's :func:`quantile` loss with respect to its scores.

    .. math:: g_l = [\hat q_l > y] (1 - \tau_l) - [\hat q_l < y] \tau_l, \quad
              \delta_1 = \sum_{m \ge 1} g_m, \quad
              \delta_l = \left(1 - e^{\hat q_{l-1} - \hat q_l}\right) \sum_{m \ge l} g_m

    The factor is the slope of the softplus, computed from its value; at a kink g is 0.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_targets)
        True values.
    outputs : ndarray of shape (n_samples, n_targets * n_levels)
        Outputs of :func:`increasing`.
    levels : sequence of float
        As in :func:`quantile`.

    Returns
    -------
    ndarray of shape (n_samples, n_targets * n_levels)

    References
    ----------
    Koenker and Bassett (1978), "Regression Quantiles", Econometrica 46, section 3, and
    the chain rule through :func:`increasing`.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import quantile_delta
    >>> quantile_delta(np.array([[1.0]]), np.array([[3.0]]), levels=(0.2,))
    array([[0.8]])
    """
    q = _by_target(outputs, levels)
    y = targets[:, :, np.newaxis]
    tau = np.asarray(levels, dtype=outputs.dtype)
    delta = np.where(q > y, 1 - tau, np.where(q < y, -tau, 0))
    delta = np.cumsum(delta[:, :, ::-1], axis=2)[:, :, ::-1].astype(outputs.dtype)
    delta[:, :, 1:] *= -np.expm1(-np.diff(q, axis=2))
    return delta.reshape(outputs.shape)
