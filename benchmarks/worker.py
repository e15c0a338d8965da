"""A process for one rival and its number of threads.

Libraries that share a process disturb each other: their threads wait by spinning, and the
first OpenMP that is loaded is used by all. An idle worker sleeps.
"""

import gc
import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .rivals.base import Rival, Unsupported, thread_environment

__all__ = ["Worker", "WorkerError"]


class WorkerError(Exception):
    """A rival failed; the message says why."""


class Worker:
    """The parent's side; the process starts with the first problem."""

    def __init__(self, rival: Rival, threads: int | None) -> None:
        self.rival, self.threads = rival, threads
        self._process: Any = None
        self._connection: Any = None
        self._prepared: tuple[str, Path] | None = None

    def prepare(self, work: str, path: Path) -> None:
        """Load the problem at ``path`` and prepare its run, unless already prepared.

        Raises
        ------
        WorkerError
            If the rival cannot do this.
        """
        if self._process is None:
            self._start()
        if self._prepared != (work, path):
            self._prepared = None
            self._ask("prepare", work, path)
            self._prepared = work, path

    def run(self, *, with_outcome: bool = False) -> tuple[float, Any]:
        """Return the seconds of one run, and its outcome if requested."""
        result: tuple[float, Any] = self._ask("run", with_outcome)
        return result

    def release(self) -> None:
        """Drop the problem in the process."""
        if self._process is not None:
            self._prepared = None
            self._ask("release")

    def close(self) -> None:
        """Stop the process."""
        if self._process is not None:
            self._connection.close()
            self._process.join()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, self.rival.implementation, self.rival.name)
        self._process = context.Process(target=_serve, args=arguments)
        with _environment(thread_environment(self.threads)):
            self._process.start()
        theirs.close()

    def _ask(self, *question: Any) -> Any:
        try:
            self._connection.send(question)
            succeeded, answer = self._connection.recv()
        except (EOFError, BrokenPipeError):
            self.close()
            raise WorkerError("its process died") from None
        if not succeeded:
            raise WorkerError(answer)
        return answer


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for processes started within the context."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(connection: Any, implementation: str, name: str) -> None:
    """Serve the parent until it closes the connection."""
    contestant: Any = None
    run: Any = None
    while True:
        try:
            command, *arguments = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            answer = None
            if command == "run":
                answer = _timed(run, *arguments)
            else:
                run = None
                gc.collect()
            if command == "prepare":
                if contestant is None:
                    module = importlib.import_module(f"benchmarks.rivals.{implementation}")
                    contestant = module.Contestant(name)
                run = _prepare(contestant, *arguments)
        except KeyboardInterrupt:
            return
        except Unsupported as reason:
            connection.send((False, str(reason)))
        except Exception:
            connection.send((False, traceback.format_exc()))
        else:
            connection.send((True, answer))


def _prepare(contestant: Any, work: str, path: Path) -> Any:
    import joblib

    return getattr(contestant, work)(joblib.load(path))


def _timed(run: Any, with_outcome: bool) -> tuple[float, Any]:
    start = time.perf_counter()
    outcome = run()
    seconds = time.perf_counter() - start
    return seconds, outcome if with_outcome else None
