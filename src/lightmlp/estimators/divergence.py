"""Fits that end in numbers that are not finite: what is said about them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_regressor
from sklearn.exceptions import ConvergenceWarning

from .. import reporting
from ..training.trainer import Trainer
from .target_scaling import fitted_unit
from .task import FittingTask

__all__ = ["divergence_error", "warn_of_infinite_loss", "warn_of_kept_parameters"]

Array = NDArray[Any]


def divergence_error(estimator: Any, task: FittingTask, when: str) -> str:
    """Word the error about parameters that are not finite; it begins as scikit-learn's."""
    return (
        "Solver produced non-finite parameter weights. The input data may contain large "
        "values and need to be preprocessed. "
        f"Training diverged in {when}. {_usual_causes(estimator, task)}"
    )


def warn_of_kept_parameters(estimator: Any, task: FittingTask, trainer: Trainer) -> None:
    """Warn that training diverged, and which earlier parameters are there instead."""
    kept = f"The parameters with the best validation score, {trainer.best_score:g}, are kept"
    if math.isinf(trainer.best_score):
        kept = "No epoch has a score, and the parameters that the fit began with are kept"
    what = "parameters are" if trainer.stop_reason == "diverged" else "the outputs were"
    reporting.warn(
        f"Training diverged: in epoch {trainer.n_iter} {what} not finite. "
        f"{kept}. {_usual_causes(estimator, task)}",
        ConvergenceWarning,
        verbose=estimator.verbose,
    )


def warn_of_infinite_loss(estimator: Any, task: FittingTask) -> None:
    """Warn that L-BFGS came to parameters at which the loss is not finite."""
    reporting.warn(
        f"The loss is not finite: there is nothing to minimise. "
        f"{_usual_causes(estimator, task)}",
        ConvergenceWarning,
        verbose=estimator.verbose,
    )


def _usual_causes(estimator: Any, task: FittingTask) -> str:
    """Name what usually makes a fit diverge, with the figures of this one."""
    X = task.data.X
    causes = [
        f"columns of X that are not scaled (the largest entry here is "
        f"{_largest(X.data if issparse(X) else X):.3g}: use StandardScaler)"
    ]
    if is_regressor(estimator) and fitted_unit(estimator) is None:
        causes.append(
            f"a target y that is not scaled (here up to {_largest(task.data.targets):.3g}: set "
            "scale_target=True or use TransformedTargetRegressor)"
        )
    if estimator.solver != "lbfgs":
        causes.append(
            f"a learning rate that is too high (learning_rate_init="
            f"{estimator.learning_rate_init:g}: lower it, or set gradient_clip)"
        )
    return f"Usual causes: {'; '.join(causes)}."


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0))
