"""Initial weights and biases: NumPy draws, shared by every engine.

:data:`INITIALIZERS` is the table; :func:`initialize` draws a whole network.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .activations import ACTIVATIONS
from .description import Network

__all__ = ["INITIALIZERS", "Initializer", "glorot_uniform", "initialize"]

Array = NDArray[Any]


def glorot_uniform(
    n_inputs: int, n_outputs: int, activation: str, random_state: np.random.RandomState
) -> tuple[Array, Array]:
    r"""Draw one layer's weights, then its biases, from the same uniform range.

    .. math:: W, b \sim U\left(-\sqrt{\frac{c}{n_{in} + n_{out}}},
              \sqrt{\frac{c}{n_{in} + n_{out}}}\right)

    where c = 6, or 2 if the activation is logistic.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Numbers of values that enter and leave the layer, at least 1.
    activation : str
        A name of :data:`lightmlp.network.ACTIVATIONS`: that of the layer; for the output
        layer that of the hidden layer before it.
    random_state : numpy.random.RandomState
        Source of the draws; it moves on.

    Returns
    -------
    weights : ndarray of shape (n_inputs, n_outputs), float64
    biases : ndarray of shape (n_outputs,), float64

    References
    ----------
    Glorot and Bengio (2010), "Understanding the difficulty of training deep
    feedforward neural networks", equation 16. The variant of scikit-learn: the biases
    are random too, and c = 2 for the logistic function.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import glorot_uniform
    >>> weights, biases = glorot_uniform(2, 3, "relu", np.random.RandomState(0))
    >>> weights.shape, biases.shape, bool(abs(weights).max() < (6 / 5) ** 0.5)
    ((2, 3), (3,), True)
    """
    bound = math.sqrt(ACTIVATIONS[activation].glorot_factor / (n_inputs + n_outputs))
    weights = random_state.uniform(-bound, bound, (n_inputs, n_outputs))
    biases = random_state.uniform(-bound, bound, n_outputs)
    return weights, biases


@dataclass(frozen=True)
class Initializer:
    """One row of :data:`INITIALIZERS`.

    Parameters
    ----------
    name : str
        Its name.
    draw : callable
        ``draw(n_inputs, n_outputs, activation, random_state) -> (weights, biases)``.
    source : str
        Where it was proposed.

    Examples
    --------
    >>> from lightmlp.network import INITIALIZERS
    >>> INITIALIZERS["glorot_uniform"].source
    'Glorot and Bengio (2010)'
    """

    name: str
    draw: Callable[[int, int, str, np.random.RandomState], tuple[Array, Array]]
    source: str


INITIALIZERS: dict[str, Initializer] = {
    row.name: row
    for row in (Initializer("glorot_uniform", glorot_uniform, "Glorot and Bengio (2010)"),)
}


def initialize(
    network: Network,
    activation: str,
    random_state: np.random.RandomState,
    *,
    initializer: str = "glorot_uniform",
    dtype: DTypeLike = np.float64,
) -> tuple[list[Array], list[Array]]:
    """Draw the initial parameters of all layers, from the input to the output.

    The draws are made in float64 and then cast, so that float32 and float64 networks
    start from the same numbers.

    Parameters
    ----------
    network : Network
        The layers to draw for.
    activation : str
        What sets the range of the output layer: the last hidden layer's activation,
        which a network without hidden layers does not tell.
    random_state : numpy.random.RandomState
        Source of the draws; it moves on.
    initializer : str, default="glorot_uniform"
        A name of :data:`INITIALIZERS`.
    dtype : dtype, default=numpy.float64
        What the parameters are cast to.

    Returns
    -------
    coefs : list of ndarray of shape (n_inputs, n_outputs)
    intercepts : list of ndarray of shape (n_outputs,)

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Network, initialize
    >>> network = Network.dense([2, 8, 1], "relu", "squared_error")
    >>> coefs, intercepts = initialize(network, "relu", np.random.RandomState(0))
    >>> [W.shape for W in coefs], [b.shape for b in intercepts]
    ([(2, 8), (8, 1)], [(8,), (1,)])
    """
    draw = INITIALIZERS[initializer].draw
    coefs, intercepts = [], []
    names = [*(layer.activation for layer in network.layers[:-1]), activation]
    for layer, name in zip(network.layers, names, strict=True):
        weights, biases = draw(layer.n_inputs, layer.n_outputs, name, random_state)
        coefs.append(weights.astype(dtype, copy=False))
        intercepts.append(biases.astype(dtype, copy=False))
    return coefs, intercepts
