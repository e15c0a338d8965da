"""Targets of classifiers: class indices, indicators, smoothed indicators and class weights.

An *output* predicts one class: all columns of a multiclass problem, one column of a
multi-label problem, or one group of columns if each column of the user's targets has its own
classes. ``groups`` holds the number of columns per output; None means a single output with
all columns.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "binary_weights",
    "clipped",
    "column_weights",
    "groups_of",
    "indicators",
    "mean_over_rows",
    "one_hot",
    "smooth_labels",
    "weightless_as_zero",
]

Array = NDArray[Any]
Groups = Sequence[int] | None
Weights = Sequence[float] | None


def one_hot(codes: Array, n_classes: int) -> Array:
    """Encode class indices as one-hot rows.

    Parameters
    ----------
    codes : ndarray of int, shape (n_samples,)
        Class indices from 0 to n_classes - 1.
    n_classes : int
        Number of columns.

    Returns
    -------
    ndarray of bool, shape (n_samples, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import one_hot
    >>> one_hot(np.array([2, 0]), 3).astype(int)
    array([[0, 0, 1],
           [1, 0, 0]])
    """
    is_class: Array = codes[:, np.newaxis] == np.arange(n_classes)
    return is_class


def smooth_labels(targets: Array, label_smoothing: float, n_classes: int | Array) -> Array:
    r"""Smooth class indicators: move some probability from the true class to all classes.

    .. math:: t_k = (1 - \epsilon) \, y_k + \frac{\epsilon}{K}

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_columns)
        0 or 1.
    label_smoothing : float
        :math:`\epsilon`, in [0, 1); 0 returns the targets themselves.
    n_classes : int or ndarray of shape (n_columns,)
        K, the number of classes of each column's output; 2 for binary targets.

    Returns
    -------
    ndarray of shape (n_samples, n_columns)

    References
    ----------
    Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016), "Rethinking the Inception
    Architecture for Computer Vision", section 7, with the uniform distribution.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import smooth_labels
    >>> smooth_labels(np.array([[0.0, 1.0]]), 0.1, 2)
    array([[0.05, 0.95]])
    """
    if label_smoothing == 0:
        return targets
    smoothed: Array = targets * (1 - label_smoothing) + label_smoothing / n_classes
    return smoothed


def clipped(probabilities: Array) -> Array:
    """Clip probabilities to [eps, 1 - eps], where the logarithm is finite."""
    eps = np.finfo(probabilities.dtype).eps
    result: Array = np.clip(probabilities, eps, 1 - eps)
    return result


def groups_of(n_columns: int, groups: Groups) -> Iterator[slice]:
    """Yield the columns of each output."""
    sizes = [n_columns] if groups is None else groups
    for start, stop in pairwise(np.cumsum([0, *sizes]).tolist()):
        yield slice(start, stop)


def indicators(codes: Array, n_columns: int, groups: Groups) -> Array:
    """Encode class indices (n_samples,) or (n_samples, n_groups) as a boolean matrix."""
    if groups is None:
        return one_hot(codes, n_columns)
    return np.hstack([one_hot(codes[:, g], size) for g, size in enumerate(groups)])


def classes_of_columns(n_columns: int, groups: Groups) -> int | Array:
    """Return the number of classes of each column's output."""
    return n_columns if groups is None else np.repeat(groups, groups)


def smoothed_indicators(
    codes: Array, outputs: Array, label_smoothing: float, groups: Groups
) -> Array:
    """Return indicators of the class indices; if smoothed, in the dtype of the outputs."""
    n_columns = outputs.shape[1]
    classes = indicators(codes, n_columns, groups)
    if label_smoothing == 0:
        return classes
    n_classes = classes_of_columns(n_columns, groups)
    return smooth_labels(classes, label_smoothing, n_classes).astype(outputs.dtype)


def column_weights(
    codes: Array, outputs: Array, groups: Groups, class_weight: Weights
) -> Array | None:
    """Return for each row and column the weight of its output's true class; None means 1."""
    if class_weight is None:
        return None
    chosen = indicators(codes, outputs.shape[1], groups) * np.asarray(class_weight)
    weights = np.empty_like(outputs)
    for columns in groups_of(outputs.shape[1], groups):
        weights[:, columns] = chosen[:, columns].sum(axis=1, keepdims=True)
    return weights


def binary_weights(targets: Array, class_weight: Weights) -> Array | None:
    """Return the weight of each binary target; ``class_weight`` has two entries per column."""
    if class_weight is None:
        return None
    of_zero, of_one = np.reshape(class_weight, (-1, 2)).T
    weights: Array = np.where(targets > 0.5, of_one, of_zero).astype(targets.dtype)
    return weights


def mean_over_rows(
    terms: Array, sample_weight: Array | None, class_weights: Array | None = None
) -> float:
    """Return the weighted mean over rows of the terms (n_samples, n), summed over columns."""
    if class_weights is not None:
        terms = terms * class_weights
    terms = weightless_as_zero(terms, sample_weight)
    return float(np.average(terms, weights=sample_weight, axis=0).sum())


def weightless_as_zero(terms: Array, sample_weight: Array | None) -> Array:
    """Replace the terms (n_samples, n) of rows with weight zero by 0.

    Their loss may be infinite, and infinity times zero is NaN.
    """
    if sample_weight is None or sample_weight.all():
        return terms
    counted: Array = np.where(sample_weight[:, np.newaxis] == 0, terms.dtype.type(0), terms)
    return counted
