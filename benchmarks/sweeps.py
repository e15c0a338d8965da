"""Time against size: rows, width, batch and threads, for the plot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from .race import Arena, Race
from .results import Result, timings
from .rivals import BASELINE, OURS, usable_cores
from .steps import loss_difference, loss_tolerance
from .workloads import WORKLOADS, StepWorkload

__all__ = ["SWEEPS", "Sweep", "measure_sweep"]

DTYPE = "float32"
# Operations per fit, enough to make its fixed cost negligible in the time per step.
FLOP, FEWEST_EPOCHS, MOST_EPOCHS = 1e10, 2, 100


@dataclass(frozen=True)
class Sweep:
    """A sweep over sizes, with one curve per rival.

    Parameters
    ----------
    label : str
        The size that varies.
    unit, scale : str, float
        Unit of the time per step or, if ``per_row``, per row.
    workload : callable
        ``workload(size)``, including batch size and number of rows.
    sizes : tuple of int
        In increasing order.
    """

    label: str
    unit: str
    scale: float
    workload: Callable[[int], StepWorkload]
    sizes: tuple[int, ...]
    per_row: bool = False
    is_threads: bool = False


def _workload(
    kind: str, widths: tuple[int, ...], batch_size: int, n_samples: int
) -> StepWorkload:
    flop = 6 * n_samples * sum(n_in * n_out for n_in, n_out in pairwise(widths))
    epochs = min(max(FEWEST_EPOCHS, round(FLOP / flop)), MOST_EPOCHS)
    return StepWorkload(kind, widths, batch_size, n_samples, epochs)


def _rows(n_rows: int) -> StepWorkload:
    return _workload("regressor", (28, 128, 64, 1), 1000, n_rows)


def _width(width: int) -> StepWorkload:
    return _workload("classifier", (width, width, width, 10), 512, 4096)


def _batch(batch: int) -> StepWorkload:
    return _workload("classifier", (64, 128, 64, 10), batch, max(16384, batch))


def _threads(threads: int) -> StepWorkload:
    wide = next(workload for workload in WORKLOADS.values() if workload.label == "wide")
    return _workload(wide.kind, wide.widths, wide.batch_size, wide.n_samples)


def _thread_counts() -> tuple[int, ...]:
    counts = {2**power for power in range(10) if 2**power <= usable_cores()}
    return tuple(sorted(counts | {usable_cores()}))


SWEEPS = {
    "rows": Sweep(
        "rows (28-128-64-1, batch 1000)",
        "us a row",
        1e6,
        _rows,
        (10_000, 100_000, 1_000_000),
        per_row=True,
    ),
    "width": Sweep(
        "width x width (w-w-w-10, batch 512)",
        "us a step",
        1e6,
        _width,
        (64, 128, 256, 512, 1024, 2048),
    ),
    "batch": Sweep(
        "batch (64-128-64-10)", "us a step", 1e6, _batch, (16, 64, 256, 1024, 4096, 8192)
    ),
    "threads": Sweep(
        "threads (wide)", "us a step", 1e6, _threads, _thread_counts(), is_threads=True
    ),
}


def measure_sweep(name: str, arena: Arena, quick: bool) -> Iterator[tuple[list[Result], Race]]:
    """Race the plotted rivals at each size; a quick run leaves out the largest."""
    sweep = SWEEPS[name]
    rivals = [rival for rival in arena.rivals if rival.swept or rival.name in {OURS, BASELINE}]
    sizes = sweep.sizes[:-1] if quick and not sweep.is_threads else sweep.sizes
    for size in sizes:
        workload = sweep.workload(size)
        problem = workload.problem(DTYPE, workload.epochs)
        n_steps = workload.epochs * problem.n_batches
        race = arena.race(
            "training",
            {"": problem},
            rivals=rivals,
            threads=size if sweep.is_threads else None,
        )
        results = timings(
            f"{name} {size}",
            DTYPE,
            race,
            per_run=n_steps * (workload.batch_size if sweep.per_row else 1),
            unit=sweep.unit,
            scale=sweep.scale,
            difference=loss_difference,
            tolerance=partial(loss_tolerance, dtype=DTYPE),
            flop=None if sweep.per_row else workload.flop_per_step(problem),
            sweep=name,
            size=float(size**2 if name == "width" else size),
        )
        yield results, race


def sweeps_by_name(
    arena: Arena, quick: bool
) -> dict[str, Callable[[], Iterator[tuple[list[Result], Race]]]]:
    """Return a function that measures each sweep, by name."""
    return {f"sweep {name}": partial(measure_sweep, name, arena, quick) for name in SWEEPS}
