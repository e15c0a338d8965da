"""Decaying schedules: exponential, step, linear, polynomial."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from .base import Schedule, fraction_done

__all__ = ["Exponential", "Linear", "Polynomial", "Step"]

_DECAY = [Interval(Real, 0, 1, closed="right")]
_FRACTION = [Interval(Real, 0, 1, closed="both")]


class Exponential(Schedule):
    r"""A rate multiplied by the same factor after every epoch or step.

    .. math:: \eta_t = \eta_0 \gamma^t

    that is :math:`\lambda, s\lambda, s^2\lambda, \ldots` with :math:`\gamma = s`.

    Parameters
    ----------
    gamma : float, default=0.95
        The factor, in (0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Darken and Moody (1990), "Note on learning rate schedules for stochastic optimization",
    NIPS, compare it with others. The formula is that of PyTorch's ExponentialLR.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Exponential(gamma=0.5).preview(0.1, n_epochs=3)
    array([0.1  , 0.05 , 0.025])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "gamma": _DECAY,
    }
    decays = True

    def __init__(
        self,
        gamma: float = 0.95,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.gamma = gamma
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        return start * math.pow(self.gamma, t)


class Step(Schedule):
    r"""A rate multiplied by a factor at regular intervals or at milestones.

    .. math:: \eta_t = \eta_0 \gamma^{\lfloor t / k \rfloor}

    or, with a sequence of milestones, :math:`\eta_0 \gamma^m` after m of them.

    Parameters
    ----------
    every : int or sequence of int, default=30
        k >= 1, the number of epochs or steps between two changes; or the milestones:
        increasing numbers of epochs or steps, > 0, after which the rate changes.
    gamma : float, default=0.1
        The factor, in (0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image Recognition", CVPR, use
    it. The formulas are those of PyTorch's StepLR and MultiStepLR.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Step(every=2, gamma=0.5).preview(0.1, n_epochs=5)
    array([0.1  , 0.1  , 0.05 , 0.05 , 0.025])
    >>> schedules.Step(every=(1, 4), gamma=0.5).preview(0.1, n_epochs=5)
    array([0.1  , 0.05 , 0.05 , 0.05 , 0.025])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "every": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "gamma": _DECAY,
    }
    decays = True

    def __init__(
        self,
        every: int | Sequence[int] = 30,
        gamma: float = 0.1,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.every = every
        self.gamma = gamma
        self.per = per
        self.warmup = warmup
        self.length = length

    def validate(self) -> None:
        """Check the parameters; milestones must increase."""
        super().validate()
        if isinstance(self.every, int | np.integer):
            return
        milestones = list(self.every)
        whole = all(isinstance(milestone, Integral) for milestone in milestones)
        if not whole or milestones != sorted({0, *milestones})[1:]:
            raise ValueError(
                f"Step.every={self.every!r} must be an integer >= 1 or increasing integers "
                "> 0, such as (30, 60)."
            )

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        if isinstance(self.every, int | np.integer):
            changes = t // int(self.every)
        else:
            changes = sum(t >= milestone for milestone in self.every)
        return start * math.pow(self.gamma, changes)


class Linear(Schedule):
    r"""Linear decay to a fraction of the rate.

    .. math:: \eta_t = \eta_0 \left(1 - (1 - e) \frac{t}{T}\right)

    with T the length after the warm-up. Afterwards the rate stays at :math:`e \eta_0`.

    Parameters
    ----------
    end : float, default=0.0
        e, the fraction of the rate at the end, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Devlin, Chang, Lee and Toutanova (2019), "BERT", NAACL, use it after a warm-up. The
    formula is that of PyTorch's LinearLR.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Linear().preview(0.1, n_epochs=4)
    array([0.1  , 0.075, 0.05 , 0.025])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "end": _FRACTION,
    }
    has_end = True

    def __init__(
        self,
        end: float = 0.0,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        return start * (1.0 - (1.0 - self.end) * fraction_done(t, length))


class Polynomial(Schedule):
    r"""Decay by a power of the remaining length.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e) \left(1 - \frac{t}{T}\right)^p\right)

    with T the length after the warm-up. Afterwards the rate stays at :math:`e \eta_0`.

    Parameters
    ----------
    power : float, default=2.0
        p > 0. Above 1 the rate falls quickly at first, below 1 towards the end.
    end : float, default=0.0
        e, the fraction of the rate at the end, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Chen, Papandreou, Kokkinos, Murphy and Yuille (2017), "DeepLab", section 4.1.2, with
    p = 0.9; with ``end=0`` the formula of PyTorch's PolynomialLR.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Polynomial(power=2).preview(0.16, n_epochs=4)
    array([0.16, 0.09, 0.04, 0.01])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "power": [Interval(Real, 0, None, closed="neither")],
        "end": _FRACTION,
    }
    has_end = True

    def __init__(
        self,
        power: float = 2.0,
        end: float = 0.0,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.power = power
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        left = math.pow(1.0 - fraction_done(t, length), self.power)
        return start * (self.end + (1.0 - self.end) * left)
