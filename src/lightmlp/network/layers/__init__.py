"""The kinds of layers that a network is a sequence of."""

from . import kinds
from .base import ROLES, Layer, ParameterSpec, Place, TrainingStep
from .batch_norm import (
    batch_norm,
    batch_norm_delta,
    batch_statistics,
    fold_batch_norm,
    running_average,
)
from .columns import Part
from .dropout import drop_entries, dropout_factors, dropout_mask
from .kinds import *  # noqa: F403
from .layer_norm import layer_norm, layer_norm_delta
from .standardize import standardize
from .starts import NormalStart, Start, UniformStart
from .table import LAYERS, layer_from_dict

__all__ = [
    "LAYERS",
    "ROLES",
    "Layer",
    "NormalStart",
    "ParameterSpec",
    "Part",
    "Place",
    "Start",
    "TrainingStep",
    "UniformStart",
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
__all__ += kinds.__all__
