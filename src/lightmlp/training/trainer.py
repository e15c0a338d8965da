"""The epoch loop: the one place that ties optimiser, schedule and stopping to an engine."""

import math
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Rates, Training
from ..reporting import emit
from .callback_dispatcher import CallbackDispatcher, make_dispatcher
from .plan import EpochPlan
from .result import Curves, EpochResult
from .saving import make_saver
from .snapshot import resume
from .stopping import Stopping
from .train_state import TrainState

__all__ = ["Epoch", "Start", "Trainer"]

Rows = NDArray[np.int64]


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
    first_pass : bool
        Whether the run began with new parameters.
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
    first_pass: bool


class Epoch(NamedTuple):
    """What an epoch came to.

    Parameters
    ----------
    loss : float
        Mean loss, each batch before its step.
    learning_rate : float
        The rate of the last step.
    """

    loss: float
    learning_rate: float


class Trainer:
    """Carries out a plan, epoch by epoch.

    :meth:`run` does all of it. Who wants to look at or decide about each epoch calls what it
    calls: :meth:`begin`, then :meth:`next_epoch` and :meth:`accept` until there is a
    ``stop_reason``, then :meth:`finish`. Epochs that are not accepted leave no trace in the
    curves. Trainers share nothing but the arrays of their plans' data, which they only
    read: any number of them may run at the same time.

    Parameters
    ----------
    plan : EpochPlan
        For this trainer alone: its state, rows and random stream move on.

    Attributes
    ----------
    training : Training
        The engine's run: parameters, optimiser state and data.
    state : TrainState
        What the next run takes over.
    stopping : Stopping
        The count of bad epochs.
    curves : Curves
        Figures of the epochs.
    start : Start
        What the run took over from an earlier one.
    best_score : float
        Best score of the held-out rows, earlier runs included.
    has_best : bool
        Whether the engine keeps best parameters, to be put back at the end.
    stop_reason : str or None
        Why it ended: "stalled", "max_time", "max_iter", "callback" (one asked to stop),
        "diverged" (parameters are no longer finite), "interrupted" (by KeyboardInterrupt)
        or "error". None while it runs; whoever drives it may set one.
    start_time, seconds_before : float
        When the run began, less the seconds of the run that it resumes, if any.
    last_rates : float or ndarray of shape (n_steps,)
        Those of the last epoch.
    n_idle : int
        Epochs at the end of this run that had no learning rate to learn with.

    Raises
    ------
    ValueError
        If the checkpoint of the plan does not belong to it.
    """

    def __init__(self, plan: EpochPlan) -> None:
        self.plan = plan
        self.state, self.stopping = plan.state, plan.stopping
        self.training = _start_training(plan)
        self.curves = Curves()
        self.best_score, self.has_best = plan.best_score, False
        self.start = _start_of(self.state, self.stopping, plan)
        self.stop_reason: str | None = None
        self.start_time = self.seconds_before = 0.0
        self.last_rates: Rates = 0.0
        self.n_idle = 0
        self._verbose = plan.verbose
        save = make_saver(self)
        self.dispatcher = make_dispatcher(plan, self.training.parameters, plan.rows, save)
        if plan.resumed is not None:
            resume(self, plan.resumed)

    @property
    def n_iter(self) -> int:
        """Epochs that were completed."""
        return len(self.curves.losses)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return self._n_steps(self.plan.rows)

    def _n_steps(self, order: Rows) -> int:
        return -(-len(order) // self.plan.batch_size)

    def run(self) -> EpochResult:
        """Train to the end; a KeyboardInterrupt ends it and leaves the parameters reached."""
        try:
            self.begin()
            while self.stop_reason is None:
                self.accept(self.next_epoch())
        except KeyboardInterrupt:
            self.stop_reason = "interrupted"
        except BaseException:
            self.stop_reason = "error"
            self._tell_the_end()
            raise
        return self.finish()

    def begin(self) -> None:
        """Start the clock, and tell the callbacks.

        Where the run is new and its best parameters are put back, the initial ones count as
        the best so far: no score improves where no outputs are finite.
        """
        self.start_time = time.perf_counter() - self.seconds_before
        plan = self.plan
        if plan.restore_best and plan.first_pass and plan.resumed is None:
            self.keep_best()
        if self.dispatcher is not None:
            self.dispatcher.begin(self.n_iter, self.seconds_before)
        if self.n_iter > 0:  # resumed, perhaps when it was over
            self._end_if_spent()

    def next_epoch(self, order: Rows | None = None, rates: Rates | None = None) -> Epoch:
        """Train for an epoch.

        Parameters
        ----------
        order : ndarray of int64, default=None
            Rows to visit, in this order; None: those of the plan, as :meth:`next_order`.
        rates : float or ndarray of shape (n_steps,), default=None
            Learning rate, or those of the steps; None: as the schedule has it.
        """
        order = self.next_order() if order is None else order
        n_steps, state = self._n_steps(order), self.state
        if rates is None:
            rates = state.next_rates(n_steps)
            self.n_idle = self.n_idle + 1 if state.is_idle(rates) else 0
        self.last_rates = rates
        loss = self._train(order, rates)
        state.progress.count_epoch(n_steps, len(order))
        return Epoch(loss, rates if isinstance(rates, float) else float(rates[-1]))

    def next_order(self) -> Rows:
        """Return the order of the rows in the next epoch: a permutation of the last one."""
        if self.plan.random_state is not None:
            self.training.shuffle(self.plan.rows, self.plan.random_state)
        return self.plan.rows

    def _train(self, order: Rows, rates: Rates) -> float:
        """Make one step per batch of these rows, augmented or not; return the mean loss."""
        progress, end = self.state.progress, self.state.end
        factors = self.plan.factors.next_factors(progress, self._n_steps(order), end)
        if self.plan.augmented is None:
            return self.training.train_epoch(order, rates, factors)
        augmented, epoch = self.plan.augmented, progress.n_epochs
        return augmented.train_epoch(self.training, order, rates, epoch, factors)

    def accept(self, epoch: Epoch) -> None:
        """Take an epoch into the curves, validate, and decide whether to go on."""
        curves, loss = self.curves, self.plan.loss_type(epoch.loss)
        curves.losses.append(loss)
        curves.learning_rates.append(epoch.learning_rate)
        if self._verbose:
            emit(self._verbose, f"Iteration {self.n_iter}, loss = {loss:.8f}")
        self._observe(loss, self._validate())
        self._end_if_spent()
        if self.dispatcher is not None:
            self._dispatch(self.dispatcher)

    def finish(self) -> EpochResult:
        """Put the best parameters back, tell the callbacks, and return what there is."""
        if self.has_best:
            self.training.restore_best()
        self.state.state = self.training.share_optimizer_state()
        self._tell_the_end()
        return EpochResult(
            parameters=self.training.parameters(),
            n_iter=self.n_iter,
            stop_reason=self.stop_reason,
            curves=self.curves,
            validated=self.plan.validate is not None,
            state=self.state,
            n_bad_epochs=self.stopping.count,
            best=self.stopping.best,
            best_score=self.best_score,
            has_best=self.has_best,
            last_rates=self.last_rates,
            n_idle=self.n_idle,
        )

    def replay(self, curves: Curves) -> int:
        """Let stopping and schedule answer the epochs of an earlier process again.

        Parameters
        ----------
        curves : Curves
            What these epochs came to; the run's from now on.

        Returns
        -------
        int
            The number of epochs after which the run would have ended, or all of them.
        """
        self._verbose = False
        for epoch, loss in enumerate(curves.losses):
            if self.stop_reason is not None:
                return epoch
            self.state.progress.count_epoch(self.steps_per_epoch, len(self.plan.rows))
            score = curves.validation_scores[epoch] if curves.validation_scores else math.nan
            self.best_score = max(self.best_score, score)
            self._observe(loss, score)
        self._verbose, self.curves = self.plan.verbose, curves
        return len(curves.losses)

    def keep_best(self) -> None:
        """Count the current parameters as the best so far."""
        self.training.keep_best()
        self.has_best = True

    def _observe(self, loss: Any, score: float) -> None:
        """Tell stopping and schedule of an epoch, which ``progress`` counts already."""
        self.stopping.observe(score if self.plan.watch_score else loss)
        watched = float(loss) if self.plan.validate is None else -score
        self.state.schedule.after_epoch(self.state.progress, watched)
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

    def _answer_stall(self) -> None:
        goes_on, remark = self.state.schedule.after_stall(self.state.progress)
        if self._verbose:
            emit(self._verbose, f"{self.stopping.reason} {remark}")
        if goes_on:
            self.stopping.count = 0
        else:
            self.stop_reason = "stalled"

    def _validate(self) -> float:
        """Score the held-out rows, if any, and keep the parameters that score best."""
        if self.plan.validate is None:
            return math.nan
        loss, score = self.plan.validate(self.training)
        self.curves.validation_losses.append(loss)
        self.curves.validation_scores.append(score)
        if self._verbose:
            emit(self._verbose, f"Validation score: {score:f}")
        if score > self.best_score:
            self.best_score = score
            if self.plan.restore_best:
                self.keep_best()
        return score

    def _end_if_spent(self) -> None:
        """End where the epochs or the seconds are used up."""
        if self.stop_reason is not None:
            return
        if self.n_iter >= self.plan.max_iter:
            self.stop_reason = "max_iter"
        elif time.perf_counter() - self.start_time >= self.plan.max_time:
            self.stop_reason = "max_time"

    def _dispatch(self, dispatcher: CallbackDispatcher) -> None:
        """Tell the callbacks of the epoch, and stop if one asks for it."""
        curves = self.curves
        figures = {"loss": curves.losses[-1], "learning_rate": curves.learning_rates[-1]}
        if self.plan.validate is not None:
            figures["validation_loss"] = curves.validation_losses[-1]
            figures["validation_score"] = curves.validation_scores[-1]
        self.stop_reason = dispatcher.end_epoch(self.n_iter, self.stop_reason, **figures)

    def _tell_the_end(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.end(str(self.stop_reason))


def _start_training(plan: EpochPlan) -> Training:
    """Begin the engine's run."""
    state, augmented = plan.state, plan.augmented
    return plan.engine.start_training(
        plan.network,
        plan.parameters,
        plan.data if augmented is None else augmented.first_data(),
        state.optimizer,
        state.state,
        batch_size=plan.batch_size if augmented is None else augmented.longest_batch,
        n_threads=plan.n_threads,
        rules=plan.rules,
        seed=state.seed,
    )


def _start_of(state: TrainState, stopping: Stopping, plan: EpochPlan) -> Start:
    progress = state.progress
    return Start(
        progress.n_epochs,
        progress.n_steps,
        progress.n_samples,
        progress.scale,
        progress.first_epoch,
        progress.first_step,
        stopping.best,
        stopping.count,
        plan.best_score,
        plan.first_pass,
    )
