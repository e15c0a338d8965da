"""Targets of classifiers: class codes, indicators, softened indicators and class weights.

An *output* is what one class is predicted for: the whole network of a multiclass problem,
one column of a multi-label problem, one group of columns where each column of the user's
targets has classes of its own. ``groups`` are the numbers of columns of each output; None
is a single output with all columns.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "clipped",
    "column_weights",
    "groups_of",
    "indicators",
    "mean_over_rows",
    "one_hot",
    "smooth_labels",
    "weightless_as_zero",
    "yes_no_weights",
]

Array = NDArray[Any]
Groups = Sequence[int] | None
Weights = Sequence[float] | None


def one_hot(codes: Array, n_classes: int) -> Array:
    """Write class codes as rows of zeros with a single one.

    Parameters
    ----------
    codes : ndarray of int, shape (n_samples,)
        Class codes from 0 to n_classes - 1.
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
    r"""Soften indicators of classes: certainty is taken from the true class and shared out.

    .. math:: t_k = (1 - \epsilon) \, y_k + \frac{\epsilon}{K}

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_columns)
        0 or 1.
    label_smoothing : float
        :math:`\epsilon`, in [0, 1); 0 returns the targets themselves.
    n_classes : int or ndarray of shape (n_columns,)
        K, the classes of the output that each column belongs to; 2 for yes-no targets.

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
    """Keep probabilities one unit of rounding away from 0 and 1, where log is infinite."""
    eps = np.finfo(probabilities.dtype).eps
    result: Array = np.clip(probabilities, eps, 1 - eps)
    return result


def groups_of(n_columns: int, groups: Groups) -> Iterator[slice]:
    """Yield the columns of each output."""
    sizes = [n_columns] if groups is None else groups
    for start, stop in pairwise(np.cumsum([0, *sizes]).tolist()):
        yield slice(start, stop)


def indicators(codes: Array, n_columns: int, groups: Groups) -> Array:
    """Write codes (n_samples,) or (n_samples, n_groups) as a boolean matrix."""
    if groups is None:
        return one_hot(codes, n_columns)
    return np.hstack([one_hot(codes[:, g], size) for g, size in enumerate(groups)])


def classes_of_columns(n_columns: int, groups: Groups) -> int | Array:
    """Number of classes of the output that each column belongs to."""
    return n_columns if groups is None else np.repeat(groups, groups)


def smoothed_indicators(
    codes: Array, outputs: Array, label_smoothing: float, groups: Groups
) -> Array:
    """Indicators of the codes, softened, in the dtype of the outputs where they are."""
    n_columns = outputs.shape[1]
    classes = indicators(codes, n_columns, groups)
    if label_smoothing == 0:
        return classes
    n_classes = classes_of_columns(n_columns, groups)
    return smooth_labels(classes, label_smoothing, n_classes).astype(outputs.dtype)


def column_weights(
    codes: Array, outputs: Array, groups: Groups, class_weight: Weights
) -> Array | None:
    """Weight of the true class of its output, for each row and column; None is 1."""
    if class_weight is None:
        return None
    chosen = indicators(codes, outputs.shape[1], groups) * np.asarray(class_weight)
    weights = np.empty_like(outputs)
    for columns in groups_of(outputs.shape[1], groups):
        weights[:, columns] = chosen[:, columns].sum(axis=1, keepdims=True)
    return weights


def yes_no_weights(targets: Array, class_weight: Weights) -> Array | None:
    """Weight of each yes-no target; ``class_weight`` has no and yes of each column in turn."""
    if class_weight is None:
        return None
    no, yes = np.reshape(class_weight, (-1, 2)).T
    weights: Array = np.where(targets > 0.5, yes, no).astype(targets.dtype)
    return weights


def mean_over_rows(
    terms: Array, sample_weight: Array | None, class_weights: Array | None = None
) -> float:
    """Weighted mean over the rows of (n_samples, n) terms, summed over their columns."""
    if class_weights is not None:
        terms = terms * class_weights
    terms = weightless_as_zero(terms, sample_weight)
    return float(np.average(terms, weights=sample_weight, axis=0).sum())


def weightless_as_zero(terms: Array, sample_weight: Array | None) -> Array:
    """Replace the terms (n_samples, n) of rows of weight zero by 0.

    Their loss may be infinite, and infinity times zero is not a number.
    """
    if sample_weight is None or sample_weight.all():
        return terms
    counted: Array = np.where(sample_weight[:, np.newaxis] == 0, terms.dtype.type(0), terms)
    return counted
