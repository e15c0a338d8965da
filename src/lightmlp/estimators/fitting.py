"""Run a solver for an estimator and store what it arrived at.

Imported by the first fit: a program that only predicts needs nothing of training.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from .. import reporting
from ..engines import get_engine
from ..training.augmentations import choose_augmentation
from ..training.augmented import AugmentedEpochs
from ..training.checkpoint_arrays import CURVES
from ..training.checkpoint_file import Saved, naming_file
from ..training.lbfgs import LbfgsRun, minimize_lbfgs
from ..training.snapshot import restore_trainer
from ..training.stopping import LossStopping, ScoreStopping, Stopping
from ..training.trainer import Solver, Trainer
from .advice import warn_of_scales
from .divergence import divergence_error, warn_of_infinite_loss, warn_of_kept_parameters
from .monitoring import IterationWatch, make_notifier
from .parameter_lists import fitted_attributes
from .parameters import engine_name
from .rates import rate_watch
from .resuming import make_saver
from .scoring import make_validate
from .starting import start
from .task import FittingTask
from .validation import HeldOut, hold_out, restores_best

__all__ = ["make_trainer", "solve"]

Array = NDArray[Any]
Rows = NDArray[np.int64]


def solve(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Run the estimator's solver; return a function that issues the warnings about it."""
    run = _minimize if estimator.solver == "lbfgs" else _train
    return run(estimator, task)


