"""The interface of a rival, in the parent and in its worker process."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..problems import FitProblem, PredictionProblem, SearchProblem, TrainingProblem

__all__ = [
    "Implementation",
    "NoEstimator",
    "Rival",
    "Run",
    "Unsupported",
    "thread_environment",
    "usable_cores",
]

Run = Callable[[], Any]


class Unsupported(Exception):
    """A rival does not support this task; the message says why."""


class Implementation(Protocol):
    """Base of the class ``Contestant(name)`` in a rival's module.

    Each method prepares everything and returns the function that is timed. A run starts from
    the problem's initial state and returns the outcome, by which rivals are compared.
    """

    def training(self, problem: TrainingProblem) -> Run:
        """Train; the outcome is the mean loss of the last epoch, including the L2 term."""

    def regularized(self, problem: TrainingProblem) -> Run:
        """Train with ``OPTIONS``, or without them if the name ends in "plain"."""

    def whole_fit(self, problem: FitProblem) -> Run:
        """Fit until the estimator converges; the outcome is the last loss."""

    def prediction(self, problem: PredictionProblem) -> Run:
        """Predict for all rows, ``problem.calls`` times; the outcome is the predictions."""

    def search(self, problem: SearchProblem) -> Run:
        """Run a grid search; the outcome is the best mean score."""


class NoEstimator:
    """Mixin for libraries without estimators that stop like scikit-learn's."""

    def whole_fit(self, problem: FitProblem) -> Run:
        """Refuse."""
        raise Unsupported("it has no estimator that stops by itself as scikit-learn's do")

    def search(self, problem: SearchProblem) -> Run:
        """Refuse."""
        raise Unsupported("it has no estimator that stops by itself as scikit-learn's do")


@dataclass(frozen=True)
class Rival:
    """A library that can be measured.

    Parameters
    ----------
    name : str
        Name in the table.
    package : str
        Required package.
    implementation : str
        Module in this folder.
    threads : tuple of int or None, default=None
        Settings to try, of which the best is used; None leaves the choice to the library.
        By default one thread, and one thread per core.
    compiles : bool, default=False
        Whether the first run includes compilation, shown separately.
    swept : bool, default=False
        Whether it takes part in the plots of time against size.
    """

    name: str
    package: str
    implementation: str
    threads: tuple[int | None, ...] | None = None
    compiles: bool = False
    swept: bool = False

    @property
    def module(self) -> str:
        """Import name of the package."""
        return {"scikit-learn": "sklearn"}.get(self.package, self.package)

    @property
    def thread_settings(self) -> tuple[int | None, ...]:
        """Settings to try."""
        return self.threads or tuple(sorted({1, usable_cores()}))


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_environment(threads: int | None) -> dict[str, str]:
    """Return environment variables that set the number of threads of every library."""
    if threads is None:
        return {}
    parallel = "true" if threads > 1 else "false"
    return {
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "NPROC": str(threads),  # XLA's pool of threads
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={parallel}",
    }
