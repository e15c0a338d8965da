"""Plot loss curves so that curves on top of each other remain visible."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["plot_loss_curves"]

# The first curve is broad and light, the others above it are thin, dark and dashed: width
# and lightness distinguish them for colour-blind readers and in greyscale, too.
STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#8fc1e8", "linewidth": 9, "solid_capstyle": "round"},
    {"color": "#10243e", "linewidth": 1.8, "linestyle": (0, (5, 3))},
    {"color": "#d55e00", "linewidth": 1.8, "linestyle": (0, (1, 2))},
)


def plot_loss_curves(ax: Any, curves: Mapping[str, Sequence[float]]) -> None:
    """Draw one to three loss curves over the epochs, the losses on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    curves : mapping of str to sequence of float
        Label and losses of each curve, one positive loss per epoch. The first curve is drawn
        below the others and is the broadest.

    Raises
    ------
    ValueError
        If there is no curve or there are more than three.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from lightmlp.plotting import plot_loss_curves
    >>> ax = Figure().subplots()
    >>> plot_loss_curves(ax, {"adam": [2.3, 0.9, 0.4], "sgd": [2.3, 1.8, 1.5]})
    >>> [line.get_label() for line in ax.lines]
    ['adam', 'sgd']
    """
    if not 1 <= len(curves) <= len(STYLES):
        raise ValueError(
            f"curves: {len(curves)} given, expected 1 to {len(STYLES)}; "
            "draw the others on separate axes"
        )
    for (label, losses), style in zip(curves.items(), STYLES, strict=False):
        ax.plot(range(1, len(losses) + 1), losses, label=label, **style)
    ax.set_yscale("log")
    ax.set_xlabel("epoch", fontsize=11)
    ax.set_ylabel("training loss (log scale)", fontsize=11)
    ax.margins(x=0.02)
    ax.grid(True, which="major", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=12, handlelength=4)
