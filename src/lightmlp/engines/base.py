"""The protocol that every engine follows.

An engine only executes. It receives a :class:`~lightmlp.network.Network`, the parameters
and arrays that are already checked and encoded, and it returns arrays; it never decides.

Conventions shared by all engines
---------------------------------
``parameters``
    A :class:`~lightmlp.network.Parameters`, one array for each of ``network.parameters``.
``X``
    (n_samples, n_features), a C-contiguous array or a CSR matrix with sorted indices and
    no duplicates, of the dtype in which the network computes (float32 or float64). Where a
    network reads codes of categories, a :class:`~lightmlp.network.MixedTable`.
``targets``
    For losses of class indices (n_samples,) int32, or (n_samples, n_groups) where several
    outputs have classes of their own; for every other loss (n_samples, n_targets) in the
    dtype of X; binary targets may be fractional, unless ``Loss.needs_binary_targets``.
``sample_weight``
    (n_samples,) in the dtype of X, or None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..network import Network, Parameters
from .rows import AugmentedRows, Stage, TrainingData

__all__ = [
    "AugmentedRows",
    "Engine",
    "Optimizer",
    "OptimizerState",
    "ParameterRule",
    "Stage",
    "StepFactors",
    "StepRules",
    "Training",
    "TrainingData",
]

Array = NDArray[Any]
Rates = float | NDArray[np.float64]


@dataclass
class OptimizerState:
    """What an optimiser remembers between steps.

    ``slots`` has one entry a remembered quantity (one velocity for sgd; first and second
    moments for adam); each has an array for every parameter, by the same names.
    """

    n_steps: int = 0
    slots: Sequence[Parameters] = field(default_factory=list)


@dataclass(frozen=True)
class StepRules:
    """What is done to gradients and weights around the optimiser's own step, in this order.

    Parameters
    ----------
    clip_value : float or None, default=None
        Largest magnitude of an entry of the gradient; larger ones are cut to it.
    clip_norm : float or None, default=None
        Largest Euclidean norm of the gradient of all trained parameters together; a longer
        one is scaled to it.
    weight_decay : float or None, default=None
        Weights (not biases) are multiplied by 1 - learning rate * weight_decay before the
        step; None leaves that to the optimiser.
    max_norm : float or None, default=None
        Largest Euclidean norm of the weights that enter a neuron; longer ones are scaled
        to it after the step.
    n_frozen : int, default=0
        Number of leading layers that are not trained; those of them with batch
        normalisation use their running statistics.
    layer_rates : tuple of float or None, default=None
        Learning-rate multiplier per layer, the output layer's last.
    role_rates : mapping of str to float, default={}
        Learning-rate multiplier per role of a parameter, on top of its layer's.
    parameter_rates : mapping of str to float, default={}
        Learning-rate multiplier per parameter by its name, on top of both.

    See Also
    --------
    lightmlp.engines.rules.parameter_rules : What they mean for each parameter.
    """

    clip_value: float | None = None
    clip_norm: float | None = None
    weight_decay: float | None = None
    max_norm: float | None = None
    n_frozen: int = 0
    layer_rates: tuple[float, ...] | None = None
    role_rates: Mapping[str, float] = field(default_factory=dict)
    parameter_rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ParameterRule:
    """What training does to one parameter.

    Parameters
    ----------
    optimizer : Optimizer
        The update rule; its own weight decay counts no more.
    lr_factor : float, default=1.0
        Learning-rate multiplier.
    weight_decay : float, default=0.0
        The parameter is multiplied by 1 - learning rate * weight_decay before the step.
    max_norm : float or None, default=None
        Largest Euclidean norm of each of its columns; longer ones are scaled after the step.
    frozen : bool, default=False
        Whether it stays as it is.
    """

    optimizer: "Optimizer"
    lr_factor: float = 1.0
    weight_decay: float = 0.0
    max_norm: float | None = None
    frozen: bool = False


@dataclass(frozen=True)
class StepFactors:
    """What schedules multiply besides the learning rate.

    Parameters
    ----------
    weight_decay : float or ndarray of float64, default=1.0
        Factor of all weight decay: one number for all steps of an epoch, or one per step.
    dropout : float or ndarray of float64, default=1.0
        Factor of all rates of dropout, at most 1.
    """

    weight_decay: Rates = 1.0
    dropout: Rates = 1.0

    def of_step(self, number: int) -> "StepFactors":
        """Return the factors of one step of the epoch, counted from 0."""
        return StepFactors(
            *(
                float(values if np.ndim(values) == 0 else np.asarray(values)[number])
                for values in (self.weight_decay, self.dropout)
            )
        )


class Optimizer(Protocol):
    """Settings and formula of an optimiser; see ``lightmlp.training.optimizers``."""

    # Of the class, so that the settings are all that an instance holds.
    name: ClassVar[str]
    n_slots: ClassVar[int]
    squares: ClassVar[tuple[int, ...]]

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter and the slots in place; ``n_steps`` counts from 1."""
        ...

    def step_size(self, learning_rate: float, n_steps: int) -> float:
        """Return the factor of this step, for reports."""
        ...

    def get_params(self) -> dict[str, Any]:
        """Return the settings by their names."""
        ...

    def of_other_parameters(self) -> "Optimizer":
        """Return the rule for all parameters but the weights of hidden layers."""
        ...


