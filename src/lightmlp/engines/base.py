"""The protocol that every engine follows.

An engine only executes. It receives a :class:`~lightmlp.network.Network`, the parameters
and arrays that are already checked and encoded, and it returns arrays; it never decides.

Conventions shared by all engines
---------------------------------
``parameters``
    A :class:`~lightmlp.network.Parameters`, one array for each of ``network.parameters``.
``X``
    (n_samples, n_features), a C-contiguous array or a CSR matrix with sorted indices and
    no duplicates, of the dtype in which the network computes (float32 or float64).
``targets``
    For losses of class codes (n_samples,) int32, or (n_samples, n_groups) where several
    outputs have classes of their own; for every other loss (n_samples, n_targets) in the
    dtype of X; those of yes and no may lie between, unless ``Loss.takes_whole_targets``.
``sample_weight``
    (n_samples,) in the dtype of X, or None.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..network import Network, Parameters

__all__ = [
    "AugmentedRows",
    "Engine",
    "Optimizer",
    "OptimizerState",
    "Stage",
    "StepRules",
    "Training",
    "TrainingData",
]

Array = NDArray[Any]
Rates = float | NDArray[np.float64]


@dataclass(frozen=True)
class TrainingData:
    """What a training run reads: all rows, the batches being picked by index."""

    X: Any
    targets: Array
    sample_weight: Array | None = None

    def take(self, rows: NDArray[np.int64]) -> "TrainingData":
        """Copy these rows."""
        weight = self.sample_weight
        return TrainingData(
            self.X[rows], self.targets[rows], None if weight is None else weight[rows]
        )

    def take_dense(self, rows: NDArray[np.int64]) -> "TrainingData":
        """Copy these rows to a dense table."""
        taken = self.take(rows)
        return replace(taken, X=taken.X.toarray()) if issparse(taken.X) else taken


@dataclass(frozen=True)
class Stage:
    """One change of the rows.

    Parameters
    ----------
    kind : str
        A key of ``CHANGES`` in ``engines/augmenting.py``.
    amount : float, default=0.0
        Standard deviation, rate, or fill of an image.
    draws : ndarray of shape (n_rows, n) or None, default=None
        By row, in the order of the rows: the share that stays (mixup, cutmix), pixels down
        and to the right (shift), cosine and sine (rotate).
    partners : ndarray of shape (n_rows,), int64, or None, default=None
        The row of the batch that each one is mixed with.
    blanks : ndarray of shape (n_features,) or None, default=None
        What takes the place of a value (feature_dropout).
    image_shape : tuple of int, default=()
        Height, width and channels of a row.
    function : callable or None, default=None
        ``function(X, targets) -> (X, targets)`` of a batch.
    """

    kind: str
    amount: float = 0.0
    draws: NDArray[np.float64] | None = None
    partners: NDArray[np.int64] | None = None
    blanks: NDArray[np.float64] | None = None
    image_shape: tuple[int, ...] = ()
    function: Callable[[Array, Array], tuple[Array, Array]] | None = None

    def of_rows(self, rows: slice) -> "Stage":
        """Return the stage for some of the rows."""
        draws, partners = self.draws, self.partners
        return replace(
            self,
            draws=None if draws is None else draws[rows],
            partners=None if partners is None else partners[rows],
        )


@dataclass(frozen=True)
class AugmentedRows:
    """Rows to train on, and how they are changed.

    Parameters
    ----------
    data : TrainingData
        The rows as they are.
    stages : sequence of Stage
        What changes them, one after the other.
    batch_size : int
        Rows a step.
    seed : int
        Of the words, 0 <= seed < 2**63.
    first_batch : int, default=0
        Number of the first batch.
    shares_apart : bool, default=False
        Whether a mixed row trains once for each of its targets, by its share, and targets
        are not mixed as numbers.
    """

    data: TrainingData
    stages: Sequence[Stage]
    batch_size: int
    seed: int
    first_batch: int = 0
    shares_apart: bool = False


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
        So many layers, from the input on, are not trained; those of them with batch
        normalisation use their running statistics.
    layer_rates : tuple of float or None, default=None
        Factor of the learning rate for each layer, the output's last.
    """

    clip_value: float | None = None
    clip_norm: float | None = None
    weight_decay: float | None = None
    max_norm: float | None = None
    n_frozen: int = 0
    layer_rates: tuple[float, ...] | None = None


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

    def of_output_layer(self) -> "Optimizer":
        """Return the rule for the weights of the output layer."""
        ...


class Training(Protocol):
    """One run of training: holds parameters, optimiser state and a view of the data."""

    def train_epoch(self, order: NDArray[np.int64], learning_rate: Rates) -> float:
        """Visit the rows in this order, one step a batch; return the epoch's mean loss.

        ``learning_rate`` is one number for all steps, or a float64 array with one a step.
        The loss is ``sum(batch_loss * batch_rows) / len(order)``, L2 term included, each
        batch before its own update. A batch whose weights sum to zero changes nothing.
        Raises KeyboardInterrupt between two steps.
        """
        ...

    def train_augmented(
        self, rows: AugmentedRows, order: NDArray[np.int64], learning_rate: Rates
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
        link: bool = True,
    ) -> Array:
        """Outputs (n_samples, n_outputs); raw scores if ``link`` is False."""
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
