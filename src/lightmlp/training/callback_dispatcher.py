"""The callback dispatcher: it builds the states and calls the hooks."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import Parameters
from .callbacks import Access, Callback, TrainingState, evenly_spaced
from .checkpoint import Checkpoint
from .plan import FitPlan

__all__ = ["CallbackDispatcher", "Save", "make_dispatcher"]

Save = Callable[[Path, dict[str, Any], bool], None]


def make_dispatcher(
    plan: FitPlan,
    parameters: Callable[[], Parameters],
    rows: NDArray[np.int64],
    save: Save | None = None,
) -> "CallbackDispatcher | None":
    """Return the dispatcher of a fit; None where nobody looks on.

    Parameters
    ----------
    plan : FitPlan
        What is fitted, and the callbacks.
    parameters : callable
        Returns those of the moment, copied.
    rows : ndarray of shape (n_rows,), int64
        The rows that train.
    save : callable or None, default=None
        ``save(path, more, rehearse)`` writes a checkpoint, or tries to; None where training
        cannot be resumed.
    """
    shown = plan.spectators
    if not shown.callbacks:
        return None
    in_order = np.sort(rows)  # the trainer shuffles them in place

    def sample(n_rows: int) -> tuple[Any, Any]:
        from sklearn.utils import _safe_indexing

        chosen = evenly_spaced(in_order, n_rows)
        return _safe_indexing(shown.X, chosen), shown.y[chosen]

    access = Access(lambda: shown.model(parameters()), sample, save=save)
    return CallbackDispatcher(shown.callbacks, access, plan.max_iter, len(rows))


class CallbackDispatcher:
    """Calls the hooks of the callbacks of one fit.

    Parameters
    ----------
    callbacks : sequence of Callback
        In the order in which they are called; checkpoints hear of an epoch last.
    access : Access
        What the states fetch on demand.
    max_epochs, n_samples : int
        Most epochs of the fit, and rows visited in each.
    """

    def __init__(
        self, callbacks: Sequence[Callback], access: Access, max_epochs: int, n_samples: int
    ) -> None:
        self._callbacks = callbacks
        # Checkpoints come last, so that they hold what the others made of the epoch.
        self._checkpoints = [c for c in callbacks if isinstance(c, Checkpoint)]
        self._watchers = [c for c in callbacks if not isinstance(c, Checkpoint)]
        self._saved: list[Any] = []
        self._path: Any = None
        self._access = access
        self._max_epochs, self._n_samples = max_epochs, n_samples
        self._last: dict[str, Any] = dict.fromkeys(
            ("loss", "validation_loss", "validation_score", "learning_rate")
        )
        self._epoch = 0
        self._start = self._epoch_start = time.perf_counter()

    def begin(self, epoch: int = 0, seconds_before: float = 0.0) -> None:
        """Tell that training begins, or goes on after so many epochs and seconds."""
        self._epoch = self._access.epoch = epoch
        self._start = time.perf_counter() - seconds_before
        state = self._state(None, None)
        for callback in self._callbacks:
            callback.on_fit_begin(state)
        self._set_states()
        self._epoch_start = time.perf_counter()

    def end_epoch(
        self, epoch: int, stop_reason: str | None, **figures: float | None
    ) -> str | None:
        """Tell of an epoch; return why training stops, "callback" if one asks to."""
        seconds = time.perf_counter() - self._epoch_start
        self._epoch = self._access.epoch = epoch
        self._last.update(figures)
        speed = self._n_samples / max(seconds, 1e-9)
        state = self._state(speed, stop_reason)
        asked = [c for c in self._watchers if c.on_epoch_end(state)]
        if asked and stop_reason in (None, "max_iter"):
            stop_reason = "callback"
            state = self._state(speed, stop_reason)
        self._access.more = {
            "stopped_by": [type(callback).__name__ for callback in asked],
            "callbacks": [[type(c).__name__, c.get_state()] for c in self._watchers],
        }
        for callback in self._checkpoints:
            callback.on_epoch_end(state)
        self._epoch_start = time.perf_counter()
        return stop_reason

    def resume(self, header: dict[str, Any], path: Any) -> bool:
        """Take over what the callbacks had recorded, at the next begin.

        Parameters
        ----------
        header : dict
            Of the checkpoint.
        path : str or os.PathLike
            Of the checkpoint, for errors.

        Returns
        -------
        bool
            Whether a callback that is here again had asked to stop.
        """
        self._saved, self._path = list(header["callbacks"]), path
        names = {type(callback).__name__ for callback in self._watchers}
        return not names.isdisjoint(header["stopped_by"])

    def _set_states(self) -> None:
        for callback in self._watchers:
            for index, (name, state) in enumerate(self._saved):
                if name == type(callback).__name__:
                    self._set_state(callback, state)
                    del self._saved[index]
                    break

    def _set_state(self, callback: Callback, state: dict[str, Any]) -> None:
        try:
            callback.set_state(state)
        except Exception as error:  # a user's, which met what it did not expect
            raise ValueError(
                f"resume_from={str(self._path)!r}: {type(callback).__name__}.set_state does "
                f"not accept the file's state of it ({type(error).__name__}: {error}). "
                "Leave the callback out, or start again without resume_from."
            ) from error

    def end(self, stop_reason: str) -> None:
        """Tell that training is over."""
        state = self._state(None, stop_reason)
        for callback in self._callbacks:
            callback.on_fit_end(state)

    def _state(self, speed: float | None, stop_reason: str | None) -> TrainingState:
        return TrainingState(
            epoch=self._epoch,
            max_epochs=self._max_epochs,
            n_samples=self._n_samples,
            samples_per_second=speed,
            time=time.perf_counter() - self._start,
            stop_reason=stop_reason,
            _access=self._access,
            **self._last,
        )
