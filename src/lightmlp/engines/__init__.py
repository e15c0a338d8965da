"""Who computes: interchangeable engines that execute a network."""

import warnings
from functools import cache

from ..names import did_you_mean, list_names
from .base import Engine, Optimizer, OptimizerState, StepRules, Training, TrainingData

__all__ = [
    "ENGINES",
    "Engine",
    "Optimizer",
    "OptimizerState",
    "StepRules",
    "Training",
    "TrainingData",
    "get_engine",
]

ENGINES = ("auto", "native", "reference")
"""The values of the estimators' parameter ``engine``."""


def get_engine(name: str = "auto") -> Engine:
    """Return an engine by its name.

    Parameters
    ----------
    name : {"auto", "native", "reference"}, default="auto"
        "native" is the compiled engine, "reference" the one in NumPy. "auto" is the
        compiled engine where it is installed, else the reference engine, with one
        RuntimeWarning in the life of the process.

    Returns
    -------
    Engine

    Raises
    ------
    ValueError
        If there is no engine of this name.
    ImportError
        If "native" is asked for and the compiled extension cannot be imported.

    Examples
    --------
    >>> from lightmlp.engines import get_engine
    >>> get_engine("reference").name
    'reference'
    """
    if name == "auto":
        return _best_engine()
    if name == "native":
        return _native_engine()
    if name == "reference":
        return _reference_engine()
    raise ValueError(
        f"engine={name!r} is unknown; choose one of {list_names(ENGINES)}."
        f"{did_you_mean(name, ENGINES)}"
    )


@cache
def _native_engine() -> Engine:
    try:
        from .native import NativeEngine
    except ImportError as error:
        raise ImportError(
            "engine='native' needs the compiled extension lightmlp._native, which cannot "
            f"be imported here ({error}). Install a wheel of lightmlp for this platform, or "
            "build it with a C++20 compiler by `pip install --no-binary lightmlp lightmlp`; "
            "engine='reference' works without it, more slowly."
        ) from error
    return NativeEngine()


@cache
def _reference_engine() -> Engine:
    from .reference import ReferenceEngine

    return ReferenceEngine()


@cache  # so that the warning comes once
def _best_engine() -> Engine:
    try:
        return _native_engine()
    except ImportError as error:
        warnings.warn(
            "lightmlp computes with its NumPy engine, which is much slower than the "
            f"compiled one: {error.__cause__}. Pass engine='reference' to choose it "
            "without this warning.",
            RuntimeWarning,
            stacklevel=3,
        )
        return _reference_engine()
