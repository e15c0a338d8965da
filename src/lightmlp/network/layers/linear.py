"""The linear layer: weighted sums of its inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import Array, Layer, ParameterSpec, Place, check_counts

__all__ = ["Linear"]


@dataclass(frozen=True)
class Linear(Layer):
    r"""Weighted sums of the inputs, and a bias.

    .. math:: Z = X W + b

    Parameters
    ----------
    n_inputs : int
        Number of values that enter.
    n_outputs : int
        Number of neurons.
    bias : bool, default=True
        Whether there is a bias b; where a normalisation follows, its shift is one.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 1 and 5 to 7.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Linear, Place
    >>> own = {"weight": np.array([[1.0], [2.0]]), "bias": np.array([0.5])}
    >>> Linear(2, 1).forward(own, np.array([[1.0, 1.0]]), Place(depth=0))[0]
    array([[3.5]])
    """

    n_inputs: int
    n_outputs: int
    bias: bool = True

    def __post_init__(self) -> None:
        check_counts(self, "n_inputs", "n_outputs")

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """The weights, and the bias if there is one."""
        weight = ParameterSpec("weight", (self.n_inputs, self.n_outputs), "weight")
        if not self.bias:
            return (weight,)
        return weight, ParameterSpec("bias", (self.n_outputs,), "bias")

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """Z = X W + b, (n_rows, n_outputs); X may be a CSR matrix."""
        sums = inputs @ own["weight"]
        return (sums + own["bias"] if self.bias else sums), inputs

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dX = delta W^T, (n_rows, n_inputs)."""
        back: Array = delta @ own["weight"].T
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/dW = X^T delta, and dL/db = the sum of delta over the rows."""
        gradients = {"weight": memory.T @ delta}
        if self.bias:
            gradients["bias"] = delta.sum(axis=0)
        return gradients
