"""Deviances of positive or non-negative targets; the predicted mean is exp(score)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from .class_targets import mean_over_rows

__all__ = ["gamma_deviance", "gamma_deviance_delta", "poisson", "tweedie", "tweedie_delta"]

Array = NDArray[Any]


def _finite_means(outputs: Array) -> Array:
    """Clip means in double precision, so that logarithms and powers are finite.

    As with the probabilities of log-losses, values are clipped but derivatives are not.
    """
    return np.clip(outputs.astype(np.float64), 1e-100, 1e100)


def poisson(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Half the Poisson deviance: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              y_{ik} \ln\frac{y_{ik}}{\hat y_{ik}} - y_{ik} + \hat y_{ik} \right)

    with 0 ln 0 = 0. Its derivative with respect to the scores, with
    :math:`\hat y = e^{s}`, is :func:`canonical_delta`.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Counts or rates, >= 0.
    outputs : ndarray of shape (n_samples, n_outputs)
        Predicted means, >= 0; clipped to [1e-100, 1e100].
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
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.3.1, Poisson row of
    the table of deviances, halved.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import poisson
    >>> round(poisson(np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]])), 6)
    0.693147
    """
    means = _finite_means(outputs)
    half_deviance = xlogy(targets, targets / means) - targets + means
    return mean_over_rows(half_deviance, sample_weight)


def gamma_deviance(targets: Array, outputs: Array, sample_weight: Array | None = None) -> float:
    r"""Half the gamma deviance: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              \frac{y_{ik}}{\hat y_{ik}} - \ln\frac{y_{ik}}{\hat y_{ik}} - 1 \right)

    It depends only on the ratio: an error of ten percent costs the same at any scale.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Positive values.
    outputs : ndarray of shape (n_samples, n_outputs)
        Predicted means, >= 0; clipped to [1e-100, 1e100].
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
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.3.1, gamma row of
    the table of deviances, halved; with the log link (section 8.3.2).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gamma_deviance
    >>> round(gamma_deviance(np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]])), 6)
    0.153426
    """
    ratios = targets / _finite_means(outputs)
    return mean_over_rows(ratios - np.log(ratios) - 1, sample_weight)


def gamma_deviance_delta(targets: Array, outputs: Array) -> Array:
    r"""Derivative of one row's :func:`gamma_deviance` with respect to its scores.

    .. math:: \delta_{ik} = 1 - \frac{y_{ik}}{\hat y_{ik}}

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        Positive values and predicted means.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 8.3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gamma_deviance_delta
    >>> gamma_deviance_delta(np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]]))
    array([[ 0., -1.]])
    """
    return 1 - targets / outputs


def tweedie(
    targets: Array, outputs: Array, sample_weight: Array | None = None, *, power: float
) -> float:
    r"""Half the Tweedie deviance: mean over rows, sum over outputs.

    .. math:: L = \frac{1}{\sum_i w_i} \sum_i w_i \sum_k \left(
              \frac{y_{ik}^{2 - p}}{(1 - p) (2 - p)} - \frac{y_{ik} \hat y_{ik}^{1 - p}}{1 - p}
              + \frac{\hat y_{ik}^{2 - p}}{2 - p} \right)

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Non-negative values; positive if the power is above 2.
    outputs : ndarray of shape (n_samples, n_outputs)
        Predicted means, >= 0; clipped to [1e-100, 1e100].
    sample_weight : ndarray of shape (n_samples,), default=None
        Non-negative weights, not all zero.
    power : float
        p: the variance is proportional to the mean to this power. Above 1 and not 2;
        between 1 and 2 the targets are sums of a random number of gamma variables. (1 is
        :func:`poisson` and 2 is :func:`gamma_deviance`.)

    Returns
    -------
    float

    Raises
    ------
    ZeroDivisionError
        If the weights sum to zero.

    References
    ----------
    Jørgensen (1987), "Exponential dispersion models", JRSS B 49, section 4; the deviance
    as in Dunn and Smyth (2005), "Series evaluation of Tweedie exponential dispersion
    model densities", halved, with the log link.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import tweedie
    >>> round(tweedie(np.array([[0.0], [4.0]]), np.array([[1.0], [1.0]]), power=1.5), 6)
    2.0
    """
    means = _finite_means(outputs)
    p, y = power, targets.astype(np.float64)
    terms = (
        y ** (2 - p) / ((1 - p) * (2 - p))
        - y * means ** (1 - p) / (1 - p)
        + means ** (2 - p) / (2 - p)
    )
    return mean_over_rows(terms, sample_weight)


def tweedie_delta(targets: Array, outputs: Array, *, power: float) -> Array:
    r"""Derivative of one row's :func:`tweedie` deviance with respect to its scores.

    .. math:: \delta_{ik} = \hat y_{ik}^{1 - p} (\hat y_{ik} - y_{ik})

    Parameters
    ----------
    targets, outputs : ndarray of shape (n_samples, n_outputs)
        Non-negative values and predicted means.
    power : float
        As in :func:`tweedie`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 9.2: the quasi-score
    for the variance function :math:`\mu^p`.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import tweedie_delta
    >>> tweedie_delta(np.array([[0.0, 4.0]]), np.array([[1.0, 4.0]]), power=1.5)
    array([[1., 0.]])
    """
    delta: Array = outputs ** (1 - power) * (outputs - targets)
    return delta
