"""The kinds of layers that a network is a sequence of."""

from .activation import Activation
from .base import ROLES, Layer, ParameterSpec, Place, TrainingStep
from .batch_norm import (
    BatchNorm,
    batch_norm,
    batch_norm_delta,
    batch_statistics,
    fold_batch_norm,
    running_average,
)
from .dropout import Dropout, drop_entries, dropout_factors, dropout_mask
from .layer_norm import LayerNorm, layer_norm, layer_norm_delta
from .linear import Linear
from .standardize import standardize
from .table import LAYERS, layer_from_dict

__all__ = [
    "LAYERS",
    "ROLES",
    "Activation",
    "BatchNorm",
    "Dropout",
    "Layer",
    "LayerNorm",
    "Linear",
    "ParameterSpec",
    "Place",
    "TrainingStep",
    "batch_norm",
    "batch_norm_delta",
    "batch_statistics",
    "drop_entries",
    "dropout_factors",
    "dropout_mask",
    "fold_batch_norm",
    "layer_from_dict",
    "layer_norm",
    "layer_norm_delta",
    "running_average",
    "standardize",
]
