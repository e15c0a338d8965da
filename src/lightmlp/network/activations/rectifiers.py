"""Rectifiers other than relu: leaky, bounded and squared.

Each function works element by element on arrays of any shape and keeps float32 and
float64; :data:`lightmlp.network.ACTIVATIONS` is the table of all.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "leaky_relu",
    "leaky_relu_derivative",
    "relu6",
    "relu6_derivative",
    "squared_relu",
    "squared_relu_derivative",
]

Array = NDArray[Any]


def leaky_relu(z: Array) -> Array:
    r"""Leaky rectified linear unit: a small slope keeps negative units alive.

    .. math:: f(z) = z \text{ if } z > 0, \text{ else } 0.01\, z

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Any real numbers.

    References
    ----------
    Maas, Hannun and Ng (2013), "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import leaky_relu
    >>> leaky_relu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([-0.02,  0.  ,  3.  ])
    """
    return np.where(z > 0, z, 0.01 * z)


def leaky_relu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`leaky_relu`; at the kink z = 0 the slope of the left is taken.

    .. math:: f'(z) = 1 \text{ if } z > 0, \text{ else } 0.01

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``leaky_relu(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        0.01 or 1.

    References
    ----------
    Maas, Hannun and Ng (2013), "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import leaky_relu_derivative
    >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0.01, 0.01, 1.  ])
    """
    a = leaky_relu(z) if a is None else a
    return np.where(a > 0, 1.0, 0.01).astype(a.dtype)


def relu6(z: Array) -> Array:
    r"""Rectified linear unit that saturates at 6.

    .. math:: f(z) = \min(\max(z, 0), 6)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer, any real numbers.

    Returns
    -------
    ndarray of the shape and dtype of z
        Values in [0, 6].

    References
    ----------
    Krizhevsky (2010), "Convolutional Deep Belief Networks on CIFAR-10".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import relu6
    >>> relu6(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0., 0., 3.])
    """
    return np.clip(z, 0, 6)


def relu6_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`relu6`; at the kinks 0 and 6 the subgradient 0 is taken.

    .. math:: f'(z) = 1 \text{ if } 0 < z < 6, \text{ else } 0

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``relu6(z)``, if the forward pass has already computed it.

    Returns
    -------
    ndarray of the shape and dtype of z
        Zeros and ones.

    References
    ----------
    Krizhevsky (2010), "Convolutional Deep Belief Networks on CIFAR-10".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import relu6_derivative
    >>> relu6_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0., 0., 1.])
    """
    a = relu6(z) if a is None else a
    return ((a > 0) & (a < 6)).astype(a.dtype)


def squared_relu(z: Array) -> Array:
    r"""Square of the rectified linear unit.

    .. math:: f(z) = \max(z, 0)^2

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
    So, Manke, Liu, Dai, Shazeer and Le (2021), "Primer: Searching for Efficient
    Transformers for Language Modeling".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import squared_relu
    >>> squared_relu(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0., 0., 9.])
    """
    return np.square(np.maximum(z, 0))


def squared_relu_derivative(z: Array, a: Array | None = None) -> Array:
    r"""Derivative of :func:`squared_relu`.

    .. math:: f'(z) = 2 \max(z, 0)

    Parameters
    ----------
    z : ndarray of any shape
        Pre-activations of the layer.
    a : ndarray of the shape of z, default=None
        ``squared_relu(z)``; unused: all derivatives have the same signature.

    Returns
    -------
    ndarray of the shape and dtype of z
        Non-negative values.

    References
    ----------
    So, Manke, Liu, Dai, Shazeer and Le (2021), "Primer: Searching for Efficient
    Transformers for Language Modeling".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import squared_relu_derivative
    >>> squared_relu_derivative(np.array([-2.0, 0.0, 3.0])).round(4)
    array([0., 0., 6.])
    """
    return 2 * np.maximum(z, 0)
