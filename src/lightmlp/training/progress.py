"""The progress bar of ``verbose="bar"``: rich on a terminal and in notebooks, else lines."""

import math
from typing import Any

from .callbacks import Callback, TrainingState, describe

__all__ = ["ProgressBar"]

_LINES = 20  # that a whole fit prints where nothing can be repainted


class ProgressBar(Callback):
    """Shows loss, score, learning rate, samples a second and the time left.

    Raises
    ------
    ImportError
        If rich is not installed.
    """

    def __init__(self) -> None:
        try:
            from rich.console import Console
        except ImportError as error:
            raise ImportError(
                'verbose="bar" draws with rich, which is not installed. Install it by '
                '`pip install "lightmlp[progress]"`, or set verbose=True for plain lines.'
            ) from error
        self._console = Console()
        self._bar: Any = None

    def on_fit_begin(self, state: TrainingState) -> None:
        """Show an empty bar, where bars can be shown."""
        if not (self._console.is_terminal or self._console.is_jupyter):
            return
        from rich.progress import BarColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
            BarColumn(bar_width=20),
            TextColumn("{task.description}"),
            console=self._console,
        )
        self._task = self._bar.add_task("", total=state.max_epochs, completed=state.epoch)
        self._bar.start()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Move the bar on, or print one of a few lines."""
        if self._bar is not None:
            text = ", ".join(_figures(state))
            self._bar.update(self._task, completed=state.epoch, description=text)
        elif state.epoch % math.ceil(state.max_epochs / _LINES) == 0 or state.stop_reason:
            print(", ".join([describe(state), *_pace(state)]), flush=True)

    def on_fit_end(self, state: TrainingState) -> None:
        """Leave the last figures on the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _figures(state: TrainingState) -> list[str]:
    return [describe(state).partition(": ")[2], *_pace(state)]


def _pace(state: TrainingState) -> list[str]:
    """Word the learning rate, the speed and the time left."""
    texts = []
    if state.learning_rate is not None:
        texts.append(f"learning rate {state.learning_rate:.3g}")
    if state.samples_per_second is not None:
        texts.append(f"{state.samples_per_second:,.0f} samples/s")
    seconds = round(state.time / max(state.epoch, 1) * (state.max_epochs - state.epoch))
    texts.append(f"{seconds // 60}:{seconds % 60:02d} left")
    return texts
