"""Optimisers: how a parameter follows its gradient.

Each follows the protocol :class:`lightmlp.engines.base.Optimizer`. The learning rate
belongs to the schedule and is given to every step. :data:`OPTIMIZERS` is the table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["OPTIMIZERS", "SGD", "Adam"]

Array = NDArray[Any]


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent with momentum.

    One step with the gradient g, the learning rate :math:`\eta` and the velocity v:

    .. math:: v &\leftarrow \mu v - \eta g \\
              \theta &\leftarrow \theta + v && \text{(momentum)} \\
              \theta &\leftarrow \theta + \mu v - \eta g && \text{(Nesterov)}

    Parameters
    ----------
    momentum : float, default=0.9
        :math:`\mu`, from 0 (plain gradient descent) to 1.
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
    >>> from lightmlp.training.optimizers import SGD
    >>> sgd = SGD(momentum=0.5, nesterov=False)
    >>> theta, velocity = np.array([1.0]), np.array([0.0])
    >>> for t in (1, 2):
    ...     sgd.update(theta, np.array([2.0]), [velocity], sgd.step_size(0.1, t))
    >>> print(theta.round(3), velocity.round(3))
    [0.5] [-0.3]
    """

    momentum: float = 0.9
    nesterov: bool = True

    # Without annotation these belong to the class and are no fields of the dataclass.
    name = "sgd"
    n_slots = 1

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the learning rate itself."""
        return learning_rate

    def update(
        self, parameter: Array, gradient: Array, slots: Sequence[Array], step_size: float
    ) -> None:
        """Change the parameter and the velocity in place by one step."""
        (velocity,) = slots
        velocity *= self.momentum
        velocity -= step_size * gradient
        if self.nesterov:
            parameter += self.momentum * velocity - step_size * gradient
        else:
            parameter += velocity


@dataclass(frozen=True)
class Adam:
    r"""Adam: steps scaled by running estimates of the gradient's moments.

    Step t with the gradient g, the learning rate :math:`\eta` and the moments m and v:

    .. math:: m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
              v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              \theta &\leftarrow \theta - \eta
              \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the first moment, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the second moment, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the step finite where v is 0; outside the root.

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", in the efficient
    variant at the end of their section 2: the bias correction is in the step size, and
    epsilon is added to the uncorrected root, unlike in their Algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.training.optimizers import Adam
    >>> adam = Adam()
    >>> theta, m, v = np.array([1.0]), np.array([0.0]), np.array([0.0])
    >>> adam.update(theta, np.array([5.0]), [m, v], adam.step_size(0.1, 1))
    >>> theta.round(6)
    array([0.9])
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    name = "adam"
    n_slots = 2

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the learning rate, corrected for moments that began at zero."""
        correction_1 = 1 - self.beta_1**n_steps
        correction_2 = 1 - self.beta_2**n_steps
        return learning_rate * math.sqrt(correction_2) / correction_1

    def update(
        self, parameter: Array, gradient: Array, slots: Sequence[Array], step_size: float
    ) -> None:
        """Change the parameter and both moments in place by one step."""
        m, v = slots
        m *= self.beta_1
        m += (1 - self.beta_1) * gradient
        v *= self.beta_2
        v += (1 - self.beta_2) * gradient**2
        parameter -= step_size * m / (np.sqrt(v) + self.epsilon)


OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {row.name: row for row in (SGD, Adam)}
