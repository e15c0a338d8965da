"""What every kind of layer has: parameters, and formulas forward and backward."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, ClassVar

from numpy.typing import NDArray

from .starts import Start

__all__ = [
    "ROLES",
    "ElementwiseLayer",
    "Layer",
    "ParameterSpec",
    "Place",
    "TrainingStep",
    "check_counts",
]

Array = NDArray[Any]

ROLES = ("weight", "bias", "scale", "activation", "embedding", "statistic")
"""What a parameter is for: initial values and the rules of training go by it."""


@dataclass(frozen=True)
class ParameterSpec:
    """The description of one parameter of a layer.

    Parameters
    ----------
    name : str
        Its name within the layer, such as "weight".
    shape : tuple of int
        Its shape.
    role : str
        One of :data:`ROLES`.
    trained : bool, default=True
        Whether it has a gradient; running statistics have none.
    start : float or Start, default=0.0
        Initial value, or how initial values are drawn. Weights and biases of a number are
        those that the options of :func:`lightmlp.network.initialize` draw.

    Examples
    --------
    >>> from lightmlp.network import Linear
    >>> Linear(2, 3).parameters[1]
    ParameterSpec(name='bias', shape=(3,), role='bias', trained=True, start=0.0)
    """

    name: str
    shape: tuple[int, ...]
    role: str
    trained: bool = True
    start: float | Start = 0.0

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class TrainingStep:
    """What a pass depends on in training, and not in a prediction.

    Parameters
    ----------
    number : int
        Number of the step, from 1, for the dropout masks.
    seed : int
        Seed of the masks.
    sample_weight : ndarray of shape (n_rows,) or None
        Weights of the rows in the statistics of the batch.
    frozen : frozenset of int, default=frozenset()
        Numbers of the layers whose parameters are all frozen.
    dropout_factor : float, default=1.0
        Factor of all rates of dropout.
    """

    number: int
    seed: int
    sample_weight: Array | None
    frozen: frozenset[int] = frozenset()
    dropout_factor: float = 1.0


@dataclass(frozen=True)
class Place:
    """Where a layer computes: its place in the network, and the step of training.

    Parameters
    ----------
    depth : int
        Number of linear layers before it, which tells its random numbers from others'.
    step : TrainingStep or None
        The step of training; None: the network predicts.
    is_frozen : bool, default=False
        Whether the layer, though in training, is not to follow the batch.
    """

    depth: int
    step: TrainingStep | None = None
    is_frozen: bool = False


def check_counts(layer: "Layer", *names: str) -> None:
    """Check that settings are integers, 1 or more.

    Raises
    ------
    ValueError
        If one is not.
    """
    for name in names:
        value = getattr(layer, name)
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"{type(layer).__name__}: {name}={value!r} must be an integer, 1 or more."
            )


class Layer(ABC):
    """A kind of layer: a frozen dataclass of its settings, with its formulas.

    ``own`` are the layer's parameters by their names, ``memory`` is what ``forward`` kept for
    the way back.

    Attributes
    ----------
    n_inputs, n_outputs : int
        Numbers of values that enter and leave.
    reads_codes : bool
        Whether codes of categories enter, instead of numbers.
    """

    n_inputs: int
    n_outputs: int
    reads_codes: ClassVar[bool] = False

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Descriptions of the layer's parameters."""
        return ()

    @abstractmethod
    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Any, Any]:
        """Compute the outputs (n_rows, n_outputs); return them and the memory."""

    @abstractmethod
    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """Carry the derivative of the loss by the outputs back to that by the inputs."""

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """Return the derivatives of the loss by the trained parameters.

        ``delta`` is that by the outputs.
        """
        return {}

    def follow(self, own: Mapping[str, Array], memory: Any) -> None:  # noqa: B027
        """Let running statistics follow a batch that has trained the network, in place."""

    def to_dict(self) -> dict[str, Any]:
        """Write the layer down in strings, numbers and lists.

        :func:`lightmlp.network.layer_from_dict` is the way back.

        Raises
        ------
        TypeError
            If a setting is an object of the user's, such as an activation's functions.

        Examples
        --------
        >>> from lightmlp.network import Dropout
        >>> Dropout(8, rate=0.5).to_dict()
        {'kind': 'Dropout', 'width': 8, 'rate': 0.5}
        """
        written: dict[str, Any] = {"kind": type(self).__name__}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            try:
                written[field.name] = _write(value)
            except TypeError as error:
                raise TypeError(
                    f"{field.name}={value!r} of {type(self).__name__} cannot be written down. "
                    "Choose one by its name."
                ) from error
        return written


def _write(value: Any) -> Any:
    """Return a setting as JSON has it, whose tuples are lists."""
    if isinstance(value, tuple):
        return [_write(element) for element in value]
    if not isinstance(value, bool | int | float | str | None):
        raise TypeError(type(value).__name__)
    return value


@dataclass(frozen=True)
class ElementwiseLayer(Layer):
    """A layer with as many outputs as inputs.

    Parameters
    ----------
    width : int
        Number of values that enter and leave.
    """

    width: int

    def __post_init__(self) -> None:
        check_counts(self, "width")

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Number of values that enter."""
        return self.width

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of values that leave."""
        return self.width
