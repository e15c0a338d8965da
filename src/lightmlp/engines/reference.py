"""The reference engine: it computes in NumPy what a textbook writes.

It judges the compiled engine in tests and serves where nothing compiles. The formulas are
those of :mod:`lightmlp.engines.backpropagation`; the rest is bookkeeping.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import Network, running_average
from .augmenting import train_changed_batches
from .backpropagation import TrainingStep, forward_pass, loss_of_pass
from .base import (
    Array,
    AugmentedRows,
    Optimizer,
    OptimizerState,
    Parameters,
    Rates,
    StepRules,
    TrainingData,
)
from .rules import clip_norm, clip_value, limit_norms, without_decay

__all__ = ["ReferenceEngine", "ReferenceTraining"]


def _quiet() -> np.errstate:
    """Let a diverging network overflow to infinity: the caller judges the parameters."""
    return np.errstate(over="ignore", divide="ignore", invalid="ignore")


class ReferenceEngine:
    """Executes networks in NumPy; ``n_threads`` is left to NumPy's own libraries."""

    name = "reference"

    def forward(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        X: Any,
        *,
        n_threads: int | None = None,
        link: bool = True,
    ) -> Array:
        """Outputs (n_samples, n_outputs), or raw scores without the link."""
        with _quiet():
            scores = forward_pass(network, coefs, intercepts, X)[-1].outputs
            outputs: Array = network.formulas.link(scores) if link else scores
            return outputs

    def hidden_activations(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        X: Any,
        *,
        n_threads: int | None = None,
    ) -> list[Array]:
        """Activations (n_samples, width) of each hidden layer."""
        with _quiet():
            passes = forward_pass(network, coefs, intercepts, X)
            return [done.outputs for done in passes[:-1]]

    def loss_and_gradients(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        data: TrainingData,
        *,
        delta_scale: float = 1.0,
        n_threads: int | None = None,
        step: int | None = None,
        seed: int = 0,
    ) -> tuple[float, list[Array], list[Array]]:
        """Loss with its L1 and L2 terms, and gradients for coefs and intercepts."""
        mode = None if step is None else TrainingStep(step, seed, data.sample_weight)
        parameters = network, coefs, intercepts
        with _quiet():
            passes = forward_pass(*parameters, data.X, mode)
            return loss_of_pass(*parameters, passes, data, mode, delta_scale)

    def start_training(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        data: TrainingData,
        optimizer: Optimizer,
        state: OptimizerState | None,
        *,
        batch_size: int,
        n_threads: int | None = None,
        rules: StepRules = StepRules(),
        seed: int = 0,
    ) -> "ReferenceTraining":
        """Begin a run; parameters and state are copied, ``data`` is not."""
        return ReferenceTraining(
            network, coefs, intercepts, data, optimizer, state, batch_size, rules, seed
        )


