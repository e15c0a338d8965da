"""A custom loss, computed by a function."""

from collections.abc import Callable
from typing import Any, ClassVar

from ..network import CustomLoss, LossSettings
from ..network.arguments import check_arguments
from .classification import ClassificationLoss
from .regression import RegressionLoss

__all__ = ["Function", "function_as_loss"]


class Function(RegressionLoss, ClassificationLoss):
    """A loss computed by a function; ``loss=function`` is short for it.

    The outputs are the raw scores: the regressor's ``predict`` returns them; the classifier
    predicts the class with the highest score (for two classes: by the sign) and has no
    probabilities. The function is called from Python once per batch, and the compiled engine
    runs the forward pass of each batch twice, so fits are slower than with a built-in loss.

    Parameters
    ----------
    function : callable
        ``function(y, raw_scores, sample_weight) -> (loss, gradient)`` for one batch.

        - y: for the regressor the targets, (n_rows,) or (n_rows, n_outputs), in the dtype of
          raw_scores; for the classifier class indices (positions in ``classes_``), (n_rows,),
          or (n_rows, n_outputs) for columns of classes; for multi-label targets 0 or 1,
          (n_rows, n_labels);
        - raw_scores: (n_rows, n_columns), one column per output of the regressor; for the
          classifier a single column for two classes, else one per class, or one per label;
        - sample_weight: (n_rows,), including class weights, or None;
        - loss: one number, the mean over the rows, weighted by sample_weight;
        - gradient: the derivative of the loss with respect to raw_scores, same shape.

        The arrays are read-only copies. LightMLP adds the penalties ``alpha`` and ``l1`` to
        the loss. On the first batch of each ``fit`` and ``partial_fit`` the gradient is
        compared with central differences of the loss, which takes a few more calls with
        raw_scores in float64. A mismatch, a wrong shape or a value that is not finite raises
        a ``ValueError``; exceptions of the function propagate. A function that ignores
        sample_weight causes a warning.

        Mixup and cutmix mix real targets as numbers; a classifier's row is passed once per
        class it contains, with the mixing coefficients in sample_weight. Validation rows are
        passed in one call, and only the loss is used.

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

    def resolve_for(self, takes_class_indices: bool) -> tuple[str, LossSettings]:
        """Return the loss of class indices, or of binary indicators."""
        return self._resolve(
            "class indices 0 to n_classes - 1" if takes_class_indices else "0 or 1"
        )

    def _resolve(self, target_range: str) -> tuple[str, LossSettings]:
        check_arguments("loss", self.function, "y, raw_scores, sample_weight")
        # A new object per fit, so that each fit checks the gradient.
        return "custom", LossSettings(function=CustomLoss(self.function, target_range))


def function_as_loss(loss: Any) -> Any:
    """Wrap ``loss`` in :class:`Function` if it is a function; return anything else as is."""
    if callable(loss) and not isinstance(loss, type):
        return Function(loss)
    return loss
