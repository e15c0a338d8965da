"""A value that follows a schedule, as a learning rate does."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ...names import Names
from ...network.arguments import check_arguments
from ...settings import Settings, choose
from .base import Schedule
from .classic import Constant
from .function import Function
from .table import SCHEDULES

__all__ = ["Scheduled"]


class Scheduled(Settings):
    """A value that follows a schedule, for ``weight_decay`` and ``dropout``.

    Each step multiplies the value by the rate that the schedule has from an initial rate
    of 1. The schedule counts epochs or steps exactly as that of ``learning_rate`` would:
    ``max_iter``, ``partial_fit``, ``warm_start`` and resumed fits continue both alike, and
    where the learning rate's restarts, so does this one. After its end it stays at its
    last rate, 0 for many schedules. (``schedule.preview(1.0, n_epochs)`` returns the factors.)

    Parameters
    ----------
    value : float or array-like of float
        What the estimator's parameter could be without a schedule, above 0.
    schedule : str or Schedule
        A name in :data:`SCHEDULES`, or an object. Not one that depends on losses or counts
        rows ('plateau', 'adaptive', 'invscaling'), and not 'constant' without a warm-up. Of
        ``dropout`` no factor may be above 1.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", schedule dropout and weight decay with ``FlatCosine()``.

    Examples
    --------
    >>> from lightmlp import MLPClassifier
    >>> from lightmlp.schedules import FlatCosine, Scheduled
    >>> model = MLPClassifier(
    ...     weight_decay=Scheduled(0.02, FlatCosine()), dropout=Scheduled(0.15, "flat_cosine")
    ... )
    >>> model.set_params(dropout__schedule__flat=0.75).dropout
    Scheduled(schedule=FlatCosine(flat=0.75), value=0.15)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "value": [Real, "array-like"],
        "schedule": [Names(SCHEDULES), Schedule],
    }

    def __init__(
        self,
        value: float | Sequence[float] | NDArray[np.floating[Any]],
        schedule: str | Schedule,
    ) -> None:
        self.value = value
        self.schedule = schedule

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and those of the schedule; its name becomes the object then."""
        schedule = params.get("schedule", self.schedule)
        is_name = isinstance(schedule, str) and schedule in SCHEDULES
        if is_name and any(name.startswith("schedule__") for name in params):
            params = {**params, "schedule": SCHEDULES[schedule]()}
        return super().set_params(**params)

    def resolve(self) -> Schedule:
        """Return the schedule of the factors: a checked copy.

        Raises
        ------
        ValueError
            If a parameter is wrong, or the schedule is none of counts or never changes.
        """
        self.validate()
        schedule: Schedule = clone(choose("schedule", self.schedule, SCHEDULES, Schedule))
        if not schedule.only_counts:
            raise ValueError(
                f"schedule={self.schedule!r} depends on losses or counts rows, which only a "
                "learning rate can follow. Choose a schedule of epochs or steps, such as "
                "'flat_cosine'."
            )
        if isinstance(schedule, Constant) and schedule.warmup == 0:
            raise ValueError(
                f"schedule={self.schedule!r} never changes the value. Give the value without "
                "Scheduled, or choose another schedule, such as 'flat_cosine'."
            )
        if isinstance(schedule, Function):
            check_arguments("schedule", schedule.function, schedule.per)
            return _FactorFunction(**schedule.get_params(deep=False))
        return schedule


class _FactorFunction(Function):
    """A user's function of the factor."""

    _subject = "schedule"
    _result = "the factor of the value"
