"""The estimators' parameters: what they may be, and the size of the network they ask for."""

import os
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

from ..engines import ENGINES
from ..network import ACTIVATIONS, Network

__all__ = ["PARAMETER_CONSTRAINTS", "check_hidden_layer_sizes", "check_memory"]

PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose", StrOptions({"bar"})],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "engine": [StrOptions(set(ENGINES))],
    "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    "scoring": [str, callable, None],
    "validation_split": [HasMethods(["split"]), list, tuple, None],
    "restore_best_weights": ["boolean", StrOptions({"auto"})],
    "max_time": [Interval(Real, 0, None, closed="neither"), None],
    "callbacks": [list, tuple, None],
}

# Arrays of the parameters' size that a fit holds at once: parameters, gradient, the
# solver's memory (scipy's L-BFGS-B keeps ten pairs), best parameters.
_COPIES = {"sgd": 4, "adam": 5, "lbfgs": 28}
_NO_LIMIT_KNOWN = 2**40


def check_hidden_layer_sizes(sizes: int | Iterable[int]) -> list[int]:
    """Return the hidden widths as a list of Python integers.

    Raises
    ------
    ValueError
        If a width is not a positive integer.
    """
    widths = list(sizes) if isinstance(sizes, Iterable) else [sizes]
    if not all(isinstance(width, Integral) for width in widths):
        raise ValueError(
            f"hidden_layer_sizes must be integers > 0, got {widths}: give one width, or "
            "one width a hidden layer, such as (100, 50)."
        )
    if any(width <= 0 for width in widths):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {widths}.")
    return [int(width) for width in widths]


def check_memory(network: Network, itemsize: int, solver: str) -> None:
    """Refuse a network that cannot fit into this machine, before memory is asked for.

    Raises
    ------
    ValueError
        If parameters, gradient and the solver's state exceed the physical memory.
    """
    needed = network.n_parameters * itemsize * _COPIES[solver]
    limit = _physical_memory()
    if needed > limit:
        raise ValueError(
            f"hidden_layer_sizes={network.widths[1:-1]} asks for {network.n_parameters:,} "
            f"parameters with {network.n_features} features and {network.n_outputs} "
            f"outputs; solver={solver!r} needs {needed / 2**30:,.1f} GiB for them, and "
            f"this machine has {limit / 2**30:,.1f} GiB. Choose smaller hidden layers."
        )


def _physical_memory() -> int:
    """Bytes of this machine's memory; 1 TiB where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return _NO_LIMIT_KNOWN
