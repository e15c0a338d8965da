"""Plot the losses of a learning-rate range test."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["plot_range_test"]


def plot_range_test(
    ax: Any,
    rates: NDArray[np.float64],
    losses: NDArray[np.float64],
    smoothed_losses: NDArray[np.float64],
    suggestion: float | None,
) -> None:
    """Draw losses and smoothed losses against the learning rate on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    rates, losses, smoothed_losses : ndarray of shape (n_steps,)
        Learning rate of each step, the loss of its batch, and the smoothed loss.
    suggestion : float or None
        Learning rate to mark.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from lightmlp.plotting import plot_range_test
    >>> ax = Figure().subplots()
    >>> losses = np.array([2.0, 1.0, 3.0])
    >>> plot_range_test(ax, np.array([0.01, 0.1, 1.0]), losses, losses, 0.1)
    >>> [line.get_label() for line in ax.lines]
    ['batch', 'smoothed', 'suggestion: 0.1']
    """
    ax.plot(rates, losses, ".", color="#8fc1e8", markersize=4, label="batch")
    ax.plot(rates, smoothed_losses, color="#10243e", linewidth=1.8, label="smoothed")
    if suggestion is not None:
        ax.axvline(
            suggestion, color="#d55e00", linestyle="--", label=f"suggestion: {suggestion:.2g}"
        )
    ax.set_xscale("log")
    low, high = smoothed_losses.min(), smoothed_losses[0]
    # Diverging losses would flatten the rest.
    if high > low:
        ax.set_ylim(low - 0.1 * (high - low), high + 0.5 * (high - low))
    ax.set_xlabel("learning rate (log scale)", fontsize=11)
    ax.set_ylabel("training loss", fontsize=11)
    ax.grid(True, which="major", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=11)
