"""What is computed: pure descriptions and formulas, no training and no engine."""

from .activations import (
    ACTIVATIONS,
    Activation,
    identity,
    identity_derivative,
    logistic,
    logistic_derivative,
    relu,
    relu_derivative,
    tanh,
    tanh_derivative,
)
from .brier import binary_brier, binary_brier_delta, brier, brier_delta
from .class_targets import one_hot, smooth_labels
from .description import Network
from .deviances import (
    gamma_deviance,
    gamma_deviance_delta,
    poisson,
    tweedie,
    tweedie_delta,
)
from .focal import binary_focal, binary_focal_delta, focal, focal_delta
from .hinge import binary_hinge, binary_hinge_delta, hinge, hinge_delta
from .initialization import initialize
from .initializers import INITIALIZERS, Initializer
from .layers import Dense
from .links import exponential, softmax
from .log_losses import binary_log_loss, binary_log_loss_delta, log_loss, log_loss_delta
from .losses import LOSSES, Loss, LossSettings
from .quantiles import increasing, quantile, quantile_delta
from .regression_losses import (
    absolute_error,
    absolute_error_delta,
    canonical_delta,
    huber,
    huber_delta,
    log_cosh,
    log_cosh_delta,
    squared_error,
)

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LOSSES",
    "Activation",
    "Dense",
    "Initializer",
    "Loss",
    "LossSettings",
    "Network",
    "absolute_error",
    "absolute_error_delta",
    "binary_brier",
    "binary_brier_delta",
    "binary_focal",
    "binary_focal_delta",
    "binary_hinge",
    "binary_hinge_delta",
    "binary_log_loss",
    "binary_log_loss_delta",
    "brier",
    "brier_delta",
    "canonical_delta",
    "exponential",
    "focal",
    "focal_delta",
    "gamma_deviance",
    "gamma_deviance_delta",
    "hinge",
    "hinge_delta",
    "huber",
    "huber_delta",
    "identity",
    "identity_derivative",
    "increasing",
    "initialize",
    "log_cosh",
    "log_cosh_delta",
    "log_loss",
    "log_loss_delta",
    "logistic",
    "logistic_derivative",
    "one_hot",
    "poisson",
    "quantile",
    "quantile_delta",
    "relu",
    "relu_derivative",
    "smooth_labels",
    "softmax",
    "squared_error",
    "tanh",
    "tanh_derivative",
    "tweedie",
    "tweedie_delta",
]
