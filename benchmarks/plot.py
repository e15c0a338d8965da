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

    n_rows = -(-len(names) // 2)
    figure = Figure(figsize=(10, 3.8 * n_rows + 0.8), layout="constrained")
    panels = list(figure.subplots(n_rows, min(2, len(names)), squeeze=False).flat)
    for axes, name in zip(panels, names, strict=False):
        _draw(axes, name, [point for point in points if point.sweep == name])
    for axes in panels[len(names) :]:
        axes.remove()
    curves = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    figure.legend(handles=[*curves.values()], loc="outside lower center", ncols=len(curves))
    figure.suptitle(f"{machine['processor']}, {machine['cores']} cores, float32")
    # Keep text as text in SVG, and make the file reproducible.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "lightmlp"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else {})
    return True


def _draw(axes: Any, name: str, points: list[Timing]) -> None:
    sweep = SWEEPS[name]
    for rival in dict.fromkeys(point.rival.rival for point in points):
        curve = [point for point in points if point.rival.rival == rival]
        sizes = [point.size for point in curve]
        axes.plot(sizes, [point.value for point in curve], marker="o", label=rival)
    if sweep.is_threads:
        axes.set_xticks(sweep.sizes)
    else:
        axes.set_xscale("log")
    if sweep.is_threads or sweep.per_row:
        axes.set_ylim(bottom=0)
    else:
        axes.set_yscale("log")
    if name == "width":
        _draw_proportional(axes, [point for point in points if point.is_ours])
    axes.set_xlabel(sweep.label)
    axes.set_ylabel(sweep.unit)
    axes.grid(alpha=0.3, which="both")


def _draw_proportional(axes: Any, curve: list[Timing]) -> None:
    """Draw a line proportional to the squared width through our last point."""
    last = curve[-1]
    sizes = [point.size or 0.0 for point in curve]
    values = [last.value * size / (last.size or 1.0) for size in sizes]
    axes.plot(sizes, values, color="grey", linestyle=":", label="proportional")
