"""Stochastic gradient descent with momentum."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .base import Optimizer

__all__ = ["SGD"]

Array = NDArray[Any]


class SGD(Optimizer):
    r"""Stochastic gradient descent with momentum.

    One step with the gradient g, the learning rate :math:`\eta` and the velocity v:

    .. math:: v &\leftarrow \mu v - \eta g \\
              \theta &\leftarrow \theta + v && \text{(momentum)} \\
              \theta &\leftarrow \theta + \mu v - \eta g && \text{(Nesterov)}

    Parameters
    ----------
    momentum : float, default=0.9
        :math:`\mu`, in [0, 1]; 0 is plain gradient descent.
    nesterov : bool, default=True
        Whether to look ahead along the new velocity.

    References
    ----------
    Polyak (1964), "Some methods of speeding up the convergence of iteration methods",
    for momentum; Sutskever, Martens, Dahl and Hinton (2013), "On the importance of
    initialization and momentum in deep learning", for Nesterov's form, here in the
    variant of Bengio, Boulanger-Lewandowski and Pascanu (2013), "Advances in optimizing
    recurrent networks", equation 7: the parameters are those after the look-ahead.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import SGD
    >>> sgd = SGD(momentum=0.5, nesterov=False)
    >>> theta, velocity = np.array([1.0]), np.array([0.0])
    >>> for t in (1, 2):
    ...     sgd.update(theta, np.array([2.0]), [velocity], 0.1, t)
    >>> print(theta.round(3), velocity.round(3))
    [0.5] [-0.3]
    """

    name = "sgd"
    n_slots = 1

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterov": ["boolean"],
    }

    def __init__(self, momentum: float = 0.9, nesterov: bool = True) -> None:
        self.momentum = momentum
        self.nesterov = nesterov

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and the velocity in place by one step."""
        (velocity,) = slots
        velocity *= self.momentum
        velocity -= learning_rate * gradient
        if self.nesterov:
            parameter += self.momentum * velocity - learning_rate * gradient
        else:
            parameter += velocity
