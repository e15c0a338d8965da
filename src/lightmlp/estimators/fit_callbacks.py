"""Callbacks of an estimator's fit: which there are."""

from typing import TYPE_CHECKING, Any

from ..training.callbacks import Callback
from .problem import Problem
from .sklearn_callbacks import SklearnBridge

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["callbacks_of"]


def callbacks_of(estimator: "BaseMultilayerPerceptron", problem: Problem) -> list[Callback]:
    """Return all callbacks of a fit: the user's, the progress bar, scikit-learn's.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        In whose ``fit`` it happens, as scikit-learn's callbacks want to know.
    problem : Problem
        What is learned, and by which options.

    Raises
    ------
    ValueError
        If one of them is no callback.
    """
    callbacks = list(problem.options.callbacks or ())
    for callback in callbacks:
        _check_callback(callback)
    if problem.options.verbose == "bar":
        from ..training.progress import ProgressBar

        callbacks.append(ProgressBar())
    # The context is there during ``fit`` only, and with a parent's even without callbacks.
    if hasattr(estimator, "_callback_fit_ctx") and hasattr(estimator, "_skl_callbacks"):
        callbacks.append(SklearnBridge(estimator, problem.X, problem.y, problem.sample_weight))
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
