"""Fits that end in numbers that are not finite: what is said about them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from .. import reporting
from ..network import MixedTable
from ..training.plan import FitPlan
from ..training.result import EpochResult

__all__ = ["divergence_error", "warn_of_infinite_loss", "warn_of_kept_parameters"]

Array = NDArray[Any]


def divergence_error(plan: FitPlan, when: str) -> str:
    """Word the error about parameters that are not finite; it begins as scikit-learn's."""
    return (
        "Solver produced non-finite parameter weights. The input data may contain large "
        "values and need to be preprocessed. "
        f"Training diverged in {when}. {_usual_causes(plan)}"
    )


def warn_of_kept_parameters(plan: FitPlan, result: EpochResult) -> None:
    """Warn that training diverged, and which earlier parameters are there instead."""
    kept = f"The parameters with the best validation score, {result.best_score:g}, are kept"
    if math.isinf(result.best_score):
        kept = "No epoch has a score, and the parameters that the fit began with are kept"
    what = "parameters are" if result.stop_reason == "diverged" else "the outputs were"
    reporting.warn(
        f"Training diverged: in epoch {result.n_iter} {what} not finite. "
        f"{kept}. {_usual_causes(plan)}",
        ConvergenceWarning,
        verbose=plan.verbose,
    )


def warn_of_infinite_loss(plan: FitPlan) -> None:
    """Warn that L-BFGS came to parameters at which the loss is not finite."""
    reporting.warn(
        f"The loss is not finite: there is nothing to minimise. {_usual_causes(plan)}",
        ConvergenceWarning,
        verbose=plan.verbose,
    )


def _usual_causes(plan: FitPlan) -> str:
    """Name what usually makes a fit diverge, with the figures of this one."""
    X, names = plan.data.X, plan.names
    causes = [
        f"columns of X that are not scaled (the largest entry here is "
        f"{_largest(_numbers(X)):.3g}: use StandardScaler)"
    ]
    if names.is_regressor and not names.scales_target:
        causes.append(
            f"a target y that is not scaled (here up to {_largest(plan.data.targets):.3g}: set "
            "scale_target=True or use TransformedTargetRegressor)"
        )
    if names.solver != "lbfgs":
        causes.append(
            f"a learning rate that is too high (learning_rate_init="
            f"{names.learning_rate_init:g}: lower it, or set gradient_clip)"
        )
    return f"Usual causes: {'; '.join(causes)}."


def _numbers(X: Any) -> Array:
    if isinstance(X, MixedTable):
        return X.numbers
    values: Array = X.data if issparse(X) else X
    return values


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0))
