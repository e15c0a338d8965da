"""The demo's picture: both loss curves, and twelve digits with their predictions."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightmlp.plotting import plot_image_prediction, plot_loss_curves

from .comparison import Comparison

__all__ = ["choose_rows", "save_picture"]

N_COLUMNS = 6
IMAGE_SHAPE = (8, 8)
TITLE_STYLE: dict[str, Any] = {"fontsize": 14, "fontweight": "bold"}


def save_picture(comparison: Comparison, output: Path) -> None:
    """Draw the comparison of a digits problem into a PNG file.

    A figure without a window is drawn by Agg, so this works without a display.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12, wspace=0.02, hspace=0.02)
    figure: Any = Figure(figsize=(10, 8.6), dpi=150, layout=layout, facecolor="white")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.15))
    _draw_losses(upper.subplots(), comparison)
    _draw_digits(lower, comparison)
    figure.savefig(output, format="png")


def choose_rows(
    predictions: NDArray[Any], targets: NDArray[Any], confidences: NDArray[Any]
) -> NDArray[np.int64]:
    """Return twelve test rows: six right, then six wrong, the most confident first.

    The right ones are different digits if possible. If fewer than six are wrong, all of
    them are shown, with more right ones.
    """
    surest = np.argsort(-confidences, kind="stable")
    is_right = predictions == targets
    wrong = surest[~is_right[surest]][:N_COLUMNS]
    right = surest[is_right[surest]]
    _, first_of_each = np.unique(targets[right], return_index=True)
    first_of_each = np.sort(first_of_each)
    varied = np.concatenate([right[first_of_each], np.delete(right, first_of_each)])
    varied = varied[: 2 * N_COLUMNS - len(wrong)]
    return np.concatenate([varied[np.argsort(targets[varied], kind="stable")], wrong])


def _draw_losses(ax: Any, comparison: Comparison) -> None:
    upstream, ours = comparison.upstream, comparison.ours
    plot_loss_curves(
        ax,
        {
            f"{side.library}, {side.median_seconds:.3f} s": side.model.loss_curve_
            for side in (upstream, ours)
        },
    )
    ax.set_title(
        f"Learning handwritten digits: LightMLP is {comparison.speedup:.1f} times as fast",
        **TITLE_STYLE,
    )


def _draw_digits(subfigure: Any, comparison: Comparison) -> None:
    problem, ours = comparison.problem, comparison.ours
    confidences = ours.model.predict_proba(problem.X_test).max(axis=1)
    rows = choose_rows(ours.predictions, problem.y_test, confidences)
    n_wrong = int(np.sum(ours.predictions != problem.y_test))
    axes = subfigure.subplots(2, N_COLUMNS).ravel()
    subfigure.suptitle(
        f"Twelve of {len(problem.y_test)} test digits with prediction and confidence; "
        f"{n_wrong} of all are wrong",
        **TITLE_STYLE,
    )
    for ax, row in zip(axes, rows, strict=True):
        plot_image_prediction(
            ax,
            problem.X_test_unscaled[row].reshape(IMAGE_SHAPE),
            prediction=ours.predictions[row],
            target=problem.y_test[row],
            confidence=confidences[row],
        )
