"""The compiled engine: arrays in, arrays out; the work is done by ``lightmlp._native``."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from ..network import MixedTable, Network, Parameters
from .augmenting import train_transformed_batches
from .base import (
    Array,
    AugmentedRows,
    Optimizer,
    OptimizerState,
    Rates,
    Stage,
    StepFactors,
    StepRules,
    TrainingData,
)
from .lowering import lower
from .native_custom import GivenLoss, gradients_by_function, without_function
from .native_state import EngineSlots, share_slots
from .rules import parameter_rules
from .threads import granted_threads

__all__ = ["NativeEngine", "NativeTraining", "isa"]

_Table = _native.Float32Table | _native.Float64Table


def isa() -> str:
    """Name the instruction set that the kernels use: avx512, avx2, neon or baseline.

    Raises
    ------
    RuntimeError
        If the environment variable ``LIGHTMLP_ISA`` names one that cannot run here.

    Examples
    --------
    >>> from lightmlp.engines.native import isa
    >>> isa() in {"avx512", "avx2", "neon", "baseline"}
    True
    """
    return _native.isa()


def _as_c_array(array: Array, dtype: Any = None) -> Array:
    """Return the array itself if compiled code can read it, else a copy."""
    array = np.ascontiguousarray(array, dtype=dtype)
    return array if array.flags.aligned else array.copy()


def _table(X: Any) -> _Table:
    kind = _native.Float32Table if X.dtype == np.float32 else _native.Float64Table
    if isinstance(X, np.ndarray):
        return kind.dense(_as_c_array(X))
    if isinstance(X, MixedTable):
        table = kind.dense(_as_c_array(X.numbers))
        table.set_categories(_as_c_array(X.codes))
        return table
    if X.shape[1] > np.iinfo(np.int32).max:
        raise ValueError(f"X has {X.shape[1]} columns; sparse X may have up to 2**31 - 1.")
    return kind.csr(
        X.indptr.astype(np.int64, copy=False),
        X.indices.astype(np.int32, copy=False),
        _as_c_array(X.data),
        X.shape[1],
    )


def _rules(
    network: Network, optimizer: Optimizer, rules: StepRules, seed: int
) -> _native.Rules:
    def limit(value: float | None) -> float:
        return math.inf if value is None else value

    return _native.Rules(
        limit(rules.clip_value),
        limit(rules.clip_norm),
        [] if _are_plain(optimizer, rules) else _parameter_rules(network, optimizer, rules),
        seed,
    )


def _are_plain(optimizer: Optimizer, rules: StepRules) -> bool:
    """Whether all parameters follow the same rule and nothing else, as in most fits."""
    own = rules.weight_decay, rules.max_norm, rules.layer_rates
    rates = rules.n_frozen or rules.role_rates or rules.parameter_rates
    decays = getattr(optimizer, "weight_decay", 0.0)
    return own == (None, None, None) and not (rates or decays) and optimizer.name != "muon"


def _parameter_rules(
    network: Network, optimizer: Optimizer, rules: StepRules
) -> list[_native.Rule]:
    return [
        _native.Rule(
            rule.lr_factor,
            rule.weight_decay,
            math.inf if rule.max_norm is None else rule.max_norm,
            rule.optimizer.name == "muon",  # and not what it leaves the others to
            rule.frozen,
        )
        for rule in parameter_rules(network, optimizer, rules).values()
    ]


def _stage(stage: Stage) -> _native.Stage:
    return _native.Stage(
        stage.kind,
        stage.amount,
        stage.coefficients,
        stage.permutation,
        stage.fill_values,
        stage.image_shape,
    )


def _table_with_targets(data: TrainingData) -> _Table:
    table = _table(data.X)
    targets = _as_c_array(data.targets)
    if targets.dtype == np.int32:
        table.set_class_indices(targets.reshape(len(targets), -1))
    else:
        table.set_targets(targets)
    if data.sample_weight is not None:
        table.set_sample_weight(_as_c_array(data.sample_weight))
    return table


# What is passed in most epochs is not made again in each.
_ONE = np.ones(1)


def _per_step(values: Rates) -> NDArray[np.float64]:
    if type(values) is float and values == 1.0:
        return _ONE
    return np.array(values, dtype=np.float64, ndmin=1)


def _arrays(parameters: Parameters) -> list[Array]:
    return [_as_c_array(array) for array in parameters.values()]


class NativeEngine:
    """Executes networks in compiled code, on all cores that the work deserves."""

    name = "native"

    def forward(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
        inverse_link: bool = True,
    ) -> Array:
        """Outputs (n_samples, n_outputs), or raw scores without the inverse link."""
        out = np.empty((X.shape[0], network.n_outputs), dtype=X.dtype)
        _predict(network, parameters, X, n_threads, inverse_link, out, [])
        return out

    def hidden_activations(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
    ) -> list[Array]:
        """Activations (n_samples, width) of each hidden layer."""
        hidden = [np.empty((X.shape[0], n), dtype=X.dtype) for n in network.widths[1:-1]]
        if hidden:
            _predict(network, parameters, X, n_threads, False, None, hidden)
        return hidden

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
        """Loss with its L1 and L2 terms, and its gradients; zero for running statistics."""
        if network.loss_settings.function is not None:
            return gradients_by_function(
                self, network, parameters, data, n_threads=n_threads, step=step, seed=seed
            )
        gradients = Parameters.zeros(network.parameters, data.X.dtype)
        loss = _native.loss_and_gradients(
            lower(network),
            _as_c_array(parameters.flatten(data.X.dtype)),
            _table_with_targets(data),
            delta_scale,
            0 if step is None else step,
            seed,
            granted_threads(n_threads),
            n_threads is None,
            gradients.flatten(),
        )
        return loss, gradients

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
    ) -> "NativeTraining":
        """Begin a run; parameters and state are copied, ``data`` is not."""
        training = NativeTraining(network, data, optimizer, batch_size, n_threads, rules, seed)
        training.set_parameters(parameters)
        if state is not None and state.slots:
            training.set_optimizer_state(state)
        return training


def _predict(
    network: Network,
    parameters: Parameters,
    X: Any,
    n_threads: int | None,
    inverse_link: bool,
    out: Array | None,
    hidden: list[Array],
) -> None:
    _native.predict(
        lower(without_function(network)),
        _arrays(parameters),
        _table(X),
        inverse_link,
        granted_threads(n_threads),
        out,
        hidden,
    )


class NativeTraining:
    """A training run in compiled code; a whole epoch is one call."""

    def __init__(
        self,
        network: Network,
        data: TrainingData,
        optimizer: Optimizer,
        batch_size: int,
        n_threads: int | None,
        rules: StepRules,
        seed: int,
    ) -> None:
        self._network = without_function(network)
        self._function = network.loss_settings.function
        self._given: GivenLoss | None = None
        self._batch_size = batch_size
        self._dtype = data.X.dtype
        single = self._dtype == np.float32
        kind: Any = _native.Float32Training if single else _native.Float64Training
        settings = optimizer.get_params()
        settings.pop("weight_decay", None)  # the rules have it
        self._run = kind(
            lower(self._network),
            self._table_of(data),
            optimizer.name,
            {name: float(value) for name, value in settings.items()},
            _rules(network, optimizer, rules, seed),
            batch_size=batch_size,
            n_threads=granted_threads(n_threads),
            adapts=n_threads is None,
        )
        self._source: tuple[TrainingData, _Table] | None = None

    def _table_of(self, data: TrainingData) -> _Table:
        """Return the rows as the run reads them."""
        if self._function is None:
            return _table_with_targets(data)
        self._given = GivenLoss(self._function, data, self._network.n_outputs)
        return _table_with_targets(self._given.given)

    def set_parameters(self, parameters: Parameters) -> None:
        """Copy these parameters into the run."""
        self._run.set_parameters(_arrays(parameters))

    def set_optimizer_state(self, state: OptimizerState) -> None:
        """Copy this state into the run."""
        slots = [_as_c_array(slot.flatten(self._dtype)) for slot in state.slots]
        self._run.set_state(state.n_steps, slots)

    def train_epoch(
        self,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Visit the rows in this order, one step per batch; return the mean loss."""
        if self._given is not None:
            return self._given.train_epoch(
                self._run, order, self._batch_size, learning_rate, factors
            )
        return self._run.train_epoch(  # type: ignore[no-any-return]
            order,
            _per_step(learning_rate),
            _per_step(factors.weight_decay),
            _per_step(factors.dropout),
        )

    def train_augmented(
        self,
        rows: AugmentedRows,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Do as :meth:`train_epoch`, with changed rows; functions change them in Python."""
        in_python = self._given is not None
        if in_python or any(stage.function is not None for stage in rows.stages):
            return train_transformed_batches(self, rows, order, learning_rate, factors)
        if self._source is None or self._source[0] is not rows.data:
            self._source = rows.data, _table_with_targets(rows.data)
        return self._run.train_augmented(  # type: ignore[no-any-return]
            self._source[1],
            [_stage(stage) for stage in rows.stages],
            rows.mixes_losses,
            rows.seed,
            rows.first_batch,
            rows.batch_size,
            order,
            _per_step(learning_rate),
            _per_step(factors.weight_decay),
            _per_step(factors.dropout),
        )

    def set_data(self, data: TrainingData, batch_size: int) -> None:
        """Go on with other rows, and batches of at most the size of the beginning."""
        self._run.set_data(self._table_of(data), batch_size)
        self._batch_size = batch_size

    def scores(self, order: NDArray[np.int64], out: Array) -> None:
        """Write the scores of a batch (n_rows, n_outputs) as the next step computes them."""
        self._run.scores(order, 1.0, out)

    def shuffle(self, order: NDArray[np.int64], random_state: np.random.RandomState) -> None:
        """Shuffle in place, as ``random_state.shuffle`` would and with its draws."""
        generator = random_state._bit_generator
        with generator.lock:
            _native.shuffle(order, generator.capsule)

    def forward(self, X: Any) -> Array:
        """Outputs (n_samples, n_outputs) at the current parameters."""
        out = np.empty((X.shape[0], self._network.n_outputs), dtype=self._dtype)
        self._run.predict(_table(X), out)
        return out

    def parameters(self) -> Parameters:
        """Copies of the current parameters."""
        parameters = Parameters.zeros(self._network.parameters, self._dtype)
        self._run.get_parameters(parameters.flatten())
        return parameters

    def optimizer_state(self) -> OptimizerState:
        """Copies of the optimiser's state."""
        slots = EngineSlots(self._run.slots, self._network.parameters, self._dtype)
        return OptimizerState(self._run.n_steps, list(slots))

    def share_optimizer_state(self) -> OptimizerState:
        """The optimiser's state itself; the run is to make no more steps."""
        slots = share_slots(self._run.slots, self._network.parameters, self._dtype)
        return OptimizerState(self._run.n_steps, slots)

    def keep_best(self) -> None:
        """Remember the current parameters."""
        self._run.keep_best()

    def restore_best(self) -> None:
        """Go back to the remembered parameters."""
        self._run.restore_best()
