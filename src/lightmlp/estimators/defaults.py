"""Which parameters differ from their defaults, and which of them belong to one solver."""

from functools import lru_cache
from inspect import signature
from typing import Any

__all__ = ["OF_SOLVERS", "default_of", "is_set"]

OF_SOLVERS: dict[str, dict[str, str]] = {
    "sgd": {"momentum": "momentum", "nesterovs_momentum": "nesterov"},
    "adam": {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"},
}
"""Parameters of an estimator that one solver reads: what its object calls them."""


def default_of(kind: type, name: str) -> Any:
    """Return the default of a parameter, also of a subclass that passes it on."""
    return _defaults(kind)[name]


def is_set(estimator: object, name: str) -> bool:
    """Whether a parameter that is a number, a bool or a string differs from its default."""
    return bool(getattr(estimator, name) != default_of(type(estimator), name))


@lru_cache(maxsize=64)
def _defaults(cls: type) -> dict[str, Any]:
    """Return the defaults of all parameters, those of base classes too."""
    defaults: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if "__init__" in vars(base) and base is not object:
            parameters = signature(base.__init__).parameters  # type: ignore[misc]
            defaults |= {name: p.default for name, p in parameters.items()}
    return defaults
