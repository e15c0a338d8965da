"""The table of all optimisers."""

from .adam import Adam, AdamW, AMSGrad, NAdam
from .base import Optimizer
from .lion import Lion
from .muon import Muon
from .scaled import Adadelta, Adagrad, RMSprop
from .sgd import SGD

__all__ = ["OPTIMIZERS"]

OPTIMIZERS: dict[str, type[Optimizer]] = {
    row.name: row
    for row in (SGD, Adam, AdamW, NAdam, AMSGrad, RMSprop, Adagrad, Adadelta, Lion, Muon)
}
