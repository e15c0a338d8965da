"""Arguments of ``python -m benchmarks``, and the list of what it measures."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from .epoch_cost import measure_epoch_cost
from .import_time import measure_import
from .machine import describe_machine
from .options import measure_options
from .plot import draw_sweeps
from .predict import ONE_ROW, measure_bulk, measure_one_row
from .race import Arena, Race
from .report import HEADER, format_machine, format_result, summarise, write_json
from .results import Cost, Result
from .rivals import RIVALS, installed_rivals
from .search import measure_search
from .steps import measure_steps
from .sweeps import sweeps_by_name
from .whole_fit import measure_iris
from .workloads import WORKLOADS

__all__ = ["main"]

DTYPES = ("float32", "float64")
QUICK_ROUNDS, ROUNDS = 3, 7
QUICK_EFFORT = 0.25

# Results arrive race by race.
Measurement = Callable[[], Iterable[tuple[list[Result], Race]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if a rival's outcome differs from LightMLP's."""
    parser = _parser()
    options = parser.parse_args(arguments)
    effort = QUICK_EFFORT if options.quick else 1.0
    rounds = options.rounds
    if rounds is None:
        rounds = QUICK_ROUNDS if options.quick else ROUNDS
    for name, number in (("rounds", rounds), ("threads", options.threads)):
        if number is not None and number < 1:
            parser.error(f"--{name}: {number} given, expected 1 or more")
    if options.plot and find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: install the extra lightmlp[bench]")
    rivals, skipped = installed_rivals(options.rival)
    if options.rival and len(rivals) + len(skipped) == 1:
        parser.error(f"--rival: expected parts of {', '.join(RIVALS)}; got {options.rival}")
    arena = Arena(rivals, rounds, options.threads)
    chosen = _choose(parser, _measurements(arena, rounds, effort), options.workload)
    machine = describe_machine(rivals)
    print(f"{format_machine(machine)}\nmedians of {rounds} alternating rounds", flush=True)
    print("\n".join(["", *skipped, HEADER]), flush=True)
    results: list[Result] = []
    try:
        for measure in chosen.values():
            for found, race in measure():
                results += found
                skipped += race.skipped
                print("\n".join([*map(format_result, found), *race.skipped]), flush=True)
    finally:
        arena.close()
    print("\n" + summarise(results))
    if options.json:
        write_json(options.json, machine, results, skipped)
    if options.plot and not draw_sweeps(options.plot, machine, results):
        print("nothing to plot: no sweep was measured")
    return 1 if any(result.same_outcome is False for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure LightMLP against its rivals."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter fits")
    parser.add_argument(
        "--workload",
        action="append",
        metavar="NAME",
        help="what has this in its name, such as wide, 'step tall' or 'sweep rows'; repeatable",
    )
    parser.add_argument(
        "--rival",
        action="append",
        metavar="NAME",
        help="who has this in the name, beside LightMLP; repeatable",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {ROUNDS}")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="for all alike; default: the best for rivals"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures there")
    parser.add_argument("--plot", type=Path, metavar="PATH", help="draw the sweeps there")
    return parser


def _choose(
    parser: argparse.ArgumentParser,
    measurements: dict[str, Measurement],
    wanted: list[str] | None,
) -> dict[str, Measurement]:
    chosen = {
        name: measure
        for name, measure in measurements.items()
        if not wanted or any(part in name for part in wanted)
    }
    if not chosen:
        names = "\n  ".join(measurements)
        parser.error(f"--workload: no name contains any of {wanted}; there are\n  {names}")
    return chosen


def _measurements(arena: Arena, rounds: int, effort: float) -> dict[str, Measurement]:
    """Return a function for each measurement, by name."""
    races: dict[str, Callable[[], tuple[list[Result], Race]]] = {
        f"step {name} {dtype}": partial(measure_steps, workload, dtype, arena, effort)
        for name, workload in WORKLOADS.items()
        for dtype in DTYPES
    }
    races["options"] = partial(measure_options, arena, effort)
    races["iris"] = partial(measure_iris, arena)
    races["grid search"] = partial(measure_search, arena, effort)
    for kind in ONE_ROW:
        for dtype in DTYPES:
            races[f"one row {kind} {dtype}"] = partial(measure_one_row, kind, dtype, arena)
    for dtype in DTYPES:
        races[f"bulk {dtype}"] = partial(measure_bulk, dtype, arena)
    races["epoch"] = lambda: _alone(measure_epoch_cost(rounds, int(4000 * effort)))
    races["import"] = lambda: _alone(measure_import(rounds))
    single: dict[str, Measurement] = {
        name: partial(_once, measure) for name, measure in races.items()
    }
    return {**single, **sweeps_by_name(arena, quick=effort < 1)}


def _once(
    measure: Callable[[], tuple[list[Result], Race]],
) -> Iterable[tuple[list[Result], Race]]:
    yield measure()


def _alone(cost: Cost) -> tuple[list[Result], Race]:
    return [cost], Race({}, [])
