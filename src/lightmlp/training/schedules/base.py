"""What all schedules share: the count of epochs or steps, the warm-up, the hooks."""

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
"""Share of the rate at the start below which a schedule that has ended is too low to learn."""

_NOTHING = 1e-9
"""Share below which a step is lost in the rounding of the parameters."""


@dataclass
class Progress:
    """How far training has come: all that a schedule remembers, and part of what goes on.

    Parameters
    ----------
    initial : float
        ``learning_rate_init`` of this run.
    n_epochs, n_steps, n_samples : int, default=0
        Completed epochs, their steps and the rows they visited, earlier runs included.
    scale : float, default=1.0
        What :class:`Plateau` has multiplied the rate by.
    best : float, default=inf
        Best value that it has seen.
    n_bad, n_resting : int, default=0
        Its epochs without improvement, and those in which it still waits.
    first_epoch, first_step : int, default=0
        Epochs and steps that were completed when the schedule last started: it counts
        from here.

    Attributes
    ----------
    rate : float
        ``initial``, or what :class:`InverseScaling` and :class:`Adaptive` have made of it.

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
    n_bad: int = 0
    n_resting: int = 0
    first_epoch: int = 0
    first_step: int = 0
    rate: float = field(init=False)

    def __post_init__(self) -> None:
        self.rate = self.initial

    def count_epoch(self, n_steps: int, n_samples: int) -> None:
        """Count an epoch of so many steps and rows."""
        self.n_epochs += 1
        self.n_steps += n_steps
        self.n_samples += n_samples

    def restarted(self, initial: float) -> "Progress":
        """Return what another run (``warm_start``) begins with: counts and scale go on."""
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
        """Let the schedule start anew with the next epoch; all else goes on."""
        self.first_epoch, self.first_step = self.n_epochs, self.n_steps


class Schedule(Settings, ABC):
    """Base of all schedules: how the learning rate changes in the course of training.

    Parameters
    ----------
    per : {'epoch', 'step'}, default='epoch'
        What is counted: the learning rate changes after every epoch or after every step
        (a batch), and all lengths are numbers of epochs or of steps.
    warmup : int or float, default=0
        Epochs or steps before the schedule proper, >= 0, or, between 0 and 1, their share
        of the whole length. Number k of w (from 0) has the rate (k + 1) / (w + 1) of that
        with which the schedule proper begins.
    length : int or None, default=None
        Epochs or steps in all, warm-up included, >= 1; None is up to ``max_iter`` epochs
        from the start of ``fit``, or ``max_iter`` epochs in all for ``partial_fit``.

    Notes
    -----
    A schedule with an end stays at its last rate after it. Where that is below a
    thousandth of the rate at the start, it is too low to learn: ``partial_fit``, and
    ``fit`` with ``warm_start``, which begin after the end start the schedule anew for
    another length, with a warning; a single ``fit`` that outlasts the ``length`` stays
    there and warns at its end. An ``end`` of a thousandth or more is kept in silence: the
    way to have a schedule in a stream.

    Warm-up: Goyal et al. (2017), "Accurate, Large Minibatch SGD: Training ImageNet in 1
    Hour", section 2.2, in the variant that begins above zero and ends below the full
    rate, so that no step is lost.
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
    """Whether the formula depends on the length and stays at its last value after it."""
    decays: ClassVar[bool] = False
    """Whether the rate falls without an end: a long stream stops learning."""

    per: str
    warmup: float
    length: int | None

    def validate(self) -> None:
        """Check the parameters; a ``length`` must be one that something depends on."""
        super().validate()
        warmup_is_a_share = not isinstance(self.warmup, Integral) and self.warmup > 0
        if self.length is not None and not (self.has_end or warmup_is_a_share):
            raise ValueError(
                f"{type(self).__name__}.length={self.length} has no effect: the rate does not "
                "depend on it, and warmup is no share of it. Leave it out."
            )

    @property
    def needs_end(self) -> bool:
        """Whether the rates depend on the epoch after which a fit is to end."""
        shares = not isinstance(self.warmup, Integral)
        return self.length is None and (self.has_end or shares)

    @abstractmethod
    def rate(self, start: float, t: int, length: int) -> float:
        """Return the learning rate of an epoch or step, without warm-up.

        Parameters
        ----------
        start : float
            Rate at the start.
        t : int
            Epochs or steps after the warm-up, >= 0.
        length : int
            Epochs or steps in all after the warm-up; t may be larger.
        """

    def next_rates(
        self, progress: Progress, n_steps: int, end: int
    ) -> float | NDArray[np.float64]:
        """Return the rate of the next epoch, or those of its steps.

        Parameters
        ----------
        progress : Progress
            Where training is.
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
        """Return the learning rate of epoch or step t, both counted with the warm-up."""
        proper = max(length - warmup, 1)  # a fit may end before its warm-up
        if t >= warmup:
            return self.rate(start, t - warmup, proper)
        return self.rate(start, 0, proper) * ((t + 1) / (warmup + 1))

    def after_epoch(self, progress: Progress, value: float) -> None:
        """Answer an epoch, which ``progress`` counts already.

        Parameters
        ----------
        progress : Progress
            May be changed.
        value : float
            Training loss, or the negative validation score of early stopping: lower is
            better.
        """

    def after_stall(self, progress: Progress) -> tuple[bool, str]:
        """Answer a training that no longer improves.

        Returns
        -------
        goes_on : bool
            Whether training goes on.
        remark : str
            What ``verbose`` prints.
        """
        return False, "Stopping."

    def ended(self, progress: Progress, end: int) -> bool:
        """Tell whether the schedule has come to its end."""
        if self.length is None:
            return self.has_end and progress.n_epochs >= end
        per_epoch = progress.n_epochs - progress.first_epoch
        per_step = progress.n_steps - progress.first_step
        done = per_epoch if self.per == "epoch" else per_step
        return self.has_end and done >= self.length

    def is_idle(self, progress: Progress, rates: float | NDArray[np.float64], end: int) -> bool:
        """Tell whether the next epoch, of these rates, moves next to nothing.

        After the end that is a rate below a thousandth of ``initial``: a schedule that has
        come there has done its work. Before it small rates are part of that work, and
        only a step that is lost in rounding counts.
        """
        share = _USELESS if self.ended(progress, end) else _NOTHING
        highest = float(np.max(rates))
        return highest == 0 or highest < share * progress.initial

    def is_useless(self, progress: Progress, rates: float | NDArray[np.float64]) -> bool:
        """Tell whether these rates have decayed to less than a thousandth of ``initial``."""
        return self.decays and float(np.max(rates)) < _USELESS * progress.initial

    def preview(
        self, learning_rate_init: float, n_epochs: int, steps_per_epoch: int = 1
    ) -> NDArray[np.float64]:
        """Return the rate of every step that a fit would make, to print or to draw.

        A schedule that answers losses (:class:`Adaptive`, :class:`Plateau`) is shown for
        a training that always improves, and :class:`InverseScaling` for steps of one row.

        Parameters
        ----------
        learning_rate_init : float
            Rate at the start, > 0.
        n_epochs : int
            Epochs of the fit (``max_iter``), >= 1.
        steps_per_epoch : int, default=1
            Batches an epoch, >= 1.

        Returns
        -------
        ndarray of shape (n_epochs * steps_per_epoch,)

        Raises
        ------
        ValueError
            If a parameter of the schedule is wrong.

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


def _units(count: float, length: int) -> int:
    """Epochs or steps, given as such or as a share of the length."""
    return int(count) if isinstance(count, Integral) else round(count * length)


def share_done(t: float, length: float) -> float:
    """How much of the length lies behind, from 0 to 1."""
    return min(t / length, 1.0) if length > 0 else 1.0
