"""The learning-rate range test, to find an initial learning rate."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from .estimators.base import BaseMultilayerPerceptron

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from .training.trainer import Trainer

__all__ = ["RangeTest", "find_learning_rate"]

Curve = NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)  # arrays are long, and equal in parts only
class RangeTest:
    """Result of :func:`find_learning_rate`.

    Parameters
    ----------
    rates : ndarray of shape (n_steps,)
        Learning rate of each step, increasing.
    losses : ndarray of shape (n_steps,)
        Loss of each step's batch before the step, including penalties.
    smoothed_losses : ndarray of shape (n_steps,)
        Bias-corrected exponential moving average of the losses.
    suggestion : float or None
        A tenth of the rate at which the smoothed loss is lowest; None if it never fell.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.tuning import RangeTest
    >>> rates, losses = np.array([0.01, 0.1, 1.0]), np.array([2.0, 1.0, 3.0])
    >>> RangeTest(rates, losses, losses, suggestion=0.1)
    RangeTest(suggestion=0.1, 3 steps from rate 0.01 to 1)
    """

    rates: Curve
    losses: Curve
    smoothed_losses: Curve
    suggestion: float | None

    def __repr__(self) -> str:
        suggestion = "None" if self.suggestion is None else f"{self.suggestion:.3g}"
        return (
            f"RangeTest(suggestion={suggestion}, {len(self.rates)} steps from rate "
            f"{self.rates[0]:.3g} to {self.rates[-1]:.3g})"
        )

    def plot(self, ax: Any = None) -> Any:
        """Plot the losses against the rates, with the suggestion marked.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None creates a figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from lightmlp.tuning import RangeTest
        >>> rates, losses = np.array([0.01, 0.1, 1.0]), np.array([2.0, 1.0, 3.0])
        >>> RangeTest(rates, losses, losses, 0.1).plot(Figure().subplots()).get_xscale()
        'log'
        """
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError as error:
                raise ImportError(
                    "RangeTest.plot needs matplotlib, which is not installed: "
                    'pip install "lightmlp[plot]".'
                ) from error
            ax = pyplot.subplots()[1]
        from .plotting import plot_range_test

        plot_range_test(ax, self.rates, self.losses, self.smoothed_losses, self.suggestion)
        return ax


_CONSTRAINTS: dict[str, list[Any]] = {
    "start": [Interval(Real, 0, None, closed="neither")],
    "end": [Interval(Real, 0, None, closed="neither")],
    "n_steps": [Interval(Integral, 2, None, closed="left")],
    "smoothing": [Interval(Real, 0, 1, closed="left")],
    "divergence": [Interval(Real, 1, None, closed="neither")],
}


def find_learning_rate(
    estimator: "BaseMultilayerPerceptron | Pipeline",
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    start: float = 1e-6,
    end: float = 10.0,
    n_steps: int = 200,
    smoothing: float = 0.9,
    divergence: float = 4.0,
) -> RangeTest:
    r"""Train with increasing learning rates to see where the loss falls and diverges.

    A copy of the estimator is trained from scratch with one step per batch, with its own
    settings except ``learning_rate``. Options of whole fits are off: no rows are held out or
    scored, no callback is called, and ``frozen_layers`` are trained. Step k of n has the rate

    .. math:: \eta_k = \eta_{start} (\eta_{end} / \eta_{start})^{k / (n - 1)}

    and the test ends early if training diverges: if the smoothed loss is not finite, or
    exceeds both its first value and ``divergence`` times its lowest one. The suggestion is a
    tenth of the rate with the lowest smoothed loss, well before the loss rises again.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or Pipeline
        With a stochastic solver; it is not changed. For a pipeline that ends with one of
        them, a copy of the previous steps is fitted to X and y and transforms X.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows, as in ``fit``.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets, as in ``fit``.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, as in ``fit``; for a pipeline, those of its last step.
    start, end : float, default=1e-6 and 10.0
        First and last learning rate, 0 < start < end.
    n_steps : int, default=200
        Number of steps, >= 2; the rows are visited as many times as needed.
    smoothing : float, default=0.9
        Weight of the past in the moving average of the losses, in [0, 1).
    divergence : float, default=4.0
        Multiple of the lowest smoothed loss that ends the test, > 1.

    Returns
    -------
    RangeTest
        With ``rates``, ``losses``, ``smoothed_losses``, ``suggestion`` and ``plot()``.

    Raises
    ------
    TypeError
        If the estimator is neither from LightMLP nor a pipeline that ends with one.
    ValueError
        If its solver is 'lbfgs', ``start`` is not below ``end``, or as in ``fit``.

    Warns
    -----
    UserWarning
        If the loss never falls, so that there is no suggestion.

    References
    ----------
    Smith (2017), "Cyclical Learning Rates for Training Neural Networks", section 3.3
    (arXiv, 2015), with the exponential increase, smoothing, divergence criterion and
    suggestion of the library fastai.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from lightmlp import MLPClassifier, find_learning_rate
    >>> X, y = load_iris(return_X_y=True)
    >>> found = find_learning_rate(MLPClassifier(random_state=0), X, y)
    >>> 1e-4 < found.suggestion < 1
    True
    >>> model = MLPClassifier(learning_rate_init=found.suggestion, random_state=0)
    """
    given = {
        "start": start,
        "end": end,
        "n_steps": n_steps,
        "smoothing": smoothing,
        "divergence": divergence,
    }
    validate_parameter_constraints(_CONSTRAINTS, given, "find_learning_rate")
    if start >= end:
        raise ValueError(f"start={start} must be below end={end}: swap them.")
    trainer = _fresh_trainer(estimator, X, y, sample_weight)
    ratios = np.linspace(0.0, math.log(end / start), n_steps).tolist()
    rates = np.array([start * math.exp(ratio) for ratio in ratios])
    losses, smoothed = _losses(trainer, rates, smoothing, divergence)
    rates = rates[: len(losses)]
    suggestion = _suggestion(rates, smoothed)
    if suggestion is None:
        warnings.warn(
            f"The loss never fell between the learning rates {rates[0]:.3g} and "
            f"{rates[-1]:.3g}: there is no suggestion. Lower start, or scale X and y.",
            stacklevel=2,
        )
    return RangeTest(rates, losses, smoothed, suggestion)


def _fresh_trainer(estimator: object, X: Any, y: Any, sample_weight: Any) -> "Trainer":
    """Return what a fit of a copy of the estimator would train with."""
    from .estimators.planning import plan_epochs
    from .estimators.problem import read_problem
    from .estimators.storing import as_new
    from .training.factor_schedules import FactorSchedules
    from .training.trainer import Trainer

    steps_before, last = _split_pipeline(estimator)
    if last.solver == "lbfgs":
        raise ValueError(
            "solver='lbfgs' has no learning rate to find. Choose a stochastic solver, such "
            "as 'adam'."
        )
    last._validate_params()
    for steps in steps_before:
        X = clone(steps).fit_transform(X, y)
    copy = as_new(clone(last))
    copy.learning_rate = "constant"
    plan = plan_epochs(copy, read_problem(copy, X, y, sample_weight))
    plan = replace(plan, factors=FactorSchedules())  # nothing follows a schedule
    weights = plan.data.sample_weight
    if weights is not None:
        # A batch of weightless rows makes no step and has no loss.
        plan = replace(plan, rows=plan.rows[weights[plan.rows] > 0])
    return Trainer(plan)


def _split_pipeline(estimator: object) -> tuple[list[Any], BaseMultilayerPerceptron]:
    """Return all steps before the last, nested pipelines included, and the estimator."""
    from sklearn.pipeline import Pipeline

    steps_before = []
    while isinstance(estimator, Pipeline):
        if len(estimator) > 1:
            steps_before.append(estimator[:-1])
        estimator = estimator.steps[-1][1]
    if not isinstance(estimator, BaseMultilayerPerceptron):
        raise TypeError(
            f"estimator={estimator!r} must be an MLPClassifier or MLPRegressor of lightmlp, or "
            "a pipeline that ends with one. For a TransformedTargetRegressor, pass its "
            "regressor and the transformed y; for a search, its estimator."
        )
    return steps_before, estimator


def _batches(trainer: "Trainer") -> Iterator[NDArray[np.int64]]:
    """Yield batch after batch, epoch after epoch."""
    while True:
        order = trainer.next_order()
        for begin in range(0, len(order), trainer.plan.batch_size):
            yield order[begin : begin + trainer.plan.batch_size]


def _losses(
    trainer: "Trainer", rates: Curve, smoothing: float, divergence: float
) -> tuple[Curve, Curve]:
    """Train until the rates are used up or the loss diverges."""
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    steps = zip(rates.tolist(), _batches(trainer), strict=False)
    for step, (rate, batch) in enumerate(steps, start=1):
        losses.append(float(trainer.next_epoch(batch, rate).loss))
        average = smoothing * average + (1.0 - smoothing) * losses[-1]
        smoothed.append(average / (1.0 - smoothing**step))
        if _diverges(smoothed, divergence):
            break
    return np.array(losses), np.array(smoothed)


def _diverges(smoothed: list[float], divergence: float) -> bool:
    now = smoothed[-1]
    return not math.isfinite(now) or now > max(smoothed[0], divergence * min(smoothed))


def _suggestion(rates: Curve, smoothed: Curve) -> float | None:
    """Return a tenth of the rate at the minimum of the smoothed loss, if it ever fell."""
    lowest = int(np.nanargmin(smoothed)) if np.isfinite(smoothed[0]) else 0
    return float(rates[lowest]) / 10 if lowest > 0 else None
