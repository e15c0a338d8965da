"""Who tells the callbacks: builds the states and calls the hooks."""

import time
from collections.abc import Sequence
from typing import Any

from .callbacks import Access, Callback, TrainingState

__all__ = ["Notifier"]


class Notifier:
    """Tells the callbacks of one fit what happens in it.

    Parameters
    ----------
    callbacks : sequence of Callback
        In the order in which they are called.
    access : Access
        What the states fetch on demand.
    max_epochs, n_samples : int
        Most epochs of the fit, and rows visited in each.
    """

    def __init__(
        self, callbacks: Sequence[Callback], access: Access, max_epochs: int, n_samples: int
    ) -> None:
        self._callbacks = callbacks
        self._access = access
        self._max_epochs, self._n_samples = max_epochs, n_samples
        self._last: dict[str, Any] = dict.fromkeys(
            ("loss", "validation_loss", "validation_score", "learning_rate")
        )
        self._epoch = 0
        self._start = self._epoch_start = time.perf_counter()

    def begin(self) -> None:
        """Tell that training begins."""
        self._start = time.perf_counter()
        state = self._state(None, None)
        for callback in self._callbacks:
            callback.on_fit_begin(state)
        self._epoch_start = time.perf_counter()

    def end_epoch(self, epoch: int, stop_reason: str | None, **figures: float | None) -> bool:
        """Tell of an epoch; return whether a callback asks to stop."""
        seconds = time.perf_counter() - self._epoch_start
        self._epoch = self._access.epoch = epoch
        self._last.update(figures)
        state = self._state(self._n_samples / max(seconds, 1e-9), stop_reason)
        # A list, so that every callback hears of every epoch.
        answers = [callback.on_epoch_end(state) for callback in self._callbacks]
        self._epoch_start = time.perf_counter()
        return any(answers)

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
