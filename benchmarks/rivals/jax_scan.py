"""JAX: a whole epoch as one compiled scan over its batches, Adam written out."""

from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp
from scipy.sparse import issparse

from ..problems import PredictionProblem, TrainingProblem
from .base import NoEstimator, Run

__all__ = ["Contestant"]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Contestant(NoEstimator):
    """JAX on the processor, in the dtype of the problem."""

    def __init__(self, name: str) -> None:
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_enable_x64", True)  # arrays keep the dtype that they have

    def training(self, problem: TrainingProblem) -> Run:
        """Train with one call per epoch; all inputs are on JAX's device before the run."""
        X = jax.tree.map(jnp.asarray, _table(problem.X))
        y = jnp.asarray(_targets(problem))
        shape = (problem.n_batches, problem.batch_size)
        orders = [jnp.asarray(order.reshape(shape)) for order in problem.orders]
        epoch = jax.jit(partial(_train_epoch, problem), donate_argnums=0)

        def run() -> float:
            carry = _start(problem)
            for order in orders:
                carry, losses = epoch(carry, X, y, order)
            return float(losses.mean())

        return run

    def prediction(self, problem: PredictionProblem) -> Run:
        """Predict class or value of each row of a NumPy table."""
        parameters = jax.tree.map(
            jnp.asarray, list(zip(problem.coefs, problem.intercepts, strict=True))
        )

        @jax.jit
        def predict(parameters: Any, x: Any) -> Any:
            scores = _forward(parameters, x)
            return scores.argmax(1) if problem.kind == "classifier" else scores.ravel()

        def run() -> Any:
            for _ in range(problem.calls):
                result = np.asarray(predict(parameters, problem.X))
            return result

        return run


def _start(problem: TrainingProblem) -> Any:
    pairs = zip(problem.coefs, problem.intercepts, strict=True)
    parameters = [(jnp.array(W), jnp.array(b)) for W, b in pairs]
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return parameters, zeros(parameters), zeros(parameters), jnp.zeros((), jnp.int32)


def _train_epoch(problem: TrainingProblem, carry: Any, X: Any, y: Any, order: Any) -> Any:
    def loss_of(parameters: Any, rows: Any) -> Any:
        x = jax.tree.map(lambda array: array[rows], X)
        return _loss(problem, _forward(parameters, x), y[rows])

    def step(carry: Any, rows: Any) -> Any:
        parameters, m, v, t = carry
        loss, gradients = jax.value_and_grad(loss_of)(parameters, rows)
        decay = problem.alpha / problem.batch_size
        loss += 0.5 * decay * sum(jnp.square(W).sum() for W, _ in parameters)
        gradients = [
            (g_W + decay * W, g_b)
            for (W, _), (g_W, g_b) in zip(parameters, gradients, strict=True)
        ]
        t = t + 1
        dtype = parameters[0][0].dtype
        corrected = jnp.sqrt(1 - BETA_2 ** t.astype(dtype)) / (1 - BETA_1 ** t.astype(dtype))
        rate = problem.learning_rate * corrected
        m = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, m, gradients)
        v = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, v, gradients)
        parameters = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), parameters, m, v
        )
        return (parameters, m, v, t), loss

    return lax.scan(step, carry, order)


def _forward(parameters: Any, x: Any) -> Any:
    (W, b), *others = parameters
    if isinstance(x, tuple):
        columns, values = x
        x = jnp.einsum("rk,rkn->rn", values, W[columns]) + b
    else:
        x = x @ W + b
    for W, b in others:
        x = jax.nn.relu(x) @ W + b
    return x


def _loss(problem: TrainingProblem, scores: Any, y: Any) -> Any:
    if problem.kind == "regressor":
        return 0.5 * jnp.square(scores - y).mean()
    if problem.widths[-1] == 1:
        return (jax.nn.softplus(scores) - y * scores).mean()
    logs = jax.nn.log_softmax(scores)
    return -jnp.take_along_axis(logs, y[:, None], axis=1).mean()


def _targets(problem: TrainingProblem) -> Any:
    if problem.kind == "classifier" and problem.widths[-1] > 1:
        return problem.y.astype(np.int32)
    return problem.y.reshape(-1, 1).astype(problem.coefs[0].dtype)


def _table(X: Any) -> Any:
    """Return dense rows unchanged; sparse rows as columns and values, padded with zeros."""
    if not issparse(X):
        return X
    lengths = np.diff(X.indptr)
    filled = np.arange(lengths.max()) < lengths[:, None]
    columns = np.zeros(filled.shape, np.int32)
    values = np.zeros(filled.shape, X.dtype)
    columns[filled], values[filled] = X.indices, X.data
    return columns, values
