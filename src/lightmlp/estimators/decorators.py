"""scikit-learn's decorators with types: as they come, a decorated method has none."""

from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.base import _fit_context
from sklearn.utils.metaestimators import available_if

__all__ = ["available_where", "fitting"]

Method = TypeVar("Method", bound=Callable[..., Any])


def fitting(method: Method) -> Method:
    """Check the estimator's parameters before ``fit`` or ``partial_fit``."""
    decorated: Method = _fit_context(prefer_skip_nested_validation=True)(method)
    return decorated


def available_where(check: Callable[[Any], bool]) -> Callable[[Method], Method]:
    """Let a method be there where ``check(estimator)`` does not raise or return False."""
    decorator: Callable[[Method], Method] = available_if(check)
    return decorator
