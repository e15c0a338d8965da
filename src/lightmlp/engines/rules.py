"""The rules around an optimiser's step, in NumPy."""

from collections.abc import Sequence

import numpy as np

from .base import Array, Optimizer

__all__ = ["clip_norm", "clip_value", "limit_norms", "without_decay"]


def clip_value(gradients: Sequence[Array], limit: float) -> None:
    """Cut the entries of the gradients to [-limit, limit], in place.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import clip_value
    >>> gradient = np.array([3.0, -0.5])
    >>> clip_value([gradient], 1.0)
    >>> gradient
    array([ 1. , -0.5])
    """
    for gradient in gradients:
        np.clip(gradient, -limit, limit, out=gradient)


def clip_norm(gradients: Sequence[Array], limit: float) -> None:
    """Scale all gradients, in place, so that their common Euclidean norm is at most limit.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural
    networks", algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import clip_norm
    >>> gradients = [np.array([6.0]), np.array([[8.0]])]
    >>> clip_norm(gradients, 5.0)
    >>> [gradient.item() for gradient in gradients]
    [3.0, 4.0]
    """
    squares = sum(float(np.sum(np.square(gradient, dtype=float))) for gradient in gradients)
    norm = squares**0.5
    if norm > limit:
        for gradient in gradients:
            np.multiply(gradient, limit / norm, out=gradient)


def limit_norms(W: Array, limit: float) -> None:
    """Scale each column of the weights, in place, so that its norm is at most limit.

    References
    ----------
    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", section 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import limit_norms
    >>> W = np.array([[3.0, 0.1], [4.0, 0.2]])
    >>> limit_norms(W, 1.0)
    >>> W
    array([[0.6, 0.1],
           [0.8, 0.2]])
    """
    norms = np.sqrt(np.sum(np.square(W, dtype=float), axis=0))
    too_long = norms > limit
    W[:, too_long] *= (limit / norms[too_long]).astype(W.dtype)


def without_decay(optimizer: Optimizer) -> Optimizer:
    """Return the same rule without a weight decay of its own.

    Examples
    --------
    >>> from lightmlp.engines.rules import without_decay
    >>> from lightmlp.training.optimizers import AdamW
    >>> without_decay(AdamW(beta_1=0.5))
    AdamW(beta_1=0.5, weight_decay=0.0)
    """
    settings = optimizer.get_params()
    if "weight_decay" not in settings:
        return optimizer
    return type(optimizer)(**settings | {"weight_decay": 0.0})
