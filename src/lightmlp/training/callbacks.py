"""What a user may hook into training, and what a hook sees.

:class:`Callback` is the protocol, :class:`TrainingState` what it is shown. The larger
ones have files of their own: ``health.py``, ``progress.py``, ``recorders.py``.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..names import did_you_mean, list_names
from .fields import integer, members, number, refuse

__all__ = [
    "Access",
    "Callback",
    "EarlyStopping",
    "PrintLoss",
    "TrainingState",
]

Array = NDArray[Any]


def nothing_of_callbacks() -> dict[str, Any]:
    """Return what a checkpoint has of the callbacks before they were told of an epoch."""
    return {"callbacks": [], "stopped_by": []}


@dataclass
class Access:
    """What a state fetches only if it is asked for; ``epoch`` is that of the moment."""

    model: Callable[[], Any]
    sample: Callable[[int], tuple[Any, Any]]
    epoch: int = 0
    save: Callable[[Path, dict[str, Any], bool], None] | None = None  # True: a rehearsal
    more: dict[str, Any] = field(default_factory=nothing_of_callbacks)  # for a checkpoint


@dataclass(frozen=True)
class TrainingState:
    """Where training stands; immutable.

    Parameters
    ----------
    epoch : int
        Epochs (iterations of 'lbfgs') completed in this fit; 0 at its begin.
    max_epochs : int
        Most epochs of this fit.
    loss : float or None
        Training loss of the epoch, as in ``loss_curve_``; None before the first one.
    validation_loss, validation_score : float or None
        Of the rows held out; None where there are none.
    learning_rate : float or None
        Base learning rate of the epoch; None for 'lbfgs'.
    n_samples : int
        Rows visited an epoch.
    samples_per_second : float or None
        Speed of the epoch, without the callbacks.
    time : float
        Seconds since the begin of the fit.
    stop_reason : str or None
        Why training ends with this epoch: 'stalled', 'max_time', 'max_iter', 'converged'
        ('lbfgs'), 'callback', 'diverged', 'interrupted' or 'error'. None while it goes on.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import Callback
    >>> class Norms(Callback):
    ...     def on_epoch_end(self, state):
    ...         print(state.epoch, len(state.coefs), state.loss > 0)
    >>> model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, tol=9, n_iter_no_change=1)
    >>> model = model.set_params(callbacks=[Norms()], random_state=0)
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]).n_iter_
    1 2 True
    2 2 True
    3 2 True
    3
    """

    epoch: int
    max_epochs: int
    loss: float | None
    validation_loss: float | None
    validation_score: float | None
    learning_rate: float | None
    n_samples: int
    samples_per_second: float | None
    time: float
    stop_reason: str | None
    _access: Access = field(repr=False, compare=False)

    @cached_property
    def model(self) -> Any:
        """The estimator with the parameters of the moment, ready to predict.

        Copied when first asked for, which must be within the hook: later these parameters
        are gone, and RuntimeError is raised.
        """
        self._check_still_there()
        return self._access.model()

    def _check_still_there(self) -> None:
        if self._access.epoch != self.epoch:
            raise RuntimeError(
                f"The parameters after epoch {self.epoch} are gone: training is at epoch "
                f"{self._access.epoch}. Read state.model, state.coefs and state.intercepts, "
                "and call state.save, within the hook."
            )

    @property
    def coefs(self) -> list[Array]:
        """Weights (n_inputs, n_outputs) of each layer at the moment: ``model.coefs_``."""
        return self.model.coefs_  # type: ignore[no-any-return]

    @property
    def intercepts(self) -> list[Array]:
        """Biases (n_outputs,) of each layer at the moment: ``model.intercepts_``."""
        return self.model.intercepts_  # type: ignore[no-any-return]

    def sample(self, n_rows: int) -> tuple[Any, Any]:
        """Return up to ``n_rows`` rows of X and y that train, evenly spaced."""
        return self._access.sample(n_rows)

    def check_can_save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Raise ValueError where training cannot be resumed: 'lbfgs' and partial_fit.

        With a path, try to write there too, and raise OSError where that fails.
        """
        if self._access.save is None:
            raise ValueError(
                "Checkpoint needs fit and a solver that trains by epochs. solver='lbfgs' "
                "keeps its state inside SciPy; after partial_fit, pickle the estimator."
            )
        if path is not None:
            self._access.save(Path(path), nothing_of_callbacks(), True)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint, in ``on_epoch_end``: see :class:`Checkpoint`."""
        self.check_can_save()
        self._check_still_there()
        if self._access.save is not None:
            self._access.save(Path(path), self._access.more, False)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the epoch by name, those left out that are None."""
        names = (
            "epoch", "loss", "validation_loss", "validation_score", "learning_rate",
            "samples_per_second", "time",
        )  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        return {name: value for name, value in found.items() if value is not None}


