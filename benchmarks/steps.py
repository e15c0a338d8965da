"""Training steps: whole fits of a given number of epochs, divided by their steps."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from .data import generate
from .race import race
from .results import Result, ratios_to_rivals
from .rivals import Rival

__all__ = ["WORKLOADS", "StepWorkload", "measure_steps"]

# Rounding differs with the order of sums, and training amplifies it from step to step.
LOSS_TOLERANCE = {"float32": 1e-2, "float64": 1e-6}


@dataclass(frozen=True)
class StepWorkload:
    """A network, a batch size and how long to train; targets are ratios to scikit-learn."""

    kind: str
    widths: tuple[int, ...]
    batch_size: int
    n_samples: int
    epochs: int
    targets: dict[str, float]

    @property
    def name(self) -> str:
        """Widths and batch, such as ``2-8-6-1/16``."""
        return f"{'-'.join(map(str, self.widths))}/{self.batch_size}"


# Rows are whole batches. The epochs make scikit-learn's fit last about a second.
WORKLOADS = {
    workload.name: workload
    for workload in (
        StepWorkload("classifier", (2, 8, 6, 1), 16, 1024, 150, {"float32": 40, "float64": 40}),
        StepWorkload("regressor", (8, 100, 50, 1), 32, 4096, 40, {"float32": 12, "float64": 8}),
        StepWorkload(
            "classifier", (64, 128, 64, 10), 200, 2000, 150, {"float32": 4, "float64": 3}
        ),
        StepWorkload(
            "classifier", (784, 128, 64, 10), 64, 6400, 10, {"float32": 4, "float64": 3}
        ),
        StepWorkload(
            "classifier", (54, 256, 128, 7), 512, 20480, 12, {"float32": 3, "float64": 2.5}
        ),
    )
}


def measure_steps(
    workload: StepWorkload, dtype: str, rivals: list[Rival], rounds: int, effort: float
) -> list[Result]:
    """Race one workload; ``effort`` below 1 trains fewer epochs."""
    epochs = max(2, round(workload.epochs * effort))
    X, y = generate(
        workload.n_samples, workload.widths[0], workload.widths[-1], workload.kind, dtype
    )
    settings = {
        "hidden_layer_sizes": workload.widths[1:-1],
        "batch_size": workload.batch_size,
        "max_iter": epochs,
        "tol": 0.0,
        "n_iter_no_change": epochs + 1,
        "random_state": 0,
    }

    def prepare(rival: Rival) -> Callable[[], list[float]]:
        return partial(rival.train, workload.kind, settings, X, y)

    with silenced():
        laps = race(rivals, prepare, rounds)
    return ratios_to_rivals(
        workload.name,
        dtype,
        laps,
        per_run=epochs * (workload.n_samples // workload.batch_size),
        unit="us a step",
        scale=1e6,
        target=workload.targets[dtype],
        loss_tolerance=LOSS_TOLERANCE[dtype],
    )


@contextmanager
def silenced() -> Iterator[Any]:
    """Hide the warning that a fit ends at ``max_iter``, which is the purpose here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations")
        yield
