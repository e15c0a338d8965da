"""Losses that are functions of a user's, on the compiled engine.

Each batch passes forward twice: once for the scores that the function is given, and once in
the step itself, whose loss "given" has the function's derivatives for targets.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import CustomLoss, LossSettings, Network, Parameters
from .base import Array, OptimizerState, Rates, StepFactors, TrainingData

__all__ = ["GivenLoss", "gradients_by_function", "without_function"]


def without_function(network: Network) -> Network:
    """Return the network as the compiled engine knows it."""
    if network.loss_settings.function is None:
        return network
    return replace(network, loss="given", loss_settings=LossSettings())


class GivenLoss:
    """Rows whose targets are what the function makes of each batch, in its turn.

    Parameters
    ----------
    function : CustomLoss
        Loss and derivatives of a batch.
    data : TrainingData
        All rows, with the targets that the function is given.
    n_outputs : int
        Columns of the scores.

    Attributes
    ----------
    given : TrainingData
        The same rows with the derivatives, times the sum of the batch's weights, for targets.
    """

    def __init__(self, function: CustomLoss, data: TrainingData, n_outputs: int) -> None:
        self._function, self._data = function, data
        derivatives = np.zeros((data.X.shape[0], n_outputs), data.X.dtype)
        self.given = replace(data, targets=derivatives)

    def train_epoch(
        self,
        run: Any,
        order: NDArray[np.int64],
        batch_size: int,
        learning_rate: Rates,
        factors: StepFactors,
    ) -> float:
        """Do what ``run.train_epoch`` does, which reads ``given``, with the function's loss."""
        starts = range(0, len(order), batch_size)
        rates = np.broadcast_to(learning_rate, len(starts)).tolist()
        loss = 0.0
        for number, (start, rate) in enumerate(zip(starts, rates, strict=True)):
            rows = order[start : start + batch_size]
            weight = self._data.sample_weight
            if weight is not None and not weight[rows].any():
                continue  # nothing to learn from: no step
            of_step = factors.of_step(number)
            value = self._evaluate(run, rows, float(of_step.dropout))
            values = (rate, of_step.weight_decay, of_step.dropout)
            loss += len(rows) * (value + run.train_epoch(rows, *map(_one, values)))
        return loss / len(order)

    def _evaluate(self, run: Any, rows: NDArray[np.int64], dropout_factor: float) -> float:
        """Let the function see the scores of a batch, and put its derivatives in place."""
        targets = self.given.targets
        scores = np.empty((len(rows), targets.shape[1]), targets.dtype)
        run.scores(rows, dropout_factor, scores)
        batch_weight = self._data.sample_weight
        weight = None if batch_weight is None else batch_weight[rows]
        value, gradient = self._function(self._data.targets[rows], scores, weight)
        targets[rows] = gradient * _weight_sum(weight, scores)
        return value


def gradients_by_function(
    engine: Any,
    network: Network,
    parameters: Parameters,
    data: TrainingData,
    *,
    n_threads: int | None,
    step: int | None,
    seed: int,
) -> tuple[float, Parameters]:
    """Do what the engine's ``loss_and_gradients`` does, with a loss that is a function."""
    function = network.loss_settings.function
    assert function is not None
    known = without_function(network)
    if step is None:
        scores = engine.forward(
            known, parameters, data.X, n_threads=n_threads, inverse_link=False
        )
    else:
        scores = _scores_in_training(engine, known, parameters, data, n_threads, step, seed)
    value, gradient = function(data.targets, scores, data.sample_weight)
    given = replace(data, targets=gradient * _weight_sum(data.sample_weight, scores))
    penalty, gradients = engine.loss_and_gradients(
        known, parameters, given, n_threads=n_threads, step=step, seed=seed
    )
    return value + penalty, gradients


def _one(value: Any) -> NDArray[np.float64]:
    return np.array([value], np.float64)


def _weight_sum(weight: Array | None, scores: Array) -> Any:
    total = len(scores) if weight is None else weight.sum(dtype=np.float64)
    return scores.dtype.type(total)


class _NoSteps:
    """An optimiser of a run that makes no step."""

    name = "sgd"

    def get_params(self) -> dict[str, Any]:
        return {}

    def of_other_parameters(self) -> "_NoSteps":
        return self


def _scores_in_training(
    engine: Any,
    network: Network,
    parameters: Parameters,
    data: TrainingData,
    n_threads: int | None,
    step: int,
    seed: int,
) -> Array:
    """Compute all rows as the batch of this step, with its dropout and statistics."""
    scores: Array = np.zeros((data.X.shape[0], network.n_outputs), data.X.dtype)
    velocity = Parameters.zeros(network.parameters, parameters.dtype)
    run = engine.start_training(
        network,
        parameters,
        replace(data, targets=scores),
        _NoSteps(),
        OptimizerState(step - 1, [velocity]),
        batch_size=len(scores),
        n_threads=n_threads,
        seed=seed,
    )
    run.scores(np.arange(len(scores), dtype=np.int64), scores)
    return scores
