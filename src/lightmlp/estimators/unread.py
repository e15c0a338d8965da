"""Parameters that scikit-learn accepts where nothing reads them: a warning names them."""

from typing import Any

import numpy as np

from .. import reporting
from ..network import Network
from ..training.optimizers import SGD
from ..training.schedules import Function
from .defaults import OF_SOLVERS, is_set
from .validation import FitExtras

__all__ = ["warn_of_unheeded_weights", "warn_of_unread_parameters"]

_OF_STEPS = ("batch_size", "learning_rate", "learning_rate_init", "shuffle", "early_stopping",
             "n_iter_no_change")  # fmt: skip


def warn_of_unread_parameters(estimator: Any, extras: FitExtras, incremental: bool) -> None:
    """Warn once of all parameters that differ from their defaults without effect.

    scikit-learn accepts them, and so a program keeps running; but users who set one expect
    an effect.

    Warns
    -----
    UserWarning
        Names the parameters, and what would read each.
    """
    reasons = {**_unread_by_solver(estimator), **_unread_beside_others(estimator, extras)}
    if not incremental:
        reasons |= _unread_without_stopping(estimator)
    named = [
        f"{name}={getattr(estimator, name)!r} ({reason})"
        for name, reason in reasons.items()
        if is_set(estimator, name)
    ]
    if named:
        reporting.warn(
            f"These parameters have no effect: {'; '.join(named)}. Leave them at their "
            "defaults, or set what reads them.",
            verbose=estimator.verbose,
        )


def _unread_by_solver(estimator: Any) -> dict[str, str]:
    """Return what the solver does not read, by name, and who does."""
    solver, unread = estimator.solver, {}
    if solver == "lbfgs":
        unread = dict.fromkeys(_OF_STEPS, "read by the stochastic solvers alone")
        if estimator.batch_size == "full":  # which is what lbfgs does
            del unread["batch_size"]
        if _is_silent(estimator):
            unread["verbose"] = "L-BFGS prints nothing, 'bar' and callbacks show its progress"
    else:
        unread["max_fun"] = "read by solver='lbfgs' alone"
    for reader, parameters in OF_SOLVERS.items():
        if solver != reader:
            unread |= dict.fromkeys(parameters, f"read by solver={reader!r} alone")
    return unread


def _is_silent(estimator: Any) -> bool:
    """Whether ``verbose`` asks SciPy to print, which it no longer does."""
    import scipy

    version = tuple(int(part) for part in scipy.__version__.split(".")[:2])
    return isinstance(estimator.verbose, bool | int | np.bool_) and version >= (1, 15)


def _unread_beside_others(estimator: Any, extras: FitExtras) -> dict[str, str]:
    """Return what other parameters leave without effect."""
    schedule, solver = estimator.learning_rate, estimator.solver
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
        estimator.early_stopping
        and estimator.validation_split is None
        and extras.X_val is None
        and solver != "lbfgs"
    )
    if not splits_off and estimator.validation_fraction > 0:
        unread["validation_fraction"] = "read where early_stopping sets rows aside alone"
    return unread


def _unread_without_stopping(estimator: Any) -> dict[str, str]:
    unread: dict[str, str] = {}
    if estimator.solver == "lbfgs" or estimator.n_iter_no_change != np.inf:
        return unread
    if estimator.tol > 0:  # 0 wants the same: never to stop
        unread["tol"] = "nothing stops with n_iter_no_change=inf"
    if isinstance(estimator.learning_rate, str) and estimator.learning_rate == "adaptive":
        unread["learning_rate"] = "nothing stalls with n_iter_no_change=inf"
    return unread


def warn_of_unheeded_weights(estimator: Any, network: Network) -> None:
    """Warn where the rows have weights and a user's function as loss returned the same without.

    Warns
    -----
    UserWarning
        Names the function, and what it should do.
    """
    function = network.loss_settings.function
    if function is None or function.heeds_weights:
        return
    reporting.warn(
        f"loss={function.name}: the function returns the same for other weights of the rows, "
        "so that sample_weight, class_weight and the shares of mixed classes have no effect. "
        "Multiply the rows' losses and gradients by sample_weight, and divide by its sum.",
        verbose=estimator.verbose,
    )
