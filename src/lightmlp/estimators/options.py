"""Options that contradict each other, are given twice, or could not act.

What LightMLP adds is refused where it could not act. What scikit-learn accepts is accepted,
with a warning: see ``unread.py``.
"""

from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from ..settings import Settings
from ..training.optimizers import OPTIMIZERS
from ..training.schedules import InverseScaling, Plateau
from .defaults import OF_SOLVERS, default_of, is_set
from .fit_options import (
    FitArguments,
    FitOptions,
    NetworkOptions,
    SolverOptions,
    ValidationOptions,
)

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["check_frozen_layers", "check_options"]

# Names and values of scikit-learn's; with 'lbfgs' they are accepted, as there.
_SKLEARN_SCHEDULES = ("constant", "invscaling", "adaptive")


def check_options(
    estimator: "BaseMultilayerPerceptron",
    options: FitOptions,
    arguments: FitArguments,
    incremental: bool,
) -> None:
    """Refuse options that contradict each other or that nothing would read.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Tells what is set, and whether there was a fit before.
    options : FitOptions
        What its parameters are.
    arguments : FitArguments
        What else the user passed to ``fit``.
    incremental : bool
        Whether it is a ``partial_fit``.

    Raises
    ------
    ValueError
        Names the parameters and the way out.
    """
    _check_given(arguments, options.validation.validation_split)
    _check_columns(options, arguments)
    _check_where_to_start(arguments, estimator.warm_start and hasattr(estimator, "coefs_"))
    _check_given_twice(estimator, options.steps)
    _check_schedule(options, arguments, incremental)
    _check_hidden_layers(options.network)
    is_stochastic = options.steps.solver != "lbfgs"
    if options.batches.augmentation is not None and not is_stochastic:
        raise ValueError(
            f"augmentation={options.batches.augmentation!r} is incompatible with "
            "solver='lbfgs', which needs the same rows in every iteration. Set "
            "augmentation=None, or choose a stochastic solver, such as 'adam'."
        )
    if incremental and is_stochastic:
        _check_single_epoch(options.validation, options.stopping.max_time)
    else:
        _check_rows_to_validate(options.validation, arguments, is_stochastic)


def _check_rows_to_validate(
    options: ValidationOptions, arguments: FitArguments, is_stochastic: bool
) -> None:
    wanted = {
        "X_val": arguments.X_val is not None,
        "validation_split": options.validation_split is not None,
        "scoring": options.scoring is not None,
        "restore_best_weights": options.restore_best_weights is True,
    }
    names = ", ".join(name for name, is_wanted in wanted.items() if is_wanted)
    if not is_stochastic:
        names = names or ("resume_from" if arguments.resume_from is not None else "")
        if names:
            raise ValueError(
                f"{names} cannot act with solver='lbfgs', which does not train by epochs. "
                "Choose another solver, or leave out what cannot."
            )
    elif wanted["X_val"] or wanted["validation_split"]:
        return
    elif not options.early_stopping:
        if names:
            raise ValueError(
                f"No rows are held out to validate with, as {names} would need. Set "
                "early_stopping=True, set validation_split, or pass X_val and y_val to fit."
            )
    elif options.validation_fraction == 0:
        raise ValueError(
            "early_stopping=True needs rows to validate with, and validation_fraction=0 "
            "sets none aside. Raise validation_fraction, set validation_split, or pass X_val "
            "and y_val to fit."
        )


def _check_given(arguments: FitArguments, validation_split: Any) -> None:
    if (arguments.X_val is None) != (arguments.y_val is None):
        missing = "X_val" if arguments.X_val is None else "y_val"
        raise ValueError(f"X_val and y_val go together, and {missing} is missing. Pass both.")
    if arguments.X_val is None and arguments.sample_weight_val is not None:
        raise ValueError(
            "sample_weight_val weighs the rows of X_val, which is missing. Pass X_val and "
            "y_val too."
        )
    if arguments.X_val is not None and validation_split is not None:
        raise ValueError(
            "X_val and validation_split both say which rows to validate with. Leave X_val "
            "out of fit, or set validation_split=None."
        )
    if arguments.groups is not None and validation_split is None:
        raise ValueError(
            "groups are read by validation_split alone, which is None. Set it to a splitter "
            "such as GroupShuffleSplit(n_splits=1), or leave groups out."
        )


def _check_where_to_start(arguments: FitArguments, is_warm: bool) -> None:
    if arguments.init_from is None:
        return
    other = "resume_from" if arguments.resume_from is not None else None
    if is_warm:
        other = "warm_start=True, with the parameters of the fit before,"
    if other is not None:
        raise ValueError(
            f"init_from and {other} both say with which parameters to begin. Leave one of "
            "them out."
        )


def _check_single_epoch(options: ValidationOptions, max_time: float | None) -> None:
    """Refuse what a ``partial_fit``, a single epoch over all given rows, cannot follow."""
    if options.early_stopping:
        raise ValueError("partial_fit does not support early_stopping=True")
    is_given = {
        "validation_split": options.validation_split is not None,
        "scoring": options.scoring is not None,
        "restore_best_weights": options.restore_best_weights is True,
        "max_time": max_time is not None,
    }
    names = ", ".join(name for name, wanted in is_given.items() if wanted)
    if names:
        raise ValueError(
            f"partial_fit does not support {names}: a single epoch over all given rows has "
            "nothing to validate and nothing to end early. Leave at their defaults what it "
            "does not support, or use fit."
        )


