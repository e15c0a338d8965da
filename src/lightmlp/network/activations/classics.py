"""The activations that scikit-learn has: identity, logistic, tanh and relu.

Each function works element by element on arrays of any shape and keeps float32 and
float64; :data:`lightmlp.network.ACTIVATIONS` is the table of all.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = [
    "identity",
    "identity_derivative",
    "logistic",
    "logistic_derivative",
    "relu",
    "relu_derivative",
    "tanh",
    "tanh_derivative",
]

Array = NDArray[Any]


def identity(z: Array) -> Array:
    """Identity activation: a network of such layers is a linear model.

    .. math:: f(z) = z

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        ``z`` itself, not a copy.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, section 5.1:
    the outputs of a regression network.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import identity
    >>> identity(np.array([-2.0, 0.0, 3.0]))
    array([-2.,  0.,  3.])
    """
    return z


def identity_derivative(z: Array, a: Array | None = None) -> Array:
    """Derivative of :func:`identity`.

    .. math:: f'(z) = 1

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``identity(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, section 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import identity_derivative
    >>> identity_derivative(np.array([-2.0, 0.0, 3.0]))
    array([1., 1., 1.])
    """
    return np.ones_like(z)


def logistic(z: Array) -> Array:
    r"""Logistic sigmoid.

    .. math:: f(z) = \frac{1}{1 + e^{-z}}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers; no value overflows.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by
    back-propagating errors", Nature 323, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import logistic
    >>> logistic(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    a: Array = expit(z)
    return a


def logistic_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`logistic`, a function of its value.

    .. math:: f'(z) = a (1 - a) \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``logistic(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1/4].

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by
    back-propagating errors", Nature 323, equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import logistic_derivative
    >>> logistic_derivative(np.array([-1000.0, 0.0, 1000.0]))
    array([0.  , 0.25, 0.  ])
    """
    a = logistic(z) if a is None else a
    slope: Array = a * (1 - a)
    return slope


def tanh(z: Array) -> Array:
    r"""Hyperbolic tangent.

    .. math:: f(z) = \tanh(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers; no value overflows.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-1, 1].

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4: symmetric
    sigmoids; the plain tanh, not their scaled variant 1.7159 tanh(2z / 3).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import tanh
    >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    """
    return np.tanh(z)


def tanh_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`tanh`, a function of its value.

    .. math:: f'(z) = 1 - a^2 \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``tanh(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import tanh_derivative
    >>> tanh_derivative(np.array([-1000.0, 0.0, 1000.0]))
    array([0., 1., 0.])
    """
    a = tanh(z) if a is None else a
    slope: Array = 1 - a**2
    return slope


def relu(z: Array) -> Array:
    r"""Rectified linear unit.

    .. math:: f(z) = \max(z, 0)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Non-negative values.

    References
    ----------
    Nair and Hinton (2010), "Rectified Linear Units Improve Restricted Boltzmann
    Machines"; Glorot, Bordes and Bengio (2011), "Deep Sparse Rectifier Neural Networks".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import relu
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(z, 0)


def relu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`relu`; at the kink z = 0 the subgradient 0 is taken.

    .. math:: f'(z) = 1 \text{ if } z > 0, \text{ else } 0

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``relu(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Zeros and ones.

    References
    ----------
    Glorot, Bordes and Bengio (2011), "Deep Sparse Rectifier Neural Networks".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import relu_derivative
    >>> relu_derivative(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    return np.heaviside(z, 0)
