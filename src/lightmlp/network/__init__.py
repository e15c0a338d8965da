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
from .description import Network
from .initialization import initialize
from .initializers import INITIALIZERS, Initializer
from .layers import Dense
from .links import exponential, softmax
from .losses import (
    LOSSES,
    Loss,
    binary_log_loss,
    canonical_delta,
    log_loss,
    log_loss_delta,
    one_hot,
    poisson,
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
    "Network",
    "binary_log_loss",
    "canonical_delta",
    "exponential",
    "identity",
    "identity_derivative",
    "initialize",
    "log_loss",
    "log_loss_delta",
    "logistic",
    "logistic_derivative",
    "one_hot",
    "poisson",
    "relu",
    "relu_derivative",
    "softmax",
    "squared_error",
    "tanh",
    "tanh_derivative",
]
