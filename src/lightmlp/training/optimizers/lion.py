"""Lion: the sign of a momentum."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .base import Optimizer

__all__ = ["Lion"]

Array = NDArray[Any]


class Lion(Optimizer):
    r"""Evolved sign momentum: every parameter changes by the learning rate.

    One step with the gradient g, the learning rate :math:`\eta` and the momentum m:

    .. math:: \theta &\leftarrow (1 - \eta \lambda)\, \theta
              && \text{(weights, not biases)} \\
              \theta &\leftarrow \theta
              - \eta \operatorname{sign}(\beta_1 m + (1 - \beta_1) g) \\
              m &\leftarrow \beta_2 m + (1 - \beta_2) g

    Its authors recommend a learning rate 3 to 10 times smaller than for adamw, and a decay
    larger by the same factor.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Weight of the momentum in the step, in [0, 1).
    beta_2 : float, default=0.99
        Decay rate of the momentum, in [0, 1).
    weight_decay : float, default=0.0
        :math:`\lambda`, >= 0, decoupled as in :class:`AdamW`.

    References
    ----------
    Chen et al. (2023), "Symbolic Discovery of Optimization Algorithms", algorithm 2. The
    sign of zero is zero.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import Lion
    >>> theta, m = np.array([1.0]), np.array([0.0])
    >>> Lion().update(theta, np.array([5.0]), [m], 0.1, 1)
    >>> print(theta.round(6), m.round(6))
    [0.9] [0.05]
    """

    name = "lion"
    n_slots = 1

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self, beta_1: float = 0.9, beta_2: float = 0.99, weight_decay: float = 0.0
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.weight_decay = weight_decay

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and the momentum in place by one step."""
        (m,) = slots
        parameter -= learning_rate * np.sign(self.beta_1 * m + (1 - self.beta_1) * gradient)
        m *= self.beta_2
        m += (1 - self.beta_2) * gradient
