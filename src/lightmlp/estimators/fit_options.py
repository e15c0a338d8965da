"""What a fit reads of an estimator's parameters, by what reads it.

A new parameter enters the plan of a fit here: as a field of the options that it belongs to,
set in :func:`read_options`. ``problem.py`` makes the network of :class:`NetworkOptions`,
``planning.py`` the plan of all others. (The rules around a step are made in
``regularization.py``.) Named tuples are made several times as fast as frozen dataclasses,
which a stream of small calls of ``partial_fit`` feels.
"""

from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

from ..settings import Settings

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = [
    "BatchOptions",
    "FitArguments",
    "FitOptions",
    "NetworkOptions",
    "SolverOptions",
    "StoppingOptions",
    "ValidationOptions",
    "read_options",
    "unscheduled",
]


class FitArguments(NamedTuple):
    """What ``fit`` takes beside X, y and their weights, under the same names."""

    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    groups: Any = None
    resume_from: Any = None
    init_from: Any = None


class NetworkOptions(NamedTuple):
    """What is computed, and with which parameters training begins."""

    hidden_layer_sizes: Any
    activation: Any
    normalization: str | None
    dropout: Any
    input_dropout: float
    alpha: float
    l1: float
    initialization: Any
    bias_initialization: Any
    frozen_layers: int
    numeric_embedding: Any
    categorical_features: Any


class SolverOptions(NamedTuple):
    """Which steps are made, and at which learning rates."""

    solver: Any
    momentum: float
    nesterovs_momentum: bool
    beta_1: float
    beta_2: float
    epsilon: float
    learning_rate: Any
    learning_rate_init: float
    power_t: float


class BatchOptions(NamedTuple):
    """Which rows a step sees."""

    batch_size: Any
    shuffle: bool
    augmentation: Any


class StoppingOptions(NamedTuple):
    """When training ends."""

    max_iter: int
    max_fun: int
    max_time: float | None
    tol: float
    n_iter_no_change: float


class ValidationOptions(NamedTuple):
    """Which rows are held out, how they are scored and what follows from the scores."""

    early_stopping: bool
    validation_fraction: float
    validation_split: Any
    scoring: Any
    restore_best_weights: Any

    @property
    def restores_best(self) -> bool:
        """Whether the parameters with the best score are put back at the end."""
        choice = self.restore_best_weights
        return bool(self.early_stopping if choice == "auto" else choice)


class FitOptions(NamedTuple):
    """All of it.

    Parameters
    ----------
    network, steps, batches, stopping, validation
        Groups of parameters.
    random_state, verbose, callbacks, engine, n_threads
        Parameters of the same names.
    """

    network: NetworkOptions
    steps: SolverOptions
    batches: BatchOptions
    stopping: StoppingOptions
    validation: ValidationOptions
    random_state: Any
    verbose: Any
    callbacks: Any
    engine: str
    n_threads: int | None

    @property
    def is_seeded(self) -> bool:
        """Whether ``random_state`` is a number, so that the same draws are made anew."""
        return isinstance(self.random_state, Integral)


def unscheduled(value: Any) -> Any:
    """Return the value that a ``Scheduled`` multiplies; any other as it is."""
    return getattr(value, "value", value) if isinstance(value, Settings) else value


def read_options(estimator: "BaseMultilayerPerceptron") -> FitOptions:
    """Read the parameters of an estimator, each of which has been checked."""
    own = estimator
    return FitOptions(
        NetworkOptions(
            own.hidden_layer_sizes, own.activation, own.normalization,
            unscheduled(own.dropout), own.input_dropout, own.alpha, own.l1, own.initialization,
            own.bias_initialization, own.frozen_layers, own.numeric_embedding,
            own.categorical_features,
        ),
        SolverOptions(
            own.solver, own.momentum, own.nesterovs_momentum, own.beta_1, own.beta_2,
            own.epsilon, own.learning_rate, own.learning_rate_init, own.power_t,
        ),
        BatchOptions(own.batch_size, own.shuffle, own.augmentation),
        StoppingOptions(
            own.max_iter, own.max_fun, own.max_time, own.tol, own.n_iter_no_change
        ),
        ValidationOptions(
            own.early_stopping, own.validation_fraction, own.validation_split, own.scoring,
            own.restore_best_weights,
        ),
        own.random_state,
        own.verbose,
        own.callbacks,
        own.engine,
        own.n_threads,
    )  # fmt: skip
