"""The squared error of probabilities (Brier score), for both kinds of class targets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import (
    Groups,
    Weights,
    binary_weights,
    column_weights,
    groups_of,
    mean_over_rows,
    smooth_labels,
    smoothed_indicators,
)

__all__ = ["binary_brier", "binary_brier_delta", "brier", "brier_delta"]

Array = NDArray[Any]


def binary_brier(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    label_smoothing: float = 0.0,
    class_weight: Weights = None,
) -> float:
    r"""Half the squared error of probabilities of 1: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \frac{1}{2} (p_{ik} - y_{ik})^2

    Its derivative with respect to the scores, with p the logistic function of them, is
    :func:`binary_brier_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities of 1.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    label_smoothing : float, default=0.0
        Smooths the targets, see :func:`smooth_labels`; in [0, 1).
    class_weight : sequence of 2 * n_outputs floats, default=None
        Factors for y = 0 and y = 1 of each output in turn.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability"; the
    variant of neural networks, Rumelhart, Hinton and Williams (1986), equation 3: one
    output for two classes, and the factor 1/2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_brier
    >>> binary_brier(np.array([[1.0], [0.0]]), np.array([[0.5], [0.0]]))
    0.0625
    """
    t = smooth_labels(targets, label_smoothing, 2)
    terms = 0.5 * (outputs - t) ** 2
    return mean_over_rows(terms, sample_weight, binary_weights(targets, class_weight))


def binary_brier_delta(
    targets: Array,
    outputs: Array,
    *,
    label_smoothing: float = 0.0,
    class_weight: Weights = None,
) -> Array:
    r"""Derivative of one row's :func:`binary_brier` with respect to its scores.

    .. math:: \delta_{ik} = (p_{ik} - y_{ik}) \, p_{ik} (1 - p_{ik})

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities after the logistic function.
    label_smoothing, class_weight
        As in :func:`binary_brier`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by
    back-propagating errors", Nature 323, equations 4 and 5.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_brier_delta
    >>> binary_brier_delta(np.array([[1.0]]), np.array([[0.5]]))
    array([[-0.125]])
    """
    error = outputs - smooth_labels(targets, label_smoothing, 2)
    delta: Array = error * outputs * (1 - outputs)
    weights = binary_weights(targets, class_weight)
    return delta if weights is None else delta * weights


def brier(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    label_smoothing: float = 0.0,
    groups: Groups = None,
    class_weight: Weights = None,
) -> float:
    r"""Half the squared error of class probabilities: mean over rows.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \frac{1}{2} (p_{ik} - [k = c_i])^2

    Its derivative with respect to the scores, with p the softmax of them, is
    :func:`brier_delta`.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1; (n_samples, n_groups) with ``groups``.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    label_smoothing : float, default=0.0
        Smooths the targets, see :func:`smooth_labels`; in [0, 1).
    groups : sequence of int, default=None
        Number of columns per output; None means one output with all columns.
    class_weight : sequence of n_classes floats, default=None
        Factor of an output's loss if this column is the true class.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability",
    equation 2, halved.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import brier
    >>> brier(np.array([0]), np.array([[0.5, 0.5, 0.0]]))
    0.25
    """
    t = smoothed_indicators(targets, outputs, label_smoothing, groups)
    weights = column_weights(targets, outputs, groups, class_weight)
    return mean_over_rows(0.5 * (outputs - t) ** 2, sample_weight, weights)


def brier_delta(
    targets: Array,
    outputs: Array,
    *,
    label_smoothing: float = 0.0,
    groups: Groups = None,
    class_weight: Weights = None,
) -> Array:
    r"""Derivative of one row's :func:`brier` with respect to its scores.

    .. math:: \delta_k = p_k \left( e_k - \sum_j e_j p_j \right), \quad e_k = p_k - [k = c]

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities after the softmax.
    label_smoothing, groups, class_weight
        As in :func:`brier`.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    References
    ----------
    Brier (1950), as in :func:`brier`, and the derivative of the softmax: Bishop (2006),
    Pattern Recognition and Machine Learning, equation 4.106.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import brier_delta
    >>> brier_delta(np.array([0]), np.array([[0.5, 0.5]]))
    array([[-0.25,  0.25]])
    """
    error = outputs - smoothed_indicators(targets, outputs, label_smoothing, groups)
    delta = np.empty_like(outputs)
    for columns in groups_of(outputs.shape[1], groups):
        e, p = error[:, columns], outputs[:, columns]
        delta[:, columns] = p * (e - (e * p).sum(axis=1, keepdims=True))
    weights = column_weights(targets, outputs, groups, class_weight)
    return delta if weights is None else delta * weights
