"""The estimators' parameters: what they may be, and the size of the network they ask for."""

import os
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, get_args

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options
from sklearn.utils.validation import _is_arraylike_not_scalar

from ..engines import ENGINES
from ..names import Names, did_you_mean, list_names
from ..network import ACTIVATIONS, INITIALIZERS, ActivationFunction, Initializer, Network
from ..network.activations import activation_per_layer, find_activation, is_pair
from ..settings import Settings
from .types import AugmentationName, NumericEmbeddingName, ScheduleName, SolverName

__all__ = [
    "PARAMETER_CONSTRAINTS",
    "check_activations",
    "check_hidden_layer_sizes",
    "check_memory",
    "engine_name",
]


class _Number(Interval):  # type: ignore[misc]
    """An interval without True and False, which Python counts among the integers.

    For the parameters that scikit-learn lacks, where a yes is a misunderstanding.
    """

    def is_satisfied_by(self, val: Any) -> bool:
        return not isinstance(val, bool) and bool(super().is_satisfied_by(val))


class _Entries(HasMethods):  # type: ignore[misc]
    """One value per layer: an array-like that has entries, as an array without axes has not."""

    def __init__(self) -> None:
        super().__init__(["__len__"])

    def is_satisfied_by(self, val: Any) -> bool:
        return bool(_is_arraylike_not_scalar(val)) and getattr(val, "ndim", 1) > 0

    def __str__(self) -> str:
        return "an array-like"


PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", _Number(Integral, 1, None, closed="left")],
    "activation": [Names(sorted(ACTIVATIONS)), _Entries(), callable],
    "solver": [Names(get_args(SolverName)), Settings],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [Names(("auto", "full")), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Names(get_args(ScheduleName)), Settings, callable],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose", Names(("bar", "log"))],
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
    "initialization": [Names(("auto", *INITIALIZERS)), Initializer, callable],
    "bias_initialization": [
        Names(("auto", *INITIALIZERS)),
        _Number(Real, None, None, closed="neither"),
        Initializer,
        callable,
    ],
    "engine": [Names(ENGINES)],
    "n_threads": [_Number(Integral, 1, 2**31 - 1, closed="both"), None],
    "scoring": [str, callable, None],
    "validation_split": [HasMethods(["split"]), list, tuple, None],
    "restore_best_weights": ["boolean", Names(("auto",))],
    "max_time": [_Number(Real, 0, None, closed="neither"), None],
    "callbacks": [list, tuple, None],
    "dropout": [_Number(Real, 0, 1, closed="left"), _Entries(), Settings],
    "input_dropout": [_Number(Real, 0, 1, closed="left")],
    "normalization": [Names(("batch", "layer")), None],
    "l1": [_Number(Real, 0, None, closed="left")],
    "weight_decay": [_Number(Real, 0, None, closed="left"), Settings, None],
    "max_norm": [_Number(Real, 0, None, closed="neither"), None],
    "gradient_clip": [_Number(Real, 0, None, closed="neither"), None],
    "gradient_clip_value": [_Number(Real, 0, None, closed="neither"), None],
    "frozen_layers": [_Number(Integral, 0, None, closed="left")],
    "layer_learning_rates": [_Entries(), None],
    "role_learning_rates": [Mapping, None],
    "augmentation": [Names(get_args(AugmentationName)), Settings, list, tuple, callable, None],
    "numeric_embedding": [Names(get_args(NumericEmbeddingName)), Settings, None],
    "categorical_features": [Names(("from_dtype",)), _Entries(), None],
}

_NO_LIMIT_KNOWN = 2**40


def check_hidden_layer_sizes(sizes: int | Iterable[int]) -> list[int]:
    """Return the hidden widths as a list of Python integers.

    Raises
    ------
    ValueError
        If a width is not a positive integer.
    """
    has_no_axis = isinstance(sizes, np.ndarray) and sizes.ndim == 0
    widths: list[Any] = (
        list(sizes) if isinstance(sizes, Iterable) and not has_no_axis else [sizes]
    )
    if not all(isinstance(width, Integral) and not isinstance(width, bool) for width in widths):
        raise ValueError(
            f"hidden_layer_sizes must be integers > 0, got {widths}: give one width, or "
            "one width a hidden layer, such as (100, 50)."
        )
    if any(width <= 0 for width in widths):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {widths}.")
    return [int(width) for width in widths]


def check_activations(activation: Any, n_hidden: int) -> tuple[str | ActivationFunction, ...]:
    """Return each hidden layer's activation: its name, or a row for a pair of functions.

    Raises
    ------
    ValueError
        If there is not one name for all or one per layer, if a name is unknown, or if a
        function lacks its derivative.
    """
    if callable(activation):
        raise ValueError(
            f"activation={activation!r} is a function without its derivative. Pass the pair "
            "(f, derivative) of functions of the pre-activations."
        )
    names = activation_per_layer(activation, n_hidden)
    for index, name in enumerate(names):
        if is_pair(name):
            continue
        if callable(name):
            raise ValueError(
                f"activation[{index}]={name!r} is a function without its derivative: give each "
                "hidden layer a name or a pair (f, derivative)."
            )
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise ValueError(
                f"activation[{index}]={name!r} is unknown; choose one of "
                f"{list_names(sorted(ACTIVATIONS))}.{did_you_mean(name, ACTIVATIONS)}"
            )
    if len(names) != n_hidden:
        raise ValueError(
            f"activation={activation!r} has {len(names)} name(s) for {n_hidden} hidden "
            "layer(s). Give one per hidden layer, or a single string for all of them."
        )
    return tuple(find_activation(name) if is_pair(name) else str(name) for name in names)


def engine_name(engine: str, activation: Any) -> str:
    """Return the name of the engine that computes.

    Functions of a user's as activations are NumPy's alone: "auto" is "reference" then.

    Parameters
    ----------
    engine : str
        The one that is asked for.
    activation : object
        The estimator's parameter.

    Raises
    ------
    ValueError
        If the compiled engine is asked for beside them.
    """
    has_functions = not isinstance(activation, str) and (
        is_pair(activation) or any(is_pair(entry) for entry in activation)
    )
    if not has_functions:
        return str(engine)
    if engine == "native":
        raise ValueError(
            f"engine='native' cannot compute activation={activation!r}, whose functions are "
            "Python's. Set engine='auto' or 'reference', or choose an activation by its name."
        )
    return "reference"


def _copies(solver: Any) -> int:
    """Arrays of the parameters' size that a fit holds at once.

    Parameters, gradient, best parameters and the solver's memory: scipy's L-BFGS-B keeps
    ten pairs.
    """
    from ..training.optimizers import OPTIMIZERS

    if solver == "lbfgs":
        return 28
    rule = OPTIMIZERS[solver] if isinstance(solver, str) else solver
    return 3 + getattr(rule, "n_slots", 0)


def check_memory(network: Network, itemsize: int, solver: Any) -> None:
    """Refuse a network that cannot fit into this machine, before memory is asked for.

    Raises
    ------
    ValueError
        If parameters, gradient and the solver's state exceed the physical memory.
    """
    needed = network.n_parameters * itemsize * _copies(solver)
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
