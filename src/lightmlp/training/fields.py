"""Checks of values that were read from a file, which may hold anything.

Each function returns the value if it is as expected, and else raises a
:class:`FieldError` that names the field, what is there and what was expected.
"""

import math
import reprlib
from collections.abc import Iterable
from typing import Any, NoReturn

__all__ = [
    "LARGEST_COUNT",
    "FieldError",
    "integer",
    "items",
    "members",
    "number",
    "refuse",
    "text",
]

LARGEST_COUNT = 2**53
"""Of epochs, steps and rows: the largest number that counts without gaps as a float too."""


class FieldError(ValueError):
    """A field of a file is not as expected; who reads the file adds its name."""


def refuse(name: str, value: Any, expected: str) -> NoReturn:
    """Raise the error; what is there is shortened, since it may be of any size."""
    raise FieldError(f"{name} is {reprlib.repr(value)}, expected {expected}")


def integer(name: str, value: Any, low: int = 0, high: int = LARGEST_COUNT) -> int:
    """Return an integer of a range; True and 1.0 are none."""
    if type(value) is not int or not low <= value <= high:
        refuse(name, value, f"an integer from {low} to {high}")
    return value


def number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, finite: bool = True
) -> float:
    """Return a number of a range as a float; ``finite=False`` allows all numbers."""
    try:
        result = float(value) if type(value) in (int, float) else None
    except OverflowError:  # an integer that no float holds
        result = None
    if result is None or (finite and not (math.isfinite(result) and low <= result <= high)):
        kind = "a finite number" if finite else "a number"
        bounded = math.isfinite(low) or math.isfinite(high)
        refuse(name, value, f"{kind} from {low:g} to {high:g}" if bounded else kind)
    return result


def text(name: str, value: Any, choices: Iterable[str] | None = None) -> str:
    """Return a text, one of the choices if there are some."""
    allowed = None if choices is None else sorted(choices)
    if not isinstance(value, str) or (allowed is not None and value not in allowed):
        refuse(name, value, "a text" if allowed is None else f"one of {', '.join(allowed)}")
    return value


def items(name: str, value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        refuse(name, value, "a list")
    return value


def members(name: str, value: Any, wanted: Iterable[str] | None = None) -> dict[str, Any]:
    """Return an object (dict) that has these members and no other; None: any."""
    if not isinstance(value, dict):
        refuse(name, value, "an object with named members")
    if wanted is None:
        return value
    names = set(wanted)
    for missing in sorted(names - value.keys()):
        raise FieldError(f"{name} lacks {missing!r}, expected it to be there")
    for other in sorted(value.keys() - names):
        raise FieldError(f"{name} has {reprlib.repr(other)}, expected no such name")
    return value
