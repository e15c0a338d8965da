"""Activations that approach a bound exponentially: elu, selu, celu; and softplus.

Each function works element by element on arrays of any shape and keeps float32 and
float64; :data:`lightmlp.network.ACTIVATIONS` is the table of all.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = [
    "celu",
    "celu_derivative",
    "elu",
    "elu_derivative",
    "selu",
    "selu_derivative",
    "softplus",
    "softplus_derivative",
]

Array = NDArray[Any]

# Fixed point of mean 0 and variance 1 of the activations (Klambauer et al., equation 14).
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def elu(z: Array) -> Array:
    r"""Exponential linear unit: negative units saturate at -1.

    .. math:: f(z) = z \text{ if } z > 0, \text{ else } e^{z} - 1

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values above -1.

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), "Fast and Accurate Deep Network Learning
    by Exponential Linear Units (ELUs)", with alpha = 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import elu
    >>> elu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.8647,  0.    ,  3.    ])
    """
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`elu`, a function of its value.

    .. math:: f'(z) = 1 \text{ if } a > 0, \text{ else } a + 1
              \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``elu(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), "Fast and Accurate Deep Network Learning
    by Exponential Linear Units (ELUs)", with alpha = 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import elu_derivative
    >>> elu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1353, 1.    , 1.    ])
    """
    a = elu(z) if a is None else a
    return np.minimum(a, 0) + 1


def selu(z: Array) -> Array:
    r"""Scaled exponential linear unit: activations tend to mean 0 and variance 1.

    .. math:: f(z) = \lambda z \text{ if } z > 0, \text{ else } \lambda \alpha (e^{z} - 1)

    with :math:`\lambda = 1.0507\ldots` and :math:`\alpha = 1.6732\ldots`. Its authors draw
    the initial weights from the normal distribution of LeCun.

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values above :math:`-\lambda \alpha = -1.7581`.

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter (2017), "Self-Normalizing Neural
    Networks", equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import selu
    >>> selu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-1.5202,  0.    ,  3.1521])
    """
    negative = _SELU_SCALE * _SELU_ALPHA * np.expm1(np.minimum(z, 0))
    return np.where(z > 0, _SELU_SCALE * z, negative)


def selu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`selu`, a function of its value.

    .. math:: f'(z) = \lambda \text{ if } a > 0, \text{ else } a + \lambda \alpha
              \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``selu(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1.7581].

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter (2017), "Self-Normalizing Neural
    Networks", equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import selu_derivative
    >>> selu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.2379, 1.7581, 1.0507])
    """
    a = selu(z) if a is None else a
    return np.where(a > 0, _SELU_SCALE, a + _SELU_SCALE * _SELU_ALPHA).astype(a.dtype)


def celu(z: Array) -> Array:
    r"""Continuously differentiable exponential linear unit.

    .. math:: f(z) = \max(0, z) + \min(0, \alpha (e^{z / \alpha} - 1)), \quad \alpha = 1

    With its usual :math:`\alpha = 1` it equals :func:`elu`; the name is provided for
    networks that were described with it.

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values above -1.

    References
    ----------
    Barron (2017), "Continuously Differentiable Exponential Linear Units".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import celu
    >>> celu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.8647,  0.    ,  3.    ])
    """
    return elu(z)


def celu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`celu`, a function of its value.

    .. math:: f'(z) = 1 \text{ if } a > 0, \text{ else } a + 1
              \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``celu(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    Barron (2017), "Continuously Differentiable Exponential Linear Units".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import celu_derivative
    >>> celu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1353, 1.    , 1.    ])
    """
    return elu_derivative(z, a)


def softplus(z: Array) -> Array:
    r"""Softplus, the smooth form of relu.

    .. math:: f(z) = \ln(1 + e^{z}) = \max(z, 0) + \ln(1 + e^{-|z|})

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values above 0.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), "Incorporating Second-Order
    Functional Knowledge for Better Option Pricing".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import softplus
    >>> softplus(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1269, 0.6931, 3.0486])
    """
    a: Array = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return a


def softplus_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`softplus`, the logistic function.

    .. math:: f'(z) = \sigma(z) = \frac{1}{1 + e^{-z}}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``softplus(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), "Incorporating Second-Order
    Functional Knowledge for Better Option Pricing".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import softplus_derivative
    >>> softplus_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1192, 0.5   , 0.9526])
    """
    slope: Array = expit(z)
    return slope
