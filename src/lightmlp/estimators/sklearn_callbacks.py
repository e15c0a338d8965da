"""scikit-learn's own callbacks (``sklearn.callback``, from 1.9 on) around a fit."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..training.callbacks import Callback, TrainingState

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["SklearnBridge"]


class SklearnBridge(Callback):
    """Tells scikit-learn's callbacks what LightMLP's are told.

    Parameters
    ----------
    estimator : object
        The estimator in whose ``fit`` this happens.
    X, y
        The rows as the user passed them, and their targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Their weights.
    """

    def __init__(
        self, estimator: "BaseMultilayerPerceptron", X: Any, y: Any, sample_weight: Any
    ) -> None:
        self._context = estimator._callback_fit_ctx
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._task = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._epoch: Any = None

    def on_fit_begin(self, state: TrainingState) -> None:
        """Begin the fit and its first epoch."""
        self._context.call_on_fit_task_begin(**self._task)
        self._begin_epoch(state)

    def on_epoch_end(self, state: TrainingState) -> bool:
        """End the epoch and begin the next one, if there will be one."""
        stop: bool = self._epoch.call_on_fit_task_end(
            **self._task, reconstruction_attributes=_parameters_of(state)
        )
        self._epoch = None
        if state.stop_reason is None and not stop:
            self._begin_epoch(state)
        return stop

    def on_fit_end(self, state: TrainingState) -> None:
        """End the fit, and an epoch that was begun and never ran, as an empty task."""
        if state.stop_reason == "error":
            return
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._task["estimator"])
        self._context.call_on_fit_task_end(
            **self._task, reconstruction_attributes=_parameters_of(state)
        )

    def _begin_epoch(self, state: TrainingState) -> None:
        self._epoch = self._context.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(
            **self._task, reconstruction_attributes=_parameters_of(state)
        )


def _parameters_of(state: TrainingState) -> Callable[[], dict[str, Any]]:
    """Return what scikit-learn calls where a callback wants a fitted estimator."""
    return lambda: {"coefs_": state.coefs, "intercepts_": state.intercepts}
