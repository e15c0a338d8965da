"""Plots of training and predictions; needs matplotlib (``pip install "lightmlp[plot]"``)."""

from .images import plot_image_prediction
from .loss_curves import plot_loss_curves
from .range_test import plot_range_test

__all__ = ["plot_image_prediction", "plot_loss_curves", "plot_range_test"]
