"""Callbacks of an estimator's fit: which there are, and what they may look at."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..network import Parameters
from ..reporting import say
from ..training.callbacks import Access, Callback, evenly_spaced
from ..training.lbfgs import LbfgsRun
from ..training.notifier import Notifier
from .sklearn_callbacks import SklearnBridge

if TYPE_CHECKING:
    from .task import FittingTask

__all__ = ["IterationWatch", "make_notifier"]


def make_notifier(
    estimator: Any,
    task: "FittingTask",
    parameters: Callable[[], Parameters],
    train_rows: NDArray[np.int64],
    n_epochs: int,
    save: Callable[[Path, dict[str, Any], bool], None] | None = None,
) -> Notifier | None:
    """Return who tells the callbacks; None where there are none.

    Parameters
    ----------
    estimator : object
        Its parameters ``callbacks`` and ``verbose``, and scikit-learn's callbacks.
    task : FittingTask
        What is fitted.
    parameters : callable
        Returns those of the moment, copied.
    train_rows : ndarray of shape (n_train,), int64
        The rows that train.
    n_epochs : int
        Most epochs.
    save : callable or None, default=None
        ``save(path, more, rehearse)`` writes a checkpoint, or tries to; None where training
        cannot be resumed.
    """
    callbacks = _callbacks(estimator, task)
    if not callbacks:
        return None
    in_order = np.sort(train_rows)  # the trainer shuffles them in place

    def sample(n_rows: int) -> tuple[Any, Any]:
        from sklearn.utils import _safe_indexing

        rows = evenly_spaced(in_order, n_rows)
        return _safe_indexing(task.X, rows), task.y[rows]

    access = Access(lambda: estimator._with_parameters(parameters()), sample, save=save)
    return Notifier(callbacks, access, n_epochs, len(train_rows))


def _callbacks(estimator: Any, task: "FittingTask") -> list[Callback]:
    callbacks = list(estimator.callbacks or ())
    for callback in callbacks:
        _check_callback(callback)
    if estimator.verbose == "bar":
        from ..training.progress import ProgressBar

        callbacks.append(ProgressBar())
    # The context is there during ``fit`` only, and with a parent's even without callbacks.
    if hasattr(estimator, "_callback_fit_ctx") and hasattr(estimator, "_skl_callbacks"):
        callbacks.append(SklearnBridge(estimator, task.X, task.y, task.sample_weight))
    return callbacks


def _check_callback(callback: Any) -> None:
    if isinstance(callback, type):
        raise ValueError(
            f"callbacks has the class {callback.__name__}, expected an object. Write "
            f"{callback.__name__}()."
        )
    wanted = [name for name in vars(Callback) if not name.startswith("_")]
    missing = [name for name in wanted if not callable(getattr(callback, name, None))]
    if missing:
        raise ValueError(
            f"callbacks has {callback!r}, which lacks {', '.join(missing)}. Derive its class "
            "from lightmlp.callbacks.Callback."
        )


class IterationWatch:
    """Callbacks and ``max_time`` of 'lbfgs', whose iterations count as epochs.

    Attributes
    ----------
    stop_reason : str or None
        "max_time" or "callback" where one of them ended the minimisation.
    """

    def __init__(self, estimator: Any, task: "FittingTask") -> None:
        self._max_time = estimator.max_time
        self._max_iter = estimator.max_iter
        self._logs = estimator.verbose == "log"
        self._parameters = task.parameters
        rows = np.arange(task.data.X.shape[0], dtype=np.int64)
        self._notifier = make_notifier(
            estimator, task, self._copy_parameters, rows, estimator.max_iter
        )
        self._n_iter = 0
        self._start = time.perf_counter()
        self.stop_reason: str | None = None

    def _copy_parameters(self) -> Parameters:
        return self._parameters.copy()

    @property
    def is_needed(self) -> bool:
        """Whether anything looks at an iteration."""
        return self._notifier is not None or self._max_time is not None or self._logs

    def around(self, minimize: Callable[[], LbfgsRun]) -> LbfgsRun:
        """Run the minimisation between the begin and the end of the callbacks' fit."""
        if self._notifier is None:
            return minimize()
        reason = "error"
        try:
            self._notifier.begin()
            run = minimize()
            self._parameters = run.parameters
            reason = self.stop_reason or _reason(run)
        finally:
            self._notifier.end(reason)
        return run

    def end_iteration(self, loss: float, parameters: Parameters) -> bool:
        """Take an iteration in; return whether to end."""
        self._parameters = parameters
        self._n_iter += 1
        if self._logs:
            say("log", f"Iteration {self._n_iter}, loss = {loss:.8f}")
        spent = self._max_time is not None and (
            time.perf_counter() - self._start >= self._max_time
        )
        if spent:
            self.stop_reason = "max_time"
        if self._notifier is not None:
            last = "max_iter" if self._n_iter >= self._max_iter else None
            reason = self.stop_reason or last
            if self._notifier.end_epoch(self._n_iter, reason, loss=loss) == "callback":
                self.stop_reason = "callback"
        return self.stop_reason is not None


def _reason(run: LbfgsRun) -> str:
    """Word SciPy's status."""
    if run.optimize_result is None:
        return "interrupted"
    status = run.optimize_result.status
    return "converged" if status == 0 else "max_iter" if status == 1 else "stalled"
