"""Learning-rate schedules, for ``learning_rate`` of the estimators; and scheduled values."""

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
    Scheduled,
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
    "Scheduled",
    "Step",
]