def _minimize(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Minimise over all rows by L-BFGS."""
    watch = IterationWatch(estimator, task)
    run = watch.around(lambda: _run_lbfgs(estimator, task, watch))

    def warn() -> None:
        from sklearn.utils.optimize import _check_optimize_result

        if run.optimize_result is None:
            raise KeyboardInterrupt  # as scikit-learn, and like there the model is usable
        if watch.stop_reason == "max_time":
            done = f"{run.optimize_result.nit} iterations"
            _warn_of_time(estimator.max_time, done, estimator.verbose)
        elif watch.stop_reason != "callback":
            if run.optimize_result.status != 0:
                reporting.log_warning(_end_of_lbfgs(run.optimize_result), estimator.verbose)
            _check_optimize_result("lbfgs", run.optimize_result, estimator.max_iter)
            if not np.isfinite(run.loss):
                warn_of_infinite_loss(estimator, task)
                return
        stopped_early = watch.stop_reason == "max_time" or run.optimize_result.status != 0
        if stopped_early and watch.stop_reason != "callback" and not task.incremental:
            warn_of_scales(estimator, task)

    if not run.parameters.are_finite():
        warn()
        iteration = getattr(run.optimize_result, "nit", 0)
        raise ValueError(divergence_error(estimator, task, f"iteration {iteration}"))
    vars(estimator).update(fitted_attributes(run.parameters))
    if run.optimize_result is not None:
        estimator.n_iter_ = min(run.optimize_result.nit, estimator.max_iter)
        estimator.loss_ = run.loss
    return warn


def _end_of_lbfgs(result: Any) -> str:
    return f"lbfgs failed to converge after {result.nit} iteration(s): {result.message}"


def _run_lbfgs(estimator: Any, task: FittingTask, watch: IterationWatch) -> LbfgsRun:
    return minimize_lbfgs(
        get_engine(engine_name(estimator)),
        task.network,
        task.parameters,
        task.data,
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        tol=estimator.tol,
        verbose=not isinstance(estimator.verbose, str) and estimator.verbose,
        n_threads=estimator.n_threads,
        after_iteration=watch.end_iteration if watch.is_needed else None,
    )


def _train(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Train by epochs."""
    trainer = make_trainer(estimator, task)
    warn_of_rate = rate_watch(estimator, trainer, task.incremental)
    is_new = task.first_pass and task.extras.resume_from is None
    trainer.run(keep_initial=is_new and trainer.restore_best)
    parameters = trainer.training.parameters()

    def warn() -> None:
        _warn_about(trainer, task.incremental)
        unscored = trainer.has_best and trainer.best_score == -np.inf
        if trainer.stop_reason == "diverged" or unscored:
            warn_of_kept_parameters(estimator, task, trainer)
            return
        warn_of_rate()
        if _stopped_early(trainer, task.incremental):
            warn_of_scales(estimator, task)

    if not parameters.are_finite():
        if trainer.stop_reason != "diverged":
            warn()
        raise ValueError(divergence_error(estimator, task, f"epoch {trainer.n_iter}"))
    attributes = fitted_attributes(parameters)
    if not (task.first_pass or estimator.early_stopping):
        attributes = {
            name: _write_into(getattr(estimator, name), values)
            for name, values in attributes.items()
        }
    vars(estimator).update(attributes)
    estimator._optimizer = trainer.solver
    estimator._progress = trainer.solver.progress
    estimator._continues = task.incremental
    _store(estimator, trainer, _earlier(estimator, task, trainer.resumed))
    return warn


def _write_into(arrays: Any, values: list[Array]) -> list[Array]:
    """Update arrays in place, so that whoever holds one of them sees training go on."""
    if not isinstance(arrays, list):
        return values
    for index, value in enumerate(values):
        old = arrays[index]
        same = isinstance(old, np.ndarray) and (old.shape, old.dtype) == (
            value.shape,
            value.dtype,
        )
        if same and old.flags.writeable:
            old[...] = value
        else:
            arrays[index] = value
    return arrays


def make_trainer(estimator: Any, task: FittingTask) -> Trainer:
    """Put together all that training by epochs needs."""
    solver, parameters, saved = start(estimator, task)
    train_rows, held_out, validation_rows = _rows(estimator, task, saved)
    batch_size = _batch_size(estimator, len(train_rows))
    augmented = _augmented(estimator, task, solver, train_rows, batch_size)
    training = get_engine(engine_name(estimator)).start_training(
        task.network,
        parameters,
        task.data if augmented is None else augmented.first_data(),
        solver.optimizer,
        solver.state,
        batch_size=batch_size if augmented is None else augmented.longest_batch,
        n_threads=estimator.n_threads,
        rules=task.rules,
        seed=solver.seed,
    )
    trainer = Trainer(
        training,
        solver,
        _stopping(estimator, task.first_pass),
        train_rows,
        batch_size,
        task.random_state if estimator.shuffle else None,
        max_iter=1 if task.incremental else estimator.max_iter,
        validate=make_validate(estimator, task.network, training, held_out),
        watch_score=estimator.early_stopping,
        restore_best=held_out is not None and restores_best(estimator),
        best_score=_best_score(estimator, task.first_pass),
        loss_type=task.loss_type,
        verbose=estimator.verbose != "bar" and estimator.verbose,
        max_time=np.inf if estimator.max_time is None else estimator.max_time,
        augmented=augmented,
        first_pass=task.first_pass,
        resumed=saved,
    )
    _add_callbacks(estimator, task, trainer, validation_rows)
    return trainer


def _augmented(
    estimator: Any, task: FittingTask, solver: Solver, rows: Rows, batch_size: int
) -> AugmentedEpochs | None:
    """Return what augments the rows; its seed is drawn after all that is there without it."""
    if estimator.augmentation is None:
        return None
    augmentation = choose_augmentation(
        estimator.augmentation, n_features=task.network.n_features
    )
    if solver.augmentation_seed is None:
        solver.augmentation_seed = int(task.random_state.randint(np.iinfo(np.int32).max))
    return AugmentedEpochs(
        augmentation, task.network, task.data, rows, batch_size, solver.augmentation_seed
    )


def _add_callbacks(
    estimator: Any, task: FittingTask, trainer: Trainer, validation_rows: Rows | None
) -> None:
    """Connect the trainer with its callbacks, and bring both to where a checkpoint was."""
    saved = trainer.resumed
    earlier = _earlier(estimator, task, saved)
    save = make_saver(estimator, task, trainer, validation_rows, earlier)
    trainer.notifier = make_notifier(
        estimator,
        task,
        trainer.training.parameters,
        trainer.rows,
        trainer.max_iter,
        None if task.incremental else save,
    )
    if saved is None:
        return
    path, weights = task.extras.resume_from, task.data.sample_weight
    with naming_file(path):
        may_skip = weights is not None and not weights.all()
        restore_trainer(trainer, saved, task.network, may_skip=may_skip)
    if trainer.notifier is not None and trainer.notifier.resume(saved.header, path):
        trainer.stop_reason = "callback"


def _rows(
    estimator: Any, task: FittingTask, saved: Saved | None
) -> tuple[Rows, HeldOut | None, Rows | None]:
    """Rows that train, rows to validate with, and their numbers if they are of X."""
    if task.held_out is not None or task.incremental:
        rows = np.arange(task.data.X.shape[0], dtype=np.int64)
        return rows, task.held_out, None
    again = None
    if saved is not None and "validation_rows" in saved.arrays:
        again = saved.arrays["rows"], saved.arrays["validation_rows"]
    return hold_out(estimator, task, again)


def _earlier(estimator: Any, task: FittingTask, saved: Saved | None) -> dict[str, Any]:
    """What this fit goes on with: attributes of the fit before, or of a checkpoint."""
    if saved is not None:
        return {
            name: list(saved.arrays[key])
            for name in CURVES
            if (key := f"earlier_{name}") in saved.arrays
        }
    return {} if task.first_pass else vars(estimator)


def _batch_size(estimator: Any, n_rows: int) -> int:
    batch_size = estimator.batch_size
    if batch_size == "auto":
        return min(200, n_rows)
    if batch_size == "full":
        return n_rows
    if batch_size > n_rows:
        reporting.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be "
            "clipped",
            verbose=estimator.verbose,
        )
    return min(int(batch_size), n_rows)


