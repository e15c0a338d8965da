"""The epoch loop: the one place that ties optimiser, schedule and stopping to an engine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Optimizer, OptimizerState, Training
from .schedules import Schedule
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
        How the base learning rate changes.
    base_learning_rate : float
        The schedule's current rate.
    state : OptimizerState or None, default=None
        What the update rule remembers; None before the first step.
    """

    optimizer: Optimizer
    schedule: Schedule
    base_learning_rate: float
    state: OptimizerState | None = None

    @property
    def learning_rate(self) -> float:
        """Step size of the last step (Adam's with its bias correction)."""
        if self.state is None or self.state.n_steps == 0:
            return self.base_learning_rate
        return self.optimizer.step_size(self.base_learning_rate, self.state.n_steps)


@dataclass
class Trainer:
    """Trains for up to ``max_iter`` epochs; afterwards its fields tell what happened.

    Parameters
    ----------
    training : Training
        The engine's run: parameters, optimiser state and data.
    solver : Solver
        Its ``base_learning_rate`` is changed by the schedule.
    stopping : Stopping
        The count of epochs without improvement, carried over from earlier runs.
    rows : ndarray of shape (n_rows,), int64
        The rows of the data to train on, in the order used without shuffling; shuffled
        in place.
    random_state : numpy.random.RandomState or None
        Source of each epoch's permutation; None keeps the order.
    max_iter : int
        Most epochs, >= 1.
    n_samples_seen : int, default=0
        Rows visited so far, earlier runs included.
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
    stopped : bool
        Whether training ended because it stalled.
    interrupted : bool
        Whether it ended by KeyboardInterrupt.
    """

    training: Training
    solver: Solver
    stopping: Stopping
    rows: NDArray[np.int64]
    random_state: np.random.RandomState | None
    max_iter: int
    n_samples_seen: int = 0
    score: Callable[[], float] | None = None
    loss_type: type[np.floating[Any]] = np.float64
    verbose: bool | int = False
    n_iter: int = field(default=0, init=False)
    losses: list[Any] = field(default_factory=list, init=False)
    validation_scores: list[float] = field(default_factory=list, init=False)
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
        while self.n_iter < self.max_iter and not self.stopped:
            if self.random_state is not None:
                # The same order as scikit-learn's, which indexes with a shuffled arange,
                # without its two further arrays as long as the table.
                self.random_state.shuffle(self.rows)
            loss = self.training.train_epoch(self.rows, self.solver.base_learning_rate)
            self._end_epoch(self.loss_type(loss))

    def _end_epoch(self, loss: Any) -> None:
        self.n_iter += 1
        self.n_samples_seen += len(self.rows)
        self.losses.append(loss)
        if self.verbose:
            print(f"Iteration {self.n_iter}, loss = {loss:.8f}")
        if self.score is None:
            self.stopping.observe(loss)
        else:
            self._validate(self.score())
        solver = self.solver
        solver.base_learning_rate = solver.schedule.after_epoch(
            solver.base_learning_rate, self.n_samples_seen
        )
        if self.stopping.stalled:
            self._answer_stall()

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
        solver = self.solver
        rate, remark = solver.schedule.after_stall(solver.base_learning_rate)
        if self.verbose:
            print(self.stopping.reason, remark)
        if rate is None:
            self.stopped = True
        else:
            solver.base_learning_rate = rate
            self.stopping.count = 0
