"""The reference engine: it computes in NumPy what a textbook writes.

It judges the compiled engine in tests and serves where nothing compiles. The formulas are
those of :mod:`lightmlp.engines.backpropagation`; the rest is bookkeeping.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import Network, Parameters, TrainingStep
from .augmenting import train_transformed_batches
from .backpropagation import forward_pass, loss_of_pass
from .base import (
    Array,
    AugmentedRows,
    Optimizer,
    OptimizerState,
    Rates,
    StepFactors,
    StepRules,
    TrainingData,
)
from .rules import clip_norm, clip_value, frozen_layers, limit_norms, parameter_rules

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
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
        inverse_link: bool = True,
    ) -> Array:
        """Outputs (n_samples, n_outputs), or raw scores without the inverse link."""
        with _quiet():
            scores = forward_pass(network, parameters, X).scores
            outputs: Array = network.formulas.inverse_link(scores) if inverse_link else scores
            return outputs

    def hidden_activations(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        n_threads: int | None = None,
    ) -> list[Array]:
        """Activations (n_samples, width) of each hidden layer."""
        with _quiet():
            done = forward_pass(network, parameters, X)
            return [done.inputs[index] for index in network.linear_layers[1:]]

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
        mode = None if step is None else TrainingStep(step, seed, data.sample_weight)
        gradients = Parameters.zeros(network.parameters, parameters.dtype)
        with _quiet():
            done = forward_pass(network, parameters, data.X, mode)
            loss, found = loss_of_pass(network, parameters, done, data, delta_scale)
        for name, gradient in found.items():
            gradients[name][...] = gradient
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
    ) -> "ReferenceTraining":
        """Begin a run; parameters and state are copied, ``data`` is not."""
        return ReferenceTraining(
            network, parameters, data, optimizer, state, batch_size, rules, seed
        )


class ReferenceTraining:
    """A training run in NumPy."""

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
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
        self._parameter_rules = parameter_rules(network, optimizer, rules)
        self._frozen = frozen_layers(network, self._parameter_rules)
        self._parameters = parameters.copy()
        self._best: Parameters | None = None
        if state is None or not state.slots:
            self._n_steps = 0
            self._slots = [
                Parameters.zeros(network.parameters, parameters.dtype)
                for _ in range(optimizer.n_slots)
            ]
        else:
            self._n_steps = state.n_steps
            self._slots = [slot.copy() for slot in state.slots]

    def train_epoch(
        self,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Visit the rows in this order, one step per batch; return the mean loss."""
        starts = range(0, len(order), self._batch_size)
        rates = np.broadcast_to(learning_rate, len(starts)).tolist()
        loss = 0.0
        with _quiet():
            for number, (start, rate) in enumerate(zip(starts, rates, strict=True)):
                rows = order[start : start + self._batch_size]
                batch, of_step = self._data.take(rows), factors.of_step(number)
                loss += len(rows) * self._train_batch(batch, rate, of_step)
        return loss / len(order)

    def train_augmented(
        self,
        rows: AugmentedRows,
        order: NDArray[np.int64],
        learning_rate: Rates,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Do as :meth:`train_epoch`, with changed rows."""
        return train_transformed_batches(self, rows, order, learning_rate, factors)

    def set_data(self, data: TrainingData, batch_size: int) -> None:
        """Go on with other rows, and batches of another size."""
        self._data, self._batch_size = data, batch_size

    def _train_batch(
        self, batch: TrainingData, learning_rate: float, factors: StepFactors
    ) -> float:
        """Make one step; return the batch's loss before it."""
        weight = batch.sample_weight
        if weight is not None and weight.sum() == 0:
            return 0.0
        self._n_steps += 1
        dropout_factor = float(factors.dropout)
        step = TrainingStep(self._n_steps, self._seed, weight, self._frozen, dropout_factor)
        done = forward_pass(self._network, self._parameters, batch.X, step)
        loss, gradients = loss_of_pass(self._network, self._parameters, done, batch)
        gradients = {
            name: gradient
            for name, gradient in gradients.items()
            if not self._parameter_rules[name].frozen
        }
        self._clip(gradients)
        for name, gradient in gradients.items():
            self._update(name, gradient, learning_rate, float(factors.weight_decay))
        for index, layer in enumerate(self._network.layers):
            layer.follow(self._parameters.of_layer(index), done.memories[index])
        return loss

    def _clip(self, gradients: dict[str, Array]) -> None:
        roles = self._network.parameters
        names = sorted(gradients, key=lambda name: roles[name].role != "weight")
        arrays = [gradients[name] for name in names]  # as the compiled engine adds them up
        if self._rules.clip_value is not None:
            clip_value(arrays, self._rules.clip_value)
        if self._rules.clip_norm is not None:
            clip_norm(arrays, self._rules.clip_norm)

    def _update(
        self, name: str, gradient: Array, learning_rate: float, decay_factor: float
    ) -> None:
        """Change a parameter by its rule."""
        rule, parameter = self._parameter_rules[name], self._parameters[name]
        rate = learning_rate * rule.lr_factor
        if rule.weight_decay != 0:
            parameter *= 1 - rate * (decay_factor * rule.weight_decay)
        slots = [slot[name] for slot in self._slots]
        rule.optimizer.update(parameter, gradient, slots, rate, self._n_steps)
        if rule.max_norm is not None:
            limit_norms(parameter, rule.max_norm)

    def shuffle(self, order: NDArray[np.int64], random_state: np.random.RandomState) -> None:
        """Shuffle in place."""
        random_state.shuffle(order)

    def forward(self, X: Any) -> Array:
        """Outputs (n_samples, n_outputs) at the current parameters."""
        return ReferenceEngine().forward(self._network, self._parameters, X)

    def parameters(self) -> Parameters:
        """Copies of the current parameters."""
        return self._parameters.copy()

    def set_parameters(self, parameters: Parameters) -> None:
        """Copy these parameters into the run."""
        self._parameters = parameters.copy()

    def optimizer_state(self) -> OptimizerState:
        """Copies of the optimiser's state."""
        return OptimizerState(self._n_steps, [slot.copy() for slot in self._slots])

    def share_optimizer_state(self) -> OptimizerState:
        """The optimiser's state itself; the run is to make no more steps."""
        return OptimizerState(self._n_steps, self._slots)

    def keep_best(self) -> None:
        """Remember the current parameters."""
        self._best = self.parameters()

    def restore_best(self) -> None:
        """Go back to the remembered parameters; if there are none, change nothing."""
        if self._best is not None:
            self.set_parameters(self._best)
