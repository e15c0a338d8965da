"""What the error about a parameter says of the mistakes that are made most."""

from numbers import Integral, Real
from typing import Any

import numpy as np

from ..names import did_you_mean
from ..settings import Settings

__all__ = ["hint_about", "hint_about_scoring"]


def hint_about(name: str, value: Any) -> str:
    """Return what to write instead, with a space before; "" where nothing is to be guessed.

    Parameters
    ----------
    name : str
        A parameter of the estimators.
    value : object
        What it may not be.

    Examples
    --------
    >>> from lightmlp.estimators.hints import hint_about
    >>> hint_about("learning_rate", 0.01)
    ' A number goes into learning_rate_init: write learning_rate_init=0.01.'
    >>> hint_about("loss", (64, 32))
    ' The first argument is loss, as in scikit-learn: write hidden_layer_sizes=(64, 32).'
    """
    if name == "learning_rate" and isinstance(value, Real):
        return f" A number goes into learning_rate_init: write learning_rate_init={value}."
    if name == "loss" and _are_widths(value):
        return (
            " The first argument is loss, as in scikit-learn: write "
            f"hidden_layer_sizes={value!r}."
        )
    if isinstance(value, type) and issubclass(value, Settings):
        return f" It is a class: write {value.__name__}()."
    return ""


def _are_widths(value: Any) -> bool:
    value = value.ravel() if isinstance(value, np.ndarray) else value
    widths = value if isinstance(value, list | tuple | np.ndarray) else [value]
    return all(isinstance(width, Integral) for width in widths)


def hint_about_scoring(scoring: Any) -> str:
    """Return which name of a score is meant, with a space before, or ""."""
    from sklearn.metrics import get_scorer_names

    return did_you_mean(scoring, ["loss", *get_scorer_names()])