def _stopping(estimator: Any, first_pass: bool) -> Stopping:
    """Count epochs without improvement, going on from an earlier fit."""
    earlier = {} if first_pass else vars(estimator)
    patience = estimator.tol, estimator.n_iter_no_change
    count = earlier.get("_no_improvement_count", 0)
    if estimator.early_stopping:
        return ScoreStopping(*patience, _best_score(estimator, first_pass), count)
    best = earlier.get("best_loss_")
    return LossStopping(*patience, np.inf if best is None else best, count)


def _best_score(estimator: Any, first_pass: bool) -> float:
    """Best score of an earlier fit, where it was of the same kind."""
    best = vars(estimator).get("best_validation_score_")
    comparable = vars(estimator).get("_scored_by") == estimator.scoring
    return -np.inf if first_pass or best is None or not comparable else best


def _warn_about(trainer: Trainer, incremental: bool) -> None:
    if trainer.stop_reason == "interrupted":
        reporting.warn("Training interrupted by user.", verbose=trainer.verbose)
    elif trainer.stop_reason == "max_time":
        _warn_of_time(trainer.max_time, f"{trainer.n_iter} epochs", trainer.verbose)
    elif _stopped_early(trainer, incremental):
        reporting.warn(
            f"Stochastic Optimizer: Maximum iterations ({trainer.max_iter}) reached and "
            "the optimization hasn't converged yet.",
            ConvergenceWarning,
            verbose=trainer.verbose,
        )


def _stopped_early(trainer: Trainer, incremental: bool) -> bool:
    """Whether a limit of time or epochs ended training, which might have gone on."""
    if trainer.stop_reason == "max_iter":
        return not (incremental or trainer.schedule_ended)
    return trainer.stop_reason == "max_time"


def _warn_of_time(max_time: float, done: str, verbose: Any) -> None:
    reporting.warn(
        f"max_time={max_time:g} seconds passed after {done} and the optimization hasn't "
        "converged yet.",
        ConvergenceWarning,
        verbose=verbose,
    )


def _store(estimator: Any, trainer: Trainer, earlier: dict[str, Any]) -> None:
    """Write the fitted attributes; lists of an earlier fit are extended."""
    estimator.n_iter_ = trainer.n_iter
    estimator.t_ = trainer.solver.progress.n_samples
    estimator._no_improvement_count = trainer.stopping.count
    if trainer.losses:
        estimator.loss_ = trainer.losses[-1]
    estimator.loss_curve_ = _extended(earlier.get("loss_curve_"), trainer.losses)
    estimator.best_loss_ = None if trainer.watch_score else trainer.stopping.best
    if trainer.validate is None:
        estimator.validation_scores_ = None
        estimator.validation_loss_curve_ = None
        estimator.best_validation_score_ = None
    else:
        estimator.validation_scores_ = _extended(
            earlier.get("validation_scores_"), trainer.validation_scores
        )
        estimator.validation_loss_curve_ = _extended(
            earlier.get("validation_loss_curve_"), trainer.validation_losses
        )
        estimator.best_validation_score_ = trainer.best_score
        estimator._scored_by = estimator.scoring


def _extended(earlier: list[Any] | None, values: list[Any]) -> list[Any]:
    """Append to the list of an earlier fit itself, as scikit-learn does."""
    curve = earlier or []
    curve.extend(values)
    return curve
