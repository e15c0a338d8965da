"""The progress bar of ``verbose="bar"``: rich on a terminal, text in notebooks, else lines."""

import math
import time
from typing import Any

from .callbacks import Callback, TrainingState, describe

__all__ = ["ProgressBar"]

_LINES = 20  # that a whole fit prints where nothing can be repainted
_WIDTH = 20  # of the bar, in characters
_PAUSE = 0.1  # seconds between two pictures in a notebook, as rich leaves on a terminal


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
        self._bar: _TerminalBar | _NotebookBar | None = None

    def on_fit_begin(self, state: TrainingState) -> None:
        """Show an empty bar, where bars can be shown."""
        if self._console.is_jupyter:
            self._bar = _NotebookBar.if_possible()
        elif self._console.is_terminal:
            self._bar = _TerminalBar(self._console, state)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Move the bar on, or print one of a few lines."""
        if self._bar is not None:
            self._bar.show(state, ", ".join(_figures(state)))
        elif state.epoch % math.ceil(state.max_epochs / _LINES) == 0 or state.stop_reason:
            print(", ".join([describe(state), *_pace(state)]), flush=True)

    def on_fit_end(self, state: TrainingState) -> None:
        """Leave the last figures on the screen."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _TerminalBar:
    """A bar that rich repaints."""

    def __init__(self, console: Any, state: TrainingState) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
            BarColumn(bar_width=_WIDTH),
            TextColumn("{task.description}"),
            console=console,
        )
        self._task = self._bar.add_task("", total=state.max_epochs, completed=state.epoch)
        self._bar.start()

    def show(self, state: TrainingState, figures: str) -> None:
        self._bar.update(self._task, completed=state.epoch, description=figures)

    def close(self) -> None:
        self._bar.stop()


class _NotebookBar:
    """A line of text that IPython replaces; rich's own bar would need ipywidgets there."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._text = ""
        self._next = 0.0

    @classmethod
    def if_possible(cls) -> "_NotebookBar | None":
        """Return a bar, or None where no output can be replaced."""
        try:
            from IPython.display import display
        except ImportError:
            return None
        handle = display({"text/plain": ""}, raw=True, display_id=True)
        return None if handle is None else cls(handle)

    def show(self, state: TrainingState, figures: str) -> None:
        done = round(_WIDTH * state.epoch / state.max_epochs)
        bar = "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * done + " " * (_WIDTH - done)
        self._text = f"epoch {state.epoch}/{state.max_epochs} {bar} {figures}"
        if time.monotonic() >= self._next:
            self._paint()

    def close(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self._handle.update({"text/plain": self._text}, raw=True)
        self._next = time.monotonic() + _PAUSE


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
