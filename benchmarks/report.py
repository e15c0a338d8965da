"""Results as lines for the terminal and as JSON."""

import json
from pathlib import Path
from typing import Any

from .results import Cost, Result, Timing

__all__ = ["HEADER", "format_machine", "format_result", "summarise", "write_json"]

ROW = "{:<32} {:<8} {:<18} {:>10} {:>10} {:<9} {:>7} {:>15} {:>7} {:>5} {:>6} {:<4} {:>8} {}"
HEADER = ROW.format(
    "workload",
    "dtype",
    "",
    "threads",
    "time",
    "",
    "ratio",
    "quartiles",
    "GFLOP/s",
    "peak",
    "target",
    "met",
    "compiles",
    "same loss, or predictions",
)
ANSWERS = {None: "", True: "yes", False: "NO"}


def format_machine(machine: dict[str, Any]) -> str:
    """Return a description of the machine in several lines."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    peaks = "; ".join(
        f"{dtype} " + ", ".join(f"{peak:.0f} ({threads})" for threads, peak in rates.items())
        for dtype, rates in machine["peak_gflops"].items()
    )
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}\n"
        f"multiply-add peak, GFLOP/s (threads): {peaks}\n"
        f"engine: {machine['engine']}; BLAS: {', '.join(machine['blas'])}\n{versions}"
    )


def format_result(result: Result) -> str:
    """Return the line of one result; columns that do not apply are empty."""
    return (_format_timing if isinstance(result, Timing) else _format_cost)(result).rstrip()


def _format_timing(result: Timing) -> str:
    first, third = result.quartiles
    target = result.share_target if result.is_ours else result.target
    return ROW.format(
        result.name,
        result.dtype,
        result.rival.rival,
        result.rival.setting or result.rival.threads or "own",
        f"{result.value:.2f}",
        result.unit,
        "" if result.is_ours else f"{result.ratio:.2f}",
        "" if result.is_ours else f"{first:.2f} - {third:.2f}",
        "" if result.gflops is None else f"{result.gflops:.1f}",
        "" if result.share is None else f"{result.share:.0%}",
        "" if target is None else f"{target:.0%}" if result.is_ours else f"{target:g}",
        ANSWERS[result.met],
        "" if result.compilation is None else f"{result.compilation:.1f} s",
        _format_outcome(result),
    )


def _format_outcome(result: Timing) -> str:
    outcome = result.rival.outcome
    value = f"{outcome:.6g} " if isinstance(outcome, float) else ""
    if result.difference is None:
        return value
    return f"{value}{ANSWERS[result.same_outcome]} ({result.difference:.0e})"


def _format_cost(result: Cost) -> str:
    return ROW.format(
        result.name,
        "",
        "LightMLP",
        "",
        f"{result.median:.2f}",
        result.unit,
        "",
        f"{min(result.values):.2f} - {max(result.values):.2f}",
        "",
        "",
        f"< {result.limit:g}",
        ANSWERS[result.met],
        "",
        "",
    )


def summarise(results: list[Result]) -> str:
    """Return one sentence on targets and one on outcomes."""
    judged = [result for result in results if result.met is not None]
    n_met = sum(result.met is True for result in judged)
    compared = [result for result in results if result.same_outcome is not None]
    n_same = sum(result.same_outcome is True for result in compared)
    return (
        f"targets met: {n_met} of {len(judged)}; "
        f"same loss or predictions: {n_same} of {len(compared)}"
    )


def write_json(
    path: Path, machine: dict[str, Any], results: list[Result], skipped: list[str]
) -> None:
    """Write machine, results and what was skipped."""
    content = {
        "machine": machine,
        "results": [result.as_dict() for result in results],
        "skipped": skipped,
    }
    path.write_text(json.dumps(content, indent=1) + "\n")
