"""Log-losses: binary targets with the logistic function, class indices with the softmax."""

from typing import Any

from numpy.typing import NDArray
from scipy.special import xlogy

from .class_targets import (
    Groups,
    Weights,
    binary_weights,
    clipped,
    column_weights,
    mean_over_rows,
    smooth_labels,
    smoothed_indicators,
)

__all__ = ["binary_log_loss", "binary_log_loss_delta", "log_loss", "log_loss_delta"]

Array = NDArray[Any]


def binary_log_loss(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    label_smoothing: float = 0.0,
    class_weight: Weights = None,
) -> float:
    r"""Log-loss of binary targets: mean over rows, sum over outputs.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              y_{ik} \ln p_{ik} + (1 - y_{ik}) \ln(1 - p_{ik}) \right)

    One output is binary classification, several are multi-label classification. Its
    derivative with respect to the scores, with p the logistic function of them, is
    :func:`binary_log_loss_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities of 1; clipped to [eps, 1 - eps], eps of their dtype.
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
    Bishop (2006), Pattern Recognition and Machine Learning, equations 5.21 and 5.23.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_log_loss
    >>> round(binary_log_loss(np.array([[1.0], [0.0]]), np.array([[0.5], [0.5]])), 6)
    0.693147
    """
    p = clipped(outputs)
    t = smooth_labels(targets, label_smoothing, 2)
    log_likelihood = xlogy(t, p) + xlogy(1 - t, 1 - p)
    return -mean_over_rows(log_likelihood, sample_weight, binary_weights(targets, class_weight))


def binary_log_loss_delta(
    targets: Array,
    outputs: Array,
    *,
    label_smoothing: float = 0.0,
    class_weight: Weights = None,
) -> Array:
    r"""Derivative of one row's :func:`binary_log_loss` with respect to its scores.

    .. math:: \delta_{ik} = \frac{\partial L_i}{\partial s_{ik}} = p_{ik} - y_{ik}

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities after the logistic function, which are not clipped here.
    label_smoothing, class_weight
        As in :func:`binary_log_loss`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, equation 5.18 and
    section 4.3.6, "Canonical link functions".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_log_loss_delta
    >>> binary_log_loss_delta(np.array([[1.0]]), np.array([[0.75]]))
    array([[-0.25]])
    """
    delta: Array = outputs - smooth_labels(targets, label_smoothing, 2)
    weights = binary_weights(targets, class_weight)
    return delta if weights is None else delta * weights


def log_loss(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    label_smoothing: float = 0.0,
    groups: Groups = None,
    class_weight: Weights = None,
) -> float:
    r"""Log-loss of one class out of several, the cross-entropy: mean over rows.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i \ln p_{i c_i}

    where :math:`c_i` is the class of row i; with ``groups`` the sum over the outputs. Its
    derivative with respect to the scores, with p the softmax of them, is
    :func:`log_loss_delta`.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1; (n_samples, n_groups) with ``groups``.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities; clipped to [eps, 1 - eps], eps of their dtype.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    label_smoothing : float, default=0.0
        Smooths the targets, see :func:`smooth_labels`; in [0, 1). Then the loss is
        :math:`-\sum_k t_k \ln p_k`.
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
    Bishop (2006), Pattern Recognition and Machine Learning, equation 5.24.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import log_loss
    >>> probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    >>> round(log_loss(np.array([0, 1]), probabilities), 6)
    0.458145
    """
    t = smoothed_indicators(targets, outputs, label_smoothing, groups)
    log_likelihood = xlogy(t, clipped(outputs))
    weights = column_weights(targets, outputs, groups, class_weight)
    return -mean_over_rows(log_likelihood, sample_weight, weights)


def log_loss_delta(
    targets: Array,
    outputs: Array,
    *,
    label_smoothing: float = 0.0,
    groups: Groups = None,
    class_weight: Weights = None,
) -> Array:
    r"""Derivative of one row's :func:`log_loss` with respect to its scores.

    .. math:: \delta_{ik} = \frac{\partial L_i}{\partial s_{ik}} = p_{ik} - [k = c_i]

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities after the softmax.
    label_smoothing, groups, class_weight
        As in :func:`log_loss`.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4,
    equation 4.109.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import log_loss_delta
    >>> log_loss_delta(np.array([0]), np.array([[0.5, 0.25, 0.25]]))
    array([[-0.5 ,  0.25,  0.25]])
    """
    delta: Array = outputs - smoothed_indicators(targets, outputs, label_smoothing, groups)
    weights = column_weights(targets, outputs, groups, class_weight)
    return delta if weights is None else delta * weights
