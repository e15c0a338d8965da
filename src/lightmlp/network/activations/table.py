"""The table of all activations, which engines, initialisers and tests read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .classics import (
    identity,
    identity_derivative,
    logistic,
    logistic_derivative,
    relu,
    relu_derivative,
    tanh,
    tanh_derivative,
)
from .exponential_units import (
    celu,
    celu_derivative,
    elu,
    elu_derivative,
    selu,
    selu_derivative,
    softplus,
    softplus_derivative,
)
from .gates import (
    gelu,
    gelu_derivative,
    gelu_tanh,
    gelu_tanh_derivative,
    hard_silu,
    hard_silu_derivative,
    mish,
    mish_derivative,
    silu,
    silu_derivative,
)
from .rectifiers import (
    leaky_relu,
    leaky_relu_derivative,
    relu6,
    relu6_derivative,
    squared_relu,
    squared_relu_derivative,
)
from .sigmoids import (
    hard_sigmoid,
    hard_sigmoid_derivative,
    hard_tanh,
    hard_tanh_derivative,
    lecun_tanh,
    lecun_tanh_derivative,
    softsign,
    softsign_derivative,
)

__all__ = ["ACTIVATIONS", "ActivationFunction"]

Array = NDArray[Any]


@dataclass(frozen=True)
class ActivationFunction:
    """One row of :data:`ACTIVATIONS`.

    Parameters
    ----------
    name : str
        Value of the estimators' parameter ``activation``.
    forward : callable
        ``forward(z) -> a``.
    derivative : callable
        ``derivative(z, a) -> f'(z)``, where ``a = forward(z)``.
    glorot_factor : float
        The number c in the bound sqrt(c / (n_inputs + n_outputs)) of the initial
        weights, see :func:`lightmlp.network.initialize`.
    source : str
        Where the function was proposed.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import ACTIVATIONS
    >>> list(ACTIVATIONS)[:4]
    ['identity', 'logistic', 'tanh', 'relu']
    >>> z = np.array([-1.0, 2.0])
    >>> relu = ACTIVATIONS["relu"]
    >>> relu.derivative(z, relu.forward(z))
    array([0., 1.])
    """

    name: str
    forward: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    glorot_factor: float
    source: str


ACTIVATIONS: dict[str, ActivationFunction] = {
    row.name: row
    for row in (
        ActivationFunction("identity", identity, identity_derivative, 6.0, "Bishop (2006)"),
        ActivationFunction(
            "logistic",
            logistic,
            logistic_derivative,
            2.0,
            "Rumelhart, Hinton and Williams (1986)",
        ),
        ActivationFunction("tanh", tanh, tanh_derivative, 6.0, "LeCun et al. (1998)"),
        ActivationFunction("relu", relu, relu_derivative, 6.0, "Nair and Hinton (2010)"),
        ActivationFunction(
            "leaky_relu", leaky_relu, leaky_relu_derivative, 6.0, "Maas, Hannun and Ng (2013)"
        ),
        ActivationFunction("relu6", relu6, relu6_derivative, 6.0, "Krizhevsky (2010)"),
        ActivationFunction(
            "squared_relu", squared_relu, squared_relu_derivative, 6.0, "So et al. (2021)"
        ),
        ActivationFunction(
            "elu", elu, elu_derivative, 6.0, "Clevert, Unterthiner and Hochreiter (2016)"
        ),
        ActivationFunction("selu", selu, selu_derivative, 6.0, "Klambauer et al. (2017)"),
        ActivationFunction("celu", celu, celu_derivative, 6.0, "Barron (2017)"),
        ActivationFunction(
            "softplus", softplus, softplus_derivative, 6.0, "Dugas et al. (2001)"
        ),
        ActivationFunction(
            "silu", silu, silu_derivative, 6.0, "Elfwing, Uchibe and Doya (2018)"
        ),
        ActivationFunction("gelu", gelu, gelu_derivative, 6.0, "Hendrycks and Gimpel (2016)"),
        ActivationFunction(
            "gelu_tanh", gelu_tanh, gelu_tanh_derivative, 6.0, "Hendrycks and Gimpel (2016)"
        ),
        ActivationFunction("mish", mish, mish_derivative, 6.0, "Misra (2020)"),
        ActivationFunction(
            "hard_silu", hard_silu, hard_silu_derivative, 6.0, "Howard et al. (2019)"
        ),
        ActivationFunction(
            "softsign", softsign, softsign_derivative, 6.0, "Bergstra et al. (2009)"
        ),
        ActivationFunction(
            "hard_tanh", hard_tanh, hard_tanh_derivative, 6.0, "Collobert (2004)"
        ),
        ActivationFunction(
            "hard_sigmoid",
            hard_sigmoid,
            hard_sigmoid_derivative,
            6.0,
            "Howard et al. (2019)",
        ),
        ActivationFunction(
            "lecun_tanh", lecun_tanh, lecun_tanh_derivative, 6.0, "LeCun et al. (1998)"
        ),
    )
}
