"""Learning-rate schedules: one class a schedule, :data:`SCHEDULES` is the table.

A schedule holds settings only. The learning rate that it changes is kept by the
:class:`~lightmlp.training.trainer.Solver`, so that ``partial_fit`` can go on with it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

__all__ = ["SCHEDULES", "Adaptive", "Constant", "InverseScaling", "Schedule"]


@dataclass(frozen=True)
class Schedule(ABC):
    """What every schedule is asked.

    Parameters
    ----------
    learning_rate_init : float
        Learning rate of the first epoch, > 0.
    power_t : float, default=0.5
        Exponent of the decay, >= 0. Only :class:`InverseScaling` reads it.
    """

    learning_rate_init: float
    power_t: float = 0.5

    @abstractmethod
    def after_epoch(self, learning_rate: float, n_samples_seen: int) -> float:
        """Return the learning rate of the next epoch."""

    @abstractmethod
    def after_stall(self, learning_rate: float) -> tuple[float | None, str]:
        """Answer a training that no longer improves.

        Returns
        -------
        learning_rate : float or None
            The rate to go on with; None stops the training.
        remark : str
            What ``verbose`` prints.
        """


class Constant(Schedule):
    """The same learning rate in every epoch.

    Examples
    --------
    >>> from lightmlp.training.schedules import Constant
    >>> Constant(0.1).after_epoch(0.1, n_samples_seen=1000)
    0.1
    """

    def after_epoch(self, learning_rate: float, n_samples_seen: int) -> float:
        """Return the learning rate as it is."""
        return learning_rate

    def after_stall(self, learning_rate: float) -> tuple[float | None, str]:
        """Stop."""
        return None, "Stopping."


class InverseScaling(Schedule):
    r"""A rate that falls with the number of samples seen, updated once an epoch.

    .. math:: \eta_t = \frac{\eta_0}{(t + 1)^{p}}

    with t the samples (not the steps) seen so far and p = ``power_t``.

    References
    ----------
    Bottou (2012), "Stochastic Gradient Descent Tricks", section 5.2, without its
    regularisation factor; the variant of scikit-learn, where t counts samples.

    Examples
    --------
    >>> from lightmlp.training.schedules import InverseScaling
    >>> InverseScaling(0.2, power_t=0.5).after_epoch(0.2, n_samples_seen=99)
    0.02
    """

    def after_epoch(self, learning_rate: float, n_samples_seen: int) -> float:
        """Return the rate after so many samples."""
        decay: float = (n_samples_seen + 1) ** self.power_t
        return self.learning_rate_init / decay

    def after_stall(self, learning_rate: float) -> tuple[float | None, str]:
        """Stop."""
        return None, "Stopping."


class Adaptive(Schedule):
    """A rate divided by 5 whenever training stalls; training ends at 1e-6.

    References
    ----------
    Bengio (2012), "Practical Recommendations for Gradient-Based Training of Deep
    Architectures", section 3.1.1, describes the practice; the factor 5 and the bound
    1e-6 are scikit-learn's.

    Examples
    --------
    >>> from lightmlp.training.schedules import Adaptive
    >>> Adaptive(0.5).after_stall(0.5)
    (0.1, 'Setting learning rate to 0.100000')
    >>> Adaptive(0.5).after_stall(1e-6)
    (None, 'Learning rate too small. Stopping.')
    """

    def after_epoch(self, learning_rate: float, n_samples_seen: int) -> float:
        """Return the learning rate as it is."""
        return learning_rate

    def after_stall(self, learning_rate: float) -> tuple[float | None, str]:
        """Divide by 5, or stop where that would be too small."""
        if learning_rate <= 1e-6:
            return None, "Learning rate too small. Stopping."
        lowered = learning_rate / 5.0
        return lowered, f"Setting learning rate to {lowered:f}"


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
}
