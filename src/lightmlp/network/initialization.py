"""The initial weights and biases of a whole network."""

import math
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..settings import choose
from .activations import ActivationFunction, find_activation
from .arguments import check_arguments
from .description import Network
from .initializers import INITIALIZERS, Initializer
from .layers import Activation
from .parameters import Parameters

__all__ = ["initialize"]

Array = NDArray[Any]
# So many draws at a time: a wide layer's in float64 would need twice its memory.
_PIECE = 2**16


def initialize(
    network: Network,
    activation: str | ActivationFunction,
    random_state: np.random.RandomState,
    *,
    initialization: Any = "auto",
    bias_initialization: Any = "auto",
    dtype: DTypeLike = np.float64,
) -> Parameters:
    r"""Draw the initial parameters of all layers, from the input to the output.

    Each layer's weights are drawn before its biases, in float64, and then cast, so that
    float32 and float64 networks start from the same numbers. With "auto" both come from

    .. math:: U(-b, b), \quad b = \sqrt{\frac{c}{n_{in} + n_{out}}}

    where c = 6, or 2 if the layer's activation is logistic: the variant that scikit-learn
    makes of Glorot's and Bengio's equation 16.

    Parameters
    ----------
    network : Network
        The layers to draw for.
    activation : str or ActivationFunction
        What sets the range of the output layer for "auto": the last hidden layer's
        activation, which a network without hidden layers does not tell.
    random_state : numpy.random.RandomState
        Source of the draws; it moves on.
    initialization : str, Initializer or callable, default="auto"
        "auto", a name of :data:`INITIALIZERS`, an object, or
        ``function(random_state, n_inputs, n_outputs)`` that returns an array of shape
        (n_inputs, n_outputs).
    bias_initialization : str, float, Initializer or callable, default="auto"
        The same for biases, of shape (n_outputs,), or their value. "auto" means zeros
        where ``initialization`` is not "auto".
    dtype : dtype, default=numpy.float64
        What the parameters are cast to.

    Returns
    -------
    parameters : Parameters
        Weights are drawn, and so are biases, or the shifts in their place; scales and
        running variances are 1, running means 0.

    Raises
    ------
    ValueError
        If a name is unknown, a parameter of an initialiser is wrong, or a function
        returns another shape or numbers that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Network, initialize
    >>> network = Network.dense([2, 8, 1], "relu", "squared_error")
    >>> parameters = initialize(network, "relu", np.random.RandomState(0))
    >>> parameters["layers.0.weight"].shape, parameters["layers.2.bias"].shape
    ((2, 8), (1,))
    """
    if bias_initialization == "auto" and initialization != "auto":
        bias_initialization = 0.0
    drawers = {
        "weight": _drawer("initialization", initialization),
        "bias": _drawer("bias_initialization", bias_initialization),
    }
    parameters = Parameters.zeros(network.parameters, dtype)
    functions = [layer.function for layer in network.layers if isinstance(layer, Activation)]
    shapes = [network.layers[index] for index in network.linear_layers]
    for name, spec in network.parameters.items():
        if spec.role not in drawers:
            parameters[name][...] = spec.start
            continue
        depth = network.depths[name]
        linear = shapes[depth]
        auto = partial(
            _draw_auto, find_activation([*functions, activation][depth]).glorot_factor, dtype
        )
        draw = drawers[spec.role] or auto
        shape = linear.n_inputs, linear.n_outputs
        parameters[name][...] = draw(random_state, *shape, spec.shape)
    return parameters


_Drawer = Callable[[np.random.RandomState, int, int, tuple[int, ...]], Array]


def _drawer(parameter: str, wanted: Any) -> _Drawer | None:
    """Return the function that draws what a parameter asks for; None stands for "auto"."""
    if isinstance(wanted, str) and wanted == "auto":
        return None
    if isinstance(wanted, Real):
        if not math.isfinite(wanted):
            raise ValueError(f"{parameter}={wanted} must be finite: give a number such as 0.1.")
        return lambda random_state, n_inputs, n_outputs, shape: np.full(shape, float(wanted))
    if callable(wanted) and not isinstance(wanted, type):
        return partial(_call, parameter, wanted)
    return choose(parameter, wanted, INITIALIZERS, Initializer).draw


def _draw_auto(
    factor: float,
    dtype: DTypeLike,
    random_state: np.random.RandomState,
    n_inputs: int,
    n_outputs: int,
    shape: tuple[int, ...],
) -> Array:
    bound = math.sqrt(factor / (n_inputs + n_outputs))
    values = np.empty(shape, dtype)
    flat = values.reshape(-1)
    for start in range(0, flat.size, _PIECE):
        piece = flat[start : start + _PIECE]
        piece[:] = random_state.uniform(-bound, bound, piece.size)
    return values


def _call(
    parameter: str,
    function: Callable[[np.random.RandomState, int, int], Any],
    random_state: np.random.RandomState,
    n_inputs: int,
    n_outputs: int,
    shape: tuple[int, ...],
) -> Array:
    """Call a user's function and check what it returns."""
    check_arguments(parameter, function, "random_state, n_inputs, n_outputs")
    values = np.array(function(random_state, n_inputs, n_outputs))
    is_real = values.dtype.kind in "fiub"
    if values.shape != shape or not is_real or not np.isfinite(values).all():
        raise ValueError(
            f"{parameter}: the function returned an array of shape {values.shape} and dtype "
            f"{values.dtype} for a layer with {n_inputs} inputs and {n_outputs} outputs, "
            f"expected finite real numbers of shape {shape}."
        )
    return values.astype(np.float64)
