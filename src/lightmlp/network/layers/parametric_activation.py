"""The layer that blends an activation function with the identity, by one share a neuron."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..activations import ActivationFunction, find_activation
from .base import Array, ElementwiseLayer, ParameterSpec, Place

__all__ = ["ParametricActivation"]


@dataclass(frozen=True)
class ParametricActivation(ElementwiseLayer):
    r"""An activation function, of which each neuron learns how much it takes.

    .. math:: A = (1 - c) \odot Z + c \odot f(Z)

    c = 1 is the function itself, with which training starts, and c = 0 the identity.

    Parameters
    ----------
    width : int
        Number of neurons.
    function : str or ActivationFunction
        f, a name of :data:`lightmlp.network.ACTIVATIONS`, or a row of one's own, which only
        the reference engine computes.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", section 3. With the rectifier it is the PReLU of He, Zhang,
    Ren and Sun (2015), "Delving Deep into Rectifiers", equation 1, whose slope is 1 - c.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import ParametricActivation, Place
    >>> own = {"blend": np.array([1.0, 0.75])}
    >>> layer = ParametricActivation(2, "relu")
    >>> print(layer.forward(own, np.array([[2.0, -2.0]]), Place(depth=1))[0])
    [[ 2.  -0.5]]
    """

    function: str | ActivationFunction

    def __post_init__(self) -> None:
        super().__post_init__()
        find_activation(self.function)

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """The shares c of the function."""
        return (ParameterSpec("blend", (self.width,), "activation", start=1.0),)

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A = (1 - c) Z + c f(Z), (n_rows, width)."""
        Z, c = inputs, own["blend"]
        F = find_activation(self.function).forward(Z)
        return (1 - c) * Z + c * F, (Z, F)

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dZ = dL/dA (1 - c + c f'(Z))."""
        (Z, F), c = memory, own["blend"]
        back: Array = delta * (1 - c + c * find_activation(self.function).derivative(Z, F))
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/dc = the sum of dL/dA (f(Z) - Z) over the rows."""
        Z, F = memory
        return {"blend": (delta * (F - Z)).sum(axis=0)}
