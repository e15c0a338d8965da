"""Losses of the classifier, and the squared error, which both estimators share."""

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from ..network import LossSettings
from ..settings import Settings
from .regression import RegressionLoss

__all__ = [
    "CLASSIFICATION_LOSSES",
    "ClassificationLoss",
    "Focal",
    "Hinge",
    "LogLoss",
    "SquaredError",
]


class ClassificationLoss(Settings):
    """Base of the losses of :class:`lightmlp.MLPClassifier`."""

    formulas: ClassVar[tuple[str, str]]

    def resolve_for(self, takes_class_indices: bool) -> tuple[str, LossSettings]:
        """Return the key in :data:`lightmlp.network.LOSSES` and the loss's settings.

        The targets are class indices if ``takes_class_indices``, else binary indicators.
        """
        return self.formulas[takes_class_indices], LossSettings(**self.get_params())


class LogLoss(ClassificationLoss):
    """Log-loss, the cross-entropy: the default of the classifier.

    See :func:`lightmlp.network.log_loss` and :func:`lightmlp.network.binary_log_loss`.

    Examples
    --------
    >>> from lightmlp import MLPClassifier, losses
    >>> MLPClassifier(loss=losses.LogLoss()).loss
    LogLoss()
    """

    formulas = ("binary_log_loss", "log_loss")


class SquaredError(RegressionLoss, ClassificationLoss):
    """Squared error: the default of the regressor; for a classifier the Brier score.

    See :func:`lightmlp.network.squared_error` for real targets and
    :func:`lightmlp.network.binary_brier` and :func:`lightmlp.network.brier` for classes.

    Examples
    --------
    >>> from lightmlp import MLPClassifier
    >>> clf = MLPClassifier(loss="squared_error", hidden_layer_sizes=(), solver="lbfgs")
    >>> clf.fit([[0.0], [1.0], [2.0]], [0, 0, 1]).predict([[3.0]])
    array([1])
    """

    formula = "squared_error"
    formulas = ("binary_brier", "brier")


class Focal(ClassificationLoss):
    r"""Focal loss: down-weights rows that are predicted well; for rare classes.

    :math:`-(1 - p)^\gamma \ln p`, with p the probability of the true class. The paper's
    weight alpha is the classifier's ``class_weight``.

    See :func:`lightmlp.network.focal` and :func:`lightmlp.network.binary_focal`.

    Parameters
    ----------
    gamma : float, default=2.0
        :math:`\gamma`, >= 0; 0 is the log-loss.

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), "Focal Loss for Dense Object Detection".

    Examples
    --------
    >>> from lightmlp import MLPClassifier, losses
    >>> MLPClassifier(loss=losses.Focal(gamma=1.5)).get_params()["loss__gamma"]
    1.5
    """

    formulas = ("binary_focal", "focal")
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "gamma": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, gamma: float = LossSettings.gamma) -> None:
        self.gamma = gamma


class Hinge(ClassificationLoss):
    """Hinge loss: the margin of a support vector machine, without probabilities.

    See :func:`lightmlp.network.hinge` (Crammer and Singer) and
    :func:`lightmlp.network.binary_hinge`.

    Examples
    --------
    >>> from lightmlp import MLPClassifier
    >>> clf = MLPClassifier(loss="hinge", hidden_layer_sizes=(), random_state=0)
    >>> hasattr(clf, "predict_proba"), hasattr(clf, "decision_function")
    (False, True)
    """

    formulas = ("binary_hinge", "hinge")


CLASSIFICATION_LOSSES: dict[str, type[ClassificationLoss]] = {
    "log_loss": LogLoss,
    "squared_error": SquaredError,
    "focal": Focal,
    "hinge": Hinge,
}
"""Names for ``loss`` of :class:`lightmlp.MLPClassifier`."""
