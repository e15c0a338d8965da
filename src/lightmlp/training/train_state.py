"""What one run of training hands over to the next one."""

from dataclasses import dataclass

from ..engines.base import Optimizer, OptimizerState, Rates
from .schedules import Progress, Schedule

__all__ = ["TrainState"]


@dataclass
class TrainState:
    """Optimiser, schedule and where both are (``partial_fit`` continues with them).

    Parameters
    ----------
    optimizer : Optimizer
        Update rule and its settings.
    schedule : Schedule
        How the learning rate changes.
    progress : Progress
        Where the schedule is.
    end : int
        Epoch, counted as ``progress`` does, after which a schedule without a length ends.
    state : OptimizerState or None, default=None
        What the update rule remembers; None before the first step.
    seed : int, default=0
        Seed of the dropout masks, which also depend on the number of the step.
    augmentation_seed : int or None, default=None
        Seed of the augmentation's draws, if there is any.
    """

    optimizer: Optimizer
    schedule: Schedule
    progress: Progress
    end: int
    state: OptimizerState | None = None
    seed: int = 0
    augmentation_seed: int | None = None

    def next_rates(self, n_steps: int) -> Rates:
        """Return the learning rate of the next epoch, or those of its steps."""
        return self.schedule.next_rates(self.progress, n_steps, self.end)

    def is_idle(self, rates: Rates) -> bool:
        """Tell whether the next epoch, of these rates, moves next to nothing."""
        return self.schedule.is_idle(self.progress, rates, self.end)

    @property
    def schedule_ended(self) -> bool:
        """Whether the learning rate has come to the end of its schedule."""
        return self.schedule.ended(self.progress, self.end)
