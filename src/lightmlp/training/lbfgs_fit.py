"""A fit by L-BFGS, whose iterations count as epochs."""

import time
from typing import Any

import numpy as np

from ..network import Parameters
from ..reporting import emit
from .callback_dispatcher import make_dispatcher
from .lbfgs import LbfgsRun, minimize_lbfgs
from .plan import LbfgsPlan
from .result import LbfgsResult

__all__ = ["LbfgsFit"]


class LbfgsFit:
    """Carries out a plan of L-BFGS, with callbacks and a limit of time.

    Parameters
    ----------
    plan : LbfgsPlan
        What is minimised.

    Attributes
    ----------
    stop_reason : str or None
        "max_time" or "callback" where one of them ended the minimisation.
    """

    def __init__(self, plan: LbfgsPlan) -> None:
        self.plan = plan
        self.stop_reason: str | None = None
        self._parameters = plan.parameters
        rows = np.arange(plan.data.X.shape[0], dtype=np.int64)
        self._dispatcher = make_dispatcher(plan, self._copy_parameters, rows)
        self._n_iter = 0
        self._start = time.perf_counter()

    def _copy_parameters(self) -> Parameters:
        return self._parameters.copy()

    def run(self) -> LbfgsResult:
        """Minimise, between the begin and the end of the callbacks' fit."""
        run = self._minimize() if self._dispatcher is None else self._minimize_and_tell()
        n_iter = getattr(run.optimize_result, "nit", 0)
        return LbfgsResult(
            parameters=run.parameters,
            n_iter=min(n_iter, self.plan.max_iter),
            stop_reason=self.stop_reason,
            loss=run.loss,
            optimize_result=run.optimize_result,
        )

    def _minimize(self) -> LbfgsRun:
        plan = self.plan
        looks_on = (
            self._dispatcher is not None
            or plan.max_time < np.inf
            or isinstance(plan.verbose, str)
        )
        return minimize_lbfgs(
            plan.engine,
            plan.network,
            plan.parameters,
            plan.data,
            max_iter=plan.max_iter,
            max_fun=plan.max_fun,
            tol=plan.tol,
            verbose=not isinstance(plan.verbose, str) and plan.verbose,
            n_threads=plan.n_threads,
            after_iteration=self._end_iteration if looks_on else None,
        )

    def _minimize_and_tell(self) -> LbfgsRun:
        dispatcher: Any = self._dispatcher
        reason = "error"
        try:
            dispatcher.begin()
            run = self._minimize()
            self._parameters = run.parameters
            reason = self.stop_reason or _reason(run)
        finally:
            dispatcher.end(reason)
        return run

    def _end_iteration(self, loss: float, parameters: Parameters) -> bool:
        """Take an iteration in; return whether to end."""
        self._parameters = parameters
        self._n_iter += 1
        if isinstance(self.plan.verbose, str):
            emit("log", f"Iteration {self._n_iter}, loss = {loss:.8f}")
        if time.perf_counter() - self._start >= self.plan.max_time:
            self.stop_reason = "max_time"
        if self._dispatcher is not None:
            last = "max_iter" if self._n_iter >= self.plan.max_iter else None
            reason = self.stop_reason or last
            if self._dispatcher.end_epoch(self._n_iter, reason, loss=loss) == "callback":
                self.stop_reason = "callback"
        return self.stop_reason is not None


def _reason(run: LbfgsRun) -> str:
    """Word SciPy's status."""
    if run.optimize_result is None:
        return "interrupted"
    status = run.optimize_result.status
    return "converged" if status == 0 else "max_iter" if status == 1 else "stalled"
