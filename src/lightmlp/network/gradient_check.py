"""Check a gradient by central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_gradient"]

Array = NDArray[Any]
ValueAndGradient = Callable[[Array], tuple[float, Array]]

# Step of the differences, and how far the points are first moved away from kinks, both
# relative to the points. The later trials are for functions that compute in float32.
_TRIALS = ((1e-7, 1e-2), (1e-5, 1e-2), (1e-3, 1e-2), (3e-2, 1e-1))
_TOLERANCE = 1e-3
_MOST_ENTRIES = 64


def check_gradient(name: str, function: ValueAndGradient, points: Array) -> None:
    """Compare a gradient with central differences of its function.

    The derivative in a random direction is compared first, which costs four calls; single
    entries are compared only if it differs for every step size. The points are perturbed,
    so that kinks at round numbers do no harm.

    Parameters
    ----------
    name : str
        Name of the function in errors.
    function : callable
        ``function(points) -> (value, gradient)``.
    points : ndarray of float64
        Where to compare.

    Raises
    ------
    ValueError
        Names the function, the largest difference and its place.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network.gradient_check import check_gradient
    >>> check_gradient("square", lambda x: ((x**2).sum(), 2 * x), np.array([1.0, 3.0]))
    >>> check_gradient("square", lambda x: ((x**2).sum(), x), np.array([1.0, 3.0]))
    Traceback (most recent call last):
    ...
    ValueError: square: the gradient is not that of the loss...
    """
    rng = np.random.default_rng(0)  # independent of the user's random_state
    unit = _unit(points, *function(points))
    contradicted = False
    for step, distance in _TRIALS:
        near = points + unit * distance * rng.normal(size=points.shape)
        gap, allowed, rounding = _compare(function, near, unit * step, rng)
        if gap <= allowed and rounding <= allowed:
            return
        contradicted |= not gap <= max(allowed, rounding)
    if contradicted:
        _raise_where(name, function, points + unit * 1e-2 * rng.normal(size=points.shape), unit)


def _unit(points: Array, value: float, gradient: Array) -> float:
    """Return the scale of the points over which the function changes."""
    slope = float(np.abs(gradient).sum())
    reach = abs(value) / slope if slope > 0 else 0.0
    return max(1.0, float(np.sqrt(np.mean(points**2))), reach)


def _compare(
    function: ValueAndGradient, points: Array, step: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Compare the derivatives in a random direction.

    Returns
    -------
    gap, allowed, rounding : float
        Their difference, its tolerance, and the error due to rounding of the value.
    """
    direction = rng.choice([-1.0, 1.0], size=points.shape)
    value, gradient = function(points)
    rise = function(points + step * direction)[0] - function(points - step * direction)[0]
    measured, expected = rise / (2 * step), float((gradient * direction).sum())
    allowed = _TOLERANCE * max(float(np.linalg.norm(gradient)), abs(measured))
    rounding = 8 * np.finfo(np.float64).eps * abs(value) / step
    return abs(measured - expected), allowed, rounding


def _raise_where(name: str, function: ValueAndGradient, near: Array, unit: float) -> None:
    """Find the entry that differs most, among the largest and some others, and raise."""
    rng = np.random.default_rng(1)
    _, gradient = function(near)
    order = np.argsort(-np.abs(gradient), axis=None, kind="stable")
    entries = np.concatenate([order[: _MOST_ENTRIES // 2], rng.permutation(gradient.size)])
    measured = {
        int(entry): _difference(function, near, int(entry), unit * 1e-4)
        for entry in entries[:_MOST_ENTRIES]
    }
    flat = gradient.ravel()
    worst = max(measured, key=lambda entry: abs(measured[entry] - flat[entry]))
    place = ", ".join(map(str, np.unravel_index(worst, gradient.shape)))
    gap = abs(measured[worst] - flat[worst])
    raise ValueError(
        f"{name}: the gradient is not that of the loss, by central differences on the first "
        f"batch. The largest difference found is {gap:.3g} at [{place}], where the gradient "
        f"is {flat[worst]:.6g} and the differences give {measured[worst]:.6g}. Return the "
        "derivative of the returned loss itself: of a mean over the rows, with the weights "
        "that the loss has."
    )


def _difference(function: ValueAndGradient, points: Array, entry: int, step: float) -> float:
    above, below = points.copy(), points.copy()
    above.flat[entry] += step
    below.flat[entry] -= step
    return (function(above)[0] - function(below)[0]) / (2 * step)
