"""Check that a user's function accepts the arguments that LightMLP passes."""

from collections.abc import Callable
from inspect import signature
from typing import Any

__all__ = ["check_arguments"]


def check_arguments(parameter: str, function: Callable[..., Any], arguments: str) -> None:
    """Raise an error if a function does not accept the arguments it will receive.

    Functions without a signature, such as some compiled ones, are not checked.

    Parameters
    ----------
    parameter : str
        Name of the estimator's parameter, for the error.
    function : callable
        The user's function.
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
