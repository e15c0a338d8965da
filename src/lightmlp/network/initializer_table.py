"""The initialisers by their names."""

from collections.abc import Callable
from functools import partial

from .data_initializers import HePlus, UnitDeviation
from .initializers import Glorot, He, Initializer, LeCun, Normal, Orthogonal, Zeros
from .ntk import NTK

__all__ = ["INITIALIZERS"]

INITIALIZERS: dict[str, Callable[[], Initializer]] = {
    "glorot_uniform": partial(Glorot, "uniform"),
    "glorot_normal": partial(Glorot, "normal"),
    "he_uniform": partial(He, "uniform"),
    "he_normal": partial(He, "normal"),
    "lecun_uniform": partial(LeCun, "uniform"),
    "lecun_normal": partial(LeCun, "normal"),
    "orthogonal": Orthogonal,
    "normal": Normal,
    "zeros": Zeros,
    "ntk": NTK,
    "unit_deviation": UnitDeviation,
    "he+5": HePlus,
}
"""Name in the estimators' parameters, and what makes the object that it means."""
