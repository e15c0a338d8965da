"""The cost of options: dropout, normalisation, AdamW, cosine and clipping combined."""

from .race import Arena, Race
from .results import Result, timings
from .rivals import OURS, PLAIN, PYTORCH, PYTORCH_PLAIN, RIVALS
from .workloads import WORKLOADS

__all__ = ["measure_options"]

WORKLOAD = "784-128-64-10/64"
# Limit for the time of a step with all options, relative to a plain step.
MOST_COST = 1.5


def measure_options(arena: Arena, effort: float) -> tuple[list[Result], Race]:
    """Race the step with all options, and the plain step of the same network."""
    workload = WORKLOADS[WORKLOAD]
    epochs = max(2, round(workload.epochs * effort))
    problem = workload.problem("float32", epochs)
    known = {rival.name for rival in arena.rivals}
    rivals = [RIVALS[OURS], PLAIN]
    if PYTORCH in known:
        rivals += [RIVALS[PYTORCH], PYTORCH_PLAIN]
    race = arena.race("regularized", {"": problem}, rivals=rivals)
    targets = {PLAIN.name: 1.0 / MOST_COST, PYTORCH: 1.0}
    results = timings(
        f"options {workload.name}",
        "float32",
        race,
        per_run=epochs * problem.n_batches,
        unit="us a step",
        scale=1e6,
        target=targets.get,
    )
    return results, race
