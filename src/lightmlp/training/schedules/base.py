"""Base of all schedules: counting of epochs or steps, warm-up, hooks."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from ...names import Names
from ...settings import Settings

__all__ = ["Progress", "Schedule"]

_USELESS = 1e-3
"""Fraction of the initial rate below which a schedule that has ended is too low to learn."""

_NOTHING = 1e-9
"""Fraction below which a step is lost in the rounding of the parameters."""


@dataclass
class Progress:
    """How far training has come: the state of a schedule.

    Parameters
    ----------
    initial : float
        ``learning_rate_init`` of this run.
    n_epochs, n_steps, n_samples : int, default=0
        Completed epochs, steps and rows visited, including earlier runs.
    scale : float, default=1.0
        Product of the factors of :class:`Plateau` so far.
    best : float, default=inf
        Best value seen by :class:`Plateau`.
    n_bad_epochs : int, default=0
        Its number of epochs without improvement.
    cooldown_left : int, default=0
        Remaining epochs of its cooldown.
    first_epoch, first_step : int, default=0
        Completed epochs and steps when the schedule last started; it counts from here.

    Attributes
    ----------
    rate : float
        ``initial``, or the rate computed by :class:`InverseScaling` or :class:`Adaptive`.

    Examples
    --------
    >>> from lightmlp.training.schedules import Progress
    >>> progress = Progress(0.1)
    >>> progress.count_epoch(n_steps=4, n_samples=800)
    >>> progress.n_epochs, progress.n_steps, progress.rate
    (1, 4, 0.1)
    """

    initial: float
    n_epochs: int = 0
    n_steps: int = 0
    n_samples: int = 0
    scale: float = 1.0
    best: float = float("inf")
    n_bad_epochs: int = 0
    cooldown_left: int = 0
    first_epoch: int = 0
    first_step: int = 0
    rate: float = field(init=False)

    def __post_init__(self) -> None:
        self.rate = self.initial

    def count_epoch(self, n_steps: int, n_samples: int) -> None:
        """Add an epoch with these numbers of steps and rows."""
        self.n_epochs += 1
        self.n_steps += n_steps
        self.n_samples += n_samples

    def restarted(self, initial: float) -> "Progress":
        """Return the state at the start of another run (``warm_start``); counts continue."""
        return Progress(
            initial,
            self.n_epochs,
            self.n_steps,
            self.n_samples,
            self.scale,
            first_epoch=self.first_epoch,
            first_step=self.first_step,
        )

    def start_schedule(self) -> None:
        """Restart the schedule with the next epoch; everything else continues."""
        self.first_epoch, self.first_step = self.n_epochs, self.n_steps


class Schedule(Settings, ABC):
    """Base of all schedules: how the learning rate changes during training.

    Parameters
    ----------
    per : {'epoch', 'step'}, default='epoch'
        Unit of the schedule: the learning rate changes after every epoch or every step
        (batch), and all lengths are numbers of epochs or steps.
    warmup : int or float, default=0
        Number of warm-up epochs or steps w, >= 0, or, between 0 and 1, their fraction of
        the length. The k-th of them (from 0) has (k + 1) / (w + 1) times the rate with
        which the schedule itself begins.
    length : int or None, default=None
        Total number of epochs or steps, including the warm-up, >= 1; None means
        ``max_iter`` epochs from the start of ``fit``, or ``max_iter`` epochs in total for
        ``partial_fit``.

    Notes
    -----
    A schedule with an end stays at its last rate afterwards. A last rate below a thousandth
    of the initial rate is too low to learn: a ``partial_fit``, or a ``fit`` with
    ``warm_start``, that begins after the end restarts the schedule for another length, with
    a warning; a single ``fit`` that exceeds the ``length`` keeps the rate and warns at its
    end. For a schedule in a stream, set ``end`` to a thousandth or more: such a rate is kept
    without a warning.

    Warm-up: Goyal et al. (2017), "Accurate, Large Minibatch SGD: Training ImageNet in 1
    Hour", section 2.2, in the variant that begins above zero and ends below the full
    rate, so that no step is wasted.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "per": [Names(["epoch", "step"])],
        "warmup": [
            Interval(Integral, 0, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
        ],
        "length": [Interval(Integral, 1, None, closed="left"), None],
    }
    has_end: ClassVar[bool] = False
    """Whether the formula depends on the length and keeps its last value afterwards."""
    decays: ClassVar[bool] = False
    """Whether the rate decreases forever, so that a long stream stops learning."""

    per: str
    warmup: float
    length: int | None

    def validate(self) -> None:
        """Check the parameters; a ``length`` without effect is an error."""
        super().validate()
        warmup_is_a_fraction = not isinstance(self.warmup, Integral) and self.warmup > 0
        if self.length is not None and not (self.has_end or warmup_is_a_fraction):
            raise ValueError(
                f"{type(self).__name__}.length={self.length} has no effect: the rate does not "
                "depend on it, and warmup is not a fraction of it. Leave it out."
            )

    @property
    def only_counts(self) -> bool:
        """Whether the rate depends on nothing but the number of the epoch or step."""
        kind = type(self)
        answers = kind.after_epoch, kind.after_stall
        return answers == (Schedule.after_epoch, Schedule.after_stall)

    @property
    def needs_end(self) -> bool:
        """Whether the rates depend on the epoch after which the fit ends."""
        is_fraction = not isinstance(self.warmup, Integral)
        return self.length is None and (self.has_end or is_fraction)

    @abstractmethod
    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate of an epoch or step, without warm-up.

        Parameters
        ----------
        start : float
            Initial rate.
        t : int
            Epochs or steps since the warm-up, >= 0.
        length : int
            Total number of epochs or steps after the warm-up; t may be larger.
        """

    def next_rates(
        self, progress: Progress, n_steps: int, end: int
    ) -> float | NDArray[np.float64]:
        """Return the rate of the next epoch, or the rates of its steps.

        Parameters
        ----------
        progress : Progress
            State of training.
        n_steps : int
            Steps of the epoch.
        end : int
            Epoch after which the schedule ends, unless it has a ``length``.

        Returns
        -------
        float or ndarray of shape (n_steps,)
        """
        start = progress.rate * progress.scale
        if self.per == "epoch":
            length = self.length or end - progress.first_epoch
            warmup = _units(self.warmup, length)
            epoch = progress.n_epochs - progress.first_epoch
            return self.warm_rate(start, epoch, warmup, length)
        first = progress.n_steps - progress.first_step
        length = self.length or first + max(end - progress.n_epochs, 0) * n_steps
        warmup = _units(self.warmup, length)
        steps = range(first, first + n_steps)
        return np.array([self.warm_rate(start, step, warmup, length) for step in steps])

    def warm_rate(self, start: float, t: int, warmup: int, length: int) -> float:
        """Return the rate of epoch or step t; t and ``length`` include the warm-up."""
        remaining = max(length - warmup, 1)  # a fit may end before its warm-up
        if t >= warmup:
            return self.rate(start, t - warmup, remaining)
        return self.rate(start, 0, remaining) * ((t + 1) / (warmup + 1))

    def after_epoch(self, progress: Progress, value: float) -> None:
        """React to the end of an epoch; called after ``progress`` has counted it.

        Parameters
        ----------
        progress : Progress
            May be changed.
        value : float
            Training loss, or the negative validation score of early stopping: lower is
            better.
        """

    def after_stall(self, progress: Progress) -> tuple[bool, str]:
        """React when training no longer improves.

        Returns
        -------
        goes_on : bool
            Whether training continues.
        remark : str
            Text that ``verbose`` prints.
        """
        return False, "Stopping."

    def ended(self, progress: Progress, end: int) -> bool:
        """Return whether the schedule has reached its end."""
        if self.length is None:
            return self.has_end and progress.n_epochs >= end
        per_epoch = progress.n_epochs - progress.first_epoch
        per_step = progress.n_steps - progress.first_step
        done = per_epoch if self.per == "epoch" else per_step
        return self.has_end and done >= self.length

    def is_idle(self, progress: Progress, rates: float | NDArray[np.float64], end: int) -> bool:
        """Return whether the next epoch, with these rates, changes next to nothing.

        After the end of the schedule, this is a rate below a thousandth of ``initial``.
        Before the end, small rates are intended, and only steps that are lost in rounding
        count.
        """
        fraction = _USELESS if self.ended(progress, end) else _NOTHING
        highest = _highest(rates)
        return highest == 0 or highest < fraction * progress.initial

    def is_useless(self, progress: Progress, rates: float | NDArray[np.float64]) -> bool:
        """Return whether these rates have decayed below a thousandth of ``initial``."""
        return self.decays and _highest(rates) < _USELESS * progress.initial

    def preview(
        self, learning_rate_init: float, n_epochs: int, steps_per_epoch: int = 1
    ) -> NDArray[np.float64]:
        """Return the rate of every step of a fit, to print or plot.

        Schedules that depend on losses (:class:`Adaptive`, :class:`Plateau`) are shown as if
        training always improved, and :class:`InverseScaling` as if steps had one row.

        Parameters
        ----------
        learning_rate_init : float
            Initial rate, > 0.
        n_epochs : int
            Epochs of the fit (``max_iter``), >= 1.
        steps_per_epoch : int, default=1
            Batches per epoch, >= 1.

        Returns
        -------
        ndarray of shape (n_epochs * steps_per_epoch,)

        Raises
        ------
        ValueError
            If a parameter of the schedule is invalid.

        Examples
        --------
        >>> from lightmlp import schedules
        >>> schedules.Linear(warmup=1).preview(0.8, n_epochs=5)
        array([0.4, 0.8, 0.6, 0.4, 0.2])
        """
        self.validate()
        progress = Progress(float(learning_rate_init))
        rates = np.empty((n_epochs, steps_per_epoch))
        for epoch in range(n_epochs):
            rates[epoch] = self.next_rates(progress, steps_per_epoch, n_epochs)
            progress.count_epoch(steps_per_epoch, steps_per_epoch)
            self.after_epoch(progress, -float(epoch))
        return rates.ravel()


def _highest(rates: float | NDArray[np.float64]) -> float:
    # np.max of a float takes a third of an epoch's time outside the engine.
    return rates if isinstance(rates, float) else float(np.max(rates))


def _units(count: float, length: int) -> int:
    """Convert a count, or a fraction of the length, to a number of epochs or steps."""
    return int(count) if isinstance(count, Integral) else round(count * length)


def fraction_done(t: float, length: float) -> float:
    """Return the fraction of the length that is completed, from 0 to 1."""
    return min(t / length, 1.0) if length > 0 else 1.0