class Training(Protocol):
    """One run of training: holds parameters, optimiser state and a view of the data."""

    def train_epoch(
        self,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Visit the rows in this order, one step per batch; return the epoch's mean loss.

        ``learning_rate`` is one number for all steps, or a float64 array with one per step.
        The loss is ``sum(batch_loss * batch_rows) / len(order)``, L2 term included, each
        batch before its own update. A batch whose weights sum to zero changes nothing.
        Raises KeyboardInterrupt between two steps.
        """
        ...

    def train_augmented(
        self,
        rows: AugmentedRows,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Do as :meth:`train_epoch`, with changed rows; return their mean loss.

        ``rows`` are not those that the run began with, which must be dense. Where a row
        becomes several, the batch size of the beginning is that of all of them; each row
        counts once in the loss.
        """
        ...

    def set_data(self, data: TrainingData, batch_size: int) -> None:
        """Go on with other rows of the same width and kind (dense or sparse).

        ``batch_size`` may be at most what the run began with.
        """
        ...

    def shuffle(self, order: NDArray[np.int64], random_state: np.random.RandomState) -> None:
        """Shuffle in place, as ``random_state.shuffle`` would and with its draws."""
        ...

    def forward(self, X: Any) -> Array:
        """Outputs (n_samples, n_outputs) at the current parameters."""
        ...

    def parameters(self) -> Parameters:
        """Copies of the current parameters."""
        ...

    def set_parameters(self, parameters: Parameters) -> None:
        """Copy these parameters into the run."""
        ...

    def optimizer_state(self) -> OptimizerState:
        """Copies of the optimiser's state."""
        ...

    def share_optimizer_state(self) -> OptimizerState:
        """The optimiser's state itself; the run is to make no more steps."""
        ...

    def keep_best(self) -> None:
        """Remember the current parameters."""
        ...

    def restore_best(self) -> None:
        """Go back to the remembered parameters; if there are none, change nothing."""
        ...


class Engine(Protocol):
    """Computes what a network describes."""

    name: str

    def forward(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
        inverse_link: bool = True,
    ) -> Array:
        """Outputs (n_samples, n_outputs); raw scores if ``inverse_link`` is False."""
        ...

    def hidden_activations(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
    ) -> list[Array]:
        """Activations (n_samples, width) of each hidden layer."""
        ...

    def loss_and_gradients(
        self,
        network: Network,
        parameters: Parameters,
        data: TrainingData,
        *,
        delta_scale: float = 1.0,
        n_threads: int | None = None,
        step: int | None = None,
        seed: int = 0,
    ) -> tuple[float, Parameters]:
        """Loss with its L1 and L2 terms, and its gradients by the names of the parameters.

        With a ``step`` the network is in training: dropout draws the masks of that step and
        ``seed``, batch normalisation uses the statistics of these rows. Without one nothing
        is dropped, and running statistics are used. Gradients of those are zero.
        ``delta_scale`` multiplies the derivative of the loss with respect to the scores
        (not the L2 term): 1 gives the gradient that scikit-learn's solvers follow.
        """
        ...

    def start_training(
        self,
        network: Network,
        parameters: Parameters,
        data: TrainingData,
        optimizer: Optimizer,
        state: OptimizerState | None,
        *,
        batch_size: int,
        n_threads: int | None = None,
        rules: StepRules = StepRules(),
        seed: int = 0,
    ) -> Training:
        """Begin a run; the given parameters and state are copied, ``data`` is not.

        ``seed``, 0 <= seed < 2**63, is that of the dropout masks.
        """
        ...
