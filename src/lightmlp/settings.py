"""The base of all parameter objects, such as ``schedules.Cosine(restarts=3)``.

What belongs to one schedule, initialiser, loss or solver is a parameter of a small object,
and the object is a parameter of the estimator. :class:`Settings` makes it one that
scikit-learn's ``clone``, ``set_params`` and searches reach, as ``learning_rate__restarts``.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np

from .links import DocumentationLinks
from .names import HelpfulErrors, did_you_mean, list_names

if TYPE_CHECKING:

    class BaseEstimator:
        """What is used of scikit-learn's, which has no types and would pass for anything."""

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...

else:
    from sklearn.base import BaseEstimator

__all__ = ["Settings", "choose"]

Kind = TypeVar("Kind", bound="Settings")


class Settings(HelpfulErrors, DocumentationLinks, BaseEstimator):
    """Base of all parameter objects.

    A subclass stores each argument of its constructor under the argument's name and does
    nothing else there. It writes what the arguments may be into
    ``_parameter_constraints``, in the manner of scikit-learn's estimators, so that
    :meth:`validate` can check them when they are used.

    Nothing but the user changes such an object: whatever varies in the course of a fit is
    kept elsewhere, and who needs the settings after the fit keeps a
    :func:`sklearn.base.clone`. Two objects are equal if they are of one class and their
    parameters are; as they may be changed, they have no hash.

    Examples
    --------
    >>> from lightmlp.settings import Settings
    >>> class Decay(Settings):
    ...     def __init__(self, rate=0.5):
    ...         self.rate = rate
    >>> Decay(rate=0.1), Decay() == Decay(0.5), Decay().set_params(rate=2).rate
    (Decay(rate=0.1), True, 2)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def validate(self) -> None:
        """Check the parameters; those that are such objects too check theirs.

        Raises
        ------
        ValueError
            If a parameter is not what ``_parameter_constraints`` asks for. The message
            names the class, the parameter, its value and what was expected.

        Examples
        --------
        >>> from numbers import Real
        >>> from sklearn.utils._param_validation import Interval
        >>> from lightmlp.settings import Settings
        >>> class Decay(Settings):
        ...     _parameter_constraints = {"rate": [Interval(Real, 0, 1, closed="left")]}
        ...     def __init__(self, rate=0.5):
        ...         self.rate = rate
        >>> Decay(rate=1.0).validate()
        Traceback (most recent call last):
        ...
        sklearn.utils._param_validation.InvalidParameterError: The 'rate' parameter of Decay
        must be a float in the range [0.0, 1.0). Got 1.0 instead.
        """
        self._validate_params()
        for value in self.get_params(deep=False).values():
            if isinstance(value, Settings):
                value.validate()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.get_params(deep=False), other.get_params(deep=False)
        return all(_same(value, theirs[name]) for name, value in mine.items())

    __hash__ = None  # type: ignore[assignment]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def choose(
    parameter: str, value: Any, table: Mapping[str, Callable[[], Kind]], kind: type[Any]
) -> Kind:
    """Return the parameter object that a user asked for, by name or as it is, validated.

    Parameters
    ----------
    parameter : str
        Name of the estimator's parameter, for messages.
    value : str or Settings
        A name of the table, which means the object with its defaults, or an object.
    table : mapping of str to callable
        What makes the object of each name.
    kind : type
        The class that the object must belong to.

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If the name is unknown, the object is of another class or one of its parameters
        is wrong.

    Examples
    --------
    >>> from lightmlp.settings import Settings, choose
    >>> class Decay(Settings):
    ...     def __init__(self, rate=0.5):
    ...         self.rate = rate
    >>> choose("decay", "fast", {"fast": Decay}, Decay).rate
    0.5
    >>> choose("decay", "slow", {"fast": Decay}, Decay)
    Traceback (most recent call last):
    ...
    ValueError: decay='slow' is unknown: choose one of 'fast', or an object of the class Decay.
    """
    if isinstance(value, str) and value in table:
        value = table[value]()
    if isinstance(value, kind):
        chosen: Kind = value
        chosen.validate()
        return chosen
    if isinstance(value, type) and issubclass(value, kind):
        problem = f"{value.__name__} is a class: write {value.__name__}(), or"
    else:
        problem = f"{value!r} is unknown:"
    raise ValueError(
        f"{parameter}={problem} choose one of {list_names(table)}, or an object of the "
        f"class {kind.__name__}.{did_you_mean(value, table)}"
    )
