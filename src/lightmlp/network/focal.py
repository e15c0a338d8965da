"""Focal losses: log-losses that down-weight rows that are already predicted well."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import (
    Groups,
    Weights,
    binary_weights,
    clipped,
    column_weights,
    groups_of,
    indicators,
    mean_over_rows,
)

__all__ = ["binary_focal", "binary_focal_delta", "focal", "focal_delta"]

Array = NDArray[Any]


def _focus(true_class: Array, gamma: float) -> Array:
    """Return the ratio of the deltas of focal loss and log-loss, given clipped p."""
    doubt = 1 - true_class
    factor: Array = doubt**gamma * (1 - gamma * true_class * np.log(true_class) / doubt)
    return factor


def binary_focal(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    gamma: float,
    class_weight: Weights = None,
) -> float:
    r"""Focal loss of binary targets: mean over rows, sum over outputs.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i \sum_k (1 - q_{ik})^\gamma \ln q_{ik},
              \quad q = y p + (1 - y) (1 - p)

    Its derivative with respect to the scores, with p the logistic function of them, is
    :func:`binary_focal_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities of 1; clipped to [eps, 1 - eps], eps of their dtype.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    gamma : float
        Strength of the down-weighting of well-predicted rows, >= 0; 0 is the log-loss.
    class_weight : sequence of 2 * n_outputs floats, default=None
        Factors for y = 0 and y = 1 of each output in turn: the
        alpha of the paper.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), "Focal Loss for Dense Object Detection",
    equation 4 (equation 5 with class weights).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_focal
    >>> round(binary_focal(np.array([[1.0]]), np.array([[0.5]]), gamma=1), 6)
    0.346574
    """
    p = clipped(outputs)
    q = np.where(targets > 0.5, p, 1 - p)
    terms = -((1 - q) ** gamma) * np.log(q)
    return mean_over_rows(terms, sample_weight, binary_weights(targets, class_weight))


def binary_focal_delta(
    targets: Array, outputs: Array, *, gamma: float, class_weight: Weights = None
) -> Array:
    r"""Derivative of one row's :func:`binary_focal` with respect to its scores.

    .. math:: \delta_{ik} = (1 - q)^\gamma \left( 1 - \gamma \frac{q \ln q}{1 - q} \right)
              (p_{ik} - y_{ik})

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities after the logistic function; clipped in the first two factors.
    gamma, class_weight
        As in :func:`binary_focal`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), "Focal Loss for Dense Object Detection",
    appendix B, equation 11.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_focal_delta
    >>> binary_focal_delta(np.array([[1.0]]), np.array([[0.5]]), gamma=1).round(4)
    array([[-0.4233]])
    """
    p = clipped(outputs)
    q = np.where(targets > 0.5, p, 1 - p)
    delta: Array = _focus(q, gamma) * (outputs - targets)
    weights = binary_weights(targets, class_weight)
    return delta if weights is None else delta * weights


def focal(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    gamma: float,
    groups: Groups = None,
    class_weight: Weights = None,
) -> float:
    r"""Focal loss of one class out of several: mean over rows.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i (1 - p_{i c_i})^\gamma \ln p_{i c_i}

    Its derivative with respect to the scores, with p the softmax of them, is
    :func:`focal_delta`.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1; (n_samples, n_groups) with ``groups``.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities; clipped to [eps, 1 - eps], eps of their dtype.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    gamma : float
        Strength of the down-weighting of well-predicted rows, >= 0; 0 is the log-loss.
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
    Lin, Goyal, Girshick, He and Dollár (2017), "Focal Loss for Dense Object Detection",
    equation 4; the variant with the softmax in place of the logistic function.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import focal
    >>> round(focal(np.array([0]), np.array([[0.5, 0.25, 0.25]]), gamma=1), 6)
    0.346574
    """
    p = clipped(outputs)
    classes = indicators(targets, outputs.shape[1], groups)
    terms = np.where(classes, -((1 - p) ** gamma) * np.log(p), 0)
    weights = column_weights(targets, outputs, groups, class_weight)
    return mean_over_rows(terms, sample_weight, weights)


def focal_delta(
    targets: Array,
    outputs: Array,
    *,
    gamma: float,
    groups: Groups = None,
    class_weight: Weights = None,
) -> Array:
    r"""Derivative of one row's :func:`focal` with respect to its scores.

    .. math:: \delta_k = (1 - p_c)^\gamma \left( 1 - \gamma \frac{p_c \ln p_c}{1 - p_c}
              \right) (p_k - [k = c])

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities after the softmax; clipped in the first two factors.
    gamma, groups, class_weight
        As in :func:`focal`.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), "Focal Loss for Dense Object Detection",
    appendix B, equation 11, with the softmax.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import focal_delta
    >>> focal_delta(np.array([0]), np.array([[0.5, 0.5]]), gamma=1).round(4)
    array([[-0.4233,  0.4233]])
    """
    n_columns = outputs.shape[1]
    classes = indicators(targets, n_columns, groups)
    focus = np.where(classes, _focus(clipped(outputs), gamma), 0)
    delta = outputs - classes
    for columns in groups_of(n_columns, groups):
        delta[:, columns] *= focus[:, columns].sum(axis=1, keepdims=True)
    weights = column_weights(targets, outputs, groups, class_weight)
    return delta if weights is None else delta * weights
