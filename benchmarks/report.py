"""Results as lines for the terminal and as JSON."""

import json
from pathlib import Path
from typing import Any

from .results import Cost, Ratio, Result

__all__ = ["HEADER", "format_machine", "format_result", "summarise", "write_json"]

ROW = "{:<32} {:<8} {:<13} {:>7} {:>10} {:>10} {:<10} {:>6} {:>15} {:>7} {:<4} {}"
HEADER = ROW.format(
    "workload",
    "dtype",
    "rival",
    "threads",
    "its time",
    "LightMLP",
    "",
    "ratio",
    "min - max",
    "target",
    "met",
    "same loss (relative difference)",
)
ANSWERS = {None: "", True: "yes", False: "NO"}


def format_machine(machine: dict[str, Any]) -> str:
    """Return the description of the machine in three lines."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}\n"
        f"engine: {machine['engine']}; BLAS: {', '.join(machine['blas'])}\n{versions}"
    )


def format_result(result: Result) -> str:
    """Return the line of one result; columns that do not apply stay empty."""
    return (_format_ratio if isinstance(result, Ratio) else _format_cost)(result).rstrip()


def _format_ratio(result: Ratio) -> str:
    low, high = result.spread
    same_loss = ANSWERS[result.same_loss]
    if result.loss_difference is not None:
        same_loss += f" ({result.loss_difference:.0e})"
    return ROW.format(
        result.name,
        result.dtype,
        result.rival.rival,
        result.rival.threads or "own",
        f"{result.value(result.rival):.2f}",
        f"{result.value(result.ours):.2f}",
        result.unit,
        f"{result.ratio:.2f}",
        f"{low:.2f} - {high:.2f}",
        "" if result.target is None else f"{result.target:g}",
        ANSWERS[result.met],
        same_loss,
    )


def _format_cost(result: Cost) -> str:
    return ROW.format(
        result.name,
        "",
        "",
        "",
        "",
        f"{result.median:.2f}",
        result.unit,
        "",
        f"{min(result.values):.2f} - {max(result.values):.2f}",
        f"< {result.limit:g}",
        ANSWERS[result.met],
        "",
    )


def summarise(results: list[Result]) -> str:
    """Return one sentence on targets and one on losses."""
    judged = [result for result in results if result.met is not None]
    n_met = sum(result.met is True for result in judged)
    trained = [result for result in results if result.same_loss is not None]
    n_same = sum(result.same_loss is True for result in trained)
    return (
        f"targets met: {n_met} of {len(judged)}; same loss reached: {n_same} of {len(trained)}"
    )


def write_json(path: Path, machine: dict[str, Any], results: list[Result]) -> None:
    """Write machine and results."""
    content = {"machine": machine, "results": [result.as_dict() for result in results]}
    path.write_text(json.dumps(content, indent=1) + "\n")
