"""The base of all parameter objects, such as ``schedules.Cosine(restarts=3)``.

The parameters of a schedule, initialiser, loss or solver belong to a small object, which is a
parameter of the estimator. :class:`Settings` makes it work with scikit-learn's ``clone``,
``set_params`` and searches, as in ``learning_rate__restarts``.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np

from .links import DocumentationLinks
from .names import HelpfulErrors, did_you_mean, list_names

if TYPE_CHECKING:

    class BaseEstimator:
        """The used part of scikit-learn's class, which is untyped."""

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...

else:
    from sklearn.base import BaseEstimator

__all__ = ["Settings", "choose"]

Kind = TypeVar("Kind", bound="Settings")


class Settings(HelpfulErrors, DocumentationLinks, BaseEstimator):
    """Base of all parameter objects.

    A subclass stores each argument of its constructor under the argument's name and does
    nothing else there. Allowed values are declared in ``_parameter_constraints``, as in
    scikit-learn's estimators, so that :meth:`validate` can check them when they are used.

    Only the user changes such an object: state that varies during a fit is kept elsewhere,
    and code that needs the settings after the fit keeps a :func:`sklearn.base.clone`. Two
    objects are equal if they have the same class and equal parameters; since they are
    mutable, they have no hash.

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
        """Check the parameters, including those of nested objects.

        Raises
        ------
        ValueError
            If a parameter violates ``_parameter_constraints``. The message names the class,
            the parameter, its value and what was expected.

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
        return all(_equal(value, theirs[name]) for name, value in mine.items())

    __hash__ = None  # type: ignore[assignment]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def choose(
    parameter: str, value: Any, table: Mapping[str, Callable[[], Kind]], kind: type[Any]
) -> Kind:
    """Return the validated parameter object for a user's name or object.

    Parameters
    ----------
    parameter : str
        Name of the estimator's parameter, for messages.
    value : str or Settings
        A name in the table, which means the object with its defaults, or an object.
    table : mapping of str to callable
        Constructor for each name.
    kind : type
        Required class of the object.

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If the name is unknown, the object has a different class or one of its parameters
        is invalid.

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
