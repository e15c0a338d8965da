"""What the drawings show, read back from the figure."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from lightmlp.plotting import plot_image_prediction, plot_loss_curves


@pytest.fixture
def ax():
    return Figure().subplots()


def test_equal_curves_stay_visible_one_over_the_other(ax):
    losses = [2.0, 1.0, 0.5]
    plot_loss_curves(ax, {"below": losses, "above": losses})
    below, above = ax.lines
    np.testing.assert_array_equal(below.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(above.get_ydata(), losses)
    assert below.get_linewidth() > 3 * above.get_linewidth()
    assert above.get_zorder() >= below.get_zorder()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["below", "above"]


@pytest.mark.parametrize("n_curves", [0, 4])
def test_number_of_curves_is_checked(ax, n_curves):
    with pytest.raises(ValueError, match=f"curves: {n_curves} given, expected 1 to 3"):
        plot_loss_curves(ax, {str(index): [1.0] for index in range(n_curves)})


def test_right_prediction_is_not_marked(ax):
    plot_image_prediction(ax, np.eye(8), prediction=3, target=3, confidence=0.987)
    assert ax.get_title() == "3   99 %"
    assert ax.get_xlabel() == ""
    assert ax.spines["left"].get_linewidth() == 1


def test_wrong_prediction_is_framed_and_the_true_class_is_named(ax):
    plot_image_prediction(ax, np.eye(8), prediction=3, target=5, confidence=0.6)
    assert ax.get_title() == "3   60 %"
    assert ax.get_xlabel() == "wrong: is 5"
    assert ax.spines["left"].get_linewidth() == 3
