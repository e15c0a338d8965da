"""Bounded activations other than logistic and tanh.

Each function works element by element on arrays of any shape and keeps float32 and
float64; :data:`lightmlp.network.ACTIVATIONS` is the table of all.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "hard_sigmoid",
    "hard_sigmoid_derivative",
    "hard_tanh",
    "hard_tanh_derivative",
    "lecun_tanh",
    "lecun_tanh_derivative",
    "softsign",
    "softsign_derivative",
]

Array = NDArray[Any]

_LECUN_HEIGHT = 1.7159
_LECUN_STEEPNESS = 2 / 3


def softsign(z: Array) -> Array:
    r"""Softsign: like tanh, but approaches its bounds more slowly.

    .. math:: f(z) = \frac{z}{1 + |z|}

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in (-1, 1).

    References
    ----------
    Bergstra, Desjardins, Lamblin and Bengio (2009), "Quadratic Polynomials Learn Better
    Image Features".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import softsign
    >>> softsign(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.6667,  0.    ,  0.75  ])
    """
    a: Array = z / (1 + np.abs(z))
    return a


def softsign_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`softsign`, a function of its value.

    .. math:: f'(z) = (1 - |a|)^2 \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``softsign(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in (0, 1].

    References
    ----------
    Bergstra, Desjardins, Lamblin and Bengio (2009), "Quadratic Polynomials Learn Better
    Image Features".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import softsign_derivative
    >>> softsign_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1111, 1.    , 0.0625])
    """
    a = softsign(z) if a is None else a
    slope: Array = np.square(1 - np.abs(a))
    return slope


def hard_tanh(z: Array) -> Array:
    r"""Piecewise linear approximation of tanh.

    .. math:: f(z) = \min(\max(z, -1), 1)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-1, 1].

    References
    ----------
    Collobert (2004), "Large Scale Machine Learning", thesis.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_tanh
    >>> hard_tanh(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-1.,  0.,  1.])
    """
    return np.clip(z, -1, 1)


def hard_tanh_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`hard_tanh`; at the kinks -1 and 1 the subgradient 0 is taken.

    .. math:: f'(z) = 1 \text{ if } -1 < z < 1, \text{ else } 0

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``hard_tanh(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Zeros and ones.

    References
    ----------
    Collobert (2004), "Large Scale Machine Learning", thesis.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_tanh_derivative
    >>> hard_tanh_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0., 1., 0.])
    """
    a = hard_tanh(z) if a is None else a
    return ((a > -1) & (a < 1)).astype(a.dtype)


def hard_sigmoid(z: Array) -> Array:
    r"""Piecewise linear approximation of the logistic function.

    .. math:: f(z) = \min(\max(z / 6 + 1 / 2, 0), 1)

    The variant of MobileNetV3, whose slope is 1/6; others have 1/5 or 1/2.

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1].

    References
    ----------
    Courbariaux, Bengio and David (2015), "BinaryConnect"; Howard et al. (2019),
    "Searching for MobileNetV3", section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_sigmoid
    >>> hard_sigmoid(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1667, 0.5   , 1.    ])
    """
    return np.clip(z / 6 + 0.5, 0, 1)


def hard_sigmoid_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`hard_sigmoid`; at the kinks -3 and 3 the subgradient 0 is taken.

    .. math:: f'(z) = 1 / 6 \text{ if } 0 < a < 1, \text{ else } 0
              \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``hard_sigmoid(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        0 or 1/6.

    References
    ----------
    Courbariaux, Bengio and David (2015), "BinaryConnect"; Howard et al. (2019),
    "Searching for MobileNetV3", section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import hard_sigmoid_derivative
    >>> hard_sigmoid_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.1667, 0.1667, 0.    ])
    """
    a = hard_sigmoid(z) if a is None else a
    return np.where((a > 0) & (a < 1), 1 / 6, 0.0).astype(a.dtype)


def lecun_tanh(z: Array) -> Array:
    r"""Scaled tanh whose values at -1 and 1 are -1 and 1.

    .. math:: f(z) = 1.7159 \tanh(2 z / 3)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [-1.7159, 1.7159].

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import lecun_tanh
    >>> lecun_tanh(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-1.4929,  0.    ,  1.6542])
    """
    a: Array = _LECUN_HEIGHT * np.tanh(_LECUN_STEEPNESS * z)
    return a


def lecun_tanh_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`lecun_tanh`, a function of its value.

    .. math:: f'(z) = \frac{2}{3} \left(1.7159 - \frac{a^2}{1.7159}\right)
              \quad\text{with}\quad a = f(z)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``lecun_tanh(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 1.1440].

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import lecun_tanh_derivative
    >>> lecun_tanh_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.278 , 1.1439, 0.0808])
    """
    a = lecun_tanh(z) if a is None else a
    slope: Array = _LECUN_STEEPNESS * (_LECUN_HEIGHT - a * a / _LECUN_HEIGHT)
    return slope
