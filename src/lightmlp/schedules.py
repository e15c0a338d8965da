"""Learning-rate schedules, for ``learning_rate`` of the estimators."""

from .training.schedules import (
    SCHEDULES,
    Adaptive,
    Constant,
    Cosine,
    Exponential,
    FlatCosine,
    Function,
    InverseScaling,
    Linear,
    LogCosine,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    Step,
)

__all__ = [
    "SCHEDULES",
    "Adaptive",
    "Constant",
    "Cosine",
    "Exponential",
    "FlatCosine",
    "Function",
    "InverseScaling",
    "Linear",
    "LogCosine",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Schedule",
    "Step",
]