class ReferenceTraining:
    """A training run in NumPy."""

    def __init__(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        data: TrainingData,
        optimizer: Optimizer,
        state: OptimizerState | None,
        batch_size: int,
        rules: StepRules,
        seed: int,
    ) -> None:
        self._network = network
        self._rules, self._seed = rules, seed
        self.set_data(data, batch_size)
        n_layers = len(coefs)
        if rules.weight_decay is not None:
            optimizer = without_decay(optimizer)
        self._optimizers = [optimizer] * (n_layers - 1) + [optimizer.of_output_layer()]
        self._bias_optimizer = optimizer
        self._coefs = _copies(coefs)
        self._intercepts = _copies(intercepts)
        self._best: Parameters | None = None
        parameters = self._coefs + self._intercepts
        if state is None or not state.slots:
            self._n_steps = 0
            self._slots = [
                [np.zeros_like(parameter) for parameter in parameters]
                for _ in range(optimizer.n_slots)
            ]
        else:
            self._n_steps = state.n_steps
            self._slots = [_copies(slot) for slot in state.slots]

    def train_epoch(self, order: NDArray[np.int64], learning_rate: Rates) -> float:
        """Visit the rows in this order, one step a batch; return the mean loss."""
        starts = range(0, len(order), self._batch_size)
        rates = np.broadcast_to(learning_rate, len(starts)).tolist()
        loss = 0.0
        with _quiet():
            for start, rate in zip(starts, rates, strict=True):
                rows = order[start : start + self._batch_size]
                loss += len(rows) * self._train_batch(self._data.take(rows), rate)
        return loss / len(order)

    def train_augmented(
        self, rows: AugmentedRows, order: NDArray[np.int64], learning_rate: Rates
    ) -> float:
        """Do as :meth:`train_epoch`, with changed rows."""
        return train_changed_batches(self, rows, order, learning_rate)

    def set_data(self, data: TrainingData, batch_size: int) -> None:
        """Go on with other rows, and batches of another size."""
        self._data, self._batch_size = data, batch_size

    def _train_batch(self, batch: TrainingData, learning_rate: float) -> float:
        """Make one step; return the batch's loss before it."""
        weight = batch.sample_weight
        if weight is not None and weight.sum() == 0:
            return 0.0
        self._n_steps += 1
        step = TrainingStep(self._n_steps, self._seed, weight, self._rules.n_frozen)
        parameters = self._network, self._coefs, self._intercepts
        passes = forward_pass(*parameters, batch.X, step)
        loss, dW, db = loss_of_pass(*parameters, passes, batch, step)
        self._clip(dW + db)
        for index, of_W, of_b in zip(self._trained_layers(), dW, db, strict=True):
            self._update_layer(index, of_W, of_b, learning_rate)
            statistics = passes[index].statistics
            if passes[index].uses_batch and statistics is not None:
                self._follow_batch(index, statistics)
        return loss

    def _trained_layers(self) -> range:
        return range(self._rules.n_frozen, len(self._coefs))

    def _clip(self, gradients: list[Array]) -> None:
        if self._rules.clip_value is not None:
            clip_value(gradients, self._rules.clip_value)
        if self._rules.clip_norm is not None:
            clip_norm(gradients, self._rules.clip_norm)

    def _update_layer(
        self, index: int, coef_gradient: Array, intercept_gradient: Array, rate: float
    ) -> None:
        """Change a layer's weights, shift and scale; running statistics have no gradient."""
        rules, W = self._rules, self._coefs[index]
        if rules.layer_rates is not None:
            rate *= rules.layer_rates[index]
        if rules.weight_decay is not None:
            W *= 1 - rate * rules.weight_decay
        slots = [slot[index] for slot in self._slots]
        self._optimizers[index].update(W, coef_gradient, slots, rate, self._n_steps)
        if rules.max_norm is not None:
            limit_norms(W, rules.max_norm)
        biases, gradient, *slots = (
            _trained_biases(array)
            for array in (
                self._intercepts[index],
                intercept_gradient,
                *(slot[len(self._coefs) + index] for slot in self._slots),
            )
        )
        self._bias_optimizer.update(biases, gradient, slots, rate, self._n_steps)

    def _follow_batch(self, index: int, statistics: tuple[Array, Array]) -> None:
        """Let the running statistics of a layer follow those of the batch."""
        running = self._intercepts[index][2:]
        for average, of_batch in zip(running, statistics, strict=True):
            average[:] = running_average(average, of_batch)

    def shuffle(self, order: NDArray[np.int64], random_state: np.random.RandomState) -> None:
        """Shuffle in place."""
        random_state.shuffle(order)

    def forward(self, X: Any) -> Array:
        """Outputs (n_samples, n_outputs) at the current parameters."""
        return ReferenceEngine().forward(self._network, self._coefs, self._intercepts, X)

    def parameters(self) -> Parameters:
        """Copies of the current parameters."""
        return _copies(self._coefs), _copies(self._intercepts)

    def set_parameters(self, coefs: Sequence[Array], intercepts: Sequence[Array]) -> None:
        """Copy these parameters into the run."""
        self._coefs, self._intercepts = _copies(coefs), _copies(intercepts)

    def optimizer_state(self) -> OptimizerState:
        """Copies of the optimiser's state."""
        return OptimizerState(self._n_steps, [_copies(slot) for slot in self._slots])

    def share_optimizer_state(self) -> OptimizerState:
        """The optimiser's state itself; the run is to make no more steps."""
        return OptimizerState(self._n_steps, self._slots)

    def keep_best(self) -> None:
        """Remember the current parameters."""
        self._best = self.parameters()

    def restore_best(self) -> None:
        """Go back to the remembered parameters; if there are none, change nothing."""
        if self._best is not None:
            self.set_parameters(*self._best)


def _trained_biases(biases: Array) -> Array:
    """View the bias, or shift and scale, as one vector: optimisers know biases by that."""
    return biases if biases.ndim == 1 else biases[:2].reshape(-1)


def _copies(arrays: Sequence[Array]) -> list[Array]:
    return [np.array(array) for array in arrays]
