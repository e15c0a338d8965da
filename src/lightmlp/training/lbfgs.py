"""L-BFGS: the whole table in every step, with SciPy's minimiser."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Engine, TrainingData
from ..network import Network

__all__ = ["LbfgsRun", "minimize_lbfgs"]

Array = NDArray[Any]


@dataclass(frozen=True)
class LbfgsRun:
    """What a minimisation arrived at.

    Parameters
    ----------
    coefs, intercepts : list of ndarray
        The minimiser's last parameters, float64.
    loss : float
        The loss there, L2 term included.
    optimize_result : scipy.optimize.OptimizeResult or None
        SciPy's own account: status, message, iterations, evaluations. None if
        KeyboardInterrupt ended the run; the parameters are then the latest ones tried.
    """

    coefs: list[Array]
    intercepts: list[Array]
    loss: float
    optimize_result: Any


def _pack(coefs: Sequence[Array], intercepts: Sequence[Array]) -> Array:
    """Line up all coefficients, then all intercepts, in one vector."""
    return np.concatenate([array.ravel() for array in (*coefs, *intercepts)])


def _unpack(network: Network, vector: Array) -> tuple[list[Array], list[Array]]:
    """Read the vector of :func:`_pack` as matrices and biases (views)."""
    shapes: list[tuple[int, ...]] = [
        (layer.n_inputs, layer.n_outputs) for layer in network.layers
    ]
    shapes += [layer.bias_shape for layer in network.layers]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(vector, ends[:-1])
    arrays = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    return arrays[: len(network.layers)], arrays[len(network.layers) :]


def _print_options(verbose: bool | int) -> dict[str, int]:
    """SciPy's ``iprint``, which has no effect from 1.15 on and is deprecated later."""
    import scipy

    if tuple(int(part) for part in scipy.__version__.split(".")[:2]) >= (1, 15):
        return {}
    return {"iprint": 1 if verbose >= 1 else -1}


def minimize_lbfgs(
    engine: Engine,
    network: Network,
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    data: TrainingData,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool | int = False,
    n_threads: int | None = None,
    after_iteration: Callable[[float, list[Array], list[Array]], bool] | None = None,
) -> LbfgsRun:
    """Minimise the loss over all rows by L-BFGS-B, in float64.

    Parameters
    ----------
    engine : Engine
        Who computes loss and gradients.
    network : Network
        What is computed.
    coefs, intercepts : sequence of ndarray
        Where to start.
    data : TrainingData
        All rows, float64.
    max_iter, max_fun : int
        Most iterations, and most evaluations of the loss, >= 1.
    tol : float
        Ends where the largest entry of the gradient is at most this, >= 0.
    verbose : bool or int, default=False
        Whether SciPy prints (before SciPy 1.15).
    n_threads : int or None, default=None
        Threads of the engine.
    after_iteration : callable or None, default=None
        ``after_iteration(loss, coefs, intercepts)`` returns True to end the minimisation.

    Returns
    -------
    LbfgsRun

    References
    ----------
    Byrd, Lu, Nocedal and Zhu (1995), "A Limited Memory Algorithm for Bound Constrained
    Optimization"; the implementation is ``scipy.optimize.minimize(method="L-BFGS-B")``.
    """
    from scipy.optimize import minimize

    start = _pack(coefs, intercepts).astype(np.float64)
    latest: tuple[float, Array] = np.inf, start

    def loss_and_gradient(vector: Array) -> tuple[float, Array]:
        nonlocal latest
        loss, coef_gradients, intercept_gradients = engine.loss_and_gradients(
            network, *_unpack(network, vector), data, n_threads=n_threads
        )
        latest = loss, vector.copy()
        return loss, _pack(coef_gradients, intercept_gradients)

    def heed(intermediate_result: Any) -> None:  # SciPy looks at this parameter's name
        x = intermediate_result.x
        if after_iteration is not None and after_iteration(
            float(intermediate_result.fun), *_unpack(network, x.copy())
        ):
            raise StopIteration

    options = {"maxfun": max_fun, "maxiter": max_iter, "gtol": tol, **_print_options(verbose)}
    try:
        result = minimize(
            loss_and_gradient,
            start,
            method="L-BFGS-B",
            jac=True,
            options=options,
            callback=None if after_iteration is None else heed,
        )
    except KeyboardInterrupt:
        loss, vector = latest
        return LbfgsRun(*_unpack(network, vector), np.float64(loss), None)
    return LbfgsRun(*_unpack(network, result.x), np.float64(result.fun), result)
