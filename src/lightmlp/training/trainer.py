"""The epoch loop: the one place that ties optimiser, schedule and stopping to an engine."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Optimizer, OptimizerState, Training
from .notifier import Notifier
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
        The rows of the data to train on, in the order used without shuffling.
    random_state : numpy.random.RandomState or None
        Source of each epoch's permutation; None keeps the order.
    max_iter : int
        Most epochs, >= 1.
    n_samples_seen : int, default=0
        Rows visited so far, earlier runs included.
    validate : callable or None, default=None
        ``validate() -> (loss, score)`` of held-out rows at the current parameters.
    watch_score : bool, default=False
        Whether ``stopping`` counts the score of the held-out rows, not the training loss.
    restore_best : bool, default=False
        Whether the parameters with the best score are kept, and put back at the end.
    best_score : float, default=-inf
        Best score of earlier runs.
    loss_type : type, default=numpy.float64
        NumPy scalar type of the recorded losses.
    verbose : bool or int, default=False
        Whether to print a line an epoch.
    max_time : float, default=inf
        Seconds after which no new epoch begins.
    notifier : Notifier or None, default=None
        Who tells the callbacks.

    Attributes
    ----------
    n_iter : int
        Epochs that were completed.
    losses, validation_losses, validation_scores : list of float
        One entry a completed epoch.
    order : ndarray of shape (n_rows,), int64
        The rows in the order of the last epoch.
    has_best : bool
        Whether the engine keeps best parameters, to be put back at the end.
    start_time, seconds_before : float
        When the run began, less the seconds of the run that it resumes, if any.
    stop_reason : str or None
        Why it ended: "stalled", "max_time", "max_iter", "callback" (one asked to stop) or
        "interrupted" (by KeyboardInterrupt). None while it runs.
    """

    training: Training
    solver: Solver
    stopping: Stopping
    rows: NDArray[np.int64]
    random_state: np.random.RandomState | None
    max_iter: int
    n_samples_seen: int = 0
    validate: Callable[[], tuple[float, float]] | None = None
    watch_score: bool = False
    restore_best: bool = False
    best_score: float = -math.inf
    loss_type: type[np.floating[Any]] = np.float64
    verbose: bool | int = False
    max_time: float = math.inf
    notifier: Notifier | None = None
    n_iter: int = field(default=0, init=False)
    losses: list[Any] = field(default_factory=list, init=False)
    validation_losses: list[float] = field(default_factory=list, init=False)
    validation_scores: list[float] = field(default_factory=list, init=False)
    stop_reason: str | None = field(default=None, init=False)
    order: NDArray[np.int64] = field(init=False)
    has_best: bool = field(default=False, init=False)
    start_time: float = field(default=0.0, init=False)
    seconds_before: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.order = self.rows.copy()  # shuffled in place

    def run(self, *, keep_initial: bool = False) -> None:
        """Train; a KeyboardInterrupt ends it and leaves the parameters reached.

        Parameters
        ----------
        keep_initial : bool, default=False
            Whether the starting parameters count as the best so far, to be put back
            when no score ever improves (each of them is NaN, say).
        """
        try:
            self._run_until_interrupted(keep_initial)
        except BaseException:
            self.stop_reason = "error"
            raise
        finally:
            if self.notifier is not None:
                self.notifier.end(str(self.stop_reason))

    def _run_until_interrupted(self, keep_initial: bool) -> None:
        self.start_time = time.perf_counter() - self.seconds_before
        if keep_initial:
            self.keep_best()
        try:
            if self.notifier is not None:
                self.notifier.begin(self.n_iter, self.seconds_before)
            self._run_epochs()
        except KeyboardInterrupt:
            self.stop_reason = "interrupted"
        if self.has_best:
            self.training.restore_best()
        self.solver.state = self.training.optimizer_state()

    def _run_epochs(self) -> None:
        if self.n_iter > 0:  # resumed, perhaps when it was over
            self._end_if_spent()
        while self.stop_reason is None:
            if self.random_state is not None:
                self.training.shuffle(self.order, self.random_state)
            loss = self.training.train_epoch(self.order, self.solver.base_learning_rate)
            self._end_epoch(self.loss_type(loss))

    def _end_epoch(self, loss: Any) -> None:
        learning_rate = self.solver.base_learning_rate
        self.n_iter += 1
        self.n_samples_seen += len(self.rows)
        self.losses.append(loss)
        if self.verbose:
            print(f"Iteration {self.n_iter}, loss = {loss:.8f}")
        score = self._validate()
        self.stopping.observe(score if self.watch_score else loss)
        solver = self.solver
        solver.base_learning_rate = solver.schedule.after_epoch(
            solver.base_learning_rate, self.n_samples_seen
        )
        if self.stopping.stalled:
            self._answer_stall()
        self._end_if_spent()
        if self.notifier is not None:
            self._notify(self.notifier, learning_rate)

    def _notify(self, notifier: Notifier, learning_rate: float) -> None:
        """Tell the callbacks of the epoch, and heed one that asks to stop."""
        figures = {"loss": self.losses[-1], "learning_rate": learning_rate}
        if self.validate is not None:
            figures["validation_loss"] = self.validation_losses[-1]
            figures["validation_score"] = self.validation_scores[-1]
        self.stop_reason = notifier.end_epoch(self.n_iter, self.stop_reason, **figures)

    def _validate(self) -> float:
        """Score the held-out rows, if any, and keep the parameters that score best."""
        if self.validate is None:
            return math.nan
        loss, score = self.validate()
        self.validation_losses.append(loss)
        self.validation_scores.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        if score > self.best_score:
            self.best_score = score
            if self.restore_best:
                self.keep_best()
        return score

    def keep_best(self) -> None:
        """Count the current parameters as the best so far."""
        self.training.keep_best()
        self.has_best = True

    def _answer_stall(self) -> None:
        solver = self.solver
        rate, remark = solver.schedule.after_stall(solver.base_learning_rate)
        if self.verbose:
            print(self.stopping.reason, remark)
        if rate is None:
            self.stop_reason = "stalled"
        else:
            solver.base_learning_rate = rate
            self.stopping.count = 0

    def _end_if_spent(self) -> None:
        """End where the epochs or the seconds are used up."""
        if self.stop_reason is not None:
            return
        if self.n_iter >= self.max_iter:
            self.stop_reason = "max_iter"
        elif time.perf_counter() - self.start_time >= self.max_time:
            self.stop_reason = "max_time"
