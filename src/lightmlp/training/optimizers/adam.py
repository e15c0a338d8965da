"""Adam and its relatives: AdamW, AMSGrad and NAdam."""

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .base import Optimizer

__all__ = ["AMSGrad", "Adam", "AdamW", "NAdam"]

Array = NDArray[Any]

_BETA = [Interval(Real, 0, 1, closed="left")]
_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


class _Moments(Optimizer):
    """Settings and moments that the whole family shares."""

    n_slots = 2
    squares: ClassVar[tuple[int, ...]] = (1,)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta_1": _BETA,
        "beta_2": _BETA,
        "epsilon": _POSITIVE,
    }

    beta_1: float
    beta_2: float
    epsilon: float

    def _follow(self, gradient: Array, m: Array, v: Array) -> None:
        """Update both moments."""
        m *= self.beta_1
        m += (1 - self.beta_1) * gradient
        v *= self.beta_2
        v += (1 - self.beta_2) * gradient**2

    def _denominator(self, v: Array, n_steps: int) -> Array:
        """Return the root of the bias-corrected second moment, plus epsilon."""
        result: Array = np.sqrt(v) / math.sqrt(1 - self.beta_2**n_steps) + self.epsilon
        return result


class Adam(_Moments):
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
        Keeps the step finite where v is 0, > 0; outside the root.

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", in the efficient
    variant at the end of their section 2: the bias correction is in the step size, and
    epsilon is added to the uncorrected root, unlike in their Algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import Adam
    >>> theta, m, v = np.array([1.0]), np.array([0.0]), np.array([0.0])
    >>> Adam().update(theta, np.array([5.0]), [m, v], 0.1, 1)
    >>> theta.round(6)
    array([0.9])
    """

    name = "adam"

    def __init__(
        self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the factor of the learning rate that corrects the bias of the moments."""
        correction_1 = 1 - self.beta_1**n_steps
        correction_2 = 1 - self.beta_2**n_steps
        return learning_rate * math.sqrt(correction_2) / correction_1

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and both moments in place by one step."""
        m, v = slots
        self._follow(gradient, m, v)
        step_size = self.step_size(learning_rate, n_steps)
        parameter -= step_size * m / (np.sqrt(v) + self.epsilon)


class AdamW(_Moments):
    r"""Adam with decoupled weight decay.

    Step t with the gradient g, the learning rate :math:`\eta` and the moments m and v:

    .. math:: \theta &\leftarrow (1 - \eta \lambda)\, \theta
              && \text{(weights, not biases)} \\
              m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
              v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\,
              \frac{m}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    The L2 penalty of the estimators is separate: set ``alpha=0`` to use only the decay.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the first moment, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the second moment, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the step finite where v is 0, > 0; added to the corrected root.
    weight_decay : float, default=0.01
        :math:`\lambda`, >= 0.

    References
    ----------
    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", algorithm 2,
    in the variant of PyTorch: the decay is multiplied by the learning rate.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import AdamW
    >>> W, m, v = np.array([[1.0]]), np.array([[0.0]]), np.array([[0.0]])
    >>> AdamW().update(W, np.array([[5.0]]), [m, v], 0.1, 1)
    >>> W.round(6)
    array([[0.9]])
    """

    name = "adamw"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Moments._parameter_constraints,
        "weight_decay": _NOT_NEGATIVE,
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.weight_decay = weight_decay

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and both moments in place by one step."""
        m, v = slots
        self._follow(gradient, m, v)
        rate = learning_rate / (1 - self.beta_1**n_steps)
        parameter -= rate * m / self._denominator(v, n_steps)


class AMSGrad(_Moments):
    r"""Adam with a second moment that never decreases.

    Step t with the gradient g, the learning rate :math:`\eta`, the moments m and v and
    the largest second moment so far, u:

    .. math:: m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
              v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              u &\leftarrow \max(u, v) \\
              \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\,
              \frac{m}{\sqrt{u / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the first moment, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the second moment, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the step finite where u is 0, > 0; added to the corrected root.

    References
    ----------
    Reddi, Kale and Kumar (2018), "On the Convergence of Adam and Beyond", algorithm 2,
    in the variant of PyTorch: moments are bias-corrected, the second one after taking the
    maximum.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import AMSGrad
    >>> theta, slots = np.array([1.0]), [np.zeros(1), np.zeros(1), np.zeros(1)]
    >>> AMSGrad().update(theta, np.array([5.0]), slots, 0.1, 1)
    >>> theta.round(6)
    array([0.9])
    """

    name = "amsgrad"
    n_slots = 3
    squares = (1, 2)

    def __init__(
        self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter, both moments and the maximum in place by one step."""
        m, v, largest = slots
        self._follow(gradient, m, v)
        np.maximum(largest, v, out=largest)
        rate = learning_rate / (1 - self.beta_1**n_steps)
        parameter -= rate * m / self._denominator(largest, n_steps)


class NAdam(_Moments):
    r"""Adam with Nesterov's look-ahead.

    Step t with the gradient g, the learning rate :math:`\eta` and the moments m and v:

    .. math:: \mu_t &= \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{\,t \psi}\right) \\
              m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
              v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
              \hat m &= \frac{\mu_{t+1}\, m}{1 - \prod_{i=1}^{t+1} \mu_i}
              + \frac{(1 - \mu_t)\, g}{1 - \prod_{i=1}^{t} \mu_i} \\
              \theta &\leftarrow \theta - \eta\,
              \frac{\hat m}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the first moment, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the second moment, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the step finite where v is 0, > 0; added to the corrected root.
    momentum_decay : float, default=0.004
        :math:`\psi`, >= 0: how fast the momentum :math:`\mu_t` grows to beta_1.

    References
    ----------
    Dozat (2016), "Incorporating Nesterov Momentum into Adam", with the momentum's
    schedule, in the variant of PyTorch: epsilon is added to the corrected root.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import NAdam
    >>> theta, m, v = np.array([1.0]), np.array([0.0]), np.array([0.0])
    >>> NAdam().update(theta, np.array([5.0]), [m, v], 0.1, 1)
    >>> theta.round(4)
    array([0.8944])
    """

    name = "nadam"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Moments._parameter_constraints,
        "momentum_decay": _NOT_NEGATIVE,
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        momentum_decay: float = 0.004,
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.momentum_decay = momentum_decay

    def _momentum(self, n_steps: int) -> float:
        growth: float = 1 - 0.5 * 0.96 ** (n_steps * self.momentum_decay)
        return self.beta_1 * growth

    def _momentum_product(self, n_steps: int) -> float:
        """Return the product of the momenta so far; stop once it is negligible beside 1."""
        product = 1.0
        for t in range(1, n_steps + 1):
            if product < 1e-17:
                break
            product *= self._momentum(t)
        return product

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and both moments in place by one step."""
        m, v = slots
        self._follow(gradient, m, v)
        now, ahead = self._momentum(n_steps), self._momentum(n_steps + 1)
        product = self._momentum_product(n_steps)
        of_gradient = learning_rate * (1 - now) / (1 - product)
        of_moment = learning_rate * ahead / (1 - product * ahead)
        step = of_gradient * gradient + of_moment * m
        parameter -= step / self._denominator(v, n_steps)
