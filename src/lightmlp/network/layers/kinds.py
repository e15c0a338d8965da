"""The kinds of layers: a new one is a row here, and known everywhere by its name."""

from .activation import Activation
from .batch_norm import BatchNorm
from .categorical_embedding import CategoricalEmbedding
from .columns import Columns
from .dropout import Dropout
from .layer_norm import LayerNorm
from .linear import Linear
from .one_hot import OneHot
from .parametric_activation import ParametricActivation
from .periodic_embedding import PeriodicEmbedding
from .piecewise_linear_embedding import PiecewiseLinearEmbedding
from .scale import Scale

__all__ = [
    "Activation",
    "BatchNorm",
    "CategoricalEmbedding",
    "Columns",
    "Dropout",
    "LayerNorm",
    "Linear",
    "OneHot",
    "ParametricActivation",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "Scale",
]
