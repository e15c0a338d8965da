"""The estimators' parameters: what they may be, and the size of the network they ask for."""

import os
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

from ..engines import ENGINES
from ..network import ACTIVATIONS, INITIALIZERS, Activation, Initializer, Network
from ..network.activations import activation_per_layer, find_activation, is_pair
from ..settings import Settings

__all__ = [
    "PARAMETER_CONSTRAINTS",
    "check_activations",
    "check_hidden_layer_sizes",
    "check_memory",
    "engine_name",
]

# The names of training.optimizers.OPTIMIZERS, which a program that only predicts needs not.
_STOCHASTIC_SOLVERS = (
    "sgd",
    "adam",
    "adamw",
    "nadam",
    "amsgrad",
    "rmsprop",
    "adagrad",
    "adadelta",
    "lion",
    "muon",
)

# The names in lightmlp.training.schedules, which is loaded by the first fit.
_SCHEDULES = {
    "constant", "invscaling", "adaptive", "exponential", "step", "linear", "polynomial",
    "cosine", "one_cycle", "plateau",
}  # fmt: skip

# The names in lightmlp.training.augmentations, likewise.
_AUGMENTATIONS = {"gaussian_noise", "mixup", "cutmix", "swap_noise", "feature_dropout"}

PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS)), "array-like", callable],
    "solver": [StrOptions({"lbfgs", *_STOCHASTIC_SOLVERS}), Settings],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto", "full"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions(_SCHEDULES), Settings, callable],
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
    "initialization": [StrOptions({"auto", *INITIALIZERS}), Initializer, callable],
    "bias_initialization": [
        StrOptions({"auto", *INITIALIZERS}),
        Interval(Real, None, None, closed="neither"),
        Initializer,
        callable,
    ],
    "engine": [StrOptions(set(ENGINES))],
    "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    "scoring": [str, callable, None],
    "validation_split": [HasMethods(["split"]), list, tuple, None],
    "restore_best_weights": ["boolean", StrOptions({"auto"})],
    "max_time": [Interval(Real, 0, None, closed="neither"), None],
    "callbacks": [list, tuple, None],
    "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    "input_dropout": [Interval(Real, 0, 1, closed="left")],
    "normalization": [StrOptions({"batch", "layer"}), None],
    "l1": [Interval(Real, 0, None, closed="left")],
    "weight_decay": [Interval(Real, 0, None, closed="left"), None],
    "max_norm": [Interval(Real, 0, None, closed="neither"), None],
    "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
    "gradient_clip_value": [Interval(Real, 0, None, closed="neither"), None],
    "frozen_layers": [Interval(Integral, 0, None, closed="left")],
    "layer_learning_rates": ["array-like", None],
    "augmentation": [StrOptions(_AUGMENTATIONS), Settings, list, tuple, callable, None],
}

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


def check_activations(activation: Any, n_hidden: int) -> tuple[str | Activation, ...]:
    """Return each hidden layer's activation: its name, or a row for a pair of functions.

    Raises
    ------
    ValueError
        If there is not one name for all or one a layer, if a name is unknown, or if a
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
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise ValueError(
                f"activation[{index}]={name!r} is unknown; choose one of "
                f"{', '.join(map(repr, sorted(ACTIVATIONS)))}."
            )
    if len(names) != n_hidden:
        raise ValueError(
            f"activation={activation!r} has {len(names)} name(s) for {n_hidden} hidden "
            "layer(s). Give one a hidden layer, or a single string for all of them."
        )
    return tuple(find_activation(name) if is_pair(name) else str(name) for name in names)


def engine_name(estimator: Any) -> str:
    """Return the name of the engine that an estimator asks for.

    Functions of a user's as activations are NumPy's alone: "auto" is "reference" then.

    Raises
    ------
    ValueError
        If the compiled engine is asked for beside them.
    """
    activation, engine = estimator.activation, str(estimator.engine)
    has_functions = not isinstance(activation, str) and (
        is_pair(activation) or any(is_pair(entry) for entry in activation)
    )
    if not has_functions:
        return engine
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
