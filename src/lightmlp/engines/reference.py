"""The reference engine: backpropagation in NumPy as a textbook writes it.

It judges the compiled engine in tests and serves where nothing compiles. The formulas are
:func:`forward_pass` and :func:`backward_pass`; the rest is bookkeeping. Layers are numbered
from 0; ``A[0]`` is X, and layer l turns ``A[l]`` into ``Z[l]`` and that into ``A[l + 1]``:

    forward     Z[l] = A[l] @ W[l] + b[l]           A[l + 1] = f(Z[l])
    backward    delta[l] = (delta[l + 1] @ W[l + 1].T) * f'(Z[l])
    gradients   dL/dW[l] = A[l].T @ delta[l]        dL/db[l] = sum of delta[l] over the rows
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import ACTIVATIONS, LOSSES, Network
from .base import Array, Optimizer, OptimizerState, Parameters, Rates, TrainingData

__all__ = ["ReferenceEngine", "ReferenceTraining", "backward_pass", "forward_pass"]


def forward_pass(
    network: Network, coefs: Sequence[Array], intercepts: Sequence[Array], X: Any
) -> tuple[list[Array], list[Any]]:
    """Compute all layers from the input to the scores.

    Parameters
    ----------
    network : Network
        The layers.
    coefs : sequence of ndarray of shape (n_inputs, n_outputs)
        Weights W of each layer.
    intercepts : sequence of ndarray of shape (n_outputs,)
        Biases b of each layer.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    Z : list of ndarray of shape (n_samples, n_outputs)
        Weighted sums of each layer.
    A : list of ndarray
        ``A[0]`` is X, ``A[l + 1]`` the activations of layer l; ``A[-1]`` are the scores.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.reference import forward_pass
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> coefs = [np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[2.0], [3.0]])]
    >>> intercepts = [np.zeros(2), np.ones(1)]
    >>> Z, A = forward_pass(network, coefs, intercepts, np.array([[1.0, 2.0]]))
    >>> Z[0], A[1], A[2]
    (array([[ 3., -3.]]), array([[3., 0.]]), array([[7.]]))
    """
    Z: list[Array] = []
    A: list[Any] = [X]
    for layer, W, b in zip(network.layers, coefs, intercepts, strict=True):
        Z.append(A[-1] @ W + b)
        A.append(ACTIVATIONS[layer.activation].forward(Z[-1]))
    return Z, A


def backward_pass(
    network: Network, coefs: Sequence[Array], Z: list[Array], A: list[Any], delta: Array
) -> tuple[list[Array], list[Array]]:
    """Carry the derivative of the loss back from the scores to every parameter.

    Parameters
    ----------
    network, coefs
        As in :func:`forward_pass`.
    Z, A
        What :func:`forward_pass` returned.
    delta : ndarray of shape (n_samples, n_outputs)
        Derivative of the loss with respect to the scores.

    Returns
    -------
    coef_gradients : list of ndarray of shape (n_inputs, n_outputs)
    intercept_gradients : list of ndarray of shape (n_outputs,)

    References
    ----------
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors", Nature 323, equations 5 to 7.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.reference import backward_pass, forward_pass
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 2, 1], "relu", "squared_error")
    >>> coefs = [np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[2.0], [3.0]])]
    >>> intercepts = [np.zeros(2), np.ones(1)]
    >>> Z, A = forward_pass(network, coefs, intercepts, np.array([[1.0, 2.0]]))
    >>> coef_gradients, _ = backward_pass(network, coefs, Z, A, np.array([[0.5]]))
    >>> coef_gradients[0]
    array([[1., 0.],
           [2., 0.]])
    """
    last = len(network.layers) - 1
    coef_gradients: list[Array] = []
    intercept_gradients: list[Array] = []
    for layer in range(last, -1, -1):
        if layer < last:
            activation = ACTIVATIONS[network.layers[layer].activation]
            slope = activation.derivative(Z[layer], A[layer + 1])
            delta = (delta @ coefs[layer + 1].T) * slope
        coef_gradients.insert(0, A[layer].T @ delta)
        intercept_gradients.insert(0, delta.sum(axis=0))
    return coef_gradients, intercept_gradients


def _loss_and_gradients(
    network: Network,
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    data: TrainingData,
    delta_scale: float,
) -> tuple[float, list[Array], list[Array]]:
    """Weighted mean of the rows' losses plus the L2 term, and the gradients of both."""
    loss = LOSSES[network.loss].with_settings(network.loss_settings)
    weight = data.sample_weight
    weight_sum = float(data.X.shape[0] if weight is None else weight.sum())

    Z, A = forward_pass(network, coefs, intercepts, data.X)
    outputs = loss.link(A[-1])

    squared_norm = sum(float(np.vdot(W, W)) for W in coefs)
    value = loss.value(data.targets, outputs, weight)
    value += 0.5 * network.alpha * squared_norm / weight_sum

    delta = loss.delta(data.targets, outputs) * delta_scale
    if weight is not None:
        delta *= weight[:, np.newaxis]
    coef_gradients, intercept_gradients = backward_pass(network, coefs, Z, A, delta)
    return (
        value,
        [
            (gradient + network.alpha * W) / weight_sum
            for gradient, W in zip(coef_gradients, coefs, strict=True)
        ],
        [gradient / weight_sum for gradient in intercept_gradients],
    )


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
            scores = forward_pass(network, coefs, intercepts, X)[1][-1]
            loss = LOSSES[network.loss].with_settings(network.loss_settings)
            outputs: Array = loss.link(scores) if link else scores
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
            return forward_pass(network, coefs, intercepts, X)[1][1:-1]

    def loss_and_gradients(
        self,
        network: Network,
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        data: TrainingData,
        *,
        delta_scale: float = 1.0,
        n_threads: int | None = None,
    ) -> tuple[float, list[Array], list[Array]]:
        """Loss with its L2 term, and gradients for coefs and intercepts."""
        with _quiet():
            return _loss_and_gradients(network, coefs, intercepts, data, delta_scale)

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
    ) -> "ReferenceTraining":
        """Begin a run; parameters and state are copied, ``data`` is not."""
        return ReferenceTraining(network, coefs, intercepts, data, optimizer, state, batch_size)


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
    ) -> None:
        self._network = network
        self._data = data
        n_layers = len(coefs)
        self._rules = [optimizer] * (2 * n_layers)
        self._rules[n_layers - 1] = optimizer.of_output_layer()
        self._batch_size = batch_size
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
                loss += len(rows) * self._train_batch(self._batch(rows), rate)
        return loss / len(order)

    def set_data(self, data: TrainingData, batch_size: int) -> None:
        """Go on with other rows, and batches of another size."""
        self._data, self._batch_size = data, batch_size

    def _batch(self, rows: NDArray[np.int64]) -> TrainingData:
        X, targets, weight = self._data.X, self._data.targets, self._data.sample_weight
        return TrainingData(X[rows], targets[rows], None if weight is None else weight[rows])

    def _train_batch(self, batch: TrainingData, learning_rate: float) -> float:
        """Make one step; return the batch's loss before it."""
        if batch.sample_weight is not None and batch.sample_weight.sum() == 0:
            return 0.0
        loss, coef_gradients, intercept_gradients = _loss_and_gradients(
            self._network, self._coefs, self._intercepts, batch, delta_scale=1.0
        )
        self._n_steps += 1
        for rule, parameter, gradient, *slots in zip(
            self._rules,
            self._coefs + self._intercepts,
            coef_gradients + intercept_gradients,
            *self._slots,
            strict=True,
        ):
            rule.update(parameter, gradient, slots, learning_rate, self._n_steps)
        return loss

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

    def keep_best(self) -> None:
        """Remember the current parameters."""
        self._best = self.parameters()

    def restore_best(self) -> None:
        """Go back to the remembered parameters; if there are none, change nothing."""
        if self._best is not None:
            coefs, intercepts = self._best
            self._coefs, self._intercepts = _copies(coefs), _copies(intercepts)


def _copies(arrays: Sequence[Array]) -> list[Array]:
    return [np.array(array) for array in arrays]
