"""What every optimiser is asked."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from numpy.typing import NDArray

from ...settings import Settings

__all__ = ["Optimizer", "decay_weights"]

Array = NDArray[Any]


class Optimizer(Settings, ABC):
    """Base of all optimisers; see :class:`lightmlp.engines.base.Optimizer`.

    An optimiser holds settings only. What it remembers between steps, its slots, lies
    with the engine.
    """

    name: ClassVar[str]
    n_slots: ClassVar[int]
    squares: ClassVar[tuple[int, ...]] = ()
    """The slots that are sums or means of squares, and so never negative."""

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the factor of step ``n_steps`` (from 1): the learning rate itself."""
        return learning_rate

    def of_output_layer(self) -> "Optimizer":
        """Return the rule for the weights of the output layer: the same one."""
        return self

    @abstractmethod
    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and its slots in place by one step.

        Parameters
        ----------
        parameter, gradient : ndarray of shape (n_inputs, n_outputs) or (n_outputs,)
            The weights or the biases of a layer.
        slots : sequence of ndarray of the shape of parameter
            ``n_slots`` arrays, zeros before the first step.
        learning_rate : float
            The schedule's rate.
        n_steps : int
            Number of this step, counted from 1.
        """


def decay_weights(parameter: Array, factor: float) -> None:
    """Shrink weights towards zero by this share; biases are free, as under ``alpha``."""
    if factor != 0 and parameter.ndim == 2:
        parameter *= 1 - factor