class Callback:
    """Base of callbacks: override the hooks that you need.

    An object that has the methods of this class may stand in without deriving from it.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import Callback
    >>> class StopAtLoss(Callback):
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...     def on_epoch_end(self, state):
    ...         return state.loss < self.loss
    >>> model = MLPRegressor(callbacks=[StopAtLoss(1e9)], random_state=0)
    >>> model.fit([[0.0], [1.0]], [0.0, 1.0]).n_iter_
    1
    """

    def on_fit_begin(self, state: TrainingState) -> None:
        """Called when training begins; ``state.epoch`` is 0 (more after a resumption)."""

    def on_epoch_end(self, state: TrainingState) -> bool | None:
        """Called after each epoch; return True to stop training."""
        return None

    def on_fit_end(self, state: TrainingState) -> None:
        """Called after training, an interruption and an error included.

        ``state.model`` has the final parameters, the best ones where they are put back.
        """

    def get_state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep, of types that JSON knows."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over what ``get_state`` returned, after ``on_fit_begin`` of a resumed fit.

        The state comes from a file, which others may have written: check it. What this
        raises becomes a ValueError that names the file.
        """


class EarlyStopping(Callback):
    """Stops when a figure no longer improves.

    The parameter ``early_stopping`` of the estimators does the same by scikit-learn's
    rule, with the score; this one may watch a loss, or the training figures.

    Parameters
    ----------
    monitor : {'validation_loss', 'validation_score', 'loss'}, default='validation_loss'
        What is watched; a score is to rise, a loss to fall.
    patience : int, default=10
        Number of bad epochs (without improvement) after which training stops, >= 1.
    min_delta : float, default=0.0
        A change must be larger than this to count, >= 0.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import EarlyStopping
    >>> stop = EarlyStopping("loss", patience=3, min_delta=1e9)
    >>> MLPRegressor(callbacks=[stop]).fit([[0.0], [1.0]], [0.0, 1.0]).n_iter_
    4
    """

    def __init__(
        self, monitor: str = "validation_loss", patience: int = 10, min_delta: float = 0.0
    ) -> None:
        monitors = ("validation_loss", "validation_score", "loss")
        if monitor not in monitors:
            raise ValueError(
                f"monitor={monitor!r} must be one of {list_names(monitors)}."
                f"{did_you_mean(monitor, monitors)}"
            )
        if patience < 1 or min_delta < 0:
            raise ValueError(
                f"patience must be >= 1 and min_delta >= 0, got {patience} and {min_delta}."
            )
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        self.best, self.count = math.inf, 0

    def on_fit_begin(self, state: TrainingState) -> None:
        """Begin to count."""
        self.best, self.count = math.inf, 0

    def on_epoch_end(self, state: TrainingState) -> bool:
        """Count, and stop where the patience is used up."""
        value = getattr(state, self.monitor)
        if value is None:
            raise ValueError(
                f"EarlyStopping(monitor={self.monitor!r}) has nothing to watch: no rows are "
                "held out. Pass X_val and y_val to fit, set validation_split, or watch 'loss'."
            )
        cost = -value if self.monitor == "validation_score" else value
        if cost < self.best - self.min_delta:
            self.best, self.count = float(cost), 0
        else:
            self.count += 1
        return self.count >= self.patience

    def get_state(self) -> dict[str, Any]:
        """Return the best value and the count."""
        return {"best": self.best, "count": self.count}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        members("state", state, ["best", "count"])
        count = integer("count", state["count"], 0, self.patience)
        best = number("best", state["best"], finite=False)
        if math.isnan(best):
            refuse("best", best, "a number")
        self.best, self.count = best, count


class PrintLoss(Callback):
    """Prints a line every few epochs, and one for the last.

    Parameters
    ----------
    every : int, default=10
        Epochs from line to line, >= 1.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import PrintLoss
    >>> model = MLPRegressor(max_iter=9, tol=9, n_iter_no_change=3, random_state=0)
    >>> model = model.set_params(callbacks=[PrintLoss(every=3)])
    >>> model = model.fit([[0.0], [1.0]], [0.0, 1.0])
    Epoch 3/9: loss 0...
    Epoch 5/9: loss 0...
    """

    def __init__(self, every: int = 10) -> None:
        if every < 1:
            raise ValueError(f"every={every} must be >= 1: the epochs from line to line.")
        self.every = every

    def on_epoch_end(self, state: TrainingState) -> None:
        """Print, if it is the epoch's turn."""
        if state.epoch % self.every == 0 or state.stop_reason is not None:
            print(describe(state))


def describe(state: TrainingState) -> str:
    """Word an epoch's losses and score in one line."""
    text = f"Epoch {state.epoch}/{state.max_epochs}: loss {state.loss:.6g}"
    if state.validation_loss is not None:
        text += f", validation loss {state.validation_loss:.6g}"
    if state.validation_score is not None:
        text += f", validation score {state.validation_score:.6g}"
    return text


def evenly_spaced(rows: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """Choose up to ``n_rows`` of these rows without a random draw."""
    if n_rows >= len(rows):
        return rows
    return rows[np.linspace(0, len(rows) - 1, n_rows).astype(np.int64)]