def _check_given_twice(estimator: "BaseMultilayerPerceptron", options: SolverOptions) -> None:
    """Refuse a parameter of the estimator that the chosen object has as one of its own."""
    if options.solver not in ("lbfgs", "sgd", "adam"):
        _check_solver_parameters(estimator, options.solver)
    if isinstance(options.learning_rate, InverseScaling) and is_set(estimator, "power_t"):
        raise ValueError(
            f"power_t={options.power_t!r} and learning_rate={options.learning_rate!r} "
            "both set the exponent, and the object's own counts. Set learning_rate__power_t="
            f"{options.power_t!r}, and leave power_t at its default, "
            f"{default_of(type(estimator), 'power_t')}."
        )


def _check_solver_parameters(estimator: "BaseMultilayerPerceptron", solver: Any) -> None:
    kind = OPTIMIZERS.get(solver) if isinstance(solver, str) else type(solver)
    if kind is None or not issubclass(kind, Settings):
        return  # which is refused where the solver is made
    own = signature(kind).parameters
    twice = {
        name: its_name
        for parameters in OF_SOLVERS.values()
        for name, its_name in parameters.items()
        if its_name in own and is_set(estimator, name)
    }
    if not twice:
        return
    given = ", ".join(f"{name}={getattr(estimator, name)!r}" for name in twice)
    arguments = ", ".join(f"{its}={getattr(estimator, name)!r}" for name, its in twice.items())
    defaults = ", ".join(f"{name}={default_of(type(estimator), name)!r}" for name in twice)
    raise ValueError(
        f"{given} would not be read beside solver={solver!r}, which has parameters of its own "
        f"for that. Write solver=solvers.{kind.__name__}({arguments}), and leave the "
        f"estimator's at the default, {defaults}."
    )


def _check_schedule(options: FitOptions, arguments: FitArguments, incremental: bool) -> None:
    """Refuse a schedule that this solver, or this patience, would never let act."""
    schedule, validation = options.steps.learning_rate, options.validation
    stopping = options.stopping
    of_sklearn = isinstance(schedule, str) and schedule in _SKLEARN_SCHEDULES
    if options.steps.solver == "lbfgs" and not of_sklearn:
        raise ValueError(
            f"learning_rate={schedule!r} is incompatible with solver='lbfgs', which searches "
            "for the length of each step and has no learning rate. Set "
            "learning_rate='constant', or choose a stochastic solver, such as 'adam'."
        )
    if incremental or not (schedule == "plateau" or isinstance(schedule, Plateau)):
        return
    plateau = Plateau() if isinstance(schedule, str) else schedule
    held_out = arguments.X_val is not None or validation.validation_split is not None
    watch_the_same = validation.early_stopping or not held_out
    if (
        watch_the_same
        and plateau.patience >= stopping.n_iter_no_change
        and plateau.threshold <= stopping.tol
    ):
        raise ValueError(
            f"learning_rate={schedule!r} could not act: with patience={plateau.patience} it "
            f"waits as long as n_iter_no_change={stopping.n_iter_no_change}, which ends the "
            "training. Raise n_iter_no_change above the patience, or lower "
            "learning_rate__patience."
        )


def _check_columns(options: FitOptions, arguments: FitArguments) -> None:
    """Refuse what cannot be done with columns of categories, or with embeddings."""
    categorical = options.network.categorical_features
    if categorical is not None and options.batches.augmentation is not None:
        raise ValueError(
            f"augmentation={options.batches.augmentation!r} is incompatible with "
            f"categorical_features={categorical!r}: categories cannot be mixed or shifted as "
            "numbers are. Set one of them to None."
        )
    embedding = options.network.numeric_embedding
    encodes = categorical is not None or embedding is not None
    if encodes and arguments.init_from is not None:
        raise ValueError(
            "init_from takes layers that read X as it is, and numeric_embedding="
            f"{embedding!r}, categorical_features={categorical!r} encode it. Set both to None, "
            "or go on with the same model, with warm_start=True."
        )


def _check_hidden_layers(options: NetworkOptions) -> None:
    """Refuse what acts on hidden layers where there are none."""
    sizes = options.hidden_layer_sizes
    if np.ndim(sizes) == 0 or len(sizes) > 0:
        return
    is_given = {
        f"dropout={options.dropout!r}": isinstance(options.dropout, int | float)
        and options.dropout > 0,
        f"normalization={options.normalization!r}": options.normalization is not None,
    }
    names = " and ".join(name for name, wanted in is_given.items() if wanted)
    if names:
        raise ValueError(
            f"{names} cannot act with hidden_layer_sizes=(): there is no hidden layer. Leave "
            "out what acts on hidden layers, or give some (input_dropout acts on X)."
        )


def check_frozen_layers(frozen_layers: int, arguments: FitArguments, first_pass: bool) -> None:
    """Refuse to freeze layers that have not been trained.

    Raises
    ------
    ValueError
        If ``frozen_layers`` is set in a fit that draws all layers.
    """
    goes_on = (
        not first_pass or arguments.init_from is not None or arguments.resume_from is not None
    )
    if frozen_layers == 0 or goes_on:
        return
    raise ValueError(
        f"frozen_layers={frozen_layers} keeps layers as they are, and this fit "
        "begins with random ones. Pass fit(init_from=...) a trained model, go on from an "
        "earlier fit with warm_start=True or partial_fit, or set frozen_layers=0. (To keep "
        "random layers on purpose, give them the factor 0 in layer_learning_rates.)"
    )
