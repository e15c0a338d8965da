"""The names of schedules, and what ``learning_rate`` means by them."""

from typing import Any

from sklearn.base import clone

from ...network.arguments import check_arguments
from ...settings import choose
from .base import Schedule
from .classic import Adaptive, Constant, InverseScaling
from .cyclic import Cosine, FlatCosine, LogCosine, OneCycle
from .decaying import Exponential, Linear, Polynomial, Step
from .function import Function
from .plateau import Plateau

__all__ = ["SCHEDULES", "choose_schedule"]

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
    "exponential": Exponential,
    "step": Step,
    "linear": Linear,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "flat_cosine": FlatCosine,
    "log_cosine": LogCosine,
    "one_cycle": OneCycle,
    "plateau": Plateau,
}
"""Names for the estimators' ``learning_rate``, each with the class whose defaults it uses."""


def choose_schedule(learning_rate: Any, *, solver: str, power_t: float) -> Schedule:
    """Return the schedule for the estimators' parameter ``learning_rate``.

    Parameters
    ----------
    learning_rate : str, Schedule or callable
        A name, an object, or a function from the epoch to the rate.
    solver : str
        Unless it is "sgd", the names "invscaling" and "adaptive" mean "constant", as in
        scikit-learn. Objects work with every solver.
    power_t : float
        Exponent of "invscaling".

    Returns
    -------
    Schedule
        Validated; a copy of the user's object.

    Raises
    ------
    ValueError
        If there is no such schedule, or one of its parameters is invalid.

    Examples
    --------
    >>> from lightmlp.training.schedules import choose_schedule
    >>> choose_schedule("invscaling", solver="sgd", power_t=0.25)
    InverseScaling(power_t=0.25)
    >>> choose_schedule("invscaling", solver="adam", power_t=0.25)
    Constant()
    """
    if isinstance(learning_rate, str) and learning_rate in ("invscaling", "adaptive"):
        if solver != "sgd":
            return Constant()
        if learning_rate == "invscaling":
            return InverseScaling(power_t)
    if callable(learning_rate) and not isinstance(learning_rate, type):
        learning_rate = Function(learning_rate)
    schedule: Schedule = clone(choose("learning_rate", learning_rate, SCHEDULES, Schedule))
    if isinstance(schedule, Function):
        check_arguments("learning_rate", schedule.function, schedule.per)
    return schedule
