"""A loss given by any function."""

from collections.abc import Callable
from typing import Any, ClassVar

from ..network import CustomLoss, LossSettings
from ..network.arguments import check_arguments
from .classification import ClassificationLoss
from .regression import RegressionLoss

__all__ = ["Function", "function_as_loss"]


class Function(RegressionLoss, ClassificationLoss):
    """The loss that a function computes; ``loss=function`` for short.

    The scores are the outputs: ``predict`` of the regressor returns them, the classifier
    predicts by the highest of them (of two classes by their sign) and has no probabilities.
    Once a batch the function is called from Python, and the compiled engine passes each batch
    forward twice, so that fits take longer than with a loss of LightMLP's own.

    Parameters
    ----------
    function : callable
        ``function(y, raw_scores, sample_weight) -> (loss, gradient)`` of a batch.

        - y: the targets of the regressor, (n_rows,) or (n_rows, n_outputs), in the dtype of
          raw_scores; for the classifier the positions in ``classes_`` as integers, (n_rows,),
          one column an output where y has columns of classes, 0 and 1 of each label
          (n_rows, n_labels) where it has several labels;
        - raw_scores: (n_rows, n_columns), one column an output of the regressor; for the
          classifier one for two classes, one a class for more, one a label;
        - sample_weight: (n_rows,), class weights included, or None;
        - loss: one number, the mean over the rows, weighted by sample_weight;
        - gradient: its derivative with respect to raw_scores, in their shape.

        The arrays are read-only copies. The penalties ``alpha`` and ``l1`` are added to the
        loss by LightMLP. The first batch of each fit and each ``partial_fit`` compares the
        gradient with central differences of the loss: the function is called a few times more
        for it, with raw_scores in float64. It is a ``ValueError`` if they differ, or if
        anything returned is of another shape or not finite; what the function raises itself
        is passed on. A function that ignores the weights that it is given gets a warning.

        Mixup and cutmix mix real targets as numbers; a classifier's rows come once for each
        of their classes, with the shares in sample_weight. Rows held out are passed in one
        call, of which the loss alone is used.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import MLPRegressor
    >>> def asymmetric(y, raw_scores, sample_weight):
    ...     error = raw_scores - y[:, np.newaxis]
    ...     factor = np.where(error < 0, 3.0, 1.0)  # too low is three times as bad
    ...     return (factor * error**2).mean(), 2 * factor * error / len(y)
    >>> reg = MLPRegressor(asymmetric, (), alpha=0, solver="lbfgs")
    >>> reg.fit([[0.0]] * 4, [0.0, 0.0, 0.0, 4.0]).predict([[0.0]]).round(3)
    array([2.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"function": [callable]}

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def resolve(self) -> tuple[str, LossSettings]:
        """Return the loss of real targets."""
        return self._resolve("any real number")

    def resolve_for(self, takes_codes: bool) -> tuple[str, LossSettings]:
        """Return the loss of class codes, or of yes-no indicators."""
        return self._resolve("class codes 0 to n_classes - 1" if takes_codes else "0 or 1")

    def _resolve(self, target_range: str) -> tuple[str, LossSettings]:
        check_arguments("loss", self.function, "y, raw_scores, sample_weight")
        # An object a fit: each fit checks the gradient anew.
        return "custom", LossSettings(function=CustomLoss(self.function, target_range))


def function_as_loss(loss: Any) -> Any:
    """Return the object that a function given as ``loss`` stands for; all else as it is."""
    if callable(loss) and not isinstance(loss, type):
        return Function(loss)
    return loss
