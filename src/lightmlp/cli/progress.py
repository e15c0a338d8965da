"""A progress line."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["ProgressLine"]

# Ten short wake-ups per second cost a fit far less than a thousandth of its time.
SECONDS_BETWEEN_REPAINTS = 0.1


class ProgressLine:
    """Repaint one line on a terminal; elsewhere write finished lines.

    Parameters
    ----------
    stream : text file
        Output; ``stream.isatty()`` tells whether it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._painted = 0

    @contextmanager
    def running(self, text: str) -> Iterator[None]:
        """Show the text and the elapsed seconds while the block runs."""
        if not self._live:
            yield
            return
        finished = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(text, finished), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            finished.set()
            ticker.join()

    def finish(self, text: str) -> None:
        """Report finished work, on a separate line unless on a terminal."""
        if self._live:
            self._paint(text)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()

    def clear(self) -> None:
        """Clear the line, so that the next output starts on an empty one."""
        if self._live:
            self._stream.write("\r" + " " * self._painted + "\r")
            self._stream.flush()
            self._painted = 0

    def _tick(self, text: str, finished: threading.Event) -> None:
        start = time.perf_counter()
        while True:
            self._paint(f"{text} {time.perf_counter() - start:4.1f} s")
            if finished.wait(SECONDS_BETWEEN_REPAINTS):
                return

    def _paint(self, text: str) -> None:
        # A line that wraps cannot be overwritten by a carriage return.
        text = text[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + text.ljust(self._painted))
        self._stream.flush()
        self._painted = len(text)
