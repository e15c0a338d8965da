"""Cosine schedules: annealing, with restarts, in cycles, and one cycle."""

import math
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from ...names import Names
from .base import Progress, Schedule, fraction_done

__all__ = ["Cosine", "FlatCosine", "LogCosine", "OneCycle"]

_FRACTION = [Interval(Real, 0, 1, closed="both")]


def _half_cosine(start: float, end: float, fraction: float) -> float:
    """Return the rate after this fraction of a half cosine from 1 to ``end``."""
    height = (1.0 + math.cos(math.pi * fraction)) / 2.0
    return start * (end + (1.0 - end) * height)


class Cosine(Schedule):
    r"""Cosine annealing to a fraction of the rate, once or with warm restarts.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e) \frac{1 + \cos(\pi t_i / T_i)}{2}\right)

    with :math:`T_i` the length of the current cycle and :math:`t_i` the epochs or steps
    since its start. The cycles fill the length after the warm-up; after the last one the
    rate stays at :math:`e \eta_0`.

    Parameters
    ----------
    restarts : int, default=0
        Number of restarts, >= 0, one less than the number of cycles.
    multiplier : float, default=1.0
        Length of a cycle relative to the previous one, > 0.
    end : float, default=0.0
        e, the fraction of the rate at the end of each cycle, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Loshchilov and Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm Restarts",
    equation 5; ``multiplier`` is their :math:`T_{mult}`, and the length of the first cycle
    follows from the number of restarts. Without restarts, the formula of PyTorch's
    CosineAnnealingLR with T_max the length.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Cosine().preview(0.1, n_epochs=4).round(4)
    array([0.1   , 0.0854, 0.05  , 0.0146])
    >>> schedules.Cosine(restarts=1).preview(0.1, n_epochs=4).round(4)
    array([0.1 , 0.05, 0.1 , 0.05])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "restarts": [Interval(Integral, 0, None, closed="left")],
        "multiplier": [Interval(Real, 0, None, closed="neither")],
        "end": _FRACTION,
    }
    has_end = True

    def __init__(
        self,
        restarts: int = 0,
        multiplier: float = 1.0,
        end: float = 0.0,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.restarts = restarts
        self.multiplier = multiplier
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        return _half_cosine(start, self.end, self._fraction_of_cycle(t, length))

    def _fraction_of_cycle(self, t: int, length: int) -> float:
        if self.restarts == 0 or t >= length:
            return fraction_done(t, length)
        parts = [self.multiplier**cycle for cycle in range(self.restarts + 1)]
        begun, whole = 0.0, sum(parts)
        for part in parts[:-1]:
            # Multiply before dividing, so that integers stay exact.
            if t * whole < (begun + part) * length:
                return (t * whole - begun * length) / (part * length)
            begun += part
        return fraction_done(t * whole - begun * length, parts[-1] * length)


class FlatCosine(Schedule):
    r"""The full rate for a part of training, then cosine annealing.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e) \frac{1 + \cos(\pi u)}{2}\right), \quad
        u = \max\left(0, \frac{t / T - f}{1 - f}\right)

    with T the length after the warm-up; afterwards the rate stays at :math:`e \eta_0`.

    Parameters
    ----------
    flat : float, default=0.5
        f, the fraction of the length with the full rate, in [0, 1).
    end : float, default=0.0
        e, the fraction of the rate at the end, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    ``fit_flat_cos`` of fastai, there with ``flat=0.75``; Holzmüller, Grinsztajn and Steinwart
    (2024), "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data", use
    ``flat=0.5`` for dropout and weight decay.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.FlatCosine().preview(0.1, n_epochs=8).round(4)
    array([0.1   , 0.1   , 0.1   , 0.1   , 0.1   , 0.0854, 0.05  , 0.0146])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "flat": [Interval(Real, 0, 1, closed="left")],
        "end": _FRACTION,
    }
    has_end = True

    def __init__(
        self,
        flat: float = 0.5,
        end: float = 0.0,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.flat = flat
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        falling = max(0.0, (fraction_done(t, length) - self.flat) / (1.0 - self.flat))
        return _half_cosine(start, self.end, falling)


class LogCosine(Schedule):
    r"""Several cosine cycles of increasing length, densest at the beginning.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e)\,
        \frac{1 - \cos\left(2 \pi \log_2(1 + (2^n - 1)\, t / T)\right)}{2}\right)

    with T the length and n the number of cycles, each twice as long as the previous one; it
    begins and ends at :math:`e \eta_0`. ``learning_rate_init`` is the rate at the peaks.

    Parameters
    ----------
    cycles : int, default=4
        n, >= 1.
    end : float, default=0.0
        e, the fraction of the rate between the cycles and at the end, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`; but ``per='step'`` is the default, since
        with ``per='epoch'`` the first epoch would not train, and a warm-up multiplies the
        rates of the cycles, which begin with it.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", the schedule of RealMLP, with n = 4.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.LogCosine(cycles=1).preview(0.1, n_epochs=4).round(4)
    array([0.    , 0.0718, 0.093 , 0.0324])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "cycles": [Interval(Integral, 1, 32, closed="both")],
        "end": _FRACTION,
    }
    has_end = True

    def __init__(
        self,
        cycles: int = 4,
        end: float = 0.0,
        *,
        per: str = "step",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.cycles = cycles
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the warm-up."""
        fraction = fraction_done(t, length)
        begun = math.log2(1.0 + (2.0**self.cycles - 1.0) * fraction)  # cycles
        height = (1.0 - math.cos(2.0 * math.pi * begun)) / 2.0
        return start * (self.end + (1.0 - self.end) * height)

    def warm_rate(self, start: float, t: int, warmup: int, length: int) -> float:
        """Return the rate of epoch or step t; the warm-up multiplies the cycles."""
        return min(1.0, (t + 1) / (warmup + 1)) * self.rate(start, t, length)

    def is_idle(self, progress: Progress, rates: float | NDArray[np.float64], end: int) -> bool:
        """Return whether the next epoch, with these rates, changes next to nothing.

        A zero between the cycles, and before the first one, is intended, unless it is all
        that there is.
        """
        is_only = (self.length or end - progress.first_epoch) == 1
        is_over = is_only or self.ended(progress, end)
        is_between = np.size(rates) == 1 and not np.any(rates) and not is_over
        return not is_between and super().is_idle(progress, rates, end)


class OneCycle(Schedule):
    r"""Smith's 1cycle policy: up to the highest rate, then down to almost zero.

    With w the length of the rise, T the total length, and
    :math:`h(x) = (1 - \cos(\pi x)) / 2` (or h(x) = x):

    .. math:: \eta_t = \begin{cases}
              \eta_0 \left(a + (1 - a)\, h\!\left(\frac{t}{w - 1}\right)\right) & t < w \\
              \eta_0 \left(1 + (e - 1)\, h\!\left(\frac{t - w + 1}{T - w}\right)\right)
              & t \ge w \end{cases}

    ``learning_rate_init`` is the highest rate :math:`\eta_0`. At the end the rate stays at
    :math:`e \eta_0`.

    Parameters
    ----------
    start : float, default=0.04
        a, the fraction of the highest rate at the start, in [0, 1].
    end : float, default=4e-6
        e, its fraction at the end, in [0, 1].
    anneal : {'cosine', 'linear'}, default='cosine'
        Shape of the rise and the fall.
    per, length
        As for every schedule: see :class:`Schedule`; but ``per='step'`` is the default.
    warmup : int or float, default=0.3
        w, the length of the rise: epochs or steps, >= 0, or, between 0 and 1, their fraction
        of the total length.

    References
    ----------
    Smith and Topin (2018), "Super-Convergence: Very Fast Training of Neural Networks Using
    Large Learning Rates"; the two-phase variant of PyTorch's OneCycleLR and of fastai. The
    momentum is not changed.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.OneCycle(start=0.2, end=0, anneal="linear").preview(0.1, n_epochs=10)
    array([0.02      , 0.06      , 0.1       , 0.08571429, 0.07142857,
           0.05714286, 0.04285714, 0.02857143, 0.01428571, 0.        ])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "start": _FRACTION,
        "end": _FRACTION,
        "anneal": [Names(["cosine", "linear"])],
    }
    has_end = True

    def __init__(
        self,
        start: float = 0.04,
        end: float = 4e-6,
        anneal: str = "cosine",
        *,
        per: str = "step",
        warmup: float = 0.3,
        length: int | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.anneal = anneal
        self.per = per
        self.warmup = warmup
        self.length = length

    def warm_rate(self, start: float, t: int, warmup: int, length: int) -> float:
        """Return the rate of epoch or step t; the warm-up is the rise."""
        if t >= warmup:
            return self.rate(start, t - warmup, length - warmup)
        fraction = self._shape(fraction_done(t, warmup - 1))
        return start * (self.start + (1.0 - self.start) * fraction)

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate t epochs or steps after the rise."""
        return start * (1.0 + (self.end - 1.0) * self._shape(fraction_done(t + 1, length)))

    def _shape(self, fraction: float) -> float:
        return (
            fraction if self.anneal == "linear" else (1.0 - math.cos(math.pi * fraction)) / 2.0
        )
