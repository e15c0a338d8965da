"""The epoch loop: the one place that ties optimiser, schedule and stopping to an engine."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Optimizer, OptimizerState, Rates, Training
from ..reporting import say
from .augmented import AugmentedEpochs
from .checkpoint_file import Saved
from .notifier import Notifier
from .schedules import Progress, Schedule
from .stopping import Stopping

__all__ = ["Solver", "Start", "Trainer"]


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
    seed : int, default=0
        That of the dropout masks, which the number of the step does the rest for.
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


@dataclass(frozen=True)
class Start:
    """What a run took over from an earlier one: with its curves, it tells where the run is.

    Parameters
    ----------
    n_epochs, n_steps, n_samples, scale, first_epoch, first_step
        As :class:`~lightmlp.training.schedules.Progress` had them.
    best, count
        As :class:`~lightmlp.training.stopping.Stopping` had them.
    best_score : float
        Best score of earlier runs.
    """

    n_epochs: int
    n_steps: int
    n_samples: int
    scale: float
    first_epoch: int
    first_step: int
    best: Any
    count: int
    best_score: float


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
    verbose : bool, int or "log", default=False
        Whether to print, or to log, a line an epoch.
    max_time : float, default=inf
        Seconds after which no new epoch begins.
    notifier : Notifier or None, default=None
        Who tells the callbacks.
    augmented : AugmentedEpochs or None, default=None
        What changes the rows that train; None: they train as they are.
    first_pass : bool, default=True
        Whether the run began with new parameters.
    resumed : Saved or None, default=None
        The checkpoint that it goes on from.

    Attributes
    ----------
    n_iter : int
        Epochs that were completed.
    losses, validation_losses, validation_scores : list of float
        One entry a completed epoch.
    learning_rates : list of float
        The rate of each completed epoch's last step.
    start : Start
        What the run took over from an earlier one.
    has_best : bool
        Whether the engine keeps best parameters, to be put back at the end.
    start_time, seconds_before : float
        When the run began, less the seconds of the run that it resumes, if any.
    stop_reason : str or None
        Why it ended: "stalled", "max_time", "max_iter", "callback" (one asked to stop),
        "diverged" (parameters are no longer finite) or "interrupted" (by
        KeyboardInterrupt). None while it runs.
    rates : float or ndarray of shape (n_steps,)
        Those of the last epoch.
    n_idle : int
        Epochs at the end of this run that had no learning rate to learn with.
    schedule_ended : bool
        Whether the learning rate has come to the end of its schedule.
    """

    training: Training
    solver: Solver
    stopping: Stopping
    rows: NDArray[np.int64]
    batch_size: int
    random_state: np.random.RandomState | None
    max_iter: int
    validate: Callable[[], tuple[float, float]] | None = None
    watch_score: bool = False
    restore_best: bool = False
    best_score: float = -math.inf
    loss_type: type[np.floating[Any]] = np.float64
    verbose: bool | int | str = False
    max_time: float = math.inf
    notifier: Notifier | None = None
    augmented: AugmentedEpochs | None = None
    first_pass: bool = True
    resumed: Saved | None = None
    n_iter: int = field(default=0, init=False)
    losses: list[Any] = field(default_factory=list, init=False)
    validation_losses: list[float] = field(default_factory=list, init=False)
    validation_scores: list[float] = field(default_factory=list, init=False)
    learning_rates: list[float] = field(default_factory=list, init=False)
    stop_reason: str | None = field(default=None, init=False)
    has_best: bool = field(default=False, init=False)
    rates: Rates = field(default=0.0, init=False)
    n_idle: int = field(default=0, init=False)
    start_time: float = field(default=0.0, init=False)
    seconds_before: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        progress, stopping = self.solver.progress, self.stopping
        self.start = Start(
            progress.n_epochs,
            progress.n_steps,
            progress.n_samples,
            progress.scale,
            progress.first_epoch,
            progress.first_step,
            stopping.best,
            stopping.count,
            self.best_score,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def run(self, *, keep_initial: bool = False) -> None:
        """Train; a KeyboardInterrupt ends it and leaves the parameters reached.

        Parameters
        ----------
        keep_initial : bool, default=False
            Whether the starting parameters count as the best so far, to be put back
            when no score ever improves, since no outputs are finite.
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
        self.solver.state = self.training.share_optimizer_state()

    def _run_epochs(self) -> None:
        n_steps = self.steps_per_epoch
        if self.n_iter > 0:  # resumed, perhaps when it was over
            self._end_if_spent()
        while self.stop_reason is None:
            order = self.next_order()
            self.rates = rates = self.solver.next_rates(n_steps)
            self.n_idle = self.n_idle + 1 if self.solver.is_idle(rates) else 0
            loss = self.train_epoch(order, rates)
            self.learning_rates.append(float(np.ravel(rates)[-1]))
            self.solver.progress.count_epoch(n_steps, len(order))
            self._end_epoch(self.loss_type(loss))

    def train_epoch(self, order: NDArray[np.int64], rates: Rates) -> float:
        """Make one step a batch of these rows, augmented or not; return the mean loss."""
        if self.augmented is None:
            return self.training.train_epoch(order, rates)
        epoch = self.solver.progress.n_epochs
        return self.augmented.train_epoch(self.training, order, rates, epoch)

    def next_order(self) -> NDArray[np.int64]:
        """Return the order of the rows in the next epoch: a permutation of the last one."""
        if self.random_state is not None:
            self.training.shuffle(self.rows, self.random_state)
        return self.rows

    def _end_epoch(self, loss: Any) -> None:
        self.n_iter += 1
        self.losses.append(loss)
        if self.verbose:
            say(self.verbose, f"Iteration {self.n_iter}, loss = {loss:.8f}")
        self.observe(loss, self._validate())
        self._end_if_spent()
        if self.notifier is not None:
            self._notify(self.notifier)

    def observe(self, loss: Any, score: float) -> None:
        """Let stopping and schedule answer an epoch, which ``progress`` counts already."""
        self.stopping.observe(score if self.watch_score else loss)
        watched = float(loss) if self.validate is None else -score
        self.solver.schedule.after_epoch(self.solver.progress, watched)
        if self._diverged(loss):
            self.stop_reason = "diverged"
        elif self.stopping.stalled:
            self._answer_stall()

    def _diverged(self, loss: Any) -> bool:
        """Whether parameters are not finite: nothing brings them back, so that it ends here.

        They are looked at only where the loss tells of it: a copy of them takes time.
        """
        if math.isfinite(loss):
            return False
        return not self.training.parameters().are_finite()

    @property
    def schedule_ended(self) -> bool:
        """Whether the learning rate has come to the end of its schedule."""
        return self.solver.schedule.ended(self.solver.progress, self.solver.end)

    def _notify(self, notifier: Notifier) -> None:
        """Tell the callbacks of the epoch, and heed one that asks to stop."""
        figures = {"loss": self.losses[-1], "learning_rate": self.learning_rates[-1]}
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
            say(self.verbose, f"Validation score: {score:f}")
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
        goes_on, remark = self.solver.schedule.after_stall(self.solver.progress)
        if self.verbose:
            say(self.verbose, f"{self.stopping.reason} {remark}")
        if goes_on:
            self.stopping.count = 0
        else:
            self.stop_reason = "stalled"

    def _end_if_spent(self) -> None:
        """End where the epochs or the seconds are used up."""
        if self.stop_reason is not None:
            return
        if self.n_iter >= self.max_iter:
            self.stop_reason = "max_iter"
        elif time.perf_counter() - self.start_time >= self.max_time:
            self.stop_reason = "max_time"
