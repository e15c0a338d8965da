"""The epoch loop: the one place that ties optimiser, schedule and stopping to an engine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Optimizer, OptimizerState, Rates, Training
from .schedules import Progress, Schedule
from .stopping import Stopping

__all__ = ["Solver", "Trainer"]


@dataclass
class Solver:
    """What one run of training hands over to the next one (``partial_fit``).

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
    """

    optimizer: Optimizer
    schedule: Schedule
    progress: Progress
    end: int
    state: OptimizerState | None = None

    def next_rates(self, n_steps: int) -> Rates:
        """Return the learning rate of the next epoch, or those of its steps."""
        return self.schedule.next_rates(self.progress, n_steps, self.end)


@dataclass
class Trainer:
    """Trains for up to ``max_iter`` epochs; afterwards its fields tell what happened.

    Parameters
    ----------
    training : Training
        The engine's run: parameters, optimiser state and data.
    solver : Solver
        Its ``progress`` moves on.
    stopping : Stopping
        The count of epochs without improvement, carried over from earlier runs.
    rows : ndarray of shape (n_rows,), int64
        The rows of the data to train on, in the order used without shuffling; shuffled
        in place.
    batch_size : int
        Rows a step, as the engine's run has it.
    random_state : numpy.random.RandomState or None
        Source of each epoch's permutation; None keeps the order.
    max_iter : int
        Most epochs, >= 1.
    score : callable or None, default=None
        ``score() -> float`` on held-out rows at the current parameters, for
        :class:`~lightmlp.training.stopping.ScoreStopping`. The best parameters are
        kept and put back at the end.
    loss_type : type, default=numpy.float64
        NumPy scalar type of the recorded losses.
    verbose : bool or int, default=False
        Whether to print a line an epoch.

    Attributes
    ----------
    n_iter : int
        Epochs that were completed.
    losses, validation_scores : list of float
        One entry a completed epoch.
    learning_rates : list of float
        The rate of each completed epoch's last step.
    stopped : bool
        Whether training ended because it stalled.
    schedule_ended : bool
        Whether the learning rate has come to the end of its schedule.
    interrupted : bool
        Whether it ended by KeyboardInterrupt.
    """

    training: Training
    solver: Solver
    stopping: Stopping
    rows: NDArray[np.int64]
    batch_size: int
    random_state: np.random.RandomState | None
    max_iter: int
    score: Callable[[], float] | None = None
    loss_type: type[np.floating[Any]] = np.float64
    verbose: bool | int = False
    n_iter: int = field(default=0, init=False)
    losses: list[Any] = field(default_factory=list, init=False)
    validation_scores: list[float] = field(default_factory=list, init=False)
    learning_rates: list[float] = field(default_factory=list, init=False)
    stopped: bool = field(default=False, init=False)
    interrupted: bool = field(default=False, init=False)
    _has_best: bool = field(default=False, init=False)

    def run(self, *, keep_initial: bool = False) -> None:
        """Train; a KeyboardInterrupt ends it and leaves the parameters reached.

        Parameters
        ----------
        keep_initial : bool, default=False
            Whether the starting parameters count as the best so far, to be put back
            when no score ever improves (each of them is NaN, say).
        """
        if keep_initial:
            self._keep_best()
        try:
            self._run_epochs()
        except KeyboardInterrupt:
            self.interrupted = True
        if self._has_best:
            self.training.restore_best()
        self.solver.state = self.training.optimizer_state()

    def _run_epochs(self) -> None:
        n_steps = -(-len(self.rows) // self.batch_size)
        while self.n_iter < self.max_iter and not self.stopped:
            order = self.next_order()
            rates = self.solver.next_rates(n_steps)
            loss = self.training.train_epoch(order, rates)
            self.learning_rates.append(float(np.ravel(rates)[-1]))
            self.solver.progress.count_epoch(n_steps, len(order))
            self._end_epoch(self.loss_type(loss))

    def next_order(self) -> NDArray[np.int64]:
        """Return the order of the rows in the next epoch: a permutation of the last one."""
        if self.random_state is not None:
            self.training.shuffle(self.rows, self.random_state)
        return self.rows

    def _end_epoch(self, loss: Any) -> None:
        self.n_iter += 1
        self.losses.append(loss)
        if self.verbose:
            print(f"Iteration {self.n_iter}, loss = {loss:.8f}")
        if self.score is None:
            self.stopping.observe(loss)
            watched = float(loss)
        else:
            score = self.score()
            self._validate(score)
            watched = -score
        self.solver.schedule.after_epoch(self.solver.progress, watched)
        if self.stopping.stalled:
            self._answer_stall()

    @property
    def schedule_ended(self) -> bool:
        """Whether the learning rate has come to the end of its schedule."""
        return self.solver.schedule.ended(self.solver.progress, self.solver.end)

    def _validate(self, score: float) -> None:
        self.validation_scores.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        if self.stopping.observe(score):
            self._keep_best()

    def _keep_best(self) -> None:
        self.training.keep_best()
        self._has_best = True

    def _answer_stall(self) -> None:
        goes_on, remark = self.solver.schedule.after_stall(self.solver.progress)
        if self.verbose:
            print(self.stopping.reason, remark)
        if goes_on:
            self.stopping.count = 0
        else:
            self.stopped = True
