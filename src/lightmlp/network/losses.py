"""Losses, each with the link that turns the network's raw scores into its outputs.

Shapes: ``scores`` and ``outputs`` are (n_samples, n_outputs), ``sample_weight`` is
(n_samples,) or None for equal weights. ``targets`` are (n_samples, n_outputs), but
(n_samples,) integer class codes for the loss ``"log_loss"``. float32 and float64 are kept.

Each link is the canonical one of its loss, and therefore the derivative of one row's loss
with respect to its scores, the "delta" from which backpropagation starts, is simply
``outputs - targets``. :data:`LOSSES` is the table that engines and tests read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from .activations import identity, logistic
from .links import exponential, softmax

__all__ = [
    "LOSSES",
    "Loss",
    "binary_log_loss",
    "canonical_delta",
    "log_loss",
    "log_loss_delta",
    "one_hot",
    "poisson",
    "squared_error",
]

Array = NDArray[Any]


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


def _clipped(probabilities: Array) -> Array:
    """Keep probabilities one unit of rounding away from 0 and 1, where log is infinite."""
    eps = np.finfo(probabilities.dtype).eps
    clipped: Array = np.clip(probabilities, eps, 1 - eps)
    return clipped


def squared_error(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Half the mean squared error, over rows and outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \frac{1}{2 K} \sum_{k=1}^{K}
              (\hat y_{ik} - y_{ik})^2

    Its derivative with respect to the scores of row i (before weighting) is
    :math:`(\hat y_{ik} - y_{ik}) / K`; :func:`canonical_delta` leaves the 1 / K out, as
    scikit-learn does in training, and ``LOSSES["squared_error"].mean_factor(K)`` is it.

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values, any real numbers.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights from 0 upwards, not all zero.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, equation 5.14; the variant
    of scikit-learn, a mean over rows and outputs instead of a sum.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import squared_error
    >>> squared_error(np.array([[1.0], [2.0]]), np.array([[1.0], [4.0]]))
    1.0
    """
    squares = (targets - outputs) ** 2
    return float(0.5 * np.average(squares, weights=sample_weight, axis=0).mean())


def poisson(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Half the Poisson deviance: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              y_{ik} \ln\frac{y_{ik}}{\hat y_{ik}} - y_{ik} + \hat y_{ik} \right)

    with 0 ln 0 = 0. Its derivative with respect to the scores, with
    :math:`\hat y = e^{s}`, is :func:`canonical_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Counts or rates, from 0 upwards.
    outputs : ndarray of shape (n_samples, n_outputs)
        Predicted means, above 0.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights from 0 upwards, not all zero.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.3.1, Poisson row of
    the table of deviances, halved.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import poisson
    >>> round(poisson(np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]])), 6)
    0.693147
    """
    half_deviance = xlogy(targets, targets / outputs) - targets + outputs
    return float(np.average(half_deviance, weights=sample_weight, axis=0).sum())


def binary_log_loss(
    targets: Array, outputs: Array, sample_weight: Array | None = None
) -> float:
    r"""Log-loss of yes-no targets: mean over rows, sum over outputs.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              y_{ik} \ln p_{ik} + (1 - y_{ik}) \ln(1 - p_{ik}) \right)

    One output is binary classification, several are multi-label classification. Its
    derivative with respect to the scores, with p the logistic function of them, is
    :func:`canonical_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        0 or 1.
    outputs : ndarray of shape (n_samples, n_outputs)
        Probabilities of 1; clipped to [eps, 1 - eps], eps of their dtype.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights from 0 upwards, not all zero.

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
    p = _clipped(outputs)
    log_likelihood = xlogy(targets, p) + xlogy(1 - targets, 1 - p)
    return -float(np.average(log_likelihood, weights=sample_weight, axis=0).sum())


