"""From options and data to a plan of the fit, in which nothing is left open."""

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import reporting
from ..engines import get_engine
from ..engines.base import Engine
from ..training.augmentations import choose_augmentation
from ..training.augmented import AugmentedEpochs
from ..training.checkpoint_arrays import CURVES
from ..training.checkpoint_file import Saved
from ..training.plan import CheckpointPlan, EpochPlan, FitPlan, LbfgsPlan, Names, Spectators
from ..training.snapshot import saved_parameters, saved_state
from ..training.stopping import LossStopping, ScoreStopping, Stopping
from ..training.train_state import TrainState
from .earlier_fit import EarlierFit, read_earlier_fit
from .fit_callbacks import callbacks_of
from .fit_options import FitOptions
from .holding_out import HeldOut, divide_rows
from .model_template import ModelTemplate
from .parameters import engine_name
from .problem import Problem
from .real_targets import RealTargetEncoder
from .resuming import describe_run, instruction_set, read_run
from .scoring import Scoring, Validate, make_validate
from .starting import start_state
from .storing import store_start

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["plan_epochs", "plan_fit"]

Rows = NDArray[np.int64]


def plan_fit(estimator: "BaseMultilayerPerceptron", problem: Problem) -> FitPlan:
    """Decide all that a fit needs, by the options of the estimator.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gets the attributes that it has while it is fitted, which users' callbacks see.
    problem : Problem
        What is learned.

    Returns
    -------
    LbfgsPlan or EpochPlan

    Raises
    ------
    ValueError
        If rows cannot be held out or scored, a callback is none, or the checkpoint to resume
        from is of another fit.
    """
    if estimator.solver != "lbfgs":
        return plan_epochs(estimator, problem)
    options = problem.options
    store_start(estimator, problem)
    return LbfgsPlan(
        **_common(estimator, problem, ModelTemplate.of(estimator)),
        max_iter=options.stopping.max_iter,
        max_fun=options.stopping.max_fun,
        tol=options.stopping.tol,
        parameters=problem.parameters,
        engine=_engine(options),
    )


def plan_epochs(estimator: "BaseMultilayerPerceptron", problem: Problem) -> EpochPlan:
    """Do as :func:`plan_fit` for a stochastic solver."""
    options = problem.options
    earlier = read_earlier_fit(estimator, first_pass=problem.first_pass)
    store_start(estimator, problem)
    template, engine = ModelTemplate.of(estimator), _engine(options)
    state = start_state(problem, earlier)
    parameters, saved = problem.parameters, None
    if problem.arguments.resume_from is not None:
        saved = read_run(problem, template, engine, state)
        state = saved_state(saved, state, problem.network)
        parameters = saved_parameters(saved, problem.network)
    again = _saved_division(saved) or problem.division
    rows, held_out, validation_rows = divide_rows(problem, again)
    batch_size = _batch_size(options, len(rows))
    progress_before = earlier.progress or state.progress
    return EpochPlan(
        augmented=_augmented(problem, state, rows, batch_size),
        validate=None if held_out is None else _validate(problem, template, held_out),
        **_common(estimator, problem, template),
        max_iter=1 if problem.incremental else options.stopping.max_iter,
        parameters=parameters,
        engine=engine,
        state=state,
        stopping=_stopping(options, earlier),
        rows=rows,
        batch_size=batch_size,
        random_state=problem.random_state if options.batches.shuffle else None,
        rules=problem.rules,
        factors=problem.factors,
        validation_rows=validation_rows,
        watch_score=options.validation.early_stopping,
        restore_best=held_out is not None and options.validation.restores_best,
        best_score=earlier.best_score,
        loss_type=problem.loss_type,
        restarts_schedule=state.progress.first_epoch > progress_before.first_epoch,
        in_stream=earlier.in_stream,
        earlier_curves=earlier.curves if saved is None else _saved_curves(saved),
        checkpoint=_checkpoint(problem, template, engine, state, saved),
    )


def _engine(options: FitOptions) -> Engine:
    return get_engine(engine_name(options.engine, options.network.activation))


