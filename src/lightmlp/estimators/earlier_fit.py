"""What a fit finds of the one before."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..training.checkpoint_arrays import CURVES
from ..training.schedules import Progress
from ..training.train_state import TrainState

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["EarlierFit", "read_earlier_fit"]


class EarlierFit(NamedTuple):
    """What training by epochs may continue with.

    Parameters
    ----------
    state : TrainState or None
        For ``partial_fit``.
    progress : Progress or None
        Where the schedule was.
    in_stream : bool
        Whether the fit before was a ``partial_fit``.
    n_samples : int
        Rows visited, ``t_``.
    n_bad_epochs : int
        Epochs since the last improvement that counts.
    best_loss : Any
        Lowest loss, infinity where none was watched.
    best_score : float
        Highest score, of the same kind as this fit's; minus infinity where there is none.
    curves : mapping of str to list
        Attributes that are extended.
    """

    state: TrainState | None
    progress: Progress | None
    in_stream: bool
    n_samples: int
    n_bad_epochs: int
    best_loss: Any
    best_score: float
    curves: Mapping[str, list[Any]]


def read_earlier_fit(estimator: "BaseMultilayerPerceptron", *, first_pass: bool) -> EarlierFit:
    """Read what the fit before left; with new parameters, less of it counts.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Before this fit, or after an earlier one.
    first_pass : bool
        Whether training begins with new parameters.
    """
    fitted = vars(estimator)
    going_on: Mapping[str, Any] = {} if first_pass else fitted
    best_loss = going_on.get("best_loss_")
    best_score = going_on.get("best_validation_score_")
    is_comparable = fitted.get("_scored_by") == estimator.scoring
    return EarlierFit(
        fitted.get("_optimizer"),
        fitted.get("_progress"),
        bool(fitted.get("_continues", False)),
        going_on.get("t_", 0),
        going_on.get("_no_improvement_count", 0),
        math.inf if best_loss is None else best_loss,
        best_score if best_score is not None and is_comparable else -math.inf,
        {name: going_on[name] for name in CURVES if name in going_on},
    )
