"""Losses with parameters, for ``loss=`` of the estimators.

``MLPRegressor(loss=losses.Huber(delta=1.5))`` sets the parameters of a loss; the plain string
``loss="huber"`` uses the defaults. The formulas, with their sources, are in
:mod:`lightmlp.network`. :class:`Function` wraps a custom loss.
"""

from .classification import (
    CLASSIFICATION_LOSSES,
    ClassificationLoss,
    Focal,
    Hinge,
    LogLoss,
    SquaredError,
)
from .function import Function
from .regression import (
    AbsoluteError,
    Gamma,
    Huber,
    LogCosh,
    Poisson,
    Quantile,
    RegressionLoss,
    Tweedie,
)

__all__ = [
    "CLASSIFICATION_LOSSES",
    "REGRESSION_LOSSES",
    "AbsoluteError",
    "ClassificationLoss",
    "Focal",
    "Function",
    "Gamma",
    "Hinge",
    "Huber",
    "LogCosh",
    "LogLoss",
    "Poisson",
    "Quantile",
    "RegressionLoss",
    "SquaredError",
    "Tweedie",
]

REGRESSION_LOSSES: dict[str, type[RegressionLoss]] = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
    "gamma": Gamma,
    "tweedie": Tweedie,
    "log_cosh": LogCosh,
}
"""Names for ``loss`` of :class:`lightmlp.MLPRegressor`."""
