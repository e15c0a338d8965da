"""Inverse links that are not also activations of hidden layers.

An inverse link maps the raw scores of the last layer to the network's outputs; each loss
has one. The identity and the logistic function are in ``activations``, the link of the
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
    r"""Exponential, the inverse of the log link: outputs are positive means.

    .. math:: \hat y = e^{s}

    Parameters
    ----------
    scores : ndarray of any shape
        Raw scores; above 709 (float32: 88) the result is infinite.

    Returns
    -------
    ndarray of the shape and dtype of scores
        Non-negative values.

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
    r"""Softmax: each row becomes a probability distribution over the classes.

    .. math:: p_k = \frac{e^{s_k - m}}{\sum_j e^{s_j - m}}, \quad m = \max_j s_j

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        Raw scores; the maximum of each row is subtracted, so that no value overflows.
    groups : sequence of int, default=None
        Number of columns per output, each with its own distribution; None means one
        output with all columns.

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
