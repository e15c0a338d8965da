"""Arguments of ``python -m benchmarks``, and the list of what it measures."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from .epoch_cost import measure_epoch_cost
from .import_time import measure_import
from .machine import describe_machine
from .predict import ONE_ROW, measure_bulk, measure_one_row
from .report import HEADER, format_machine, format_result, summarise, write_json
from .results import Result
from .rivals import Rival, all_rivals
from .steps import WORKLOADS, measure_steps
from .whole_fit import measure_iris

__all__ = ["main"]

DTYPES = ("float32", "float64")
QUICK_ROUNDS, ROUNDS = 3, 7
QUICK_EFFORT = 0.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if a fit reached another loss than its rival."""
    parser = _parser()
    options = parser.parse_args(arguments)
    effort = QUICK_EFFORT if options.quick else 1.0
    rounds = options.rounds
    if rounds is None:
        rounds = QUICK_ROUNDS if options.quick else ROUNDS
    for name, number in (("rounds", rounds), ("threads", options.threads)):
        if number is not None and number < 1:
            parser.error(f"--{name}: {number} given, expected 1 or more")
    rivals = all_rivals()
    if options.threads is not None:
        rivals = [replace(rival, thread_limits=(options.threads,)) for rival in rivals]
    measurements = _measurements(rivals, rounds, effort)
    chosen = {
        name: measure
        for name, measure in measurements.items()
        if not options.only or any(part in name for part in options.only)
    }
    if not chosen:
        names = "\n  ".join(measurements)
        parser.error(f"--only: no name contains any of {options.only}; there are\n  {names}")
    machine = describe_machine(rivals)
    print(f"{format_machine(machine)}\nmedians of {rounds} alternating rounds\n\n{HEADER}")
    results: list[Result] = []
    for measure in chosen.values():
        for result in measure():
            results.append(result)
            print(format_result(result), flush=True)
    print("\n" + summarise(results))
    if options.json:
        write_json(options.json, machine, results)
    return 1 if any(result.same_loss is False for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure LightMLP against its rivals."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter fits")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="what has this in its name; repeatable"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {ROUNDS}")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="for all alike; default: the best for rivals"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures there")
    return parser


def _measurements(
    rivals: list[Rival], rounds: int, effort: float
) -> dict[str, Callable[[], list[Result]]]:
    """Return what can be measured, by name; nothing runs before it is called."""
    measurements: dict[str, Callable[[], list[Result]]] = {
        f"step {name} {dtype}": partial(measure_steps, workload, dtype, rivals, rounds, effort)
        for name, workload in WORKLOADS.items()
        for dtype in DTYPES
    }
    measurements["iris"] = partial(measure_iris, rivals, rounds)
    for kind in ONE_ROW:
        for dtype in DTYPES:
            measurements[f"one row {kind} {dtype}"] = partial(
                measure_one_row, kind, dtype, rivals, rounds
            )
    for dtype in DTYPES:
        measurements[f"bulk {dtype}"] = partial(measure_bulk, dtype, rivals, rounds)
    measurements["epoch"] = lambda: [measure_epoch_cost(rounds, int(4000 * effort))]
    measurements["import"] = lambda: [measure_import(rounds)]
    return measurements
