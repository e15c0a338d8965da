"""The plot of time against size."""

from pathlib import Path
from typing import Any

from .results import Result, Timing
from .sweeps import SWEEPS

__all__ = ["draw_sweeps"]


def draw_sweeps(path: Path, machine: dict[str, Any], results: list[Result]) -> bool:
    """Draw a panel for each sweep that was measured; return whether there was one."""
    points = [result for result in results if isinstance(result, Timing) and result.sweep]
    names = [name for name in SWEEPS if any(point.sweep == name for point in points)]
    if not names:
        return False
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5 * len(names), 4.2), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        _draw(axes, name, [point for point in points if point.sweep == name])
    figure.suptitle(f"{machine['processor']}, {machine['cores']} cores, float32")
    # In SVG text stays text, and the same figures give the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "lightmlp"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else {})
    return True


def _draw(axes: Any, name: str, points: list[Timing]) -> None:
    sweep = SWEEPS[name]
    for rival in dict.fromkeys(point.rival.rival for point in points):
        curve = [point for point in points if point.rival.rival == rival]
        sizes = [point.size for point in curve]
        axes.plot(sizes, [point.value for point in curve], marker="o", label=rival)
    axes.set_yscale("log")
    if sweep.is_threads:
        axes.set_xticks(sweep.sizes)
    else:
        axes.set_xscale("log")
    if name == "width":
        _draw_proportional(axes, [point for point in points if point.is_ours])
    axes.set_xlabel(sweep.label)
    axes.set_ylabel(sweep.unit)
    axes.grid(alpha=0.3, which="both")
    axes.legend()


def _draw_proportional(axes: Any, curve: list[Timing]) -> None:
    """Draw the line on which time grows as width x width does, through our last point."""
    last = curve[-1]
    sizes = [point.size or 0.0 for point in curve]
    values = [last.value * size / (last.size or 1.0) for size in sizes]
    axes.plot(sizes, values, color="grey", linestyle=":", label="proportional")
