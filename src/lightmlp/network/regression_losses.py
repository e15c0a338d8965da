"""Losses of real targets, with the identity as inverse link."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .class_targets import mean_over_rows, weightless_as_zero

__all__ = [
    "absolute_error",
    "absolute_error_delta",
    "canonical_delta",
    "huber",
    "huber_delta",
    "log_cosh",
    "log_cosh_delta",
    "squared_error",
]

Array = NDArray[Any]


def canonical_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's loss with respect to its scores.

    .. math:: \delta_{ik} = \frac{\partial L_i}{\partial s_{ik}} = \hat y_{ik} - y_{ik}

    It is the same for squared error with the identity and for poisson with the
    exponential (and for log-losses with the logistic function or the softmax): each link
    is the canonical one of its loss. (For squared error of several outputs see
    :func:`squared_error`.)

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True values, and outputs after the inverse link.

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
        Non-negative weights, not all zero.

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
    squares = weightless_as_zero(squares, sample_weight)
    return float(0.5 * np.average(squares, weights=sample_weight, axis=0).mean())


def absolute_error(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Absolute error: mean over rows, sum over outputs. It is minimal at the median.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k |\hat y_{ik} - y_{ik}|

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values, any real numbers.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Bloomfield and Steiger (1983), Least Absolute Deviations, section 1.1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import absolute_error
    >>> absolute_error(np.array([[1.0], [2.0]]), np.array([[1.0], [4.0]]))
    1.0
    """
    return mean_over_rows(np.abs(outputs - targets), sample_weight)


def absolute_error_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's :func:`absolute_error`; 0 at the kink.

    .. math:: \delta_{ik} = \operatorname{sign}(\hat y_{ik} - y_{ik})

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Bloomfield and Steiger (1983), Least Absolute Deviations, section 1.3.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import absolute_error_delta
    >>> absolute_error_delta(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]))
    array([[0., 1.]])
    """
    signs: Array = np.sign(outputs - targets)
    return signs


def huber(
    targets: Array, outputs: Array, sample_weight: Array | None = None, *, delta: float
) -> float:
    r"""Huber's loss: mean over rows, sum over outputs. Large errors count linearly.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \rho(\hat y_{ik} - y_{ik}), \quad
              \rho(r) = \begin{cases} r^2 / 2 & |r| \le \delta \\
              \delta (|r| - \delta / 2) & \text{else} \end{cases}

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values, any real numbers.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    delta : float
        Error at which the loss becomes linear, > 0, in the unit of the targets.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Huber (1964), "Robust Estimation of a Location Parameter", Annals of Mathematical
    Statistics 35, section 1, with a fixed delta: errors are not scaled.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import huber
    >>> huber(np.array([[1.0], [2.0]]), np.array([[2.0], [5.0]]), delta=1)
    1.5
    """
    size = np.abs(outputs - targets)
    square = np.minimum(size, delta)
    return mean_over_rows(square * (size - 0.5 * square), sample_weight)


def huber_delta(targets: Array, outputs: Array, *, delta: float) -> Array:
    r"""Derivative of one row's :func:`huber` loss.

    .. math:: \delta_{ik} = \max(-\delta, \min(\delta, \hat y_{ik} - y_{ik}))

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values.
    delta : float
        As in :func:`huber`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Huber (1964), "Robust Estimation of a Location Parameter", Annals of Mathematical
    Statistics 35, section 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import huber_delta
    >>> huber_delta(np.array([[1.0, 2.0]]), np.array([[1.5, 5.0]]), delta=1)
    array([[0.5, 1. ]])
    """
    errors: Array = np.clip(outputs - targets, -delta, delta)
    return errors


def log_cosh(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Logarithm of the hyperbolic cosine of the error: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \ln\cosh(\hat y_{ik} - y_{ik})

    A smooth relative of Huber's loss: about r^2 / 2 for small and |r| - ln 2 for large
    errors.

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values, any real numbers.
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Saleh and Saleh (2022), "Statistical Properties of the log-cosh Loss Function Used
    in Machine Learning", equation 1; computed as :math:`|r| + \ln(1 + e^{-2|r|}) - \ln 2`,
    which does not overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import log_cosh
    >>> round(log_cosh(np.array([[0.0], [0.0]]), np.array([[0.0], [1000.0]])), 6)
    499.653426
    """
    size = np.abs(outputs - targets)
    return mean_over_rows(size + np.log1p(np.exp(-2 * size)) - math.log(2), sample_weight)


def log_cosh_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's :func:`log_cosh` loss.

    .. math:: \delta_{ik} = \tanh(\hat y_{ik} - y_{ik})

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        True and predicted values.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    Saleh and Saleh (2022), "Statistical Properties of the log-cosh Loss Function Used
    in Machine Learning", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import log_cosh_delta
    >>> log_cosh_delta(np.array([[1.0, 2.0]]), np.array([[1.0, 1e4]]))
    array([[0., 1.]])
    """
    slopes: Array = np.tanh(outputs - targets)
    return slopes
