"""Run a solver for an estimator and store what it arrived at.

Imported by the first fit: a program that only predicts needs nothing of training.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from ..engines import get_engine
from ..engines.base import OptimizerState, Training, TrainingData
from ..network import Network
from ..training.lbfgs import minimize_lbfgs
from ..training.optimizers import SGD, Adam
from ..training.schedules import SCHEDULES, Constant
from ..training.stopping import LossStopping, ScoreStopping, Stopping
from ..training.trainer import Solver, Trainer
from .inputs import row_blocks

__all__ = ["FittingTask", "solve"]

Array = NDArray[Any]


@dataclass(frozen=True)
class FittingTask:
    """What is to be fitted, all of it checked.

    Parameters
    ----------
    network : Network
        What is computed.
    coefs, intercepts : list of ndarray
        Where to start.
    data : TrainingData
        All rows, in the dtype in which the solver computes.
    random_state : numpy.random.RandomState
        Source of the split and of the permutations.
    loss_type : type
        NumPy scalar type of the recorded losses.
    first_pass : bool
        Whether the fit starts from random parameters.
    incremental : bool
        Whether it is a ``partial_fit``: a single epoch.
    """

    network: Network
    coefs: list[Array]
    intercepts: list[Array]
    data: TrainingData
    random_state: np.random.RandomState
    loss_type: type[np.floating[Any]]
    first_pass: bool
    incremental: bool


def solve(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Run the estimator's solver; return a function that issues the warnings about it."""
    run = _minimize if estimator.solver == "lbfgs" else _train
    return run(estimator, task)


def _minimize(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Minimise over all rows by L-BFGS."""
    run = minimize_lbfgs(
        get_engine(estimator.engine),
        task.network,
        task.coefs,
        task.intercepts,
        task.data,
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        tol=estimator.tol,
        verbose=estimator.verbose,
        n_threads=estimator.n_threads,
    )

    def warn() -> None:
        from sklearn.utils.optimize import _check_optimize_result

        if run.optimize_result is None:
            raise KeyboardInterrupt  # as scikit-learn, and like there the model is usable
        _check_optimize_result("lbfgs", run.optimize_result, estimator.max_iter)

    _check_finite(run.coefs + run.intercepts, warn)
    estimator.coefs_, estimator.intercepts_ = run.coefs, run.intercepts
    if run.optimize_result is not None:
        estimator.n_iter_ = min(run.optimize_result.nit, estimator.max_iter)
        estimator.loss_ = run.loss
    return warn


def _train(estimator: Any, task: FittingTask) -> Callable[[], None]:
    """Train by epochs."""
    if estimator.early_stopping and task.incremental:
        raise ValueError("partial_fit does not support early_stopping=True")
    trainer = _make_trainer(estimator, task)
    trainer.run(keep_initial=task.first_pass and estimator.early_stopping)
    coefs, intercepts = trainer.training.parameters()

    def warn() -> None:
        _warn_about(trainer, task.incremental)

    _check_finite(coefs + intercepts, warn)
    if task.first_pass or estimator.early_stopping:
        estimator.coefs_, estimator.intercepts_ = coefs, intercepts
    else:
        estimator.coefs_ = _write_into(estimator.coefs_, coefs)
        estimator.intercepts_ = _write_into(estimator.intercepts_, intercepts)
    estimator._optimizer = trainer.solver
    estimator._continues = task.incremental
    _store(estimator, trainer, task.first_pass)
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


def _make_trainer(estimator: Any, task: FittingTask) -> Trainer:
    solver = _solver(estimator, task.coefs + task.intercepts, task.incremental)
    train_rows, validation_rows = _split(estimator, task.data, task.random_state)
    training = get_engine(estimator.engine).start_training(
        task.network,
        task.coefs,
        task.intercepts,
        task.data,
        solver.optimizer,
        solver.state,
        batch_size=_batch_size(estimator.batch_size, len(train_rows)),
        n_threads=estimator.n_threads,
    )
    return Trainer(
        training,
        solver,
        _stopping(estimator, task.first_pass),
        train_rows,
        task.random_state if estimator.shuffle else None,
        max_iter=1 if task.incremental else estimator.max_iter,
        n_samples_seen=getattr(estimator, "t_", 0),
        score=_score_function(estimator, training, task.data, validation_rows),
        loss_type=task.loss_type,
        verbose=estimator.verbose,
    )


def _solver(estimator: Any, parameters: list[Array], incremental: bool) -> Solver:
    """Go on with the earlier solver, or make one; a state that no longer fits is left."""
    if incremental and hasattr(estimator, "_optimizer"):
        earlier: Solver = estimator._optimizer
        fits = _fits(earlier.state, parameters)
        return replace(earlier, state=earlier.state if fits else None)
    rate = float(estimator.learning_rate_init)
    if estimator.solver == "sgd":
        schedule = SCHEDULES[estimator.learning_rate](rate, estimator.power_t)
        return Solver(SGD(estimator.momentum, estimator.nesterovs_momentum), schedule, rate)
    adam = Adam(estimator.beta_1, estimator.beta_2, estimator.epsilon)
    return Solver(adam, Constant(rate), rate)


def _fits(state: OptimizerState | None, parameters: list[Array]) -> bool:
    if state is None:
        return False
    wanted = [(array.shape, array.dtype) for array in parameters]
    return all([(a.shape, a.dtype) for a in slot] == wanted for slot in state.slots)


def _split(
    estimator: Any, data: TrainingData, random_state: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Rows to train on, and rows set aside for early stopping."""
    rows = np.arange(data.X.shape[0], dtype=np.int64)
    if not estimator.early_stopping:
        return rows, None
    from sklearn.model_selection import train_test_split

    train_rows, validation_rows = train_test_split(
        rows,
        random_state=random_state,
        test_size=estimator.validation_fraction,
        stratify=estimator._stratification(data.targets),
    )
    if len(validation_rows) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    if data.sample_weight is not None:
        for name, part in (("training", train_rows), ("validation", validation_rows)):
            if not data.sample_weight[part].any():
                raise ValueError(
                    f"sample_weight is zero in all {len(part)} rows of the {name} part "
                    "of early_stopping. Leave out the rows of weight 0, or change "
                    "validation_fraction or random_state."
                )
    return train_rows, validation_rows


def _batch_size(batch_size: Any, n_rows: int) -> int:
    if batch_size == "auto":
        return min(200, n_rows)
    if batch_size > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be "
            "clipped",
            stacklevel=2,
        )
    return min(int(batch_size), n_rows)


