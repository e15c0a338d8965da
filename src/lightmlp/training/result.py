"""What a fit arrived at."""

import math
from dataclasses import dataclass, field
from typing import Any

from ..engines.base import Rates
from ..network import Parameters
from .train_state import TrainState

__all__ = ["Curves", "EpochResult", "FitResult", "LbfgsResult"]


@dataclass
class Curves:
    """The figures of the completed epochs.

    Parameters
    ----------
    losses, validation_losses, validation_scores : list of float
        One entry per epoch; those of validation stay empty where no rows are held out.
    learning_rates : list of float
        The rate of each epoch's last step.
    """

    losses: list[Any] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """What every fit arrives at.

    Parameters
    ----------
    parameters : Parameters
        The best ones where these are put back, else the last ones.
    n_iter : int
        Epochs or iterations that were completed.
    stop_reason : str or None
        Why training ended.
    """

    parameters: Parameters
    n_iter: int
    stop_reason: str | None


@dataclass(frozen=True, kw_only=True)
class LbfgsResult(FitResult):
    """What a minimisation arrives at.

    Parameters
    ----------
    loss : float
        The loss at the parameters.
    optimize_result : scipy.optimize.OptimizeResult or None
        SciPy's own account; None if KeyboardInterrupt ended the run.
    """

    loss: float
    optimize_result: Any


@dataclass(frozen=True, kw_only=True)
class EpochResult(FitResult):
    """What training by epochs arrives at.

    Parameters
    ----------
    curves : Curves
        Figures of the epochs.
    validated : bool
        Whether rows were held out.
    state : TrainState
        What the next run takes over.
    n_bad_epochs : int
        Epochs since the last improvement that counts.
    best : Any
        Best value of what was watched, training loss or score, earlier runs included.
    best_score : float, default=-inf
        Best score of the held-out rows, earlier runs included.
    has_best : bool, default=False
        Whether the parameters are the best ones, kept on the way.
    last_rates : float or ndarray, default=0.0
        Learning rate of the last epoch, or of its steps.
    n_idle : int, default=0
        Epochs at the end that had no learning rate to learn with.
    """

    curves: Curves
    validated: bool
    state: TrainState
    n_bad_epochs: int
    best: Any
    best_score: float = -math.inf
    has_best: bool = False
    last_rates: Rates = 0.0
    n_idle: int = 0
