"""Initialisers, for ``initialization`` and ``bias_initialization`` of the estimators."""

from .network.data_initializers import HePlus, UnitDeviation
from .network.initializer_table import INITIALIZERS
from .network.initializers import (
    Glorot,
    He,
    Initializer,
    LeCun,
    Normal,
    Orthogonal,
    Zeros,
)
from .network.ntk import NTK

__all__ = [
    "INITIALIZERS",
    "NTK",
    "Glorot",
    "He",
    "HePlus",
    "Initializer",
    "LeCun",
    "Normal",
    "Orthogonal",
    "UnitDeviation",
    "Zeros",
]
