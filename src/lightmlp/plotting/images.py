"""Plot an image with the class that a classifier predicts."""

from typing import Any

from numpy.typing import NDArray

__all__ = ["plot_image_prediction"]

RIGHT_COLOR = "#3a3a3a"
WRONG_COLOR = "#c04a00"  # lightness, frame and text differ as well


def plot_image_prediction(
    ax: Any,
    image: NDArray[Any],
    *,
    prediction: Any,
    target: Any,
    confidence: float,
) -> None:
    """Draw an image, dark on white, with prediction and confidence; mark wrong predictions.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    image : ndarray of shape (height, width)
        Grey values, 0 for white.
    prediction, target : object
        The predicted and the true class. If they differ, the image gets a frame and the
        true class is shown.
    confidence : float
        Probability of the predicted class, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from lightmlp.plotting import plot_image_prediction
    >>> ax = Figure().subplots()
    >>> plot_image_prediction(ax, np.eye(8), prediction=1, target=7, confidence=0.61)
    >>> ax.get_title(), ax.get_xlabel()
    ('1   61 %', 'wrong: is 7')
    """
    is_wrong = bool(prediction != target)
    color = WRONG_COLOR if is_wrong else RIGHT_COLOR
    ax.imshow(image, cmap="gray_r", vmin=0, interpolation="nearest")
    ax.set_title(
        f"{prediction}   {confidence:.0%}".replace("%", " %"), color=color, fontsize=12
    )
    ax.title.set_fontweight("bold" if is_wrong else "normal")
    ax.set_xlabel(f"wrong: is {target}" if is_wrong else "", color=color, fontsize=11)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(edgecolor=color if is_wrong else "#d0d0d0", linewidth=3 if is_wrong else 1)
