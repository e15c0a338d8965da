"""Optimisers: the update rules of parameters.

Each implements the protocol :class:`lightmlp.engines.base.Optimizer`. The learning rate comes
from the schedule and is passed to every step. :data:`OPTIMIZERS` is the table.
"""

from .adam import Adam, AdamW, AMSGrad, NAdam
from .base import Optimizer
from .lion import Lion
from .muon import Muon, orthogonalize
from .scaled import Adadelta, Adagrad, RMSprop
from .sgd import SGD
from .table import OPTIMIZERS

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RMSprop",
    "orthogonalize",
]
