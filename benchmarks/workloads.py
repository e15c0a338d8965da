"""The networks and tables whose training is measured, with their targets."""

from dataclasses import dataclass, field
from typing import Any

from .data import generate, make_training_problem
from .problems import TrainingProblem
from .rivals import BASELINE, OURS, OURS_ALONE

__all__ = ["WORKLOADS", "StepWorkload"]


@dataclass(frozen=True)
class StepWorkload:
    """A network, a batch size and a training length.

    Parameters
    ----------
    against_sklearn : dict
        Target ratio to scikit-learn, by dtype.
    against_others : float or None, default=None
        Target ratio to every other rival in float32.
    gain_of_threads : float or None, default=None
        Target ratio of the time on one thread to that on all, in float32.
    share_of_peak : float or None, default=None
        Target fraction of all cores' multiply-add peak in float32.
    density : float or None, default=None
        Fraction of nonzero entries of a sparse table.
    """

    kind: str
    widths: tuple[int, ...]
    batch_size: int
    n_samples: int
    epochs: int
    label: str = ""
    against_sklearn: dict[str, float] = field(default_factory=dict)
    against_others: float | None = None
    gain_of_threads: float | None = None
    share_of_peak: float | None = None
    density: float | None = None

    @property
    def name(self) -> str:
        """Label, widths and batch, such as ``2-8-6-1/16``."""
        name = f"{'-'.join(map(str, self.widths))}/{self.batch_size}"
        return f"{self.label} {name}".strip()

    def problem(self, dtype: str, epochs: int) -> TrainingProblem:
        """Return the problem for the rivals."""
        X, y = generate(
            self.n_samples, self.widths[0], self.widths[-1], self.kind, dtype, self.density
        )
        return make_training_problem(self.kind, self.widths, self.batch_size, X, y, epochs)

    def target(self, rival: str, dtype: str) -> float | None:
        """Return the target ratio of this rival's time to ours."""
        if rival == BASELINE:
            return self.against_sklearn.get(dtype)
        if dtype != "float32":
            return None
        return self.gain_of_threads if rival == OURS_ALONE else self.against_others

    def share_target(self, rival: str, dtype: str) -> float | None:
        """Return the target fraction of the peak of the cores that LightMLP uses."""
        if dtype != "float32" or self.share_of_peak is None:
            return None
        return {OURS: self.share_of_peak, OURS_ALONE: 0.7}.get(rival)

    def flop_per_step(self, problem: TrainingProblem) -> float:
        """Return the operations of a step's products, two per multiply-add.

        These are forward products, weight gradients, and deltas except those of the inputs;
        zeros of sparse rows and everything besides products are not counted.
        """
        pairs = list(zip(self.widths[:-1], self.widths[1:], strict=True))
        first = self.widths[1] * self.widths[0]
        others = sum(n_in * n_out for n_in, n_out in pairs[1:])
        if self.density is not None:
            first = self.widths[1] * problem.X.nnz / problem.X.shape[0]
        return 2.0 * self.batch_size * (2 * first + 3 * others)


def _ahead(**others: Any) -> dict[str, Any]:
    targets = {"against_sklearn": {"float32": 1.0, "float64": 1.0}, "against_others": 1.0}
    return {**targets, **others}


def _targets(float32: float, float64: float, others: float) -> dict[str, Any]:
    return {
        "against_sklearn": {"float32": float32, "float64": float64},
        "against_others": others,
    }


HALF = {"gain_of_threads": 1.4, "share_of_peak": 0.5}

# Rows are whole batches. The epochs make scikit-learn's fit last about a second.
WORKLOADS = {
    workload.name: workload
    for workload in (
        StepWorkload("classifier", (2, 8, 6, 1), 16, 1024, 150, **_targets(70, 60, 4)),
        StepWorkload("regressor", (8, 100, 50, 1), 32, 4096, 40, **_targets(22, 14, 2)),
        StepWorkload(
            "classifier", (64, 128, 64, 10), 200, 2000, 150, **_targets(8, 5, 2), **HALF
        ),
        StepWorkload(
            "classifier", (784, 128, 64, 10), 64, 6400, 10, **_targets(7.5, 5, 2), **HALF
        ),
        StepWorkload(
            "classifier", (54, 256, 128, 7), 512, 20480, 12, **_targets(5, 4, 1.8), **HALF
        ),
        StepWorkload(
            "classifier",
            (1000, 512, 512, 10),
            1024,
            8192,
            3,
            "wide",
            **_ahead(gain_of_threads=1.7, share_of_peak=0.7),
        ),
        StepWorkload("classifier", (54, *[128] * 8, 7), 512, 20480, 5, "deep", **_ahead()),
        StepWorkload(
            "regressor", (28, 128, 64, 1), 1024, 977 * 1024, 2, "tall", **_ahead()
        ),  # a million rows
        StepWorkload(
            "classifier", (20_000, 100, 10), 200, 4000, 4, "text", density=0.005, **_ahead()
        ),
    )
}
