"""Output links that are not activations of hidden layers too.

A link turns the raw scores of the last layer into the network's outputs; each loss names
its own. The identity and the logistic function are in ``activations.py``, that of the
quantiles is in ``quantiles.py``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import groups_of

__all__ = ["exponential", "softmax"]

Array = NDArray[Any]


def exponential(scores: Array) -> Array:
    r"""Exponential link: outputs are positive, scores are logarithms of means.

    .. math:: \hat y = e^{s}

    Parameters
    ----------
    scores : ndarray of any shape
        Raw scores; above 709 (float32: 88) the result is infinite.

    Returns
    -------
    ndarray of the shape and dtype of scores
        Values from 0 upwards.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, table 2.1: the canonical
    link of the Poisson distribution.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import exponential
    >>> exponential(np.array([0.0, 1.0])).round(4)
    array([1.    , 2.7183])
    """
    return np.exp(scores)


def softmax(scores: Array, *, groups: Sequence[int] | None = None) -> Array:
    r"""Softmax link: each row becomes a probability distribution over the classes.

    .. math:: p_k = \frac{e^{s_k - m}}{\sum_j e^{s_j - m}}, \quad m = \max_j s_j

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        Raw scores; the maximum of the row is taken off, so that no value overflows.
    groups : sequence of int, default=None
        Number of columns of each output, which has a distribution of its own; None is
        one output with all columns.

    Returns
    -------
    ndarray of the shape and dtype of scores
        Values in [0, 1]; each row of each output sums to 1.

    References
    ----------
    Bridle (1990), "Probabilistic Interpretation of Feedforward Classification Network
    Outputs".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import softmax
    >>> softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3.0)]]))
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    probabilities = np.empty_like(scores)
    for columns in groups_of(scores.shape[1], groups):
        s = scores[:, columns]
        powers = np.exp(s - s.max(axis=1, keepdims=True))
        probabilities[:, columns] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities
