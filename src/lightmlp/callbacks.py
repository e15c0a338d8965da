"""Callbacks for the parameter ``callbacks`` of the estimators.

``MLPClassifier(callbacks=[History(), PrintLoss(every=5)])`` calls them in this order at
the begin of a fit, after every epoch and at its end. A class of one's own derives from
:class:`Callback`.
"""

from .training.callbacks import Callback, EarlyStopping, PrintLoss, TrainingState
from .training.checkpoint import Checkpoint
from .training.health import GradientHealth, GradientHealthWarning
from .training.recorders import History, LearningRateMonitor

__all__ = [
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "GradientHealth",
    "GradientHealthWarning",
    "History",
    "LearningRateMonitor",
    "PrintLoss",
    "TrainingState",
]
