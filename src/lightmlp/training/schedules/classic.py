"""The schedules of scikit-learn: constant, invscaling, adaptive."""

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .base import Progress, Schedule

__all__ = ["Adaptive", "Constant", "InverseScaling"]


class Constant(Schedule):
    r"""The same learning rate throughout: :math:`\eta_t = \eta_0`.

    Parameters
    ----------
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Robbins and Monro (1951), "A Stochastic Approximation Method", decrease the rate; with
    a constant one the solver ends near a minimum.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Constant(warmup=2).preview(0.3, n_epochs=4)
    array([0.1, 0.2, 0.3, 0.3])
    """

    def __init__(
        self, *, per: str = "epoch", warmup: float = 0, length: int | None = None
    ) -> None:
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the initial rate."""
        return start


class InverseScaling(Schedule):
    r"""A rate that decreases with the number of rows seen, updated once per epoch.

    .. math:: \eta = \frac{\eta_0}{(n + 1)^{p}}

    with n the number of rows (not steps) visited so far, including the warm-up. The first
    epoch of every ``fit`` has the rate :math:`\eta_0`, also with ``warm_start``.

    Parameters
    ----------
    power_t : float, default=0.5
        p >= 0.
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Bottou (2012), "Stochastic Gradient Descent Tricks", section 5.2, without its
    regularisation factor; the variant of scikit-learn, where n counts rows.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.InverseScaling().preview(0.2, n_epochs=2, steps_per_epoch=3)
    array([0.2, 0.2, 0.2, 0.1, 0.1, 0.1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "power_t": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        power_t: float = 0.5,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.power_t = power_t
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the rate after the rows seen before this epoch."""
        return start

    def after_epoch(self, progress: Progress, value: float) -> None:
        """Set the rate from the number of rows seen."""
        decay: float = (progress.n_samples + 1) ** self.power_t
        progress.rate = progress.initial / decay


class Adaptive(Schedule):
    """A rate that is divided whenever training stalls, until it is tiny.

    Training stalls after more than ``n_iter_no_change`` epochs in which the loss (with
    early stopping, the validation score) did not improve by ``tol``. The rate is then
    divided, and the count of epochs restarts; training stops once the rate has reached the
    bound.

    Parameters
    ----------
    divisor : float, default=5.0
        Divisor of the rate, > 1.
    bound : float, default=1e-6
        Rate at which training stops, > 0.
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    Bengio (2012), "Practical Recommendations for Gradient-Based Training of Deep
    Architectures", section 3.1.1, describes the practice; the defaults are scikit-learn's.

    Examples
    --------
    >>> from lightmlp.training.schedules import Adaptive, Progress
    >>> progress = Progress(0.5)
    >>> Adaptive().after_stall(progress), progress.rate
    ((True, 'Setting learning rate to 0.100000'), 0.1)
    >>> Adaptive().after_stall(Progress(1e-6))
    (False, 'Learning rate too small. Stopping.')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "divisor": [Interval(Real, 1, None, closed="neither")],
        "bound": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        divisor: float = 5.0,
        bound: float = 1e-6,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.divisor = divisor
        self.bound = bound
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the rate after the stalls so far."""
        return start

    def after_stall(self, progress: Progress) -> tuple[bool, str]:
        """Divide the rate, or stop if it is too small."""
        if progress.rate <= self.bound:
            return False, "Learning rate too small. Stopping."
        progress.rate /= self.divisor
        return True, f"Setting learning rate to {progress.rate:f}"
