"""Base of all optimisers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from numpy.typing import NDArray

from ...settings import Settings

__all__ = ["Optimizer"]

Array = NDArray[Any]


class Optimizer(Settings, ABC):
    """Base of all optimisers; see :class:`lightmlp.engines.base.Optimizer`.

    An optimiser holds only settings. Its state between steps, the slots, is kept by the
    engine.
    """

    name: ClassVar[str]
    n_slots: ClassVar[int]
    squares: ClassVar[tuple[int, ...]] = ()
    """Indices of the slots that are sums or means of squares, so never negative."""

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the factor of the update in step ``n_steps`` (from 1): the learning rate."""
        return learning_rate

    def of_other_parameters(self) -> "Optimizer":
        """Return the rule for all but the weights of hidden layers: the same one."""
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
        """Change the parameter and its slots in place by one step, without weight decay.

        That is a rule of some parameters, carried out by the engine before the step.

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