def _common(
    estimator: "BaseMultilayerPerceptron", problem: Problem, template: ModelTemplate
) -> dict[str, Any]:
    """Return the fields that plans for all solvers have alike."""
    encoder, options = problem.encoder, problem.options
    max_time = options.stopping.max_time
    return {
        "network": problem.network,
        "data": problem.data,
        "n_threads": options.n_threads,
        "max_time": math.inf if max_time is None else max_time,
        "verbose": options.verbose != "bar" and options.verbose,
        "spectators": Spectators(
            callbacks_of(estimator, problem),
            template.with_parameters,
            problem.X,
            problem.y,
        ),
        "names": Names(
            type(estimator).__name__,
            isinstance(encoder, RealTargetEncoder),
            isinstance(encoder, RealTargetEncoder) and encoder.unit is not None,
            options.steps.solver,
            options.steps.learning_rate,
            options.steps.learning_rate_init,
            options.stopping.max_iter,
            _features(estimator),
        ),
        "first_pass": problem.first_pass,
        "incremental": problem.incremental,
    }


def _features(estimator: "BaseMultilayerPerceptron") -> Sequence[Any] | None:
    """Return the names of the columns of numbers, or where there are none their positions."""
    features = getattr(estimator, "feature_names_in_", None)
    categories = estimator._category_encoder()
    if categories is None:
        return features
    positions = np.flatnonzero(~categories.is_categorical).tolist()
    return positions if features is None else [features[index] for index in positions]


def _saved_division(saved: Saved | None) -> tuple[Rows, Rows] | None:
    """Return the rows that trained and those that were held out of X, if any were."""
    if saved is None or "validation_rows" not in saved.arrays:
        return None
    return saved.arrays["rows"], saved.arrays["validation_rows"]


def _saved_curves(saved: Saved) -> dict[str, list[Any]]:
    """Return the curves that the interrupted fit was extending."""
    return {
        name: list(saved.arrays[key])
        for name in CURVES
        if (key := f"earlier_{name}") in saved.arrays
    }


def _batch_size(options: FitOptions, n_rows: int) -> int:
    batch_size = options.batches.batch_size
    if batch_size == "auto":
        return min(200, n_rows)
    if batch_size == "full":
        return n_rows
    if batch_size > n_rows:
        reporting.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be "
            "clipped",
            verbose=options.verbose,
        )
    return min(int(batch_size), n_rows)


def _augmented(
    problem: Problem, state: TrainState, rows: Rows, batch_size: int
) -> AugmentedEpochs | None:
    """Return what augments the rows; its seed is drawn after all that is there without it."""
    chosen = problem.options.batches.augmentation
    if chosen is None:
        return None
    network, random_state = problem.network, problem.random_state
    augmentation = choose_augmentation(chosen, n_features=network.n_features)
    if state.augmentation_seed is None:
        state.augmentation_seed = int(random_state.randint(np.iinfo(np.int32).max))
    return AugmentedEpochs(
        augmentation, network, problem.data, rows, batch_size, state.augmentation_seed
    )


def _validate(problem: Problem, template: ModelTemplate, held_out: HeldOut) -> Validate:
    options, network = problem.options.validation, problem.network
    return make_validate(Scoring(options, network, problem.encoder, template), held_out)


def _stopping(options: FitOptions, earlier: EarlierFit) -> Stopping:
    """Count bad epochs, continuing an earlier fit."""
    patience = options.stopping.tol, options.stopping.n_iter_no_change
    if options.validation.early_stopping:
        return ScoreStopping(*patience, earlier.best_score, earlier.n_bad_epochs)
    return LossStopping(*patience, earlier.best_loss, earlier.n_bad_epochs)


def _checkpoint(
    problem: Problem,
    template: ModelTemplate,
    engine: Engine,
    state: TrainState,
    saved: Saved | None,
) -> CheckpointPlan | None:
    """Return what a checkpoint holds of the run; a ``partial_fit`` has none."""
    if problem.incremental:
        return None
    return CheckpointPlan(
        partial(describe_run, problem, template, engine, state),
        partial(instruction_set, engine),
        saved,
        problem.arguments.resume_from,
    )
