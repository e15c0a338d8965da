"""Gradient descent scaled by past gradients: RMSprop, Adagrad and Adadelta."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .base import Optimizer

__all__ = ["Adadelta", "Adagrad", "RMSprop"]

Array = NDArray[Any]

_DECAY = [Interval(Real, 0, 1, closed="left")]
_POSITIVE = [Interval(Real, 0, None, closed="neither")]


class RMSprop(Optimizer):
    r"""Gradients divided by a running root of their mean square.

    One step with the gradient g, the learning rate :math:`\eta`, the mean square v and
    the velocity u:

    .. math:: v &\leftarrow \rho v + (1 - \rho) g^2 \\
              u &\leftarrow \mu u + \frac{g}{\sqrt{v} + \epsilon} \\
              \theta &\leftarrow \theta - \eta u

    Parameters
    ----------
    rho : float, default=0.9
        :math:`\rho`, decay rate of the mean square, in [0, 1).
    momentum : float, default=0.0
        :math:`\mu`, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the step finite where v is 0, > 0; outside the root.

    References
    ----------
    Tieleman and Hinton (2012), "Neural Networks for Machine Learning", lecture 6.5, with
    decay 0.9; epsilon and momentum as in PyTorch, not centred (PyTorch's default decay is
    0.99).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import RMSprop
    >>> theta, v, u = np.array([1.0]), np.array([0.0]), np.array([0.0])
    >>> RMSprop(rho=0.75).update(theta, np.array([5.0]), [v, u], 0.1, 1)
    >>> theta.round(6)
    array([0.8])
    """

    name = "rmsprop"
    n_slots = 2
    squares = (0,)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "rho": _DECAY,
        "momentum": _DECAY,
        "epsilon": _POSITIVE,
    }

    def __init__(self, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-8) -> None:
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter, the mean square and the velocity in place by one step."""
        mean_square, velocity = slots
        mean_square *= self.rho
        mean_square += (1 - self.rho) * gradient**2
        velocity *= self.momentum
        velocity += gradient / (np.sqrt(mean_square) + self.epsilon)
        parameter -= learning_rate * velocity


class Adagrad(Optimizer):
    r"""Gradients divided by the root of the sum of all their squares.

    One step with the gradient g, the learning rate :math:`\eta` and the sum of squares v:

    .. math:: v &\leftarrow v + g^2 \\
              \theta &\leftarrow \theta - \eta \frac{g}{\sqrt{v} + \epsilon}

    Steps only get shorter, so ``learning_rate_init`` should be larger than for adam, such as
    0.01 or 0.1.

    Parameters
    ----------
    epsilon : float, default=1e-10
        Keeps the step finite where v is 0, > 0; outside the root.

    References
    ----------
    Duchi, Hazan and Singer (2011), "Adaptive Subgradient Methods for Online Learning and
    Stochastic Optimization", the diagonal variant of figure 1, as in PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import Adagrad
    >>> theta, v = np.array([1.0]), np.array([0.0])
    >>> for t in (1, 2):
    ...     Adagrad().update(theta, np.array([5.0]), [v], 0.1, t)
    >>> theta.round(4)
    array([0.8293])
    """

    name = "adagrad"
    n_slots = 1
    squares = (0,)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"epsilon": _POSITIVE}

    def __init__(self, epsilon: float = 1e-10) -> None:
        self.epsilon = epsilon

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and the sum of squares in place by one step."""
        (squares,) = slots
        squares += gradient**2
        parameter -= learning_rate * gradient / (np.sqrt(squares) + self.epsilon)


class Adadelta(Optimizer):
    r"""Steps of the size of earlier steps: the units of gradients cancel.

    One step with the gradient g, the learning rate :math:`\eta` and the mean squares v of
    the gradients and d of the steps:

    .. math:: v &\leftarrow \rho v + (1 - \rho) g^2 \\
              \delta &= \sqrt{\frac{d + \epsilon}{v + \epsilon}}\, g \\
              d &\leftarrow \rho d + (1 - \rho) \delta^2 \\
              \theta &\leftarrow \theta - \eta \delta

    The paper has no learning rate, which corresponds to ``learning_rate_init=1.0``.

    Parameters
    ----------
    rho : float, default=0.9
        :math:`\rho`, decay rate of both mean squares, in [0, 1).
    epsilon : float, default=1e-6
        Size of the first steps, > 0; inside the root.

    References
    ----------
    Zeiler (2012), "ADADELTA: An Adaptive Learning Rate Method", algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import Adadelta
    >>> theta, v, d = np.array([1.0]), np.array([0.0]), np.array([0.0])
    >>> Adadelta(rho=0.75).update(theta, np.array([5.0]), [v, d], 1.0, 1)
    >>> theta.round(6)
    array([0.998])
    """

    name = "adadelta"
    n_slots = 2
    squares = (0, 1)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "rho": _DECAY,
        "epsilon": _POSITIVE,
    }

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-6) -> None:
        self.rho = rho
        self.epsilon = epsilon

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and both mean squares in place by one step."""
        mean_square, mean_step = slots
        mean_square *= self.rho
        mean_square += (1 - self.rho) * gradient**2
        step = np.sqrt((mean_step + self.epsilon) / (mean_square + self.epsilon)) * gradient
        mean_step *= self.rho
        mean_step += (1 - self.rho) * step**2
        parameter -= learning_rate * step
