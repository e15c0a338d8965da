"""The initial weights and biases of a whole network."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..settings import choose
from .activations import ActivationFunction, find_activation
from .arguments import check_arguments
from .data_initializers import DataInitializer, PassingRows
from .description import Network
from .initializer_table import INITIALIZERS
from .initializers import Initializer
from .layers import Activation, Layer, Linear, ParametricActivation, Start
from .parameters import Parameters

__all__ = ["initialize", "reads_rows"]

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
    rows: Any = None,
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
    rows : ndarray, CSR matrix or MixedTable of shape (n_rows, n_features), default=None
        Training rows, or a part of them, for initialisers that read them
        (:mod:`lightmlp.network.data_initializers`); others ignore it. The rows pass through
        each layer once it is initialised.

    Returns
    -------
    parameters : Parameters
        Weights are drawn, and so are biases, or the shifts in their place; scales, shares of
        activations and running variances are 1, running means 0. Embeddings are drawn as
        their kind of layer says, whatever the options.

    Raises
    ------
    ValueError
        If a name is unknown, a parameter of an initialiser is wrong, a function returns
        another shape or numbers that are not finite, or rows that are read are missing.

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
    factors, fans = _glorot_factors(network, activation), _fans(network)
    reads_rows = any(isinstance(drawer, DataInitializer) for drawer in drawers.values())
    if reads_rows and rows is None:
        raise ValueError(
            f"initialization={initialization!r} with bias_initialization="
            f"{bias_initialization!r} reads training rows: pass rows=X, or a part of it."
        )
    parameters = Parameters.zeros(network.parameters, np.float64 if reads_rows else dtype)
    passing = PassingRows(network, parameters, rows) if reads_rows else None
    for index, layer in enumerate(network.layers):
        own = parameters.of_layer(index)
        for name, start in _starts(layer, random_state):
            own[name][...] = start
        for spec in layer.parameters:
            name = f"layers.{index}.{spec.name}"
            if name in fans:
                drawer = drawers[spec.role] or _Auto(factors[network.depths[name]], dtype)
                own[spec.name][...] = drawer.draw(random_state, *fans[name], spec.shape)
                if isinstance(drawer, DataInitializer) and passing is not None:
                    passing.adapt(drawer, random_state, index, spec.name)
        if passing is not None:
            passing.move_on(index)
    return parameters.astype(dtype) if reads_rows else parameters


def reads_rows(initialization: Any, bias_initialization: Any) -> bool:
    """Whether :func:`initialize` needs training rows with these options.

    Parameters
    ----------
    initialization, bias_initialization : object
        As :func:`initialize` takes them.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If one is wrong.

    Examples
    --------
    >>> from lightmlp.network import reads_rows
    >>> reads_rows("he_normal", "he+5"), reads_rows("auto", 0.1)
    (True, False)
    """
    drawers = (
        _drawer("initialization", initialization),
        _drawer("bias_initialization", bias_initialization),
    )
    return any(isinstance(drawer, DataInitializer) for drawer in drawers)


def _starts(
    layer: Layer, random_state: np.random.RandomState
) -> Iterator[tuple[str, float | Array]]:
    """Yield what each parameter of a layer starts from where no option says otherwise."""
    for spec in layer.parameters:
        if isinstance(spec.start, Start):
            yield spec.name, spec.start.draw(random_state, spec.shape)
        else:
            yield spec.name, spec.start


def _fans(network: Network) -> dict[str, tuple[int, int]]:
    """Return which parameters the options draw, with the fan-in and fan-out of each.

    They are the weights of linear layers, and their biases or the shifts of normalisations in
    place of those.
    """
    fans: dict[str, tuple[int, int]] = {}
    open_fans = None  # of a linear layer whose bias is still to come
    for name, spec in network.parameters.items():
        if isinstance(spec.start, Start):
            continue
        if spec.role == "weight":
            open_fans = fans[name] = spec.shape[0], spec.shape[1]
        elif spec.role == "bias" and open_fans is not None and open_fans[1:] == spec.shape:
            fans[name], open_fans = open_fans, None
    return fans


def _glorot_factors(network: Network, activation: str | ActivationFunction) -> list[float]:
    """Return for each linear layer the factor of the activation that it feeds."""
    functions: list[str | ActivationFunction] = ["identity"] * len(network.linear_layers)
    functions[-1] = activation
    depth = -1
    for layer in network.layers:
        depth += isinstance(layer, Linear)
        if isinstance(layer, Activation | ParametricActivation) and depth >= 0:
            functions[depth] = layer.function
    return [find_activation(function).glorot_factor for function in functions]


def _drawer(parameter: str, wanted: Any) -> "Initializer | _Value | _Function | None":
    """Return what draws as a parameter asks for; None stands for "auto"."""
    if isinstance(wanted, str) and wanted == "auto":
        return None
    if isinstance(wanted, Real):
        if not math.isfinite(wanted):
            raise ValueError(f"{parameter}={wanted} must be finite: give a number such as 0.1.")
        return _Value(float(wanted))
    if callable(wanted) and not isinstance(wanted, type):
        return _Function(parameter, wanted)
    return choose(parameter, wanted, INITIALIZERS, Initializer)


@dataclass(frozen=True)
class _Auto:
    """What scikit-learn draws."""

    factor: float
    dtype: DTypeLike

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        bound = math.sqrt(self.factor / (n_inputs + n_outputs))
        values = np.empty(shape, self.dtype)
        flat = values.reshape(-1)
        for start in range(0, flat.size, _PIECE):
            piece = flat[start : start + _PIECE]
            piece[:] = random_state.uniform(-bound, bound, piece.size)
        return values


@dataclass(frozen=True)
class _Value:
    """One value for all."""

    value: float

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class _Function:
    """A user's function."""

    parameter: str
    function: Callable[[np.random.RandomState, int, int], Any]

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Call it and check what it returns."""
        check_arguments(self.parameter, self.function, "random_state, n_inputs, n_outputs")
        values = np.array(self.function(random_state, n_inputs, n_outputs))
        is_real = values.dtype.kind in "fiub"
        if values.shape != shape or not is_real or not np.isfinite(values).all():
            raise ValueError(
                f"{self.parameter}: the function returned an array of shape {values.shape} and "
                f"dtype {values.dtype} for a layer with {n_inputs} inputs and {n_outputs} "
                f"outputs, expected finite real numbers of shape {shape}."
            )
        return values.astype(np.float64)
