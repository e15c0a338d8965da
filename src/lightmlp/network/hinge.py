"""Hinge losses: the true class should lead by a margin; scores are not probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import (
    Groups,
    Weights,
    binary_weights,
    column_weights,
    groups_of,
    indicators,
    mean_over_rows,
)

__all__ = ["binary_hinge", "binary_hinge_delta", "hinge", "hinge_delta"]

Array = NDArray[Any]


def _signs(targets: Array) -> Array:
    return 2 * targets - 1


def binary_hinge(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    class_weight: Weights = None,
) -> float:
    r"""Hinge loss of binary targets: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k
              \max(0, 1 - (2 y_{ik} - 1) s_{ik})

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Scores, any real numbers; positive ones predict 1.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
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
    Cortes and Vapnik (1995), "Support-vector networks", Machine Learning 20,
    equation 15: the slack, not squared.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_hinge
    >>> binary_hinge(np.array([[1.0], [0.0]]), np.array([[0.25], [-3.0]]))
    0.375
    """
    slack = np.maximum(0, 1 - _signs(targets) * outputs)
    return mean_over_rows(slack, sample_weight, binary_weights(targets, class_weight))


def binary_hinge_delta(
    targets: Array, outputs: Array, *, class_weight: Weights = None
) -> Array:
    r"""Derivative of one row's :func:`binary_hinge`; 0 at the kink.

    .. math:: \delta_{ik} = -(2 y_{ik} - 1) \, [(2 y_{ik} - 1) s_{ik} < 1]

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Scores.
    class_weight
        As in :func:`binary_hinge`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Cortes and Vapnik (1995), "Support-vector networks", Machine Learning 20,
    equation 15.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import binary_hinge_delta
    >>> binary_hinge_delta(np.array([[1.0, 0.0]]), np.array([[0.25, -3.0]]))
    array([[-1.,  0.]])
    """
    signs = _signs(targets)
    delta: Array = np.where(signs * outputs < 1, -signs, np.zeros_like(signs))
    weights = binary_weights(targets, class_weight)
    return delta if weights is None else delta * weights


def _leads(classes: Array, scores: Array) -> tuple[Array, Array]:
    """Return for one output the column of the best wrong class, and its lead.

    An output with a single class has no wrong class: the lead is minus infinity.
    """
    wrong = np.where(classes, -np.inf, scores)
    rival = wrong.argmax(axis=1)
    lead = wrong.max(axis=1) - np.where(classes, scores, 0).sum(axis=1)
    return rival, lead


def hinge(
    targets: Array,
    outputs: Array,
    sample_weight: Array | None = None,
    *,
    groups: Groups = None,
    class_weight: Weights = None,
) -> float:
    r"""Hinge loss of one class out of several: mean over rows.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i
              \max\left(0, 1 + \max_{k \neq c_i} s_{ik} - s_{i c_i}\right)

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1; (n_samples, n_groups) with ``groups``.
    outputs : ndarray of shape (n_samples, n_classes)
        Scores, any real numbers; the highest one predicts the class.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
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
    Crammer and Singer (2001), "On the algorithmic implementation of multiclass
    kernel-based vector machines", JMLR 2, equation 4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hinge
    >>> hinge(np.array([0, 2]), np.array([[1.0, 0.5, 0.0], [0.0, 0.0, 4.0]]))
    0.25
    """
    classes = indicators(targets, outputs.shape[1], groups)
    terms = np.zeros_like(outputs)
    for columns in groups_of(outputs.shape[1], groups):
        _, lead = _leads(classes[:, columns], outputs[:, columns])
        terms[:, columns.start] = np.maximum(0, 1 + lead)
    weights = column_weights(targets, outputs, groups, class_weight)
    return mean_over_rows(terms, sample_weight, weights)


def hinge_delta(
    targets: Array, outputs: Array, *, groups: Groups = None, class_weight: Weights = None
) -> Array:
    r"""Derivative of one row's :func:`hinge`; 0 at the kink.

    .. math:: \delta_k = [k = r] - [k = c] \text{ where } s_r - s_c > -1, \text{ else } 0

    where r is the wrong class with the highest score, the first one in case of ties.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Scores.
    groups, class_weight
        As in :func:`hinge`.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    References
    ----------
    Crammer and Singer (2001), "On the algorithmic implementation of multiclass
    kernel-based vector machines", JMLR 2, equation 4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hinge_delta
    >>> hinge_delta(np.array([0]), np.array([[1.0, 0.5, 0.0]]))
    array([[-1.,  1.,  0.]])
    """
    classes = indicators(targets, outputs.shape[1], groups)
    delta = np.zeros_like(outputs)
    for columns in groups_of(outputs.shape[1], groups):
        rival, lead = _leads(classes[:, columns], outputs[:, columns])
        rows = np.flatnonzero(lead > -1)
        delta[:, columns][rows, rival[rows]] = 1
        delta[:, columns][rows] -= classes[:, columns][rows]
    weights = column_weights(targets, outputs, groups, class_weight)
    return delta if weights is None else delta * weights
