"""The compiled engine of LightMLP."""

from collections.abc import Mapping, Sequence
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray
from typing_extensions import CapsuleType


def isa() -> str:
    """Name of the instruction set in use."""

def available_isas() -> str:
    """
    Instruction sets that can run here, the best first, separated by commas.
    """

def is_forked() -> bool:
    """Whether this process was forked after the module was loaded."""

def shuffle(values: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu')], generator: CapsuleType) -> None:
    """
    Shuffle as RandomState does, with draws from the capsule of a NumPy bit generator.
    """

class Loss:
    """A loss with its parameters."""

    def __init__(self, name: str, delta: float, power: float, gamma: float, label_smoothing: float, levels: Sequence[float], groups: Sequence[int], class_weight: Sequence[float]) -> None: ...

def is_encoder(kind: str) -> bool:
    """Whether this kind of layer encodes columns of a table."""

class Layer:
    """A layer by the name of its kind."""

    def __init__(self, kind: str, n_inputs: int, n_outputs: int, parameters: Sequence[tuple[int, int, bool, bool]], activation: str, rate: float, n_categories: int, lists: Sequence[Sequence[float]]) -> None: ...

class Network:
    """What is computed: layers and loss."""

    def __init__(self, n_numbers: int, n_categories: int, parts: Sequence[tuple[Sequence[int], Layer]], layers: Sequence[Layer], loss: Loss, alpha: float, l1: float) -> None: ...

class Rule:
    """What the optimiser does to one array of parameters."""

    def __init__(self, lr_factor: float, weight_decay: float, max_norm: float, is_orthogonal: bool, is_frozen: bool) -> None: ...

class Rules:
    """What is done around the optimiser's step."""

    def __init__(self, clip_value: float, clip_norm: float, parameters: Sequence[Rule], seed: int) -> None: ...

class Stage:
    """A transform of rows; keeps the arrays of coefficients alive."""

    def __init__(self, kind: str, amount: float, coefficients: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)] | None, permutation: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, fill_values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, image_shape: Sequence[int]) -> None: ...

def multiply_add_peak(dtype: str, n_threads: int, seconds: float) -> float:
    """
    GFLOP/s of a loop of multiply-adds alone, the most that so many threads can reach.
    """

class Float32Table:
    """Rows with targets and weights; keeps the arrays alive."""

    @staticmethod
    def dense(X: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> Float32Table: ...

    @staticmethod
    def csr(row_starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], columns: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], values: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], n_features: int) -> Float32Table: ...

    def set_categories(self, categories: Annotated[NDArray[numpy.int32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_targets(self, targets: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_class_indices(self, class_indices: Annotated[NDArray[numpy.int32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_sample_weight(self, sample_weight: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

class Float64Table:
    """Rows with targets and weights; keeps the arrays alive."""

    @staticmethod
    def dense(X: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> Float64Table: ...

    @staticmethod
    def csr(row_starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], columns: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_features: int) -> Float64Table: ...

    def set_categories(self, categories: Annotated[NDArray[numpy.int32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_targets(self, targets: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_class_indices(self, class_indices: Annotated[NDArray[numpy.int32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def set_sample_weight(self, sample_weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

class Float32Slots:
    """What an optimiser remembers; outlives its run."""

    def __len__(self) -> int: ...

    @property
    def n_padded(self) -> int: ...

    def get(self, slot: int, out: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

class Float64Slots:
    """What an optimiser remembers; outlives its run."""

    def __len__(self) -> int: ...

    @property
    def n_padded(self) -> int: ...

    def get(self, slot: int, out: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

class Float32Training:
    """A training run: parameters, optimiser state, best parameters."""

    def __init__(self, network: Network, table: Float32Table, optimizer: str, optimizer_parameters: Mapping[str, float], rules: Rules, batch_size: int, n_threads: int, adapts: bool) -> None: ...

    def set_data(self, table: Float32Table, batch_size: int) -> None: ...

    def set_parameters(self, parameters: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]]) -> None: ...

    def get_parameters(self, out: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

    def set_state(self, n_steps: int, slots: Sequence[Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]]) -> None: ...

    @property
    def slots(self) -> Float32Slots: ...

    @property
    def n_steps(self) -> int: ...

    def train_epoch(self, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], learning_rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], decay_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

    def train_augmented(self, source: Float32Table, stages: Sequence[Stage], mixes_losses: bool, seed: int, first_batch: int, batch_size: int, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], learning_rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], decay_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

    def scores(self, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factor: float, out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def predict(self, table: Float32Table, out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def keep_best(self) -> None: ...

    def restore_best(self) -> None: ...

class Float64Training:
    """A training run: parameters, optimiser state, best parameters."""

    def __init__(self, network: Network, table: Float64Table, optimizer: str, optimizer_parameters: Mapping[str, float], rules: Rules, batch_size: int, n_threads: int, adapts: bool) -> None: ...

    def set_data(self, table: Float64Table, batch_size: int) -> None: ...

    def set_parameters(self, parameters: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]]) -> None: ...

    def get_parameters(self, out: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

    def set_state(self, n_steps: int, slots: Sequence[Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]]) -> None: ...

    @property
    def slots(self) -> Float64Slots: ...

    @property
    def n_steps(self) -> int: ...

    def train_epoch(self, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], learning_rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], decay_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

    def train_augmented(self, source: Float64Table, stages: Sequence[Stage], mixes_losses: bool, seed: int, first_batch: int, batch_size: int, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], learning_rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], decay_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factors: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

    def scores(self, order: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], dropout_factor: float, out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def predict(self, table: Float64Table, out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def keep_best(self) -> None: ...

    def restore_best(self) -> None: ...

@overload
def predict(network: Network, parameters: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], table: Float32Table, inverse_link: bool, n_threads: int, out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')] | None, hidden: Sequence[Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')]]) -> None: ...

@overload
def predict(network: Network, parameters: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], table: Float64Table, inverse_link: bool, n_threads: int, out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')] | None, hidden: Sequence[Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]]) -> None:
    """
    Write outputs (or scores) and the hidden layers' activations into the given arrays.
    """

@overload
def loss_and_gradients(network: Network, parameters: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], table: Float32Table, delta_scale: float, step: int, seed: int, n_threads: int, adapts: bool, gradients: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu')]) -> float: ...

@overload
def loss_and_gradients(network: Network, parameters: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], table: Float64Table, delta_scale: float, step: int, seed: int, n_threads: int, adapts: bool, gradients: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> float:
    """
    Return the loss over all rows and write its gradients, laid out as the parameters.
    """
