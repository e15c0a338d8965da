"""Schedules of what a step multiplies besides the learning rate."""

from dataclasses import dataclass

import numpy as np

from ..engines.base import Rates, StepFactors
from .schedules import Progress, Schedule

__all__ = ["FactorSchedules"]

_PLAIN = StepFactors()


@dataclass(frozen=True)
class FactorSchedules:
    """Which schedules weight decay and dropout follow; they count as the learning rate's does.

    Parameters
    ----------
    weight_decay, dropout : Schedule or None, default=None
        Schedules that only count; None: the value stays.

    Examples
    --------
    >>> from lightmlp.training.factor_schedules import FactorSchedules
    >>> from lightmlp.training.schedules import Linear, Progress
    >>> factors = FactorSchedules(dropout=Linear())
    >>> factors.next_factors(Progress(0.01, n_epochs=1), n_steps=5, end=4)
    StepFactors(weight_decay=1.0, dropout=0.75)
    """

    weight_decay: Schedule | None = None
    dropout: Schedule | None = None

    @property
    def needs_end(self) -> bool:
        """Whether a factor depends on the epoch after which the fit ends."""
        schedules = self.weight_decay, self.dropout
        return any(schedule is not None and schedule.needs_end for schedule in schedules)

    def next_factors(self, progress: Progress, n_steps: int, end: int) -> StepFactors:
        """Return the factors of the next epoch, or of its steps.

        Parameters
        ----------
        progress : Progress
            State of training.
        n_steps : int
            Steps of the epoch.
        end : int
            Epoch after which schedules without a ``length`` end.

        Raises
        ------
        ValueError
            If a factor is not finite, negative or, of dropout, above 1.
        """
        if self.weight_decay is None and self.dropout is None:
            return _PLAIN
        counts = Progress(
            1.0,
            progress.n_epochs,
            progress.n_steps,
            first_epoch=progress.first_epoch,
            first_step=progress.first_step,
        )
        return StepFactors(
            _next("weight_decay", self.weight_decay, counts, n_steps, end),
            _next("dropout", self.dropout, counts, n_steps, end, most=1.0),
        )


def _next(
    name: str,
    schedule: Schedule | None,
    counts: Progress,
    n_steps: int,
    end: int,
    most: float = np.finfo(np.float64).max,
) -> Rates:
    if schedule is None:
        return 1.0
    try:
        factors = schedule.next_rates(counts, n_steps, end)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    for factor in (float(np.min(factors)), float(np.max(factors))):
        if not 0 <= factor <= most:
            allowed = "in [0, 1]" if most == 1 else ">= 0 and finite"
            raise ValueError(
                f"{name}: schedule={schedule!r} has the factor {factor} in epoch "
                f"{counts.n_epochs}, expected one {allowed}. Scale it, and the value."
            )
    return factors
