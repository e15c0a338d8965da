"""Training steps: whole fits of a given number of epochs, divided by their steps."""

from functools import partial

from .machine import measure_peaks
from .race import Arena, Race
from .results import Result, timings
from .rivals import BASELINE, OURS_ALONE, usable_cores
from .workloads import StepWorkload

__all__ = ["loss_difference", "loss_tolerance", "measure_steps"]


def loss_tolerance(rival: str, dtype: str) -> float:
    """Return the relative difference of losses that is attributed to rounding.

    It depends on the order of sums, and training amplifies it from step to step. skorch adds
    the L2 term of the last step to the mean loss of an epoch, and its Adam adds epsilon in a
    different place (see ``pytorch.epsilons_of_steps``).
    """
    if rival == "skorch" or dtype == "float32":
        return 1e-2
    return 1e-6 if rival in {BASELINE, OURS_ALONE} else 1e-4


def measure_steps(
    workload: StepWorkload, dtype: str, arena: Arena, effort: float
) -> tuple[list[Result], Race]:
    """Race one workload; ``effort`` below 1 trains fewer epochs."""
    epochs = max(2, round(workload.epochs * effort))
    problem = workload.problem(dtype, epochs)
    peaks = measure_peaks(dtype)
    race = arena.race("training", {"": problem})
    results = timings(
        workload.name,
        dtype,
        race,
        per_run=epochs * problem.n_batches,
        unit="us a step",
        scale=1e6,
        target=partial(workload.target, dtype=dtype),
        share_target=partial(workload.share_target, dtype=dtype),
        difference=loss_difference,
        tolerance=partial(loss_tolerance, dtype=dtype),
        flop=workload.flop_per_step(problem),
        peak=lambda threads: peaks[threads or usable_cores()],
    )
    return results, race


def loss_difference(ours: float, theirs: float) -> float:
    """Return the relative difference of two losses."""
    return abs(ours - theirs) / max(abs(ours), abs(theirs))
