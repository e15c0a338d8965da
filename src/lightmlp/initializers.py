"""Initialisers, for ``initialization`` and ``bias_initialization`` of the estimators."""

from .network.initializers import (
    INITIALIZERS,
    Glorot,
    He,
    Initializer,
    LeCun,
    Normal,
    Orthogonal,
    Zeros,
)

__all__ = [
    "INITIALIZERS",
    "Glorot",
    "He",
    "Initializer",
    "LeCun",
    "Normal",
    "Orthogonal",
    "Zeros",
]
