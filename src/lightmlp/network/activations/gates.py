"""Activations that multiply z by a gate of z: silu, gelu, mish, hard_silu.

Each function works element by element on arrays of any shape and keeps float32 and
float64; :data:`lightmlp.network.ACTIVATIONS` is the table of all.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

__all__ = [
    "gelu",
    "gelu_derivative",
    "gelu_tanh",
    "gelu_tanh_derivative",
    "hard_silu",
    "hard_silu_derivative",
    "mish",
    "mish_derivative",
    "silu",
    "silu_derivative",
]

Array = NDArray[Any]

_ROOT_2 = 1.4142135623730950488  # square root of 2
_ROOT_2_OVER_PI = 0.79788456080286535588  # square root of 2 / pi
_CUBIC = 0.044715  # Hendrycks and Gimpel's coefficient


def _cubic_tanh(z: Array) -> Array:
    return np.tanh(_ROOT_2_OVER_PI * (z + _CUBIC * z**3))


def _mish_powers(z: Array) -> tuple[Array, Array]:
    """Return e = exp(z) and n = e (e + 2), with which tanh(softplus(z)) is n / (n + 2).

    From z = 20 on, n / (n + 2) is 1 in either dtype; z is clipped there, so that no square
    overflows.
    """
    e = np.exp(np.minimum(z, 20))
    return e, e * (e + 2)


def silu(z: Array) -> Array:
    r"""Sigmoid linear unit, also called swish.

    .. math:: f(z) = z\,\sigma(z) = \frac{z}{1 + e^{-z}}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values >= -0.2785.

    References
    ----------
    Elfwing, Uchibe and Doya (2018), "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import silu
    >>> silu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.2384,  0.    ,  2.8577])
    """
    a: Array = z * expit(z)
    return a


def silu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`silu`.

    .. math:: f'(z) = \sigma(z) \left(1 + z (1 - \sigma(z))\right)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``silu(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-0.0998, 1.0998].

    References
    ----------
    Elfwing, Uchibe and Doya (2018), "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import silu_derivative
    >>> silu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.0908,  0.5   ,  1.0881])
    """
    gate = expit(z)
    slope: Array = gate * (1 + z * (1 - gate))
    return slope


def gelu(z: Array) -> Array:
    r"""Gaussian error linear unit, exact.

    .. math:: f(z) = z\,\Phi(z)
              = \frac{z}{2} \left(1 + \operatorname{erf}\frac{z}{\sqrt 2}\right)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values >= -0.1700.

    References
    ----------
    Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gelu
    >>> gelu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.0455,  0.    ,  2.996 ])
    """
    a: Array = 0.5 * z * (1 + erf(z / _ROOT_2))
    return a


def gelu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`gelu`.

    .. math:: f'(z) = \Phi(z) + \frac{z}{\sqrt{2 \pi}} e^{-z^2 / 2}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``gelu(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-0.1289, 1.1289].

    References
    ----------
    Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gelu_derivative
    >>> gelu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.0852,  0.5   ,  1.0119])
    """
    density = 0.5 * _ROOT_2_OVER_PI * np.exp(-0.5 * z * z)
    slope: Array = 0.5 * (1 + erf(z / _ROOT_2)) + z * density
    return slope


def gelu_tanh(z: Array) -> Array:
    r"""Gaussian error linear unit, approximated by a tanh.

    .. math:: f(z) = \frac{z}{2} \left(1 + t\right), \quad
              t = \tanh\left(\sqrt{2 / \pi}\,(z + 0.044715\,z^3)\right)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values >= -0.1700; at most 0.0005 from :func:`gelu`.

    References
    ----------
    Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gelu_tanh
    >>> gelu_tanh(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.0454,  0.    ,  2.9964])
    """
    a: Array = 0.5 * z * (1 + _cubic_tanh(z))
    return a


def gelu_tanh_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`gelu_tanh`.

    .. math:: f'(z) = \frac{1 + t}{2} + \frac{z}{2} (1 - t^2) \sqrt{2 / \pi}\,
              (1 + 0.134145\,z^2)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``gelu_tanh(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-0.1290, 1.1290].

    References
    ----------
    Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import gelu_tanh_derivative
    >>> gelu_tanh_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.0861,  0.5   ,  1.0116])
    """
    t = _cubic_tanh(z)
    inner = _ROOT_2_OVER_PI * (1 + 3 * _CUBIC * z * z)
    slope: Array = 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * inner
    return slope


def mish(z: Array) -> Array:
    r"""Mish: z times the tanh of its softplus.

    .. math:: f(z) = z \tanh\left(\ln(1 + e^{z})\right)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values >= -0.3088.

    References
    ----------
    Misra (2020), "Mish: A Self Regularized Non-Monotonic Activation Function", equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import mish
    >>> mish(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.2525,  0.    ,  2.9865])
    """
    _, n = _mish_powers(z)
    a: Array = z * (n / (n + 2))
    return a


def mish_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`mish`.

    .. math:: f'(z) = t + z\,\sigma(z) (1 - t^2), \quad t = \tanh\left(\ln(1 + e^{z})\right)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``mish(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-0.1132, 1.0885].

    References
    ----------
    Misra (2020), "Mish: A Self Regularized Non-Monotonic Activation Function", equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import mish_derivative
    >>> mish_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.1084,  0.6   ,  1.0211])
    """
    e, n = _mish_powers(z)
    one_minus_square = np.square(2 * (1 + e) / (n + 2))  # 1 - t^2 without cancellation
    slope: Array = n / (n + 2) + z * expit(z) * one_minus_square
    return slope


def hard_silu(z: Array) -> Array:
    r"""Piecewise approximation of :func:`silu`, also called hard swish.

    .. math:: f(z) = z\,\min(\max(z / 6 + 1 / 2, 0), 1)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values >= -0.375.

    References
    ----------
    Howard et al. (2019), "Searching for MobileNetV3", section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_silu
    >>> hard_silu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.3333,  0.    ,  3.    ])
    """
    a: Array = z * np.clip(z / 6 + 0.5, 0, 1)
    return a


def hard_silu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`hard_silu`; at the kinks -3 and 3 the outer slope is taken.

    .. math:: f'(z) = 0 \text{ if } z \le -3, \; 1 \text{ if } z \ge 3,
              \text{ else } z / 3 + 1 / 2

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``hard_silu(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-0.5, 1.5].

    References
    ----------
    Howard et al. (2019), "Searching for MobileNetV3", section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_silu_derivative
    >>> hard_silu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.1667,  0.5   ,  1.    ])
    """
    inner = np.where(z >= 3, 1, z / 3 + 0.5)
    return np.where(z <= -3, 0, inner).astype(z.dtype)
