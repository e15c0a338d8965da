"""Backpropagation in NumPy as a textbook writes it.

Layers are numbered from 0; layer l turns ``inputs`` into ``Z`` and that into ``outputs``,
which are the inputs of layer l + 1:

    forward     Z[l] = inputs[l] @ W[l] + b[l]      outputs[l] = f(Z[l])
    backward    delta[l] = (delta[l + 1] @ W[l + 1].T) * f'(Z[l])
    gradients   dL/dW[l] = inputs[l].T @ delta[l]   dL/db[l] = sum of delta[l] over the rows

Normalisation stands between the sums ``inputs @ W`` and Z, with a shift in the place of b;
dropout multiplies the activations f(Z) by random factors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import (
    Dense,
    Network,
    batch_norm_delta,
    batch_statistics,
    drop_entries,
    dropout_factors,
    find_activation,
    layer_norm,
    layer_norm_delta,
    standardize,
)
from .base import Array, TrainingData

__all__ = ["LayerPass", "TrainingStep", "backward_pass", "forward_pass", "loss_of_pass"]


@dataclass(frozen=True)
class TrainingStep:
    """What a pass depends on in training, and not in a prediction.

    Parameters
    ----------
    number : int
        Number of the step, from 1, for the dropout masks.
    seed : int
        Seed of the masks.
    sample_weight : ndarray of shape (n_rows,) or None
        Weights of the rows in the statistics of the batch.
    n_frozen : int, default=0
        So many layers, from the input on, use their running statistics.
    """

    number: int
    seed: int
    sample_weight: Array | None
    n_frozen: int = 0

    def uses_batch(self, index: int, layer: Dense, n_rows: int) -> bool:
        """Whether a layer normalises by this batch; a single row has no variance."""
        return layer.normalization == "batch" and index >= self.n_frozen and n_rows > 1


@dataclass(frozen=True)
class LayerPass:
    """What a layer computed on the way forward.

    Parameters
    ----------
    inputs : ndarray or CSR matrix of shape (n_rows, n_inputs)
        The rows, or the outputs of the layer before.
    sums : ndarray of shape (n_rows, n_outputs)
        ``inputs @ W``.
    Z : ndarray of shape (n_rows, n_outputs)
        What enters the activation: sums with a bias, or normalised.
    activations : ndarray of shape (n_rows, n_outputs)
        f(Z).
    outputs : ndarray of shape (n_rows, n_outputs)
        The activations after dropout.
    factors : ndarray of shape (n_rows, n_outputs) or None
        What dropout multiplied them by.
    statistics : tuple of two ndarray of shape (n_outputs,), or None
        Mean and variance by which batch normalisation worked.
    uses_batch : bool
        Whether these are those of the batch, which depend on the sums.
    """

    inputs: Any
    sums: Array
    Z: Array
    activations: Array
    outputs: Array
    factors: Array | None
    statistics: tuple[Array, Array] | None
    uses_batch: bool


def forward_pass(
    network: Network,
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    X: Any,
    step: TrainingStep | None = None,
) -> list[LayerPass]:
    """Compute all layers from the input to the scores.

    Parameters
    ----------
    network : Network
        The layers.
    coefs : sequence of ndarray of shape (n_inputs, n_outputs)
        Weights W of each layer.
    intercepts : sequence of ndarray of shape ``layer.bias_shape``
        Biases b of each layer, or shift, scale and running statistics.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Rows.
    step : TrainingStep or None, default=None
        The step of training that the pass belongs to; None: it predicts.

    Returns
    -------
    list of LayerPass
        One a layer; the scores are the outputs of the last.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.backpropagation import forward_pass
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> coefs = [np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[2.0], [3.0]])]
    >>> intercepts = [np.zeros(2), np.ones(1)]
    >>> hidden, output = forward_pass(network, coefs, intercepts, np.array([[1.0, 2.0]]))
    >>> hidden.Z, hidden.outputs, output.outputs
    (array([[ 3., -3.]]), array([[3., 0.]]), array([[7.]]))
    """
    values = X if step is None else _drop_inputs(network.input_dropout, X, step)
    passes: list[LayerPass] = []
    for index, (layer, W, b) in enumerate(zip(network.layers, coefs, intercepts, strict=True)):
        passes.append(_layer_pass(index, layer, W, b, values, step))
        values = passes[-1].outputs
    return passes


def _drop_inputs(rate: float, X: Any, step: TrainingStep) -> Any:
    if rate == 0:
        return X
    if not isinstance(X, np.ndarray):
        return drop_entries(X, rate, step.seed, step.number, 0)
    n_rows, n_columns = X.shape
    return X * dropout_factors(rate, step.seed, step.number, 0, n_rows, n_columns, X.dtype)


def _layer_pass(
    index: int, layer: Dense, W: Array, b: Array, inputs: Any, step: TrainingStep | None
) -> LayerPass:
    sums = inputs @ W
    uses_batch = step is not None and step.uses_batch(index, layer, len(sums))
    statistics, factors = None, None
    if layer.normalization is None:
        Z = sums + b
    elif layer.normalization == "layer":
        Z = layer_norm(sums, scale=b[1], shift=b[0])
    else:
        weight = None if step is None else step.sample_weight
        statistics = batch_statistics(sums, weight) if uses_batch else (b[2], b[3])
        Z = standardize(sums, *statistics) * b[1] + b[0]
    activations = outputs = find_activation(layer.activation).forward(Z)
    if step is not None and layer.dropout > 0:
        place = step.seed, step.number, index + 1
        factors = dropout_factors(layer.dropout, *place, len(Z), layer.n_outputs, Z.dtype)
        outputs = activations * factors
    return LayerPass(inputs, sums, Z, activations, outputs, factors, statistics, uses_batch)


def backward_pass(
    network: Network,
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    passes: Sequence[LayerPass],
    delta: Array,
    step: TrainingStep | None = None,
) -> tuple[list[Array], list[Array]]:
    """Carry the derivative of the loss back from the scores to every trained parameter.

    Parameters
    ----------
    network, coefs, intercepts, step
        As in :func:`forward_pass`.
    passes : list of LayerPass
        What :func:`forward_pass` returned.
    delta : ndarray of shape (n_samples, n_outputs)
        Derivative of the loss with respect to the scores, the weights of rows included.

    Returns
    -------
    coef_gradients : list of ndarray of shape (n_inputs, n_outputs)
    intercept_gradients : list of ndarray of shape ``layer.bias_shape``
        Those of the layers that are not frozen.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 5 to 7.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.backpropagation import backward_pass, forward_pass
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> coefs = [np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[2.0], [3.0]])]
    >>> intercepts = [np.zeros(2), np.ones(1)]
    >>> passes = forward_pass(network, coefs, intercepts, np.array([[1.0, 2.0]]))
    >>> coef_gradients, _ = backward_pass(
    ...     network, coefs, intercepts, passes, np.array([[0.5]])
    ... )
    >>> coef_gradients[0]
    array([[1., 0.],
           [2., 0.]])
    """
    last = len(network.layers) - 1
    first = 0 if step is None else step.n_frozen
    coef_gradients: list[Array] = []
    intercept_gradients: list[Array] = []
    for index in range(last, first - 1, -1):
        layer, done = network.layers[index], passes[index]
        if index < last:
            delta = delta @ coefs[index + 1].T
            if done.factors is not None:
                delta = delta * done.factors
            activation = find_activation(layer.activation)
            slope = activation.derivative(done.Z, done.activations)
            delta = delta * slope
        delta, gradient = _through_sums(layer, intercepts[index], done, delta, step)
        coef_gradients.insert(0, done.inputs.T @ delta)
        intercept_gradients.insert(0, gradient)
    return coef_gradients, intercept_gradients


def _through_sums(
    layer: Dense, b: Array, done: LayerPass, delta: Array, step: TrainingStep | None
) -> tuple[Array, Array]:
    """Go from the derivative by Z to that by the sums, and to the gradient of b."""
    if layer.normalization is None:
        return delta, delta.sum(axis=0)
    gradient = np.zeros_like(b)
    gradient[0] = delta.sum(axis=0)
    if layer.normalization == "layer":
        ones, zeros = np.ones_like(b[0]), np.zeros_like(b[0])
        gradient[1] = (delta * layer_norm(done.sums, ones, zeros)).sum(axis=0)
        return layer_norm_delta(delta, done.sums, b[1]), gradient
    assert done.statistics is not None
    gradient[1] = (delta * standardize(done.sums, *done.statistics)).sum(axis=0)
    if done.uses_batch and step is not None:
        return batch_norm_delta(delta, done.sums, b[1], step.sample_weight), gradient
    back = standardize(delta * b[1], np.zeros_like(b[2]), done.statistics[1])
    return back, gradient


def loss_of_pass(
    network: Network,
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    passes: Sequence[LayerPass],
    data: TrainingData,
    step: TrainingStep | None = None,
    delta_scale: float = 1.0,
) -> tuple[float, list[Array], list[Array]]:
    """Weighted mean of the rows' losses plus the penalties, and the gradients of both.

    Parameters
    ----------
    network, coefs, intercepts, step
        As in :func:`forward_pass`.
    passes : list of LayerPass
        What :func:`forward_pass` returned for ``data.X``.
    data : TrainingData
        The rows.
    delta_scale : float, default=1.0
        Factor of the derivative of the loss with respect to the scores.

    Returns
    -------
    loss : float
    coef_gradients, intercept_gradients : list of ndarray
        Those of the layers that are not frozen.
    """
    weight = data.sample_weight
    weight_sum = float(data.X.shape[0] if weight is None else weight.sum())
    value, delta = _value_and_delta(network, passes[-1].outputs, data, weight_sum, delta_scale)
    value += _penalty(network, coefs) / weight_sum
    coef_gradients, intercept_gradients = backward_pass(
        network, coefs, intercepts, passes, delta, step
    )
    trained = coefs[len(coefs) - len(coef_gradients) :]
    return (
        value,
        [
            (gradient + _penalty_slope(network, W)) / weight_sum
            for gradient, W in zip(coef_gradients, trained, strict=True)
        ],
        [gradient / weight_sum for gradient in intercept_gradients],
    )


def _value_and_delta(
    network: Network, scores: Array, data: TrainingData, weight_sum: float, delta_scale: float
) -> tuple[float, Array]:
    """Return the mean loss, and the derivative of its sum over the weighted rows."""
    targets, weight = data.targets, data.sample_weight
    function = network.loss_settings.function
    if function is not None:
        value, gradient = function(targets, scores, weight)
        return value, gradient * scores.dtype.type(weight_sum)
    loss = network.formulas
    outputs = loss.link(scores)
    delta = loss.delta(targets, outputs) * delta_scale
    if weight is not None:
        delta *= weight[:, np.newaxis]
        delta[weight == 0] = 0  # also where it was infinite
    return loss.value(targets, outputs, weight), delta


def _penalty(network: Network, coefs: Sequence[Array]) -> float:
    squared_norm = sum(float(np.vdot(W, W)) for W in coefs)
    penalty = 0.5 * network.alpha * squared_norm
    if network.l1 > 0:
        penalty += network.l1 * sum(float(np.abs(W).sum()) for W in coefs)
    return penalty


def _penalty_slope(network: Network, W: Array) -> Array:
    slope: Array = network.alpha * W
    return slope + network.l1 * np.sign(W) if network.l1 > 0 else slope
