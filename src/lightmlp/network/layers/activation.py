"""The layer that applies an activation function to each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..activations import ActivationFunction, find_activation
from .base import Array, ElementwiseLayer, Place

__all__ = ["Activation"]


@dataclass(frozen=True)
class Activation(ElementwiseLayer):
    r"""An activation function of each value.

    .. math:: A = f(Z)

    Parameters
    ----------
    width : int
        Number of values.
    function : str or ActivationFunction
        A name of :data:`lightmlp.network.ACTIVATIONS`, or a row of one's own, which only the
        reference engine computes.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 2 and 5.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Activation, Place
    >>> print(Activation(2, "relu").forward({}, np.array([[-1.0, 2.0]]), Place(depth=1))[0])
    [[0. 2.]]
    """

    function: str | ActivationFunction

    def __post_init__(self) -> None:
        super().__post_init__()
        find_activation(self.function)

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A = f(Z)."""
        outputs = find_activation(self.function).forward(inputs)
        return outputs, (inputs, outputs)

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dZ = dL/dA f'(Z)."""
        Z, A = memory
        return delta * find_activation(self.function).derivative(Z, A)
