"""Parameters that scikit-learn accepts where nothing reads them: a warning names them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import reporting
from ..training.optimizers import SGD
from ..training.plan import FitPlan
from ..training.schedules import Function
from .defaults import OF_SOLVERS, is_set
from .fit_options import FitArguments, FitOptions

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["warn_of_unread_parameters", "warn_of_unused_weights"]

_OF_STEPS = ("batch_size", "learning_rate", "learning_rate_init", "shuffle", "early_stopping",
             "n_iter_no_change")  # fmt: skip


def warn_of_unread_parameters(
    estimator: "BaseMultilayerPerceptron",
    options: FitOptions,
    arguments: FitArguments,
    incremental: bool,
) -> None:
    """Warn once of all parameters that differ from their defaults without effect.

    scikit-learn accepts them, and so a program keeps running; but users who set one expect
    an effect.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Tells which parameters differ from their defaults.
    options : FitOptions
        What they are.
    arguments : FitArguments
        What else the user passed to ``fit``.
    incremental : bool
        Whether it is a ``partial_fit``.

    Warns
    -----
    UserWarning
        Names the parameters, and what would read each.
    """
    reasons = {**_unread_by_solver(options), **_unread_beside_others(options, arguments)}
    if not incremental:
        reasons |= _unread_without_stopping(options)
    named = [
        f"{name}={getattr(estimator, name)!r} ({reason})"
        for name, reason in reasons.items()
        if is_set(estimator, name)
    ]
    if named:
        reporting.warn(
            f"These parameters have no effect: {'; '.join(named)}. Leave them at their "
            "defaults, or set what reads them.",
            verbose=options.verbose,
        )


def _unread_by_solver(options: FitOptions) -> dict[str, str]:
    """Return what the solver does not read, by name, and who does."""
    solver, unread = options.steps.solver, {}
    if solver == "lbfgs":
        unread = dict.fromkeys(_OF_STEPS, "read by the stochastic solvers alone")
        if options.batches.batch_size == "full":  # which is what lbfgs does
            del unread["batch_size"]
        if _is_silent(options.verbose):
            unread["verbose"] = "L-BFGS prints nothing, 'bar' and callbacks show its progress"
    else:
        unread["max_fun"] = "read by solver='lbfgs' alone"
    for reader, parameters in OF_SOLVERS.items():
        if solver != reader:
            unread |= dict.fromkeys(parameters, f"read by solver={reader!r} alone")
    return unread


def _is_silent(verbose: Any) -> bool:
    """Whether ``verbose`` asks SciPy to print, which it no longer does."""
    import scipy

    version = tuple(int(part) for part in scipy.__version__.split(".")[:2])
    return isinstance(verbose, bool | int | np.bool_) and version >= (1, 15)


def _unread_beside_others(options: FitOptions, arguments: FitArguments) -> dict[str, str]:
    """Return what other parameters leave without effect."""
    schedule, solver = options.steps.learning_rate, options.steps.solver
    name = schedule if isinstance(schedule, str) else None
    is_sgd = solver == "sgd" or isinstance(solver, SGD)
    unread = {}
    if name in ("invscaling", "adaptive") and not is_sgd and solver != "lbfgs":
        unread["learning_rate"] = "means 'constant' for all solvers but 'sgd'"
    if not is_sgd or name != "invscaling":
        unread["power_t"] = "read with solver='sgd' and learning_rate='invscaling' alone"
    is_function = callable(schedule) and not isinstance(schedule, type)
    if is_function or isinstance(schedule, Function):
        unread["learning_rate_init"] = "the function of learning_rate returns the rate itself"
    splits_off = (
        options.validation.early_stopping
        and options.validation.validation_split is None
        and arguments.X_val is None
        and solver != "lbfgs"
    )
    if not splits_off and options.validation.validation_fraction > 0:
        unread["validation_fraction"] = "read where early_stopping sets rows aside alone"
    return unread


def _unread_without_stopping(options: FitOptions) -> dict[str, str]:
    unread: dict[str, str] = {}
    steps, stopping = options.steps, options.stopping
    if steps.solver == "lbfgs" or stopping.n_iter_no_change != np.inf:
        return unread
    if stopping.tol > 0:  # 0 wants the same: never to stop
        unread["tol"] = "nothing stops with n_iter_no_change=inf"
    if isinstance(steps.learning_rate, str) and steps.learning_rate == "adaptive":
        unread["learning_rate"] = "nothing stalls with n_iter_no_change=inf"
    return unread


def warn_of_unused_weights(plan: FitPlan) -> None:
    """Warn where the rows have weights and a user's function as loss returned the same without.

    Warns
    -----
    UserWarning
        Names the function, and what it should do.
    """
    function = plan.network.loss_settings.function
    if function is None or function.uses_sample_weight:
        return
    reporting.warn(
        f"loss={function.name}: the function returns the same for other weights of the rows, "
        "so that sample_weight, class_weight and the shares of mixed classes have no effect. "
        "Multiply the rows' losses and gradients by sample_weight, and divide by its sum.",
        verbose=plan.verbose,
    )