def _score_function(
    estimator: Any, training: Training, data: TrainingData, rows: NDArray[np.int64] | None
) -> Callable[[], float] | None:
    """Return the score of the rows set aside at the parameters of the moment, if any."""
    if rows is None:
        return None
    weights = None if data.sample_weight is None else data.sample_weight[rows]
    scorer = estimator._scorer(data.targets[rows], weights)
    X, n_bytes = data.X, data.X.nnz if issparse(data.X) else data.X.size
    bytes_per_row = n_bytes * X.dtype.itemsize // X.shape[0]
    blocks = [rows[block] for block in row_blocks(len(rows), bytes_per_row)]
    if len(blocks) == 1:
        X_validation = X[rows]
        return lambda: scorer(training.forward(X_validation))
    # Many rows are gathered anew in every epoch: X is never copied, not even a part of it.
    return lambda: scorer(np.concatenate([training.forward(X[block]) for block in blocks]))


def _stopping(estimator: Any, first_pass: bool) -> Stopping:
    """Count epochs without improvement, going on from an earlier fit."""
    earlier = {} if first_pass else vars(estimator)
    patience = estimator.tol, estimator.n_iter_no_change
    count = earlier.get("_no_improvement_count", 0)
    if estimator.early_stopping:
        best = earlier.get("best_validation_score_")
        return ScoreStopping(*patience, -np.inf if best is None else best, count)
    best = earlier.get("best_loss_")
    return LossStopping(*patience, np.inf if best is None else best, count)


def _warn_about(trainer: Trainer, incremental: bool) -> None:
    if trainer.interrupted:
        warnings.warn("Training interrupted by user.", stacklevel=5)
    elif not incremental and not trainer.stopped:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({trainer.max_iter}) reached and "
            "the optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=5,
        )


def _check_finite(parameters: list[Array], warn: Callable[[], None]) -> None:
    if not all(np.isfinite(array).all() for array in parameters):
        warn()
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed."
        )


def _store(estimator: Any, trainer: Trainer, first_pass: bool) -> None:
    """Write the fitted attributes; lists of an earlier fit are extended."""
    estimator.n_iter_ = trainer.n_iter
    estimator.t_ = trainer.n_samples_seen
    estimator._no_improvement_count = trainer.stopping.count
    if trainer.losses:
        estimator.loss_ = trainer.losses[-1]
    earlier = {} if first_pass else vars(estimator)
    losses = earlier.get("loss_curve_") or []
    losses.extend(trainer.losses)
    estimator.loss_curve_ = losses
    if trainer.score is None:
        estimator.best_loss_ = trainer.stopping.best
        estimator.validation_scores_ = None
        estimator.best_validation_score_ = None
    else:
        scores = earlier.get("validation_scores_") or []
        scores.extend(trainer.validation_scores)
        estimator.best_loss_ = None
        estimator.validation_scores_ = scores
        estimator.best_validation_score_ = trainer.stopping.best
