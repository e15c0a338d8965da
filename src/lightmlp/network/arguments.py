"""Whether a user's function can be called as LightMLP will call it."""

from collections.abc import Callable
from inspect import signature
from typing import Any

__all__ = ["check_arguments"]


def check_arguments(parameter: str, function: Callable[..., Any], arguments: str) -> None:
    """Refuse a function that does not take the arguments it will be given.

    Functions that do not tell their arguments, as some compiled ones, are let through.

    Parameters
    ----------
    parameter : str
        Name of the estimator's parameter, for the error.
    function : callable
        The user's.
    arguments : str
        Names of the positional arguments, such as "y, raw_scores".

    Raises
    ------
    ValueError
        Names the parameter, the function and the arguments.

    Examples
    --------
    >>> from lightmlp.network.arguments import check_arguments
    >>> check_arguments("activation", lambda z: z, "z")
    """
    try:
        taken = signature(function)
    except (TypeError, ValueError):
        return
    try:
        taken.bind(*arguments.split(", "))
    except TypeError as error:
        name = getattr(function, "__name__", type(function).__name__)
        raise ValueError(
            f"{parameter}: the function {name}{taken} cannot be called as {name}({arguments}): "
            f"{error}. Let it take these arguments by position."
        ) from error
