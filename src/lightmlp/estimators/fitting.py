"""Carry a plan out, and say how it ended.

Imported by the first fit: a program that only predicts needs nothing of training.
"""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .. import reporting
from ..training.lbfgs_fit import LbfgsFit
from ..training.plan import EpochPlan, FitPlan, LbfgsPlan
from ..training.result import EpochResult, FitResult, LbfgsResult
from ..training.trainer import Trainer
from .advice import warn_of_scales
from .divergence import divergence_error, warn_of_infinite_loss, warn_of_kept_parameters
from .rates import warn_of_rates

__all__ = ["carry_out", "warn_of_the_end"]


def carry_out(plan: FitPlan) -> FitResult:
    """Do what is planned.

    Raises
    ------
    ValueError
        If the parameters are no longer finite at the end.
    """
    result: FitResult
    if isinstance(plan, EpochPlan):
        result = Trainer(plan).run()
    else:
        assert isinstance(plan, LbfgsPlan)
        result = LbfgsFit(plan).run()
    if not result.parameters.are_finite():
        _refuse(plan, result)
    return result


def _refuse(plan: FitPlan, result: FitResult) -> None:
    when = f"epoch {result.n_iter}"
    if isinstance(result, LbfgsResult):
        when = f"iteration {getattr(result.optimize_result, 'nit', 0)}"
    if result.stop_reason != "diverged":
        warn_of_the_end(plan, result)
    raise ValueError(divergence_error(plan, when))


def warn_of_the_end(plan: FitPlan, result: FitResult) -> None:
    """Issue the warnings about what a fit arrived at.

    Raises
    ------
    KeyboardInterrupt
        If one ended 'lbfgs': as scikit-learn, and like there the model is usable.
    """
    if isinstance(result, LbfgsResult):
        _warn_of_lbfgs(plan, result)
    elif isinstance(result, EpochResult) and isinstance(plan, EpochPlan):
        _warn_of_epochs(plan, result)


def _warn_of_lbfgs(plan: FitPlan, result: LbfgsResult) -> None:
    from sklearn.utils.optimize import _check_optimize_result

    found = result.optimize_result
    if found is None:
        raise KeyboardInterrupt
    if result.stop_reason == "max_time":
        _warn_of_time(plan, f"{found.nit} iterations")
    elif result.stop_reason != "callback":
        if found.status != 0:
            end = f"lbfgs failed to converge after {found.nit} iteration(s): {found.message}"
            reporting.log_warning(end, plan.verbose)
        _check_optimize_result("lbfgs", found, plan.max_iter)
        if not np.isfinite(result.loss):
            warn_of_infinite_loss(plan)
            return
    stopped_early = result.stop_reason == "max_time" or found.status != 0
    if stopped_early and result.stop_reason != "callback" and not plan.incremental:
        warn_of_scales(plan)


def _warn_of_epochs(plan: EpochPlan, result: EpochResult) -> None:
    stopped_early = _stopped_early(plan, result)
    if result.stop_reason == "interrupted":
        reporting.warn("Training interrupted by user.", verbose=plan.verbose)
    elif result.stop_reason == "max_time":
        _warn_of_time(plan, f"{result.n_iter} epochs")
    elif stopped_early:
        reporting.warn(
            f"Stochastic Optimizer: Maximum iterations ({plan.max_iter}) reached and "
            "the optimization hasn't converged yet.",
            ConvergenceWarning,
            verbose=plan.verbose,
        )
    unscored = result.has_best and result.best_score == -np.inf
    if result.stop_reason == "diverged" or unscored:
        warn_of_kept_parameters(plan, result)
        return
    warn_of_rates(plan, result)
    if stopped_early:
        warn_of_scales(plan)


def _stopped_early(plan: EpochPlan, result: EpochResult) -> bool:
    """Whether a limit of time or epochs ended training, which might have gone on."""
    if result.stop_reason == "max_iter":
        return not (plan.incremental or result.state.schedule_ended)
    return result.stop_reason == "max_time"


def _warn_of_time(plan: FitPlan, done: str) -> None:
    reporting.warn(
        f"max_time={plan.max_time:g} seconds passed after {done} and the optimization hasn't "
        "converged yet.",
        ConvergenceWarning,
        verbose=plan.verbose,
    )
