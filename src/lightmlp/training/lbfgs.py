"""L-BFGS: the whole table in every step, with SciPy's minimiser."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Engine, TrainingData
from ..network import Network, Parameters

__all__ = ["LbfgsRun", "minimize_lbfgs"]

Array = NDArray[Any]


@dataclass(frozen=True)
class LbfgsRun:
    """What a minimisation arrived at.

    Parameters
    ----------
    parameters : Parameters
        The minimiser's last ones, float64.
    loss : float
        The loss there, L2 term included.
    optimize_result : scipy.optimize.OptimizeResult or None
        SciPy's own account: status, message, iterations, evaluations. None if
        KeyboardInterrupt ended the run; the parameters are then the latest ones tried.
    """

    parameters: Parameters
    loss: float
    optimize_result: Any


class _Packing:
    """The vector that SciPy sees: all weights, then all else, as scikit-learn lines them up.

    The order decides how sums over the vector are rounded.
    """

    def __init__(self, network: Network) -> None:
        self._specs = network.parameters
        self._names = sorted(self._specs, key=lambda name: self._specs[name].role != "weight")

    def pack(self, parameters: Parameters) -> Array:
        return np.concatenate([parameters[name].ravel() for name in self._names])

    def unpack(self, vector: Array) -> Parameters:
        """Read the vector of :meth:`pack` (views)."""
        ends = np.cumsum([self._specs[name].size for name in self._names])
        parts = dict(zip(self._names, np.split(vector, ends[:-1]), strict=True))
        return Parameters(
            self._specs, [parts[name].reshape(spec.shape) for name, spec in self._specs.items()]
        )


def _print_options(verbose: bool | int) -> dict[str, int]:
    """SciPy's ``iprint``, which has no effect from 1.15 on and is deprecated later."""
    import scipy

    if tuple(int(part) for part in scipy.__version__.split(".")[:2]) >= (1, 15):
        return {}
    return {"iprint": 1 if verbose >= 1 else -1}


class _Objective:
    """The loss and its gradient as functions of one vector, as SciPy asks for them."""

    def __init__(
        self, engine: Engine, network: Network, data: TrainingData, n_threads: int | None
    ) -> None:
        self.packing = _Packing(network)
        self.latest: tuple[float, Array] | None = None
        self._evaluate = partial(engine.loss_and_gradients, network, n_threads=n_threads)
        self._data = data

    def __call__(self, vector: Array) -> tuple[float, Array]:
        loss, gradients = self._evaluate(self.packing.unpack(vector), self._data)
        self.latest = loss, vector.copy()
        return loss, self.packing.pack(gradients)


def minimize_lbfgs(
    engine: Engine,
    network: Network,
    parameters: Parameters,
    data: TrainingData,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool | int = False,
    n_threads: int | None = None,
    after_iteration: Callable[[float, Parameters], bool] | None = None,
) -> LbfgsRun:
    """Minimise the loss over all rows by L-BFGS-B, in float64.

    Parameters
    ----------
    engine : Engine
        Who computes loss and gradients.
    network : Network
        What is computed.
    parameters : Parameters
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
        ``after_iteration(loss, parameters)`` returns True to end the minimisation.

    Returns
    -------
    LbfgsRun

    References
    ----------
    Byrd, Lu, Nocedal and Zhu (1995), "A Limited Memory Algorithm for Bound Constrained
    Optimization"; the implementation is ``scipy.optimize.minimize(method="L-BFGS-B")``.
    """
    from scipy.optimize import minimize

    objective = _Objective(engine, network, data, n_threads)
    packing = objective.packing
    start = packing.pack(parameters).astype(np.float64)

    def follow(intermediate_result: Any) -> None:  # SciPy looks at this parameter's name
        loss, x = float(intermediate_result.fun), intermediate_result.x.copy()
        if after_iteration is not None and after_iteration(loss, packing.unpack(x)):
            raise StopIteration

    options = {"maxfun": max_fun, "maxiter": max_iter, "gtol": tol, **_print_options(verbose)}
    try:
        result = minimize(
            objective,
            start,
            method="L-BFGS-B",
            jac=True,
            options=options,
            callback=None if after_iteration is None else follow,
        )
    except KeyboardInterrupt:
        loss, vector = objective.latest or (np.inf, start)
        return LbfgsRun(packing.unpack(vector), np.float64(loss), None)
    return LbfgsRun(packing.unpack(result.x), np.float64(result.fun), result)
