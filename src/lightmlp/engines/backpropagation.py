"""Backpropagation in NumPy as a textbook writes it.

A network is a sequence of layers, each a function of its inputs and its own parameters:

    forward     outputs[l], memory[l] = layer[l].forward(inputs[l]);  inputs[l + 1] = outputs[l]
    backward    delta[l] = layer[l].backward(delta[l + 1])
    gradients   dL/dparameters[l] = layer[l].gradients(delta[l + 1])

where delta[l] is the derivative of the loss by the inputs of layer l. For the layers of a
perceptron, Z = X W + b and A = f(Z), these are the four equations of backpropagation; they are
written where the kinds of layers are, in ``network/layers``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import Network, Parameters, Place, TrainingStep
from .base import Array, TrainingData

__all__ = ["ForwardPass", "backward_pass", "first_trained", "forward_pass", "loss_of_pass"]


@dataclass(frozen=True)
class ForwardPass:
    """What the layers computed on the way forward.

    Parameters
    ----------
    inputs : list of ndarray, CSR matrix or MixedTable of shape (n_rows, n_inputs)
        What entered each layer.
    scores : ndarray of shape (n_rows, n_outputs)
        What left the last one.
    memories : list
        What each layer keeps for the way back.
    places : list of Place
        Where each layer stands.
    """

    inputs: list[Any]
    scores: Array
    memories: list[Any]
    places: list[Place]


def first_trained(network: Network, frozen: frozenset[int]) -> int:
    """Return the number of the first layer with parameters to train that is not frozen.

    Parameters
    ----------
    network : Network
        The layers.
    frozen : frozenset of int
        Numbers of layers that are frozen.

    Returns
    -------
    int
    """
    return min(
        index
        for index, layer in enumerate(network.layers)
        if index not in frozen and any(spec.trained for spec in layer.parameters)
    )


def _places(network: Network, step: TrainingStep | None) -> list[Place]:
    frozen = frozenset() if step is None else step.frozen
    places, depth = [], 0
    for index in range(len(network.layers)):
        places.append(Place(depth, step, index in frozen))
        depth += index in network.linear_layers
    return places


def forward_pass(
    network: Network, parameters: Parameters, X: Any, step: TrainingStep | None = None
) -> ForwardPass:
    """Compute all layers from the input to the scores.

    Parameters
    ----------
    network : Network
        The layers.
    parameters : Parameters
        Those of all layers.
    X : ndarray, CSR matrix or MixedTable of shape (n_samples, n_features)
        Rows.
    step : TrainingStep or None, default=None
        The step of training that the pass belongs to; None: it predicts.

    Returns
    -------
    ForwardPass

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.backpropagation import forward_pass
    >>> from lightmlp.network import Network, Parameters
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> buffer = np.array([1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 2.0, 3.0, 1.0])
    >>> parameters = Parameters.of_buffer(network.parameters, buffer)
    >>> done = forward_pass(network, parameters, np.array([[1.0, 2.0]]))
    >>> done.inputs[1], done.inputs[2], done.scores
    (array([[ 3., -3.]]), array([[3., 0.]]), array([[7.]]))
    """
    places = _places(network, step)
    inputs, memories, values = [], [], X
    for index, (layer, place) in enumerate(zip(network.layers, places, strict=True)):
        inputs.append(values)
        values, memory = layer.forward(parameters.of_layer(index), values, place)
        memories.append(memory)
    return ForwardPass(inputs, values, memories, places)


def backward_pass(
    network: Network, parameters: Parameters, done: ForwardPass, delta: Array
) -> dict[str, Array]:
    """Carry the derivative of the loss back from the scores to every trained parameter.

    Parameters
    ----------
    network, parameters
        As in :func:`forward_pass`.
    done : ForwardPass
        What :func:`forward_pass` returned.
    delta : ndarray of shape (n_samples, n_outputs)
        Derivative of the loss with respect to the scores, the weights of rows included.

    Returns
    -------
    dict of str to ndarray
        The gradients by the names of the parameters, without those of frozen layers.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 5 to 7.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.backpropagation import backward_pass, forward_pass
    >>> from lightmlp.network import Network, Parameters
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> buffer = np.array([1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 2.0, 3.0, 1.0])
    >>> parameters = Parameters.of_buffer(network.parameters, buffer)
    >>> done = forward_pass(network, parameters, np.array([[1.0, 2.0]]))
    >>> backward_pass(network, parameters, done, np.array([[0.5]]))["layers.0.weight"]
    array([[1., 0.],
           [2., 0.]])
    """
    step = done.places[0].step
    first = first_trained(network, frozenset() if step is None else step.frozen)
    gradients: dict[str, Array] = {}
    for index in range(len(network.layers) - 1, first - 1, -1):
        layer = network.layers[index]
        of_layer = parameters.of_layer(index), done.memories[index], delta, done.places[index]
        for name, gradient in layer.gradients(*of_layer).items():
            gradients[f"layers.{index}.{name}"] = gradient
        if index > first:
            delta = layer.backward(*of_layer)
    return gradients


def loss_of_pass(
    network: Network,
    parameters: Parameters,
    done: ForwardPass,
    data: TrainingData,
    delta_scale: float = 1.0,
) -> tuple[float, dict[str, Array]]:
    """Weighted mean of the rows' losses plus the penalties, and the gradients of both.

    Parameters
    ----------
    network, parameters
        As in :func:`forward_pass`.
    done : ForwardPass
        What :func:`forward_pass` returned for ``data.X``.
    data : TrainingData
        The rows.
    delta_scale : float, default=1.0
        Factor of the derivative of the loss with respect to the scores.

    Returns
    -------
    loss : float
    gradients : dict of str to ndarray
        By the names of the parameters, in their order, without those of frozen layers.
    """
    weight = data.sample_weight
    weight_sum = float(data.X.shape[0] if weight is None else weight.sum())
    value, delta = _value_and_delta(network, done.scores, data, weight_sum, delta_scale)
    value += _penalty(network, parameters.of_role("weight")) / weight_sum
    sums = backward_pass(network, parameters, done, delta)
    gradients = {}
    for name, spec in network.parameters.items():
        if name in sums:
            if spec.role == "weight":
                sums[name] = sums[name] + _penalty_slope(network, parameters[name])
            gradients[name] = sums[name] / weight_sum
    return value, gradients


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
    outputs = loss.inverse_link(scores)
    delta = loss.delta(targets, outputs) * delta_scale
    if weight is not None:
        delta *= weight[:, np.newaxis]
        delta[weight == 0] = 0  # also where it was infinite
    return loss.value(targets, outputs, weight), delta


def _penalty(network: Network, weights: list[Array]) -> float:
    squared_norm = sum(float(np.vdot(W, W)) for W in weights)
    penalty = 0.5 * network.alpha * squared_norm
    if network.l1 > 0:
        penalty += network.l1 * sum(float(np.abs(W).sum()) for W in weights)
    return penalty


def _penalty_slope(network: Network, W: Array) -> Array:
    slope: Array = network.alpha * W
    return slope + network.l1 * np.sign(W) if network.l1 > 0 else slope