def log_loss(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Log-loss of one class out of several, the cross-entropy: mean over rows.

    .. math:: L = -\frac{1}{\sum_i w_i} \sum_i w_i \ln p_{i c_i}

    where :math:`c_i` is the class of row i. Its derivative with respect to the scores,
    with p the softmax of them, is :func:`log_loss_delta`.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class codes from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities; clipped to [eps, 1 - eps], eps of their dtype.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights from 0 upwards, not all zero.

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
    classes = one_hot(targets, outputs.shape[1])
    log_likelihood = xlogy(classes, _clipped(outputs))
    return -float(np.average(log_likelihood, weights=sample_weight, axis=0).sum())


def canonical_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's loss with respect to its scores.

    .. math:: \delta_{ik} = \frac{\partial L_i}{\partial s_{ik}} = \hat y_{ik} - y_{ik}

    It is the same for squared error with the identity, poisson with the exponential
    and binary log-loss with the logistic function: each link is the canonical one of
    its loss. (For squared error of several outputs see :func:`squared_error`.)

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True values, and outputs after the link.

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
    >>> from lightmlp.network import canonical_delta
    >>> canonical_delta(np.array([[1.0], [0.0]]), np.array([[0.75], [0.5]]))
    array([[-0.25],
           [ 0.5 ]])
    """
    return outputs - targets


def log_loss_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's :func:`log_loss` with respect to its scores.

    .. math:: \delta_{ik} = \frac{\partial L_i}{\partial s_{ik}} = p_{ik} - [k = c_i]

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Class codes from 0 to n_classes - 1.
    outputs : ndarray of shape (n_samples, n_classes)
        Probabilities after the softmax.

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
    return outputs - one_hot(targets, outputs.shape[1])


@dataclass(frozen=True)
class Loss:
    """One row of :data:`LOSSES`.

    Parameters
    ----------
    name : str
        Its name in a :class:`lightmlp.network.Network`.
    link_name : str
        Name of the link, the estimators' ``out_activation_``.
    link : callable
        ``link(scores) -> outputs``.
    value : callable
        ``value(targets, outputs, sample_weight) -> float``.
    delta : callable
        ``delta(targets, outputs)``, the derivative of one row's loss with respect to its
        scores, (n_samples, n_outputs), as scikit-learn's training follows it.
    target_range : str
        Which targets are allowed.
    source : str
        Where loss and link are described.
    is_mean_over_outputs : bool, default=False
        Whether ``value`` is a mean over the outputs; else it is a sum over them.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import LOSSES
    >>> loss = LOSSES["binary_log_loss"]
    >>> outputs = loss.link(np.array([[0.0]]))
    >>> loss.delta(np.array([[1.0]]), outputs)
    array([[-0.5]])
    """

    name: str
    link_name: str
    link: Callable[[Array], Array]
    value: Callable[[Array, Array, Array | None], float]
    delta: Callable[[Array, Array], Array]
    target_range: str
    source: str
    is_mean_over_outputs: bool = False

    def mean_factor(self, n_outputs: int) -> float:
        """Return the factor that makes ``delta`` the true derivative of ``value``."""
        return 1.0 / n_outputs if self.is_mean_over_outputs else 1.0


LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss(
            "squared_error",
            "identity",
            identity,
            squared_error,
            canonical_delta,
            "any real number",
            "Bishop (2006), equation 5.14",
            is_mean_over_outputs=True,
        ),
        Loss(
            "poisson",
            "exp",
            exponential,
            poisson,
            canonical_delta,
            "0 or above",
            "McCullagh and Nelder (1989), section 2.3.1",
        ),
        Loss(
            "binary_log_loss",
            "logistic",
            logistic,
            binary_log_loss,
            canonical_delta,
            "0 or 1",
            "Bishop (2006), equations 5.21 and 5.23",
        ),
        Loss(
            "log_loss",
            "softmax",
            softmax,
            log_loss,
            log_loss_delta,
            "class codes 0 to n_classes - 1",
            "Bishop (2006), equation 5.24; Bridle (1990)",
        ),
    )
}
