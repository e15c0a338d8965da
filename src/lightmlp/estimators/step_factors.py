"""The estimators' parameters that may follow a schedule: weight decay and dropout."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils._param_validation import validate_parameter_constraints

from ..settings import Settings
from ..training.factor_schedules import FactorSchedules
from ..training.schedules import Schedule, Scheduled
from .parameters import PARAMETER_CONSTRAINTS

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["factor_schedules"]


def factor_schedules(estimator: "BaseMultilayerPerceptron") -> FactorSchedules:
    """Check the parameters that may be ``Scheduled``, and return their schedules.

    Raises
    ------
    ValueError
        If one is another object, its value or schedule is wrong, or nothing would act.
    """
    weight_decay = _schedule_of("weight_decay", estimator.weight_decay)
    dropout = _schedule_of("dropout", estimator.dropout)
    if dropout is not None and estimator.input_dropout > 0:
        raise ValueError(
            f"dropout={estimator.dropout!r} beside input_dropout={estimator.input_dropout}: a "
            "schedule multiplies all rates of dropout, and input_dropout has none to follow. "
            "Set input_dropout=0, or a dropout without Scheduled."
        )
    return FactorSchedules(weight_decay, dropout)


def _schedule_of(name: str, wanted: Any) -> Schedule | None:
    if not isinstance(wanted, Settings):
        return None
    if not isinstance(wanted, Scheduled):
        raise ValueError(
            f"{name}={wanted!r} is an object that it cannot be. Give a number, or one that "
            f"follows a schedule, such as {name}=schedules.Scheduled(0.1, 'flat_cosine')."
        )
    try:
        schedule = wanted.resolve()
        _check_value(name, wanted.value)
    except ValueError as error:
        shown = " ".join(repr(wanted).split())  # long ones have several lines
        raise ValueError(f"{name}={shown}: {error}") from error
    return schedule


def _check_value(name: str, value: Any) -> None:
    """Refuse a value that the parameter could not be, and one that no factor changes."""
    allowed = [kind for kind in PARAMETER_CONSTRAINTS[name] if kind not in (None, Settings)]
    validate_parameter_constraints({"value": allowed}, {"value": value}, "Scheduled")
    if not np.any(np.asarray(value, dtype=object) != 0):
        raise ValueError(
            f"the value {value!r} stays 0 whatever the schedule. Give one above 0, or leave "
            "Scheduled out."
        )
