"""Learning-rate schedules: one class per schedule, listed in :data:`SCHEDULES`.

A schedule holds only settings. The state of training and of the learning rate is kept in a
:class:`Progress`, so that training can be interrupted and resumed.
"""

from .base import Progress, Schedule
from .classic import Adaptive, Constant, InverseScaling
from .cyclic import Cosine, FlatCosine, LogCosine, OneCycle
from .decaying import Exponential, Linear, Polynomial, Step
from .function import Function
from .plateau import Plateau
from .scheduled import Scheduled
from .table import SCHEDULES, choose_schedule

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
    "Progress",
    "Schedule",
    "Scheduled",
    "Step",
    "choose_schedule",
]
